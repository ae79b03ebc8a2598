"""Linear models whose weights have given signs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pellucid.core.loss_forms import PairedLoss

__all__ = ["fit_bounded"]

Array = NDArray[Any]


def fit_bounded(
    loss: PairedLoss, X: Any, y: Array, weight: Array | None, penalty: float, signs: Array
) -> tuple[Array, float]:
    r"""Return the weights and the intercept that minimize a penalized loss, with signs on some weights.

    .. math::
        \min_{w, b} \sum_i v_i\, \ell(y_i, \varphi(x_i w + b)) + \tfrac{\lambda}{2} \lVert w \rVert^2
        \quad \text{subject to} \quad s_j w_j \ge 0

    Parameters
    ----------
    loss : PairedLoss
        The convex loss ℓ with the activation φ of the output.
    X : ndarray or CSR array of shape (n_rows, n_columns)
        Rows.
    y : ndarray of shape (n_rows,)
        Targets.
    weight : ndarray of shape (n_rows,) or None
        Weights v of the rows.
    penalty : float
        λ > 0.
    signs : ndarray of shape (n_columns,)
        -1, 0 or 1 for each column.

    Returns
    -------
    weights : ndarray of shape (n_columns,)
        Those of a column of sign s are >= 0 times s.
    intercept : float
        Free.

    References
    ----------
    R. Byrd, P. Lu, J. Nocedal, C. Zhu (1995), A limited memory algorithm for bound constrained optimization, SIAM
    J. Scientific Computing 16, 1190-1208.
    """
    v, y = (np.ones(len(y)) if weight is None else weight)[:, None], y[:, None]

    def objective(theta: Array) -> tuple[float, Array]:
        w = theta[:-1]
        z = (X @ w + theta[-1])[:, None]
        a = loss.activation.value(z)
        with np.errstate(over="ignore"):
            slopes = (v * loss.gradients(y, z, a))[:, 0]
            value = float(v[:, 0] @ loss.values(y, z, a)) + 0.5 * penalty * float(w @ w)
        return value, np.append(X.T @ slopes + penalty * w, slopes.sum())

    bounds = [(0.0 if s > 0 else None, 0.0 if s < 0 else None) for s in signs.tolist()] + [(None, None)]
    start = np.zeros(len(signs) + 1)
    options = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7 * float(v.sum())}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return found[:-1], float(found[-1])
