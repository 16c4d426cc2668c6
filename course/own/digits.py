"""The learner's handwritten digits, one in each file, named after the digit."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np

from course.own import strokes
from course.own.folder import Folder, Unusable
from course.own.pictures import grey, open_picture
from course.own.prepare import prepare, raw

LEAST, MOST = 12, 6000  # pixels of a side
LABEL = re.compile(r"([0-9])(?![0-9])")
HOW = (
    "To use your own, put pictures named after their digit, as in 7.png or 7_b.jpg, "
    "into the folder my/digits: photographs of ink on paper, or drawings. Then run "
    "this cell again."
)


@dataclass(frozen=True, eq=False, repr=False)
class OwnDigits:
    """Handwritten digits, prepared as MNIST's were and, beside that, only scaled.

    `images` and `raw` are uint8 of shape (N, 28, 28): `images` with bright ink fitted
    and centred, `raw` with the picture's own brightness. `labels` is int64 (N,), and
    `names` holds the N files' names.
    """

    images: np.ndarray
    raw: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    source: Literal["yours", "shipped"]

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"OwnDigits: {len(self)} digits, 28×28, {self.source}"


def load() -> OwnDigits:
    """Return what is in my/digits, or 20 shipped digits, and show what was taken."""
    folder = Folder("digits")
    taken: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for path in folder.entries():
        try:
            label(path.name)
            picture = grey(open_picture(path, LEAST, MOST))
            taken[path.name] = prepare(picture), raw(picture)
        except Unusable as problem:
            folder.left_out(path.name, problem)
    source = "yours" if taken else "shipped"
    taken = taken or {
        name: (prepare(sheet), raw(sheet)) for name, sheet in strokes.shipped().items()
    }
    digits = _digits(taken, source)
    folder.show(_told(digits), source == "shipped", HOW)
    return digits


def label(name: str) -> int:
    """Return the digit with which a file's name begins. Raises Unusable without one."""
    found = LABEL.match(name)
    if not found:
        raise Unusable(
            "is not named after its digit: its name must begin with one digit, as in "
            "7.png or 7_b.jpg."
        )
    return int(found[1])


def _digits(taken: dict[str, tuple[np.ndarray, np.ndarray]], source) -> OwnDigits:
    images, raws = zip(*taken.values(), strict=True)
    return OwnDigits(
        images=np.stack(images),
        raw=np.stack(raws),
        labels=np.array([label(name) for name in taken], dtype=np.int64),
        names=tuple(taken),
        source=source,
    )


def _told(digits: OwnDigits) -> str:
    if digits.source == "shipped":
        return f"{len(digits)} digits that come with the course"
    counts = Counter(digits.labels.tolist())
    each = ", ".join(f"{digit}: {counts[digit]}" for digit in sorted(counts))
    return f"{len(digits)} digit{'s' * (len(digits) > 1)} ({each})"
