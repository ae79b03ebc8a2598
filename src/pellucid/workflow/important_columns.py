"""Importance of a table's columns for a model from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.judged_rows import judged_rows, unknown_classes
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import noting

__all__ = ["ExplainedModel", "explain_model"]

MOST_ROWS = 5000
LOSSES = {
    "neg_log_loss": "log loss",
    "neg_root_mean_squared_error": "RMSE",
}  # of which the scorer has the negative


@dataclass(frozen=True)
class ExplainedModel:
    """Importance of columns: how much worse predictions become if their cells are permuted.

    Parameters
    ----------
    importance : Importance
        Of columns, and of groups of columns that carry the same information.
    n_rows : int
        The number of rows.
    held_out : bool
        True if these are the rows that training held out, False if all of the table.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import explain_model, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     found = explain_model(trained.path, "iris")
    >>> found.n_rows, found.held_out, found.texts()[0][0]
    (38, True, 'sepal length (cm) + petal length (cm) + petal width (cm)')
    """

    importance: Any
    n_rows: int
    held_out: bool

    @property
    def sentence(self) -> str:
        """The score and the most important column, in words."""
        found = self.importance
        name = LOSSES.get(found.scoring, found.scoring)
        score = -found.score if found.scoring in LOSSES else found.score
        rows = f"{self.n_rows:,} {'held-out ' if self.held_out else ''}rows"
        first, moves = found.order()[0], "raises" if found.scoring in LOSSES else "lowers"
        most = f"To permute {found.names[first]} {moves} it by {found.mean[first]:.3g}, the most."
        return f"The {name} on {rows} is {score:.3g}. {most}"

    def texts(self) -> list[tuple[str, str, str]]:
        """Return the importances as a table of texts.

        Returns
        -------
        list of tuple of str
            Column or group, loss of score, and the interval of 90 % of the permutations, the largest first;
            columns of a group are indented.
        """
        return [
            (
                f"{'  ' if line['part of'] else ''}{line['column']}",
                f"{line['importance']:.3g}",
                f"{line['from']:.3g} to {line['to']:.3g}",
            )
            for line in self.importance.table()
        ]

    def parts(self) -> list[tuple[str, tuple[str, ...], list[tuple[str, str, str]]]]:
        """Return the sentence, and the table's headings and texts.

        Returns
        -------
        list of (str, tuple of str, list of tuple of str)
            A single one.
        """
        return [(self.sentence, ("column", "importance", "90 % of permutations"), self.texts())]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data.

        Returns
        -------
        dict
            The rows, the score, and the importance of each column and group.
        """
        return {"n_rows": self.n_rows, "held_out": self.held_out, **self.importance.to_dict()}


@polars_errors()
def explain_model(
    model: str | Path,
    data: str | Path,
    *,
    target: str | None = None,
    weight: str | None = None,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> ExplainedModel:
    """Explain a model by the importance of the columns of a table that holds the true targets.

    Parameters
    ----------
    model : path
        A model file of :func:`train_file`.
    data : path or str
        A table, or the name of a set that comes with scikit-learn. If it is the table of training, the rows that
        were held out are used, else all, of more than 5,000 every second, third and so on.
    target, weight : str, optional
        The columns with the truth and with row weights; those of training if they are not given.
    dialect : Dialect, optional
        Format of text files, if it differs from the training data.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    ExplainedModel
        The importance of columns and groups of columns.

    Raises
    ------
    DataError
        If a file cannot be read, or the table does not fit the model.

    See Also
    --------
    pellucid.inspection.importance : The same for arrays and data frames.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import explain_model, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("diabetes", out=f"{folder}/model.safetensors", max_iter=20)
    ...     found = explain_model(trained.path, "diabetes")
    >>> found.to_dict()["scoring"]
    'neg_root_mean_squared_error'
    """
    from pellucid.inspection import importance  # loaded only on request

    listener = listener or Listener()
    trained, _, origin, examples = judged_rows(
        model, data, target, weight, dialect or Dialect(), listener.note
    )
    held_out = bool(origin.test_fraction) and origin.is_of(examples)
    if held_out:
        examples = examples[origin.split(examples).held_out]
    elif origin.is_of(examples):
        listener.note("The model was trained on all of these rows, so its score on them is too optimistic.")
    unknown, names = unknown_classes(trained, examples)
    if unknown.any():
        listener.note(
            f"Left out: {counted(int(unknown.sum()), 'row')} with classes that the model does not know, {names}."
        )
        examples = examples[np.flatnonzero(~unknown)]
    if len(examples) < 2:
        raise DataError(f"{data} has fewer than 2 rows with which to judge the columns.")
    examples = examples[np.arange(0, len(examples), -(-len(examples) // MOST_ROWS))]
    with noting(listener.note):
        found = importance(trained.model, examples.inputs, examples.y, sample_weight=examples.weight)
    return ExplainedModel(found, len(examples), held_out)
