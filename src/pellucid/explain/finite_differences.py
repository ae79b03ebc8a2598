"""Gradients and sensitivities of a trace, recomputed by finite differences without the chain rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.differences import Evaluate, central_difference
from pellucid.core.objective import Objective
from pellucid.core.shifts import Shifts
from pellucid.explain.stacked import StackedShifts, rows_are_apart
from pellucid.explain.traced import OF_NORMALIZATION, TraceRecord

__all__ = ["Differences", "differences_of"]

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Differences:
    r"""Numerical derivatives of the objective; NaN where it is not smooth between the points of a difference.

    .. math:: \frac{\partial J}{\partial \theta} \approx
              \frac{8 \big(J(\theta + h) - J(\theta - h)\big) - \big(J(\theta + 2h) - J(\theta - 2h)\big)}{12 h}

    Parameters
    ----------
    gradient : ndarray of shape (n_parameters,)
        In the order of the network's flat vector.
    weights, biases : tuple of ndarray of shape (n_k, n_{k+1}), and (n_{k+1},)
        Views into ``gradient``, one per block.
    others : tuple of dict
        Views of ``scale`` and ``shift``, one dict per block.
    deltas : tuple of ndarray of shape (n_samples, n_{k+1})
        With respect to the signals z of each block.
    deltas_linear : tuple of ndarray of shape (n_samples, n_{k+1})
        With respect to a W + b of each block.
    max_error : float
        The largest deviation of the trace, relative to the largest derivative of its kind in the block.
    n_skipped : int
        Number of NaN entries.
    inputs : tuple of ndarray of shape (n_samples, n_inputs), default=()
        With respect to what each input layer receives; 0 for codes.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> t = trace(Network([2, 3, 1], activation="tanh", random_state=0), [1.0, 0.5], 1.0)
    >>> t.finite_differences.max_error < 1e-9, t.finite_differences.n_skipped
    (True, 0)
    """

    gradient: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    others: tuple[dict[str, Array], ...]
    deltas: tuple[Array, ...]
    deltas_linear: tuple[Array, ...]
    max_error: float
    n_skipped: int
    inputs: tuple[Array, ...] = ()


def differences_of(trace: TraceRecord) -> Differences:
    """Return the derivatives of a trace's objective by fourth-order central differences.

    This takes four passes per number, many of them at once where samples are independent. It is meant for small
    networks.

    Parameters
    ----------
    trace : TraceRecord
        The record; for one by hand, the exact objective is used.

    Returns
    -------
    Differences
        In the shapes of the arrays that they check.
    """
    network = trace.network
    shifts = Shifts(
        Objective(network, trace.loss_function, trace.l1, trace.l2),
        trace.X,
        trace.Y,
        trace.sample_weight,
        training=trace.training,
        rng=trace.generator,
    )

    passes = StackedShifts(shifts) if rows_are_apart(shifts) else SingleShifts(shifts)
    gradient = np.empty(network.n_parameters)
    for position, places in enumerate(network.parameter_views(gradient)):
        for name, slopes in passes.of_parameters(position).items():
            places[name][...] = slopes
    views = network.parameter_views(gradient)
    others: tuple[dict[str, Array], ...] = tuple(
        {name: views[start + 1][OF_NORMALIZATION[name]] for name in block.others}
        for start, block in zip(network.a_positions, trace.blocks, strict=False)
    )
    deltas = tuple(passes.of_value(i) for i in network.z_positions)
    linear = tuple(
        delta if z == start + 1 else passes.of_value(start + 1)
        for z, start, delta in zip(network.z_positions, network.a_positions, deltas, strict=False)
    )
    weights = tuple(v["weights"] for v in views if "weights" in v)
    biases = tuple(v["biases"] for v in views if "biases" in v)
    # Biases before batch normalization have derivative 0: a block's parameters are judged together.
    parts = network.block_slices
    inputs = tuple(passes.of_value(i) for i in range(network.a_positions[0]))
    of_layers = [
        pair
        for layer, numerical in zip(trace.input_layers, inputs, strict=True)
        for pair in (
            (layer.delta, numerical),
            *(
                (parameter.gradient, views[layer.position][name])
                for name, parameter in layer.parameters.items()
            ),
        )
    ]
    pairs = of_layers + [
        pair
        for k, block in enumerate(trace.blocks)
        for pair in (
            (trace.gradient[parts[k]], gradient[parts[k]]),
            (block.delta, deltas[k]),
            (block.delta_linear, linear[k]),
        )
    ]
    return Differences(
        gradient,
        weights,
        biases,
        others,
        deltas,
        linear,
        max(_error(exact, numerical) for exact, numerical in pairs),
        int(sum(np.isnan(numerical).sum() for _, numerical in pairs)),
        inputs,
    )


class SingleShifts:
    """Derivatives by fourth-order central differences, four passes for each number.

    Parameters
    ----------
    shifts : Shifts
        The objective at some samples.
    """

    def __init__(self, shifts: Shifts) -> None:
        self.shifts, self.network = shifts, shifts.network

    def of_value(self, position: int) -> Array:
        """Return the derivatives with respect to a value of the forward pass, in its shape."""
        value = self.shifts.base.run.values[position]
        n_numbers = self.network.n_numbers if position == 0 else value.shape[1]
        found = [
            slope(self.shifts.at_value(position, at), float(value[at])) if at[1] < n_numbers else 0.0
            for at in np.ndindex(*value.shape)
        ]
        return np.array(found).reshape(value.shape)

    def of_parameters(self, position: int) -> dict[str, Array]:
        """Return the derivatives with respect to the parameters of a layer, by name, in their shapes."""
        indices: Any = np.arange(self.network.n_parameters)
        places = self.network.parameter_views(indices)[position]
        start = self.network.parameters
        return {
            name: np.array(
                [slope(self.shifts.at_parameter(i, position), float(start[i])) for i in map(int, at.ravel())]
            ).reshape(at.shape)
            for name, at in places.items()
        }


def slope(evaluate: Evaluate, position: float) -> float:
    """Return the derivative, NaN if it cannot be computed."""
    found = central_difference(evaluate, position)
    return np.nan if found is None else found[0]


def _error(exact: Array, numerical: Array) -> float:
    known = ~np.isnan(numerical)
    if not known.any():
        return 0.0
    largest = max(float(np.abs(exact[known]).max()), float(np.abs(numerical[known]).max()), 1e-8)
    return float(np.abs(exact - numerical)[known].max()) / largest
