"""What was answered, and when: one SQLite file in .course/, which never leaves it.

A rollback journal and a busy timeout, because classrooms have network drives. Trouble
with the file never stops a lesson: one sentence on stderr says what was not recorded.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from course import paths

SCHEMA = 1
BEST_FIRST = ("passed", "not yet", "raised")
# Rows of the one table that are no exercises: course/recall and lessons write them.
OTHER_KINDS = ("lesson", "warm-up", "recall", "prediction")

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_said: set[str] = set()


@dataclass(frozen=True)
class Entry:
    """One exercise: its best status, how often it was answered, when last (UTC)."""

    best: str
    attempts: int
    last: str


class _Unusable(Exception):
    """The file cannot be used; the text says why."""


class _Damaged(Exception):
    """The file is not a sound database."""


def file() -> Path:
    """Where progress is kept."""
    return paths.state() / "progress.sqlite3"


def record(
    lesson: str, exercise: str, kind: str, status: str, message: str, tier: str
) -> bool:
    """Add one answer; False (and one sentence) where it could not be recorded."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = (now, lesson, exercise, kind, status, message, tier)
    try:
        with _database(create=True) as database:
            database.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    except _Unusable as reason:
        _say(f"Progress is not recorded: {reason}")
        return False
    return True


def attempts(lesson: str, exercise: str) -> int:
    """How many answers to this exercise were recorded."""
    entry = table().get(lesson, {}).get(exercise)
    return entry.attempts if entry else 0


def table() -> dict[str, dict[str, Entry]]:
    """All progress: {lesson: {exercise: Entry}}, empty where nothing can be read."""
    try:
        with _database(create=False) as database:
            rows = database.execute(
                "SELECT lesson, exercise, status, COUNT(*), MAX(time) FROM answers"
                " WHERE kind NOT IN (?, ?, ?, ?)"
                " GROUP BY lesson, exercise, status ORDER BY lesson, MIN(time)",
                OTHER_KINDS,
            ).fetchall()
    except FileNotFoundError:
        return {}
    except _Unusable as reason:
        _say(f"Progress cannot be read: {reason}")
        return {}
    result: dict[str, dict[str, Entry]] = {}
    for lesson, exercise, status, count, last in rows:
        entries = result.setdefault(lesson, {})
        if exercise in entries:
            old = entries[exercise]
            status = min(status, old.best, key=_rank)
            count, last = count + old.attempts, max(last, old.last)
        entries[exercise] = Entry(status, count, last)
    return result


def rows(kind: str) -> list[tuple[str, str, str, str, str]]:
    """(time, lesson, name, status, message) of one kind of row, the oldest first."""
    try:
        with _database(create=False) as database:
            return database.execute(
                "SELECT time, lesson, exercise, status, message FROM answers"
                " WHERE kind = ? ORDER BY time, rowid",
                (kind,),
            ).fetchall()
    except FileNotFoundError:
        return []
    except _Unusable as reason:
        _say(f"Progress cannot be read: {reason}")
        return []


def _rank(status: str) -> int:
    """Best first; a status of another version of the course comes last."""
    return BEST_FIRST.index(status) if status in BEST_FIRST else len(BEST_FIRST)


@contextmanager
def _database(create: bool) -> Iterator[sqlite3.Connection]:
    """One transaction on the file; a damaged file is moved aside first.

    Raises FileNotFoundError (with create=False) and _Unusable.
    """
    path = file()
    if not create and not path.exists():
        raise FileNotFoundError(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = _open(path)
    except (OSError, sqlite3.Error) as error:
        raise _Unusable(f"{path} cannot be used ({error}).") from error
    try:
        yield database
        database.execute("COMMIT")
    except sqlite3.Error as error:
        raise _Unusable(f"{path} cannot be used ({error}).") from error
    finally:
        database.close()  # rolls back what was not committed


def _open(path: Path) -> sqlite3.Connection:
    if database := _sound(path):
        return database
    # Of two kernels that find the damage, the second takes the new file of the first.
    with FileLock(path.with_name(f"{path.name}.lock"), timeout=5):
        if database := _sound(path):
            return database
        now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        aside = path.with_name(f"{path.name}.damaged-{now}")
        os.replace(path, aside)
        _say(f"{path} was damaged. It is now {aside.name}, and progress starts anew.")
        return _begin(path)


def _sound(path: Path) -> sqlite3.Connection | None:
    """A transaction on the file; None where it is damaged."""
    try:
        return _begin(path)
    except _Damaged:
        return None
    except sqlite3.DatabaseError as error:
        # The low byte is the plain code; the rest says more about it.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            return None
        raise


def _begin(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("BEGIN IMMEDIATE")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise _Unusable(
                f"{path} was written by a newer version of the course; "
                "`course update` brings that version here."
            )
        if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _Damaged
        database.execute(
            "CREATE TABLE IF NOT EXISTS answers (time TEXT, lesson TEXT,"
            " exercise TEXT, kind TEXT, status TEXT, message TEXT, tier TEXT)"
        )
        database.execute(f"PRAGMA user_version = {SCHEMA}")
    except BaseException:
        database.close()
        raise
    return database


def _say(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        print(sentence, file=sys.stderr)
