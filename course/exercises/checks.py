"""What the author of an exercise uses to check an answer.

Each helper passes silently or raises NotYet with a message good enough by itself.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course.exercises import values


class NotYet(Exception):
    """The answer is not right yet; the text says why and where to look."""


# Put before the call in an exception's notes, so that the outcome can show it.
CALL_NOTE = "called as "


def agrees(
    answer: Callable,
    reference: Callable,
    cases: Sequence[tuple | Mapping[str, Any]],
    *,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    names: Sequence[str] | None = None,
    hint: str | None = None,
) -> None:
    """`answer` returns what `reference` returns for each case, smallest case first.

    A case is a tuple of arguments, or a dict by the reference's parameter names.
    Every call gets its own deep copies, and must leave them as they were. `names`
    replace the parameters' names in messages; `hint` follows any message.
    Raises NotYet at the first difference.
    """
    for case in cases:
        args, kwargs = _arguments(reference, case)
        text = _call_text(answer, reference, args, kwargs, names)
        expected = reference(*values.copied(args), **_copied(kwargs))
        value = _run(answer, args, kwargs, text, names or _parameters(reference))
        if problem := values.difference(value, expected, "", rtol, atol):
            raise NotYet(_joined(f"For `{text}` {problem}", hint))


def call(answer: Callable, *args: Any, **kwargs: Any) -> Any:
    """Call `answer` on deep copies, which it must leave as they were.

    Raises NotYet where it changed an argument in place.
    """
    text = _call_text(answer, answer, args, kwargs, None)
    return _run(answer, args, kwargs, text, _parameters(answer))


def returns(
    value: Any,
    like: Any,
    what: str = "",
    *,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    hint: str | None = None,
) -> None:
    """`value` is `like`: kind, length, shape, dtype and values.

    `what` names the value in the message: "the new weight". Raises NotYet.
    """
    lead = f"{what} is" if what else "you return"
    if problem := values.difference(value, like, lead, rtol, atol):
        raise NotYet(_joined(problem, hint))


def same(value: Any, like: Any, *, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether `returns` would pass, for messages of one's own."""
    return not values.difference(value, like, "", rtol, atol)


def unchanged(before: Any, after: Any, name: str) -> None:
    """The argument `name` is what it was: `before` is a copy made before the call.

    Raises NotYet.
    """
    if _changed(before, after):
        raise NotYet(
            f"Your function changed its argument `{name}` in place: work on a copy."
        )


def require(condition: bool, message: str) -> None:
    """Raises NotYet with this message unless the condition holds."""
    if not condition:
        raise NotYet(message)


def parameters(function: Callable) -> list[inspect.Parameter] | None:
    """The positional parameters; None where Python cannot tell (some built-ins)."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [item for item in found if item.kind in positional]


def _run(
    answer: Callable, args: tuple, kwargs: dict, text: str, names: Sequence[str]
) -> Any:
    given, given_kwargs = values.copied(args), _copied(kwargs)
    try:
        value = answer(*given, **given_kwargs)
    except BaseException as error:
        error.add_note(CALL_NOTE + text)
        raise
    for index, (before, after) in enumerate(zip(args, given, strict=True)):
        name = names[index] if index < len(names) else f"number {index + 1}"
        unchanged(before, after, name)
    for name, before in kwargs.items():
        unchanged(before, given_kwargs[name], name)
    return value


def _arguments(reference: Callable, case: tuple | Mapping) -> tuple[tuple, dict]:
    if not isinstance(case, Mapping):
        return tuple(case), {}
    # By position, so that the learner's parameters may have other names.
    bound = inspect.signature(reference).bind(**case)
    return bound.args, bound.kwargs


def _copied(kwargs: Mapping[str, Any]) -> dict:
    return {name: values.copied(value) for name, value in kwargs.items()}


def _parameters(function: Callable) -> list[str]:
    return [item.name for item in parameters(function) or []]


def _call_text(
    answer: Callable,
    reference: Callable,
    args: tuple,
    kwargs: Mapping[str, Any],
    names: Sequence[str] | None,
) -> str:
    """The call as one would write it: "f(x=1.0, y=an array of shape (3, 4))"."""
    name = getattr(answer, "__name__", "<lambda>")
    if name == "<lambda>":
        name = getattr(reference, "__name__", "your function")
    names = list(names or _parameters(reference))
    shown = [
        f"{names[index]}={_shown(value)}" if index < len(names) else _shown(value)
        for index, value in enumerate(args)
    ]
    shown += [f"{key}={_shown(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(shown)})"


def _changed(before: Any, after: Any) -> bool:
    """Whether an argument's data changed; objects of unknown kinds never count."""
    if values.kind(before) != values.kind(after):
        return True
    if isinstance(before, list | tuple):
        if len(before) != len(after):
            return True
        return any(map(_changed, before, after))
    if isinstance(before, dict):
        if before.keys() != after.keys():
            return True
        return any(_changed(before[key], after[key]) for key in before)
    if isinstance(before, set):
        return before != after
    known = ("number", "truth value", "string", "array", "tensor", "table")
    if values.kind(before) in known:
        return bool(values.difference(after, before, "", 0.0, 0.0))
    return False


def _joined(problem: str, hint: str | None) -> str:
    ended = problem if problem.endswith((".", "?", ")")) else problem + "."
    text = ended[0].upper() + ended[1:]
    return f"{text} {hint}" if hint else text


def _shown(value: Any) -> str:
    """An argument as one would type it: an array is no list, and lacks its methods."""
    text = values.short(value)
    if isinstance(value, np.ndarray) and text.startswith("["):
        return f"array({text})"
    return text
