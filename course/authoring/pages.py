"""Pages that follow from contracts and concepts: the glossary, the README's syllabus.

`course build` writes them; `course build --check` says which are stale.
"""

import re
from pathlib import Path

from course import contract, paths, syllabus
from course.authoring.build import notebooks
from course.concepts import concepts
from course.contract import Contract
from course.errors import CourseError
from course.language import ENGLISH, LANGUAGES, current, say, speaking

MARKS = "<!-- syllabus: made by `course build` -->", "<!-- end of the syllabus -->"
HEAD = ("lesson", "minutes", "memory (RAM)", "on a laptop")
GLOSSARY = """\
# Glossary · 詞彙表

Every term that the course teaches, in the order in which it is taught, in English and
in Traditional Chinese. Made by `course build` from [concepts.toml](../concepts.toml).
"""


def write() -> list[str]:
    """Write every generated page that changed; return their names."""
    changed = []
    for path, text in _pages().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path.relative_to(paths.CHECKOUT).as_posix())
    return changed


def stale() -> list[str]:
    """The generated pages that differ from what they would be made to now."""
    return [
        f"{path.name} is stale: run `course build`"
        for path, text in _pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def glossary() -> str:
    """Every concept, lesson by lesson: term, Chinese term, both definitions."""
    known, out = concepts(), [GLOSSARY]
    for week, title in contract.week_titles().items():
        out.append(f"\n## {title}\n")
        lessons = [item for item in contract.syllabus().values() if item.week == week]
        for lesson in filter(lambda item: item.teaches, lessons):
            out.append(f"\n### {_linked(lesson, '../')}\n")
            for key in lesson.teaches:
                concept = known[key]
                also = f" ({', '.join(concept.also)})" if concept.also else ""
                out.append(
                    f"\n**{concept.name}**{also} · **{concept.zh}**<br>\n"
                    f"{concept.definition}<br>\n{concept.definition_zh}\n"
                )
    return "".join(out)


def table() -> str:
    """The syllabus as a Markdown table, in the current language."""
    rows = [f"| {' | '.join(map(say, HEAD))} |", "|---|---|---|---|"]
    for week, title in contract.week_titles().items():
        lessons = [item for item in contract.syllabus().values() if item.week == week]
        rows.append(f"| **`{week}`** {say(title)} | | | |")
        rows += [_row(item) for item in lessons if not item.planned]
        names = " · ".join(say(item.title) for item in lessons if item.planned)
        rows.append(f"| *{say('planned')}*: {names} | | | |" if names else "")
    return "\n".join(filter(None, rows))


def _row(lesson: Contract) -> str:
    seen = contract.measured(lesson.week).get(lesson.name, {}).get("cpu")
    ram = f"{seen['ram_gb']:.1f} GB" if seen else "?"
    seconds = say(f"{seen['seconds']:.0f} seconds") if seen else "?"
    return f"| {_linked(lesson, '')} | {lesson.minutes()} | {ram} | {seconds} |"


def _linked(lesson: Contract, up: str) -> str:
    if lesson.planned:
        return say(lesson.title)
    path = notebooks(lesson).get(current(), lesson.notebook)
    return f"[{say(lesson.title)}]({up}{lesson.week}/{path.name})"


def _pages() -> dict[Path, str]:
    pages = {paths.CHECKOUT / "docs" / "glossary.md": glossary()}
    for language in (ENGLISH, *LANGUAGES):
        suffix = "" if language == ENGLISH else f".{language}"
        path = paths.CHECKOUT / f"README{suffix}.md"
        if path.is_file():
            with speaking(language):
                pages[path] = _filled(path, table())
    return pages


def _filled(path: Path, content: str) -> str:
    """A README with its syllabus put between the marks."""
    text = path.read_text(encoding="utf-8")
    between = re.compile(rf"({re.escape(MARKS[0])}\n).*?({re.escape(MARKS[1])})", re.S)
    if not between.search(text):
        raise CourseError(f"{path.name} lacks the lines {MARKS[0]} and {MARKS[1]}.")
    return between.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)


def concept_card(key: str) -> str:
    """What the course says of one concept. Raises CourseError for an unknown one."""
    known = {concept.name.lower(): concept for concept in concepts().values()}
    known |= concepts()
    concept = known.get(key.lower())
    if concept is None:
        import difflib

        near = difflib.get_close_matches(key.lower(), known, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise CourseError(f"There is no concept {key!r}.{hint}")
    used = ", ".join(item.id for item in syllabus.used_in(concept.key)) or "none yet"
    return "\n".join(
        (
            f"{concept.name} · {concept.zh}",
            f"  {concept.definition}",
            f"  {concept.definition_zh}",
            f"  Often believed, and wrong: {concept.misconception}",
            f"  Taught in: {syllabus.taught_in()[concept.key].id}",
            f"  Used in:   {used}",
        )
    )
