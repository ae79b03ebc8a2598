"""Measured error of a multiplication gate against the size of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pellucid.constructions.multiplication import product_gate
from pellucid.constructions.product_gates import expected_error
from pellucid.core.activations import Activation
from pellucid.exceptions import ParameterError

__all__ = ["ErrorLaw", "error_law"]

Array = NDArray[np.floating]
POINTS_PER_AXIS = (401, 41, 15, 9, 6, 5)


@dataclass(frozen=True)
class ErrorLaw:
    r"""Largest error of a gate on [−1, 1]ⁿ at several scales.

    .. math:: \max_{|x_i| \le 1} \Big| m_\lambda(x) - \prod_i x_i \Big|

    Parameters
    ----------
    scales : ndarray of shape (n_scales,)
        The λ.
    measured : ndarray of shape (n_scales,)
        The largest error on a grid of points.
    expected : ndarray of shape (n_scales,)
        The sum of the truncation and rounding errors; see :func:`expected_error`.
    dtype : dtype
        The precision of the network that was measured.

    Examples
    --------
    >>> from pellucid.constructions import error_law
    >>> law = error_law("logistic", scales=[0.1, 0.05])
    >>> round(float(law.measured[0] / law.measured[1]))
    4
    """

    scales: Array
    measured: Array
    expected: Array
    dtype: np.dtype[np.floating]

    @property
    def best_scale(self) -> float:
        """The λ with the smallest measured error."""
        return float(self.scales[self.measured.argmin()])

    @property
    def best_error(self) -> float:
        """The smallest measured error."""
        return float(self.measured.min())


def error_law(
    activation: str | Activation,
    *,
    n_factors: int = 2,
    bias: float | None = None,
    scales: Sequence[float] | None = None,
    dtype: DTypeLike = np.float64,
) -> ErrorLaw:
    r"""Measure the error of a gate at several scales λ.

    .. math:: \max_{|x_i| \le 1} \Big| m_\lambda(x) - \prod_i x_i \Big|

    Parameters
    ----------
    activation : str or Activation
        A smooth element-wise activation, from the table or your own.
    n_factors : int, default=2
        Number of factors that the gate multiplies, up to 6.
    bias : float, optional
        b; default as in :func:`product_gate`.
    scales : sequence of float, optional
        λ; default: 26 from 1 down to 1e-5, five to a decade.
    dtype : dtype, default=float64
        The precision of the network; the products that it is compared with are always float64.

    Returns
    -------
    ErrorLaw
        Scales, measured and expected errors, and the best of them.

    Raises
    ------
    ParameterError
        If ``scales`` is not a sequence of numbers, or as :func:`product_gate` does.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    >>> law = error_law("softplus", scales=[0.1, 0.01])
    >>> [f"{e:.1e}" for e in law.measured]
    ['1.7e-03', '1.7e-05']
    """
    sizes = np.geomspace(1.0, 1e-5, 26) if scales is None else _as_scales(scales)
    gates = [product_gate(activation, n_factors, bias=bias, scale=float(s), dtype=dtype) for s in sizes]
    axis = np.linspace(-1.0, 1.0, POINTS_PER_AXIS[n_factors - 1])
    U = np.stack(np.meshgrid(*[axis] * n_factors), axis=-1).reshape(-1, n_factors)
    U = U.astype(gates[0].dtype).astype(np.float64)
    products = U.prod(axis=1)
    measured = [np.abs(gate.network.predict(U)[:, 0] - products).max() for gate in gates]
    first = gates[0]
    expected = expected_error(first.activation, n_factors, first.bias, sizes, first.dtype)
    return ErrorLaw(sizes, np.array(measured), expected, first.dtype)


def _as_scales(scales: Sequence[float]) -> Array:
    try:
        sizes = np.asarray(scales, np.float64)
    except (TypeError, ValueError):
        sizes = np.empty(0)
    if sizes.ndim != 1 or not sizes.size:
        raise ParameterError(f"'scales' must be at least one number > 0, such as [1.0, 0.1]; got {scales!r}.")
    return sizes
