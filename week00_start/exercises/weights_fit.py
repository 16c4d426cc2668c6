"""Gigabytes of a model whose weights are stored in blocks with a scale."""

from course.exercises import Mistake, Number

exercise = Number(
    title="What a 4-bit file really takes",
    difficulty=2,
    minutes=5,
    answer=3.9375,
    tolerance=0.005,
    unit="GB",
    mistakes=(
        Mistake(
            3.5,
            "3.5 GB is right for the weights alone. How many scales are there, and how "
            "many bits do they add for each weight?",
        ),
        Mistake(
            4.5,
            "4.5 is the number of *bits* for one weight, scale included. How many GB "
            "do 7 billion of those take?",
        ),
        Mistake(
            31.5,
            "You have 31.5 billion *bits*. How many bits make a byte?",
        ),
        Mistake(
            17.5,
            "17.5 GB leave 16 bits of scale for every single weight. One scale serves "
            "32 weights: how many scales are there?",
        ),
        Mistake(
            3.71875,
            "You added 0.22 GB for the scales. There are 0.22 billion of them, and "
            "each takes 16 bits: how many bytes is that?",
        ),
        Mistake(
            7.0,
            "There are 0.22 billion scales of 16 bits, which makes 3.5 billion *bits*. "
            "How many GB are those?",
        ),
        Mistake(
            3937.5,
            "The number is right in MB. The question asks for GB, of 10⁹ bytes.",
        ),
        Mistake(
            3.9375e9,
            "The number is right in bytes. The question asks for GB, of 10⁹ bytes.",
        ),
        Mistake(
            3.667,
            "You divided by 2³⁰: that is 3.67 GiB. The lesson counts in GB of 10⁹ "
            "bytes, which are smaller, so there are more of them.",
        ),
        Mistake(
            3.26,
            "Two things: you divided by 2³⁰ bytes instead of 10⁹, and the scales are "
            "still missing.",
        ),
    ),
    otherwise="First find the bits for one weight: its own 4, and its share of the "
    "scale of its block. Then multiply by the number of weights, and divide by 8.",
    worked="A block of 32 weights takes 32 · 4 + 16 = 144 bits, 4.5 for each weight, "
    'and 7 · 4.5 / 8 = 3.94 GB. That is an eighth more than "4 bits" suggests.',
    hints=(
        "How many bits does one whole block take, scale included?",
        "32 · 4 + 16 = 144 bits for 32 weights. How many is that for each weight, and "
        "how many GB for 7 billion?",
    ),
)
