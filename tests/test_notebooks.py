"""Every notebook, executed once at `ci`, keeps its contract."""

import json

import nbformat
import pytest

from course import contract, measuring, run
from course.authoring import build

NOTEBOOKS = [
    pytest.param(lesson.id, path, id=path.name)
    for lesson in contract.contracts().values()
    for path in build.notebooks(lesson).values()
]


@pytest.mark.parametrize(("lesson", "notebook"), NOTEBOOKS)
def test_a_lesson_keeps_its_contract(lesson, notebook):
    result = run.execute(lesson, "ci", notebook)
    print(f"\n{notebook.name}: {result.seconds:.1f} s, {result.ram_gb:.2f} GB", end=" ")
    print({name: metric["value"] for name, metric in result.record["metrics"].items()})
    assert result.failures == [], result.folder
    written = json.loads((result.folder / "result.json").read_text("utf-8"))
    statuses = written["exercises"]
    assert statuses and set(statuses.values()) == {"not attempted"}
    executed = nbformat.read(result.folder / notebook.name, 4)
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            assert output.get("name") != "stderr", output.text


def test_no_measurement_at_cpu_is_stale():
    assert measuring.stale("cpu") == []
