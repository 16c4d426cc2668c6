"""From source/*.py (jupytext, py:percent) to the committed notebook, reproducibly.

The same source always gives the same bytes: cell ids come from the content, metadata
is fixed, and outputs are kept only where a tag says that the prose relies on them.
"""

import hashlib
import itertools
import re
import tomllib
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from course import contract, paths, run
from course.authoring import translation
from course.colab import TAG
from course.contract import Contract
from course.errors import CourseError
from course.exercises import Exercise, Gate, load_exercise
from course.language import ENGLISH, say, speaking

# A line of its own in a Markdown cell, above the question.
EXERCISE = re.compile(r"^<!-- exercise: (\w+) -->$", re.MULTILINE)
HAN = re.compile("[\u3400-\u9fff，。：；！？、「」『』（）《》]")
WORDS_PER_MINUTE = 120
CODE_LINES_PER_MINUTE = 12
WARM_UP_MINUTES = 3
COLAB = "https://colab.research.google.com/github"
PLACEHOLDER = "OWNER/REPOSITORY"
BOOTSTRAP = """\
# On Colab and Kaggle this installs the course; elsewhere it does nothing.
from importlib.util import find_spec

if find_spec("course") is None:
    %pip install --quiet --no-deps git+https://github.com/{address}
from course import colab

colab.prepare("{lesson}")"""
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def build(
    lesson: Contract,
    outputs: dict[str, NotebookNode] | None = None,
    language: str = ENGLISH,
) -> str:
    """The lesson's notebook as text (JSON), or its translation, with the same code.

    `outputs`: cell id -> cell, in place of the outputs that the committed one holds.
    Raises CourseError for a missing source or an unknown exercise.
    """
    notebook = _source(lesson)
    markdown = list(filter(is_markdown, notebook.cells))
    if language != ENGLISH:
        translation.apply(lesson, language, markdown)
    with speaking(language):
        for cell in markdown:
            cell.source = _expand(lesson, cell.source)
        opening = len(list(itertools.takewhile(is_markdown, notebook.cells)))
        notebook.cells[opening:opening] = _colab_cells(lesson, language)
        navigation = _navigation(lesson, language)
        notebook.cells.append(nbformat.v4.new_markdown_cell(navigation))
    _identify(lesson, notebook)
    _keep_outputs(notebook, _stored(lesson) if outputs is None else outputs)
    course = {"lesson": lesson.id, "minutes": minutes(lesson, notebook)}
    notebook.metadata = nbformat.from_dict(METADATA | {"course": course})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1) + "\n"


def write(lesson: Contract) -> bool:
    """Build a lesson's notebook and its translations; return whether one changed."""
    changed = False
    for language, path in notebooks(lesson).items():
        text = build(lesson, language=language)
        if _text(path) != text:
            path.write_text(text, encoding="utf-8")
            changed = True
    return changed


def notebooks(lesson: Contract) -> dict[str, Path]:
    """Language -> notebook, of the lesson itself and of its translations."""
    translated = {item: lesson.translated_notebook(item) for item in lesson.languages()}
    return {ENGLISH: lesson.notebook} | translated


def write_outputs(lesson: Contract) -> None:
    """Execute the lesson (ci) and store the outputs of its tagged cells."""
    write(lesson)
    result = run.execute(lesson.id, "ci")
    executed = nbformat.read(result.folder / lesson.notebook.name, as_version=4)
    # Comparing with the outputs that are about to be replaced is not a failure.
    wrong = [why for why in result.failures if not why.startswith("cell ")]
    if wrong or not result.record.get("finished"):
        raise CourseError(f"{lesson.id} was not stored: {'; '.join(result.failures)}")
    cells = {cell.id: cell for cell in executed.cells if cell.cell_type == "code"}
    lesson.notebook.write_text(build(lesson, cells), encoding="utf-8")
    write(lesson)  # its translations take their outputs from it


def stale() -> list[str]:
    """The notebooks that a fresh build would change, or that nothing builds."""
    known = contract.contracts().values()
    differing, made = [], set()
    for lesson in known:
        for language, path in notebooks(lesson).items():
            made.add(path)
            if _text(path) != build(lesson, language=language):
                differing.append(
                    f"{path.name} differs from its source: run `course build`"
                )
            if language != ENGLISH:
                markdown = list(filter(is_markdown, _source(lesson).cells))
                differing += translation.behind(lesson, language, markdown)
    committed = {
        path
        for week in {lesson.folder for lesson in known}
        for path in week.glob("*.ipynb")
    }
    orphans = committed - made
    return differing + [f"{path.name} has no source" for path in sorted(orphans)]


def minutes(lesson: Contract, notebook: NotebookNode) -> int:
    """Reading + code + warm-up + exercises + waiting at `cpu`, in whole minutes."""
    cells = [cell for cell in notebook.cells if not is_for_colab(cell)]
    words = sum(count_words(cell.source) for cell in cells if is_markdown(cell))
    lines = sum(
        sum(bool(line.strip()) for line in cell.source.splitlines())
        for cell in cells
        if not is_markdown(cell)
    )
    exercises = sum(exercise.minutes for exercise in exercises_of(lesson, notebook))
    warm_up = any("here.warm_up(" in cell.source for cell in cells)
    waiting = contract.measured(lesson.week).get(lesson.name, {}).get("cpu", {})
    return round(
        words / WORDS_PER_MINUTE
        + lines / CODE_LINES_PER_MINUTE
        + exercises
        + WARM_UP_MINUTES * warm_up
        + waiting.get("seconds", 0) / 60
    )


def count_words(text: str) -> float:
    """Words, of which two Chinese characters count as one."""
    characters = len(HAN.findall(text))
    return characters / 2 + len(HAN.sub(" ", text).split())


def exercises_of(lesson: Contract, notebook: NotebookNode) -> list[Exercise]:
    """The exercises that the lesson's cells open, in order."""
    names = exercise_names(notebook)
    return [load_exercise(lesson.exercise(name), lesson.id, "ci") for name in names]


def exercise_names(notebook: NotebookNode) -> tuple[str, ...]:
    code = (cell.source for cell in notebook.cells if not is_markdown(cell))
    return contract.exercise_names("\n".join(code))


def is_markdown(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown"


def is_for_colab(cell: NotebookNode) -> bool:
    """Whether this is the badge or the bootstrap, which no lesson's author writes."""
    return TAG in cell.metadata.get("tags", ())


def repository() -> str:
    """Where the course is on GitHub, as "owner/name"; empty while it is nowhere.

    Raises CourseError for anything else in pyproject.toml's [tool.course].
    """
    text = (paths.CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    address = tomllib.loads(text)["tool"]["course"]["repository"]
    if address and not re.fullmatch(r"[\w.-]+/[\w.-]+", address):
        raise CourseError(
            f"pyproject.toml: [tool.course] repository is {address!r}; write the "
            'owner and the name on GitHub, as in "ada/twelve-gigabytes", or nothing.'
        )
    return address


def _source(lesson: Contract) -> NotebookNode:
    if not lesson.source.is_file():
        raise CourseError(f"{lesson.id} has no source: {lesson.source} is missing.")
    text = lesson.source.read_text(encoding="utf-8")
    return jupytext.reads(text, fmt="py:percent")


def _expand(lesson: Contract, text: str) -> str:
    """Put an exercise's header at its mark, and its choices at the cell's end."""
    endings = []

    def header(mark: re.Match) -> str:
        exercise = load_exercise(lesson.exercise(mark[1]), lesson.id, "ci")
        endings.append(exercise.choices_markdown())
        kind = "Gate" if isinstance(exercise, Gate) else "Exercise"
        title = f"{say(kind)}: {say(exercise.title)}"
        return f"### {title}\n\n*{say(exercise.header_markdown())}*"

    return "\n\n".join(filter(None, [EXERCISE.sub(header, text), *endings]))


def _colab_cells(lesson: Contract, language: str) -> list[NotebookNode]:
    """The badge, and the cell that installs the course where it is not installed."""
    address = repository()
    name = notebooks(lesson)[language].relative_to(paths.WEEKS).as_posix()
    page = f"{COLAB}/{address or PLACEHOLDER}/blob/main/{name}"
    badge = f"[{say('Open in Colab')}]({page})"
    if not address:
        why = "(a placeholder: the course has no public address yet)"
        badge += f" {say(why)}"
    code = BOOTSTRAP.format(address=address or PLACEHOLDER, lesson=lesson.id)
    metadata = {"tags": [TAG]}
    return [
        nbformat.v4.new_markdown_cell(badge, metadata=metadata),
        nbformat.v4.new_code_cell(code, metadata=metadata),
    ]


def _navigation(lesson: Contract, language: str) -> str:
    """Links to the lessons before and after, which work in work/ as on GitHub."""
    order = list(contract.contracts().values())
    place = order.index(lesson)
    links = []
    if place > 0:
        links.append(f"← {_link(order[place - 1], language)}")
    if place + 1 < len(order):
        links.append(f"{_link(order[place + 1], language)} →")
    return "---\n" + " · ".join(links)


def _link(lesson: Contract, language: str) -> str:
    path = notebooks(lesson).get(language, lesson.notebook)
    return f"[{say(lesson.title)}](../{lesson.week}/{path.name})"


def _identify(lesson: Contract, notebook: NotebookNode) -> None:
    """Ids from the content: inserting a cell leaves the others' ids alone."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        content = f"{lesson.id}\n{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        digest = hashlib.sha256(f"{content}\n{seen[content]}".encode()).hexdigest()
        cell.id = digest[:12]
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})


def _keep_outputs(notebook: NotebookNode, stored: dict[str, NotebookNode]) -> None:
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if run.CHECKED in cell.metadata.get("tags", ()) and cell.id in stored:
            cell.outputs = stored[cell.id].outputs
            # nbval compares nothing where the count is null; which number is no matter
            ran = stored[cell.id].execution_count is not None
            cell.execution_count = 1 if ran else None
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = 1


def _stored(lesson: Contract) -> dict[str, NotebookNode]:
    if not lesson.notebook.is_file():
        return {}
    try:
        cells = nbformat.read(lesson.notebook, as_version=4).cells
    except (nbformat.reader.NotJSONError, nbformat.ValidationError):
        return {}  # a damaged notebook is built anew
    return {cell.id: cell for cell in cells if cell.cell_type == "code"}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
