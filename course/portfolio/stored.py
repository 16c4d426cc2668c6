"""Pages as they lie in my/portfolio/: where, in which form, and what is wrong with one.

The form is page.schema.json; a page that does not have it is named and left alone.
"""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from course import paths

SCHEMA = 1
FIGURE = re.compile(r"[0-9a-f]{16}\.png")


def folder() -> Path:
    """Where the portfolio lies."""
    return paths.my() / "portfolio"


def read(path: Path) -> dict[str, Any] | str:
    """The page in a file, or one sentence that says why it is none."""
    try:
        page = json.loads(path.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}) and was left as it is."
    except (ValueError, RecursionError):
        return f"{path} is damaged and was left as it is."
    if isinstance(page, dict) and _newer(page.get("schema")):
        return (
            f"{path} was made by a newer version of the course and was left as it is: "
            "`course update` gets that version."
        )
    if reason := problem(page):
        return f"{path} is no page of a portfolio ({reason}) and was left as it is."
    if page["week"] != path.name.removesuffix(".bak").removesuffix(".json"):
        return (
            f"{path} holds the page of {page['week']} and was left as it is: its name "
            "should be that week's."
        )
    return page


def problem(page: Any) -> str:
    """What is wrong with the form of a page, in a few words, or ""."""
    error = next(_validator().iter_errors(page), None)
    if error is not None:
        where = error.json_path.removeprefix("$").lstrip(".")[:60]
        return f"look at {where!r}" if where else "its parts are other ones"
    try:
        date.fromisoformat(page["date"])
    except ValueError:
        return "look at 'date'"
    return ""


@cache
def _validator():
    from jsonschema import Draft202012Validator

    form = Path(__file__).with_name("page.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(form))


def _newer(schema: Any) -> bool:
    return isinstance(schema, int) and schema > SCHEMA


def _refuse(constant: str) -> float:
    """JSON has no NaN; Python's reader would let it pass."""
    raise ValueError(constant)
