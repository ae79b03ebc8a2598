"""The importance of columns, and of groups of columns that are associated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief

__all__ = ["Importance"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Importance:
    r"""Loss of score when the cells of a column, or of a group of columns, are permuted.

    .. math:: I_g = s(y, F(X)) - \frac1R \sum_r s\bigl(y, F(X^{(g, r)})\bigr)

    Parameters
    ----------
    names : tuple of str
        Columns, and groups with their columns joined by ``" + "``.
    members : tuple of tuple of int
        The positions of the columns of each.
    drops : ndarray of shape (n_names, n_repeats)
        The loss of score in each repeat.
    score : float
        The score without permutation.
    scoring : str
        The name of the score; larger is better.

    Attributes
    ----------
    mean : ndarray of shape (n_names,)
        The importance: the mean of ``drops``.
    low, high : ndarray of shape (n_names,)
        The interval that contains 90 % of the repeats.

    See Also
    --------
    importance : Computes it.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.inspection import importance
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> net = Network([2, 1], weights=[[[1.0], [0.0]]], biases=[[0.0]])
    >>> found = importance(net, X, X[:, 0])
    >>> found.names, bool(found.mean[0] > 1.0), float(found.mean[1])
    (('x0', 'x1'), True, 0.0)
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    drops: Array
    score: float
    scoring: str

    __repr__ = brief

    @property
    def mean(self) -> Array:
        """The mean loss of score."""
        return np.asarray(self.drops.mean(axis=1))

    @property
    def low(self) -> Array:
        """The 5 % quantile of the repeats."""
        return np.quantile(self.drops, 0.05, axis=1)

    @property
    def high(self) -> Array:
        """The 95 % quantile of the repeats."""
        return np.quantile(self.drops, 0.95, axis=1)

    def table(self) -> list[dict[str, Any]]:
        """Return the importances, the largest first, the columns of a group below it.

        Returns
        -------
        list of dict
            Column or group, the group that a column is part of, its importance, and its interval.
        """
        return [
            {
                "column": self.names[at],
                "part of": self._group_of(at) or None,
                "importance": float(self.mean[at]),
                "from": float(self.low[at]),
                "to": float(self.high[at]),
            }
            for at in self.order()
        ]

    def order(self) -> list[int]:
        """Return the indices of ``names``, the largest importance first, the columns of a group after it.

        Returns
        -------
        list of int
            Indices.
        """
        heads = [at for at in range(len(self.names)) if not self._group_of(at)]
        found: list[int] = []
        for at in sorted(heads, key=lambda at: -self.mean[at]):
            inside = [
                other
                for other in range(len(self.names))
                if len(self.members[at]) > 1
                and other != at
                and set(self.members[other]) < set(self.members[at])
            ]
            found += [at, *sorted(inside, key=lambda other: -self.mean[other])]
        return found

    def _group_of(self, at: int) -> str:
        """Return the name of the group that a column is part of, if any."""
        if len(self.members[at]) > 1:
            return ""
        groups = (name for name, group in zip(self.names, self.members, strict=True) if len(group) > 1
                  and self.members[at][0] in group)  # fmt: skip
        return next(groups, "")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data.

        Returns
        -------
        dict
            The score, its name, and the table.
        """
        return {"scoring": self.scoring, "score": self.score, "importances": self.table()}
