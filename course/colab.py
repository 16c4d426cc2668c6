"""Makes a machine of Colab or Kaggle ready for a lesson; in a checkout, does nothing.

The first code cell of every notebook installs the course there and calls `prepare`.
What such a machine came with is frozen: pip may add packages and changes none.
"""

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from course import paths
from course.errors import CourseError

TAG = "colab"  # of the two cells that `course build` puts into every notebook
PROJECT = "twelve-gigabytes"
DRIVE = Path("/content/drive/MyDrive")  # where Colab mounts Google Drive
COLAB, KAGGLE = Path("/content"), Path("/kaggle/working")
ELSEWHERE = {"jupyterlab"}  # Colab and Kaggle show notebooks themselves
# As it was before `prepare`, which may run again once Drive is mounted.
_GIVEN_HOME = os.environ.get("COURSE_HOME")


def prepare(lesson: str) -> None:
    """Install what a lesson lacks, and put the learner's folders where they last.

    Raises CourseError for an unknown lesson, for a lesson that needs torch on a
    machine without it, and where pip or the disk refuses.
    """
    if paths.CHECKOUT:
        return
    install(missing())
    from course import contract  # it needs what was installed just now

    extras = contract.find(lesson).extras
    if extras and importlib.util.find_spec("torch") is None:
        raise CourseError(
            f"{lesson} needs torch, which Colab and Kaggle bring along and this "
            "machine lacks: choose one of their standard runtimes."
        )
    install(missing(extras))
    for sentence in outdated(extras):
        print(sentence)
    print(_settle())


def missing(extras: Iterable[str] = ()) -> list[str]:
    """The course's requirements, with these extras, of which no version is here."""
    return [
        f"{wanted.name}{wanted.specifier}"
        for wanted in _requirements(extras)
        if _version(wanted.name) is None
    ]


def outdated(extras: Iterable[str] = ()) -> Iterator[str]:
    """A sentence for each package that is here in a version never tried with it."""
    for wanted in _requirements(extras):
        version = _version(wanted.name)
        if version and not wanted.specifier.contains(version, prereleases=True):
            yield (
                f"{wanted.name} is {version} here, and the course was made for "
                f"{wanted.specifier}: it goes on with what is here."
            )


def frozen() -> str:
    """Constraints for pip that hold every installed package at its version."""
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    pins: dict[str, str] = {}
    for found in importlib.metadata.distributions():
        name = canonicalize_name(found.metadata["Name"] or "")
        try:
            Version(found.version)
        except (InvalidVersion, TypeError):
            continue  # one that pip could not read either
        # The first on sys.path is the one that is imported.
        pins.setdefault(name, f"{name}=={found.version}")
    return "\n".join(pin for name, pin in pins.items() if name) + "\n"


def install(requirements: list[str]) -> None:
    """Add packages; raises CourseError where that would change one that is here."""
    if not requirements:
        return
    print(f"Installing {', '.join(requirements)} ...")
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        constraints.write_text(frozen(), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "-c", str(constraints)]
        done = subprocess.run(command + requirements, capture_output=True, text=True)
    if done.returncode:
        errors = re.findall(r"(?m)^ERROR: *(.+)$", done.stderr)
        raise CourseError(
            f"pip could not add {', '.join(requirements)} beside what is here "
            f"({''.join(errors[-1:]) or 'it gave no reason'}): see that the machine "
            "has internet, then restart the session and run this cell again."
        )
    importlib.invalidate_caches()


def _settle() -> str:
    """Choose the learner's home, fill it, and say in a sentence where it is."""
    from course import workspace

    on_colab, on_kaggle = COLAB.is_dir(), KAGGLE.is_dir()
    local = COLAB if on_colab else KAGGLE if on_kaggle else Path.cwd()
    advice = ""
    if _GIVEN_HOME:
        home = Path(_GIVEN_HOME)
    elif os.path.isdir(DRIVE):  # unlike Path's, False when the mount is broken
        home = DRIVE / PROJECT
    else:
        home = local / PROJECT
        if on_colab:
            advice = (
                " They end with this session: to keep them, mount Google Drive "
                "(Files, at the left) and run this cell again."
            )
        elif on_kaggle:
            advice = (
                " They last if you switch on Persistence in the session's options, "
                "or save a version."
            )
    os.environ["COURSE_HOME"] = str(home)
    # Gigabytes of data would fill a free Drive, and are quick to fetch again.
    os.environ.setdefault("COURSE_CACHE", str(local / f".{PROJECT}-cache"))
    try:
        (home / "my").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"{home} cannot be made ({error.strerror}): make room there, or mount "
            "Google Drive again, and run this cell again."
        ) from error
    workspace.copy_lessons()
    return f"Your answers, lessons and own data are in {home}.{advice}"


def _requirements(extras: Iterable[str]) -> Iterator:
    """Those of the installed course that count on this machine, as Requirement."""
    from packaging.requirements import Requirement

    for text in importlib.metadata.requires(PROJECT) or ():
        wanted = Requirement(text)
        counts = wanted.marker is None or any(
            wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        )
        if counts and wanted.name not in ELSEWHERE:
            yield wanted


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
