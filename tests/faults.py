"""Real faults for tests, and the one place that knows what a learner then reads.

faults.toml has a table for each fault. Its test calls `said` with what the learner
saw, and docs/faults.md is made from it: `python tests/faults.py`.
"""

import os
import re
import subprocess
import time
import tomllib
from pathlib import Path

TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"
GAP = "…"  # in a sentence: what differs from run to run (a port, a path, seconds)


def said(fault: str, text: str) -> None:
    """Assert that a learner who saw `text` read the sentence of this fault.

    A fault without a sentence is one of which the learner need not hear.
    """
    if not TABLE[fault]["sentence"]:
        assert text == ""
        return
    parts = TABLE[fault]["sentence"].split(GAP)
    pattern = ".+?".join(re.escape(part) for part in parts)
    told = re.sub(r"[ \n]+│?[ │]*", " ", text)  # a panel wraps its lines
    seen = re.search(pattern, told)
    assert seen, f"{fault}: {TABLE[fault]['sentence']}\nseen: {text}"
    assert "Traceback" not in text


def unshared(*options: str) -> list[str]:
    """`unshare` with these options, or [] where the system lets nobody use it.

    Ubuntu 24.04 forbids it to users (kernel.apparmor_restrict_unprivileged_userns),
    some containers to root; macOS and Windows have nothing like it.
    """
    command = ["unshare", "--map-root-user", *options]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command


def offline() -> list[str]:
    """What to put before a command so that it has no network at all, or []."""
    return unshared("--net")


class Disk:
    """A real file system in memory, in a mount namespace of its own.

    `real` is False where no namespace can be made: then `folder` is an ordinary one,
    and `prefix` limits the size of a file, which fails a write in much the same way.
    """

    def __init__(self, folder: Path, size: str):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        unshare = unshared("--mount")
        self.real = bool(unshare)
        self.prefix: list[str] = []
        if not self.real:
            return
        mount = 'mount -t tmpfs -o "size=$1" none "$2" && echo ready && exec sleep 600'
        self._keeper = subprocess.Popen(
            [*unshare, "sh", "-c", mount, "sh", size, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._keeper.stdout.readline() == "ready\n"
        inside = f"--target {self._keeper.pid} --mount --user --preserve-credentials"
        self.prefix = ["nsenter", *inside.split(), "--"]

    def seen(self, path: Path) -> Path:
        """The address of a path on this disk for a process outside."""
        root = f"/proc/{self._keeper.pid}/root" if self.real else "/"
        return Path(root) / path.relative_to("/")

    def remount(self, options: str) -> None:
        """Change the file system: "size=1m", "ro", "rw"."""
        command = ["mount", "-o", f"remount,{options}", str(self.folder)]
        subprocess.run([*self.prefix, *command], check=True)

    def leave(self, free: int) -> None:
        """Make the file system so small that this many bytes are left."""
        stat = os.statvfs(self.seen(self.folder))
        used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
        self.remount(f"size={used + free}")

    def close(self) -> None:
        """Unmount by ending the namespace's last process."""
        if self.real:
            self._keeper.kill()
            self._keeper.wait()
            self._keeper.stdout.close()


def until(happened, seconds: float = 30) -> None:
    """Wait until `happened()` is true, and fail after some time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def page() -> str:
    """The text of docs/faults.md."""
    lines = [
        "# Faults, and what you would see",
        "",
        "Every fault below is made to happen in a test, as really as a test can: a",
        "file system that fills, a server that misbehaves, a process that is killed.",
        f"“{GAP}” stands for what differs from run to run. `python tests/faults.py`",
        "writes this page from `tests/faults.toml`; the tests compare each sentence",
        "with what the course says.",
    ]
    group = ""
    for fault in TABLE.values():
        if fault["group"] != group:
            group = fault["group"]
            lines += ["", f"## {group}", ""]
            lines += [
                "| what was done | the sentence | kept, and the next run | test |"
            ]
            lines += ["|---|---|---|---|"]
        test = f"`{fault['test']}`"
        cells = (fault["done"], fault["sentence"] or "none is needed", fault["kept"])
        lines.append(f"| {' | '.join(_cell(text) for text in cells)} | {test} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
