r"""Units of a multiplication gate, and its error law.

The error on [−1, 1]ⁿ is a sum of two. The truncation error of the Taylor series falls with λ; the rounding error,
amplified by μ, grows as λ falls. So there is a best λ for each precision:

.. math:: \max |m - \prod u_i| \approx \frac n6 \left|\frac{\sigma^{(n+2)}}{\sigma^{(n)}}\right| \lambda^2
          + \frac{\epsilon}{2}\, \frac{|\sigma| + |b\,\sigma'| + n \lambda |\sigma'|}{|\sigma^{(n)}|\, \lambda^n}
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pellucid.constructions.curvature import nth_derivative
from pellucid.core.activations import Activation
from pellucid.core.network import Network

__all__ = ["ProductGate", "expected_error"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class ProductGate:
    r"""Parameters of 2ⁿ hidden units that multiply n factors from [−1, 1].

    Parameters
    ----------
    activation : Activation
        :math:`\sigma`.
    n_factors : int
        The number n of factors.
    bias : float
        The bias b, inside each unit.
    scale : float
        The size λ of the weights into the units.
    curvature : float
        :math:`\sigma^{(n)}(b)`.
    dtype : dtype
        The precision of the network, for which the default of λ is chosen.

    Examples
    --------
    >>> from pellucid.constructions import product_gate
    >>> gate = product_gate("softplus")
    >>> gate.n_factors, gate.bias, round(gate.curvature, 2)
    (2, 0.0, 0.25)
    """

    activation: Activation
    n_factors: int
    bias: float
    scale: float
    curvature: float
    dtype: np.dtype[np.floating]

    @property
    def signs(self) -> Array:
        """The signs s of the units, of shape (n_factors, 2**n_factors)."""
        return np.array(list(product((1.0, -1.0), repeat=self.n_factors))).T

    @property
    def weights_in(self) -> Array:
        """The weights λ s into the units, of shape (n_factors, 2**n_factors)."""
        return self.scale * self.signs

    @property
    def mu(self) -> float:
        r""":math:`\mu = 1/(2^n \sigma^{(n)}(b) \lambda^n)`."""
        return float(1.0 / (2**self.n_factors * self.curvature * self.scale**self.n_factors))

    @property
    def weights_out(self) -> Array:
        """The weights ±μ out of the units, of shape (2**n_factors, 1)."""
        return np.asarray(self.mu * self.signs.prod(axis=0)[:, None])

    @property
    def network(self) -> Network:
        """The gate as a network of the sizes [n, 2ⁿ, 1] with a linear output."""
        return Network(
            [self.n_factors, 2**self.n_factors, 1],
            activation=self.activation,
            weights=[self.weights_in, self.weights_out],
            biases=[np.full(2**self.n_factors, self.bias), [0.0]],
            dtype=self.dtype,
        )


def expected_error(
    activation: Activation, n_factors: int, bias: float, scales: ArrayLike, dtype: DTypeLike = np.float64
) -> Array:
    r"""Return the largest error of a gate on [−1, 1]ⁿ according to its error law.

    Parameters
    ----------
    activation : Activation
        :math:`\sigma`.
    n_factors : int
        The number n of factors.
    bias : float
        The bias b.
    scales : array-like of shape (n_scales,)
        The sizes λ of the weights into the units.
    dtype : dtype, default=float64
        The precision whose ε the law uses.

    Returns
    -------
    ndarray of shape (n_scales,)
        The sum of the two terms, truncation and rounding.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    >>> from pellucid.core import get_activation
    >>> expected_error(get_activation("exp"), 2, 0.0, [0.1, 0.01]).round(6).tolist()
    [0.003333, 3.3e-05]
    """
    n, scales = n_factors, np.asarray(scales, np.float64)
    value = abs(float(activation.value(np.float64(bias))))
    slope, curvature, next_but_one = (abs(nth_derivative(activation, m, bias)) for m in (1, n, n + 2))
    truncation = n / 6.0 * next_but_one * scales**2
    rounding = 0.5 * np.finfo(dtype).eps * (value + abs(bias) * slope + n * slope * scales) / scales**n
    return np.asarray((truncation + rounding) / curvature)
