"""Plan of a training run: a new start, or continuation from a checkpoint."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import MLPClassifier, MLPRegressor, load
from pellucid.exceptions import DataError, DataWarning, ParameterError
from pellucid.host.counted import agreeing, counted
from pellucid.host.escaping import for_terminal
from pellucid.persistence import read_header
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from pellucid.tabular.members.recipe import RECIPES, encoder_of
from pellucid.workflow.choice import ONLY_TABULAR, tabular_parameters
from pellucid.workflow.fit import Model, new_model
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.mlp_recipe import complete
from pellucid.workflow.origin import TABULAR, Examples, Origin
from pellucid.workflow.parameter_checks import check_effective, check_for
from pellucid.workflow.roles import GOES_ON
from pellucid.workflow.scores import Baseline
from pellucid.workflow.split import Split
from pellucid.workflow.table_columns import shown
from pellucid.workflow.target import CLASSIFICATION
from pellucid.workflow.trained import check_is_file, check_trainable
from pellucid.workflow.wording import option, reworded

__all__ = ["TrainingPlan", "anew", "resumed"]

MOST_CLASSES = 8  # largest number that is named


@dataclass(frozen=True)
class TrainingPlan:
    """A training run before it starts.

    Parameters
    ----------
    model : Model
        The estimator, already partly fitted if it continues.
    origin : Origin
        The notes for the model file.
    examples : Examples
        All rows.
    split : Split
        The split of the rows.
    n_epochs : int or None
        The epochs in all, those done before included; None for those of a recipe.
    """

    model: Model
    origin: Origin
    examples: Examples
    split: Split
    n_epochs: int | None

    @property
    def training(self) -> Examples:
        """The training rows."""
        return self.examples[self.split.training]

    @property
    def done(self) -> str:
        """Progress of the training to be continued, in words."""
        members = getattr(self.model, "members_", None)
        if members is None:
            return f"{len(self.model.history_)} of {self.n_epochs} epochs are done"
        over = sum(member.outcome.reason != "interrupted" for member in members)
        return f"{over} of its networks {agreeing(over)} trained, {len(members) - over} in training"

    @cached_property
    def encoder(self) -> TableEncoder | None:
        """Encoder for an estimator for tables; it raises an error if a column is invalid."""
        if self.origin.model != TABULAR:
            return None
        model: Any = self.model
        recipe = RECIPES[model.preset, "classes" if self.origin.task == CLASSIFICATION else "numbers"]
        encoder = encoder_of(model, recipe)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # its notes are shown
            return encoder.fit(self.training.inputs, sample_weight=self.training.weight)

    def describe(self) -> str:
        """Return the numbers of rows and inputs, and how rows are held out, in a line."""
        n_training, n_held_out = len(self.split.training), len(self.split.held_out)
        origin, width = self.origin, self.examples.inputs.width
        by = f"seed {origin.seed}"
        if origin.time is not None:
            by = f"the last by {origin.time!r}"
        elif origin.group is not None:
            by = f"whole groups of {origin.group!r}, {by}"
        how = f"held out {n_held_out:,} for evaluation ({by})" if n_held_out else "none held out"
        return f"Training on {n_training:,} rows with {counted(width, 'input')}; {how}"

    @property
    def largest_classes(self) -> str:
        """The classes of the training rows with their numbers of rows, the largest first, in words."""
        classes, counts = np.unique(self.training.y, return_counts=True)
        order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
        said = ", ".join(f"{for_terminal(str(classes[i]))} {counts[i]:,}" for i in order)
        return said + (f" and {len(classes) - MOST_CLASSES} more" if len(classes) > MOST_CLASSES else "")

    @property
    def notes(self) -> list[str]:
        """Remarks on the rows and columns."""
        notes = [] if self.encoder is None else [reworded(note) for note in self.encoder.notes_]
        origin, is_drawn = self.origin, self.origin.time is None and self.origin.group is None
        held_out = len(self.split.held_out)
        if origin.task == CLASSIFICATION and held_out and is_drawn and not self.split.is_stratified:
            notes.insert(
                0,
                "Some classes have too few rows for a stratified split; held-out rows were drawn at random.",
            )
        return notes


def anew(table: Dataset, origin: Origin, given: dict[str, Any], for_tables: dict[str, Any]) -> TrainingPlan:
    """Plan a new training.

    Parameters
    ----------
    table : Dataset
        The data.
    origin : Origin
        The roles of its columns, the task and the split.
    given : dict
        The parameters that the user chose, of those that an MLP has.
    for_tables : dict
        Those that only an estimator for tables has.

    Returns
    -------
    TrainingPlan
        The recipe fills in what the user left open.
    """
    check_for(origin.task, given)
    examples = origin.examples(table)
    split = origin.split(examples)
    training = examples[split.training]
    counted = training.y if training.weight is None else training.y[training.weight > 0.0]
    if origin.task == CLASSIFICATION and len(np.unique(counted)) < 2:
        raise DataError(
            f"All training rows of positive weight belong to one class of {origin.target!r}. Add rows of "
            f"other classes, or use another {option('seed')}, {option('test_fraction')} or {option('weight')}."
        )
    if isinstance(given.get("class_weight"), dict):
        given = {**given, "class_weight": _by_class(given["class_weight"], training)}
    if origin.model == TABULAR:
        more = dict(for_tables)
        if origin.categorical:
            more["categorical_features"] = origin.categorical
        if origin.text:
            more["text_columns"] = origin.text
        if origin.time is not None:
            more["validation"] = "time"
        if origin.decimal != "auto":
            more["decimal"] = origin.decimal
        if origin.dates != "auto":
            more["dates"] = origin.dates
        parameters = tabular_parameters(given, more, origin.task, origin.seed)
    else:
        parameters = complete(given, origin.task, len(training), training.inputs.width)
        check_effective(parameters, given)
        parameters["random_state"] = origin.seed
    model = new_model(origin.task, parameters, origin.model)
    origin = replace(
        origin,
        n_rows=len(examples),
        fingerprint=examples.fingerprint,
        baseline=Baseline.of(training.y, origin.task, training.weight).predicts,
    )
    return TrainingPlan(model, origin, examples, split, model.max_iter)


def _by_class(weights: dict[str, Any], training: Examples) -> dict[Any, Any]:
    """Return the weights of classes by the classes themselves, which the user names in text."""
    classes = {str(name): name for name in np.unique(training.y).tolist()}
    for name, weight in weights.items():
        if name not in classes:
            raise ParameterError(
                f"{option('class_weight')}: there is no class {name!r}. There is: {shown(classes)}."
            )
        if not (isinstance(weight, int | float) and 0 <= weight < inf):
            raise ParameterError(f"{option('class_weight')} {name}={weight}: a weight is a number >= 0.")
    return {classes[name]: weight for name, weight in weights.items()}


def resumed(table: Dataset, checkpoint: Path, given: dict[str, Any]) -> TrainingPlan:
    """Return a plan to continue from a checkpoint, with the same rows and options.

    Parameters
    ----------
    table : Dataset
        The same data.
    checkpoint : Path
        A file of ``pellucid train``.
    given : dict
        Options that may differ: ``GOES_ON``.

    Returns
    -------
    TrainingPlan
        For the epochs that are left.
    """
    check_is_file(checkpoint)
    origin = Origin.of(read_header(checkpoint), checkpoint)
    if origin is None:
        raise DataError(
            f"{checkpoint} was not written by `pellucid train`, so its held-out rows are unknown. Continue "
            "in Python: load it, set warm_start=True, and fit."
        )
    if origin.model == TABULAR:
        return _resumed_on_a_table(table, checkpoint, origin, given)
    for name in given.keys() & set(ONLY_TABULAR):
        raise ParameterError(f"{option(name)} is for estimators for tables; {checkpoint} holds an MLP.")
    model: MLPClassifier | MLPRegressor = load(checkpoint)
    check_trainable(checkpoint, model)
    model.set_params(**{k: v for k, v in given.items() if k in GOES_ON})
    if not hasattr(model, "feature_names_in_") or not hasattr(model, "_training_state"):
        raise DataError(
            f"{checkpoint} lacks the names of its columns or the state of its training. Train it again."
        )
    table = origin.judged(table)
    examples = origin.examples(table, model.feature_names_in_.tolist())
    origin.refuse_other_data(table, examples, "Training continues with the same rows in the same order.")
    done, total = len(model.history_), model.max_iter
    if done >= total:
        raise ParameterError(
            f"{checkpoint} has already completed all its {total} epochs. Request a larger total, such as "
            f"{option('max_iter', 2 * total)}; a schedule with a horizon keeps its last rate, so further "
            "epochs change little; to avoid that, train again."
        )
    model.set_params(warm_start=True, max_iter=total - done)
    return TrainingPlan(model, origin, examples, origin.split(examples), total)


def _resumed_on_a_table(
    table: Dataset, checkpoint: Path, origin: Origin, given: dict[str, Any]
) -> TrainingPlan:
    if "max_iter" in given:
        raise ParameterError(
            f"{option('max_iter')} cannot change for {checkpoint}: the schedules of an estimator for "
            "tables were planned for its epochs. Leave it out."
        )
    model: TabularClassifier | TabularRegressor = load(checkpoint)
    check_trainable(checkpoint, model)
    model.set_params(**given)
    if getattr(model, "_training", None) is None:
        raise DataError(f"{checkpoint} is a finished model, not a checkpoint. Train again to change it.")
    examples = origin.examples(table)
    origin.refuse_other_data(table, examples, "Training continues with the same rows in the same order.")
    model.set_params(warm_start=True)
    return TrainingPlan(model, origin, examples, origin.split(examples), model.max_iter)
