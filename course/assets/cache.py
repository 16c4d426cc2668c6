"""The verified downloads: one folder per variant, put in place in one step."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from course import paths
from course.assets.catalog import Asset, Variant

MANIFEST = "manifest.json"
# Hashing this much takes a tenth of a second; beyond it, only sizes are compared.
REHASH_BELOW = 200_000_000


def folder(asset: Asset, variant: Variant) -> Path:
    """Where a variant's files are, or will be."""
    return paths.cache() / asset.name / variant.name


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problem(asset: Asset, variant: Variant, *, rehash: bool = True) -> str | None:
    """Say what is wrong with a variant in the cache; None where nothing is.

    Sizes are compared with the manifest's, and with `rehash` the SHA-256 of files
    that are quickly read. A file whose hash the catalog knows must have that one.
    """
    place = folder(asset, variant)
    if not place.is_dir():
        return "it is not there"
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        for file in variant.files:
            known = manifest["files"][file.path]
            path = place / file.path
            if file.sha256 not in ("", known["sha256"]):
                return f"{path.name} is not the one that the catalog names"
            if path.stat().st_size != known["bytes"]:
                return f"{path.name} has the wrong size"
            quick = rehash and known["bytes"] < REHASH_BELOW
            if quick and sha256(path) != known["sha256"]:
                return f"{path.name} has the wrong sha256"
    except (OSError, ValueError, KeyError, TypeError):
        return "a file or its manifest.json cannot be read"
    return None


@contextlib.contextmanager
def staging(asset: Asset, variant: Variant) -> Iterator[Path]:
    """Give a folder to download into, to this process alone.

    What an interrupted download left there is kept, so the next one goes on from it.
    """
    place = folder(asset, variant)
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.parent / f".{variant.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"Another process is fetching {asset.name} ({variant.name}); waiting.")
        lock.acquire()
    try:
        stage = place.parent / f".{variant.name}.part"
        stage.mkdir(exist_ok=True)
        yield stage
    finally:
        lock.release()


def install(asset: Asset, variant: Variant, files: Path, source: str) -> None:
    """Move verified files into the cache, with a manifest of what they are."""
    manifest = {
        "asset": asset.name,
        "variant": variant.name,
        "source": source,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {
            file.path: {
                "bytes": (files / file.path).stat().st_size,
                "sha256": sha256(files / file.path),
            }
            for file in variant.files
        },
    }
    text = json.dumps(manifest, indent=2)
    (files / MANIFEST).write_text(text + "\n", encoding="utf-8")
    place = folder(asset, variant)
    damaged = place.with_name(f".{variant.name}.damaged")
    shutil.rmtree(damaged, ignore_errors=True)
    if place.exists():
        os.replace(place, damaged)
    os.replace(files, place)
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.rmtree(files.parent, ignore_errors=True)
