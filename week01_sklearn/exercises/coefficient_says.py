"""What a coefficient says, and what it does not."""

from course.exercises import Choice

exercise = Choice(
    title="What nine rentals a degree mean",
    difficulty=1,
    minutes=3,
    choices={
        "A": "Rain matters nearly seven times as much as temperature, as 60 is nearly "
        "seven times 9",
        "B": "Of two days with the same rain, it predicts 45 rentals more for the one "
        "that is 5 °C warmer",
        "C": "A day that is 5 °C warmer has 45 rentals more, whatever the rain does "
        "along with it",
        "D": "Heating the square in front of the shop by 5 °C would bring 45 rentals "
        "more a day",
    },
    correct="B",
    why={
        "A": "One is for a degree, the other for a centimetre of rain. Written in "
        "millimetres the second is 6, with the same predictions. Which of the two "
        "would matter more then?",
        "B": "It compares days that are alike in the other column, in the units of the "
        "table: 5 · 9 = 45. And it says what the model predicts, not what will be.",
        "C": "Warm days may bring more rain, or less. The model counts both columns, "
        "so this holds only where one thing stays the same. Which one?",
        "D": "In the records nobody heated anything. Warm days are also holidays, long "
        "and light, and all of that is in the 9. What did the rows compare?",
    },
    hints=(
        "A coefficient compares two rows of the table. In what may they differ, and in "
        "what not?",
        "Write down the model's prediction for two days, once with 20 °C and once with "
        "25 °C. What have you assumed about the rain?",
    ),
)
