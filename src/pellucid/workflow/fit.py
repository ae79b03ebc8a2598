"""Fit with a progress bar, checkpoints, and warnings turned into notes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

from pellucid import Checkpoint, MLPClassifier, MLPRegressor
from pellucid.exceptions import DataError, DataWarning, ParameterError, PellucidError
from pellucid.ranks import Ranks, fit_on_ranks
from pellucid.tabular import ParquetSource, TabularClassifier, TabularRegressor
from pellucid.workflow.noting import Note
from pellucid.workflow.origin import MLP, TABULAR, Examples
from pellucid.workflow.target import CLASSIFICATION, REGRESSION
from pellucid.workflow.wording import option, reworded

__all__ = ["NotedCheckpoint", "fit", "new_model"]

Model = MLPClassifier | MLPRegressor | TabularClassifier | TabularRegressor
CLASSES: dict[tuple[str, str], Any] = {
    (MLP, CLASSIFICATION): MLPClassifier,
    (MLP, REGRESSION): MLPRegressor,
    (TABULAR, CLASSIFICATION): TabularClassifier,
    (TABULAR, REGRESSION): TabularRegressor,
}


class NotedCheckpoint(Checkpoint):
    """A checkpoint that also notes where its data came from, so that ``--resume`` can hold it out again.

    Parameters
    ----------
    path : path
        The file.
    every : int
        Number of epochs between saves.
    notes : dict
        The notes of the model file.
    """

    def __init__(self, path: Path, *, every: int, notes: Mapping[str, Any]) -> None:
        super().__init__(path, every=every)
        self.notes = notes


def new_model(task: str, parameters: Mapping[str, Any], kind: str = MLP) -> Model:
    """Return an estimator of a kind for the task."""
    made: Model = CLASSES[kind, task](**parameters)
    return made


def fit(
    model: Model,
    examples: Examples,
    note: Note,
    checkpoint: Checkpoint | None,
    *,
    has_bar: bool,
    ranks: Ranks | None = None,
) -> float:
    """Fit a model.

    Parameters
    ----------
    model : Model
        The model to fit, in place; an MLP with ``warm_start`` continues.
    examples : Examples
        The training rows.
    note : callable
        Gets the warnings as notes.
    checkpoint : Checkpoint or None
        Saves on the way.
    has_bar : bool
        True to show a progress bar on standard error.
    ranks : Ranks, optional
        The processes that train together; they show no bar.

    Returns
    -------
    float
        The seconds it took.
    """
    model.set_params(verbose="progress" if has_bar else False)
    more = {}
    if isinstance(model, TabularClassifier | TabularRegressor):
        more["groups"] = examples.groups
    if ranks is None:
        model.set_callbacks(*([] if checkpoint is None else [checkpoint]))
        run = model.fit
    else:
        run = partial(fit_on_ranks, model, ranks=ranks, checkpoint=checkpoint, note=note)
    started = perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            run(examples.inputs, examples.y, sample_weight=examples.weight, **more)
        except InvalidParameterError as error:
            raise ParameterError(reworded(str(error))) from error
        except PellucidError as error:
            raise type(error)(reworded(str(error))) from error
        except (ValueError, TypeError, AttributeError) as error:
            if model.scoring in (None, "loss"):
                raise
            raise ParameterError(
                f"{option('scoring', model.scoring)} cannot score this model: {str(error).rstrip('.')}. "
                f"Use {option('scoring', 'loss')}, or a scorer for this task."
            ) from error
    seconds = perf_counter() - started
    model.set_params(verbose=False)
    in_parts = isinstance(examples.inputs, ParquetSource)  # for other rows, remarks were shown before
    said = Counter(
        str(warning.message)
        for warning in caught
        if issubclass(warning.category, UserWarning) and (in_parts or warning.category is not DataWarning)
    )
    for text, times in said.items():
        note(reworded(text) + f" (This happened {times:,} times.)" * (times > 1))
    if not model.history_:
        raise DataError("Training was interrupted during its first epoch. Nothing was written.")
    return seconds
