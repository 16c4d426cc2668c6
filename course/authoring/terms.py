"""Rules of the linter on terms: listed in the contract, and defined where taught."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from course.concepts import concepts
from course.contract import Contract


def terms_listed(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    """A concept's term in the prose is in `teaches` or `uses`."""
    prose = " ".join(_prose(notebook))
    listed = {*lesson.teaches, *lesson.uses}
    for key, (start, end) in _found(prose).items():
        if key not in listed:
            around = prose[max(0, start - 20) : end + 20]
            yield (
                f"the term {key!r} is in the prose (…{around.strip()}…), and in "
                "neither 'teaches' nor 'uses'"
            )


def terms_defined(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    """A term stands in italics where it is first taught."""
    prose = " ".join(_prose(notebook))
    italics = re.findall(r"(?<![*\w])\*(?!\*)([^*]+?)\*(?![*\w])", prose)
    for key in lesson.teaches:
        pattern = concepts()[key].pattern
        if not any(pattern.fullmatch(text.strip()) for text in italics):
            yield f"the term {concepts()[key].name!r} is taught, and nowhere in italics"


def _found(prose: str) -> dict[str, tuple[int, int]]:
    """Concept -> where its term stands first, as itself and not inside a longer term."""
    places = [
        (key, match.span())
        for key, concept in concepts().items()
        for match in concept.pattern.finditer(prose)
    ]
    spans = {span for _, span in places}
    found: dict[str, tuple[int, int]] = {}
    for key, (start, end) in places:
        inside = any(
            a <= start and end <= b and (a, b) != (start, end) for a, b in spans
        )
        if not inside:
            found.setdefault(key, (start, end))
    return found


def _prose(notebook: NotebookNode) -> Iterator[str]:
    """Markdown without code, formulas, addresses and the links to other lessons."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or cell.source.startswith("---\n"):
            continue
        text = re.sub(
            r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", " ", cell.source, flags=re.S
        )
        text = re.sub(r"\]\([^)]*\)", "]", text)
        yield " ".join(text.split())
