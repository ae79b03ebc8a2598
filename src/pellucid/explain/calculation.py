"""Numbers of a trace, read from one forward and one backward pass of the core."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers.worked import both_ways
from pellucid.core.losses import PairedLoss
from pellucid.core.network import Network
from pellucid.core.penalties import add_penalty
from pellucid.core.propagation import BackwardPass, ForwardPass, backward, forward
from pellucid.core.structure import Structure
from pellucid.explain.hand import on_paper, rounded
from pellucid.explain.traced import OF_NORMALIZATION, BlockTrace, LayerTrace, Parameter, TraceRecord

__all__ = ["after_step", "calculate", "recomputed"]

Array = NDArray[np.floating]
AnyTrace = TypeVar("AnyTrace", bound=TraceRecord)

GIVEN = (
    "network", "X", "Y", "sample_weight", "loss_function", "l1", "l2", "learning_rate", "training", "generator",
    "fixed",
)  # fmt: skip
"""The fields of a record that :func:`calculate` takes; it returns those that follow from them."""


def calculate(
    network: Network,
    X: Array,
    Y: Array,
    sample_weight: Array,
    loss_function: PairedLoss,
    *,
    l1: float,
    l2: float,
    learning_rate: float,
    training: bool,
    generator: np.random.Generator | None,
    fixed: NDArray[np.bool_] | None = None,
    digits: int | None = None,
) -> dict[str, Any]:
    """Compute the derived fields of a record from checked samples.

    Parameters
    ----------
    network, X, Y, sample_weight, loss_function, l1, l2, learning_rate, training, generator, fixed, digits
        As in :class:`~pellucid.explain.traced.TraceRecord`.

    Returns
    -------
    dict
        Keyed by field name.
    """
    w, shares = sample_weight, (sample_weight / sample_weight.sum())[:, None]
    structure = network if digits is None else on_paper(network, digits, training=training)
    circumstances: dict[str, Any] = {"training": training, "sample_weight": w, "generator": generator}
    passed = run(structure, X, network.parameters, **circumstances)
    outputs, options = passed.outputs, loss_function.options_for(Y)
    losses = losses_of(passed, Y, loss_function, digits)
    to_outputs = np.asarray(rounded(shares * loss_function.form.gradient(Y, outputs, *options), digits))
    slope = loss_function.activation.derivative
    if digits is None or loss_function.is_fused or slope is None:
        delta = np.asarray(rounded(shares * loss_function.gradients(Y, passed.scores, outputs), digits))
    else:  # on paper the slope is a result too
        delta = np.asarray(rounded(rounded(slope(passed.scores, outputs), digits) * to_outputs, digits))
    back = backward(passed, delta)
    penalty = add_penalty(network.parameters, back.gradient, network.penalized, l1, l2)
    gradient = rounded(back.gradient, digits)
    stepped = rounded(
        network.parameters - rounded(learning_rate * network.own_rates * gradient, digits), digits
    )
    if fixed is not None:
        stepped = np.where(fixed, network.parameters, stepped)
    after = losses_of(run(structure, X, stepped, **circumstances), Y, loss_function, digits)
    return {
        "losses": losses,
        "loss": rounded(float(w @ losses / w.sum()), digits),
        "penalty": rounded(penalty, digits),
        "output_gradient": to_outputs,
        "blocks": blocks_of(passed, back, gradient, to_outputs, digits),
        "input_layers": tuple(
            layer_trace(passed, back.derivatives, gradient, i, digits) for i in range(network.a_positions[0])
        ),
        "gradient": gradient,
        "stepped": stepped,
        "loss_after": rounded(float(w @ after / w.sum()), digits),
    }


def recomputed(
    trace: AnyTrace,
    *,
    network: Network | None = None,
    fixed: NDArray[np.bool_] | None = None,
    digits: int | None = None,
) -> AnyTrace:
    """Return the trace of the same samples through another network, with other fixed parameters, or rounded."""
    given = {name: getattr(trace, name) for name in GIVEN}
    given |= {"network": trace.network if network is None else network, "digits": digits}
    given |= {} if fixed is None else {"fixed": fixed}
    return replace(trace, **given, **calculate(**given))


def after_step(trace: AnyTrace) -> AnyTrace:
    """Return the trace of the same samples after the step of gradient descent."""
    network = trace.network.copy()
    network.parameters[...] = trace.stepped
    return recomputed(trace, network=network, digits=trace.digits)


def run(
    structure: Structure,
    X: Array,
    parameters: Array,
    *,
    training: bool,
    sample_weight: Array,
    generator: np.random.Generator | None,
) -> ForwardPass:
    """Return a forward pass that leaves the running statistics and the generator as they are."""
    return forward(
        structure,
        X,
        parameters=parameters,
        state=structure.state.copy(),
        training=training,
        sample_weight=sample_weight,
        rng=copy.deepcopy(generator),
    )


def losses_of(passed: ForwardPass, Y: Array, loss: PairedLoss, digits: int | None) -> Array:
    """Return each sample's loss; on paper from the rounded outputs, not from the scores."""
    if digits is None:
        return loss.values(Y, passed.scores, passed.outputs)
    terms = loss.form.value(Y, passed.outputs, *loss.options_for(Y))
    return np.asarray(rounded(terms.sum(axis=1), digits))


def layer_trace(
    passed: ForwardPass, derivatives: dict[int, Array], gradient: Array, position: int, digits: int | None
) -> LayerTrace:
    """Read a layer's values from the two passes, and compute the intermediate ones."""
    network, layer = passed.network, passed.network.layers[position]
    worked = layer.worked()
    assert worked is not None
    p, g = network.parameter_views(passed.parameters)[position], network.parameter_views(gradient)[position]
    x, upstream = passed.run.values[position], derivatives[position + 1]
    below = derivatives.get(position)
    if below is None:  # nothing precedes the first layer, so the pass stopped there
        below = layer.backward(upstream, passed.kept[position], p, passed.run)
    given = {"x": x, "y": passed.run.values[position + 1], "to_y": upstream, "to_x": below, **p}
    given |= {f"to_{name}": view for name, view in g.items()}
    values = both_ways(worked, given, rounded=lambda array: np.asarray(rounded(array, digits)))
    return LayerTrace(position, layer.label, values, tuple(p))


def blocks_of(
    passed: ForwardPass, back: BackwardPass, gradient: Array, to_outputs: Array, digits: int | None
) -> tuple[BlockTrace, ...]:
    """Read the values of each block from the two passes."""
    network, values = passed.network, passed.run.values
    derivatives = {**back.derivatives, len(network.layers): to_outputs}
    p, g = network.parameter_views(passed.parameters), network.parameter_views(gradient)
    blocks = []
    for k, at_z in enumerate(network.z_positions):
        start, stop = network.a_positions[k], network.a_positions[k + 1]
        phi, z, a = network.activations[k], values[at_z], values[at_z + 1]
        slope = None if phi.derivative is None else np.asarray(rounded(phi.derivative(z, a), digits))
        found: dict[str, Any] = {"others": {}}
        if network.layers[at_z].worked() is not None:
            found["bending"] = layer_trace(passed, derivatives, gradient, at_z, digits)
            slope = found["bending"].values["slope"]
        extras = []
        for i in range(start, stop):
            layer, kept = network.layers[i], passed.kept[i]
            if layer is network.normalizations[k]:
                extras.append(layer.label)
                found["normalized"], found["deviation"] = kept[0], kept[1]
                found["others"] = {
                    name: Parameter(p[i][key], g[i][key]) for name, key in OF_NORMALIZATION.items()
                }
            elif layer.is_random:
                extras.append(layer.label)
                found["mask"] = kept
            elif layer.sources:
                extras.append("+ signal" if at_z in layer.sources else "+ input")
        blocks.append(
            BlockTrace(
                k,
                phi,
                values[start],
                Parameter(p[start]["weights"], g[start]["weights"]),
                Parameter(p[start]["biases"], g[start]["biases"]),
                values[start + 1],
                z,
                slope,
                a,
                values[stop],
                derivatives[at_z + 1],
                derivatives[at_z],
                derivatives[start + 1],
                extras=tuple(extras),
                arriving=derivatives[stop],
                **found,
            )
        )
    return tuple(blocks)
