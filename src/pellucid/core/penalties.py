r"""Penalties on the weights: they wrap an objective; the network never hears of them.

.. math:: P(W) = \lambda_1 \sum |W| + \tfrac12 \lambda_2 \sum W^2, \qquad
          \nabla P = \lambda_1 \,\mathrm{sign}(W) + \lambda_2 W

over the penalized parameters (weights, not biases, nor the scale and shift of batch normalization),
with :math:`\mathrm{sign}(0) = 0`.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_penalty", "l2_of_batch"]

Array = NDArray[np.floating]


def add_penalty(
    parameters: Array, gradient: Array, penalized: Iterable[slice], l1: float, l2: float
) -> float:
    r"""Add the gradient of the penalty to ``gradient`` in place, and return the penalty.

    .. math:: \lambda_1 \sum |W| + \tfrac12 \lambda_2 \sum W^2

    Parameters
    ----------
    parameters, gradient : ndarray of shape (n_parameters,)
        The flat vectors.
    penalized : iterable of slice
        The parts that are penalized.
    l1, l2 : float
        The strengths, >= 0.

    Returns
    -------
    float
        The penalty.

    References
    ----------
    A. Hoerl and R. Kennard (1970), Ridge regression, Technometrics 12, 55-67 (L2).
    R. Tibshirani (1996), Regression shrinkage and selection via the lasso, J. R. Stat. Soc. B 58, 267-288 (L1).

    Examples
    --------
    >>> import numpy as np
    >>> gradient = np.zeros(3)
    >>> add_penalty(np.array([1.0, -2.0, 5.0]), gradient, [slice(0, 2)], l1=0.0, l2=0.1)
    0.25
    >>> gradient
    array([ 0.1, -0.2,  0. ])
    """
    penalty = 0.0
    for part in penalized if l1 or l2 else ():
        w = parameters[part]
        penalty += l1 * float(np.abs(w).sum()) + 0.5 * l2 * float(w @ w)
        gradient[part] += l1 * np.sign(w) + l2 * w
    return penalty


def l2_of_batch(l2: float, alpha: float, total_weight: float) -> float:
    """Return the strength of the L2 penalty of a batch, scikit-learn's ``alpha`` included.

    Parameters
    ----------
    l2 : float
        The strength that does not depend on the batch.
    alpha : float
        The strength that is divided by the weight of the batch.
    total_weight : float
        The sum of the weights of the batch's rows.

    Returns
    -------
    float
        The strength, >= 0.
    """
    return l2 + alpha / total_weight
