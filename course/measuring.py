"""Measurements of finished lessons, which CI never writes: `course measure`.

A measurement carries a hash of what it measured (code cells, settings, exercises), so
that a test can tell when it no longer describes the lesson. Prose may change freely.
"""

import hashlib
import json
from datetime import date

import nbformat

from course import contract, machine
from course.colab import TAG
from course.contract import Contract
from course.errors import CourseError
from course.run import Result, execute


def fingerprint(lesson: Contract, tier: str, variants: dict[str, str]) -> str:
    """Hash of the code cells, the settings for tier and data, and the exercises.

    Not of the bootstrap: where the course can be had from changes no measurement.
    """
    cells = nbformat.read(lesson.notebook, as_version=4).cells
    code = [
        cell.source
        for cell in cells
        if cell.cell_type == "code" and TAG not in cell.metadata.get("tags", ())
    ]
    settings = json.dumps(lesson.terms(tier, variants).settings, sort_keys=True)
    used = [
        path.read_text(encoding="utf-8")
        for path in sorted((lesson.folder / "exercises").glob("*.py"))
        if any(f'"{path.stem}"' in source for source in code)
    ]
    content = "\0".join([*code, settings, *used])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def stale(tier: str = "cpu") -> list[str]:
    """Lessons whose measurement is missing, or no longer describes them."""
    problems = []
    for lesson in contract.contracts().values():
        rows = contract.measured(lesson.week).get(lesson.name, {})
        if tier not in rows:
            problems.append(f"{lesson.id} was never measured at {tier}")
        for key, seen in rows.items():
            if key.split()[0] != tier:
                continue
            if seen["fingerprint"] != fingerprint(lesson, tier, seen["data"]):
                problems.append(f"{lesson.id} has changed since it was measured: {key}")
    return problems


def measure(lesson_id: str, tier: str) -> Result:
    """Run a lesson at a tier and record what it took in its week's measured.json.

    Raises CourseError, and records nothing, if the run broke its contract.
    """
    lesson = contract.find(lesson_id)
    result = execute(lesson_id, tier)
    if not result.passed:
        raise CourseError(
            f"{lesson_id} at {tier} was not recorded: {'; '.join(result.failures)}. "
            f"See {result.folder}."
        )
    here = machine.here()
    variants = result.record["variants"]
    terms = lesson.terms(tier, variants)
    entry = {
        "seconds": round(result.seconds, 1),
        "ram_gb": round(result.ram_gb, 2),
        "metrics": {
            name: round(metric["value"], 4)
            for name, metric in result.record["metrics"].items()
        },
        "data": variants,
        "machine": f"{here.cores} cores, {here.ram_gb:.0f} GB RAM, "
        f"{here.gpus[0].name if here.gpus else 'no GPU'}",
        "date": date.today().isoformat(),
        "fingerprint": fingerprint(lesson, tier, variants),
    }
    if reserved := result.record["peaks"]["reserved"]:
        entry["vram_gb"] = round(reserved / 1e9, 2)
    # A stand-in that changes the terms has a row of its own beside the real data's.
    key = tier
    if terms != lesson.terms(tier):
        key += "".join(f" {name}={variant}" for name, variant in variants.items())
    path = lesson.folder / "measured.json"
    content = contract.measured(lesson.week)
    content.setdefault(lesson.name, {})[key] = entry
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")
    return result
