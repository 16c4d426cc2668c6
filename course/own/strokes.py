"""The shipped digits: strokes of a pen, drawn with anti-aliasing on a sheet."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

DIGITS = Path(__file__).parent / "shipped" / "digits.toml"
SHEET = 140  # pixels of a side
FINER = 4  # drawn this many times larger, then averaged down
PAPER, INK = 236, 40
STEPS = 24  # drawn points between two points of a stroke


@cache
def shipped() -> dict[str, Image.Image]:
    """Return the sheets by name, such as "7_a": mode L, 140 by 140, dark on light."""
    digits = tomllib.loads(DIGITS.read_text("utf-8"))["digit"]
    return {digit["name"]: _draw(digit) for digit in digits}


def curve(points: np.ndarray) -> np.ndarray:
    """Return points (M, 2) on a uniform Catmull-Rom spline through `points` (N, 2).

    Source: E. Catmull and R. Rom, A class of local interpolating splines, Computer
    Aided Geometric Design, 1974.
    """
    ends = np.concatenate([points[:1], points, points[-1:]]).astype(float)
    t = np.linspace(0, 1, STEPS, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])


def _draw(digit: dict) -> Image.Image:
    side = SHEET * FINER
    unit = digit["size"] / 100 * side / 100  # of a stroke's coordinates, in pixels
    corner = np.array(digit["at"]) * side / 100
    sheet = Image.new("L", (side, side), PAPER)
    draw = ImageDraw.Draw(sheet)
    for stroke in digit["strokes"]:
        path = curve(np.array(stroke)) * unit + corner
        for (x, y), width in zip(path, _pressure(path), strict=True):
            radius = digit["pen"] * unit / 2 * width
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=INK)
    return sheet.resize((SHEET, SHEET), Image.Resampling.BOX)


def _pressure(path: np.ndarray) -> np.ndarray:
    """A pen presses harder on its way down, and lightly where it is put on and off."""
    step = np.gradient(path, axis=0)
    down = step[:, 1] / np.maximum(np.hypot(*step.T), 1e-9)
    smooth = np.convolve(np.pad(down, 12, mode="edge"), np.ones(25) / 25, "valid")
    ends = np.minimum(1, 0.75 + np.linspace(0, 4, len(path)))
    return (1 + 0.15 * smooth) * ends * ends[::-1]
