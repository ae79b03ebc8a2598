"""Randomness without a generator: a number for each row that depends on its place, or its group, and a seed.

The same row gets the same number however the rows are split into pieces, in any process, and after a restart.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["chance_of_groups", "chance_of_places", "sampled_places"]

GOLDEN, FIRST, SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def chance_of_places(places: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each place, by SplitMix64.

    Parameters
    ----------
    places : ndarray of shape (n_rows,)
        Whole numbers.
    seed : int
        Another seed gives independent numbers.

    Returns
    -------
    ndarray of shape (n_rows,)
        The numbers.

    References
    ----------
    G. Steele, D. Lea and C. Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.

    Examples
    --------
    >>> import numpy as np
    >>> chance_of_places(np.arange(3), 0).round(3)
    array([0.883, 0.432, 0.026])
    """
    offset = np.uint64(int.from_bytes(blake2b(str(seed).encode(), digest_size=8).digest()) if seed else 0)
    with np.errstate(over="ignore"):
        z = np.asarray(places).astype(np.uint64) * GOLDEN + GOLDEN + offset
        z = (z ^ (z >> np.uint64(30))) * FIRST
        z = (z ^ (z >> np.uint64(27))) * SECOND
        z = z ^ (z >> np.uint64(31))
    return np.asarray((z >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def chance_of_groups(groups: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each row, the same for rows of one group.

    Parameters
    ----------
    groups : ndarray of shape (n_rows,)
        Whole numbers, text or other values that can be written.
    seed : int
        The seed.

    Returns
    -------
    ndarray of shape (n_rows,)
        The numbers.
    """
    if groups.dtype.kind in "iu":
        return chance_of_places(groups, seed)
    each, codes = np.unique(groups.astype(str), return_inverse=True)
    hashes = [
        int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        for name in each
    ]
    return chance_of_places(np.array(hashes, np.uint64), seed)[codes]


def sampled_places(first: int, n_rows: int, run: int) -> NDArray[np.intp]:
    """Return the rows of a piece that belong to a sample: one of each run of rows of the whole.

    Parameters
    ----------
    first : int
        The place of the first row of the piece.
    n_rows : int
        The rows of the piece.
    run : int
        The length of a run.

    Returns
    -------
    ndarray
        Positions in the piece, increasing.
    """
    if run == 1:
        return np.arange(n_rows)
    runs = np.arange(first // run, (first + n_rows - 1) // run + 1)
    chosen = runs * run + (chance_of_places(runs, -1) * run).astype(np.int64) - first
    return np.asarray(chosen[(chosen >= 0) & (chosen < n_rows)], np.intp)
