"""Write a whole training loop, for a problem that the lesson did not show."""

import torch
from torch import nn
from torch.nn import functional as F

from course.exercises import Code, Wrong, require

STEPS, LR = 150, 0.02


def fit_curve(model, x, y, steps, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def reset_first(model, x, y, steps, lr):
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    history = torch.empty(steps)
    for i in range(steps):
        adam.zero_grad()
        error = (model(x) - y).square().mean()
        error.backward()
        history[i] = error.detach()
        adam.step()
    return history.tolist()


def reset_last(model, x, y, steps, lr):
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    adam.zero_grad()
    losses = []
    while len(losses) < steps:
        loss = nn.MSELoss()(model(x), y)
        loss.backward()
        adam.step()
        adam.zero_grad()
        losses.append(float(loss.detach()))
    return losses


def never_resets(model, x, y, steps, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def never_steps(model, x, y, steps, lr):
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        losses.append(loss.item())
    return losses


def resets_before_step(model, x, y, steps, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


def new_optimizer_every_step(model, x, y, steps, lr):
    losses = []
    for _ in range(steps):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def ignores_lr(model, x, y, steps, lr):
    return fit_curve(model, x, y, steps, 0.001)


def keeps_tensors(model, x, y, steps, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


def only_the_last(model, x, y, steps, lr):
    return fit_curve(model, x, y, steps, lr)[-1]


def uses_sgd(model, x, y, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# Mistakes that the losses themselves give away.
MISTAKES = {
    never_resets: "These are the losses of gradients that add up from step to step: "
    "which line is missing?",
    new_optimizer_every_step: "These are the losses of an Adam that starts anew at "
    "each step: it needs one optimizer that remembers its averages.",
    uses_sgd: "These are the losses of plain SGD: which optimizer was asked for?",
}


def problem(seed):
    """A small network and a sine wave with noise, shapes (N, 1)."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    x = torch.linspace(-3, 3, 64).unsqueeze(1)
    return model, x, torch.sin(x) + 0.1 * torch.randn_like(x)


def check(answer):
    for seed in (0, 1):
        model, x, y = problem(seed)
        reference = fit_curve(problem(seed)[0], x, y, STEPS, LR)
        losses = answer(model, x, y, STEPS, LR)
        require(
            isinstance(losses, list),
            f"Return a list with the loss of each step; you return "
            f"{type(losses).__name__}.",
        )
        require(
            len(losses) == STEPS,
            f"For {STEPS} steps you return {len(losses)} losses, should be {STEPS}.",
        )
        require(
            all(isinstance(value, float) for value in losses),
            f"Your list holds {type(losses[0]).__name__}s. `loss.item()` is the plain "
            "number; a tensor in the list keeps everything that led to it in memory.",
        )
        require(
            abs(losses[0] - reference[0]) < 1e-4,
            f"Your first loss is {losses[0]:.3f}, should be {reference[0]:.3f}: that "
            "of the model before any step. Is it F.mse_loss(model(x), y)?",
        )
        require(
            losses[1] != losses[0],
            f"Your loss stays at {losses[0]:.3f}: the weights never move. Which line "
            "moves them, and are there gradients left when it runs?",
        )
        for wrong, told in MISTAKES.items():
            mistaken = wrong(problem(seed)[0], x, y, STEPS, LR)
            require(
                abs(losses[-1] - mistaken[-1]) > 1e-5,
                f"Your loss ends at {losses[-1]:.4f}, the reference's with the same "
                f"start at {reference[-1]:.4f}. {told}",
            )
        gap = max(abs(a - b) for a, b in zip(losses, reference, strict=True))
        require(
            gap < 1e-2 and abs(losses[-1] - reference[-1]) < 1e-3,
            f"Your loss ends at {losses[-1]:.4f}, the reference's with the same start "
            f"at {reference[-1]:.4f}. It begins well and then goes its own way: does "
            "each step use the gradients of that step alone, and the `lr` that was "
            "given?",
        )


exercise = Code(
    title="A loop of your own",
    function="fit_curve",
    difficulty=2,
    minutes=6,
    solution=fit_curve,
    alternates=(reset_first, reset_last),
    wrong=(
        Wrong(never_resets, "gradients that add up"),
        Wrong(uses_sgd, "the losses of plain SGD"),
        Wrong(never_steps, "the weights never move"),
        Wrong(resets_before_step, "the weights never move"),
        Wrong(new_optimizer_every_step, "one optimizer that remembers"),
        Wrong(ignores_lr, "the `lr` that was given"),
        Wrong(keeps_tensors, "`loss.item()`"),
        Wrong(only_the_last, "Return a list"),
    ),
    check=check,
    hints=(
        "Make the optimizer once, before the loop: it keeps averages between steps.",
        "Inside the loop: predict and measure, reset, back-propagate, step, and note "
        "the loss as a plain number.",
    ),
    why="The same five lines train a line, this curve, and a language model.",
)
