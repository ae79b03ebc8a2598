"""The first step of a document: the shapes of a network, and the kinds of its layers."""

from __future__ import annotations

import numpy as np

from pellucid.explain.canon import Arrays
from pellucid.explain.entries import Entry, Step
from pellucid.explain.equations import literal
from pellucid.explain.layer_steps import LayerPages
from pellucid.explain.notation import Notation
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import TraceRecord

__all__ = ["network_step"]


def network_step(trace: TraceRecord, notation: Notation, arrays: Arrays, pages: LayerPages) -> Step:
    """Return the step that shows the shapes and kinds of all blocks and input layers.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    notation : Notation
        The notation.
    arrays : dict of (str, int) to ndarray
        The arrays as it lays them out.
    pages : LayerPages
        The input layers.

    Returns
    -------
    Step
        With a table.
    """
    labels = [notation.symbol("weights", k) for k in range(len(trace.blocks))]
    columns: dict[str, list[int]] = {
        name: []
        for name in (
            "inputs",
            "units",
            "rows",
            "columns",
            "biases",
            "scale_and_shift",
            "bends",
            "parameters",
        )
    }
    for k, block in enumerate(trace.blocks):
        matrix = arrays["weights", k]
        biases = block.biases.value.size if notation.bias_apart else 0
        others = sum(other.value.size for other in block.others.values())
        bends = 0 if block.bending is None else block.a.shape[1]
        own = biases, others, bends
        row = (*block.weights.value.shape, *matrix.shape, *own, matrix.size + sum(own))
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    total = sum(columns["parameters"]) + pages.n_parameters
    for name in ("biases", "scale_and_shift", "bends"):  # omitted if no block has them outside its matrix
        if not any(columns[name]):
            del columns[name]
    table = np.column_stack([*columns.values()]).astype(float)
    entry = Entry("shape", 0, "", table, tuple(labels), tuple(map(phrase, columns)), phrase("shapes"))
    kinds = pages.kinds() + tuple(
        f"{label}: {', '.join((literal(block.activation.name), *block.extras))}"
        for label, block in zip(labels, trace.blocks, strict=True)
    )
    if not notation.has_biases:
        kinds = (*kinds, phrase("without_biases"))
    elif notation.bias_inside:
        side = "column" if notation.transposed else "row"
        kinds = (*kinds, phrase(f"first_{side}" if notation.first_unit == 0 else f"{side}_0"))
    return Step("network", phrase("network_step", count=f"{total:,}"), (), (entry,), kinds)
