"""Model files and new tables together, for the commands that use a trained model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pellucid import Network, load
from pellucid.estimators.parameters import check_parameters
from pellucid.exceptions import DataError, ModelFileError
from pellucid.persistence import read_header
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.reading.identity import reads_as_number
from pellucid.workflow.fit import Model
from pellucid.workflow.input_files.dataset import Dataset, read_table
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.kinds import KnownColumns, read_kinds
from pellucid.workflow.noting import Note
from pellucid.workflow.origin import Examples, Origin
from pellucid.workflow.table_columns import column, matching_inputs, numbers, shown
from pellucid.workflow.target import CLASSIFICATION, REGRESSION, Values, as_classes, as_text, values
from pellucid.workflow.wording import option

__all__ = ["Trained", "check_is_file", "check_trainable", "open_model", "truth"]


@dataclass(frozen=True)
class Trained:
    """A fitted estimator from a file.

    Parameters
    ----------
    path : Path
        The file.
    model : Model
        The estimator, for tables or not.
    origin : Origin or None
        Origin of the model, if ``pellucid train`` wrote it.
    """

    path: Path
    model: Model
    origin: Origin | None

    @property
    def task(self) -> str:
        """Classification or regression."""
        return CLASSIFICATION if hasattr(self.model, "classes_") else REGRESSION

    def inputs(self, table: Dataset, others: Collection[str], note: Note) -> pl.DataFrame:
        """Return the columns that the model takes, in its order; others are noted and left out."""
        names = getattr(self.model, "feature_names_in_", None)
        known = set(others) | (self.origin.others if self.origin else set())
        n_inputs = int(self.model.n_features_in_)
        taken = matching_inputs(table, None if names is None else names.tolist(), n_inputs, known)
        unused = [name for name in table.frame.columns if name not in {*taken, *known}]
        if unused:
            note(f"The model does not use {len(unused)} of the columns of {table.source}: {shown(unused)}.")
        return read_kinds(table, taken, self._kinds) if self.is_tabular else numbers(table, taken)

    def examples(self, table: Dataset, origin: Origin, note: Note) -> Examples:
        """Return the rows of a table that holds the true targets."""
        inputs = self.inputs(table, origin.others, note)
        return origin.with_roles(table, inputs, truth(self, table, origin.target))

    def table(self, source: str, dialect: Dialect, note: Note, *, as_text: Collection[str] = ()) -> Dataset:
        """Read a table as the training data was read."""
        noted = self.origin.dialect if self.origin else {}
        table = read_table(source, as_text=as_text, raw=self._raw, dialect=dialect.after(noted))
        for said in table.notes:
            note(said)
        return table

    @property
    def _raw(self) -> list[str]:
        """The columns whose text matters more than its value: codes, and text that was read."""
        if not self.is_tabular:
            return []
        return [
            column.name
            for column in self.model.encoder_.columns_
            if column.kind == "text"
            or column.reading is not None
            or not all(map(reads_as_number, column.categories))
        ]

    @property
    def is_tabular(self) -> bool:
        """True if it is an estimator for tables."""
        return isinstance(self.model, TabularClassifier | TabularRegressor)

    @property
    def _kinds(self) -> KnownColumns:
        columns = self.model.encoder_.columns_
        return KnownColumns(
            {column.name: column.kind for column in columns},
            frozenset(self.origin.numeric if self.origin else ()),
            {column.name: column.reading for column in columns if column.reading is not None},
            decimal=self.origin.decimal if self.origin else "auto",
        )


def truth(trained: Trained, table: Dataset, target: str) -> Values:
    """Return the target in the model's own kind of classes, or as numbers.

    Parameters
    ----------
    trained : Trained
        The model.
    table : Dataset
        The table.
    target : str
        Its column.

    Returns
    -------
    ndarray of shape (n_rows,)
        Comparable with predictions.

    Raises
    ------
    DataError
        If the column holds something else.
    """
    if trained.task != CLASSIFICATION:
        return values(table, target, REGRESSION)
    held, kind = column(table, target), trained.model.classes_.dtype.kind
    if kind in "UO":
        return as_classes(as_text(held))
    y = as_classes(held)
    if y.dtype.kind == kind or {y.dtype.kind, kind} <= set("iu"):
        return y
    classes = ", ".join(map(str, trained.model.classes_[:8]))
    raise DataError(
        f"Column {target!r} of {table.source} holds {held.dtype} values, such as {held[0]!r}; the classes "
        f"of the model are {classes}. Name the column with the classes with {option('target')}."
    )


def open_model(path: Path) -> Trained:
    """Return the estimator in a file; raise an error if there is none.

    Parameters
    ----------
    path : Path
        A model file.

    Returns
    -------
    Trained
        The model.

    Raises
    ------
    DataError
        If there is no such file.
    ModelFileError
        If it is not a complete model file, or holds no estimator.
    """
    check_is_file(path)
    model: Any = load(path)
    if isinstance(model, Network):
        raise ModelFileError(
            f"{path} holds a Network, which has neither classes nor column names. Use it in Python with "
            "pellucid.load, or save an MLPClassifier or MLPRegressor."
        )
    check_trainable(path, model)
    return Trained(path, model, Origin.of(read_header(path), path))


def check_trainable(path: Path, model: Any) -> None:
    """Refuse a file of an estimator with parameters that its fit would refuse."""
    try:
        check_parameters(model)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"{path} holds an estimator with an invalid parameter. {error}") from error


def check_is_file(path: Path) -> None:
    """Raise a DataError if a model file does not exist."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; MODEL is a file written by `pellucid train`.")
    if not path.exists():
        beside = sorted(str(p) for p in path.parent.glob("*.safetensors")) if path.parent.is_dir() else []
        raise DataError(
            f"There is no model file {str(path)!r}."
            + (f" There is: {', '.join(beside[:5])}." if beside else " `pellucid train DATA` writes one.")
        )
