"""Each fault of fetching, for real: a sentence, nothing wrong kept, a next run.

The servers, folders and wheels are those of test_assets.py.
"""

import os
import signal
import socket
import subprocess
import time

import faults
import pytest
import test_assets
from test_assets import FILES, TEST, TRAIN, assert_full, python

from course import assets
from course.assets import cache, download
from course.errors import CourseError

server = test_assets.server
folder = test_assets.folder
wheel = test_assets.wheel
nothing_reachable = test_assets.nothing_reachable

HALF = len(FILES[TRAIN]) // 2


@pytest.fixture
def web(server, monkeypatch):
    """The server as a mirror, and the only source there is."""
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    return server


@pytest.fixture
def disk(tmp_path, monkeypatch):
    made = faults.Disk(tmp_path / "disk", "8k")
    monkeypatch.setenv("COURSE_CACHE", str(made.folder / "cache"))
    yield made
    made.close()


def fails() -> str:
    """What a learner reads when nothing can be had; the cache then has nothing."""
    with pytest.raises(CourseError) as caught:
        assets.load("tiny")
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert assets.present("tiny") is None
    return sentence


def kept() -> list[int]:
    """The sizes of what lies in the cache's folder for unfinished downloads."""
    stage = cache.paths.cache() / "tiny" / ".full.part"
    return [path.stat().st_size for path in stage.rglob("*") if path.is_file()]


def assert_next_run_works(source: str = "mirror") -> None:
    """The data come whole; the cache is left with nothing else and serves them."""
    assert assets.fetch("tiny").source == source
    assert_full(assets.load("tiny"))
    assert assets.fetch("tiny").source == "cache"
    assert kept() == []


def on(disk: faults.Disk, code: str) -> subprocess.CompletedProcess:
    """Run Python code, which knows the tiny catalog, on a disk."""
    started = python(code, disk.folder.parent, prefix=disk.prefix)
    out, error = started.communicate(timeout=60)
    return subprocess.CompletedProcess(started.args, started.returncode, out, error)


def test_no_network(tmp_path, server, monkeypatch):
    """In a namespace without a network; else the Hub and the index are dead ports."""
    env = dict(os.environ)
    if faults.offline():
        for name in ("HF_ENDPOINT", "PIP_NO_INDEX", "PIP_FIND_LINKS"):
            env.pop(name, None)
    started = time.perf_counter()
    process = python("assets.load('tiny')", tmp_path, prefix=faults.offline(), env=env)
    out, error = process.communicate(timeout=60)
    assert time.perf_counter() - started < 5
    assert (process.returncode, out, len(error.splitlines())) == (1, "", 1)
    faults.said("no_network", error)
    assert assets.present("tiny") is None and kept() == []
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    assert_next_run_works("hub")


def test_a_drop_in_mid_file(web):
    web.faults = {TRAIN: "drop"}
    faults.said("drop", fails())
    assert kept() == [HALF]
    assert_next_run_works()
    assert web.gets(TRAIN) == [None, f"bytes={HALF}-"]


def test_a_server_error(web):
    web.faults = {TRAIN: "500"}
    faults.said("server_error", fails())
    assert_next_run_works()


def test_a_truncated_file(web, capsys):
    web.faults = {TRAIN: "truncate"}
    faults.said("truncated", fails())
    assert kept() == []
    assert_next_run_works()
    assert web.gets(TRAIN) == [None, None], "nothing was built on what was refused"


def test_a_wrong_sha256(web):
    web.faults = {TEST: "wrong"}
    faults.said("wrong_sha256", fails())
    assert kept() == [len(FILES[TRAIN])], "the right file stays"
    assert_next_run_works()
    assert len(web.gets(TRAIN)) == 1


def test_a_server_that_hangs(web):
    web.faults = {"SHA256SUMS": "hang"}
    started = time.perf_counter()
    faults.said("hang", fails())
    assert time.perf_counter() - started < 5
    assert_next_run_works()


def test_a_hang_in_mid_file(web, monkeypatch):
    monkeypatch.setattr(download, "STALL", 0.5)  # seconds, instead of ten
    web.faults = {TRAIN: "stall"}
    faults.said("hang_in_mid_file", fails())
    assert kept() == [HALF]
    assert_next_run_works()
    assert web.gets(TRAIN)[1] == f"bytes={HALF}-"


@pytest.mark.parametrize("mirror", ["folder", "web"])
def test_a_full_disk(mirror, request, disk):
    """Without namespaces, a limit on a file's size ends the write instead."""
    request.getfixturevalue(mirror)
    if not disk.real:
        disk.prefix = ["prlimit", "--fsize=700", "--"]
    done = on(disk, "assets.load('tiny')")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    error = done.stderr.replace("File too large", "No space left on device")
    faults.said(f"full_disk_{mirror}", error)
    if disk.real:
        disk.remount("size=10m")
    else:
        disk.prefix = []
    done = on(disk, "print(assets.fetch('tiny').source); print(assets.load('tiny'))")
    assert done.stdout.splitlines()[0] == "mirror", done.stderr
    assert "40 images to train" in done.stdout


def test_a_read_only_cache(folder, disk, monkeypatch):
    """Without namespaces, by the folder's mode, which binds all users but root."""
    cache.paths.cache().mkdir(parents=True)
    if disk.real:
        disk.remount("size=10m,ro")
    else:
        disk.folder.chmod(0o555)
        if os.access(disk.folder, os.W_OK):  # root: a place that even root cannot write
            monkeypatch.setenv("COURSE_CACHE", "/proc/cache")
    done = on(disk, "assets.load('tiny')")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    if disk.real:
        faults.said("read_only_cache", done.stderr)
    # A cache that somebody filled before serves all the same, as in a classroom.
    if disk.real:
        disk.remount("rw")
    else:
        disk.folder.chmod(0o755)
        monkeypatch.setenv("COURSE_CACHE", str(disk.folder / "cache"))
    assert "mirror" in on(disk, "print(assets.fetch('tiny').source)").stdout
    if disk.real:
        disk.remount("ro")
    monkeypatch.delenv("COURSE_MIRROR")
    done = on(disk, "print(assets.fetch('tiny').source); print(assets.load('tiny'))")
    assert done.stdout.splitlines()[0] == "cache", done.stderr
    assert "40 images to train" in done.stdout and done.stderr == ""


def test_two_processes_at_once(web, tmp_path):
    web.faults, web.lasting = {TRAIN: "slow"}, True
    code = "print(assets.fetch('tiny').source)"
    both = [python(code, tmp_path) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [error for _, error in outputs] == ["", ""]
    lines = [out.splitlines() for out, _ in outputs]
    assert sorted(line[-1] for line in lines) == ["cache", "mirror"]
    faults.said("two_fetching", "\n".join(out for out, _ in outputs))
    assert len(web.gets(TRAIN)) == 1
    assert_next_run_works("cache")


def test_the_process_that_fetches_is_killed(web, tmp_path):
    """Its lock is not left behind: a second process waits, and then goes on."""
    web.faults = {TRAIN: "stall"}
    first = python("assets.load('tiny')", tmp_path)
    faults.until(lambda: kept() and kept()[0] > 0)
    second = python("print(assets.fetch('tiny').source)", tmp_path)
    assert "Another process is fetching" in second.stdout.readline()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    out, error = second.communicate(timeout=60)
    assert (out.splitlines()[-1], error) == ("mirror", "")
    faults.said("fetching_killed", error)
    assert_next_run_works("cache")


def test_a_mirror_with_a_wrong_file(folder):
    right = (folder / "me/tiny" / TRAIN).read_bytes()
    (folder / "me/tiny" / TRAIN).write_bytes(b"not the file")
    faults.said("mirror_with_wrong_file", fails())
    assert kept() == []
    (folder / "me/tiny" / TRAIN).write_bytes(right)
    assert_next_run_works()


def test_a_dead_mirror_leads_to_the_smaller_data(wheel, monkeypatch, capsys):
    """The lesson goes on, and is told why with less."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("COURSE_MIRROR", f"http://127.0.0.1:{port}")
    tiny = assets.load("tiny")
    assert (tiny.variant, tiny.banner) == ("small", "A smaller variant.")
    faults.said("smaller_data", capsys.readouterr().out)
