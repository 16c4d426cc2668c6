"""Run a learner's code for a limited time, keeping only the start of what it prints."""

import ctypes
import io
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

_PAUSE = 0.5  # seconds between two stops
_POLITE = 3  # single stops before the watchdog insists

# Taken by index: a function object of our own, whose result type may be changed.
_raise_in = ctypes.pythonapi["PyThreadState_SetAsyncExc"]
_raise_in.restype = None


class TimeLimit(BaseException):
    """The time is over. Not an Exception, so that `except Exception` lets it pass."""


@dataclass(frozen=True)
class Ran:
    """What a limited call gave: a value or an error, and the start of its output."""

    value: Any
    error: BaseException | None
    output: str


def limited(function: Callable[[], Any], seconds: float, output_chars: int) -> Ran:
    """Call `function()` for at most `seconds`; keep `output_chars` of its output.

    Whatever the call raises comes back as `Ran.error`: TimeLimit after `seconds`,
    also where a loop catches everything. One native call cannot be interrupted.

    This is a call and not a `with` block because the stop may arrive at the first
    instruction of an `__exit__`, which would leave the watchdog running.
    """
    value = error = None
    head = _Head(output_chars)
    stdout, stderr = sys.stdout, sys.stderr
    watchdog = _Watchdog(seconds)
    try:
        sys.stdout = sys.stderr = head
        watchdog.start()
        try:
            value = function()
        finally:
            # CPython delivers a stop at calls and jumps only: plain stores are safe.
            watchdog.left = True
            watchdog.limit.__init__ = BaseException.__init__
            sys.stdout, sys.stderr = stdout, stderr
            watchdog.stop()
    except BaseException as raised:
        error = raised
    watchdog.stop()  # again: a last stop may have interrupted the first call
    return Ran(value, error, head.text())


class _Watchdog(threading.Thread):
    """Raises TimeLimit in the thread that made it, until that thread calls it off."""

    def __init__(self, seconds: float):
        super().__init__(daemon=True)
        self.left = False
        self._seconds = seconds
        self._wake = threading.Event()
        # A class of this watchdog's own, since insisting changes it.
        self.limit = type("TimeLimit", (TimeLimit,), {})
        self._learner = ctypes.c_ulong(threading.get_ident())
        self._fire = partial(_raise_in, self._learner, ctypes.py_object(self.limit))

    def run(self) -> None:
        stops = 0
        pause = self._seconds
        while not self._wake.wait(pause):
            # No other thread runs between a test of `left` and the next line: nothing
            # there gives up the interpreter's lock.
            if stops >= _POLITE and not self.left:
                # Each stop, when it is made, asks for the next: a loop around
                # `try ... except: pass` meets one outside its `try`.
                self.limit.__init__ = self._fire
            if not self.left:
                self._fire()
            stops += 1
            pause = _PAUSE

    def stop(self) -> None:
        """End the watchdog, and take back a stop that was not delivered yet."""
        self._wake.set()
        self.join()
        _raise_in(self._learner, None)


class _Head(io.TextIOBase):
    """A text stream that keeps the first `limit` characters."""

    def __init__(self, limit: int):
        super().__init__()
        self._room = limit
        self._kept: list[str] = []
        self._more = False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._room > 0 and text:
            self._kept.append(text[: self._room])
        self._more = self._more or len(text) > self._room
        self._room = max(0, self._room - len(text))
        return len(text)

    def text(self) -> str:
        kept = "".join(self._kept)
        return kept + "\n… and more" if self._more else kept
