"""Executing a lesson: what a run leaves, and what breaks its contract."""

import json
import os
import signal
import threading

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course import run
from course.contract import Bound, Terms
from course.errors import CourseError

ID = "week00_start/00_start_here"
OPENING = f'from course import lesson\nhere = lesson("{ID}", tier=TIER)'
METRIC = 'here.metric("test_accuracy", 0.97, untrained=0.1)'
KEPT = [METRIC, "here.bill()"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    # Letters and a space that a path may well have.
    home = tmp_path / "Schüler 学生"
    monkeypatch.setenv("COURSE_HOME", str(home))
    return home


def notebook(home, *cells):
    """A notebook file with the usual opening and these cells (sources or cells)."""
    opening = [
        new_code_cell("TIER = None", metadata={"tags": ["parameters"]}),
        new_code_cell(OPENING),
    ]
    rest = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    made = new_notebook(cells=opening + rest)
    made.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    home.mkdir(parents=True, exist_ok=True)
    path = home / "lesson.ipynb"
    nbformat.write(made, path)
    return path


def checked(source, text, count=1):
    """A cell whose stored output is `text`."""
    cell = new_code_cell(source, metadata={"tags": [run.CHECKED]})
    cell.execution_count = count
    cell.outputs = [new_output("stream", name="stdout", text=text)]
    return cell


def test_a_kept_contract(home):
    path = notebook(home, checked("print(1 + 1)", "2\n"), *KEPT)
    result = run.execute(ID, "ci", path)
    assert result.failures == []
    written = json.loads((result.folder / "result.json").read_text())
    assert written["schema_version"] == run.SCHEMA_VERSION
    assert (written["lesson"], written["tier"], written["passed"]) == (ID, "ci", True)
    assert written["metrics"]["test_accuracy"]["value"] == 0.97
    assert written["metrics"]["test_accuracy"]["untrained"] == 0.1
    assert written["metrics"]["test_accuracy"]["bound"]["min"] > 0.5
    assert written["seconds"] > 0 and written["peaks"]["ram"] > 1e6
    assert written["machine"]["cores"] >= 1
    assert written["settings"]["seed"] is not None
    assert "The bill" in (result.folder / "lesson.html").read_text("utf-8")
    assert result.folder.is_relative_to(home / "runs")


def test_a_cell_that_raises_leaves_everything_and_a_sentence(home):
    result = run.execute(ID, "ci", notebook(home, METRIC, "1 / 0", "here.bill()"))
    assert result.failures == [
        "the cell “1 / 0” raised ZeroDivisionError: division by zero"
    ]
    written = json.loads((result.folder / "result.json").read_text())
    assert written["passed"] is False
    assert written["metrics"]["test_accuracy"]["value"] == 0.97
    assert "ZeroDivisionError" in (result.folder / "lesson.html").read_text("utf-8")


def test_a_kernel_that_dies_is_a_sentence(home):
    path = notebook(home, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    result = run.execute(ID, "ci", path)
    assert result.failures == ["the kernel died, most likely for lack of memory"]
    assert (result.folder / "result.json").is_file()


def test_a_print_that_arrives_in_pieces_is_one_output(home):
    pieces = "import time\nprint(1, flush=True)\ntime.sleep(0.5)\nprint(2)"
    path = notebook(home, checked(pieces, "1\n2\n"), *KEPT)
    assert run.execute(ID, "ci", path).failures == []
    stored = nbformat.read(path, 4)
    split = [new_output("stream", name="stdout", text=text) for text in ("1\n", "2\n")]
    stored.cells[2].outputs = split
    nbformat.write(stored, path)
    assert run.execute(ID, "ci", path).failures == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (checked("print(1 + 1)", "3\n"), "printed something else"),
        (checked("print(1 + 1)", "2\n", count=None), "has no stored output"),
    ],
)
def test_a_tagged_cell_must_print_what_is_stored(home, cell, says):
    failures = run.execute(ID, "ci", notebook(home, cell, *KEPT)).failures
    assert len(failures) == 1 and says in failures[0]


def test_progress_bars_show_their_last_state_on_the_page(home):
    path = notebook(home, r"print('50 %\r100 %\rdone')", *KEPT)
    page = (run.execute(ID, "ci", path).folder / "lesson.html").read_text("utf-8")
    assert "done" in page and "100 %\n" not in page


@pytest.mark.parametrize(
    ("lesson", "tier", "says"),
    [
        ("week00_start/00_start", "ci", "Did you mean week00_start"),
        (ID, "gpu13", "gpu12"),
    ],
)
def test_bad_input_is_a_sentence(home, lesson, tier, says):
    with pytest.raises(CourseError, match=says):
        run.execute(lesson, tier)


def test_a_notebook_without_the_parameter_is_a_sentence(home):
    home.mkdir(parents=True)
    path = home / "lesson.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 + 1")]), path)
    with pytest.raises(CourseError, match="TIER = None"):
        run.execute(ID, "ci", path)


def test_a_home_that_is_a_file_is_a_sentence(home, monkeypatch):
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("")
    with pytest.raises(CourseError, match="set COURSE_HOME"):
        run.execute(ID, "ci")


def test_a_run_that_is_stopped_leaves_its_result(home, monkeypatch):
    path = notebook(home, METRIC, "import time; time.sleep(60)")
    timer = threading.Timer(8, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run.execute(ID, "ci", path)
    timer.cancel()
    (written,) = (home / "runs").rglob("result.json")
    result = json.loads(written.read_text())
    assert result["failures"] == ["stopped by Ctrl-C"]
    assert result["metrics"]["test_accuracy"]["value"] == 0.97


def test_a_broken_notebook_is_a_sentence(home):
    home.mkdir(parents=True)
    path = home / "lesson.ipynb"
    path.write_text("{ not json")
    with pytest.raises(CourseError, match="is not a notebook"):
        run.execute(ID, "ci", path)
    with pytest.raises(CourseError, match="course build"):
        run.execute(ID, "ci", home / "absent.ipynb")


TERMS = Terms(
    {}, seconds=40, ram_gb=2, download_mb=0, bounds={"loss": Bound(None, 2.0)}
)
GOOD = {
    "peaks": {"ram": 1e9},
    "finished": True,
    "metrics": {"loss": {"value": 1.5, "untrained": 2.3}},
}


def changed(**parts):
    return GOOD | parts


@pytest.mark.parametrize(
    ("tier", "seconds", "record", "says"),
    [
        ("cpu", 59, GOOD, None),  # under 1.5 times the budget
        ("cpu", 61, GOOD, "took 61 s, allowed are 60 s"),
        ("ci", 59, GOOD, None),
        ("ci", 61, GOOD, "took 61 s, allowed are 60 s"),
        ("cpu", 1, changed(peaks={"ram": 2.1e9}), "peak RAM was 2.10 GB"),
        ("cpu", 1, changed(finished=False), "never presented its bill"),
        ("cpu", 1, changed(metrics={}), "loss was never recorded"),
        (
            "cpu",
            1,
            changed(metrics={"loss": {"value": 2.1, "untrained": 2.3}}),
            "loss is 2.1, expected at most 2.0",
        ),
        (
            "cpu",
            1,
            changed(metrics={"loss": {"value": 1.5, "untrained": 1.9}}),
            "would let an untrained model pass",
        ),
        (
            "cpu",
            1,
            changed(metrics={"loss": {"value": float("nan"), "untrained": 2.3}}),
            "loss is nan",
        ),
        (
            "cpu",
            1,
            changed(metrics={"loss": {"value": 1.5, "untrained": float("nan")}}),
            "untrained value was not measured",
        ),
        (
            "cpu",
            1,
            changed(metrics={"loss": {"value": 1.5, "untrained": None}}),
            "untrained value was not measured",
        ),
        ("cpu", 1, {}, "never opened its lesson"),
    ],
)
def test_what_breaks_a_contract(tier, seconds, record, says):
    failures = list(run.judge(TERMS, tier, seconds, record))
    assert failures == [] if says is None else says in failures[0]


def test_ci_never_allows_more_than_a_minute():
    generous = Terms({}, seconds=400, ram_gb=2, download_mb=0, bounds={})
    assert list(run.judge(generous, "ci", 61, GOOD)) == ["took 61 s, allowed are 60 s"]
