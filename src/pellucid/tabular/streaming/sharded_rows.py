"""Distributed training rows: each process holds the encoded rows of its shards in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.brief import brief
from pellucid.engines import Shards, Whole, agreed, check_shards_have_rows, gathered
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.members.member import EncodedRows
from pellucid.tabular.streaming.apart_rows import ApartRows
from pellucid.tabular.streaming.folding import Folding
from pellucid.tabular.streaming.sharded_table import ShardedTable
from pellucid.tabular.streaming.streamed_budget import Budget
from pellucid.tabular.streaming.streamed_rows import encoded_rows
from pellucid.tabular.streaming.streamed_targets import StreamedTargets
from pellucid.tabular.streaming.survey import Survey

__all__ = ["Held", "ShardedRows", "held_rows", "surveyed"]

Array = NDArray[Any]
DTYPE = np.float32
BLOCK = 1 << 16  # rows that are encoded at a time


def surveyed(
    estimator: Any, table: ShardedTable, encoder: TableEncoder, folding: Folding, budget: Budget
) -> Survey:
    """Return everything that is learned from a table before training, the same in all processes.

    Each shard is surveyed separately, and the results are merged in the order of the shards, so they do not
    depend on which process holds them.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        Says what targets are.
    table : ShardedTable
        The rows of this process.
    encoder : TableEncoder
        Not fitted.
    folding : Folding
        The rows that each member holds out.
    budget : Budget
        The memory.

    Returns
    -------
    Survey
        Of the rows of all processes.
    """
    mine = agreed(lambda: [Survey(estimator, shard, encoder, folding, budget) for shard in table.shards])
    for position in range(len(table.columns)):  # one after the other, so that memory holds them
        sketch, *others = gathered([survey.columns[position] for survey in mine])
        for other in others:
            sketch.merge(other)
        for survey in mine:
            survey.columns[position] = sketch
    facts = gathered([survey.facts() for survey in mine])
    whole = mine[0]
    whole.source = table
    whole.take(facts)
    return whole.check()


@dataclass(frozen=True)
class Held:
    """The encoded rows that this process holds.

    Parameters
    ----------
    rows : EncodedRows
        Those of its shards one after the other, each with ``capacity`` places.
    folds : list of ndarray
        The fold that holds each row of a shard out, see :class:`Folding`.
    first, capacity : int
        The first shard, and the places of each.
    n_rows : ndarray of shape (n_shards, n_folds + 1)
        The rows of each shard of all processes, by fold.
    """

    rows: EncodedRows
    folds: list[NDArray[np.intp]]
    first: int
    capacity: int
    n_rows: NDArray[np.intp]

    __repr__ = brief

    def shards(self, fold: int | None) -> Shards:
        """Return the rows that a member learns from, which holds a fold out."""
        learned = [np.flatnonzero(folds != fold) for folds in self.folds]
        n_rows = self.n_rows.sum(axis=1) - (0 if fold is None else self.n_rows[:, fold])
        return Shards(n_rows, tuple(learned), self.first, self.capacity)


def held_rows(table: ShardedTable, encoder: TableEncoder, targets: StreamedTargets, folding: Folding) -> Held:
    """Return the rows of a table encoded; it is used up.

    Parameters
    ----------
    table : ShardedTable
        The rows of this process.
    encoder : TableEncoder
        Fitted.
    targets : StreamedTargets
        Knows classes and their weights.
    folding : Folding
        The rows that each member holds out.

    Returns
    -------
    Held
        The rows.
    """
    n_rows = targets.of_shards.astype(np.intp)
    of_each = n_rows.sum(axis=1)
    check_shards_have_rows(of_each)
    capacity, folds = int(of_each.max()), []
    X = y = weight = None
    for k, shard in enumerate(table.shards):
        at, of_shard = k * capacity, [np.empty(0, np.intp)]
        for chunk in shard.scan(BLOCK):
            part = encoded_rows(chunk, encoder, targets)
            if X is None or y is None:
                size = len(table.shards) * capacity
                X, y = (
                    np.zeros((size, part.X.shape[1]), DTYPE),
                    np.zeros((size, part.y.shape[1]), part.y.dtype),
                )
                weight = None if part.weight is None else np.zeros(size)
            here = slice(at, at + len(part.y))
            X[here], y[here] = part.X, part.y
            if weight is not None:
                weight[here] = part.weight
            of_shard.append(folding.of(chunk))
            at = here.stop
            table.forget(int(chunk.places[-1]) + 1)
        folds.append(np.concatenate(of_shard))
    assert y is not None
    return Held(EncodedRows(X, y, weight), folds, table.first, capacity, n_rows)


@dataclass(frozen=True)
class ShardedRows(ApartRows):
    """Training rows of which each process holds a part; see :class:`TrainingRows`.

    Parameters
    ----------
    held : Held
        The rows of this process, which all members share.
    targets : StreamedTargets
        Statistics of the targets of all.
    fold : int or None
        The fold that this member holds out; None if it learns from all rows.
    sample : EncodedRows
        Rows of all processes from which the network starts.
    """

    held: Held
    targets: StreamedTargets
    fold: int | None
    sample: EncodedRows

    __repr__ = brief

    @property
    def at_hand(self) -> EncodedRows:
        """The rows of this process."""
        return self.held.rows

    @property
    def whole(self) -> Whole:
        """All rows, with their mean weight as the engine sees it."""
        return Whole(self.n_rows, self.mean_weight, self.held.shards(self.fold))

    def feed(self, problem: Any, encode_targets: Callable[[Array], Array], seed: int) -> None:
        """Return None: the rows are those of the problem."""

    def filling(self, network: Network) -> Callable[[], None]:
        """Return a function that gives categories without training rows the mean of the others, if any."""
        lookup = network.lookup
        if lookup is None:
            return lambda: None
        rows, shards = self.held.rows, self.held.shards(self.fold)
        found = []
        for k, places in enumerate(shards.rows):
            at = k * shards.capacity + places
            found.append(
                lookup.reached(
                    rows.X[:, lookup.n_plain :][at], None if rows.weight is None else rows.weight[at]
                )
            )
        reached = np.zeros_like(found[0])
        for of_shard in gathered(found):
            reached += of_shard
        if reached.all():
            return lambda: None
        table = network.parameter_views(network.parameters)[0]["rows"]
        return lambda: lookup.fill_unreached(table, reached)
