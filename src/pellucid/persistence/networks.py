"""What of a network goes into a file, and how it comes back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ACTIVATIONS, Activation, Network
from pellucid.core.assembly import block_widths
from pellucid.core.layers import InputLayer, Lookup, Periodic, Scale
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence.container import Tensors
from pellucid.persistence.fields import Check, check_fields, each, number, of_type, one_of, whole
from pellucid.persistence.values import PRECISIONS, Custom, decode, encode, find_row

__all__ = ["has_variances", "pack_network", "take", "unpack_layer", "unpack_network"]

OPTIONS: dict[str, Check] = {
    "layer_sizes": each(whole(1)),
    "activation": each(of_type(str)),
    "output_activation": of_type(str),
    "dropout": of_type(list),
    "batch_norm": of_type(list),
    "residual": of_type(list),
    "dtype": one_of(*PRECISIONS),
}
# Written only where they are not the default, so that other files are as they always were.
EXTRAS: dict[str, Check] = {
    "input_layers": lambda value: type(value) is list and value != [],
    "parametric": lambda value: value is True,
    "parametrization": one_of("ntk"),
    "n_members": whole(2),
}
INPUT_LAYERS: dict[str, tuple[type[Any], dict[str, Check]]] = {
    "Lookup": (Lookup, {"n_plain": whole(), "n_codes": each(whole(1)), "width": whole(1)}),
    "Periodic": (
        Periodic,
        {
            "n_numeric": whole(1),
            "n_plain": whole(),
            "n_frequencies": whole(1),
            "width": whole(2),
            "scale": number,
        },
    ),
    "Scale": (Scale, {"n_in": whole(1)}),
}


def pack_network(network: Network) -> tuple[dict[str, Any], Tensors]:
    """Return the network's part of a header, and its tensors."""
    if not has_variances(network, network.state):
        raise ParameterError(
            "The network cannot be saved: a running variance is negative, with which it cannot predict. Fit it "
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
    }
    options |= {name: value for name, value in extras.items() if EXTRAS[name](value)}
    tensors = {"parameters": network.parameters, "state": network.state}
    return {"network": encode(options, "network")}, tensors


def unpack_network(packed: Any, tensors: Tensors, custom: Custom) -> Network:
    """Return the network, and take its tensors out of ``tensors``."""
    options = decode(packed, custom)
    extras = {name: check for name, check in EXTRAS.items() if isinstance(options, dict) and name in options}
    check_fields(options, OPTIONS | extras, "The network")
    layers = [unpack_layer(layer) for layer in options.pop("input_layers", [])]
    sizes = options.pop("layer_sizes")
    widths = block_widths(tuple(sizes), layers)
    n_numbers = sum(n_in * n_out for n_in, n_out in pairwise(widths))
    n_numbers += sum(prod(spec.shape) for layer in layers for spec in layer.parameters())
    n_numbers += (options.get("n_members", 1) - 1) * (widths[0] + widths[-2] * widths[-1])
    if n_numbers > tensors["parameters"].size:  # before any memory is asked for
        raise ModelFileError(f"Its layers have {n_numbers} weights, more than it has numbers.")
    names = [*options.pop("activation"), options.pop("output_activation")]
    *hidden, output = (_activation(find_row(Activation, name, ACTIVATIONS, custom)) for name in names)
    network = Network(
        sizes,
        activation=hidden,
        output_activation=output,
        initializer="zeros",
        input_layers=layers,
        **options,
    )
    network.parameters[...] = take(tensors, "parameters", network.parameters.shape, network.dtype)
    network.state[...] = take(tensors, "state", network.state.shape, network.dtype)
    if not has_variances(network, network.state):
        raise ModelFileError("A running variance of batch normalization is negative.")
    return network


def _activation(row: Any) -> Activation:
    """Return a row, or where only its name is known, one of that name that stands in for it."""
    known = row if isinstance(row, Activation) else ACTIVATIONS.get(row)
    return replace(ACTIVATIONS["identity"], name=row) if known is None else known


def has_variances(network: Network, state: NDArray[Any]) -> bool:
    """Return whether no running variance is negative in a vector laid out like the network's state."""
    views = network.state_views(state)
    return all(bool((view["variance"] >= 0.0).all()) for view in views if "variance" in view)


def _pack_layer(layer: InputLayer) -> list[Any]:
    """Return the kind of an input layer and its options."""
    kind = type(layer).__name__
    if INPUT_LAYERS.get(kind, (None,))[0] is not type(layer):
        raise ParameterError(
            f"input_layers={layer!r} cannot be saved: a model file holds layers of {list(INPUT_LAYERS)}, no code."
        )
    options = {name: getattr(layer, name) for name in INPUT_LAYERS[kind][1]}
    return [kind, {name: list(o) if isinstance(o, tuple) else o for name, o in options.items()}]


def unpack_layer(packed: Any) -> InputLayer:
    """Return an input layer."""
    if (
        type(packed) is not list
        or len(packed) != 2
        or type(packed[0]) is not str
        or packed[0] not in INPUT_LAYERS
    ):
        raise ModelFileError(f"Its input layers must be of {list(INPUT_LAYERS)}, each with its options.")
    build, checks = INPUT_LAYERS[packed[0]]
    check_fields(packed[1], checks, f"An input layer of kind {packed[0]!r}")
    layer: InputLayer = build(**{n: tuple(o) if type(o) is list else o for n, o in packed[1].items()})
    return layer


def take(tensors: Tensors, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Take a tensor out of those of a file, if it is of this very shape and dtype; empty ones are not there."""
    tensor = tensors.pop(name) if 0 not in shape else np.zeros(shape, dtype)
    if tensor.shape != shape or tensor.dtype != dtype:
        raise ModelFileError(
            f"Its tensor {name!r} is {tensor.dtype} of shape {tensor.shape}, where the model needs "
            f"{np.dtype(dtype)} of shape {shape}."
        )
    return tensor
