"""Interactions of pairs of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief

__all__ = ["Interactions"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Interactions:
    r"""Part of the joint effect of two columns that is not the sum of their single effects.

    .. math:: H_{jk}^2 = \frac{\sum_i [P_{jk}(x_i) - P_j(x_i) - P_k(x_i)]^2}{\sum_i P_{jk}(x_i)^2}

    with partial dependences P of mean 0.

    Parameters
    ----------
    columns : tuple of str
        The columns.
    sizes : ndarray of shape (n_columns, n_columns)
        The root mean square of the numerator, in the units of the prediction.
    shares : ndarray of shape (n_columns, n_columns)
        H, from 0 for a sum of single effects to 1 for a pure interaction.
    quantity : str
        The name of the prediction.

    See Also
    --------
    interactions : Computes them.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.inspection import interactions
    >>> net = Network([2, 1], weights=[[[3.0], [1.0]]], biases=[[0.0]])
    >>> bool(interactions(net, np.random.default_rng(0).normal(size=(20, 2))).sizes.max() < 1e-9)
    True
    """

    columns: tuple[str, ...]
    sizes: Array
    shares: Array
    quantity: str

    __repr__ = brief

    def table(self) -> list[dict[str, Any]]:
        """Return the pairs, the largest interaction first.

        Returns
        -------
        list of dict
            Both columns, the size in the units of the prediction, and H.
        """
        first, second = np.triu_indices(len(self.columns), 1)
        order = np.argsort(-self.sizes[first, second], kind="stable")
        return [
            {
                "column": self.columns[first[at]],
                "with": self.columns[second[at]],
                "size": float(self.sizes[first[at], second[at]]),
                "H": float(self.shares[first[at], second[at]]),
            }
            for at in order
        ]
