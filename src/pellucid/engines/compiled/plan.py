"""From a problem to what the driver reads: a table of operations, the places of all numbers, the parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.core.layers import Activate, BatchNorm, Dense, Dropout, Residual, SharedDense
from pellucid.core.structure import Structure
from pellucid.engines.base import Problem
from pellucid.engines.compiled import driver, parts
from pellucid.engines.compiled.components import (
    activation_parts,
    compiled,
    loss_part,
    update_part,
    whole_parts,
)

__all__ = ["Plan", "lower", "lower_network"]

BUFFERS = ("values", "derivatives", "pending", "kept")
ALIGNMENT = 16  # numbers; places start at multiples of it, so that rows of float32 start at 64 bytes


@dataclass
class Plan:
    """What the driver reads.

    Parameters
    ----------
    operations : list of list of int
        A row per operation, see the columns of :mod:`pellucid.engines.compiled.driver`.
    parts : list of int
        Addresses of compiled functions.
    shapes : list of int
        What operations that are one part must know of their layers.
    rates : list of tuple of float
        Dropout's rate, or momentum and epsilon of batch normalization, per operation.
    sizes : dict of str to int
        Lengths of the buffers ``values``, ``derivatives``, ``pending`` and ``kept``.
    loss : tuple of int
        Places of scores, sensitivity, biases and outputs; parts of loss, output and update; whether fused.
    kept_alive : list
        The modules whose code the addresses point to.
    n_dropouts, widest : int
        The number of dropout layers, and of numbers in the widest value.
    """

    operations: list[list[int]] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    shapes: list[int] = field(default_factory=list)
    rates: list[tuple[float, float]] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUFFERS, 0))
    loss: tuple[int, ...] = ()
    kept_alive: list[Any] = field(default_factory=list)
    n_dropouts: int = 0
    widest: int = 0

    def place(self, buffer: str, n: int) -> int:
        """Return where the next n numbers of a buffer go.

        Parameters
        ----------
        buffer : str
            The buffer.
        n : int
            How many numbers.

        Returns
        -------
        int
            The place of the first.
        """
        start = self.sizes[buffer]
        self.sizes[buffer] = start + -(-n // ALIGNMENT) * ALIGNMENT
        return start

    def add(self, *modules: Any) -> int:
        """Take compiled modules up.

        Parameters
        ----------
        *modules : module
            Each with a compiled ``part``.

        Returns
        -------
        int
            The number of the first among ``parts``.
        """
        first = len(self.parts)
        self.parts += [module.part.address for module in modules]
        self.kept_alive += modules
        return first


def lower(problem: Problem, n_rows: int, index: str | None) -> Plan:
    """Lower a problem to a plan.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    n_rows : int
        The largest number of rows of a batch.
    index : str or None
        The dtype of the indices of sparse inputs; None for dense ones.

    Returns
    -------
    Plan
        The plan.

    Raises
    ------
    NotAnEquation
        If something cannot be compiled.
    """
    network, dtype, plan = problem.objective.network, problem.objective.network.dtype.name, Plan()
    scores, delta, biases = lower_network(plan, network, n_rows, index)
    loss = problem.objective.loss
    plan.loss = (
        scores,
        delta,
        biases,
        scores
        if loss.is_fused
        else plan.place("values", n_rows * network.n_members * network.layer_sizes[-1]),
        plan.add(loss_part(loss, dtype)),
        -1 if loss.is_fused else plan.add(*activation_parts(network.output_activation, dtype)),
        plan.add(update_part(problem.optimizer, problem.options, dtype)),
        int(loss.is_fused),
    )
    return plan


def lower_network(
    plan: Plan,
    network: Structure,
    n_rows: int,
    index: str | None = None,
    *,
    training: bool = True,
    dtype: str | None = None,
) -> tuple[int, int, int]:
    """Put the operations up to the scores into a plan.

    Parameters
    ----------
    plan : Plan
        Gets the operations, the parts and the places.
    network : Structure
        The network.
    n_rows : int
        The largest number of rows of a batch.
    index : str, optional
        The dtype of the indices of sparse inputs.
    training : bool, default=True
        Whether there will be a way back, and dropout drops.
    dtype : str, optional
        The precision of the computation. Default: that of the network.

    Returns
    -------
    scores, delta, biases : int
        The places of the scores, of their sensitivity, and of the last biases, which are not yet added.
    """
    dtype, n_layers = dtype or network.dtype.name, network.z_positions[-1]
    places = _starts(network.parameter_views, network.n_parameters)
    statistics = _starts(network.state_views, network.state.size)
    sources = {layer.source for layer in network.layers[:n_layers] if isinstance(layer, Residual)}
    width, value, derivative = network.layer_sizes[0], [-1], [-1]
    pending = dict.fromkeys(sources, -1)
    for i, layer in enumerate(network.layers[:n_layers]):
        if isinstance(layer, Dropout) and not training:
            value.append(value[-1])
            derivative.append(derivative[-1])
            continue
        op = dict.fromkeys(range(driver.N_COLUMNS), -1)
        n_in, biases = width, -1
        rates = (0.0, 0.0)
        if isinstance(layer, Dense):
            width = layer.n_out
            op[driver.KIND], biases = driver.DENSE, places[i]["biases"]
            op[driver.WEIGHTS] = places[i]["weights"]
            if i == 0 and index is not None:
                op[driver.KIND] = driver.SPARSE_DENSE
                op[driver.PART] = plan.add(compiled(parts.sparse_forward, dtype, index))
                op[driver.KEPT] = plan.add(compiled(parts.sparse_gradient, dtype, index))
                if 0 in sources:
                    op[driver.STATE] = plan.add(compiled(parts.sparse_rows, dtype, index))
            derivative.append(plan.place("derivatives", n_rows * width))
        elif isinstance(layer, SharedDense):
            width, op[driver.KIND], op[driver.STATE] = (
                layer.n_members * layer.n_out,
                driver.SHARED_DENSE,
                layer.n_members,
            )
            op[driver.WEIGHTS], biases = places[i]["weights"], places[i]["biases"]
            derivative.append(plan.place("derivatives", n_rows * width))
        else:
            derivative.append(derivative[-1])  # element by element, in place
            if i and isinstance(network.layers[i - 1], Dense | SharedDense):
                biases = places[i - 1]["biases"]
            if isinstance(layer, Activate):
                op[driver.KIND] = driver.ACTIVATE
                op[driver.PART] = plan.add(*activation_parts(layer.activation, dtype))
            elif isinstance(layer, BatchNorm):
                op[driver.KIND] = driver.BATCH_NORM
                op[driver.PART] = plan.add(
                    compiled(parts.batch_norm_forward, dtype), compiled(parts.batch_norm_backward, dtype)
                )
                op[driver.WEIGHTS] = places[i]["gamma"]
                op[driver.STATE] = statistics[i]["mean"]
                op[driver.KEPT] = plan.place("kept", n_rows * width + width + n_rows)
                rates = (layer.momentum, layer.epsilon)
            elif isinstance(layer, Dropout):
                op[driver.KIND] = driver.DROPOUT
                op[driver.KEPT] = plan.place("kept", n_rows * width)
                op[driver.STATE], plan.n_dropouts = plan.n_dropouts, plan.n_dropouts + 1
                rates = (layer.rate, 0.0)
            elif isinstance(layer, Residual):
                op[driver.KIND] = driver.RESIDUAL
                op[driver.STATE] = value[layer.source]
                if layer.source > 0:
                    pending[layer.source] = op[driver.KEPT] = plan.place("pending", n_rows * width)
            else:
                whole = whole_parts(layer, dtype)
                op[driver.KIND], op[driver.PART] = driver.WHOLE, plan.add(*whole.parts)
                op[driver.WEIGHTS] = min(places[i].values())
                op[driver.STATE], plan.shapes = len(plan.shapes), [*plan.shapes, *whole.shape]
                op[driver.KEPT] = plan.place("kept", n_rows * whole.n_kept)
                if whole.n_out != width or derivative[-1] < 0 or not whole.in_place:
                    width = whole.n_out
                    derivative[-1] = plan.place("derivatives", n_rows * width)
        op[driver.N_IN], op[driver.N_OUT], op[driver.BIASES] = n_in, width, biases
        op[driver.INPUT], op[driver.D_INPUT] = value[-1], derivative[-2]
        value.append(plan.place("values", n_rows * width))
        op[driver.OUTPUT], op[driver.D_OUTPUT] = value[-1], derivative[-1]
        plan.operations.append([op[column] for column in range(driver.N_COLUMNS)])
        plan.rates.append(rates)
        plan.widest = max(plan.widest, n_in, width)
    for i, op_row in enumerate(plan.operations):
        op_row[driver.PENDING] = pending.get(i, -1)
    return value[-1], derivative[-1], places[n_layers - 1]["biases"]


def _starts(views_into: Callable[[Any], Any], n: int) -> list[dict[str, int]]:
    """Return where each named array of each layer starts in a flat vector."""
    return [{name: int(view.flat[0]) for name, view in views.items()} for views in views_into(np.arange(n))]
