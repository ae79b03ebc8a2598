"""Tables from outside: CSV and Parquet files, and the sets that come with scikit-learn."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl
import sklearn.datasets
from polars.exceptions import PolarsError

from pellucid.cli.files import PACKED, opened, read_parquet
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
SEPARATORS = ",;\t|"
WHOLE = r"^[+-]?\d+$"
CODE = r"^[+-]?0\d"  # 007 is a code or a postal code: read as a number it would lose its zeros
TRUTHS = {"true": True, "false": False}


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
    """

    source: str
    frame: pl.DataFrame
    target: str | None = None

    @property
    def stem(self) -> str:
        """What files about this table begin with."""
        return self.source if self.target else _unpacked(Path(self.source)).stem


def read_table(source: str, *, as_text: Collection[str] = ()) -> Table:
    """Read a table, or say what is wrong with it.

    Parameters
    ----------
    source : str
        The path of a CSV or Parquet file, or a name of ``BUNDLED``.
    as_text : collection of str, default=()
        Columns of a CSV file that stay as written unless they are integers, such as identifiers.

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
    frame = _read_csv(path, as_text) if _suffix(path) in TEXT_SUFFIXES else _read_parquet(path)
    if not frame.height:
        raise DataError(f"{source} has column names and no rows.")
    return Table(source, frame)


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


def _read_csv(path: Path, as_text: Collection[str]) -> pl.DataFrame:
    """Read a CSV file; every column as text first, so that nothing is lost before its type is known."""
    with opened(path, is_text=True) as file:
        data = file.read()
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    text = _decoded(path, data)
    separator, names = _header(path, text)
    try:
        frame = pl.read_csv(
            BytesIO(data), separator=separator, has_header=True, infer_schema=False, new_columns=names
        )
    except PolarsError as error:
        raise DataError(
            f"{path} cannot be read as a CSV file with {len(names)} columns: {_first_line(error)}. "
            f"{_too_long(text, separator, len(names))}"
        ) from error
    return frame.select(_typed(column, as_text=column.name in as_text) for column in frame)


def _too_long(text: str, separator: str, n_columns: int) -> str:
    """Say which line has more fields than there are columns."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    with suppress(csv.Error):
        for fields in reader:
            if len(fields) > n_columns:
                return f"Line {reader.line_num} has {len(fields)} fields."
    return "Look for quotes that are not closed."


def _decoded(path: Path, data: bytes) -> str:
    if b"\0" in data:
        raise DataError(f"{path} is not text: it holds zero bytes. Save it as CSV in UTF-8, or as Parquet.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path} is not UTF-8: line {line} holds the byte 0x{data[error.start]:02x}. Save it as CSV in UTF-8."
        ) from error


def _header(path: Path, text: str) -> tuple[str, list[str]]:
    """Return the separator and the column names, which must differ."""
    text = text.lstrip("\r\n")
    if not text.strip():
        raise DataError(f"{path} is empty.")
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)  # the first of them where there is none
    names = [name.strip() for name in next(csv.reader(StringIO(text, newline=""), delimiter=separator))]
    _check_names(path, names)
    return separator, names


def _typed(column: pl.Series, *, as_text: bool = False) -> pl.Series:
    """Return a column of text as Int64, Float64, Boolean, or text; empty fields are missing values.

    Text loses the spaces around it, but for ``as_text``, where only integers are more than text.
    """
    stripped = column.str.strip_chars()
    stripped = stripped.set(stripped == "", None)
    column = column.set(column == "", None) if as_text else stripped
    if column.null_count() == column.len() or stripped.str.contains(CODE).any():
        return column
    if stripped.str.contains(WHOLE).all():
        whole = stripped.str.strip_prefix("+").cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column  # else beyond 64 bits
    if as_text:
        return column
    number = stripped.cast(pl.Float64, strict=False)
    if number.null_count() == column.null_count():
        return number
    lower = stripped.str.to_lowercase()
    if lower.is_in([*TRUTHS, None]).all():
        return lower.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
    return column


# ---- Parquet --------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> pl.DataFrame:
    with opened(path, is_text=False) as file:
        frame = read_parquet(path, file)
    _check_names(path, frame.columns)
    return frame.with_columns(_narrowed(column) for column in frame)


def _narrowed(column: pl.Series) -> pl.Series:
    """Return a column of decimals or of 128-bit integers as numbers of 64 bits."""
    if column.dtype in (pl.Int128, pl.UInt128):
        whole = column.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column.cast(pl.Float64)
    return column.cast(pl.Float64) if column.dtype.is_decimal() else column


def _check_names(path: Path, names: list[str]) -> None:
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{path} has more than one column named {', '.join(twice)}. Each needs its own name.")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")
