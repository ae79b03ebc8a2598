"""Formats of data files: text, JSON lines, Parquet, Arrow and Excel."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import polars as pl
from polars.exceptions import PolarsError

from pellucid.exceptions import DataError
from pellucid.workflow.input_files.csvs import read_csv
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.opening import read_columnar
from pellucid.workflow.input_files.packing import PACKED

__all__ = ["ACCEPTED", "SUFFIXES", "Format", "format_of", "format_of_bytes", "narrowed"]

Found = tuple[pl.DataFrame, list[str]]


@dataclass(frozen=True)
class Format:
    """A kind of table file.

    Parameters
    ----------
    name : str
        Its name in messages.
    suffixes : tuple of str
        The endings of such files.
    read : callable
        Returns the table and notes, for the path, the open file and the dialect.
    is_text : bool
        True if it is text.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, IO[bytes], Dialect], Found]
    is_text: bool = False


def _read_text(path: Path, file: IO[bytes], dialect: Dialect) -> Found:
    return read_csv(str(path), file.read(), dialect)


def _read_json(path: Path, file: IO[bytes], dialect: Dialect) -> Found:
    """Read an object per line, or a list of objects."""
    data = file.read()
    is_list = data.lstrip()[:1] == b"["
    try:
        frame = pl.read_json(data) if is_list else pl.read_ndjson(data, infer_schema_length=None)
    except (PolarsError, pl.exceptions.PanicException) as error:
        first = str(error).strip().splitlines()[0].rstrip(".")
        raise DataError(
            f"{path} cannot be read as JSON: {first}. It must hold an object with the same fields per "
            "line, or one list of such objects."
        ) from error
    n_rows = len(json.loads(data)) if is_list else sum(bool(line.strip()) for line in data.splitlines())
    if frame.height != n_rows:
        raise DataError(
            f"{path} has {n_rows:,} objects, of which {frame.height:,} could be read. Check the file for damage."
        )
    return frame, []


def _read_columnar(path: Path, file: IO[bytes], kind: str) -> Found:
    frame = read_columnar(path, file, kind)
    return frame.with_columns(narrowed(column) for column in frame), []


def _read_parquet(path: Path, file: IO[bytes], dialect: Dialect) -> Found:
    return _read_columnar(path, file, "Parquet")


def _read_arrow(path: Path, file: IO[bytes], dialect: Dialect) -> Found:
    return _read_columnar(path, file, "Arrow")


def narrowed(column: pl.Series) -> pl.Series:
    """Return a column of decimals or of 128-bit integers as numbers of 64 bits.

    Parameters
    ----------
    column : polars.Series
        Any column.

    Returns
    -------
    polars.Series
        The column, with numbers that NumPy has.
    """
    if column.dtype in (pl.Int128, pl.UInt128):
        whole = column.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column.cast(pl.Float64)
    return column.cast(pl.Float64) if column.dtype.is_decimal() else column


def _read_excel(path: Path, file: IO[bytes], dialect: Dialect) -> Found:
    """Read the first sheet that is not empty."""
    try:
        sheets = pl.read_excel(BytesIO(file.read()), sheet_id=0, engine="calamine", raise_if_empty=False)
    except ModuleNotFoundError as error:
        raise DataError(
            'Reading Excel files requires fastexcel: pip install "pellucid[files]". Or save the sheet as CSV.'
        ) from error
    except (PolarsError, pl.exceptions.PanicException, ValueError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or ["it is damaged"])[0].rstrip(".")
        raise DataError(f"{path} cannot be read as an Excel file: {first}.") from error
    full = {name: frame for name, frame in sheets.items() if frame.height}
    if not full:
        raise DataError(f"{path} is empty.")
    name, frame = next(iter(full.items()))
    others = ", ".join(map(repr, list(full)[1:6]))
    return frame, [f"In {path}, the sheet {name!r} was read; there are also: {others}."] if others else []


FORMATS = (
    Format("CSV", (".csv", ".tsv", ".txt"), _read_text, is_text=True),
    Format("JSON lines", (".jsonl", ".ndjson", ".json"), _read_json, is_text=True),
    Format("Parquet", (".parquet", ".pq"), _read_parquet),
    Format("Arrow", (".feather", ".arrow", ".ipc"), _read_arrow),
    Format("Excel", (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), _read_excel),
)
SUFFIXES = tuple(suffix for row in FORMATS for suffix in row.suffixes)
ACCEPTED = (
    "a file of "
    + ", ".join(f"{row.name} ({', '.join(row.suffixes)})" for row in FORMATS[:-1])
    + f" or {FORMATS[-1].name} ({', '.join(FORMATS[-1].suffixes)}), optionally compressed ({', '.join(PACKED)})"
)


def format_of(name: Path) -> Format | None:
    """Return the kind of a file by its suffix, apart from that of a compression format."""
    return next((row for row in FORMATS if name.suffix.lower() in row.suffixes), None)


def format_of_bytes(beginning: bytes) -> Format:
    """Return the kind of a file without a name by its first bytes."""
    by_name = {row.name: row for row in FORMATS}
    if beginning.startswith(b"PAR1"):
        return by_name["Parquet"]
    if beginning.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return by_name["Arrow"]
    return by_name["JSON lines" if beginning.lstrip()[:1] in (b"{", b"[") else "CSV"]
