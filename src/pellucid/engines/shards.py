"""Rows that stay in their processes: each holds those of its shards, and contributes a part to each batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.exceptions import DataError

__all__ = ["Shards", "bounds_of_shards", "check_shards_have_rows"]

Rows = NDArray[np.intp]


def bounds_of_shards(n_rows: int, n_shards: int) -> Rows:
    """Return the start of each shard of a table, and the end: runs of rows whose lengths differ by at most 1.

    Parameters
    ----------
    n_rows, n_shards : int
        The rows of the table, and the shards.

    Returns
    -------
    ndarray of shape (n_shards + 1,)
        Shard s has the rows from entry s up to entry s + 1.

    Examples
    --------
    >>> bounds_of_shards(10, 4).tolist()
    [0, 2, 5, 7, 10]
    """
    return np.arange(n_shards + 1) * n_rows // n_shards


@dataclass(frozen=True)
class Shards:
    r"""Rows of an epoch of which each process holds those of its shards.

    Of T steps, step t takes from shard s its rows

    .. math:: \lfloor t\, n_s / T \rfloor, \ldots, \lfloor (t + 1)\, n_s / T \rfloor - 1

    in an order that follows from (seed of the epoch, s). So each batch has rows of every shard, about as many of
    each as the shard's share, and nothing depends on where the shards are.

    Parameters
    ----------
    n_rows : ndarray of shape (n_shards,)
        The rows of each shard that an epoch takes.
    rows : tuple of ndarray
        For each shard of this process the places of these rows among those that it holds of the shard.
    first : int
        The first shard of this process; the others follow.
    capacity : int
        The places of a shard, the same for all; X, targets and weights have those of the shards one after the
        other.

    Examples
    --------
    >>> import numpy as np
    >>> shards = Shards(np.array([4, 6]), (np.arange(4), np.arange(6)), 0, 6)
    >>> shards.ends(np.arange(4), 3).tolist()
    [[0, 0], [1, 2], [2, 4], [4, 6]]
    >>> shards.most(3)
    2
    """

    n_rows: Rows
    rows: tuple[Rows, ...]
    first: int
    capacity: int

    __repr__ = brief

    @property
    def n_shards(self) -> int:
        """The number of shards of all processes."""
        return len(self.n_rows)

    def ends(self, steps: Rows, n_steps: int) -> Rows:
        """Return the number of rows of each shard before some steps, of shape (len(steps), n_shards)."""
        return np.asarray(steps)[:, None] * self.n_rows // n_steps

    def most(self, n_steps: int) -> int:
        """Return the largest number of rows that a step takes from a shard."""
        return int((-(-self.n_rows // n_steps)).max())

    def order(self, rng: np.random.Generator, *, shuffle: bool) -> Rows:
        """Return the order of the rows of each shard of this process in an epoch.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws one number, which is the same in all processes.
        shuffle : bool
            False to leave the rows as they stand.

        Returns
        -------
        ndarray of shape (n_shards_here, max(n_rows))
            Places; those beyond the rows of a shard mean nothing.
        """
        seed = int(rng.integers(2**63)) if shuffle else 0
        order = np.zeros((len(self.rows), int(self.n_rows.max())), np.intp)
        for k, rows in enumerate(self.rows):
            drawn = np.random.default_rng([seed, self.first + k]).permutation(rows) if shuffle else rows
            order[k, : len(rows)] = drawn
        return order


def check_shards_have_rows(n_rows: Any) -> None:
    """Refuse shards without a row of positive weight, from which a process could not learn the columns.

    Parameters
    ----------
    n_rows : ndarray of shape (n_shards,)
        The rows of each that have a weight > 0.

    Raises
    ------
    DataError
        If one has none.
    """
    if not all(n_rows):
        empty = int(np.flatnonzero(np.asarray(n_rows) == 0)[0])
        raise DataError(
            "'sample_weight' must be > 0 for some rows of each shard if rows are distributed; all rows of "
            f"shard {empty} of {len(n_rows)} have weight 0. Leave these rows out, or raise 'memory' to "
            "hold all rows."
        )
