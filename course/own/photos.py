"""The learner's photographs; a sub-folder's name is the label of what is in it."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from course.own.folder import Folder, Unusable
from course.own.pictures import grey, open_picture

LEAST = 64  # pixels of a side
LONG_SIDE = 1024  # a larger photograph is made this long
MOST_FILES = 200
HOW = (
    "To use your own, put photographs (JPEG or PNG) into the folder my/photos, or into "
    "folders there named after what they show, as in my/photos/cat/1.jpg. Then run "
    "this cell again."
)
# As scikit-learn's note on them says (sklearn/datasets/images/README.txt).
CREDIT = (
    "the two photographs that come with scikit-learn, china.jpg (danielbuechele on "
    "Flickr, CC BY 2.0) and flower.jpg (vultilion on Flickr, CC BY 2.0)"
)


@dataclass(frozen=True, eq=False, repr=False)
class OwnPhotos:
    """Photographs as upright RGB pictures of at most 1,024 pixels on the long side.

    `labels` holds the names of their folders, None for those in no folder; `names`
    holds the files' names with their folder.
    """

    images: tuple[Image.Image, ...]
    labels: tuple[str | None, ...]
    names: tuple[str, ...]
    source: Literal["yours", "shipped"]

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"OwnPhotos: {len(self)} photographs, {self.source}"


def load() -> OwnPhotos:
    """Return what is in my/photos, or two shipped ones, and show what was taken."""
    folder = Folder("photos")
    taken: dict[str, Image.Image] = {}
    paths = _files(folder)
    for path in paths[:MOST_FILES]:
        name = path.relative_to(folder.path).as_posix()
        try:
            taken[name] = _photo(path)
        except Unusable as problem:
            folder.left_out(name, problem)
    if len(paths) > MOST_FILES:
        folder.problems.append(
            f"{len(paths) - MOST_FILES:,} files after the first {MOST_FILES}, in "
            "order of their names: move those you do not need elsewhere."
        )
    source = "yours" if taken else "shipped"
    taken = taken or _shipped()
    photos = OwnPhotos(
        images=tuple(taken.values()),
        labels=tuple(_label(name) for name in taken),
        names=tuple(taken),
        source=source,
    )
    folder.show(_told(photos), source == "shipped", HOW)
    return photos


def _files(folder: Folder) -> list[Path]:
    """The files in the folder and, one level down, in its labelled sub-folders."""
    found = []
    for path in folder.entries():
        found += folder.entries(path.name) if os.path.isdir(path) else [path]
    return found


def _photo(path: Path) -> Image.Image:
    picture = open_picture(path, LEAST)
    if picture.has_transparency_data:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    if picture.mode.startswith(("I", "F")):  # more than 8 bits, which Pillow would clip
        picture = grey(picture)
    picture = picture.convert("RGB")
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return picture


def _shipped() -> dict[str, Image.Image]:
    from sklearn.datasets import load_sample_images

    sample = load_sample_images()
    names = (Path(name).name for name in sample.filenames)
    return dict(zip(names, map(Image.fromarray, sample.images), strict=True))


def _label(name: str) -> str | None:
    return name.split("/")[0] if "/" in name else None


def _told(photos: OwnPhotos) -> str:
    if photos.source == "shipped":
        return CREDIT
    counts = Counter(label or "without a label" for label in photos.labels)
    each = ", ".join(f"{label}: {count}" for label, count in counts.items())
    return f"{len(photos)} photograph{'s' * (len(photos) > 1)} ({each})"
