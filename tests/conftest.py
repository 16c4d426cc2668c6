"""A tiny course of one week, for tests of the machinery around lessons."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from course import contract, paths

CONCEPTS = '[mean]\nname = "mean"\ndefinition = "The sum divided by the number."\n'

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
# What is a mean?

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
        'mnist = here.load("mnist")', "here.bill()"
    )
    (week / "source" / "02_more.py").write_text(more, encoding="utf-8")
    (week / "exercises" / "mean.py").write_text(EXERCISE, encoding="utf-8")
    monkeypatch.setattr(paths, "WEEKS", tmp_path)
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    caches = contract.concepts, contract.contracts, contract.week_titles
    for cached in caches:
        cached.cache_clear()
    yield SimpleNamespace(root=tmp_path, week=week, toml=week / "lessons.toml")
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def checkout() -> Path:
    return paths.CHECKOUT
