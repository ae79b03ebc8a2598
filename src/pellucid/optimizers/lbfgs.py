r"""L-BFGS: a quasi-Newton method on the whole objective, by SciPy.

.. math:: \theta \leftarrow \theta - \alpha H g

with a step length :math:`\alpha` from a line search, and :math:`H`, an approximation of the inverse Hessian by the
last ten changes of :math:`\theta` and :math:`g`.

D. Liu and J. Nocedal (1989), On the limited memory BFGS method for large scale optimization, Mathematical
Programming 45, 503-528.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from pellucid.optimizers.optimizer import Optimizer

__all__ = ["LBFGS", "minimize"]

Array = NDArray[np.floating]


def minimize(
    value_and_gradient: Callable[[Array], tuple[float, Array]],
    start: Array,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    callback: Callable[[Array, float], bool] | None = None,
) -> Any:
    """Minimize a function of a flat vector.

    Parameters
    ----------
    value_and_gradient : callable
        Returns the value and the gradient at a vector.
    start : ndarray of shape (n_parameters,)
        The starting point.
    max_iter, max_fun : int
        The largest number of iterations and of evaluations.
    tol : float
        The iteration stops when the largest entry of the gradient is at most this. 0: nor does it stop where the
        value falls by no more than rounding, but goes on to one of the limits.
    callback : callable, optional
        Called with the vector and the value after each iteration; returns whether to stop.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With ``x``, ``fun``, ``nit``, ``nfev``, ``status`` and ``message``.

    References
    ----------
    R. Byrd, P. Lu, J. Nocedal and C. Zhu (1995), A limited memory algorithm for bound constrained
    optimization, SIAM J. Sci. Comput. 16, 1190-1208.

    Examples
    --------
    >>> import numpy as np
    >>> found = minimize(lambda x: (float(x @ x), 2 * x), np.ones(3), max_iter=20, max_fun=50, tol=1e-8)
    >>> bool(np.abs(found.x).max() < 1e-6)
    True
    """

    def after_iteration(intermediate_result: Any) -> None:
        assert callback is not None
        if callback(intermediate_result.x, float(intermediate_result.fun)):
            raise StopIteration  # SciPy's own way to be told to stop

    return scipy.optimize.minimize(
        value_and_gradient,
        start,
        method="L-BFGS-B",
        jac=True,
        options={"maxiter": max_iter, "maxfun": max_fun, "gtol": tol, **({} if tol else {"ftol": 0.0})},
        callback=after_iteration if callback else None,
    )


LBFGS = Optimizer("lbfgs", None, None, minimize=minimize)
