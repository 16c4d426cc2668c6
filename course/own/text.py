"""The learner's text: every .txt and .md file in my/text, one after the other."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from course.own.folder import Folder, Unusable, read

SUFFIXES = {".txt", ".md"}
MOST_BYTES = 20_000_000
LEAST_CHARACTERS = 1000  # of all files together
SHIPPED = Path(__file__).parent / "shipped" / "coriolanus.txt"
BETWEEN = "\n\n"
HOW = (
    "To use your own, put text files (.txt or .md, saved as UTF-8) of together at "
    f"least {LEAST_CHARACTERS:,} characters into the folder my/text. Then run this "
    "cell again."
)
AS_TEXT = "save it as plain text (.txt) in UTF-8."
CONTROL = "".join(map(chr, [*range(9), *range(14, 27), *range(28, 32)]))


@dataclass(frozen=True, repr=False)
class OwnText:
    """Text with newlines as "\\n"; `names` holds the files that it is made of."""

    text: str
    names: tuple[str, ...]
    source: Literal["yours", "shipped"]

    def __len__(self) -> int:
        return len(self.text)

    def __repr__(self) -> str:
        return f"OwnText: {len(self):,} characters, {self.source}"


def load() -> OwnText:
    """Return what is in my/text, or a shipped text, and show what was taken."""
    folder = Folder("text")
    taken: dict[str, str] = {}
    for path in folder.entries():
        try:
            content = read(path, MOST_BYTES)
            if path.suffix.lower() not in SUFFIXES:
                raise Unusable(f"is no .txt or .md file: {AS_TEXT}")
            taken[path.name] = decode(content)
        except Unusable as problem:
            folder.left_out(path.name, problem)
    text = BETWEEN.join(taken.values())
    if taken and len(text) < LEAST_CHARACTERS:
        folder.problems.append(
            f"all of it, since {len(text):,} characters are too few: add text until "
            f"there are {LEAST_CHARACTERS:,}."
        )
        taken = {}
    if taken:
        own = OwnText(text, tuple(taken), "yours")
        files = f"{len(taken)} file{'s' * (len(taken) > 1)}"
        told = f"{len(text):,} characters from {files}"
    else:
        own = OwnText(SHIPPED.read_text("utf-8"), (SHIPPED.name,), "shipped")
        told = "the beginning of Shakespeare's Coriolanus (public domain)"
    folder.show(told, own.source == "shipped", HOW)
    return own


def decode(content: bytes) -> str:
    """Return the text in a file's bytes: UTF-8, or UTF-16 with a byte order mark.

    Line ends become "\\n". Raises Unusable for another encoding, naming the byte, and
    for what is no text.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and b"\0" in content:
        raise Unusable(f"is no text but a binary file: {AS_TEXT}")
    try:
        text = content.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError as error:
        raise Unusable(
            f"is not {'UTF-16' if wide else 'UTF-8'}: byte {error.start:,}, counted "
            "from 0, fits no character. Open it in a text editor and save it as UTF-8."
        ) from error
    text = text.removeprefix("\ufeff")
    if any(character in text for character in CONTROL):
        raise Unusable(f"is no text but a binary file: {AS_TEXT}")
    return text.replace("\r\n", "\n").replace("\r", "\n")
