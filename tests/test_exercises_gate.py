"""Gates: the score against the bar and the baseline, and no help on the way."""

import math
import time
from types import SimpleNamespace

import pytest
import torch

from course.errors import CourseError
from course.exercises import Baseline, Gate, Wrong, exercise, progress
from course.exercises.gate import shown


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setattr(exercise, "_sessions", {})
    return tmp_path


def gate(**changed):
    """A gate whose answers are numbers, or functions that return one."""
    parts = dict(
        title="Read the digits",
        difficulty=2,
        minutes=30,
        goal="Read the held-out digits.",
        score=lambda answer: answer() if callable(answer) else answer,
        bar=95,
        unit="%",
        baseline=Baseline("always a SEVEN", lambda: 10.0),
        reference=lambda: 97.25,
        wrong=[Wrong(lambda: 90.0, "asks for at least 95 %")],
    )
    return Gate(**parts | changed)


def small(**changed):
    parts = dict(bar=None, at_most=20, unit="kB", baseline=Baseline("a big one", big))
    return gate(**parts | changed)


def big():
    return 1438.2


def test_a_score_over_the_bar_passes_and_says_all_three_numbers():
    outcome = gate().grade(97.25)
    assert outcome.status == "passed"
    assert outcome.message == (
        "Your score is 97.25 %, and this gate asks for at least 95 %. The baseline, "
        "always a SEVEN, gets 10 %."
    )


@pytest.mark.parametrize(
    ("made", "score", "says"),
    [
        (gate, 94.0, "is 94 %; this gate asks for at least 95 %. The baseline, always"),
        (gate, 10.0, "That is no better than the baseline, always a SEVEN, which gets"),
        (gate, 94.99999, "Your score is 94.99999 %; this gate asks for at least 95 %"),
        (small, 21, "is 21 kB; this gate asks for at most 20 kB. The baseline, a big"),
        (small, 2000, "is 2,000 kB; this gate asks for at most 20 kB. That is no bet"),
    ],
)
def test_a_score_short_of_the_bar_says_how_far(made, score, says):
    outcome = made().grade(score)
    assert outcome.status == "not yet"
    assert says in outcome.message


@pytest.mark.parametrize(
    ("made", "score"),
    [(gate, 95), (gate, 100 * 0.95 - 1e-12), (small, 20), (small, -1)],
)
def test_the_bar_itself_passes_whatever_the_last_bits_say(made, score):
    assert made().grade(score).status == "passed"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (math.nan, "The score came out as nan"),
        (math.inf, "The score came out as inf"),
        ("ninety", "as the string 'ninety', not as a number"),
        (torch.zeros(3), "as a tensor of shape (3,), not as a number"),
    ],
)
def test_a_score_that_is_no_number_is_a_sentence(answer, says):
    outcome = gate().grade(answer)
    assert outcome.status == "not yet"
    assert says in outcome.message


def test_bad_answers_get_their_sentence_as_everywhere():
    def broken():
        raise ValueError("the shapes differ")

    outcome = gate().grade(broken)
    assert (outcome.status, outcome.message) == (
        "raised",
        "ValueError: the shapes differ",
    )
    assert outcome.line.function == "broken"
    for answer in (None, ...):
        assert gate().grade(answer).status == "not attempted"
    constant = SimpleNamespace(predict=lambda: 10.0)
    wrong_type = gate(
        score=lambda answer: answer.predict(),
        baseline=Baseline("always 10", lambda: constant),
    )
    assert "has no attribute 'predict'" in wrong_type.grade(3).message


def test_only_the_learners_time_is_limited():
    def slow():
        time.sleep(0.4)
        return 10.0

    quick = gate(baseline=Baseline("slow", slow), seconds=0.2)
    assert quick.grade(96).status == "passed"

    def endless():
        while True:
            pass

    assert "still running after 0.2 s" in quick.grade(endless).message


def test_nothing_is_trained_before_it_is_needed():
    made = []
    kept = gate(
        baseline=Baseline("b", lambda: made.append("baseline") or 10.0),
        reference=lambda: made.append("reference") or 97.0,
    )
    assert made == [] and kept.result().baseline is None
    kept.grade(96)
    kept.grade(97)
    assert made == ["baseline"]


@pytest.mark.parametrize("made", [gate(), small(reference=lambda: 6, wrong=[])])
def test_gates_prove_themselves(made):
    for label, answer in made.right_answers():
        assert made.grade(answer).status == "passed", label
    for label, answer, fragment in made.wrong_answers():
        outcome = made.grade(answer)
        assert outcome.status == "not yet" and fragment in outcome.message, label


def test_a_baseline_over_the_bar_would_be_found():
    wrong = gate(baseline=Baseline("too good", lambda: 99.0))
    (_, answer, _), *_ = wrong.wrong_answers()
    assert wrong.grade(answer).status == "passed"


def test_the_result_is_that_of_the_last_check():
    kept = gate()
    kept.bind("digits", "week/lesson", "ci", None)
    kept.check(96)
    result = kept.result()
    assert (result.score, result.bar, result.baseline) == (96, 95, 10)
    assert result.passed and not result.at_most and result.baseline_name
    kept.check(math.nan)
    assert (kept.result().score, kept.result().passed) == (None, False)
    assert progress.table()["week/lesson"]["digits"].attempts == 2


def test_a_gate_gives_no_help(capsys):
    kept = gate()
    kept.bind("digits", "week/lesson", "ci", None)
    kept.hint()
    kept.solution(force=True)
    told = capsys.readouterr().out
    assert told.count("A project has no hints and no solution") == 2
    assert kept.use(3) == 3
    assert "your own work" in capsys.readouterr().out
    for _ in range(2):  # the same failure twice offers nothing either
        kept.check(11)
    assert "Stuck" not in capsys.readouterr().out


def test_the_notebook_shows_goal_and_bar():
    assert gate().choices_markdown() == (
        "Read the held-out digits.\n\n*The bar: at least 95 %.*"
    )
    assert gate().header_markdown() == "difficulty ●●○ · about 30 minutes"


@pytest.mark.parametrize("changed", [dict(at_most=3), dict(bar=None)])
def test_a_gate_has_one_bar(changed):
    with pytest.raises(CourseError, match="either bar or at_most"):
        gate(**changed)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.83412, "0.8341"), (12000, "12,000"), (1e12, "1e+12"), (-1438.2, "-1,438")],
)
def test_scores_are_shown_for_people(value, text):
    assert shown(value) == text
    assert shown(value, "kB") == f"{text} kB"
