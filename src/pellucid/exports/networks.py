"""Networks on the tape: their forward pass as a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network, forward
from pellucid.core.folding import folded
from pellucid.exports.tape import constant, taped

__all__ = ["arrays_of", "n_rows_for", "recorded_input", "recorded_outputs"]

Array = NDArray[Any]
Recorded = Any  # a Taped array, which NumPy's types do not express


def recorded_outputs(network: Network, encoded: Recorded, *, scores: bool = False) -> Recorded:
    """Record the forward pass of a network; members that share its weights are averaged."""
    plain = folded(network) if network.mixes_rows else network
    with np.errstate(all="ignore"):
        passed = forward(plain, encoded, parameters=network_parameters(plain))
    outputs = passed.run.values[plain.z_positions[-1] if scores else -1]
    if plain.n_members == 1:
        return outputs
    n_outputs = plain.layer_sizes[-1]
    return outputs.reshape(encoded.shape[0], plain.n_members, n_outputs).mean(axis=1)


def network_parameters(network: Network) -> Any:
    """Return the flat vector as a recorded constant, so that its views can be indexed by recorded codes."""
    return constant(network.parameters)


def arrays_of(networks: list[Network]) -> dict[str, Array]:
    """Return the parameters of networks by member, layer and name."""
    return {
        f"{member}.{layer}.{name}": view.copy()
        for member, network in enumerate(networks)
        for layer, views in enumerate(network.parameter_views(network.parameters))
        for name, view in views.items()
    }


def recorded_input(n: int, name: str, shape: tuple[int, ...], dtype: Any = np.float64) -> Recorded:
    """Return a recorded input of n rows, all zeros: "X", or the input of a stage from the previous one."""
    return taped(np.zeros((n, *shape), dtype), name=name, is_stage=name != "X")


def n_rows_for(networks: list[Network], sizes: list[int]) -> int:
    """Return a prime larger than every width that a row takes, so that it divides no other dimension."""
    widths = set(sizes)
    for network in networks:
        widths |= {network.n_members * width for width in (*network.layer_sizes, *network.widths)}
        views = network.parameter_views(network.parameters)
        widths |= {
            size for arrays in views for array in arrays.values() if array.ndim > 2 for size in array.shape
        }
    return _next_prime(max(widths) + 1)


def _next_prime(n: int) -> int:
    while any(n % d == 0 for d in range(2, int(n**0.5) + 1)):
        n += 1
    return n
