"""Tables from files of many kinds, standard input, and the data sets bundled with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from glob import has_magic
from pathlib import Path
from typing import Any

import polars as pl
import sklearn.datasets

from pellucid.exceptions import DataError
from pellucid.workflow.input_files.csvs import check_names
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.formats import ACCEPTED, SUFFIXES, format_of, format_of_bytes
from pellucid.workflow.input_files.opening import STDIN, opened
from pellucid.workflow.input_files.packing import PACKED, table_name
from pellucid.workflow.input_files.typed import typed

__all__ = ["BUNDLED", "Dataset", "read_table"]

BUNDLED: dict[str, Callable[[], Any]] = {
    "digits": sklearn.datasets.load_digits,
    "iris": sklearn.datasets.load_iris,
    "wine": sklearn.datasets.load_wine,
    "breast_cancer": sklearn.datasets.load_breast_cancer,
    "diabetes": sklearn.datasets.load_diabetes,
}


@dataclass(frozen=True)
class Dataset:
    """A table with its source.

    Parameters
    ----------
    source : str
        The path or name, as it was typed.
    frame : polars.DataFrame
        Its columns.
    target : str or None, default=None
        The target, if the table itself names it.
    notes : tuple of str, default=()
        Remarks on the file.
    dialect : Dialect, default=Dialect()
        The format as the user described it.

    Examples
    --------
    >>> from pellucid.workflow import read_table
    >>> table = read_table("wine")
    >>> table.source, table.frame.height
    ('wine', 178)
    """

    source: str
    frame: pl.DataFrame
    target: str | None = None
    notes: tuple[str, ...] = ()
    dialect: Dialect = field(default_factory=Dialect)

    @property
    def stem(self) -> str:
        """Prefix for the names of files about this table."""
        if self.source == STDIN:
            return "stdin"
        if has_magic(self.source) and not Path(self.source).exists():  # a pattern of files: their folder
            return Path(self.source).resolve().parent.name or "data"
        return self.source if self.target else _bare(Path(self.source)).stem


def read_table(
    source: str,
    *,
    as_text: Collection[str] = (),
    raw: Collection[str] = (),
    dialect: Dialect | None = None,
) -> Dataset:
    """Read a table, or raise an error that explains what is wrong with it.

    Parameters
    ----------
    source : str
        The path of a table file, ``-`` for standard input, or a name of ``BUNDLED``.
    as_text : collection of str, default=()
        Columns of a CSV file that stay as written unless they are integers, such as identifiers.
    raw : collection of str, default=()
        Columns of a CSV file that stay text.
    dialect : Dialect, optional
        Format of a CSV file, as far as it is known.

    Returns
    -------
    Dataset
        With at least one column and one row.

    Raises
    ------
    DataError
        If there is no such file, it is of another kind, or it cannot be read.

    Examples
    --------
    >>> from pellucid.workflow import read_table
    >>> table = read_table("iris")
    >>> table.frame.shape, table.target
    ((150, 5), 'target')
    """
    if source in BUNDLED:
        return _bundled(source)
    path = Path(source)
    if source != STDIN:
        _check_path(path)
    dialect = dialect or Dialect()
    kind = format_of(table_name(path))
    with opened(path, is_text=kind is not None and kind.is_text) as file:
        if kind is None:  # standard input
            kind = format_of_bytes(file.read(8))
            file.seek(0)
        frame, notes = kind.read(path, file, dialect)
    check_names(source, frame.columns)
    if kind.name == "CSV":
        frame = typed(frame, as_text, raw, dialect.decimal)
    if not frame.height:
        raise DataError(f"{source} has column names and no rows.")
    return Dataset(source, frame, notes=tuple(notes), dialect=dialect)


def _bundled(name: str) -> Dataset:
    bunch = BUNDLED[name]()
    columns: dict[str, Any] = dict(zip(map(str, bunch.feature_names), bunch.data.T, strict=True))
    names: Any = getattr(bunch, "target_names", None)
    are_words = names is not None and names.dtype.kind == "U"
    columns["target"] = names[bunch.target].tolist() if are_words else bunch.target
    return Dataset(name, pl.DataFrame(columns), "target")


def _check_path(path: Path) -> None:
    if path.is_dir():
        found = _tables_in(path)
        inside = ", ".join(sorted(str(path / name) for name in found)[:5])
        many = sum(name.endswith(".parquet") for name in found) > 1
        raise DataError(
            f"{path} is a folder; DATA is {ACCEPTED}."
            + (f" It holds: {inside}." if inside else "")
            + (f" To read all its Parquet files, use {str(path / '*.parquet')!r}." if many else "")
        )
    if not path.exists():
        near = get_close_matches(path.name, _tables_in(path.parent))
        choices = [str(path.parent / name) for name in near] + get_close_matches(str(path), BUNDLED)
        raise DataError(
            f"There is no file {str(path)!r}. DATA is {ACCEPTED}, or one of {', '.join(BUNDLED)}."
            + (f" Did you mean {choices[0]!r}?" if choices else "")
        )
    if not path.is_file():
        raise DataError(f"{path} is not a regular file; DATA is {ACCEPTED}.")
    if format_of(table_name(path)) is None:
        kind = f"ends in {path.suffix!r}" if path.suffix else "has no suffix that identifies its format"
        raise DataError(f"{path} {kind}; DATA is {ACCEPTED}. Convert or rename the file.")
    if not path.stat().st_size:
        raise DataError(f"{path} is empty.")


def _tables_in(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [p.name for p in folder.iterdir() if _bare(p).suffix.lower() in SUFFIXES]


def _bare(path: Path) -> Path:
    """Return a path without the suffix of a compression format."""
    return path.with_suffix("") if path.suffix.lower() in PACKED else path
