"""Faults of tables, emoji and models: a sentence, nothing half made, a next run."""

import subprocess
import sys

import faults
import pytest

from course import assets
from course.assets import cache, download, models
from course.errors import CourseError

# In a folder of its own: the GGUF stays where it is, what is written lands on the disk.
CONVERT = """
import sys
from pathlib import Path
from course import assets
from course.errors import CourseError

place, gguf, path = Path(sys.argv[1]), *sys.argv[2:]
(place / path).parent.mkdir(parents=True, exist_ok=True)
(place / path).symlink_to(gguf)
item = assets.asset("smollm2_135m")
try:
    assets.READERS["model"](item, item.variants[-1], place)
except CourseError as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    download.forget()


def fails(asset: str, place) -> str:
    """What a learner reads when the last variant, in `place`, is wrong."""
    item = assets.asset(asset)
    with pytest.raises(CourseError) as caught:
        assets.READERS[item.kind](item, item.variants[-1], place)
    return str(caught.value)


def test_a_table_with_other_columns(tmp_path):
    variant = assets.asset("california").variants[-1]
    for file in variant.files:
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_text("1 2 3\n4 5 6\n")
    faults.said("other_columns", fails("california", tmp_path))


def test_wheels_with_other_content(tmp_path):
    for file in assets.asset("cifar10").variants[-1].files:
        (tmp_path / file.path).write_bytes(b"no wheel")
    faults.said("no_emoji", fails("cifar10", tmp_path))


def test_a_model_that_cannot_be_converted(tmp_path):
    gguf = tmp_path / assets.asset("smollm2_135m").variants[-1].files[0].path
    gguf.parent.mkdir()
    gguf.write_bytes(b"GGUF, and then nothing")
    faults.said("no_conversion", fails("smollm2_135m", tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [gguf.parent.name]


def test_a_model_in_a_lite_install(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    faults.said("lite_model", fails("smollm2_135m", tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_a_model_is_converted(tmp_path, monkeypatch):
    """A real disk of 20 MB, on which 270 MB of safetensors find no room."""
    monkeypatch.delenv("COURSE_CACHE")
    assets.load("smollm2_135m")
    item = assets.asset("smollm2_135m")
    path = item.variants[-1].files[0].path
    gguf = cache.folder(item, item.variants[-1]) / path
    if not gguf.is_file():
        pytest.skip("the original was to be had, so there is no GGUF to convert")
    disk = faults.Disk(tmp_path / "disk", "20m")
    try:
        done = subprocess.run(
            [*disk.prefix, sys.executable, "-c", CONVERT, disk.folder, gguf, path],
            capture_output=True,
            text=True,
        )
        faults.said("full_disk_to_convert", done.stdout or done.stderr)
        left = [found.name for found in disk.seen(disk.folder).iterdir()]
        assert left == [path.split("/")[0]]
    finally:
        disk.close()
