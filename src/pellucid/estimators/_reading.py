"""Conversion of the user's data for an estimator to clean rows."""

from __future__ import annotations

from typing import Any

from pellucid.estimators._rows import Rows
from pellucid.estimators.checked_arrays import check_inputs
from pellucid.estimators.row_weights import absent_replaced, check_weights
from pellucid.exceptions import DataError

__all__ = ["read_rows", "read_validation"]


def read_rows(
    model: Any, X: Any, y: Any, sample_weight: Any, *, cold: bool, warm: bool = False, again: bool = False
) -> Rows:
    """Return the user's data as clean rows; a cold fit learns the names of columns and classes from them."""
    if y is None:
        raise DataError(
            f"This {type(model).__name__} estimator requires y to be passed, but the target y is None."
        )
    try:
        inputs, targets = check_inputs(model, X, y, reset=cold)
        targets = model._check_y(targets, cold=cold, warm=warm)
        class_weight, classes = getattr(model, "class_weight", None), getattr(model, "classes_", None)
        given, weight = check_weights(sample_weight, inputs.shape[0], class_weight, targets, classes)
        return Rows(inputs, targets, model._encode(targets), given, weight)
    except ValueError:
        present = None if again else absent_replaced(sample_weight, X, y)
        if present is None:
            raise
    X, y = present  # a row of weight 0 is absent, whatever it contains
    return read_rows(model, X, y, sample_weight, cold=cold, warm=warm, again=True)


def read_validation(model: Any, validation_data: tuple[Any, Any, Any]) -> Rows:
    """Return clean held-out rows for a model that has seen the training rows."""
    X, y, sample_weight = validation_data
    try:
        return read_rows(model, X, y, sample_weight, cold=False)
    except ValueError as error:
        raise DataError(f"validation_data: {error}") from error
