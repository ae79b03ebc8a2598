"""The effect of a column on predictions, over its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief

__all__ = ["Effect"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Effect:
    r"""Predictions over the values of one column.

    .. math:: \operatorname{PD}_j(v) = \operatorname{mean}_i F(v, x_{i,-j}), \qquad
              \operatorname{ALE}_j(v) = \int^v \operatorname{E}\Bigl[\frac{\partial F}{\partial x_j}
              \Big| x_j = u\Bigr]\, du - c

    Parameters
    ----------
    column : str
        The column.
    kind : {"ale", "partial dependence"}
        The kind of effect.
    labels : tuple of str
        The values as they are in the table.
    places : ndarray of shape (n_values,)
        The values as numbers, days or seconds; 0, 1, … for categories.
    values : ndarray of shape (n_values,)
        The effect: mean predictions, or for ``"ale"`` differences from their mean.
    counts : ndarray of shape (n_values,)
        Rows at each value, or between it and the value before.
    is_ordered : bool
        True for numbers and dates, False for categories and Booleans.
    quantity : str
        The name of the prediction.

    See Also
    --------
    effect : Computes it.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.inspection import effect
    >>> net = Network([2, 1], weights=[[[3.0], [1.0]]], biases=[[0.0]])
    >>> found = effect(net, np.random.default_rng(0).normal(size=(50, 2)), 0, n_points=3)
    >>> (np.diff(found.values) / np.diff(found.places)).round(6)
    array([3., 3.])
    """

    column: str
    kind: str
    labels: tuple[str, ...]
    places: Array
    values: Array
    counts: NDArray[np.intp]
    is_ordered: bool
    quantity: str

    __repr__ = brief

    def table(self) -> list[dict[str, Any]]:
        """Return the effect as rows.

        Returns
        -------
        list of dict
            Value, effect and number of rows. A column with one of these names gets ``_`` appended.
        """
        name = f"{self.column}_" if self.column in (self.kind, "rows") else self.column
        return [
            {name: label, self.kind: float(value), "rows": int(count)}
            for label, value, count in zip(self.labels, self.values, self.counts, strict=True)
        ]
