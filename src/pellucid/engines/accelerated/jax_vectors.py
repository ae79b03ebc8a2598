"""Arrays in flat vectors: a call of the device takes and returns a few large ones faster than many small ones."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import jax.numpy as jnp

from pellucid.engines.accelerated.jax_passes import Tree

__all__ = ["Place", "Places", "Trained", "packed", "unpacked", "vector_of"]


class Place(NamedTuple):
    """The place of an array in a flat vector."""

    name: str
    start: int
    shape: tuple[int, ...]


Places = tuple[tuple[Place, ...], ...]  # of the arrays of each layer, one after the other


class Trained(NamedTuple):
    """Parameters, optimizer's slots, statistics: arrays by layer and name, or packed in a vector each."""

    parameters: Any
    memory: tuple[Any, ...]
    state: Any


def unpacked(trained: Trained, parameters: Places, state: Places) -> Trained:
    """Return the arrays that were packed at some places."""
    slots = tuple(_arrays_of(slot, parameters) for slot in trained.memory)
    return Trained(_arrays_of(trained.parameters, parameters), slots, _arrays_of(trained.state, state))


def packed(trained: Trained, parameters: Places, state: Places) -> Trained:
    """Return a vector each of parameters, slots and statistics."""
    vector, *slots = (vector_of(tree, parameters) for tree in (trained.parameters, *trained.memory))
    return Trained(vector, tuple(slots), vector_of(trained.state, state) if any(state) else vector[:0])


def vector_of(tree: Tree, places: Places) -> Any:
    """Return arrays concatenated in a vector."""
    each = ((arrays, place.name) for layer, arrays in zip(places, tree, strict=True) for place in layer)
    return jnp.concatenate([arrays[name].ravel() for arrays, name in each])


def _arrays_of(vector: Any, places: Places) -> Tree:
    return tuple(
        {name: vector[start : start + prod(shape)].reshape(shape) for name, start, shape in layer}
        for layer in places
    )
