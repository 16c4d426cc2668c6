import sqlite3
import subprocess
import sys

import pytest

from course.exercises import progress

ADD = """
from course.exercises import progress
for number in range(40):
    assert progress.record("w/l", "a", "code", "not yet", str(number), "ci")
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setattr(progress, "_said", set())
    return tmp_path


def add(status="passed", exercise="a"):
    return progress.record("week/lesson", exercise, "code", status, "text", "ci")


def test_the_best_status_counts():
    for status in ("raised", "passed", "not yet"):
        assert add(status)
    add("raised", "b")
    entries = progress.table()["week/lesson"]
    assert (entries["a"].best, entries["a"].attempts) == ("passed", 3)
    assert entries["b"].best == "raised"
    assert entries["a"].last.endswith("+00:00")
    assert progress.attempts("week/lesson", "a") == 3
    assert progress.attempts("week/lesson", "c") == 0


def test_reading_makes_no_file():
    assert progress.table() == {}
    assert not progress.file().exists()


def test_two_processes_write_at_once():
    both = [subprocess.Popen([sys.executable, "-c", ADD]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert progress.attempts("w/l", "a") == 80


@pytest.mark.parametrize("damage", ["all", "inside"])
def test_a_damaged_file_is_moved_aside(capsys, damage):
    for _ in range(200):
        add()
    content = bytearray(progress.file().read_bytes())
    start = 0 if damage == "all" else 4096
    content[start:] = b"\xa5" * (len(content) - start)
    progress.file().write_bytes(content)
    assert add()
    assert progress.attempts("week/lesson", "a") == 1
    assert "was damaged" in capsys.readouterr().err
    (aside,) = progress.file().parent.glob("*.damaged-*")
    assert aside.read_bytes() == content


def test_a_newer_schema_is_left_alone(capsys):
    add()
    with sqlite3.connect(progress.file()) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = progress.file().read_bytes()
    assert not add()
    assert not add()
    assert progress.table() == {}
    assert progress.file().read_bytes() == before
    assert capsys.readouterr().err.count("is not recorded") == 1


def test_a_folder_that_cannot_be_written(home, capsys):
    (home / ".course").write_text("a file in the way")
    assert not add()
    assert progress.table() == {}
    assert "is not recorded" in capsys.readouterr().err


def test_a_locked_file_waits_then_says_so(capsys):
    add()
    database = sqlite3.connect(progress.file(), isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    assert not add()
    database.close()
    assert "locked" in capsys.readouterr().err
    assert add()
