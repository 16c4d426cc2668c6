"""Compare two values, and say in a sentence how they differ.

Knows numbers, truth values, strings, None, NumPy arrays, torch tensors, pandas
objects, and lists, tuples and dicts of these.
"""

import copy
import math
import numbers
import reprlib
import sys
from typing import Any

import numpy as np

_KINDS = {
    "b": "truth values",
    "i": "integers",
    "u": "integers",
    "f": "floating-point numbers",
    "c": "complex numbers",
}
_SHOWN = 12  # elements of an array that is shown whole
_WIDTH = 60  # characters of one shown value

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _WIDTH


def difference(
    value: Any, like: Any, lead: str = "", rtol: float = 1e-5, atol: float = 1e-8
) -> str:
    """How `value` differs from `like`, as a sentence without its full stop, or "".

    `lead` begins the sentence, for instance "you return" or "`w` is". Numbers agree
    where |value - like| <= atol + rtol * |like|; integers must be equal.
    """
    lead = lead or "you return"
    if kind(like) == "number" and is_tensor(value) and value.ndim == 0:
        value = value.item()
    if kind(value) != kind(like):
        text = f"{lead} {described(value)}, expected {described(like)}"
        return text + (". Did you forget `return`?" if _forgot(value, lead) else "")
    if kind(like) == "number":
        return _numbers(_plain(value), _plain(like), lead, rtol, atol)
    if kind(like) in ("array", "tensor", "table"):
        return _arrays(value, like, lead, rtol, atol)
    if kind(like) == "sequence":
        return _sequences(value, like, lead, rtol, atol)
    if kind(like) == "dict":
        return _dicts(value, like, lead, rtol, atol)
    if _equal(value, like):
        return ""
    return f"{lead} {short(value)}, expected {short(like)}"


def kind(value: Any) -> str:
    """The kind of value; only values of one kind are compared further."""
    if value is None:
        return "None"
    if isinstance(value, bool | np.bool_):
        return "truth value"
    if isinstance(value, numbers.Number):
        return "number"
    if isinstance(value, str):
        return "string"
    if is_tensor(value):
        return "tensor"
    if isinstance(value, np.ndarray):
        return "number" if value.ndim == 0 and value.dtype.kind in "iufc" else "array"
    if type(value).__module__.partition(".")[0] == "pandas":
        return "table"
    if isinstance(value, list | tuple):
        return "sequence"
    if isinstance(value, dict):
        return "dict"
    return "function" if callable(value) else type(value).__name__


def is_tensor(value: Any) -> bool:
    """Whether `value` is a torch tensor; torch is not imported for that."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def as_array(value: Any) -> np.ndarray:
    """An array with the values of an array, a tensor or a pandas object."""
    if is_tensor(value):
        value = value.detach().cpu().resolve_conj().resolve_neg()
        if value.dtype == sys.modules["torch"].bfloat16:  # NumPy has none
            value = value.float()
        return value.numpy()
    return value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)


def copied(value: Any) -> Any:
    """A deep copy, or the value itself where it cannot be copied."""
    if is_tensor(value):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def short(value: Any) -> str:
    """A value in at most about sixty characters, on one line."""
    if kind(value) == "number":
        return _number_text(_plain(value))
    if kind(value) in ("array", "tensor", "table"):
        array = as_array(value)
        if array.size > _SHOWN:
            return described(value)
        text = np.array2string(array, precision=6, separator=", ")
        return " ".join(text.split())
    if type(value) in (list, tuple) and len(value) <= _SHOWN:
        text = ", ".join(short(item) for item in value)
        if len(text) > _WIDTH:
            return described(value)
        if type(value) is list:
            return f"[{text}]"
        return f"({text},)" if len(value) == 1 else f"({text})"
    try:
        text = " ".join(_repr.repr(value).split())
    except Exception:
        return described(value)
    if " at 0x" in text:  # an address says nothing, and is another one each time
        return described(value)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def described(value: Any) -> str:
    """What kind of thing a value is: "an array of shape (3,)"."""
    what = kind(value)
    if what in ("None", "number", "truth value"):
        return "None" if value is None else f"the {what} {_number_text(_plain(value))}"
    if what == "string":
        return f"the string {_repr.repr(value)}"
    if what in ("array", "tensor", "table"):
        name = {"array": "an array", "tensor": "a tensor"}.get(what)
        name = name or f"a {type(value).__name__}"
        return f"{name} of shape {tuple(value.shape)}"
    if what in ("sequence", "dict"):
        count = f"{len(value)} item" + ("" if len(value) == 1 else "s")
        return f"a {type(value).__name__} of {count}"
    if what == "function":
        return f"the function `{getattr(value, '__name__', type(value).__name__)}`"
    return f"an object of type `{what}`"


def _numbers(value: Any, like: Any, lead: str, rtol: float, atol: float) -> str:
    exact = isinstance(like, int)
    if _close(value, like, 1e-9 if exact else rtol, 0.0 if exact else atol):
        return ""
    mine, expected = _pair(value, like)
    return f"{lead} {mine}, expected {expected}" + _nan_note(value)


def _close(value: Any, like: Any, rtol: float, atol: float) -> bool:
    if value == like:
        return True
    if isinstance(value, int) and isinstance(like, int):
        return False
    try:
        if math.isnan(abs(value)) and math.isnan(abs(like)):
            return True
        if math.isinf(abs(value)) or math.isinf(abs(like)):
            return False
        return abs(value - like) <= atol + rtol * abs(like)
    except (OverflowError, TypeError):  # an int beyond all floats; a Decimal
        return False


def _arrays(value: Any, like: Any, lead: str, rtol: float, atol: float) -> str:
    mine, expected = as_array(value), as_array(like)
    noun = {"array": "an array", "tensor": "a tensor"}.get(kind(like), "values")
    if mine.shape != expected.shape:
        return f"{lead} {noun} of shape {mine.shape}, expected {expected.shape}"
    have, want = _KINDS.get(mine.dtype.kind), _KINDS.get(expected.dtype.kind)
    if have != want:
        return (
            f"{lead} {noun} of {have or 'objects'} ({mine.dtype}), "
            f"expected {want or 'objects'} ({expected.dtype})"
        )
    if expected.dtype.kind in "fc":
        with np.errstate(all="ignore"):
            wrong = ~np.isclose(mine, expected, rtol, atol, equal_nan=True)
    else:
        missing = (mine != mine) & (expected != expected)  # NaN among objects
        wrong = np.asarray((mine != expected) & ~missing)
    count = int(np.count_nonzero(wrong))
    if not count:
        return ""
    first = tuple(int(index) for index in np.argwhere(wrong)[0])  # () in 0-d
    one, other = _pair(mine[first], expected[first])
    note = _nan_note(mine[first])
    if not first:
        return f"{lead} {noun} of value {one}, expected {other}{note}"
    index = first[0] if len(first) == 1 else first
    return (
        f"{lead} {noun} that holds {one} at index {index}, expected {other} "
        f"({count:,} of {wrong.size:,} values differ){note}"
    )


def _sequences(value: Any, like: Any, lead: str, rtol: float, atol: float) -> str:
    if len(value) != len(like):
        return f"{lead} {described(value)}, expected {len(like)}"
    for index, (mine, expected) in enumerate(zip(value, like, strict=True)):
        if text := difference(mine, expected, _item(index, lead), rtol, atol):
            return text
    return ""


def _dicts(value: Any, like: Any, lead: str, rtol: float, atol: float) -> str:
    for key in like:
        if key not in value:
            return f"{lead} a dict without the key {short(key)}"
    for key in value:
        if key not in like:
            return f"{lead} a dict with the key {short(key)}, which does not belong"
    for key, expected in like.items():
        lead_here = _item(short(key), lead)
        if text := difference(value[key], expected, lead_here, rtol, atol):
            return text
    return ""


def _item(key: Any, lead: str) -> str:
    owner = "what you return" if lead == "you return" else lead.removesuffix(" is")
    return f"item {key} of {owner} is"


def _forgot(value: Any, lead: str) -> bool:
    return value is None and lead == "you return"


def _nan_note(value: Any) -> str:
    with np.errstate(all="ignore"):
        unset = isinstance(value, numbers.Number) and bool(np.isnan(complex(value)))
    return ". (nan means: not a number, such as 0/0 or inf - inf.)" if unset else ""


def _plain(value: Any) -> Any:
    """A Python number for NumPy's numbers and arrays without dimensions."""
    return value.item() if isinstance(value, np.generic | np.ndarray) else value


def _pair(one: Any, other: Any) -> tuple[str, str]:
    """Two values as text, with more digits where six would make them look equal."""
    texts = short(one), short(other)
    return texts if texts[0] != texts[1] else (repr(_plain(one)), repr(_plain(other)))


def _number_text(value: Any) -> str:
    if not isinstance(value, float):
        text = str(value) if not isinstance(value, int) or abs(value) < 10**20 else ""
        return text or f"an integer of about {value.bit_length()} bits"
    text = f"{value:.6g}"
    return text + ".0" if text.lstrip("-").isdigit() else text


def _equal(value: Any, like: Any) -> bool:
    try:
        return bool(value == like)
    except Exception:
        return False
