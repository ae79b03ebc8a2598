"""Material of a report: a model with its data, examined once for all sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import _safe_indexing

from pellucid.core import Loss, Network
from pellucid.diagnostics import Diagnosis
from pellucid.diagnostics.doctor import ask
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.gathering import examine
from pellucid.estimators.checked_arrays import as_targets, read_numbers
from pellucid.estimators.class_labels import read_classes
from pellucid.exceptions import ParameterError
from pellucid.recording import Record, record_of

__all__ = ["Material", "gather"]


@dataclass(frozen=True)
class Material:
    """Material that all sections read.

    Parameters
    ----------
    model : Network or estimator
        The model as given by the user.
    X : array-like of shape (n_rows, n_features)
        Its rows, without those that hold NaN or infinity or have weight 0.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        The targets of these rows.
    X_val : array-like of shape (n_rows, n_features) or None
        Rows not used in training.
    y_val : array-like of shape (n_rows,) or (n_rows, n_outputs) or None
        The targets of these rows.
    row_names : sequence
        The user's names of all rows given.
    examination : Examination
        The examination that the rules read.
    diagnosis : Diagnosis
        The findings of the rules.
    loss : str, Loss or None
        The loss of a network.
    """

    model: Any
    X: Any
    y: Any
    X_val: Any
    y_val: Any
    row_names: Sequence[Any]
    examination: Examination
    diagnosis: Diagnosis
    loss: str | Loss | None

    @property
    def is_estimator(self) -> bool:
        """True if the model is an estimator."""
        return not isinstance(self.model, Network)

    @property
    def is_classifier(self) -> bool:
        """True if it is a classifier."""
        return self.is_estimator and bool(is_classifier(self.model))

    @property
    def is_for_tables(self) -> bool:
        """True if it is an estimator for tables, whose first network is examined."""
        return self.examination.owner is not None

    @cached_property
    def record(self) -> Record | None:
        """Record of the training; for an estimator, at least its epochs."""
        if self.examination.record is not None or not self.is_estimator:
            record: Record | None = self.examination.record
            return record
        return record_of(self.model) if hasattr(self.model, "history_") else None

    @property
    def has_epochs(self) -> bool:
        """True if there is a history to show."""
        return self.record is not None and len(self.record.history["epoch"]) > 0

    @property
    def judged(self) -> tuple[Any, Any, str]:
        """Rows for evaluation: those not used in training, if there are any."""
        if self.X_val is not None:
            return self.X_val, self.y_val, "validation rows"
        return self.X, self.y, "training rows"

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        n = self.examination.network.layer_sizes[0]
        return self.examination.feature_names or tuple(f"x{j}" for j in range(n))

    def row_name(self, row: int) -> str:
        """Return the user's name of a row, counted from 0 among all given."""
        return str(self.row_names[row])


def gather(
    model: Any,
    X: Any,
    y: Any,
    X_val: Any,
    y_val: Any,
    *,
    record: Record | None,
    sample_weight: ArrayLike | None,
    loss: str | Loss | None,
    row_names: Sequence[Any] | None,
) -> Material:
    """Examine a model and ask the doctor.

    Parameters
    ----------
    model, X, y, X_val, y_val, record, sample_weight, loss, row_names
        As :func:`pellucid.report.report` takes them.

    Returns
    -------
    Material
        The material for the sections.
    """
    examination = examine(model, X, y, X_val, y_val, record=record, sample_weight=sample_weight, loss=loss)
    n_rows, kept = examination.raw.shape[0], examination.rows
    if row_names is None:
        index = getattr(X, "index", None)
        row_names = range(n_rows) if index is None or callable(index) else list(index)
    if len(row_names) != n_rows:
        raise ParameterError(
            f"'row_names' must hold one name for each of the {n_rows} rows; got {len(row_names)}."
        )
    if len(kept) < n_rows:
        y = as_targets(y)[kept]
        X, y = (
            _safe_indexing(X, kept),
            y if issparse(y) else np.array(y.tolist()),
        )  # objects without None are labels
    y, y_val = (target if target is None else _read_targets(model, target) for target in (y, y_val))
    return Material(model, X, y, X_val, y_val, row_names, examination, ask(examination), loss)


def _read_targets(model: Any, y: Any) -> Any:
    """Return targets as the metrics of scikit-learn take them, whatever holds them."""
    if isinstance(model, Network):
        return y
    name = type(model).__name__
    if is_classifier(model):
        return read_classes(y, name)
    return read_numbers(y, name) if is_regressor(model) else y
