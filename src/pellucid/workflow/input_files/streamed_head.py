"""Rows that determine the task of files that are read in parts: some of all parts, and every target value."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import polars as pl

from pellucid.exceptions import DataError
from pellucid.tabular import ParquetSource
from pellucid.tabular.parquet.alike_files import kind_of_type
from pellucid.tabular.parquet.parquet_files import read_rows_of, scan_file
from pellucid.tabular.parquet.role_columns import values_of
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.formats import narrowed

__all__ = ["head_of", "with_all_targets"]

PIECES, ROWS = 32, 300  # pieces and rows that determine the task
VALUES = 1000  # different values of a target; more of them settle the task
TARGETS = ("boolean", "number", "text", "null")


def head_of(name: str, source: ParquetSource) -> Dataset:
    """Return some rows of all parts of the files.

    Parameters
    ----------
    name : str
        The files, as they were typed.
    source : ParquetSource
        The rows.

    Returns
    -------
    Dataset
        The rows.

    Raises
    ------
    DataError
        If a row of these lacks its target, or the target has a type that model files do not store.
    """
    target = source.targets[0]
    of = source.types.get(target, source.schema.field(target).type)
    if kind_of_type(of) not in TARGETS:
        raise DataError(
            f"The target {target!r} of {name} holds {of}; for files that are read in parts it must hold "
            "numbers, text or Booleans. Convert it."
        )
    pieces = source.pieces(4096)
    tables = []
    for piece in pieces[:: -(-len(pieces) // PIECES)]:
        table = source.alike(read_rows_of(piece, source.schema.names).slice(0, ROWS), str(piece))
        values_of(table[target], piece, target, what=" (the target)")
        tables.append(table)
    frames: list[Any] = [pl.from_arrow(table) for table in tables]
    frame = pl.concat(frames, how="vertical_relaxed")
    return Dataset(name, frame.with_columns(narrowed(column) for column in frame))


def with_all_targets(table: Dataset, source: ParquetSource) -> Dataset:
    """Return rows with one more for each value of the target that they lack, up to a thousand values.

    Only the target is read, until it has shown more than a thousand values.

    Parameters
    ----------
    table : Dataset
        Of :func:`head_of`.
    source : ParquetSource
        The rows.

    Returns
    -------
    Dataset
        Its name tells if these are not all rows.
    """
    target, found = source.targets[0], narrowed(_values(source))
    new = found.filter(~found.is_in(table.frame[target].implode()))
    frame = pl.concat([table.frame, new.to_frame()], how="diagonal_relaxed")
    is_whole = len(found) == 1 or table.frame.height == source.n_rows
    name = table.source if is_whole else f"{table.source} (a sample of its rows)"
    return replace(table, source=name, frame=frame)


def _values(source: ParquetSource) -> pl.Series:
    pa: Any = import_module("pyarrow")
    target, found = source.targets[0], pl.Series()
    for file, n_rows in source.rows_of_groups:
        for piece, part in scan_file(file, n_rows, 0, [target], 1 << 16):
            column = source.alike(part, str(piece))[target]
            values_of(column, piece, target, what=" (the target)")
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            values: Any = pl.from_arrow(pa.table({target: column.unique()}))
            some = [each for each in (found, values[target]) if len(each)]
            found = pl.concat([each.to_frame() for each in some], how="vertical_relaxed")[target].unique()
            if len(found) > VALUES:
                return found
    return found
