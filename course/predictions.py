"""Predictions: a guess before a deciding cell, and the guess beside the outcome.

Going on without a guess is always possible, and nothing here ever raises over one.
"""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from course import panel
from course.language import say
from course.panel import Shown

LETTERS = "ABCDEFGH"
CLOSE = 0.25  # a number counts as right within this share of the outcome
ONE_LINE = 70  # characters of choices that still stand side by side
OPEN, RIGHT, WRONG = "not made", "right", "wrong"


@dataclass
class Prediction:
    """One question of a lesson: `choices`, or else a number with a `unit`."""

    name: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    guess: str | float | None = None  # a choice's text, or a number
    outcome: str | float | None = None
    status: str = OPEN

    def ask(self, guess) -> Shown:
        """Take a guess (a letter or a choice's text; a number); say what became of it.

        Once the outcome was shown, the guess stays what it was.
        """
        if self.outcome is not None:
            told = f"the outcome is known, so it stays: {self.shown(self.guess)}"
            return self._panel("Your prediction", told, panel.GREY)
        self.guess, problem = self._read(guess)
        if problem:
            return self._panel("Your prediction", problem, panel.AMBER)
        if self.guess is None:
            told = f"{self._how()} Or go on without one."
            return self._panel("Your prediction", told, panel.GREY)
        return self._panel("Your prediction", self.shown(self.guess), panel.BLUE)

    def reveal(self, outcome: str | float, close: float = CLOSE) -> Shown:
        """Show the guess beside the outcome: a choice, or a finite number.

        A number is right within `close` times the outcome. Raises ValueError for an
        outcome that is none of the choices: a lesson's mistake, not a learner's.
        """
        read, problem = self._read(outcome)
        if problem or read is None:
            raise ValueError(f"{self.name}: {outcome!r} cannot be the outcome")
        self.outcome = read
        if self.guess is None:
            self.status = OPEN
        elif self.choices:
            self.status = RIGHT if self.guess == read else WRONG
        else:
            near = math.isclose(self.guess, read, rel_tol=0, abs_tol=close * abs(read))
            self.status = RIGHT if near else WRONG
        rows = [("it came out", self.shown(read), read)]
        if self.guess is not None:
            rows.insert(0, ("your prediction", self.shown(self.guess), self.guess))
        colour = {RIGHT: panel.GREEN, WRONG: panel.AMBER, OPEN: panel.GREY}[self.status]
        titles = {RIGHT: "As predicted", OPEN: "No prediction was made"}
        title = say(titles.get(self.status, "Not as predicted"))
        rows = [(say(label), say(text), value) for label, text, value in rows]
        lines = "\n".join(f"  {label}: {value}" for label, value, _ in rows)
        return Shown(panel.box(_bars(title, rows), colour), f"{title}\n{lines}")

    def shown(self, value: str | float | None) -> str:
        """A guess or an outcome as text: `B: stays`, or `2.3 nats`."""
        if value is None:
            return "none was made"
        if self.choices:
            return f"{LETTERS[self.choices.index(value)]}: {say(value)}"
        return f"{value:,.4g} {self.unit}".rstrip()

    def _how(self) -> str:
        if self.choices:
            letters = [f'"{letter}"' for letter in LETTERS[: len(self.choices)]]
            return f"Put {', '.join(letters[:-1])} or {letters[-1]} in place of None."
        number = "a number without quotes"
        number += f" ({self.unit})" if self.unit else ""
        return f"Put {number} in place of None."

    def _read(self, guess) -> tuple[str | float | None, str]:
        """(the guess in its own form, a sentence if it has no such form)."""
        if guess is None or guess is ...:
            return None, ""
        if self.choices:
            text = guess.strip() if isinstance(guess, str) else ""
            if str(guess).strip() in self.choices:
                return str(guess).strip(), ""
            place = LETTERS[: len(self.choices)].find(text.upper())
            if len(text) == 1 and place >= 0:
                return self.choices[place], ""
            return None, f"That is none of the choices. {self._how()}"
        number = math.nan
        try:
            plain = guess.item() if hasattr(guess, "item") else guess
            if isinstance(plain, numbers.Real) and not isinstance(plain, bool):
                number = float(plain)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            pass  # an array of several numbers, or a whole number beyond all floats
        if not math.isfinite(number):
            return None, f"That is no number. {self._how()}"
        if self.unit == "%" and not 0 <= number <= 100:
            return None, f"A share lies between 0 and 100 %. {self._how()}"
        return number, ""

    def _panel(self, title: str, told: str, colour: str) -> Shown:
        title, told = say(title), say(told)
        body = f"<b>{escape(title)}</b> · {escape(told)}"
        choices = [self.shown(choice) for choice in self.choices]
        if self.guess is None and choices:
            short = sum(map(len, choices)) < ONE_LINE
            listed = " · ".join(choices) if short else "\n".join(choices)
            body += "<br>" + escape(listed).replace("\n", "<br>")
            told += "\n  " + listed.replace("\n", "\n  ")
        return Shown(panel.box(body, colour), f"{title} · {told}")


def tally(predictions: Sequence[Prediction]) -> tuple[str, str] | None:
    """For the bill: ("2 of 3 right", "not made: …"); None if there was no question."""
    if not predictions:
        return None
    made = [item for item in predictions if item.guess is not None]
    right = sum(item.status == RIGHT for item in made)
    missing = [item.name.replace("_", " ") for item in predictions if item not in made]
    if not made:
        return "none made", ""
    note = f"not made: {', '.join(missing)}" if missing else ""
    return f"{right} of {len(predictions)} right", note


def _bars(title: str, rows: list[tuple[str, str, str | float]]) -> str:
    """Rows of label and value; positive numbers also get bars on one scale."""
    values = [value for _, _, value in rows]
    drawn = all(isinstance(value, float) and value > 0 for value in values)
    cell = "text-align:left;padding:1px 1.2em 1px 0;background:transparent;border:0"
    out = [f"<b>{escape(title)}</b>", '<table style="border-collapse:collapse">']
    for label, shown, value in rows:
        bar = ""
        if drawn and len(rows) > 1:
            width = max(1, round(200 * value / max(values)))
            bar = (
                f'<div style="width:{width}px;height:0.7em;border-radius:2px;'
                f'background:rgb({panel.BLUE})"></div>'
            )
        out.append(
            f'<tr style="background:transparent"><td style="{cell};opacity:0.7">'
            f'{escape(label)}</td><td style="{cell}">{escape(shown)}</td>'
            f'<td style="{cell}">{bar}</td></tr>'
        )
    return "".join(out) + "</table>"
