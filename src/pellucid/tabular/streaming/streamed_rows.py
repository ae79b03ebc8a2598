"""Training rows that do not fit in memory: shuffled windows of pieces of row groups, read ahead in a thread.

The order of an epoch depends only on the seed of the member and the number of the epoch. It draws the order
of all pieces, in which neighbors come from all parts of the files, splits them into windows, and draws the order
of the rows in each window. Half of the rows of a window are used, and the others stay for the next one, so that
rows of a piece are mixed with those of many others. An epoch has the same batches as in memory, all of them full
except the last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.brief import brief
from pellucid.engines import Problem, Whole
from pellucid.estimators.named_rows import named_rows
from pellucid.exceptions import DataError, DataWarning
from pellucid.host.freed_memory import give_back_memory
from pellucid.host.streams import warn
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.members.member import EncodedRows
from pellucid.tabular.parquet.chunk import Chunk
from pellucid.tabular.parquet.parquet_files import Piece
from pellucid.tabular.parquet.parquet_source import ParquetSource
from pellucid.tabular.reading.table import read_table
from pellucid.tabular.streaming.apart_rows import ApartRows
from pellucid.tabular.streaming.folding import Folding
from pellucid.tabular.streaming.read_ahead import read_ahead
from pellucid.tabular.streaming.streamed_budget import PIECES
from pellucid.tabular.streaming.streamed_targets import StreamedTargets
from pellucid.training import Feed, Window

__all__ = ["StreamedRows", "encoded_rows", "mixed"]

Array = NDArray[Any]
DTYPE = np.float32
MOST_READINGS = 16  # of a row in an epoch, if large row groups are read in parts


def encoded_rows(chunk: Chunk, encoder: TableEncoder, targets: StreamedTargets) -> EncodedRows:
    """Return rows as networks take them, without remarks on their differences from all rows.

    Parameters
    ----------
    chunk : Chunk
        The rows.
    encoder : TableEncoder
        Fitted.
    targets : StreamedTargets
        Knows classes and their weights.

    Returns
    -------
    EncodedRows
        In float32.
    """
    with named_rows(chunk.name):
        X = encoder.encode_part(read_table(chunk.X))[0].astype(DTYPE)
        y, read = targets.encoded(chunk.y)
        return EncodedRows(X, y, targets.weighted(chunk.weight, read))


def mixed(n_pieces: int, n_windows: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return a random order of pieces in which those of a window come from all parts of the files.

    Parameters
    ----------
    n_pieces, n_windows : int
        The pieces, and the windows into which the order is cut.
    rng : numpy.random.Generator
        Draws which piece of each part comes in which window.

    Returns
    -------
    ndarray of shape (n_pieces,)
        The pieces. Their files are cut into as many parts as a window has pieces, and it takes one of each.
    """
    parts = np.array_split(np.arange(n_pieces), max(1, n_pieces // n_windows))
    window = np.concatenate([rng.permutation(len(part)) for part in parts])
    return np.lexsort((rng.permutation(n_pieces), window))


@dataclass(frozen=True)
class StreamedRows(ApartRows):
    """Training rows of a member, read anew in each epoch.

    Parameters
    ----------
    source : ParquetSource
        All rows.
    encoder : TableEncoder
        Fitted.
    targets : StreamedTargets
        Statistics of the targets.
    folding : Folding
        The division of the rows into those learned from and held out.
    fold : int or None
        The fold that this member holds out; None if it learns from all rows.
    sample : EncodedRows
        Rows from which the network starts.
    memory_rows : callable
        From the bytes of an encoded row to the rows of a window.
    reached : dict, default={}
        The weight of the rows that reach each category in the epoch under way, and the number of these rows.
    """

    source: ParquetSource
    encoder: TableEncoder
    targets: StreamedTargets
    folding: Folding
    fold: int | None
    sample: EncodedRows
    memory_rows: Callable[[int], int]
    reached: dict[str, Any] = field(default_factory=dict)

    __repr__ = brief

    @property
    def at_hand(self) -> EncodedRows:
        """The sample, which the windows replace."""
        return self.sample

    @property
    def whole(self) -> Whole:
        """All rows, with their mean weight as the engine sees it."""
        return Whole(self.n_rows, self.mean_weight)

    def feed(self, problem: Problem, encode_targets: Callable[[Array], Array], seed: int) -> Feed:
        """Return the source of the rows of each epoch."""
        feed = StreamedFeed(self, problem, encode_targets, seed)
        pieces = feed.pieces
        times = sum(piece.start + piece.n_rows for piece in pieces) / sum(piece.n_rows for piece in pieces)
        if times > MOST_READINGS:
            most = max(piece.n_rows for piece in pieces) * MOST_READINGS
            warn(
                f"The row groups of {self.source} are so large that each row is read {times:.0f} times in an "
                f"epoch. Write row groups of at most {max(1000, round(most, -3)):,} rows, or "
                "pass a larger 'memory'.",
                DataWarning,
                stacklevel=2,
            )
        return feed

    def filling(self, network: Network) -> Callable[[], None]:
        """Return a function that gives categories without training rows the mean of the others, after an epoch."""
        lookup = network.lookup
        if lookup is None:
            return lambda: None
        table = network.parameter_views(network.parameters)[0]["rows"]

        def fill() -> None:
            found = self.reached
            if found.get("rows") == self.n_rows and not found["weight"].all():
                lookup.fill_unreached(table, found["weight"])

        return fill

    def learned_from(self, chunk: Chunk) -> Chunk:
        """Return the rows of a chunk that this member learns from."""
        fold = self.folding.of(chunk)
        learned = fold == self.folding.n_folds
        if self.fold is None:
            learned = fold >= 0
        elif self.folding.cut is None:
            learned = fold != self.fold
        return chunk if learned.all() else chunk.take(np.flatnonzero(learned))


@dataclass(frozen=True)
class StreamedFeed:
    """Windows of streamed rows.

    Parameters
    ----------
    rows : StreamedRows
        The rows.
    problem : Problem
        Objective and method.
    encode_targets : callable
        From targets to what the loss takes.
    seed : int
        Of the member.
    """

    rows: StreamedRows
    problem: Problem
    encode_targets: Callable[[Array], Array]
    seed: int

    def windows(self, epoch: int) -> Iterator[Window]:
        """Return the windows of an epoch, see :class:`pellucid.training.Feed`."""
        return read_ahead(lambda is_over: self._windows(epoch, is_over))

    def _windows(self, epoch: int, is_over: threading.Event) -> Iterator[Window]:
        rng = np.random.default_rng((self.seed, epoch))
        pieces, n_rows = self.pieces, sum(piece.n_rows for piece in self.pieces)
        n_windows = max(1, -(-2 * n_rows // self._most))  # half of a window is new
        order = mixed(len(pieces), n_windows, rng)
        ends = np.cumsum([pieces[i].n_rows for i in order])
        window_of = np.minimum((ends - 1) * n_windows // ends[-1], n_windows - 1)
        self.rows.reached.clear()
        left, n_seen = self._empty(0), 0
        for k in range(n_windows):
            mine = [pieces[i] for i in order[window_of == k]]
            arrays = self._filled(mine, left, is_over)
            if arrays is None:
                return
            X, Y, weight = arrays
            n, is_last = len(Y), k == n_windows - 1
            size = self.problem.batch_size
            n_steps = -(-n // size) if is_last else n // size // 2
            shuffled = rng.permutation(n)
            taken, rest = shuffled[: n_steps * size], shuffled[n_steps * size :]
            left = X[rest], Y[rest], None if weight is None else weight[rest]
            n_seen += n - len(rest)
            if is_last and n_seen != self.rows.n_rows:
                raise DataError(
                    f"{self.rows.source} had {self.rows.n_rows:,} training rows, and now has {n_seen:,}. "
                    "The files changed during training; train again."
                )
            if n_steps:
                window = replace(self.problem, X=X, Y=Y, sample_weight=weight)
                del X, Y, arrays
                yield Window(window, taken, n_steps)
                del window

    def _filled(
        self, pieces: list[Any], left: Any, is_over: threading.Event
    ) -> tuple[Array, Array, Any] | None:
        """Return the rows of some pieces after those that were left; None if nothing waits for them anymore."""
        n_left = len(left[1])
        arrays = self._empty(n_left + sum(piece.n_rows for piece in pieces))
        at = 0

        def put(*parts: Array | None) -> None:
            for array, part in zip(arrays, parts, strict=True):
                if array is not None and part is not None:
                    array[at : at + len(part)] = part

        put(*left)
        at = n_left
        for piece in pieces:
            if is_over.is_set():
                return None
            rows = self._read(piece)
            put(rows.X, self.encode_targets(rows.y), self.rows.weights_of(rows.weight, DTYPE))
            at += len(rows.y)
            del rows
        give_back_memory()
        X, Y, weight = (None if array is None else array[:at] for array in arrays)
        return X, Y, weight  # type: ignore[return-value]

    def _read(self, piece: Any) -> EncodedRows:
        rows = self.rows
        chunk = rows.learned_from(rows.source.read(piece))
        if not len(chunk.places):
            few = rows.sample
            return EncodedRows(few.X[:0], few.y[:0], None if few.weight is None else few.weight[:0])
        found = encoded_rows(chunk, rows.encoder, rows.targets)
        lookup = self.problem.objective.network.lookup
        if lookup is not None:
            reached = lookup.reached(found.X[:, lookup.n_plain :], found.weight)
            so_far = rows.reached
            so_far["weight"] = so_far.get("weight", 0.0) + reached
            so_far["rows"] = so_far.get("rows", 0) + len(found.y)
        return found

    def _empty(self, n: int) -> tuple[Array, Array, Array | None]:
        X, Y = self.problem.X, self.problem.Y
        weight = None if self.problem.sample_weight is None else np.empty(n, DTYPE)
        return np.empty((n, X.shape[1]), DTYPE), np.empty((n, Y.shape[1]), Y.dtype), weight

    @cached_property
    def pieces(self) -> list[Piece]:
        """The parts in which rows are read."""
        return self.rows.source.pieces(max(1, self._most // PIECES))

    @property
    def _most(self) -> int:
        """The rows of a window."""
        return self.rows.memory_rows(int(4 * (self.problem.X.shape[1] + self.problem.Y.shape[1] + 1)))
