"""Rows with the true targets, on which a model from a file is evaluated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import ParameterError
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.noting import Note
from pellucid.workflow.origin import Examples, Origin
from pellucid.workflow.table_columns import columns_of, require, shown
from pellucid.workflow.target import CLASSIFICATION
from pellucid.workflow.trained import Trained, open_model
from pellucid.workflow.wording import option

__all__ = ["JudgedRows", "judged_rows", "unknown_classes"]


class JudgedRows(NamedTuple):
    """A model from a file, and the rows of a table on which it is evaluated.

    Parameters
    ----------
    trained : Trained
        The model.
    table : Dataset
        The rows as they stand in the table: all, or those with a target, as in training.
    origin : Origin
        The roles of the table's columns.
    examples : Examples
        The same rows as the model takes them, with their true targets.
    """

    trained: Trained
    table: Dataset
    origin: Origin
    examples: Examples


def judged_rows(
    model: str | Path, data: str | Path, target: str | None, weight: str | None, dialect: Dialect, note: Note
) -> JudgedRows:
    """Read a model and a table that holds the true targets.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        A table file, or the name of a set that comes with scikit-learn.
    target, weight : str or None
        The columns with the truth and with row weights; None for those of training.
    dialect : Dialect
        Format of a text file, if it differs from the training data.
    note : callable
        Hears notes.

    Returns
    -------
    JudgedRows
        The model, the table, the roles of its columns, and its rows.

    Raises
    ------
    DataError
        If a file cannot be read, or the table does not fit the model.
    """
    trained = open_model(Path(model))
    table = trained.table(str(data), dialect, note)
    origin = _roles(trained, table, target, weight, note)
    table = origin.judged(table)
    return JudgedRows(trained, table, origin, trained.examples(table, origin, note))


def unknown_classes(trained: Trained, examples: Examples) -> tuple[NDArray[np.bool_], str]:
    """Return a mask of the rows with classes that the model does not know, and the names of these classes."""
    if trained.task != CLASSIFICATION:
        return np.zeros(len(examples), bool), ""
    unknown = ~np.isin(*of_one_type(examples.y, trained.model.classes_))
    return unknown, shown(map(str, np.unique(examples.y[unknown])))


def _roles(trained: Trained, table: Dataset, target: str | None, weight: str | None, note: Note) -> Origin:
    """Return the roles of training, with those that the user changes, where the table has such columns."""
    noted = trained.origin or Origin("", "", trained.task, None, None, [], 0.0, 0)
    chosen = target or noted.target or table.target
    if not chosen:
        raise ParameterError(
            f"{trained.path} does not record the name of its target. Name the column of {table.source} that "
            f"holds the true targets with {option('target')}. {columns_of(table)}"
        )
    require(table, [chosen], option("target") if target else "the model")
    if weight is not None:
        require(table, [weight], option("weight"))
    elif noted.weight is not None and noted.weight not in table.frame.columns:
        note(f"{table.source} has no column {noted.weight!r}, the weights of training; all rows count 1.")
    else:
        weight = noted.weight
    return replace(noted, target=chosen, weight=weight)
