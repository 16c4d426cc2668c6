"""Graphics cards: memory, bandwidth, and where each figure was published."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Card:
    """One card. Memory in GiB (2³⁰ bytes), bandwidth in GB/s (10⁹ bytes a second)."""

    name: str
    memory_gib: float
    bandwidth_gbs: float
    kind: str
    source: str


@cache
def cards() -> dict[str, Card]:
    """All cards that the course knows, by name."""
    path = Path(__file__).with_name("cards.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Card(name, **entry) for name, entry in table.items()}
