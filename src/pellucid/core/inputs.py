r"""Sparse inputs that are standardized without ever being dense.

.. math:: \tilde X W = X (W / \sigma) - (\mu / \sigma) W, \qquad
          \tilde X^\top \delta = (X^\top \delta) / \sigma - (\mu / \sigma) \sum_i \delta_i
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["StandardizedSparse"]

Array = NDArray[np.floating]


class StandardizedSparse:
    r"""The matrix :math:`\tilde X = (X - \mu) / \sigma` for a sparse X, as far as a dense layer needs it.

    Parameters
    ----------
    matrix : scipy.sparse array of shape (n_samples, n_features)
        X.
    mean, scale : ndarray of shape (n_features,)
        :math:`\mu` and :math:`\sigma`.

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> X = StandardizedSparse(scipy.sparse.csr_array([[1.0, 0.0], [0.0, 2.0]]), np.ones(2), np.full(2, 2.0))
    >>> X @ np.eye(2)
    array([[ 0. , -0.5],
           [-0.5,  0.5]])
    """

    # NumPy must leave ``array @ X`` and ``array + X`` to us rather than try them entry by entry.
    __array_ufunc__ = None

    def __init__(self, matrix: Any, mean: Array, scale: Array) -> None:
        self.matrix, self.mean, self.scale = matrix, mean, scale

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return tuple(self.matrix.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the entries."""
        return self.matrix.dtype

    @property
    def T(self) -> _Transposed:  # noqa: N802
        """The transposed matrix."""
        return _Transposed(self)

    def __getitem__(self, rows: Any) -> StandardizedSparse:
        return StandardizedSparse(self.matrix[rows], self.mean, self.scale)

    def __matmul__(self, W: Array) -> Array:
        return np.asarray(self.matrix @ (W / self.scale[:, None]) - (self.mean / self.scale) @ W)

    def toarray(self) -> Array:
        """Return the dense matrix."""
        return np.asarray((self.matrix.toarray() - self.mean) / self.scale)


class _Transposed:
    def __init__(self, X: StandardizedSparse) -> None:
        self.X = X

    def __matmul__(self, delta: Array) -> Array:
        X = self.X
        product = (X.matrix.T @ delta) / X.scale[:, None]
        return np.asarray(product - np.outer(X.mean / X.scale, delta.sum(axis=0)))
