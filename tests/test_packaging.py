"""pyproject.toml, constraints.txt, environment.yml and the wheel say the same."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course import contract

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
)


@pytest.fixture
def project(checkout):
    return tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def pins(checkout):
    lines = (checkout / "constraints.txt").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s["sys_platform"])
def test_every_range_has_exactly_one_pin_and_contains_it(project, pins, python, system):
    environment = default_environment() | system
    environment |= {"python_version": python, "python_full_version": f"{python}.1"}
    extras = project["optional-dependencies"].values()
    for text in [*project["dependencies"], *(r for extra in extras for r in extra)]:
        wanted = Requirement(text)
        found = [
            pin
            for pin in pins
            if pin.name == wanted.name
            and (pin.marker is None or pin.marker.evaluate(environment))
        ]
        assert len(found) == 1, (text, found)
        version = str(found[0].specifier).removeprefix("==")
        assert wanted.specifier.contains(version), (text, version)


def test_pins_are_exact_and_name_no_address(pins, checkout):
    for pin in pins:
        assert re.fullmatch(r"==[\w.+!-]+", str(pin.specifier)), pin
        assert pin.url is None
    assert "://" not in (checkout / "constraints.txt").read_text("utf-8")


def test_torch_is_the_version_that_lies_on_disk(pins):
    versions = {pin.name: str(pin.specifier) for pin in pins}
    assert versions["torch"] == "==2.14.1"
    assert versions["torchvision"] == "==0.29.1"


def test_python_versions_agree(project, checkout):
    import start

    allowed = SpecifierSet(project["requires-python"])
    for version in ("3.10", *PYTHONS, "3.15"):
        numbers = tuple(map(int, version.split(".")))
        assert (start.python_problem(numbers) == "") is allowed.contains(version)
    environment = (checkout / "environment.yml").read_text("utf-8")
    python = re.search(r"- python=([\d.]+)", environment)[1]
    assert python in PYTHONS


def test_environment_yml_leaves_the_packages_to_pip(checkout, project):
    """conda for Python and pip; pip for the rest, under the same constraints."""
    text = (checkout / "environment.yml").read_text("utf-8")
    conda, pip = text.split("- pip:")
    assert re.findall(r"^  - (\w+)", conda.split("dependencies:")[1], re.M) == [
        "python",
        "pip",
    ]
    assert "--constraint constraints.txt" in pip
    extras = set(re.search(r"--editable \.\[([\w,]+)\]", pip)[1].split(","))
    assert extras == set(project["optional-dependencies"]) - {"build"}


def test_the_wheel_carries_contracts_exercises_and_notebooks(checkout, tmp_path):
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet"),
            *("--no-build-isolation", "--wheel-dir", str(tmp_path), str(checkout)),
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    assert "course/_weeks/concepts.toml" in names
    for lesson in contract.contracts().values():
        assert f"course/_weeks/{lesson.week}/lessons.toml" in names
        assert f"course/_weeks/{lesson.id}.ipynb" in names
    assert not any(name.startswith("week") for name in names)
    # As installed, away from any checkout, it finds its own lessons.
    code = (
        "from course import contract, paths; assert paths.CHECKOUT is None; "
        "print(*contract.contracts())"
    )
    told = subprocess.check_output(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "PATH": ""},
        text=True,
    )
    assert told.split() == list(contract.contracts())
