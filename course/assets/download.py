"""Getting a file over http: verified, resumable, and quick to see a dead server."""

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
from tqdm import tqdm

from course.assets import cache

T = TypeVar("T")
STALL = 10.0  # seconds without a byte, after which a download is given up
REMEMBER = 60.0  # seconds for which a dead server is not asked again
SHOW_ABOVE = 1_000_000  # bytes; a smaller download gets no progress bar
_dead: dict[str, float] = {}  # host: when it was found dead


class Unavailable(Exception):
    """A source cannot give what was asked for; its text is half a line of why."""


class Refused(Unavailable):
    """A source gave something that is not what it should be."""


def ask(url: str, call: Callable[[], T], seconds: float) -> T:
    """Return what `call` gets from the server at `url`, or raise Unavailable.

    It runs in a thread: a name look-up on a dead network obeys no timeout. A server
    that gave no answer is remembered for a minute, so that nobody waits for it twice.
    """
    host = host_of(url)
    if time.monotonic() - _dead.get(host, -REMEMBER) < REMEMBER:
        raise Unavailable(f"{host} did not answer a moment ago")
    outcome: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put((call(), None))
        except Exception as error:  # httpx's, or those of the Hub's own client
            outcome.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        value, error = outcome.get(timeout=seconds)
    except queue.Empty:
        value, error = None, TimeoutError()
    if error is None:
        return value
    response = getattr(error, "response", None)
    if response is not None:
        raise Unavailable(f"{host} answered {response.status_code}") from error
    _dead[host] = time.monotonic()
    raise Unavailable(f"{host} cannot be reached") from error


def host_of(url: str) -> str:
    """Return the server's name and port; a user's name and password never show."""
    return url.split("/")[2].rpartition("@")[2]


def forget() -> None:
    """Ask every server again, even one that was just found dead."""
    _dead.clear()


def download(
    url: str, target: Path, *, sha256: str = "", size: int | None = None, tag: str = ""
) -> None:
    """Write what is at `url` to `target`, going on where an earlier try stopped.

    `tag` names the content where its sha256 is not known (an ETag), so that a part of
    something else is never continued. Raises Unavailable when the server fails, and
    Refused when the sha256 or the size in bytes is not as given.
    """
    if sha256 and target.exists() and cache.sha256(target) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{(sha256 or tag)[:16]}.part")
    try:
        _append(url, part, target.name)
    except httpx.HTTPError as error:
        done = part.stat().st_size if part.exists() else 0
        raise Unavailable(
            f"{host_of(url)} stopped after {done / 1e6:.1f} MB of {target.name}, "
            "which are kept"
        ) from error
    verify(part, target.name, sha256=sha256, size=size)
    os.replace(part, target)


def verify(path: Path, name: str, *, sha256: str = "", size: int | None = None) -> None:
    """Remove a file that is not what it should be, and raise Refused."""
    if size is not None and path.stat().st_size != size:
        wrong = "size"
    elif sha256 and cache.sha256(path) != sha256:
        wrong = "sha256"
    else:
        return
    path.unlink()
    raise Refused(f"{name} has the wrong {wrong} and was refused")


def _append(url: str, part: Path, name: str) -> None:
    done = part.stat().st_size if part.exists() else 0
    # Compressed on the way, a file could not be resumed in its middle.
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    timeout = httpx.Timeout(STALL, connect=2.0)
    with httpx.stream(
        "GET", url, headers=headers, timeout=timeout, follow_redirects=True
    ) as answer:
        if answer.status_code == 416:  # nothing is left to send
            return
        if answer.status_code not in (200, 206):
            raise Unavailable(
                f"{host_of(url)} answered {answer.status_code} for {name}"
            )
        if answer.status_code == 200:  # the whole file, whatever was asked
            done = 0
        left = int(answer.headers.get("Content-Length", 0))
        with (
            part.open("ab" if done else "wb") as file,
            tqdm(
                desc=name,
                file=sys.stdout,
                total=(done + left) or None,
                initial=done,
                unit="B",
                unit_scale=True,
                delay=1,
                disable=0 < left < SHOW_ABOVE,
            ) as bar,
        ):
            for chunk in answer.iter_bytes():
                file.write(chunk)
                file.flush()  # so that a killed process loses nothing
                bar.update(len(chunk))
