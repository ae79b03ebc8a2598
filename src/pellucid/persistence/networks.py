"""Networks in model files: the written content, and its reading."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from math import prod
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ACTIVATIONS, Activation, Architecture, Network
from pellucid.core.architecture import normalizations
from pellucid.core.layers import INPUT_LAYERS, InputLayer
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence.container import Tensors
from pellucid.persistence.fields import Check, check_fields, each, number, of_type, one_of, whole
from pellucid.persistence.values import PRECISIONS, Custom, decode, encode, find_row

__all__ = ["has_variances", "pack_network", "take", "unpack_architecture", "unpack_network"]

OPTIONS: dict[str, Check] = {
    "layer_sizes": each(whole(1)),
    "activation": each(of_type(str)),
    "output_activation": of_type(str),
    "dropout": of_type(list),
    "batch_norm": of_type(list),
    "residual": of_type(list),
    "dtype": one_of(*PRECISIONS),
}
# Written only if not the default, so that other files stay unchanged.
EXTRAS: dict[str, Check] = {
    "input_layers": lambda value: type(value) is list and value != [],
    "parametric": lambda value: value is True,
    "parametrization": one_of("ntk"),
    "n_members": whole(2),
    "normalization": lambda value: type(value) is list and any(n not in (None, "batch_norm") for n in value),
}
_TYPES: dict[Any, Check] = {
    int: whole(),
    float: number,
    tuple[int, ...]: each(whole()),
}  # of a layer's fields


def pack_network(network: Network) -> tuple[dict[str, Any], Tensors]:
    """Return the network's part of a header, and its tensors."""
    if not has_variances(network, network.state):
        raise ParameterError(
            "The network cannot be saved: a running variance is negative, so the network cannot predict. Fit it "
            "again, or set variances >= 0."
        )
    options = {
        "layer_sizes": list(network.layer_sizes),
        "activation": [encode(row, "activation")["name"] for row in network.activation],
        "output_activation": encode(network.output_activation, "output_activation")["name"],
        "dropout": list(network.dropout),
        "batch_norm": list(network.batch_norm),
        "residual": list(network.residual),
        "dtype": network.dtype.name,
    }
    extras = {
        "input_layers": [_pack_layer(layer) for layer in network.input_layers],
        "parametric": network.parametric,
        "parametrization": network.parametrization,
        "n_members": network.n_members,
        "normalization": list(network.normalization),
    }
    options |= {name: value for name, value in extras.items() if EXTRAS[name](value)}
    tensors = {"parameters": network.parameters, "state": network.state}
    return {"network": encode(options, "network")}, tensors


def unpack_network(packed: Any, tensors: Tensors, custom: Custom) -> Network:
    """Return the network, and remove its tensors from ``tensors``."""
    architecture, dtype = unpack_architecture(decode(packed, custom), custom)
    n_numbers = _n_numbers(architecture)
    if n_numbers > tensors["parameters"].size:  # before any memory is allocated
        raise ModelFileError(f"Its layers have {n_numbers} weights, more than it has numbers.")
    network = Network.from_architecture(architecture, initializer="zeros", dtype=dtype)
    network.parameters[...] = take(tensors, "parameters", network.parameters.shape, network.dtype)
    network.state[...] = take(tensors, "state", network.state.shape, network.dtype)
    if not has_variances(network, network.state):
        raise ModelFileError("A running variance of batch normalization is negative.")
    return network


def unpack_architecture(options: Any, custom: Custom | None = None) -> tuple[Architecture, str]:
    """Return the arguments that build a network, and its precision.

    Parameters
    ----------
    options : object
        The network's part of a header, decoded.
    custom : mapping, optional
        Activations of the user's own. None takes a placeholder for one: its name is known, its values are
        not.

    Returns
    -------
    Architecture, str
        The options as stored.
    """
    options = dict(options) if isinstance(options, dict) else options
    extras = {name: check for name, check in EXTRAS.items() if isinstance(options, dict) and name in options}
    check_fields(options, OPTIONS | extras, "The network")
    names = [*options.pop("activation"), options.pop("output_activation")]
    *hidden, output = (
        _activation(name if custom is None else find_row(Activation, name, ACTIVATIONS, custom))
        for name in names
    )
    switched, named = options.pop("batch_norm"), options.pop("normalization", None)
    dtype = options.pop("dtype")
    architecture = Architecture(
        activation=hidden,  # type: ignore[arg-type]
        output_activation=output,
        normalization=normalizations(named, switched, len(options["layer_sizes"]) - 2),
        input_layers=tuple(map(unpack_layer, options.pop("input_layers", []))),
        **options,
    )
    return architecture, dtype


def _n_numbers(architecture: Architecture) -> int:
    """Return the number of weights in the layers without creating them."""
    widths, layers = architecture.widths, architecture.input_layers
    count = sum(n_in * n_out for n_in, n_out in pairwise(widths))
    count += sum(prod(spec.shape) for layer in layers for spec in layer.parameters())
    return count + (architecture.n_members - 1) * (widths[0] + widths[-2] * widths[-1])


def _activation(row: Any) -> Activation:
    """Return a row, or if only its name is known, a placeholder of that name."""
    known = row if isinstance(row, Activation) else ACTIVATIONS.get(row)
    return replace(ACTIVATIONS["identity"], name=row) if known is None else known


def has_variances(network: Network, state: NDArray[Any]) -> bool:
    """Return whether no running variance is negative in a vector laid out like the network's state."""
    views = network.state_views(state)
    return all(bool((view["variance"] >= 0.0).all()) for view in views if "variance" in view)


def _pack_layer(layer: InputLayer) -> list[Any]:
    """Return the kind of an input layer and its options."""
    kind = type(layer).__name__
    if kind not in INPUT_LAYERS or INPUT_LAYERS[kind].kind is not type(layer):
        raise ParameterError(
            f"input_layers={layer!r} cannot be saved: a model file holds layers of {sorted(INPUT_LAYERS)}, no "
            "code."
        )
    options = {name: getattr(layer, name) for name in _fields_of(INPUT_LAYERS[kind].kind)}
    return [kind, {n: list(option) if isinstance(option, tuple) else option for n, option in options.items()}]


def _fields_of(kind: type[Any]) -> dict[str, Check]:
    """Return the options of a kind of layer, each with a check of its type; the layer itself checks the values."""
    types = get_type_hints(kind)
    return {field.name: _TYPES[types[field.name]] for field in fields(kind)}


def unpack_layer(packed: Any) -> InputLayer:
    """Return an input layer."""
    if (
        type(packed) is not list
        or len(packed) != 2
        or type(packed[0]) is not str
        or packed[0] not in INPUT_LAYERS
    ):
        raise ModelFileError(f"Its input layers must be of {sorted(INPUT_LAYERS)}, each with its options.")
    build: Any = INPUT_LAYERS[packed[0]].kind
    check_fields(packed[1], _fields_of(build), f"An input layer of kind {packed[0]!r}")
    layer: InputLayer = build(**{n: tuple(o) if type(o) is list else o for n, o in packed[1].items()})
    return layer


def take(tensors: Tensors, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Remove a tensor from those of a file, and check its shape and dtype; empty ones are not stored."""
    tensor = tensors.pop(name) if 0 not in shape else np.zeros(shape, dtype)
    if tensor.shape != shape or tensor.dtype != dtype:
        raise ModelFileError(
            f"Its tensor {name!r} is {tensor.dtype} of shape {tensor.shape}, where the model needs "
            f"{np.dtype(dtype)} of shape {shape}."
        )
    return tensor
