"""Outputs or scores of many rows, block by block: the compiled part of every prediction."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import get_activation
from pellucid.core.structure import Structure
from pellucid.engines.compiled.components import activation_parts
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.engines.compiled.lowering import Lowered, lower_network
from pellucid.engines.compiled.modules import driver_text, generated
from pellucid.engines.compiled.session import sparse_parts

__all__ = ["NotAnEquation", "RowsRunner", "index_of", "predictions_of"]

Array = NDArray[np.floating]
NUMBERS = 1 << 22  # numbers that a block of rows passes through, at most
ALIKE = 8  # rows: with this many, or a multiple, most BLAS compute each row in the same way

# Compiled behind the text of the driver.
ROWS = """

@njit(
    types.void(INT_MATRIX, INTS, INTS, NUMBER_MATRIX, types.UniTuple(INT, 5), INT, CSR, INTS, GIVEN_MATRIX, VECTOR,
               VECTOR, VECTOR, VECTOR, MATRIX),
    cache=CACHE, **PLAIN,
)
def predict_rows(
    operations, parts, sizes, rates, places, n_all, sparse, rows, X, parameters, values, kept, zeros, outputs
):
    biases, scores, output_part, n_members, block = places
    n_outputs = outputs.shape[1]  # of all members, side by side
    tables, no_keys = Tables(operations, parts, sizes, rates), parts
    for start in range(0, n_all, block):
        n_rows = min(block, n_all - start)
        at = 0 if sparse[4] > 0 else start  # of sparse inputs, X only has the room for some rows
        here = rows[start : start + n_rows]
        some = Pass(X[at : at + n_rows], n_rows, zeros, 1.0, sparse, here, no_keys, 0.0, 0, n_rows, n_rows)
        forward(tables, some, parameters, zeros, values, kept, zeros, Workers((0, 0), 0, 1), parts)
        z, b = values[scores : scores + n_rows * n_outputs], parameters[biases : biases + n_outputs]
        out = matrix(outputs, start * n_outputs, n_rows, n_outputs)
        if n_members > 1:
            add_to_rows(matrix(z, 0, n_rows, n_outputs), b)
            b = zeros[:n_outputs]
        call(parts[output_part], (z, b, out, n_rows * n_members, n_outputs // n_members))
"""


@cache
def predictions_of(dtype: str) -> Callable[..., None]:
    """Return the compiled loop over blocks of rows in a precision."""
    run: Callable[..., None] = generated(f"rows_{dtype}", driver_text(dtype) + ROWS).predict_rows
    return run


def index_of(X: Any) -> str | None:
    """Return the dtype of the indices of sparse inputs; None for dense ones."""
    if isinstance(X, np.ndarray):
        return None
    matrix = getattr(X, "scaled", X)
    return "int32" if matrix.indices.dtype == matrix.indptr.dtype == np.int32 else "int64"


class RowsRunner:
    """Network lowered for prediction, with its structure but without its parameters.

    Parameters
    ----------
    network : Structure
        The network, without batch normalization.
    block : int
        Rows that are worked on at a time, fewer in wide networks: what they pass through stays in the cache.
    dtype : str
        The precision of the computation.
    index : str or None
        The dtype of the indices of sparse inputs; None for dense ones.
    scores : bool
        True if scores are computed, in place of outputs.

    Raises
    ------
    NotAnEquation
        If something cannot be compiled.
    """

    def __init__(self, network: Structure, block: int, dtype: str, index: str | None, scores: bool) -> None:  # noqa: FBT001
        self.lowered, self.dtype, self.index = Lowered(), np.dtype(dtype), index
        n_members, n_values = network.n_members, sum(network.layer_sizes) + sum(network.widths)
        block = min(block, max(1, NUMBERS // (n_members * n_values) // ALIKE) * ALIKE)
        z, _, biases = lower_network(self.lowered, network, block, index, training=False, dtype=dtype)
        output = get_activation("identity") if scores else network.output_activation
        output_part = self.lowered.add(*activation_parts(output, dtype))
        self.run = predictions_of(dtype)
        self.first_arguments = (
            *self.lowered.tables(),
            (biases, z, output_part, n_members, block),
        )
        self.block = block
        adds_inputs = any(0 in layer.sources for layer in network.layers)
        self.room = (block if adds_inputs else 0, network.layer_sizes[0])  # for sparse inputs

    def begin(self, parameters: Array) -> Callable[[], Callable[[Any, Array], None]]:
        """Return a function that gives a worker its ``compute(inputs, outputs)``, with its own buffers."""
        parameters = np.require(parameters, self.dtype, ["C", "W", "E"])  # it may be a read-only map

        def begun() -> Callable[[Any, Array], None]:
            lengths = self.lowered.lengths["values"], self.lowered.lengths["kept"] + 1
            buffers = [parameters, *(np.empty(n, self.dtype) for n in lengths)]
            zeros = np.zeros(max(self.lowered.widest, self.block), self.dtype)
            return partial(self._compute, (*buffers, zeros))

        return begun

    def _compute(self, buffers: tuple[Array, ...], inputs: Any, outputs: Array) -> None:
        """Write the outputs of some rows."""
        if self.index is not None:
            pointers, _alive, _ = sparse_parts(inputs, self.dtype, self.index)
            n_rows, room = inputs.shape[0], np.empty(self.room, self.dtype)
            self.run(*self.first_arguments, n_rows, pointers, np.arange(n_rows), room, *buffers, outputs)
            return
        n, n_more = len(inputs), len(inputs) % ALIKE
        whole = 0 if n_more and n < self.block else n - n_more  # one call is quicker than two
        if whole:
            self._compute_dense(buffers, np.ascontiguousarray(inputs[:whole], self.dtype), outputs[:whole])
        if rest := n - whole:  # a row gets the same prediction among few others as among many
            n_filled = -(-rest // ALIKE) * ALIKE
            filled = np.zeros((n_filled, inputs.shape[1]), self.dtype)
            found = np.empty((n_filled, outputs.shape[1]), self.dtype)
            filled[:rest] = inputs[whole:]
            self._compute_dense(buffers, filled, found)
            outputs[whole:] = found[:rest]

    def _compute_dense(self, buffers: tuple[Array, ...], X: Array, outputs: Array) -> None:
        self.run(*self.first_arguments, len(X), (0, 0, 0, 0, 0), NO_ROWS, X, *buffers, outputs)


NO_ROWS = np.zeros(0, np.int64)
