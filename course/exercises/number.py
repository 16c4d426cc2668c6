"""Exercises answered with a number worked out on paper."""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from course.exercises import values
from course.exercises.checks import NotYet
from course.exercises.exercise import Exercise, Verdict


@dataclass(frozen=True)
class Mistake:
    """A wrong number that people get, and what to say; tolerance is relative."""

    value: float
    message: str
    tolerance: float | None = None


class Number(Exercise):
    """Give a number, right within the relative `tolerance` (absolute if it is 0).

    `otherwise` follows the direction ("too high") for a number that is no known
    mistake. `worked` is the worked solution.
    """

    kind = "number"
    blank = "Put your number in place of None, then run this cell again."

    def __init__(
        self,
        *,
        answer: float,
        worked: str,
        otherwise: str,
        mistakes: Sequence[Mistake] = (),
        unit: str = "",
        tolerance: float = 0.01,
        **common: Any,
    ):
        super().__init__(**common)
        self.answer = answer
        self.worked = worked
        self.otherwise = otherwise
        self.mistakes = tuple(mistakes)
        self.unit = unit
        self.tolerance = tolerance
        for mistake in self.mistakes:
            near = _near(mistake.value, answer, tolerance)
            self.demand(not near, f"the mistake {mistake.value} would pass")

    def judge(self, answer: Any) -> Verdict:
        number = _parsed(answer)
        if _near(number, self.answer, self.tolerance):
            return Verdict(f"{self._shown(number)} is right. {self.worked}")
        for mistake in self.mistakes:
            tolerance = (
                self.tolerance if mistake.tolerance is None else (mistake.tolerance)
            )
            if _near(number, mistake.value, tolerance):
                raise NotYet(mistake.message)
        raise NotYet(self._direction(number))

    @property
    def reference(self) -> float:
        return self.answer

    def right_answers(self) -> list[tuple[str, Any]]:
        return [("as a float", float(self.answer)), ("NumPy", np.float64(self.answer))]

    def wrong_answers(self) -> list[tuple[str, Any, str]]:
        known = [
            (f"mistake {item.value:g}", item.value, item.message)
            for item in self.mistakes
        ]
        far = 10 * max(map(abs, (self.answer, 1, *(m.value for m in self.mistakes))))
        return [
            *known,
            ("too high", far, "too high"),
            ("too low", -far, "too low"),
            ("text", str(self.answer), "without quotes"),
        ]

    def solution_text(self) -> tuple[str, str]:
        return f"{self.worked}\nThe answer is {self._shown(self.answer)}.", ""

    def _direction(self, number: float) -> str:
        side = "high" if number > self.answer else "low"
        return f"{self._shown(number)} is too {side}. {self.otherwise}"

    def _shown(self, number: float) -> str:
        whole = abs(number) >= 1e6 and float(number).is_integer()
        return f"{number:{',.0f' if whole else '.6g'}} {self.unit}".rstrip()


def _near(number: float, target: float, tolerance: float) -> bool:
    allowed = tolerance * abs(target) if target else tolerance
    # The last bits of the product and the difference must not decide.
    return abs(number - target) <= allowed * (1 + 1e-9)


def _parsed(answer: Any) -> float:
    """The answer as a finite float. Raises NotYet for anything else."""
    if values.is_tensor(answer) or isinstance(answer, np.ndarray):
        if tuple(answer.shape) != ():
            raise NotYet(f"This needs one number; you gave {values.described(answer)}.")
        answer = answer.item()
    if isinstance(answer, str):
        raise NotYet(
            'This needs a number without quotes: `answer = 3.5`, not `answer = "3.5"`.'
        )
    truth = isinstance(answer, bool | np.bool_)
    if truth or not isinstance(answer, numbers.Real | Decimal):
        raise NotYet(f"This needs a number; you gave {values.described(answer)}.")
    try:
        number = float(answer)
    except (OverflowError, ValueError):
        raise NotYet("That number is far too large.") from None
    if not math.isfinite(number):
        raise NotYet(f"You gave {number}; this needs an ordinary number.")
    return number
