"""One project's page, and how it is kept: JSON, with its figures in a folder beside."""

import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.exercises import GateResult
from course.portfolio import stored

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SaysNothing(CourseError):
    """The page still lacks the learner's own words: the text says which."""


@dataclass(frozen=True)
class Page:
    """What a project's page says.

    `made` and `failures` are the learner's own sentences; `figures` are pairs
    (figure, alt text); `gates`: exercise name -> its result. `bill` has `seconds`,
    `ram_gb` and `vram_gb` (10⁹ bytes; None without a card), `machine` in words, and
    `tier`. `own` names the learner's own data that was used; `date` is as 2026-11-03.
    """

    week: str
    lesson: str
    title: str
    made: str
    failures: Sequence[str]
    figures: Sequence[tuple["Figure", str]]
    gates: dict[str, GateResult]
    bill: dict[str, Any]
    own: Sequence[str]
    date: str


def add(page: Page) -> Path:
    """Write the page in place of the week's last one, which is kept as `.json.bak`.

    Whatever goes wrong, the last page stays whole. Returns the page's file. Raises
    SaysNothing where the learner's words are still blank; CourseError for a figure
    without an alt text, a file in the way that is no page of ours, or a folder that
    cannot be written.
    """
    _check_words(page)
    path = stored.folder() / f"{page.week}.json"
    pictures = [(_png(figure, alt), alt) for figure, alt in _figures(page)]
    content = {
        "schema": stored.SCHEMA,
        "week": page.week,
        "lesson": page.lesson,
        "title": page.title,
        "made": page.made.strip(),
        "failures": [text.strip() for text in page.failures],
        "figures": [
            {"file": _name(picture), "alt": alt.strip()} for picture, alt in pictures
        ],
        "gates": {name: asdict(gate) for name, gate in page.gates.items()},
        "bill": page.bill,
        "own": list(page.own),
        "date": page.date,
    }
    if problem := stored.problem(content):
        raise CourseError(f"This page cannot be kept: {problem}.")
    if path.exists() and isinstance(last := stored.read(path), str):
        raise CourseError(f"{last} Rename it, then run this cell again.")
    try:
        figures = path.with_suffix("")
        figures.mkdir(parents=True, exist_ok=True)
        for picture, _ in pictures:
            write(figures / _name(picture), picture)
        if path.exists():
            write(_backup(path), path.read_bytes())
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write(path, text.encode(errors="surrogatepass"))
    except OSError as error:
        raise CourseError(unwritable(path, error)) from error
    _tidy(path)
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> str:
    """The sentence for a file that could not be written."""
    return (
        f"{path} cannot be written ({error.strerror}): make room, or make the folder "
        "writable, then try again. Your last page is as it was."
    )


def _check_words(page: Page) -> None:
    if not isinstance(page.made, str) or not page.made.strip(" …."):
        raise SaysNothing(
            'Say in a sentence or two what you made: made="A network that reads …".'
        )
    for name in ("failures", "own"):
        words = getattr(page, name)
        listed = isinstance(words, list | tuple)
        if not listed or not all(isinstance(text, str) for text in words):
            raise CourseError(f'{name} is a list of sentences: {name}=["…", "…"].')
    if not any(text.strip(" ….") for text in page.failures):
        raise SaysNothing(
            "A page tells what failed, too: name at least one thing that did not work, "
            'failures=["It takes a 9 for a 4 when …"].'
        )


def _figures(page: Page) -> list[tuple["Figure", str]]:
    """The pairs of figure and alt text. Raises CourseError for anything else."""
    from matplotlib.figure import Figure

    from course import plots

    pairs = list(page.figures) if isinstance(page.figures, list | tuple) else [None]
    for pair in pairs:
        listed = isinstance(pair, list | tuple) and len(pair) == 2
        if not (listed and isinstance(pair[0], Figure) and isinstance(pair[1], str)):
            raise CourseError(
                'figures is a list of pairs: figures=[(figure, "what it shows")], '
                "where figure is matplotlib's."
            )
        if len(pair[1].strip()) < plots.SHORTEST_ALT:
            raise CourseError(
                f"The alt text {pair[1]!r} does not say what the figure shows."
            )
    return pairs


def _png(figure: "Figure", alt: str) -> bytes:
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png", dpi=160)
    except Exception as error:  # whatever the learner has put into it
        raise CourseError(
            f"The figure “{alt.strip()[:50]}” cannot be drawn ({error})."
        ) from error
    return buffer.getvalue()


def _name(picture: bytes) -> str:
    """By content, so that a new figure never overwrites one that a page still shows."""
    return f"{hashlib.sha256(picture).hexdigest()[:16]}.png"


def _backup(path: Path) -> Path:
    return path.with_name(f"{path.name}.bak")


def _tidy(path: Path) -> None:
    """Delete the figures that neither the page nor the one before it shows."""
    pages = [stored.read(file) for file in (path, _backup(path)) if file.exists()]
    if any(isinstance(page, str) for page in pages):
        return
    shown = {figure["file"] for page in pages for figure in page["figures"]}
    for file in path.with_suffix("").glob("*.png"):
        if file.name not in shown and stored.FIGURE.fullmatch(file.name):
            file.unlink(missing_ok=True)
