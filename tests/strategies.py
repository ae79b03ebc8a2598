"""Draws for several test files: widths, parameters other than zero, and targets that a loss accepts."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from pellucid import Network
from pellucid.core import PairedLoss

Array = NDArray[np.floating]


def layer_sizes(min_hidden: int = 0, max_hidden: int = 3, max_width: int = 5) -> st.SearchStrategy[list[int]]:
    """Draw the widths of a network: inputs, hidden blocks, outputs."""
    return st.lists(st.integers(1, max_width), min_size=min_hidden + 2, max_size=max_hidden + 2)


def randomize(network: Network, rng: np.random.Generator) -> Network:
    """Give every parameter a random value other than 0, and the running statistics ones of their own."""
    for views in network.parameter_views(network.parameters):
        for view in views.values():
            fan_in = view.shape[0] if view.ndim == 2 else 1
            signs = rng.choice([-1.0, 1.0], view.shape)
            view[...] = signs * rng.uniform(0.3, 1.2, view.shape) / np.sqrt(fan_in)
    network.state += rng.uniform(0.1, 0.6, network.state.shape)
    return network


def draw_targets(loss: PairedLoss, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Draw targets that the loss accepts; a simplex loss takes rows that do not sum to 1 as well."""
    accepted = loss.form.targets
    return rng.uniform(max(accepted.low, -2.0), min(accepted.high, 2.0), shape)
