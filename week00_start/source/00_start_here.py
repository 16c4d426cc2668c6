# %% [markdown]
# # Start here: a model, and the machine under it
#
# Below are twelve handwritten digits. Nobody will write down for the computer what a 3
# looks like. How can it learn to read them all the same, and how would you know that it
# can?
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
# memory and downloads on this machine; what it says of tiers and of a graphics card's
# memory comes later in this lesson. A bill at the end stands beside it.
#
# The pictures come with scikit-learn, the library of the first weeks. They are part of
# the [Optical Recognition of Handwritten
# Digits](https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits)
# data of E. Alpaydin and C. Kaynak, from the 1990s. The digit above each picture is its
# *label*: the right answer, given by a person.
#
# ## A first model
#
# A *model* is a function with adjustable numbers in it. First we put some pictures
# aside: the model adjusts itself to the *training set* and is judged on the *test set*,
# which it has never seen. On pictures that it knows, it could score 100 % by
# remembering them. The split is random, but starts from a *seed*, a number that makes
# it come out the same each time.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

settings = here.settings  # to change one: settings.seed = 5 below, then run this again
x_train, x_test, y_train, y_test = train_test_split(
    digits.data / 16,  # (1797, 64): each picture as one row, pixels from 0 to 1
    labels,
    test_size=settings.test_pictures,
    stratify=labels,  # each digit as frequent in both sets
    random_state=settings.seed,
)
print(f"{len(x_train)} pictures to learn from, {len(x_test)} to judge by")

# %% [markdown]
# Which score can be had for nothing? Our measure is *accuracy*, the share of right
# guesses. A *baseline* that always answers with the most common digit has learnt
# nothing about pictures. It scores:

# %%
baseline = DummyClassifier(strategy="most_frequent").fit(x_train, y_train)
untrained = baseline.score(x_test, y_test)
print(f"always the same answer: {untrained:.1%} right")

# %% [markdown]
# The ten digits are about equally frequent, so that is about one in ten. A model's
# merit is what it gets beyond the baseline. Here is one:

# %%
start = time.perf_counter()
model = LogisticRegression(max_iter=1000)  # at most so many rounds of adjusting
model.fit(x_train, y_train)
print(f"{time.perf_counter() - start:.2f} s to learn")

score = model.score(x_test, y_test)
print(f"{model.score(x_train, y_train):.1%} right on the training set")
print(f"{score:.1%} right on the test set")
here.metric("test_accuracy", score, untrained=untrained)  # for the bill

# %% [markdown]
# You have trained a model. Its adjustable numbers are called *weights*. This one,
# *logistic regression*, has a weight for every pixel and every digit, and one more for
# each digit. To guess, it multiplies the pixels by a digit's weights and adds up, for
# each of the ten digits; the largest sum wins. `fit` moved the weights until the sums
# suited the labels of the training set. How many weights are there?

# %% tags=["nbval-check-output"]
print(f"{model.coef_.size} + {model.intercept_.size} weights")  # (10, 64) and (10,)

# %% [markdown]
# All that it knows about digits is in those 650 numbers. The language models of this
# course have up to ten million times as many. Which pictures does this one get wrong?

# %%
guess = model.predict(x_test)
wrong = np.flatnonzero(guess != y_test)[:16]
figure = plots.pictures(
    x_test[wrong].reshape(-1, 8, 8),
    [f"{y_test[i]} → {guess[i]}" for i in wrong],
    title=f"{np.sum(guess != y_test)} mistakes in {len(y_test)}: truth → guess",
)
plots.show(
    figure,
    "Up to sixteen misread digits, each with its label and the model's guess; several "
    "are smudged or oddly shaped, some are clear to the eye.",
)

# %% [markdown]
# The model weighs pixels one by one, and has no idea of a stroke or a loop. Later
# models will.
#
# **Change something.** The same model and a rival learn from only the first `n_train`
# pictures. The rival has no weights: it keeps the pictures, and lets the `k` most
# similar ones vote, those whose pixels differ least. Alter the two numbers and run the
# cell again (Shift+Enter). Where does the rival win, and where does it lose? And what
# if all pictures vote, with `k` equal to `n_train`?

# %% tags=["try"]
n_train = 100  # try 50, 500, or all: len(x_train)
k = 5  # try 1, 20, n_train

rivals = {
    "logistic regression": LogisticRegression(max_iter=1000),
    f"vote of the nearest {min(k, n_train)}": KNeighborsClassifier(min(k, n_train)),
}
for name, rival in rivals.items():
    rival.fit(x_train[:n_train], y_train[:n_train])
    print(f"{name}: {rival.score(x_test, y_test):.1%}")

# %% [markdown]
# On these digits the rival with `k = 1` is ahead, or about level, at every size that we
# tried; with `k = 5` it falls behind where pictures are few. A large `k` lets unlike
# ones vote, too. And if all vote, every vote comes out the same: the most common digit
# of those pictures wins, and we are back at a baseline.
#
# ## How an exercise works
#
# Each has a difficulty, the minutes it may take, a cell with a gap, and a check. Run
# the next cell as it is, and it says *not attempted yet*. Its other answers are
# *passed*; *not yet*, with a case that goes wrong; and *your code raised an error*,
# with the line.
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
# function if it passed, else ours, and says so: you can leave an exercise and come
# back. (`ex` is the exercise whose cell ran last: when you come back, run its cell
# first.) Your answers are recorded in the folder `.course` on this machine; nothing is
# sent anywhere.

# %%
# ex.hint()
# ex.solution()
accuracy = ex.use(accuracy)

# %% [markdown]
# Put the function to work. Both rivals learn from more and more pictures, several times
# with different ones for each number; `k` is 1, so that the nearest picture alone
# decides.
#
# **A prediction first.** A result that you have bet on stays with you. With how many
# pictures does the nearest one, on average, get four in five right for the first time?
# Put a letter in place of `None`; going on without one is fine. The bill counts.

# %%
my_guess = None
sizes = [20, 50, 100, 200, 400, 800]
here.predict("pictures_for_80_percent", my_guess, choices=[str(n) for n in sizes])

# %%
ours = accuracy(model.predict(x_test), y_test)
assert np.isclose(ours, model.score(x_test, y_test))  # it agrees with scikit-learn's

rng = np.random.default_rng(settings.seed)
rivals = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "nearest picture": KNeighborsClassifier(n_neighbors=1),
}
scores = {name: np.empty((len(sizes), settings.repeats)) for name in rivals}
for row, size in enumerate(sizes):
    for column in range(settings.repeats):
        chosen = rng.choice(len(x_train), size, replace=False)
        for name, rival in rivals.items():
            rival.fit(x_train[chosen], y_train[chosen])
            predicted = rival.predict(x_test)
            scores[name][row, column] = accuracy(predicted, y_test)

# %%
figure, ax = plt.subplots()
for name, values in scores.items():
    (line,) = ax.plot(sizes, values.mean(axis=1), label=name)
    low, high = values.min(axis=1), values.max(axis=1)
    ax.fill_between(sizes, low, high, color=line.get_color(), alpha=0.25)
ax.axhline(untrained, color="gray", linestyle="--", label="always the same answer")
ax.set(xscale="log", ylim=(0, 1.02), ylabel="accuracy on new pictures")
ax.set_xticks(sizes, [str(size) for size in sizes])
ax.minorticks_off()
ax.set_xlabel("pictures to learn from (bands: from the worst choice to the best)")
ax.legend()
ax.set_title("The first hundred pictures bring most of the accuracy")
plots.show(
    figure,
    "Accuracy on new pictures against the number of training pictures for two models: "
    "both rise steeply up to about a hundred and slowly after that, far above the "
    "dashed line of the baseline, with the nearest picture ahead.",
)

# %%
enough = np.flatnonzero(scores["nearest picture"].mean(axis=1) >= 0.8)[0]
here.outcome("pictures_for_80_percent", str(sizes[enough]))

for name, values in scores.items():
    means = values.mean(axis=1)
    print(f"{name}: {means[2]:.1%} from 100 pictures, {means[5]:.1%} from 800")
    print(f"   from 100, between {values[2].min():.1%} and {values[2].max():.1%}")

# %% [markdown]
# The range in the second lines comes from nothing but the choice of a hundred pictures.
# A gap of that size between two models, from one run each on different pictures, proves
# nothing; give both the same pictures, several times, as we did.
#
# ## Your own handwriting
#
# All 1,797 digits come from the same 13 people, in the training set as in the test set.
# Does the score hold for anybody else? `here.mine` takes your digits from the folder
# `my/digits` in the course's folder, or, while it is empty, twenty that we drew, stroke
# by stroke. Draw some on this pad, or put photographs there, each cut out to show one
# digit on plain paper and named after it, as in `7.png`.

# %%
from course.own import pad

pad()

# %% [markdown]
# Whoever wrote them: what share of them will the model read, in percent?

# %%
my_guess = None
here.predict("other_handwriting", my_guess, unit="%")

# %%
from PIL import Image, ImageOps

mine = here.mine("digits")  # pictures (N, 28, 28), ink bright
small = []
for picture in map(Image.fromarray, mine.images):
    ink = picture.crop(picture.getbbox())  # without its margin, as in the data set
    small.append(ImageOps.pad(ink, (8, 8), Image.Resampling.BOX))
x_mine = np.stack(small) / 255
read = model.predict(x_mine.reshape(-1, 64))
misread = np.sum(read != mine.labels)
figure = plots.pictures(
    x_mine[:20],
    [f"{truth} → {r}" for truth, r in zip(mine.labels[:20], read[:20], strict=True)],
    columns=10,
    title=f"Not from the data set: {misread} of {len(mine)} misread (truth → guess)",
)
plots.show(
    figure,
    "Up to twenty digits from elsewhere, reduced to 8 by 8 pixels, each with its label "
    "and the model's guess; some are misread.",
)

# %%
share = accuracy(read, mine.labels)
here.outcome("other_handwriting", 100 * share, close=0.1)
print(f"right: {share:.0%} of {len(mine)} from elsewhere, {score:.1%} of the test set")
print(f"mean darkness: {x_mine.mean():.2f} and {x_test.mean():.2f}")

# %% [markdown]
# With few digits, one more or less right moves the share far. But these pictures were
# *made* in another way: by another hand, with another pen, shrunk by another program.
# The second line shows one difference, how much ink there is. A score holds for
# examples like those it was measured on. Ask of every score that you read whose digits
# those were, and how they were made.
#
# ## The machine you sit at

# %%
from course import machine

print("\n".join(machine.describe(here.machine)))
print(f"This lesson runs at the tier: {here.tier}")

# %% [markdown]
# The *tier* is the size at which lessons run. Every tier has the same cells; only
# settings change, here `repeats` and `copy_mb`. `cpu` is a laptop, where later lessons
# may train smaller networks; `gpu8` to `gpu24` are for graphics cards (GPUs) with so
# many GB, and `ci` is for automatic tests.
#
# A processor works on numbers that lie in a memory: a laptop's on its RAM, a graphics
# card's on a memory of its own, the VRAM. Two properties of a memory matter here: how
# much fits into it, and its *memory bandwidth*, the bytes that move each second between
# it and the processor. We measure the second for this machine's RAM by copying a large
# array, each of whose bytes is read from one place and written to another. A machine
# that is busy with something else gives less: run the cell again when it is idle.

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
# A graphics card's memory sits beside its processor, on far more wires than a laptop's.
# Predict: the bandwidth of a 12 GB card, the RTX 4070 Ti, is how many times what this
# machine has just shown?

# %%
my_guess = None
ranges = ["under 5 times", "5 to 15 times", "over 15 times"]
here.predict("card_against_ram", my_guess, choices=ranges)

# %% [markdown]
# Where does that stand among graphics cards? Their figures are published ones, not
# measured by us. One trap: in this course a GB is 10⁹ bytes, but the "12 GB" on a
# card's box are GiB of 2³⁰ bytes, which makes 12.9 GB.

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

ax.set(xscale="log", yscale="log")  # equal distances are equal factors
ax.set(xlabel="memory (GB)", ylabel="bandwidth (GB/s)")
ax.set_xlim(2.5, max(400, 2 * ram_gb))
ax.set_ylim(min(8, ram_gbs / 3), 6000)
ticks = [4, 8, 16, 32, 64, 128, 256]
ax.set_xticks(ticks, [str(tick) for tick in ticks])
ax.set_yticks([10, 100, 1000], ["10", "100", "1000"])
ax.minorticks_off()
ax.set_title("A card is fast; only the largest have much room as well")
plots.show(
    figure,
    "Memory against bandwidth, both on logarithmic axes. The 12 GB cards, in bold, "
    "have little memory and a high bandwidth; this machine's RAM is marked, too. Only "
    "the data centre's A100 and H100, top right, have much of both.",
)

# %%
ours, top = "RTX 4070 Ti", "H100 SXM"
times = cards()[ours].bandwidth_gbs / ram_gbs
here.outcome("card_against_ram", ranges[int(times >= 5) + int(times > 15)])
print(f"The {ours} has {times:.0f} times the bandwidth of this machine's RAM.")
times = cards()[top].bandwidth_gbs / cards()[ours].bandwidth_gbs
room = memory_gb[top] / memory_gb[ours]
print(f"The {top} has {times:.1f} times the {ours}'s, and {room:.1f} times its memory.")
if own := here.machine.gpu:
    print(f"Your own card is the {own.name}, with {own.memory_gb:.1f} GB.")

# %% [markdown]
# ## What fits, and how fast it runs
#
# Our model has 650 weights. A *language model*, which continues a text, has some
# billions: a "7B" model has seven. They can be stored with 16 bits each, or rounded to
# 8 or 4 at some cost in quality. At 16 bits, seven billion take 7 · 16 = 112 billion
# bits. A byte has 8, so that is 14 GB. In general, *N* billion weights at *b* bits take
# *N* · *b* / 8 GB.


# %% tags=["nbval-check-output"]
def weights_gb(billions, bits):
    """Memory for the weights alone, in GB of 10^9 bytes."""
    return billions * bits / 8


for billions, bits in [(7, 16), (7, 4), (70, 4)]:
    gb = weights_gb(billions, bits)
    verdict = "fits into" if gb < memory_gb["RTX 4070 Ti"] else "does not fit into"
    print(
        f"{billions}B at {bits} bits: {gb:g} GB, {verdict} the 12.9 GB of a 12 GB card"
    )

# %% [markdown]
# So when a page on the internet runs a 70B model in 4 bits "on 12 GB", most of its
# weights are elsewhere: in RAM or on a disk. Why that hurts is the second property. A
# language model writes one *token* at a time, a piece of a word, and nearly all its
# weights have a part in each. (Models that use only some of them come later.) For a
# single reader they are all read from memory once a token. For the 7B model at 4 bits
# on the RTX 4070 Ti:

# %% tags=["nbval-check-output"]
seconds = 3.5 / 504
print(f"3.5 GB / (504 GB/s) = {1000 * seconds:.1f} ms for one token")
print(f"at most {1 / seconds:.0f} tokens a second")

# %% [markdown]
# That is a bound, and predicted: no computation is counted, and real programs stay
# below. The same arithmetic with the speed at which this machine copied, an estimate:

# %%
for billions in (7, 70):
    gb = weights_gb(billions, 4)
    if gb < ram_gb:
        print(f"{billions}B: {gb:g} GB, about {ram_gbs / gb:.1f} tokens a second")
    else:
        print(f"{billions}B: {gb:g} GB do not fit into {ram_gb:.0f} GB of RAM")

# %% [markdown]
# <!-- exercise: weights_fit -->
#
# Rounded weights are stored in blocks, and each block has a number of its own, its
# *scale*, by which its weights are multiplied to give back their size. A model has 7
# billion weights of 4 bits, in blocks of 32 weights, each block with one 16-bit scale.
# How many GB is that, scales included? Two decimals will do.

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
# A model with 20 billion weights, at 8 bits each, is to write 40 tokens a second for
# one reader. Which is the *smallest* of these, by memory, on which the arithmetic
# allows that?

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
# need. Answer without looking anything up, and leave the hyphen where you do not know:
# two right answers of three, or three of four, are enough for a topic.
#
# <!-- exercise: diagnostic -->

# %%
answers = "---- --- ---"  # a letter for each hyphen: questions 1-4, 5-7, 8-10

ex = here.exercise("diagnostic")
ex.check(answers)

# %%
# ex.solution()

# %% [markdown]
# ## Exit task
#
# <!-- exercise: majority_accuracy -->
#
# Write this lesson's baseline yourself, for labels that may be numbers or names, in
# lists or arrays: find the most common label of the training set, and return the
# accuracy of always answering it on the test set. (If two are equally common, take
# either.)


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
# ## Your copy, and the bill
#
# You work on a copy, in the folder `work`; change what you like. Some commands for a
# terminal in the course's folder (where `course` is not found, write `python3 start.py`
# in its place):
#
# - `course progress` shows which exercises you have passed, week by week.
# - `course review` asks ten questions on what you have learnt, when they are due: after
#   1, 3, 7 and 21 days.
# - `course doctor` says what is wrong with this machine, and the remedy.
# - `course reset week00_start/00_start_here` makes a fresh copy, and keeps the old one.
# - `course update` brings newer lessons, and leaves alone what you have edited.
#
# The bill stands beside the contract: what the lesson took, and its score beside that
# of the baseline, which it calls untrained.

# %%
here.bill()

# %% [markdown]
# ## To take with you
#
# - A score means something on examples that the model has not seen, beside a baseline,
#   and for examples of the same kind.
# - *N* billion weights at *b* bits take *N* · *b* / 8 GB: that says whether they fit
#   into a memory. Running the model takes some more.
# - Bandwidth divided by that size bounds the speed. Beside an ordinary laptop, a 12 GB
#   card has plenty of it; room is what this course fights for.
#
# **An honest limitation.** We looked at the test set again and again while changing
# things, which flatters whatever we pick in the end. Week 3 does this properly, with a
# third set. And a handful of digits from elsewhere says little about how far a score
# carries over: of twenty, two more or fewer right are ten percentage points.
#
# **Our default.** For a table of numbers: the baseline, then logistic regression, which
# sets what anything larger has to beat. On these digits the nearest picture beats it,
# at the price of keeping every picture and searching them all for each guess.
#
# **To go deeper.** scikit-learn's [Getting
# started](https://scikit-learn.org/stable/getting_started.html), since everyone uses
# its `fit` and `predict`. He, [Making Deep Learning Go Brrrr From First
# Principles](https://horace.io/brrr_intro.html), for what besides memory can be slow.
#
# The lessons between this one and week 3 are not written yet. The link below leads to
# the one that is: it uses terms from some of them, and says what each means.
