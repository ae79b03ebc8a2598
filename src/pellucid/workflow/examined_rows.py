"""Rows for the examination of a model: those that it learned from, and those for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.judged_rows import judged_rows, unknown_classes
from pellucid.workflow.listening import Listener
from pellucid.workflow.noting import Note
from pellucid.workflow.origin import Examples, Origin
from pellucid.workflow.table_columns import plain, shown
from pellucid.workflow.trained import Trained
from pellucid.workflow.wording import option

__all__ = ["ExaminedRows", "examined_rows"]


@dataclass(frozen=True)
class ExaminedRows:
    """A model from a file, the rows examined, and those for evaluation.

    Parameters
    ----------
    trained : Trained
        The model.
    table : Dataset
        The data.
    origin : Origin
        The roles of its columns.
    examples : Examples
        Those of training, if they are known.
    held : Examples or None
        Those not used in training.
    names : sequence
        Names of the rows of ``examples``: the identifier, or numbers from 1.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import examined_rows, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     rows = examined_rows(trained.path, "iris")
    >>> list(rows.names[:3]), rows.origin.target
    ([2, 3, 5], 'target')
    """

    trained: Trained
    table: Dataset
    origin: Origin
    examples: Examples
    held: Examples | None
    names: Sequence[Any]

    @property
    def data(self) -> dict[str, Any]:
        """The arguments of :func:`pellucid.diagnostics.diagnose` after the model."""
        held = self.held
        return {
            "X": self.examples.inputs,
            "y": self.examples.y,
            "X_val": None if held is None else held.inputs,
            "y_val": None if held is None else held.y,
            "sample_weight": self.examples.weight,
        }


@polars_errors()
def examined_rows(
    model: str | Path,
    data: str | Path,
    *,
    validation: str | Path | None = None,
    target: str | None = None,
    weight: str | None = None,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> ExaminedRows:
    """Return the rows that a model of :func:`train_file` learned from, if the table is that of training.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        The table that it was trained on; of another, all rows are examined.
    validation : path, optional
        A table not used in training; the held-out rows if omitted.
    target, weight : str, optional
        The columns with the truth and with row weights; those of training if they are not given.
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    ExaminedRows
        With the model, for :func:`pellucid.diagnostics.diagnose`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import examined_rows, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     rows = examined_rows(trained.path, "iris")
    >>> len(rows.examples), len(rows.held)
    (112, 38)
    """
    listener, dialect = listener or Listener(), dialect or Dialect()
    trained, table, origin, examples = judged_rows(model, data, target, weight, dialect, listener.note)
    names = list(range(1, len(examples) + 1))
    if origin.identifier is not None and origin.identifier in table.frame.columns:
        names = plain(table, origin.identifier).to_list()
    held = None
    if origin.is_of(examples):
        parts = origin.split(examples)
        kept = parts.training
        held = examples[parts.held_out] if len(parts.held_out) else None
    else:
        listener.note(
            f"{table.source} is not the table that the model was trained on; statements about training "
            "refer to all its rows."
        )
        kept = _known(trained, table, examples, listener.note)
    if validation is not None:
        other = origin.judged(trained.table(str(validation), dialect, listener.note))
        roles = replace(origin, weight=None, group=None, time=None)
        held = trained.examples(other, roles, listener.note)
        held = held[_known(trained, other, held, listener.note)]
    return ExaminedRows(trained, table, origin, examples[kept], held, [names[row] for row in kept])


def _known(trained: Trained, table: Dataset, examples: Examples, note: Note) -> NDArray[np.intp]:
    """Return the rows of classes that the model knows; others have no loss."""
    unknown, names = unknown_classes(trained, examples)
    if unknown.all():
        raise DataError(
            f"No row of {table.source} has a class that the model knows: it knows "
            f"{shown(map(str, trained.model.classes_))}; the rows have {names}. Name the column of true "
            f"targets with {option('target')}."
        )
    if unknown.any():
        note(
            f"Left out: {counted(int(unknown.sum()), 'row')} of {table.source} with classes that the model "
            f"does not know, {names}."
        )
    return np.flatnonzero(~unknown)
