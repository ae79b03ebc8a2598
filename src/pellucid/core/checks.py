"""Checks of what a user hands to the core."""

from __future__ import annotations

from math import inf
from numbers import Integral
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError

__all__ = [
    "as_generator", "as_numbers", "as_precision", "as_weights", "check_strength", "check_whole", "is_whole",
]  # fmt: skip

Array = NDArray[np.floating]


def as_numbers(name: str, values: Any, dtype: Any, error: type[ValueError] = DataError) -> Array:
    """Return values as an array of a float dtype, or raise an error that says why this is impossible."""
    try:
        given = np.asarray(values)
        if given.dtype.kind == "c":
            raise TypeError("complex numbers")
        with np.errstate(over="ignore"):
            array = given.astype(dtype, copy=False)
    except (TypeError, ValueError) as cause:
        raise error(f"{name!r} must be an array of real numbers; got {_shown(values)} ({cause}).") from cause
    if np.isinf(array).any() and (beyond := np.isinf(array) & np.isfinite(given.astype(np.float64))).any():
        place = tuple(int(i) for i in np.argwhere(beyond)[0])
        raise error(
            f"{name}{list(place)} = {given[place]:g} is beyond {array.dtype}, whose largest number is "
            f"{np.finfo(array.dtype).max:.3g}. Scale it, or use dtype='float64'."
        )
    return array


def as_weights(sample_weight: Any, n_samples: int, dtype: Any) -> Array | None:
    """Return the weights of samples as an array, or raise an error; None stays None."""
    if sample_weight is None:
        return None
    w = as_numbers("sample_weight", sample_weight, dtype)
    if w.shape != (n_samples,) or not np.isfinite(w).all() or (w < 0.0).any() or not w.any():
        raise DataError(
            f"'sample_weight' must be {n_samples} numbers >= 0, finite, not all 0; got {_shown(sample_weight)}, "
            f"of shape {w.shape}."
        )
    return w


def as_precision(dtype: Any) -> np.dtype[Any]:
    """Return float32 or float64."""
    try:
        precision: np.dtype[Any] = np.dtype(dtype)
    except TypeError as cause:
        raise ParameterError(f"'dtype' must be 'float32' or 'float64'; got {dtype!r}.") from cause
    if precision not in (np.float32, np.float64):
        raise ParameterError(f"'dtype' must be 'float32' or 'float64'; got {dtype!r}.")
    return precision


def as_generator(random_state: Any, *, draws: bool = True) -> np.random.Generator:
    """Return a generator for scikit-learn's kinds of ``random_state``; a generator is used as it is.

    None stands for NumPy's global state, which ``numpy.random.seed`` sets. It is left alone if nothing will
    be drawn.
    """
    if random_state is None and draws:
        random_state = np.random.randint(2**32, size=4, dtype=np.uint32)  # noqa: NPY002
    elif isinstance(random_state, np.random.RandomState):
        random_state = int(random_state.randint(np.iinfo(np.int32).max))
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError) as cause:
        raise ParameterError(
            "'random_state' must be an integer >= 0, a numpy RandomState or Generator, or None; got "
            f"{random_state!r}."
        ) from cause


def check_strength(name: str, value: Any) -> float:
    """Return a finite number >= 0."""
    if isinstance(value, int | float | np.number) and 0.0 <= value < np.inf:
        return float(value)
    raise ParameterError(f"{name!r} must be a finite number >= 0; got {value!r}.")


def is_whole(value: Any, least: float = -inf, most: float = inf) -> TypeGuard[int]:
    """Return whether a value is an integer between two bounds; True and False are not."""
    return isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most


def check_whole(name: str, value: Any, least: int) -> int:
    """Return a value as an int; raise ParameterError unless it is an integer >= ``least``."""
    if not is_whole(value, least):
        raise ParameterError(f"{name!r} must be an integer >= {least}; got {value!r}.")
    return int(value)


def _shown(values: Any) -> str:
    text = repr(values)
    return text if len(text) <= 60 else f"{text[:57]}..."
