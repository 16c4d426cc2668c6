"""The gradient of a linear regression with any number of columns."""

import numpy as np

from course.exercises import Code, NotYet, Wrong, agrees, call, require


def gradient(w, b, X, y):
    error = X @ w + b - y
    return 2 / len(y) * (X.T @ error), 2 * error.mean()


def with_broadcasting(w, b, X, y):
    error = X.dot(w) + b - y
    return 2 * np.mean(error[:, np.newaxis] * X, axis=0), 2 * np.mean(error)


def column_by_column(w, b, X, y):
    error = np.full(len(y), float(b)) - y
    for j in range(len(w)):
        error = error + w[j] * X[:, j]
    slopes = np.array([2 * np.mean(error * X[:, j]) for j in range(len(w))])
    return slopes, 2 * np.mean(error)


def row_by_row(w, b, X, y):
    slopes, slope_b = np.zeros(len(w)), 0.0
    for row, target in zip(X, y, strict=True):
        error = np.dot(row, w) + b - target
        slopes += 2 * error * row / len(y)
        slope_b += 2 * error / len(y)
    return slopes, slope_b


def forgets_two(w, b, X, y):
    error = X @ w + b - y
    return X.T @ error / len(y), error.mean()


def sums(w, b, X, y):
    error = X @ w + b - y
    return 2 * X.T @ error, 2 * error.sum()


def divides_by_columns(w, b, X, y):
    error = X @ w + b - y
    return 2 * X.T @ error / X.shape[1], 2 * error.mean()


def forgets_b(w, b, X, y):
    error = X @ w - y
    return 2 / len(y) * (X.T @ error), 2 * error.mean()


def other_sign(w, b, X, y):
    error = y - X @ w - b
    return 2 / len(y) * (X.T @ error), 2 * error.mean()


def mean_of_everything(w, b, X, y):
    error = X @ w + b - y
    return np.full(len(w), 2 * np.mean(error[:, None] * X)), 2 * error.mean()


def mean_error_times_mean(w, b, X, y):
    error = X @ w + b - y
    return 2 * error.mean() * X.mean(axis=0), 2 * error.mean()


def one_number_for_all(w, b, X, y):
    error = X @ w + b - y
    return 2 * np.mean(error[:, None] * X), 2 * error.mean()


def only_w(w, b, X, y):
    return 2 / len(y) * (X.T @ (X @ w + b - y))


def elementwise(w, b, X, y):
    error = X @ w + b - y
    return 2 * np.mean(error * X, axis=0), 2 * error.mean()


def a_list(w, b, X, y):
    slopes, slope_b = column_by_column(w, b, X, y)
    return list(slopes), slope_b


def a_slope_for_each_row(w, b, X, y):
    error = X @ w + b - y
    return 2 * error[:, None] * X, 2 * error.mean()


def b_for_each_row(w, b, X, y):
    error = X @ w + b - y
    return 2 / len(y) * (X.T @ error), 2 * error


def changes_the_error_in_y(w, b, X, y):
    y -= X @ w + b
    return -2 / len(y) * (X.T @ y), -2 * y.mean()


# Three rows, two columns. Errors of w = (1, -1), b = 1: 0, 3 and -3.
W, B = np.array([1.0, -1.0]), 1.0
X = np.array([[2.0, 1.0], [0.0, 2.0], [1.0, 0.0]])
Y = np.array([2.0, -4.0, 5.0])
CASE = (
    "For w = [1, −1], b = 1, X = [[2, 1], [0, 2], [1, 0]], y = [2, −4, 5] the errors "
    "are 0, 3, −3"
)


def check(answer):
    try:
        given = call(answer, W, B, X, Y)
    except ValueError as error:
        if "broadcast" not in str(error) and "mismatch" not in str(error):
            raise
        raise NotYet(
            f"{CASE}. NumPy cannot combine your shapes: the errors are (3,), X is "
            "(3, 2) and X.T is (2, 3). Each *row* of X belongs to one error. Which of "
            "these fit together?"
        ) from error
    require(
        isinstance(given, tuple | list) and len(given) == 2,
        f"{CASE}. Return two things: `return slopes_w, slope_b`.",
    )
    slopes, slope_b = given
    require(
        not isinstance(slopes, tuple | list),
        "Your slopes in w are a list, and a step multiplies them all by the rate, "
        "which a list cannot do: `np.array(…)` makes an array of it.",
    )
    slopes = np.asarray(slopes, dtype=float)
    require(
        slopes.ndim > 0,
        f"{CASE}. Your slope in w is one number, {slopes}. There are two columns, so "
        "two slopes are expected. Over what does your mean or sum run?",
    )
    require(
        slopes.shape == (2,),
        f"{CASE}. Your slopes in w have the shape {slopes.shape}; expected is (2,), a "
        "slope for each column.",
    )
    require(
        np.ndim(slope_b) == 0,
        f"{CASE}. Your slope in b has the shape {np.shape(slope_b)}; expected is one "
        "number, as for the line.",
    )
    _recognise(slopes, float(slope_b))
    rng = np.random.default_rng(4)
    many, y = rng.normal(1, 2, (40, 5)), rng.normal(3, 1, 40)
    agrees(
        answer,
        gradient,
        [
            (W, B, X, Y),
            (np.array([2.0]), -1.0, X[:, :1], Y),
            (np.zeros(5), 0.0, many, y),
            (rng.normal(0, 1, 5), 2.5, many, y),
        ],
        rtol=1e-6,
        atol=1e-9,
        hint="For each column: every error times its value in that column, twice the "
        "mean of that. For b: twice the mean of the errors.",
    )


def _recognise(slopes, slope_b):
    """Known mistakes on CASE; right are the slopes (-2, 4) and 0."""
    known = {
        (-1, 2): "Yours are half of that. What factor does the slope of a square "
        "bring along?",
        (-6, 12): "Yours are sums. The loss is a mean over the rows.",
        (-3, 6): "You divided by the number of columns. Over what does the loss take "
        "its mean?",
        (2, -4): "Your signs are turned round: the error is prediction minus truth.",
        (1, 1): "That is one mean over all of X, the same for both columns. Over which "
        "axis is the mean, rows or columns?",
        (0, 0): "Yours multiply the mean error by the mean of each column. Multiply "
        "each error by its own row, and take the mean after that.",
        (-4, 2): "That is the gradient for errors without b. Is b in your prediction?",
    }
    for wrong, told in known.items():
        require(
            not np.allclose(slopes, wrong, atol=1e-6),
            f"{CASE}. The slopes in w are −2 and 4; yours are {slopes[0]:g} and "
            f"{slopes[1]:g}. {told}",
        )
    require(
        np.allclose(slopes, (-2, 4), atol=1e-6),
        f"{CASE}. The slopes in w are −2 and 4; yours are {slopes[0]:g} and "
        f"{slopes[1]:g}. Column 0 is 2, 0, 1: multiply it by the errors on paper.",
    )
    require(
        abs(slope_b) < 1e-6,
        f"{CASE}. The slope in b is 0, twice their mean; yours is {slope_b:g}.",
    )


exercise = Code(
    title="A slope for every column",
    function="gradient",
    difficulty=2,
    minutes=7,
    solution=gradient,
    alternates=(with_broadcasting, column_by_column, row_by_row),
    wrong=(
        Wrong(forgets_two, "What factor does the slope of a square"),
        Wrong(sums, "a mean over the rows"),
        Wrong(divides_by_columns, "divided by the number of columns"),
        Wrong(forgets_b, "Is b in your prediction"),
        Wrong(other_sign, "prediction minus truth"),
        Wrong(mean_of_everything, "Over which axis"),
        Wrong(mean_error_times_mean, "each error by its own row"),
        Wrong(one_number_for_all, "Over what does your mean"),
        Wrong(a_list, "are a list"),
        Wrong(a_slope_for_each_row, "a slope for each column"),
        Wrong(b_for_each_row, "slope in b has the shape"),
        Wrong(only_w, "Return two things"),
        Wrong(elementwise, "cannot combine your shapes"),
        Wrong(changes_the_error_in_y, "changed its argument `y` in place"),
    ),
    check=check,
    hints=(
        "Begin with the errors of all rows, with `X @ w + b` as the prediction. The "
        "slope in b is what it was for the line.",
        "`X[:, j]` is column j, and `error @ X[:, j]` adds up its values times the "
        "errors. A loop over the columns is fine.",
        "Without a loop: `X.T` has the columns as its rows, so `X.T @ error` holds the "
        "dot product of each column with the errors.",
    ),
    why="However many columns there are, it is two lines, and two passes over the "
    "table.",
)
