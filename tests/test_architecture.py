"""Imports go one way, as docs/architecture.md draws them."""

import ast

import pytest

from course import paths

# From the bottom up; a module may import from its own floor or from those below.
FLOORS = [
    ("errors", "paths", "machine", "panel", "workspace", "stopwatch", "plots"),
    ("vram", "assets", "exercises", "training", "lab"),
    ("contract",),
    ("display", "lessons"),
    ("run", "doctor"),
    ("authoring", "measuring"),
    ("cli", "__main__"),
]
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}
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
        assert other in LEVEL, f"{other} has no floor"
        # The doctor looks at what is installed, so it may look at assets.
        assert LEVEL[other] <= LEVEL[own], f"{own} imports {other}"


@pytest.mark.parametrize("name", ["machine", "doctor", "paths", "errors", "workspace"])
def test_what_start_needs_imports_the_standard_library_only(name):
    import sys

    tree = ast.parse((paths.PACKAGE / f"{name}.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            top = node.module.split(".")[0]
        elif isinstance(node, ast.Import):
            top = node.names[0].name.split(".")[0]
        else:
            continue
        assert top == "course" or top in sys.stdlib_module_names, (name, top)
