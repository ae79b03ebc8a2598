"""Slope of a bias unit, which some notations count among the units of a layer."""

from __future__ import annotations

import numpy as np

from pellucid.core.activations import Activation

__all__ = ["slope_at_one"]

# Only a slope that is a function of the output has a meaningful value for the bias unit, whose output is 1.
THROUGH_OUTPUT = ("identity", "logistic", "tanh", "relu", "leaky_relu", "elu")


def slope_at_one(activation: Activation) -> float:
    """Return the slope of a bias unit, whose output is 1; 0 where slopes do not follow from outputs.

    Parameters
    ----------
    activation : Activation
        The activation of the layer.

    Returns
    -------
    float
        The slope.
    """
    if activation.name not in THROUGH_OUTPUT or activation.derivative is None:
        return 0.0
    return float(activation.derivative(np.float64(1.0), np.float64(1.0)))
