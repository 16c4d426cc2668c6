"""A picture file of any kind, upright, or one sentence on why it cannot be used."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from course.own.folder import Unusable, read

MOST_BYTES = 60_000_000
MOST_PIXELS = 89_000_000  # Pillow calls more a possible decompression bomb
AS_JPEG = "save or export it as JPEG or PNG and put that here."
# Kinds that Pillow cannot open, or of which it would open a thumbnail only.
REFUSED = {
    ".heic": "is a HEIC picture",
    ".heif": "is a HEIC picture",
    ".svg": "is a drawing of vectors (SVG)",
    ".pdf": "is a PDF document",
}
RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".raw", ".rw2")
REFUSED |= dict.fromkeys(RAW, "is a camera's raw file")
HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def open_picture(path: Path, least: int, most: int | None = None) -> Image.Image:
    """Return the picture in a file, turned upright as its EXIF data say.

    `least` and `most` bound its sides in pixels. Raises Unusable with one sentence.
    """
    if path.suffix.lower() in REFUSED:
        raise Unusable(f"{REFUSED[path.suffix.lower()]}: {AS_JPEG}")
    content = read(path, MOST_BYTES)
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise Unusable(f"is a HEIC picture, whatever its name: {AS_JPEG}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked here, in words
            picture = Image.open(io.BytesIO(content))
            _check(picture, least, most)
            picture.load()
            return ImageOps.exif_transpose(picture)
    except Unusable:
        raise
    except Image.UnidentifiedImageError as error:
        raise Unusable(f"is not a picture that can be read: {AS_JPEG}") from error
    except Image.DecompressionBombError as error:
        raise Unusable("has far too many pixels: make it smaller.") from error
    # On a damaged file, Pillow's readers raise almost anything.
    except Exception as error:
        raise Unusable(
            "is damaged or cut off: copy it once more, or take another."
        ) from error


def grey(picture: Image.Image) -> Image.Image:
    """Return it in mode L, its brightness as it was, 16-bit pictures scaled to 8.

    What is transparent becomes paper: white under dark ink, black under light ink.
    """
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        return _stretched(picture)
    if picture.mode == "LAB":  # which Pillow converts to nothing
        return picture.getchannel("L")
    if not picture.has_transparency_data:
        return picture.convert("L")
    light, alpha = picture.convert("LA").split()
    seen = light.histogram(alpha.point(lambda value: 255 if value > 127 else 0))
    total = sum(seen)
    mean = sum(level * count for level, count in enumerate(seen)) / max(total, 1)
    paper = Image.new("L", picture.size, 255 if mean < 128 else 0)
    paper.paste(light, mask=alpha)
    return paper


def _stretched(picture: Image.Image) -> Image.Image:
    """A picture of 32-bit values has no agreed white: its extremes become 0 and 255."""
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64), posinf=0, neginf=0)
    low, high = values.min(), values.max()
    scaled = (values - low) * (255 / (high - low) if high > low else 0)
    return Image.fromarray(scaled.astype(np.uint8))


def _check(picture: Image.Image, least: int, most: int | None) -> None:
    width, height = picture.size
    told = f"({width:,} by {height:,} pixels)"
    # A phone's JPEG may carry a second picture (MPO): that is no animation.
    if getattr(picture, "n_frames", 1) > 1 and picture.format not in ("MPO", "TIFF"):
        raise Unusable(f"is an animation: {AS_JPEG}")
    if min(picture.size) < least:
        raise Unusable(f"is too small {told}: each side needs at least {least} pixels.")
    if most and max(picture.size) > most:
        raise Unusable(f"is too large {told}: make each side at most {most:,} pixels.")
    if width * height > MOST_PIXELS:
        raise Unusable(f"is too large {told}: make it smaller.")
