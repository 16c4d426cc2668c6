"""The second step of gradient descent on three points, by hand."""

from course.exercises import Mistake, Number

exercise = Number(
    title="The second step",
    difficulty=2,
    minutes=5,
    answer=1.56,
    tolerance=0.002,
    mistakes=(
        Mistake(
            2.2,
            "You stepped by −6 again, the gradient at the old place. What are the "
            "three errors of the line w = 1.6, b = 1.2?",
        ),
        Mistake(
            1.64,
            "The gradient is right, and you added it. The slope in w is positive now: "
            "which way is down?",
        ),
        Mistake(
            1.2,
            "The gradient is right, 0.4, and you subtracted all of it. The step is the "
            "gradient times the learning rate.",
        ),
        Mistake(
            1.48,
            "That step has the sum of the errors times x. The loss is a mean over "
            "three points.",
        ),
        Mistake(
            1.58,
            "That step is half as long as it should be. Which factor does the slope of "
            "a square bring along?",
        ),
        Mistake(
            1.12,
            "1.12 is b after the step. The question asks for w.",
        ),
        Mistake(
            1.52,
            "You stepped with the slope in b. For w, each error is multiplied by its "
            "own x before the mean is taken.",
        ),
        Mistake(
            0.4,
            "0.4 is the slope in w. Where does a step of −0.1 times that lead from "
            "1.6?",
        ),
        Mistake(
            0.96,
            "You started from w = 1. The second step starts where the first one ended, "
            "at 1.6.",
        ),
        Mistake(
            1.6,
            "1.6 is where the step starts; give two decimals of where it ends.",
            tolerance=0.004,
        ),
    ),
    otherwise="Write down the three predictions of w = 1.6, b = 1.2 first, then the "
    "three errors, then each error times its x.",
    worked="The predictions are 2.8, 4.4 and 6, the errors 0.8, 1.4 and −1. The slope "
    "in w is ⅔ (0.8 · 1 + 1.4 · 2 − 1 · 3) = 0.4, and w = 1.6 − 0.1 · 0.4 = 1.56. The "
    "first step had raised w a little too far; this one takes some of it back.",
    hints=(
        "The formula is the one of the first step. Only the errors are new: those of "
        "the line w = 1.6, b = 1.2.",
        "The errors are 0.8, 1.4 and −1. Multiply each by its x, add up, and take two "
        "thirds: that is the slope in w.",
    ),
)
