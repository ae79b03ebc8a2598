"""Plain data for JSON, of arrays, paths and numbers that are not finite; objects with each key once."""

from __future__ import annotations

from math import isfinite
from typing import Any

__all__ = ["once", "plain_json"]


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; refuse one with a key twice, of which readers take different values.

    Parameters
    ----------
    pairs : list of tuple
        Keys and values, as ``json.loads(text, object_pairs_hook=once)`` gives them.

    Returns
    -------
    dict
        The object.

    Raises
    ------
    ValueError
        If a key is there twice.

    Examples
    --------
    >>> import json
    >>> json.loads('{"a": 1, "a": 2}', object_pairs_hook=once)
    Traceback (most recent call last):
    ...
    ValueError: a key is there twice
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def plain_json(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Parameters
    ----------
    value : object
        Dicts, lists, tuples, arrays, and what they hold.

    Returns
    -------
    object
        Lists for arrays, None for NaN and infinities, texts for keys, paths and other objects.

    Examples
    --------
    >>> import numpy as np
    >>> plain_json({"loss": np.array([0.5, np.nan]), 1: (True, None)})
    {'loss': [0.5, None], '1': [True, None]}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain_json(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(held) for held in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
