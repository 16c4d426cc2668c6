"""What data there is: catalog.toml, read and checked."""

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import CourseError

CATALOG = Path(__file__).with_name("catalog.toml")
KINDS = ("images",)
FORMATS = ("parquet", "csv")
SPLITS = ("train", "test", "all")


@dataclass(frozen=True)
class File:
    """One file of a variant: its path inside the repository or package."""

    path: str
    split: str  # "train", "test", or "all" where the file has no split
    bytes: int
    sha256: str = ""


@dataclass(frozen=True)
class Variant:
    """One form of an asset, from a repository (mirror, Hub) or from a package."""

    name: str
    format: str
    files: tuple[File, ...]
    repo: str = ""
    repo_type: str = "dataset"
    revision: str = ""
    package: str = ""
    version: str = ""
    sha256: str = ""  # of the package's wheel
    banner: str = ""

    @property
    def bytes(self) -> int:
        """About how many bytes a download costs."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Asset:
    """A data set: where it comes from and its variants, the best first."""

    name: str
    title: str
    kind: str
    licence: str
    citation: str
    classes: tuple[str, ...]
    variants: tuple[Variant, ...]


def catalog(path: Path | None = None) -> dict[str, Asset]:
    """Return all assets by name.

    Raises CourseError, naming the file and the entry, for an entry that is not right.
    """
    path = path or CATALOG
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}); restore it with git."
        ) from None
    except ValueError as error:
        raise CourseError(f"{path} is not valid TOML: {error}.") from None
    return {name: _asset(name, entry, path) for name, entry in entries.items()}


def asset(name: str) -> Asset:
    """Return one asset; an unknown name raises CourseError with the nearest ones."""
    assets = catalog()
    if name in assets:
        return assets[name]
    near = difflib.get_close_matches(name, assets, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {_list(assets)}."
    raise CourseError(f"There is no asset named {name!r}. {hint}")


def _asset(name: str, entry: Any, path: Path) -> Asset:
    where = f"{path}, [{name}]"
    entry = _table(entry, where)
    variants = []
    for variant in _tables(entry, "variants", where):
        inside = f"{where}, variant {variant.get('name', '(no name)')!r}"
        files = [
            _build(File, file, f"{inside}, file {file.get('path', '(no path)')!r}")
            for file in _tables(variant, "files", inside)
        ]
        variants.append(_build(Variant, variant | {"files": files}, inside))
        _check_variant(variants[-1], inside)
    made = _build(Asset, entry | {"name": name, "variants": variants}, where)
    _one_of(made.kind, "kind", KINDS, where)
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise CourseError(f"{where}: two variants have the same name.")
    return made


def _check_variant(variant: Variant, where: str) -> None:
    _one_of(variant.format, "format", FORMATS, where)
    for file in variant.files:
        _one_of(file.split, "split", SPLITS, f"{where}, file {file.path!r}")
    if bool(variant.repo) == bool(variant.package):
        raise CourseError(f"{where}: needs either `repo` or `package`.")
    if variant.package and not (variant.version and variant.sha256):
        raise CourseError(f"{where}: a package needs its `version` and `sha256`.")


def _build(kind: type, table: dict[str, Any], where: str) -> Any:
    """Make a dataclass of a table, or say which key is unknown, missing or wrong."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in table.keys() - fields.keys():
        raise CourseError(f"{where}: unknown key `{key}` (known: {_list(fields)}).")
    values = {}
    for key, field in fields.items():
        if key not in table:
            if field.default is dataclasses.MISSING:
                raise CourseError(f"{where}: the key `{key}` is missing.")
            continue
        value = table[key]
        expected = field.type if field.type in (str, int) else list
        if type(value) is not expected:
            raise CourseError(f"{where}: `{key}` must be of type {expected.__name__}.")
        values[key] = tuple(value) if expected is list else value
    return kind(**values)


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CourseError(f"{where}: must be a table.")
    return value


def _tables(entry: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    value = entry.get(key)
    if not isinstance(value, list) or not value:
        raise CourseError(f"{where}: needs at least one entry in `{key}`.")
    return [_table(item, f"{where}, {key}") for item in value]


def _one_of(value: str, key: str, known: tuple[str, ...], where: str) -> None:
    if value not in known:
        raise CourseError(f"{where}: `{key}` must be one of {_list(known)}.")


def _list(names: Any) -> str:
    return ", ".join(sorted(names))
