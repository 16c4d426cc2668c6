"""Choose an optimizer and a schedule that beat plain SGD in 150 steps.

The bound is the mean less three standard deviations of ten runs of the reference;
`python week03_mnist/exercises/beat_the_baseline.py` measures them again and writes
beat_the_baseline.json.
"""

import json
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from course import assets
from course.exercises import NotYet, Training, Wrong, require

DIGITS, STEPS, BATCH = 2000, 150, 64
RESULT = Path(__file__).with_suffix(".json")


def configure(model, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.005, total_steps=steps
    )
    return optimizer, scheduler


def momentum_and_cosine(model, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)


def adamw_and_no_schedule(model, steps):
    return torch.optim.AdamW(model.parameters(), lr=0.003), None


def plain_sgd(model, steps):
    return torch.optim.SGD(model.parameters(), lr=0.01), None


def default_adam(model, steps):
    return torch.optim.Adam(model.parameters(), lr=0.001), None


def too_fast_adam(model, steps):
    return torch.optim.Adam(model.parameters(), lr=0.1), None


def class_of_scheduler(model, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    return optimizer, torch.optim.lr_scheduler.OneCycleLR


def no_learning_rate(model, steps):
    return torch.optim.SGD(model.parameters(), lr=0.0), None


def far_too_fast(model, steps):
    return torch.optim.Adam(model.parameters(), lr=1.0), None


def another_model(model, steps):
    other = nn.Linear(784, 10)
    return torch.optim.Adam(other.parameters(), lr=0.005), None


def only_the_optimizer(model, steps):
    return torch.optim.Adam(model.parameters(), lr=0.005)


def schedule_too_short(model, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.005, total_steps=10
    )
    return optimizer, scheduler


@cache
def data():
    """2,000 digits to train on and 2,000 to judge by, the same every time."""
    mnist = assets.load("mnist")
    order = torch.randperm(
        len(mnist.train_labels), generator=torch.Generator().manual_seed(0)
    )[: 2 * DIGITS]
    x = torch.from_numpy(mnist.train_images[order]).flatten(1).float() / 255
    y = torch.from_numpy(mnist.train_labels[order])
    return x[:DIGITS], y[:DIGITS], x[DIGITS:], y[DIGITS:]


def accuracy_after_training(answer, seed):
    """Accuracy on the held-out digits, 0 to 1, after STEPS steps with the answer."""
    x, y, x_val, y_val = data()
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer, scheduler = _parts(answer(model, STEPS))
    for _ in range(STEPS):
        batch = torch.randint(len(x), (BATCH,))
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    with torch.no_grad():
        return (model(x_val).argmax(1) == y_val).float().mean().item()


def _parts(given):
    require(
        isinstance(given, tuple) and len(given) == 2,
        "Return two things: `return optimizer, scheduler`, or "
        "`return optimizer, None` without a schedule.",
    )
    require(
        hasattr(given[0], "step") and hasattr(given[0], "zero_grad"),
        f"The first thing you return is {type(given[0]).__name__}; the loop needs an "
        "optimizer, with `step()` and `zero_grad()`.",
    )
    for part in given:
        require(
            not isinstance(part, type),
            f"{getattr(part, '__name__', part)} is a class: make one of it, with the "
            "arguments that it needs.",
        )
    return given


def check(answer, run):
    try:
        scores = [accuracy_after_training(answer, seed) for seed in run.seeds]
    except ValueError as error:
        if "Tried to step" not in str(error):
            raise
        raise NotYet(
            f"Your schedule ended before the {STEPS} steps did. How many steps does "
            "it have to know of?"
        ) from error
    worst = min(scores)
    shown = ", ".join(f"{score:.1%}" for score in scores)
    lead = (
        f"Your runs end at {shown} of the held-out digits; the bar is {run.bound:.1%}."
    )
    require(
        worst > 0.2,
        f"{lead} That is hardly better than guessing. Either nothing moves the weights "
        "of *this* model, or the steps are far too large.",
    )
    close = " You are close." if worst > run.bound - 0.02 else ""
    require(
        worst >= run.bound,
        f"{lead}{close} Plain SGD at 0.01 gets about {_saved()['baseline']:.1%}. Two "
        "things decide: the optimizer, and the size of its steps. Try a larger rate "
        "and a smaller one, and one that falls towards the end.",
    )
    return lead


def _saved():
    return json.loads(RESULT.read_text(encoding="utf-8"))


exercise = Training(
    title="Beat the baseline",
    function="configure",
    difficulty=2,
    minutes=7,
    solution=configure,
    alternates=(momentum_and_cosine, adamw_and_no_schedule),
    wrong=(
        Wrong(plain_sgd, "Plain SGD at 0.01 gets about"),
        Wrong(default_adam, "a larger rate and a smaller one"),
        Wrong(too_fast_adam, "a larger rate and a smaller one"),
        Wrong(class_of_scheduler, "is a class"),
        Wrong(no_learning_rate, "hardly better than guessing"),
        Wrong(far_too_fast, "the bar is"),
        Wrong(another_model, "nothing moves the weights of *this* model"),
        Wrong(only_the_optimizer, "Return two things"),
        Wrong(schedule_too_short, "Your schedule ended before"),
    ),
    check=check,
    bounds={"ci": 0.885, "cpu": 0.885},
    reference=RESULT.name,
    hints=(
        "Momentum or Adam, and a learning rate for a run of 150 steps, which is short. "
        "In the figure of rates above, where is each one's valley?",
        "Adam can go faster here than its default of 0.001: try 0.003 to 0.01.",
        "A schedule is made with the optimizer and the number of steps: "
        "`OneCycleLR(optimizer, max_lr=…, total_steps=steps)`.",
    ),
    why="Several roads lead here. What they share is a rate large enough for 150 "
    "steps.",
)


def measure():
    """Run the reference ten times and store the result beside this file."""
    scores = torch.tensor([accuracy_after_training(configure, s) for s in range(10)])
    baseline = [accuracy_after_training(plain_sgd, seed) for seed in range(3)]
    result = {
        "accuracy": [round(score, 4) for score in scores.tolist()],
        "mean": round(scores.mean().item(), 4),
        "standard_deviation": round(scores.std().item(), 4),
        "bound": round((scores.mean() - 3 * scores.std()).item(), 3),
        "baseline": round(sum(baseline) / 3, 3),
        "data": assets.load("mnist").variant,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    measure()
