"""Panels that exercises show: an outcome, a hint, a solution."""

import html
import re

from course import panel
from course.language import say
from course.panel import Shown

_COLOURS = {
    "passed": panel.GREEN,
    "not yet": panel.AMBER,
    "raised": panel.RED,
    "not attempted": panel.GREY,
    "note": panel.BLUE,
}


def boxed(
    colour: str, label: str, title: str, body: tuple[str, ...] = (), code: str = ""
) -> Shown:
    """A titled box; `colour` is an outcome's status or "note".

    `body` holds paragraphs in which `back-ticks` mark code; `code` is shown verbatim
    after them. All but the code is said in the learner's language.
    """
    label, title, body = say(label), say(title), tuple(map(say, body))
    return Shown(
        panel.box(_html(label, title, body, code), _COLOURS[colour]),
        _text(label, title, body, code),
    )


def _text(label: str, title: str, body: tuple[str, ...], code: str) -> str:
    lines = [f"{label} · {title}", *(f"  {text}" for text in body)]
    lines += ["    " + line for line in code.splitlines()]
    return "\n".join(lines)


def _html(label: str, title: str, body: tuple[str, ...], code: str) -> str:
    parts = [
        f"<div><strong>{html.escape(label)}</strong>"
        f'<span style="opacity: 0.75"> · {html.escape(title)}</span></div>',
    ]
    for text in body:
        parts.append(
            '<div style="margin-top: 0.35em; white-space: pre-line">'
            f"{_inline(text)}</div>"
        )
    if code:
        parts.append(
            '<pre style="margin: 0.45em 0 0 0; padding: 0.4em 0.6em; '
            "background: rgba(128, 128, 128, 0.12); color: inherit; "
            "font-family: var(--jp-code-font-family, monospace); font-size: 0.9em; "
            f'overflow-x: auto">{html.escape(code)}</pre>'
        )
    return "".join(parts)


def _inline(text: str) -> str:
    code = '<code style="background: rgba(128, 128, 128, 0.15); color: inherit">'
    return re.sub(r"`([^`\n]+)`", rf"{code}\1</code>", html.escape(text))
