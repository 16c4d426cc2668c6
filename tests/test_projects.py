"""A project from its notebook to its portfolio page, and what the linter asks of it."""

import json
import re

import pytest

from course import contract, paths, portfolio, run
from course.authoring import build, lint
from course.exercises import load_exercise

ID = "week90_test/03_project"
FREE = "# Your work goes here, in as many cells as you like."
WORK = """\
import matplotlib.pyplot as plt
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

model = LinearDiscriminantAnalysis().fit(images, labels)
figure, ax = plt.subplots()
ax.bar(range(10), model.priors_)
"""
WORDS = {
    'made="…"': 'made="A linear reader of digits."',
    'failures=["…"]': 'failures=["It reads some 8 as 1."]',
    "figures=[]": 'figures=[(figure, "The shares of the ten digits, all near 0.1.")]',
}


def built(tiny_project, change=lambda source: source):
    """The project's notebook, built from a changed source."""
    lesson = contract.find(ID)
    source = lesson.source.read_text("utf-8")
    changed = change(source)
    lesson.source.write_text(changed, encoding="utf-8")
    for each in contract.contracts().values():
        build.write(each)
    return lesson


def worked(source):
    """The source after a learner's work."""
    source = source.replace(FREE, WORK).replace("answer = None", "answer = model")
    for before, after in WORDS.items():
        source = source.replace(before, after)
    return source


def test_work_that_passes_becomes_a_page(tiny_project):
    built(tiny_project, worked)
    result = run.execute(ID, "ci")
    assert result.failures == []
    assert result.record["exercises"] == {
        "read_digits": "passed",
        "stay_small": "passed",
    }
    path = paths.my() / "portfolio" / "week90_test.json"
    page = json.loads(path.read_text("utf-8"))
    gates = page["gates"]
    assert gates["read_digits"]["score"] >= 92 > 50 > gates["read_digits"]["baseline"]
    assert gates["stay_small"]["score"] <= 20 < gates["stay_small"]["baseline"]
    assert page["bill"]["seconds"] > 0 and page["bill"]["ram_gb"] > 0.05
    assert page["bill"]["tier"] == "ci"
    site = portfolio.html()
    text = site.path.read_text("utf-8")
    assert site.problems == ()
    for part in (
        "A reader of digits",
        "A linear reader of digits.",
        "2 of 2 gates passed",
        "at least 92 %",
        "at most 20 kB",
        "always the commonest digit",
        "It reads some 8 as 1.",
        'alt="The shares of the ten digits, all near 0.1."',
    ):
        assert part in text, part


def test_an_untouched_project_runs_to_its_end_and_adds_no_page(tiny_project):
    lesson = built(tiny_project)
    result = run.execute(ID, "ci")
    assert result.failures == []
    assert set(result.record["exercises"].values()) == {"not attempted"}
    assert not (paths.my() / "portfolio").exists()
    page = (result.folder / f"{lesson.name}.html").read_text("utf-8")
    assert "Say in a sentence or two what you made" in page


@pytest.mark.parametrize("name", ["read_digits", "stay_small"])
def test_the_reference_passes_and_the_baseline_fails(tiny_project, name):
    gate = load_exercise(contract.find(ID).exercise(name), ID, "ci")
    for label, answer in gate.right_answers():
        assert gate.grade(answer).status == "passed", label
    wrong = gate.wrong_answers()
    assert wrong[0][0] == gate.baseline.name and len(wrong) >= 2
    for label, answer, fragment in wrong:
        outcome = gate.grade(answer)
        assert outcome.status == "not yet", label
        assert fragment in outcome.message, label


def test_bad_answers_to_a_real_gate_get_their_sentence(tiny_project):
    class Raises:
        def predict(self, pictures):
            return int(pictures)

    gate = load_exercise(contract.find(ID).exercise("read_digits"), ID, "ci")
    assert "needs an object with `predict`" in gate.grade([1, 2]).message
    outcome = gate.grade(Raises())
    assert (outcome.status, outcome.line.function) == ("raised", "predict")


def problems(tiny_project, change=lambda source: source):
    built(tiny_project, change)
    return [problem for problem in lint.lint() if problem.startswith(ID)]


def test_the_tiny_project_passes_the_linter(tiny_project):
    assert problems(tiny_project) == []


MEAN = """

# %% [markdown]
# <!-- exercise: mean -->

# %%
answer = None
ex = here.exercise("mean")
ex.check(answer)

# %%
here.bill()"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.replace("## Goal", "## Aim"), "has the sections Goal and Gates"),
        (
            lambda s: (
                s.replace("## Goal", "## X")
                .replace("## Gates", "## Goal")
                .replace("## X", "## Gates")
            ),
            "has the sections Goal and Gates",
        ),
        (
            lambda s: (
                s[: s.index("# %% [markdown]\n# <!-- exercise: stay")]
                + s[s.index("# %%\nhere.bill") :]
            ),
            "at least two gates, not 1",
        ),
        (
            lambda s: s.replace("\n\n# %%\nhere.bill()", MEAN),
            "no exercise of kind ['number']",
        ),
        (lambda s: s.replace(FREE, f"{FREE}\nmodel = 3"), "a code cell for the learn"),
        (lambda s: s.replace("here.portfolio(", "dict("), "portfolio( stands 0 times"),
        (
            lambda s: s + '\n# %%\nhere.portfolio(made="…", failures=["…"])\n',
            "portfolio( stands 2 times",
        ),
        (lambda s: s.replace("## Gates", "## Step 1\n#\n# ## Gates"), "'Step 1'"),
        (lambda s: s.replace("## Gates", "## Gates\n#\n# ### A hint"), "'A hint'"),
        (
            lambda s: s.replace(
                "gate.check(answer)", "gate.check(answer)\ngate.hint()"
            ),
            "a project helps nowhere: .hint(…) in a cell",
        ),
    ],
)
def test_what_is_wrong_with_a_project_is_named(tiny_project, change, says):
    found = problems(tiny_project, change)
    assert any(says in problem for problem in found), found


def test_a_gate_in_an_ordinary_lesson_is_named(tiny_project):
    terms = tiny_project.toml.read_text("utf-8")
    tiny_project.toml.write_text(terms.replace("project = true\n", ""), "utf-8")
    contract.syllabus.cache_clear()
    found = problems(tiny_project)
    assert any("gates belong to projects" in problem for problem in found)
    assert any(re.search("exercises take .* at most 45 %", each) for each in found)


def test_a_projects_minutes_may_all_be_its_gates(tiny_project):
    assert not any("45 %" in problem for problem in problems(tiny_project))
