"""Newton's method for penalized convex losses of a linear model with few weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.loss_forms import PairedLoss
from pellucid.core.losses import LEAST

__all__ = ["fit_by_newton", "is_quick", "second_derivatives"]

Array = NDArray[Any]
MOST_STEPS = 100
SHARES = tuple(0.5**k for k in range(40))  # shares of a step; the first that lowers the sum is taken
ENOUGH = 1e-4  # share of the decrease that the slope predicts
QUICK = 6_000_000  # products per step up to which it is quicker than methods that need the gradient alone
SCORE = 250  # products that a score counts as; with QUICK, chosen where both methods take the same time
CLOSE = 1e-10  # the possible decrease of a row's loss before the last step
ROUGH = 1e-6  # the same from a nearby start, for models that are only compared
DAMPING = 1e-10  # times the number of rows, since a common shift of all classes' intercepts changes nothing


def is_quick(n_rows: int, n_columns: int, n_outputs: int) -> bool:
    """Return whether a step of Newton's method is cheap for this many rows and weights."""
    n = n_outputs * (n_columns + 1)
    return n_rows * (n**2 + SCORE * n_outputs) + n**3 <= QUICK


def fit_by_newton(
    loss: PairedLoss,
    X: Array,
    y: Array,
    weight: Array | None,
    penalty: float,
    start: tuple[Array, Array] | None = None,
) -> tuple[Array, Array]:
    r"""Return the weights and intercepts that minimize a penalized loss.

    .. math:: \min_{W, b} \sum_i v_i\, \ell(y_i, \varphi(x_i W + b)) + \tfrac{\lambda}{2} \lVert W \rVert^2

    Each step solves the second-order equations, and is halved until the sum falls.

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
    start : (ndarray, ndarray) or None, default=None
        Weights and intercepts to start from if the sum is lower there than at 0; the search then ends sooner and
        less exactly.

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
    center = v @ X / (v.sum() or 1.0)
    # Each column is contiguous, as products over rows require.
    D = np.vstack([(X - center).T, np.ones(n_rows)]).T
    n = D.shape[1]
    fixed = np.tile(np.append(np.full(n - 1, penalty), 0.0), n_outputs)
    damped = fixed + np.tile(np.append(np.zeros(n - 1), DAMPING * v.sum()), n_outputs)

    def at(theta: Array) -> tuple[float, Array, Array]:
        """Return the sum to be minimized, with scores and outputs."""
        z = D @ theta.reshape(n_outputs, n).T
        a = loss.activation.value(z)
        return float(v @ loss.values(y, z, a) + 0.5 * fixed @ theta**2), z, a

    theta, close = np.zeros(n * n_outputs), CLOSE
    with np.errstate(all="ignore"):
        value, z, a = at(theta)
        if start is not None:
            near = np.vstack([start[0], start[1] + center @ start[0]]).T.ravel()
            nearby = at(near)
            if nearby[0] < value:  # not where exp of a row's score is huge
                theta, close, (value, z, a) = near, ROUGH, nearby
        for _ in range(MOST_STEPS):
            slope = ((v[:, None] * loss.gradients(y, z, a)).T @ D).ravel() + fixed * theta
            try:
                step = np.linalg.solve(second_derivatives(loss, D, y, a, v) + np.diag(damped), slope)
            except np.linalg.LinAlgError:  # rounding hides the penalty, or no row has a weight
                break
            fall = float(slope @ step)
            if not fall > 0.0:  # at the minimum, or rounding spoils the step
                break
            if fall <= close * v.sum():
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


def second_derivatives(loss: PairedLoss, D: Array, y: Array, a: Array, v: Array) -> Array:
    r"""Return the second derivatives of the weighted sum of losses by the weights of each output in turn.

    .. math:: H_{kk} = D^T \operatorname{diag}(v\, \ell''_k) D,
        \qquad H_{kl} = -D^T \operatorname{diag}(v\, a_k a_l) D \text{ for softmax, else } 0

    Parameters
    ----------
    loss : PairedLoss
        As for ``fit_by_newton``.
    D : ndarray of shape (n_rows, n)
        Rows, with a column of ones.
    y, a : ndarray of shape (n_rows, n_outputs)
        Targets and outputs.
    v : ndarray of shape (n_rows,)
        Weights of the rows.

    Returns
    -------
    H : ndarray of shape (n_outputs * n, n_outputs * n)
        The matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.core import get_loss
    >>> from pellucid.core.activations import get_activation
    >>> loss = get_loss("log_loss").on(get_activation("softmax"))
    >>> a = np.array([[0.5, 0.5]])
    >>> second_derivatives(loss, np.array([[2.0]]), a, a, np.ones(1)).round(3)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    (n_rows, n), K = D.shape, a.shape[1]
    each = np.arange(K)
    H = np.zeros((K * n, K * n))
    if loss.activation.name == "softmax":  # all pairs of classes in one product
        G = ((np.sqrt(v) * np.ascontiguousarray(a.T))[:, None] * D.T).reshape(-1, n_rows)
        H = -(G @ G.T)
    curvature = v * np.ascontiguousarray(_curvature(loss, y, a).T)
    own = (curvature[:, None] * D.T).reshape(-1, n_rows) @ D
    H.reshape(K, n, K, n)[each, :, each] = own.reshape(K, n, n)
    return H


def _curvature(loss: PairedLoss, y: Array, a: Array) -> Array:
    """Return the second derivative of each row's loss by each of its scores, of shape (n_rows, n_outputs)."""
    if loss.activation.name in ("logistic", "softmax"):
        return np.asarray(a * (1.0 - a))
    if loss.loss.name == "poisson":
        return a
    if loss.loss.name == "tweedie":
        root = np.sqrt(np.maximum(a, LEAST))
        return np.asarray(0.5 * (root + y / root))
    return np.ones_like(a)
