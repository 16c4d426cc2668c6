"""The graph of concepts, drawn: a week is a column, a lesson a box, a need a line."""

import textwrap
from pathlib import Path

from course import contract, syllabus
from course.concepts import concepts

WIDTH, GAP = 4.0, 1.5  # of a column of boxes, and between two columns
LINE = 0.23  # height of a line of text
CHARACTERS = 46  # in a line of concepts


def draw(path: Path) -> Path:
    """Draw the graph into an SVG file. Returns the path."""
    import matplotlib.pyplot as plt

    weeks = contract.week_titles()
    colours = dict(zip(weeks, plt.get_cmap("tab10").colors, strict=False))
    boxes, bottom = _boxes(weeks)
    fixed = {"svg.hashsalt": "concepts", "svg.fonttype": "none"}
    with plt.style.context(["default", fixed]):
        columns = len(weeks)
        figure, ax = plt.subplots(
            figsize=(columns * (WIDTH + GAP) * 0.62, -bottom * 0.62), layout="none"
        )
        figure.subplots_adjust(0, 0, 1, 1)
        for lesson in contract.syllabus().values():
            for teacher in syllabus.stands_on(lesson):
                _line(ax, boxes[teacher.id], boxes[lesson.id], colours[teacher.week])
        for lesson in contract.syllabus().values():
            _box(ax, lesson, *boxes[lesson.id], colours[lesson.week])
        for column, title in enumerate(weeks.values()):
            heading = "\n".join(textwrap.wrap(title, 26))
            ax.text(column * (WIDTH + GAP), 0.2, heading, weight="bold", size=11)
        ax.set_xlim(-0.3, columns * (WIDTH + GAP) - GAP + 0.3)
        ax.set_ylim(bottom - 0.1, 1.2)
        ax.axis("off")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
        plt.close(figure)
    return path


def _boxes(weeks) -> tuple[dict[str, tuple[float, float, float, list[str]]], float]:
    """Lesson -> (left, top, height, lines of concepts), and the lowest bottom."""
    known, boxes, lowest = concepts(), {}, 0.0
    for column, week in enumerate(weeks):
        top = 0.0
        for lesson in contract.syllabus().values():
            if lesson.week != week:
                continue
            names = ", ".join(known[key].name for key in lesson.teaches)
            lines = textwrap.wrap(names, CHARACTERS, break_on_hyphens=False)
            height = LINE * (len(lines) + 1.9)
            boxes[lesson.id] = column * (WIDTH + GAP), top, height, lines
            top -= height + 0.18
        lowest = min(lowest, top)
    return boxes, lowest


def _box(ax, lesson, left: float, top: float, height: float, lines, colour) -> None:
    from matplotlib.patches import FancyBboxPatch

    written = not lesson.planned
    ax.add_patch(
        FancyBboxPatch(
            (left, top - height),
            WIDTH,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=colour if written else "white",
            edgecolor=colour,
            linewidth=1.4,
            zorder=2,
        )
    )
    text = {"color": "white" if written else "black", "zorder": 3, "va": "top"}
    ax.text(left + 0.12, top - 0.1, lesson.title, size=7.5, weight="bold", **text)
    for number, line in enumerate(lines, 1):
        ax.text(left + 0.12, top - 0.12 - LINE * number, line, size=7, **text)


def _line(ax, start, end, colour) -> None:
    from matplotlib.patches import FancyArrowPatch

    (left, top, height, _), (other, below, size, _) = start, end
    same = left == other
    ax.add_patch(
        FancyArrowPatch(
            (left + WIDTH, top - height / 2),
            (other + (WIDTH if same else 0), below - size / 2),
            connectionstyle="arc3,rad=-0.4" if same else "arc3,rad=-0.06",
            arrowstyle="-",
            color=colour,
            alpha=0.35,
            linewidth=0.8,
            zorder=1,
        )
    )
