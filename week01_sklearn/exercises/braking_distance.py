"""Gradient descent for a model that is no line: d = a v²."""

import numpy as np

from course.exercises import Code, Wrong, call, require

RATE, STEPS = 0.01, 6
V, D = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 8.0])
# At a = 0 the errors are -1, -3, -8, the loss is 74/3 and the slope in a is
# 2/3 · (-1·1 - 3·4 - 8·9) = -170/3, so a = 0.5667 after one step at 0.01.


def fit_braking(v, d, rate, steps):
    a, losses = 0.0, []
    for _ in range(steps):
        error = a * v**2 - d
        losses.append(np.mean(error**2))
        a -= rate * 2 * np.mean(error * v**2)
    return a, losses


def as_a_column(v, d, rate, steps):
    """The square of the speed as the column of a line without an intercept."""
    column, a, losses = v * v, 0.0, []
    while len(losses) < steps:
        losses.append(float(((a * column - d) ** 2).mean()))
        a = a - rate * 2 / len(v) * float((a * column - d) @ column)
    return a, losses


def with_loops(v, d, rate, steps):
    a, losses = 0.0, []
    for _ in range(steps):
        loss = slope = 0.0
        for speed, distance in zip(v, d, strict=True):
            error = a * speed**2 - distance
            loss += error**2 / len(v)
            slope += 2 * error * speed**2 / len(v)
        losses.append(loss)
        a -= rate * slope
    return a, losses


def by_nudging(v, d, rate, steps):
    def loss(a):
        return np.mean((a * v**2 - d) ** 2)

    a, losses = 0.0, []
    for _ in range(steps):
        losses.append(loss(a))
        a = a - rate * (loss(a + 1e-4) - loss(a - 1e-4)) / 2e-4
    return a, losses


def _variant(slope, after=False):
    def fit(v, d, rate, steps):
        a, losses = 0.0, []
        for _ in range(steps):
            error = a * v**2 - d
            if not after:
                losses.append(np.mean(error**2))
            a -= rate * slope(error, v)
            if after:
                losses.append(np.mean((a * v**2 - d) ** 2))
        return a, losses

    return fit


slope_of_v = _variant(lambda error, v: 2 * np.mean(error * v))
slope_without_v = _variant(lambda error, v: 2 * np.mean(error))
slope_two_v = _variant(lambda error, v: 2 * np.mean(error * 2 * v))
no_factor = _variant(lambda error, v: np.mean(error * v**2))
summed = _variant(lambda error, v: 2 * np.sum(error * v**2))
uphill = _variant(lambda error, v: -2 * np.mean(error * v**2))
loss_after = _variant(lambda error, v: 2 * np.mean(error * v**2), after=True)


def a_line(v, d, rate, steps):
    a, losses = 0.0, []
    for _ in range(steps):
        error = a * v - d
        losses.append(np.mean(error**2))
        a -= rate * 2 * np.mean(error * v)
    return a, losses


def solves_directly(v, d, rate, steps):
    a = np.sum(d * v**2) / np.sum(v**4)
    return a, fit_braking(v, d, rate, steps)[1]


def only_a(v, d, rate, steps):
    return fit_braking(v, d, rate, steps)[0]


def one_loss_too_many(v, d, rate, steps):
    a, losses = fit_braking(v, d, rate, steps)
    return a, [*losses, np.mean((a * v**2 - d) ** 2)]


def square_of_the_mean(v, d, rate, steps):
    a, losses = fit_braking(v, d, rate, steps)
    return a, [loss * len(v) for loss in losses]


def one_step_only(v, d, rate, steps):
    a, losses = 0.0, []
    for _ in range(steps):
        error = a * v**2 - d
        losses.append(np.mean(error**2))
    return a - rate * 2 * np.mean(error * v**2), losses


def own_rate(v, d, rate, steps):
    return fit_braking(v, d, 0.01, steps)


CASE = "For v = [1, 2, 3], d = [1, 3, 8]"


def check(answer):
    a, losses = _parts(call(answer, V, D, RATE, 1), 1)
    require(
        abs(losses[0] - 74) > 1e-6,
        f"{CASE} your first loss is 74, should be 24.67: that is the sum of the "
        "squared errors. The loss is their mean.",
    )
    after = np.mean((0.56667 * V**2 - D) ** 2)
    require(
        abs(losses[0] - after) > 1e-2,
        f"{CASE} your first loss is {losses[0]:.3f}, should be 24.667. Yours is the "
        "loss *after* the first step; measure before it.",
    )
    require(
        abs(losses[0] - 74 / 3) < 1e-6,
        f"{CASE} your first loss is {losses[0]:.4g}, should be 24.67: at a = 0 every "
        "prediction is 0, and the errors are −1, −3 and −8.",
    )
    _first_step(a)
    v = np.linspace(0.5, 3, 20)
    d = 0.7 * v**2 + 0.1 * np.cos(9 * v)
    for case, rate, steps in (((V, D), RATE, STEPS), ((v, d), 0.03, 3)):
        _run(answer, *case, rate, steps)


def _parts(given, steps):
    require(
        isinstance(given, tuple) and len(given) == 2,
        "Return two things: `return a, losses`.",
    )
    a, losses = given
    require(np.ndim(a) == 0, f"`a` is one number; yours has the shape {np.shape(a)}.")
    require(
        np.ndim(losses) == 1 and len(losses) == steps,
        f"For {steps} step{'s' * (steps > 1)} you return losses of the shape "
        f"{np.shape(losses)}, should be {steps}: one before each step, none after the "
        "last.",
    )
    return float(a), [float(loss) for loss in losses]


def _first_step(a):
    """Known mistakes by where the first step from 0 leads; right is 0.5667."""
    lead = f"{CASE}, rate 0.01, one step leads from a = 0 to 0.567; yours to {a:.3f}."
    known = {
        0.2067: "That is the slope for the prediction a · v. What is multiplied by a "
        "here?",
        0.08: "That is the slope for a prediction of plain a. If a rises a little, by "
        "how much does the prediction a · v² rise?",
        0.4133: "You took the slope of v² in v. The weight is a: v is given, and v² a "
        "fixed number for each example.",
        0.2833: "That is half of it: the slope of e² in e has a factor.",
        1.7: "That is a step by the sum over the examples; the loss is their mean.",
        -0.5667: "That leads uphill: d is positive, so a has to rise from 0.",
        0.8673: "That is the best a there is, computed directly. One step of descent "
        "does not get there.",
    }
    for value, told in known.items():
        require(abs(a - value) > 6e-4, f"{lead} {told}")
    require(
        abs(a - 0.56667) < 1e-4,
        f"{lead} The slope in a is 2/n times a sum over the examples: each error "
        "times how fast its prediction rises with a.",
    )


def _run(answer, v, d, rate, steps):
    a, losses = _parts(call(answer, v, d, rate, steps), steps)
    right, right_losses = fit_braking(v, d, rate, steps)
    case = f"For {len(v)} speeds, rate {rate:g}, {steps} steps"
    require(
        np.ptp(losses) > 0,
        f"{case} every loss you return is {losses[0]:.4g}: does a change inside the "
        "loop?",
    )
    require(
        abs(a - fit_braking(v, d, RATE, steps)[0]) > 1e-4 or rate == RATE,
        f"{case} your a is {a:.4f}, should be {right:.4f}. That is where the rate "
        f"{RATE:g} leads, whatever `rate` is.",
    )
    same = np.allclose(losses, right_losses, rtol=1e-4)
    require(
        same and abs(a - right) < 1e-4,
        f"{case} your last loss is {losses[-1]:.4f} and your a {a:.4f}, should be "
        f"{right_losses[-1]:.4f} and {right:.4f}. The first step is right. Does each "
        "one take the errors of the new a, and start where the last one ended?",
    )


exercise = Code(
    title="Braking",
    function="fit_braking",
    difficulty=2,
    minutes=7,
    solution=fit_braking,
    alternates=(as_a_column, with_loops, by_nudging),
    wrong=(
        Wrong(slope_of_v, "the slope for the prediction a · v"),
        Wrong(slope_without_v, "a prediction of plain a"),
        Wrong(slope_two_v, "the slope of v² in v"),
        Wrong(no_factor, "has a factor"),
        Wrong(summed, "a step by the sum"),
        Wrong(uphill, "leads uphill"),
        Wrong(loss_after, "measure before it"),
        Wrong(a_line, "the slope for the prediction a · v"),
        Wrong(solves_directly, "computed directly"),
        Wrong(only_a, "Return two things"),
        Wrong(one_loss_too_many, "none after the last"),
        Wrong(square_of_the_mean, "The loss is their mean"),
        Wrong(one_step_only, "does a change inside the loop"),
        Wrong(own_rate, "whatever `rate` is"),
    ),
    check=check,
    hints=(
        "For one example the error is a · v² − d. Raise a by a little: by how many "
        "times as much does the error rise?",
        "v² stands where x stood in the line's formula, and there is no b. Each turn "
        "of the loop: errors, loss into the list, slope, step.",
    ),
    why="A curve in v, and still a sum that is linear in its weight: the same descent "
    "finds it.",
)
