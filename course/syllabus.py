"""The graph of concepts: which lesson teaches a term, which use it, what follows.

A lesson stands on the lessons that teach what it uses. Planned lessons count, so that
the whole road is checked before it is written.
"""

from collections.abc import Iterator

from course import contract
from course.concepts import concepts
from course.contract import Contract
from course.errors import CourseError

EVERYTHING = "everything"


def taught_in() -> dict[str, Contract]:
    """Concept -> the lesson that teaches it, in the order of teaching."""
    return {
        concept: lesson
        for lesson in contract.syllabus().values()
        for concept in lesson.teaches
    }


def used_in(concept: str) -> list[Contract]:
    """The lessons that use a concept, in order."""
    return [item for item in contract.syllabus().values() if concept in item.uses]


def recalled_in(concept: str) -> list[Contract]:
    """The written lessons after the one that teaches a concept, with a warm-up."""
    order = list(contract.contracts().values())
    teacher = taught_in()[concept]
    if teacher not in order:
        return []
    after = order[order.index(teacher) + 1 :]
    return [lesson for lesson in after if lesson.warms_up()]


def problems() -> Iterator[str]:
    """What is wrong with the graph, one sentence each."""
    known, taught = concepts(), {}
    for lesson in contract.syllabus().values():
        for concept in lesson.uses:
            if concept not in taught:
                yield f"{lesson.id} uses {concept!r}, which no lesson before it teaches"
            elif taught[concept].elective and not lesson.elective:
                yield f"{lesson.id} uses {concept!r}, which only an elective teaches"
        for concept in lesson.teaches:
            if concept in taught:
                first = taught[concept].id
                yield f"{lesson.id} teaches {concept!r}, which {first} has taught"
            taught.setdefault(concept, lesson)
    for concept in known.keys() - taught.keys():
        yield f"no lesson teaches {concept!r}"
    if list(known) != list(taught):
        yield "concepts.toml is not in the order in which lessons teach"
    written = list(contract.contracts().values())
    for lesson in written[:-1]:
        for concept in lesson.teaches:
            if not recalled_in(concept):
                yield f"{concept!r}, taught in {lesson.id}, is never recalled"


def stands_on(lesson: Contract) -> list[Contract]:
    """The lessons that teach what a lesson uses, directly, in order."""
    teachers = taught_in()
    ids = {teachers[concept].id for concept in lesson.uses}
    return [item for item in contract.syllabus().values() if item.id in ids]


def paths_named() -> dict[str, list[str]]:
    """Path -> the weeks that it leads to, in order; `everything` leads to all."""
    named: dict[str, list[str]] = {}
    for week, path in contract.week_paths().items():
        if path:
            named.setdefault(path, []).append(week)
    return named | {EVERYTHING: list(contract.week_paths())}


def path(name: str) -> list[Contract]:
    """The lessons of a path in order: those of its weeks, and all that they stand on.

    Electives are on no path but `everything`. Raises CourseError for an unknown path.
    """
    named = paths_named()
    if name not in named:
        raise CourseError(
            f"There is no path {name!r}; the paths are {', '.join(named)}."
        )
    lessons = contract.syllabus().values()
    if name == EVERYTHING:
        return list(lessons)
    wanted = {item.id for item in lessons if item.week in named[name]}
    wanted -= {item.id for item in lessons if item.elective}
    wanted |= {next(iter(lessons)).id}  # everyone starts at the start
    for lesson in reversed(list(lessons)):  # what it stands on comes before it
        if lesson.id in wanted:
            wanted |= {item.id for item in stands_on(lesson)}
    return [item for item in lessons if item.id in wanted]
