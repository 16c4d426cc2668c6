"""Tables as data frames."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course.assets.catalog import Asset, Variant
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False, eq=False)
class Table:
    """A data set of rows and named columns, one of which is to be predicted.

    `about` says of each column what it is and in which unit.
    """

    name: str
    variant: str
    frame: "pd.DataFrame"
    target: str
    about: dict[str, str]
    banner: str | None = None

    def __repr__(self) -> str:
        rows, columns = self.frame.shape
        return (
            f"{self.name} ({self.variant}): {rows:,} rows, {columns} columns, to "
            f"predict: {self.target}"
        )


def read(asset: Asset, variant: Variant, folder: Path) -> Table:
    """Return the table whose verified files are in `folder`.

    The format "csv" is one file with a header; "columns" is numbers without one, the
    files side by side. Raises CourseError when the columns are not the catalog's.
    """
    import pandas as pd  # half a second, which most commands can do without

    paths = [folder / file.path for file in variant.files]
    try:
        if variant.format == "csv":
            frame = pd.read_csv(paths[0])
        else:
            parts = [pd.read_csv(path, sep=r"\s+", header=None) for path in paths]
            frame = pd.concat(parts, axis=1)
            frame.columns = list(variant.about)
    except (OSError, ValueError) as error:
        raise CourseError(_problem(asset, variant, error)) from error
    if list(frame.columns) != list(variant.about):
        raise CourseError(_problem(asset, variant, f"columns {list(frame.columns)}"))
    return Table(
        name=asset.name,
        variant=variant.name,
        frame=frame,
        target=variant.target,
        about=dict(variant.about),
        banner=variant.banner or None,
    )


def _problem(asset: Asset, variant: Variant, why: object) -> str:
    return (
        f"{asset.name} ({variant.name}) is not laid out as the course expects ({why}); "
        "please report this with `course doctor`."
    )
