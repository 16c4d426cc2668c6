"""The learner's own data, from the folder `my/`; where there is none, substitutes."""

from typing import TYPE_CHECKING

from course.errors import CourseError

if TYPE_CHECKING:
    from course.own.digits import OwnDigits
    from course.own.drawing_pad import Pad
    from course.own.photos import OwnPhotos
    from course.own.text import OwnText
    from course.panel import Shown

__all__ = ["KINDS", "load", "pad"]

KINDS = ("digits", "photos", "text")
WITHOUT_PAD = (
    "A pad to draw digits on. Where none is shown, put pictures named after their "
    "digit into my/digits, as in 7.png or 7_b.jpg."
)


def load(kind: str) -> "OwnDigits | OwnPhotos | OwnText":
    """Return the learner's own "digits", "photos" or "text", or what is shipped.

    A box says which of the two it is, and names each file that was left out with the
    reason. Raises CourseError for another kind.
    """
    from course.own import digits, photos, text

    loaders = {"digits": digits.load, "photos": photos.load, "text": text.load}
    if kind not in loaders:
        raise CourseError(
            f"There is no kind {kind!r} of own data; the kinds: {', '.join(KINDS)}."
        )
    return loaders[kind]()


def pad() -> "Pad | Shown":
    """Return a pad to draw digits on in a notebook; Save puts them into my/digits.

    Where widgets are not installed it is one line that says how to do without.
    """
    try:
        from course.own.drawing_pad import Pad
    except ImportError:
        from course.panel import GREY, Shown, box

        return Shown(box(WITHOUT_PAD, GREY), WITHOUT_PAD)
    return Pad()
