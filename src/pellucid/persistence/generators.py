"""Random generators as plain states and back; a state is checked first, because NumPy trusts it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.exceptions import ModelFileError

__all__ = ["decode_generator", "decode_random_state", "state_of"]

BIT_GENERATORS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        np.random.PCG64,
        np.random.PCG64DXSM,
        np.random.MT19937,
        np.random.Philox,
        np.random.SFC64,
    )
}


def state_of(value: Any) -> dict[str, Any] | None:
    """Return the state of a generator; None for anything else, or for a generator that a file cannot name."""
    if isinstance(value, np.random.Generator) and type(value.bit_generator) in BIT_GENERATORS.values():
        return dict(value.bit_generator.state)
    if isinstance(value, np.random.RandomState):
        state = dict(value.get_state(legacy=False))
        return state if state["bit_generator"] == "MT19937" else None
    return None


def decode_generator(state: dict[str, Any]) -> np.random.Generator:
    """Return a generator in this state."""
    bit_generator = BIT_GENERATORS[state["bit_generator"]](0)
    _check_form(state, bit_generator.state)
    bit_generator.state = state
    return np.random.Generator(bit_generator)


def decode_random_state(state: dict[str, Any]) -> np.random.RandomState:
    """Return a RandomState in this state."""
    twister = np.random.RandomState(0)
    _check_form(state, twister.get_state(legacy=False))
    twister.set_state(state)
    return twister


def _check_form(state: Any, example: Any) -> None:
    """Refuse a state whose fields, arrays or positions are not those of an example: C code reads there."""
    fits = _has_form(state, example)
    if fits and "buffer_pos" in state:
        fits = 0 <= state["buffer_pos"] <= len(state["buffer"])
    if fits and "pos" in state["state"]:
        fits = 0 <= state["state"]["pos"] <= len(state["state"]["key"])
    if not fits:
        raise ModelFileError("It holds a random generator with an invalid state.")


def _has_form(value: Any, example: Any) -> bool:
    if isinstance(example, dict):
        same_fields = isinstance(value, dict) and value.keys() == example.keys()
        return same_fields and all(_has_form(value[key], example[key]) for key in example)
    if isinstance(example, np.ndarray):
        is_array = isinstance(value, np.ndarray)
        return is_array and value.dtype == example.dtype and value.shape == example.shape
    return type(value) is type(example)
