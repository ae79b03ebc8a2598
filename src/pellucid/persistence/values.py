"""Python values as plain JSON and back: numbers, text, sequences, arrays, generators, rows of our tables.

What JSON lacks is written as an object with a ``"$"`` key. Nothing is ever imported or executed on the way
back: the kinds are the few that stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.core import ACTIVATIONS, LOSSES, Activation, Initializer, Loss
from pellucid.core.initializers import get_initializer
from pellucid.exceptions import ModelFileError, ParameterError

__all__ = ["decode", "encode"]

BIT_GENERATORS = {g.__name__: g for g in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937,
                                          np.random.Philox, np.random.SFC64)}  # fmt: skip


def encode(value: Any, name: str) -> Any:
    """Return a value as JSON; ``name`` is what an error calls it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"$": "float", "value": str(value)}
    if isinstance(value, list):
        return [encode(item, name) for item in value]
    if isinstance(value, tuple):
        return {"$": "tuple", "items": [encode(item, name) for item in value]}
    if isinstance(value, Mapping):
        return {"$": "dict", "items": [[encode(k, name), encode(v, name)] for k, v in value.items()]}
    if isinstance(value, np.ndarray):
        dtype = "object" if value.dtype == object else value.dtype.str
        return {"$": "array", "dtype": dtype, "items": encode(value.tolist(), name)}
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return {"$": "dtype", "name": np.dtype(value).name}
    if isinstance(value, np.random.Generator):
        return {"$": "generator", "state": encode(dict(value.bit_generator.state), name)}
    if isinstance(value, np.random.RandomState):
        return {"$": "random_state", "state": encode(dict(value.get_state(legacy=False)), name)}
    if isinstance(value, Activation):
        return {"$": "activation", "name": value.name}
    if isinstance(value, Loss):
        return {"$": "loss", "name": value.name, "options": dict(value.options)}
    if isinstance(value, Initializer):
        return {"$": "initializer", "name": value.name, "scale": value.scale}
    raise ParameterError(
        f"{name}={value!r} cannot be saved: a model file holds numbers, text and rows of pellucid's tables, no "
        f"code. Set {name} to a name or to None before saving (set_params({name}=None)), and again after loading."
    )


def decode(value: Any, custom: Mapping[str, Any]) -> Any:
    """Return the value that :func:`encode` wrote."""
    if isinstance(value, list):
        return [decode(item, custom) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") not in _KINDS:
        raise ModelFileError(f"The model file holds a value of unknown kind {value.get('$')!r}.")
    return _KINDS[value["$"]](value, custom)


def _array(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    items = decode(value["items"], custom)
    if value["dtype"] == "object":
        array = np.empty(len(items), object)
        array[:] = items
        return array
    return np.array(items, np.dtype(value["dtype"]))


def _generator(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    state = decode(value["state"], custom)
    bit_generator = BIT_GENERATORS[state["bit_generator"]]()
    bit_generator.state = state
    return np.random.Generator(bit_generator)


def _random_state(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    twister = np.random.RandomState()
    twister.set_state(decode(value["state"], custom))
    return twister


def _activation(value: dict[str, Any], custom: Mapping[str, Any]) -> Activation:
    row: Activation = _row("activation", value["name"], ACTIVATIONS, custom)
    return row


def _loss(value: dict[str, Any], custom: Mapping[str, Any]) -> Loss:
    row: Loss = _row("loss", value["name"], LOSSES, custom)
    return replace(row, options=value["options"])


def _initializer(value: dict[str, Any], custom: Mapping[str, Any]) -> Any:
    if value["name"] in custom:
        return custom[value["name"]]
    return get_initializer((value["name"], value["scale"]))


def _row(kind: str, name: str, table: Mapping[str, Any], custom: Mapping[str, Any]) -> Any:
    if name in custom:
        return custom[name]
    if name in table:
        return table[name]
    raise ModelFileError(
        f"The model uses the {kind} {name!r}, which is not one of pellucid's; files hold its name only. "
        f"Pass it: load(path, custom={{{name!r}: ...}})."
    )


_KINDS: dict[str, Any] = {
    "float": lambda value, custom: float(value["value"]),
    "tuple": lambda value, custom: tuple(decode(item, custom) for item in value["items"]),
    "dict": lambda value, custom: {decode(k, custom): decode(v, custom) for k, v in value["items"]},
    "dtype": lambda value, custom: np.dtype(value["name"]),
    "array": _array,
    "generator": _generator,
    "random_state": _random_state,
    "activation": _activation,
    "loss": _loss,
    "initializer": _initializer,
}
