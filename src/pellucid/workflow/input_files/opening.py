"""Opening of data files: decompressed within a limit, and tested before they are trusted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import polars as pl

from pellucid.exceptions import DataError
from pellucid.workflow.input_files import parquet_trial
from pellucid.workflow.input_files.packing import MOST_TIMES, PACKED, packing_of, unpack

__all__ = ["STDIN", "opened", "read_columnar"]

STDIN = "-"
TRIAL_MEMORY = 4 << 30  # bytes for reading a Parquet file, and MOST_TIMES its size
FOREIGN = {
    b"\x1f\x8b": "compressed with gzip; add .gz to its name",
    b"PAR1": "a Parquet file; rename it to end in .parquet",
    b"PK\3\4": "a zip archive or a spreadsheet; rename it to end in .zip or .xlsx",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard; add .zst to its name",
    b"\xfd7zXZ\0": "compressed with xz; add .xz to its name",
    b"BZh9": "compressed with bzip2; add .bz2 to its name",
    b"ARROW1": "an Arrow file; rename it to end in .arrow",
}


@contextmanager
def opened(path: Path, *, is_text: bool) -> Iterator[IO[bytes]]:
    """Open a file for reading, decompressed.

    Parameters
    ----------
    path : Path
        A regular file, or ``-`` for standard input.
    is_text : bool
        True if text is expected, so that packed files of another kind are refused by name.

    Yields
    ------
    file
        At its beginning.

    Raises
    ------
    DataError
        If it is not a whole packed file, unpacks to much more than its size, or is of another kind.
    """
    with _stored(path) as file:  # its position is that of the trial's standard input too
        ending = path.suffix.lower()
        if str(path) == STDIN:
            ending = packing_of(file.read(8)) or ""
            file.seek(0)
        if ending in PACKED:
            with tempfile.TemporaryFile(buffering=0) as plain:
                unpack(str(path), file, plain, ending)
                _refuse_foreign(path, plain, is_text=is_text)
                yield plain
        else:
            _refuse_foreign(path, file, is_text=is_text)
            yield file


@contextmanager
def _stored(path: Path) -> Iterator[IO[bytes]]:
    if str(path) != STDIN:
        with path.open("rb", buffering=0) as file:
            yield file
        return
    with tempfile.TemporaryFile(buffering=0) as file:
        shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        file.seek(0)
        yield file


def _refuse_foreign(path: Path, file: IO[bytes], *, is_text: bool) -> None:
    file.seek(0)
    beginning = file.read(8)
    file.seek(0)
    for magic, what in FOREIGN.items():
        if is_text and beginning.startswith(magic):
            raise DataError(f"{path} is not a text file: it is {what}.")


def read_columnar(path: Path, file: IO[bytes], kind: str) -> pl.DataFrame:
    """Read a Parquet or Arrow file, after a trial in a separate process.

    Parameters
    ----------
    path : Path
        Its name in errors.
    file : file
        Its content, at the beginning.
    kind : {"Parquet", "Arrow"}
        Kind of the file; Arrow is a Feather file or a stream.

    Returns
    -------
    polars.DataFrame
        The table.

    Raises
    ------
    DataError
        If it is damaged, or takes much more memory than its size.
    """
    reader = "read_parquet"
    if kind == "Arrow":
        reader = "read_ipc" if file.read(6) == b"ARROW1" else "read_ipc_stream"
    file.seek(0)
    _try(path, file, kind, reader)
    try:
        file.seek(0)
        frame: pl.DataFrame = getattr(pl, reader)(file)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _unreadable(path, kind, str(error)) from error
    return frame


def _try(path: Path, file: IO[bytes], kind: str, reader: str) -> None:
    """Raise a DataError if another process cannot read the file."""
    program = Path(parquet_trial.__file__)
    if getattr(sys, "frozen", False) or not program.is_file():  # if there is no Python to start
        return
    limit = TRIAL_MEMORY + MOST_TIMES * os.fstat(file.fileno()).st_size
    command = [sys.executable, "-P", str(program), str(limit), reader]
    ended = subprocess.run(command, stdin=file, capture_output=True, check=False)
    said = ended.stderr.decode(errors="replace")
    if ended.returncode == parquet_trial.REFUSED:
        raise _unreadable(path, kind, said)
    if ended.returncode:
        why = (
            "it is damaged"
            if "memory allocation of" not in said
            else (f"it is damaged, or takes more than {limit / 1e9:.1f} GB of memory")
        )
        raise DataError(f"{path} cannot be read as {_a(kind)} file: {why}. Write or download it again.")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def _unreadable(path: Path, kind: str, said: str) -> DataError:
    line = (said.strip().splitlines() or ["it is damaged"])[0].rstrip(".")
    return DataError(f"{path} cannot be read as {_a(kind)} file: {line}.")
