"""A tiny course of one week, for tests of the machinery around lessons."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from course import concepts, contract, paths

CONCEPTS = """\
[mean]
name = "mean"
zh = "平均數"
definition = "The sum divided by the number."
definition_zh = "總和除以個數。"
misconception = "The mean is the value in the middle."

[[mean.questions]]
ask = "What is the mean of 1, 1 and 7?"
choices = ["3", "1", "7"]
why = "The sum is 9, and 9 / 3 = 3."

[[mean.questions]]
ask = "All numbers grow by 2. What does their mean do?"
choices = ["It grows by 2", "It stays", "It doubles"]
why = "The sum grows by 2 for each number."
"""

LESSONS = """\
[week]
title = "A week for tests"

[[lesson]]
id = "01_means"
title = "Means"
builds = ["mean"]
teaches = ["mean"]
assets = ["mnist"]

[lesson.settings]
epochs = 4
width = 8

[lesson.tiers.ci]
seconds = 10
ram_gb = 2
download_mb = 0
settings = { epochs = 1 }
bounds.accuracy = { min = 0.9 }

[lesson.tiers.ci.variants.mnist.digits5000]
settings = { width = 4 }
bounds.accuracy = { min = 0.8 }

[lesson.tiers.cpu]
seconds = 20
ram_gb = 3
download_mb = 0
bounds.accuracy = { min = 0.95 }

[lesson.tiers.gpu12]
seconds = 5
ram_gb = 3
download_mb = 0

[[lesson]]
id = "02_more"
title = "More"
uses = ["mean"]

[lesson.tiers.ci]
seconds = 10
ram_gb = 2
download_mb = 0

[lesson.tiers.cpu]
seconds = 20
ram_gb = 3
download_mb = 0
"""

SOURCE = """\
# %% [markdown]
# # Means
#
# What is a *mean*?

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week90_test/01_means", tier=TIER)

# %%
mnist = here.load("mnist")

# %% tags=["nbval-check-output"]
print(1 + 1)

# %% [markdown]
# ## An exercise
#
# <!-- exercise: mean -->

# %%
answer = None
ex = here.exercise("mean")
ex.check(answer)

# %%
here.bill()
"""

EXERCISE = """\
from course.exercises import Number

exercise = Number(
    title="A mean",
    difficulty=1,
    minutes=0.25,
    answer=2.0,
    worked="(1 + 3) / 2 = 2.",
    otherwise="Add, then divide.",
    hints=("Add both numbers.", "Divide by two."),
)
"""

PROJECT_TERMS = """

[[lesson]]
id = "03_project"
title = "A reader of digits"
project = true

[lesson.tiers.ci]
seconds = 30
ram_gb = 2
download_mb = 0

[lesson.tiers.cpu]
seconds = 30
ram_gb = 2
download_mb = 0
"""

PROJECT = """\
# %% [markdown]
# # A reader of digits
#
# Postcodes are read by machines that must be cheap. How small can a good reader be?

# %% tags=["parameters"]
TIER = None

# %%
from course import lesson

here = lesson("week90_test/03_project", tier=TIER)

# %% [markdown]
# ## Goal
#
# Make an object whose `predict` turns pictures, rows of 64 numbers, into digits.

# %%
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

images, labels = load_digits(return_X_y=True)  # (1797, 64), (1797,)
images, _, labels, _ = train_test_split(images, labels, test_size=360, random_state=0)

# %%
# Your work goes here, in as many cells as you like.

# %% [markdown]
# ## Gates
#
# <!-- exercise: read_digits -->

# %%
answer = None
gate = here.exercise("read_digits")
gate.check(answer)

# %% [markdown]
# <!-- exercise: stay_small -->

# %%
answer = None
gate = here.exercise("stay_small")
gate.check(answer)

# %%
here.bill()

# %%
here.portfolio(
    made="…",
    failures=["…"],
    figures=[],
)
"""

READ_DIGITS = """\
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from course.exercises import Baseline, Gate, Wrong, require

images, held_out, labels, right = train_test_split(
    *load_digits(return_X_y=True), test_size=360, random_state=0
)


def score(model):
    require(hasattr(model, "predict"), "This gate needs an object with `predict`.")
    return 100 * (model.predict(held_out) == right).mean()


def linear():
    return LinearDiscriminantAnalysis().fit(images, labels)


def shallow_tree():
    return DecisionTreeClassifier(max_depth=3).fit(images, labels)


exercise = Gate(
    title="Read the held-out digits",
    difficulty=2,
    minutes=30,
    goal="Your model reads digits that were held out of training.",
    score=score,
    bar=92,
    unit="%",
    baseline=Baseline(
        "always the commonest digit", lambda: DummyClassifier().fit(images, labels)
    ),
    reference=linear,
    wrong=[Wrong(shallow_tree, "; this gate asks for at least 92 %")],
)
"""

STAY_SMALL = """\
import pickle

from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from course.exercises import Baseline, Gate, Wrong


def fitted(model):
    return model.fit(*load_digits(return_X_y=True))


def linear():
    return fitted(LinearDiscriminantAnalysis())


def support_vectors():
    return fitted(SVC())


exercise = Gate(
    title="Stay small",
    difficulty=1,
    minutes=20,
    goal="Your model, pickled, takes little room.",
    score=lambda model: len(pickle.dumps(model)) / 1000,
    at_most=20,
    unit="kB",
    baseline=Baseline(
        "keeping every picture", lambda: fitted(KNeighborsClassifier())
    ),
    reference=linear,
    wrong=[Wrong(support_vectors, "; this gate asks for at most 20 kB")],
)
"""


@pytest.fixture
def tiny_course(tmp_path, monkeypatch):
    """A week with two lessons in tmp_path, and the learner's folders beside it."""
    week = tmp_path / "week90_test"
    (week / "source").mkdir(parents=True)
    (week / "exercises").mkdir()
    (tmp_path / "concepts.toml").write_text(CONCEPTS, encoding="utf-8")
    (week / "lessons.toml").write_text(LESSONS, encoding="utf-8")
    (week / "source" / "01_means.py").write_text(SOURCE, encoding="utf-8")
    more = SOURCE.replace("01_means", "02_more").replace("Means", "More")
    more = more.split("# %% [markdown]\n# ## An exercise")[0].replace(
        'mnist = here.load("mnist")', "here.warm_up()\nhere.bill()"
    )
    (week / "source" / "02_more.py").write_text(more, encoding="utf-8")
    (week / "exercises" / "mean.py").write_text(EXERCISE, encoding="utf-8")
    monkeypatch.setattr(paths, "WEEKS", tmp_path)
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    caches = concepts.concepts, contract.syllabus, contract.week_headings
    for cached in caches:
        cached.cache_clear()
    yield SimpleNamespace(root=tmp_path, week=week, toml=week / "lessons.toml")
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def tiny_project(tiny_course, monkeypatch):
    """The tiny week with a project on scikit-learn's digits; kernels see it, too."""
    week = tiny_course.week
    tiny_course.toml.write_text(LESSONS + PROJECT_TERMS, encoding="utf-8")
    (week / "source" / "03_project.py").write_text(PROJECT, encoding="utf-8")
    (week / "exercises" / "read_digits.py").write_text(READ_DIGITS, encoding="utf-8")
    (week / "exercises" / "stay_small.py").write_text(STAY_SMALL, encoding="utf-8")
    startup = tiny_course.root / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    root = repr(str(tiny_course.root))
    code = f"import pathlib, course.paths\ncourse.paths.WEEKS = pathlib.Path({root})\n"
    (startup / "weeks.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tiny_course.root / "ipython"))
    contract.syllabus.cache_clear()
    return tiny_course


@pytest.fixture
def checkout() -> Path:
    return paths.CHECKOUT
