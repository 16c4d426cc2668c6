"""A network of under 20,000 weights that beats a bar after a short training.

The bounds are the mean less three standard deviations of ten runs of the reference,
for each form of the data and each size of the training;
`python week05_cnn/exercises/small_model.py` measures them again and writes
small_model.json.
"""

import json
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from course import assets
from course.exercises import Training, Wrong, require

MOST, BATCH, LR = 20_000, 64, 0.01
PICTURES, JUDGED = 2000, 2000
STEPS = {"ci": 100, "cpu": 300}
RESULT = Path(__file__).with_suffix(".json")


def make_model(n_classes):
    layers, channels = [], 3
    for width in (16, 32, 32):
        layers += [
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        channels = width
    # 4×4 places are left: pooling once more saves three quarters of the last layer
    return nn.Sequential(
        *layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, n_classes)
    )


def narrow_and_deep(n_classes):
    def block(a, b):
        return (
            nn.Conv2d(a, b, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.BatchNorm2d(b),
        )

    blocks = (*block(3, 12), *block(12, 24), *block(24, 32), *block(32, 24))
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(4 * 24, n_classes))


class WithStride(nn.Module):
    """A stride in place of the first pooling."""

    def __init__(self, n_classes):
        super().__init__()
        self.first = nn.Conv2d(3, 22, 5, stride=2, padding=2, bias=False)
        self.second = nn.Conv2d(22, 44, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(22), nn.BatchNorm2d(44)])
        self.last = nn.Linear(44 * 16, n_classes)

    def forward(self, x):  # (N, 3, 32, 32)
        x = F.max_pool2d(F.relu(self.norms[0](self.first(x))), 2)  # (N, 22, 8, 8)
        x = F.max_pool2d(F.relu(self.norms[1](self.second(x))), 2)  # (N, 44, 4, 4)
        return self.last(x.flatten(1))


def with_stride(n_classes):
    return WithStride(n_classes)


def textbook(n_classes):
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 8 * 8, 64),
        nn.ReLU(),
        nn.Linear(64, n_classes),
    )


def linear(n_classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, n_classes))


def no_activations(n_classes):
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.AvgPool2d(4),
        nn.Flatten(),
        nn.Linear(32 * 4, n_classes),
    )


def hidden_layer_only(n_classes):
    return nn.Sequential(
        nn.AvgPool2d(4), nn.Flatten(), nn.Linear(192, 80), nn.ReLU(),
        nn.Linear(80, n_classes),
    )  # fmt: skip


def ends_in_softmax(n_classes):
    return nn.Sequential(make_model(n_classes), nn.Softmax(dim=1))


def ten_classes(n_classes):
    return make_model(n_classes + 1)


def wrong_sizes(n_classes):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, n_classes)
    )


def ends_in_relu(n_classes):
    return nn.Sequential(
        nn.AvgPool2d(8), nn.Flatten(), nn.Linear(48, n_classes), nn.ReLU()
    )


def no_weights(n_classes):
    return nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.ReLU())


def forgets_to_return(n_classes):
    make_model(n_classes)


@cache
def data():
    """Normalized pictures to train on and others to judge by, the same every time."""
    cifar = assets.load("cifar10")
    order = torch.randperm(
        len(cifar.train_labels), generator=torch.Generator().manual_seed(0)
    )[: PICTURES + JUDGED]
    pictures = torch.from_numpy(cifar.train_images[order.numpy()])
    x = pictures.permute(0, 3, 1, 2).float() / 255
    y = torch.from_numpy(cifar.train_labels[order.numpy()])
    n = PICTURES * len(x) // (PICTURES + JUDGED)
    mean, std = x[:n].mean((0, 2, 3)), x[:n].std((0, 2, 3))
    x = (x - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    return x[:n], y[:n], x[n:], y[n:]


def accuracy_after_training(answer, seed, steps):
    """Accuracy on the held-out pictures, 0 to 1."""
    x, y, x_val, y_val = data()
    torch.manual_seed(seed)
    model = answer(_n_classes())
    optimizer = torch.optim.AdamW(model.parameters(), LR)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=steps)
    model.train()
    for _ in range(steps):
        batch = torch.randint(len(x), (BATCH,))
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        cycle.step()
    model.eval()
    with torch.no_grad():
        return (model(x_val).argmax(1) == y_val).float().mean().item()


def _n_classes():
    return len(assets.load("cifar10").class_names)


def check(answer, run):
    n_classes = _n_classes()
    torch.manual_seed(0)
    model = answer(n_classes)
    require(
        isinstance(model, nn.Module),
        f"Return a network; you return {type(model).__name__}. Is there a `return`?",
    )
    _shape(model, n_classes)
    _size(model)
    _bends(model, n_classes)
    tier = "ci" if run.tier == "ci" else "cpu"
    bound = _bound(tier, run.bound)
    seeds = run.seeds[:1] if tier == "ci" else run.seeds
    scores = [accuracy_after_training(answer, seed, STEPS[tier]) for seed in seeds]
    shown = ", ".join(f"{score:.1%}" for score in scores)
    count = sum(weight.numel() for weight in model.parameters())
    lead = (
        f"With {count:,} weights training ends at {shown} of the held-out pictures "
        f"right; the bar is {bound:.1%}."
    )
    close = " You are close." if min(scores) > bound - 0.03 else ""
    require(
        min(scores) >= bound,
        f"{lead}{close} What reads neighbourhoods at several sizes: blocks of "
        "convolution and pooling? And what keeps the numbers between the blocks of a "
        "size at which a short training gets on?",
    )
    return lead


def _shape(model, n_classes):
    x = data()[0][:6]
    try:
        with torch.no_grad():
            logits = model.eval()(x)
    except RuntimeError as error:
        require(
            False,
            f"Six pictures of shape (6, 3, 32, 32) do not pass through: {error}. Print "
            "the shape after each layer: does each take what the last one gives?",
        )
    require(
        torch.is_tensor(logits) and logits.shape == (6, n_classes),
        f"Six pictures give {_described(logits)}, should be (6, {n_classes}): "
        "a logit for each class.",
    )
    require(
        not torch.allclose(logits.sum(1), torch.ones(6), atol=1e-4),
        "Your outputs for each picture sum to 1: they are probabilities. "
        "`F.cross_entropy` applies softmax itself. What does it want?",
    )
    model.train()


def _size(model):
    count = sum(weight.numel() for weight in model.parameters())
    require(count > 0, "Your network has no weights: there is nothing to train.")
    if count < MOST:
        return
    name, layer = max(
        ((name, layer) for name, layer in model.named_modules() if _own(layer)),
        key=lambda pair: _own(pair[1]),
    )
    told = (
        "What could shrink the map before it is flattened?"
        if isinstance(layer, nn.Linear)
        else "A convolution has 9 weights for each pair of channels: where can it be "
        "narrower?"
    )
    require(
        False,
        f"{count:,} weights; fewer than {MOST:,} are asked for. {_own(layer):,} of "
        f"them are in {name}, {layer}. {told}",
    )


def _own(layer):
    return sum(weight.numel() for weight in layer.parameters(recurse=False))


def _bends(model, n_classes):
    """An affine f has f(a) + f(b) - f(a + b) = f(0)."""
    torch.manual_seed(1)
    a, b = torch.randn(2, 8, 3, 32, 32)
    with torch.no_grad():
        f = model.eval()
        gap = (f(a) + f(b) - f(a + b) - f(torch.zeros_like(a))).abs().max().item()
        size = f(a).abs().max().item()
    model.train()
    require(
        gap > 1e-4 * max(size, 1e-6),
        "Your layers together are one linear model: f(a) + f(b) − f(a + b) equals f(0) "
        "for any pictures a and b. No depth helps as long as that holds. What is "
        "missing between the layers?",
    )


def _described(value):
    if torch.is_tensor(value):
        return f"a tensor of shape {tuple(value.shape)}"
    return type(value).__name__


def _bound(tier, full):
    """The bound of the full data is the exercise's; another form has its own."""
    variant = assets.load("cifar10").variant
    if variant == "full":
        return full
    return _saved()[variant][tier]["bound"]


def _saved():
    return json.loads(RESULT.read_text(encoding="utf-8"))


exercise = Training(
    title="Twenty thousand weights",
    function="make_model",
    difficulty=2,
    minutes=6,
    solution=make_model,
    alternates=(narrow_and_deep, with_stride),
    wrong=(
        Wrong(textbook, "What could shrink the map before it is flattened"),
        Wrong(linear, "fewer than 20,000 are asked for"),
        Wrong(no_activations, "are one linear model"),
        Wrong(hidden_layer_only, "reads neighbourhoods at several sizes"),
        Wrong(ends_in_softmax, "they are probabilities"),
        Wrong(ten_classes, "a logit for each class"),
        Wrong(wrong_sizes, "do not pass through"),
        Wrong(ends_in_relu, "the bar is"),
        Wrong(no_weights, "a logit for each class"),
        Wrong(forgets_to_return, "Is there a `return`"),
    ),
    check=check,
    bounds={"ci": 0.401, "cpu": 0.476},
    reference=RESULT.name,
    hints=(
        "Blocks like the lesson's: convolution, pooling, batch normalization, ReLU. "
        "With 16, 32 and 32 channels they have about 14,300 weights.",
        "What the last layer costs is channels × places × classes. Pool until few "
        "places are left, then flatten.",
    ),
    why="A convolution's weights serve every place, so few of them go far; a layer "
    "that reads a flattened map pays for each place.",
)


def measure():
    """Run the reference ten times at each size, and add this form of the data."""
    result = _saved() if RESULT.is_file() else {}
    variant = assets.load("cifar10").variant
    result[variant] = {}
    for tier, steps in STEPS.items():
        runs = range(10)
        scores = torch.tensor(
            [accuracy_after_training(make_model, s, steps) for s in runs]
        )
        other = [accuracy_after_training(hidden_layer_only, s, steps) for s in range(3)]
        result[variant][tier] = {
            "accuracy": [round(score, 4) for score in scores.tolist()],
            "mean": round(scores.mean().item(), 4),
            "standard_deviation": round(scores.std().item(), 4),
            "bound": round((scores.mean() - 3 * scores.std()).item(), 3),
            "hidden_layer_only": round(sum(other) / 3, 3),
        }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    measure()
