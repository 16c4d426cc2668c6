"""All that CI runs, part by part, each timed: `python3 start.py test`."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

from course import paths
from course.errors import CourseError

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
# Two workers with one thread each: a machine with two cores is the smallest we know.
PARALLEL = ["-n", "2", "--dist", "worksteal"]
BROWSER = ("test_browser", "test_browser_pad", "test_browser_portfolio")
APART = ("test_notebooks", "test_exercise_proofs", "test_colab", *BROWSER)

PARTS: dict[str, list[list[str]]] = {
    "lint": [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "course", "build", "--check"],
    ],
    "fetch": [[sys.executable, "-m", "course", "fetch"]],
    "library": [
        [*PYTEST, *PARALLEL, "tests"] + [f"--ignore=tests/{name}.py" for name in APART]
    ],
    "exercises": [[*PYTEST, *PARALLEL, "tests/test_exercise_proofs.py"]],
    "notebooks": [[*PYTEST, *PARALLEL, "tests/test_notebooks.py"]],
    "colab": [[*PYTEST, "tests/test_colab.py"]],
    "browser": [[*PYTEST, *(f"tests/{name}.py" for name in BROWSER)]],
}


def main(chosen: Sequence[str] = ()) -> int:
    """Run the parts (all by default), go on after a failure, say how long each took."""
    for part in chosen:
        if part not in PARTS:
            raise CourseError(
                f"There is no part {part!r}; the parts: {', '.join(PARTS)}."
            )
    _print_mirror()
    took: dict[str, tuple[float, bool]] = {}
    for part in chosen or PARTS:
        print(f"\n=== {part}", flush=True)
        start = time.perf_counter()
        passed = all([_run(command) for command in PARTS[part]])
        took[part] = time.perf_counter() - start, passed
    print("\n=== seconds by part")
    for part, (seconds, passed) in took.items():
        print(f"{part:<10} {seconds:7.1f}  {'passed' if passed else 'FAILED'}")
    print(f"{'all':<10} {sum(seconds for seconds, _ in took.values()):7.1f}")
    failed = sum(not passed for _, passed in took.values())
    print(f"\nparts: {len(took) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _run(command: list[str]) -> bool:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "COURSE_TIER": "ci"}
    return subprocess.run(command, cwd=paths.CHECKOUT, env=environment).returncode == 0


def _print_mirror() -> None:
    mirror = os.environ.get("COURSE_MIRROR")
    print(f"COURSE_MIRROR: {mirror or 'not set; what the Hub lacks falls back'}")
    print(f"browser: {browser() or 'none found'}")


def browser() -> str | None:
    """A Chromium-like browser on this machine, for the browser test."""
    names = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
    return next(filter(None, map(shutil.which, names)), None)
