r"""Checks of derivatives by finite differences, for anyone's activation, loss or network.

Fourth-order central differences in float64,

.. math:: f'(x) \approx \frac{8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))}{12 h},

compared with the derivative that the code gives, relative to the largest entry of the same layer. Where
an activation's derivative jumps (ReLU at 0) a difference across the jump means nothing, and where its
slope jumps (ELU at 0) it is not accurate; where the slope grows without limit (the inverse of a clip), no step is
small enough. Since every signal z is at hand, this is not guessed: an entry is
left out exactly when some z, some residual of a loss with a corner, or, under L1, some weight, is not on
the same side of its kink at all four points (:meth:`pellucid.core.layers.Layer.sides`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.activations import Activation
from pellucid.core.differences import Comparison, Evaluate, GradientCheck
from pellucid.core.layers import Layer, Run
from pellucid.core.losses import Loss, canonical_loss, get_loss
from pellucid.core.network import Network
from pellucid.core.objective import Objective, encode_targets, gradients
from pellucid.core.shifts import Shifts

__all__ = ["GradientCheck", "check_activation", "check_gradients", "check_layer", "check_loss"]

Array = NDArray[np.floating]


def check_gradients(
    network: Network,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | Loss | None = None,
    sample_weight: ArrayLike | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    training: bool = True,
    random_state: int = 0,
    step: float = 1e-4,
    tolerance: float = 1e-6,
) -> GradientCheck:
    r"""Compare the gradient and every sensitivity of a network with finite differences.

    .. math:: f'(x) \approx \frac{8 \big(f(x + h) - f(x - h)\big) - \big(f(x + 2h) - f(x - 2h)\big)}{12 h}

    Parameters
    ----------
    network : Network
        The network; it is copied to float64 and left unchanged.
    X : array-like of shape (n_rows, n_features)
        A few samples, as for :meth:`pellucid.Network.gradients`.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        The targets of these rows.
    loss : str or Loss, optional
        Default: the canonical one of the output activation.
    sample_weight : array-like of shape (n_samples,), optional
        The weights.
    l1, l2 : float, default=0.0
        Penalties.
    training : bool, default=True
        True if dropout is active (the same units at every point) and batch normalization uses the batch.
    random_state : int, default=0
        Draws the dropped units.
    step : float, default=1e-4
        The h of the differences, relative to ``max(1, |x|)``.
    tolerance : float, default=1e-6
        The largest accepted error relative to the layer's largest entry.

    Returns
    -------
    GradientCheck
        Print it, or look at ``.ok``.

    References
    ----------
    B. Fornberg (1988), Generation of finite difference formulas on arbitrarily spaced grids, Mathematics of
    Computation 51, 699-706, table 1.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import check_gradients
    >>> rng = np.random.default_rng(0)
    >>> net = Network([3, 4, 2], activation="gelu", output_activation="softmax", random_state=0)
    >>> check_gradients(net, rng.normal(size=(5, 3)), np.array([0, 1, 0, 1, 1])).ok
    True
    """
    network = network.copy(np.float64)
    row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
    paired = row.on(network.output_activation)
    X = network.check_inputs(X)
    Y = encode_targets(network, y, paired)
    exact = gradients(
        network,
        X,
        y,
        loss=row,
        sample_weight=sample_weight,
        l1=l1,
        l2=l2,
        training=training,
        rng=np.random.default_rng(random_state),
    )
    w = np.ones(len(Y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    objective = Objective(network, paired, l1, l2)
    shifts = Shifts(objective, X, Y, w, training=training, rng=np.random.default_rng(random_state))
    report = Comparison(step)
    places = network.parameter_views(np.arange(network.n_parameters))
    for position, (views, layer_name) in enumerate(zip(places, _names(network), strict=True)):
        indices = [int(i) for view in views.values() for i in view.ravel()]
        report.layer(
            layer_name,
            [
                (float(exact.flat[i]), float(network.parameters[i]), shifts.at_parameter(i, position))
                for i in indices
            ],
        )
    for k, (delta, z) in enumerate(zip(exact.deltas, shifts.base.zs, strict=True)):
        position = network.z_positions[k]
        report.layer(
            f"delta of block {k}",
            [
                (float(delta[at]), float(z[at]), shifts.at_value(position, at))
                for at in np.ndindex(*delta.shape)
            ],
        )
    return report.finish(tolerance)


def check_activation(
    activation: Activation, *, low: float = -4.0, high: float = 4.0, tolerance: float = 1e-6
) -> GradientCheck:
    r"""Compare an activation's derivative (or pullback) with finite differences of its value.

    .. math:: f'(x) \approx \frac{8 \big(f(x + h) - f(x - h)\big) - \big(f(x + 2h) - f(x - 2h)\big)}{12 h}

    Parameters
    ----------
    activation : Activation
        A row of the table, or your own.
    low, high : float, default=-4.0, 4.0
        The range that z is taken from.
    tolerance : float, default=1e-6
        The largest accepted error relative to the largest derivative.

    Returns
    -------
    GradientCheck
        Print it, or look at ``.ok``.

    References
    ----------
    B. Fornberg (1988), Generation of finite difference formulas on arbitrarily spaced grids, Mathematics of
    Computation 51, 699-706, table 1.

    Examples
    --------
    >>> from pellucid.core import Activation, check_activation
    >>> print(check_activation(Activation("cube", lambda z: z**3, lambda z, a: 2.0 * z**2)))
    WRONG: largest relative error 3.3e-01 (z = -4), tolerance 1e-06; 101 entries compared, 0 left out
    """
    report = Comparison(1e-4)
    if activation.pullback is not None:
        z = np.linspace(low, high, 12).reshape(3, 4) * np.array([1.0, -0.5, 0.25, 2.0])
        upstream = np.cos(np.arange(12.0)).reshape(3, 4)
        exact = activation.backward(z, activation.value(z), upstream)

        def along(place: tuple[int, ...]) -> Evaluate:
            def evaluate(shift: float) -> tuple[float, Array]:
                moved = z.copy()
                moved[place] += shift
                return float((activation.value(moved) * upstream).sum()), np.ones(1)

            return evaluate

        report.layer("z", [(float(exact[p]), float(z[p]), along(p)) for p in np.ndindex(3, 4)])
        return report.finish(tolerance)

    zs = np.linspace(low, high, 101)
    slopes = activation.backward(zs, np.asarray(activation.value(zs)), np.ones_like(zs))

    def near(z: float) -> Evaluate:
        def evaluate(shift: float) -> tuple[float, Array]:
            at = np.array([z + shift])
            return float(activation.value(at)[0]), activation.sides(at)

        return evaluate

    report.layer("z", [(slope, z, near(z)) for slope, z in zip(slopes, zs, strict=True)], at_points=True)
    return report.finish(tolerance)


def check_loss(
    loss: Loss, output_activation: Activation, *, tolerance: float = 1e-6, random_state: int = 0
) -> GradientCheck:
    r"""Compare the gradient of a loss on the scores with finite differences of its value.

    .. math:: f'(x) \approx \frac{8 \big(f(x + h) - f(x - h)\big) - \big(f(x + 2h) - f(x - 2h)\big)}{12 h}

    Parameters
    ----------
    loss : Loss
        A row of the table, or your own.
    output_activation : Activation
        The activation that turns scores into outputs.
    tolerance : float, default=1e-6
        The largest accepted error relative to the largest entry.
    random_state : int, default=0
        Draws scores and targets.

    Returns
    -------
    GradientCheck
        Print it, or look at ``.ok``.

    References
    ----------
    B. Fornberg (1988), Generation of finite difference formulas on arbitrarily spaced grids, Mathematics of
    Computation 51, 699-706, table 1.

    Examples
    --------
    >>> from pellucid.core import ACTIVATIONS, LOSSES, check_loss
    >>> check_loss(LOSSES["poisson"], ACTIVATIONS["softplus"]).ok
    True
    """
    rng = np.random.default_rng(random_state)
    net = Network([4, 4], output_activation=output_activation, weights=[np.eye(4)], biases=[np.zeros(4)])
    targets = loss.on(output_activation).form.targets
    Y = rng.uniform(max(targets.low, -3.0), min(targets.high, 3.0), (6, 4))
    if output_activation.range.simplex:
        Y /= Y.sum(axis=1, keepdims=True)
    return check_gradients(net, rng.normal(size=(6, 4)), Y, loss=loss, tolerance=tolerance)


def check_layer(
    layer: Layer,
    x: ArrayLike,
    *,
    training: bool = True,
    sample_weight: ArrayLike | None = None,
    random_state: int = 0,
    tolerance: float = 1e-6,
) -> GradientCheck:
    r"""Compare a layer's ``gradient`` and ``backward`` with finite differences of its ``forward``.

    .. math:: f'(x) \approx \frac{8 \big(f(x + h) - f(x - h)\big) - \big(f(x + 2h) - f(x - 2h)\big)}{12 h}

    Parameters
    ----------
    layer : Layer
        A kind of layer, with the methods of :class:`pellucid.core.layers.Layer`.
    x : array-like of shape (n_samples, n_in)
        Its input.
    training : bool, default=True
        True for a training pass.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows.
    random_state : int, default=0
        Draws the parameters, and what the layer draws (the same at every point).
    tolerance : float, default=1e-6
        The largest accepted error relative to the largest entry.

    Returns
    -------
    GradientCheck
        Print it, or look at ``.ok``.

    References
    ----------
    B. Fornberg (1988), Generation of finite difference formulas on arbitrarily spaced grids, Mathematics of
    Computation 51, 699-706, table 1.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.core import check_layer
    >>> from pellucid.core.layers import BatchNorm
    >>> check_layer(BatchNorm(3), np.random.default_rng(0).normal(size=(5, 3))).ok
    True
    """
    rng = np.random.default_rng(random_state)
    x = np.array(x, np.float64)
    w = None if sample_weight is None else np.asarray(sample_weight, np.float64)
    p = {spec.name: spec.first_values(rng) + 0.5 * rng.normal(size=spec.shape) for spec in layer.parameters()}

    def run() -> tuple[Array, Any, Run]:
        circumstances = Run(training, [x], w, np.random.default_rng(random_state))
        s = {spec.name: np.full(spec.shape, spec.start) for spec in layer.state()}
        value, kept = layer.forward(x, p, s, circumstances)
        return value, kept, circumstances

    value, kept, circumstances = run()
    upstream = rng.normal(size=value.shape)  # of J = sum(upstream * output), so that dJ/doutput = upstream
    g = {name: np.zeros_like(array) for name, array in p.items()}
    layer.gradient(upstream, kept, p, g)
    to_input = layer.backward(upstream, kept, p, circumstances) + circumstances.pending.pop(0, 0.0)

    def shifting(array: Array, place: tuple[int, ...]) -> Evaluate:
        def evaluate(shift: float) -> tuple[float, Array]:
            before = array[place]
            array[place] += shift
            objective, sides = float((upstream * run()[0]).sum()), layer.sides(x)
            array[place] = before
            return objective, sides

        return evaluate

    report = Comparison(1e-4)
    for name, array, exact in [("the input", x, to_input), *((n, p[n], g[n]) for n in p)]:
        places = list(np.ndindex(*array.shape))
        report.layer(name, [(float(exact[i]), float(array[i]), shifting(array, i)) for i in places])
    return report.finish(tolerance)


def _names(network: Network) -> list[str]:
    """Name each layer of the row by its kind and block."""
    blocks = np.searchsorted(network.a_positions, np.arange(len(network.layers)), side="right") - 1
    return [f"block {k} ({type(layer).__name__})" for k, layer in zip(blocks, network.layers, strict=True)]
