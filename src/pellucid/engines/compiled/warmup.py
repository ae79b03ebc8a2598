"""Compiling ahead, so that no fit has to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pellucid.core import ACTIVATIONS, LOSSES
from pellucid.core.layers import LAYERS, ParametricActivate
from pellucid.engines.compiled import parts
from pellucid.engines.compiled.components import (
    activation_parts,
    compiled,
    loop_parts,
    loss_part,
    update_part,
)
from pellucid.engines.compiled.modules import driver_of
from pellucid.engines.compiled.rows import predictions_of
from pellucid.optimizers import OPTIMIZERS

__all__ = ["tasks"]

COMMON_ACTIVATIONS = ("identity", "relu", "tanh", "logistic", "softmax")
FOR_TABLES = (
    "selu",
    "mish",
)  # the activations of the recipes for tables, where units learn how far they bend
COMMON_OPTIMIZERS = ("adam", "nesterov")
BATCH_NORM: tuple[Callable[..., Any], ...] = (parts.batch_norm_forward, parts.batch_norm_backward)
SPARSE: tuple[Callable[..., Any], ...] = (parts.sparse_forward, parts.sparse_gradient)


def tasks(
    *, everything: bool = False, dtypes: tuple[str, ...] = ("float32",)
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what there is to compile: a name, and the function that does it.

    Parameters
    ----------
    everything : bool, default=False
        Every row of every table, in place of what common networks and estimators for tables use.
    dtypes : tuple of str, default=("float32",)
        For which precisions.

    Yields
    ------
    name : str
        A description of the kernel.
    run : callable
        Compiles it, or finds it in the cache.
    """
    for dtype in dtypes:
        yield f"the driver in {dtype}", partial(driver_of, dtype)
        yield f"predictions in {dtype}", partial(predictions_of, dtype)
        for name, activation in ACTIVATIONS.items():
            if everything or name in COMMON_ACTIVATIONS + FOR_TABLES:
                yield f"{name} in {dtype}", partial(activation_parts, activation, dtype)
        for name in FOR_TABLES:
            layer = ParametricActivate(ACTIVATIONS[name], 1)
            yield f"parametric {name} in {dtype}", partial(loop_parts, layer, dtype)
        for loss in LOSSES.values():
            for output in loss.output_activations() if everything else loss.canonical:
                pair = loss.on(ACTIVATIONS[output])
                name = f"{loss.name} of {output} in {dtype}"
                if everything or loss.name in ("log_loss", "squared_error"):
                    yield name, partial(loss_part, pair, dtype)
        for name, optimizer in OPTIMIZERS.items():
            if optimizer.is_stepwise and (everything or name in COMMON_OPTIMIZERS):
                yield f"{name} in {dtype}", partial(update_part, optimizer, {}, dtype)
        for row in LAYERS.values():
            for_tables = row.place == "input" or row.name in ("fan", "separate_dense")
            if row.example.loops() is not None and (everything or for_tables):
                yield f"{row.name} in {dtype}", partial(loop_parts, row.example, dtype)
        for template in BATCH_NORM if everything else ():
            yield f"{template.__name__} in {dtype}", partial(compiled, template, dtype)
        for template in SPARSE if everything else ():
            yield (
                f"{template.__name__} in {dtype}",
                partial(compiled, template, dtype, "int32"),
            )
