"""What was taught comes back: warm-ups in lessons, and `course review`.

What is due depends on the lessons that were finished and on the answers so far, both
kept in the one file of progress. A run of the course's own tests depends on neither.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from course import contract, panel, syllabus
from course.concepts import LETTERS, Concept, Question, concepts
from course.contract import Contract
from course.exercises import progress
from course.recall.round import Round, feedback
from course.recall.schedule import Answer, due, pick, timetable

REVIEW = "review"
ROUND = 10  # questions in a review
_open_review: list[Round] = []  # what this kernel's review() asks, until it is answered


def finished(lesson: str, tier: str) -> None:
    """Note that a lesson's end was reached: its concepts are due from tomorrow on."""
    if lesson not in {name for _, name, *_ in progress.rows("lesson")}:
        progress.record(lesson, "bill", "lesson", "finished", "", tier)


def warm_up(lesson: Contract, recorded: bool) -> Round:
    """Three questions: the last lesson, the last week, one that is due.

    Fewer where nothing came before. With `recorded` the choice is kept, so that the
    answers in a learner's cell go on belonging to the questions; without, it depends
    on the lesson alone.
    """
    kept = _kept(lesson) if recorded else None
    if kept is None:
        answers = _answers() if recorded else []
        waiting = due(_learnt(), answers, date.today()) if recorded else []
        keys = pick(pools(lesson, waiting), set(lesson.uses), lesson.id)
        asked = [(key, _turn(key, answers)) for key in keys]
        if recorded and asked:
            told = " ".join(f"{key}:{number}" for key, number in asked)
            progress.record(lesson.id, "asked", "warm-up", "asked", told, "")
        kept = asked
    pairs = tuple((concepts()[key], concepts()[key].questions[n]) for key, n in kept)
    return Round("Warm-up", pairs)


def pools(lesson: Contract, waiting: list[str]) -> list[list[str]]:
    """What each of the three questions of a warm-up may be about."""
    order = list(contract.contracts().values())
    before = order[: order.index(lesson)]
    if not before:
        return []
    weeks = [item.week for item in before if item.week != lesson.week]
    last_week = [c for item in before if item.week in weeks[-1:] for c in item.teaches]
    every = [concept for item in before for concept in item.teaches]
    return [list(before[-1].teaches), last_week, waiting[:1] or every]


def note(asked: Round, answers: str, where: str, tier: str) -> None:
    """Record the answers to a round that can be read."""
    results, _ = asked.grade(answers)
    for (concept, question), result in zip(asked.asked, results, strict=True):
        if result is not None:
            name = f"{concept.key}:{concept.questions.index(question)}"
            status = "passed" if result else "not yet"
            progress.record(where, name, "recall", status, "", tier)


def review(answers: str = "") -> None:
    """Ten questions that are due, in a notebook: run it, then again with your letters.

    For a terminal there is `course review`.
    """
    if not _open_review:
        following = next_round()
        if isinstance(following, str):
            panel.show(panel.note(following))
            return
        _open_review.append(following)
    asked = _open_review[0]
    panel.show(asked.shown(answers))
    results, _ = asked.grade(answers)
    if None not in results:
        note(asked, answers, REVIEW, "")
        _open_review.clear()


def next_round() -> Round | str:
    """The questions of a review, or a sentence on why there is none now."""
    learnt, answers = _learnt(), _answers()
    if not learnt:
        return (
            "There is nothing to review yet: a lesson counts once you have run its "
            "last cell, the bill."
        )
    waiting = due(learnt, answers, date.today())[:ROUND]
    if not waiting:
        day = timetable(learnt, answers)[0][0]
        return f"Nothing is due today. The next question comes on {day:%d %B %Y}."
    pairs = tuple(
        (concepts()[key], concepts()[key].questions[_turn(key, answers)])
        for key in waiting
    )
    return Round("Review", pairs)


def in_terminal(read: Callable[[str], str] = input, write=print) -> None:
    """`course review`: one question after the other; a stop keeps what was answered."""
    following = next_round()
    if isinstance(following, str):
        write(following)
        return
    write(f"{len(following.asked)} questions. A letter each; Enter leaves one open.")
    right = made = 0
    for number, (concept, question) in enumerate(following.asked, 1):
        write(f"\n{number}. {question.ask}")
        for line in feedback(question, None):
            write(f"   {line}")
        result = _prompt(concept, question, read, write)
        if result is None:
            continue
        made, right = made + 1, right + result
        for line in feedback(question, result):
            write(f"   {line}")
    write(f"\n{right} of {made} right.")


def _prompt(concept: Concept, question: Question, read, write) -> bool | None:
    one = Round("", ((concept, question),))
    while True:
        try:
            letter = read("   > ").strip()
        except EOFError:
            return None
        (result,), problem = one.grade(letter)
        if not problem:
            note(one, letter, REVIEW, "")
            return result
        write(f"   Answer with {', '.join(LETTERS)}, or Enter to leave it open.")


def _learnt() -> Mapping[str, date]:
    """Concept -> the day on which the lesson that teaches it was finished."""
    days: dict[str, date] = {}
    for time, lesson, *_ in progress.rows("lesson"):
        days.setdefault(lesson, _day(time))
    return {
        concept: days[lesson.id]
        for concept, lesson in syllabus.taught_in().items()
        if lesson.id in days
    }


def _answers() -> list[Answer]:
    """Every recall answer so far, of concepts that the course still has."""
    return [
        Answer(name.split(":")[0], status == "passed", _day(time))
        for time, _, name, status, _ in progress.rows("recall")
        if name.split(":")[0] in concepts()
    ]


def _turn(key: str, answers: list[Answer]) -> int:
    """Which of a concept's questions comes next: they take turns."""
    asked = len({answer.day for answer in answers if answer.concept == key})
    return asked % len(concepts()[key].questions)


def _kept(lesson: Contract) -> list[tuple[str, int]] | None:
    """The questions that this lesson's warm-up asked before, if all are still there."""
    rows = [told for _, name, *_, told in progress.rows("warm-up") if name == lesson.id]
    if not rows:
        return None
    asked = [entry.partition(":") for entry in rows[-1].split()]
    pairs = [(key, int(number)) for key, _, number in asked]
    known = concepts()
    fits = all(key in known and n < len(known[key].questions) for key, n in pairs)
    return pairs if fits else None


def _day(time: str) -> date:
    """The learner's own day of a recorded time (UTC, ISO)."""
    return datetime.fromisoformat(time).astimezone().date()
