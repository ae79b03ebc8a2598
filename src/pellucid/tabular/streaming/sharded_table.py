"""Table whose rows are distributed over processes: each holds those of its shards, which are runs of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pellucid.engines import bounds_of_shards
from pellucid.engines.accelerated import JAX_ENGINES
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.counted import counted
from pellucid.tabular.parquet.chunk import Chunk
from pellucid.tabular.searching.searched_fit import refuse_to_search
from pellucid.tabular.streaming.joined_rows import joined
from pellucid.tabular.streaming.streamed_budget import NUMBER, TEXT, Budget

__all__ = ["Shard", "ShardedTable", "budget_of_table", "check_sharded", "cut", "kinds_of"]

Array = NDArray[Any]
Pieces = Mapping[str, Any]
LEAST = 4  # rows of a shard, so that each batch has rows of each


def budget_of_table(kinds: Sequence[Any], memory: int) -> Budget:
    """Return the division of a memory for rows of a table.

    Parameters
    ----------
    kinds : sequence of dtype
        Of the inputs and the targets.
    memory : int
        Bytes.

    Returns
    -------
    Budget
        The division.
    """
    cell_bytes = [NUMBER if getattr(kind, "kind", "O") in "biuf" else TEXT for kind in kinds]
    return Budget(memory, max(1, len(kinds) - 1), sum(cell_bytes))


def check_sharded(estimator: Any, engine: str | None = None) -> None:
    """Refuse options of an estimator for tables that need all rows in one place."""
    if not hasattr(estimator, "preset"):
        return
    refuse_to_search(
        estimator, "needs all rows in one place. Use preset='default', or a 'memory' that holds all rows"
    )
    remedy = "a 'memory' that holds all rows."
    if estimator.validation == "time":
        raise ParameterError(
            "validation='time' holds out the last rows in time, but distributed rows are not in order. "
            f"Pass validation_data, or {remedy}"
        )
    if estimator.text_columns is not None and len(estimator.text_columns):
        raise ParameterError(
            "'text_columns' must be None for distributed rows, since n-grams are learned from all texts "
            f"at once; got {estimator.text_columns!r}. Leave the columns out, or pass {remedy}"
        )
    if (engine or estimator.engine) not in JAX_ENGINES:
        raise ParameterError(
            f"'engine' must be one of {sorted(JAX_ENGINES)} for distributed rows; got {estimator.engine!r}."
        )


def kinds_of(table: Any) -> list[Any]:
    """Return the dtype of each column of a table, or of a single column."""
    if hasattr(table, "dtypes") and table.ndim == 2:
        return list(table.dtypes)
    return [table.dtype] * (1 if table.ndim == 1 else int(table.shape[1]))


def cut(pieces: Pieces, start: int, stop: int) -> dict[str, Any]:
    """Return some rows of X, targets, weights and groups.

    Parameters
    ----------
    pieces : dict of array, Series or DataFrame
        By the name of the argument.
    start, stop : int
        The rows.

    Returns
    -------
    dict
        The same arguments.
    """
    part = slice(start, stop)
    return {
        name: piece.iloc[part] if hasattr(piece, "iloc") else piece[part] for name, piece in pieces.items()
    }


class ShardedTable:
    """Rows of a table that this process holds: those of its shards, in pieces.

    Parameters
    ----------
    pieces : sequence of (int, dict)
        The place of the first row among all rows, and X, y and, if there are any, ``sample_weight`` and ``groups``
        of some rows; in the order of the rows. They may reach beyond the shards.
    n_rows : int
        The rows of all processes.
    shards : range
        The shards of this process.
    n_shards : int
        Those of all processes.
    memory : int
        The memory for rows of which every process has a copy, such as those that are held out.
    """

    def __init__(
        self, pieces: Sequence[tuple[int, Pieces]], n_rows: int, shards: range, n_shards: int, memory: int
    ) -> None:
        if n_rows < LEAST * n_shards:
            raise DataError(
                f"'X' must have at least {LEAST * n_shards} rows for {counted(n_shards, 'shard')}; got {n_rows}."
            )
        self.pieces, self.n_rows, self.n_shards, self.memory = list(pieces), n_rows, n_shards, memory
        bounds = bounds_of_shards(n_rows, n_shards)
        self.shards = [Shard(self, int(bounds[k]), int(bounds[k + 1])) for k in shards]
        self.first = shards.start
        given = pieces[0][1]
        X, y = given["X"], given["y"]
        if issparse(X):
            raise ParameterError(
                "'X' must be dense if rows are distributed. Pass dense arrays, or a 'memory' that holds "
                "all rows."
            )
        self.columns = list(X.columns) if hasattr(X, "columns") else list(range(X.shape[1]))
        self.weight, self.group, self.time = given.get("sample_weight"), given.get("groups"), None
        self.budget = budget_of_table([*kinds_of(X), *kinds_of(y)], memory)

    def __repr__(self) -> str:
        return f"the table of {counted(self.n_rows, 'row')} in {counted(self.n_shards, 'shard')}"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that holds the inputs of all pieces of this process; float64 without rows, or for texts."""
        kinds = {kind for _, piece in self.pieces if len(piece["y"]) for kind in kinds_of(piece["X"])}
        try:
            return np.result_type(*(getattr(kind, "numpy_dtype", kind) for kind in kinds))
        except (TypeError, ValueError):
            return np.dtype(np.float64)

    @property
    def digest(self) -> str:
        """A digest of the facts about the table that all processes know."""
        facts = self.n_rows, self.n_shards, list(map(str, self.columns)), self.memory
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def chunk(self, first: int, last: int) -> Chunk:
        """Return the rows first … last - 1 of all, which this process holds; without those of weight 0.

        Raises
        ------
        DataError
            If a weight is not a finite number >= 0.
        """
        found = [
            cut(pieces, max(first - at, 0), last - at)
            for at, pieces in self.pieces
            if at < last and first < at + len(pieces["y"])
        ]
        of = {name: joined([part[name] for part in found]) for name in found[0]}
        name = f"Rows {first:,} to {last - 1:,} of the table"
        weight, groups = (
            None if of.get(key) is None else np.asarray(of[key]) for key in ("sample_weight", "groups")
        )
        if weight is not None:
            weight = _checked(weight, name)
        chunk = Chunk(of["X"], np.asarray(of["y"]), weight, groups, None, np.arange(first, last), name)
        if weight is None or (weight > 0.0).all():
            return chunk
        return chunk.take(np.flatnonzero(weight))

    def forget(self, before: int) -> None:
        """Release pieces whose rows all come before a place."""
        self.pieces = [(at, pieces) for at, pieces in self.pieces if at + len(pieces["y"]) > before]


@dataclass(frozen=True)
class Shard:
    """A shard in the form for a survey, see :class:`pellucid.tabular.streaming.survey.Survey`.

    Parameters
    ----------
    table : ShardedTable
        The table.
    start, stop : int
        Its rows.
    """

    table: ShardedTable
    start: int
    stop: int

    @property
    def n_rows(self) -> int:
        """The rows of the whole table, of which a survey draws samples."""
        return self.table.n_rows

    @property
    def columns(self) -> list[Any]:
        """The inputs."""
        return self.table.columns

    @property
    def weight(self) -> Any:
        """The weights of the table, or None."""
        return self.table.weight

    def scan(self, most: int) -> Iterator[Chunk]:
        """Yield the rows that have a weight, at most so many at a time, whatever pieces they came in."""
        for first in range(self.start, self.stop, most):
            chunk = self.table.chunk(first, min(first + most, self.stop))
            if len(chunk.places):
                yield chunk


def _checked(weight: Array, name: str) -> NDArray[np.float64]:
    try:
        numbers = weight.astype(np.float64)
    except (TypeError, ValueError):
        numbers = np.full(len(weight), -1.0)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0.0))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{name}: 'sample_weight' must hold finite numbers >= 0; row {row}, counted from the first of "
            f"these, has {weight.tolist()[row]!r}."
        )
    return numbers
