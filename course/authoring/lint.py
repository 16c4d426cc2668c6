"""The linter for lessons: what the guide for authors asks that a program can see.

Each rule is a function (lesson, notebook) -> problems, one sentence each.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import nbformat
from nbformat import NotebookNode

from course import colab, contract, machine, paths, plots, syllabus
from course.authoring import terms
from course.authoring.build import (
    EXERCISE,
    count_words,
    exercise_names,
    exercises_of,
    is_for_colab,
    is_markdown,
    minutes,
)
from course.contract import Contract

TAGS = {"parameters", "nbval-check-output", "raises-exception", "try", colab.TAG}
# nbval passes a cell with an unknown magic and skips its rest: only these are known.
MAGICS = {"time", "timeit", "matplotlib"}
COLUMNS = 88
LONGEST_CELL = 40
LONG_CELL = 20
LONG_CELLS_SHARE = 0.1
MOST_MINUTES = 90
MOST_EXERCISE_SHARE = 0.45
MOST_WORDS = 600
BANNED = (
    "now we",
    "let's",
    "let’s",
    "as we can see",
    "it is important",
    "powerful",
    "crucial",
    "simply",
)
# What counts as something for the learner to do.
ACTION = re.compile(r"\.(check|predict|warm_up|mine)\(")
PLOT = re.compile(r"\bplt\.(subplots|figure|subplot_mosaic)\(")
# What a project does without.
HELP_HEADING = re.compile(r"\b(hints?|solutions?|steps?)\b", re.IGNORECASE)
HELP_CALL = re.compile(r"\.(hint|solution|use)\(")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


def lint() -> list[str]:
    """Every problem in every lesson, as `lesson: sentence`."""
    problems = []
    for lesson in contract.contracts().values():
        notebook = nbformat.read(lesson.notebook, as_version=4)
        problems += [f"{lesson.id}: {problem}" for problem in check(lesson, notebook)]
        for language in lesson.languages():
            path = lesson.translated_notebook(language)
            notebook = nbformat.read(path, as_version=4)
            found = check_translation(lesson, notebook)
            problems += [f"{path.name}: {problem}" for problem in found]
    return problems + list(unused_exercises()) + list(syllabus.problems())


def check(lesson: Contract, notebook: NotebookNode) -> list[str]:
    """All problems of one lesson."""
    return [problem for rule in RULES for problem in rule(lesson, notebook)]


def check_translation(lesson: Contract, notebook: NotebookNode) -> list[str]:
    """All problems of a lesson's translation, whose code is the lesson's own."""
    rules = [rule for rule in RULES if rule not in ENGLISH_ONLY]
    problems = [problem for rule in rules for problem in rule(lesson, notebook)]
    return problems + list(terms.terms_translated(lesson, notebook))


def opening_cells(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    code = _code(notebook)
    marked = [cell for cell in code if "parameters" in _tags(cell)]
    if [cell.source.strip() for cell in marked] != ["TIER = None"]:
        yield "exactly one cell is tagged `parameters`, and it says TIER = None"
        return
    after = code[code.index(marked[0]) + 1 :]
    call = f'here = lesson("{lesson.id}", tier=TIER)'
    if not after or call not in after[0].source:
        yield f"the cell after the parameters says {call}"
    bills = sum(cell.source.count("here.bill()") for cell in code)
    if bills != 1:
        yield f"here.bill() stands {bills} times, not once"


def tags_and_magics(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for tag in _tags(cell) - TAGS:
            yield f"unknown tag {tag!r} on the cell {_name(cell)}"
    for cell in itertools.filterfalse(is_for_colab, _code(notebook)):
        for line in cell.source.splitlines():
            if line.lstrip().startswith("!"):
                yield f"a shell command in the cell {_name(cell)}: {line.strip()}"
            magic = re.match(r"\s*%%?(\w+)", line)
            if magic and magic[1] not in MAGICS:
                yield f"unknown magic %{magic[1]} in the cell {_name(cell)}"


def cell_length(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    code = _code(notebook)
    lengths = [len(cell.source.splitlines()) for cell in code]
    for cell, length in zip(code, lengths, strict=True):
        if length > LONGEST_CELL:
            yield f"{length} lines in the cell {_name(cell)}, at most {LONGEST_CELL}"
        for line in cell.source.splitlines():
            if len(line) > COLUMNS:
                yield f"a line of {len(line)} columns in the cell {_name(cell)}"
    long = sum(length > LONG_CELL for length in lengths)
    if long > max(2, LONG_CELLS_SHARE * len(code)):
        yield f"{long} of {len(code)} cells have over {LONG_CELL} lines"


def time_budget(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    total = minutes(lesson, notebook)
    if total > MOST_MINUTES:
        yield f"{total} minutes, at most {MOST_MINUTES}: make it two lessons"
    exercises = sum(exercise.minutes for exercise in exercises_of(lesson, notebook))
    if not lesson.project and exercises > MOST_EXERCISE_SHARE * total:
        yield f"exercises take {exercises} of {total} minutes, at most 45 %"


def voice(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    for cell in filter(is_markdown, notebook.cells):
        text = " ".join(cell.source.split())  # a phrase may be broken across lines
        for phrase in BANNED:
            if re.search(rf"\b{re.escape(phrase)}\b", text, re.IGNORECASE):
                yield f"the phrase {phrase!r} in the cell {_name(cell)}"


def accidental_lists(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    """A paragraph whose wrapped line begins with "1)" turns into a list there."""
    for cell in filter(is_markdown, notebook.cells):
        lines = cell.source.splitlines()
        for before, line in zip(lines, lines[1:], strict=False):
            item = r"\s*(\d+[.)]|[-*+])\s"
            if (
                re.match(item, line)
                and before.strip()
                and not re.match(r"\s|" + item, before)
            ):
                yield f"a wrapped line that turns into a list: {line[:50]!r}"


def words_between_actions(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    words = 0
    for cell in notebook.cells:
        if is_markdown(cell):
            words += count_words(cell.source)
        elif ACTION.search(cell.source) or "try" in _tags(cell):
            words = 0
        if words > MOST_WORDS:
            yield f"over {MOST_WORDS} words without an action, up to {_name(cell)}"
            words = 0


def links(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    for cell in filter(is_markdown, notebook.cells):
        if "<img" in cell.source:
            yield f"an <img> in the cell {_name(cell)}: write ![alt text](file)"
        for picture, text, target in re.findall(
            r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", cell.source
        ):
            if picture and len(text) < plots.SHORTEST_ALT:
                yield f"the picture {target} needs a longer alt text"
            if target.startswith("#") or _resolves(lesson.folder, target):
                continue
            yield f"the link {target} in the cell {_name(cell)} leads nowhere"


def used_assets(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    code = "\n".join(cell.source for cell in _code(notebook))
    used = set(re.findall(r"here\.load\(\s*[\"'](\w+)[\"']", code))
    # here.load(settings.model): whatever any tier's settings name there.
    for setting in re.findall(r"here\.load\(\s*(?:here\.)?settings\.(\w+)", code):
        used |= {lesson.terms(tier).settings.get(setting) for tier in machine.TIERS}
    for asset in used ^ set(lesson.assets):
        where = "is not in the contract" if asset in used else "is never loaded"
        yield f"the asset {asset!r} {where}"


def exercises(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    for name, times in Counter(exercise_names(notebook)).items():
        if times > 1:
            yield f"the exercise {name!r} is opened {times} times"
    for cell in _code(notebook):
        if "here.exercise(" in cell.source and ".check(" not in cell.source:
            yield f"the exercise in the cell {_name(cell)} is never checked"
    text = lesson.source.read_text(encoding="utf-8").replace("# <!--", "<!--")
    headed = tuple(EXERCISE.findall(text))
    if headed != exercise_names(notebook):
        yield (
            "each exercise has its line `<!-- exercise: name -->` before it, in order; "
            f"found {list(headed)}, opened are {list(exercise_names(notebook))}"
        )


def project_pages(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    """A project has a goal, room and gates; no other lesson has a gate."""
    kinds = [exercise.kind for exercise in exercises_of(lesson, notebook)]
    if not lesson.project:
        if "gate" in kinds:
            yield "opens a gate, and gates belong to projects (`project = true`)"
        return
    prose = "\n".join(cell.source for cell in notebook.cells if is_markdown(cell))
    sections = re.findall(r"^## (.+)$", prose, re.MULTILINE)
    if [title for title in sections if title in ("Goal", "Gates")] != ["Goal", "Gates"]:
        yield f"a project has the sections Goal and Gates; found are {sections}"
    if kinds.count("gate") < 2:
        yield f"a project has at least two gates, not {kinds.count('gate')}"
    if others := set(kinds) - {"gate"}:
        yield f"a project has gates only, and no exercise of kind {sorted(others)}"
    code = [cell.source for cell in _code(notebook)]
    if not any(_is_free(source) for source in code):
        yield "a project has a code cell for the learner's work: nothing but a comment"
    pages = sum(source.count("here.portfolio(") for source in code)
    if pages != 1:
        yield f"here.portfolio( stands {pages} times, not once"
    for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE):
        if HELP_HEADING.search(heading):
            yield f"a project helps nowhere: the heading {heading!r}"
    for source in code:
        if call := HELP_CALL.search(source):
            yield f"a project helps nowhere: {call[0]}…) in a cell"


def headings(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    levels = []
    for cell in filter(is_markdown, notebook.cells):
        text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
        for marks, title in re.findall(r"^(#{1,6}) (.+)$", text, re.MULTILINE):
            levels.append(len(marks))
            if EMOJI.search(title):
                yield f"an emoji in the heading {title!r}"
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "a lesson starts with its one heading of the first level"
    for before, level in zip(levels, levels[1:], strict=False):
        if level > before + 1:
            yield f"a heading of level {level} follows one of level {before}"


def figures(lesson: Contract, notebook: NotebookNode) -> Iterator[str]:
    # plots.show itself refuses a short alt text, and CI executes every cell.
    for cell in _code(notebook):
        if "plt.show(" in cell.source:
            yield f"plt.show in the cell {_name(cell)}: plots.show takes an alt text"
        if PLOT.search(cell.source) and "plots.show(" not in cell.source:
            yield f"the figure in the cell {_name(cell)} is not shown by plots.show"


def unused_exercises() -> Iterator[str]:
    """Exercises that no lesson of their week opens, or that two lessons open."""
    weeks: dict[Path, Counter] = {}
    for lesson in contract.contracts().values():
        used = weeks.setdefault(lesson.folder, Counter())
        used.update(exercise_names(nbformat.read(lesson.notebook, as_version=4)))
    for folder, used in weeks.items():
        for path in sorted((folder / "exercises").glob("*.py")):
            if used[path.stem] != 1:
                where = path.relative_to(paths.WEEKS)
                yield f"{where} is used {used[path.stem]} times, not once"


RULES = (
    opening_cells,
    tags_and_magics,
    cell_length,
    time_budget,
    voice,
    accidental_lists,
    words_between_actions,
    links,
    used_assets,
    exercises,
    project_pages,
    headings,
    figures,
    terms.terms_listed,
    terms.terms_defined,
)
ENGLISH_ONLY = {voice, terms.terms_listed, terms.terms_defined}


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", ()))


def _is_free(source: str) -> bool:
    """Whether a cell has a comment and nothing else."""
    lines = source.split("\n")
    return bool(source.strip()) and all(re.match(r"\s*(#|$)", line) for line in lines)


def _name(cell: NotebookNode) -> str:
    """A cell is named by its first words: an author can search for them."""
    first = cell.source.strip().splitlines()[0] if cell.source.strip() else "(empty)"
    return f"“{first[:50]}”"


def _resolves(folder: Path, target: str) -> bool:
    url = urlparse(target)
    if url.scheme:
        return url.scheme == "https" and "." in url.netloc
    return (folder / url.path).exists()
