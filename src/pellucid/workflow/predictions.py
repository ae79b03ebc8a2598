"""Predictions of a model for the rows of a table, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pellucid.estimators import preparation_of
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_csv
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import Note, noting
from pellucid.workflow.output_files import check_output, check_table_suffix, write_table
from pellucid.workflow.table_columns import plain, require
from pellucid.workflow.target import CLASSIFICATION
from pellucid.workflow.trained import Trained, open_model
from pellucid.workflow.wording import option

__all__ = ["PredictedTable", "PredictionRequest", "predict_file"]

PREDICTION = "prediction"


@dataclass(frozen=True)
class PredictedTable:
    """Answers of a model, a row for each row of the data.

    Parameters
    ----------
    frame : polars.DataFrame
        The identifiers if there are any, ``prediction``, and the probabilities or the ends of intervals.
    notes : tuple of str
        Remarks on the rows.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import predict_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     answers = predict_file(trained.path, "iris")
    >>> answers.frame.shape, answers.frame["prediction"][0]
    ((150, 1), 'setosa')
    """

    frame: pl.DataFrame
    notes: tuple[str, ...]


@polars_errors()
def predict_file(
    model: str | Path,
    data: str | Path,
    *,
    out: str | Path | None = None,
    identifier: str | None = None,
    proba: bool = False,
    interval: float | None = None,
    quote_formulas: bool = False,
    force: bool = False,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> PredictedTable:
    """Predict the target of new rows by a model of :func:`train_file`.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        A table file with the model's inputs, or the name of a set that comes with scikit-learn.
    out : path, optional
        A .csv or .parquet file to write.
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
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    PredictedTable
        The answers.

    Raises
    ------
    DataError
        If a file cannot be read or written, or the table does not fit the model.
    ParameterError
        If the model has no such answers.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import predict_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     answers = predict_file(trained.path, "iris", proba=True)
    >>> answers.frame.columns
    ['prediction', 'probability_setosa', 'probability_versicolor', 'probability_virginica']
    """
    listener = listener or Listener()
    if out is not None:
        out = Path(out)
        check_table_suffix(out)
        check_output(out, force=force, read=[model, data])
    trained = open_model(Path(model))
    request = PredictionRequest(
        trained, identifier, proba=proba, interval=interval, quote_formulas=quote_formulas
    )
    request.check(out)
    table = trained.table(str(data), dialect or Dialect(), listener.note, as_text=request.identifiers)
    with noting(listener.note):
        answers = request.answers(table, listener.note)
    if out is not None:
        write_table(answers, out)
    return PredictedTable(answers, tuple(listener.notes))


@dataclass(frozen=True)
class PredictionRequest:
    """Requested answers of a model.

    Parameters
    ----------
    trained : Trained
        The model.
    identifier : str or None
        A column to keep; that of training if None.
    proba : bool
        True to add the probability of each class.
    interval : float or None
        The share of numbers that intervals hold.
    quote_formulas : bool
        True to put an apostrophe before text that a spreadsheet would read as a formula.
    """

    trained: Trained
    identifier: str | None
    proba: bool
    interval: float | None
    quote_formulas: bool

    @property
    def identifiers(self) -> set[str]:
        """The columns that may be kept."""
        noted = self.trained.origin.identifier if self.trained.origin else None
        return {name for name in (self.identifier, noted) if name is not None}

    @property
    def needed(self) -> set[str] | None:
        """The columns that answers may need; None for a model that knows its columns by position."""
        names = getattr(self.trained.model, "feature_names_in_", None)
        return None if names is None else {*names.tolist(), *self.identifiers}

    def check(self, out: Path | None) -> None:
        """Raise a ParameterError for answers that the model does not give, or the file cannot hold."""
        trained = self.trained
        if self.quote_formulas and out is not None and out.suffix.lower() != ".csv":
            raise ParameterError(
                f"{option('quote_formulas')} applies to CSV only. Leave it out, or write a .csv file."
            )
        if self.proba and trained.task != CLASSIFICATION:
            raise ParameterError(
                f"{option('proba')} applies to classification; {trained.path} predicts numbers."
            )
        if self.proba and not hasattr(trained.model, "predict_proba"):
            raise ParameterError(
                f"The model in {trained.path}, {type(trained.model).__name__}, does not predict probabilities."
            )
        if self.interval is not None and not _has_limits(trained.model):
            raise ParameterError(
                f"{option('interval')} applies to an estimator for tables that predicts numbers or one class; "
                f"{trained.path} has no intervals."
            )

    def answers(self, table: Dataset, note: Note) -> pl.DataFrame:
        """Return the identifiers, the predictions, and the probabilities or intervals if requested."""
        columns = []
        identifier = self._identifier_in(table, note)
        if identifier is not None:
            columns.append(plain(table, identifier))
        model: Any = self.trained.model
        inputs = self.trained.inputs(table, {identifier} - {None}, note)  # type: ignore[arg-type]
        predicted = _encodable(model.predict(inputs))
        if predicted.ndim == 1:
            columns.append(pl.Series(PREDICTION, predicted))
        else:
            columns += [pl.Series(f"{PREDICTION}_{j}", predicted[:, j]) for j in range(predicted.shape[1])]
        if self.proba:
            probabilities = model.predict_proba(inputs)
            names = [f"probability_{name}" for name in _encodable(model.classes_)]
            columns += [pl.Series(name, probabilities[:, j]) for j, name in enumerate(names)]
        if self.interval is not None and hasattr(model, "predict_set"):
            sets, names = model.predict_set(inputs, coverage=self.interval), _encodable(model.classes_)
            texts = ["|".join(str(name) for name in names[own]) for own in sets]
            columns.append(pl.Series("set", texts))
        elif self.interval is not None:
            ends = model.predict_interval(inputs, coverage=self.interval)
            columns += [pl.Series("lower", ends[:, 0]), pl.Series("upper", ends[:, 1])]
        if len({held.name for held in columns}) < len(columns):
            raise DataError(
                f"The id column {identifier!r} has the same name as a column of predictions. Rename it, or "
                f"choose another with {option('identifier')}."
            )
        answers = pl.DataFrame(columns)
        return _without_formulas(answers) if self.quote_formulas else answers

    def _identifier_in(self, table: Dataset, note: Note) -> str | None:
        """Return the column of identifiers of a table."""
        if self.identifier is not None:
            require(table, [self.identifier], option("identifier"))
            return self.identifier
        noted = next(iter(self.identifiers), None)
        if noted is not None and noted not in table.frame.columns:
            note(
                f"{table.source} has no column {noted!r}, the id column in training; predictions have no id."
            )
            return None
        return noted


def _has_limits(model: Any) -> bool:
    """Return whether a model predicts intervals, or sets of mutually exclusive classes."""
    if hasattr(model, "predict_set"):
        return not preparation_of(model).is_multilabel
    return hasattr(model, "predict_interval")


def _encodable(labels: Any) -> Any:
    """Return labels that UTF-8 can hold, with the number of a lone surrogate in its place."""
    if labels.dtype.kind not in "OU":
        return labels
    whole = [
        label.encode("utf-8", "backslashreplace").decode() if isinstance(label, str) else label
        for label in labels.ravel().tolist()
    ]
    return np.array(whole, labels.dtype if labels.dtype == object else str).reshape(labels.shape)


def _without_formulas(answers: pl.DataFrame) -> pl.DataFrame:
    """Return a table in which no column name and no text begins like a spreadsheet formula."""
    columns = []
    for held in answers:
        if held.dtype in (pl.String, pl.Categorical, pl.Enum):
            texts = held.cast(pl.String).to_list()
            held = pl.Series(
                held.name, [None if text is None else for_csv(text) for text in texts], pl.String
            )
        columns.append(held.rename(for_csv(held.name)))
    return pl.DataFrame(columns)
