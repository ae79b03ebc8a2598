"""Evaluation of a model from a file on a table that holds the true targets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.workflow.dataset import Dataset
from pellucid.workflow.dialect import Dialect
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import Note, noting
from pellucid.workflow.origin import Examples, Origin
from pellucid.workflow.polars_errors import polars_errors
from pellucid.workflow.scores import score
from pellucid.workflow.table_columns import columns_of, require, shown
from pellucid.workflow.target import CLASSIFICATION
from pellucid.workflow.trained import Trained, open_model
from pellucid.workflow.wording import option

__all__ = ["Evaluation", "evaluate_file", "judged_roles", "unknown_classes"]


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on the rows of a table.

    Parameters
    ----------
    target, task : str
        The target, and its task.
    n_rows : int
        Number of rows evaluated.
    scores : dict
        The scores by name, ``confusion`` for classes, and the ``baseline`` if it is known.
    notes : tuple of str
        Remarks on the rows.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import evaluate_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     found = evaluate_file(trained.path, "iris", held_out=True)
    >>> found.task, found.target, found.n_rows
    ('classification', 'target', 38)
    """

    target: str
    task: str
    n_rows: int
    scores: dict[str, Any]
    notes: tuple[str, ...]


@polars_errors()
def evaluate_file(
    model: str | Path,
    data: str | Path,
    *,
    target: str | None = None,
    weight: str | None = None,
    held_out: bool = False,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> Evaluation:
    """Judge a model of :func:`train_file` on a table that holds the true targets.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        A table file, or the name of a set that comes with scikit-learn.
    target, weight : str, optional
        The columns with the truth and with row weights; those of training if they are not given.
    held_out : bool, default=False
        True if ``data`` is what the model was trained on, and is judged by the rows that were held out.
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Hears notes as they come.

    Returns
    -------
    Evaluation
        The scores.

    Raises
    ------
    DataError
        If a file cannot be read, or the table does not fit the model.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import evaluate_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     found = evaluate_file(trained.path, "iris", held_out=True)
    >>> found.n_rows, found.scores["accuracy"] == trained.held_out["accuracy"]
    (38, True)
    """
    listener = listener or Listener()
    trained = open_model(Path(model))
    table = trained.table(str(data), dialect or Dialect(), listener.note)
    origin = judged_roles(trained, table, target, weight, listener.note)
    table = origin.judged(table)
    examples = trained.examples(table, origin, listener.note)
    if held_out:
        origin.refuse_other_data(
            table, examples, f"{option('held_out')} needs the same rows in the same order."
        )
        if not origin.test_fraction:
            raise DataError(f"{model} was trained with {option('test_fraction', 0)}: no rows were held out.")
        examples = examples[origin.split(examples).held_out]
    elif origin.is_of(examples):
        n_learned = len(origin.split(examples).training)
        listener.note(
            f"The model was trained on {n_learned:,} of these {len(examples):,} rows, so these scores are "
            "too favorable."
            + (f" {option('held_out')} evaluates on the others." if origin.test_fraction else "")
        )
    _note_unknown_classes(trained, examples, listener.note)
    with noting(listener.note):
        found = score(trained.model, origin, examples)
    return Evaluation(origin.target, origin.task, len(examples), found, tuple(listener.notes))


def judged_roles(
    trained: Trained, table: Dataset, target: str | None, weight: str | None, note: Note
) -> Origin:
    """Return the roles of training, with those that the user changes, where the table has such columns."""
    noted = trained.origin or Origin("", "", trained.task, None, None, [], 0.0, 0)
    chosen = target or noted.target or table.target
    if not chosen:
        raise ParameterError(
            f"{trained.path} does not record the name of its target. Name with {option('target')} the "
            f"column of {table.source} holds the true targets. {columns_of(table)}"
        )
    require(table, [chosen], option("target") if target else "the model")
    if weight is not None:
        require(table, [weight], option("weight"))
    elif noted.weight is not None and noted.weight not in table.frame.columns:
        note(f"{table.source} has no column {noted.weight!r}, the weights of training; all rows count 1.")
    else:
        weight = noted.weight
    return replace(noted, target=chosen, weight=weight)


def unknown_classes(trained: Trained, examples: Examples) -> tuple[NDArray[np.bool_], str]:
    """Return which rows are of classes that the model does not know, and the names of those."""
    if trained.task != CLASSIFICATION:
        return np.zeros(len(examples), bool), ""
    unknown = ~np.isin(examples.y, trained.model.classes_)
    return unknown, shown(map(str, np.unique(examples.y[unknown])))


def _note_unknown_classes(trained: Trained, examples: Examples, note: Note) -> None:
    unknown, names = unknown_classes(trained, examples)
    if unknown.all():
        raise DataError(
            f"No row has a class that the model knows. It knows {shown(map(str, trained.model.classes_))}; "
            f"the rows have {names}. Name the column of true targets with {option('target')}."
        )
    if unknown.any():
        note(
            f"{unknown.sum():,} rows have classes that the model does not know; they count as errors: "
            f"{names}."
        )
