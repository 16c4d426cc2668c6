"""`course …`: commands, their exit statuses, and one sentence for bad input."""

import pytest

from course import contract, paths
from course.authoring import build, pages
from course.cli import main

ID = "week90_test/01_means"


@pytest.fixture
def built(tiny_course, monkeypatch):
    # The real README and glossary are no business of the tiny course.
    monkeypatch.setattr(pages, "write", list)
    monkeypatch.setattr(pages, "stale", list)
    for lesson in contract.contracts().values():
        build.write(lesson)
    return tiny_course


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "week99_none/01_none"], "There is no lesson"),
        (["run", ID, "--tier", "gpu13"], "gpu12"),
        (["measure", "01_means"], "Did you mean week90_test/01_means"),
        (["fetch", "mnits"], "mnist"),
        (["reset", "01_means"], "There is no lesson"),
        (["build", "week90_test/02"], "Did you mean week90_test/02_more"),
        (["test", "lints"], "the parts: lint"),
    ],
)
def test_bad_input_is_one_sentence_and_status_1(built, capsys, words, says):
    assert main(words) == 1
    told = capsys.readouterr().err
    assert says in told and len(told.strip().splitlines()) == 1
    assert "Traceback" not in told


def test_list_names_every_lesson(built, capsys):
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert ID in listed and "not measured" in listed


def test_progress_counts_passes_week_by_week(built, capsys):
    from course.exercises import load_exercise

    exercise = load_exercise(contract.find(ID).exercise("mean"), ID, "ci")
    exercise.check(3.0)
    exercise.check(2.0)
    capsys.readouterr()
    assert main(["progress"]) == 0
    shown = capsys.readouterr().out
    assert "A week for tests" in shown
    assert "1 of 1" in shown and " 2 " in shown


def test_build_check_fails_on_a_stale_notebook(built, capsys):
    assert main(["build", "--check"]) == 0
    built.toml.with_name("01_means.ipynb").unlink()
    assert main(["build", "--check"]) == 1
    assert "01_means.ipynb differs" in capsys.readouterr().out
    assert main(["build"]) == 0
    assert main(["build", "--check"]) == 0


@pytest.mark.parametrize(("address", "lines"), [("", 1), ("ada/course", 0)])
def test_build_says_that_the_badges_have_no_address(
    built, capsys, monkeypatch, address, lines
):
    monkeypatch.setattr(build, "repository", lambda: address)
    assert main(["build"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert sum("The Colab badges carry a placeholder" in line for line in said) == lines


def test_copy_reset_and_update_go_together(built, capsys):
    assert main(["copy"]) == 0
    copy = paths.work() / "week90_test" / "01_means.ipynb"
    copy.write_text("mine")
    assert main(["reset", ID]) == 0
    assert "Your old copy" in capsys.readouterr().out
    assert copy.read_text() != "mine"


def test_clean_spares_the_learners_work(built, capsys):
    kept = [
        paths.work() / "week90_test" / "01_means.ipynb",
        paths.home() / "my" / "digits" / "seven.png",
        paths.state() / "progress.sqlite3",
    ]
    for path in [*kept, paths.runs() / "old" / "result.json"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert main(["clean"]) == 0
    assert all(path.is_file() for path in kept)
    assert not paths.runs().exists()


def test_clean_deletes_downloads_and_nothing_else_in_the_cache(
    built, capsys, monkeypatch
):
    """Even where COURSE_CACHE names the folder of progress, or one with a thesis."""
    monkeypatch.setenv("COURSE_CACHE", str(paths.state()))
    kept = [paths.state() / "progress.sqlite3", paths.state() / "thesis" / "a.txt"]
    download = paths.state() / "mnist" / "full"
    for path in [*kept, download / "manifest.json", download / "train.parquet"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert main(["clean", "--cache"]) == 0
    assert all(path.is_file() for path in kept)
    assert not download.exists()


def test_update_without_git_copies_what_is_here(built, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert main(["update"]) == 0
    assert "git is not installed" in capsys.readouterr().out


def test_without_a_command_it_says_which_there_are(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "command" in capsys.readouterr().err
