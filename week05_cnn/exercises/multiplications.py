"""How many multiplications one convolution takes."""

from course.exercises import Mistake, Number

exercise = Number(
    title="The work of one layer",
    difficulty=1,
    minutes=4,
    answer=9 * 48 * 96 * 16 * 16,
    tolerance=0.01,
    mistakes=(
        Mistake(
            9 * 48 * 96,
            "41,472 is the number of weights. Each of them is used at every place of "
            "the picture: how many places are there?",
        ),
        Mistake(
            9 * 96 * 16 * 16,
            "That counts one grid of 3×3 for each output channel. It has one for each "
            "*pair* of input and output channel.",
        ),
        Mistake(
            9 * 48 * 16 * 16,
            "That is the work for a single output channel. How many are there?",
        ),
        Mistake(
            48 * 96 * 16 * 16,
            "That counts one multiplication for each pair of channels and place. How "
            "many weights has one grid?",
        ),
        Mistake(
            9 * 48 * 96 * 16,
            "You counted 16 places: one row. A picture of 16×16 has how many?",
        ),
        Mistake(
            9 * 48 * 96 * 14 * 14,
            "14×14 would be the size without padding. With it the size stays at 16×16.",
        ),
        Mistake(
            9 * 48 * 96 * 8 * 8,
            "You counted the places after pooling. The convolution works before it, on "
            "16×16.",
        ),
        Mistake(
            2 * 9 * 48 * 96 * 16 * 16,
            "That is twice as many: you counted the additions, too. How many are "
            "multiplications?",
        ),
        Mistake(
            9 * 48 * 96 * 16 * 16 / 1e6,
            "That is the number in millions. Give it in full.",
        ),
    ),
    otherwise="Count the weights first: a grid of 3×3 for each pair of channels. Then "
    "the places at which each weight is used.",
    worked="9 · 48 · 96 = 41,472 weights, each used at 16 · 16 = 256 places: "
    "10,616,832 multiplications. (At the rim some meet the padding's zeros; a program "
    "counts them all the same.)",
    hints=(
        "Two factors: the weights of the layer, and the places at which each is used.",
        "The first layer of the lesson in the same way: 9 · 3 · 32 weights, times 32 · "
        "32 places.",
    ),
)
