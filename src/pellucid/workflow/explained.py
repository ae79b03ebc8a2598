"""Explanations of a model file's predictions: rows of a table, in the table's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.counted import counted
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import noting
from pellucid.workflow.table_columns import ROW_1
from pellucid.workflow.trained import Trained, open_model
from pellucid.workflow.wording import option

__all__ = ["ExplainedRows", "explain_rows"]


@dataclass(frozen=True)
class ExplainedRows:
    """Contributions of columns to the predictions for rows of a table.

    Parameters
    ----------
    numbers : tuple of int
        The numbers of the rows, from 1.
    attributions : Attributions
        Their contributions.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import explain_rows, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("diabetes", out=f"{folder}/model.safetensors", model="tabular", max_iter=3)
    ...     found = explain_rows(trained.path, "diabetes", [17])
    >>> len(found.texts(0)), found.sentences[0].startswith("Row 17: The prediction is")
    (13, True)
    """

    numbers: tuple[int, ...]
    attributions: Any

    @property
    def sentences(self) -> list[str]:
        """One for each row, with its main contributions."""
        return [f"Row {number}: {self.attributions.sentence(at)}" for at, number in enumerate(self.numbers)]

    def texts(self, at: int) -> list[tuple[str, str, str]]:
        """Return the contributions to one prediction as a table of texts.

        Parameters
        ----------
        at : int
            Index of the row among those that were chosen.

        Returns
        -------
        list of tuple of str
            Column, cell and contribution, the largest first; then the background's mean and the prediction.
        """
        found = self.attributions
        lines = [(line["column"], line["cell"], f"{line['contribution']:+.4g}") for line in found.table(at)]
        return [
            *lines,
            ("mean of the background", counted(found.n_background, "row"), f"{found.base[at]:.4g}"),
            ("prediction", "their sum", f"{found.predictions[at]:.4g}"),
            ("", "error of the sum", f"{abs(found.residuals[at]):.1g}"),
        ]

    def parts(self) -> list[tuple[str, tuple[str, ...], list[tuple[str, str, str]]]]:
        """Return for each row its sentence, and its table's headings and texts.

        Returns
        -------
        list of (str, tuple of str, list of tuple of str)
            One for each row.
        """
        heads = ("column", "cell", "contribution")
        return [(sentence, heads, self.texts(at)) for at, sentence in enumerate(self.sentences)]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data.

        Returns
        -------
        dict
            The scale, and for each row its number, prediction and contributions.
        """
        found = self.attributions.to_dict()
        rows = [{"row": number, **row} for number, row in zip(self.numbers, found["rows"], strict=True)]
        return {**found, "rows": rows}


@polars_errors()
def explain_rows(
    model: str | Path,
    data: str | Path,
    rows: Sequence[int],
    *,
    background: str | Path | None = None,
    output: str | None = None,
    scale: str = "prediction",
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> ExplainedRows:
    """Explain predictions for rows of a table by the contributions of its columns.

    Parameters
    ----------
    model : path
        A model file of :func:`train_file`.
    data : path or str
        The table with the rows, or the name of a set that comes with scikit-learn.
    rows : sequence of int
        Their numbers, from 1.
    background : path or str, optional
        The table to compare with; ``data`` by default.
    output : str, optional
        The class to explain, or the index of the target.
    scale : {"prediction", "log-odds"}, default="prediction"
        The scale of the contributions.
    dialect : Dialect, optional
        Format of text files, if it differs from the training data.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    ExplainedRows
        The contributions of every column to each prediction.

    Raises
    ------
    DataError
        If a file cannot be read, has no such row, or does not fit the model.
    ParameterError
        If no row is chosen, or an option is not accepted.

    See Also
    --------
    pellucid.inspection.attributions : The same for arrays and data frames.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import explain_rows, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/model.safetensors", model="tabular", max_iter=3)
    ...     found = explain_rows(trained.path, "iris", [1, 51], output="setosa")
    >>> [row["output"] for row in found.to_dict()["rows"]]
    ['setosa', 'setosa']
    """
    from pellucid.inspection import attributions  # loaded only on request

    listener, dialect = listener or Listener(), dialect or Dialect()
    if not rows:
        raise ParameterError(f"Choose the row to explain with {option('row')}; {ROW_1}.")
    trained = open_model(Path(model))
    inputs = _inputs(trained, data, dialect, listener)
    for number in rows:
        if not 1 <= number <= inputs.height:
            raise DataError(
                f"{data} has rows 1 to {inputs.height:,}; got {option('row')} {number} ({ROW_1})."
            )
    against = inputs if background is None else _inputs(trained, background, dialect, listener)
    chosen = inputs[[number - 1 for number in rows]]
    options: dict[str, Any] = {"background": against, "output": output, "scale": scale}
    try:
        with noting(listener.note):
            found = attributions(trained.model, chosen, **options)
    except ParameterError as error:  # in the words of the command
        raise ParameterError(str(error).replace("'output'", option("output"))) from error
    return ExplainedRows(tuple(rows), found)


def _inputs(trained: Trained, data: str | Path, dialect: Dialect, listener: Listener) -> pl.DataFrame:
    return trained.inputs(trained.table(str(data), dialect, listener.note), (), listener.note)
