"""The course's own words in another language, looked up when they are shown.

Messages are written in English where they arise. A catalogue maps each to its
translation; `<1>`, `<2>` stand for what differs from case to case, and what they stand
for is looked up in turn. What a catalogue lacks is shown in English.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from course import paths
from course.errors import CourseError

ENGLISH = "en"
LANGUAGES = {"zh-Hant": "繁體中文"}
_spoken: list[str] = []  # the language of `speaking`, or nothing
_GAP = re.compile(r"<(\d)>")


def of_notebook(name: str) -> str:
    """The language of a notebook by its file's name, as in `00_x.zh-Hant.ipynb`."""
    suffix = name.removesuffix(".ipynb").rpartition(".")[2]
    return suffix if suffix in LANGUAGES else ENGLISH


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block, the current language is this one."""
    before, _spoken[:] = _spoken[:], [language]
    try:
        yield
    finally:
        _spoken[:] = before


def current() -> str:
    """COURSE_LANGUAGE, else the language of the notebook that this kernel serves.

    Raises CourseError for a language that the course does not have.
    """
    if _spoken:
        return _spoken[0]
    asked = os.environ.get("COURSE_LANGUAGE")
    if asked and asked not in (ENGLISH, *LANGUAGES):
        known = ", ".join((ENGLISH, *LANGUAGES))
        raise CourseError(
            f"COURSE_LANGUAGE is {asked!r}, which the course does not speak: set it to "
            f"one of {known}, or to nothing."
        )
    # Jupyter's server names the notebook so; other programs name it nowhere.
    return asked or of_notebook(os.environ.get("JPY_SESSION_NAME", ""))


def say(text: str) -> str:
    """The text in the current language, or as it is where no catalogue has it."""
    language = current()
    if language == ENGLISH:
        return text
    found = translated(text, language)
    return text if found is None else found


def translated(text: str, language: str) -> str | None:
    """The text in the language, or None where the catalogues do not have it."""
    exact, patterns = _catalogue(language)
    if text in exact:
        return exact[text]
    for pattern, template in patterns:
        if found := pattern.fullmatch(text):
            parts = [translated(part, language) or part for part in found.groups()]
            return _filled(template, parts)
    return None


def _filled(template: str, parts: list[str]) -> str:
    return _GAP.sub(lambda gap: parts[int(gap[1]) - 1], template)


@cache
def _catalogue(
    language: str,
) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Texts without gaps, and the others as patterns, those with most text first."""
    files = [paths.PACKAGE / "language" / f"{language}.toml"]
    files += [week / "exercises" / f"{language}.toml" for week in paths.weeks()]
    exact, gaps = {}, {}
    for path in filter(lambda path: path.is_file(), files):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from error
        for text, translation in entries.items():
            (gaps if _GAP.search(text) else exact)[text] = translation
    longest_first = sorted(gaps, key=lambda text: -len(_GAP.sub("", text)))
    return exact, [(_pattern(text), gaps[text]) for text in longest_first]


def _pattern(text: str) -> re.Pattern[str]:
    pieces = _GAP.split(text)  # text, number, text, number, …, text
    numbers = [int(number) for number in pieces[1::2]]
    if numbers != list(range(1, len(numbers) + 1)):
        raise CourseError(f"The gaps of {text!r} must be <1>, <2>, … in this order.")
    return re.compile("(.*?)".join(map(re.escape, pieces[::2])), re.DOTALL)
