"""Imports go one way, as docs/architecture.md draws them."""

import ast
import subprocess
import sys

import pytest

from course import paths

# From the bottom up: a room imports from those before it, and from itself.
ORDER = (
    *("errors", "paths", "tomlfile", "language", "machine", "torch_build"),
    *("workspace", "panel", "stopwatch", "plots", "vram", "assets", "own"),
    *("exercises", "training", "lab", "concepts", "contract", "syllabus", "recall"),
    *("predictions", "portfolio", "display", "lessons", "colab", "run", "doctor"),
    *("authoring", "measuring", "cli", "__main__"),
)
LEVEL = {room: level for level, room in enumerate(ORDER)}
MODULES = sorted(paths.PACKAGE.rglob("*.py"))


def room(path):
    return path.relative_to(paths.PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path, whole=True):
    """The rooms of `course` that a file imports; with `whole` inside functions, too."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree) if whole else tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[0] == "course":
                yield from parts[1:2] or (alias.name for alias in node.names)
            assert not parts[0].startswith("week"), path
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("course."):
                    yield alias.name.split(".")[1]


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda p: str(p.relative_to(paths.PACKAGE))
)
def test_imports_go_down(path):
    own = room(path)
    if own == "__init__":
        assert list(imported_rooms(path, whole=False)) == []
        return
    for other in imported_rooms(path):
        assert other in LEVEL, f"{other} has no place in the order"
        assert LEVEL[other] <= LEVEL[own], f"{own} imports {other}"


def test_what_start_needs_imports_the_standard_library_only():
    """In a Python without site-packages, as before anything is installed."""
    rooms = ("errors", "paths", "machine", "torch_build", "workspace", "lab", "doctor")
    code = "import " + ", ".join(f"course.{room}" for room in rooms)
    command = [sys.executable, "-S", "-c", code]
    ran = subprocess.run(command, cwd=paths.CHECKOUT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
