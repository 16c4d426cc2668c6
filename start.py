"""Set the course up, then open, test or run it: `python3 start.py --help`.

Standard library only, and parsable by any Python since 3.6, so that an old one meets
a sentence and no traceback. It makes .venv, installs the set that constraints.txt
pins, and notes in .venv/.course-installed.json what it installed; a later start reads
that note and installs nothing.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

USAGE = """\
python3 start.py                open the course in JupyterLab
python3 start.py test [WORDS]   run every test and every notebook
python3 start.py run LESSON     run one lesson and keep the result in runs/
python3 start.py wheels DIR     fill DIR for installing without a network
python3 start.py WORD ...       any other word goes to `course`, as in `course list`

The first call makes .venv and installs what the course needs.

  --lite         only what weeks 0 and 1 need, without torch
  --full         all of it, where --lite was installed before
  --wheels DIR   install from a folder of wheels, without a network
  --no-browser   print JupyterLab's address and open no browser
  -h, --help     print this
"""
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".course-installed.json"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
# pyproject.toml's build-backend is installed first, so that pip, without build
# isolation, fetches nothing of its own to build the course.
BUILDER = "hatchling"


def python_problem(version):
    """The sentence for a Python that is too old or too new, else an empty string."""
    if (3, 11) <= tuple(version[:2]) <= (3, 14):
        return ""
    example = "py -3.12 start.py" if os.name == "nt" else "python3.12 start.py"
    return (
        f"The course needs Python 3.11 to 3.14, and this is {version[0]}.{version[1]}: "
        f"install one of those and run it, for example `{example}`."
    )


def parse(arguments):
    """Split into this file's options and the words for `course`."""
    options = {"lite": False, "full": False, "wheels": None, "browser": True}
    options["help"] = False
    words = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("--lite", "--full"):
            options[word[2:]] = True
        elif word == "--no-browser":
            options["browser"] = False
        elif word == "--wheels":
            folder = Path(rest.pop(0)).resolve() if rest else None
            if folder is None or not folder.is_dir():
                fail("--wheels needs a folder that exists and holds wheels.")
            options["wheels"] = folder
        elif words:  # after the first word everything else belongs to `course`
            words.append(word)
        elif word in ("-h", "--help"):
            options["help"] = True
        elif word.startswith("-"):
            fail(f"There is no option {word}: see `python3 start.py --help`.")
        else:
            words.append(word)
    return options, words


def fail(sentence):
    """End with one sentence, which the learner sees without a traceback."""
    from course.errors import CourseError

    raise CourseError(sentence)


# Installing


def wanted_extras(options, words):
    """The extras of pyproject.toml that this call needs."""
    if words[:1] == ["test"]:
        return {"torch", "llm", "test"}
    was_lite = STAMP.is_file() and "torch" not in read_stamp()[0]
    if options["lite"] or (was_lite and not options["full"]):
        return set()
    return {"torch", "llm"}


def fingerprint(extras, version):
    """Changes whenever an installed set would have to change (or was moved)."""
    digest = hashlib.sha256()
    for name in ("constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    digest.update(json.dumps([sorted(extras), version, str(ROOT)]).encode())
    return digest.hexdigest()


def read_stamp():
    """The extras that were completely installed, and the fingerprint of that set."""
    try:
        stamp = json.loads(STAMP.read_text())
        return set(stamp["extras"]), stamp["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return set(), ""


def is_covered(extras, version):
    """Whether the stamp vouches for these extras at today's pins."""
    installed, sha256 = read_stamp()
    return extras <= installed and sha256 == fingerprint(installed, version)


def venv_version():
    """Like "3.12" if .venv has a Python that runs and has pip, else an empty string."""
    # pip's RECORD is written last: where it lacks, pip was unpacked in part only.
    code = (
        "import sys; from importlib.metadata import files; files('pip')[0];"
        "print('%d.%d' % sys.version_info[:2])"
    )
    try:
        return subprocess.check_output(
            [str(PYTHON), "-c", code], stderr=subprocess.DEVNULL, text=True
        ).strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def make_venv():
    """Make .venv, or make it again if it is a wreck."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        fail(
            "This Python cannot make environments: install the package python3-venv "
            "(`sudo apt install python3-venv` on Debian and Ubuntu) and start again."
        )
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    logged("making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])


def set_up(options, words):
    """Make .venv hold what this call needs; does nothing where it already does."""
    extras = wanted_extras(options, words)
    version = venv_version()
    if version and is_covered(extras, version):
        return
    if version:  # keep what other calls asked for at the new pins, too
        extras |= read_stamp()[0]
    check_machine(extras)
    torch = torch_source(extras, options, words)
    if not version:
        make_venv()
        version = venv_version()
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    project = ".[{}]".format(",".join(sorted(extras))) if extras else "."
    wheels = options["wheels"]
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    install = ["install", "-c", "constraints.txt"] + source
    pip("installing the builder", install + [BUILDER], wheels)
    editable = ["--no-build-isolation", "-e", project] + torch
    pip("installing the course", install + editable, wheels)
    plain_path()
    quiet_lab()
    stamp = {"extras": sorted(extras), "sha256": fingerprint(extras, version)}
    temporary = STAMP.with_suffix(".new")
    temporary.write_text(json.dumps(stamp))
    os.replace(str(temporary), str(STAMP))


def torch_source(extras, options, words):
    """pip's option for another build of torch than the default wheel, where one suits.

    Tests, CI and a folder of wheels take the default wheel: the same everywhere.
    """
    plain = options["wheels"] or words[:1] == ["test"] or os.environ.get("CI")
    if plain or "torch" not in extras:
        return []
    from course import torch_build

    build = torch_build.here()
    if build.impossible:
        fail(build.impossible)
    for warning in build.warnings:
        print(warning)
    if not build.index:
        return []
    if torch_build.reachable(build.index):
        return ["--extra-index-url", torch_build.INDEX + build.index]
    print(
        f"{torch_build.INDEX} does not answer, so PyTorch's default build comes in "
        "place of its {0}: {1}.".format(*torch_build.instead(build.index))
    )
    return []


def plain_path():
    """Let .venv find a course whose folder has letters beyond ASCII.

    pip leaves a .pth file in UTF-8, and a Python before 3.13 reads it in the locale's
    encoding: on Windows, or under LC_ALL=C, it finds nothing, or does not even start.
    """
    if str(ROOT).isascii():
        return
    for site in ("Lib/site-packages", "lib/python*/site-packages"):
        for path in VENV.glob(site + "/*twelve_gigabytes.pth"):
            path.write_text(f"import sys; sys.path.append({ascii(str(ROOT))})\n")


def quiet_lab():
    """Keep JupyterLab from asking, at its first start, whether to fetch its news."""
    overrides = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    overrides.parent.mkdir(parents=True, exist_ok=True)
    notification = {"fetchNews": "false", "checkForUpdates": False}
    settings = {"@jupyterlab/apputils-extension:notification": notification}
    overrides.write_text(json.dumps(settings))


def check_machine(extras):
    """Say what is not well here; refuse to begin what the disk cannot hold."""
    from course import doctor

    findings = doctor.examine(quick=True)
    known = ("disk", "driver")  # told below, and by torch_source
    doctor.show(f for f in findings if f.level != "green" and f.name not in known)
    with_torch = "torch" in extras - read_stamp()[0]  # an old torch makes room
    disk = doctor.disk(doctor.FULL_INSTALL_GB if with_torch else doctor.LITE_INSTALL_GB)
    if disk.level == "red":
        fail(f"Too little room to install: {disk.message}. {disk.remedy}")


def pip(phase, arguments, wheels=None):
    """Run .venv's pip; its failure becomes a sentence."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    logged(phase, command + arguments + ["--progress-bar", "off"], wheels)


def logged(phase, command, wheels=None):
    """Run a command with its output in .course/install.log and its steps on screen."""
    from course import paths

    log = paths.state() / "install.log"
    scratch = paths.state() / "install-tmp"  # pip unpacks gigabytes; /tmp may be small
    shutil.rmtree(str(scratch), ignore_errors=True)
    scratch.mkdir(parents=True)
    environment = dict(os.environ, PYTHONUNBUFFERED="1", TMPDIR=str(scratch))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=str(ROOT),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        follow(phase, process, log)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(str(scratch), ignore_errors=True)
    if process.returncode:
        fail(f"{explain(read(log), wheels)} The whole story: {log}")


def follow(phase, process, log):
    """Show the seconds and, on a terminal, pip's latest step until the process ends."""
    start = time.monotonic()
    live = sys.stdout.isatty()
    print(f"{phase} ...", end="" if live else "\n", flush=True)
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
        if live:
            steps = re.findall(r"(?m)^ *((?:Collect|Download|Install).*)", read(log))
            status = f"{time.monotonic() - start:.0f} s  {''.join(steps[-1:])[:50]}"
            print(f"\r\033[K{phase}: {status}", end="", flush=True)
    erase = "\r\033[K" if live else ""
    print(f"{erase}{phase}: {time.monotonic() - start:.0f} s", flush=True)


def explain(log, wheels):
    """One sentence for what pip said when it failed."""
    # A log on the full disk may lack the reason: less than this was never allowed.
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < 0.1 or "No space left on device" in log:
        from course.doctor import FULL_INSTALL_GB, LITE_INSTALL_GB

        return (
            f"The disk became full ({free:.1f} GB are free): a full install wants "
            f"{FULL_INSTALL_GB} GB and --lite {LITE_INSTALL_GB} GB; free some room and "
            "start again."
        )
    # Under constraints, pip calls a wheel that is lacking a conflict with its pin.
    missing = re.search(r"(?:distribution found for|\(constraint\)) (\S+)", log)
    if wheels and missing:
        return (
            f"{wheels} holds no wheel of {missing.group(1)} for this Python: fill it "
            "with `python3 start.py wheels DIR` on a machine of the same kind."
        )
    if re.search(r"NewConnectionError|ConnectTimeout|NameResolution|ProxyError", log):
        return (
            "No package index answers: connect to the network and start again, or "
            "install from a folder of wheels with --wheels DIR."
        )
    errors = re.findall(r"(?m)^(?:ERROR|Error): *(.+)$", log)
    reason = "".join(errors[-1:]).rstrip(".") or "pip gave no reason"
    return f"Installing failed: {reason}."


def read(log):
    """The text of a log, whatever bytes are in it."""
    return log.read_text(encoding="utf-8", errors="replace")


def fill_wheels(folder, lite):
    """Download into a folder all that `--wheels` needs on a machine like this one."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    requirements = [BUILDER] + project["dependencies"]
    if not lite:
        for extra in project["optional-dependencies"].values():
            requirements += extra
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder} cannot be made ({error.strerror}): name another folder.")
    if not venv_version():
        make_venv()
    target = ["-d", str(folder), "-c", "constraints.txt", "--only-binary", ":all:"]
    if not lite:
        target += torch_source({"torch"}, {"wheels": None}, ["wheels"])
    pip("downloading wheels", ["download"] + target + requirements)
    option = " --lite" if lite else ""
    print(f'Next, on the other machine: python3 start.py{option} --wheels "{folder}"')


# Opening


def venv_environment():
    """The environment in which `course` and `python` are those of .venv."""
    path = str(BIN) + os.pathsep + os.environ.get("PATH", "")
    return dict(os.environ, PATH=path, VIRTUAL_ENV=str(VENV))


def course(words):
    """Hand the words on to `course`, and its exit status back."""
    # -P: a folder called "course" where the learner stands must not win.
    command = [str(PYTHON), "-P", "-m", "course"] + words
    process = subprocess.Popen(command, env=venv_environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # `course` got it, too, and ends in its own time
            continue


def main(arguments):
    """Do what the command line asks; returns the exit status."""
    problem = python_problem(sys.version_info)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    from course.errors import CourseError

    try:
        options, words = parse(arguments)
        if options["help"]:
            print(USAGE, end="")
            return 0
        if words[:1] == ["wheels"]:
            if len(words) != 2:
                fail("Name one folder: `python3 start.py wheels DIR`.")
            fill_wheels(Path(words[1]).resolve(), options["lite"])
            return 0
        if words[:1] == ["doctor"] and not STAMP.is_file():
            from course import doctor  # to be asked before 7 GB are installed

            return doctor.main(words[1:])
        try:
            set_up(options, words)
        except OSError as error:
            fail(
                f"The course's folder cannot be written ({error}): make room, or move "
                "the folder to a disk that can be written, and start again."
            )
        if words:
            return course(words)
        from course import lab

        browser = options["browser"] and lab.has_display()
        return lab.serve(PYTHON, venv_environment(), browser)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command continues where this one was.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
