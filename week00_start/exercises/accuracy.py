"""The share of guesses that equal the label."""

import numpy as np

from course.exercises import Code, NotYet, Wrong, agrees, call, require


def accuracy(predicted, actual):
    right = sum(p == a for p, a in zip(predicted, actual, strict=True))
    return right / len(actual)


def with_numpy(predicted, actual):
    return float(np.mean(np.asarray(predicted) == np.asarray(actual)))


def with_a_loop(predicted, actual):
    right = 0
    for i in range(len(actual)):
        if predicted[i] == actual[i]:
            right += 1
    return right / len(actual)


def percentage(predicted, actual):
    return 100 * accuracy(predicted, actual)


def count(predicted, actual):
    return sum(p == a for p, a in zip(predicted, actual, strict=True))


def share_of_mistakes(predicted, actual):
    return 1 - accuracy(predicted, actual)


def mean_difference(predicted, actual):
    return float(np.mean(np.abs(np.asarray(predicted) - np.asarray(actual))))


def one_minus_difference(predicted, actual):
    return 1 - mean_difference(predicted, actual)


def arrays_only(predicted, actual):
    return (predicted == actual).mean()


def whole_lists(predicted, actual):
    return float(np.sum(predicted == actual) / len(actual))


def each_right_or_nothing(predicted, actual):
    return float(np.array_equal(predicted, actual))


def divides_by_ten(predicted, actual):
    return sum(p == a for p, a in zip(predicted, actual, strict=True)) / 10


# One of three guesses is right, and the two wrong ones are off by 6 and by 2.
PREDICTED, ACTUAL = [3, 1, 8], [3, 7, 6]
CASE = "Guesses [3, 1, 8], labels [3, 7, 6]: one of three is right, 0.333."


def check(answer):
    given = call(answer, np.array(PREDICTED), np.array(ACTUAL))
    if isinstance(given, int | float | np.number):
        _recognise(float(given))
    agrees(answer, accuracy, [(np.array(PREDICTED), np.array(ACTUAL))])
    _lists(answer)
    agrees(
        answer,
        accuracy,
        [
            ([4, 4], [4, 4]),
            ([0, 1], [1, 0]),
            (["cat", "dog", "cat", "cat"], ["cat", "cat", "cat", "dog"]),
            (np.arange(20) % 3, np.arange(20) % 2),
        ],
    )


def _recognise(value):
    """Known mistakes on CASE, told by the number they give."""
    require(value == value, f"{CASE} You return nan. By what do you divide?")
    known = {
        100 / 3: "Yours is a percentage; a share lies between 0 and 1.",
        1: "Yours counts the right ones. Out of how many?",
        2 / 3: "Yours is the share of the wrong ones.",
        8 / 3: "Yours is the average distance between the digits. Is a 1 read as a 7 "
        "a worse mistake than a 6 read as an 8?",
        1
        - 8 / 3: "Yours falls with the distance between the digits. A guess is either "
        "right or wrong, however far off it is.",
        0: "Yours is right only if every guess is. What does the comparison give for "
        "each single pair? Or does `//` cut the fraction off?",
        0.1: "Yours divides by ten, always. By which number should it divide?",
    }
    for number, message in known.items():
        require(abs(value - number) > 1e-6, f"{CASE} You return {value:.4g}. {message}")


def _lists(answer):
    told = (
        "With arrays it is right, with lists it is not. `[3, 1] == [3, 7]` is one "
        "`False` for the whole, while arrays are compared item by item."
    )
    try:
        given = call(answer, PREDICTED, ACTUAL)
    except (AttributeError, TypeError):
        raise NotYet(told) from None
    number = isinstance(given, int | float | np.number)
    require(number and abs(given - 1 / 3) < 1e-5, told)


exercise = Code(
    title="The share of right guesses",
    function="accuracy",
    difficulty=1,
    minutes=4,
    solution=accuracy,
    alternates=(with_numpy, with_a_loop),
    wrong=(
        Wrong(percentage, "a percentage"),
        Wrong(count, "Out of how many?"),
        Wrong(share_of_mistakes, "share of the wrong ones"),
        Wrong(mean_difference, "average distance between the digits"),
        Wrong(one_minus_difference, "falls with the distance"),
        Wrong(arrays_only, "one `False` for the whole"),
        Wrong(whole_lists, "one `False` for the whole"),
        Wrong(each_right_or_nothing, "only if every guess is"),
        Wrong(divides_by_ten, "By which number should it divide"),
    ),
    check=check,
    hints=(
        "Go through both at once: `for p, a in zip(predicted, actual)`. What is "
        "`p == a`?",
        "In a sum, `True` counts 1 and `False` counts 0. Divide the number of right "
        "guesses by the number of all guesses, `len(actual)`.",
    ),
    why="Whether by a loop, a sum or NumPy: the share of pairs that are equal.",
)
