"""Tables from outside: CSV and Parquet files, and the sets that come with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl
import sklearn.datasets

from pellucid.cli.csvs import check_names, read_csv
from pellucid.cli.dialect import Dialect
from pellucid.cli.files import PACKED, opened, read_parquet
from pellucid.cli.typed import typed
from pellucid.exceptions import DataError

__all__ = ["BUNDLED", "Table", "read_table"]

BUNDLED: dict[str, Callable[[], Any]] = {
    "digits": sklearn.datasets.load_digits,
    "iris": sklearn.datasets.load_iris,
    "wine": sklearn.datasets.load_wine,
    "breast_cancer": sklearn.datasets.load_breast_cancer,
    "diabetes": sklearn.datasets.load_diabetes,
}
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True)
class Table:
    """A table and where it came from.

    Parameters
    ----------
    source : str
        The path or name, as it was typed.
    frame : polars.DataFrame
        Its columns.
    target : str or None, default=None
        The target, where the table itself says which column it is.
    notes : tuple of str, default=()
        What was found out about the file.
    dialect : Dialect, default=Dialect()
        What the user said of it.
    """

    source: str
    frame: pl.DataFrame
    target: str | None = None
    notes: tuple[str, ...] = ()
    dialect: Dialect = field(default_factory=Dialect)

    @property
    def stem(self) -> str:
        """What files about this table begin with."""
        return self.source if self.target else _unpacked(Path(self.source)).stem


def read_table(
    source: str,
    *,
    as_text: Collection[str] = (),
    raw: Collection[str] = (),
    dialect: Dialect | None = None,
) -> Table:
    """Read a table, or say what is wrong with it.

    Parameters
    ----------
    source : str
        The path of a CSV or Parquet file, or a name of ``BUNDLED``.
    as_text : collection of str, default=()
        Columns of a CSV file that stay as written unless they are integers, such as identifiers.
    raw : collection of str, default=()
        Columns of a CSV file that stay text.
    dialect : Dialect, optional
        How a CSV file is written, as far as it is known.

    Returns
    -------
    Table
        With at least one column and one row.

    Raises
    ------
    DataError
        If there is no such file, it is of another kind, or it cannot be read.
    """
    if source in BUNDLED:
        return _bundled(source)
    path = Path(source)
    _check_path(path)
    dialect, notes = dialect or Dialect(), list[str]()
    if _suffix(path) in TEXT_SUFFIXES:
        text, notes = _read_text(path, dialect)
        frame = typed(text, as_text, raw, dialect.decimal)
    else:
        frame = _read_parquet(path)
    if not frame.height:
        raise DataError(f"{source} has column names and no rows.")
    return Table(source, frame, notes=tuple(notes), dialect=dialect)


def _bundled(name: str) -> Table:
    bunch = BUNDLED[name]()
    columns: dict[str, Any] = dict(zip(map(str, bunch.feature_names), bunch.data.T, strict=True))
    names: Any = getattr(bunch, "target_names", None)
    are_words = names is not None and names.dtype.kind == "U"
    columns["target"] = names[bunch.target].tolist() if are_words else bunch.target
    return Table(name, pl.DataFrame(columns), "target")


def _check_path(path: Path) -> None:
    texts, parquets = ", ".join(TEXT_SUFFIXES), ", ".join(PARQUET_SUFFIXES)
    accepted = f"a CSV file ({texts}) or a Parquet file ({parquets}), also with .gz"
    if path.is_dir():
        inside = ", ".join(sorted(str(path / name) for name in _tables_in(path))[:5])
        raise DataError(
            f"{path} is a folder; DATA is {accepted}." + (f" It holds: {inside}." if inside else "")
        )
    if not path.exists():
        near = get_close_matches(path.name, _tables_in(path.parent))
        choices = [str(path.parent / name) for name in near] + get_close_matches(str(path), BUNDLED)
        raise DataError(
            f"There is no file {str(path)!r}. DATA is {accepted}, or one of {', '.join(BUNDLED)}."
            + (f" Did you mean {choices[0]!r}?" if choices else "")
        )
    if not path.is_file():
        raise DataError(f"{path} is no regular file; DATA is {accepted}.")
    if _suffix(path) not in (*TEXT_SUFFIXES, *PARQUET_SUFFIXES):
        kind = f"ends in {path.suffix!r}" if path.suffix else "has no ending that says what it is"
        raise DataError(f"{path} {kind}; DATA is {accepted}. Convert or rename the file.")
    if not path.stat().st_size:
        raise DataError(f"{path} is empty.")


def _tables_in(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [p.name for p in folder.iterdir() if _suffix(p) in (*TEXT_SUFFIXES, *PARQUET_SUFFIXES)]


def _unpacked(path: Path) -> Path:
    """Return a path without the ending of packed files."""
    return path.with_suffix("") if path.suffix.lower() == PACKED else path


def _suffix(path: Path) -> str:
    return _unpacked(path).suffix.lower()


# ---- CSV ------------------------------------------------------------------------------------------------


def _read_text(path: Path, dialect: Dialect) -> tuple[pl.DataFrame, list[str]]:
    with opened(path, is_text=True) as file:
        data = file.read()
    return read_csv(str(path), data, dialect)


# ---- Parquet --------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> pl.DataFrame:
    with opened(path, is_text=False) as file:
        frame = read_parquet(path, file)
    check_names(str(path), frame.columns)
    return frame.with_columns(_narrowed(column) for column in frame)


def _narrowed(column: pl.Series) -> pl.Series:
    """Return a column of decimals or of 128-bit integers as numbers of 64 bits."""
    if column.dtype in (pl.Int128, pl.UInt128):
        whole = column.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column.cast(pl.Float64)
    return column.cast(pl.Float64) if column.dtype.is_decimal() else column
