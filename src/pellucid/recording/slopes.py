"""Steepest points of activations, which define saturation for every activation.

A unit is saturated on a row if its slope is under 5 % of the largest slope of its activation.
That is |a| > 0.975 for tanh, |z| > 4.36 for logistic, z <= 0 for relu; an identity never saturates, nor does
an activation whose slope grows without bound, such as the exponential.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Activation, ForwardPass

__all__ = ["SATURATED", "slopes_of", "steepest"]

SATURATED = 0.05  # of the largest slope

# Signals from -60 to 60, dense around 0, where activations bend; 0 is among them.
SIGNALS = np.sinh(np.linspace(-4.8, 4.8, 40_001))


@lru_cache(maxsize=256)
def steepest(activation: Activation) -> tuple[float, float]:
    r"""Return the signal at which an activation is steepest, and how steep it is there.

    Parameters
    ----------
    activation : Activation
        An element-wise activation.

    Returns
    -------
    point, slope : float
        The signal nearest to 0 at which :math:`|\varphi'|` is largest, and its value there; ``inf`` where
        there is no largest.

    Examples
    --------
    >>> from pellucid.core import get_activation
    >>> steepest(get_activation("logistic"))
    (0.0, 0.25)
    """
    assert activation.derivative is not None
    with np.errstate(all="ignore"):
        slopes = np.abs(activation.derivative(SIGNALS, activation.value(SIGNALS)))
    slopes = np.where(np.isfinite(slopes), slopes, 0.0)
    largest = float(slopes.max())
    inside = float(slopes[np.abs(SIGNALS) < 0.5 * SIGNALS[-1]].max())
    if largest > 1.01 * inside:  # it still grows at huge signals
        return 0.0, np.inf
    reached = SIGNALS[slopes >= (1.0 - 1e-9) * largest]
    return float(reached[np.abs(reached).argmin()]), largest


def slopes_of(passed: ForwardPass, k: int) -> tuple[NDArray[Any], Any]:
    r"""Return the slope of each unit of a block on each row, and the largest possible slopes.

    A parametric activation has the slope :math:`1 + \alpha (\varphi'(z) - 1)`.

    Parameters
    ----------
    passed : ForwardPass
        A pass; the block's activation is element-wise.
    k : int
        The block.

    Returns
    -------
    slopes : ndarray of shape (n_rows, n_units)
        The slopes.
    largest : float or ndarray of shape (n_units,)
        The largest slope of each unit anywhere; ``inf`` if there is none. With :math:`\alpha < 0`, where no
        point is flat, it is the slope at the activation's steepest point.
    """
    network, at = passed.network, passed.network.z_positions[k]
    activation, z = network.activations[k], passed.run.values[at]
    assert activation.derivative is not None
    largest = steepest(activation)[1]
    alpha = network.parameter_views(passed.parameters)[at].get("alpha")
    if alpha is None:
        return np.asarray(activation.derivative(z, passed.run.values[at + 1])), largest
    slopes = 1.0 + alpha * (activation.derivative(z, activation.value(z)) - 1.0)
    return slopes, 1.0 + alpha * (largest - 1.0) if largest < np.inf else largest
