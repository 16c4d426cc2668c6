"""The portfolio as one HTML file: no script, nothing loaded, light and dark."""

import base64
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.exercises.gate import shown
from course.portfolio import stored
from course.portfolio.page import unwritable, write

TEMPLATE = Path(__file__).with_name("site.j2")


@dataclass(frozen=True)
class Site:
    """The file, the weeks whose projects it shows, and a sentence for what it lacks."""

    path: Path
    weeks: tuple[str, ...]
    problems: tuple[str, ...]


def html() -> Site:
    """Write my/portfolio/index.html from every page there that can be read.

    A file that is no page, and a figure that is gone, are named in `problems`; nothing
    but index.html is written. Raises CourseError where there is no page to show, or
    the file cannot be written.
    """
    folder = stored.folder()
    pages, problems = [], []
    for path in sorted(folder.glob("*.json")):
        page = stored.read(path)
        if isinstance(page, str):
            problems.append(page)
            continue
        pages.append(_project(page, path.with_suffix(""), problems))
    if not pages:
        none = (
            f"There is no project in {folder} yet: the last cell of a week's project "
        )
        raise CourseError(" ".join([*problems, f"{none}adds its page."]))
    text = _rendered(pages)
    path = folder / "index.html"
    try:
        # A lone surrogate, which JSON can hold and UTF-8 cannot, becomes a "?".
        write(path, text.encode(errors="replace"))
    except OSError as error:
        raise CourseError(unwritable(path, error)) from error
    return Site(path, tuple(page["week"] for page in pages), tuple(problems))


def _rendered(pages: list[dict]) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    gates = [gate for page in pages for gate in page["gates"]]
    return template.render(
        pages=pages,
        passed=sum(gate["passed"] for gate in gates),
        gates=len(gates),
        computing=_duration(sum(page["bill"]["seconds"] for page in pages)),
    )


def _project(page: dict[str, Any], folder: Path, problems: list[str]) -> dict[str, Any]:
    """What the template needs of one page."""
    day = date.fromisoformat(page["date"])
    bill = page["bill"]
    vram = bill["vram_gb"]
    return page | {
        "number": int(page["week"][4:6]),
        "day": f"{day.day} {day:%B} {day.year}",
        "gates": [_gate(gate) for gate in page["gates"].values()],
        "figures": [_figure(item, folder, problems) for item in page["figures"]],
        "bill": {
            "computing": _duration(bill["seconds"]),
            "memory (RAM)": f"{bill['ram_gb']:.2f} GB",
            "GPU memory (VRAM)": "none used" if vram is None else f"{vram:.2f} GB",
            "machine": bill["machine"],
            "tier": bill["tier"],
            "seconds": bill["seconds"],
        },
    }


def _gate(gate: dict[str, Any]) -> dict[str, Any]:
    side = "at most" if gate["at_most"] else "at least"
    known = {key: gate[key] for key in ("score", "bar", "baseline")}
    texts = {
        key: "not measured" if value is None else shown(value, gate["unit"])
        for key, value in known.items()
    }
    return gate | texts | {"bar": f"{side} {texts['bar']}", "places": _places(known)}


def _places(values: dict[str, float | None]) -> dict[str, float]:
    """Where score, bar and baseline lie on a line from 0 to 100; {} without a score."""
    known = {key: value for key, value in values.items() if value is not None}
    low, high = min(known.values()), max(known.values())
    if values["score"] is None or low == high:
        return {}
    return {
        key: round(6 + 88 * (value - low) / (high - low), 2)
        for key, value in known.items()
    }


def _figure(item: dict[str, str], folder: Path, problems: list[str]) -> dict[str, str]:
    """The alt text, and the picture as a data URI; "" where the file is gone."""
    path = folder / item["file"]
    try:
        data = base64.b64encode(path.read_bytes()).decode()
    except OSError:
        problems.append(f"{path} is gone: its description stands in its place.")
        return {"alt": item["alt"], "uri": ""}
    return {"alt": item["alt"], "uri": f"data:image/png;base64,{data}"}


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
