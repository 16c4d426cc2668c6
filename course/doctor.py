"""What is wrong with this machine, and the remedy.

Standard library only at module level: start.py asks before anything is installed.
Once the course is installed, the same findings say more.
"""

import argparse
import getpass
import importlib.metadata
import importlib.util
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from course import machine, paths
from course.errors import CourseError
from course.torch_build import CUDA13_DRIVER

PYTHON_OLDEST, PYTHON_NEWEST = (3, 11), (3, 14)
# Measured: a full .venv takes 7 GB; until it is done, the wheels take another 3 GB
# beside it, and as much in pip's cache. Without torch 1 GB, and twice 0.3 GB.
FULL_INSTALL_GB, LITE_INSTALL_GB, DATA_GB = 13, 3, 5
KERNEL_SECONDS = 60
INSTALL = "Run `python3 start.py --full` in the course's folder."
REPORTED = (
    "twelve-gigabytes",
    "numpy",
    "scikit-learn",
    "torch",
    "torchvision",
    "transformers",
    "bitsandbytes",
    "ipykernel",
    "jupyterlab",
)
ANSI = {"green": "\033[32m", "amber": "\033[33m", "red": "\033[31m"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: level "green", "amber" or "red", and what to do."""

    name: str
    level: str
    message: str
    remedy: str = ""


def python() -> Finding:
    """Whether this Python is one that the course's packages support."""
    version = platform.python_version()
    if PYTHON_OLDEST <= sys.version_info[:2] <= PYTHON_NEWEST:
        return Finding("Python", "green", version)
    return Finding(
        "Python",
        "red",
        f"{version} is not one of 3.11 to 3.14",
        "Install Python 3.12, delete the folder .venv and run `python3.12 start.py`.",
    )


def disk(needed_gb: float | None = None) -> Finding:
    """Whether the course's folder has room; without a number, for what is to come."""
    installed = _installed("torch")
    if needed_gb is None:
        needed_gb = DATA_GB if installed else FULL_INSTALL_GB
    folder = next(p for p in (paths.home(), *paths.home().parents) if p.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    message = f"{free_gb:.1f} GB free, {needed_gb:g} GB wanted"
    if free_gb >= needed_gb:
        return Finding("disk", "green", message)
    level = "amber" if installed and free_gb >= 1 else "red"
    remedy = f"Free {needed_gb - free_gb:.1f} GB on the disk that holds the course."
    return Finding("disk", level, message, remedy)


def ram() -> Finding:
    """Whether the memory suffices: 8 GB for every lesson at the tier `cpu`."""
    total_gb = machine.here().ram_gb
    message = f"{total_gb:.1f} GB"
    if total_gb >= 8:
        return Finding("RAM", "green", message)
    return Finding(
        "RAM",
        "amber" if total_gb >= 4 else "red",
        message + ", 8 GB wanted",
        "Close other programs before a lesson; if it still runs out of memory, "
        "set COURSE_TIER=ci.",
    )


def gpu() -> Finding:
    """Which card there is; none at all is no fault."""
    found = machine.here()
    if found.gpu:
        message = f"{found.gpu.name}, {found.gpu.memory_gb:.1f} GB"
        return Finding("GPU", "green", message)
    if found.gpu_note == machine.NO_NVIDIA_SMI:
        message = "no NVIDIA GPU: the tier is cpu, every lesson runs"
        return Finding("GPU", "green", message)
    return Finding(
        "GPU",
        "amber",
        found.gpu_note,
        "If this machine has an NVIDIA card: restart it, then install NVIDIA's driver "
        f"again if that does not help ({_page()} says how). Without a card every "
        "lesson runs, too.",
    )


def driver() -> Finding:
    """Whether the driver is new enough for torch's wheel."""
    card = machine.here().gpu
    if card is None:
        return Finding("driver", "green", "none needed without a GPU")
    major = card.driver.partition(".")[0]
    if major.isdigit() and int(major) >= CUDA13_DRIVER:
        return Finding("driver", "green", card.driver)
    if _installed("torch"):
        import torch

        if torch.cuda.is_available():  # a wheel for an older CUDA, as on Colab
            message = f"{card.driver} serves this torch (CUDA {torch.version.cuda})"
            return Finding("driver", "green", message)
    return Finding(
        "driver",
        "red",
        f"{card.driver}; torch (CUDA 13) needs {CUDA13_DRIVER} or newer",
        f"Update NVIDIA's driver to {CUDA13_DRIVER} or newer and restart "
        f"({_page()} says how); until then, set COURSE_TIER=cpu.",
    )


def write_access() -> Finding:
    """Really write and remove a file in each of the learner's folders."""
    refused = []
    for folder in (paths.work(), paths.home() / "my", paths.runs(), paths.state()):
        made = not folder.exists()
        probe = folder / ".doctor"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_text("written by course doctor\n")
            probe.unlink()
            if made:
                folder.rmdir()
        except OSError as error:
            refused.append(f"{folder.name} ({error.strerror})")
    if not refused:
        return Finding("write access", "green", "work, my, runs, .course")
    return Finding(
        "write access",
        "red",
        f"cannot write in {', '.join(refused)}",
        "Make these folders your own, or set COURSE_HOME to a folder that is.",
    )


def tier() -> Finding:
    """Which tier the lessons will run at."""
    try:
        picked = machine.pick_tier()
    except CourseError as error:
        remedy = "Correct or remove the environment variable COURSE_TIER."
        return Finding("tier", "red", str(error), remedy)
    return Finding("tier", "green", f"{picked} ({machine.TIER_MEANING[picked]})")


def torch_build() -> Finding:
    """Whether torch computes on the card that nvidia-smi shows."""
    if not _installed("torch"):
        return _missing("torch")
    import torch

    cards = machine.here().gpus
    if not cards:
        return Finding("torch", "green", f"{torch.__version__}, on the CPU")
    if torch.version.cuda is None:
        return Finding(
            "torch",
            "red",
            f"{torch.__version__} is built for the CPU alone; there is a card",
            "Delete the folder .venv and run `python3 start.py`.",
        )
    if not torch.cuda.is_available():
        return Finding(
            "torch",
            "red",
            f"{torch.__version__} does not see the card that nvidia-smi shows",
            f"Update NVIDIA's driver and restart ({_page()} says how); until then, set "
            "COURSE_TIER=cpu.",
        )
    try:
        square = torch.ones(8, 8, device="cuda")
        works = (square @ square).sum().item() == 512
    except RuntimeError as error:
        return Finding(
            "torch",
            "red",
            f"a product on the card failed: {str(error).splitlines()[0]}",
            "If the card is older than Turing (GTX 16, RTX 20), this torch no longer "
            "supports it: set COURSE_TIER=cpu; else update NVIDIA's driver.",
        )
    if not works:
        message = "a product on the card is wrong"
        return Finding("torch", "red", message, "Update NVIDIA's driver and restart.")
    message = f"{torch.__version__}, CUDA {torch.version.cuda}, on the card"
    return Finding("torch", "green", message)


def bfloat16() -> Finding:
    """Whether bfloat16 is computed without emulation where lessons compute."""
    if not _installed("torch"):
        return _missing("bfloat16", "torch")
    import torch

    if torch.cuda.is_available():
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Finding("bfloat16", "green", "native on the card")
        return Finding(
            "bfloat16",
            "amber",
            "this card only emulates it",
            "Use float16 or float32 in code of your own.",
        )
    if machine.here().native_bf16_cpu:
        return Finding("bfloat16", "green", "native on the CPU")
    message = "not native on this CPU; float32 is the right choice here"
    return Finding("bfloat16", "green", message)


def four_bit() -> Finding:
    """Run a 4-bit layer and compare it with the product of its dequantised weight."""
    if not (_installed("torch") and _installed("bitsandbytes")):
        return _missing("4-bit", "bitsandbytes")
    import torch
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    device = "cuda" if torch.cuda.is_available() else "cpu"
    # float32: bfloat16 on a CPU without AVX512-BF16 takes many times longer.
    layer = Linear4bit(
        128, 64, bias=False, compute_dtype=torch.float32, quant_type="nf4"
    ).to(device)
    weight = dequantize_4bit(layer.weight.data, layer.weight.quant_state)  # (64, 128)
    inputs = torch.randn(3, 128, device=device)
    with torch.no_grad():
        expected = inputs @ weight.float().T  # (3, 64)
        error = (layer(inputs) - expected).abs().max() / expected.abs().max()
    if error < 0.01:
        return Finding("4-bit", "green", f"bitsandbytes multiplies on {device}")
    return Finding(
        "4-bit",
        "red",
        f"bitsandbytes' product on {device} is off by {error:.1%}",
        "Delete the folder .venv and run `python3 start.py`.",
    )


def kernel() -> Finding:
    """Start a notebook's kernel and let it compute."""
    if not (_installed("jupyter_client") and _installed("ipykernel")):
        return _missing("kernel", "ipykernel")
    from jupyter_client.manager import run_kernel

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    remedy = (
        "Delete the folder .venv and run `python3 start.py`; a firewall that blocks "
        "127.0.0.1 has the same effect."
    )
    try:
        with run_kernel(
            kernel_name="python3", startup_timeout=KERNEL_SECONDS, **quiet
        ) as client:
            reply = client.execute(
                "",
                user_expressions={"sum": "1 + 1"},
                reply=True,
                timeout=KERNEL_SECONDS,
            )
        answer = reply["content"]["user_expressions"]["sum"]["data"]["text/plain"]
    except (RuntimeError, TimeoutError) as error:
        message = f"a kernel does not start: {error}"
        return Finding("kernel", "red", message, remedy)
    if answer != "2":
        return Finding("kernel", "red", f"a kernel says 1 + 1 = {answer}", remedy)
    return Finding("kernel", "green", "starts and computes")


def assets() -> Finding:
    """Which data this machine's lessons need are in the cache; downloads nothing."""
    try:
        from course import contract
        from course.assets import present
    except ImportError as error:
        return _missing("assets", error.name or "a package")
    here, lessons = machine.here().tier, contract.contracts().values()
    names = list(dict.fromkeys(a for one in lessons for a in one.needed(here)))
    absent = [name for name in names if present(name) is None]
    message = f"{len(names) - len(absent)} of {len(names)} are in the cache"
    if not absent:
        return Finding("assets", "green", message)
    return Finding(
        "assets",
        "amber",
        f"{message}; not yet {', '.join(absent)}",
        "Run `course fetch`, or let each lesson fetch what it needs.",
    )


QUICK = (python, disk, ram, gpu, driver, write_access, tier)
FULL = (
    python,
    disk,
    ram,
    gpu,
    driver,
    torch_build,
    bfloat16,
    four_bit,
    write_access,
    kernel,
    assets,
    tier,
)


def examine(quick: bool = False) -> list[Finding]:
    """Make every check; quick: only those that need nothing installed. Never raises."""
    return [_safely(check) for check in (QUICK if quick else FULL)]


def show(findings: Iterable[Finding], stream: TextIO | None = None) -> None:
    """Print one line for each finding, and a second one with the remedy."""
    stream = stream or sys.stdout
    coloured = stream.isatty()
    for finding in findings:
        level = f"{finding.level:<5}"
        if coloured:
            level = f"{ANSI[finding.level]}{level}\033[0m"
        print(f"{level}  {finding.name:<12}  {finding.message}", file=stream)
        if finding.remedy:
            print(f"{'':21}-> {finding.remedy}", file=stream)


def as_json(findings: Iterable[Finding]) -> str:
    """The machine and the findings as JSON."""
    content = {
        "machine": asdict(machine.here()),
        "tier": machine.here().tier,
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(content, indent=2)


def report(findings: Iterable[Finding]) -> str:
    """A Markdown block for a forum: no user name, host name or home folder in it."""
    lines = [anonymous(line) for line in machine.describe(machine.here())]
    lines += ["", f"python {platform.python_version()}"]
    lines += [f"{name} {_version(name)}" for name in REPORTED]
    lines += [""]
    for finding in findings:
        remedy = f" -> {finding.remedy}" if finding.remedy else ""
        text = f"{finding.name}: {finding.message}{remedy}"
        lines.append(f"{finding.level:<5} {anonymous(text)}")
    return "\n".join(["**course doctor**", "", "```text", *lines, "```"])


def anonymous(text: str) -> str:
    """The text without this machine's folders, user name and host name."""
    for folder, name in ((paths.home(), "<course>"), (Path.home(), "~")):
        text = text.replace(str(folder), name)
    names = {"<host>": platform.node(), "<user>": _user()}
    for replacement, name in names.items():
        for word in filter(None, (name, name.partition(".")[0])):  # the longer first
            pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
            text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return text


def main(argv: list[str] | None = None) -> int:
    """`course doctor [--json] [--report]`: 1 if any finding is red, else 0."""
    parser = argparse.ArgumentParser(
        prog="course doctor", description="What is wrong here, and the remedy."
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument(
        "--report", action="store_true", help="print a block to paste into a forum"
    )
    options = parser.parse_args(argv)
    findings = examine()
    if options.json:
        print(as_json(findings))
    elif options.report:
        print(report(findings))
    else:
        show(findings)
    return int(any(finding.level == "red" for finding in findings))


def _safely(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:
        name = check.__name__.replace("_", " ")
        message = f"the check itself failed: {type(error).__name__}: {error}"
        remedy = "Ask in the course's forum, with what `course doctor --report` prints."
        return Finding(name, "red", message, remedy)


def _page() -> str:
    """The page on installing that fits this system."""
    found = machine.here()
    if found.wsl or found.system == "Windows":
        return "docs/install/windows.md"
    return f"docs/install/{'macos' if found.system == 'Darwin' else 'linux'}.md"


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _missing(name: str, package: str = "") -> Finding:
    message = f"{package or name} is not installed yet"
    return Finding(name, "amber", message, INSTALL)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "is not installed"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


if __name__ == "__main__":
    sys.exit(main())
