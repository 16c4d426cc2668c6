"""Panels that exercises show: HTML for notebooks, text everywhere else."""

import html
import re
from dataclasses import dataclass

# Tints and borders that keep the notebook's own text colour readable, light or dark.
_COLOURS = {
    "passed": "46, 160, 67",
    "not yet": "219, 154, 4",
    "raised": "218, 54, 51",
    "not attempted": "128, 128, 128",
    "note": "56, 139, 253",
}


@dataclass(frozen=True)
class Panel:
    """One titled box; `colour` is an outcome's status or "note".

    `body` holds paragraphs in which `back-ticks` mark code; `code` is shown verbatim
    after them.
    """

    colour: str
    label: str
    title: str
    body: tuple[str, ...] = ()
    code: str = ""

    def __repr__(self) -> str:
        lines = [f"{self.label} · {self.title}", *(f"  {text}" for text in self.body)]
        lines += ["    " + line for line in self.code.splitlines()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rgb = _COLOURS[self.colour]
        parts = [
            f'<div style="border-left: 4px solid rgb({rgb}); '
            f"background: rgba({rgb}, 0.10); padding: 0.5em 0.9em; margin: 0.3em 0; "
            'border-radius: 3px; color: inherit; line-height: 1.45; max-width: 50em">',
            f"<div><strong>{html.escape(self.label)}</strong>"
            f'<span style="opacity: 0.75"> · {html.escape(self.title)}</span></div>',
        ]
        for text in self.body:
            parts.append(
                '<div style="margin-top: 0.35em; white-space: pre-line">'
                f"{_inline(text)}</div>"
            )
        if self.code:
            parts.append(
                '<pre style="margin: 0.45em 0 0 0; padding: 0.4em 0.6em; '
                "background: rgba(128, 128, 128, 0.12); color: inherit; "
                "font-family: var(--jp-code-font-family, monospace); font-size: 0.9em; "
                f'overflow-x: auto">{html.escape(self.code)}</pre>'
            )
        return "".join([*parts, "</div>"])


def show(panel: Panel) -> None:
    """Display a panel in a notebook, or print it."""
    from IPython.display import display

    display(panel)


def _inline(text: str) -> str:
    code = '<code style="background: rgba(128, 128, 128, 0.15); color: inherit">'
    return re.sub(r"`([^`\n]+)`", rf"{code}\1</code>", html.escape(text))
