"""Conversion of a fitted Perceptron to the content of a file and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.exceptions import ModelFileError
from pellucid.persistence.container import Tensors
from pellucid.persistence.estimators import pack_parameters
from pellucid.persistence.fields import Check, check_fields, each, number, of_type, optional, whole
from pellucid.persistence.networks import pack_network, unpack_network
from pellucid.persistence.summaries import pack_summary, take_summary
from pellucid.persistence.values import Custom, decode, encode

__all__ = ["pack_perceptron", "unpack_perceptron"]

PERCEPTRON: dict[str, Check] = {
    "parameters": of_type(dict),
    "n_features": whole(1),
    "feature_names": optional(of_type(np.ndarray)),
    "classes": of_type(np.ndarray),
    "units": each(of_type(dict)),
}
UNIT: dict[str, Check] = {
    "mistakes": lambda value: value != [] and each(whole())(value),
    "converged": of_type(bool),
    "separable": of_type(bool),
    "radius": number,
    "margin": number,
}


def pack_perceptron(model: Any) -> tuple[dict[str, Any], Tensors]:
    """Return the perceptron's part of a header, and its tensors."""
    plain = model.to_plain()
    header, tensors = pack_network(plain["network"])
    header |= {
        "parameters": pack_parameters(plain["parameters"]),
        "n_features": plain["network"].layer_sizes[0],
        "feature_names": encode(plain["feature_names"], "feature_names_in_"),
        "classes": encode(plain["classes"], "classes_"),
        "units": encode(plain["units"], "units"),
    }
    return header, tensors | pack_summary(plain["summary"])


def unpack_perceptron(cls: type, header: dict[str, Any], tensors: Tensors, custom: Custom) -> Any:
    """Return the perceptron, and remove its tensors from ``tensors``."""
    network = unpack_network(header.pop("network"), tensors, custom)
    found = {name: decode(value, custom) for name, value in header.items()}
    check_fields(found, PERCEPTRON, "The perceptron")
    for unit in found["units"]:
        check_fields(unit, UNIT, "A unit")
    classes, names = found["classes"], found["feature_names"]
    n_inputs = found["n_features"]
    n_units = 1 if len(classes) == 2 else len(classes)
    if classes.ndim != 1 or len(classes) < 2 or not np.array_equal(np.unique(classes), classes):
        raise ModelFileError("Its classes are not two or more in order.")
    if network.layer_sizes != (n_inputs, n_units) or network.output_activation.name != "sign":
        raise ModelFileError("Its network is not one threshold unit per class.")
    if len(found["units"]) != n_units:
        raise ModelFileError("It must hold a record of each of its units.")
    if names is not None and (names.shape != (n_inputs,) or not all(isinstance(name, str) for name in names)):
        raise ModelFileError(f"Its feature names are not {n_inputs} texts.")
    own = {"network": network, "summary": take_summary(tensors, n_inputs)}
    model: Any = cls.from_plain({**found, **own})  # type: ignore[attr-defined]
    return model
