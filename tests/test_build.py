"""Building notebooks: reproducible, with outputs only where a tag asks for them."""

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import contract, measuring, paths
from course.authoring import build
from course.errors import CourseError


@pytest.fixture
def lesson(tiny_course):
    return contract.find("week90_test/01_means")


def cells(lesson, outputs=None):
    return nbformat.reads(build.build(lesson, outputs), as_version=4).cells


def test_the_same_source_gives_the_same_bytes(lesson):
    first = build.build(lesson)
    assert build.write(lesson) is True
    assert build.write(lesson) is False
    assert build.build(lesson) == first == lesson.notebook.read_text("utf-8")
    assert not build.stale() or "02_more" in build.stale()[0]


def test_metadata_kernel_and_links(lesson):
    notebook = nbformat.reads(build.build(lesson), as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.course.lesson == lesson.id
    assert notebook.metadata.course.minutes >= 1
    assert "[More](../week90_test/02_more.ipynb) →" in notebook.cells[-1].source
    nbformat.validate(notebook)


def test_the_exercise_line_becomes_its_header(lesson):
    text = "\n".join(cell.source for cell in cells(lesson))
    assert "### Exercise: A mean" in text and "●○○" in text
    assert "<!-- exercise" not in text


def test_inserting_a_cell_leaves_the_others_ids(lesson):
    before = [cell.id for cell in cells(lesson)]
    source = lesson.source.read_text("utf-8")
    lesson.source.write_text(
        source.replace("# %%\nhere.bill", "# %%\n3\n\n# %%\nhere.bill")
    )
    after = [cell.id for cell in cells(lesson)]
    assert len(after) == len(before) + 1
    assert [id_ for id_ in after if id_ in before] == before
    assert len(set(after)) == len(after)


def stored_output(lesson, text="2\n"):
    """Write the notebook with an output in its tagged cell, and in another."""
    built = nbformat.reads(build.build(lesson), as_version=4)
    for cell in built.cells:
        if cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    nbformat.write(built, lesson.notebook)


def test_only_a_tagged_cell_keeps_its_output_while_it_is_unchanged(lesson):
    stored_output(lesson)
    kept = [cell for cell in cells(lesson) if cell.get("outputs")]
    assert [cell.source for cell in kept] == ["print(1 + 1)"]
    assert kept[0].execution_count == 1  # nbval ignores a cell without a count
    source = lesson.source.read_text("utf-8")
    lesson.source.write_text(source.replace("print(1 + 1)", "print(1 + 2)"))
    assert not any(cell.get("outputs") for cell in cells(lesson))


def test_a_committed_notebook_that_differs_is_found(lesson):
    for each in contract.contracts().values():
        build.write(each)
    assert build.stale() == []
    edited = lesson.notebook.read_text("utf-8").replace("1 + 1", "1 + 4")
    lesson.notebook.write_text(edited)
    assert build.stale() == [
        "01_means.ipynb differs from its source: run `course build`"
    ]
    build.write(lesson)
    (lesson.folder / "03_stray.ipynb").write_text("{}")
    assert build.stale() == ["03_stray.ipynb has no source"]


def test_a_missing_source_or_exercise_is_a_sentence(lesson):
    (lesson.folder / "exercises" / "mean.py").unlink()
    with pytest.raises(CourseError, match="no exercise named 'mean'"):
        build.build(lesson)
    lesson.source.unlink()
    with pytest.raises(CourseError, match="has no source"):
        build.build(lesson)


def test_minutes_are_reading_code_exercises_and_waiting(lesson):
    words, lines = 240, 24
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("word " * words),
            nbformat.v4.new_code_cell(
                "x = 1\n\n" * (lines - 1) + 'here.exercise("mean")'
            ),
        ]
    )
    assert build.minutes(lesson, notebook) == round(2 + 2 + 0.25)
    (lesson.folder / "measured.json").write_text(
        '{"01_means": {"cpu": {"seconds": 300}}}'
    )
    assert build.minutes(lesson, notebook) == round(2 + 2 + 0.25 + 5)


def for_colab(lesson):
    first, second = (cell for cell in cells(lesson) if build.is_for_colab(cell))
    return first.source, second.source


def test_without_an_address_badge_and_bootstrap_have_a_placeholder(lesson, monkeypatch):
    monkeypatch.setattr(build, "repository", str)
    badge, bootstrap = for_colab(lesson)
    assert "OWNER/REPOSITORY/blob/main/week90_test/01_means.ipynb)" in badge
    assert "a placeholder" in badge
    assert "git+https://github.com/OWNER/REPOSITORY\n" in bootstrap
    assert 'colab.prepare("week90_test/01_means")' in bootstrap
    assert len(bootstrap.splitlines()) <= 8


def test_with_an_address_both_have_it(lesson, monkeypatch):
    monkeypatch.setattr(build, "repository", lambda: "ada/course")
    badge, bootstrap = for_colab(lesson)
    assert badge == (
        "[Open in Colab](https://colab.research.google.com/github/ada/course/blob/main/"
        "week90_test/01_means.ipynb)"
    )
    assert "git+https://github.com/ada/course\n" in bootstrap


def test_the_bootstrap_stands_before_all_other_code_and_takes_no_minutes(lesson):
    built = cells(lesson)
    places = [i for i, cell in enumerate(built) if build.is_for_colab(cell)]
    assert places == [1, 2]  # after the title
    assert "parameters" in built[3].metadata.tags
    notebook = nbformat.v4.new_notebook(cells=built[1:3])
    assert build.minutes(lesson, notebook) == 0


def test_a_new_address_leaves_measurements_valid(lesson, monkeypatch):
    seen = set()
    for address in ("", "ada/course"):
        monkeypatch.setattr(build, "repository", lambda address=address: address)
        assert build.write(lesson)
        seen.add(measuring.fingerprint(lesson, "cpu", {}))
    assert len(seen) == 1


@pytest.mark.parametrize("address", ["https://github.com/a/b", "a", "a/b/c", "a b/c"])
def test_an_address_that_is_none_is_refused(tmp_path, monkeypatch, address):
    text = f'[tool.course]\nrepository = "{address}"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.setattr(paths, "CHECKOUT", tmp_path)
    with pytest.raises(CourseError, match="the owner and the name"):
        build.repository()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
    deadline=None,  # a loaded machine is no failure
)
@given(st.lists(st.sampled_from(["a = 1", "", "# note", "b"]), max_size=8))
def test_ids_are_unique_whatever_repeats(lesson, sources):
    text = "\n\n".join(f"# %%\n{source}" for source in sources)
    before = lesson.source.read_text("utf-8")
    try:
        lesson.source.write_text(before + "\n" + text + "\n")
        ids = [cell.id for cell in cells(lesson)]
        assert len(set(ids)) == len(ids)
    finally:
        lesson.source.write_text(before)
