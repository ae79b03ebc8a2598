"""Data in Parquet files that need not fit in memory: the roles of columns, and the memory to use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.parquet.alike_files import (
    alike,
    check_alike,
    row_labels,
    warn_of_folders,
    warn_of_labels,
    whole_types,
)
from pellucid.tabular.parquet.chunk import Chunk
from pellucid.tabular.parquet.memory_size import bytes_of
from pellucid.tabular.parquet.parquet_files import (
    Piece,
    find_files,
    footer,
    pieces_of,
    read_rows_of,
    scan_file,
)
from pellucid.tabular.parquet.places import chance_of_groups, chance_of_places
from pellucid.tabular.parquet.role_columns import check_role, times_of, values_of, weights_of
from pellucid.tabular.parquet.unchanged_files import UnchangedFiles

__all__ = ["ParquetSource", "refuse_beside_source"]

Array = NDArray[Any]
LIBRARIES = 350 * 10**6  # bytes that Python with its libraries takes, including shared code
LEAST_SHARE = 4  # at least one part in this many of the memory is for rows


class ParquetSource:
    """Rows in Parquet files for ``fit`` of an estimator for tables, within a memory limit.

    Pass it in place of X: ``model.fit(ParquetSource("big/*.parquet", target="y", memory="400MB"))``. The rows are
    read once to learn the columns, and once more in each epoch, from row groups in random order.

    Parameters
    ----------
    paths : path, str or sequence of them
        A file, a pattern such as ``"big/*.parquet"``, a folder, or several of them.
    target : str or sequence of str
        The column to predict, or the columns of several targets.
    memory : int or str, default="2GB"
        The memory that the process may use, in bytes or as ``"400MB"``. Python and its libraries take about 350
        MB of it; a quarter at least is for rows, so that a process needs about 350 MB and a quarter if ``memory``
        is less than 470 MB. The number of rows does not matter. The same value gives the same model.
    weight, group, time : str, default=None
        The columns of row weights, of the groups that are held out together, and of the time for
        ``validation="time"``, which remains an input.
    columns : sequence of str, default=None
        The inputs, in their order; None for all columns without another role.
    drop : sequence of str, default=()
        Columns to leave out.

    Attributes
    ----------
    files : list of str
        The files in their order.
    columns : list of str
        The inputs.
    n_rows : int
        The rows of all files.

    Raises
    ------
    DataError
        If there is no Parquet file, one cannot be read, or their columns differ; the message names file and
        column.
    ParameterError
        If a column does not exist, or the memory is not a size.

    Examples
    --------
    >>> import os, tempfile
    >>> import pandas as pd
    >>> from pellucid.tabular import ParquetSource, TabularRegressor
    >>> folder = tempfile.mkdtemp()
    >>> pd.DataFrame({"a": range(40), "y": range(40)}).to_parquet(os.path.join(folder, "1.parquet"))
    >>> source = ParquetSource(folder, target="y", memory="300MB")
    >>> source.columns, source.n_rows
    (['a'], 40)
    >>> model = TabularRegressor(max_iter=3, n_members=1, random_state=0).fit(source)
    >>> model.predict(pd.DataFrame({"a": [1.0]})).shape
    (1,)
    """

    def __init__(
        self,
        paths: Any,
        target: str | Sequence[str],
        *,
        memory: int | str = "2GB",
        weight: str | None = None,
        group: str | None = None,
        time: str | None = None,
        columns: Sequence[str] | None = None,
        drop: Sequence[str] = (),
    ) -> None:
        self.files, self.memory = find_files(paths), bytes_of(memory)
        self.target, self.weight, self.group, self.time = target, weight, group, time
        self.targets = _names("target", target)
        found = [footer(file) for file in self.files]
        schemas = [schema for schema, _ in found]
        self.types = whole_types(check_alike(self.files, schemas), schemas, (*self.targets, group))
        warn_of_folders(self.files, found[0][0].names)
        self.unchanged = UnchangedFiles(self.files)
        self.schema, self._groups = found[0][0], [groups for _, groups in found]
        roles: dict[str, Any] = {"target": self.targets, "weight": [weight], "group": [group], "time": [time]}
        dropped = _names("drop", drop)
        inputs = self.schema.names if columns is None else _names("columns", columns)
        for role, names in {**roles, "drop": dropped, "columns": inputs}.items():
            self._check(role, names)
        others = {*self.targets, weight, group, *dropped}
        if columns is None and (labels := [name for name in row_labels(inputs) if name not in others]):
            warn_of_labels(labels)
            others.update(labels)
        self.columns = [name for name in inputs if columns is not None or name not in others]
        if not self.columns or others & set(self.columns):
            raise ParameterError(
                f"'columns' must name inputs without another role; got {self.columns}, beside the target, the "
                f"weight, the group and those dropped: {sorted(name for name in others if name)}."
            )
        for role, name in (("weight", weight), ("group", group), ("time", time)):
            if name in self.targets:
                raise ParameterError(f"{role!r} must not be a target; got {name!r}. Name another column.")
        if not self.n_rows:
            raise DataError(f"{self.files[0]}{' and the other files' * (len(self.files) > 1)} hold no row.")
        self.parts: tuple[_Part, ...] = ()

    def _check(self, role: str, names: Sequence[str | None]) -> None:
        for name in names:
            if name is not None and name not in self.schema.names:
                have = ", ".join(map(repr, self.schema.names[:8])) + " …" * (len(self.schema.names) > 8)
                raise ParameterError(f"{role!r} names the column {name!r}, and {self.files[0]} has {have}.")
            if name is not None and role not in ("drop", "columns"):
                check_role(role, name, self.types.get(name, self.schema.field(name).type))

    @cached_property
    def n_rows(self) -> int:
        """The rows of all files, including those of other parts."""
        return sum(map(sum, self._groups))

    @property
    def rows_of_groups(self) -> list[tuple[str, tuple[int, ...]]]:
        """The files, each with the numbers of rows of its row groups."""
        return list(zip(self.files, self._groups, strict=True))

    @property
    def row_memory(self) -> int:
        """The bytes that rows may take: the memory without that of Python and its libraries."""
        return max(self.memory - LIBRARIES, self.memory // LEAST_SHARE)

    def __repr__(self) -> str:
        files = self.files[0] if len(self.files) == 1 else f"{len(self.files)} files"
        return f"ParquetSource({files!r}, target={self.target!r}, memory={self.memory:,})"

    def __array__(self, *args: Any, **options: Any) -> Array:
        """Refuse to become an array, which whatever else takes a table asks for."""
        raise DataError(
            "A ParquetSource can only be passed to 'fit' of TabularClassifier and TabularRegressor, as X or "
            "'validation_data'. Pass a table that is in memory, such as pandas.read_parquet(...); to predict all "
            "rows of a file, use the command: pellucid predict MODEL.safetensors FILE.parquet."
        )

    # ---- rows ---------------------------------------------------------------------------------------------------

    def pieces(self, most: int) -> list[Piece]:
        """Return the pieces in which the rows are read, with at most the given number of rows each.

        Parameters
        ----------
        most : int
            Rows.

        Returns
        -------
        list of Piece
            In the order of the rows.
        """
        found: list[Piece] = []
        first = 0
        for file, groups in self.rows_of_groups:
            found += pieces_of(file, groups, first, most)
            first += sum(groups)
        return found

    def read(self, piece: Piece) -> Chunk:
        """Return the rows of a piece that belong to this part of the source and have a weight.

        Parameters
        ----------
        piece : Piece
            Of :meth:`pieces`.

        Returns
        -------
        Chunk
            The rows, possibly none.

        Raises
        ------
        DataError
            If a target is missing, or a weight is not a number >= 0; the message names file, column and row.
        """
        self.unchanged.check(piece.file)
        return self._chunk(piece, read_rows_of(piece, self._read_columns))

    def scan(self, most: int) -> Iterator[Chunk]:
        """Yield all rows of this part of the source in their order, at most so many at a time.

        Parameters
        ----------
        most : int
            Rows.

        Yields
        ------
        Chunk
            Of one row at least.
        """
        first = 0
        for file, groups in self.rows_of_groups:
            self.unchanged.check(file)
            for piece, table in scan_file(file, groups, first, self._read_columns, most):
                chunk = self._chunk(piece, table)
                if len(chunk.places):
                    yield chunk
            first += sum(groups)

    @property
    def _read_columns(self) -> list[str]:
        roles = [name for name in (self.weight, self.group, self.time) if name is not None]
        return [*self.columns, *self.targets, *roles]

    def alike(self, table: Any, where: str) -> Any:
        """Return a table whose columns have the common types; numbers of classes and groups stay exact.

        Parameters
        ----------
        table : pyarrow.Table
            Columns of one of the files.
        where : str
            The file and the rows, for messages.

        Returns
        -------
        pyarrow.Table
            The table.
        """
        named = {*self.targets, self.group}
        exact = [of.name for of in table.schema if of.name in named and "int" in str(of.type)]
        return alike(table, self.types, where, exact)

    def _chunk(self, piece: Piece, table: Any) -> Chunk:
        table, places = self.alike(table, str(piece)), piece.first + np.arange(piece.n_rows)
        weight, groups, times, counts = self._roles(piece, table, places)
        rows = None if counts.all() else np.flatnonzero(counts)
        if rows is not None:
            table, places = table.take(rows), places[rows]
            weight, groups, times = (None if a is None else a[rows] for a in (weight, groups, times))
        y = [values_of(table[name], piece, name, what=" (the target)", rows=rows) for name in self.targets]
        target = y[0] if len(y) == 1 else np.column_stack(y)
        if rows is not None and len(rows):  # messages name the rows from the first that counts
            piece, rows = piece.from_row(int(rows[0])), rows - rows[0]
        return Chunk(table.select(self.columns), target, weight, groups, times, places, str(piece), rows)

    def _roles(self, piece: Piece, table: Any, places: Array) -> tuple[Any, Any, Any, Array]:
        """Return weights, groups and times, each or None, and which rows belong to this part and have a weight."""
        weight = None if self.weight is None else weights_of(table[self.weight], piece, self.weight)
        groups = None if self.group is None else values_of(table[self.group], piece, self.group)
        times = None if self.time is None else times_of(table[self.time], piece, self.time)
        counts = np.ones(piece.n_rows, bool) if weight is None else weight > 0.0
        for part in self.parts:
            counts &= part.holds(places, groups, times)
        return weight, groups, times, counts

    def scan_times(self) -> Iterator[tuple[Array, Array | None]]:
        """Yield the times of this part's rows as numbers, NaN where missing, and their weights.

        Yields
        ------
        times : ndarray of shape (n_rows,)
            Of some rows, in their order.
        weight : ndarray of shape (n_rows,) or None
            Their weights.
        """
        assert self.time is not None
        names = [name for name in (self.time, self.weight, self.group) if name is not None]
        first = 0
        for file, groups in self.rows_of_groups:
            self.unchanged.check(file)
            for piece, table in scan_file(file, groups, first, names, 1 << 16):
                table, places = self.alike(table, str(piece)), piece.first + np.arange(piece.n_rows)
                weight, _, times, counts = self._roles(piece, table, places)
                yield times[counts], None if weight is None else weight[counts]
            first += sum(groups)

    def _of(self, part: _Part) -> ParquetSource:
        twin = object.__new__(type(self))
        twin.__dict__ = {**self.__dict__, "parts": (*self.parts, part)}
        return twin

    def split(self, share: float, seed: int = 0) -> tuple[ParquetSource, ParquetSource]:
        """Return the source without a share of its rows, or of its groups, and the source of these.

        Parameters
        ----------
        share : float
            In (0, 1). A hash of the row's place, or of its group, decides.
        seed : int, default=0
            Another seed holds out other rows.

        Returns
        -------
        rest, held_out : ParquetSource
            The same files.
        """
        return self._of(_Part(seed, share, 1.0)), self._of(_Part(seed, 0.0, share))

    def split_in_time(self, cut: float) -> tuple[ParquetSource, ParquetSource]:
        """Return the rows before a time, including those without a time, and the others.

        Parameters
        ----------
        cut : float
            A number as :meth:`scan_times` gives it.

        Returns
        -------
        before, after : ParquetSource
            The same files.
        """
        return self._of(_Part(None, -np.inf, cut)), self._of(_Part(None, cut, np.inf))

    @property
    def digest(self) -> str:
        """A digest of the files' footers and of the roles of columns, without reading the rows."""
        about = [(os.path.basename(file), end) for file, end in self.unchanged.ends.items()]
        roles = self.columns, self.targets, self.weight, self.group, self.time, self.row_memory, self.parts
        return hashlib.sha256(repr((about, roles)).encode()).hexdigest()


def _names(role: str, given: Any) -> list[str]:
    """Return names of columns; a single one may be given without a list."""
    try:
        names = [given] if isinstance(given, str) else list(given)
    except TypeError:
        names = [None]
    twice = [name for name in names if names.count(name) > 1]
    if twice or not all(isinstance(name, str) for name in names) or (role == "target" and not names):
        raise ParameterError(
            f"{role!r} must be the name of a column, or a sequence of different ones; got {given!r}."
        )
    return names


def refuse_beside_source(y: Any, sample_weight: Any, groups: Any) -> None:
    """Refuse targets, weights or groups that are passed with a source, which names their columns itself."""
    for name, role, given in (
        ("y", "target", y),
        ("sample_weight", "weight", sample_weight),
        ("groups", "group", groups),
    ):
        if given is not None:
            raise ParameterError(
                f"{name!r} must be None with a ParquetSource; name its column as '{role}' there."
            )


@dataclass(frozen=True)
class _Part:
    """Rows whose chance, or whose time if there is no seed, lies in an interval."""

    seed: int | None
    low: float
    high: float

    def holds(self, places: Array, groups: Array | None, times: Array | None) -> NDArray[np.bool_]:
        if self.seed is None:
            assert times is not None
            at = np.nan_to_num(times, nan=-np.finfo(np.float64).max)
        elif groups is not None:
            at = chance_of_groups(groups, self.seed)
        else:
            at = chance_of_places(places, self.seed)
        return np.asarray((at >= self.low) & (at < self.high))
