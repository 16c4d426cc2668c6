"""Other languages: catalogues, translated notebooks over the same code, the linter."""

import re

import nbformat
import pytest

from course import contract, language, paths
from course.authoring import build, lint, translation
from course.errors import CourseError
from course.exercises import load_exercise
from course.language import ENGLISH, LANGUAGES, current, of_notebook, say, speaking

CATALOGUE = """\
"Not yet" = "還沒有"
"<1> is too <2>. <3>" = "<1> 太<2>了。<3>"
"high" = "大"
"Add, then divide." = "先加再除。"
"Means" = "平均數"
"Exercise" = "練習"
"A mean" = "一個平均數"
"""


@pytest.fixture
def chinese(tiny_course):
    path = tiny_course.week / "exercises" / "zh-Hant.toml"
    path.write_text(CATALOGUE, encoding="utf-8")
    language._catalogue.cache_clear()
    yield tiny_course
    language._catalogue.cache_clear()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("00_start_here.zh-Hant.ipynb", "zh-Hant"),
        ("work/week00_start/00_start_here.zh-Hant.ipynb", "zh-Hant"),
        ("00_start_here.ipynb", ENGLISH),
        ("a.fr.ipynb", ENGLISH),
        ("", ENGLISH),
    ],
)
def test_a_notebooks_name_tells_its_language(name, expected, monkeypatch):
    monkeypatch.delenv("COURSE_LANGUAGE", raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", name)
    assert of_notebook(name) == current() == expected


def test_the_variable_wins_and_an_unknown_one_is_a_sentence(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "00_x.zh-Hant.ipynb")
    monkeypatch.setenv("COURSE_LANGUAGE", "en")
    assert current() == "en"
    monkeypatch.setenv("COURSE_LANGUAGE", "klingon")
    with pytest.raises(CourseError, match="one of en, zh-Hant, or to nothing"):
        current()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Not yet", "還沒有"),
        ("7 is too high. Add, then divide.", "7 太大了。先加再除。"),
        ("7 is too odd. So it goes.", "7 太odd了。So it goes."),
        ("Nobody has translated this.", "Nobody has translated this."),
    ],
)
def test_gaps_are_looked_up_in_turn_and_the_unknown_stays(chinese, text, expected):
    assert say(text) == text
    with speaking("zh-Hant"):
        assert say(text) == expected
    assert current() == ENGLISH


@pytest.mark.parametrize(
    ("content", "says"),
    [('"<2> and <1>" = "x"', "must be <1>, <2>"), ("not toml", "cannot be read")],
)
def test_a_wrong_catalogue_is_a_sentence(chinese, content, says):
    path = chinese.week / "exercises" / "zh-Hant.toml"
    path.write_text(content, encoding="utf-8")
    language._catalogue.cache_clear()
    with pytest.raises(CourseError, match=says), speaking("zh-Hant"):
        say("anything")


def translate(course, change=lambda cells: cells):
    """Write a translation of the tiny lesson, cell by cell."""
    lesson = contract.find("week90_test/01_means")
    source = build._source(lesson)
    texts = ["# 平均數\n\n什麼是*平均數*？", "## 一個練習\n\n<!-- exercise: mean -->"]
    marks = [
        translation.fingerprint(c.source)
        for c in source.cells
        if c.cell_type == "markdown"
    ]
    cells = change(
        [f"+++ {of}\n{text}\n" for of, text in zip(marks, texts, strict=True)]
    )
    lesson.translation("zh-Hant").write_text("\n".join(cells), encoding="utf-8")
    return lesson


def test_a_translation_has_the_same_code_cells(chinese):
    lesson = translate(chinese)
    build.write(lesson)
    english, other = (
        nbformat.read(path, as_version=4) for path in build.notebooks(lesson).values()
    )
    code = [
        [c.source for c in n.cells if c.cell_type == "code"] for n in (english, other)
    ]
    assert code[0] == code[1]
    text = "\n".join(c.source for c in other.cells if c.cell_type == "markdown")
    assert "什麼是*平均數*？" in text and "### 練習: 一個平均數" in text
    assert build.stale() == [] or all("02_more" in s for s in build.stale())


def test_a_translation_that_fell_behind_is_named(chinese):
    lesson = translate(chinese)
    build.write(lesson)
    text = lesson.source.read_text(encoding="utf-8")
    lesson.source.write_text(text.replace("What is a", "And what is a"), "utf-8")
    build.write(lesson)
    told = [problem for problem in build.stale() if "zh-Hant" in problem]
    assert len(told) == 1 and "“# Means” has changed; bring its translation" in told[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda cells: cells[:1], "has 1 cells, the lesson has 2 Markdown cells"),
        (lambda cells: ["no mark"], "must begin with a line such as"),
    ],
)
def test_a_translation_that_does_not_fit_is_a_sentence(chinese, change, says):
    with pytest.raises(CourseError, match=says):
        build.write(translate(chinese, change))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two words", 2),
        ("平均", 1),
        ("一個平均數", 2.5),
        ("一個 mean 平均", 3),
        ("", 0),
    ],
)
def test_two_characters_count_as_a_word(text, words):
    assert build.count_words(text) == words


# The course's own translations.

TRANSLATED = [
    pytest.param(lesson, item, id=f"{lesson.id}.{item}")
    for lesson in contract.contracts().values()
    for item in lesson.languages()
]


def test_the_first_lesson_is_translated():
    assert contract.find("week00_start/00_start_here").languages() == list(LANGUAGES)


@pytest.mark.parametrize(("lesson", "item"), TRANSLATED)
def test_code_cells_are_identical(lesson, item):
    english = nbformat.read(lesson.notebook, as_version=4)
    other = nbformat.read(lesson.translated_notebook(item), as_version=4)
    ours, theirs = (
        [(c.id, c.source, c.outputs) for c in n.cells if c.cell_type == "code"]
        for n in (english, other)
    )
    assert ours == theirs
    assert len(english.cells) == len(other.cells)


@pytest.mark.parametrize(("lesson", "item"), TRANSLATED)
def test_a_translated_notebook_passes_the_linter(lesson, item):
    notebook = nbformat.read(lesson.translated_notebook(item), as_version=4)
    assert lint.check_translation(lesson, notebook) == []


HAN = re.compile("[\u4e00-\u9fff]")
WORD = re.compile("[A-Za-z]{3}")


@pytest.mark.parametrize(("lesson", "item"), TRANSLATED)
def test_all_that_its_exercises_say_is_translated(lesson, item):
    """Titles, choices, hints, solutions, and every message of the proofs."""
    missing = set()

    def look(*texts):
        for text in filter(WORD.search, texts):  # a number needs no translation
            said = language.translated(text, item)
            if said is None or not HAN.search(said):
                missing.add(text)

    for name in lesson.exercises():
        exercise = load_exercise(lesson.exercise(name), lesson.id, "ci")
        look(exercise.title, exercise.header_markdown(), exercise.blank)
        look(*exercise.hints, exercise.solution_text()[0])
        questions = getattr(exercise, "questions", [exercise])
        for question in questions:
            look(getattr(question, "text", ""))
            look(*getattr(question, "choices", {}).values())
        answers = [answer for _, answer in exercise.right_answers()]
        answers += [answer for _, answer, _ in exercise.wrong_answers()]
        for answer in answers:
            outcome = exercise.grade(answer)
            look(outcome.message, *outcome.details)
    assert not missing, "\n".join(sorted(missing))


def test_every_catalogue_entry_is_in_both_languages():
    for item in LANGUAGES:
        files = [paths.PACKAGE / "language" / f"{item}.toml"]
        files += [week / "exercises" / f"{item}.toml" for week in paths.weeks()]
        entries = {}
        for path in filter(lambda path: path.is_file(), files):
            entries |= language.tomllib.loads(path.read_text(encoding="utf-8"))
        assert entries
        for text, said in entries.items():
            gaps = set(re.findall(r"<\d>", text))
            assert set(re.findall(r"<\d>", said)) <= gaps, text
            assert HAN.search(said), text
