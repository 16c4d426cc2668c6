"""One step of RMSprop, on tensors of one shape."""

import torch

from course.exercises import Code, Wrong, agrees, call, require


def rmsprop_step(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad**2
    weight = weight - lr * grad / (square.sqrt() + eps)
    return weight, square


def with_lerp(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    new_square = torch.lerp(square, grad.square(), 1 - beta)
    return weight - lr * (grad / new_square.sqrt().add(eps)), new_square


def with_torch(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    """PyTorch's own optimizer, with its state put in by hand."""
    w = weight.clone().requires_grad_()
    w.grad = grad.clone()
    optimizer = torch.optim.RMSprop([w], lr=lr, alpha=beta, eps=eps)
    optimizer.state[w] = {"step": torch.tensor(1.0), "square_avg": square.clone()}
    optimizer.step()
    return w.detach(), optimizer.state[w]["square_avg"]


def divides_by_the_old(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    new_square = beta * square + (1 - beta) * grad**2
    return weight - lr * grad / (square.sqrt() + eps), new_square


def forgets_the_root(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad**2
    return weight - lr * grad / (square + eps), square


def swaps_beta(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = (1 - beta) * square + beta * grad**2
    return weight - lr * grad / (square.sqrt() + eps), square


def averages_the_gradient(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad
    return weight - lr * grad / (square.abs().sqrt() + eps), square


def climbs(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad**2
    return weight + lr * grad / (square.sqrt() + eps), square


def forgets_the_share(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + grad**2
    return weight - lr * grad / (square.sqrt() + eps), square


def fixed_rate(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad**2
    return weight - 0.01 * grad / (square.sqrt() + eps), square


def eps_inside_the_root(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad**2
    return weight - lr * grad / (square + eps).sqrt(), square


def eps_outside_the_fraction(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square = beta * square + (1 - beta) * grad**2
    return weight - lr * grad / square.sqrt() + eps, square


def in_place(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    square.mul_(beta).add_((1 - beta) * grad**2)
    return weight - lr * grad / (square.sqrt() + eps), square


# One step that can be followed on paper: s = 0.25 * 16 = 4, w = 1 - 0.1 * 4 / 2 = 0.8.
PAPER = torch.tensor(1.0), torch.tensor(4.0), torch.tensor(0.0)
OPTIONS = 0.1, 0.75, 1e-8  # lr, beta, eps
CASE = "At weight 1, grad 4, square 0, lr 0.1, beta 0.75"


def check(answer):
    given = call(answer, *PAPER, *OPTIONS)
    require(
        isinstance(given, tuple) and len(given) == 2,
        "Return two tensors: `return new_weight, new_square`.",
    )
    _recognise(*(float(value) for value in given))
    generator = torch.Generator().manual_seed(3)
    weight, grad = torch.randn(2, 3, 2, generator=generator)
    _place_of_eps(answer)
    agrees(
        answer,
        rmsprop_step,
        [
            (weight, grad, torch.zeros(3, 2)),
            (weight, grad, grad.abs(), 0.5, 0.9, 0.1),
            (weight, 1e-6 * grad, torch.zeros(3, 2), 0.01, 0.99, 1e-8),
        ],
        names=("weight", "grad", "square", "lr", "beta", "eps"),
    )


def _place_of_eps(answer):
    """With eps as large as the root, its place shows: 1 - 0.1 * 4 / (2 + 2) = 0.9."""
    weight, _ = call(answer, *PAPER, 0.1, 0.75, 2.0)
    require(
        abs(float(weight) - 0.9) < 1e-4,
        f"With eps 2 in place of 1e-8 your new weight is {float(weight):.3g}, should "
        "be 0.9. eps belongs to the divisor and outside the root: g / (√s + ε).",
    )


def _recognise(weight, square):
    """Name the mistakes that the step on paper can tell apart."""
    require(
        weight == weight and square == square,
        f"{CASE} you return nan. What is divided by 0, or has a root below 0?",
    )
    require(
        abs(square - 1) > 1e-4,
        f"{CASE} your new square is {square:.3g}, should be 4. What is averaged, the "
        "gradient or its square?",
    )
    require(
        abs(square - 12) > 1e-4,
        f"{CASE} your new square is {square:.3g}, should be 4. How much of the old "
        "average stays, beta or 1 - beta?",
    )
    require(
        abs(square - 4) < 1e-4,
        f"{CASE} your new square is {square:.3g}, should be 4: of the old average a "
        "share of beta, of the new grad² the rest, 1 - beta.",
    )
    require(
        abs(weight) < 1000,
        f"{CASE} your new weight is {weight:.3g}, should be 0.8. You divided by the "
        "root of the *old* square, which is 0 here. Which comes first, averaging or "
        "stepping?",
    )
    require(
        abs(weight - 0.9) > 1e-4,
        f"{CASE} your new weight is {weight:.3g}, should be 0.8. The average is of "
        "*squared* gradients: what brings it back to the size of a gradient?",
    )
    require(
        abs(weight - 1.2) > 1e-4,
        f"{CASE} your new weight is {weight:.3g}, should be 0.8: the weight went up "
        "although its gradient is positive. Which way is downhill?",
    )
    require(
        abs(weight - 0.98) > 1e-4,
        f"{CASE} your new weight is {weight:.3g}, should be 0.8. That is the step for "
        "a rate of 0.01, whatever `lr` is.",
    )
    require(
        abs(weight - 0.8) < 1e-4,
        f"{CASE} your new weight is {weight:.3g}, should be 0.8 = 1 - 0.1 · 4 / √4.",
    )


exercise = Code(
    title="RMSprop in two lines",
    function="rmsprop_step",
    difficulty=2,
    minutes=6,
    solution=rmsprop_step,
    alternates=(with_lerp, with_torch),
    wrong=(
        Wrong(divides_by_the_old, "Which comes first, averaging or"),
        Wrong(forgets_the_root, "back to the size of a gradient"),
        Wrong(swaps_beta, "beta or 1 - beta"),
        Wrong(averages_the_gradient, "the gradient or its square"),
        Wrong(climbs, "Which way is downhill"),
        Wrong(forgets_the_share, "the rest, 1 - beta"),
        Wrong(fixed_rate, "whatever `lr` is"),
        Wrong(eps_inside_the_root, "outside the root"),
        Wrong(eps_outside_the_fraction, "belongs to the divisor"),
        Wrong(in_place, "changed its argument `square` in place"),
    ),
    check=check,
    hints=(
        "Each line is one of the two formulas above, with the same letters: "
        "`square` is s, `grad` is g.",
        "The step divides by the root of the *new* average, plus `eps`. Write "
        "`square = …`, not `square.mul_(…)`, so that the argument stays as it was.",
    ),
    why="It agrees with `torch.optim.RMSprop`, step for step.",
)
