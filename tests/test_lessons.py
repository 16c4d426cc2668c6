"""The handle of a lesson: settings, data, metrics, bill, and its record of a run."""

import json
import os
import subprocess
import sys

import pytest

from course import contract, lessons
from course.contract import Contract
from course.errors import CourseError
from course.exercises import progress

ID = "week90_test/01_means"


@pytest.fixture
def opened(tiny_course, capsys):
    return lessons.lesson(ID, tier="ci")


def test_it_shows_the_contract_as_text_in_a_terminal(opened, capsys):
    lessons.lesson(ID, tier="ci")
    card = capsys.readouterr().out
    assert card.startswith("Means · week90_test/01_means")
    assert "10 seconds at most" in card
    assert "not yet predicted" in card
    assert "epochs = 1" in card


def test_an_unknown_tier_is_refused(tiny_course):
    with pytest.raises(CourseError, match="gpu12"):
        lessons.lesson(ID, tier="gpu13")


def test_the_argument_wins_over_the_environment(tiny_course, monkeypatch):
    monkeypatch.setenv("COURSE_TIER", "ci")
    assert lessons.lesson(ID).tier == "ci"
    assert lessons.lesson(ID, tier="cpu").tier == "cpu"


def test_loading_data_applies_the_variant_and_says_so(opened, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE", str(opened.folder / "cache"))
    data = opened.load("mnist")
    assert data.variant == "digits5000"
    assert opened.settings.width == 4
    assert opened.variants == {"mnist": "digits5000"}
    assert "width = 4" in capsys.readouterr().out


def test_an_asset_that_the_contract_does_not_name_is_refused(opened):
    with pytest.raises(CourseError, match="does not list the asset 'iris'"):
        opened.load("iris")


def test_a_bounded_metric_needs_the_untrained_value(opened):
    with pytest.raises(CourseError, match="untrained"):
        opened.metric("accuracy", 0.97)
    opened.metric("accuracy", 0.97, untrained=0.1)
    opened.metric("seconds", 3)
    assert opened.metrics["accuracy"] == {"value": 0.97, "untrained": 0.1}


def test_the_bill_warns_where_a_promise_was_broken(opened, capsys):
    opened.metric("accuracy", 0.5, untrained=0.1)
    opened.bill()
    bill = capsys.readouterr().out
    assert "not as promised" in bill and "at least 0.9" in bill
    opened.metric("accuracy", 0.95, untrained=0.1)
    opened.bill()
    assert "not as promised" not in capsys.readouterr().out


def test_a_run_leaves_a_record_at_every_step(tiny_course, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_RUN_DIR", str(tmp_path / "run"))
    opened = lessons.lesson(ID, tier="ci")

    def record():
        return json.loads((tmp_path / "run" / lessons.RECORD).read_text())

    assert record()["settings"] == {"epochs": 1, "width": 8}
    opened.settings.width = 16  # a learner may
    opened.exercise("mean").check(3.0)
    assert record()["exercises"] == {"mean": "not yet"}
    assert record()["settings"]["width"] == 16
    assert record()["finished"] is False
    opened.bill()
    opened.metric("accuracy", 0.95, untrained=0.1)
    assert record()["finished"] is True
    assert record()["peaks"]["ram"] > 1e6


def test_the_card_is_html_in_a_notebook(opened):
    card = lessons.display.contract_card(opened)
    html = card._repr_html_()
    assert "<table" in html and "<script" not in html
    assert "Means" in html and "Means" in repr(card)


def test_a_missing_extra_is_named_with_the_remedy():
    needy = Contract("week90_test", "01_means", "Means", extras=("no_such_package",))
    with pytest.raises(CourseError, match="needs no_such_package.*start.py"):
        lessons.Lesson(needy, "ci")


def test_a_lesson_opened_again_in_a_notebook_keeps_what_was_done(tiny_course):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.run_cell(f"from course import lesson; here = lesson({ID!r}, tier='ci')")
        shell.run_cell("settings = here.settings; settings.epochs = 7")
        shell.run_cell("here.metric('accuracy', 0.95, untrained=0.1)")
        shell.run_cell(f"here = lesson({ID!r}, tier='ci')").raise_error()
        assert shell.user_ns["settings"].epochs == 1  # the notebook's own name for it
        assert shell.user_ns["here"].metrics["accuracy"]["value"] == 0.95
        assert 0 < shell.user_ns["here"].seconds < 60
    finally:
        InteractiveShell.clear_instance()
        lessons._in_kernel.clear()


def test_a_bare_script_works_from_any_directory(tmp_path):
    script = "from course import lesson; here = lesson('week00_start/00_start_here')"
    ran = subprocess.run(
        [sys.executable, "-c", f"{script}; print(here.tier, here.settings.seed)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"COURSE_HOME": str(tmp_path), "COURSE_TIER": "ci"},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Start here · week00_start/00_start_here")
    assert ran.stdout.splitlines()[-1].startswith("ci ")


def test_a_script_gets_the_sentence_and_no_traceback(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from course import lesson\nlesson('week99_no/01_such')\n")
    ran = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"COURSE_HOME": str(tmp_path)},
    )
    assert ran.returncode == 1
    assert ran.stderr.strip().startswith("There is no lesson")
    assert "Traceback" not in ran.stderr


def test_importing_course_imports_no_torch():
    code = (
        "import sys, course, course.lessons, course.run, course.cli; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# Recall, predictions, own data.


@pytest.fixture
def second(tiny_course):
    return lessons.lesson("week90_test/02_more", tier="ci")


def test_a_warm_up_asks_grades_and_records(second, capsys):
    second.warm_up("-")
    out = capsys.readouterr().out
    assert "Warm-up · Answer with a letter each" in out
    right = second._warm_up.asked[0][1].right
    second.warm_up(right)
    assert "1 of 1 right." in capsys.readouterr().out
    assert [row[3] for row in progress.rows("recall")] == ["passed"]
    second.bill()
    assert "1 of 1 right" in capsys.readouterr().out
    assert [row[1] for row in progress.rows("lesson")] == [second.contract.id]


def test_a_prediction_is_kept_beside_its_outcome(opened, capsys):
    opened.predict("epochs", 8, unit="epochs")
    opened.outcome("epochs", 10)
    out = capsys.readouterr().out
    assert "As predicted" in out and "your prediction: 8 epochs" in out
    opened.outcome("epochs", 10)  # a cell that runs again records nothing new
    assert len(progress.rows("prediction")) == 1
    opened.predict("shape", choices=["falls", "rises"])
    opened.outcome("shape", "falls")
    opened.bill()
    out = capsys.readouterr().out
    assert "1 of 2 right" in out and "not made: shape" in out


def test_an_outcome_before_its_prediction_stops_nothing(opened, capsys):
    opened.outcome("nowhere", 3)
    assert "has not been run: run it, then this." in capsys.readouterr().out


def test_own_data_is_named_in_the_bill(opened, tmp_path, capsys):
    assert opened.mine("digits").source == "shipped"
    opened.bill()
    assert "digits of your own" in capsys.readouterr().out
    with pytest.raises(CourseError, match="digits, photos, text"):
        opened.mine("sounds")


def test_a_run_of_the_course_records_no_learner(tiny_course, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_RUN_DIR", str(tmp_path / "run"))
    opened = lessons.lesson("week90_test/02_more", tier="ci")
    opened.warm_up("A")
    opened.predict("epochs", 8, unit="epochs")
    opened.outcome("epochs", 10)
    opened.bill()
    for kind in ("recall", "warm-up", "prediction", "lesson"):
        assert progress.rows(kind) == []
    record = json.loads((tmp_path / "run" / "lesson.json").read_text("utf-8"))
    assert record["predictions"] == {"epochs": "right"}
    assert record["recall"]["asked"] == 1


def test_a_pass_of_another_day_counts_in_the_bill(tiny_course, capsys):
    progress.record(ID, "mean", "number", "passed", "", "ci")
    opened = lessons.Lesson(contract.find(ID), "ci")  # as in another kernel
    opened.exercise("mean")
    opened.bill()
    assert "1 of 1 passed" in capsys.readouterr().out
