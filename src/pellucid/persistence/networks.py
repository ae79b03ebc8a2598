"""What of a network goes into a file, and how it comes back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ACTIVATIONS, Activation, Network
from pellucid.exceptions import ModelFileError
from pellucid.persistence.container import Tensors
from pellucid.persistence.fields import Check, check_fields, each, of_type, one_of, whole
from pellucid.persistence.values import PRECISIONS, Custom, decode, encode, find_row

__all__ = ["pack_network", "take", "unpack_network"]

OPTIONS: dict[str, Check] = {
    "layer_sizes": each(whole(1)),
    "activation": each(of_type(str)),
    "output_activation": of_type(str),
    "dropout": of_type(list),
    "batch_norm": of_type(list),
    "residual": of_type(list),
    "dtype": one_of(*PRECISIONS),
}


def pack_network(network: Network) -> tuple[dict[str, Any], Tensors]:
    """Return the network's part of a header, and its tensors."""
    options = {
        "layer_sizes": list(network.layer_sizes),
        "activation": [encode(row, "activation")["name"] for row in network.activation],
        "output_activation": encode(network.output_activation, "output_activation")["name"],
        "dropout": list(network.dropout),
        "batch_norm": list(network.batch_norm),
        "residual": list(network.residual),
        "dtype": network.dtype.name,
    }
    tensors = {"parameters": network.parameters, "state": network.state}
    return {"network": encode(options, "network")}, tensors


def unpack_network(packed: Any, tensors: Tensors, custom: Custom) -> Network:
    """Return the network, and take its tensors out of ``tensors``."""
    options = decode(packed, custom)
    check_fields(options, OPTIONS, "The network")
    weights = sum(n_in * n_out for n_in, n_out in pairwise(options["layer_sizes"]))
    if weights > tensors["parameters"].size:  # before any memory is asked for
        raise ModelFileError(f"Its layers have {weights} weights, more than it has numbers.")
    names = [*options.pop("activation"), options.pop("output_activation")]
    *hidden, output = (find_row(Activation, name, ACTIVATIONS, custom) for name in names)
    sizes = options.pop("layer_sizes")
    network = Network(sizes, activation=hidden, output_activation=output, initializer="zeros", **options)
    network.parameters[...] = take(tensors, "parameters", network.parameters.shape, network.dtype)
    network.state[...] = take(tensors, "state", network.state.shape, network.dtype)
    return network


def take(tensors: Tensors, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Take a tensor out of those of a file, if it is of this very shape and dtype; empty ones are not there."""
    tensor = tensors.pop(name) if 0 not in shape else np.zeros(shape, dtype)
    if tensor.shape != shape or tensor.dtype != dtype:
        raise ModelFileError(
            f"Its tensor {name!r} is {tensor.dtype} of shape {tensor.shape}, where the model needs "
            f"{np.dtype(dtype)} of shape {shape}."
        )
    return tensor
