"""When a concept is due: 1, 3, 7 and 21 days apart, as long as answers are right.

Pure functions of what was learnt and answered, so that a month can be played in a test.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

INTERVALS = (1, 3, 7, 21)  # days until a concept is asked again


@dataclass(frozen=True)
class Answer:
    """One recall question, answered on a day."""

    concept: str
    right: bool
    day: date


def due_on(learnt: date, answers: Sequence[Answer]) -> date:
    """The day on which a concept is due, by the answers to it in order of time.

    The first answer of a day counts, since after it the right one is known. A wrong
    answer starts the intervals again.
    """
    first = {}
    for answer in answers:
        first.setdefault(answer.day, answer.right)
    streak, last = 0, learnt
    for day, right in first.items():
        streak, last = (streak + 1 if right else 0), day
    return last + timedelta(days=INTERVALS[min(streak, len(INTERVALS) - 1)])


def timetable(
    learnt: Mapping[str, date], answers: Sequence[Answer]
) -> list[tuple[date, str]]:
    """(day, concept) of every concept that was learnt, the longest overdue first.

    `learnt`: concept -> the day on which its lesson was finished, in course order.
    """
    by_concept: dict[str, list[Answer]] = {}
    for answer in answers:
        by_concept.setdefault(answer.concept, []).append(answer)
    days = [
        (due_on(day, by_concept.get(concept, [])), concept)
        for concept, day in learnt.items()
    ]
    return sorted(days, key=lambda entry: entry[0])  # stable: ties keep their order


def due(
    learnt: Mapping[str, date], answers: Sequence[Answer], today: date
) -> list[str]:
    """The concepts that are due, the longest overdue first."""
    return [concept for day, concept in timetable(learnt, answers) if day <= today]


def pick(pools: Sequence[Sequence[str]], prefer: set[str], salt: str) -> list[str]:
    """One concept of each pool, none twice; those in `prefer` come first.

    The rest is decided by a hash of `salt`, never by a clock or by chance.
    """

    def rank(concept: str) -> tuple[bool, str]:
        return concept not in prefer, _hash(salt, concept)

    picked: list[str] = []
    for pool in pools:
        left = [concept for concept in pool if concept not in picked]
        if left:
            picked.append(
                min(left, key=lambda key: (key not in prefer, _hash(salt, key)))
            )
    return picked


def _hash(salt: str, key: str) -> str:
    return hashlib.sha256(f"{salt} {key}".encode()).hexdigest()
