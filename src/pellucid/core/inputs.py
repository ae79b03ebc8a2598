r"""Sparse inputs that are standardized without ever being dense.

With :math:`S = X / \sigma`, as sparse as X, and :math:`s = \mu / \sigma`,

.. math:: \tilde X W = S W - \mathbf 1 (s^\top W), \qquad
          \tilde X^\top \delta = S^\top \delta - s \Bigl(\sum_i \delta_i\Bigr)^\top
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
    scaled : scipy.sparse array of shape (n_samples, n_features)
        :math:`S = X / \sigma`.
    shift : ndarray of shape (n_features,)
        :math:`s = \mu / \sigma`.

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> X = StandardizedSparse(scipy.sparse.csr_array([[0.5, 0.0], [0.0, 1.0]]), np.full(2, 0.5))
    >>> X @ np.eye(2)
    array([[ 0. , -0.5],
           [-0.5,  0.5]])
    """

    # NumPy must leave ``array @ X`` and ``array + X`` to us rather than try them entry by entry.
    __array_ufunc__ = None

    def __init__(self, scaled: Any, shift: Array) -> None:
        self.scaled, self.shift = scaled, shift

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return tuple(self.scaled.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the entries."""
        return self.scaled.dtype

    @property
    def T(self) -> _Transposed:  # noqa: N802
        """The transposed matrix."""
        return _Transposed(self)

    def __getitem__(self, rows: Any) -> StandardizedSparse:
        return StandardizedSparse(self.scaled[rows], self.shift)

    def __matmul__(self, W: Array) -> Array:
        return np.asarray(self.scaled @ W - self.shift @ W)

    def toarray(self) -> Array:
        """Return the dense matrix."""
        return np.asarray(self.scaled.toarray() - self.shift)


class _Transposed:
    def __init__(self, X: StandardizedSparse) -> None:
        self.X = X

    def __matmul__(self, delta: Array) -> Array:
        return np.asarray(self.X.scaled.T @ delta - np.outer(self.X.shift, delta.sum(axis=0)))
