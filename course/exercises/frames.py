"""Which line of the learner's own code an exception comes from."""

import linecache
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path

from course import paths

_LIBRARIES = tuple(
    sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")
)


@dataclass(frozen=True)
class Line:
    """A line of a cell or file: its number from 1, its text and its function."""

    number: int
    source: str
    function: str


def learner_line(error: BaseException, author: Path | None) -> Line | None:
    """The last line of the learner's own code that `error` passed through.

    `author` is the exercise's file, whose frames are not the learner's.
    """
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        if _is_learners(frame.f_code.co_filename, author):
            source = linecache.getline(frame.f_code.co_filename, number).strip()
            return Line(number, source, frame.f_code.co_name)
    return None


def origin(error: BaseException, author: Path | None) -> BaseException:
    """`error`, or the exception behind it that came from the learner's own code.

    A stop that insists may be followed by another in the course's own handlers.
    """
    found: BaseException | None = error
    while found is not None:
        if learner_line(found, author):
            return found
        found = found.__context__
    return error


def raised_by_learner(error: BaseException, author: Path | None) -> bool:
    """Whether the `raise` itself stands in the learner's own code."""
    frames = list(traceback.walk_tb(error.__traceback__))
    return bool(frames) and _is_learners(frames[-1][0].f_code.co_filename, author)


def _is_learners(filename: str, author: Path | None) -> bool:
    if filename.startswith("<"):  # "<string>" is code that a library generated
        return filename.startswith(("<ipython-input", "<stdin>"))
    path = Path(filename)
    return not (
        filename == str(author)
        or path.is_relative_to(paths.PACKAGE)
        or any(path.is_relative_to(library) for library in _LIBRARIES)
        or {"site-packages", "dist-packages"} & set(path.parts)
    )
