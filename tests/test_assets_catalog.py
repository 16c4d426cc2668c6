"""The catalog: the real one is right, and a wrong one is refused by name."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import assets
from course.assets.sources import _sums
from course.errors import CourseError

GOOD = """
[tiny]
title = "Tiny"
kind = "images"
licence = "CC0"
citation = "None."
classes = ["a", "b"]
[[tiny.variants]]
name = "full"
format = "parquet"
repo = "me/tiny"
[[tiny.variants.files]]
path = "train.parquet"
split = "train"
bytes = 10
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "catalog.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_real_catalog_holds_mnist():
    mnist = assets.catalog()["mnist"]
    assert [variant.name for variant in mnist.variants] == ["full", "digits5000"]
    assert mnist.classes == tuple(string.digits)
    assert mnist.variants[0].banner == ""
    assert "smaller variant" in mnist.variants[1].banner
    assert 19e6 < mnist.variants[0].bytes < 21e6
    assert "CC BY-SA 3.0" in mnist.licence
    assert "1998" in mnist.citation


def test_a_good_catalog_is_read(written):
    tiny = assets.catalog(written(GOOD))["tiny"]
    assert tiny.variants[0].repo_type == "dataset"
    assert tiny.variants[0].files[0].path == "train.parquet"


@pytest.mark.parametrize(
    ("old", "new", "entry", "says"),
    [
        ('kind = "images"', 'kinds = "images"', "[tiny]", "unknown key `kinds`"),
        ('licence = "CC0"', "", "[tiny]", "`licence` is missing"),
        ('kind = "images"', 'kind = "films"', "[tiny]", "must be one of images"),
        ('title = "Tiny"', "title = 3", "[tiny]", "`title` must be of type str"),
        ("bytes = 10", "bytes = true", "'train.parquet'", "must be of type int"),
        ("bytes = 10", "", "'train.parquet'", "`bytes` is missing"),
        ("bytes = 10", "bytes = 1\nmd5 = 'x'", "'train.parquet'", "unknown key `md5`"),
        ('split = "train"', 'split = "x"', "'train.parquet'", "must be one of all,"),
        ('repo = "me/tiny"', "", "variant 'full'", "`repo` or `package`"),
        ('repo = "me/tiny"', 'package = "p"', "variant 'full'", "`version` and"),
        (
            '"parquet"',
            '"pickle"',
            "variant 'full'",
            "must be one of csv, emoji, parquet",
        ),
        ('classes = ["a", "b"]', "", "variant 'full'", "pictures need their `classes`"),
        ('"images"', '"table"', "variant 'full'", "must be one of columns, csv"),
        ("train.parquet", "x-1-y.whl", "variant 'full'", "needs either"),
        ('repo = "me/tiny"', "about = 3", "variant 'full'", "`about` must be of type"),
        ('[tiny]\ntitle = "Tiny"', "tiny = 3", "[tiny]", ""),
    ],
)
def test_a_wrong_catalog_is_refused_with_file_and_entry(written, old, new, entry, says):
    assert old in GOOD
    if new == "tiny = 3":
        text, says = "tiny = 3", "must be a table"
    else:
        text = GOOD.replace(old, new)
    with pytest.raises(CourseError) as error:
        assets.catalog(written(text))
    assert "catalog.toml" in str(error.value)
    assert entry in str(error.value)
    assert says in str(error.value)


def test_a_table_names_the_column_to_predict(written):
    text = GOOD.replace('"images"', '"table"').replace('"parquet"', '"csv"')
    with pytest.raises(CourseError, match="`target` is a column in `about`"):
        assets.catalog(written(text))


def test_a_wheel_that_is_kept_whole_needs_its_hash(written):
    text = GOOD.replace("train.parquet", "x-1-y.whl").replace('repo = "me/tiny"', "")
    with pytest.raises(CourseError, match="the wheel x-1-y.whl needs its `sha256`"):
        assets.catalog(written(text))


def test_two_variants_of_one_name_are_refused(written):
    again = GOOD[GOOD.index("[[tiny.variants]]") :]
    with pytest.raises(CourseError, match="same name"):
        assets.catalog(written(GOOD + again))


def test_no_variants_are_refused(written):
    with pytest.raises(CourseError, match="at least one entry in `variants`"):
        assets.catalog(written(GOOD[: GOOD.index("[[tiny.variants]]")]))


def test_a_syntax_error_names_file_and_line(written):
    with pytest.raises(CourseError, match=r"catalog\.toml.*line 3"):
        assets.catalog(written("\n\nthis is not TOML"))


@given(st.text(max_size=200))
def test_any_text_is_a_catalog_or_a_course_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("catalog") / "catalog.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(assets.catalog(path), dict)
    except CourseError as error:
        assert "catalog.toml" in str(error)


def test_an_unknown_asset_names_the_nearest():
    with pytest.raises(CourseError, match=r"Did you mean mnist\?"):
        assets.asset("minst")
    with pytest.raises(CourseError, match="Known: california, cifar10"):
        assets.asset("qqqqq")


PATHS = st.text("abcXYZ019 ._-/", min_size=1, max_size=30).filter(
    lambda path: path == path.strip() and not path.startswith("./")
)


@given(st.dictionaries(PATHS, st.text("0123456789abcdef", min_size=64, max_size=64)))
def test_sha256sums_are_read_back(sums):
    for mark in (" ", "*"):
        text = "".join(f"{value} {mark}{path}\n" for path, value in sums.items())
        assert _sums(text) == sums
        assert _sums(text.replace("\n", "\r\n")) == sums


@given(st.text())
def test_any_text_can_stand_where_sha256sums_should(text):
    assert isinstance(_sums(text), dict)
