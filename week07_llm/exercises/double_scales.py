"""Bits of a weight in NF4, when the scales are quantized, too."""

from course.exercises import Mistake, Number

exercise = Number(
    title="The price of two scales",
    difficulty=2,
    minutes=5,
    answer=4 + 8 / 64 + 32 / (64 * 256),
    tolerance=0.00013,
    unit="bits",
    mistakes=(
        Mistake(
            4.125,
            "4.125 has the weight and its share of the 8 bits. The groups' own 32 bits "
            "are missing: how many *weights* share one of those?",
        ),
        Mistake(
            4.25,
            "You let 64 scales share the 32 bits, or 256 the 8. A block has 64 "
            "weights, a group 256 *scales*.",
        ),
        Mistake(
            4.126,
            "A little too low: 32 / 16,384 is 0.00195. Round at the end.",
            tolerance=0.00009,
        ),
        Mistake(
            4.13,
            "Nearly: three decimals, not two.",
            tolerance=0.0003,
        ),
        Mistake(
            4.5,
            "4.5 is without double quantization. Each a takes 8 bits now, not 32.",
        ),
        Mistake(
            4.15625,
            "You gave the 32 bits to 1,024 weights. A group has 256 scales, and each "
            "of them serves 64 weights.",
        ),
        Mistake(
            4.03125,
            "You divided the 8 bits by 256. They serve one block: how many weights is "
            "that?",
        ),
        Mistake(
            0.127,
            "That is the share of the scales. What does a weight take with its own "
            "code?",
            tolerance=0.004,
        ),
        Mistake(
            4.502,
            "You added the second scale, and left the first at 32 bits. It has 8 now.",
            tolerance=0.0003,
        ),
        Mistake(
            12.127,
            "8 bits for each *weight* would be int8 on top of NF4. How many weights "
            "share those 8 bits?",
            tolerance=0.01,
        ),
    ),
    otherwise="Add up three parts: a weight's own code, its share of the 8 bits of its "
    "block, its share of the 32 bits of its group.",
    worked="4 + 8/64 + 32/(64 · 256) = 4 + 0.125 + 0.002 = 4.127. The scales cost 0.5 "
    "bits before, 0.127 now: for eight billion weights, 0.37 GB less.",
    hints=(
        "Three parts: the code, and two shares. Who shares the 8 bits, who the 32?",
        "A block's 8 bits serve 64 weights. A group's 32 bits serve 256 blocks: "
        "256 · 64 weights.",
    ),
)
