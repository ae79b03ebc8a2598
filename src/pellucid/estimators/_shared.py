"""Rows distributed over processes: each holds the inputs of its shards, and all targets and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.engines import Shards, Whole, agreed, bounds_of_shards, check_shards_have_rows, gathered
from pellucid.engines.accelerated import JAX_ENGINES
from pellucid.estimators._rows import Rows
from pellucid.estimators.checked_arrays import check_inputs
from pellucid.estimators.fit_summary import MOST_ROWS, FitSummary, summary_of
from pellucid.estimators.named_rows import named_rows
from pellucid.estimators.row_weights import check_weights, rescaled
from pellucid.estimators.standardization import moments
from pellucid.exceptions import ParameterError

__all__ = ["SharedRows", "SharedTable", "read_shared_rows"]

Array = NDArray[Any]
BLOCK = 1 << 16  # rows that are read at a time
EPSILON = 10 * float(np.finfo(np.float64).eps)


class SharedTable(Protocol):
    """A table of which this process holds some shards: ``ShardedTable`` of :mod:`pellucid.tabular.streaming`."""

    n_rows: int
    n_shards: int
    first: int
    shards: Any
    budget: Any

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that holds all inputs of this process."""
        ...

    def forget(self, before: int) -> None:
        """Release rows before a place."""


@dataclass(frozen=True)
class _Shape:
    """Shape of inputs that are not in this process."""

    shape: tuple[int, int]


@dataclass(frozen=True)
class SharedRows:
    """Clean rows of data of which this process holds some inputs, see :class:`Rows`.

    Parameters
    ----------
    model : estimator
        Encodes targets.
    inputs : ndarray of shape (n_shards_here * capacity, n_features)
        The inputs of the shards of this process, each with ``capacity`` places.
    bounds : ndarray of shape (n_shards + 1,)
        The places of the shards in the table.
    first, capacity : int
        The first shard of this process, and the places of each.
    places : ndarray of shape (n_samples,)
        The place of each row in the table, increasing.
    y, given_weight, weight : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Of all processes, as for :class:`Rows`.
    most_held_out : int
        The rows that may be held out, since every process has a copy of them.
    """

    model: Any
    inputs: Array
    bounds: NDArray[np.intp]
    first: int
    capacity: int
    places: NDArray[np.intp]
    y: Any
    given_weight: Array | None
    weight: Array | None
    most_held_out: int

    __repr__ = brief

    @property
    def X(self) -> Any:  # noqa: N802 - as of Rows
        """The shape of all inputs, the only thing known about them."""
        return _Shape((len(self.places), self.inputs.shape[1]))

    @property
    def Y(self) -> Array:  # noqa: N802
        """Array with the shape of the encoded targets, without their values."""
        n_outputs = self.model._encode(self.y[:2]).shape[1]
        return np.broadcast_to(np.zeros(()), (len(self.places), n_outputs))

    def take(self, rows: NDArray[np.intp]) -> SharedRows:
        """Return some of the rows, in their order."""
        given, weight = (None if w is None else w[rows] for w in (self.given_weight, self.weight))
        return replace(self, places=self.places[rows], y=self.y[rows], given_weight=given, weight=weight)

    def together(self, rows: NDArray[np.intp]) -> Rows:
        """Return some of the rows in every process."""
        some = self.take(rows)
        X = np.concatenate(gathered([self.inputs[at] for _, at in some._of_shards()]))
        return Rows(X, some.y, self.model._encode(some.y), some.given_weight, some.weight)

    def silenced(self) -> SharedRows:
        """Return itself: there are no rows of weight 0."""
        return self

    def moments(self) -> tuple[Array, Array]:
        """Return mean and deviation of the inputs: of blocks of each shard, then of all in their order."""
        of_blocks = []
        for here, at in self._of_shards():
            weight = np.ones(len(at)) if self.weight is None else self.weight[here]
            for start in range(0, len(at), BLOCK):
                x, w = (
                    self.inputs[at[start : start + BLOCK]].astype(np.float64),
                    weight[start : start + BLOCK],
                )
                total = float(w.sum())
                mean = w @ x / total if total else np.zeros(x.shape[1])
                of_blocks.append((total, mean, w @ (x - mean) ** 2))
        seen, center, squares = 0.0, np.zeros(self.inputs.shape[1]), np.zeros(self.inputs.shape[1])
        for total, mean, more in gathered(of_blocks):
            if total:
                share, step = total / (seen + total), mean - center
                squares += more + step**2 * seen * share
                center, seen = center + step * share, seen + total
        deviation = np.sqrt(squares / seen)
        return center, np.where(deviation > EPSILON * np.abs(center), deviation, 1.0)

    def target_moments(self) -> tuple[Array, Array]:
        """Return mean and deviation of the targets."""
        return moments(self.model._encode(self.y), self.weight)

    def summary(self) -> FitSummary:
        """Return the summary of the inputs."""
        ends = [
            (self.inputs[at].min(axis=0), self.inputs[at].max(axis=0))
            for _, at in self._of_shards()
            if len(at)
        ]
        low, high = zip(*gathered(ends), strict=True)
        n = len(self.places)
        some = self.together(np.arange(0, n, 1 + (n - 1) // MOST_ROWS))
        return summary_of(some.X, (np.min(low, axis=0), np.max(high, axis=0)))

    def at_hand(self) -> Rows:
        """Return the inputs of this process, with their targets and weights."""
        Y = np.repeat(
            self.model._encode(self.y[:1]), len(self.inputs), axis=0
        )  # of some row, in empty places
        weight = None if self.weight is None else np.zeros(len(self.inputs))
        for here, at in self._of_shards():
            Y[at] = self.model._encode(self.y[here])
            if weight is not None and self.weight is not None:
                weight[at] = self.weight[here]
        return Rows(self.inputs, None, Y, None, weight)

    def rescaled(self, weight: Array | None, dtype: Any) -> tuple[Array | None, float]:
        """Return the available weights in the engine's dtype, in units of a power of 2 near the mean of all."""
        unit = rescaled(self.weight, dtype)[1]
        return None if weight is None else (weight / unit).astype(dtype), unit

    def whole(self, unit: float, dtype: Any) -> Whole:
        """Return all rows of an epoch, and their distribution."""
        of_all = np.searchsorted(self.places, self.bounds)
        mean = 1.0
        if self.weight is not None:
            mean = float((self.weight / unit).astype(dtype).mean(dtype=np.float64))
        rows = tuple(at - k * self.capacity for k, (_, at) in enumerate(self._of_shards()))
        return Whole(len(self.places), mean, Shards(np.diff(of_all), rows, self.first, self.capacity))

    def _of_shards(self) -> Iterator[tuple[slice, NDArray[np.intp]]]:
        """Yield for each shard of this process its rows, and the place of their inputs."""
        for k in range(len(self.inputs) // self.capacity):
            start, stop = self.bounds[self.first + k : self.first + k + 2]
            here = slice(*np.searchsorted(self.places, (start, stop)).tolist())
            yield here, self.places[here] - start + k * self.capacity


def read_shared_rows(model: Any, table: SharedTable, *, cold: bool) -> SharedRows:
    """Return clean rows of a distributed table, which is used up; without those of weight 0.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        The estimator, which learns names of columns and classes.
    table : SharedTable
        The rows of this process.
    cold : bool
        True if this is a cold fit.

    Returns
    -------
    SharedRows
        The rows.

    Raises
    ------
    ParameterError
        If the engine is not JAX.
    """
    if model.engine not in JAX_ENGINES:
        raise ParameterError(
            f"'engine' must be one of {sorted(JAX_ENGINES)} for distributed rows; got {model.engine!r}."
        )
    bounds = bounds_of_shards(table.n_rows, table.n_shards)
    capacity = int(np.diff(bounds).max())
    dtype = np.result_type(*gathered([table.dtype]))  # of the rows of all processes
    dtype = np.dtype(np.float32 if dtype == np.float32 else np.float64)  # as if one process read all
    inputs, of_shards = agreed(lambda: _read(model, table, capacity, dtype, cold=cold))
    places, targets, weights = zip(*gathered(of_shards), strict=True)
    check_shards_have_rows(np.diff(np.searchsorted(np.concatenate(places), bounds)))
    y = model._check_y(np.concatenate(targets), cold=cold, warm=not cold)
    sample_weight = None if weights[0] is None else np.concatenate(weights)
    class_weight, classes = getattr(model, "class_weight", None), getattr(model, "classes_", None)
    given, weight = check_weights(sample_weight, len(y), class_weight, y, classes)
    most = table.budget.held_out_rows(1)
    return SharedRows(
        model, inputs, bounds, table.first, capacity, np.concatenate(places), y, given, weight, most
    )


def _read(
    model: Any, table: SharedTable, capacity: int, dtype: np.dtype[Any], *, cold: bool
) -> tuple[Array, list[tuple[Any, ...]]]:
    """Return the inputs of this process, and places, targets and weights of pieces of its rows."""
    inputs, found = np.empty((0, 0)), []
    for k, shard in enumerate(table.shards):
        for chunk in shard.scan(BLOCK):
            with named_rows(chunk.name):
                X = check_inputs(model, chunk.X, reset=cold and not inputs.size)
            if not inputs.size:
                inputs = np.zeros((len(table.shards) * capacity, X.shape[1]), dtype)
            inputs[chunk.places - shard.start + k * capacity] = X
            found.append((chunk.places, chunk.y, chunk.weight))
            table.forget(int(chunk.places[-1]) + 1)
    return inputs, found
