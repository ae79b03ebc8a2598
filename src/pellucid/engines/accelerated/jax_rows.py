"""Outputs or scores of many rows by JAX, some at a time: every prediction with ``engine="jax"``."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from pellucid.core.layers import Layer, Run
from pellucid.core.network import Network
from pellucid.engines.accelerated.jax_equations import traced
from pellucid.engines.accelerated.jax_passes import forth
from pellucid.engines.accelerated.jax_session import settings

__all__ = ["jax_rows"]

FEWEST = 8  # rows computed at a time; more are a power of two, so that few shapes are compiled


def jax_rows(
    network: Network, precision: np.dtype[Any], products: str | None, *, scores: bool
) -> Callable[[], Callable[[Any, Any], None]]:
    """Return a function that gives a worker its function ``compute(inputs, outputs)``.

    Parameters
    ----------
    network : Network
        The network; its numbers are those of now.
    precision : dtype
        The precision of the computation.
    products : str or None
        The precision of the factors of products.
    scores : bool
        True for scores instead of outputs.

    Returns
    -------
    callable
        It takes nothing.

    Raises
    ------
    NotTraceable
        If an equation does what JAX cannot trace.
    """
    n_layers = network.z_positions[-1] if scores else len(network.layers)
    products = products if precision == np.float32 else None
    run = _passing(tuple(network.layers[:n_layers]))
    with settings(products):
        numbers = jax.device_put(
            tuple(
                tuple(views[:n_layers])
                for views in (
                    network.parameter_views(network.parameters.astype(precision)),
                    network.state_views(network.state.astype(precision)),
                )
            )
        )

        with traced():
            run.eval_shape(np.zeros((FEWEST, network.layer_sizes[0]), precision), *numbers)

    def compute(inputs: Any, outputs: Any) -> None:
        X = inputs.toarray() if hasattr(inputs, "toarray") else inputs
        n_rows = X.shape[0]
        filled = np.zeros((max(FEWEST, 1 << (n_rows - 1).bit_length()), X.shape[1]), precision)
        filled[:n_rows] = X
        with settings(products):
            outputs[...] = np.asarray(run(filled, *numbers))[:n_rows].reshape(outputs.shape)

    return lambda: compute


@lru_cache(maxsize=64)
def _passing(layers: tuple[Layer, ...]) -> Any:
    """Return the compiled pass through layers."""

    def passed(X: Any, parameters: Any, state: Any) -> Any:
        return forth(layers, X, parameters, state, Run(training=False, values=[]))[0][-1]

    return jax.jit(passed)
