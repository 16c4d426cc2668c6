"""Where things are: the weeks, and the learner's own folders. Standard library only."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# In a checkout the weeks lie beside the package; in an installed wheel, inside it.
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "start.py").is_file() else None
WEEKS = CHECKOUT or PACKAGE / "_weeks"


def home() -> Path:
    """The folder that holds work/, my/, runs/ and .course/ (COURSE_HOME wins)."""
    return Path(os.environ.get("COURSE_HOME") or CHECKOUT or Path.cwd()).resolve()


def state() -> Path:
    """Progress, results and, unless COURSE_CACHE says otherwise, downloads."""
    return home() / ".course"


def cache() -> Path:
    """Verified downloads."""
    return Path(os.environ.get("COURSE_CACHE") or state() / "cache").expanduser()


def work() -> Path:
    """The learner's copies of the lessons."""
    return home() / "work"


def my() -> Path:
    """The learner's own data and portfolio."""
    return home() / "my"


def runs() -> Path:
    """One folder for each executed lesson."""
    return home() / "runs"


def weeks() -> list[Path]:
    """The folders of all weeks that have a contract, in order."""
    return sorted(path.parent for path in WEEKS.glob("week[0-9][0-9]_*/lessons.toml"))
