"""From a picture of a handwritten digit to what MNIST would have made of it.

Source of the recipe: Y. LeCun, C. Cortes and C. Burges, The MNIST database of
handwritten digits: black and white digits "were size normalized to fit in a 20x20
pixel box while preserving their aspect ratio", grey levels come from the anti-aliasing,
and "the images were centered in a 28x28 image by computing the center of mass of the
pixels". Ink is bright. What comes before, finding the ink in a photograph of paper, is
ours.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

from course.own.folder import Unusable

SIDE, BOX = 28, 20
PHOTOGRAPH = 100  # pixels of a side from which the grain is smoothed
THUMBNAIL = 48  # pixels of a side, where only bright and dark are asked for
WORKING_SIDE = 400  # enough for a digit that fills a tenth of a photograph
LEAST_CONTRAST = 16  # of 255 grey levels, between paper and ink
LEAST_TO_GRAIN = 4  # standard deviations of the paper's grain
SPECK = 0.04  # a spot smaller than this part of the largest is no part of the digit
MOST_INK = 0.6  # of the picture
MOST_RIM = 0.4  # of the picture's rim
LEAST_HEIGHT = 0.05  # of the picture's longer side
AGAIN = (
    "draw the digit dark on light paper, fill the picture with it, and save it anew."
)


def raw(picture: Image.Image) -> np.ndarray:
    """Return a grey picture only scaled: uint8 (28, 28), its brightness as it was.

    One that is not square gets margins as bright as its rim.
    """
    side = max(picture.size)
    square = Image.new("L", (side, side), int(np.median(_rim(np.asarray(picture)))))
    width, height = picture.size
    square.paste(picture, ((side - width) // 2, (side - height) // 2))
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BOX))


def prepare(picture: Image.Image) -> np.ndarray:
    """Return a grey picture's digit as MNIST has it: uint8 (28, 28), ink bright.

    Raises Unusable where no digit can be told from the paper.
    """
    picture = picture.copy()
    picture.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
    return centre(fit(ink(np.asarray(picture, dtype=np.float32))))


def ink(light: np.ndarray) -> np.ndarray:
    """Return how much ink each pixel has, 0 to 1, from grey levels of shape (H, W).

    Dark ink on light paper or light ink on dark, evenly lit or not. Raises Unusable.
    """
    if max(light.shape) >= PHOTOGRAPH:
        light = ndimage.gaussian_filter(light, max(light.shape) / 300)  # its grain
    # Paper under a shadow is dark, too, but wider than any stroke: closing fills the
    # strokes and leaves the shadow, so that only strokes differ.
    window = max(3, max(light.shape) // 4)
    if _is_dark_ink(light):
        marks = ndimage.grey_closing(light, size=window, mode="nearest") - light
    else:
        marks = light - ndimage.grey_opening(light, size=window, mode="nearest")
    threshold = _otsu(marks)
    mask = _digit(marks > threshold)
    if not mask.any():
        raise Unusable(f"shows nothing that stands out from the paper: {AGAIN}")
    # The soft edge of a stroke belongs to it; the grain of the paper does not.
    near = ndimage.binary_dilation(mask, iterations=2)
    rest = marks[~near] if not near.all() else np.zeros(1)
    grain = np.median(rest)
    contrast = np.median(marks[mask]) - grain
    deviation = np.quantile(rest, 0.84) - grain
    if contrast < max(LEAST_CONTRAST, LEAST_TO_GRAIN * deviation):
        raise Unusable(f"shows too faint a digit, or none: {AGAIN}")
    if mask.mean() > MOST_INK or _rim(mask).mean() > MOST_RIM:
        raise Unusable("shows more than a digit on paper: cut out the digit alone.")
    if np.ptp(np.nonzero(mask), axis=1).max() + 1 < LEAST_HEIGHT * max(mask.shape):
        raise Unusable("shows a very small digit: cut out the digit and its margin.")
    level = (marks - grain) / contrast
    return np.where(near & (level > 0.15), np.clip(level, 0, 1), 0)


def fit(amount: np.ndarray) -> np.ndarray:
    """Cut out the ink and scale it into a box of 20 by 20: float (h, w), 0 to 255."""
    rows, columns = np.nonzero(amount)
    cut = amount[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = BOX / max(cut.shape)
    size = [max(1, round(length * scale)) for length in reversed(cut.shape)]
    smooth = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    scaled = Image.fromarray(np.float32(cut)).resize(size, smooth)
    values = np.asarray(scaled)
    return values * (255 / values.max())


def centre(values: np.ndarray) -> np.ndarray:
    """Put a box (h, w) into uint8 (28, 28) with its centre of mass in the middle."""
    mass = ndimage.center_of_mass(values)
    corner = [
        min(max(round(SIDE / 2 - middle), 0), SIDE - length)
        for middle, length in zip(mass, values.shape, strict=True)
    ]
    image = np.zeros((SIDE, SIDE), np.uint8)
    (top, left), (height, width) = corner, values.shape
    image[top : top + height, left : left + width] = np.round(values)
    return image


def _is_dark_ink(light: np.ndarray) -> bool:
    """Whether what differs most from the paper around it is darker than the paper.

    The median of a wide window is the paper's: ink covers less than half of it.
    """
    small = Image.fromarray(light)
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    values = np.asarray(small)
    window = max(3, max(values.shape) // 2)
    difference = values - ndimage.median_filter(values, size=window, mode="nearest")
    size = np.abs(difference)
    return difference[size >= np.quantile(size, 0.9)].sum() <= 0


def _otsu(values: np.ndarray) -> float:
    """The threshold that best splits values of 0 to 255 into two classes.

    Source: N. Otsu, A threshold selection method from gray-level histograms, IEEE
    Transactions on Systems, Man, and Cybernetics 9(1), 1979.
    """
    counts = np.bincount(np.uint8(np.clip(values, 0, 255)).ravel(), minlength=256)
    levels = np.arange(256)
    below = np.cumsum(counts)
    above = below[-1] - below
    sum_below = np.cumsum(counts * levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = sum_below / below - (sum_below[-1] - sum_below) / above
        between = np.nan_to_num(below.astype(float) * above * apart**2)
    return float(between.argmax()) + 0.5


def _digit(mask: np.ndarray) -> np.ndarray:
    """Keep the spots that may be a digit's parts, from a mask of shape (H, W).

    Specks go; so does what reaches in from the rim, such as a shadow's corner, unless
    the largest spot does so itself: then the picture is cut close to the digit.
    """
    spots, count = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(spots.ravel(), minlength=count + 1)
    areas[0] = 0
    kept = areas >= SPECK * max(areas.max(), 1)
    at_rim = np.unique(
        np.concatenate([spots[[0, -1]].ravel(), spots[:, [0, -1]].ravel()])
    )
    if areas.argmax() not in at_rim:
        kept[at_rim] = False
    return kept[spots]


def _rim(values: np.ndarray) -> np.ndarray:
    return values[_rim_mask(values.shape)]


def _rim_mask(shape: tuple[int, int]) -> np.ndarray:
    """True on the outer twentieth of each side, at least one pixel."""
    mask = np.ones(shape, bool)
    height, width = (max(1, length // 20) for length in shape)
    mask[height:-height, width:-width] = False
    return mask
