"""Exercises answered by choosing: one question, or a diagnostic of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.exercises import values
from course.exercises.checks import NotYet
from course.exercises.exercise import Exercise, NotAttempted, Refused, Verdict
from course.language import say


class Choice(Exercise):
    """Choose one letter; `why` has a message for each, the right one included."""

    kind = "choice"
    blank = 'Put a letter in place of None, such as "A", then run this cell again.'

    def __init__(
        self,
        *,
        choices: Mapping[str, str],
        correct: str,
        why: Mapping[str, str],
        **common: Any,
    ):
        super().__init__(**common)
        self.choices = dict(choices)
        self.correct = correct
        self.why = dict(why)
        self.demand(correct in self.choices, f"{correct} is not among the choices")
        self.demand(self.why.keys() == self.choices.keys(), "why needs every letter")

    def judge(self, answer: Any) -> Verdict:
        letter = _letter(answer, self.choices)
        if letter == self.correct:
            return Verdict(self.why[letter])
        raise NotYet(f"Not {letter}. {self.why[letter]}")

    @property
    def reference(self) -> str:
        return self.correct

    def right_answers(self) -> list[tuple[str, str]]:
        return [(self.correct, self.correct), ("spaced", f" {self.correct.lower()} ")]

    def wrong_answers(self) -> list[tuple[str, Any, str]]:
        letters = [letter for letter in self.choices if letter != self.correct]
        return [
            *((letter, letter, self.why[letter]) for letter in letters),
            ("no such letter", "?", "Choose one of"),
            ("a number", 1, "one letter"),
        ]

    def solution_text(self) -> tuple[str, str]:
        text = self.choices[self.correct]
        return f"{self.correct}: {text}\n{self.why[self.correct]}", ""

    def choices_markdown(self) -> str:
        return _choices_markdown(self.choices)


@dataclass(frozen=True)
class Question:
    """One question of a quiz; `topic` says which advice a wrong answer leads to.

    `why` is the reason for the right answer, shown with the solution.
    """

    text: str
    choices: Mapping[str, str]
    correct: str
    topic: str
    why: str


class Quiz(Exercise):
    """A diagnostic: which topics to take up, from several questions.

    `topics` has the advice for each topic; a topic is fine from the fraction
    `pass_mark` of right answers; a question left open counts as not right. The answer
    is a dict {1: "B", ...} or a string of letters in order. Hints may be left out.
    """

    kind = "quiz"
    blank = "Answer the questions above, then run this cell again."

    def __init__(
        self,
        *,
        questions: Sequence[Question],
        topics: Mapping[str, str],
        pass_mark: float,
        hints: Sequence[str] = (),
        **common: Any,
    ):
        self.questions = tuple(questions)
        self.topics = dict(topics)
        self.pass_mark = pass_mark
        super().__init__(hints=hints, **common)
        for number, question in enumerate(self.questions, 1):
            known = question.topic in self.topics
            self.demand(known, f"question {number} has an unknown topic")
            self.demand(
                question.correct in question.choices,
                f"question {number} has no choice {question.correct}",
            )
        asked = {question.topic for question in self.questions}
        self.demand(asked == set(self.topics), "a topic has no question")
        self.demand(0 < pass_mark <= 1, "pass_mark is a fraction from 0 to 1")

    def has_enough_hints(self) -> bool:
        return len(self.hints) in (0, 2, 3)

    def judge(self, answer: Any) -> Verdict:
        given = self._given(answer)
        if not any(_answered(item) for item in given.values()):
            raise NotAttempted(self.blank)
        right: list[bool | None] = []  # None where a question was left open
        for number, question in enumerate(self.questions, 1):
            if not _answered(given.get(number)):
                right.append(None)
                continue
            try:
                letter = _letter(given[number], question.choices)
            except NotYet as problem:
                raise NotYet(f"Question {number}: {problem}") from None
            right.append(letter == question.correct)
        details, weak = self._report(right)
        score = f"{right.count(True)} of {len(right)} are right."
        if weak:
            raise Refused(score, details)
        return Verdict(f"{score} You have what the next lessons need.", details)

    @property
    def reference(self) -> dict[int, str]:
        return {number: q.correct for number, q in enumerate(self.questions, 1)}

    def right_answers(self) -> list[tuple[str, Any]]:
        letters = "".join(self.reference.values())
        return [("a dict", self.reference), ("a string", letters.lower())]

    def wrong_answers(self) -> list[tuple[str, Any, str]]:
        total = len(self.questions)
        result = []
        for topic in self.topics:
            answers = self.reference
            for number, question in enumerate(self.questions, 1):
                if question.topic == topic:
                    answers[number] = next(
                        item for item in question.choices if item != question.correct
                    )
            lost = sum(question.topic == topic for question in self.questions)
            result.append((topic, answers, f"{total - lost} of {total} are right."))
        unknown = {**self.reference, total: "?"}
        result.append(("no such letter", unknown, f"Question {total}: Choose one of"))
        return result

    def solution_text(self) -> tuple[str, str]:
        lines = (
            f"{number}. {question.correct}: {question.why}"
            for number, question in enumerate(self.questions, 1)
        )
        return "\n".join(lines), ""

    def choices_markdown(self) -> str:
        return "\n\n".join(
            f"**{number}.** {say(item.text)}\n\n{_choices_markdown(item.choices)}"
            for number, item in enumerate(self.questions, 1)
        )

    def _given(self, answer: Any) -> dict[int, Any]:
        count = len(self.questions)
        if isinstance(answer, dict):
            for number in answer:
                if number not in range(1, count + 1):
                    raise NotYet(
                        f"There is no question {values.short(number)}: "
                        f"they are numbered 1 to {count}."
                    )
            return answer
        if isinstance(answer, str):
            answer = list(answer.replace(" ", "").replace(",", ""))
            if len(answer) not in (0, count):
                raise NotYet(
                    f"You gave {len(answer)} letters and hyphens for {count} "
                    "questions: one each, a hyphen where you leave one open. Spaces "
                    "between groups do not count."
                )
        if not isinstance(answer, list | tuple) or len(answer) > count:
            raise NotYet(
                f'Answer with a dict such as {{1: "A", 2: "B"}}, or with a string of '
                f"{count} letters. You gave {values.described(answer)}."
            )
        return dict(enumerate(answer, 1))

    def _report(self, right: list[bool | None]) -> tuple[tuple[str, ...], bool]:
        """Sentences for the outcome, and whether any topic is below the mark."""
        parts = []
        for word, wanted in (("Right", True), ("Wrong", False), ("Left open", None)):
            numbers = [str(n) for n, fine in enumerate(right, 1) if fine is wanted]
            if numbers:
                parts.append(f"{word}: {', '.join(numbers)}.")
        lines = [" ".join(parts)]
        weak = False
        for topic, advice in self.topics.items():
            marks = [
                fine
                for fine, question in zip(right, self.questions, strict=True)
                if question.topic == topic
            ]
            hits = marks.count(True)
            below = hits < self.pass_mark * len(marks) - 1e-9
            weak = weak or below
            line = f"{topic}: {hits} of {len(marks)}."
            lines.append(f"{line} {advice}" if below else line)
        return tuple(lines), weak


def _letter(answer: Any, choices: Mapping[str, str]) -> str:
    """The chosen letter. Raises NotYet for anything else."""
    allowed = ", ".join(choices)
    if not isinstance(answer, str):
        raise NotYet(
            f"Answer with one letter in quotes ({allowed}); "
            f"you gave {values.described(answer)}."
        )
    for letter in choices:
        if answer.strip().upper() == letter.upper():
            return letter
    raise NotYet(f"Choose one of {allowed}; you gave {values.short(answer)}.")


def _answered(item: Any) -> bool:
    blank = isinstance(item, str) and item.strip() in ("", "-")
    return not (item is None or item is ... or blank)


def _choices_markdown(choices: Mapping[str, str]) -> str:
    return "\n".join(f"- **{letter}** {say(text)}" for letter, text in choices.items())
