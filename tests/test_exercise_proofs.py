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


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_right_answers_pass_and_wrong_ones_get_their_message(lesson, name):
    exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
    for label, answer in exercise.right_answers():
        outcome = exercise.grade(answer)
        assert outcome.status == "passed", (label, outcome)
    for label, answer, fragment in exercise.wrong_answers():
        outcome = exercise.grade(answer)
        assert outcome.status == "not yet", (label, outcome)
        told = "\n".join((outcome.message, *outcome.details))
        assert fragment in told, (label, told)


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_there_are_enough_wrong_and_right_answers(lesson, name):
    exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
    assert len(exercise.wrong_answers()) >= 2
    if exercise.kind in ("code", "training"):
        assert len(exercise.right_answers()) >= 3  # the solution and two alternates


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_all_proofs_of_a_lesson_are_quick(lesson):
    start = time.perf_counter()
    for name in lesson.exercises():
        test_right_answers_pass_and_wrong_ones_get_their_message(lesson, name)
    assert time.perf_counter() - start < MOST_SECONDS


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


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_a_training_exercise_keeps_its_measured_bound(lesson, name):
    """The bound is the mean less three standard deviations of ten reference runs."""
    exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
    if exercise.kind != "training":
        return
    saved = exercise.saved
    assert len(saved["accuracy"]) == 10
    expected = saved["mean"] - 3 * saved["standard_deviation"]
    for bound in exercise.bounds.values():
        assert bound == pytest.approx(expected, abs=0.002)
        assert saved["baseline"] < bound
