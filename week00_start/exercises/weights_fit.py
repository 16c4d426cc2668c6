"""Gigabytes of a model whose weights are stored in blocks with a scale."""

from course.exercises import Mistake, Number

exercise = Number(
    title="What a 4-bit file really takes",
    difficulty=2,
    minutes=5,
    answer=4.5,
    unit="GB",
    mistakes=(
        Mistake(
            4.0,
            "4 GB is right for the weights alone. How many scales are there, and how "
            "many bits do they add for each weight?",
        ),
        Mistake(
            36.0,
            "You have 36 billion *bits*. How many bits make a byte?",
        ),
        Mistake(
            20.0,
            "20 GB leave 16 bits of scale for every single weight. One scale serves 32 "
            "weights: how many scales are there?",
        ),
        Mistake(
            4.25,
            "You added a quarter of a GB for the scales. There are 0.25 billion of "
            "them, and each takes 16 bits: how many bytes is that?",
        ),
        Mistake(
            8.0,
            "There are 0.25 billion scales of 16 bits, which makes 4 billion *bits*. "
            "How many GB are those?",
        ),
        Mistake(
            4.5e9,
            "The number is right in bytes. The question asks for GB, of 10⁹ bytes.",
        ),
        Mistake(
            4.19,
            "You divided by 2³⁰: that is 4.19 GiB. The lesson counts in GB of 10⁹ "
            "bytes, which are smaller, so there are more of them.",
            tolerance=0.003,
        ),
        Mistake(
            3.73,
            "Two things: you divided by 2³⁰ bytes instead of 10⁹, and the scales are "
            "still missing.",
        ),
        Mistake(
            4.0625,
            "You added 4 bits divided by 32 for the scales. How many bits has a scale?",
            tolerance=0.003,
        ),
    ),
    otherwise="First find the bits for one weight: its own 4, and its share of the "
    "scale of its block. Then multiply by the number of weights, and divide by 8.",
    worked="A block of 32 weights takes 32 · 4 + 16 = 144 bits, 4.5 for each weight, "
    'and 8 · 4.5 / 8 = 4.5 GB. That is an eighth more than "4 bits" suggests.',
    hints=(
        "How many bits does one whole block take, scale included?",
        "32 · 4 + 16 = 144 bits for 32 weights. How many is that for each weight?",
    ),
)
