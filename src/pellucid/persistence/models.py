"""Save and load: what of a network or an estimator goes into a file, and how it comes back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.estimators import MLPClassifier, MLPRegressor
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence.container import FORMAT_VERSION, Tensors, read, write
from pellucid.persistence.values import decode, encode
from pellucid.training import TrainingState
from pellucid.version import __version__

__all__ = ["load", "read_header", "save"]

CLASSES: dict[str, type] = {cls.__name__: cls for cls in (MLPClassifier, MLPRegressor, Network)}
SCALES = ("input_mean_", "input_scale_", "target_mean_", "target_scale_")
STATE_ARRAYS = ("memory", "best_parameters", "best_statistics")
STATE_VALUES = tuple(f.name for f in fields(TrainingState) if f.name not in (*STATE_ARRAYS, "history"))


def save(model: Any, path: str | os.PathLike[str], *, notes: Mapping[str, Any] | None = None) -> None:
    """Save a network or a fitted estimator in one safetensors file.

    The file holds everything that predicting and going on with the training need, and no training data. It
    runs no code when loaded. An activation or loss of your own is stored by its name.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        What to save.
    path : path
        Where. The file is replaced in one move: a crash leaves the old one or the new one.
    notes : dict, optional
        Anything that JSON can hold, for :func:`pellucid.persistence.read_header`.

    Raises
    ------
    ParameterError
        If the model, or one of its parameters, cannot be saved. Nothing is written then.

    See Also
    --------
    load : The way back.

    Examples
    --------
    >>> import os, tempfile
    >>> from pellucid import Network, load, save
    >>> net = Network([2, 3, 1], random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(net, os.path.join(folder, "net.safetensors"))
    ...     same = load(os.path.join(folder, "net.safetensors"))
    >>> bool((same.parameters == net.parameters).all())
    True
    """
    name = type(model).__name__
    if CLASSES.get(name) is not type(model):
        raise ParameterError(f"save takes one of {sorted(CLASSES)}; got {name}.")
    header, tensors = _pack_network(model) if isinstance(model, Network) else _pack_estimator(model)
    header |= {
        "class": name,
        "format_version": FORMAT_VERSION,
        "pellucid_version": __version__,
        "notes": encode(dict(notes or {}), "notes"),
    }
    write(path, header, tensors)


def load(path: str | os.PathLike[str], *, custom: Mapping[str, Any] | None = None) -> Any:
    """Load what :func:`save` wrote, without running any code of the file.

    Parameters
    ----------
    path : path
        The file.
    custom : dict, optional
        Your own activations, losses and initializers by name, where the model uses any.

    Returns
    -------
    Network, MLPClassifier or MLPRegressor
        The model; an estimator with ``warm_start=True`` goes on training as if it had never stopped.

    Raises
    ------
    ModelFileError
        If the file is truncated, altered, foreign, of a newer version, or uses something that ``custom``
        does not bring.

    See Also
    --------
    save : The way there.
    """
    header, tensors = read(path)
    custom = dict(custom or {})
    cls = CLASSES.get(header["class"])
    if cls is None:
        raise ModelFileError(f"{path} holds a {header['class']!r}, which this pellucid does not know.")
    network = _unpack_network(header["network"], tensors, custom)
    return network if cls is Network else _unpack_estimator(cls, header, tensors, custom, network)


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a model file says about itself, after checking that it is whole.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict
        ``class``, ``format_version``, ``pellucid_version``, ``notes``, ``network`` (sizes and options); for
        estimators also ``parameters``, ``classes``, ``feature_names``, ``history``, ``n_iter``.

    Raises
    ------
    ModelFileError
        As :func:`load`.
    """
    header, _ = read(path)
    by_name = _Named()
    return {key: decode(value, by_name) for key, value in header.items() if key != "training"}


class _Named(dict[str, str]):
    """Stands for custom objects where only their names are asked for."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return name


def _pack_network(network: Network) -> tuple[dict[str, Any], Tensors]:
    options = {
        "layer_sizes": list(network.layer_sizes),
        "activation": [activation.name for activation in network.activation],
        "output_activation": network.output_activation.name,
        "dropout": list(network.dropout),
        "batch_norm": list(network.batch_norm),
        "residual": list(network.residual),
        "dtype": network.dtype.name,
    }
    tensors = {"parameters": network.parameters, "state": network.state}
    return {"network": encode(options, "network")}, tensors


def _unpack_network(packed: Any, tensors: Tensors, custom: Mapping[str, Any]) -> Network:
    options = decode(packed, custom)
    activations = [*options.pop("activation"), options.pop("output_activation")]
    *hidden, output = (decode({"$": "activation", "name": name}, custom) for name in activations)
    network = Network(
        options.pop("layer_sizes"),
        activation=hidden,
        output_activation=output,
        initializer="zeros",
        **options,
    )
    network.parameters[...] = tensors["parameters"]
    if network.state.size:
        network.state[...] = tensors["state"]
    return network


def _pack_estimator(model: Any) -> tuple[dict[str, Any], Tensors]:
    check_is_fitted(model)
    header, tensors = _pack_network(model.network_)
    parameters = {name: encode(value, name) for name, value in model.get_params(deep=False).items()}
    header |= {
        "parameters": {"$": "dict", "items": list(map(list, parameters.items()))},
        "n_features": int(model.n_features_in_),
        "n_iter": int(model.n_iter_),
        "feature_names": encode(getattr(model, "feature_names_in_", None), "feature_names_in_"),
        "classes": encode(getattr(model, "classes_", None), "classes_"),
        "labels": getattr(getattr(model, "_label_binarizer", None), "y_type_", None),
        "split_seed": getattr(model, "_split_seed", None),
        "solver_in_memory": getattr(model, "_solver_in_memory", None),
    }
    tensors |= {name: getattr(model, name) for name in SCALES if getattr(model, name) is not None}
    state = getattr(model, "_training_state", None)
    if state is not None:
        header["history"] = encode(state.history, "history")
        header["training"] = {name: encode(getattr(state, name), name) for name in STATE_VALUES}
        arrays = {name: getattr(state, name) for name in STATE_ARRAYS}
        tensors |= {name: array for name, array in arrays.items() if array is not None}
    return header, tensors


def _unpack_estimator(
    cls: type, header: dict[str, Any], tensors: Tensors, custom: Mapping[str, Any], network: Network
) -> Any:
    model = cls(**decode(header["parameters"], custom))
    model.network_ = network
    model.n_features_in_ = header["n_features"]
    model.n_iter_ = header["n_iter"]
    for attribute, key in (("feature_names_in_", "feature_names"), ("classes_", "classes"),
                           ("_split_seed", "split_seed"), ("_solver_in_memory", "solver_in_memory")):  # fmt: skip
        value = decode(header[key], custom)
        if value is not None:
            setattr(model, attribute, value)
    if header["labels"] is not None:
        model._label_binarizer = _label_binarizer(header["labels"], model.classes_)
    for name in SCALES:
        setattr(model, name, tensors.get(name))
    if "training" in header:
        values = {name: decode(value, custom) for name, value in header["training"].items()}
        n_slots = (0, network.n_parameters)
        model._training_state = TrainingState(
            memory=tensors.get("memory", np.zeros(n_slots, network.dtype)),
            best_parameters=tensors.get("best_parameters"),
            best_statistics=tensors.get("best_statistics"),
            history=decode(header["history"], custom),
            **values,
        )
    return model


def _label_binarizer(kind: str, classes: Any) -> LabelBinarizer:
    """Return the encoder that was fitted to these classes, or to this many labels."""
    if kind.startswith("multilabel"):
        n_labels = len(classes)
        return LabelBinarizer().fit(np.array([[0] * n_labels, [1] * n_labels]))
    return LabelBinarizer().fit(classes)
