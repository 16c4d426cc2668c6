"""JupyterLab is really served, says where, and ends without leaving anything."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from course import lab

SERVE = """
import os, sys
from pathlib import Path
from course import lab
sys.exit(lab.serve(Path(sys.executable), dict(os.environ), browser=False))
"""


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended(tmp_path, end):
    home = tmp_path / "Kurs für Zoë"
    home.mkdir()
    environment = dict(os.environ, COURSE_HOME=str(home), SSH_CONNECTION="test")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    text = "".join(said)
    found = re.search(r"(http://127\.0\.0\.1:\d+)(\S*)\?token=(\w{32,})", text)
    assert found, text
    site, path, token = found.groups()
    assert path == "/lab/tree/work/week00_start/00_start_here.ipynb"
    assert "That makes the tier" in text
    assert status(f"{site}/api/status?token={token}") == 200
    assert status(f"{site}/lab?token={token}") == 200
    assert status(f"{site}/api/contents") == 403
    process.send_signal(end)
    assert process.wait(20) == 0
    assert status(f"{site}/api") is None


def test_a_server_that_ends_at_once_is_one_sentence(tmp_path):
    environment = dict(os.environ, COURSE_HOME=str(tmp_path))
    code = SERVE.replace("Path(sys.executable)", f"Path({shutil.which('false')!r})")
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert time.monotonic() - begin < 15
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "jupyter.log" in done.stderr


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, False),
    ],
)
def test_a_browser_opens_only_where_it_is_seen(monkeypatch, environment, expected):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert lab.has_display() is expected


def test_a_taken_port_is_passed_over():
    port = lab.free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        assert lab.free_port() != port
