"""The card, the banner and the bill of a lesson, as HTML and as plain text."""

from html import escape

from course import panel, predictions
from course.language import say
from course.panel import Shown
from course.vram import measure

# Seconds over the budget count only beyond this factor: timings are noisy.
PATIENCE = 1.5
TIER_NAMES = {
    "ci": "ci: the test machine's sizes",
    "cpu": "cpu: a laptop's sizes",
    "gpu8": "gpu8: an 8 GB card",
    "gpu12": "gpu12: a 12 GB card",
    "gpu16": "gpu16: a 16 GB card",
    "gpu24": "gpu24: a 24 GB card",
}


def _table(rows: list[tuple[str, ...]]) -> str:
    """A quiet table: first column dim, no lines."""
    cell = "text-align:left;padding:1px 1.4em 1px 0;background:transparent;border:0"
    dim = f'style="{cell};opacity:0.7;white-space:nowrap"'
    out = ['<table style="border-collapse:collapse;margin:0.3em 0;font-size:0.95em">']
    for first, *rest in _said(rows):
        cells = "".join(f'<td style="{cell}">{escape(value)}</td>' for value in rest)
        out.append(
            f'<tr style="background:transparent"><td {dim}>{escape(first)}</td>'
            f"{cells}</tr>"
        )
    return "".join(out) + "</table>"


def _said(rows: list[tuple[str, ...]]) -> list[list[str]]:
    return [[say(value) for value in row] for row in rows]


def _text_table(rows: list[tuple[str, ...]]) -> str:
    rows = _said(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = (
        "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(f"  {line.rstrip()}" for line in lines)


def contract_card(lesson) -> Shown:
    """What the lesson will cost here, before anything runs."""
    terms = lesson.terms
    minutes = lesson.contract.minutes()
    rows = [
        ("your time", f"about {minutes} minutes" if minutes else "not yet computed"),
        ("computing", _time(terms.seconds) + " at most, all cells together"),
        ("memory (RAM)", f"{terms.ram_gb:g} GB at most"),
        ("GPU memory (VRAM)", "not yet predicted"),
        (
            "downloads",
            f"{terms.download_mb:g} MB, once" if terms.download_mb else "nothing",
        ),
        (
            "this machine",
            f"{machine_in_words(lesson.machine)} → tier {TIER_NAMES[lesson.tier]}",
        ),
    ]
    scaled = lesson.contract.scaled()
    if sizes := _sizes({key: terms.settings[key] for key in scaled}):
        rows.append(("settings", sizes))
    name = say(lesson.contract.title)
    title = f"<b>{escape(name)}</b>"
    week = f'<span style="opacity:0.7"> · {escape(lesson.contract.id)}</span>'
    return Shown(
        panel.box(title + week + _table(rows), panel.BLUE),
        f"{name} · {lesson.contract.id}\n{_text_table(rows)}",
    )


def _sizes(settings: dict) -> str:
    """Settings as "epochs = 4, widths = [8, 16]"; labels and names are left out."""

    def is_size(value) -> bool:
        if isinstance(value, list):
            return all(map(is_size, value))
        return isinstance(value, int | float)

    known = settings.items()
    return ", ".join(f"{key} = {value}" for key, value in known if is_size(value))


def banner(sentence: str, changed: dict) -> Shown:
    """Say that smaller or other data is in use, and which settings that changes."""
    sizes = _sizes(changed)
    more = f" Settings that change with it: {sizes}." if sizes else ""
    told = say(sentence) + say(more)
    return Shown(panel.box(escape(told), panel.AMBER), told)


def bill(lesson) -> Shown:
    """What the lesson cost and reached, beside what its contract says."""
    terms, peaks = lesson.terms, measure.peaks()
    ram = peaks.ram / 1e9
    rows = [
        _verdict(
            "computing",
            _time(lesson.seconds),
            lesson.seconds <= PATIENCE * terms.seconds,
            f"promised: {_time(terms.seconds)} at most",
        ),
        _verdict(
            "peak memory (RAM)",
            f"{ram:.2f} GB",
            ram <= terms.ram_gb,
            f"promised: {terms.ram_gb:g} GB at most",
        ),
    ]
    if peaks.allocated is not None:
        tensors, taken = peaks.allocated / 1e9, peaks.reserved / 1e9
        figures = f"{tensors:.2f} GB in tensors, {taken:.2f} GB reserved"
        rows.append(("peak memory (VRAM)", figures, "not yet predicted"))
    rows.append(("on a 12 GB card", "not yet predicted", "lesson 06 of week 3 will"))
    for name, metric in lesson.metrics.items():
        bound = terms.bounds.get(name)
        value, label = f"{metric['value']:.4g}", name.replace("_", " ")
        if bound is None:
            rows.append((label, value, ""))
        else:
            note = f"expected: {bound}; untrained: {metric['untrained']:.4g}"
            rows.append(_verdict(label, value, bound.allows(metric["value"]), note))
    if told := predictions.tally(list(lesson.predictions.values())):
        rows.append(("predictions", *told))
    if lesson.recall.get("asked"):
        asked, right = lesson.recall["asked"], lesson.recall["right"]
        told = f"{right} of {asked} right" if lesson.recall["made"] else "not answered"
        rows.append(("warm-up", told, ""))
    for kind, source in lesson.own.items():
        rows.append((f"{kind} of your own", "yes" if source == "yours" else "none", ""))
    if lesson.exercises:
        passed = sum(status == "passed" for status in lesson.exercises.values())
        rows.append(
            ("exercises", f"{passed} of {len(lesson.exercises)} passed", _open(lesson))
        )
    heading = say("The bill")
    return Shown(
        panel.box(f"<b>{heading}</b>{_table(rows)}", panel.BLUE),
        f"{heading}\n{_text_table(rows)}",
    )


def _verdict(label: str, value: str, kept: bool, note: str) -> tuple[str, str, str]:
    return label, value, note if kept else f"not as promised ({note})"


def _open(lesson) -> str:
    names = [name for name, status in lesson.exercises.items() if status != "passed"]
    return f"open: {', '.join(names)}" if names else ""


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"


def page_kept(path) -> Shown:
    """Where a project's page went, and how to see it."""
    told = f"Kept in {path}. `course portfolio` makes one page of all your projects."
    return panel.note(told, panel.BLUE)


def machine_in_words(machine) -> str:
    """Cores, memory and cards in one line."""
    parts = [f"{machine.cores} cores", f"{machine.ram_gb:.0f} GB RAM"]
    parts += [gpu.name for gpu in machine.gpus] or ["no NVIDIA GPU"]
    return ", ".join(parts)
