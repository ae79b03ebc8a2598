"""Drift: comparison of a table's rows with the summaries in a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.trained import open_model

__all__ = ["drift_file"]


@polars_errors()
def drift_file(
    model: str | Path, data: str | Path, *, dialect: Dialect | None = None, listener: Listener | None = None
) -> Any:
    """Compare the rows of a table with those that a model of :func:`train_file` was trained on.

    Parameters
    ----------
    model : path
        A model file with an estimator.
    data : path or str
        A table file with the model's inputs, or the name of a set that comes with scikit-learn.
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Hears notes as they come.

    Returns
    -------
    Drift
        A verdict for each column and for the predictions.

    Raises
    ------
    DataError
        If a file cannot be read, or the table does not fit the model.
    ParameterError
        If the file holds a network alone.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import drift_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     path = f"{folder}/iris.safetensors"
    ...     trained = train_file("iris", out=path, model="tabular", preset="fast", max_iter=5)
    ...     found = drift_file(trained.path, "iris")
    >>> found.level
    'stable'
    """
    from pellucid.diagnostics import drift  # the doctor is loaded only on request

    listener = listener or Listener()
    trained = open_model(Path(model))
    table = trained.table(str(data), dialect or Dialect(), listener.note)
    return drift(trained.model, trained.inputs(table, (), listener.note))
