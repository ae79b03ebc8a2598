"""Whole numbers of several types, which NumPy compares and joins as float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["of_one_type"]

LARGEST = np.iinfo(np.int64).max


def of_one_type(one: NDArray[Any], other: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two arrays of signed and unsigned whole numbers in one type that holds all of them.

    To ``searchsorted``, ``isin``, ``setdiff1d`` and ``concatenate`` int64 and uint64 are float64, in which numbers
    beyond 2**53 become one another.

    Parameters
    ----------
    one, other : ndarray
        Arrays that are compared or joined.

    Returns
    -------
    one, other : ndarray
        In int64, in uint64, or as objects where neither holds all; arrays of other types as they are.

    Examples
    --------
    >>> import numpy as np
    >>> known, y = np.array([2**62, 2**62 + 1]), np.array([2**62 + 1], np.uint64)
    >>> int(np.searchsorted(known, y)[0]), int(np.searchsorted(*of_one_type(known, y))[0])
    (0, 1)
    """
    both = one, other
    if any(array.dtype.kind not in "iu" for array in both) or np.result_type(one, other).kind != "f":
        return both
    dtype: Any = np.int64
    if any(array.max(initial=0) > LARGEST for array in both):
        dtype = object if any(array.min(initial=0) < 0 for array in both) else np.uint64
    return one.astype(dtype), other.astype(dtype)
