"""Python values as plain JSON and back: numbers, text, sequences, arrays, generators, rows of tables.

Values that JSON lacks are objects with a ``"$"`` key, its kind. Nothing is ever imported or executed on
the way back: the kinds are the few of the table at the end. A text array comes back as wide as its longest
entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ACTIVATIONS, INITIALIZERS, LOSSES, Activation, Initializer, Loss, get_loss
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence.fields import Check, check_fields, each, number, of_type, one_of, whole
from pellucid.persistence.generators import decode_generator, decode_random_state, state_of

__all__ = ["Custom", "decode", "encode", "find_row"]

PRECISIONS = ("float32", "float64")
ARRAYS = ("object", "text", "|b1", "|i1", "|u1",
          *(f"{order}{kind}{size}" for order in "<>" for kind in "iuf" for size in (2, 4, 8)))  # fmt: skip
TIMES = tuple(f"{order}{kind}8[{unit}]" for order in "<>" for kind in "mM"
              for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns"))  # fmt: skip
LARGEST_ARRAY = 1 << 26  # bytes; a file of a few bytes can ask for wide texts

# The user's own rows by name; None if only names are requested.
Custom = Mapping[str, Any] | None


# ---- there ----------------------------------------------------------------------------------------------


def encode(value: Any, name: str) -> Any:
    """Return a value as JSON; ``name`` is its name in an error."""
    try:
        return _encode(value, name)
    except RecursionError as error:
        raise ParameterError(f"{name}=... is nested too deeply to be saved, or contains itself.") from error


def _encode(value: Any, name: str) -> Any:
    if isinstance(value, np.generic) and value.dtype.kind in "biufU":
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else {"$": "float", "value": str(value)}
    if isinstance(value, list):
        return [_encode(item, name) for item in value]
    if isinstance(value, tuple):
        return {"$": "tuple", "items": [_encode(item, name) for item in value]}
    if isinstance(value, Mapping):
        return {"$": "dict", "items": [[_encode(k, name), _encode(v, name)] for k, v in value.items()]}
    if isinstance(value, np.ndarray) and (array := _encode_array(value, name)):
        return array
    if isinstance(value, np.dtype | type) and (precision := _precision(value)):
        return {"$": "dtype", "name": precision}
    if (state := state_of(value)) is not None:
        kind = "generator" if isinstance(value, np.random.Generator) else "random_state"
        return {"$": kind, "state": _encode(state, name)}
    if isinstance(value, Activation):
        return {"$": "activation", "name": _own_name(value, ACTIVATIONS, name)}
    if isinstance(value, Loss):
        options = {key: _encode(option, name) for key, option in value.options.items()}
        return {"$": "loss", "name": _own_name(value, LOSSES, name, "options"), "options": options}
    if isinstance(value, Initializer):
        row = _own_name(value, INITIALIZERS, name, "scale")
        return {"$": "initializer", "name": row, "scale": _encode(value.scale, name)}
    raise ParameterError(
        f"{name}={value!r} cannot be saved: a model file holds numbers, text and rows of pellucid's tables, no "
        "code."
    )


def _encode_array(array: NDArray[Any], name: str) -> dict[str, Any] | None:
    dtype = {"O": "object", "U": "text"}.get(array.dtype.kind, array.dtype.str)
    if dtype not in (*ARRAYS, *TIMES) or array.nbytes > LARGEST_ARRAY:
        return None
    array = array.view(_held_as(dtype)) if dtype in TIMES else array  # their numbers
    items = [_encode(item, name) for item in array.ravel().tolist()]
    return {"$": "array", "dtype": dtype, "shape": list(array.shape), "items": items}


def _held_as(dtype: str) -> str:
    """Return the dtype of the whole numbers as which dates and durations are held."""
    return f"{dtype[0]}i8" if dtype in TIMES else dtype


def _precision(value: Any) -> str | None:
    """Return the name of a dtype that a network can have, however it is given."""
    return next((name for name in PRECISIONS if np.dtype(name) == value), None)


def _own_name(row: Any, table: Mapping[str, Any], name: str, *free: str) -> str:
    """Return the name of a row; refuse the name of another row of the table, which loading would use instead."""
    ours = table.get(row.name, row)
    if replace(ours, **{attribute: getattr(row, attribute) for attribute in free}) != row:
        raise ParameterError(
            f"{name}={row!r} cannot be saved: files hold names only, and {row.name!r} is the name of "
            f"another {type(row).__name__} in pellucid. Give yours a different name."
        )
    return str(row.name)


# ---- and back -------------------------------------------------------------------------------------------


def decode(value: Any, custom: Custom) -> Any:
    """Return the value that :func:`encode` wrote; refuse anything that it would not write."""
    if isinstance(value, list):
        return [decode(item, custom) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ModelFileError(f"It holds a value of the unknown kind {kind!r}.")
    fields, build = KINDS[kind]
    content = {name: field for name, field in value.items() if name != "$"}
    check_fields(content, fields, f"A value of kind {kind!r}")
    return build(custom, **content)


def find_row(kind: type, name: str, table: Mapping[str, Any], custom: Custom) -> Any:
    """Return the row with a name, the user's before the table's; only the name if that suffices."""
    if custom is None:
        return name
    row = custom.get(name, table.get(name))
    if not isinstance(row, kind):
        raise ModelFileError(
            f"The model uses the {kind.__name__.lower()} {name!r}, which is not one of pellucid's; files hold its "
            f"name only. Pass it: load(path, custom={{{name!r}: ...}})."
        )
    return row


def _dict(custom: Custom, items: list[Any]) -> dict[Any, Any]:
    decoded = {decode(key, custom): decode(item, custom) for key, item in items}
    if len(decoded) < len(items):
        raise ModelFileError("It holds a dict with a key that occurs twice.")
    return decoded


def _array(custom: Custom, dtype: str, shape: list[int], items: list[Any]) -> NDArray[Any]:
    decoded = decode(items, custom)
    if dtype == "object":
        array = np.empty(len(items), object)
        for i, item in enumerate(decoded):  # NumPy would turn sequences into a table
            array[i] = item
        return array.reshape(shape)
    if dtype == "text" and 4 * len(items) * max(map(len, items), default=0) > LARGEST_ARRAY:
        raise ModelFileError("It holds a text array that is too large.")
    array = np.array(decoded, "U" if dtype == "text" else _held_as(dtype)).reshape(shape)
    if encode(array.ravel().tolist(), "") != items:  # rounded, cut or cast
        raise ModelFileError(f"It holds an array of {dtype!r} with entries of another kind.")
    return array.view(dtype) if dtype in TIMES else array


def _loss(custom: Custom, name: str, options: dict[str, Any]) -> Any:
    row = find_row(Loss, name, LOSSES, custom)
    values = {key: decode(option, None) for key, option in options.items()}
    if not all(number(o) or (type(o) is tuple and o and all(map(number, o))) for o in values.values()):
        raise ModelFileError(f"It holds a loss with the options {values!r}, which must be numbers.")
    return get_loss(row, **values) if isinstance(row, Loss) else row


def _initializer(custom: Custom, name: str, scale: float) -> Any:
    row = find_row(Initializer, name, INITIALIZERS, custom)
    return replace(row, scale=scale) if isinstance(row, Initializer) else row


KINDS: dict[str, tuple[dict[str, Check], Callable[..., Any]]] = {
    "float": ({"value": one_of("nan", "inf", "-inf")}, lambda custom, value: float(value)),
    "tuple": ({"items": of_type(list)}, lambda custom, items: tuple(decode(items, custom))),
    "dict": ({"items": each(of_type(list))}, _dict),
    "dtype": ({"name": one_of(*PRECISIONS)}, lambda custom, name: np.dtype(name)),
    "array": ({"dtype": one_of(*ARRAYS, *TIMES), "shape": each(whole()), "items": of_type(list)}, _array),
    "generator": ({"state": of_type(dict)}, lambda custom, state: decode_generator(decode(state, None))),
    "random_state": (
        {"state": of_type(dict)},
        lambda custom, state: decode_random_state(decode(state, None)),
    ),
    "activation": (
        {"name": of_type(str)},
        lambda custom, name: find_row(Activation, name, ACTIVATIONS, custom),
    ),
    "loss": ({"name": of_type(str), "options": of_type(dict)}, _loss),
    "initializer": ({"name": of_type(str), "scale": number}, _initializer),
}
