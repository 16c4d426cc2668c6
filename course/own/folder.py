"""What the learner has put into a folder of `my/`, and what is wrong with it."""

import os
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from course import panel, paths
from course.errors import CourseError
from course.language import say

# What systems leave in folders by themselves.
LITTER = {"thumbs.db", "desktop.ini"}
MOST_SHOWN = 8


class Unusable(CourseError):
    """A file that is left out; its text, after the file's name, is one sentence."""


@dataclass
class Folder:
    """A folder of `my/`, made where it was missing, and the problems met in it."""

    kind: str  # also the folder's name
    problems: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return paths.my() / self.kind

    @property
    def name(self) -> str:
        return f"my/{self.kind}"

    def left_out(self, name: str, why: object) -> None:
        """Note that the file `name`, relative to this folder, cannot be used."""
        self.problems.append(f"{name} {why}")

    def entries(self, below: str = "") -> list[Path]:
        """Return all files and folders in it, or in its sub-folder `below`, in order.

        Hidden ones are passed over. A place that cannot be read is a problem noted.
        """
        place = self.path / below
        try:
            place.mkdir(parents=True, exist_ok=True)
            found = sorted(place.iterdir())
        except (FileExistsError, NotADirectoryError):
            file = self.name if paths.my().is_dir() else "my"
            self.problems.append(
                f"{file} is a file, but must be a folder: rename the file, then run "
                "this cell again."
            )
        except OSError as error:
            self.problems.append(
                f"{self.name}{'/' + below if below else ''} cannot be used "
                f"({error.strerror}): give yourself the right to read and write it."
            )
        else:
            return [path for path in found if not _litter(path.name)]
        return []

    def show(self, used: str, shipped: bool, how: str) -> None:
        """Display what is used, what was left out and why, and how to add one's own."""
        lines = [say(f"Yours, from {self.name}: {used}.")]
        if shipped:
            lines = [say(f"Not yours: {used}. {how}")]
        html = "".join(f"<div>{escape(line)}</div>" for line in lines)
        if self.problems:
            told = [say(problem) for problem in self.problems[:MOST_SHOWN]]
            if len(self.problems) > MOST_SHOWN:
                told.append(say(f"and {len(self.problems) - MOST_SHOWN} more."))
            rows = "".join(f"<li>{escape(problem)}</li>" for problem in told)
            html += f"<div>{say('Left out:')}</div><ul style='margin: 0'>{rows}</ul>"
            lines += [say("Left out:"), *(f"- {problem}" for problem in told)]
        colour = panel.AMBER if self.problems else panel.GREY
        panel.show(panel.Shown(panel.box(html, colour), "\n".join(lines)))


def read(path: Path, most_bytes: int) -> bytes:
    """Return a file's content. Raises Unusable for what is not a file with content."""
    try:
        if path.is_dir():
            raise Unusable("is a folder: move the files in it up, then delete it.")
        if not path.is_file():
            raise Unusable("is not a file: put the file itself here, no link to it.")
        size = path.stat().st_size
        if size == 0:
            raise Unusable("is empty (0 bytes): save or copy it once more.")
        if size > most_bytes:
            raise Unusable(
                f"is too large ({size / 1e6:,.0f} MB): use one of at most "
                f"{most_bytes / 1e6:,.0f} MB."
            )
        with path.open("rb") as file:
            return file.read()
    except OSError as error:
        raise Unusable(
            f"cannot be read ({os.strerror(error.errno) if error.errno else error}): "
            "give yourself the right to read it, or copy it once more."
        ) from error


def _litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in LITTER
