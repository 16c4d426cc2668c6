"""A lesson on Colab, played here: the notebook's own first cell installs the course.

The machine is an environment with Colab's versions of what the course meets there
(tests/data/colab.txt) and no torch; the course comes by git, as it lies in this
checkout, uncommitted changes included. What this cannot show: Colab has Python 3.13,
and this runs on the Python of the tests (up to 3.13: Colab's numpy has no wheel for
3.14); Google Drive is a folder here; nobody has
tried Colab or Kaggle themselves.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from course import colab, contract, paths
from course.authoring import build
from course.errors import CourseError

LESSON = "week00_start/00_start_here"
PACKAGES = Path(__file__).parent / "data" / "colab.txt"
LOG = paths.CHECKOUT / "runs" / "colab.txt"
GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]


class Colab:
    """An environment like Colab's, a repository of the course, and kernels there."""

    def __init__(self, folder: Path):
        self.content = folder / "content"  # where a notebook's cells stand
        self.drive = folder / "drive" / "MyDrive"
        self.repository = folder / "course.git"
        self.machine = folder / "machine"
        programs = "Scripts" if os.name == "nt" else "bin"
        self.python = self.machine / programs / "python"
        self.jupyter = folder / "jupyter"
        self.log = []
        self.content.mkdir()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COURSE_", "PYTHON", "VIRTUAL_ENV"))
        } | {"COURSE_TIER": "ci"}
        spec = self.jupyter / "kernels" / "colab"
        spec.mkdir(parents=True)
        start = [str(self.python), "-m", "ipykernel_launcher", "-f"]
        kernel = {"argv": [*start, "{connection_file}"]}
        kernel |= {"display_name": "Colab", "language": "python"}
        (spec / "kernel.json").write_text(json.dumps(kernel), encoding="utf-8")

    def install(self) -> None:
        self.run([sys.executable, "-m", "venv", str(self.machine)])
        self.pip("install", "--quiet", "--no-deps", "--no-compile", "-r", str(PACKAGES))

    def publish(self) -> None:
        """Commit the working tree, with its notebooks built afresh, to a bare one."""
        tree = self.repository.with_name("tree")
        listed = self.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=paths.CHECKOUT,
        )
        for name in filter(None, listed.split("\0")):
            if (paths.CHECKOUT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(paths.CHECKOUT / name, tree / name)
        built = build.build(contract.find(LESSON))
        (tree / f"{LESSON}.ipynb").write_text(built, encoding="utf-8")
        self.run([*GIT, "init", "--quiet"], cwd=tree)
        self.run([*GIT, "add", "."], cwd=tree)
        self.run([*GIT, "commit", "--quiet", "-m", "as it is"], cwd=tree)
        self.run([*GIT, "clone", "--quiet", "--bare", str(tree), str(self.repository)])

    def notebook(self) -> nbformat.NotebookNode:
        """The lesson's, whose first cell finds the course in the bare repository."""
        text = build.build(contract.find(LESSON))
        published = f"git+https://github.com/{build.repository() or build.PLACEHOLDER}"
        assert text.count(published) == 1
        text = text.replace(published, f"git+{self.repository.as_uri()}")
        return nbformat.reads(text, as_version=4)

    def execute(self, notebook: nbformat.NotebookNode) -> str:
        """Run all cells in a fresh kernel; return what they printed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTER_PATH", str(self.jupyter))
            NotebookClient(
                notebook,
                kernel_name="colab",
                timeout=300,
                resources={"metadata": {"path": str(self.content)}},
            ).execute(env=self.environment)
        printed = "".join(
            output.text
            for cell in notebook.cells
            for output in cell.get("outputs", ())
            if output.output_type == "stream"
        )
        self.log.append(printed)
        return printed

    def pip(self, *words: str) -> str:
        command = [str(self.python), "-m", "pip", "--disable-pip-version-check"]
        return self.run([*command, *words])

    def freeze(self) -> set[str]:
        return set(self.pip("freeze", "--all").splitlines())

    def ask(self, code: str, **environment: str) -> SimpleNamespace:
        """A line of Python on that machine: its standard output and error."""
        command = [str(self.python), "-c", code]
        environment = self.environment | environment
        done = subprocess.run(
            command, cwd=self.content, env=environment, capture_output=True, text=True
        )
        return SimpleNamespace(said=done.stdout, refused=done.stderr.strip())

    def run(self, command: list[str], cwd: Path | None = None) -> str:
        start = time.monotonic()
        done = subprocess.run(
            command,
            cwd=cwd or self.content,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        words = " ".join(command[:6])
        self.log.append(f"$ {words} ...  ({time.monotonic() - start:.1f} s)")
        return done.stdout


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """Colab after a notebook's first cell has run there, with no Drive mounted."""
    made = Colab(tmp_path_factory.mktemp("colab"))
    made.install()
    made.publish()
    made.before = made.freeze()
    assert not any(line.startswith("torch") for line in made.before)
    notebook = made.notebook()
    first = next(i for i, cell in enumerate(notebook.cells) if build.is_for_colab(cell))
    notebook.cells = notebook.cells[: first + 2]
    made.printed = made.execute(notebook)
    made.after = made.freeze()
    made.log.append("added by the first cell:")
    made.log += [f"    {line}" for line in sorted(made.after - made.before)]
    changed = sorted(made.before - made.after)
    made.log.append(f"changed or removed by it: {', '.join(changed) or 'nothing'}")
    yield made
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("\n".join(made.log) + "\n", encoding="utf-8")


def test_the_first_cell_adds_the_course_and_changes_nothing(machine):
    assert machine.before - machine.after == set()
    added = {line.split("==")[0].split(" @")[0] for line in machine.after}
    assert {"twelve-gigabytes", "papermill", "nbval"} <= added
    assert not added & {"torch", "torchvision", "jupyterlab"}
    (course,) = (line for line in machine.after if line.startswith("twelve"))
    assert "git+file://" in course  # and not editable


def test_without_drive_it_says_where_things_are(machine):
    home = machine.content / colab.PROJECT
    assert f"Your answers, lessons and own data are in {home}." in machine.printed
    assert (home / "work" / f"{LESSON}.ipynb").is_file()


def test_contracts_and_exercises_are_in_the_wheel(machine):
    answer = machine.ask(
        "from course import contract, paths; assert paths.CHECKOUT is None\n"
        "for lesson in contract.contracts().values():\n"
        "    names = lesson.exercises(); assert names\n"
        "    assert all(lesson.exercise(name).is_file() for name in names)\n"
        "    print(lesson.id)"
    )
    assert answer.said.split() == list(contract.contracts()), answer.refused


def test_a_lesson_runs_and_leaves_its_things_in_drive(machine):
    machine.drive.mkdir(parents=True)
    mounted = (
        "from pathlib import Path\n"
        "from course import colab\n"
        f"colab.DRIVE = Path({str(machine.drive)!r})"
    )
    notebook = machine.notebook()
    notebook.cells.insert(0, nbformat.v4.new_code_cell(mounted))
    answer = 'here.exercise("weights_fit").check(1)'
    notebook.cells.append(nbformat.v4.new_code_cell(answer))
    home = machine.drive / colab.PROJECT
    assert f"own data are in {home}." in machine.execute(notebook)
    assert (home / "work" / f"{LESSON}.ipynb").is_file()
    assert (home / "my").is_dir()
    assert (home / ".course" / "progress.sqlite3").is_file()
    # Downloads are large and quick to get again: they stay on the machine.
    assert not (home / ".course" / "cache").exists()
    assert machine.freeze() == machine.after
    found = sorted(path.relative_to(machine.drive) for path in home.rglob("*"))
    machine.log += ["in Drive:", *(f"    {path}" for path in found)]


def test_what_would_change_an_installed_package_is_refused(machine):
    code = "from course import colab; colab.install(['numpy<2'])"
    answer = machine.ask(code, PIP_NO_INDEX="1")
    assert "pip could not add numpy<2 beside what is here" in answer.refused
    assert "Traceback" not in answer.refused
    assert machine.freeze() == machine.after


def test_a_lesson_that_needs_torch_says_so_where_there_is_none(machine):
    code = "from course import colab; colab.prepare('week03_mnist/03_train_mnist')"
    answer = machine.ask(code)
    assert "needs torch, which Colab and Kaggle bring along" in answer.refused
    assert "Traceback" not in answer.refused
    assert machine.freeze() == machine.after


def test_a_lessons_extras_are_what_is_missing(machine, tmp_path):
    """With a torch of Colab's kind, which is frozen, only the rest is wanted."""
    info = tmp_path / "torch-2.11.0+cu128.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: torch\nVersion: 2.11.0+cu128\n")
    code = (
        "from course import colab\n"
        "print(colab.missing(['torch', 'llm'])); print(colab.frozen())"
    )
    said = machine.ask(code, PYTHONPATH=str(tmp_path)).said
    wanted, *constraints = said.splitlines()
    assert "bitsandbytes" in wanted and "transformers" in wanted
    assert "'torch>" not in wanted and "jupyterlab" not in wanted
    assert "torch==2.11.0+cu128" in constraints
    assert "numpy==2.1.3" in constraints


def test_an_older_package_than_ours_is_named_and_kept(machine, tmp_path):
    info = tmp_path / "numpy-1.26.4.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: numpy\nVersion: 1.26.4\n")
    code = "from course import colab; print(*colab.outdated(), colab.missing())"
    said = machine.ask(code, PYTHONPATH=str(tmp_path)).said
    assert said == (
        "numpy is 1.26.4 here, and the course was made for >=2.1: it goes on with what "
        "is here. []\n"
    )


# In this process


def test_in_a_checkout_it_does_nothing(capsys):
    assert colab.prepare("no/lesson") is None
    assert capsys.readouterr().out == ""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A machine with /content, in this process; COURSE_HOME is not the learner's."""
    for name in ("COLAB", "KAGGLE", "DRIVE"):
        monkeypatch.setattr(colab, name, tmp_path / name)
    monkeypatch.setattr(colab, "_GIVEN_HOME", None)
    monkeypatch.setenv("COURSE_HOME", "")
    monkeypatch.delenv("COURSE_CACHE")
    return tmp_path


def test_colab_without_drive_advises_to_mount_it_and_then_follows(here):
    colab.COLAB.mkdir()
    told = colab._settle()
    assert "mount Google Drive" in told
    assert paths.home() == colab.COLAB / colab.PROJECT
    assert paths.cache() == colab.COLAB / f".{colab.PROJECT}-cache"
    colab.DRIVE.mkdir()
    told = colab._settle()  # the cell again, in the same kernel
    assert told.endswith(f"are in {colab.DRIVE / colab.PROJECT}.")
    assert paths.home() == colab.DRIVE / colab.PROJECT
    assert paths.cache() == colab.COLAB / f".{colab.PROJECT}-cache"


def test_kaggle_advises_persistence(here):
    colab.KAGGLE.mkdir()
    assert "Persistence" in colab._settle()
    assert paths.home() == colab.KAGGLE / colab.PROJECT


def test_a_home_that_the_learner_chose_wins(here, monkeypatch):
    colab.DRIVE.mkdir()
    monkeypatch.setattr(colab, "_GIVEN_HOME", str(here / "mine"))
    colab._settle()
    assert paths.home() == here / "mine"


def test_a_drive_that_takes_nothing_is_one_sentence(here):
    colab.DRIVE.mkdir()
    (colab.DRIVE / colab.PROJECT).write_text("a file where the folder would be")
    with pytest.raises(CourseError, match="cannot be made .*mount Google Drive again"):
        colab._settle()
