"""Every notebook, executed once at `ci`, keeps its contract."""

import json

import nbformat
import pytest

from course import contract, measuring, run

LESSONS = list(contract.contracts())


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_keeps_its_contract(lesson):
    result = run.execute(lesson, "ci")
    print(f"\n{lesson}: {result.seconds:.1f} s, {result.ram_gb:.2f} GB", end=" ")
    print({name: metric["value"] for name, metric in result.record["metrics"].items()})
    assert result.failures == [], result.folder
    written = json.loads((result.folder / "result.json").read_text("utf-8"))
    statuses = written["exercises"]
    assert statuses and set(statuses.values()) == {"not attempted"}
    executed = nbformat.read(result.folder / f"{lesson.split('/')[1]}.ipynb", 4)
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            assert output.get("name") != "stderr", output.text


def test_no_measurement_at_cpu_is_stale():
    assert measuring.stale("cpu") == []
