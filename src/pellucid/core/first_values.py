"""The values that the parameters and the state of a new network start from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.initializers import Initializer
from pellucid.core.structure import Structure

__all__ = ["set_first_values"]


def set_first_values(
    network: Structure, activations: Sequence[Activation], initializer: Initializer, rng: np.random.Generator
) -> None:
    """Set parameters and state to their first values: the layers' own, then weights and biases drawn.

    Parameters
    ----------
    network : Structure
        Changed in place.
    activations : sequence of Activation
        The activation of each block, which an initializer may look at.
    initializer : Initializer
        Draws the weights and biases of each block, of each member for itself.
    rng : numpy.random.Generator
        Random numbers.
    """
    for views, layer in zip(network.parameter_views(network.parameters), network.layers, strict=True):
        for spec in layer.parameters():
            views[spec.name][...] = spec.first_values(rng)
    for state_views, layer in zip(network.state_views(network.state), network.layers, strict=True):
        for state_spec in layer.state():
            state_views[state_spec.name][...] = state_spec.start
    for k, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        n_in, n_out = W.shape[-2:]
        matrices = W.reshape(-1, n_in, n_out)  # one, or one per member
        for m, own in enumerate(b.reshape(network.n_members, n_out)):
            matrices[m % len(matrices)], own[...] = initializer(rng, n_in, n_out, activations[k])
