r"""Approximation of a function on an interval by one hidden layer of k units, built or trained.

.. math:: f(x) \approx c + \sum_{j=1}^{k} v_j\, \varphi(w_j x + b_j)

Sums of steps (piecewise constant), of bumps (each the difference of two steps) and of ramps (piecewise linear,
by ReLU) are built. Their error falls as 1/k, 1/k and, for a function with a second derivative, 1/k². Any other
activation is trained, by :mod:`pellucid.constructions.curve_fitting`.

References
----------
K. Hornik, M. Stinchcombe and H. White (1989), Multilayer feedforward networks are universal approximators,
Neural Networks 2, 359-366.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.constructions.curve_fitting import fit_curve
from pellucid.core.activations import ACTIVATIONS, Activation, get_activation
from pellucid.core.checks import as_generator, check_whole
from pellucid.core.network import Network
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Approximation", "approximate"]

Array = NDArray[np.floating]
Function = Callable[[Any], Any]
Interval = tuple[float, float]
FINER = 20
LEAST_WIDTH = 1e-9  # of an interval, relative to its ends, so that the points of a fine grid differ
SMALLEST = (
    1e-100  # Ends nearer to 0 count as this far; its inverse is the largest width: both fit in a float.
)


@dataclass(frozen=True)
class Approximation:
    r"""Network that approximates a function on an interval, with its errors.

    .. math:: \hat f(x) = c + \sum_{j=1}^k v_j\, \varphi(w_j x + b_j), \qquad \max_x |\hat f(x) - f(x)|

    Parameters
    ----------
    network : Network
        Sizes [1, k, 1], linear output.
    points : ndarray of shape (n_points,)
        The points at which it was fitted or, if it was built, measured.
    targets : ndarray of shape (n_points,)
        The function there.
    max_error : float
        The largest absolute error at the points.
    max_error_between : float
        The largest on a grid 20 times as fine.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.constructions import approximate
    >>> made = approximate(np.sin, (0.0, 3.0), 8, "bumps")
    >>> made.network.layer_sizes, made.max_error < 0.5
    ((1, 8, 1), True)
    """

    network: Network
    points: Array
    targets: Array
    max_error: float
    max_error_between: float

    @property
    def predictions(self) -> Array:
        """The network at the points, of shape (n_points,)."""
        return self.network.predict(self.points[:, None])[:, 0]


def approximate(
    function: Function,
    interval: Interval,
    n_units: int,
    kind: str | Activation = "tanh",
    *,
    n_points: int = 50,
    n_restarts: int = 12,
    random_state: int | np.random.Generator | None = 0,
) -> Approximation:
    r"""Approximate a function on an interval by a network with one hidden layer.

    .. math:: f(x) \approx c + \sum_{j=1}^k v_j\, \varphi(w_j x + b_j)

    Parameters
    ----------
    function : callable
        A function that takes an array of numbers and returns one of the same shape.
    interval : (float, float)
        Its ends.
    n_units : int
        The number k, at least 1; for bumps an even number, two for each.
    kind : str or Activation, default="tanh"
        ``"steps"``, ``"bumps"`` or ``"ramps"`` are built; the name of an activation, such as ``"tanh"`` or
        ``"logistic"``, or one of your own, is trained.
    n_points : int, default=50
        Number of equally spaced points, end points included, for training and measuring.
    n_restarts : int, default=12
        Number of trainings from different random weights; the one with the smallest maximal error is kept.
    random_state : int, numpy.random.Generator or None, default=0
        Source of the weights that trainings start from.

    Returns
    -------
    Approximation
        The network with its errors.

    Raises
    ------
    ParameterError
        If an option is not accepted.
    DataError
        If the function does not return one finite number for each point.

    Notes
    -----
    Training minimizes the mean square, and finally sums of powers up to the 64th, which approach the largest
    error; more restarts may find a better network. Some functions, such as x² by two units, have no best
    network: the error goes to 0 as the weights into the units go to 0 and those out of them to infinity,
    until rounding stops it.

    References
    ----------
    G. Cybenko (1989), Approximation by superpositions of a sigmoidal function, Mathematics of Control, Signals
    and Systems 2, 303-314.

    Examples
    --------
    Two ramps give \|x\| exactly; two tanh units come within 0.06 of it:

    >>> approximate(abs, (-1, 1), 2, "ramps").max_error
    0.0
    >>> 0.03 < approximate(abs, (-1, 1), 2, "tanh").max_error < 0.06
    True
    """
    a, b = _as_interval(interval)
    k, n = check_whole("n_units", n_units, 1), check_whole("n_points", n_points, 2)
    x, finer = np.linspace(a, b, n), np.linspace(a, b, FINER * (n - 1) + 1)
    y = _values(function, x)
    if isinstance(kind, str) and kind in BUILT:
        network = BUILT[kind](function, (a, b), k)
    else:
        activation = _as_trainable(kind)
        restarts = check_whole("n_restarts", n_restarts, 1)
        network = fit_curve(x, y, activation, k, restarts, as_generator(random_state))
    at_points, between = (
        float(np.abs(network.predict(at[:, None])[:, 0] - values).max())
        for at, values in ((x, y), (finer, _values(function, finer)))
    )
    return Approximation(network, x, y, at_points, between)


def sum_of_steps(function: Function, interval: Interval, k: int) -> Network:
    """Return k steps: k + 1 equal pieces, each midway between the function's extremes on it."""
    edges = np.linspace(*interval, k + 2)
    levels = _levels(function, edges)
    return _one_layer("step", np.ones(k), -edges[1:-1], np.diff(levels), levels[0])


def sum_of_bumps(function: Function, interval: Interval, k: int) -> Network:
    """Return k/2 adjacent bumps, each a step up and a step down, midway between the function's extremes there."""
    if k % 2:
        raise ParameterError(f"'n_units' must be even for kind='bumps', two steps for each bump; got {k}.")
    edges = np.linspace(*interval, k // 2 + 1)
    heights = _levels(function, edges)
    edges[-1] += (edges[-1] - edges[0]) / k  # the last bump includes the end of the interval
    positions = np.column_stack([edges[:-1], edges[1:]]).ravel()
    return _one_layer("step", np.ones(k), -positions, np.column_stack([heights, -heights]).ravel(), 0.0)


def sum_of_ramps(function: Function, interval: Interval, k: int) -> Network:
    """Return k ramps: the function at k + 1 equally spaced knots, linear between them."""
    knots = np.linspace(*interval, k + 1)
    values = _values(function, knots)
    slopes = np.diff(values) / np.diff(knots)
    return _one_layer("relu", np.ones(k), -knots[:-1], np.diff(slopes, prepend=0.0), values[0])


BUILT: dict[str, Callable[[Function, Interval, int], Network]] = {
    "steps": sum_of_steps,
    "bumps": sum_of_bumps,
    "ramps": sum_of_ramps,
}


def _one_layer(activation: str, w: Array, b: Array, v: Array, c: float) -> Network:
    return Network([1, len(w), 1], activation=activation, weights=[[w], v[:, None]], biases=[b, [c]])


def _levels(function: Function, edges: Array) -> Array:
    """Return for each piece, from its left edge to just before the next, the middle between the extremes."""
    pieces = [_values(function, np.append(np.linspace(p, q, 200, endpoint=False), np.nextafter(q, p)))
              for p, q in pairwise(edges)]  # fmt: skip
    return np.array([(piece.min() + piece.max()) / 2.0 for piece in pieces])


def _values(function: Function, x: Array) -> Array:
    if not callable(function):
        raise ParameterError(
            f"'function' must take an array of numbers, such as numpy.sin; got {function!r}."
        )
    values = np.asarray(function(x))
    if values.shape != x.shape or values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise DataError(
            "'function' must return a finite number for each of its points, as an array of their shape "
            f"{x.shape}; it gave an array of shape {values.shape} and dtype {values.dtype}"
            f"{', with values that are not finite' if values.shape == x.shape else ''}."
        )
    return values.astype(np.float64)


def _as_interval(interval: Any) -> Interval:
    try:
        a, b = (float(end) for end in interval)
    except (TypeError, ValueError):
        a = b = np.nan
    if not (np.isfinite([a, b]).all() and a < b):
        raise ParameterError(
            f"'interval' must be two finite numbers, the smaller first, such as (-1, 1); got {interval!r}."
        )
    if not LEAST_WIDTH * max(abs(a), abs(b), SMALLEST) < b - a < 1.0 / SMALLEST:
        raise ParameterError(
            f"'interval' must be wide enough to tell its points apart, and no wider than {1.0 / SMALLEST:g}; got "
            f"{interval!r}. Shift or scale the argument of the function."
        )
    return a, b


def _as_trainable(kind: Any) -> Activation:
    trainable = [row.name for row in ACTIVATIONS.values() if not row.is_flat and row.pullback is None]
    if isinstance(kind, Activation) or (isinstance(kind, str) and kind in trainable):
        return get_activation(kind)
    raise ParameterError(
        f"'kind' must be one of {sorted(BUILT)}, which are built, or one of {sorted(trainable)} or an Activation, "
        f"which are trained; got {kind!r}."
    )
