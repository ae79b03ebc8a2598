"""Many rows to outputs, block by block, with bounded memory: what predictions and validations run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.structure import Structure
from pellucid.engines.compiled.components import activation_parts
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.engines.compiled.lowering import Lowered, lower_network
from pellucid.engines.compiled.modules import driver_text, generated
from pellucid.host.blas import available, one_blas_thread
from pellucid.host.helpers import Helpers

__all__ = ["NotAnEquation", "RowsRunner", "predictions_of"]

Array = NDArray[np.floating]
BLOCK = 512  # rows that are worked on at a time, so that what they pass through stays in the cache
ALIKE = 8  # of so many rows, or several times as many, the BLAS works each row out in the same way

# Compiled behind the text of the driver.
ROWS = """

@njit(
    types.void(INT_MATRIX, INTS, INTS, NUMBER_MATRIX, types.UniTuple(INT, 4), types.UniTuple(INT, 2), GIVEN_MATRIX,
               VECTOR, VECTOR, VECTOR, VECTOR, MATRIX),
    cache=CACHE, **PLAIN,
)
def predict_rows(operations, parts, sizes, rates, places, span, X, parameters, values, kept, zeros, outputs):
    biases, scores, output_part, n_members = places
    n_outputs = outputs.shape[1]  # of all members, side by side
    tables, no_sparse = Tables(operations, parts, sizes, rates), (0, 0, 0, 0, 0)
    for start in range(span[0], span[1], BLOCK):
        n_rows = min(BLOCK, span[1] - start)
        some = Pass(X[start : start + n_rows], n_rows, zeros, 1.0, no_sparse, parts, parts, 0.0, 0)
        forward(tables, some, parameters, zeros, values, kept, zeros)
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
    text = driver_text(dtype) + ROWS.replace("BLOCK", str(BLOCK))
    run: Callable[..., None] = generated(f"rows_{dtype}", text).predict_rows
    return run


class RowsRunner:
    """Takes rows to the outputs of a network without batch normalization and dropout.

    Parameters
    ----------
    network : Structure
        The network; its parameters are read at each call.

    Raises
    ------
    NotAnEquation
        If something cannot be compiled.
    """

    def __init__(self, network: Structure) -> None:
        self.network, self.lowered, dtype = network, Lowered(), network.dtype
        scores, _, biases = lower_network(self.lowered, network, BLOCK, training=False)
        output_part = self.lowered.add(*activation_parts(network.output_activation, dtype.name))
        self.run = predictions_of(dtype.name)
        self.first_arguments = (
            *self.lowered.tables(),
            (biases, scores, output_part, network.n_members),
        )

    def __call__(self, X: Array) -> Array:
        """Return outputs of shape (n_samples, n_members, n_outputs) for dense inputs in the network's dtype."""
        X = np.ascontiguousarray(self.network.check_inputs(X))
        n_members, n_outputs = self.network.n_members, self.network.layer_sizes[-1]
        outputs = np.empty((len(X), n_members * n_outputs), X.dtype)
        self._run(X[: len(X) - len(X) % ALIKE], outputs[: len(X) - len(X) % ALIKE])
        if rest := len(X) % ALIKE:  # a row predicts the same among few others as among many
            filled, found = (
                np.zeros((ALIKE, X.shape[1]), X.dtype),
                np.empty((ALIKE, outputs.shape[1]), X.dtype),
            )
            filled[:rest] = X[len(X) - rest :]
            self._run(filled, found)
            outputs[len(X) - rest :] = found[:rest]
        return outputs.reshape(len(X), n_members, n_outputs)

    def _run(self, X: Array, outputs: Any) -> None:
        """Write the outputs of some rows, in threads where there are many."""
        if not len(X):
            return
        n_threads = max(1, min(available(), len(X) // BLOCK))
        # Whole blocks, since the bits of a product may depend on how many rows it has.
        edges = np.linspace(0, -(-len(X) // BLOCK), n_threads + 1).astype(int) * BLOCK
        spans = deque(pairwise(np.minimum(edges, len(X)).tolist()))
        work = partial(self._run_spans, spans, X, outputs)
        with one_blas_thread(wanted=True):
            if n_threads == 1:
                work()
                return
            helpers = Helpers(n_threads - 1, "pellucid")
            try:
                helpers.are_here()  # who comes later finds less to do
                helpers.together([work] * (n_threads - 1), work, spans.clear)
            finally:
                helpers.dismiss(join=True)

    def _run_spans(self, spans: deque[tuple[int, int]], X: Array, outputs: Any) -> None:
        """Take spans of rows and run them, until none is left."""
        while True:
            try:
                span = spans.popleft()
            except IndexError:
                return
            self._run_span(span, X, outputs)

    def _run_span(self, span: tuple[int, int], X: Array, outputs: Any) -> None:
        dtype, lengths = self.network.dtype, self.lowered.lengths
        values, kept = np.empty(lengths["values"], dtype), np.empty(lengths["kept"] + 1, dtype)
        zeros = np.zeros(max(self.lowered.widest, BLOCK), dtype)
        parameters = np.require(self.network.parameters, requirements=["W", "E"])  # it may be a read-only map
        self.run(*self.first_arguments, span, X, parameters, values, kept, zeros, outputs)
