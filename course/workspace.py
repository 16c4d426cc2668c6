"""The learner's copies of the lessons in work/. Standard library only.

Lessons in the repository are never edited by a learner: `git pull` then meets no
conflict. A copy that was not touched follows the repository; one that was is kept.
"""

import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from course import paths
from course.errors import CourseError


def copy_lessons() -> list[Path]:
    """Copy every lesson that is not yet in work/; return the new copies."""
    made = []
    for original, copy in _pairs():
        if not copy.exists():
            _copy(original, copy)
            made.append(copy)
    return made


def update() -> tuple[list[Path], list[Path]]:
    """Copy again what changed and was not touched; return (refreshed, kept).

    Kept are copies that the learner has edited although the lesson has changed.
    """
    copied = _manifest()
    refreshed, kept = [], []
    for original, copy in _pairs():
        if not copy.exists():
            _copy(original, copy)
            refreshed.append(copy)
            continue
        last = copied.get(_key(copy))
        if last == _hash(original):
            continue  # the lesson has not changed since the copy was made
        if last == _hash(copy):
            _copy(original, copy)
            refreshed.append(copy)
        elif _hash(original) != _hash(copy):
            kept.append(copy)
    return refreshed, kept


def reset(lesson: str) -> Path | None:
    """Restore one lesson's copy; return where the old one was put, if there was one."""
    copies = {
        f"{original.parent.name}/{original.stem}": (original, copy)
        for original, copy in _pairs()
    }
    if lesson not in copies:
        raise CourseError(f"There is no lesson {lesson!r}; `course list` names all.")
    original, copy = copies[lesson]
    old = None
    if copy.exists():
        stamp = time.strftime("%Y%m%d-%H%M%S")
        old = copy.with_name(f"{copy.stem}.before-{stamp}.ipynb")
        os.replace(copy, old)
    _copy(original, copy)
    return old


def _pairs() -> list[tuple[Path, Path]]:
    """Every lesson's notebook with the place of its copy."""
    return [
        (notebook, paths.work() / week.name / notebook.name)
        for week in paths.weeks()
        for notebook in sorted(week.glob("*.ipynb"))
    ]


def _copy(original: Path, copy: Path) -> None:
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        temporary = copy.with_suffix(".copying")
        shutil.copyfile(original, temporary)
        os.replace(temporary, copy)
        _remember(copy, _hash(original))
    except OSError as error:
        raise CourseError(
            f"{copy} cannot be written ({error.strerror}): make room, or make the "
            "folder writable, and start again."
        ) from error


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _key(copy: Path) -> str:
    return copy.relative_to(paths.work()).as_posix()


def _manifest_path() -> Path:
    return paths.state() / "copies.json"


def _manifest() -> dict[str, str]:
    """Copy -> hash of the lesson from which it was made."""
    try:
        return json.loads(_manifest_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # then nothing counts as untouched, and nothing is overwritten


def _remember(copy: Path, digest: str) -> None:
    manifest = _manifest() | {_key(copy): digest}
    path = _manifest_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    os.replace(temporary, path)
