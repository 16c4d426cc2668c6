"""Which torch a machine gets, on a table of what nvidia-smi really printed."""

import ast
import http.server
import stat
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import machine, paths, torch_build
from course.errors import CourseError

DATA = Path(__file__).parent / "data" / "nvidia_smi"
PRINTED = {path.stem: path.read_text("utf-8") for path in DATA.glob("*.txt")}
# file: (driver, MiB of each card), as a person reads them
TABLES = {
    "linux_470_rtx3070": ("470.57.02", [7979]),
    "linux_550_rtx4070": ("550.40.07", [12282]),
    "linux_575_rtx5070": ("575.64.03", [12227]),
    "linux_580_t4": ("580.65.06", [15360]),
    "linux_580_two_t4": ("580.159.04", [15360, 15360]),
    "linux_580_h100": ("580.159.04", [81559]),
    "linux_580_old_tool": ("580.95.05", [8151]),
    "linux_610_b200": ("610.43.02", [183359]),
    "wsl2_546_cuda_err": ("546.80", [6144]),
    "wsl2_555_rtx4070": ("555.99", [12282]),
    "wsl2_572_rtx5090": ("572.70", [32607]),
    "wsl2_581_rtx5070": ("581.29", [12227]),
    "windows_517_two_cards": ("517.48", [11264, 11264]),
    "windows_576_rtx3080": ("576.80", [10240]),
    "windows_581_rtx3060": ("581.95", [12288]),
    "windows_617_rtx3050": ("617.14", [4094]),
    "colab_535_t4": ("535.104.05", [15360]),
    "colab_old_tool_v100": ("418.67", [16130]),
}
SILENT = set(PRINTED) - set(TABLES)
# file: (index, a part of the warning); an old nvidia-smi tells no capability
CHOICES = {
    "linux_470_rtx3070": ("", "driver 470.57.02 is too old for PyTorch's CUDA 13"),
    "linux_550_rtx4070": ("", "driver 550.40.07 is too old for PyTorch's CUDA 13"),
    "linux_575_rtx5070": ("", "driver 575.64.03 is too old for PyTorch's CUDA 13"),
    "linux_580_t4": ("", ""),
    "linux_580_two_t4": ("", ""),
    "linux_580_h100": ("", ""),
    "linux_580_old_tool": ("", ""),
    "linux_610_b200": ("", ""),
    "wsl2_546_cuda_err": ("", "Update NVIDIA's driver"),
    "wsl2_555_rtx4070": ("", "to 580 or newer"),
    "wsl2_572_rtx5090": ("", "COURSE_TIER=cpu"),
    "wsl2_581_rtx5070": ("", ""),
    "windows_517_two_cards": ("", "The driver 517.48 is too old"),
    "windows_576_rtx3080": ("cu126", "driver 576.80 is older than CUDA 13 needs"),
    "windows_581_rtx3060": ("cu130", ""),
    "windows_617_rtx3050": ("cu130", ""),
    "colab_535_t4": ("", "driver 535.104.05 is too old"),
    "colab_old_tool_v100": ("", "driver 418.67 is too old"),
}


def test_every_file_is_in_the_table_and_has_its_source():
    sources = (DATA / "README.md").read_text("utf-8")
    assert all(f"`{name}.txt`" in sources for name in PRINTED)
    assert set(TABLES) == set(CHOICES) < set(PRINTED)
    assert len(SILENT) == 4


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read(name):
    driver, mebibytes = TABLES[name]
    gpus = machine.parse_nvidia_smi_table(PRINTED[name])
    assert [gpu.driver for gpu in gpus] == [driver] * len(mebibytes)
    assert [round(gpu.memory_gb * 1e9 / 2**20) for gpu in gpus] == mebibytes
    assert all(gpu.name.split()[0] in ("NVIDIA", "Tesla") for gpu in gpus)


@pytest.mark.parametrize("name", sorted(SILENT))
def test_an_error_is_no_card(name):
    assert machine.parse_nvidia_smi_table(PRINTED[name]) == []
    assert machine.parse_nvidia_smi(PRINTED[name]) == []


@given(st.text() | st.lists(st.sampled_from("|0 /1MiBOff WDDM\n.:")).map("".join))
def test_no_text_makes_the_parser_raise(text):
    for printed in (text, "Driver Version: 580.1" + text):
        assert isinstance(machine.parse_nvidia_smi_table(printed), list)


@pytest.mark.parametrize("name", CHOICES)
def test_the_build_for_a_real_machine(name):
    system = "Windows" if name.startswith("windows") else "Linux"
    gpu = machine.parse_nvidia_smi_table(PRINTED[name])[0]
    build = torch_build.choose(system, "x86_64", (3, 12), gpu.driver)
    index, warning = CHOICES[name]
    assert build.index == index
    assert build.impossible == ""
    assert len(build.warnings) == bool(warning)
    assert warning in " ".join(build.warnings)


@pytest.mark.parametrize(
    ("system", "processor", "driver", "capability", "index", "warning"),
    [
        ("Linux", "x86_64", None, None, "cpu", ""),
        ("Windows", "AMD64", None, None, "", ""),  # the default wheel is the CPU's
        ("Darwin", "arm64", None, None, "", ""),
        ("Linux", "aarch64", "580.95", (12, 1), "", ""),
        ("Linux", "x86_64", "581.57", (8, 9), "", ""),
        ("Linux", "x86_64", "580.95", (6, 1), "", "no code for cards older"),
        ("Linux", "x86_64", "[N/A]", (8, 9), "", "too old"),
        # A driver that is there and does not answer may do so tomorrow.
        ("Linux", "x86_64", "", None, "", ""),
        ("Windows", "AMD64", "", None, "cu130", ""),
        ("Windows", "AMD64", "581.95", (8, 9), "cu130", ""),
        ("Windows", "AMD64", "581.95", (6, 1), "cu126", "CUDA 12.6 build"),
        ("Windows", "AMD64", "528.33", (8, 9), "cu126", "528.33 is older"),
        ("Windows", "AMD64", "527.41", (8, 9), "", "to 580 or newer"),
        ("Windows", "AMD64", "527.41", (6, 1), "", "to 528 or newer"),
        # CUDA 12.6 has no code for Blackwell: only a newer driver helps.
        ("Windows", "AMD64", "572.70", (12, 0), "", "to 580 or newer"),
    ],
)
def test_the_build_for_other_machines(
    system, processor, driver, capability, index, warning
):
    build = torch_build.choose(system, processor, (3, 13), driver, capability)
    assert build.index == index
    assert len(build.warnings) == bool(warning)
    assert warning in " ".join(build.warnings)


@pytest.mark.parametrize(
    ("system", "processor", "python", "says"),
    [
        ("Darwin", "x86_64", (3, 12), "Intel processor"),
        ("Linux", "x86_64", (3, 10), "Python 3.11 to 3.14"),
        ("Windows", "AMD64", (3, 15), "Python 3.11 to 3.14"),
    ],
)
def test_where_there_is_no_build_it_says_so(system, processor, python, says):
    assert says in torch_build.choose(system, processor, python, "580.95").impossible


@given(
    st.sampled_from(["Linux", "Windows", "Darwin", "FreeBSD"]),
    st.text(max_size=8),
    st.none() | st.text(max_size=12),
    st.none() | st.tuples(st.integers(3, 13), st.integers(0, 9)),
)
def test_whatever_a_machine_says_there_is_an_answer(system, cpu, driver, capability):
    build = torch_build.choose(system, cpu, (3, 12), driver, capability)
    assert build.index in ("", "cpu", "cu126", "cu130")
    assert build.index in ("", "cpu") or system == "Windows"


def test_an_old_python_can_parse_it():
    text = (paths.PACKAGE / "torch_build.py").read_text("utf-8")
    ast.parse(text, feature_version=(3, 6))


# With real programs and servers


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """A program on an otherwise empty PATH that answers like a file of the table."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(name, query):
        script = tmp_path / "nvidia-smi"
        script.write_text(
            f"#!{sys.executable}\nimport sys\n"
            f"asked = len(sys.argv) > 1\n"
            f"print({query!r} if asked else {PRINTED[name]!r})\n"
            "sys.exit(2 if asked else 0)\n"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        machine.here.cache_clear()
        return machine.here()

    yield install
    machine.here.cache_clear()


def test_an_nvidia_smi_that_knows_no_compute_cap_is_read_all_the_same(nvidia_smi):
    found = nvidia_smi("linux_580_old_tool", PRINTED["query_unknown_field"])
    assert found.gpu.driver == "580.95.05"
    assert found.tier == "gpu8"
    assert torch_build.here().index == ""
    assert torch_build.here().warnings == ()


@pytest.mark.parametrize("name", ["linux_no_communication", "linux_mismatch"])
def test_a_driver_that_does_not_answer_keeps_the_cuda_build(nvidia_smi, name):
    found = nvidia_smi(name, PRINTED[name])
    assert found.gpus == ()
    assert torch_build.here() == torch_build.TorchBuild("")


def test_an_index_is_reachable_or_not():
    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200 if self.path == "/cpu/" else 404)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    try:
        assert torch_build.reachable("cpu", base)
        assert not torch_build.reachable("cu130", base)
    finally:
        server.shutdown()
        server.server_close()
    assert not torch_build.reachable("cpu", base)


# What start.py makes of it


@pytest.fixture
def source(monkeypatch):
    """start.torch_source, on a Linux machine without a card, outside of CI."""
    import start

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(torch_build, "here", lambda: torch_build.TorchBuild("cpu"))
    monkeypatch.setattr(torch_build, "reachable", lambda index: True)

    def ask(extras=("torch", "llm"), wheels=None, words=()):
        return start.torch_source(set(extras), {"wheels": wheels}, list(words))

    return ask


def test_a_machine_without_a_card_takes_the_cpu_build(source):
    assert source() == ["--extra-index-url", torch_build.INDEX + "cpu"]


def test_tests_ci_wheels_and_lite_keep_the_default(source, monkeypatch):
    assert source(words=["test", "lint"]) == []
    assert source(wheels=Path("wheels")) == []
    assert source(extras=()) == []
    monkeypatch.setenv("CI", "true")
    assert source() == []


def test_an_index_that_does_not_answer_is_one_sentence(source, monkeypatch, capsys):
    monkeypatch.setattr(torch_build, "reachable", lambda index: False)
    assert source() == []
    (said,) = capsys.readouterr().out.splitlines()
    assert "does not answer, so PyTorch's default build comes" in said


def test_warnings_are_shown_and_the_impossible_is_refused(source, monkeypatch, capsys):
    told = torch_build.TorchBuild("", ("Update the driver.",))
    monkeypatch.setattr(torch_build, "here", lambda: told)
    assert source() == []
    assert capsys.readouterr().out == "Update the driver.\n"
    told = torch_build.TorchBuild("", (), "There is no build.")
    monkeypatch.setattr(torch_build, "here", lambda: told)
    with pytest.raises(CourseError, match="There is no build"):
        source()
