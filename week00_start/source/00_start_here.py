# %% [markdown]
# # Start here: a model, and the machine under it
#
# People once wrote 1,797 digits on paper forms; twelve of them are below. Nobody will
# tell the computer what a 3 looks like. How can it read them all the same, and how
# would you know that it can?
#
# After this lesson you can:
#
# - train a model, and say what its score is worth;
# - change an experiment and see what follows;
# - work with this course's exercises, hints and bills;
# - compute whether a large model fits into a memory, and how fast it can write there.

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week00_start/00_start_here", tier=TIER)

# %%
from sklearn.datasets import load_digits

from course import plots

digits = load_digits()
pictures, labels = digits.images, digits.target  # (1797, 8, 8) and (1797,)
figure = plots.pictures(
    pictures[:12],
    [str(label) for label in labels[:12]],
    columns=6,
    title="Twelve handwritten digits, 8 by 8 pixels each",
)
plots.show(
    figure,
    "Twelve small grey pictures of handwritten digits with the digit that each one "
    "shows: 0 to 9, then 0 and 1 again.",
)

# %% [markdown]
# The box above the pictures is the lesson's *contract*: what it costs you in minutes,
# memory and downloads on this machine. A bill at the end stands beside it.
#
# The pictures are real, and scikit-learn brings them along. They are part of the
# [Optical Recognition of Handwritten
# Digits](https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits)
# data of E. Alpaydin and C. Kaynak, from the 1990s. The digit above each picture is
# its *label*: the right answer, given by a person.
#
# ## A model in three lines
#
# First we put some pictures aside. The model learns from the *training set* and is
# judged on the *test set*, which it has never seen. On pictures that it knows, it could
# score 100 % by remembering them. The split is random, but starts from a *seed*, a
# number that makes it come out the same each time.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

settings = here.settings  # change any of them in a cell of your own
x_train, x_test, y_train, y_test = train_test_split(
    digits.data / 16,  # (1797, 64): one row a picture, pixels from 0 to 1
    labels,
    test_size=settings.test_pictures,
    stratify=labels,  # each digit as frequent in both sets
    random_state=settings.seed,
)
print(f"{len(x_train)} pictures to learn from, {len(x_test)} to judge by")

# %% [markdown]
# Before the model, a question: which score can be had for nothing? Our measure is
# *accuracy*, the share of right guesses. A *baseline* that always answers with the most
# common digit has learnt nothing about pictures. It scores:

# %%
baseline = DummyClassifier(strategy="most_frequent").fit(x_train, y_train)
untrained = baseline.score(x_test, y_test)
print(f"always the same answer: {untrained:.1%} right")

# %% [markdown]
# Ten digits are about equally frequent, so a constant answer is right once in ten
# times, roughly. A model's merit is what it gets beyond that. Here is one:

# %%
start = time.perf_counter()
model = LogisticRegression(max_iter=1000)  # more rounds than it will need
model.fit(x_train, y_train)
score = model.score(x_test, y_test)
print(f"{score:.1%} right on new pictures, {time.perf_counter() - start:.2f} s")
here.metric("test_accuracy", score, untrained=untrained)

# %% [markdown]
# You have trained a *model*: a function with adjustable numbers in it, its *weights*.
# This one, logistic regression, has a weight for every pixel and every digit, and one
# more for each digit. To guess, it multiplies the pixels by a digit's weights and adds
# up, for each of the ten digits; the largest sum wins. `fit` moved the weights to where
# the guesses agree best with the labels. How many are there?

# %% tags=["nbval-check-output"]
print(f"{model.coef_.size} + {model.intercept_.size} weights")

# %% [markdown]
# All that it knows about digits is in those 650 numbers. The models at the end of this
# course have ten million times as many. Which pictures does this one get wrong?

# %%
guess = model.predict(x_test)
wrong = np.flatnonzero(guess != y_test)[:16]
figure = plots.pictures(
    x_test[wrong].reshape(-1, 8, 8),
    [f"{y_test[i]} → {guess[i]}" for i in wrong],
    title="The mistakes: truth → guess",
)
plots.show(
    figure,
    "Up to sixteen misread digits, each with its label and the model's guess; several "
    "are smudged or oddly shaped, some are clear to the eye.",
)

# %% [markdown]
# Some are hard for you, too. The plain ones say something about the model: it weighs
# pixels one by one, and has no idea of a stroke or a loop. Later models will.
#
# **Change something.** The same model and a rival learn from only the first `n_train`
# pictures. The rival has no weights: it keeps the pictures, and lets the `k` most
# similar ones vote. Alter the two numbers and run the cell again (Shift+Enter). Where
# does the rival win, and where does it lose? With `k = n_train` you will meet a score
# that you know. Why that one?

# %% tags=["try"]
n_train = 100  # try 50, 500, 1347
k = 5  # try 1, 20; at most n_train

rivals = {
    "logistic regression": LogisticRegression(max_iter=1000),
    f"vote of the nearest {k}": KNeighborsClassifier(n_neighbors=k),
}
for name, rival in rivals.items():
    rival.fit(x_train[:n_train], y_train[:n_train])
    print(f"{name}: {rival.score(x_test, y_test):.1%}")

# %% [markdown]
# ## How an exercise works
#
# Each has a line with its difficulty and the minutes it may take, a cell with a gap,
# and a check. Run the next cell as it is, and it says *not attempted yet*. Its other
# answers are *passed*; *not yet*, with the smallest case that goes wrong; and *raised
# an error*, with the line of yours that did.
#
# <!-- exercise: accuracy -->
#
# `score` has counted for us so far. Count yourself: replace the line that begins with
# `raise`. The guesses and labels may come as lists or as NumPy arrays.


# %%
def accuracy(predicted, actual):
    """The share of guesses that equal their label, a float from 0 to 1."""
    raise NotImplementedError


ex = here.exercise("accuracy")
ex.check(accuracy)

# %% [markdown]
# If you are stuck, remove a `#` below. `ex.hint()` gives one hint at a time;
# `ex.solution()` shows a solution, once you have tried. `ex.use(…)` hands back your
# function if it passed, else ours, and says so. So you can leave an exercise and come
# back to it. Your answers are recorded in the folder `.course` on this machine; nothing
# is sent anywhere.

# %%
# ex.hint()
# ex.solution()
accuracy = ex.use(accuracy)

# %% [markdown]
# Put the function to work: we train on more and more pictures, several times with
# different ones for each number, and count what is right on the test set.

# %%
assert np.isclose(accuracy(guess, y_test), score)  # it agrees with scikit-learn's

rng = np.random.default_rng(settings.seed)
sizes = [20, 50, 100, 200, 400, 800, len(x_train)]
scores = np.empty((len(sizes), settings.repeats))
for row, size in enumerate(sizes):
    for column in range(settings.repeats):
        chosen = rng.choice(len(x_train), size, replace=False)
        student = LogisticRegression(max_iter=1000)
        student.fit(x_train[chosen], y_train[chosen])
        scores[row, column] = accuracy(student.predict(x_test), y_test)

# %%
figure, ax = plt.subplots()
ax.plot(sizes, scores, "o", color=plots.SKY, markersize=4)
ax.plot(sizes, scores.mean(axis=1), color=plots.BLUE)
ax.axhline(untrained, color=plots.RED, linestyle="--")
ax.text(sizes[-1], untrained + 0.02, "always the same answer", ha="right")
ax.set_xscale("log")
ax.set_xticks(sizes, [str(size) for size in sizes])
ax.minorticks_off()
ax.set_xlabel("pictures to learn from (each dot: another choice of them)")
ax.set_ylabel("accuracy on new pictures")
ax.set_ylim(0, 1.02)
ax.set_title("The first hundred pictures bring most of the accuracy")
plots.show(
    figure,
    "Accuracy on new pictures against the number of training pictures: a steep rise up "
    "to about a hundred, then an ever flatter one. A dashed line marks the baseline.",
)

# %%
small, large = scores[sizes.index(100)], scores[sizes.index(800)]
print(f"100 pictures: {small.mean():.1%} on average, {small.min():.1%} at worst")
print(f"800 pictures: {large.mean():.1%}: eight times the data for the last few points")
spread = np.ptp(small)
print(f"which hundred it was made a difference of up to {spread:.1%}")

# %% [markdown]
# Remember the spread of the dots. Two models whose scores differ by less than that
# cannot be told apart by one run each.
#
# ## The machine you sit at

# %%
from course import machine

print("\n".join(machine.describe(here.machine)))
print(f"This lesson runs at the tier: {here.tier}")

# %% [markdown]
# The *tier* is the size at which lessons run. Every tier has the same cells; only
# settings change, here `repeats` and `copy_mb`. `cpu` is a laptop, where later lessons
# may train smaller networks; `gpu8` to `gpu24` are for cards with so many GB.
#
# Two properties of a memory decide which models it can serve: how much fits into it,
# and its *bandwidth*, the bytes that move each second between it and the processor.
# We measure the second for this machine's RAM by copying a large array with all
# cores. Each byte counts twice: once read, once written.

# %%
from concurrent.futures import ThreadPoolExecutor


def copy_bandwidth(megabytes, repeats=5):
    """Best of several copies, in GB/s: 10^9 bytes read or written per second."""
    source = np.ones(megabytes * 125_000)  # 8 bytes each
    target = np.zeros_like(source)
    cores, seconds = here.machine.cores, []
    pieces = [np.array_split(target, cores), np.array_split(source, cores)]
    with ThreadPoolExecutor(cores) as pool:
        for _ in range(repeats):
            start = time.perf_counter()
            list(pool.map(np.copyto, *pieces))
            seconds.append(time.perf_counter() - start)
    return 2 * source.nbytes / min(seconds) / 1e9


ram_gb, ram_gbs = here.machine.ram_gb, copy_bandwidth(settings.copy_mb)
print(f"this machine: {ram_gb:.0f} GB of RAM, copied at {ram_gbs:.0f} GB/s")

# %% [markdown]
# Where does that stand among graphics cards? Their figures are published ones, not
# measured by us. One trap: in this course a GB is 10⁹ bytes, but the "12 GB" on
# a card's box are GiB of 2³⁰ bytes, which makes 12.9 GB.

# %%
from course.vram.cards import cards

memory_gb = {card.name: card.memory_gib * 2**30 / 1e9 for card in cards().values()}
for name, card in cards().items():
    print(f"{name:<15} {memory_gb[name]:5.1f} GB {card.bandwidth_gbs:6.0f} GB/s")

# %%
figure, ax = plt.subplots(figsize=(7, 4.2))


def mark(name, memory, bandwidth, left, colour=plots.BLUE, weight="normal"):
    """A point with its name on its left or right."""
    ax.plot(memory, bandwidth, "o", color=colour, markersize=9)
    place, side = (0.85, "right") if left else (1.18, "left")
    ax.text(memory * place, bandwidth, name, ha=side, va="center", weight=weight)


for name, card in cards().items():
    style = (plots.RED, "bold") if card.memory_gib == 12 else ()
    left = card.kind == "consumer"
    mark(name, memory_gb[name], card.bandwidth_gbs, left, *style)
mark("this machine (measured)", ram_gb, ram_gbs, ram_gb > 60, plots.GREEN)

ax.set(xscale="log", yscale="log", xlabel="memory (GB)", ylabel="bandwidth (GB/s)")
ax.set_xlim(2.5, max(400, 2 * ram_gb))
ax.set_ylim(min(8, ram_gbs / 3), 6000)
ticks = [4, 8, 16, 32, 64, 128, 256]
ax.set_xticks(ticks, [str(tick) for tick in ticks])
ax.set_yticks([10, 100, 1000], ["10", "100", "1000"])
ax.minorticks_off()
ax.set_title("A 12 GB card trades room for speed")
plots.show(
    figure,
    "Memory against bandwidth, both on logarithmic axes. This machine lies low. The 12 "
    "GB cards, in another colour, have little memory and many times the bandwidth of "
    "ordinary RAM. The data centre's A100 and H100, top right, have much of both.",
)

# %%
ours, top = "RTX 4070 Ti", "H100 SXM"
times = cards()[ours].bandwidth_gbs / ram_gbs
print(f"bandwidth: the {ours} has {times:.0f} times this machine's,")
times = cards()[top].bandwidth_gbs / cards()[ours].bandwidth_gbs
room = memory_gb[top] / memory_gb[ours]
print(f"the {top} {times:.1f} times that, and {room:.1f} times the memory")
if own := here.machine.gpu:
    print(f"your own card: {own.name}, {own.memory_gb:.1f} GB")

# %% [markdown]
# ## What fits, and how fast it runs
#
# Our model has 650 weights. A language model has some billions: a "7B" model has
# seven. They can be stored with 16 bits each, or rounded to 8 or 4 at some cost in
# quality. At 16 bits, seven billion take 7 · 16 = 112 billion bits. A byte has 8
# bits, so that is 14 billion bytes, or 14 GB. In general, *N* billion weights at *b*
# bits take *N* · *b* / 8 gigabytes.


# %% tags=["nbval-check-output"]
def weights_gb(billions, bits):
    """Memory for the weights alone, in GB of 10^9 bytes."""
    return billions * bits / 8


for billions, bits in [(7, 16), (7, 4), (70, 4)]:
    gb = weights_gb(billions, bits)
    verdict = "fits into" if gb < 12 else "does not fit into"
    print(f"{billions}B at {bits} bits: {gb:g} GB, {verdict} 12 GB")

# %% [markdown]
# So when a page on the internet runs a 70B model "in 12 GB", most of its weights are
# elsewhere: in RAM or on a disk. Why that hurts is the second property. A language
# model writes one *token* at a time, a piece of a word, and all its weights have a
# part in each. (Models that use only some of them come later.) So all of them are
# read from memory once a token. For the 7B model at 4 bits on the RTX 4070 Ti:

# %% tags=["nbval-check-output"]
seconds = 3.5 / 504
print(f"3.5 GB / (504 GB/s) = {1000 * seconds:.1f} ms for one token")
print(f"at most {1 / seconds:.0f} tokens a second")

# %% [markdown]
# That is a bound, and predicted: no computation is counted, and we have not measured
# it. Real programs stay below. The same arithmetic for the machine you sit at:

# %%
if weights_gb(7, 4) < ram_gb:
    speed = ram_gbs / weights_gb(7, 4)
    print(f"3.5 GB at {ram_gbs:.0f} GB/s: about {speed:.1f} tokens a second")
    print(f"35 GB, the 70B model, if they fit: about {speed / 10:.1f}")
else:
    print(f"3.5 GB do not fit into {ram_gb:.1f} GB of RAM")

# %% [markdown]
# <!-- exercise: weights_fit -->
#
# "4 bits" is not the whole story. Rounded weights are stored in blocks, and each
# block has a number of its own, its *scale*, by which its weights are multiplied. A
# model has 8 billion weights of 4 bits, in blocks of 32 weights, each block with one
# 16-bit scale. How many GB is that, scales included?

# %%
answer = None

ex = here.exercise("weights_fit")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# <!-- exercise: which_card -->
#
# Both properties at once: a model with 20 billion weights, at 8 bits each, is to
# write 40 tokens a second for one reader. Which is the *smallest* of these, by
# memory, on which the arithmetic allows that?

# %%
answer = None

ex = here.exercise("which_card")
ex.check(answer)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## Where do you start?
#
# Three lessons of this week repeat what the course builds on: 01 arrays and tables, 02
# slopes and vectors, 03 chance and logarithms. They are still being written; until one
# is there, the check names something else to read. Ten questions say which of them you
# need. Answer all ten by what you believe, without looking anything up.
#
# <!-- exercise: diagnostic -->

# %%
answers = "---- --- ---"  # a letter for each hyphen: questions 1-4, 5-7, 8-10

ex = here.exercise("diagnostic")
ex.check(answers)

# %%
# ex.solution()

# %% [markdown]
# ## The bill, and your copy
#
# You work on a copy of this lesson, in the folder `work`. Change what you like: the
# original stays as it was. Some commands for a terminal in the course's folder (where
# `course` is not found, write `python3 start.py` in its place):
#
# - `course progress` shows which exercises you have passed, week by week.
# - `course doctor` says what is wrong with this machine, and the remedy.
# - `course reset week00_start/00_start_here` makes a fresh copy, and keeps the old one.
# - `course update` brings newer lessons, and leaves alone what you have edited.
#
# Every lesson presents its bill: what it took here, beside what its contract promised,
# and its score beside that of the baseline.

# %%
here.bill()

# %% [markdown]
# ## Exit task
#
# <!-- exercise: majority_accuracy -->
#
# Nothing to copy this time. Write this lesson's baseline yourself, for labels that
# may be numbers or names: find the most common label of the training set, and return
# the accuracy of always answering it on the test set.


# %%
def majority_accuracy(train_labels, test_labels):
    """Accuracy on the test labels of always giving the most common training label."""
    raise NotImplementedError


ex = here.exercise("majority_accuracy")
ex.check(majority_accuracy)

# %%
# ex.hint()
# ex.solution()

# %% [markdown]
# ## To take with you
#
# - A score means something on examples that the model has not seen, and beside a
#   baseline.
# - *N* billion weights at *b* bits take *N* · *b* / 8 GB. That says whether a model
#   fits.
# - Bandwidth divided by that size says how fast it can run at most. Beside a laptop, a
#   12 GB card has plenty of it; room is what this course fights for.
#
# **An honest limitation.** All 1,797 digits come from the same 13 people, in the
# training set as in the test set. The score holds for *their* handwriting; yours may
# do worse. And we looked at the test set again and again while changing things, which
# flatters whatever we pick in the end. Week 3 does this properly, with a third set.
#
# **Our default.** For a table of numbers: the baseline, then logistic regression. It
# trains in a blink, keeps few numbers, and tells you what anything larger has to beat.
# Not for large pictures, sound or text, where single numbers mean little by themselves.
#
# **To go deeper.** scikit-learn's [Getting
# started](https://scikit-learn.org/stable/getting_started.html), since everyone uses
# its `fit` and `predict`. He, [Making Deep Learning Go Brrrr From First
# Principles](https://horace.io/brrr_intro.html), for what besides memory can be slow.
