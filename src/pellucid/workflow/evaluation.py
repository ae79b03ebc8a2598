"""Evaluation of a model from a file on a table that holds the true targets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.judged_rows import judged_rows, unknown_classes
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import Note, noting
from pellucid.workflow.origin import Examples
from pellucid.workflow.scores import score
from pellucid.workflow.table_columns import shown
from pellucid.workflow.trained import Trained
from pellucid.workflow.wording import option

__all__ = ["Evaluation", "evaluate_file"]


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
    """Evaluate a model of :func:`train_file` on a table that holds the true targets.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        A table file, or the name of a set that comes with scikit-learn.
    target, weight : str, optional
        The columns with the truth and with row weights; those of training if they are not given.
    held_out : bool, default=False
        True if ``data`` is what the model was trained on, and is evaluated on the rows that were held out.
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Receives notes.

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
    trained, table, origin, examples = judged_rows(
        model, data, target, weight, dialect or Dialect(), listener.note
    )
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
            "too optimistic."
            + (f" {option('held_out')} evaluates on the others." if origin.test_fraction else "")
        )
    _note_unknown_classes(trained, examples, listener.note)
    with noting(listener.note):
        found = score(trained.model, origin, examples, with_intervals=True)
    return Evaluation(origin.target, origin.task, len(examples), found, tuple(listener.notes))


def _note_unknown_classes(trained: Trained, examples: Examples, note: Note) -> None:
    unknown, names = unknown_classes(trained, examples)
    if unknown.all():
        raise DataError(
            f"No row has a class that the model knows. It knows {shown(map(str, trained.model.classes_))}; "
            f"the rows have {names}. Name the column of true targets with {option('target')}."
        )
    if unknown.any():
        note(
            f"{counted(int(unknown.sum()), 'row')} with classes that the model does not know count as errors: "
            f"{names}."
        )
