r"""Training of one hidden layer on a curve: L-BFGS, then Levenberg-Marquardt, from several starts.

L-BFGS on the mean square is also how the estimators train. Near the end it is slow, since the problem is as
ill-conditioned as its solution is good; the residuals of a curve are few enough for Levenberg-Marquardt,
which continues from there. The best network then lowers its peaks: it minimizes the sum of the p-th powers of
the errors, with p growing from 4 to 64, which approaches the smallest maximal error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from pellucid.core.activations import Activation
from pellucid.core.losses import get_loss
from pellucid.core.network import Network
from pellucid.core.objective import Objective
from pellucid.core.propagation import forward
from pellucid.optimizers.lbfgs import minimize

__all__ = ["fit_curve"]

Array = NDArray[np.floating]
SPREADS = (0.5, 1.5, 4.0)  # of the initial weights: nearly straight, curved, steep


def fit_curve(
    x: Array, y: Array, activation: Activation, n_units: int, n_restarts: int, rng: np.random.Generator
) -> Network:
    """Return the network [1, n_units, 1] with the smallest maximal error of several trainings.

    Parameters
    ----------
    x, y : ndarray of shape (n_points,)
        The curve, with at least two different x.
    activation : Activation
        The activation of the hidden units.
    n_units : int
        The number of hidden units.
    n_restarts : int
        The number of trainings.
    rng : numpy.random.Generator
        Source of the initial weights.

    Returns
    -------
    Network
        In float64, with a linear output.
    """
    middle, half = (x.max() + x.min()) / 2.0, (x.max() - x.min()) / 2.0
    size = np.abs(y).max() or 1.0
    X, Y = ((x - middle) / half)[:, None], (y / size)[:, None]
    networks = []
    for i in range(n_restarts):
        network = _start(activation, n_units, SPREADS[i % len(SPREADS)], rng)
        _descend(network, X, Y)
        _polish(network, X, Y)
        networks.append(network)
    best = min(networks, key=lambda network: _peak(network, X, Y))
    _lower_peaks(best, X, Y)
    # Back to the units of x and y.
    best.biases[0][...] -= best.weights[0][0] * middle / half
    best.weights[0][...] /= half
    for last in (best.weights[1], best.biases[1]):
        last *= size
    return best


def _start(activation: Activation, k: int, spread: float, rng: np.random.Generator) -> Network:
    w, v = rng.normal(0.0, spread, (1, k)), rng.normal(0.0, 0.5, (k, 1))
    knees = rng.uniform(-1.0, 1.0, k)  # where on the interval a unit's signal is 0
    return Network([1, k, 1], activation=activation, weights=[w, v], biases=[-w[0] * knees, [0.0]])


def _descend(network: Network, X: Array, Y: Array) -> None:
    objective = Objective(network, get_loss("squared_error").on(network.output_activation))

    def value_and_gradient(parameters: Array) -> tuple[float, Array]:
        found = objective.value_and_gradient(X, Y, parameters=parameters)
        return found.objective, found.flat

    network.parameters[...] = minimize(
        value_and_gradient, network.parameters.copy(), max_iter=2000, max_fun=4000, tol=1e-10
    ).x


def _peak(network: Network, X: Array, Y: Array) -> float:
    return float(np.abs(network.predict(X) - Y).max())


def _lower_peaks(network: Network, X: Array, Y: Array) -> None:
    for power in (4.0, 8.0, 16.0, 32.0, 64.0):
        before, peak = network.parameters.copy(), _peak(network, X, Y)
        if peak == 0.0:
            return
        _polish(network, X, Y, power, peak)
        if not _peak(network, X, Y) < peak:
            network.parameters[...] = before


def _polish(network: Network, X: Array, Y: Array, power: float = 2.0, unit: float = 1.0) -> None:
    """Minimize the sum of ``|error / unit| ** power``, as the squares of ``|error / unit| ** (power / 2)``."""
    if len(X) < network.n_parameters:
        return  # Levenberg-Marquardt needs a residual for each parameter.
    k = network.layer_sizes[1]
    phi, v, half = network.activation[0], slice(2 * k + 1, 3 * k + 1), power / 2.0
    assert phi.derivative is not None
    derivative = phi.derivative

    def errors(parameters: Array) -> Array:
        return (forward(network, X, parameters=parameters).outputs - Y) / unit

    def residuals(parameters: Array) -> Array:
        e = errors(parameters)[:, 0]
        return np.asarray(np.sign(e) * np.abs(e) ** half)

    def jacobian(parameters: Array) -> Array:
        """Return ∂ŷ/∂[b₀, W₀, b₁, W₁] = [δ, δ x, 1, a], times the slope of the power."""
        passed = forward(network, X, parameters=parameters)
        z, a = passed.zs[0], passed.activations[1]
        delta = derivative(z, a) * parameters[v]
        slope = half * np.abs(errors(parameters)) ** (half - 1.0) / unit
        return np.asarray(slope * np.hstack([delta, delta * X, np.ones_like(X), a]))

    with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long overflows, and is undone
        found = least_squares(
            residuals,
            network.parameters.copy(),
            jacobian,
            method="lm",
            max_nfev=1000,
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
    network.parameters[...] = found.x
