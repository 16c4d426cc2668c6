"""start.py meets each fault for real: one sentence, nothing half-made used again.

The project is that of test_start.py. Its environment takes seconds to make, so one
is shared; each test leaves it working, since its last step is the next run.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import faults
import pytest
from test_start import Project, one_sentence

BASE = Path(sys._base_executable)  # the Python that made this environment


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = Project(tmp_path_factory.mktemp("学生 家"))
    assert made.install("--lite", "list").returncode == 7
    return made


def offline(project):
    """An environment in which pip knows nothing but its defaults."""
    clean = {k: v for k, v in project.environment().items() if "PIP_" not in k}
    # One retry, since the default five only take time. Where the network cannot be
    # taken away, the index is a port on which nobody listens.
    clean |= {"PIP_RETRIES": "1", "PIP_CONFIG_FILE": os.devnull}
    return clean | ({} if faults.offline() else {"PIP_INDEX_URL": "http://127.0.0.1:9"})


def assert_works(project):
    """The next run goes through, and the one after it installs nothing."""
    done = project.install("--lite", "list")
    assert done.returncode == 7, done.stderr
    assert project.extras() == []
    again = project.run("--lite", "list")
    assert again.returncode == 7 and "installing" not in again.stdout
    assert not (project.root / ".course" / "install-tmp").exists()


def begin(project, phase, *words, **environment):
    """Start an install in a process group of its own, and wait for a phase."""
    process = subprocess.Popen(
        project.command("--lite", "--wheels", str(project.wheels), *words, "list"),
        env=project.environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    while phase not in process.stdout.readline():
        assert process.poll() is None, process.stderr.read()
    return process


def kill_all(process):
    """As a power cut does: start.py, pip and what pip started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)


def older_python():
    """A Python that is too old, if this machine has one that runs."""
    for minor in range(6, 11):
        python = shutil.which(f"python3.{minor}")
        if python and not subprocess.call(
            [python, "-c", ""], stderr=subprocess.DEVNULL
        ):
            return python
    return None


def test_a_wrong_python(project):
    """Where there is no old Python, this one says that it is 3.9."""
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2);"
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    old = older_python()
    python = [old] if old else [sys.executable, "-c", pretend]
    before = project.stamp.read_bytes()
    done = subprocess.run(
        [*python, str(project.root / "start.py")], capture_output=True, text=True
    )
    assert done.returncode == 1 and one_sentence(done.stderr)
    faults.said("wrong_python", done.stderr)
    assert project.stamp.read_bytes() == before
    assert_works(project)


def test_a_python_without_ensurepip(project, tmp_path):
    """A Python with all of its library but ensurepip, as Debian's is."""
    library = Path(sysconfig.get_path("stdlib"))
    bare = tmp_path / library.parent.name / library.name
    bare.mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name != "ensurepip":
            (bare / entry.name).symlink_to(entry)
    venv, away = project.root / ".venv", project.root / "away"
    venv.rename(away)
    done = subprocess.run(
        [BASE, project.root / "start.py", "--lite", "list"],
        env=project.environment(PYTHONHOME=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and one_sentence(done.stderr)
    faults.said("no_ensurepip", done.stderr)
    assert not venv.exists()
    away.rename(venv)
    assert_works(project)


def test_no_network_to_install_from(project):
    project.stamp.unlink()
    pip = [project.root / ".venv" / "bin" / "python", "-m", "pip"]
    subprocess.run([*pip, "uninstall", "-qy", "hatchling"], check=True)
    done = subprocess.run(
        [*faults.offline(), *project.command("--lite", "list")],
        env=offline(project),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and one_sentence(done.stderr)
    faults.said("no_network_to_install", done.stderr)
    assert not project.stamp.exists()
    assert_works(project)


def test_an_interrupted_install(project):
    project.stamp.unlink()
    process = begin(project, "installing the course", SLOW_BUILD="15")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=20)
    assert process.returncode == 130 and error == ""
    faults.said("interrupted_install", out)
    assert not project.stamp.exists()
    assert_works(project)


def test_a_killed_install(project):
    project.stamp.unlink()
    process = begin(project, "installing the course", SLOW_BUILD="15")
    scratch = project.root / ".course" / "install-tmp"
    faults.until(lambda: any(scratch.iterdir()))
    kill_all(process)
    assert scratch.exists() and not project.stamp.exists()
    done = project.install("--lite", "list")
    assert "installing the course" in done.stdout
    faults.said("killed_install", done.stderr)
    assert_works(project)


def test_a_half_made_environment(project):
    """Killed when the environment has a Python, and no pip that works."""
    venv = project.root / ".venv"
    shutil.rmtree(venv)
    process = begin(project, "making .venv")
    faults.until((venv / "bin" / "python").exists)  # pip comes some seconds later
    kill_all(process)
    site = venv / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    assert list(site.glob("pip-*/RECORD")) == []
    # Killed a moment later, it has a pip that can be imported and not run. That moment
    # is too short to be met each time.
    (site / "pip").mkdir(parents=True, exist_ok=True)
    (site / "pip" / "__init__.py").touch()
    done = project.install("--lite", "list")
    assert "making .venv" in done.stdout
    faults.said("half_made_environment", done.stderr)
    assert_works(project)


def test_a_path_with_spaces_and_letters_beyond_ascii(project, tmp_path):
    """From another folder, in a locale that knows ASCII only."""
    assert " " in str(project.root) and not str(project.root).isascii()
    done = subprocess.run(
        project.command("--lite", "list", "für 学生"),
        env=project.environment(LC_ALL="C", LANG="C"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 7, done.stderr
    words, prefix, _ = json.loads(done.stdout.splitlines()[-1])
    assert words == ["list", "für 学生"] and Path(prefix) == project.root / ".venv"
    faults.said("letters_beyond_ascii", done.stderr)
    assert_works(project)


class OnDisk(Project):
    """The project on a small disk, its wheels elsewhere."""

    def __init__(self, folder, disk):
        super().__init__(folder)
        self.disk = disk
        place = disk.folder / self.root.name
        copy = ["cp", "-r", str(self.root), str(place)]
        subprocess.run([*disk.prefix, *copy], check=True)
        self.root = place
        self.stamp = disk.seen(place / ".venv" / ".course-installed.json")

    def command(self, *words):
        return [*self.disk.prefix, *super().command(*words)]


@pytest.fixture
def disk(tmp_path):
    made = faults.Disk(tmp_path / "disk", "6g")  # of which some 40 MB are used
    yield made
    made.close()


def test_a_disk_that_is_full_or_read_only(tmp_path, disk):
    if not disk.real:
        assert_a_limited_file_ends_it(tmp_path, disk)
        return
    project = OnDisk(tmp_path, disk)
    disk.leave(100_000)
    done = project.install("--lite", "list")
    assert done.returncode == 1 and one_sentence(done.stderr)
    faults.said("too_little_room", done.stderr)
    assert not disk.seen(project.root / ".venv").exists()
    # With room at first, which something else then takes.
    for phase, left in (("making .venv", 2_000_000), ("installing the course", 0)):
        disk.remount("size=6g")
        process = begin(project, phase, SLOW_BUILD="1")
        disk.leave(left)
        _, error = process.communicate(timeout=60)
        assert process.returncode == 1 and one_sentence(error)
        faults.said("full_disk_to_install", error)
        assert not project.stamp.exists()
    disk.remount("size=6g,ro")
    done = project.install("--lite", "list")
    assert done.returncode == 1 and one_sentence(done.stderr)
    faults.said("read_only_checkout", done.stderr)
    assert not project.stamp.exists()
    disk.remount("rw")
    assert project.install("--lite", "list").returncode == 7
    assert project.extras() == []


def assert_a_limited_file_ends_it(tmp_path, disk):
    """What can be had without namespaces: no file may grow beyond 100 kB."""
    disk.prefix = ["prlimit", "--fsize=100000", "--"]
    done = OnDisk(tmp_path, disk).install("--lite", "list")
    assert done.returncode == 1 and one_sentence(done.stderr)
    disk.prefix = []
    assert OnDisk(tmp_path / "again", disk).install("--lite", "list").returncode == 7
