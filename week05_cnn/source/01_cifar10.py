# %% [markdown]
# # CIFAR-10: does a network need to see?
#
# Take small colour photographs and move every pixel to another place, the same way in
# all of them. You will not recognise one. Which networks notice? What they lose tells
# what they had been using, and that is what we then build on.
#
# After this lesson you can:
#
# - turn colour pictures into the tensors that a network expects, without scrambling;
# - normalize inputs with the right statistics, and say when that matters;
# - choose augmentations that keep the labels true, and write one;
# - train a small convolutional network on a real set of photographs;
# - say which classes it confuses, and what it makes of your own pictures.

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week05_cnn/01_cifar10", tier=TIER)

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
# ## The same pictures twice

# %%
cifar = here.load("cifar10")
n_classes = len(cifar.class_names)
cifar


# %%
rng = np.random.default_rng(settings.seed)
order = rng.permutation(32 * 32)  # for every place the place its pixel comes from


def shuffle_pixels(pictures):
    """Move the pixels of pictures (N, 32, 32, 3), in all of them alike."""
    return pictures.reshape(-1, 32 * 32, 3)[:, order].reshape(pictures.shape)


# %%
names = [name.split(" & ")[0] for name in cifar.class_names]  # short ones
first, labels = cifar.train_images[:8], [names[i] for i in cifar.train_labels[:8]]
plots.show(
    plots.pictures(
        np.concatenate([first, shuffle_pixels(first)]),
        labels + labels,
        title="Above as they are; below the same pixels, moved",
    ),
    "Eight small colour pictures with their class names, and below them the same eight "
    "after moving all pixels: coloured noise in which nothing can be recognised.",
)

# %% [markdown]
# ## Three grids of numbers
#
# A *colour channel* is one of the grids that make up a colour picture: how much red,
# green or blue there is at each pixel, from 0 to 255.

# %%
colourful = np.ptp(first.mean(axis=(1, 2)), axis=1).argmax()  # channels differ most
picture = first[colourful]  # (32, 32, 3): row, column, channel
grids = [np.repeat(picture[..., [channel]], 3, axis=2) for channel in range(3)]
plots.show(
    plots.pictures(
        np.stack([picture, *grids]),
        ["colour", "red", "green", "blue"],
        columns=4,
        title="One picture, three grids",
    ),
    "A colour picture, and beside it its red, green and blue channels, drawn in grey: "
    "they differ, each bright where there is much of its colour.",
)

# %% [markdown]
# Files and NumPy keep the three values of a pixel together: (row, column, channel).
# PyTorch wants a grid after the other: (channel, row, column). `reshape` makes that
# shape, and so does `permute`. Which one keeps the picture?

# %%
x = torch.from_numpy(picture)
ways = {"reshape": x.reshape(3, 32, 32), "permute": x.permute(2, 0, 1)}
grids = [way[0].numpy() for way in ways.values()]  # the first channel of each
plots.show(
    plots.pictures(
        np.stack(grids),
        list(ways),
        columns=2,
        title="The “red” channel: reshape scrambles it",
        cmap="gray",
    ),
    "The first channel made in two ways: after reshape it is a garbled pattern of "
    "stripes, after permute it is the picture in grey.",
)

# %% [markdown]
# `reshape` keeps the numbers in their old sequence and cuts it anew: its first grid
# holds red, green and blue values of the top rows. `permute` says which axis goes
# where.
#
# ## Three sets, and statistics of one
#
# The test set is read once, at the end. A *validation set*, drawn at random from the
# training pictures, serves for all choices before.

# %%
shuffled = rng.permutation(len(cifar.train_images))
held_out, kept = shuffled[: settings.validation], shuffled[settings.validation :]
kept = kept[: settings.train_limit]
train_pictures, val_pictures = cifar.train_images[kept], cifar.train_images[held_out]

y_train = torch.from_numpy(cifar.train_labels[kept]).to(device)
y_val = torch.from_numpy(cifar.train_labels[held_out]).to(device)
share = np.bincount(cifar.train_labels[kept]).max() / len(kept)
print(f"{len(kept):,} pictures to train on, {len(held_out):,} to choose by")
print(f"always naming the most frequent class: {share:.1%} right")

# %% [markdown]
# *Input normalization* subtracts from each channel its mean and divides by its standard
# deviation, as standardization does with the columns of a table. If red is 0.3, 0.3,
# 0.7, 0.7 in four pixels (255 counted as 1), its mean is 0.5; every value is 0.2 away
# from that, so the standard deviation is 0.2. The pixels become −1, −1, 1, 1. For
# channel $c$:
#
# $$z_c = \frac{x_c - m_c}{s_c}$$
#
# <!-- exercise: channel_statistics -->
#
# Compute $m$ and $s$, three numbers each, over all pixels of all pictures.


# %%
def channel_statistics(pictures):
    """uint8 (N, H, W, 3) -> mean and deviation, (3,) each, with 255 counted as 1."""
    raise NotImplementedError


ex = here.exercise("channel_statistics")
ex.check(channel_statistics)

# %%
# ex.hint()
# ex.solution()
channel_statistics = ex.use(channel_statistics)

# %% [markdown]
# Of *which* pictures? Of the training set alone: validation and test pictures stand for
# those to come, whose mean nobody knows. Some thousands settle the second decimal, and
# no more is needed.

# %%
mean, std = channel_statistics(train_pictures[:10_000])
print("mean", np.round(mean, 3), "deviation", np.round(std, 3))


def normalize(pictures):
    """uint8 (N, H, W, 3) -> float32 (N, 3, H, W), with the training statistics."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div_(255)
    m = torch.tensor(mean, dtype=torch.float32).view(3, 1, 1)  # one for each channel
    s = torch.tensor(std, dtype=torch.float32).view(3, 1, 1)
    return x.sub_(m).div_(s).to(device)


# %% tags=["nbval-check-output"]
from torchvision.transforms import v2

theirs = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
theirs = v2.Normalize(list(mean), list(std))(theirs(picture))
torch.testing.assert_close(normalize(picture[None])[0].cpu(), theirs.data)
print("the same as torchvision's Normalize")

# %%
x_train, x_val = normalize(train_pictures), normalize(val_pictures)
few = settings.few  # so many pictures for the experiments before the real run
x_few, y_few = x_train[:few], y_train[:few]

# %% [markdown]
# ## A linear model
#
# The simplest network has one layer: for each class a weight for every channel of every
# pixel. We start all of them at zero, so that it knows nothing: every class gets the
# same probability, with $K$ classes $1/K$, and the loss must be $\ln K$.


# %%
def make_linear():
    """3,072 inputs -> a logit for each class."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, n_classes))
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[1].bias)
    return model.to(device)


def evaluate(model, x, y):
    """Mean loss and accuracy over all examples, as two floats."""
    model.eval()  # the mode for use
    with torch.no_grad():
        logits = torch.cat([model(piece) for piece in x.split(1000)])
    right = (logits.argmax(dim=1) == y).float().mean()
    return F.cross_entropy(logits, y).item(), right.item()


loss, _ = evaluate(make_linear(), x_val, y_val)
print(f"first loss {loss:.4f}, ln {n_classes} = {math.log(n_classes):.4f}")

# %% [markdown]
# The *training loop*: fetch a mini-batch, measure, reset, back-propagate, step. AdamW
# is Adam that also shrinks all weights a little at each step (`weight_decay`); one
# cycle is a schedule that raises the learning rate and then lowers it to nearly zero.


# %%
def optimizer_for(model, n, epochs, lr):
    """AdamW and one cycle for `epochs` passes over n examples."""
    steps = epochs * math.ceil(n / settings.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.05)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    return optimizer, cycle


def batches(n):
    """The indices of n examples in random order, cut into mini-batches."""
    return torch.randperm(n, device=device).split(settings.batch_size)


def one_epoch(model, x, y, indices, optimizer, cycle, change=None):
    """Train on the mini-batches with these indices, each perhaps changed before."""
    model.train()
    for batch in indices:
        inputs = change(x[batch]) if change else x[batch]
        loss = F.cross_entropy(model(inputs), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        cycle.step()


# %%
def fit(model, x, y, val, lr=settings.lr, change=None):
    """A short run; return (step, training loss, validation loss) for each epoch."""
    torch.manual_seed(settings.seed)  # every run sees the pictures in the same order
    epochs, history = settings.probe_epochs, []
    optimizer, cycle = optimizer_for(model, len(x), epochs, lr)
    for epoch in training.progress(range(1, epochs + 1)):
        one_epoch(model, x, y, batches(len(x)), optimizer, cycle, change)
        losses = evaluate(model, x[:500], y[:500])[0], evaluate(model, val, y_val)[0]
        history.append((epoch * math.ceil(len(x) / settings.batch_size), *losses))
    return history


# %% [markdown]
# One linear model learns from the pictures as they are, another from the moved pixels,
# with the validation pictures moved alike. How does the second one's accuracy compare?

# %%
compared = ["at least 5 points lower", "about the same", "at least 5 points higher"]
my_guess = None
here.predict("linear_shuffled", my_guess, choices=compared)

# %%
moved = normalize(shuffle_pixels(train_pictures[:few]))
moved_val = normalize(shuffle_pixels(val_pictures))
linear, linear_moved = make_linear(), make_linear()
runs = {"linear": fit(linear, x_few, y_few, x_val, settings.linear_lr)}
fit(linear_moved, moved, y_few, moved_val, settings.linear_lr)

scores = {"linear": evaluate(linear, x_val, y_val)[1]}
scores["linear, moved"] = evaluate(linear_moved, moved_val, y_val)[1]


def verdict(score, other):
    """Which of the three choices fits `score` beside `other`."""
    gap = score - other
    return compared[0] if gap <= -0.05 else compared[2] if gap >= 0.05 else compared[1]


here.outcome("linear_shuffled", verdict(scores["linear, moved"], scores["linear"]))
print(f"as they are {scores['linear']:.2%}, moved {scores['linear, moved']:.2%}")

# %% [markdown]
# The sum of weight times pixel does not care in which order it is added up. A weight
# moves along with its pixel, and the model is the same, to rounding. So a linear model
# never knew that pixels have neighbours, and neither does any network that begins with
# such a layer.
#
# Its weights for one class have the shape of a picture:

# %%
weights = linear[1].weight.detach().cpu().view(-1, 3, 32, 32)
low, high = weights.flatten(1).quantile(torch.tensor([0.01, 0.99]), dim=1)
low, high = low.view(-1, 1, 1, 1), high.view(-1, 1, 1, 1)
templates = ((weights - low) / (high - low)).clamp(0, 1)  # so that they can be drawn
plots.show(
    plots.pictures(
        templates.permute(0, 2, 3, 1).numpy(),
        names,
        columns=5,
        title="What the linear model adds up for each class",
    ),
    "The weights of each class drawn as a colour picture: blurred patches of colour, "
    "in some of which an outline of the class can be guessed.",
)

# %% [markdown]
# One blurred template has to serve all members of a class, whichever way they face.
#
# ## A small network that sees neighbours
#
# A *convolution* moves one small grid of weights over the picture: the same 3×3 weights
# look at every place, and zeros around the rim (`padding=1`) keep the size. From $a$
# channels to $b$ there is a grid for each pair, $9ab$ weights. *Pooling* keeps the
# largest of each 2×2 values, which halves height and width. *Batch normalization*
# centres and scales each channel over the mini-batch, and ReLU sets what is negative to
# zero. Those four are a block, and a few blocks make a convolutional network, a CNN.


# %%
def make_cnn():
    """(N, 3, 32, 32) -> a logit for each class; every block halves the sides."""
    torch.manual_seed(settings.seed)
    layers, channels = [], 3
    for width in settings.widths:
        layers += [
            nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False),
            nn.MaxPool2d(2),  # before normalizing: a quarter of the numbers is left
            nn.BatchNorm2d(width),  # has a bias of its own
            nn.ReLU(),
        ]
        channels = width
    side = 32 // 2 ** len(settings.widths)
    layers += [nn.Flatten(), nn.Linear(channels * side**2, n_classes)]
    # channels_last: in memory a pixel's values lie together, which is quicker here
    return nn.Sequential(*layers).to(device, memory_format=torch.channels_last)


cnn = make_cnn()
print(f"{sum(w.numel() for w in cnn.parameters()):,} weights")

# %% [markdown]
# The same number of pictures and epochs as before, once as they are and once with moved
# pixels. How will the second one's accuracy compare this time?

# %%
my_guess = None
here.predict("cnn_shuffled", my_guess, choices=compared)

# %%
runs["CNN"] = fit(cnn, x_few, y_few, x_val)
cnn_moved = make_cnn()
fit(cnn_moved, moved, y_few, moved_val)

scores["CNN"] = evaluate(cnn, x_val, y_val)[1]
scores["CNN, moved"] = evaluate(cnn_moved, moved_val, y_val)[1]
here.outcome("cnn_shuffled", verdict(scores["CNN, moved"], scores["CNN"]))

# %%
figure, ax = plt.subplots()
kinds = {"as they are": ["linear", "CNN"], "moved": ["linear, moved", "CNN, moved"]}
for shift, (kind, keys) in zip((-0.2, 0.2), kinds.items(), strict=True):
    heights = [100 * scores[key] for key in keys]
    bars = ax.bar([shift, 1 + shift], heights, width=0.36, label=f"pixels {kind}")
    ax.bar_label(bars, fmt="%.0f %%")
ax.axhline(100 * share, color="gray", linestyle="--", label="most frequent class")
ax.set_xticks([0, 1], ["linear model", "CNN"])
ax.set(ylabel="validation accuracy, %", ylim=(0, 135 * max(scores.values())))
ax.legend(ncols=3, loc="upper center")
lost = [round(100 * (scores[m] - scores[f"{m}, moved"])) for m in ("CNN", "linear")]
ax.set_title(f"Moved pixels cost the CNN {lost[0]} points, the linear model {lost[1]}")
plots.show(
    figure,
    "Bars of validation accuracy: the linear model scores the same on pictures as they "
    "are and with moved pixels; the CNN scores higher than it on the pictures as "
    "they are, and loses that lead, or more, once the pixels have moved.",
)
lead = 100 * (scores["CNN"] - scores["linear"])
left = 100 * (scores["CNN, moved"] - scores["linear, moved"])
print(f"the CNN's lead: {lead:+.0f} points as they are, {left:+.0f} with moved pixels")

# %% [markdown]
# The lead was made of neighbourhood: edges, corners, textures, and the freedom to find
# them anywhere. An architecture is a bet on how the data are made. Where the bet is
# wrong, it may be worse than none.
#
# ## Was the normalization needed?
#
# Here are the same two models on the bytes, 0 to 255, turned into floats. How will that
# change the CNN's accuracy?

# %%
my_guess = None
here.predict("raw_pixels", my_guess, choices=compared)


# %%
def bytes_as_floats(pictures):
    """uint8 (N, H, W, 3) -> float32 (N, 3, H, W), 0 to 255."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().to(device)


raw, raw_val = bytes_as_floats(train_pictures[:few]), bytes_as_floats(val_pictures)
linear_raw, cnn_raw = make_linear(), make_cnn()
runs["linear, raw"] = fit(linear_raw, raw, y_few, raw_val, settings.linear_lr)
runs["CNN, raw"] = fit(cnn_raw, raw, y_few, raw_val)
scores["CNN, raw"] = evaluate(cnn_raw, raw_val, y_val)[1]
here.outcome("raw_pixels", verdict(scores["CNN, raw"], scores["CNN"]))

# %%
soon = runs["linear, raw"][0][2]
plots.learning_curves(
    runs,
    f"Raw pixels: the linear model's loss is {soon:,.0f} after one epoch",
    "Validation loss against steps, on a logarithmic scale, for both models on "
    "normalized and on raw inputs: the linear model on raw inputs is far above all "
    "others, and the CNN on raw inputs ends far below it.",
    log=True,
)
print(f"CNN: {scores['CNN']:.1%} normalized, {scores['CNN, raw']:.1%} raw")

# %% [markdown]
# Adam's steps have the same length whatever the inputs; with inputs around 100 each
# counts a hundredfold, and the linear model is thrown from 2.30 far up. The CNN suffers
# far less, if at all. Its first block divides out whatever factor the inputs carry:

# %%
block = make_cnn()[:3]  # convolution, pooling, batch normalization
with torch.no_grad():
    apart = (block(x_few[:64]) - block(100 * x_few[:64])).abs().max().item()
print(f"the block's outputs for x and for 100 x differ by {apart:.5f} at most")

# %% [markdown]
# A network without such layers depends on input normalization.
#
# ## More pictures than there are
#
# On `settings.few` pictures, a CNN begins to learn each by heart: *overfitting*. *Data
# augmentation* changes training pictures at random in ways that keep their labels true,
# new ones each time. A horse seen from the other side is a horse, and so is one four
# pixels further left. First the shift, one for a whole mini-batch, which is cheap: the
# border is continued by its mirror image, and a window of the old size cut out.


# %%
def random_shift(x, most=4):
    """Shift pictures (N, 3, H, W) by up to `most` pixels, all by the same."""
    height, width = x.shape[2:]
    padded = F.pad(x, (most,) * 4, mode="reflect")  # left, right, top, bottom
    top, left = torch.randint(0, 2 * most + 1, (2,)).tolist()
    return padded[:, :, top : top + height, left : left + width]


# %% [markdown]
# <!-- exercise: random_flip -->
#
# The flip is yours: each picture for itself is mirrored left to right, or left as it
# is, with even chances. Three calls to build it from: `x.flip(3)` is `x` with its axis
# 3 reversed; `torch.rand(n, device=x.device) < 0.5` gives n truth values where `x` is;
# `torch.where(mask, a, b)` takes from `a` where the mask is true, else from `b`, and
# broadcasts a mask of shape (N, 1, 1, 1).


# %%
def random_flip(x):
    """Mirror about half of the pictures (N, 3, H, W) left to right, at random."""
    raise NotImplementedError


ex = here.exercise("random_flip")
ex.check(random_flip)

# %%
# ex.hint()
# ex.solution()
random_flip = ex.use(random_flip)


# %%
def augment(x):
    """Flip some and shift all: new pictures of the same things."""
    return random_shift(random_flip(x))


one = torch.from_numpy(picture[None]).permute(0, 3, 1, 2)  # (1, 3, 32, 32)
seen = torch.cat([augment(one) for _ in range(16)])
plots.show(
    plots.pictures(
        seen.permute(0, 2, 3, 1).numpy(),
        title="What sixteen epochs see of one picture",
    ),
    "The same small picture sixteen times, mirrored in about half of them and shifted "
    "by a few pixels in different directions; what it shows is plain in all of them.",
)

# %%
augmented = make_cnn()
curves = {"plain": runs["CNN"]}
curves["augmented"] = fit(augmented, x_few, y_few, x_val, change=augment)
scores["CNN, augmented"] = evaluate(augmented, x_val, y_val)[1]
ends = {name: history[-1][2] for name, history in curves.items()}
plots.learning_curves(
    curves,
    f"Validation loss at the end: {ends['plain']:.2f} plain, "
    f"{ends['augmented']:.2f} augmented",
    "Training and validation loss against steps, without and with augmentation: "
    "without it the training loss falls far below the validation loss; with it the two "
    "stay closer together.",
    training=True,
)
gain = scores["CNN, augmented"] - scores["CNN"]
noise = 2 * math.sqrt(0.25 / len(y_val))  # two standard errors of a share, at most
told = "within chance" if abs(gain) < noise else "a gain" if gain > 0 else "a loss"
print(f"right: {scores['CNN']:.1%} plain, {scores['CNN'] + gain:.1%} augmented: {told}")

# %% [markdown]
# The gap between a dotted and a solid line shows what was learnt by heart. Augmentation
# narrows it, and pays with a training loss that falls more slowly: it is for long runs.
#
# Which changes keep the labels true is a question about the data, not about networks. A
# mirrored flag may be another flag, and a mirrored letter is none.
#
# <!-- exercise: small_model -->
#
# A smaller task, where every weight counts. Return a network of fewer than 20,000
# weights for pictures (N, 3, 32, 32) with a logit for each of `n_classes`. The check
# trains it with its own loop, which is like ours, on 2,000 pictures, and names the bar.


# %%
def make_model(n_classes):
    """An untrained network of fewer than 20,000 weights."""
    raise NotImplementedError


ex = here.exercise("small_model")
ex.check(make_model)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## The real run
#
# All training pictures, augmented, for `settings.epochs` epochs. After each epoch a
# *checkpoint* is written, the state of all that changes; an interrupted run goes on
# from it when you run the cell again. Start it and read on.

# %%
torch.manual_seed(settings.seed)
model = make_cnn()
optimizer, cycle = optimizer_for(model, len(x_train), settings.epochs, settings.lr)
parts = {"model": model, "optimizer": optimizer, "cycle": cycle}
path = here.folder / "cifar10.pt"
done = training.resume(path, vars(settings), **parts)
for epoch in range(done + 1, settings.epochs + 1):
    bar = training.progress(batches(len(x_train)), what=f"epoch {epoch}")
    one_epoch(model, x_train, y_train, bar, optimizer, cycle, augment)
    loss, accuracy = evaluate(model, x_val, y_val)
    print(f"epoch {epoch}: validation loss {loss:.3f}, {accuracy:.1%} right")
    training.save_checkpoint(path, epoch, vars(settings), **parts)

# %% [markdown]
# ## While it runs
#
# Paper and pencil; the cells below this one wait for the run.
#
# **Where the work is.** A first convolution with 32 channels has $9 \cdot 3 \cdot 32 =
# 864$ weights. Every weight is multiplied once at every place of the picture: on $32
# \times 32$ places that makes $864 \cdot 1024 = 884{,}736$ multiplications. Where
# channels double and sides halve, weights are times four and places a quarter: the work
# of such blocks is equal, while the weights pile up at the end.
#
# **What one number sees.** A value after the first convolution depends on 3×3 pixels,
# its *receptive field*; after pooling, on 4×4. From there on, neighbours are two pixels
# apart, so the second convolution adds $2 \cdot 2$: 8×8, and its pooling 2 more, 10×10.
# Go on: a convolution adds two steps, a pooling one, and every pooling doubles the
# step. After which convolution is a patch wider than the picture? (The fourth: 22×22
# after the third pooling, 38×38 after it. But these patches stick out at the rim, and
# none covers all 32 columns. The linear layer is the first to see everything.)
#
# **What would people get?** In 2011 Andrej Karpathy sorted CIFAR-10 pictures by hand
# and [was right on about 94
# %](https://karpathy.github.io/2011/04/27/manually-classifying-cifar10/). And some
# labels are wrong: a study in 2021 [found errors in about 0.5 % of the test
# set](https://arxiv.org/abs/2103.14749).
#
# **Two exercises on paper.** Check your answers when the run is done.
#
# <!-- exercise: multiplications -->
#
# A 3×3 convolution from 48 channels to 96 works on pictures of 16×16, padded so that
# the size stays. How many multiplications does it take for one picture?

# %%
answer = None

ex = here.exercise("multiplications")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# <!-- exercise: right_augmentation -->
#
# For photographs of traffic signs (speed limits; arrows left and right), taken from
# cars at all hours: which augmentation keeps every label true?

# %%
answer = None

ex = here.exercise("right_augmentation")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## The test set, once
#
# The *standard error* $\sqrt{p(1-p)/n}$ says how far a share $p$ of $n$ pictures
# usually lies from what many more would give; twice that holds 19 times in 20.

# %%
x_test, truth = normalize(cifar.test_images), cifar.test_labels
model.eval()
with torch.no_grad():
    logits = torch.cat([model(piece) for piece in x_test.split(1000)])
sure, guess = (value.cpu().numpy() for value in F.softmax(logits, dim=1).max(dim=1))

accuracy, most_frequent = np.mean(guess == truth), y_train.bincount().argmax().item()
baseline = np.mean(truth == most_frequent)
error = math.sqrt(accuracy * (1 - accuracy) / len(truth))
print(f"{accuracy:.1%} of {len(truth):,} pictures, give or take {2 * error:.1%}")
print(f"always “{names[most_frequent]}”: {baseline:.1%}")
here.metric("test_accuracy", accuracy, untrained=baseline)

# %% [markdown]
# One number hides which classes are hard. A *confusion matrix* counts, for each true
# class, how often each class was the answer.

# %%
matrix = np.zeros((n_classes, n_classes), dtype=int)
np.add.at(matrix, (truth, guess), 1)  # one more at every (truth, guess)
shares = matrix / matrix.sum(axis=1, keepdims=True).clip(1)

# %%
wrong_only = shares - np.diag(np.diag(shares))
row, column = np.unravel_index(wrong_only.argmax(), shares.shape)
figure, ax = plt.subplots(figsize=(7, 5.6))
ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
for i, j in np.argwhere(shares >= 0.005):
    colour = "white" if shares[i, j] > 0.5 else "black"
    ax.text(j, i, f"{100 * shares[i, j]:.0f}", ha="center", va="center", color=colour)
ax.set_xticks(range(n_classes), names, rotation=45, ha="right")
ax.set_yticks(range(n_classes), names)
ax.set(xlabel="answer, % of the class's pictures", ylabel="truth")
ax.grid(False)
told = f"{shares[row, column]:.0%} of “{names[row]}” pass for “{names[column]}”"
ax.set_title(f"Most confused: {told}")
plots.show(
    figure,
    f"Table of shares, a row for each true class: most mass lies on the diagonal; off "
    f"it, the largest share is {told}.",
)

# %%
back, known = shares[column, row], np.diag(shares)
print(f"the other way round: {back:.0%} of “{names[column]}” pass for “{names[row]}”")
print(f"from {known.min():.0%} to {known.max():.0%} of a class are found")

# %% [markdown]
# Classes that share colours, backgrounds and textures get mixed up, and often more in
# one direction than in the other. The mistakes of which it was most certain:

# %%
wrong = np.flatnonzero(guess != truth)
worst = wrong[np.argsort(-sure[wrong])][:10]
plots.show(
    plots.pictures(
        cifar.test_images[worst],
        [f"{names[truth[i]][:12]} →\n{names[guess[i]][:12]}" for i in worst],
        columns=5,
        title="Wrong, and certain of it: truth → answer",
    ),
    "Ten test pictures that the network got wrong while most certain, each with its "
    "label and the answer; for some the answer is easy to understand.",
)

# %% [markdown]
# ## Your own photographs
#
# Pictures from your folder `my/photos`, or two of ours, cut to a square and shrunk to
# 32×32. They go through `normalize`, and so through the *training* statistics. Ours
# show a temple and a flower; CIFAR-10 has no class for either. How certain will the
# network be of its answers, on average, in percent?

# %%
my_guess = None
here.predict("own_photos", my_guess, unit="%")

# %%
from PIL import ImageOps

photos = here.mine("photos")
small = np.stack([np.asarray(ImageOps.fit(p, (32, 32))) for p in photos.images])
with torch.no_grad():
    certainty, answers = F.softmax(model(normalize(small)), dim=1).max(dim=1)
here.outcome("own_photos", 100 * certainty.mean().item())

labels = [f"{names[a]}?\n{c:.0%}" for a, c in zip(answers, certainty, strict=True)]
plots.show(
    plots.pictures(small[:10], labels[:10], columns=5, title="It always has an answer"),
    "Photographs shrunk to 32 by 32 pixels, each with the class that the network names "
    "and its certainty, whether or not the data has a class for them.",
)
right = guess == truth
print(f"on the test set: {sure[right].mean():.0%} certain when right,")
print(f"   {sure[~right].mean():.0%} when wrong, and up to {sure[~right].max():.0%}")

# %% [markdown]
# Softmax shares out 100 % among the classes that there are; "none of them" is not among
# the answers. A low percentage may warn. A high one proves nothing, as the surest
# mistakes above have shown.
#
# And what if a new picture is *not* prepared as the training pictures were? On the
# validation pictures:

# %%
own_mean = x_val.mean((2, 3), keepdim=True)  # (N, 3, 1, 1): each picture's
own_std = x_val.std((2, 3), keepdim=True) + 1e-6
own = (x_val - own_mean) / own_std
ways = {"training set's": x_val, "picture's own": own, "none, 0 to 255": raw_val}
for way, inputs in ways.items():
    print(f"statistics: {way:15} {evaluate(model, inputs, y_val)[1]:.1%} right")

# %% [markdown]
# Each picture's own statistics are a fair preparation, if training has them too. Here
# the network was trained on one preparation and got another. And on raw inputs the
# batch normalization that saved a run in training does not help: in use it works with
# the averages that it stored. No error was raised. Keep the statistics with the model.
#
# ## Exit task
#
# <!-- exercise: to_picture -->
#
# Undo it. From a normalized picture, as the network gets it, make one that can be
# looked at. (`.round()`, `.clamp(0, 255)` and `.to(torch.uint8)`, which drops whatever
# stands behind the point, may be of use.)


# %%
def to_picture(x, mean, std):
    """Normalized tensor (3, H, W), mean and std as tensors (3,) -> uint8 (H, W, 3)."""
    raise NotImplementedError


ex = here.exercise("to_picture")
ex.check(to_picture)

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
# - A convolutional network bets that neighbours belong together. Where that is true, it
#   wins; shuffle the pixels, and the bet is lost.
# - Normalize by channel with the statistics of the training set, and prepare whatever
#   comes later in exactly the same way. Nothing warns you if you do not.
# - Augment by changes that keep the label true. Which those are, the data decide.
#
# **An honest limitation.** The network names a class for everything, and another seed
# gives another score.
#
# **Our default.** Input normalization by channel, flips and shifts, blocks with batch
# normalization. Not flips where left and right matter: text, digits, signs, X-rays.
#
# **To go deeper.** Krizhevsky, [Learning Multiple Layers of Features from Tiny
# Images](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf): where
# CIFAR-10 comes from. Northcutt and others, [Pervasive Label
# Errors](https://arxiv.org/abs/2103.14749): test sets that are wrong, and what that
# does to comparisons.
