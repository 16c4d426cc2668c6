"""Exercises: defined beside a week's lessons, checked at once, never in the way.

The author of an exercise imports from here: a kind, and what its check needs.
"""

from course.exercises.checks import (
    NotYet,
    agrees,
    call,
    require,
    returns,
    same,
    unchanged,
)
from course.exercises.choice import Choice, Question, Quiz
from course.exercises.code import Code, Run, Training, Wrong
from course.exercises.exercise import Exercise, Outcome, load_exercise
from course.exercises.gate import Baseline, Gate, GateResult
from course.exercises.number import Mistake, Number
from course.exercises.ordering import Before, NotBetween, Ordering

__all__ = [
    "Baseline",
    "Before",
    "Choice",
    "Code",
    "Exercise",
    "Gate",
    "GateResult",
    "Mistake",
    "NotBetween",
    "NotYet",
    "Number",
    "Ordering",
    "Outcome",
    "Question",
    "Quiz",
    "Run",
    "Training",
    "Wrong",
    "agrees",
    "call",
    "load_exercise",
    "require",
    "returns",
    "same",
    "unchanged",
]
