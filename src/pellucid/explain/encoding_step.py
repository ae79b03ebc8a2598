"""The step from the cells of a table to the inputs of its network."""

from __future__ import annotations

import numpy as np

from pellucid.explain.canon import Array
from pellucid.explain.entries import Entry, Step
from pellucid.explain.layer_steps import LayerPages
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import TraceRecord

__all__ = ["encoding_steps"]


def encoding_steps(trace: TraceRecord, pages: LayerPages) -> list[Step]:
    """Return the step in which an estimator for tables encodes the numbers of the rows.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    pages : LayerPages
        The source of the column names.

    Returns
    -------
    list of Step
        Empty if nothing was encoded.
    """
    encoding = trace.encoding
    if encoding is None or not encoding.cells.shape[1]:
        return []
    symbol, n = pages.input_symbol(0), encoding.cells.shape[1]
    names, upright = pages.names[0].inputs[:n], pages.notation.samples == "columns"
    first = pages.notation.first_unit
    count = len(encoding.cells)
    samples = () if count == 1 else tuple(phrase("sample_label", number=str(i + first)) for i in range(count))

    def entry(symbol: str, caption: str, rows: Array, labels: tuple[str, ...]) -> Entry:
        if upright:
            return Entry(symbol, 0, symbol, rows.T, names, labels, phrase(caption))
        return Entry(symbol, 0, symbol, rows, labels, names, phrase(caption))

    center = "center" if encoding.of_text.any() else "median"
    entries = (
        entry("cell", "cell", encoding.cells, samples),
        entry(center, center, encoding.centers[None], ()),
        entry("scale", "scale_of_column", encoding.scales[None], ()),
    )
    last = (
        f"{symbol} = scaled / (1 + (scaled / {encoding.bound:g})^{{2}})^{{1/2}}"
        if encoding.bound
        else f"{symbol} = scaled"
    )
    notes = [phrase("encoded_missing")] if np.isnan(encoding.cells).any() else []
    notes.append(phrase("encoded_parts"))
    notes += [phrase("encoded_texts")] if encoding.of_text.any() else []
    n_codes = trace.X.shape[1] - n
    notes += [phrase("encoded_codes", count=str(n_codes))] if n_codes else []
    return [
        Step(
            "forward",
            phrase("encoding_step"),
            (f"scaled = (cell − {center}) · scale", last),
            entries,
            tuple(notes),
        )
    ]
