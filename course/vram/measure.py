"""The peaks that a bill shows: host memory always, GPU memory where there is one."""

import sys
from dataclasses import asdict, dataclass

import psutil


@dataclass(frozen=True)
class Peaks:
    """Peak memory of this process so far, in bytes; None where it does not exist.

    ram: peak resident set of this process (child processes are not counted).
    allocated: most bytes that live CUDA tensors ever held at once.
    reserved: most bytes that PyTorch's caching allocator took from the driver.
    device: bytes in use on the whole card now, by anybody, CUDA context included.
    """

    ram: int
    allocated: int | None = None
    reserved: int | None = None
    device: int | None = None

    def as_dict(self) -> dict[str, int | None]:
        return asdict(self)


def peaks() -> Peaks:
    """Read this process's peaks. Imports no torch that is not there already."""
    torch = sys.modules.get("torch")
    # torch.cuda is absent while torch itself is still being imported
    if torch is None or not torch.cuda.is_available():
        return Peaks(_peak_ram())
    free, total = torch.cuda.mem_get_info()
    return Peaks(
        _peak_ram(),
        allocated=torch.cuda.max_memory_allocated(),
        reserved=torch.cuda.max_memory_reserved(),
        device=total - free,
    )


def _peak_ram() -> int:
    if sys.platform == "linux":
        # Not getrusage: its maximum outlives exec, so a child would inherit ours.
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024  # the kernel writes kB
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
