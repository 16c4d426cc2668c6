"""The doctor on this machine, on others, and what its report keeps to itself."""

import dataclasses
import getpass
import io
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from course import doctor, machine, paths

RTX_4070_TI = machine.Gpu("NVIDIA GeForce RTX 4070 Ti", 12.88, "581.57", (8, 9))


@pytest.fixture
def on(monkeypatch):
    """Let the doctor believe that this machine is another one."""

    def become(**changes):
        other = dataclasses.replace(machine.here(), **changes)
        monkeypatch.setattr(machine, "here", lambda: other)

    return become


@pytest.fixture
def torch_without_card(monkeypatch):
    """Let torch see no card, as on a contributor's machine that has one."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture(scope="module")
def findings():
    return doctor.examine()


def test_this_machine_has_no_red_finding(findings):
    assert [finding for finding in findings if finding.level == "red"] == []


def test_every_finding_that_is_not_green_has_one_remedy(findings):
    for finding in findings:
        assert finding.level in ("green", "amber", "red")
        assert bool(finding.remedy) == (finding.level != "green")


def test_a_four_bit_product_and_a_kernel_really_ran(findings):
    by_name = {finding.name: finding for finding in findings}
    assert "multiplies on" in by_name["4-bit"].message
    assert by_name["kernel"].message == "starts and computes"
    assert "torch" in by_name
    assert "bfloat16" in by_name


def test_it_fits_on_one_screen(findings):
    screen = io.StringIO()
    doctor.show(findings, screen)
    lines = screen.getvalue().splitlines()
    assert len(lines) <= 24
    assert "\033" not in screen.getvalue()


def test_a_terminal_gets_colours():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    doctor.show([doctor.Finding("RAM", "red", "little", "Buy more.")], screen)
    assert "\033[31mred" in screen.getvalue()
    assert "-> Buy more." in screen.getvalue()


def test_quick_needs_no_package():
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p];"
        f"sys.path.insert(0, {str(paths.PACKAGE.parent)!r});"
        "before = set(sys.modules);"
        "from course import doctor; found = doctor.examine(quick=True);"
        "print([f.name for f in found if f.level == 'red']);"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names) - {'course'}))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said == "[]\n[]\n"


def test_what_is_not_installed_is_amber_and_says_how():
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p];"
        f"sys.path.insert(0, {str(paths.PACKAGE.parent)!r});"
        "from course import doctor; print(doctor.as_json(doctor.examine()))"
    )
    said = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    by_name = {finding["name"]: finding for finding in said["findings"]}
    for name in ("torch", "bfloat16", "4-bit", "kernel"):
        assert by_name[name]["level"] == "amber"
        assert "not installed yet" in by_name[name]["message"]
        assert "python3 start.py" in by_name[name]["remedy"]


def test_a_check_that_raises_becomes_a_red_finding(monkeypatch):
    def broken():
        raise ValueError("the moon is full")

    monkeypatch.setattr(doctor, "QUICK", (broken, doctor.ram))
    first, second = doctor.examine(quick=True)
    assert first.level == "red"
    assert "the moon is full" in first.message
    assert second.name == "RAM"


@pytest.mark.parametrize(
    ("gigabytes", "level"), [(3.9, "red"), (4.1, "amber"), (8.2, "green")]
)
def test_ram(on, gigabytes, level):
    on(ram_gb=gigabytes)
    assert doctor.ram().level == level


def test_disk_says_how_much_is_lacking():
    finding = doctor.disk(1e9)
    assert finding.level in ("amber", "red")
    assert "Free 99999" in finding.remedy
    assert doctor.disk(0.001).level == "green"


def test_disk_of_a_home_that_does_not_exist_yet(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "not" / "yet"))
    assert doctor.disk(0.001).level == "green"


def test_no_card_is_green(on):
    on(gpus=(), gpu_note=machine.NO_NVIDIA_SMI)
    assert doctor.gpu().level == "green"
    assert "every lesson runs" in doctor.gpu().message
    assert doctor.driver().level == "green"


def test_a_card_that_cannot_be_asked_is_amber(on):
    on(gpus=(), gpu_note="nvidia-smi gave no answer within 5 s")
    assert doctor.gpu().level == "amber"
    assert "no answer" in doctor.gpu().message


def test_a_card_is_green(on):
    on(gpus=(RTX_4070_TI,), gpu_note="")
    assert doctor.gpu().level == "green"
    assert doctor.driver().level == "green"


def test_a_driver_too_old_for_the_wheel_is_red(on, torch_without_card):
    on(gpus=(dataclasses.replace(RTX_4070_TI, driver="550.54.15"),), gpu_note="")
    finding = doctor.driver()
    assert finding.level == "red"
    assert "580" in finding.remedy
    assert "docs/install/linux.md" in finding.remedy


def test_a_card_that_torch_does_not_see_is_red(on, torch_without_card):
    on(gpus=(RTX_4070_TI,), gpu_note="")
    finding = doctor.torch_build()
    assert finding.level == "red"
    assert "does not see the card" in finding.message
    assert finding.remedy


def test_bf16_of_a_cpu_is_said_as_it_is(on, torch_without_card):
    on(native_bf16_cpu=True)
    assert doctor.bfloat16().message == "native on the CPU"
    on(native_bf16_cpu=False)
    assert "float32" in doctor.bfloat16().message
    assert doctor.bfloat16().level == "green"


def test_a_folder_that_cannot_be_written_is_red(monkeypatch, tmp_path):
    (tmp_path / "runs").write_text("a file where a folder belongs")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    finding = doctor.write_access()
    assert finding.level == "red"
    assert "runs" in finding.message
    assert "my" not in finding.message.split()


def test_the_write_check_leaves_nothing_behind(monkeypatch, tmp_path):
    (tmp_path / "my").mkdir()
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert doctor.write_access().level == "green"
    assert [path.name for path in tmp_path.rglob("*")] == ["my"]


def test_a_wrong_tier_in_the_environment_is_red(monkeypatch):
    monkeypatch.setenv("COURSE_TIER", "gpu13")
    assert doctor.tier().level == "red"
    monkeypatch.setenv("COURSE_TIER", "gpu24")
    assert doctor.tier().message.startswith("gpu24")


def test_missing_assets_are_amber_and_none_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    finding = doctor.assets()
    assert finding.level == "amber"
    assert "course fetch" in finding.remedy
    assert list(tmp_path.iterdir()) == []


def test_the_report_keeps_names_and_folders_to_itself(monkeypatch, tmp_path, on):
    home = tmp_path / "home" / "marta"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOGNAME", "marta")
    monkeypatch.setenv("COURSE_HOME", str(home / "Kurs für Zoë"))
    monkeypatch.setattr(platform, "node", lambda: "martas-laptop.example.org")
    on(gpus=(), gpu_note=f"nvidia-smi lists no card; it says: {home}/bin: broken")
    assert getpass.getuser() == "marta"
    leaks = [
        f"cannot open {home}/secret.txt",
        f"cannot open {home}/Kurs für Zoë/work",
        "marta may not do this on martas-laptop (Martas-Laptop.example.org)",
        "/mnt/c/Users/Marta/Downloads",
    ]
    report = doctor.report([doctor.Finding("a", "red", x, x) for x in leaks])
    for secret in ("marta", "Kurs", "Zoë", str(tmp_path), "martas-laptop", "example"):
        assert secret.lower() not in report.lower()


def test_the_report_of_this_machine_names_versions_and_no_folder(findings):
    report = doctor.report(findings)
    assert f"python {platform.python_version()}" in report
    assert "torch 2." in report
    assert "transformers " in report
    assert str(Path.home()) + os.sep not in report
    assert str(paths.home()) not in report
    assert report.count("```") == 2


def test_json_and_the_exit_status(monkeypatch, capsys):
    red = doctor.Finding("RAM", "red", "little", "Buy more.")
    green = doctor.Finding("RAM", "green", "plenty")
    monkeypatch.setattr(doctor, "examine", lambda: [red])
    assert doctor.main(["--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["findings"] == [dataclasses.asdict(red)]
    assert said["machine"]["cores"] >= 1
    monkeypatch.setattr(doctor, "examine", lambda: [green])
    assert doctor.main([]) == 0
    assert "plenty" in capsys.readouterr().out
    assert doctor.main(["--report"]) == 0
    assert "```text" in capsys.readouterr().out
