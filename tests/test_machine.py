"""What this machine is, read from real and from made-up reports."""

import dataclasses
import os
import stat
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import machine
from course.errors import CourseError

RTX_4070_TI = "NVIDIA GeForce RTX 4070 Ti, 12282, 581.57, 8.9"
T4 = "Tesla T4, 15360, 550.54.15, 7.5"
NO_DEVICES = "No devices were found"
MISMATCH = (
    "Failed to initialize NVML: Driver/library version mismatch\n"
    "NVML library version: 580.95"
)


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """Put an nvidia-smi on an otherwise empty PATH; it is a real process."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(body):
        script = tmp_path / "nvidia-smi"
        script.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        machine.here.cache_clear()
        return machine.here()

    yield install
    machine.here.cache_clear()


def machine_with(*gpus, note=""):
    return dataclasses.replace(machine.here(), gpus=gpus, gpu_note=note)


@pytest.mark.parametrize(
    ("mebibytes", "capability", "tier"),
    [
        (6144, "6.1", "cpu"),  # GTX 1060
        (8188, "8.9", "gpu8"),  # RTX 4060
        (10240, "8.6", "gpu8"),  # RTX 3080
        (12282, "8.9", "gpu12"),  # RTX 4070 Ti
        (15360, "7.5", "gpu16"),  # T4
        (16380, "8.9", "gpu16"),  # RTX 4080
        (23034, "8.9", "gpu24"),  # L4
        (24564, "8.9", "gpu24"),  # RTX 4090
        (81559, "9.0", "gpu24"),  # H100
    ],
)
def test_the_tier_follows_the_memory_that_cards_really_report(
    mebibytes, capability, tier
):
    gpus = machine.parse_nvidia_smi(f"Card, {mebibytes}, 580.95, {capability}")
    assert machine_with(*gpus).tier == tier


def test_the_largest_card_makes_the_tier():
    gpus = machine.parse_nvidia_smi(f"NVIDIA T400, 2048, 581.57, 7.5\n{RTX_4070_TI}\n")
    found = machine_with(*gpus)
    assert found.gpu.name == "NVIDIA GeForce RTX 4070 Ti"
    assert found.tier == "gpu12"


def test_no_card_makes_the_tier_cpu():
    assert machine_with().tier == "cpu"
    assert machine_with().gpu is None


def test_native_bf16_begins_with_ampere():
    ampere, turing = machine.parse_nvidia_smi(f"{RTX_4070_TI}\n{T4}")
    assert ampere.native_bf16
    assert not turing.native_bf16
    assert not dataclasses.replace(turing, compute_capability=None).native_bf16


def test_a_row_is_read_whole():
    (gpu,) = machine.parse_nvidia_smi(RTX_4070_TI)
    assert gpu.name == "NVIDIA GeForce RTX 4070 Ti"
    assert gpu.memory_gb == pytest.approx(12.88, abs=0.01)
    assert gpu.driver == "581.57"
    assert gpu.compute_capability == (8, 9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        NO_DEVICES,
        MISMATCH,
        "NVIDIA GB10, [N/A], 580.95, 12.1",
        "Card, [Not Supported], 580.95, 8.9",
        "Card, -1, 580.95, 8.9",
        "Card, ², 580.95, 8.9",
    ],
)
def test_rows_without_a_card_are_left_out(text):
    assert machine.parse_nvidia_smi(text) == []


def test_an_unknown_capability_keeps_the_card():
    (gpu,) = machine.parse_nvidia_smi("Card, 12282, [N/A], [N/A]")
    assert gpu.compute_capability is None
    assert gpu.memory_gb > 12


@given(st.text())
def test_no_text_makes_the_parser_raise(text):
    assert isinstance(machine.parse_nvidia_smi(text), list)


@given(st.lists(st.text(alphabet="0123456789.²-, [N/A]x\n", max_size=30)).map(",".join))
def test_no_table_makes_the_parser_raise(text):
    for gpu in machine.parse_nvidia_smi(text):
        assert gpu.memory_gb >= 0
        assert gpu.name


@pytest.mark.parametrize(
    ("row", "tier", "bf16"), [(RTX_4070_TI, "gpu12", True), (T4, "gpu16", False)]
)
def test_a_card_is_found_through_nvidia_smi(nvidia_smi, row, tier, bf16):
    found = nvidia_smi(
        "assert '--format=csv,noheader,nounits' in sys.argv\n"
        "assert 'name,memory.total,driver_version,compute_cap' in sys.argv[1]\n"
        f"print({row!r})"
    )
    assert found.tier == tier
    assert found.gpu.native_bf16 is bf16
    assert found.gpu_note == ""


def test_no_nvidia_smi_is_no_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    machine.here.cache_clear()
    found = machine.here()
    machine.here.cache_clear()
    assert found.gpus == ()
    assert found.gpu_note == machine.NO_NVIDIA_SMI


@pytest.mark.parametrize(("said", "status"), [(NO_DEVICES, 6), (MISMATCH, 18)])
def test_a_failing_nvidia_smi_is_no_gpu_and_a_note(nvidia_smi, said, status):
    found = nvidia_smi(f"print({said!r})\nsys.exit({status})")
    assert found.tier == "cpu"
    assert said.splitlines()[0] in found.gpu_note


def test_a_hanging_nvidia_smi_is_given_up(nvidia_smi, monkeypatch):
    monkeypatch.setattr(machine, "NVIDIA_SMI_SECONDS", 0.5)
    begin = time.monotonic()
    found = nvidia_smi("time.sleep(30)")
    assert time.monotonic() - begin < 5
    assert found.tier == "cpu"
    assert "no answer" in found.gpu_note


def test_a_broken_nvidia_smi_is_no_gpu_and_a_note(nvidia_smi, tmp_path):
    nvidia_smi("")
    (tmp_path / "nvidia-smi").write_text("#!/no/such/interpreter\n")
    machine.here.cache_clear()
    found = machine.here()
    assert found.gpus == ()
    assert "does not start" in found.gpu_note


def test_hidden_cards_are_not_used(nvidia_smi, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    found = nvidia_smi(f"print({RTX_4070_TI!r})")
    assert found.tier == "cpu"
    assert "CUDA_VISIBLE_DEVICES" in found.gpu_note


def test_the_argument_wins_then_the_environment_then_the_machine(monkeypatch):
    monkeypatch.setenv("COURSE_TIER", "gpu16")
    assert machine.pick_tier("gpu8") == "gpu8"
    assert machine.pick_tier() == "gpu16"
    monkeypatch.delenv("COURSE_TIER")
    assert machine.pick_tier() == machine.here().tier


def test_an_unknown_tier_is_refused_with_the_allowed_ones(monkeypatch):
    with pytest.raises(CourseError, match="'gpu13'.*gpu12"):
        machine.pick_tier("gpu13")
    monkeypatch.setenv("COURSE_TIER", "GPU12")
    with pytest.raises(CourseError, match="COURSE_TIER.*gpu12"):
        machine.pick_tier()


def test_every_tier_has_a_meaning():
    assert tuple(machine.TIER_MEANING) == machine.TIERS


def test_this_machine_is_described_in_plain_lines(monkeypatch):
    monkeypatch.setenv("COURSE_TIER", "gpu8")
    told = machine.describe(machine.here())[-1]
    assert told == "COURSE_TIER asks for another: gpu8"
    monkeypatch.delenv("COURSE_TIER")
    found = machine.here()
    assert 1 <= found.cores <= os.cpu_count()
    assert 0 < found.ram_free_gb <= found.ram_gb
    lines = machine.describe(machine_with(note=machine.NO_NVIDIA_SMI))
    assert found.cpu in lines[1]
    assert lines[-2] == "GPU: no NVIDIA GPU found"
    assert lines[-1] == (
        "That makes the tier: cpu (a laptop's sizes; nothing is left out)"
    )


def test_a_card_is_described_with_its_memory_and_driver():
    found = machine_with(*machine.parse_nvidia_smi(RTX_4070_TI))
    text = "\n".join(machine.describe(found))
    assert "GPU: NVIDIA GeForce RTX 4070 Ti, 12.9 GB, driver 581.57" in text
    assert "tier: gpu12" in text


def test_products_are_computed_in_a_type_that_the_hardware_knows():
    card = machine.Gpu("T4", 16e9, "580", (7, 5))
    newer = dataclasses.replace(card, compute_capability=(8, 9))
    here = dataclasses.replace(machine.here(), gpus=(card,), native_bf16_cpu=False)
    assert here.compute_dtype("cuda") == "float16"
    assert here.compute_dtype("cpu") == "float32"  # a torch without CUDA, perhaps
    here = dataclasses.replace(here, gpus=(newer,), native_bf16_cpu=True)
    assert here.compute_dtype("cuda") == here.compute_dtype("cpu") == "bfloat16"
    assert dataclasses.replace(here, gpus=()).compute_dtype("cuda") == "float16"
