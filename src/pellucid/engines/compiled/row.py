"""Scores of one row without allocation, for :func:`pellucid.engines.predictor`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from pellucid.core.structure import Structure
from pellucid.engines.compiled.components import activation_parts
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.engines.compiled.lowering import Lowered, lower_network
from pellucid.engines.compiled.modules import driver_text, generated

__all__ = ["NotAnEquation", "row_runner"]

# Compiled behind the text of the driver.
ROW = """

@njit(
    types.void(INT_MATRIX, INTS, INTS, NUMBER_MATRIX, types.UniTuple(INT, 4), NUMBER_MATRIX, VECTOR, VECTOR,
               VECTOR, MATRIX, VECTOR),
    cache=CACHE, **PLAIN,
)
def predict_row(operations, parts, sizes, rates, places, scaling, parameters, values, kept, batch, zeros):
    biases, scores, output_part, n_members = places
    n_features, n_scores = batch.shape[1], operations[-1, N_OUT]
    n_outputs = n_scores // n_members
    for c in range(n_features):
        batch[0, c] = REAL((scaling[0, c] - scaling[1, c]) / scaling[2, c])
    # Nothing sparse, nothing dropped, one worker.
    some = Pass(batch, 1, zeros, 1.0, (0, 0, 0, 0, 0), parts, parts, 0.0, 0, 1, 1)
    alone = Workers((0, 0), 0, 1)
    forward(Tables(operations, parts, sizes, rates), some, parameters, zeros, values, kept, zeros, alone, parts)
    z, b = values[scores : scores + n_scores], parameters[biases : biases + n_scores]
    add(z, b)
    if output_part >= 0:
        call(parts[output_part], (z, zeros, z, n_members, n_outputs))
    for j in range(n_outputs):
        mean = 0.0
        for m in range(n_members):
            mean += z[m * n_outputs + j]
        scaling[5, j] = mean / n_members * scaling[4, j] + scaling[3, j]
"""


@cache
def _predict_row(dtype: str) -> Callable[..., None]:
    run: Callable[..., None] = generated(f"row_{dtype}", driver_text(dtype) + ROW).predict_row
    return run


def row_runner(network: Structure, scaling: Any, *, outputs: bool) -> tuple[Callable[..., None], Any]:
    """Return the compiled function of one row and its arguments."""
    lowered, dtype = Lowered(), network.dtype
    scores, _, biases = lower_network(lowered, network, 1)
    output_part = lowered.add(*activation_parts(network.output_activation, dtype.name)) if outputs else -1
    arguments = (
        *lowered.tables(),
        (biases, scores, output_part, network.n_members),
        scaling,
        network.parameters.copy(),
        np.zeros(lowered.lengths["values"], dtype),
        np.zeros(lowered.lengths["kept"] + 1, dtype),
        np.zeros((1, network.layer_sizes[0]), dtype),
        np.zeros(lowered.widest, dtype),
    )
    return _predict_row(dtype.name), arguments
