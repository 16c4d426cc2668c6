"""The terms of the course: reads and validates concepts.toml."""

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from course import paths, tomlfile

FEWEST_QUESTIONS = 2
CHOICES = 3
LETTERS = "ABC"
_TEXTS = ("name", "zh", "definition", "definition_zh", "misconception")


@dataclass(frozen=True)
class Question:
    """One recall question. In the file the right choice comes first."""

    ask: str
    choices: tuple[str, ...]
    why: str

    def shuffled(self) -> dict[str, str]:
        """Letter -> choice, in an order that this question always has."""
        order = list(self.choices)
        random.Random(self.ask).shuffle(order)
        return dict(zip(LETTERS, order, strict=True))

    @property
    def right(self) -> str:
        """The letter of the right choice."""
        letters = {choice: letter for letter, choice in self.shuffled().items()}
        return letters[self.choices[0]]


@dataclass(frozen=True)
class Concept:
    """One term. `also` holds other forms of its name that prose may use."""

    key: str
    name: str
    zh: str
    definition: str
    definition_zh: str
    misconception: str
    questions: tuple[Question, ...]
    also: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern:
        """Finds the term in prose: whole words, any case, singular or plural."""
        forms = "|".join(_form(form) for form in (self.name, *self.also))
        return re.compile(rf"(?<![\w-])(?:{forms})(?!\w)", re.IGNORECASE)


def _form(name: str) -> str:
    words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", name)))
    return words[:-1] + "(?:y|ies)" if words.endswith("y") else words + "(?:e?s)?"


@cache
def concepts() -> dict[str, Concept]:
    """Every concept of the course, in the order in which lessons teach them.

    Raises CourseError, with file and line, for an entry that lacks something.
    """
    path = paths.WEEKS / "concepts.toml"
    entries = tomlfile.read(path)
    return {key: _concept(path, key, entry) for key, entry in entries.items()}


def _concept(path: Path, key: str, entry) -> Concept:
    known = {*_TEXTS, "also", "questions"}
    tomlfile.known(path, entry, known, "", key)
    for text in _TEXTS:
        if not isinstance(entry.get(text), str) or not entry[text].strip():
            raise tomlfile.refusal(path, key, f"{key!r} needs a text for {text!r}")
    also = entry.get("also", [])
    if not isinstance(also, list) or any(not isinstance(form, str) for form in also):
        raise tomlfile.refusal(path, key, f"'also' of {key!r} is a list of texts")
    asked = entry.get("questions", [])
    if not isinstance(asked, list) or len(asked) < FEWEST_QUESTIONS:
        problem = f"{key!r} needs at least {FEWEST_QUESTIONS} recall questions"
        raise tomlfile.refusal(path, key, problem)
    questions = tuple(_question(path, key, question) for question in asked)
    texts = {text: entry[text] for text in _TEXTS}
    return Concept(key=key, also=tuple(also), questions=questions, **texts)


def _question(path: Path, key: str, entry) -> Question:
    fields = {"ask", "choices", "why"}
    if not isinstance(entry, dict) or set(entry) != fields:
        problem = f"a question of {key!r} has the keys ask, choices and why"
        raise tomlfile.refusal(path, key, problem)
    choices = entry["choices"] if isinstance(entry["choices"], list) else []
    texts = [entry["ask"], entry["why"], *choices]
    if any(not isinstance(text, str) or not text.strip() for text in texts):
        raise tomlfile.refusal(path, key, f"a question of {key!r} has an empty text")
    if len(set(choices)) != CHOICES or len(choices) != CHOICES:
        problem = f"a question of {key!r} needs {CHOICES} different choices"
        raise tomlfile.refusal(path, key, problem)
    return Question(entry["ask"], tuple(choices), entry["why"])
