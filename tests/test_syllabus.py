"""The graph of concepts: the course's own, and what a wrong one is told."""

import pytest

from course import concepts, contract, syllabus
from course.errors import CourseError


def test_the_course_keeps_its_own_rules():
    assert list(syllabus.problems()) == []


def test_every_lesson_of_the_plan_is_there():
    weeks = {lesson.week for lesson in contract.syllabus().values()}
    assert len(weeks) == 7
    for week in weeks - {"week00_start"}:
        last = [item for item in contract.syllabus().values() if item.week == week][-1]
        assert last.project, week
    assert len(contract.syllabus()) > len(contract.contracts()) > 0


def rewrite(course, old, new, file=None):
    path = file or course.toml
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    contract.syllabus.cache_clear()
    concepts.concepts.cache_clear()


PLANNED = """
[[lesson]]
id = "03_later"
title = "Later"
planned = true
{flags}
teaches = [{teaches}]
uses = [{uses}]
"""


def add(course, teaches="", uses="", flags=""):
    with course.toml.open("a", encoding="utf-8") as file:
        file.write(PLANNED.format(teaches=teaches, uses=uses, flags=flags))
    contract.syllabus.cache_clear()


def test_what_is_used_before_it_is_taught_is_named(tiny_course):
    rewrite(tiny_course, 'teaches = ["mean"]', 'uses = ["mean"]')
    told = list(syllabus.problems())
    assert "week90_test/01_means uses 'mean', which no lesson before it teaches" in told
    assert "no lesson teaches 'mean'" in told


def test_what_is_taught_twice_is_named(tiny_course):
    add(tiny_course, teaches='"mean"')
    told = list(syllabus.problems())
    assert any("03_later teaches 'mean', which week90_test/01_means" in t for t in told)


def test_what_is_never_recalled_is_named(tiny_course):
    told = list(syllabus.problems())  # 02_more has no warm-up
    assert told == ["'mean', taught in week90_test/01_means, is never recalled"]


def test_a_planned_lesson_counts_in_the_graph_and_has_no_minutes(tiny_course):
    add(tiny_course, uses='"mean"')
    assert [item.name for item in syllabus.used_in("mean")] == ["02_more", "03_later"]
    assert "week90_test/03_later" not in contract.contracts()
    assert contract.syllabus()["week90_test/03_later"].minutes() is None
    with pytest.raises(CourseError, match="planned and not written yet"):
        contract.find("week90_test/03_later")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("project = 1", "'project' is true or false"),
        ("settings = { a = 1 }", "unknown key 'settings'"),
    ],
)
def test_a_planned_lesson_with_a_mistake_is_refused(tiny_course, flags, says):
    add(tiny_course, flags=flags)
    with pytest.raises(CourseError, match=says):
        contract.syllabus()


def test_only_an_elective_may_stand_on_an_elective(tiny_course):
    rewrite(tiny_course, 'title = "Means"', 'title = "Means"\nelective = true')
    told = list(syllabus.problems())
    assert "week90_test/02_more uses 'mean', which only an elective teaches" in told


def test_a_path_holds_what_its_lessons_stand_on():
    by_name = {name: syllabus.path(name) for name in syllabus.paths_named()}
    assert set(by_name) == {"tables", "pictures", "language", "everything"}
    for name, lessons in by_name.items():
        ids = [item.id for item in lessons]
        assert ids == sorted(ids) and ids[0] == "week00_start/00_start_here"
        for lesson in lessons:
            assert {item.id for item in syllabus.stands_on(lesson)} <= set(ids), name
    assert len(by_name["tables"]) < len(by_name["language"])
    assert by_name["everything"] == list(contract.syllabus().values())
    assert not any(item.elective for item in by_name["language"])


def test_an_unknown_path_gets_the_names():
    with pytest.raises(CourseError, match="tables, pictures, language, everything"):
        syllabus.path("tabels")
