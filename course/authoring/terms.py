"""Rules of the linter on terms: listed in the contract, and defined where taught."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from course.authoring.build import exercises_of, is_markdown
from course.concepts import concepts
from course.contract import Contract

NO_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)


def terms_listed(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    """A concept's term in the prose is in `teaches` or `uses`."""
    prose = _prose(lesson, notebook)
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
    prose = _prose(lesson, notebook)
    italics = re.findall(r"(?<![*\w])\*(?!\*)([^*]+?)\*(?![*\w])", prose)
    for key in lesson.teaches:
        pattern = concepts()[key].pattern
        if not any(pattern.fullmatch(text.strip()) for text in italics):
            yield f"the term {concepts()[key].name!r} is taught, and nowhere in italics"


def terms_translated(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    """In a translation, the Chinese term of what is taught stands in italics, too."""
    for key in lesson.teaches:
        zh = re.split("[（(]", concepts()[key].zh)[0].strip()
        if not any(f"*{zh}" in cell.source for cell in notebook.cells):
            yield f"the term {zh!r} is taught, and nowhere in italics"


def _found(prose: str) -> dict[str, tuple[int, int]]:
    """Concept -> where its term stands first as itself, not inside a longer term."""
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


def _prose(lesson: Contract, notebook: NotebookNode) -> str:
    """What the author wrote: Markdown without code, formulas, addresses, links to other
    lessons, and the choices of an exercise, which may name what is not known yet.
    """
    choices = [item.choices_markdown() for item in exercises_of(lesson, notebook)]
    texts = []
    for cell in filter(is_markdown, notebook.cells):
        text = "" if cell.source.startswith("---\n") else cell.source
        for listed in filter(None, choices):
            text = text.replace(listed, " ")
        text = re.sub(NO_PROSE, " ", text)
        texts.append(re.sub(r"\]\([^)]*\)", "]", text))
    return " ".join(" ".join(texts).split())
