"""Serve the course in JupyterLab until Ctrl-C. Standard library only.

The server is another process, with the Python of .venv; this one, which may be the
system's Python, waits for it, prints its address, and ends it with its kernels.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from course import machine, paths, workspace
from course.errors import CourseError

FIRST_LESSON = "week00_start/00_start_here.ipynb"
CLOSING_SECONDS = 10


def has_display() -> bool:
    """Whether a browser that we open would be seen."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def free_port() -> int:
    """8888 or one of the next nine, else any that is free."""
    for port in (*range(8888, 8898), 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise CourseError("No port of 127.0.0.1 is free: close another JupyterLab first.")


def serve(python: Path, environment: dict[str, str], browser: bool) -> int:
    """Open JupyterLab on the first lesson; returns its exit status, 0 for Ctrl-C.

    Raises CourseError if the server ends before it answers.
    """
    port, token = free_port(), secrets.token_hex(24)
    for name in ("SIGTERM", "SIGHUP"):  # a closed terminal must not leave a server
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    server = _start(python, environment, port, token, browser)
    site = f"http://127.0.0.1:{port}"
    try:
        workspace.copy_lessons()
        print("\n".join(machine.describe(machine.here())), flush=True)
        while not _request("GET", f"{site}/api/status", token):
            if server.poll() is not None:
                raise CourseError(
                    f"JupyterLab ended at once; {_log()} tells why. If a package is "
                    "missing there, delete the folder .venv and start again."
                )
            time.sleep(0.05)
        page = f"{site}/lab/tree/work/{FIRST_LESSON}?token={token}"
        print(f"\nJupyterLab is open at\n\n    {page}\n\nCtrl-C ends it.", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        print("\nJupyterLab is closing ...", flush=True)
        return 0
    finally:
        _close(server, site, token)


def _start(
    python: Path, environment: dict[str, str], port: int, token: str, browser: bool
) -> subprocess.Popen:
    command = [
        str(python),
        "-m",
        "jupyterlab",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={paths.home()}",
        "--LabApp.extension_manager=readonly",  # else every start asks the network
        str(paths.work() / FIRST_LESSON) if browser else "--no-browser",
    ]
    if (
        hasattr(os, "geteuid") and os.geteuid() == 0
    ):  # a container: root is all there is
        command.append("--allow-root")
    try:
        _log().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"{_log().parent} cannot be made ({error.strerror}): set COURSE_HOME to a "
            "folder that can be written, or to none."
        ) from error
    with _log().open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=paths.home(),
            # The token is no argument: others on a machine can read a command line.
            env={**environment, "JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone
        )


def _close(server: subprocess.Popen, site: str, token: str) -> None:
    """End the server with its kernels: by request, else by force."""
    try:
        if server.poll() is None and _request("POST", f"{site}/api/shutdown", token):
            server.wait(CLOSING_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        server.terminate()


def _request(method: str, address: str, token: str) -> bool:
    """Whether the server answers this token; no proxy has a say on this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    header = {"Authorization": f"token {token}"}
    request = urllib.request.Request(address, headers=header, method=method)
    try:
        with opener.open(request, timeout=CLOSING_SECONDS) as response:
            return response.status == 200
    except OSError:
        return False


def _log() -> Path:
    return paths.state() / "jupyter.log"
