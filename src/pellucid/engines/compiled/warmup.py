"""Compilation ahead of time, so that no fit has to wait."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
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
from pellucid.engines.compiled.kernel_cache import open_folder
from pellucid.engines.compiled.modules import driver_of, loaded_keys
from pellucid.engines.compiled.rows import predictions_of
from pellucid.exceptions import PellucidError
from pellucid.optimizers import OPTIMIZERS

__all__ = ["compile_ahead", "tasks"]

COMMON_ACTIVATIONS = ("identity", "relu", "tanh", "logistic", "softmax")
FOR_TABLES = (
    "selu",
    "mish",
)  # the parametric activations of the recipes for tables
COMMON_OPTIMIZERS = ("adam", "nesterov")
BATCH_NORM: tuple[Callable[..., Any], ...] = (parts.batch_norm_forward, parts.batch_norm_backward)
SPARSE: tuple[Callable[..., Any], ...] = (parts.sparse_forward, parts.sparse_gradient)


def compile_ahead(
    *, everything: bool = False, watch: Callable[[list[Any]], Iterable[Any]] = iter
) -> tuple[int, Path]:
    """Compile everything that fits use, and keep it in the folder of the kernels.

    A folder of ``PELLUCID_CACHE_DIR`` that root makes can be read by all users of the machine.

    Parameters
    ----------
    everything : bool, default=False
        True for every row of every table, in both precisions.
    watch : callable, optional
        Takes the list of tasks, and returns what goes through it: a progress bar.

    Returns
    -------
    n_parts : int
        The parts that are ready.
    folder : Path
        The folder.

    Raises
    ------
    PellucidError
        If a part could not be kept.
    """
    is_for_all = os.environ.get("PELLUCID_CACHE_DIR") and getattr(os, "geteuid", lambda: -1)() == 0
    folder = open_folder(0o755 if is_for_all else 0o700)
    todo = list(tasks(everything=everything, dtypes=("float32", "float64") if everything else ("float32",)))
    for _, run in watch(todo):
        run()
    if lost := [key for key in loaded_keys() if not folder.holds(key)]:
        raise PellucidError(
            f"{len(lost)} of the kernels could not be kept in {folder.path}, among them {lost[0]}."
        )
    return len(todo), folder.path


def tasks(
    *, everything: bool = False, dtypes: tuple[str, ...] = ("float32",)
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the things to compile: a name, and the function that compiles it.

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
