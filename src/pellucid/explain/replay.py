r"""Check of a trace: recompute each of its numbers from those that it depends on.

The equations are written out here a second time on purpose, as they stand in a textbook,

.. math:: z = a W + b, \quad a' = \varphi(z), \quad \delta = \varphi'(z) \circ (W' \delta'), \quad
          \nabla_W = a^\top \delta + \lambda_1 \operatorname{sign}(W) + \lambda_2 W

so that an altered record or a faulty engine disagrees with them. Activations, losses and normalizations are
taken from the rows of their tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers.layer import Layer, Run
from pellucid.core.layers.worked import both_ways
from pellucid.exceptions import DataError
from pellucid.explain.calculation import after_step
from pellucid.explain.hand import rounded
from pellucid.explain.traced import OF_NORMALIZATION, BlockTrace, LayerTrace, TraceRecord

__all__ = ["Replay", "replay"]

Array = NDArray[np.floating]
Check = tuple[str, Any, Any]  # its name, as recorded, as recomputed


@dataclass(frozen=True)
class Replay:
    """The outcome of a replay in which every number agreed.

    Parameters
    ----------
    max_error : float
        The largest deviation, relative to the largest entry of its array.
    worst : str
        The place of the largest difference.
    n_checked : int
        Number of values compared.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> found = trace(Network([2, 3, 1], random_state=0), [1.0, 0.5], 1.0).replay()
    >>> found.max_error < 1e-12, found.n_checked > 0
    (True, True)
    """

    max_error: float
    worst: str
    n_checked: int


def replay(trace: TraceRecord, *, tolerance: float = 1e-9) -> Replay:
    """Recompute every number of a trace from the numbers that it depends on.

    Parameters
    ----------
    trace : TraceRecord
        The record.
    tolerance : float, default=1e-9
        The largest accepted deviation, relative to the largest entry of its array.

    Returns
    -------
    Replay
        The largest deviation that was found.

    Raises
    ------
    DataError
        If a number of the record does not follow from the others; the message says which.
    """
    max_error, worst, n_checked = 0.0, "nothing deviates", 0
    for what, recorded, again in _checks(trace):
        recorded, again = np.asarray(recorded, np.float64), np.asarray(again, np.float64)
        if recorded.shape != again.shape:
            raise DataError(
                f"The trace does not replay: {what} has shape {recorded.shape}; it must have {again.shape}."
            )
        scale = max(float(np.abs(again).max(initial=0.0)), 1e-12)
        error = np.abs(recorded - again) / scale
        if not (error <= tolerance).all():
            at = np.unravel_index(np.argmax(~(error <= tolerance)), error.shape)
            place = [int(i) for i in at] if error.ndim else ""
            raise DataError(
                f"The trace does not replay: {what}{place} is recorded as {recorded[at]:.6g}, but the record's "
                f"other numbers give {again[at]:.6g}. The record was altered, or its engine is wrong."
            )
        n_checked += error.size
        if error.max(initial=0.0) > max_error:
            max_error, worst = float(error.max()), what
    return Replay(max_error, worst, n_checked)


def _checks(t: TraceRecord) -> Iterator[Check]:
    inputs, last = t.X, t.blocks[-1]
    for i, layer in enumerate(t.input_layers):
        above = t.blocks[0] if i + 1 == len(t.input_layers) else t.input_layers[i + 1]
        yield f"input layer {i}, x", layer.inputs, inputs
        yield f"input layer {i}, to_y", layer.upstream, _arriving(t, above)
        for name, recorded, again in _layer(t, layer):
            yield f"input layer {i}, {name}", recorded, again
        inputs = layer.outputs
    for k, block in enumerate(t.blocks):
        for name, recorded, again in _forward(t, block, inputs):
            yield f"block {k}, {name}", recorded, again
        inputs = block.outputs
    options, shares = t.loss_function.options_for(t.Y), (t.sample_weight / t.sample_weight.sum())[:, None]
    if t.digits is None:
        yield "losses", t.losses, t.loss_function.values(t.Y, last.z, last.a)
    else:
        terms = t.loss_function.form.value(t.Y, last.a, *options)
        yield "losses", t.losses, rounded(terms.sum(axis=1), t.digits)
    yield "loss", t.loss, rounded(float(t.sample_weight @ t.losses / t.sample_weight.sum()), t.digits)
    weights = np.concatenate([block.weights.value.ravel() for block in t.blocks])
    penalty = t.l1 * np.abs(weights).sum() + 0.5 * t.l2 * (weights**2).sum()
    yield "penalty", t.penalty, rounded(float(penalty), t.digits)
    to_outputs = rounded(shares * t.loss_function.form.gradient(t.Y, last.outputs, *options), t.digits)
    yield "output_gradient", t.output_gradient, to_outputs
    for k in reversed(range(len(t.blocks))):
        for name, recorded, again in _backward(t, k, shares):
            yield f"block {k}, {name}", recorded, again
    yield "gradient", t.gradient, _flat(t)
    step = rounded(t.learning_rate * t.network.own_rates * t.gradient, t.digits)
    stepped = rounded(t.network.parameters - step, t.digits)
    yield (
        "stepped",
        t.stepped,
        stepped if t.fixed is None else np.where(t.fixed, t.network.parameters, stepped),
    )
    yield "loss_after", t.loss_after, after_step(t).loss


def _arriving(t: TraceRecord, above: BlockTrace | LayerTrace) -> Array:
    """Return the derivative with respect to what a block or a layer receives."""
    if isinstance(above, LayerTrace):
        return above.delta
    arriving = rounded(above.delta_linear @ above.weights.value.T, t.digits)
    if "+ input" in above.extras and above.arriving is not None:
        arriving = arriving + above.arriving
    return np.asarray(arriving)


def _layer(t: TraceRecord, layer: LayerTrace) -> Iterator[Check]:
    """Compute each value of a layer from the recorded values that it depends on."""
    worked = t.network.layers[layer.position].worked()
    assert worked is not None
    views = t.network.parameter_views(t.network.parameters)[layer.position]
    for name, view in views.items():
        yield name, layer.values[name], view
    for name in worked.by_name:
        others = {other: value for other, value in layer.values.items() if other != name}
        again = both_ways(worked, others, rounded=lambda array: np.asarray(rounded(array, t.digits)))
        yield name, layer.values[name], again[name]


def _forward(t: TraceRecord, block: BlockTrace, inputs: Array) -> Iterator[Check]:
    k, phi = block.index, block.activation
    yield "weights", block.weights.value, t.network.weights[k]
    yield "biases", block.biases.value, t.network.biases[k]
    yield "inputs", block.inputs, inputs
    linear = block.inputs @ block.weights.value + block.biases.value
    yield "linear", block.linear, rounded(linear, t.digits)
    if block.normalized is None:
        yield "z", block.z, block.linear
    else:
        normalized, deviation, *_ = _normalization(t, block).kept
        yield "deviation", block.deviation, deviation
        yield "normalized", block.normalized, normalized
        yield "z", block.z, block.others["scale"].value * block.normalized + block.others["shift"].value
    if block.bending is not None:
        yield "a", block.a, block.bending.outputs
        yield "slope", block.slope, block.bending.values["slope"]
        yield "bend, x", block.bending.inputs, block.z
        for name, recorded, again in _layer(t, block.bending):
            if name != "to_x":  # includes the part from a residual connection
                yield f"bend, {name}", recorded, again
    else:
        yield "a", block.a, rounded(phi.value(block.z), t.digits)
    if block.bending is None and block.slope is not None and phi.derivative is not None:
        yield "slope", block.slope, rounded(phi.derivative(block.z, block.a), t.digits)
    outputs = block.a
    for extra in block.extras:
        if extra == "+ signal":
            outputs = outputs + block.z
        elif extra == "+ input":
            outputs = outputs + block.inputs
        elif block.mask is not None and extra.startswith("dropout"):
            kept = 1.0 / (1.0 - t.network.dropout[k])
            yield "mask", block.mask, np.where(block.mask > 0.0, kept, 0.0)
            outputs = outputs * block.mask
    yield "outputs", block.outputs, outputs


class _Normalized(NamedTuple):
    """The normalization of a block, run once more."""

    layer: Layer
    parameters: dict[str, Array]
    run: Run
    kept: Any


def _normalization(t: TraceRecord, block: BlockTrace) -> _Normalized:
    """Run the normalization of a block on the recorded signals, with the recorded parameters."""
    layer = t.network.normalizations[block.index]
    assert layer is not None
    parameters = {of_layer: block.others[name].value for name, of_layer in OF_NORMALIZATION.items()}
    statistics = t.network.state_views(t.network.state.copy())[t.network.a_positions[block.index] + 1]
    run = Run(t.training, [], t.sample_weight)
    return _Normalized(layer, parameters, run, layer.forward(block.linear, parameters, statistics, run)[1])


def _backward(t: TraceRecord, k: int, shares: Array) -> Iterator[Check]:
    block, is_last = t.blocks[k], k == len(t.blocks) - 1
    phi = block.activation
    arriving = t.output_gradient if is_last else _arriving(t, t.blocks[k + 1])
    yield "arriving", block.arriving, arriving
    upstream = arriving if block.mask is None else arriving * block.mask
    yield "upstream", block.upstream, upstream
    if block.bending is not None:
        yield "bend, to_y", block.bending.upstream, upstream
    by_slope = t.digits is not None and not t.loss_function.is_fused and block.slope is not None
    if is_last and not by_slope:
        delta: Array = shares * t.loss_function.gradients(t.Y, block.z, block.a)
    elif block.slope is None:
        delta = phi.backward(block.z, block.a, block.upstream)
    else:
        delta = block.slope * block.upstream + (block.upstream if "+ signal" in block.extras else 0.0)
    yield "delta", block.delta, rounded(delta, t.digits)
    delta_linear: Array = block.delta
    if block.normalized is not None:
        layer, parameters, run, kept = _normalization(t, block)
        delta_linear = layer.backward(block.delta, kept, parameters, run)
        of_parameters = {name: np.empty_like(value) for name, value in parameters.items()}
        layer.gradient(block.delta, kept, parameters, of_parameters)
        for name, of_layer in OF_NORMALIZATION.items():
            yield f"{name}'s gradient", block.others[name].gradient, of_parameters[of_layer]
    yield "delta_linear", block.delta_linear, delta_linear
    W = block.weights.value
    of_weights = rounded(block.inputs.T @ block.delta_linear, t.digits) + t.l1 * np.sign(W) + t.l2 * W
    yield "weights' gradient", block.weights.gradient, rounded(of_weights, t.digits)
    of_biases = rounded(block.delta_linear.sum(axis=0), t.digits)
    yield "biases' gradient", block.biases.gradient, of_biases


def _flat(t: TraceRecord) -> Array:
    """Return the blocks' gradients in the order of the flat vector."""
    parts: list[Array] = [
        layer.values[f"to_{name}"].ravel() for layer in t.input_layers for name in layer.trained
    ]
    for block in t.blocks:
        parts += [block.biases.gradient, block.weights.gradient.ravel()]
        parts += [block.others[name].gradient for name in ("scale", "shift") if name in block.others]
        parts += [] if block.bending is None else [p.gradient for p in block.bending.parameters.values()]
    return np.concatenate(parts)
