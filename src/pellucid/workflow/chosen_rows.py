"""Rows of a table, chosen by their numbers, in the form for a model from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pellucid.exceptions import DataError, ParameterError
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.noted import noted_source
from pellucid.workflow.table_columns import ROW_1, columns_of, require
from pellucid.workflow.target import Values
from pellucid.workflow.trained import Trained, open_model, truth
from pellucid.workflow.wording import option

__all__ = ["ChosenRows", "chosen_rows"]


@dataclass(frozen=True)
class ChosenRows:
    """Some rows of a table, and a model's results for them.

    Parameters
    ----------
    trained : Trained
        The model.
    source, target : str
        The table, and its column with the truth.
    inputs : polars.DataFrame
        The inputs of the model.
    y, predicted : ndarray of shape (n_rows,)
        The truth, and what the model predicts.
    """

    trained: Trained
    source: str
    target: str
    inputs: pl.DataFrame
    y: Values
    predicted: Values


@polars_errors()
def chosen_rows(
    model: Path, rows: list[int], data: str | None, target: str | None, *, listener: Listener
) -> ChosenRows:
    """Return rows of a table through a model.

    Parameters
    ----------
    model : Path
        A model file.
    rows : list of int
        Their numbers, from 1.
    data : str or None
        The table; that of training where the model names it and it has not changed.
    target : str or None
        The column with the truth; that of training by default.
    listener : Listener
        Hears notes.

    Returns
    -------
    ChosenRows
        Inputs, truth and predictions.
    """
    trained = open_model(model)
    if not rows:
        raise ParameterError(f"Choose the row to trace with {option('row')}; {ROW_1}.")
    origin = trained.origin
    if data is None and origin is None:
        raise ParameterError(
            f"{model} does not record its training data. Name a table with {option('data')}."
        )
    source = noted_source(model, origin) if data is None else data
    table = trained.table(source, Dialect(), listener.note)
    column = target or (origin.target if origin else None) or table.target
    if column is None:
        raise ParameterError(
            f"Name the column of {source} that holds the true targets with {option('target')}. {columns_of(table)}"
        )
    require(table, [column], option("target") if target else "the model")
    inputs, y = trained.inputs(table, {column}, listener.note), truth(trained, table, column)
    for number in rows:
        if not 1 <= number <= len(y):
            raise DataError(f"{source} has rows 1 to {len(y):,}; got {option('row')} {number} ({ROW_1}).")
    places = [number - 1 for number in rows]
    inputs = inputs[places]
    return ChosenRows(trained, source, column, inputs, y[places], trained.model.predict(inputs))
