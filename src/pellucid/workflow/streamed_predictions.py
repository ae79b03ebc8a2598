"""Predictions of a model for Parquet files of any size: read, predicted and written part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from glob import has_magic
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from pellucid.estimators.named_rows import named_rows
from pellucid.exceptions import DataError
from pellucid.host.files import replacing_file
from pellucid.tabular.parquet.alike_files import alike, check_alike
from pellucid.tabular.parquet.parquet_files import find_files, footer, scan_file
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.formats import narrowed
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import noting
from pellucid.workflow.output_files import check_output, check_table_suffix
from pellucid.workflow.predictions import PredictionRequest, predict_file
from pellucid.workflow.trained import open_model

__all__ = ["PredictedFile", "can_be_streamed", "predict_any", "predict_parquet"]

MEMORY = 32 << 20  # bytes of a part, with MEMORY / CELL cells
CELL = 32
MOST_NOTES = 5  # on single parts


@dataclass(frozen=True)
class PredictedFile:
    """Answers of a model in a file, a row for each row of the data, in their order.

    Parameters
    ----------
    path : Path
        The file.
    n_rows : int
        Its rows.
    columns : list of str
        Its columns.
    notes : tuple of str
        Remarks on the rows.

    Examples
    --------
    >>> from pathlib import Path
    >>> from pellucid.workflow import PredictedFile
    >>> PredictedFile(Path("predictions.parquet"), 50, ["prediction"], ()).n_rows
    50
    """

    path: Path
    n_rows: int
    columns: list[str]
    notes: tuple[str, ...]


def can_be_streamed(data: str | Path) -> bool:
    """Return whether a table is one or more Parquet files, and pyarrow is installed to read them in parts.

    Parameters
    ----------
    data : path or str
        A path, or a pattern such as ``"big/*.parquet"``.

    Returns
    -------
    bool
        False for files of other kinds.
    """
    is_parquet = Path(data).suffix.lower() in (".parquet", ".pq")
    return is_parquet and (has_magic(str(data)) or Path(data).is_file()) and find_spec("pyarrow") is not None


@polars_errors()
def predict_parquet(
    model: str | Path,
    data: str | Path,
    out: str | Path,
    *,
    identifier: str | None = None,
    proba: bool = False,
    interval: float | None = None,
    quote_formulas: bool = False,
    force: bool = False,
    listener: Listener | None = None,
) -> PredictedFile:
    """Predict the target of the rows of Parquet files into a file, in memory that does not grow with the rows.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        A Parquet file, or a pattern such as ``"big/*.parquet"``, whose files are taken in the order of their
        names.
    out : path
        A .csv or .parquet file to write; it takes its name when it is complete.
    identifier : str, optional
        A column to keep; that of training if omitted.
    proba : bool, default=False
        True to add the probability of each class.
    interval : float, optional
        The share of numbers that intervals hold, such as 0.9; for estimators for tables.
    quote_formulas : bool, default=False
        True to put an apostrophe before text that a spreadsheet would read as a formula.
    force : bool, default=False
        True to write over a file that exists.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    PredictedFile
        The file and its size.

    Raises
    ------
    DataError
        If a file cannot be read or written, or the rows do not fit the model; nothing is written then.
    ParameterError
        If the model has no such answers.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import polars as pl
    >>> from pellucid.workflow import predict_parquet, train_file
    >>> with TemporaryDirectory() as folder:
    ...     pl.DataFrame({"a": range(50), "y": range(50)}).write_parquet(f"{folder}/t.parquet")
    ...     trained = train_file(f"{folder}/t.parquet", "y", out=f"{folder}/m.safetensors", max_iter=5)
    ...     done = predict_parquet(trained.path, f"{folder}/t.parquet", f"{folder}/p.parquet")
    >>> done.n_rows, done.columns
    (50, ['prediction'])
    """
    listener, path = listener or Listener(), Path(out)
    check_table_suffix(path)
    files = find_files(data)
    check_output(path, force=force, read=[model, *files])
    request = PredictionRequest(
        open_model(Path(model)), identifier, proba=proba, interval=interval, quote_formulas=quote_formulas
    )
    request.check(path)
    n_rows, columns = 0, list[str]()
    is_csv = path.suffix.lower() == ".csv"
    with replacing_file(path) as file, _Writer(file, is_csv=is_csv) as writer:
        for answers in _answers(request, str(data), files, listener):
            writer.write(answers)
            n_rows, columns = n_rows + answers.height, answers.columns
        if not n_rows:
            raise DataError(f"{data} has column names and no rows.")
    return PredictedFile(path, n_rows, columns, tuple(listener.notes))


def _answers(
    request: PredictionRequest, source: str, files: list[str], listener: Listener
) -> Iterator[pl.DataFrame]:
    """Yield the answers for the rows of the files, in their order."""
    found = [footer(file) for file in files]
    schemas = _without_idle([schema for schema, _ in found], request.needed)
    types = check_alike(files, schemas)
    names, said, first = list(schemas[0].names), set[str](), 0
    most = max(256, MEMORY // CELL // max(1, len(names)))
    for file, (_, groups) in zip(files, found, strict=True):
        for piece, table in scan_file(file, groups, 0, names, most):
            frame: Any = pl.from_arrow(alike(table, types, str(piece), request.identifiers))
            part = Dataset(source, frame.with_columns(narrowed(column) for column in frame))

            def note(text: str, rows: str = str(piece)) -> None:
                if text not in said and len(said) < MOST_NOTES + 1:
                    said.add(text)
                    listener.note(text if text.startswith(("The model does", source)) else f"{rows}: {text}")

            with named_rows(str(piece)), noting(note):
                answers = request.answers(part, note)
            yield answers
            first += answers.height


def _without_idle(schemas: list[Any], needed: set[str] | None) -> list[Any]:
    """Return schemas without columns that no answer needs and that not all files have, or with other types."""
    if needed is None:
        return schemas
    shared = set.intersection(*({(held.name, str(held.type)) for held in schema} for schema in schemas))
    kept = needed | {name for name, _ in shared}
    made = import_module("pyarrow").schema
    return [made([held for held in schema if held.name in kept]) for schema in schemas]


class _Writer:
    """Writer of a table in parts."""

    def __init__(self, file: BinaryIO, *, is_csv: bool) -> None:
        self.file, self.is_csv, self.is_first = file, is_csv, True
        self.parquet: Any = None

    def write(self, frame: pl.DataFrame) -> None:
        """Append rows."""
        if self.is_csv:
            self.file.write(frame.write_csv(include_header=self.is_first).encode())
        else:
            import pyarrow.parquet as pq

            table = frame.to_arrow()
            if self.parquet is None:
                self.parquet = pq.ParquetWriter(self.file, table.schema)
            self.parquet.write_table(table)
        self.is_first = False

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if self.parquet is None:
            return
        try:
            if kind is None:
                self.parquet.close()
        finally:
            self.parquet.is_open = False  # nothing more is written, not even at garbage collection


def predict_any(
    model: str | Path, data: str | Path, *, out: Path | None, dialect: Dialect, **options: Any
) -> tuple[int, list[str], Any]:
    """Predict a table, in parts if it is Parquet to be written to a file.

    Parameters
    ----------
    model, data : path
        The model file and the table.
    out : Path or None
        The file to write.
    dialect : Dialect
        Format of a text file.
    **options
        Those of :func:`predict_parquet` and :func:`pellucid.workflow.predict_file`.

    Returns
    -------
    n_rows : int
        The number of answers.
    columns : list of str
        Their columns.
    answers : polars.DataFrame or None
        The answers, unless they went to the file in parts.
    """
    if out is not None and can_be_streamed(data):
        done = predict_parquet(model, data, out, **options)
        return done.n_rows, done.columns, None
    answers = predict_file(model, data, out=out, dialect=dialect, **options).frame
    return answers.height, answers.columns, answers
