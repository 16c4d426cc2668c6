"""Labelled pictures as arrays: decoded once, then read from a file of arrays."""

import contextlib
import io
import math
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.assets import emoji
from course.assets.catalog import Asset, Variant
from course.errors import CourseError

DECODED = "decoded.npz"
ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
SPLIT_SEED = 1998


@dataclass(frozen=True, repr=False, eq=False)
class Images:
    """A data set of labelled pictures, split into training and test parts.

    Images are uint8 of shape (N, H, W), or (N, H, W, 3) where they have colour;
    labels are int64 of shape (N,), indices into `class_names`.
    """

    name: str
    variant: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    class_names: tuple[str, ...]
    banner: str | None = None  # what to know of a variant that is not the full one

    def __repr__(self) -> str:
        shape = "×".join(str(size) for size in self.train_images.shape[1:])
        return (
            f"{self.name} ({self.variant}): {len(self.train_images):,} images to train "
            f"on, {len(self.test_images):,} to test, {shape}, "
            f"{len(self.class_names)} classes"
        )


def read(asset: Asset, variant: Variant, folder: Path) -> Images:
    """Return the images whose verified files are in `folder`.

    Raises CourseError when a file is not laid out as the catalog says.
    """
    arrays = _saved(folder / DECODED)
    if arrays is None:
        arrays = _decode(asset, variant, folder)
        _save(folder / DECODED, arrays)
    return Images(
        name=asset.name,
        variant=variant.name,
        class_names=variant.classes or asset.classes,
        banner=variant.banner or None,
        **arrays,
    )


def _saved(path: Path) -> dict[str, np.ndarray] | None:
    # A damaged file of arrays is no loss: it is made again.
    damage = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with (
        contextlib.suppress(*damage),
        np.load(path, allow_pickle=False) as saved,
    ):
        return {name: saved[name] for name in ARRAYS}
    return None


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # On a full disk or in a read-only cache, it is decoded again next time.
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _decode(asset: Asset, variant: Variant, folder: Path) -> dict[str, np.ndarray]:
    if variant.format == "emoji":
        return _split(*emoji.drawn(folder, variant))
    arrays = {}
    for file in variant.files:
        try:
            if variant.format == "parquet":
                images, labels = _parquet(folder / file.path, f"decoding {file.split}")
                arrays[f"{file.split}_images"] = images
                arrays[f"{file.split}_labels"] = labels
            else:
                arrays |= _split(*_csv(folder / file.path))
        # pyarrow's and Pillow's own errors are of these kinds.
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise CourseError(
                f"{file.path} of {asset.name} ({variant.name}) is not laid out as the "
                f"course expects ({error}); please report this with `course doctor`."
            ) from error
    return arrays


def _parquet(path: Path, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a picture column (`image` or `img`: {bytes, path}) and `label`."""
    import sys

    import pyarrow.parquet as parquet
    from PIL import Image
    from tqdm import tqdm

    table = parquet.read_table(path)
    column = table["image" if "image" in table.column_names else "img"]
    labels = table["label"].to_numpy().astype(np.int64)
    pictures = []
    progress = tqdm(column, what, file=sys.stdout, delay=1, mininterval=0.5)
    for cell in progress:
        with Image.open(io.BytesIO(cell["bytes"].as_py())) as picture:
            colour = picture.mode not in ("1", "L")
            pictures.append(np.asarray(picture.convert("RGB" if colour else "L")))
    return np.stack(pictures), labels


def _csv(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read rows of square pictures: the pixels, 0 to 255, then the label."""
    rows = np.loadtxt(path, delimiter=",", dtype=np.uint8, ndmin=2)
    side = math.isqrt(rows.shape[1] - 1)
    return rows[:, :-1].reshape(-1, side, side), rows[:, -1].astype(np.int64)


def _split(
    images: np.ndarray, labels: np.ndarray, kin: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Hold out a fifth of each class, the same everywhere, and shuffle both parts.

    Pictures with the same number in `kin` (N,) stay together, on one side or the other.
    """
    kin = np.arange(len(labels)) if kin is None else kin
    # RandomState, unlike default_rng, gives the same numbers in every NumPy version.
    random = np.random.RandomState(SPLIT_SEED)
    drawn = random.permutation(len(labels))
    held_out = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = drawn[labels[drawn] == label]
        for family in dict.fromkeys(kin[members]):
            if held_out[members].sum() >= len(members) // 5:
                break
            held_out |= kin == family
    # A second draw: what is left of the first begins with the classes held out soonest.
    order = random.permutation(len(labels))
    train, test = order[~held_out[order]], order[held_out[order]]
    return {
        "train_images": images[train],
        "train_labels": labels[train],
        "test_images": images[test],
        "test_labels": labels[test],
    }
