"""Output files of commands, which never overwrite something that the user may want to keep."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir

import polars as pl

from pellucid.exceptions import DataError, ModelFileError, ParameterError
from pellucid.host.files import is_stream, replace_file
from pellucid.persistence import read_header
from pellucid.workflow.wording import option

__all__ = [
    "check_default_output",
    "check_output",
    "check_table_suffix",
    "previous",
    "stand_aside",
    "unused",
    "write_or_rescue",
    "write_table",
]

WRITABLE = (".csv", ".parquet")


def check_output(path: Path, *, force: bool, name: str = "out", read: Iterable[str | Path] = ()) -> None:
    """Raise an error if a file cannot be written, or already exists.

    Parameters
    ----------
    path : Path
        The file.
    force : bool
        True if it may be written over.
    name : str, default="out"
        The option that names it.
    read : iterable of path, default=()
        Files that the command reads: they are never written over.
    """
    said = f"{option(name)} {path}"
    if path.is_dir():
        raise DataError(f"{said} is a folder; name a file in it.")
    if is_stream(path):
        return
    if not path.parent.is_dir():
        raise DataError(f"{said}: there is no folder {str(path.parent)!r}. Create it first.")
    if not os.access(path.parent, os.W_OK):
        raise DataError(f"{said}: the folder is not writable: {str(path.parent)!r}.")
    if path.exists():
        if any(Path(source).exists() and path.samefile(source) for source in read):
            raise ParameterError(f"{said} is an input of this command. Name another file.")
        if not force:
            raise DataError(
                f"{said} exists already. Name another file, or overwrite it with {option('force')}."
            )


def check_table_suffix(path: Path) -> None:
    """Raise a ParameterError if the suffix does not determine how to write a table."""
    if path.suffix.lower() not in WRITABLE:
        raise ParameterError(f"{option('out')} must end in {' or '.join(WRITABLE)}; got {path}.")


def previous(path: Path) -> Path:
    """Return the path of an earlier model after a new one has replaced it."""
    return path.with_suffix(f".previous{path.suffix}")


@contextmanager
def stand_aside(path: Path) -> Iterator[bool]:
    """Keep an earlier model with the default name under another name, while a new one takes its place.

    The default name is never missing, and a kill at any moment loses no model: until the new one is whole, the
    earlier one has a second name, and a still earlier one keeps its own.

    Yields
    ------
    bool
        True if there is an earlier model.
    """
    if not path.exists():
        yield False
        return
    kept = unused(previous(path))
    try:
        os.link(os.path.realpath(path), kept)
    except OSError:  # a file system without hard links, or a link to another one
        replace_file(kept, path.read_bytes())
    try:
        yield True
    except BaseException:
        if filecmp.cmp(kept, path, shallow=False):  # the new one was not written
            kept.unlink()
        else:
            os.replace(kept, previous(path))
        raise
    os.replace(kept, previous(path))


def write_or_rescue(write: Callable[[Path], None], path: Path) -> None:
    """Write a result that took long to compute; if that fails, write it to the working or the temporary folder.

    Parameters
    ----------
    write : callable
        Write it to a path, whole or not at all.
    path : Path
        The path.

    Raises
    ------
    DataError
        If it was written elsewhere; the message says where.
    OSError
        If it could be written nowhere.
    """
    try:
        write(path)
    except OSError as error:
        for folder in (Path.cwd(), Path(gettempdir())):
            other = unused(folder / path.name)
            with suppress(OSError):
                write(other)
                raise DataError(
                    f"{path}: {error.strerror or error}. The output is at {other} instead: move it to "
                    "where there is room."
                ) from error
        raise


def check_default_output(path: Path) -> None:
    """Raise a DataError if the default name of the model file belongs to something other than a model."""
    check_output(path, force=True)
    if path.exists():
        try:
            read_header(path)
        except ModelFileError as error:
            raise DataError(
                f"{path} exists already and is not a model file. Name another file with {option('out')}, "
                f"or overwrite it with {option('force')}."
            ) from error


def unused(path: Path) -> Path:
    """Return a path like this one that is not in use."""
    number, found = 2, path
    while found.exists():
        found, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return found


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a CSV or Parquet file atomically."""
    packed = BytesIO()
    if path.suffix.lower() == ".csv":
        frame.write_csv(packed)
    else:
        frame.write_parquet(packed)
    replace_file(path, packed.getvalue())
