"""The gates of a project: a score that must reach a bar, with no steps to it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from course.exercises import values
from course.exercises.checks import NotYet
from course.exercises.code import Wrong
from course.exercises.exercise import Exercise, Outcome, Verdict

NO_HELP = (
    "A project has no hints and no solution: the goal and the gates are all there is. "
    "The week's lessons hold what you need."
)


@dataclass(frozen=True)
class Baseline:
    """What a gate must be better than; `make()` returns the answer, and is quick."""

    name: str
    make: Callable[[], Any]


@dataclass(frozen=True)
class GateResult:
    """How far the last check of a gate came; scores are in `unit`, or None."""

    title: str
    goal: str
    unit: str
    bar: float
    at_most: bool  # else the bar asks for at least
    baseline_name: str
    baseline: float | None
    score: float | None
    passed: bool


class Gate(Exercise):
    """Give anything whose `score(answer)` reaches the bar: `bar` or more, or `at_most`.

    `score` returns a number in `unit`; it owns the held-out data, and raises NotYet for
    an answer that it cannot use. `goal` says in one sentence what is asked.
    `reference()` makes an answer that passes, `baseline.make()` one that must fail,
    each `function` in `wrong` another one: they are called only when needed, since
    they may train. `seconds` limits the scoring of the learner's answer alone.
    """

    kind = "gate"

    def __init__(
        self,
        *,
        goal: str,
        score: Callable[[Any], float],
        baseline: Baseline,
        reference: Callable[[], Any],
        wrong: Sequence[Wrong],
        bar: float | None = None,
        at_most: float | None = None,
        unit: str = "",
        seconds: float = 60,
        **common: Any,
    ):
        super().__init__(hints=(), seconds=seconds, **common)
        self.demand((bar is None) != (at_most is None), "give either bar or at_most")
        self.goal = goal
        self.unit = unit
        self.at_most = at_most is not None
        self.bar = float(bar if at_most is None else at_most)
        self.baseline = baseline
        self.wrong = tuple(wrong)
        self._score = score
        self._make_reference = reference
        self._reached: float | None = None
        self._passed = False

    def has_enough_hints(self) -> bool:
        return not self.hints

    def grade(self, answer: Any) -> Outcome:
        self._reached, self._passed = None, False
        if answer is not None and answer is not ...:
            _ = self.baseline_score  # here, so that the learner's time limit is theirs
        outcome = super().grade(answer)
        self._passed = outcome.status == "passed"
        return outcome

    def judge(self, answer: Any) -> Verdict:
        score = self._scored(answer)
        self._reached = score
        reached = f"Your score is {self._text(score)}"
        bar = f"at {'most' if self.at_most else 'least'} {shown(self.bar, self.unit)}"
        baseline = f"baseline, {self.baseline.name}"
        other = f"gets {self._text(self.baseline_score)}."
        if self._better(score, self.bar) or _near(score, self.bar):
            return Verdict(
                f"{reached}, and this gate asks for {bar}. The {baseline}, {other}"
            )
        comparison = f"The {baseline}, {other}"
        if not self._better(score, self.baseline_score):
            comparison = f"That is no better than the {baseline}, which {other}"
        raise NotYet(f"{reached}; this gate asks for {bar}. {comparison}")

    @cached_property
    def baseline_score(self) -> float:
        """What the baseline gets, measured once, when it is first needed."""
        return self._scored(self.baseline.make())

    @cached_property
    def reference(self) -> Any:
        return self._make_reference()

    def result(self) -> GateResult:
        """How the last check ended, for the portfolio."""
        return GateResult(
            title=self.title,
            goal=self.goal,
            unit=self.unit,
            bar=self.bar,
            at_most=self.at_most,
            baseline_name=self.baseline.name,
            baseline=vars(self).get("baseline_score"),  # None where not yet measured
            score=self._reached,
            passed=self._passed,
        )

    def right_answers(self) -> list[tuple[str, Any]]:
        return [("the reference", self.reference)]

    def wrong_answers(self) -> list[tuple[str, Any, str]]:
        baseline = (self.baseline.name, self.baseline.make(), "no better than the base")
        return [
            baseline,
            *(
                (item.function.__name__, item.function(), item.fragment)
                for item in self.wrong
            ),
        ]

    def choices_markdown(self) -> str:
        """The goal and the bar, which the notebook shows above the gate's cell."""
        side = "at most" if self.at_most else "at least"
        return f"{self.goal}\n\n*The bar: {side} {shown(self.bar, self.unit)}.*"

    def hint(self, number: int | None = None) -> None:
        self._note(NO_HELP)

    def solution(self, force: bool = False) -> None:
        self._note(NO_HELP)

    def use(self, answer: Any = None) -> Any:
        """The answer itself: a project goes on with the learner's own work."""
        self._note("A project goes on with your own work, so nothing is replaced.")
        return answer

    def _scored(self, answer: Any) -> float:
        """The score as a finite float. Raises NotYet for any other."""
        score = self._score(answer)
        try:
            number = float(score)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            raise NotYet(
                f"The score came out as {values.described(score)}, not as a number. "
                "Look at the type and the shape of what you gave."
            ) from None
        if not math.isfinite(number):
            raise NotYet(
                f"The score came out as {number}, which no bar can be compared with. "
                "Is there a nan or an infinity in what your answer gives?"
            )
        return number

    def _better(self, score: float, other: float) -> bool:
        return score < other if self.at_most else score > other

    def _text(self, score: float) -> str:
        """A score, with all digits where it would look as if it were the bar."""
        text = shown(score, self.unit)
        if score != self.bar and text == shown(self.bar, self.unit):
            return f"{score!r} {self.unit}".rstrip()
        return text


def shown(value: float, unit: str = "") -> str:
    """A score for people: four digits, thousands in full, then the unit."""
    many = 1000 <= abs(value) < 1e9
    return f"{value:{',.0f' if many else '.4g'}} {unit}".rstrip()


def _near(score: float, bar: float) -> bool:
    """Equal up to the last bits, which must not decide."""
    return math.isclose(score, bar, rel_tol=1e-9)
