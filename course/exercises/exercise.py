"""What all kinds of exercise share: grade, check, hint, solution, use."""

import difflib
import hashlib
import importlib.util
import inspect
import linecache
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.exercises import progress
from course.exercises.checks import CALL_NOTE, NotYet
from course.exercises.display import boxed
from course.exercises.frames import Line, learner_line, origin, raised_by_learner
from course.exercises.limits import TimeLimit, limited
from course.language import say
from course.panel import Shown, show

OUTPUT_CHARS = 1000  # of what the answer prints
OUTPUT_LINES = 8  # of these, shown in the outcome
_LABELS = {
    "passed": "Passed",
    "not yet": "Not yet",
    "raised": "Your code raised an error",
    "not attempted": "Not attempted yet",
}


@dataclass(frozen=True)
class Outcome:
    """How one answer was graded.

    `status` is "passed", "not yet", "raised" or "not attempted"; `line` the learner's
    line that an error came from; `call` the call that led there; `output` the start
    of what the answer printed; `details` further sentences.
    """

    status: str
    message: str
    line: Line | None = None
    call: str = ""
    output: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a kind of exercise says of a right answer."""

    message: str
    details: tuple[str, ...] = ()


class NotAttempted(Exception):
    """The answer is still the stub; the text says what to do."""


class Refused(NotYet):
    """NotYet with further sentences."""

    def __init__(self, message: str, details: Iterable[str]):
        super().__init__(message)
        self.details = tuple(details)


@dataclass
class Session:
    """What this kernel remembers of one exercise, however often it is loaded."""

    hints: int = 0
    attempts: int = 0
    answer: Any = None
    outcome: Outcome | None = None
    failure: str = ""


_sessions: dict[tuple[str, str], Session] = {}


class Exercise:
    """One exercise. Kinds define `judge`, `reference` and the rest of this list.

    `difficulty` is 1 to 3, `minutes` what a learner needs, `hints` go from a nudge
    to nearly the answer, `seconds` is the time limit of one check. Raises CourseError
    where a definition is wrong.
    """

    kind = ""
    blank = "Give your answer, then run this cell again."

    def __init__(
        self,
        *,
        title: str,
        difficulty: int,
        minutes: float,
        hints: Sequence[str],
        seconds: float = 10,
    ):
        self.title = title
        self.difficulty = difficulty
        self.minutes = minutes
        self.hints = tuple(hints)
        self.seconds = seconds
        self.name = self.lesson = self.tier = ""
        self.path: Path | None = None
        # Set by the lesson: called with the name and the outcome of each check.
        self.on_outcome: Callable[[str, Outcome], None] | None = None
        self._session = Session()
        self.demand(difficulty in (1, 2, 3), "difficulty must be 1, 2 or 3")
        self.demand(isinstance(hints, list | tuple), "hints must be a list")
        self.demand(self.has_enough_hints(), "two or three hints are needed")

    # What a kind defines.

    def judge(self, answer: Any) -> Verdict:
        """Accept a right answer; raise NotYet or NotAttempted for any other."""
        raise NotImplementedError

    @property
    def reference(self) -> Any:
        """The answer that the lesson goes on with where the learner's did not pass."""
        raise NotImplementedError

    def right_answers(self) -> list[tuple[str, Any]]:
        """(label, answer) of every answer that must pass."""
        raise NotImplementedError

    def wrong_answers(self) -> list[tuple[str, Any, str]]:
        """(label, answer, fragment of the message that it must get)."""
        raise NotImplementedError

    def solution_text(self) -> tuple[str, str]:
        """The solution as (text, code); either may be empty."""
        raise NotImplementedError

    def choices_markdown(self) -> str:
        """What there is to choose from or to order, or ""."""
        return ""

    def is_foreign(self, answer: Any) -> bool:
        """Whether an answer that did not pass is meant for another exercise."""
        return inspect.isroutine(answer)

    def has_enough_hints(self) -> bool:
        """Whether the number of hints is right for this kind."""
        return len(self.hints) in (2, 3)

    # What a learner calls.

    def check(self, answer: Any = None) -> None:
        """Grade an answer, show the outcome and record it. Never raises."""
        try:
            outcome = self.grade(answer)
        except KeyboardInterrupt:
            self._note("Stopped. Nothing was recorded.")
            return
        session = self._session
        failed = outcome.status in ("not yet", "raised")
        again = failed and self.hints and outcome.message == session.failure
        session.failure = outcome.message if failed else ""
        session.answer, session.outcome = answer, outcome
        show(self._panel(outcome, stuck=again))
        if outcome.status != "not attempted":
            session.attempts += 1
            progress.record(
                self.lesson,
                self.name,
                self.kind,
                outcome.status,
                outcome.message,
                self.tier,
            )
        if self.on_outcome is not None:
            self.on_outcome(self.name, outcome)

    def grade(self, answer: Any) -> Outcome:
        """Grade an answer; show and record nothing.

        Raises KeyboardInterrupt only: whatever else the answer does is an outcome.
        """
        if answer is None or answer is ...:
            return Outcome("not attempted", self.blank)
        ran = limited(lambda: self.judge(answer), self.seconds, OUTPUT_CHARS)
        if isinstance(ran.error, KeyboardInterrupt):
            raise KeyboardInterrupt
        if ran.error is not None:
            return self._failure(ran.error, ran.output)
        return Outcome(
            "passed", ran.value.message, output=ran.output, details=ran.value.details
        )

    def hint(self, number: int | None = None) -> None:
        """Show the next hint, or the one with this number; the last one repeats."""
        count = len(self.hints)
        if not count:
            self._note("This exercise has no hints.")
            return
        if number is None:
            number = min(self._session.hints + 1, count)
        if not isinstance(number, int) or number not in range(1, count + 1):
            self._note(f"There are {count} hints: `ex.hint(1)` to `ex.hint({count})`.")
            return
        repeated = number == count == self._session.hints
        self._session.hints = max(self._session.hints, number)
        label = f"Hint {number} of {count}"
        body = (self.hints[number - 1],)
        if repeated:
            body += ("That was the last one: `ex.solution()` shows a solution.",)
        show(boxed("note", label, self.title, body))

    def solution(self, force: bool = False) -> None:
        """Show the solution: after one attempt, or with `force=True`."""
        if not force and not self._tried():
            self._note(
                "The solution shows after one attempt. Run `ex.check(...)` with yours, "
                "or `ex.solution(force=True)` to see it now."
            )
            return
        text, code = self.solution_text()
        body = (text,) if text else ()
        show(boxed("note", "One solution", self.title, body, code))

    def use(self, answer: Any = None) -> Any:
        """The answer itself if it passes, else the reference, said aloud.

        Another exercise's function comes back untouched: where cells run out of order,
        `ex` may be a later exercise than this cell means.
        """
        if self.accepted(answer):
            return answer
        if self.is_foreign(answer):
            self._note(
                f"`ex` is “{self.title}” now, and this answer belongs to another "
                "exercise. Run that one's own cell first, then this cell again."
            )
            return answer
        self._note(self.substitute())
        return self.reference

    def accepted(self, answer: Any) -> bool:
        """Whether this answer passed, or passes now."""
        session = self._session
        # A function stays what was graded; a list may have been changed since.
        if callable(answer) and session.outcome and session.answer is answer:
            return session.outcome.status == "passed"
        try:
            return self.grade(answer).status == "passed"
        except KeyboardInterrupt:
            return False

    def substitute(self) -> str:
        """What `use` says when it returns the reference."""
        return "The lesson goes on with the reference answer, not with yours."

    # What `course build` and `load_exercise` call.

    def header_markdown(self) -> str:
        """The line above an exercise: difficulty and minutes."""
        dots = "●" * self.difficulty + "○" * (3 - self.difficulty)
        unit = "minute" if self.minutes == 1 else "minutes"
        return f"difficulty {dots} · about {self.minutes:g} {unit}"

    def bind(self, name: str, lesson: str, tier: str, path: Path) -> None:
        """Tell the exercise where it belongs, and what this kernel knows of it."""
        self.name, self.lesson, self.tier, self.path = name, lesson, tier, path
        self._session = _sessions.setdefault((lesson, name), Session())

    def demand(self, condition: bool, message: str) -> None:
        """Refuse a wrong definition. Raises CourseError."""
        if not condition:
            raise CourseError(f'Exercise "{self.title}": {message}.')

    def _failure(self, error: BaseException, output: str) -> Outcome:
        if isinstance(error, NotAttempted):
            return Outcome("not attempted", str(error))
        if isinstance(error, NotYet):
            details = error.details if isinstance(error, Refused) else ()
            return Outcome("not yet", str(error), output=output, details=details)
        if isinstance(error, NotImplementedError) and raised_by_learner(
            error, self.path
        ):
            return Outcome("not attempted", self.blank)
        if isinstance(error, TimeLimit):
            error = origin(error, self.path)
        line, call = learner_line(error, self.path), _call_note(error)
        if line is None and not call and not isinstance(error, TimeLimit):
            # It was the check that stumbled, over what the answer gave it.
            message = (
                "The check could not make sense of what you gave or returned "
                f"({self._error_message(error)}). Look at its type and its shape."
            )
            return Outcome("not yet", message, output=output)
        status = "not yet" if isinstance(error, TimeLimit) else "raised"
        return Outcome(status, self._error_message(error), line, call, output)

    def _error_message(self, error: BaseException) -> str:
        if isinstance(error, TimeLimit):
            return (
                f"Your code was still running after {self.seconds:g} s, so it was "
                "stopped. Is there a loop that never ends, or one that could be "
                "an operation on whole arrays?"
            )
        if isinstance(error, RecursionError):
            return (
                "RecursionError: a function called itself too often. Which is the base "
                "case that ends it, and is it ever reached?"
            )
        try:
            text = str(error)
        except Exception:
            text = ""
        name = type(error).__name__
        return f"{name}: {text}" if text else name

    def _panel(self, outcome: Outcome, stuck: bool) -> Shown:
        body = [outcome.message, *outcome.details]
        code = ""
        if outcome.line:
            where = f"This was line {outcome.line.number} of your code"
            if outcome.line.function != "<module>":
                where += f", in `{outcome.line.function}`"
            code = outcome.line.source
            body.append(where + (":" if code else "."))
        if stuck:
            body.insert(1, self._offer())
        if outcome.call:
            body.insert(1, f"It was called as `{outcome.call}`.")
        if outcome.output.strip():
            lines = outcome.output.strip().splitlines()
            if len(lines) > OUTPUT_LINES:
                lines = [*lines[:OUTPUT_LINES], say("… and more")]
            printed = say("It printed:")
            code = "\n".join([*([code, ""] if code else []), printed, *lines])
        label = _LABELS[outcome.status]
        return boxed(outcome.status, label, self.title, tuple(body), code)

    def _offer(self) -> str:
        following = self._session.hints + 1
        count = len(self.hints)
        if following <= count:
            return f"Stuck? `ex.hint()` shows hint {following} of {count}."
        return "Stuck? `ex.solution()` shows one solution."

    def _tried(self) -> bool:
        return (
            self._session.attempts > 0 or progress.attempts(self.lesson, self.name) > 0
        )

    def _note(self, text: str) -> None:
        show(boxed("note", "Note", self.title, (text,)))


def load_exercise(path: Path, lesson: str, tier: str) -> Exercise:
    """The exercise defined as `exercise = …` in the file `path`.

    Raises CourseError where there is no such file (with the nearest names), or the
    file is wrong.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise CourseError(_missing(path, lesson))
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"course_exercise_{digest}_{path.stem}"
    linecache.checkcache(str(path))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where inspect finds the source of a class
    try:
        spec.loader.exec_module(module)
    except CourseError:
        raise
    except Exception as error:
        raise CourseError(
            f"The exercise file {path} cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
    exercise = getattr(module, "exercise", None)
    if not isinstance(exercise, Exercise):
        raise CourseError(f"{path} must define `exercise = Code(...)` or another kind.")
    exercise.bind(path.stem, lesson, tier, path)
    return exercise


def _missing(path: Path, lesson: str) -> str:
    names = sorted(file.stem for file in path.parent.glob("[!_]*.py"))
    near = difflib.get_close_matches(path.stem, names) or names
    message = f"{lesson} has no exercise named {path.stem!r}."
    return f"{message} Did you mean {', '.join(near)}?" if near else message


def _call_note(error: BaseException) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, str) and note.startswith(CALL_NOTE):
            return note.removeprefix(CALL_NOTE)
    return ""
