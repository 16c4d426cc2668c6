"""Data sets and models by name: found in the cache or fetched, verified, decoded.

The variants of an asset are tried in order, the real one first: a smaller one that
is in the cache never hides it.
"""

import time
from dataclasses import dataclass

from course import paths
from course.assets import cache, download, images, models, tables
from course.assets.catalog import Asset, Variant, asset, catalog
from course.assets.download import Refused, Unavailable
from course.assets.images import Images
from course.assets.models import Model
from course.assets.sources import sources
from course.assets.tables import Table
from course.errors import CourseError

__all__ = ["Asset", "Fetched", "Images", "Model", "Table", "Variant"]
__all__ += ["asset", "catalog", "fetch", "load", "present"]

# Said of trouble with a disk, where a network would not help.
ELSEWHERE = "COURSE_CACHE may name another folder"
READERS = {"images": images.read, "table": tables.read, "model": models.read}
_told: set[str] = set()


@dataclass(frozen=True)
class Fetched:
    """What `fetch` got: the variant, from where, its seconds, bytes and licence."""

    asset: str
    variant: str
    source: str  # "cache", "mirror", "hub", "web", "wheel" or "package"
    seconds: float
    bytes: int
    licence: str


def load(name: str) -> Images | Table | Model:
    """Return a data set or a model, fetching it first where it is not in the cache.

    Raises CourseError for an unknown name, and where no source has any variant.
    """
    item = asset(name)
    variant, _ = _obtain(item)
    return READERS[item.kind](item, variant, cache.folder(item, variant))


def fetch(name: str) -> Fetched:
    """Get the best variant that can be had now, decoded, so that `load` is quick.

    Raises CourseError as `load` does.
    """
    item = asset(name)
    started = time.perf_counter()
    download.forget()
    variant, source = _obtain(item)
    place = cache.folder(item, variant)
    READERS[item.kind](item, variant, place)
    size = sum((place / file.path).stat().st_size for file in variant.files)
    seconds = time.perf_counter() - started
    licence = variant.licence or item.licence
    return Fetched(item.name, variant.name, source, seconds, size, licence)


def present(name: str) -> str | None:
    """Return the best variant in the cache, or None. Uses no network."""
    item = asset(name)
    for variant in item.variants:
        if cache.problem(item, variant, rehash=False) is None:
            return variant.name
    return None


def _obtain(item: Asset) -> tuple[Variant, str]:
    """Return the best variant that is or can be put in the cache, and its source."""
    tried: list[str] = []
    for variant in item.variants:
        problem = cache.problem(item, variant)
        if problem is None:
            source = "cache"
        else:
            if cache.folder(item, variant).is_dir():
                print(f"{item.name} ({variant.name}): fetching it again, {problem}.")
            source = _fetch(item, variant, tried)
        if source:
            _tell_why_smaller(item, variant, tried)
            return variant, source
    if any(ELSEWHERE in line for line in tried):
        remedy = f"Make room on the disk that holds {paths.cache()}, or set "
        remedy += "COURSE_CACHE to a folder that can be written"
    else:
        remedy = "Connect to the network or set COURSE_MIRROR to a folder or address "
        remedy += "that has it"
    raise CourseError(
        f"{item.name} cannot be had. Tried: {'; '.join(tried)}. {remedy}, then run "
        "`course fetch`."
    )


def _fetch(item: Asset, variant: Variant, tried: list[str]) -> str | None:
    """Put a variant into the cache and return its source; None where none has it."""
    try:
        with cache.staging(item, variant) as stage:
            if cache.problem(item, variant) is None:  # another process was quicker
                return "cache"
            for name, source in sources(variant).items():
                try:
                    origin = source(variant, stage / name)
                    cache.install(item, variant, stage / name, origin)
                    return name
                # OSError: a full disk, or a mirror's stick pulled out in the middle.
                except (Unavailable, OSError) as error:
                    tried.append(f"{variant.name} from the {name} ({_reason(error)})")
                    if isinstance(error, Refused):
                        print(f"{item.name}, {name}: {error}.")
    except OSError as error:  # a cache that is not ours to write
        tried.append(f"{variant.name} into the cache ({_reason(error)})")
    return None


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    path = error.filename2 or error.filename
    where = f": {path}" if path else ""
    return f"{error.strerror}{where}; {ELSEWHERE}"


def _tell_why_smaller(item: Asset, variant: Variant, tried: list[str]) -> None:
    if tried and variant != item.variants[0] and item.name not in _told:
        _told.add(item.name)
        print(f"{item.name}: using {variant.name}. Tried first: {'; '.join(tried)}.")
