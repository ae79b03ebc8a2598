r"""Higher derivatives of an activation, and the bias at which one of them is largest.

The table of activations has :math:`\varphi` and :math:`\varphi'`. Higher derivatives, of any row and any
user-defined function, come from the Chebyshev interpolant of :math:`\varphi'` around the point, which is
exact up to rounding where the function is smooth.
"""

from __future__ import annotations

from functools import lru_cache
from math import atanh, log, sqrt

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.optimize import minimize_scalar

from pellucid.core.activations import Activation
from pellucid.exceptions import ParameterError

__all__ = ["largest_derivative_at", "nth_derivative"]

RADIUS, DEGREE = 0.5, 16  # The poles of tanh are π/2 away: the error of the interpolant is 6.4⁻¹⁶.
REACH = 4.0  # Range of the search for a bias: a bounded activation is flat beyond it.

# Where the largest |φ''| is known in closed form.
LARGEST_CURVATURE = {
    "logistic": log(2.0 + sqrt(3.0)),
    "tanh": atanh(1.0 / sqrt(3.0)),
    "softplus": 0.0,
    "exp": 0.0,
}


def nth_derivative(activation: Activation, n: int, z: float) -> float:
    r"""Return :math:`\varphi^{(n)}(z)`.

    Parameters
    ----------
    activation : Activation
        An element-wise activation, smooth within 1/2 of z.
    n : int
        The order, at least 1.
    z : float
        The point.

    Returns
    -------
    float
        The derivative, with about 13 − n digits.

    References
    ----------
    L. N. Trefethen (2013), Approximation Theory and Approximation Practice, SIAM, chapter 8.

    Examples
    --------
    >>> from pellucid.core import get_activation
    >>> round(nth_derivative(get_activation("softplus"), 2, 0.0), 12)
    0.25
    """
    slope = activation.derivative
    assert slope is not None
    near = Chebyshev.interpolate(
        lambda x: slope(x, activation.value(x)), DEGREE, domain=[z - RADIUS, z + RADIUS]
    )
    noise = np.finfo(np.float64).eps * np.abs(near.coef).max()
    value = float(near.trim(16.0 * noise).deriv(n - 1)(z))
    return value if abs(value) > DEGREE * noise * (DEGREE / RADIUS) ** (n - 1) else 0.0


@lru_cache
def largest_derivative_at(activation: Activation, n: int) -> float:
    r"""Return the point where :math:`|\varphi^{(n)}|` is largest.

    Parameters
    ----------
    activation : Activation
        An element-wise activation.
    n : int
        The order, at least 1.

    Returns
    -------
    float
        A point in [−4, 4], at least 1 from any kink; 0 if the derivative is also largest there. If it is
        largest at an end, as for exp, 0 again, or 1 if it vanishes at 0.

    Raises
    ------
    ParameterError
        If the derivative is 0 everywhere.

    Examples
    --------
    >>> from pellucid.core import get_activation
    >>> round(largest_derivative_at(get_activation("logistic"), 2), 5)
    1.31696
    """
    if n == 2 and activation.name in LARGEST_CURVATURE:
        return LARGEST_CURVATURE[activation.name]

    def size(z: float) -> float:
        return abs(nth_derivative(activation, n, z))

    grid = np.linspace(-REACH, REACH, 161)
    grid = grid[[all(abs(z - kink) >= 1.0 for kink in activation.kinks) for z in grid]]
    sizes = np.array([size(z) for z in grid])
    top = int(sizes.argmax())
    if not sizes[top] > 0.0:
        raise ParameterError(
            f"activation={activation.name!r} cannot multiply {n} factors: its derivative of order {n} is 0 "
            "everywhere but at a kink. Use a smooth, curved one, such as 'logistic', 'tanh', 'softplus' or 'exp'."
        )
    nearest_to_zero = float(grid[np.abs(grid).argmin()])
    if size(nearest_to_zero) >= (1.0 - 1e-9) * sizes[top]:
        return nearest_to_zero
    if top in (0, len(grid) - 1):
        return nearest_to_zero if size(nearest_to_zero) > 0.0 else 1.0
    if grid[top + 1] - grid[top - 1] > 0.11:  # next to the gap that a kink leaves
        return float(grid[top])
    found = minimize_scalar(lambda z: -size(z), bounds=(grid[top - 1], grid[top + 1]), method="bounded")
    return float(found.x)
