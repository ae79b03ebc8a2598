"""Fitted estimators in model files: the written content, and its reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.estimators import MLPClassifier
from pellucid.estimators.class_labels import labels_again
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.optimizers import OPTIMIZERS
from pellucid.persistence.container import Tensors
from pellucid.persistence.fields import Check, check_fields, number, of_type, one_of, optional, whole
from pellucid.persistence.history import encode_rows
from pellucid.persistence.networks import has_variances, pack_network, take, unpack_network
from pellucid.persistence.summaries import pack_summary, take_summary
from pellucid.persistence.values import Custom, decode, encode
from pellucid.training import TrainingState

__all__ = [
    "ESTIMATOR",
    "LATER",
    "SPARSE_LABELS",
    "check_labels",
    "is_history_row",
    "pack_estimator",
    "pack_parameters",
    "sparse_labels",
    "unpack_estimator",
]

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
SPARSE_LABELS: dict[str, Check] = {"sparse_labels": lambda value: value is True}  # written only if true
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
SHARED = ("parameters", "n_iter", "feature_names", "classes", "labels", "split_seed", "solver_in_memory")
# Parameters added later, written only if not the default, so that older versions can read other files.
LATER: dict[str, dict[str, Any]] = {
    **{name: {"normalization": None} for name in ("MLPClassifier", "MLPRegressor")},
    "TabularClassifier": {
        "linear": "auto",
        "n_trials": None,
        "coverage_by": None,
        "monotonic_cst": None,
        "text_columns": None,
    },
    "TabularRegressor": {
        "linear": "auto",
        "n_trials": None,
        "coverage_by": None,
        "monotonic_cst": None,
        "output_range": None,
        "text_columns": None,
    },
}
SHOWN = ("objective", "validation_loss", "validation_score")  # columns of a history that attributes read


def pack_parameters(parameters: dict[str, Any], later: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an estimator's parameters as JSON; raise an error for one that cannot be saved."""
    items = []
    for name, value in parameters.items():
        if later and name in later and type(value) is type(later[name]) and value == later[name]:
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
    plain = model.to_plain()
    header, tensors = pack_network(plain["network"])
    state = plain["training"]
    header |= {
        "parameters": pack_parameters(plain["parameters"], LATER[type(model).__name__]),
        "n_features": plain["network"].layer_sizes[0],
        "n_iter": plain["n_iter"],
        "feature_names": encode(plain["feature_names"], "feature_names_in_"),
        "classes": encode(plain["classes"], "classes_"),
        "labels": plain["labels"],
        "split_seed": plain["split_seed"],
        "solver_in_memory": plain["solver_in_memory"],
        "history": None if state is None else encode_rows(state.history, "history"),
        "training": None if state is None else {n: encode(getattr(state, n), n) for n in TRAINING},
        **sparse_labels(plain),
    }
    arrays = dict(plain["scales"])
    arrays |= {name: getattr(state, name, None) for name in STATE_ARRAYS}
    for name in ("input_scale_", "target_scale_"):
        if arrays[name] is not None and not (arrays[name] > 0.0).all():
            raise ParameterError(f"The model cannot be saved: {name!r} must be positive. Fit it again.")
    tensors |= {name: array for name, array in arrays.items() if array is not None}
    return header, tensors | pack_summary(plain["summary"])


def sparse_labels(plain: dict[str, Any]) -> dict[str, bool]:
    """Return the field that marks labels as sparse, if they are."""
    return {"sparse_labels": True} if plain["sparse_labels"] else {}


def unpack_estimator(cls: type, header: dict[str, Any], tensors: Tensors, custom: Custom) -> Any:
    """Return the estimator, and remove its tensors from ``tensors``."""
    network = unpack_network(header.pop("network"), tensors, custom)
    training = header["training"]
    found = {name: decode(value, custom) for name, value in header.items() if name != "training"}
    extras = SPARSE_LABELS if "sparse_labels" in found else {}
    check_fields({**found, "training": training}, ESTIMATOR | extras, "The estimator")
    n_inputs, *_, n_outputs = network.layer_sizes
    is_classifier = cls is MLPClassifier
    if found["n_features"] != n_inputs:
        raise ModelFileError(f"It has {found['n_features']} features and {n_inputs} inputs.")
    if (names := found["feature_names"]) is not None and not _are_names(names, n_inputs):
        raise ModelFileError(f"Its feature names are not {n_inputs} texts.")
    if is_classifier:
        check_labels(found["labels"], found["classes"], sparse=bool(extras))
        n_classes = 1 if found["labels"] == "binary" else len(found["classes"])
        is_multilabel = found["labels"] == "multilabel-indicator"
        if n_outputs != n_classes or (is_multilabel and network.output_activation.range.simplex):
            raise ModelFileError("Its classes do not match the outputs of its network.")
    elif found["classes"] is not None or found["labels"] is not None:
        raise ModelFileError("It contains class labels, but a regressor has none.")
    scales = _take_scales(tensors, "input", n_inputs)
    scales |= _take_scales(tensors, "target", n_outputs, may_be_there=not is_classifier)
    state = None
    if training is not None:
        state = _training_state(network, found, training, tensors)
    elif any(found[name] is not None for name in ("history", "split_seed", "solver_in_memory")):
        raise ModelFileError("It holds only part of a training state.")
    shared = {name: found[name] for name in SHARED}
    shared["summary"] = take_summary(tensors, n_inputs)
    model: Any = cls.from_plain(  # type: ignore[attr-defined]
        {**shared, "network": network, "scales": scales, "sparse_labels": bool(extras), "training": state}
    )
    return model


def _are_names(names: Any, n_inputs: int) -> bool:
    return names.shape == (n_inputs,) and all(isinstance(name, str) for name in names)


def check_labels(kind: str, classes: Any, *, sparse: bool) -> None:
    """Refuse classes, or numbers of labels, that no fit could have produced."""
    if labels_again(kind, classes, sparse=sparse) is None:
        raise ModelFileError("Its classes are inconsistent.")


def _take_scales(
    tensors: Tensors, side: str, width: int, *, may_be_there: bool = True
) -> dict[str, NDArray[Any] | None]:
    """Take the mean and the scale of inputs or targets, which are either both present or both absent."""
    names = f"{side}_mean_", f"{side}_scale_"
    if not may_be_there or not any(name in tensors for name in names):
        return dict.fromkeys(names)
    mean, scale = (take(tensors, name, (width,), np.float64) for name in names)
    if not (scale > 0.0).all():
        raise ModelFileError(f"Its {side} scales must be positive.")
    return dict(zip(names, (mean, scale), strict=True))


def _training_state(
    network: Network, found: dict[str, Any], packed: dict[str, Any], tensors: Tensors
) -> TrainingState:
    solver, history = found["solver_in_memory"], found["history"]
    shape = (0, 0) if solver is None else (len(OPTIMIZERS[solver].slots), network.n_parameters)
    values = {name: decode(value, {}) for name, value in packed.items()}
    check_fields(values, TRAINING, "The training")
    if not isinstance(history, list) or not all(map(is_history_row, history)) or found["split_seed"] is None:
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
