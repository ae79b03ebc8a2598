"""A short ``repr`` for records that hold arrays and long lists, as a notebook shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import scipy.sparse

__all__ = ["brief"]

LONGEST, LONGEST_RECORD = 72, 400


def brief(record: Any) -> str:
    """Return a record's name and fields; of what is long, what it is and how long.

    Parameters
    ----------
    record : dataclass instance
        The record. In the body of its class, ``__repr__ = brief``.

    Returns
    -------
    str
        On one line.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> @dataclass
    ... class Run:
    ...     name: str
    ...     weights: np.ndarray
    ...     losses: list
    ...     __repr__ = brief
    >>> Run("first", np.zeros((20, 30)), [0.1] * 200)
    Run(name='first', weights=<float64 array of shape (20, 30)>, losses=<list of 200>)
    """
    shown = [f"{field.name}={_short(getattr(record, field.name))}" for field in fields(record) if field.repr]
    return f"{type(record).__name__}({', '.join(shown)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) or scipy.sparse.issparse(value):
        kind = "array" if isinstance(value, np.ndarray) else "sparse array"
        return f"<{value.dtype} {kind} of shape {value.shape}>"
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return str(getattr(value, "__name__", type(value).__name__))
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST else value[: LONGEST - 1] + "…")
    if isinstance(value, Sequence | Mapping):
        items = [*value.items()] if isinstance(value, Mapping) else [*value]
        short = len(items) <= LONGEST // 3 and repr(value)
        return short if short and len(short) <= LONGEST else f"<{type(value).__name__} of {len(items)}>"
    shown = repr(value)
    return shown if len(shown) <= LONGEST_RECORD else f"<{type(value).__name__}>"
