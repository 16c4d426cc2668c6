"""What a lesson promises: reads and validates every week's lessons.toml.

A contract that names an unknown key, tier, asset, concept or extra is refused with
file and line, so that a typing mistake never silently changes a lesson.
"""

import difflib
import json
import math
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from course import assets, machine, paths, tomlfile
from course.concepts import concepts
from course.errors import CourseError
from course.language import LANGUAGES

FLAGS = ("planned", "project", "elective")
PLAN_KEYS = {"id", "title", "teaches", "uses", *FLAGS}
LESSON_KEYS = PLAN_KEYS | {"builds", "assets", "extras", "settings", "tiers"}
TERM_KEYS = {"seconds", "ram_gb", "download_mb", "settings", "bounds"}
BUDGET = ("seconds", "ram_gb", "download_mb")
KINDS = {"id": str, "title": str, "settings": dict, "tiers": dict}
KINDS |= dict.fromkeys(("builds", "teaches", "uses", "assets", "extras"), list)
MOST_BUILT = 3


@dataclass(frozen=True)
class Bound:
    """The range in which a metric must end; either side may be open."""

    minimum: float | None = None
    maximum: float | None = None

    def allows(self, value: float) -> bool:
        # Written so that a NaN is never allowed.
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )

    def __str__(self) -> str:
        sides = [
            f"at least {self.minimum}" if self.minimum is not None else "",
            f"at most {self.maximum}" if self.maximum is not None else "",
        ]
        return " and ".join(filter(None, sides))


@dataclass(frozen=True)
class Terms:
    """What holds for one tier and the data at hand.

    Budgets: `seconds` of wall time, `ram_gb` and `download_mb` in decimal units
    (10⁹ and 10⁶ bytes). VRAM is not yet predicted: the planner comes with week 3.
    """

    settings: dict
    seconds: float
    ram_gb: float
    download_mb: float
    bounds: dict[str, Bound]


@dataclass(frozen=True)
class Contract:
    """One lesson's entry in lessons.toml.

    A `planned` lesson is not written yet: it has concepts, and nothing else. A
    `project` has gates in place of exercises; an `elective` is left out of paths.
    """

    week: str
    name: str
    title: str
    planned: bool = False
    project: bool = False
    elective: bool = False
    builds: tuple[str, ...] = ()
    teaches: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    settings: dict = field(default_factory=dict)
    tiers: dict = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.week}/{self.name}"

    @property
    def folder(self) -> Path:
        return paths.WEEKS / self.week

    @property
    def source(self) -> Path:
        return self.folder / "source" / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        return self.folder / f"{self.name}.ipynb"

    def translation(self, language: str) -> Path:
        """The text of the lesson's Markdown cells in another language."""
        return self.source.with_suffix(f".{language}.md")

    def translated_notebook(self, language: str) -> Path:
        """The notebook in another language: its code cells are the same."""
        return self.notebook.with_suffix(f".{language}.ipynb")

    def languages(self) -> list[str]:
        """The languages that this lesson was translated to."""
        return [item for item in LANGUAGES if self.translation(item).is_file()]

    def exercise(self, name: str) -> Path:
        """The file that defines one of the week's exercises."""
        return self.folder / "exercises" / f"{name}.py"

    def terms(self, tier: str, variants: dict[str, str] | None = None) -> Terms:
        """Settings, budget and bounds for a tier and the variants of data in use.

        A GPU tier that the contract does not name takes the next smaller one's.
        """
        layers = [self.tiers[_nearest(tier, self.tiers)]]
        for asset, variant in (variants or {}).items():
            layers.append(layers[0].get("variants", {}).get(asset, {}).get(variant, {}))
        merged: dict = {"settings": dict(self.settings), "bounds": {}}
        for layer in layers:
            merged["settings"] |= layer.get("settings", {})
            merged["bounds"] |= {
                metric: Bound(limits.get("min"), limits.get("max"))
                for metric, limits in layer.get("bounds", {}).items()
            }
            merged |= {key: layer[key] for key in BUDGET if key in layer}
        return Terms(**merged)

    def scaled(self) -> list[str]:
        """The settings that some tier changes, in the contract's order."""
        layers = [terms.get("settings", {}) for terms in self.tiers.values()]
        changed = {key for layer in layers for key in layer}
        return [key for key in self.settings if key in changed]

    def needed(self, tier: str) -> tuple[str, ...]:
        """The assets that a tier loads.

        Where a setting names an asset, as in `here.load(settings.model)`, that is one
        of several, and the tier's own settings say which.
        """
        layers = [self.settings, *(t.get("settings", {}) for t in self.tiers.values())]
        by_setting = {v for layer in layers for v in layer.values() if v in self.assets}
        mine = self.terms(tier).settings.values()
        return tuple(a for a in self.assets if a not in by_setting or a in mine)

    def minutes(self) -> int | None:
        """Minutes for the whole lesson, as `course build` computed them."""
        return self._built().get("metadata", {}).get("course", {}).get("minutes")

    def exercises(self) -> tuple[str, ...]:
        """The names of the exercises that the built notebook opens, in order."""
        return exercise_names(self._code())

    def warms_up(self) -> bool:
        """Whether the built notebook asks for what came before."""
        return "here.warm_up(" in self._code()

    def _code(self) -> str:
        cells = self._built().get("cells", ())
        code = (cell["source"] for cell in cells if cell["cell_type"] == "code")
        return "\n".join("".join(source) for source in code)

    def _built(self) -> dict:
        return _json(self.notebook, "run `course build`")


def exercise_names(code: str) -> tuple[str, ...]:
    """The exercises that code opens: here.exercise("name")."""
    return tuple(re.findall(r"here\.exercise\(\s*[\"'](\w+)[\"']", code))


def _nearest(tier: str, named: dict) -> str:
    """The tier itself, or the largest smaller one that the contract names."""
    order = machine.TIERS[: machine.TIERS.index(tier) + 1]
    return next(name for name in reversed(order) if name in named)


def contracts() -> dict[str, Contract]:
    """Every lesson that is written, in order: id -> Contract."""
    return {key: lesson for key, lesson in syllabus().items() if not lesson.planned}


@cache
def syllabus() -> dict[str, Contract]:
    """Every lesson, written or planned, in order: id -> Contract."""
    found = {}
    for week in paths.weeks():
        for contract in read(week / "lessons.toml"):
            if contract.id in found:
                path = week / "lessons.toml"
                raise tomlfile.refusal(path, contract.name, "the id stands here twice")
            found[contract.id] = contract
    return found


def week_titles() -> dict[str, str]:
    """Folder name -> title of each week, in order."""
    return {week: heading["title"] for week, heading in week_headings().items()}


def week_paths() -> dict[str, str]:
    """Folder name -> the path that a week is the goal of, or "", in order."""
    return {week: heading.get("path", "") for week, heading in week_headings().items()}


@cache
def week_headings() -> dict[str, dict]:
    """Folder name -> the [week] table of its lessons.toml, in order."""
    return {
        week.name: tomlfile.read(week / "lessons.toml")["week"]
        for week in paths.weeks()
    }


def find(lesson: str) -> Contract:
    """The contract of a lesson id; an unknown one gets the nearest names."""
    known = contracts()
    if isinstance(lesson, str) and lesson in syllabus():
        if lesson in known:
            return known[lesson]
        raise CourseError(
            f"{lesson} is planned and not written yet; `course list` names the "
            "lessons that are here."
        )
    near = difflib.get_close_matches(str(lesson), known, n=3, cutoff=0.4)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`course list` names all."
    raise CourseError(f"There is no lesson {lesson!r}. {hint}")


def measured(week: str) -> dict:
    """The week's measured.json: lesson -> tier (and data) -> what was measured."""
    return _json(paths.WEEKS / week / "measured.json", "run `course measure` again")


def _json(path: Path, remedy: str) -> dict:
    """The content of a file that the course itself writes; {} if there is none."""
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CourseError(
            f"{path} is damaged ({error}): delete it and {remedy}."
        ) from error


def read(path: Path) -> list[Contract]:
    """Read one lessons.toml; raise CourseError with file and line on any mistake."""
    data = tomlfile.read(path)
    tomlfile.known(path, data, {"week", "lesson"}, "")
    tomlfile.known(path, data.get("week", {}), {"title", "path"}, "")
    if "title" not in data.get("week", {}):
        raise tomlfile.refusal(path, "[week]", "a week needs a title")
    return [_contract(path, entry) for entry in data.get("lesson", [])]


def _contract(path: Path, entry: dict) -> Contract:
    name = entry.get("id", "")
    for flag in FLAGS:
        if not isinstance(entry.get(flag, False), bool):
            raise tomlfile.refusal(path, flag, f"{flag!r} is true or false", name)
    planned = entry.get("planned", False)
    for key in ("id", "title") if planned else ("id", "title", "tiers"):
        if key not in entry:
            raise tomlfile.refusal(
                path, name or "[[lesson]]", f"a lesson needs {key!r}"
            )
    tomlfile.known(path, entry, PLAN_KEYS if planned else LESSON_KEYS, name)
    for key, kind in KINDS.items():
        _typed(path, entry, key, kind, name)
    if len(entry.get("builds", ())) > MOST_BUILT:
        raise tomlfile.refusal(
            path, "builds", f"a lesson builds at most {MOST_BUILT}", name
        )
    for listed, known in (
        ("teaches", concepts()),
        ("uses", concepts()),
        ("builds", concepts()),
        ("assets", assets.catalog()),
        ("extras", _extras()),
    ):
        for item in entry.get(listed, ()):
            if item not in known:
                problem = f"{item!r} in {listed!r} is unknown"
                raise tomlfile.refusal(path, item, problem, name)
    for item in entry.get("builds", ()):
        if item not in {*entry.get("teaches", ()), *entry.get("uses", ())}:
            problem = (
                f"{item!r} is built, but stands neither in 'teaches' nor in 'uses'"
            )
            raise tomlfile.refusal(path, item, problem, name)
    if not planned:
        _tiers(path, entry, name)
    lists = {
        key: tuple(entry.get(key, ()))
        for key in ("builds", "teaches", "uses", "assets", "extras")
    }
    return Contract(
        week=path.parent.name,
        name=name,
        title=entry["title"],
        settings=entry.get("settings", {}),
        tiers=entry.get("tiers", {}),
        **{flag: entry.get(flag, False) for flag in FLAGS},
        **lists,
    )


def _tiers(path: Path, entry: dict, name: str) -> None:
    for tier, terms in entry["tiers"].items():
        if tier not in machine.TIERS:
            problem = f"unknown tier {tier!r}; the tiers are {', '.join(machine.TIERS)}"
            raise tomlfile.refusal(path, tier, problem, name)
        tomlfile.known(path, terms, TERM_KEYS | {"variants"}, name, tier)
        for asset, variants in terms.get("variants", {}).items():
            if asset not in entry.get("assets", ()):
                raise tomlfile.refusal(
                    path, asset, f"{asset!r} is not in 'assets'", name
                )
            known = {variant.name for variant in assets.catalog()[asset].variants}
            for variant, changed in variants.items():
                if variant not in known:
                    problem = f"asset {asset!r} has no variant {variant!r}"
                    raise tomlfile.refusal(path, variant, problem, name)
                tomlfile.known(path, changed, TERM_KEYS, name, variant)
                _layer(path, changed, entry, name, variant)
        _layer(path, terms, entry, name, tier)
    for required in ("ci", "cpu"):
        if required not in entry["tiers"]:
            raise tomlfile.refusal(path, name, f"the tier {required!r} is missing")
        missing = [key for key in BUDGET if key not in entry["tiers"][required]]
        if missing:
            problem = f"tier {required!r} has no budget for {', '.join(missing)}"
            raise tomlfile.refusal(path, required, problem, name)


def _layer(path: Path, terms: dict, entry: dict, name: str, table: str) -> None:
    for key in ("settings", "bounds"):
        _typed(path, terms, key, dict, name, table)
    for key in BUDGET:
        _typed(path, terms, key, int | float, name, table)
        if terms.get(key, 0) < 0:
            raise tomlfile.refusal(path, key, f"{key!r} is below 0", name, table)
    known = set(entry.get("settings", {}))
    tomlfile.known(path, terms.get("settings", {}), known, name, table)
    for metric, limits in terms.get("bounds", {}).items():
        _typed(path, terms["bounds"], metric, dict, name, table)
        tomlfile.known(path, limits, {"min", "max"}, name, table)
        for side in limits:
            _typed(path, limits, side, int | float, name, table)
        low, high = limits.get("min", -math.inf), limits.get("max", math.inf)
        if not limits or low > high:
            problem = f"the bound of {metric!r} allows nothing, or everything"
            raise tomlfile.refusal(path, metric, problem, name, table)


def _typed(path: Path, table: dict, key: str, kind, lesson: str, after="") -> None:
    value = table.get(key)
    # bool is an int to Python, and no number to a contract
    wrong = key in table and (not isinstance(value, kind) or isinstance(value, bool))
    if wrong or (kind is list and any(not isinstance(v, str) for v in value or ())):
        raise tomlfile.refusal(path, key, f"{key!r} has the wrong type", lesson, after)


def _extras() -> set[str]:
    """The extras that a lesson may need, as the installed course declares them."""
    if paths.CHECKOUT:
        project = tomlfile.read(paths.CHECKOUT / "pyproject.toml")["project"]
        return set(project["optional-dependencies"])
    from importlib.metadata import metadata

    return set(metadata("twelve-gigabytes").get_all("Provides-Extra") or ())
