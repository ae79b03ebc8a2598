"""Arrays of a trace by role and index in pellucid's own notation, the source of every other notation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.network import Network
from pellucid.explain.traced import OF_NORMALIZATION, TraceRecord

__all__ = ["DERIVATIVES", "MATRICES", "PER_SAMPLE", "Array", "Arrays", "canon", "parts"]

Array = NDArray[np.floating]
Arrays = dict[tuple[str, int], Array]
"""Arrays by role and index: ``("weights", k)``, ``("layer", j)`` with j = 0 the inputs, …"""

MATRICES = {"weights": "biases", "gradient": "bias_gradient", "updated": "updated_biases"}
PER_SAMPLE = ("layer", "signal", "slope", "upstream", "delta")
DERIVATIVES = ("upstream", "delta", "gradient", "bias_gradient")
NAMES = {of_layer: name for name, of_layer in OF_NORMALIZATION.items()}


def parts(network: Network, flat: Array) -> list[dict[str, Array]]:
    """Return, for each block, its named arrays in a vector laid out like the network's parameters.

    Parameters
    ----------
    network : Network
        The network.
    flat : ndarray of shape (n_parameters,)
        The vector.

    Returns
    -------
    list of dict
        ``biases``, ``weights``, and those of a normalization or a parametric activation; without input layers.
    """
    blocks: list[dict[str, Array]] = []
    for views in network.parameter_views(flat)[network.a_positions[0] :]:
        if "weights" in views:
            blocks.append({})
        if views:
            blocks[-1] |= {NAMES.get(name, name): view for name, view in views.items()}
    return blocks


def canon(trace: TraceRecord) -> Arrays:
    """Return the arrays of a trace in pellucid's own notation.

    Parameters
    ----------
    trace : TraceRecord
        The trace.

    Returns
    -------
    dict
        From ``(role, index)`` to the array; samples are rows, weights have shape (n_in, n_out).
    """
    arrays: Arrays = {("layer", len(trace.blocks)): trace.blocks[-1].outputs}
    for k, (block, after) in enumerate(zip(trace.blocks, parts(trace.network, trace.stepped), strict=True)):
        arrays |= {
            ("layer", k): block.inputs,
            ("weights", k): block.weights.value,
            ("biases", k): block.biases.value,
            ("signal", k): block.z,
            ("upstream", k): block.upstream,
            ("delta", k): block.delta,
            ("gradient", k): block.weights.gradient,
            ("bias_gradient", k): block.biases.gradient,
            ("updated", k): after["weights"],
            ("updated_biases", k): after["biases"],
        }
        if block.slope is not None:
            arrays["slope", k] = block.slope
    return arrays
