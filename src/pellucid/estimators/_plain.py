"""Conversion of a fitted MLP to plain values by name, and back."""

from __future__ import annotations

from typing import Any

from pellucid.estimators.class_labels import labels_again

__all__ = ["from_plain", "to_plain"]

SCALES = ("input_mean_", "input_scale_", "target_mean_", "target_scale_")


def to_plain(model: Any) -> dict[str, Any]:
    """Return the values needed to predict and to continue training; see :meth:`MLPClassifier.to_plain`."""
    labels = getattr(model, "_label_binarizer", None)
    return {
        "parameters": model.get_params(deep=False),
        "network": model.network_,
        "n_iter": int(model.n_iter_),
        "feature_names": getattr(model, "feature_names_in_", None),
        "classes": getattr(model, "classes_", None),
        "labels": getattr(labels, "y_type_", None),
        "sparse_labels": bool(getattr(labels, "sparse_input_", False)),
        "scales": {name: getattr(model, name) for name in SCALES},
        "split_seed": getattr(model, "_split_seed", None),
        "solver_in_memory": getattr(model, "_solver_in_memory", None),
        "training": getattr(model, "_training_state", None),
        "summary": getattr(model, "fit_summary_", None),
    }


def from_plain(cls: type, plain: dict[str, Any]) -> Any:
    """Return the estimator that :func:`to_plain` described."""
    model: Any = cls(**plain["parameters"])
    model.network_, model.n_iter_ = plain["network"], plain["n_iter"]
    model.n_features_in_ = model.network_.layer_sizes[0]
    for name in SCALES:
        setattr(model, name, plain["scales"][name])
    if plain["classes"] is not None:
        model.classes_ = plain["classes"]
        model._label_binarizer = labels_again(
            plain["labels"], plain["classes"], sparse=plain["sparse_labels"]
        )
    given = {
        "feature_names_in_": plain["feature_names"],
        "_training_state": plain["training"],
        "_split_seed": plain["split_seed"],
        "fit_summary_": plain["summary"],
        "_solver_in_memory": plain["solver_in_memory"],  # None where the weights are from elsewhere
    }
    for name, value in given.items():
        if value is not None:
            setattr(model, name, value)
    return model
