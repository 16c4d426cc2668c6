"""The linter: each rule passes a good lesson and names what is wrong in a bad one."""

import pytest

from course import contract
from course.authoring import build, lint

ID = "week90_test/01_means"
LONG = "\n".join(f"x{n} = {n}" for n in range(41))
WORDS = "word " * 601


def problems(tiny_course, change=lambda source: source, name="01_means"):
    source = tiny_course.week / "source" / f"{name}.py"
    before = source.read_text("utf-8")
    after = change(before)
    source.write_text(after, encoding="utf-8")
    for lesson in contract.contracts().values():
        build.write(lesson)
    found = lint.lint()
    source.write_text(before, encoding="utf-8")
    return found


def with_cell(text):
    return lambda source: source.replace(
        "# %%\nhere.bill", f"{text}\n\n# %%\nhere.bill"
    )


def with_code(text):
    return with_cell(f"# %%\n{text}")


def with_prose(text):
    return with_cell("# %% [markdown]\n# " + text.replace("\n", "\n# "))


def test_the_tiny_lessons_pass(tiny_course):
    assert problems(tiny_course) == []


def test_every_lesson_of_the_course_passes():
    assert lint.lint() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda s: s.replace('# %% tags=["parameters"]', "# %%"),
            "tagged `parameters`",
        ),
        (lambda s: s.replace("TIER = None", "TIER = 'ci'"), "says TIER = None"),
        (
            lambda s: s.replace("tier=TIER", "tier=None"),
            "the cell after the parameters",
        ),
        (lambda s: s.replace("here.bill()", "pass"), "here.bill() stands 0 times"),
        (with_cell('# %% tags=["nbval-skip"]\nx = 1'), "unknown tag 'nbval-skip'"),
        (with_code("# !pip install torch"), "a shell command"),
        (with_code("# %pip install torch"), "unknown magic %pip"),
        (with_code(LONG), "41 lines in the cell"),
        (with_code(f"x = '{'a' * 90}'"), "a line of 96 columns"),
        (with_prose("Now we go on."), "the phrase 'now we'"),
        (with_prose("This is a powerful idea."), "the phrase 'powerful'"),
        (with_prose("Let’s go."), "the phrase"),
        (with_prose("As we\ncan see."), "the phrase 'as we can see'"),
        (with_prose("<img src='lessons.toml'>"), "an <img>"),
        (with_prose("numbers of shape (N,\n1) to others"), "turns into a list"),
        (lambda s: s.replace("ex.check(answer)", ""), "is never checked"),
        (with_prose(WORDS), "over 600 words without an action"),
        (with_prose("[here](no_such_file.md)"), "leads nowhere"),
        (with_prose("[here](http://example.org)"), "leads nowhere"),
        (with_prose("![x](lessons.toml)"), "needs a longer alt text"),
        (with_code('here.load("iris")'), "'iris' is not in the contract"),
        (lambda s: s.replace('here.load("mnist")', "1"), "'mnist' is never loaded"),
        (with_code("here.load(settings.size)"), "asset None is not in the contract"),
        (with_code("here.load(here.settings.width)"), "asset 8 is not in the contract"),
        (with_code('here.exercise("mean")'), "'mean' is opened 2 times"),
        (lambda s: s.replace("<!-- exercise: mean -->", "An exercise."), "its line"),
        (with_prose("##### Too deep"), "a heading of level 5 follows one of level 3"),
        (with_prose("# A second title"), "its one heading of the first level"),
        (with_prose("## A rocket \U0001f680"), "an emoji in the heading"),
        (with_code("fig, ax = plt.subplots()"), "not shown by plots.show"),
        (with_code("plt.show()"), "plt.show"),
    ],
)
def test_what_is_wrong_is_named(tiny_course, change, says):
    found = problems(tiny_course, change)
    assert any(says in problem for problem in found), found


def test_an_action_resets_the_count_of_words(tiny_course):
    half = "word " * 350
    prose = with_prose(half)
    attempt = with_cell('# %% tags=["try"]\nx = 1')
    quiet = problems(tiny_course, lambda s: prose(attempt(prose(s))))
    assert not any("without an action" in problem for problem in quiet)
    loud = problems(tiny_course, lambda s: prose(prose(s)))
    assert any("without an action" in problem for problem in loud)


def test_too_many_minutes_and_too_much_exercise(tiny_course):
    exercise = tiny_course.week / "exercises" / "mean.py"
    text = exercise.read_text("utf-8")
    exercise.write_text(text.replace("minutes=0.25", "minutes=95"), encoding="utf-8")
    found = problems(tiny_course)
    assert any("minutes, at most 90" in problem for problem in found)
    assert any("at most 45 %" in problem for problem in found)


def test_an_exercise_that_no_lesson_uses_is_found(tiny_course):
    exercises = tiny_course.week / "exercises"
    (exercises / "spare.py").write_text((exercises / "mean.py").read_text("utf-8"))
    assert "week90_test/exercises/spare.py is used 0 times, not once" in problems(
        tiny_course
    )
