# %% [markdown]
# # Train MNIST: from guessing to reading
#
# Random numbers can only guess at a handwritten 7. A few thousand small corrections
# later the same numbers read it, and nearly every other digit. What exactly is a
# correction, and why do some ways of correcting get there so much sooner?
#
# After this lesson you can:
#
# - write a training loop from memory and say what each line is for;
# - build momentum and Adam, and show that they agree with PyTorch's;
# - split data so that your final score means something;
# - see overfitting in training curves, and what dropout does about it;
# - save a model, load it, and give it a picture that no data set contains.

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week03_mnist/03_train_mnist", tier=TIER)

# %% [markdown]
# ## Warm-up
#
# Three questions on earlier lessons. Put a letter for each hyphen; leave one where you
# would have to guess.

# %%
here.warm_up("---")

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course import plots, training

settings = here.settings  # change any of them in a cell of your own
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## A network that knows nothing
#
# MNIST is a set of handwritten digits, 28 by 28 pixels each, in which paper is 0 and
# ink goes up to 255.

# %%
mnist = here.load("mnist")
mnist


# %%
def to_inputs(images):
    """uint8 pictures (N, 28, 28) -> float32 rows (N, 784) between 0 and 1."""
    return torch.from_numpy(images).flatten(1).float().div(255).to(device)


x_all = to_inputs(mnist.train_images)
y_all = torch.from_numpy(mnist.train_labels).to(device)

# %% [markdown]
# Two hidden layers stand between the 784 pixels and ten logits, one for each digit,
# which softmax turns into probabilities. `nn.Dropout` does nothing yet.


# %%
def make_model(dropout=0.0):
    """784 pixels -> 10 logits, through two hidden layers."""
    torch.manual_seed(settings.seed)  # all runs start from the same weights
    return nn.Sequential(
        nn.Linear(784, settings.hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(settings.hidden, settings.hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(settings.hidden, 10),
    ).to(device)


model = make_model()

# %% [markdown]
# What do these random weights make of eight digits? Each label gives the best guess and
# its probability. (Figures draw ink dark, as on paper.)

# %%
with torch.no_grad():  # only looking: nothing is recorded for training
    sure, guess = F.softmax(model(x_all[:8]), dim=1).max(dim=1)  # largest, its place

labels = [f"{g}? {s:.0%}" for g, s in zip(guess.tolist(), sure.tolist(), strict=True)]
title = "Untrained: every guess is about 10 % sure"
plots.show(
    plots.pictures(mnist.train_images[:8], labels, title=title),
    "Eight handwritten digits; for each the untrained network's best guess has a "
    "probability close to one in ten.",
)

# %% [markdown]
# The network bets about 1/10 on every digit. That fixes the loss before any training.
# Cross-entropy is minus the logarithm of the probability given to the true class,
# averaged over the examples: here the *loss of knowing nothing*, −ln(1/10) = ln 10:

# %% tags=["nbval-check-output"]
print(f"loss of knowing nothing: {math.log(10):.3f}")

# %%
with torch.no_grad():
    first_loss = F.cross_entropy(model(x_all), y_all).item()
print(f"loss of this untrained network: {first_loss:.3f}")
assert abs(first_loss - math.log(10)) < 0.1

# %% [markdown]
# They agree to within a tenth. Check this before every training run: a first loss far
# off means that the inputs or the initial weights have the wrong scale, or that the
# number of classes is wrong.
#
# ## Three sets of data
#
# The best of many scores is partly luck. So the test set is read once, at the end; we
# choose among ways to train by a third set, the *validation set*, cut off the training
# set at random, since files are often sorted.

# %%
seeded = torch.Generator(device).manual_seed(settings.seed)  # the same split again
shuffled = torch.randperm(len(x_all), generator=seeded, device=device)
held_out, kept = shuffled[: settings.validation], shuffled[settings.validation :]
x_train, y_train = x_all[kept], y_all[kept]
x_val, y_val = x_all[held_out], y_all[held_out]

# %% [markdown]
# ## One correction, on paper
#
# Take a model of one weight, $w = 2$, and one example, $x = 3$ with target 12. The
# model says $wx = 6$. With the squared error as loss:
#
# - loss $(wx - 12)^2 = (-6)^2 = 36$;
# - slope of the loss in $w$, the gradient: $2(wx-12)\,x = 2 \cdot (-6) \cdot 3 = -36$;
# - a step against the slope, with a learning rate of 0.01: $w \leftarrow 2 - 0.01 \cdot
#   (-36) = 2.36$.
#
# The loss is now 24.2. In general, with learning rate $\eta$ and gradient $g$:
#
# $$w \leftarrow w - \eta\, g$$
#
# Run the cell, then try 0.2 for 0.01: the step overshoots, and the loss grows. Put 0.01
# back and run it again.

# %% tags=["nbval-check-output", "try"]
w = torch.tensor(2.0, requires_grad=True)  # PyTorch notes what is done with w
loss = (w * 3 - 12) ** 2
loss.backward()  # fills w.grad
print(f"gradient {w.grad.item():.0f}")

with torch.no_grad():  # the correction itself is not part of the model
    w -= 0.01 * w.grad
print(f"weight {w.item():.2f}, loss {((w * 3 - 12) ** 2).item():.1f}")

# %% [markdown]
# `backward()` *adds* to `w.grad`. At the second correction, the old slope is still in
# there (run this cell only once):

# %% tags=["nbval-check-output"]
loss = (w * 3 - 12) ** 2
loss.backward()
print(f"in w.grad: {w.grad.item():.2f}")
print(f"the slope here: {(2 * (w * 3 - 12) * 3).item():.2f}")

# %% [markdown]
# That is the sum of both slopes: between corrections the gradients must be reset. An
# *optimizer* holds the weights and knows both moves, the reset and the step.


# %%
class SGD:
    """w <- w - lr * g."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def zero_grad(self):
        for w in self.parameters:
            w.grad = None

    @torch.no_grad()  # as `with` above, for a whole function
    def step(self):
        for w in self.parameters:
            w -= self.lr * w.grad  # in place: this is the model's own tensor


# %% [markdown]
# ## The training loop
#
# One correction from all pictures would be exact and slow. A *mini-batch*, a random
# handful of examples, gives a similar direction for a small part of the work; to
# descend by those is *stochastic gradient descent*, SGD. One pass over all examples is
# an *epoch*.


# %%
def batches(n, batch_size):
    """Endless mini-batches of indices into n examples, reshuffled every epoch."""
    while True:
        yield from torch.randperm(n, device=device).split(batch_size)


supply = batches(len(x_train), settings.batch_size)

# %% [markdown]
# <!-- exercise: loop_order -->
#
# These five lines are the *training loop*. Put the letters in an order that trains, as
# a string such as `"ABCDE"`.

# %%
answer = None

ex = here.exercise("loop_order")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# <!-- exercise: evaluate_model -->
#
# `evaluate` runs a model over a whole data set in pieces, as all at once might not fit
# into memory. `model.eval()` is the mode for use, in which dropout, which comes later,
# is off. Fill in what happens to a piece: predict without recording, and add to both
# sums.
#
# - `F.cross_entropy(logits, targets)` applies softmax itself and gives the *mean* over
#   its examples; the last piece may be shorter than the others.
# - `logits.argmax(dim=1)` is the guess for each example; `(a == b).sum()` counts where
#   two tensors agree; `.item()` makes a plain number of a tensor that holds one.


# %%
def evaluate(model, x, y, batch_size=1000):
    """Mean loss and accuracy over all examples, as two floats; accuracy 0 to 1."""
    mode = model.training  # True or False
    model.eval()
    loss_sum, right = 0.0, 0
    for start in range(0, len(x), batch_size):
        piece = slice(start, start + batch_size)
        raise NotImplementedError  # your lines, with x[piece] and y[piece]
    model.train(mode)
    return loss_sum / len(x), right / len(x)


ex = here.exercise("evaluate_model")
ex.check(evaluate)

# %%
# ex.hint()
# ex.solution()
evaluate = ex.use(evaluate)  # ours, where yours does not pass yet

# %% [markdown]
# Here is the loop. Find the five lines in it; the scheduler comes later.


# %%
def fit(model, optimizer, steps, scheduler=None, x=x_train, y=y_train, looks=20):
    """Train for `steps` mini-batches; return `looks` × (step, train loss, val loss)."""
    supply, history = batches(len(x), settings.batch_size), []
    bar = training.progress(range(1, steps + 1))
    for step in bar:
        model.train()
        batch = next(supply)
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()  # forget the last batch's gradients
        loss.backward()  # d loss / d w for every weight w
        optimizer.step()  # a small step downhill
        if scheduler:
            scheduler.step()
        if step % max(1, steps // looks) == 0:
            train_loss, _ = evaluate(model, x[:2000], y[:2000])
            val_loss, _ = evaluate(model, x_val, y_val)
            history.append((step, train_loss, val_loss))
            bar.set_postfix(val_loss=f"{val_loss:.3f}", refresh=False)
    return history


# %% [markdown]
# The first run, at a cautious learning rate of 0.01: what share of the validation
# digits will be right after `settings.probe_steps` steps, in percent? Guessing gets 10.

# %%
my_guess = None
here.predict("first_run", my_guess, unit="%")

# %%
model = make_model()
fit(model, SGD(model.parameters(), lr=0.01), settings.probe_steps, looks=1)
loss, accuracy = evaluate(model, x_val, y_val)
here.outcome("first_run", 100 * accuracy)
print(f"after {settings.probe_steps} steps: loss {loss:.2f}, accuracy {accuracy:.1%}")

# %% [markdown]
# The loss has hardly left 2.30, although far more than one guess in ten is right by
# now: each is only a little ahead of the others. Why not take larger steps?
#
# ## A valley, and momentum
#
# Take a loss that is shallow in one weight and steep in another, a narrow valley:
# $f(a,b)=\tfrac12(a^2+40\,b^2)$. The star marks the minimum.


# %%
def valley(a, b):
    """Loss at weights (a, b): forty times steeper across than along."""
    return 0.5 * (a**2 + 40 * b**2)


def walk(optimizer_class, steps=25, **options):
    """The points (steps + 1, 2) that an optimizer visits from (-4, 0.6)."""
    point = torch.tensor([-4.0, 0.6], requires_grad=True)
    optimizer = optimizer_class([point], **options)
    path = [point.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        valley(*point).backward()
        optimizer.step()
        path.append(point.tolist())
    return np.array(path)


# %%
plots.descents(
    valley,
    {"SGD, lr 0.045": walk(SGD, lr=0.045), "SGD, lr 0.055": walk(SGD, lr=0.055)},
    "Two paths of plain gradient descent in a narrow valley: at one learning rate it "
    "zigzags and advances slowly, at a slightly larger one it jumps out sideways.",
)

# %% [markdown]
# At 0.045 it bounces and inches along the floor. At 0.055 the bounces grow and it
# leaves the valley. The steep direction dictates the learning rate, and the shallow one
# pays for it.
#
# *Momentum* steps along a running sum of the gradients, the velocity, in which the past
# fades by a factor $\beta$. Bounces cancel in a sum; the steady slope along the floor
# adds up. With the usual $\beta = 0.9$, a gradient that is always 1 gives velocities
# $1,\ 1.9,\ 2.71, \dots$, which approach $1/(1-0.9) = 10$. One that flips between 1 and
# −1 settles at about half a step each way.
#
# $$v \leftarrow \beta v + g \qquad\qquad w \leftarrow w - \eta\, v$$


# %%
class Momentum(SGD):
    """v <- beta * v + g, then w <- w - lr * v."""

    def __init__(self, parameters, lr, beta=0.9):
        super().__init__(parameters, lr)
        self.beta = beta
        self.velocity = [torch.zeros_like(w) for w in self.parameters]

    @torch.no_grad()
    def step(self):
        for w, v in zip(self.parameters, self.velocity, strict=True):
            v.mul_(self.beta).add_(w.grad)  # mul_, add_: in place
            w -= self.lr * v


# %% [markdown]
# Does PyTorch's momentum take the same walk?

# %% tags=["nbval-check-output"]
ours = walk(Momentum, lr=0.02, beta=0.9)
theirs = walk(torch.optim.SGD, lr=0.02, momentum=0.9)
np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
print("25 steps, the same in both")

# %% [markdown]
# ## A step size for every weight
#
# All weights still share one learning rate. The other remedy divides each weight's
# gradient by its usual size. With $s$ a running *average* of the squared gradient (the
# new share $1-\beta$ makes it one):
#
# $$s \leftarrow \beta s + (1-\beta)\, g^2 \qquad\qquad
# w \leftarrow w - \eta\, \frac{g}{\sqrt{s} + \epsilon}$$
#
# If a weight's gradients are always about 0.001, $s$ approaches 0.000001, its root is
# 0.001, and the step is $\eta$. If they are always about 100, it is $\eta$ as well: the
# size cancels. The tiny $\epsilon$ keeps us from dividing by zero. This is *RMSprop*,
# for root mean square.
#
# <!-- exercise: rmsprop -->
#
# Fill in the two lines. `weight`, `grad` and `square` (the $s$ above) are tensors of
# one shape; return new tensors and leave the arguments as they were.


# %%
def rmsprop_step(weight, grad, square, lr=0.01, beta=0.99, eps=1e-8):
    """One step of RMSprop; returns (new weight, new square)."""
    # 1. the running average of the squared gradient
    # 2. the step downhill, divided by the root of the new average
    raise NotImplementedError


ex = here.exercise("rmsprop")
ex.check(rmsprop_step)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## Adam
#
# *Adam* does both: a running average $m$ of the gradient (momentum), divided by the
# root of a running average $s$ of its square. But both averages start at zero, so at
# first they are far too small. If the first gradient is 1, with the usual $\beta_1 =
# 0.9$ and $\beta_2 = 0.999$, then $m = 0.1$ is ten times too small and $s = 0.001$ a
# thousand times, and the step would be $0.1/\sqrt{0.001} = 3.16$ learning rates, far
# too bold.
#
# At step $t$ the shares in each average sum to $1 - \beta^t$ instead of 1 (for $m$ at
# $t = 2$: $0.09 + 0.1 = 0.19 = 1 - 0.81$). Dividing by that gives back an honest
# average: $0.1/0.1 = 1$ and $0.001/0.001 = 1$, and a step of one learning rate. This is
# the *bias correction*:
#
# $$\begin{aligned}
# m &\leftarrow \beta_1 m + (1-\beta_1)\, g &
# \hat m &= m / (1 - \beta_1^t) \\
# s &\leftarrow \beta_2 s + (1-\beta_2)\, g^2 &
# \hat s &= s / (1 - \beta_2^t) \\
# w &\leftarrow w - \eta\, \hat m / (\sqrt{\hat s} + \epsilon)
# \end{aligned}$$


# %%
class Adam(SGD):
    """Momentum over a step size for every weight, with bias correction."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(w) for w in self.parameters]
        self.s = [torch.zeros_like(w) for w in self.parameters]

    @torch.no_grad()
    def step(self):
        self.t += 1
        beta1, beta2 = self.betas
        for w, m, s in zip(self.parameters, self.m, self.s, strict=True):
            m.mul_(beta1).add_(w.grad, alpha=1 - beta1)
            s.mul_(beta2).add_(w.grad**2, alpha=1 - beta2)
            m_hat = m / (1 - beta1**self.t)
            s_hat = s / (1 - beta2**self.t)
            w -= self.lr * m_hat / (s_hat.sqrt() + self.eps)


# %% tags=["nbval-check-output"]
ours, theirs = walk(Adam, lr=0.4), walk(torch.optim.Adam, lr=0.4)
np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
print("25 steps, the same in both")

# %% [markdown]
# <!-- exercise: adam_second_step -->
#
# On paper, or with Python as a calculator: a weight is trained by Adam with learning
# rate 0.1, $\beta_1 = 0.9$, $\beta_2 = 0.999$; ignore $\epsilon$. Its first gradient is
# 1, its second is exactly 0. How far does the weight move in the *second* step? Give a
# positive number, to three decimals.

# %%
answer = None

ex = here.exercise("adam_second_step")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# Three optimizers in the valley, each at a rate that suits it, with a smaller $\beta$
# than usual, which forgets sooner, since the walk is short.

# %%
plots.descents(
    valley,
    {
        "SGD, lr 0.045": walk(SGD, lr=0.045),
        "Momentum, lr 0.02": walk(Momentum, lr=0.02, beta=0.8),
        "Adam, lr 0.4": walk(Adam, lr=0.4, betas=(0.8, 0.99)),
    },
    "Paths of three optimizers in one narrow valley, with equally many steps. "
    "Plain gradient descent zigzags and stops short; momentum swings along the floor "
    "to the minimum; Adam swings less, overshoots and turns back.",
)

# %% [markdown]
# For the digits we try rates from 0.001 to 3 for each optimizer, from here on
# PyTorch's. Each at its best: how does plain SGD's loss compare with Adam's?

# %%
my_guess = None
ratios = ["under 1.2 times Adam's", "1.2 to 3 times Adam's", "over 3 times Adam's"]
here.predict("best_sgd", my_guess, choices=ratios)

# %%
makers = {
    "SGD": torch.optim.SGD,
    "momentum": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9),
    "Adam": torch.optim.Adam,
}
rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
ends = {name: [] for name in makers}
for name, make_optimizer in makers.items():
    for rate in rates:
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr=rate)
        *_, (_, _, val_loss) = fit(model, optimizer, settings.probe_steps, looks=1)
        ends[name].append(val_loss)

# %%
figure, ax = plt.subplots()
for name, losses in ends.items():
    # a run that overflowed has the loss nan: it, too, is drawn at 3
    ax.plot(rates, np.minimum(np.nan_to_num(losses, nan=3), 3), "o-", label=name)
ax.axhline(math.log(10), color="gray", linestyle="--", label="knowing nothing")
ax.set(xscale="log", ylim=(0, 3.7), xlabel="learning rate", ylabel="validation loss")
ax.set_title("A wrong rate costs more than a wrong optimizer (losses cut at 3)")
ax.legend(ncols=4, loc="upper center")
plots.show(
    figure,
    "Validation loss against learning rate for three optimizers: each has good rates "
    "of its own, and a far higher loss at others. Adam's are the smallest, plain "
    "gradient descent's the largest; their best losses differ much less.",
)

# %%
times = np.nanmin(ends["SGD"]) / np.nanmin(ends["Adam"])
here.outcome("best_sgd", ratios[int(times >= 1.2) + int(times > 3)])
print(f"SGD's lowest loss is {times:.1f} times Adam's")

# %% [markdown]
# The first run crawled because 0.01 is a poor rate for plain SGD: it wants far larger
# steps. Each optimizer has a range of its own, and outside it even Adam fails. Adam's
# default, 0.001, is fair for most networks, so it is tried first; in a run as short as
# this, a few times as much gets further.
#
# ## The same loop with a DataLoader
#
# If the data does not fit into memory, a *DataLoader* fetches examples one by one from
# any object that has a length and an index, perhaps from a disk, in several processes,
# and stacks them into mini-batches.

# %%
from torch.utils.data import DataLoader, TensorDataset

examples = TensorDataset(x_train, y_train)
loader = DataLoader(examples, batch_size=settings.batch_size, shuffle=True)
x, y = next(iter(loader))  # `for x, y in loader:` would be one epoch
print(f"x {tuple(x.shape)}, y {tuple(y.shape)}, {len(loader)} mini-batches an epoch")

# %% [markdown]
# ## Too good on the training set
#
# We train on a small part of the digits until the network has seen each many times.

# %%
few = {"x": x_train[: settings.few], "y": y_train[: settings.few]}
runs, model = {}, make_model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
runs["no dropout"] = fit(model, optimizer, settings.overfit_steps, **few)
plots.learning_curves(
    runs,
    f"{settings.few:,} digits: the training loss goes to zero, the other does not",
    "Training and validation loss of one run on few digits: the training loss falls to "
    "zero while the validation loss flattens out and then rises.",
    training=True,
)

# %% [markdown]
# The dotted line goes to zero: the network has learnt these pictures by heart. The
# solid line turns: on other pictures the network grows surer of its mistakes, too, and
# the loss makes it pay for that, although about as many answers are right. This is
# *overfitting*, and only held-out examples show it.
#
# *Dropout* is one remedy. In training each hidden value is set to zero with probability
# $p$, and the survivors are divided by $1-p$ so that the average stays the same: with
# $p = 0.5$ the values 1, 1, 1, 1 might become 2, 0, 2, 0. So no value can rely on
# another, and memorising gets harder. In use, nothing is dropped.

# %%
dropping = make_model(dropout=0.5)
optimizer = torch.optim.Adam(dropping.parameters(), lr=0.001)
runs["dropout 0.5"] = fit(dropping, optimizer, settings.overfit_steps, **few)
plots.learning_curves(
    runs,
    "With dropout the loss on held-out digits ends lower",
    "The same plot with a second run that uses dropout: its training loss falls more "
    "slowly, and its validation loss ends lower than without dropout.",
    training=True,
)

# %% [markdown]
# Both curves come from `evaluate`, whose `eval()` switches dropout off. Forget it, and
# the model is judged with half of its hidden values missing, others each time:

# %%
for mode in ("training", "training", "eval"):
    dropping.train(mode == "training")
    with torch.no_grad():
        right = dropping(x_val).argmax(1) == y_val
    print(f"in {mode} mode: {right.float().mean():.2%}")

# %% [markdown]
# ## A schedule for the learning rate
#
# Large steps cover ground and then rattle around the minimum. A *schedule* changes the
# learning rate as training goes on: PyTorch's `OneCycleLR` raises it during the first
# three tenths of the steps and then lowers it to nearly zero, so it must know their
# number.

# %%
from torch.optim.lr_scheduler import OneCycleLR

runs, steps = {}, 2 * settings.probe_steps
tried = {"lr 0.001": 0.001, "lr 0.02": 0.02, "one cycle up to 0.02": 0.02}
for name, rate in tried.items():
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    scheduler = None
    if "cycle" in name:
        scheduler = OneCycleLR(optimizer, rate, total_steps=steps, cycle_momentum=False)
    runs[name] = fit(model, optimizer, steps, scheduler)

plots.learning_curves(
    runs,
    f"Adam, lowest at the end: {min(runs, key=lambda name: runs[name][-1][2])}",
    "Validation loss against steps for a small and a large constant learning rate and "
    "for one cycle up to the large one: the large one goes up and down to the end, "
    "while the cycle starts slowly, goes up and down at its height, and comes to rest.",
    log=True,
)

# %% [markdown]
# <!-- exercise: beat_the_baseline -->
#
# Your turn to choose. The check trains a small network on 2,000 digits for 150 steps,
# with its own loop. Return an optimizer for `model`'s weights and a scheduler, or
# `None` in its place; the loop calls `step()` on both after every mini-batch. Plain SGD
# at 0.01 is the baseline. The check names the bar, an accuracy on held-out digits.


# %%
def configure(model, steps):
    """Return (optimizer, scheduler or None) for a run of `steps` mini-batches."""
    raise NotImplementedError


ex = here.exercise("beat_the_baseline")
ex.check(configure)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## The real run
#
# Dropout, Adam and one cycle, for `settings.epochs` epochs. After each epoch a
# *checkpoint* is written: the state of all that changes (weights, optimizer, schedule,
# random numbers). An interrupted run goes on from it when you run the cell again.

# %%
steps = math.ceil(len(x_train) / settings.batch_size)  # in one epoch
model = make_model(settings.dropout)
optimizer = torch.optim.Adam(model.parameters(), lr=settings.lr)
scheduler = OneCycleLR(
    optimizer, settings.lr, total_steps=settings.epochs * steps, cycle_momentum=False
)
parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
path = here.folder / "mnist.pt"
done = training.resume(path, vars(settings), **parts)
for epoch in range(done + 1, settings.epochs + 1):
    fit(model, optimizer, steps, scheduler, looks=1)
    loss, accuracy = evaluate(model, x_val, y_val)
    print(f"epoch {epoch}: validation loss {loss:.4f}, {accuracy:.2%} right")
    training.save_checkpoint(path, epoch, vars(settings), **parts)

# %% [markdown]
# ## The test set, once
#
# Another 10,000 digits would give a slightly different share $p$. How far such shares
# usually lie from the truth is their *standard error*, $\sqrt{p(1-p)/n}$ for $n$
# digits. Twice that on either side holds the truth about 19 times in 20.

# %%
x_test = to_inputs(mnist.test_images)
y_test = torch.from_numpy(mnist.test_labels).to(device)
_, untrained = evaluate(make_model(), x_test, y_test)
_, accuracy = evaluate(model, x_test, y_test)

error = math.sqrt(accuracy * (1 - accuracy) / len(x_test))
print(f"{accuracy:.2%} of {len(x_test):,} digits, give or take {2 * error:.2%}")
here.metric("test_accuracy", accuracy, untrained=untrained)

# %% [markdown]
# ## Look at the mistakes
#
# The errors of which the network was most certain: truth → guess, certainty.

# %%
with torch.no_grad():
    sure, guess = F.softmax(model.eval()(x_test), dim=1).max(dim=1)
wrong = torch.nonzero(guess != y_test).flatten()
worst = wrong[sure[wrong].argsort(descending=True)][:12].cpu()

labels = [f"{y_test[i]} → {guess[i]}, {sure[i]:.1%}" for i in worst]
title = "Wrong, and certain of it"
plots.show(
    plots.pictures(mnist.test_images[worst.numpy()], labels, columns=4, title=title),
    "A dozen misread test digits, each with truth, guess and the network's certainty; "
    "some are hard to read for people, too.",
)

# %% [markdown]
# Those plain to your eye tell most about what it has not understood. (To change the
# network because of them would spend the test set.)
#
# ## Save it, load it, use it
#
# A model on disk is its `state_dict`, a dictionary from names to weights. They go into
# a network built alike. `weights_only=True` makes PyTorch refuse anything that is not
# data: a file from a stranger could otherwise run code.

# %%
path = here.folder / "mnist_weights.pt"
torch.save(model.state_dict(), path)
reader = make_model(settings.dropout)
reader.load_state_dict(torch.load(path, weights_only=True, map_location=device))

before, after = evaluate(model, x_val, y_val), evaluate(reader, x_val, y_val)
torch.testing.assert_close(before, after)
print(f"{path.stat().st_size / 1e6:.1f} MB on disk, same answers")

# %% [markdown]
# ## Digits from other hands
#
# Now pictures that no data set contains: your own from `my/digits` (lesson 00 has a pad
# to draw some), or twenty of ours. `here.mine` gives each as it came, and prepared as
# MNIST's pictures were. What share of the prepared ones will this network read, in
# percent?

# %%
my_guess = None
here.predict("other_handwriting", my_guess, unit="%")

# %%
mine = here.mine("digits")
truth = torch.from_numpy(mine.labels).to(device)
shares, labels = [], []
for pictures in (mine.raw, mine.images):  # each (N, 28, 28)
    shares.append(evaluate(reader, to_inputs(pictures), truth)[1])
    with torch.no_grad():
        sure, guess = F.softmax(reader.eval()(to_inputs(pictures)), dim=1).max(dim=1)
    labels += [f"{g}? {s:.0%}" for g, s in zip(guess[:8], sure[:8], strict=True)]
here.outcome("other_handwriting", 100 * shares[1], close=0.1)

both = np.concatenate([mine.raw[:8], mine.images[:8]])
title = f"Right: {shares[0]:.0%} as they came, {shares[1]:.0%} prepared"
plots.show(
    plots.pictures(both, labels, columns=len(mine.raw[:8]), title=title, cmap="gray"),
    "The same few digits twice: above dark ink on light paper as drawn, below bright, "
    "centred ink on black as in MNIST; for each the network's guess and certainty.",
)

# %% [markdown]
# This figure shows brightness as it is. In MNIST ink is bright, paper black, and every
# digit was scaled into a box of 20 by 20 pixels and centred. Prepare new pictures as
# the training pictures were prepared. Unprepared ones get answers as well, some of them
# with a high percentage: the network cannot say "I have never seen such a thing".
#
# ## Exit task
#
# <!-- exercise: fit_curve -->
#
# Write a whole training loop for another problem: `model` maps numbers, `x` with N rows
# and one column, to predictions of the same shape, and the loss is the mean squared
# error, `F.mse_loss(prediction, target)`. Use `torch.optim.Adam`, all examples in every
# step, and return the loss of each step, measured before the step, as plain floats.


# %%
def fit_curve(model, x, y, steps, lr):
    """Train `model` in place; return a list of `steps` floats, the losses."""
    raise NotImplementedError


ex = here.exercise("fit_curve")
ex.check(fit_curve)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## The bill

# %%
here.bill()

# %% [markdown]
# ## To take with you
#
# - The loop is five lines: fetch, measure, reset, back-propagate, step. Everything else
#   in training is a choice *around* them.
# - Momentum sums up directions; Adam also rescales them, weight by weight. Whichever
#   you take, its learning rate is the first thing to get right.
# - The training loss says whether it learns, the validation loss whether that helps,
#   and the test set says so once.
#
# **An honest limitation.** This network sees 784 numbers in a row. Nothing tells it
# which are neighbours: a shifted digit is a new thing to it.
#
# **Our default.** Adam at 0.001, or a few times that with a one-cycle schedule. SGD
# with momentum when there is time to search for its rate.
#
# **To go deeper.** Goh, [Why Momentum Really
# Works](https://distill.pub/2017/momentum/): the valley, with sliders. Karpathy, [A
# Recipe for Training Neural Networks](https://karpathy.github.io/2019/04/25/recipe/):
# habits that save days.
