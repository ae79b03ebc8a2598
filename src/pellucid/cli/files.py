"""Table files as they lie on a disk: unpacked within a limit, and tried before they are trusted."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import polars as pl

from pellucid.cli import parquet_trial
from pellucid.exceptions import DataError

__all__ = ["PACKED", "opened", "read_parquet"]

PACKED = ".gz"
CHUNK = 1 << 20
# A table shrinks to a fifth or a tenth of its size; files made to fill a memory, to a thousandth.
LEAST_UNPACKED, MOST_TIMES = 64 << 20, 100
TRIAL_MEMORY = 4 << 30  # bytes for reading a Parquet file, and MOST_TIMES its size
FOREIGN = {
    b"\x1f\x8b": "packed with gzip; add .gz to its name",
    b"PAR1": "a Parquet file; rename it to end in .parquet",
    b"PK\3\4": "a zip archive or a spreadsheet; unpack it, or save it as CSV",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard; unpack it with zstd -d",
    b"\xfd7zXZ\0": "packed with xz; unpack it with xz -d",
}


@contextmanager
def opened(path: Path, *, is_text: bool) -> Iterator[IO[bytes]]:
    """Open a file for reading, without the packing of gzip.

    Parameters
    ----------
    path : Path
        A regular file.
    is_text : bool
        Whether text is expected, so that packed files of another kind are refused by name.

    Yields
    ------
    file
        At its beginning.

    Raises
    ------
    DataError
        If it is not a whole gzip file, unpacks to much more than its size, or is of another kind.
    """
    with path.open("rb", buffering=0) as file:  # its position is that of the trial's standard input too
        if path.suffix.lower() == PACKED:
            with tempfile.TemporaryFile(buffering=0) as plain:
                _unpack(path, file, plain)
                _refuse_foreign(path, plain, is_text=is_text)
                yield plain
        else:
            _refuse_foreign(path, file, is_text=is_text)
            yield file


def _unpack(path: Path, packed: IO[bytes], plain: IO[bytes]) -> None:
    size = os.fstat(packed.fileno()).st_size
    most, n_bytes = LEAST_UNPACKED + MOST_TIMES * size, 0
    try:
        with gzip.GzipFile(fileobj=packed) as unpacking:
            while chunk := unpacking.read(CHUNK):
                n_bytes += len(chunk)
                if n_bytes > most:
                    raise DataError(
                        f"{path} has {size / 1e6:.2f} MB and unpacks to more than {most / 1e6:.0f} MB, "
                        f"{MOST_TIMES} times its size and {LEAST_UNPACKED / 1e6:.0f} MB, as files made to fill a "
                        f"memory do. If you trust it, unpack it first: gunzip --keep {path.name}"
                    )
                plain.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is no whole gzip file: {error}. Copy or download it again.") from error


def _refuse_foreign(path: Path, file: IO[bytes], *, is_text: bool) -> None:
    file.seek(0)
    beginning = file.read(8)
    file.seek(0)
    for magic, what in FOREIGN.items():
        if is_text and beginning.startswith(magic):
            raise DataError(f"{path} is not a text file: it is {what}.")


def read_parquet(path: Path, file: IO[bytes]) -> pl.DataFrame:
    """Read a Parquet file, after a trial in a process of its own.

    Parameters
    ----------
    path : Path
        What errors call it.
    file : file
        Its content, at the beginning.

    Returns
    -------
    polars.DataFrame
        The table.

    Raises
    ------
    DataError
        If it is damaged, or takes much more memory than its size.
    """
    _try(path, file)
    try:
        file.seek(0)
        return pl.read_parquet(file)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _unreadable(path, str(error)) from error


def _try(path: Path, file: IO[bytes]) -> None:
    """Raise a DataError if another process cannot read the file."""
    program = Path(parquet_trial.__file__)
    if getattr(sys, "frozen", False) or not program.is_file():  # where there is no Python to start
        return
    limit = TRIAL_MEMORY + MOST_TIMES * os.fstat(file.fileno()).st_size
    command = [sys.executable, "-P", str(program), str(limit)]
    ended = subprocess.run(command, stdin=file, capture_output=True, check=False)
    said = ended.stderr.decode(errors="replace")
    if ended.returncode == parquet_trial.REFUSED:
        raise _unreadable(path, said)
    if ended.returncode:
        why = (
            "it is damaged"
            if "memory allocation of" not in said
            else (f"it is damaged, or takes more than {limit / 1e9:.1f} GB of memory")
        )
        raise DataError(f"{path} cannot be read as a Parquet file: {why}. Make or download it again.")


def _unreadable(path: Path, said: str) -> DataError:
    line = (said.strip().splitlines() or ["it is damaged"])[0].rstrip(".")
    return DataError(f"{path} cannot be read as a Parquet file: {line}.")
