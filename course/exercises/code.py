"""Exercises answered with a function: code, and code that trains."""

import inspect
import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.exercises import values
from course.exercises.checks import NotYet, parameters
from course.exercises.exercise import Exercise, Verdict


@dataclass(frozen=True)
class Wrong:
    """A plausible wrong function, and a fragment of the message that it must get."""

    function: Callable
    fragment: str


class Code(Exercise):
    """Write the function (or class) named `function`.

    `check(answer)` raises NotYet for a wrong answer, and may return a sentence that is
    shown on passing, below `why`. `alternates` are right answers written differently,
    `wrong` the wrong ones that the check must know.
    """

    kind = "code"

    def __init__(
        self,
        *,
        function: str,
        solution: Callable,
        check: Callable[..., None],
        alternates: Sequence[Callable] = (),
        wrong: Sequence[Wrong] = (),
        why: str = "",
        **common: Any,
    ):
        super().__init__(**common)
        self.function = function
        self.why = why
        self.alternates = tuple(alternates)
        self.wrong = tuple(wrong)
        self._solution = solution
        self._check = check
        self.blank = f"Write `{function}`, then run this cell again."

    def judge(self, answer: Callable) -> Verdict:
        if not callable(answer):
            raise NotYet(
                f"This needs the function itself: `ex.check({self.function})`, without "
                f"quotes or brackets. You gave {values.described(answer)}."
            )
        self._compare_signature(answer)
        told = self.run_check(answer)
        return Verdict(
            self.why or f"`{self.function}` passes every check.",
            (told,) if told else (),
        )

    def run_check(self, answer: Callable) -> str | None:
        """Call the author's check; return what it adds. Raises what that raises."""
        return self._check(answer)

    @property
    def reference(self) -> Callable:
        return self._solution

    def right_answers(self) -> list[tuple[str, Callable]]:
        answers = (self._solution, *self.alternates)
        return [(answer.__name__, answer) for answer in answers]

    def wrong_answers(self) -> list[tuple[str, Callable, str]]:
        return [
            (item.function.__name__, item.function, item.fragment)
            for item in self.wrong
        ]

    def solution_text(self) -> tuple[str, str]:
        source = textwrap.dedent(inspect.getsource(self._solution)).strip()
        name = re.escape(self._solution.__name__)
        return self.why, re.sub(rf"\b{name}\b", self.function, source)

    def is_foreign(self, answer: Any) -> bool:
        name = getattr(answer, "__name__", self.function)
        return inspect.isfunction(answer) and name not in (self.function, "<lambda>")

    def substitute(self) -> str:
        return f"The lesson goes on with the reference `{self.function}`, not yours."

    def _compare_signature(self, answer: Callable) -> None:
        expected, given = parameters(self._solution), parameters(answer)
        if expected is None or given is None:
            return
        required = [item.name for item in expected if item.default is item.empty]
        try:
            inspect.signature(answer).bind(*required)
        except TypeError:
            raise NotYet(
                f"`{self.function}` takes {_listed(required)}; yours takes "
                f"{_listed([item.name for item in given])}."
            ) from None


@dataclass(frozen=True)
class Run:
    """How the check of a training exercise runs: tier, its bound, and the seeds."""

    tier: str
    bound: float
    seeds: tuple[int, ...]


class Training(Code):
    """A function whose outcome counts after training: `check(answer, run)`.

    `bounds` has a value for "ci" and for "cpu" (which the gpu tiers use, too);
    `reference` is a small JSON file with a stored result, beside the exercise.
    """

    kind = "training"

    def __init__(
        self,
        *,
        bounds: Mapping[str, float],
        reference: str | Path,
        seeds: Sequence[int] = (0, 1),
        seconds: float = 120,
        **code: Any,
    ):
        super().__init__(seconds=seconds, **code)
        self.demand(set(bounds) == {"ci", "cpu"}, 'bounds needs "ci" and "cpu"')
        self.bounds = dict(bounds)
        self.seeds = tuple(seeds)
        self._saved = Path(reference)

    def run_check(self, answer: Callable) -> str | None:
        tier = "ci" if self.tier == "ci" else "cpu"
        return self._check(answer, Run(self.tier, self.bounds[tier], self.seeds))

    @property
    def saved(self) -> dict:
        """The stored result of the reference. Raises CourseError if it is missing."""
        path = self._saved
        if self.path is not None:
            path = self.path.parent / path
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CourseError(
                f"The stored result {path} cannot be read: {error}"
            ) from error

    def accepted(self, answer: Any) -> bool:
        """By what was graded in this kernel: nothing is trained."""
        session = self._session
        graded = session.outcome is not None and session.answer is answer
        return graded and session.outcome.status == "passed"

    def substitute(self) -> str:
        return (
            f"The lesson goes on with the reference `{self.function}` and its stored "
            "result, not with yours. Nothing is trained."
        )


def _listed(names: Sequence[str]) -> str:
    return f"({', '.join(names)})" if names else "no arguments"
