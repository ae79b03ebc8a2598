"""Parquet files, found and read part by part with pyarrow.

Every error names the file, and the column if there is one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, lru_cache
from glob import escape, glob, has_magic
from pathlib import Path
from typing import Any

from pellucid.exceptions import DataError, ParameterError

__all__ = ["Piece", "end_of", "find_files", "footer", "pieces_of", "read_rows_of", "scan_file"]

SUFFIXES = (".parquet", ".pq")
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".arrow", ".feather", ".xlsx", ".gz", ".zip")
BUFFER = 1 << 17  # bytes of a column read from the disk at a time
TOGETHER = 4 << 20  # bytes of a row group whose columns are read at a time
TAIL = 8  # bytes after the description of a file's row groups: its length, and four letters
FOOTERS = 4  # files whose row groups are cached; for 100 groups of 30 columns, reading them takes 3 ms


@cache
def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(
            'Reading Parquet in parts requires pyarrow: pip install "pellucid[arrow]".'
        ) from error
    return pyarrow, pyarrow.parquet


@dataclass(frozen=True)
class Piece:
    """Rows of a row group that are read at a time.

    Parameters
    ----------
    file : str
        The file.
    group : int
        The row group.
    start : int
        The first row in the group.
    n_rows : int
        The number of rows.
    first : int
        The place of its first row among all rows of all files.
    place : int
        The place of the piece's first row in the file, for messages.
    """

    file: str
    group: int
    start: int
    n_rows: int
    first: int
    place: int

    def __str__(self) -> str:
        return f"{self.file}, rows {self.place:,} to {self.place + self.n_rows - 1:,}"

    def from_row(self, row: int) -> Piece:
        """Return the rows from a row on, counted from 0."""
        return replace(
            self,
            start=self.start + row,
            n_rows=self.n_rows - row,
            first=self.first + row,
            place=self.place + row,
        )


def find_files(paths: str | os.PathLike[str] | Sequence[Any]) -> list[str]:
    """Return the Parquet files that a path, a pattern, a folder or a list of them names, in order.

    Parameters
    ----------
    paths : path, str or sequence of them
        A file, a pattern such as ``"big/*.parquet"``, or a folder with all that is in it, but for names that
        begin with a dot or an underscore.

    Returns
    -------
    list of str
        At least one; each once.

    Raises
    ------
    DataError
        If there is none.
    ParameterError
        If it is not a path.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    try:
        names = [os.fspath(path) + "" for path in given]
    except TypeError as error:
        raise ParameterError(
            "'paths' must be a file, a folder, a pattern such as 'big/*.parquet', or a sequence of them; got "
            f"{paths!r}."
        ) from error
    files: list[str] = []
    for name in names:
        if os.path.isfile(name):
            files.append(name)
        elif os.path.isdir(name):
            files += _within(Path(name))
        elif has_magic(name):
            files += _matching(name)
    if not files:
        raise DataError(f"There is no Parquet file at {', '.join(names)!r}.{_hint(names)}")
    once: dict[str, str] = {}
    for file in files:
        once.setdefault(os.path.abspath(file), file)
    return list(once.values())


def _matching(pattern: str) -> list[str]:
    """Return the files that a pattern matches; brackets in the name of an existing folder are taken literally."""
    head, tail = os.path.split(pattern)
    for each in (pattern, os.path.join(escape(head), tail)):
        if found := sorted(path for path in glob(each, recursive=True) if os.path.isfile(path)):
            return found
    return []


def _within(folder: Path) -> list[str]:
    """Return the files in a folder and its subfolders, without those that other programs keep there."""
    return sorted(
        str(path)
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def _hint(names: Sequence[str]) -> str:
    """Return a file that the user may have meant."""
    if not names:
        return ""
    path = Path(names[0])
    if path.is_dir():
        return (
            f" The folder holds no file whose name ends in {' or '.join(SUFFIXES)}; names that begin with "
            "a dot or an underscore are ignored."
        )
    if path.is_symlink():
        return f" It is a link to {os.readlink(path)!r}, which does not exist."
    if not path.parent.is_dir():
        return f" There is no folder {str(path.parent)!r} either."
    others = [p.name for p in path.parent.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()]
    near = get_close_matches(path.name, others, 1) or sorted(others)[:1]
    return f" The folder {str(path.parent)!r} holds {near[0]!r}." if near else ""


@contextmanager
def _naming(where: str) -> Iterator[None]:
    """Raise errors in a file as a DataError that names it."""
    pa, _ = _arrow()
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(
            f"{where}: the file is gone. Training reads it in every epoch; restore it."
        ) from error
    except (pa.ArrowException, OSError, EOFError) as error:
        first = (str(error).strip().splitlines() or ["it is damaged"])[0].rstrip(".")
        raise DataError(
            f"{where} cannot be read as Parquet: {first}. If it is truncated or damaged, write or copy it "
            "again."
        ) from error


def footer(file: str) -> tuple[Any, tuple[int, ...]]:
    """Return the schema of a file, and the number of rows of each of its row groups.

    Parameters
    ----------
    file : str
        The file.

    Returns
    -------
    schema : pyarrow.Schema
        Names and types.
    tuple of int
        Rows.
    """
    try:
        with _naming(file), _opened(file) as opened:
            about = opened.metadata
            return opened.schema_arrow, tuple(
                about.row_group(g).num_rows for g in range(about.num_row_groups)
            )
    except DataError as error:
        if Path(file).suffix.lower() not in TABLES:
            raise
        raise DataError(
            f"{file} is not Parquet, and only Parquet can be read in parts. Write it as Parquet, for "
            "example by polars.scan_csv(...).sink_parquet(...), or leave out 'memory' to read it all at "
            "once."
        ) from error


def end_of(file: str) -> str:
    """Return a digest of the end of a file: sizes of its row groups, and ranges of the columns in each.

    Parameters
    ----------
    file : str
        The file.

    Returns
    -------
    str
        The digest. Files of the same size with other rows differ in it, unless no range of a column does.
    """
    with _naming(file), open(file, "rb") as opened:
        opened.seek(-min(TAIL, os.path.getsize(file)), os.SEEK_END)
        size = int.from_bytes(opened.read(4), "little")
        opened.seek(-min(size + TAIL, os.path.getsize(file)), os.SEEK_END)
        return hashlib.sha256(b"%d " % opened.tell() + opened.read()).hexdigest()


def _opened(file: str) -> Any:
    """Return an open file; the description of its row groups is read once, unless the file changes."""
    about = os.stat(file)
    metadata = _footer(file, about.st_size, about.st_mtime_ns)
    # buffering ahead would read all columns of a row group as a whole
    return _arrow()[1].ParquetFile(file, metadata=metadata, buffer_size=BUFFER, pre_buffer=False)


@lru_cache(maxsize=FOOTERS)
def _footer(file: str, size: int, modified: int) -> Any:
    return _arrow()[1].read_metadata(file)


def pieces_of(file: str, groups: Sequence[int], first: int, most: int) -> list[Piece]:
    """Return the pieces of a file: its row groups, and equal parts of those with more rows than ``most``.

    Parameters
    ----------
    file : str
        The file.
    groups : sequence of int
        Rows of each row group.
    first : int
        The place of its first row.
    most : int
        The largest number of rows of a piece.

    Returns
    -------
    list of Piece
        In their order.
    """
    found, place = [], 0
    for group, n_rows in enumerate(groups):
        n_parts = -(-n_rows // most)
        size = -(-n_rows // max(1, n_parts))
        for start in range(0, n_rows, max(1, size)):
            n = min(size, n_rows - start)
            found.append(Piece(file, group, start, n, first + place + start, place + start))
        place += n_rows
    return found


def read_rows_of(piece: Piece, columns: Sequence[str]) -> Any:
    """Return a piece as an Arrow table.

    Parameters
    ----------
    piece : Piece
        The piece.
    columns : sequence of str
        The columns, in the order wanted.

    Returns
    -------
    pyarrow.Table
        Of ``piece.n_rows`` rows.

    Raises
    ------
    DataError
        If the file is damaged, gone or another one by now.
    """
    pa, _ = _arrow()
    names = list(dict.fromkeys(columns))
    with _naming(str(piece)), _opened(piece.file) as opened:
        rows = opened.metadata.row_group(piece.group).num_rows if piece.group < opened.num_row_groups else -1
        if rows < piece.start + piece.n_rows:
            raise DataError(
                f"{piece.file} changed during training. Train again, on files that do not change."
            )
        size = opened.metadata.row_group(piece.group).total_byte_size / opened.metadata.num_columns
        few = max(1, int(TOGETHER / max(size, 1.0)))
        tables = [_part(pa, opened, piece, names[at : at + few]) for at in range(0, len(names), few)]
    fields = pa.schema([field for table in tables for field in table.schema], tables[0].schema.metadata)
    return pa.Table.from_arrays([column for table in tables for column in table.columns], schema=fields)


def scan_file(
    file: str, groups: Sequence[int], first: int, columns: Sequence[str], most: int
) -> Iterator[tuple[Piece, Any]]:
    """Yield the rows of a file in their order, at most so many at a time, each row read once.

    Parameters
    ----------
    file : str
        The file.
    groups : sequence of int
        Rows of each row group.
    first : int
        The place of its first row.
    columns : sequence of str
        The columns.
    most : int
        The largest number of rows at a time.

    Yields
    ------
    piece : Piece
        The place of the rows.
    table : pyarrow.Table
        The rows.
    """
    pa, _ = _arrow()
    names, place = list(dict.fromkeys(columns)), 0
    with _naming(file), _opened(file) as opened:
        for group, n_rows in enumerate(groups):
            start = 0
            for batch in opened.iter_batches(most, row_groups=[group], columns=names, use_threads=False):
                piece = Piece(file, group, start, batch.num_rows, first + place + start, place + start)
                yield piece, pa.Table.from_batches([batch]).select(names)
                start += batch.num_rows
            if start != n_rows:
                raise DataError(f"{file} changed while it was being read. Start again.")
            place += n_rows


def _part(pa: Any, opened: Any, piece: Piece, names: list[str]) -> Any:
    """Return columns of a piece.

    A row group is read from its beginning, without keeping the rows before the piece. Buffers are as large as
    the row group's pages, so many columns at a time would take more memory than their rows.
    """
    if opened.metadata.row_group(piece.group).num_rows == piece.n_rows:
        return opened.read_row_group(piece.group, columns=names, use_threads=False).select(names)
    kept, place, stop = [], 0, piece.start + piece.n_rows
    batches = opened.iter_batches(
        batch_size=piece.n_rows, row_groups=[piece.group], columns=names, use_threads=False
    )
    for batch in batches:
        low, high = max(piece.start - place, 0), min(stop - place, batch.num_rows)
        if low < high:
            kept.append(batch.slice(low, high - low))
        place += batch.num_rows
        if place >= stop:
            break
    return pa.Table.from_batches(kept).select(names)
