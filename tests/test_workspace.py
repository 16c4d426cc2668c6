"""The learner's copies: made once, never overwritten, restored on request."""

import pytest

from course import contract, paths, workspace
from course.authoring import build
from course.errors import CourseError

ID = "week90_test/01_means"


@pytest.fixture
def original(tiny_course):
    for lesson in contract.contracts().values():
        build.write(lesson)
    return contract.find(ID).notebook


@pytest.fixture
def copy(original):
    assert len(workspace.copy_lessons()) == 2
    return paths.work() / "week90_test" / "01_means.ipynb"


def test_a_copy_is_made_once_and_never_overwritten(original, copy):
    assert copy.read_bytes() == original.read_bytes()
    copy.write_text("my answers")
    assert workspace.copy_lessons() == []
    assert copy.read_text() == "my answers"


def test_update_follows_the_lesson_where_nothing_was_touched(original, copy):
    original.write_text("new edition")
    assert workspace.update() == ([copy], [])
    assert copy.read_text() == "new edition"
    assert workspace.update() == ([], [])


def test_update_keeps_what_was_edited_and_lists_it(original, copy):
    copy.write_text("my answers")
    assert workspace.update() == ([], [])  # the lesson itself has not changed
    original.write_text("new edition")
    assert workspace.update() == ([], [copy])
    assert copy.read_text() == "my answers"


def test_update_keeps_everything_if_its_own_notes_are_lost(original, copy):
    (paths.state() / "copies.json").write_text("{ broken")
    original.write_text("new edition")
    assert workspace.update() == ([], [copy])


def test_reset_restores_and_keeps_the_old_beside_it(original, copy):
    copy.write_text("my answers")
    old = workspace.reset(ID)
    assert old.read_text() == "my answers" and old.parent == copy.parent
    assert copy.read_bytes() == original.read_bytes()


def test_reset_of_an_unknown_lesson_is_a_sentence(original):
    with pytest.raises(CourseError, match="There is no lesson"):
        workspace.reset("week90_test/99_none")


def test_a_folder_in_the_way_is_a_sentence(original):
    paths.work().parent.mkdir(parents=True, exist_ok=True)
    paths.work().write_text("a file where the folder should be")
    with pytest.raises(CourseError, match="cannot be written"):
        workspace.copy_lessons()
