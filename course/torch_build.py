"""Which build of PyTorch suits a machine. Standard library only: start.py asks.

PyTorch 2.14 has builds for CUDA 13.0 and 13.2 (Turing and newer), for CUDA 12.6
(Maxwell to Hopper) and for the CPU: github.com/pytorch/pytorch/issues/190355. What a
driver must be: docs.nvidia.com/deploy/cuda-compatibility (minor version compatibility).
"""

import platform
import sys
import urllib.request
from typing import NamedTuple

from course import machine

INDEX = "https://download.pytorch.org/whl/"
CUDA13_DRIVER = 580
CUDA12_DRIVER = 528  # on Windows; the course uses that build nowhere else
TURING, BLACKWELL = (7, 5), (10, 0)
PYTHONS = ((3, 11), (3, 14))
SECONDS = 3
UPDATE = (
    "Update NVIDIA's driver (nvidia.com/drivers) to {wanted} or newer and restart; "
    "until then, every lesson runs with COURSE_TIER=cpu."
)


class TorchBuild(NamedTuple):
    """The part of PyTorch's own index to install from ("" for the default wheel),
    sentences for the learner, and, where no build exists, why."""

    index: str
    warnings: tuple = ()
    impossible: str = ""


def choose(system, processor, python, driver=None, capability=None) -> TorchBuild:
    """The build for a machine; a pure function.

    `system`, `processor`: what the module platform says, such as "Linux", "x86_64";
    `python`: (3, 12); `driver`: of the NVIDIA card, such as "580.95.05", "" where a
    driver is installed and does not answer, None where there is none; `capability`:
    the card's, such as (8, 9), or None if unknown.
    """
    if not PYTHONS[0] <= tuple(python[:2]) <= PYTHONS[1]:
        return TorchBuild("", (), "PyTorch 2.14 has builds for Python 3.11 to 3.14.")
    if system == "Darwin" and processor == "x86_64":
        return TorchBuild(
            "",
            (),
            "PyTorch has no builds for Macs with an Intel processor since version 2.3: "
            "install with --lite for weeks 0 and 1, and use Colab for the others.",
        )
    if system == "Darwin" or processor.lower() in ("arm64", "aarch64"):
        return TorchBuild("")
    if driver is None:
        return TorchBuild("" if system == "Windows" else "cpu")
    if driver == "":
        return TorchBuild("cu130" if system == "Windows" else "")
    if system == "Windows":
        return _windows(_major(driver), driver, capability)
    return TorchBuild("", _warnings(_major(driver), driver, capability))


def here() -> TorchBuild:
    """The build for this machine; a card that is hidden or ill still counts."""
    found = machine.here()
    driver, capability = None, None
    if found.gpu:
        driver, capability = found.gpu.driver, found.gpu.compute_capability
    elif found.gpu_note != machine.NO_NVIDIA_SMI:
        driver = ""
    return choose(
        found.system, platform.machine(), sys.version_info[:2], driver, capability
    )


def instead(index):
    """The name of a build, and what it means to get the default wheel in its place."""
    if index == "cpu":
        return "CPU build", "it works as well, and is some gigabytes larger"
    return f"CUDA build {index}", "on Windows it computes on the CPU alone"


def reachable(index: str, base: str = INDEX) -> bool:
    """Whether a part of PyTorch's own index answers within SECONDS."""
    request = urllib.request.Request(base + index + "/", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return True
    except OSError:
        return False


def _windows(major, driver, capability) -> TorchBuild:
    """The default wheel computes on the CPU alone there: the index must be named."""
    older_card = capability is not None and capability < TURING
    newer_card = capability is not None and capability >= BLACKWELL
    if major >= CUDA13_DRIVER and not older_card:
        return TorchBuild("cu130")
    if major >= CUDA12_DRIVER and not newer_card:
        if older_card:
            told = (
                "This card is older than Turing (GTX 16, RTX 20): it gets PyTorch's "
                "CUDA 12.6 build, the last one that supports it."
            )
        else:
            told = (
                f"The driver {driver} is older than CUDA 13 needs: this machine gets "
                f"PyTorch's CUDA 12.6 build. Better: update NVIDIA's driver to "
                f"{CUDA13_DRIVER} or newer, delete the folder .venv and start again."
            )
        return TorchBuild("cu126", (told,))
    wanted = CUDA12_DRIVER if older_card else CUDA13_DRIVER
    told = (
        f"The driver {driver} is too old for this card and any build of PyTorch 2.14: "
        "this machine gets the one for the CPU. Update NVIDIA's driver "
        f"(nvidia.com/drivers) to {wanted} or newer, restart, delete the folder .venv "
        "and start again."
    )
    return TorchBuild("", (told,))


def _warnings(major, driver, capability) -> tuple:
    """For the default wheel on Linux and WSL2, which is a build for CUDA 13."""
    if capability is not None and capability < TURING:
        return (
            "PyTorch's CUDA 13 build has no code for cards older than Turing (GTX 16, "
            "RTX 20): every lesson runs with COURSE_TIER=cpu.",
        )
    if major < CUDA13_DRIVER:
        remedy = UPDATE.format(wanted=CUDA13_DRIVER)
        return (f"The driver {driver} is too old for PyTorch's CUDA 13. {remedy}",)
    return ()


def _major(driver):
    """580 for "580.95.05"; 0 for what is no version."""
    text = driver.partition(".")[0]
    return int(text) if text.isascii() and text.isdigit() else 0
