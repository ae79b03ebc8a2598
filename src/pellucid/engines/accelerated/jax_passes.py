"""One batch forward and back in JAX: the layers' own functions, in the order of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from pellucid.core.layers import Layer, Run
from pellucid.engines.accelerated.jax_equations import Cell, traceable

__all__ = ["Keys", "Share", "Tree", "back", "forth"]

Tree = tuple[Mapping[str, Any], ...]  # the arrays of each layer, by name


class Keys:
    """Generator of a pass, which returns keys that were drawn before.

    Parameters
    ----------
    keys : Array of shape (n_dropouts,)
        One per layer that draws.
    first_row : int or Array of shape ()
        The place of the first row in its batch: a unit is dropped by its place in the whole batch.
    """

    def __init__(self, keys: Any, first_row: Any) -> None:
        self.left, self.first_row, self.width = list(keys), first_row, 0

    def integers(self, low: int, high: int, size: None, dtype: Any) -> Any:
        """Return the next key."""
        return self.left.pop(0) + jnp.uint32(self.first_row) * jnp.uint32(self.width)


@dataclass(eq=False)
class Share:
    """The weight of a batch over that of a full one, known only when a step runs: an exponent equal to nothing.

    Parameters
    ----------
    value : Array of shape ()
        The share.
    """

    value: Any

    def __rpow__(self, base: Any) -> Any:
        return jnp.power(base, self.value)


def forth(
    layers: Sequence[Layer], X: Any, parameters: Tree, state: Tree, run: Run
) -> tuple[list[Any], list[Any], Tree]:
    """Propagate inputs through layers, as :func:`pellucid.core.forward`.

    Parameters
    ----------
    layers : sequence of Layer
        The layers.
    X : Array of shape (n_samples, n_features)
        The inputs.
    parameters, state : tuple of dict
        Parameters and running statistics of each layer.
    run : Run
        The circumstances; gets the values.

    Returns
    -------
    values : list of Array
        The inputs, then the output of every layer.
    kept : list
        The values of each layer that the way back needs.
    state : tuple of dict
        The running statistics afterwards.
    """
    run.values[:], kept, states = [X], [], []
    for layer, p, s in zip(layers, parameters, state, strict=True):
        cells = {name: Cell(value) for name, value in s.items()}
        if isinstance(run.rng, Keys):
            run.rng.width = run.values[-1].shape[1]
        value, keep = traceable(layer).forward(run.values[-1], p, cells, run)
        run.values.append(value)
        kept.append(keep)
        states.append({name: cell.value for name, cell in cells.items()})
    return run.values, kept, tuple(states)


def back(layers: Sequence[Layer], delta: Any, kept: Sequence[Any], parameters: Tree, run: Run) -> Tree:
    """Propagate the sensitivity of the last of some layers back, as :func:`pellucid.core.backward`.

    Parameters
    ----------
    layers : sequence of Layer
        The layers up to the scores.
    delta : Array
        The derivative of the objective with respect to their output.
    kept : sequence
        The values that each layer kept.
    parameters : tuple of dict
        Their parameters.
    run : Run
        The circumstances of the way forward.

    Returns
    -------
    tuple of dict
        The gradient of each layer's parameters.
    """
    gradients: list[dict[str, Any]] = []
    for i in reversed(range(len(layers))):
        layer, p = traceable(layers[i]), parameters[i]
        cells = {name: Cell(jnp.zeros_like(value)) for name, value in p.items()}
        layer.gradient(delta, kept[i], p, cells)
        gradients.append({name: cell.value for name, cell in cells.items()})
        if i > 0:
            delta = layer.backward(delta, kept[i], p, run) + run.pending.pop(i, 0.0)
    run.pending.clear()
    return tuple(reversed(gradients))
