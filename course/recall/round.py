"""A round of recall questions: shown, answered by letters, graded with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from course import panel
from course.concepts import LETTERS, Concept, Question
from course.language import say
from course.panel import Shown

OPEN = " -_."


@dataclass(frozen=True)
class Round:
    """Questions about some concepts, numbered from 1."""

    title: str
    asked: tuple[tuple[Concept, Question], ...]

    def grade(self, answers: str) -> tuple[list[bool | None], str]:
        """(right, wrong or None where left open; a sentence if it cannot be read).

        `answers` has a letter for each question, a hyphen where one is left open.
        """
        count = len(self.asked)
        blank: list[bool | None] = [None] * count
        if not isinstance(answers, str):
            return blank, f'Answer with {count} letters in quotes: "{self._eg}".'
        letters = answers.replace(" ", "").replace(",", "").upper()
        if letters and len(letters) != count:
            return blank, (
                f"You gave {len(letters)} letters and hyphens for {count} questions: "
                "one each, a hyphen where you leave one open."
            )
        strange = sorted(set(letters) - set(LETTERS + OPEN))
        if strange:
            return blank, f"{', '.join(strange)} is no choice: answer with {self._all}."
        return [
            None if letter in OPEN else letter == question.right
            for letter, (_, question) in zip(letters, self.asked, strict=bool(letters))
        ] or blank, ""

    def shown(self, answers: str = "") -> Shown:
        """The questions; once answered, each with its outcome and the reason."""
        results, problem = self.grade(answers)
        made = [result for result in results if result is not None]
        told = problem
        if not told and made:
            told = f"{sum(made)} of {len(made)} right."
        if not told:
            told = f'Answer with a letter each, as in "{self._eg}", and run it again.'
        title, told = say(self.title), say(told)
        colour = panel.AMBER if problem else panel.BLUE
        html = [f"<div><b>{escape(title)}</b> · {escape(told)}</div>"]
        text = [f"{title} · {told}"]
        for number, ((_, question), result) in enumerate(
            zip(self.asked, results, strict=True), 1
        ):
            html.append(
                f'<div style="margin-top:0.5em"><b>{number}</b>&ensp;'
                f"{escape(question.ask)}</div>"
            )
            text.append(f"  {number}. {question.ask}")
            lines = feedback(question, result)
            for line in lines:
                html.append(f'<div style="margin-left:1.4em">{escape(line)}</div>')
                text.append(f"     {line}")
        return Shown(panel.box("".join(html), colour), "\n".join(text))

    @property
    def _eg(self) -> str:
        return (LETTERS * len(self.asked))[: len(self.asked)]

    @property
    def _all(self) -> str:
        return f"{', '.join(LETTERS[:-1])} or {LETTERS[-1]}"


def feedback(question: Question, result: bool | None) -> Sequence[str]:
    """The choices of an open question; outcome and reason of an answered one."""
    choices = question.shuffled()
    if result is None:
        return [f"{letter}  {choice}" for letter, choice in choices.items()]
    if result:
        return [f"Right: {choices[question.right]}. {question.why}"]
    right = f"{question.right}, {choices[question.right]}"
    return [f"Not this time. It is {right}. {question.why}"]
