"""Lowering of a problem to the driver's input: a table of operations, the places of all numbers, the parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.core.layers import Activate, BatchNorm, Dense, Dropout, Layer, Residual, SharedDense
from pellucid.core.structure import Structure
from pellucid.engines.compiled import driver, parts
from pellucid.engines.compiled.arguments import LossPlaces, Tables
from pellucid.engines.compiled.components import (
    activation_parts,
    compiled,
    loop_parts,
    loss_part,
    update_part,
)
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.engines.problem import Problem

__all__ = ["Lowered", "lower", "lower_network"]

BUFFERS = ("values", "derivatives", "pending", "kept")
ALIGNMENT = 16  # numbers; places start at multiples of it, so that rows of float32 start at 64 bytes


@dataclass
class Lowered:
    """Tables of a network or a problem that the driver reads.

    Parameters
    ----------
    operations : list of list of int
        A row per operation, see the columns of :mod:`pellucid.engines.compiled.driver`.
    parts : list of int
        Addresses of compiled functions.
    sizes : list of int
        The sizes that operations written as loops need from their layers.
    rates : list of tuple of float
        Dropout's rate, or momentum and epsilon of batch normalization, per operation.
    lengths : dict of str to int
        Lengths of the buffers ``values``, ``derivatives``, ``pending`` and ``kept``.
    kept_alive : list
        The modules whose code the addresses point to.
    n_dropouts, widest : int
        The number of dropout layers, and of numbers in the widest value.
    """

    operations: list[list[int]] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    rates: list[tuple[float, float]] = field(default_factory=list)
    lengths: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUFFERS, 0))
    kept_alive: list[Any] = field(default_factory=list)
    n_dropouts: int = 0
    widest: int = 0

    def place(self, buffer: str, n: int) -> int:
        """Return the place of the next n numbers of a buffer.

        Parameters
        ----------
        buffer : str
            The buffer.
        n : int
            The number of numbers.

        Returns
        -------
        int
            The place of the first.
        """
        start = self.lengths[buffer]
        self.lengths[buffer] = start + -(-n // ALIGNMENT) * ALIGNMENT
        return start

    def add(self, *modules: Any) -> int:
        """Add compiled modules.

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

    def tables(self) -> Tables:
        """Return the operations as the driver reads them."""
        return Tables(
            np.array(self.operations, np.int64),
            np.array(self.parts, np.int64),
            np.array([*self.sizes, 0], np.int64),
            np.array(self.rates, np.float64),
        )


def lower(problem: Problem, n_rows: int, index: str | None) -> tuple[Lowered, LossPlaces]:
    """Lower a problem.

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
    Lowered, LossPlaces
        The tables that the driver reads.

    Raises
    ------
    NotAnEquation
        If something cannot be compiled.
    """
    network, lowered = problem.objective.network, Lowered()
    dtype = network.dtype.name
    scores, delta, biases = lower_network(lowered, network, n_rows, index)
    loss = problem.objective.loss
    n_outputs = n_rows * network.n_members * network.layer_sizes[-1]
    places = LossPlaces(
        scores=scores,
        delta=delta,
        biases=biases,
        outputs=scores if loss.is_fused else lowered.place("values", n_outputs),
        loss_part=lowered.add(loss_part(loss, dtype)),
        output_part=-1 if loss.is_fused else lowered.add(*activation_parts(network.output_activation, dtype)),
        update_part=lowered.add(update_part(problem.optimizer, problem.options, dtype)),
        is_fused=int(loss.is_fused),
    )
    return lowered, places


def lower_network(
    lowered: Lowered,
    network: Structure,
    n_rows: int,
    index: str | None = None,
    *,
    training: bool = True,
    dtype: str | None = None,
) -> tuple[int, int, int]:
    """Lower the layers up to the scores.

    Parameters
    ----------
    lowered : Lowered
        Gets the operations, the parts and the places.
    network : Structure
        The network.
    n_rows : int
        The largest number of rows of a batch.
    index : str, optional
        The dtype of the indices of sparse inputs.
    training : bool, default=True
        True if a backward pass follows and dropout is active.
    dtype : str, optional
        The precision of the computation. Default: that of the network.

    Returns
    -------
    scores, delta, biases : int
        The places of the scores, of their sensitivity, and of the last biases, which are not yet added.
    """
    walk = _Walk(lowered, network, n_rows, index, dtype or network.dtype.name)
    n_layers = network.z_positions[-1]
    for i, layer in enumerate(network.layers[:n_layers]):
        if layer.is_random and not training:
            walk.values.append(walk.values[-1])
            walk.derivatives.append(walk.derivatives[-1])
        else:
            walk.step(i, layer)
    for i, operation in enumerate(lowered.operations):
        operation[driver.PENDING] = walk.pending.get(i, -1)
    return walk.values[-1], walk.derivatives[-1], walk.parameters[n_layers - 1]["biases"]


class _Walk:
    """A walk along the layers, from the left.

    ``values`` and ``derivatives`` hold the places of every value so far and of its derivative; -1 is the batch.
    """

    def __init__(
        self, lowered: Lowered, network: Structure, n_rows: int, index: str | None, dtype: str
    ) -> None:
        self.lowered, self.network, self.n_rows, self.index = lowered, network, n_rows, index
        self.dtype, self.width = dtype, network.layer_sizes[0]
        self.values, self.derivatives = [-1], [-1]
        self.parameters = _starts(network.parameter_views, network.n_parameters)
        self.statistics = _starts(network.state_views, network.state.size)
        layers = network.layers[: network.z_positions[-1]]
        self.pending = {source: -1 for layer in layers for source in layer.sources}

    def step(self, i: int, layer: Layer) -> None:
        """Append the operation of a layer."""
        n_in, operation = self.width, dict.fromkeys(range(driver.N_COLUMNS), -1)
        operation[driver.BIASES] = self.parameters[i - 1].get("biases", -1) if i else -1
        operation[driver.INPUT], operation[driver.D_INPUT] = self.values[-1], self.derivatives[-1]
        self.derivatives.append(self.derivatives[-1])  # in place, unless the layer says otherwise
        rates = OPERATIONS.get(type(layer), _loops)(self, i, layer, operation)
        self.values.append(self.lowered.place("values", self.n_rows * self.width))
        operation[driver.N_IN], operation[driver.N_OUT] = n_in, self.width
        operation[driver.OUTPUT], operation[driver.D_OUTPUT] = self.values[-1], self.derivatives[-1]
        self.lowered.operations.append(list(operation.values()))
        self.lowered.rates.append(rates)
        self.lowered.widest = max(self.lowered.widest, n_in, self.width)

    def widen(self, width: int) -> None:
        """Give the next value another width, and its derivative a separate place."""
        self.width = width
        self.derivatives[-1] = self.lowered.place("derivatives", self.n_rows * width)


Operation = dict[int, int]
Rates = tuple[float, float]


def _dense(walk: _Walk, i: int, layer: Any, op: Operation) -> Rates:
    op[driver.KIND] = driver.DENSE
    op[driver.WEIGHTS], op[driver.BIASES] = walk.parameters[i]["weights"], walk.parameters[i]["biases"]
    if i == 0 and walk.index is not None:
        add, dtype = walk.lowered.add, walk.dtype
        op[driver.KIND] = driver.SPARSE_DENSE
        op[driver.PART] = add(compiled(parts.sparse_forward, dtype, walk.index))
        op[driver.KEPT] = add(compiled(parts.sparse_gradient, dtype, walk.index))
        if 0 in walk.pending:
            op[driver.STATE] = add(compiled(parts.sparse_rows, dtype, walk.index))
    walk.widen(layer.n_out)
    return 0.0, 0.0


def _shared_dense(walk: _Walk, i: int, layer: Any, op: Operation) -> Rates:
    op[driver.KIND], op[driver.STATE] = driver.SHARED_DENSE, layer.n_members
    op[driver.WEIGHTS], op[driver.BIASES] = walk.parameters[i]["weights"], walk.parameters[i]["biases"]
    walk.widen(layer.n_members * layer.n_out)
    return 0.0, 0.0


def _activate(walk: _Walk, i: int, layer: Any, op: Operation) -> Rates:
    op[driver.KIND] = driver.ACTIVATE
    op[driver.PART] = walk.lowered.add(*activation_parts(layer.activation, walk.dtype))
    return 0.0, 0.0


def _batch_norm(walk: _Walk, i: int, layer: Any, op: Operation) -> Rates:
    op[driver.KIND] = driver.BATCH_NORM
    both = parts.batch_norm_forward, parts.batch_norm_backward
    op[driver.PART] = walk.lowered.add(*(compiled(template, walk.dtype) for template in both))
    op[driver.WEIGHTS], op[driver.STATE] = walk.parameters[i]["gamma"], walk.statistics[i]["mean"]
    op[driver.KEPT] = walk.lowered.place("kept", walk.n_rows * walk.width + walk.width + walk.n_rows)
    return layer.momentum, layer.epsilon


def _dropout(walk: _Walk, i: int, layer: Any, op: Operation) -> Rates:
    op[driver.KIND], op[driver.STATE] = driver.DROPOUT, walk.lowered.n_dropouts
    op[driver.KEPT] = walk.lowered.place("kept", walk.n_rows * walk.width)
    walk.lowered.n_dropouts += 1
    return layer.rate, 0.0


def _residual(walk: _Walk, i: int, layer: Any, op: Operation) -> Rates:
    op[driver.KIND], op[driver.STATE] = driver.RESIDUAL, walk.values[layer.source]
    if layer.source > 0:
        walk.pending[layer.source] = op[driver.KEPT] = walk.lowered.place("pending", walk.n_rows * walk.width)
    return 0.0, 0.0


def _loops(walk: _Walk, i: int, layer: Layer, op: Operation) -> Rates:
    loops, lowered = layer.loops(), walk.lowered
    if loops is None:
        raise NotAnEquation(f"the layer {type(layer).__name__}, which has no loops")
    op[driver.KIND], op[driver.PART] = driver.LOOPS, lowered.add(*loop_parts(layer, walk.dtype))
    op[driver.WEIGHTS] = min(walk.parameters[i].values(), default=0)
    n_parameters = sum(int(np.prod(spec.shape)) for spec in layer.parameters())
    op[driver.STATE] = len(lowered.sizes)
    lowered.sizes += [n_parameters, loops.n_kept, len(loops.sizes), *loops.sizes]
    op[driver.KEPT] = lowered.place("kept", walk.n_rows * loops.n_kept)
    if not loops.in_place or walk.derivatives[-1] < 0:
        walk.widen(loops.n_out)
    return 0.0, 0.0


# Kinds that the driver implements itself; every other kind has loops.
OPERATIONS: dict[type[Layer], Callable[[_Walk, int, Any, Operation], Rates]] = {
    Activate: _activate,
    BatchNorm: _batch_norm,
    Dense: _dense,
    Dropout: _dropout,
    Residual: _residual,
    SharedDense: _shared_dense,
}


def _starts(views_into: Callable[[Any], Any], n: int) -> list[dict[str, int]]:
    """Return the start of each named array of each layer in a flat vector."""
    return [{name: int(view.flat[0]) for name, view in views.items()} for views in views_into(np.arange(n))]
