"""Exercises answered by putting lines into order."""

import itertools
import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from course.exercises import values
from course.exercises.checks import NotYet
from course.exercises.exercise import Exercise, NotAttempted, Verdict

_TRIED = 50_000  # orders tried to find one that breaks a given rule first


@dataclass(frozen=True)
class Before:
    """Line `first` must stand before line `second`; else `message`.

    A line is named by its index in `lines`, or by a part of it that no other has.
    """

    first: int | str
    second: int | str
    message: str

    @property
    def named(self) -> tuple[int | str, ...]:
        return self.first, self.second

    def kept(self, first: int, second: int) -> bool:
        """Whether these places of the named lines keep the rule."""
        return first < second


@dataclass(frozen=True)
class NotBetween:
    """Line `line` must not stand between lines `first` and `second`; else `message`."""

    line: int | str
    first: int | str
    second: int | str
    message: str

    @property
    def named(self) -> tuple[int | str, ...]:
        return self.line, self.first, self.second

    def kept(self, line: int, first: int, second: int) -> bool:
        """Whether these places of the named lines keep the rule."""
        return not first < line < second


class Ordering(Exercise):
    """Order the lines; every order that keeps all rules passes.

    `lines` stand in a right order. They are shown shuffled, always in the same way,
    each with a letter; the answer is a string such as "CADB", or a list of letters.
    """

    kind = "ordering"

    def __init__(
        self,
        *,
        lines: Sequence[str],
        rules: Sequence[Before | NotBetween],
        why: str,
        **common: Any,
    ):
        super().__init__(**common)
        self.lines = tuple(lines)
        self.rules = tuple(rules)
        self.why = why
        self.demand(2 <= len(self.lines) <= 26, "2 to 26 lines are needed")
        self.demand(len(self.rules) > 0, "an ordering needs rules")
        self._named = [tuple(map(self._index, rule.named)) for rule in self.rules]
        in_order = tuple(range(len(self.lines)))
        self.demand(self._broken(in_order) is None, "its own order breaks a rule")
        self._shown = self._shuffled()
        self.letters = dict(zip(string.ascii_uppercase, self._shown, strict=False))
        example = "".join(self.letters)
        self.blank = (
            f'Put your order in place of None, such as "{example}", then run this cell '
            "again."
        )

    def judge(self, answer: Any) -> Verdict:
        broken = self._broken(self._parsed(answer))
        if broken is not None:
            raise NotYet(broken)
        return Verdict(self.why)

    @property
    def reference(self) -> str:
        return self._spelled(range(len(self.lines)))

    def right_answers(self) -> list[tuple[str, Any]]:
        spaced = ", ".join(self.reference).lower()
        return [
            ("a string", self.reference),
            ("spaced", spaced),
            ("a list", list(self.reference)),
        ]

    def wrong_answers(self) -> list[tuple[str, Any, str]]:
        result = [
            (f"rule {number}", self._breaking(rule.message), rule.message)
            for number, rule in enumerate(self.rules, 1)
        ]
        result.append(("one left out", self.reference[:-1], "left out"))
        result.append(("one twice", self.reference + self.reference[0], "twice"))
        return result

    def solution_text(self) -> tuple[str, str]:
        return f"{self.reference}. {self.why}", "\n".join(self.lines)

    def choices_markdown(self) -> str:
        return "\n".join(
            f"- **{letter}** `{self.lines[index].strip()}`"
            for letter, index in self.letters.items()
        )

    def _parsed(self, answer: Any) -> tuple[int, ...]:
        """Indexes of the lines in the order given. Raises NotYet for anything else."""
        parts = answer if isinstance(answer, list | tuple) else [answer]
        if not all(isinstance(part, str) for part in parts):
            raise NotYet(
                "Answer with the letters in your order, in quotes; "
                f"you gave {values.described(answer)}."
            )
        given = [
            letter for letter in "".join(parts).upper() if letter not in " ,;>-\t\n"
        ]
        if not given:
            raise NotAttempted(self.blank)
        for letter in given:
            if letter not in self.letters:
                raise NotYet(
                    f"There is no line {values.short(letter)}: "
                    f"the lines are {', '.join(self.letters)}."
                )
            if given.count(letter) > 1:
                raise NotYet(f"Line {letter} stands there twice.")
        missing = [letter for letter in self.letters if letter not in given]
        if missing:
            raise NotYet(f"You left out {', '.join(missing)}.")
        return tuple(self.letters[letter] for letter in given)

    def _broken(self, order: Sequence[int]) -> str | None:
        place = {line: position for position, line in enumerate(order)}
        for rule, lines in zip(self.rules, self._named, strict=True):
            if not rule.kept(*(place[line] for line in lines)):
                return rule.message
        return None

    def _index(self, line: int | str) -> int:
        if isinstance(line, int):
            self.demand(line in range(len(self.lines)), f"there is no line {line}")
            return line
        found = [index for index, text in enumerate(self.lines) if line in text]
        self.demand(len(found) == 1, f"{line!r} must name exactly one line")
        return found[0]

    def _shuffled(self) -> list[int]:
        # The same on every machine, and never right as it stands.
        generator = random.Random("\n".join(self.lines))
        shown = list(range(len(self.lines)))
        while self._broken(shown) is None:
            generator.shuffle(shown)
        return shown

    def _spelled(self, order: Sequence[int]) -> str:
        letter = {index: key for key, index in self.letters.items()}
        return "".join(letter[index] for index in order)

    def _breaking(self, message: str) -> str:
        for order in itertools.islice(self._orders(), _TRIED):
            if self._broken(order) == message:
                return self._spelled(order)
        self.demand(False, f"no order breaks this rule first: {message}")
        raise AssertionError

    def _orders(self) -> Iterator[tuple[int, ...]]:
        """Right order with one line moved, then all orders."""
        count = len(self.lines)
        for line, place in itertools.product(range(count), repeat=2):
            rest = [index for index in range(count) if index != line]
            yield (*rest[:place], line, *rest[place:])
        yield from itertools.permutations(range(count))
