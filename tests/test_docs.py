"""Links lead somewhere; the README has the lessons' minutes and measurements."""

import re

import pytest

from course import contract, paths

PAGES = [
    paths.CHECKOUT / name
    for name in ("README.md", "README.zh-Hant.md", "CONTRIBUTING.md", "LICENSE-TEXT.md")
] + sorted((paths.CHECKOUT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith("https://"):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_the_readme_lists_every_lesson_with_its_minutes():
    text = (paths.CHECKOUT / "README.md").read_text("utf-8")
    for lesson in contract.contracts().values():
        row = rf"\| \[{re.escape(lesson.title)}\]\({lesson.id}\.ipynb\) .*\| (\d+) \|"
        found = re.search(row, text)
        assert found, lesson.id
        assert int(found[1]) == lesson.minutes()


def test_the_readme_quotes_what_was_measured():
    text = (paths.CHECKOUT / "README.md").read_text("utf-8")
    for lesson in contract.contracts().values():
        seen = contract.measured(lesson.week)[lesson.name]["cpu"]
        row = next(
            row for row in text.splitlines() if f"| {lesson.title}, on a l" in row
        )
        assert f"{seen['seconds']} s" in row
        assert f"{seen['ram_gb']} GB RAM" in row
        for name, value in seen["metrics"].items():
            share = name.endswith("accuracy")
            assert (f"{100 * value:.1f} %" if share else f"{value:.2f}") in row
