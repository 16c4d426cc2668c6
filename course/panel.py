"""The one look of everything that the course shows: a box with a coloured edge.

Colours are tints over whatever the page has, so that light and dark both work in
JupyterLab, VS Code and Colab; there is no script, so nothing needs to be trusted.
"""

from dataclasses import dataclass
from html import escape

from course.language import say

GREEN, AMBER, RED = "46, 160, 67", "219, 154, 4", "218, 54, 51"
GREY, BLUE = "128, 128, 128", "56, 139, 253"


@dataclass(frozen=True)
class Shown:
    """HTML for a notebook, and text for everywhere else."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def show(shown: Shown) -> None:
    """Display in a notebook, or print."""
    from IPython.display import display

    display(shown)


def note(text: str, rgb: str = GREY) -> Shown:
    """One sentence or two in a box, said in the learner's language."""
    told = say(text)
    return Shown(box(escape(told), rgb), told)


def box(body: str, rgb: str) -> str:
    """HTML of a box around `body`, edged and tinted in a colour such as GREEN."""
    return (
        f'<div style="border-left: 4px solid rgb({rgb}); '
        f"background: rgba({rgb}, 0.10); padding: 0.5em 0.9em; margin: 0.3em 0; "
        'border-radius: 3px; color: inherit; line-height: 1.45; max-width: 50em">'
        f"{body}</div>"
    )
