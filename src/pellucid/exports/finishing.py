"""Last stage of programs: from the joined outputs of all members to the results of an estimator's methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.core import Network
from pellucid.estimators import Perceptron, preparation_of
from pellucid.tabular.certainty.temperature import cooled
from pellucid.tabular.output_range import within_range

__all__ = ["finish_classes", "finish_matrix", "finish_numbers", "task_of"]

Recorded = Any  # a Taped array, which NumPy's types do not express


def task_of(model: Any) -> str:
    """Return what a model predicts: "classes", "labels" or "numbers"."""
    if not hasattr(model, "classes_"):
        return "numbers"
    return "labels" if preparation_of(model).is_multilabel else "classes"


def finish_matrix(model: Any, how: Any, joined: Recorded) -> dict[str, Recorded]:
    """Return the results of a model for a matrix."""
    task, n_outputs = task_of(model), joined.shape[1]
    if task == "numbers":
        numbers = how.in_users_units(joined)
        return {"prediction": numbers[:, 0] if n_outputs == 1 and not isinstance(model, Network) else numbers}
    if isinstance(model, Perceptron):
        decision = joined[:, 0] if n_outputs == 1 else joined
        label = (decision >= 0.0).astype(np.int64) if n_outputs == 1 else np.argmax(joined, axis=1)
        return {"label": label, "decision": decision}
    if task == "labels":
        return {"label": (joined > 0.5).astype(np.int64), "probabilities": joined}
    if n_outputs > 1:
        return {"label": np.argmax(joined, axis=1), "probabilities": joined}
    label = (joined[:, 0] > 0.5).astype(np.int64) * (len(model.classes_) - 1)
    return {"label": label, "probabilities": np.concatenate([1.0 - joined, joined], axis=1)}


def finish_classes(model: Any, joined: Recorded) -> dict[str, Recorded]:
    """Return the results of a classifier for tables."""
    if task_of(model) == "labels":
        label, exclusive = (joined > 0.5).astype(np.int64), False
    else:
        label, exclusive = np.argmax(joined, axis=1), True
    T = model.temperature_
    return {"label": label, "probabilities": joined if T == 1.0 else cooled(joined, T, exclusive=exclusive)}


def finish_numbers(model: Any, joined: Recorded, coverage: float | None) -> dict[str, Recorded]:
    """Return the results of a regressor for tables, whose spread follows the predictions if there is one."""
    levels = model.members_[0].targets.levels
    spread, n_targets = 1.0, joined.shape[1] // max(1, len(levels))
    if coverage is not None and model.spread_network_ is not None:
        n_targets //= 2
        joined, spread = joined[:, :n_targets], joined[:, n_targets:]
    joined = within_range(joined, model.output_range_)  # also the mean over the variants of a row
    shaped = joined.reshape(joined.shape[0], n_targets, max(1, len(levels)))
    middle = (max(1, len(levels)) - 1) // 2
    flat = n_targets == 1
    found = {"prediction": shaped[:, 0, middle] if flat else shaped[:, :, middle]}
    if levels:
        found["quantiles"] = shaped[:, 0] if flat else shaped
    if coverage is not None:
        low, high = shaped[:, :, 0], shaped[:, :, -1]
        width, center = model.interval_width(coverage) * spread, (low + high) / 2.0
        each = np.minimum(low - width, center), np.maximum(high + width, center)
        ends = [within_range(end, model.output_range_) for end in each]
        found["low"], found["high"] = (end[:, 0] if flat else end for end in ends)
    return found
