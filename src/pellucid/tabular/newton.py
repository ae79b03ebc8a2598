"""Newton's method for penalized convex losses of a linear model with few weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.loss_forms import PairedLoss
from pellucid.core.losses import LEAST

__all__ = ["fit_by_newton", "is_quick"]

Array = NDArray[Any]
MOST_STEPS = 100
SHARES = tuple(0.5**k for k in range(40))  # of a step, the first of which that helps is taken
ENOUGH = 1e-4  # of what the slope promises
QUICK = 3_000_000  # products per step up to which it is quicker than methods that need the gradient alone
CLOSE = 1e-10  # what the loss of a row may still fall by before the last step
DAMPING = 1e-10  # times the number of rows, since a common shift of all classes' intercepts changes nothing


def is_quick(n_rows: int, n_columns: int, n_outputs: int) -> bool:
    """Return whether a step of Newton's method is cheap for so many rows and weights."""
    n = n_outputs * (n_columns + 1)
    return (n_rows + n) * n**2 <= QUICK


def fit_by_newton(
    loss: PairedLoss, X: Array, y: Array, weight: Array | None, penalty: float
) -> tuple[Array, Array]:
    r"""Return the weights and intercepts that minimize a penalized loss.

    .. math:: \min_{W, b} \sum_i v_i\, \ell(y_i, \varphi(x_i W + b)) + \tfrac{\lambda}{2} \lVert W \rVert^2

    Each step solves the equations of the second order, and is halved until the sum falls.

    Parameters
    ----------
    loss : PairedLoss
        The squared error, the log loss on logistic or softmax outputs, or the Poisson or Tweedie loss on exp.
    X : ndarray of shape (n_rows, n_columns)
        Rows.
    y : ndarray of shape (n_rows, n_outputs)
        Targets.
    weight : ndarray of shape (n_rows,) or None
        Weights v of the rows.
    penalty : float
        λ > 0.

    Returns
    -------
    weights : ndarray of shape (n_columns, n_outputs)
        The weights W.
    intercepts : ndarray of shape (n_outputs,)
        The intercepts b, which are free.

    References
    ----------
    P. Green (1984), Iteratively reweighted least squares for maximum likelihood estimation, J. R. Stat. Soc. B 46,
    149-192.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.core import get_loss
    >>> from pellucid.core.activations import get_activation
    >>> loss = get_loss("squared_error").on(get_activation("identity"))
    >>> X = np.array([[0.0], [1.0], [2.0]])
    >>> W, b = fit_by_newton(loss, X, 2.0 * X + 1.0, None, 2.0)
    >>> W.round(3), b.round(3)
    (array([[1.]]), array([2.]))
    """
    (n_rows, n_outputs), v = y.shape, np.ones(len(y)) if weight is None else weight
    center = v @ X / v.sum()
    D = np.column_stack([X - center, np.ones(n_rows)])
    n = D.shape[1]
    fixed = np.tile(np.append(np.full(n - 1, penalty), 0.0), n_outputs)
    damped = fixed + np.tile(np.append(np.zeros(n - 1), DAMPING * v.sum()), n_outputs)

    def at(theta: Array) -> tuple[float, Array, Array]:
        """Return the sum to be minimized, with scores and outputs."""
        z = D @ theta.reshape(n_outputs, n).T
        a = loss.activation.value(z)
        return float(v @ loss.values(y, z, a) + 0.5 * fixed @ theta**2), z, a

    theta = np.zeros(n * n_outputs)
    with np.errstate(all="ignore"):
        value, z, a = at(theta)
        for _ in range(MOST_STEPS):
            slope = ((v[:, None] * loss.gradients(y, z, a)).T @ D).ravel() + fixed * theta
            curvature = _curvature(loss, y, a) * v[:, None, None]
            H = np.empty((n_outputs, n, n_outputs, n))
            for i in range(n_outputs):
                for j in range(i + 1):
                    H[i, :, j] = H[j, :, i] = D.T @ (curvature[:, i, j, None] * D)
            step = np.linalg.solve(H.reshape(len(theta), -1) + np.diag(damped), slope)
            fall = float(slope @ step)
            if fall <= CLOSE * v.sum():
                theta = theta - step
                break
            for share in SHARES:
                found, z, a = at(theta - share * step)
                if found <= value - ENOUGH * share * fall:
                    break
            else:  # rounding leaves nothing to gain
                break
            theta, value = theta - share * step, found
    slopes = theta.reshape(n_outputs, n).T
    return slopes[:-1], slopes[-1] - center @ slopes[:-1]


def _curvature(loss: PairedLoss, y: Array, a: Array) -> Array:
    """Return the second derivatives of each row's loss by its scores, of shape (n_rows, n_outputs, n_outputs)."""
    if loss.activation.name == "softmax":
        return np.asarray(a[:, :, None] * (np.eye(a.shape[1]) - a[:, None]))
    if loss.activation.name == "logistic":
        each = a * (1.0 - a)
    elif loss.loss.name == "poisson":
        each = a
    elif loss.loss.name == "tweedie":
        root = np.sqrt(np.maximum(a, LEAST))
        each = 0.5 * (root + y / root)
    else:
        each = np.ones_like(a)
    return np.asarray(each[:, :, None] * np.eye(a.shape[1]))
