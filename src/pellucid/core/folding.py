"""A network for prediction only: batch normalization folded into the weights, dropout gone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers import NORMALIZATIONS
from pellucid.core.network import Network

__all__ = ["folded"]


def folded(network: Network) -> Network:
    """Return a network that predicts the same, without the layers that act on training batches only.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    Network
        Another one, with numbers of its own.
    """
    numbers: list[dict[str, NDArray[Any]]] = []
    parameters, statistics = network.parameter_views(network.parameters), network.state_views(network.state)
    for layer, p, s in zip(network.layers, parameters, statistics, strict=True):
        if layer.mixes_rows:
            dense = numbers[-1]
            dense["weights"], dense["biases"] = layer.folded(dense["weights"], dense["biases"], p, s)
        elif not layer.is_random:
            numbers.append({name: view.astype(np.float64) for name, view in p.items()})
    kept = [
        None if name is not None and NORMALIZATIONS[name].kind.mixes_rows else name
        for name in network.normalization
    ]
    architecture = network.architecture.replace(dropout=0.0, normalization=kept)
    twin = Network.from_architecture(architecture, initializer="zeros", dtype=network.dtype)
    for views, found in zip(twin.parameter_views(twin.parameters), numbers, strict=True):
        for name, view in views.items():
            view[...] = found[name]
    return twin
