"""What of a fitted estimator goes into a file, and how it comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from pellucid.estimators import MLPClassifier
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.optimizers import OPTIMIZERS
from pellucid.persistence.container import Tensors
from pellucid.persistence.fields import Check, check_fields, number, of_type, one_of, optional, whole
from pellucid.persistence.history import encode_rows
from pellucid.persistence.networks import has_variances, pack_network, take, unpack_network
from pellucid.persistence.values import Custom, decode, encode
from pellucid.training import TrainingState

__all__ = [
    "ESTIMATOR",
    "LATER",
    "SPARSE_LABELS",
    "is_history_row",
    "label_binarizer",
    "pack_estimator",
    "pack_parameters",
    "sparse_labels",
    "unpack_estimator",
]

SCALES = ("input_mean_", "input_scale_", "target_mean_", "target_scale_")
STATE_ARRAYS = ("memory", "best_parameters", "best_statistics", "last_parameters", "last_statistics")

ESTIMATOR: dict[str, Check] = {
    "parameters": of_type(dict),
    "n_features": whole(1),
    "n_iter": whole(),
    "feature_names": optional(of_type(np.ndarray)),
    "classes": optional(of_type(np.ndarray)),
    "labels": optional(one_of("binary", "multiclass", "multilabel-indicator")),
    "split_seed": optional(whole(most=2**32 - 1)),
    "solver_in_memory": optional(one_of(*OPTIMIZERS)),
    "history": optional(of_type(list)),
    "training": optional(of_type(dict)),
}
SPARSE_LABELS: dict[str, Check] = {"sparse_labels": lambda value: value is True}  # written only where it is
TRAINING: dict[str, Check] = {
    "rng": of_type(np.random.Generator),
    "horizon": whole(1),
    "epoch": whole(),
    "updates": whole(),
    "samples_seen": whole(),
    "reductions": whole(),
    "best": lambda value: number(value) and value == value,  # infinite before the first epoch, never NaN
    "epochs_without_improvement": whole(),
    "monitor": one_of("", "objective", "score"),
}
# Parameters that came later, written only where they are not the default, so that older versions read the others.
LATER = {name: {"normalization": None} for name in ("MLPClassifier", "MLPRegressor")}
SHOWN = ("objective", "validation_loss", "validation_score")  # columns of a history that attributes read


def pack_parameters(model: Any) -> dict[str, Any]:
    """Return an estimator's parameters as JSON, or say which of them cannot be saved."""
    items, later = [], LATER.get(type(model).__name__, {})
    for name, value in model.get_params(deep=False).items():
        if value is None and name in later:
            continue
        try:
            items.append([name, encode(value, name)])
        except ParameterError as error:
            hint = (
                f"Set another before saving, such as set_params({name}=None), and yours again after loading."
            )
            raise ParameterError(f"{error} {hint}") from error
    return {"$": "dict", "items": items}


def pack_estimator(model: Any) -> tuple[dict[str, Any], Tensors]:
    """Return the estimator's part of a header, and its tensors."""
    check_is_fitted(model)
    header, tensors = pack_network(model.network_)
    state = getattr(model, "_training_state", None)
    header |= {
        "parameters": pack_parameters(model),
        "n_features": int(model.n_features_in_),
        "n_iter": int(model.n_iter_),
        "feature_names": encode(getattr(model, "feature_names_in_", None), "feature_names_in_"),
        "classes": encode(getattr(model, "classes_", None), "classes_"),
        "labels": getattr(getattr(model, "_label_binarizer", None), "y_type_", None),
        "split_seed": getattr(model, "_split_seed", None),
        "solver_in_memory": getattr(model, "_solver_in_memory", None),
        "history": None if state is None else encode_rows(state.history, "history"),
        "training": None if state is None else {n: encode(getattr(state, n), n) for n in TRAINING},
        **sparse_labels(model),
    }
    arrays = {name: getattr(model, name) for name in SCALES}
    arrays |= {name: getattr(state, name, None) for name in STATE_ARRAYS}
    for name in ("input_scale_", "target_scale_"):
        if arrays[name] is not None and not (arrays[name] > 0.0).all():
            raise ParameterError(f"The model cannot be saved: {name} must be positive. Fit it again.")
    return header, tensors | {name: array for name, array in arrays.items() if array is not None}


def sparse_labels(model: Any) -> dict[str, bool]:
    """Return the field that says that labels are given back sparse, where they are."""
    is_sparse = getattr(getattr(model, "_label_binarizer", None), "sparse_input_", False)
    return {"sparse_labels": True} if is_sparse else {}


def unpack_estimator(cls: type, header: dict[str, Any], tensors: Tensors, custom: Custom) -> Any:
    """Return the estimator, and take its tensors out of ``tensors``."""
    network = unpack_network(header.pop("network"), tensors, custom)
    training = header["training"]
    found = {name: decode(value, custom) for name, value in header.items() if name != "training"}
    extras = SPARSE_LABELS if "sparse_labels" in found else {}
    check_fields({**found, "training": training}, ESTIMATOR | extras, "The estimator")
    n_inputs, *_, n_outputs = network.layer_sizes
    model: Any = cls(**found["parameters"])
    model.network_ = network
    model.n_features_in_, model.n_iter_ = n_inputs, found["n_iter"]
    if found["n_features"] != n_inputs:
        raise ModelFileError(f"It has {found['n_features']} features and {n_inputs} inputs.")
    if (names := found["feature_names"]) is not None:
        if names.shape != (n_inputs,) or not all(isinstance(name, str) for name in names):
            raise ModelFileError(f"Its feature names are not {n_inputs} texts.")
        model.feature_names_in_ = names
    if isinstance(model, MLPClassifier):
        model.classes_ = found["classes"]
        model._label_binarizer = label_binarizer(found["labels"], model.classes_, sparse=bool(extras))
        n_classes = 1 if found["labels"] == "binary" else len(model.classes_)
        is_multilabel = found["labels"] == "multilabel-indicator"
        if n_outputs != n_classes or (is_multilabel and network.output_activation.range.simplex):
            raise ModelFileError("Its classes do not fit to the outputs of its network.")
    elif found["classes"] is not None or found["labels"] is not None:
        raise ModelFileError("It contains class labels, but a regressor has none.")
    model.input_mean_, model.input_scale_ = _take_scales(tensors, "input", n_inputs)
    model.target_mean_, model.target_scale_ = (
        (None, None) if isinstance(model, MLPClassifier) else _take_scales(tensors, "target", n_outputs)
    )
    if training is not None:
        model._split_seed = found["split_seed"]
        if found["solver_in_memory"] is not None:  # else the weights are from elsewhere
            model._solver_in_memory = found["solver_in_memory"]
        model._training_state = _training_state(model, training, found["history"], tensors)
    elif any(found[name] is not None for name in ("history", "split_seed", "solver_in_memory")):
        raise ModelFileError("It holds a part of a training only.")
    return model


def label_binarizer(kind: str, classes: Any, *, sparse: bool) -> LabelBinarizer:
    """Return the encoder that was fitted to these classes, or to this many labels."""
    multilabel = kind == "multilabel-indicator"
    seen = np.outer([0, 1], np.ones(len(classes), int)) if multilabel else classes
    with np.errstate(invalid="ignore"):
        binarizer = LabelBinarizer().fit(seen)
    fits = (
        binarizer.y_type_ == kind
        and np.array_equal(binarizer.classes_, classes)
        and len(classes) > 0
        and (multilabel or not sparse)
    )
    if not fits:
        raise ModelFileError("Its classes do not fit together.")
    binarizer.sparse_input_ = sparse
    return binarizer


def _take_scales(tensors: Tensors, side: str, width: int) -> tuple[Any, Any]:
    """Take the mean and the scale of inputs or targets, which are both there or neither."""
    names = f"{side}_mean_", f"{side}_scale_"
    if not any(name in tensors for name in names):
        return None, None
    mean, scale = (take(tensors, name, (width,), np.float64) for name in names)
    if not (scale > 0.0).all():
        raise ModelFileError(f"Its {side} scales must be positive.")
    return mean, scale


def _training_state(model: Any, packed: dict[str, Any], history: Any, tensors: Tensors) -> TrainingState:
    network, solver = model.network_, getattr(model, "_solver_in_memory", None)
    shape = (0, 0) if solver is None else (len(OPTIMIZERS[solver].slots), network.n_parameters)
    values = {name: decode(value, {}) for name, value in packed.items()}
    check_fields(values, TRAINING, "The training")
    if not isinstance(history, list) or not all(map(is_history_row, history)) or model._split_seed is None:
        raise ModelFileError("The history of its training is not one row of numbers per epoch.")
    memory = take(tensors, "memory", shape, network.dtype)
    if solver is not None and not OPTIMIZERS[solver].accepts(memory):
        raise ModelFileError("The optimizer's memory of squared gradients contains negative numbers.")
    state = TrainingState(
        memory=memory,
        history=history,
        **values,
    )
    for which in ("best", "last"):
        if f"{which}_parameters" in tensors:
            parameters = take(tensors, f"{which}_parameters", network.parameters.shape, network.dtype)
            statistics = take(tensors, f"{which}_statistics", network.state.shape, network.dtype)
            if not has_variances(network, statistics):
                raise ModelFileError(f"A running variance of its {which} epoch is negative.")
            setattr(state, f"{which}_parameters", parameters)
            setattr(state, f"{which}_statistics", statistics)
    return state


def is_history_row(row: Any) -> bool:
    """Return whether it holds numbers by name, those that attributes read among them."""
    entries = isinstance(row, dict) and all(isinstance(name, str) for name in row)
    return entries and set(SHOWN) <= row.keys() and all(map(optional(number), row.values()))
