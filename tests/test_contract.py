"""Contracts: what they say, and how a mistake in one is refused."""

import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import LESSONS
from course import contract, machine
from course.contract import Bound
from course.errors import CourseError


def test_every_contract_of_the_course_is_valid():
    known = contract.contracts()
    assert list(known) == sorted(known)
    for lesson in known.values():
        for tier in machine.TIERS:
            assert lesson.terms(tier).seconds > 0


def test_terms_merge_lesson_tier_and_variant(tiny_course):
    lesson = contract.find("week90_test/01_means")
    assert lesson.terms("ci").settings == {"epochs": 1, "width": 8}
    assert lesson.terms("cpu").settings == {"epochs": 4, "width": 8}
    small = lesson.terms("ci", {"mnist": "digits5000"})
    assert small.settings == {"epochs": 1, "width": 4}
    assert small.bounds["accuracy"] == Bound(minimum=0.8)
    assert lesson.terms("ci").bounds["accuracy"] == Bound(minimum=0.9)


def test_an_unnamed_gpu_tier_takes_the_next_smaller_ones_terms(tiny_course):
    lesson = contract.find("week90_test/01_means")
    assert lesson.terms("gpu8").seconds == 20  # that of cpu
    assert lesson.terms("gpu24").seconds == 5  # that of gpu12


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("builds =", "bilds =", 7, "unknown key 'bilds'; did you mean 'builds'?"),
        ('["mean"]\nteaches', '["median"]\nteaches', 7, "'median' in 'builds'"),
        ('["mnist"]', '["mnits"]', 9, "'mnits' in 'assets' is unknown"),
        ("tiers.ci]", "tiers.gpu13]", 15, "unknown tier 'gpu13'"),
        ("ram_gb = 2\n", "ram_gib = 2\n", 17, "unknown key 'ram_gib'"),
        ("{ epochs = 1 }", "{ epoch = 1 }", 19, "unknown key 'epoch'"),
        ("{ min = 0.9 }", "{ mim = 0.9 }", 20, "unknown key 'mim'"),
        ("digits5000", "digits500", 22, "no variant 'digits500'"),
        ("seconds = 20\n", "", 26, "no budget for seconds"),
        ('title = "Means"\n', "", 5, "a lesson needs 'title'"),
        ("[lesson.tiers.cpu]\n", "[lesson.tiers.cpu]\nwidth = 3\n", 27, "key 'width'"),
        ("{ min = 0.9 }", "0.9", 20, "'accuracy' has the wrong type"),
        ("{ min = 0.9 }", '{ min = "high" }', 20, "'min' has the wrong type"),
        ("{ min = 0.9 }", "{ min = 2, max = 1 }", 20, "allows nothing"),
        ("seconds = 20", 'seconds = "ten"', 27, "'seconds' has the wrong type"),
        ("seconds = 20", "seconds = -1", 27, "'seconds' is below 0"),
        ('assets = ["mnist"]', "assets = 3", 9, "'assets' has the wrong type"),
        ('builds = ["mean"]', 'builds = [["mean"]]', 7, "'builds' has the wrong type"),
        ("{ epochs = 1 }", "3", 19, "'settings' has the wrong type"),
    ],
)
def test_a_mistake_is_refused_with_file_and_line(tiny_course, old, new, line, says):
    text = LESSONS.replace(old, new, 1)
    assert text != LESSONS
    tiny_course.toml.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as refusal:
        contract.read(tiny_course.toml)
    assert says in str(refusal.value)
    assert f"lessons.toml, line {line}" in str(refusal.value)


def test_a_lesson_id_that_stands_twice_is_refused(tiny_course):
    text = LESSONS.replace('id = "02_more"', 'id = "01_means"')
    tiny_course.toml.write_text(text, encoding="utf-8")
    contract.syllabus.cache_clear()
    with pytest.raises(CourseError, match="stands here twice"):
        contract.contracts()


@pytest.mark.parametrize("name", ["measured.json", "01_means.ipynb"])
def test_a_damaged_generated_file_is_a_sentence(tiny_course, name):
    (tiny_course.week / name).write_text("<<<<<<< HEAD")
    with pytest.raises(CourseError, match=f"{name} is damaged"):
        contract.find("week90_test/01_means").minutes()
        contract.measured("week90_test")


def test_a_lesson_builds_at_most_three(tiny_course):
    text = LESSONS.replace('builds = ["mean"]', f"builds = {['mean'] * 4}")
    tiny_course.toml.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="builds at most 3"):
        contract.read(tiny_course.toml)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, len(LESSONS)), junk=st.text(max_size=8))
def test_a_damaged_file_is_refused_or_read_but_never_a_traceback(
    tiny_course, cut, junk
):
    text = LESSONS[:cut] + junk
    tiny_course.toml.write_text(text, encoding="utf-8")
    try:
        contract.read(tiny_course.toml)
    except CourseError as refusal:
        assert "lessons.toml" in str(refusal)
    else:
        assert tomllib.loads(text)["week"]["title"]


def test_an_unknown_lesson_gets_the_nearest_names():
    with pytest.raises(CourseError, match="week03_mnist/03_train_mnist"):
        contract.find("week03_mnist/train_mnist")
    for odd in ([], {}, None, 3):
        with pytest.raises(CourseError, match="There is no lesson"):
            contract.find(odd)


@pytest.mark.parametrize(
    ("bound", "value", "allowed"),
    [
        (Bound(0.9), 0.9, True),
        (Bound(0.9), 0.89, False),
        (Bound(maximum=2.0), 2.1, False),
        (Bound(1.0, 2.0), 1.5, True),
        (Bound(0.9), float("nan"), False),
        (Bound(maximum=2.0), float("nan"), False),
    ],
)
def test_bounds(bound, value, allowed):
    assert bound.allows(value) is allowed


def test_an_asset_that_a_setting_names_is_needed_where_it_is_named():
    lesson = contract.Contract(
        "week90_test",
        "01_chat",
        "Chat",
        assets=("mnist", "smollm2_135m", "tinyllama_1b"),
        settings={"model": "smollm2_135m", "sizes": [1, 2]},
        tiers={
            "ci": {"seconds": 1, "ram_gb": 1, "download_mb": 1},
            "gpu8": {
                "seconds": 1,
                "ram_gb": 1,
                "download_mb": 1,
                "settings": {"model": "tinyllama_1b"},
            },
        },
    )
    assert lesson.needed("ci") == lesson.needed("cpu") == ("mnist", "smollm2_135m")
    assert lesson.needed("gpu24") == ("mnist", "tinyllama_1b")
    assert lesson.scaled() == ["model"]
