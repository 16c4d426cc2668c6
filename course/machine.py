"""What this machine is, and which tier that makes. Standard library only."""

import functools
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError

TIERS = ("ci", "cpu", "gpu8", "gpu12", "gpu16", "gpu24")
TIER_MEANING = {
    "ci": "the smallest sizes, for testing that every cell runs",
    "cpu": "a laptop's sizes; nothing is left out",
    "gpu8": "sizes for a card with 8 GB",
    "gpu12": "sizes for a card with 12 GB, the card that this course is made for",
    "gpu16": "sizes for a card with 16 GB",
    "gpu24": "sizes for a card with 24 GB or more",
}
# A card sold as "12 GB" reports 12282 MiB (12.9e9 bytes), one sold as "8 GB" 8188 MiB
# (8.6e9 bytes); the limits lie between the sizes that are sold.
TIER_FLOORS_GB = (("gpu24", 22), ("gpu16", 15), ("gpu12", 11), ("gpu8", 7))

NO_NVIDIA_SMI = "nvidia-smi is not installed"
NVIDIA_SMI_SECONDS = 5
NVIDIA_SMI_QUERY = (
    "--query-gpu=name,memory.total,driver_version,compute_cap",
    "--format=csv,noheader,nounits",
)


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA card as its driver reports it; memory in units of 1e9 bytes."""

    name: str
    memory_gb: float
    driver: str
    compute_capability: tuple[int, int] | None

    @property
    def native_bf16(self) -> bool:
        """Whether the card computes in bfloat16 itself (capability 8.0, Ampere)."""
        return (self.compute_capability or (0, 0)) >= (8, 0)


@dataclass(frozen=True)
class Machine:
    """This machine; memory in units of 1e9 bytes, `cores` those we may use."""

    system: str
    wsl: bool
    python: str
    cores: int
    cpu: str
    ram_gb: float
    ram_free_gb: float | None
    native_bf16_cpu: bool
    gpus: tuple[Gpu, ...]
    gpu_note: str  # why there is no card; empty where there is one

    @property
    def gpu(self) -> Gpu | None:
        """The card with the most memory."""
        return max(self.gpus, key=lambda gpu: gpu.memory_gb, default=None)

    def compute_dtype(self, device: str) -> str:
        """torch's name of the type in which products are quick on "cuda" or "cpu".

        Where the hardware has no bfloat16, torch imitates it, on a CPU many times
        slower; cards older than that compute in float16.
        """
        if device == "cuda":
            native = self.gpu is not None and self.gpu.native_bf16
            return "bfloat16" if native else "float16"
        return "bfloat16" if self.native_bf16_cpu else "float32"

    @property
    def tier(self) -> str:
        """The tier that the largest card makes, or "cpu"."""
        memory = self.gpu.memory_gb if self.gpu else 0
        return next((tier for tier, floor in TIER_FLOORS_GB if memory >= floor), "cpu")


@functools.cache
def here() -> Machine:
    """Look at this machine, once; takes milliseconds, or 5 s if nvidia-smi hangs."""
    total, free = _ram_gb()
    cpu, flags = _cpu()
    gpus, note = _gpus()
    return Machine(
        system=platform.system(),
        wsl="microsoft" in platform.release().lower(),
        python=platform.python_version(),
        cores=_cores(),
        cpu=cpu,
        ram_gb=total,
        ram_free_gb=free,
        native_bf16_cpu=bool(flags & {"avx512_bf16", "amx_bf16"}),
        gpus=gpus,
        gpu_note=note,
    )


def pick_tier(argument: str | None = None) -> str:
    """The argument, else COURSE_TIER, else this machine's tier.

    Raises CourseError for a tier that does not exist.
    """
    tier = argument or os.environ.get("COURSE_TIER") or here().tier
    if tier not in TIERS:
        source = "" if argument else " (from COURSE_TIER)"
        raise CourseError(
            f"There is no tier {tier!r}{source}: choose one of {', '.join(TIERS)}."
        )
    return tier


def describe(machine: Machine) -> list[str]:
    """The machine in a few plain lines for a terminal."""
    system = machine.system + (" (WSL)" if machine.wsl else "")
    cores = f"{machine.cores} core" + ("" if machine.cores == 1 else "s")
    free = machine.ram_free_gb
    ram = f"{machine.ram_gb:.1f} GB" + (f", {free:.1f} GB free" if free else "")
    lines = [
        f"System: {system}, Python {machine.python}",
        f"CPU: {machine.cpu}, {cores}",
        f"RAM: {ram}",
    ]
    for gpu in machine.gpus:
        lines.append(f"GPU: {gpu.name}, {gpu.memory_gb:.1f} GB, driver {gpu.driver}")
    if not machine.gpus:
        silent = machine.gpu_note in ("", NO_NVIDIA_SMI)
        reason = "" if silent else f" ({machine.gpu_note})"
        lines.append(f"GPU: no NVIDIA GPU found{reason}")
    meaning = TIER_MEANING[machine.tier]
    lines.append(f"That makes the tier: {machine.tier} ({meaning})")
    if chosen := os.environ.get("COURSE_TIER"):
        lines.append(f"COURSE_TIER asks for another: {chosen}")
    return lines


def parse_nvidia_smi(text: str) -> list[Gpu]:
    """Read `nvidia-smi` called with NVIDIA_SMI_QUERY: one card a row.

    Rows that do not describe a card with a known amount of memory are left out.
    """
    gpus = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != 4 or not fields[0]:
            continue
        name, mebibytes, driver, capability = fields
        if not (mebibytes.isascii() and mebibytes.isdigit() and len(mebibytes) < 10):
            continue
        memory_gb = int(mebibytes) * 2**20 / 1e9
        gpus.append(Gpu(name, memory_gb, driver, _capability(capability)))
    return gpus


def parse_nvidia_smi_table(text: str) -> list[Gpu]:
    """Read what `nvidia-smi` prints for people, whose header changed with driver 610.

    Long names are cut off there, and nothing tells the compute capability.
    """
    driver = re.search(r"(?:Driver|KMD) Version: *(\d[\d.]*)", text)
    names = re.findall(r"(?m)^\| +\d+ +(\S.*?) +(?:On|Off|WDDM|TCC|MCDM) +\|", text)
    memories = re.findall(r"/ *([0-9]{1,9})MiB", text)
    if driver is None:
        return []
    return [
        Gpu(name, int(mebibytes) * 2**20 / 1e9, driver[1], None)
        for name, mebibytes in zip(names, memories, strict=False)
    ]


def _capability(text: str) -> tuple[int, int] | None:
    major, _, minor = text.partition(".")
    if not (text.isascii() and major.isdigit() and minor.isdigit() and len(text) < 10):
        return None
    return int(major), int(minor)


def _gpus() -> tuple[tuple[Gpu, ...], str]:
    """The cards that may be used, and, where there are none, the reason."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return (), NO_NVIDIA_SMI
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return (), "CUDA_VISIBLE_DEVICES hides every card"
    gpus, note = _ask(parse_nvidia_smi, command, *NVIDIA_SMI_QUERY)
    if "is not a valid field" in note:  # older than driver 510, or its nvidia-smi is
        gpus, note = _ask(parse_nvidia_smi_table, command)
    return gpus, note


def _ask(
    parse: Callable[[str], list[Gpu]], *command: str
) -> tuple[tuple[Gpu, ...], str]:
    """The cards that a call of nvidia-smi lists, or why there are none."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return (), f"nvidia-smi does not start: {error.strerror}"
    try:
        text, _ = process.communicate(timeout=NVIDIA_SMI_SECONDS)
    except subprocess.TimeoutExpired:
        # A driver that hangs may leave nvidia-smi unkillable: do not wait for its end.
        process.kill()
        return (), f"nvidia-smi gave no answer within {NVIDIA_SMI_SECONDS} s"
    gpus = tuple(parse(text))
    if gpus:
        return gpus, ""
    said = " ".join(text.split())[:200] or f"nothing, exit status {process.returncode}"
    return (), f"nvidia-smi lists no card; it says: {said}"


def _cores() -> int:
    """Cores that this process may use (affinity and, in a container, the quota)."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    # cgroup version 2: "max 100000" or "microseconds-per-period period".
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period) > 0:
        cores = min(cores, max(1, int(quota) // int(period)))
    return cores


def _cpu() -> tuple[str, set[str]]:
    """The CPU's name, and its flags where Linux tells them."""
    info = {}
    for line in _read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        info.setdefault(key.strip(), value.strip())
    flags = set(info.get("flags", "").split())
    name = info.get("model name") or _sysctl("machdep.cpu.brand_string")
    return name or platform.processor() or platform.machine(), flags


def _ram_gb() -> tuple[float, float | None]:
    """Total and available memory in 1e9 bytes; None where nothing simple tells."""
    if platform.system() == "Windows":
        return _windows_ram_gb()
    info = {}
    for line in _read("/proc/meminfo").splitlines():
        key, _, value = line.partition(":")
        info[key] = int(value.split()[0]) * 1024
    if not info:
        return int(_sysctl("hw.memsize") or 0) / 1e9, None
    total, free = info["MemTotal"], info["MemAvailable"]
    limit = _read("/sys/fs/cgroup/memory.max")  # a container's, or "max"
    if limit.isdigit():
        total, free = min(total, int(limit)), min(free, int(limit))
    return total / 1e9, free / 1e9


def _windows_ram_gb() -> tuple[float, float]:
    """GlobalMemoryStatusEx: learn.microsoft.com, MEMORYSTATUSEX."""
    import ctypes

    # 64 bytes: length and load as 32-bit, then seven 64-bit sizes (total, free, ...).
    status = (ctypes.c_uint64 * 8)(64)
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status[1] / 1e9, status[2] / 1e9


def _sysctl(name: str) -> str:
    """A value of macOS's sysctl; empty elsewhere."""
    if platform.system() != "Darwin":
        return ""
    call = ["/usr/sbin/sysctl", "-n", name]
    return subprocess.run(call, capture_output=True, text=True).stdout.strip()


def _read(path: str) -> str:
    """The text of a small system file; empty where there is none."""
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""
