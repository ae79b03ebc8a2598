"""From a model and the user's data to an examination: checked, encoded, standardized as the model does it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.core import Loss, Network, get_loss, smooth_labels
from pellucid.core.checks import as_generator, as_weights, check_strength
from pellucid.core.inputs import checked_csr
from pellucid.core.losses import canonical_loss
from pellucid.core.objective import encode_targets
from pellucid.diagnostics.examination import Examination, Held, narrowed, not_finite, places
from pellucid.diagnostics.tables import is_for_tables, opened
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.quiet import quiet
from pellucid.recording import Record
from pellucid.recording.record import activations_of

if TYPE_CHECKING:
    from pellucid.estimators._base import BaseMLP

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
    X, y : array-like
        Data as the model takes it; NaN and infinity are found, not refused.
    X_val, y_val : array-like, optional
        Rows that training did not see.
    record : Record, optional
        What a recorder kept of the training.
    sample_weight : array-like of shape (n_rows,), optional
        Weights >= 0 of the rows; one of weight 0 is left out.
    loss : str or Loss, optional
        For a network whose loss is not the canonical one of its output activation.
    before : bool, default=False
        Whether an estimator is examined as it would start, fitted or not.

    Returns
    -------
    Examination
        The network in float64 with the rows that are finite.

    Raises
    ------
    ParameterError, DataError
        If the model is no model or is not fitted, or the data does not fit it.
    """
    if (X_val is None) != (y_val is None):
        raise ParameterError("X_val and y_val go together: pass both, or neither.")
    if loss is not None and not isinstance(model, Network):
        raise ParameterError(f"loss is for a Network; {type(model).__name__} has a loss of its own.")
    if is_for_tables(model):
        if before:
            raise ParameterError(
                f"preflight has nothing to say of a {type(model).__name__}, whose recipe scales the inputs and "
                "starts the networks from them. Fit it, with max_iter=1 to be quick, and ask pellucid.diagnose."
            )
        return _examine_table(model, X, y, X_val, y_val, record, sample_weight)
    if isinstance(model, Network):
        gather: _Network | _Estimator = _Network(model, loss)
    else:
        gather = _Estimator(_started(model, X, y, sample_weight) if before else _fitted(model))
    _check_record(record, gather.network)
    raw, y = gather.inputs(X), _targets(y)
    n = raw.shape[0]
    if n == 0 or n != len(y):
        raise DataError(f"X and y must have the same number of rows, at least one; got {n} and {len(y)}.")
    weight = gather.weights(sample_weight, raw, y)
    bad = {"X": places(not_finite(raw)), "y": places(_missing(y))}
    left_out = {row for found in bad.values() for row, _ in found}
    rows = np.array([i for i in np.flatnonzero(weight > 0.0) if i not in left_out], np.intp)
    held = None if X_val is None else gather.held(X_val, y_val)
    prepared, Y = gather.prepare(raw[rows], y[rows]) if len(rows) else (raw[rows], np.empty((0, 0)))
    return Examination(
        model=model,
        raw=raw,
        y=y,
        X=prepared,
        Y=Y,
        rows=rows,
        weight=weight[rows],
        bad=bad,
        validation=held,
        record=record,
        **gather.settings(weight[rows]),
        untrained=before or isinstance(model, Network),
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


class _Network:
    """How a network sees data: as it is."""

    def __init__(self, network: Network, loss: str | Loss | None) -> None:
        network.check_single("diagnose")
        self.own, self.network = network, network.copy(np.float64)
        row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
        self.loss = row.on(network.output_activation)

    def inputs(self, X: Any) -> Any:
        return self.network.check_inputs(X)

    def weights(self, sample_weight: Any, X: Any, y: Any) -> Array:
        w = as_weights(sample_weight, X.shape[0], np.float64)
        return np.ones(X.shape[0]) if w is None else w

    def prepare(self, X: Any, y: Any) -> tuple[Any, Array]:
        if self.network.output_activation.range.simplex and y.ndim == 1 and y.dtype.kind == "f":
            whole = y.astype(np.intp)  # classes among which a NaN stood are floats
            y = whole if (whole == y).all() else y
        return X, encode_targets(self.network, y, self.loss)

    def held(self, X: Any, y: Any) -> Held:
        X, y = self.inputs(X), np.asarray(y)
        _check_held(X, y)
        return Held(*self.prepare(X, y), y)

    def settings(self, weight: Array) -> dict[str, Any]:
        return {"network": self.network, "own": self.own, "loss": self.loss, "l1": 0.0, "l2": 0.0}


class _Estimator:
    """How an estimator sees data: checked, encoded and standardized as in its fit."""

    def __init__(self, fitted: BaseMLP) -> None:
        self.fitted = fitted
        self.network = fitted.network_.copy(np.float64)
        self.loss = fitted._resolved_loss().on(fitted.network_.output_activation)

    def inputs(self, X: Any) -> Any:
        return _numbers(self.fitted, X, reset=False)

    def weights(self, sample_weight: Any, X: Any, y: Any) -> Array:
        from pellucid.estimators.row_weights import check_weights

        known = ~_missing(y).reshape(len(y), -1).any(axis=1)
        weight = np.ones(len(y))
        given = None if sample_weight is None else as_weights(sample_weight, len(y), np.float64)
        if known.any():
            _, of_classes = check_weights(
                None if given is None else given[known],
                X[known],
                getattr(self.fitted, "class_weight", None),
                self.fitted._check_y(narrowed(y[known]), cold=False),
                getattr(self.fitted, "classes_", None),
            )
            weight[known] = 1.0 if of_classes is None else of_classes
        return weight

    def prepare(self, X: Any, y: Any) -> tuple[Any, Array]:

        model, network = self.fitted, self.network
        Y = model._encode(model._check_y(narrowed(y), cold=False))
        Y = standardized(Y, model.target_mean_, model.target_scale_, np.float64, "y")
        Y = encode_targets(network, Y, self.loss)
        smoothed = smooth_labels(Y, getattr(model, "label_smoothing", 0.0), network.output_activation)
        return standardized(X, model.input_mean_, model.input_scale_, np.float64), smoothed

    def held(self, X: Any, y: Any) -> Held:
        from pellucid.estimators.checked_arrays import check_inputs

        try:
            X, y = check_inputs(self.fitted, X, reset=False), _targets(y)
            _check_held(X, y)
            return Held(*self.prepare(X, y), y)
        except ValueError as error:
            raise DataError(f"X_val, y_val: {error}") from error

    def settings(self, weight: Array) -> dict[str, Any]:
        from pellucid.estimators._options import batch_size_of

        model = self.fitted
        with quiet("Got `batch_size`"):  # a batch larger than these rows is no news here
            batch = len(weight) if model.solver == "lbfgs" else batch_size_of(model, max(2, len(weight)))
        mean_weight = float(weight.mean()) if len(weight) else 1.0
        classes = tuple(str(label) for label in getattr(model, "classes_", ()))
        n_outputs = self.network.layer_sizes[-1]
        return {
            "network": self.network,
            "own": self.fitted.network_,
            "loss": self.loss,
            "l1": check_strength("l1", model.l1),
            "l2": check_strength("l2", model.l2) + float(model.alpha) / (max(1, batch) * mean_weight),
            "feature_names": tuple(str(name) for name in getattr(model, "feature_names_in_", ())),
            "output_names": classes if len(classes) == n_outputs else classes[1:],
            "history": list(model.history_) if hasattr(model, "_training_state") else [],
            "start": _first_network(model),
        }


def _fitted(model: Any) -> BaseMLP:
    check_is_fitted(_estimator(model))
    return _estimator(model)


def _estimator(model: Any) -> BaseMLP:
    from pellucid.estimators._base import BaseMLP

    if not isinstance(model, BaseMLP):
        raise ParameterError(
            "diagnose takes a pellucid.Network or a fitted MLPClassifier, MLPRegressor, TabularClassifier or "
            f"TabularRegressor of pellucid; got {type(model).__name__}. Of a pipeline pass the last step and "
            "transformed rows; a model of scikit-learn's own becomes one by MLPClassifier.from_sklearn."
        )
    return model


def _started(model: Any, X: Any, y: Any, sample_weight: Any) -> BaseMLP:
    """Return a twin that has everything a fit begins with, and no step of training."""
    from pellucid.estimators._options import dtype_of, hidden_sizes, optimizer_of
    from pellucid.training import TrainingState

    twin: BaseMLP = clone(_estimator(model))
    hidden_sizes(twin)
    twin._validate_params()
    raw, y = _numbers(twin, X, reset=True), _targets(y)
    if raw.shape[0] != len(y):
        raise DataError(f"X and y must have the same number of rows; got {raw.shape[0]} and {len(y)}.")
    left_out = {row for bad in (not_finite(raw), _missing(y)) for row, _ in places(bad)}
    kept = np.array([i for i in range(len(y)) if i not in left_out], np.intp)
    if not len(kept):
        raise DataError("X and y have no row in which all numbers are finite, so no network can be started.")
    weight = None if sample_weight is None else as_weights(sample_weight, len(y), np.float64)[kept]  # type: ignore[index]
    names = getattr(twin, "feature_names_in_", None)
    rows = twin._read(raw[kept], narrowed(y[kept]), weight, twin._class_weight(incremental=False), cold=True)
    if names is not None:
        twin.feature_names_in_ = names
    optimizer, _ = optimizer_of(twin)
    rng = as_generator(twin.random_state)
    rng.integers(2**31)  # which a fit draws for its validation split
    twin._training_state = TrainingState(np.empty((0, 0)), rng, 1)
    twin._start(rows, optimizer, dtype_of(twin, optimizer))
    return twin


def _first_network(model: BaseMLP) -> Network | None:
    """Return the network that a fit started from; None where its seed is not an integer."""
    if not isinstance(model.random_state, int | np.integer) or model.warm_start:
        return None
    rng = as_generator(model.random_state)
    rng.integers(2**31)
    network = model.network_
    return model._network(
        network.layer_sizes, network.output_activation, network.dtype, model.initializer, rng
    )


def _numbers(model: BaseMLP, X: Any, *, reset: bool) -> Any:
    """Return X in float64, NaN and infinity left in; what is no number gets the estimator's own error."""
    from pellucid.estimators.checked_arrays import check_inputs

    X = checked_csr(X) if scipy.sparse.issparse(X) else X
    try:
        return validate_data(
            model, X, reset=reset, accept_sparse="csr", dtype=np.float64, ensure_all_finite=False
        )
    except ValueError:
        check_inputs(model, X, reset=reset)
        raise


def _targets(y: Any) -> NDArray[Any]:
    y = np.asarray(checked_csr(y, "y").toarray() if hasattr(y, "toarray") else y)
    if not y.ndim:
        raise DataError(f"y must have one target per row of X, as in training; got {y.item()!r}.")
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
            f"record must be the Record of a pellucid.recording.Recorder; got {type(record).__name__}."
        )
    there = tuple(record.layer_sizes), tuple(record.activations)
    here = network.layer_sizes, tuple(activation.name for activation in activations_of(network))
    if there != here:
        raise ParameterError(
            f"record is of another network: its layers are {there[0]} with {list(there[1])}, those of the model "
            f"{here[0]} with {list(here[1])}. Pass the record of this model's training."
        )


def _check_held(X: Any, y: NDArray[Any]) -> None:
    if X.shape[0] == 0 or X.shape[0] != len(y):
        raise DataError(
            f"X_val and y_val must have the same number of rows, at least one; got {X.shape[0]} and {len(y)}."
        )
    for name, values in (("X_val", X), ("y_val", y)):
        numbers = scipy.sparse.issparse(values) or values.dtype.kind == "f"
        if numbers and (found := places(not_finite(values))):
            raise DataError(f"{name} must be finite; it is not in row {found[0][0]}, column {found[0][1]}.")
