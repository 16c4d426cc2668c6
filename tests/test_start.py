"""start.py as a newcomer meets it, in a small project of the same make.

The project has the real start.py and the parts of `course` that it uses, in a folder
with spaces and letters beyond ASCII; instead of gigabytes it installs one tiny wheel,
a build backend that answers to hatchling's name.
"""

import ast
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from course.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("__init__", "errors", "paths", "machine", "torch_build", "doctor")
PARTS += ("workspace", "lab")
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling"
[project]
name = "twelve-gigabytes"
version = "0.1.0"
dependencies = []
[project.optional-dependencies]
torch = []
llm = []
test = []
"""
# PEP 517 and 660: an editable wheel that holds a .pth file and its metadata.
BACKEND = """\
import os, time, zipfile
NAME = "twelve_gigabytes-0.1.0"
def build_editable(folder, config_settings=None, metadata_directory=None):
    time.sleep(float(os.environ.get("SLOW_BUILD", 0)))
    wheel = NAME + "-py3-none-any.whl"
    info = NAME + ".dist-info/"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        archive.writestr("twelve_gigabytes.pth", os.getcwd())
        archive.writestr(info + "METADATA", METADATA)
        archive.writestr(info + "WHEEL", WHEEL)
        archive.writestr(info + "RECORD", "")
    return wheel
METADATA = '''Metadata-Version: 2.1
Name: twelve-gigabytes
Version: 0.1.0
Provides-Extra: torch
Provides-Extra: llm
Provides-Extra: test
'''
WHEEL = '''Wheel-Version: 1.0
Generator: test
Root-Is-Purelib: true
Tag: py3-none-any
'''
"""
MAIN = """\
import json, shutil, sys
print(json.dumps([sys.argv[1:], sys.prefix, shutil.which("python")]))
sys.exit(7)
"""


def load(path):
    spec = importlib.util.spec_from_file_location("start_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


start = load(ROOT / "start.py")


class Project:
    """A checkout with its wheels, and a way to run its start.py."""

    def __init__(self, folder):
        self.root = folder / "Kurs für Zoë"
        self.wheels = folder / "Räder hier"
        self.stamp = self.root / ".venv" / ".course-installed.json"
        self.log = self.root / ".course" / "install.log"
        (self.root / "course").mkdir(parents=True)
        shutil.copy(ROOT / "start.py", self.root)
        for part in PARTS:
            shutil.copy(ROOT / "course" / f"{part}.py", self.root / "course")
        (self.root / "course" / "__main__.py").write_text(MAIN)
        (self.root / "pyproject.toml").write_text(PYPROJECT)
        (self.root / "constraints.txt").write_text("hatchling==9.9\n")
        self.wheels.mkdir()
        self.add_wheel()

    def add_wheel(self):
        info = "hatchling-9.9.dist-info/"
        name = "hatchling-9.9-py3-none-any.whl"
        with zipfile.ZipFile(self.wheels / name, "w") as archive:
            archive.writestr("hatchling/__init__.py", BACKEND)
            archive.writestr(
                info + "METADATA",
                "Metadata-Version: 2.1\nName: hatchling\nVersion: 9.9\n",
            )
            archive.writestr(
                info + "WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                "Tag: py3-none-any\n",
            )
            archive.writestr(info + "RECORD", "")

    def command(self, *words):
        return [sys.executable, str(self.root / "start.py"), *words]

    def environment(self, **more):
        keep = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
        return {**keep, **more}

    def run(self, *words):
        return subprocess.run(
            self.command(*words),
            env=self.environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    def install(self, *words):
        return self.run("--wheels", str(self.wheels), *words)

    def extras(self):
        return json.loads(self.stamp.read_text())["extras"]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """One project for all tests that need an environment: making one takes seconds."""
    made = Project(tmp_path_factory.mktemp("installed"))
    done = made.install("--lite", "list")
    assert done.returncode == 7, done.stderr
    assert made.extras() == []
    return made


def one_sentence(text):
    return len(text.splitlines()) == 1 and "Traceback" not in text


# Before anything is installed


def test_an_old_python_can_parse_it():
    ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 6))


def test_at_module_level_it_imports_the_standard_library_alone():
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    assert names <= sys.stdlib_module_names
    assert "tomllib" not in names  # younger than the oldest Python that must parse this


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 10, 12), (3, 15, 0), (4, 0, 0)])
def test_a_wrong_python_gets_one_sentence(version):
    problem = start.python_problem(version)
    assert one_sentence(problem)
    assert "3.11 to 3.14" in problem
    assert f"{version[0]}.{version[1]}" in problem


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_a_right_python_gets_none(minor):
    assert start.python_problem((3, minor, 1)) == ""


def test_a_wrong_python_is_told_before_course_is_imported(project):
    (project.root / "course" / "__init__.py").write_text("raise SystemError")
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2);"
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    command = [sys.executable, "-c", code, str(project.root / "start.py")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert one_sentence(done.stderr)
    assert "this is 3.9" in done.stderr


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_installs_nothing(project, word):
    done = project.run(word)
    assert done.returncode == 0
    assert "--wheels DIR" in done.stdout
    assert not (project.root / ".venv").exists()


@pytest.mark.parametrize(
    "words",
    [["--fast"], ["--wheels"], ["--wheels", "no such folder"], ["wheels"]],
)
def test_a_wrong_call_gets_one_sentence_and_installs_nothing(project, words):
    done = project.run(*words)
    assert done.returncode == 1
    assert one_sentence(done.stderr)
    assert not (project.root / ".venv").exists()


def test_options_of_a_word_belong_to_the_word(tmp_path):
    options, words = start.parse(["run", "--tier", "ci", "--lite", "-h"])
    assert words == ["run", "--tier", "ci", "-h"]
    assert options["lite"] and not options["full"] and not options["help"]
    options, words = start.parse(["--wheels", str(tmp_path), "--no-browser"])
    assert options["wheels"] == tmp_path
    assert not options["browser"]
    assert words == []


@pytest.mark.parametrize(
    ("arguments", "extras"),
    [
        ([], {"torch", "llm"}),
        (["--lite"], set()),
        (["run", "week03_mnist/03_train_mnist"], {"torch", "llm"}),
        (["test"], {"torch", "llm", "test"}),
        (["--lite", "test"], {"torch", "llm", "test"}),  # the tests need torch
    ],
)
def test_each_call_wants_its_extras(arguments, extras, monkeypatch, tmp_path):
    monkeypatch.setattr(start, "STAMP", tmp_path / "none.json")
    assert start.wanted_extras(*start.parse(arguments)) == extras


@pytest.mark.parametrize(
    ("arguments", "extras"),
    [
        ([], set()),
        (["progress"], set()),
        (["--full"], {"torch", "llm"}),
        (["test"], {"torch", "llm", "test"}),
    ],
)
def test_a_lite_install_stays_lite_until_asked(
    arguments, extras, monkeypatch, tmp_path
):
    stamp = tmp_path / "stamp.json"
    stamp.write_text('{"extras": [], "sha256": "any"}')
    monkeypatch.setattr(start, "STAMP", stamp)
    assert start.wanted_extras(*start.parse(arguments)) == extras


def test_the_doctor_answers_before_anything_is_installed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(start, "STAMP", tmp_path / "none.json")
    monkeypatch.setattr(start, "set_up", lambda *_: pytest.fail("it installed"))
    start.main(["doctor"])
    assert "Python" in capsys.readouterr().out


def test_a_file_in_place_of_the_folder_of_wheels(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert start.main(["wheels", str(tmp_path / "file")]) == 1
    assert "name another folder" in capsys.readouterr().err


def test_a_full_disk_is_told_before_installing(monkeypatch):
    from course import doctor

    monkeypatch.setattr(doctor, "FULL_INSTALL_GB", 1e9)
    monkeypatch.setattr(doctor, "_installed", lambda module: False)
    monkeypatch.setattr(start, "read_stamp", lambda: (set(), ""))
    with pytest.raises(CourseError, match="Too little room.*Free 99999"):
        start.check_machine({"torch"})
    start.check_machine(set())


@pytest.mark.parametrize(
    ("log", "wheels", "expected"),
    [
        ("ERROR: [Errno 28] No space left on device\n", None, "disk became full"),
        (
            "NewConnectionError('Name or service not known')\n"
            "ERROR: No matching distribution found for hatchling\n",
            None,
            "--wheels DIR",
        ),
        ("ERROR: No matching distribution found for torch\n", "DIR", "wheel of torch"),
        (
            "    The user requested (constraint) torch==2.14.1\n"
            "ERROR: ResolutionImpossible: for help visit\n",
            "DIR",
            "wheel of torch==2.14.1",
        ),
        ("Collecting x\nERROR: something else\n", None, "something else"),
        ("", None, "no reason"),
    ],
)
def test_what_pip_says_becomes_one_sentence(log, wheels, expected):
    sentence = start.explain(log, wheels)
    assert expected in sentence
    assert one_sentence(sentence)


# The stamp


@pytest.fixture
def stamp(tmp_path, monkeypatch):
    """Let start.py work on the files of an empty folder; returns a way to stamp it."""
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "STAMP", tmp_path / "stamp.json")

    def write(extras, version="3.12"):
        sha256 = start.fingerprint(extras, version)
        content = {"extras": sorted(extras), "sha256": sha256}
        (tmp_path / "stamp.json").write_text(json.dumps(content))

    return write


def test_a_larger_set_covers_a_smaller_one(stamp):
    stamp({"torch", "llm", "test"})
    for extras in (set(), {"torch", "llm"}, {"torch", "llm", "test"}):
        assert start.is_covered(extras, "3.12")


def test_a_smaller_set_covers_no_larger_one(stamp):
    stamp({"torch", "llm"})
    assert not start.is_covered({"torch", "llm", "test"}, "3.12")


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_new_pins_are_not_covered(stamp, tmp_path, name):
    stamp({"torch", "llm"})
    (tmp_path / name).write_text("changed\n")
    assert not start.is_covered({"torch", "llm"}, "3.12")


def test_another_python_or_another_folder_is_not_covered(stamp, tmp_path, monkeypatch):
    stamp(set())
    assert not start.is_covered(set(), "3.13")
    shutil.copytree(tmp_path, tmp_path / "moved")
    monkeypatch.setattr(start, "ROOT", tmp_path / "moved")
    assert not start.is_covered(set(), "3.12")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"extras": []}', '{"a": 1}'])
def test_a_torn_stamp_vouches_for_nothing(stamp, tmp_path, text):
    (tmp_path / "stamp.json").write_text(text)
    assert not start.is_covered(set(), "3.12")


def test_no_stamp_vouches_for_nothing(stamp):
    assert not start.is_covered(set(), "3.12")


# With a real environment


def test_a_word_goes_to_course_in_the_environment(installed):
    done = installed.install("--lite", "list", "--all")
    assert done.returncode == 7
    words, prefix, python = json.loads(done.stdout.splitlines()[-1])
    assert words == ["list", "--all"]
    assert Path(prefix) == installed.root / ".venv"
    assert Path(python).parent == installed.root / ".venv" / "bin"


def test_a_second_start_installs_nothing(installed):
    installed.install("--lite", "list")
    before = installed.stamp.stat().st_mtime_ns, installed.log.stat().st_mtime_ns
    done = installed.run("--lite", "list")  # without wheels, so it could not
    assert done.returncode == 7
    assert "installing" not in done.stdout
    after = installed.stamp.stat().st_mtime_ns, installed.log.stat().st_mtime_ns
    assert before == after


def test_more_is_installed_when_more_is_wanted_and_stays(installed):
    assert installed.install("test").returncode == 7
    assert installed.extras() == ["llm", "test", "torch"]
    assert installed.run("--lite", "list").returncode == 7
    assert installed.extras() == ["llm", "test", "torch"]


def test_new_pins_install_again_with_all_that_was_there(installed):
    installed.install("test")
    constraints = installed.root / "constraints.txt"
    constraints.write_text(constraints.read_text() + "# raised\n")
    done = installed.install("--lite", "list")
    assert done.returncode == 7
    assert "installing the course" in done.stdout
    assert installed.extras() == ["llm", "test", "torch"]


def test_a_wheel_that_is_lacking_is_named_and_the_next_start_continues(installed):
    installed.stamp.unlink()
    wheel = next(installed.wheels.iterdir())
    python = installed.root / ".venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "uninstall", "-qy", "hatchling"], check=True)
    wheel.unlink()
    done = installed.install("--lite", "list")
    assert done.returncode == 1
    assert one_sentence(done.stderr)
    assert "holds no wheel of hatchling" in done.stderr
    assert "hatchling" in installed.log.read_text("utf-8")
    assert not installed.stamp.exists()
    installed.add_wheel()
    assert installed.install("--lite", "list").returncode == 7
    assert installed.stamp.exists()


def test_an_interrupted_install_continues(installed):
    installed.stamp.unlink(missing_ok=True)
    process = subprocess.Popen(
        installed.command("--lite", "--wheels", str(installed.wheels), "list"),
        env=installed.environment(SLOW_BUILD="15"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while "installing the course" not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    said, complaint = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "continues" in said
    assert complaint == ""
    assert not installed.stamp.exists()
    assert installed.install("--lite", "list").returncode == 7
    assert installed.stamp.exists()


def test_a_wreck_of_an_environment_is_made_again(installed):
    installed.install("--lite", "list")
    python = installed.root / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text("no longer a Python")
    done = installed.install("--lite", "list")
    assert done.returncode == 7, done.stderr
    assert "making .venv" in done.stdout


def test_an_environment_without_pip_counts_as_a_wreck(tmp_path, monkeypatch):
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True
    )
    monkeypatch.setattr(start, "PYTHON", tmp_path / "bin" / "python")
    assert (tmp_path / "bin" / "python").exists()
    assert start.venv_version() == ""


def test_a_python_that_cannot_make_environments_names_the_package(monkeypatch):
    monkeypatch.setattr(start, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match="python3-venv"):
        start.make_venv()
