"""A lesson in another language: other Markdown cells, over the same code cells.

`source/NAME.LANGUAGE.md` holds the Markdown cells in order. Each begins with a line
`+++ 1a2b3c4d`, the fingerprint of the English cell that it translates, so that a
translation which has fallen behind is found.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from course.contract import Contract
from course.errors import CourseError

CELL = re.compile(r"^\+\+\+ ?([0-9a-f]*) *\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One translated cell, and the fingerprint of the English one it was made from."""

    of: str
    text: str


def read(lesson: Contract, language: str) -> list[Cell]:
    """The translated cells in order. Raises CourseError where the file has none."""
    path = lesson.translation(language)
    pieces = CELL.split(path.read_text(encoding="utf-8"))
    cells = [
        Cell(of, text.strip())
        for of, text in zip(pieces[1::2], pieces[2::2], strict=True)
    ]
    if not cells or pieces[0].strip():
        raise CourseError(f"{path.name} must begin with a line such as +++ 1a2b3c4d.")
    return cells


def apply(lesson: Contract, language: str, markdown: list[NotebookNode]) -> None:
    """Put the translations in place of the English Markdown cells.

    Raises CourseError where their numbers differ.
    """
    cells = read(lesson, language)
    if len(cells) != len(markdown):
        raise CourseError(
            f"{lesson.translation(language).name} has {len(cells)} cells, the lesson "
            f"has {len(markdown)} Markdown cells: add or remove what differs."
        )
    for cell, translated in zip(markdown, cells, strict=True):
        cell.source = translated.text


def behind(
    lesson: Contract, language: str, markdown: list[NotebookNode]
) -> Iterator[str]:
    """Each translated cell whose English original has changed since."""
    for cell, translated in zip(markdown, read(lesson, language), strict=False):
        if translated.of != fingerprint(cell.source):
            first = cell.source.strip().splitlines()[0][:50]
            yield (
                f"{lesson.translation(language).name}: the cell “{first}” has changed; "
                f"bring its translation up to date and mark it +++ "
                f"{fingerprint(cell.source)}"
            )


def fingerprint(source: str) -> str:
    """Of a Markdown cell's English text."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:8]
