"""The smallest machine for a given model and a given speed."""

from course.exercises import Choice

exercise = Choice(
    title="Room and speed at once",
    difficulty=2,
    minutes=3,
    choices={
        "A": "the RTX 4070 Ti: 12.9 GB at 504 GB/s, the rest in RAM at 80 GB/s",
        "B": "a laptop with 64 GB of RAM at 80 GB/s",
        "C": "the RTX 4090: 25.8 GB at 1008 GB/s",
        "D": "the A100 from a data centre: 85.9 GB at 2039 GB/s",
    },
    correct="C",
    why={
        "A": "About 7 of the 20 GB would have to come from RAM, for every token. At "
        "80 GB/s that part alone takes 0.09 s, so 11 tokens a second are the most, "
        "whatever the card can do.",
        "B": "There is room three times over. Now the speed: how long does it take to "
        "read 20 GB at 80 GB/s, once for each token?",
        "C": "20 GB fit into its 25.8, and 1008 / 20 allows 50 tokens a second. If 4 "
        "bits are good enough, the RTX 4070 Ti does it, too: 10 GB, and 504 / 10 is 50 "
        "again. That trade is what much of this course is about.",
        "D": "It would do, at up to 102 tokens a second. The question was for the "
        "smallest that does: is there one with less memory that has room and speed?",
    },
    hints=(
        "There are two tests. Do 20 billion weights at 8 bits fit? Can the memory be "
        "read as often each second as the task demands?",
        "20 GB, 40 times a second, is 800 GB/s.",
    ),
)
