"""From a model and the user's data to an examination: checked, encoded, standardized as the model does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import clone

from pellucid.core import Loss, Network
from pellucid.core.checks import as_weights
from pellucid.core.inputs import checked_csr
from pellucid.diagnostics.examination import Examination, Held, narrowed, not_finite, places
from pellucid.diagnostics.table_networks import is_for_tables, opened
from pellucid.estimators import MLPClassifier, MLPRegressor, Preparation, preparation_of
from pellucid.estimators.checked_arrays import numbers, refuse_masked
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.row_weights import absent_replaced
from pellucid.estimators.starting import first_network, started
from pellucid.exceptions import DataError, ParameterError
from pellucid.recording import Record
from pellucid.recording.record import activations_of

__all__ = ["examine"]

Array = NDArray[np.floating]
MISSING = np.frompyfunc(lambda value: value is None or value != value, 1, 1)


def examine(
    model: Any,
    X: Any,
    y: Any,
    X_val: Any = None,
    y_val: Any = None,
    *,
    record: Any = None,
    sample_weight: Any = None,
    loss: str | Loss | None = None,
    before: bool = False,
) -> Examination:
    """Gather what the rules read.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor
        The model; of one for tables the first network is examined.
    X : array-like of shape (n_rows, n_features)
        Data as the model takes it; NaN and infinity are found, not refused.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        The targets of these rows.
    X_val : array-like of shape (n_rows, n_features), optional
        Rows not used in training.
    y_val : array-like of shape (n_rows,) or (n_rows, n_outputs), optional
        The targets of these rows.
    record : Record, optional
        The record that a recorder kept of the training.
    sample_weight : array-like of shape (n_rows,), optional
        Weights >= 0 of the rows; rows with weight 0 are left out.
    loss : str or Loss, optional
        For a network whose loss is not the canonical one of its output activation.
    before : bool, default=False
        True if an estimator is examined as it would start, fitted or not.

    Returns
    -------
    Examination
        The network in float64 with the rows that are finite.

    Raises
    ------
    ParameterError, DataError
        If the model is not a pellucid model, or not fitted, or the data does not fit it.
    """
    if (X_val is None) != (y_val is None):
        raise ParameterError("'X_val' and 'y_val' must be given together: pass both or neither.")
    if loss is not None and not isinstance(model, Network):
        raise ParameterError(f"'loss' is for a Network; {type(model).__name__} has its own loss.")
    X, y = absent_replaced(sample_weight, X, y) or (X, y)
    if is_for_tables(model):
        if before:
            raise ParameterError(
                f"preflight cannot examine {type(model).__name__}, whose recipe scales the inputs and "
                "initializes the networks from them. Fit it, with max_iter=1 to be quick, and call "
                "pellucid.diagnose."
            )
        return _examine_table(model, X, y, X_val, y_val, record, sample_weight)
    how = preparation_of(
        _started(model, X, y, sample_weight)
        if before and not isinstance(model, Network)
        else _checked(model),
        loss=loss,
    )
    _check_record(record, how.network)
    raw, y = how.rows(X, finite=False), _targets(y)
    n = raw.shape[0]
    if n == 0 or n != len(y):
        raise DataError(f"'X' and 'y' must have the same number of rows, at least one; got {n} and {len(y)}.")
    weight = _weights(how, sample_weight, y)
    bad = {"X": places(not_finite(raw)), "y": places(_missing(y))}
    left_out = {row for found in bad.values() for row, _ in found}
    rows = np.array([i for i in np.flatnonzero(weight > 0.0) if i not in left_out], np.intp)
    held = None if X_val is None else _held(how, X_val, y_val)
    weight = weight[rows]
    l1, l2 = how.penalties(weight)
    fitted = getattr(how, "model", None)
    return Examination(
        model=model,
        network=how.network,
        own=model if fitted is None else fitted.network_,
        raw=raw,
        y=y,
        X=how.inputs(raw[rows]) if len(rows) else raw[rows],
        Y=how.targets(_known(how, y[rows])) if len(rows) else np.empty((0, 0)),
        rows=rows,
        weight=weight,
        loss=how.loss,
        l1=l1,
        l2=l2,
        bad=bad,
        batch_size=how.batch_size(max(2, len(rows))),
        feature_names=how.feature_names,
        output_names=how.output_names,
        validation=held,
        record=record,
        history=list(getattr(fitted, "history_", ())),
        start=None if fitted is None else first_network(fitted),
        untrained=before or fitted is None,
    )


def _examine_table(
    model: Any, X: Any, y: Any, X_val: Any, y_val: Any, record: Any, weight: Any
) -> Examination:
    """Examine the first network of an estimator for tables, which is trained, on encoded rows."""
    inside = opened(model, X, y, X_val, y_val, weight)
    first = model.members_[0]
    seen = examine(
        first.network, *inside.rows, record=record, sample_weight=inside.weight, loss=first.targets.loss
    )
    return replace(
        seen,
        owner=model,
        untrained=False,
        y=inside.y,
        validation=None if seen.validation is None else replace(seen.validation, y=inside.y_val),
        feature_names=inside.feature_names,
        output_names=inside.output_names,
    )


def _checked(model: Any) -> Any:
    if not isinstance(model, Network | MLPClassifier | MLPRegressor):
        raise ParameterError(
            "diagnose takes a pellucid.Network or a fitted MLPClassifier, MLPRegressor, TabularClassifier "
            f"or TabularRegressor of pellucid; got {type(model).__name__}. For a pipeline, pass the last "
            "step and transformed rows; convert a scikit-learn model with MLPClassifier.from_sklearn."
        )
    if isinstance(model, Network):
        model.check_single("diagnose")
    return model


def _weights(how: Preparation, sample_weight: Any, y: NDArray[Any]) -> Array:
    """Return the weights of rows, those of classes counted where the class is known."""
    given = as_weights(sample_weight, len(y), np.float64)
    weight, known = np.ones(len(y)), ~_missing(y).reshape(len(y), -1).any(axis=1)
    if known.any():
        of_known = None if given is None else given[known]
        weight[known] = how.weights(of_known, narrowed(y[known]), int(known.sum()))
    return weight


def _known(how: Preparation, y: NDArray[Any]) -> NDArray[Any]:
    """Return targets as what they are once those that are missing have been left out."""
    if (
        how.network.output_activation.range.simplex
        and not how.classes
        and y.ndim == 1
        and y.dtype.kind == "f"
    ):
        whole = y.astype(np.intp)  # classes among which a NaN stood are floats
        return whole if (whole == y).all() else y
    return narrowed(y)


def _held(how: Preparation, X: Any, y: Any) -> Held:
    try:
        X, y = how.rows(X), _targets(y)
        _check_held(X, y)
        return Held(how.inputs(X), how.targets(_known(how, y)), y)
    except ValueError as error:
        raise DataError(f"X_val, y_val: {error}") from error


def _started(model: Any, X: Any, y: Any, sample_weight: Any) -> Any:
    """Return a copy that is initialized as by a fit, without a training step."""
    twin = clone(_checked(model))
    check_parameters(twin)
    raw, y = numbers(twin, X, reset=True), _targets(y)
    if raw.shape[0] != len(y):
        raise DataError(f"'X' and 'y' must have the same number of rows; got {raw.shape[0]} and {len(y)}.")
    left_out = {row for bad in (not_finite(raw), _missing(y)) for row, _ in places(bad)}
    kept = np.array([i for i in range(len(y)) if i not in left_out], np.intp)
    if not len(kept):
        raise DataError(
            "X and y have no row in which all numbers are finite, so no network can be initialized."
        )
    given = as_weights(sample_weight, len(y), np.float64)
    weight = None if given is None else given[kept]
    start = started(twin, raw[kept], narrowed(y[kept]), weight, strict=False)
    if hasattr(twin, "feature_names_in_"):
        start.model.feature_names_in_ = twin.feature_names_in_
    return start.model


def _targets(y: Any) -> NDArray[Any]:
    refuse_masked("y", y)
    y = np.asarray(checked_csr(y, "y").toarray() if hasattr(y, "toarray") else y)
    if not y.ndim:
        raise DataError(f"'y' must have one target per row of X, as in training; got {y.item()!r}.")
    column: NDArray[Any] = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    return column


def _missing(y: NDArray[Any]) -> NDArray[np.bool_]:
    if y.dtype.kind == "O":
        return np.asarray(MISSING(y), bool)
    return np.asarray(~np.isfinite(y) if y.dtype.kind == "f" else np.zeros(y.shape, bool))


def _check_record(record: Any, network: Network) -> None:
    if record is None:
        return
    if not isinstance(record, Record):
        raise ParameterError(
            f"'record' must be the Record of a pellucid.recording.Recorder; got {type(record).__name__}."
        )
    there = tuple(record.layer_sizes), tuple(record.activations)
    here = network.layer_sizes, tuple(activation.name for activation in activations_of(network))
    if there != here:
        raise ParameterError(
            f"'record' belongs to another network: its layers are {there[0]} with {list(there[1])}, those "
            f"of the model {here[0]} with {list(here[1])}. Pass the record of this model's training."
        )


def _check_held(X: Any, y: NDArray[Any]) -> None:
    if X.shape[0] == 0 or X.shape[0] != len(y):
        raise DataError(
            f"'X_val' and 'y_val' must have the same number of rows, at least one; got {X.shape[0]} and {len(y)}."
        )
    for name, values in (("X_val", X), ("y_val", y)):
        numbers = scipy.sparse.issparse(values) or values.dtype.kind == "f"
        if numbers and (found := places(not_finite(values))):
            raise DataError(f"{name!r} must be finite; it is not in row {found[0][0]}, column {found[0][1]}.")
