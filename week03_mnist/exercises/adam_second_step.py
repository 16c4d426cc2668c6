"""How far Adam moves a weight whose gradient has just become zero."""

from course.exercises import Mistake, Number

exercise = Number(
    title="Adam's second step",
    difficulty=2,
    minutes=6,
    answer=0.0670,
    tolerance=0.01,
    mistakes=(
        Mistake(
            0.0,
            "The gradient is zero now, but Adam does not step by the gradient: it "
            "steps by an average. What is left of the first gradient in m?",
            tolerance=1e-6,
        ),
        Mistake(
            0.1,
            "0.1 is the first step. In the second, both averages have faded by a "
            "different factor, and the corrections have changed, too.",
        ),
        Mistake(
            0.2847,
            "That is the step without the bias correction: m = 0.09 and "
            "s = 0.000999 at t = 2 are still much too small. Divide each by 1 − βᵗ.",
        ),
        Mistake(
            0.09,
            "0.09 is what momentum would do, or Adam with the corrections of the first "
            "step. At the second, divide m by 1 − 0.9² and s by 1 − 0.999².",
        ),
        Mistake(
            0.670,
            "That is the step in learning rates. How long is it at a rate of 0.1?",
        ),
        Mistake(
            0.167,
            "That is both steps together. How far does the *second* one go?",
        ),
        Mistake(
            0.07,
            "Nearly: give three decimals, not two.",
            tolerance=0.005,
        ),
        Mistake(
            -0.067,
            "The size is right. Give it as a positive number: how far, not where to.",
        ),
        Mistake(
            0.0948,
            "You divided by s̑ itself: 0.474 / 0.500. The formula divides by its root.",
        ),
    ),
    otherwise="Write down m and s after each step first, then their corrected values "
    "at t = 2.",
    worked="m = 0.9 · 0.1 = 0.09, corrected 0.09 / (1 − 0.81) = 0.474. "
    "s = 0.999 · 0.001 = 0.000999, corrected 0.000999 / (1 − 0.998001) = 0.500. "
    "The step is 0.1 · 0.474 / √0.500 = 0.067: two thirds of the first step, although "
    "the gradient is zero.",
    hints=(
        "At the second step g = 0: m is only multiplied by 0.9, and s only by 0.999.",
        "The corrections at t = 2 divide m by 1 − 0.9² = 0.19 and s by "
        "1 − 0.999² = 0.001999.",
    ),
)
