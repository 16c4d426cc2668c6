"""Files that an author writes in TOML: read, and refused with file and line."""

import difflib
import re
import tomllib
from pathlib import Path

from course.errors import CourseError


def read(path: Path) -> dict:
    """The file's content. Raises CourseError if it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not valid TOML: {error}.") from error


def known(
    path: Path, table: dict, names: set[str], lesson: str, after: str = ""
) -> None:
    """Raise CourseError if `table` is none, or has a key that is not in `names`."""
    if not isinstance(table, dict):
        raise refusal(path, after or lesson or "week", "a table is needed", lesson)
    for key in table:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise refusal(path, key, f"unknown key {key!r}{hint}", lesson, after)


def refusal(
    path: Path, word: str, problem: str, lesson: str = "", after: str = ""
) -> CourseError:
    """A CourseError that points at the line on which `word` stands.

    Looked for from the lesson's own line on, and below the heading of its table whose
    last word is `after` (a tier, a variant).
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    line = 0
    headings = [rf'"{re.escape(lesson)}"'] if lesson else []
    headings += [rf"[.]{re.escape(after)}[].]"] if after else []
    for pattern in [*headings, rf"(?<!\w){re.escape(word)}(?!\w)"]:
        found = (i for i in range(line, len(lines)) if re.search(pattern, lines[i]))
        line = next(found, line)
    where = f" (lesson {lesson})" if lesson else ""
    return CourseError(f"{path.name}, line {line + 1}{where}: {problem}. File: {path}")
