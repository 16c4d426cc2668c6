"""Generated pages, the picture of the graph, and what `course concepts` says."""

import re

import nbformat
import pytest

from course import contract, paths
from course.authoring import graph, pages, terms
from course.cli import main
from course.concepts import concepts
from course.errors import CourseError


def test_the_generated_pages_are_fresh():
    assert pages.stale() == []


def test_the_glossary_has_every_term_in_both_languages():
    text = pages.glossary()
    for concept in concepts().values():
        assert f"**{concept.name}**" in text and f"**{concept.zh}**" in text
        assert concept.definition in text and concept.definition_zh in text


def test_the_syllabus_names_every_lesson_and_gives_minutes_to_written_ones():
    text = pages.table()
    for lesson in contract.syllabus().values():
        assert lesson.title in text
    for lesson in contract.contracts().values():
        assert f"({lesson.id}.ipynb) | {lesson.minutes()} | " in text
        assert re.search(rf"{lesson.name}\.ipynb\) \| \d+ \| \d+\.\d GB \| \d+ s", text)


def test_a_stale_page_is_named_and_written(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text("\n".join(("# Ours", *pages.MARKS, "after")), encoding="utf-8")
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(paths, "CHECKOUT", tmp_path)
    assert pages.stale() == [
        "glossary.md is stale: run `course build`",
        "README.md is stale: run `course build`",
    ]
    assert pages.write() == ["docs/glossary.md", "README.md"]
    assert pages.stale() == [] and pages.write() == []
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n") and text.endswith("\nafter")


def test_a_readme_without_its_marks_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "README.md").write_text("# Ours", encoding="utf-8")
    monkeypatch.setattr(paths, "CHECKOUT", tmp_path)
    with pytest.raises(CourseError, match="README.md lacks the lines <!-- syllabus"):
        pages.stale()


def test_the_committed_graph_shows_every_lesson_and_every_concept():
    """Drawn by `course concepts`; fonts differ, so that bytes are not compared."""
    picture = paths.CHECKOUT / "docs" / "images" / "concepts.svg"
    text = picture.read_text(encoding="utf-8")
    words = " ".join(re.findall(r">([^<>]+)</text>", text))
    for lesson in contract.syllabus().values():
        assert lesson.title in words
    for concept in concepts().values():
        assert concept.name.split()[0] in words


def test_the_graph_is_the_same_each_time(tmp_path):
    first, second = (graph.draw(tmp_path / name) for name in ("a.svg", "b.svg"))
    assert first.read_bytes() == second.read_bytes()


def test_a_concept_is_found_by_its_key_or_its_name(capsys):
    assert main(["concepts", "mini-batch"]) == 0
    by_key = capsys.readouterr().out
    assert main(["concepts", "Mini-Batch"]) == 0
    assert capsys.readouterr().out == by_key
    assert concepts()["mini-batch"].misconception in by_key
    assert "Taught in: week03_mnist/03_train_mnist" in by_key


def test_an_unknown_concept_gets_near_names(capsys):
    assert main(["concepts", "momentun"]) == 1
    assert "Did you mean momentum" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["path", "tables"], "week01_sklearn/05_trees_forests"),
        (["review"], "nothing to review yet"),
        (["concepts"], "concepts.svg"),
    ],
)
def test_commands(words, says, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    assert main(words) == 0
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["path", "tabels"], "the paths are tables, pictures, language, everything"),
        (["portfolio"], "There is no project in"),
    ],
)
def test_wrong_or_early_commands_get_a_sentence(
    words, says, capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert main(words) == 1
    assert says in capsys.readouterr().err


def a_notebook(*markdown):
    cells = [nbformat.v4.new_markdown_cell(text) for text in markdown]
    return nbformat.v4.new_notebook(cells=cells)


LESSON = "week03_mnist/03_train_mnist"


def test_a_term_that_is_not_listed_is_found():
    lesson = contract.find(LESSON)
    told = list(terms.terms_listed(lesson, a_notebook("It needs a convolution here.")))
    assert len(told) == 1 and "'convolution' is in the prose" in told[0]


@pytest.mark.parametrize(
    "text",
    [
        "`convolution`",
        "```\nconvolution\n```",
        "$convolution$",
        "[a page](https://example.org/convolution)",
        "convoluted",
        "---\n[Convolution](x.ipynb) →",
        "Momentum and the mini-batches of Adam.",
    ],
)
def test_what_is_no_term_of_the_prose(text):
    assert list(terms.terms_listed(contract.find(LESSON), a_notebook(text))) == []


def test_a_term_that_is_taught_stands_in_italics():
    lesson = contract.find(LESSON)
    names = [concepts()[key].name for key in lesson.teaches]
    italics = " ".join(f"*{name}*" for name in names)
    assert list(terms.terms_defined(lesson, a_notebook(italics))) == []
    bold = italics.replace(f"*{names[0]}*", f"**{names[0]}**")
    told = list(terms.terms_defined(lesson, a_notebook(bold)))
    assert told == [f"the term {names[0]!r} is taught, and nowhere in italics"]
