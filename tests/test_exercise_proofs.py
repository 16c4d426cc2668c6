"""Every exercise of the course is proved: its stub, right answers and wrong ones."""

import time

import nbformat
import pytest

from course import contract
from course.exercises import load_exercise

MOST_SECONDS = 20  # for all proofs of one lesson at `ci`
LESSONS = list(contract.contracts().values())


EXERCISES = [
    pytest.param(lesson, name, id=f"{lesson.id}:{name}")
    for lesson in LESSONS
    for name in lesson.exercises()
]


def stub_cell(lesson, name):
    """The source of the cell in which the learner answers."""
    cells = nbformat.read(lesson.notebook, as_version=4).cells
    return next(cell.source for cell in cells if f'exercise("{name}")' in cell.source)


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_the_stub_is_not_attempted(lesson, name, tmp_path):
    """The cell as the learner gets it, executed."""
    outcomes = []

    class Here:
        def exercise(self, name):
            found = load_exercise(lesson.exercise(name), lesson.id, "ci")
            found.on_outcome = lambda _, outcome: outcomes.append(outcome.status)
            return found

    cell = compile(stub_cell(lesson, name), str(tmp_path / "cell.py"), "exec")
    exec(cell, {"here": Here()})
    assert outcomes == ["not attempted"]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_right_answers_pass_and_wrong_ones_get_their_message(lesson):
    start = time.perf_counter()
    for name in lesson.exercises():
        exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
        for label, answer in exercise.right_answers():
            outcome = exercise.grade(answer)
            assert outcome.status == "passed", (name, label, outcome)
        for label, answer, fragment in exercise.wrong_answers():
            outcome = exercise.grade(answer)
            assert outcome.status == "not yet", (name, label, outcome)
            told = "\n".join((outcome.message, *outcome.details))
            assert fragment in told, (name, label, told)
    assert time.perf_counter() - start < MOST_SECONDS


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_there_are_enough_wrong_and_right_answers(lesson, name):
    """Counted as the author wrote them, without what a kind adds by itself."""
    exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
    written = {
        "code": lambda: [item.fragment for item in exercise.wrong],
        "training": lambda: [item.fragment for item in exercise.wrong],
        "number": lambda: [item.message for item in exercise.mistakes],
        "choice": lambda: list(exercise.why.values())[1:],
        "ordering": lambda: [rule.message for rule in exercise.rules],
        # The baseline is a gate's first wrong answer.
        "gate": lambda: [
            exercise.baseline.name,
            *(item.fragment for item in exercise.wrong),
        ],
        "quiz": lambda: list(exercise.topics.values()),
    }[exercise.kind]()
    assert len(written) >= 2
    assert min(map(len, written)) >= 8  # an empty fragment would match any message
    if exercise.kind in ("code", "training"):
        assert len(exercise.alternates) >= 2


def test_the_longest_choice_is_right_at_most_half_the_time():
    longest_is_right = []
    for param in EXERCISES:
        lesson, name = param.values
        exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
        if exercise.kind == "choice":
            asked = [(exercise.choices, exercise.correct)]
        elif exercise.kind == "quiz":
            asked = [
                (question.choices, question.correct) for question in exercise.questions
            ]
        else:
            continue
        for choices, correct in asked:
            longest = max(choices, key=lambda letter: len(choices[letter]))
            longest_is_right.append(longest == correct)
    assert longest_is_right
    assert sum(longest_is_right) <= len(longest_is_right) / 2


def test_training_exercises_keep_their_measured_bounds():
    """A bound is the mean less three standard deviations of ten reference runs."""
    loaded = (
        load_exercise(lesson.exercise(name), lesson.id, "ci")
        for lesson in LESSONS
        for name in lesson.exercises()
    )
    trained = [exercise for exercise in loaded if exercise.kind == "training"]
    assert trained
    for exercise in trained:
        for tier, bound in exercise.bounds.items():
            saved = exercise.saved
            # Where data and tiers differ, each has runs of its own: full, then "ci".
            saved = saved["full"][tier] if "full" in saved else saved
            assert len(saved["accuracy"]) == 10
            expected = saved["mean"] - 3 * saved["standard_deviation"]
            assert bound == pytest.approx(expected, abs=0.002)
            rival = "baseline" if "baseline" in saved else "hidden_layer_only"
            assert saved[rival] < bound
