"""A pad in the notebook, to draw digits on; each is saved into my/digits."""

import base64
import binascii
import contextlib
import os
from pathlib import Path

import anywidget

from course.errors import CourseError
from course.language import say
from course.own import WITHOUT_PAD
from course.own.folder import Folder

HERE = Path(__file__).parent
START = "data:image/png;base64,"
MOST_BYTES = 1_000_000


class Pad(anywidget.AnyWidget):
    """The pad: paper, a choice of digit, Save and Clear. It waits for nothing."""

    _esm = HERE / "pad.js"
    _css = HERE / "pad.css"

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(self._received)

    def __repr__(self) -> str:
        return say(WITHOUT_PAD)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": say(WITHOUT_PAD)}, metadata

    def _received(self, _, message: dict, buffers: list) -> None:
        try:
            file = save(message.get("digit"), message.get("png"))
        except CourseError as error:
            self.send({"saved": False, "said": str(error)})
        else:
            self.send({"saved": True, "said": f"Saved as my/digits/{file.name}."})


def save(digit: object, png: object) -> Path:
    """Write a picture, a data URL of PNG, as the next free my/digits/DIGIT_N.png.

    Nothing that exists is overwritten. Raises CourseError where it is no such picture
    or cannot be written.
    """
    if type(digit) is not int or not 0 <= digit <= 9:
        raise CourseError("Choose which digit it is, 0 to 9, then save.")
    content = _decoded(png)
    folder = Folder("digits")
    folder.entries()
    if folder.problems:
        raise CourseError(f"Nothing was saved: {folder.problems[0]}")
    number = 1
    while os.path.lexists(folder.path / f"{digit}_{number}.png"):
        number += 1
    file = folder.path / f"{digit}_{number}.png"
    try:
        # "x": a second notebook may have taken the name just now.
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError:
        return save(digit, png)
    except OSError as error:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        raise CourseError(
            f"Nothing was saved ({error.strerror}): make room, or give yourself the "
            "right to write into my/digits, then save again."
        ) from error
    return file


def _decoded(png: object) -> bytes:
    problem = "The drawing did not arrive whole: save it again."
    if not isinstance(png, str) or not png.startswith(START):
        raise CourseError(problem)
    try:
        content = base64.b64decode(png.removeprefix(START), validate=True)
    except binascii.Error as error:
        raise CourseError(problem) from error
    if not content.startswith(b"\x89PNG") or len(content) > MOST_BYTES:
        raise CourseError(problem)
    return content
