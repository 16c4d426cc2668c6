"""The two slopes of a line's mean squared error."""

import numpy as np

from course.exercises import Code, Wrong, agrees, call, require


def line_gradient(w, b, x, y):
    error = w * x + b - y
    return 2 * np.mean(error * x), 2 * np.mean(error)


def with_a_loop(w, b, x, y):
    slope_w = slope_b = 0.0
    for xi, yi in zip(x, y, strict=True):
        error = w * xi + b - yi
        slope_w += 2 * error * xi / len(x)
        slope_b += 2 * error / len(x)
    return slope_w, slope_b


def with_dot(w, b, x, y):
    error = b + x * w - y
    return 2 / len(y) * error.dot(x), 2 / len(y) * error.sum()


def by_nudging(w, b, x, y):
    """Centred differences are exact for a parabola, but for rounding."""
    h = 1e-3

    def loss(w, b):
        return np.mean((w * x + b - y) ** 2)

    slope_w = (loss(w + h, b) - loss(w - h, b)) / (2 * h)
    return slope_w, (loss(w, b + h) - loss(w, b - h)) / (2 * h)


def forgets_x(w, b, x, y):
    error = w * x + b - y
    return 2 * np.mean(error), 2 * np.mean(error)


def forgets_two(w, b, x, y):
    error = w * x + b - y
    return np.mean(error * x), np.mean(error)


def sums(w, b, x, y):
    error = w * x + b - y
    return 2 * np.sum(error * x), 2 * np.sum(error)


def other_sign(w, b, x, y):
    error = y - (w * x + b)
    return 2 * np.mean(error * x), 2 * np.mean(error)


def swapped(w, b, x, y):
    slope_w, slope_b = line_gradient(w, b, x, y)
    return slope_b, slope_w


def product_of_means(w, b, x, y):
    error = w * x + b - y
    return 2 * np.mean(error) * np.mean(x), 2 * np.mean(error)


def of_the_distance(w, b, x, y):
    sign = np.sign(w * x + b - y)
    return np.mean(sign * x), np.mean(sign)


def squares_the_error(w, b, x, y):
    error = w * x + b - y
    return 2 * np.mean(error**2 * x), 2 * np.mean(error**2)


def one_number(w, b, x, y):
    error = w * x + b - y
    return 2 * np.mean(error * x) + 2 * np.mean(error)


def no_mean(w, b, x, y):
    error = w * x + b - y
    return 2 * error * x, 2 * error


# The line w = 1, b = 0 on two points: the errors are 1 - 2 = -1 and 3 - 1 = 2.
X, Y = np.array([1.0, 3.0]), np.array([2.0, 1.0])
CASE = "For w = 1, b = 0, x = [1, 3], y = [2, 1] the errors are −1 and 2"
RIGHT = (5.0, 1.0)
KNOWN = {
    (1.0, 1.0): "Both of yours are the slope in b. Raising w moves an error by x: "
    "where is x in your first formula?",
    (2.5, 0.5): "Yours are half of that. The square brings a factor along when its "
    "slope is taken.",
    (10.0, 2.0): "Yours are sums over the examples. The loss is a mean: by what is it "
    "divided?",
    (-5.0, -1.0): "Your signs are turned round: you point downhill. With the error as "
    "prediction minus truth the slope in w has the sign of error times x.",
    (1.0, 5.0): "You return the slope in b first. Which one is asked for first?",
    (2.0, 1.0): "Your first number is made of the mean error and the mean x. Multiply "
    "each error by its own x, and take the mean after that.",
    (1.0, 0.0): "Yours are the slopes of the plain distance |e|. How fast does e² "
    "rise with e?",
    (13.0, 5.0): "You have squared the errors. The slope of e² in e is not e² again.",
}


def check(answer):
    given = call(answer, 1.0, 0.0, X, Y)
    require(
        isinstance(given, tuple | list) and len(given) == 2,
        f"{CASE}. Return two numbers, `return slope_w, slope_b`.",
    )
    require(
        all(np.ndim(value) == 0 for value in given),
        f"{CASE}. You return a slope for each example; the slope of a mean is the mean "
        "of the slopes, one number for w and one for b.",
    )
    for (slope_w, slope_b), told in KNOWN.items():
        same = np.allclose(np.array(given, dtype=float), (slope_w, slope_b), atol=1e-6)
        require(
            not same,
            f"{CASE}. The slopes are 5 and 1; you return {slope_w:g} and "
            f"{slope_b:g}. {told}",
        )
    rng = np.random.default_rng(1)
    x, y = rng.normal(3, 2, (2, 50))
    agrees(
        answer,
        line_gradient,
        [(1.0, 0.0, X, Y), (2.0, -1.0, X[:1], Y[:1]), (-3.0, 7.0, x, y)],
        hint="On paper: error times x for each example, twice the mean of that; and "
        "twice the mean of the errors.",
        rtol=1e-4,
        atol=1e-6,
    )


exercise = Code(
    title="Which way is down",
    function="line_gradient",
    difficulty=1,
    minutes=5,
    solution=line_gradient,
    alternates=(with_a_loop, with_dot, by_nudging),
    wrong=(
        Wrong(forgets_x, "where is x in your first formula"),
        Wrong(forgets_two, "a factor along"),
        Wrong(sums, "by what is it divided"),
        Wrong(other_sign, "you point downhill"),
        Wrong(swapped, "the slope in b first"),
        Wrong(product_of_means, "each error by its own x"),
        Wrong(of_the_distance, "slopes of the plain distance"),
        Wrong(squares_the_error, "You have squared the errors"),
        Wrong(one_number, "Return two numbers"),
        Wrong(no_mean, "a slope for each example"),
    ),
    check=check,
    hints=(
        "`error * x` multiplies each error by its own x. What does the formula do with "
        "these products?",
        "The sum divided by n is `np.mean(…)`, and there is a 2 before it. The slope "
        "in b is the same without the x.",
    ),
    why="The gradient of the loss: two numbers, from one pass over the examples.",
)
