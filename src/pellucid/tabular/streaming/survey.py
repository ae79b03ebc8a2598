"""First pass over rows that do not fit in memory: everything learned before training, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.repetition import MOST
from pellucid.estimators.named_rows import named_rows
from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.tabular.called_columns import categorical_positions
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.fitting import Found
from pellucid.tabular.parquet.chunk import Chunk
from pellucid.tabular.parquet.places import chance_of_places, sampled_places
from pellucid.tabular.reading.column_rows import ColumnRows
from pellucid.tabular.reading.columns import read_column
from pellucid.tabular.reading.table import Cells, Table, read_table
from pellucid.tabular.streaming.folding import Folding
from pellucid.tabular.streaming.joined_rows import joined
from pellucid.tabular.streaming.sketches import ColumnSketch
from pellucid.tabular.streaming.streamed_budget import Budget
from pellucid.tabular.streaming.streamed_targets import StreamedTargets

__all__ = ["Kept", "Survey"]

Array = NDArray[Any]
SAMPLE = 8192  # rows from which networks start


@dataclass
class Kept:
    """Rows that stay in memory, unchanged.

    Parameters
    ----------
    chunks : list of Chunk, default=[]
        The rows.
    folds : list of ndarray, default=[]
        The fold of each.
    """

    chunks: list[Chunk] = field(default_factory=list)
    folds: list[Array] = field(default_factory=list)

    def add(self, chunk: Chunk, fold: Array, rows: NDArray[np.bool_]) -> None:
        """Keep the marked rows."""
        if rows.any():
            self.chunks.append(chunk.take(np.flatnonzero(rows)))
            self.folds.append(fold[rows])

    def joined(self) -> tuple[Chunk, Array]:
        """Return all rows together with their folds, and release them."""
        each, folds = self.chunks, np.concatenate(self.folds)
        self.chunks, self.folds = [], []
        X = _joined([chunk.X for chunk in each])
        arrays = ([getattr(c, name) for c in each] for name in ("y", "weight", "groups", "times", "places"))
        of_rows = (None if any(a is None for a in array) else np.concatenate(array) for array in arrays)
        y, weight, groups, times, places = of_rows
        return Chunk(X, y, weight, groups, times, places, each[0].name), folds  # type: ignore[arg-type]


class Survey:
    """Columns, targets and validation rows, learned in one pass.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        Says what targets are.
    source : ParquetSource or Shard
        The rows.
    encoder : TableEncoder
        Not fitted; names columns that are categorical.
    folding : Folding
        The rows that each member holds out.
    budget : Budget
        The memory.

    Attributes
    ----------
    n_rows, total_weight : float
        Rows that count, and the sum of the user's weights.
    targets : StreamedTargets
        Of all rows.
    held_out, sample : Kept
        The rows of the folds that members hold out, and rows from which networks start.
    """

    def __init__(
        self, estimator: Any, source: Any, encoder: TableEncoder, folding: Folding, budget: Budget
    ) -> None:
        self.source, self.encoder, self.folding = source, encoder, folding
        self.n_kept = min(estimator._n_networks, folding.n_folds)  # folds that a member holds out
        self.run = -(-source.n_rows // budget.sample_rows)
        self.columns = [
            ColumnSketch(is_whole=self.run == 1, most=budget.most_distinct) for _ in source.columns
        ]
        self.cells: list[Cells] = []
        self.targets = StreamedTargets(estimator, folding.n_folds)
        self.held_out, self.sample = Kept(), Kept()
        self.n_rows, self.total_weight, self.are_counts = 0, 0.0, True
        self.names: tuple[str, ...] | None = None
        self.named: set[int] = set()
        for chunk in source.scan(budget.piece_rows):
            with named_rows(chunk.name), _counting_all_rows(estimator, chunk):
                self._add(chunk)

    def check(self) -> Survey:
        """Check that there are at least two rows; return the survey."""
        if self.n_rows < 2:
            raise DataError(
                f"{self.source} has {counted(self.n_rows, 'row')} with a weight > 0; at least 2 are needed."
            )
        return self

    def _add(self, chunk: Chunk) -> None:
        table, fold = read_table(chunk.X), self.folding.of(chunk)
        n, weight = len(chunk.places), chunk.weight
        self.n_rows += n
        if weight is not None:
            self.total_weight += float(weight.sum())
            self.are_counts &= bool((weight == np.floor(weight)).all())
        self._add_columns(table, chunk)
        learned = fold >= 0
        self.targets.add(chunk.y, weight, np.maximum(fold, 0))  # what is left out is held out by all
        self.held_out.add(chunk, fold, learned & (fold < self.n_kept))
        share = min(1.0, 2.0 * SAMPLE / self.source.n_rows)
        self.sample.add(chunk, fold, learned & (chance_of_places(chunk.places, -2) < share))

    def _add_columns(self, table: Table, chunk: Chunk) -> None:
        if not self.cells:
            self.names, self.named = table.names, categorical_positions(self.encoder.categorical, table)
        first = int(chunk.places[0])
        whole = int(chunk.places[-1]) - first + 1
        sampled = np.flatnonzero(np.isin(chunk.places - first, sampled_places(first, whole, self.run)))
        for position, sketch in enumerate(self.columns):
            cells = table.cells(position)
            if len(self.cells) <= position:
                self.cells.append(Cells(cells.label, np.empty(0), np.arange(0), cells.declared, cells.order))
            is_named = position in self.named
            sketch.add(read_column(cells, categorical=is_named), chunk.weight, sampled)

    def facts(self) -> tuple[Any, ...]:
        """Return the results of this survey of a shard for the other processes, without the columns."""
        sums = self.n_rows, self.total_weight, self.are_counts
        return sums, (self.names, self.named, self.cells), (self.held_out, self.sample), self.targets.alone()

    def take(self, facts: Sequence[tuple[Any, ...]]) -> None:
        """Turn this into the survey of all shards, given their facts in order."""
        sums = [each for each, *_ in facts]
        self.n_rows = sum(n for n, _, _ in sums)
        self.total_weight = sum(weight for _, weight, _ in sums)
        self.are_counts = all(are_counts for _, _, are_counts in sums)
        self.names, self.named, self.cells = next(
            (seen for _, seen, _, _ in facts if seen[2]), (self.names, self.named, self.cells)
        )
        self.held_out, self.sample = Kept(), Kept()
        for _, _, kept, _ in facts:
            for mine, theirs in zip((self.held_out, self.sample), kept, strict=True):
                mine.chunks += theirs.chunks
                mine.folds += theirs.folds
        self.targets.take([targets for *_, targets in facts])

    @property
    def n_repeated(self) -> float:
        """The number of rows repeated by their weights; see :func:`pellucid.core.repetition.n_repeated`."""
        is_weighted = self.source.weight is not None
        is_count = is_weighted and self.are_counts and self.total_weight <= MOST * self.n_rows
        return self.total_weight if is_count else self.n_rows

    def found(self) -> Iterator[Found]:
        """Yield the columns for the encoder one at a time, and release each."""
        for position, cells in enumerate(self.cells):
            sketch = self.columns.pop(0)
            is_named = position in self.named or cells.declared == "categorical"
            rows: ColumnRows = sketch.rows(self.n_repeated)
            numbered = Cells(
                cells.label, cells.values, np.arange(len(rows.values.missing())), cells.declared, cells.order
            )
            del sketch
            yield Found(position, numbered, rows, is_named)


@contextmanager
def _counting_all_rows(estimator: Any, chunk: Chunk) -> Iterator[None]:
    """Let an error count rows in the file, where rows without a weight, or those of another part, are left out."""
    try:
        yield
    except DataError:
        if chunk.rows is not None:  # a copy of the row before stands for each that is left out
            whole = chunk.take(np.searchsorted(chunk.rows, np.arange(chunk.rows[-1] + 1), side="right") - 1)
            table = read_table(whole.X)
            for position in range(len(table.columns)):
                read_column(table.cells(position))
            StreamedTargets(estimator, 1).add(whole.y, None, np.zeros(len(whole.y), np.intp))
        raise


def _joined(tables: list[Any]) -> Any:
    if not hasattr(tables[0], "combine_chunks"):
        return joined(tables)
    import pyarrow as pa

    whole = pa.concat_tables(tables, promote_options="permissive")
    return whole.unify_dictionaries().combine_chunks()
