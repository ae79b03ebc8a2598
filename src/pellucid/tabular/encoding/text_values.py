"""Cells of free text: labels whose n-grams are counted, and the numbers that they become."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoding.text_block import TextBlock, learn_text
from pellucid.tabular.reading.columns import Values

__all__ = [
    "WRITTEN",
    "as_text",
    "learned_text",
    "lengths_of",
    "mean_and_scale",
    "text_parts",
    "text_suffixes",
]

Array = NDArray[np.float64]
WRITTEN = ("categorical", "numeric", "boolean")  # kinds of cells that free text may hold
LEAST_DEVIATION = 1e-9


def as_text(values: Values) -> Values:
    """Return labels as free text."""
    if values.codes is None:  # the kind is unknown, since all cells are missing
        return replace(values, kind="text", numbers=None, codes=np.full(len(values.missing()), -1), texts=())
    return replace(values, kind="text", order=())


def lengths_of(values: Values) -> Array:
    """Return the number of characters in each row's text; NaN where it is missing."""
    lengths: Array = np.array([*(float(len(text)) for text in values.texts), np.nan])[_codes(values)]
    return lengths


def learned_text(values: Values, weight: Array | None, n_rows: float) -> TextBlock | None:
    """Return the conversion of the texts of rows to numbers; None if nothing distinguishes them.

    Parameters
    ----------
    values : Values
        Free text.
    weight : ndarray of shape (n_rows,) or None
        Positive weights of the rows.
    n_rows : float
        The number of rows with a text.

    Returns
    -------
    TextBlock or None
        See :func:`pellucid.tabular.encoding.text_block.learn_text`.
    """
    known = ~values.missing()
    of_rows = None if weight is None else weight[known]
    counts = np.bincount(_codes(values)[known], of_rows, len(values.texts)).astype(np.float64)
    # In the order of the texts, so that the order of the rows does not matter.
    used = np.array(sorted(np.flatnonzero(counts).tolist(), key=values.texts.__getitem__), np.intp)
    return learn_text([values.texts[code] for code in used], counts[used], n_rows)


def text_suffixes(block: TextBlock | None) -> list[str]:
    """Return the suffixes of the numbers that represent free text."""
    return [] if block is None else [f": text {number}" for number in range(1, block.n_parts + 1)]


def text_parts(block: TextBlock | None, values: Values) -> dict[str, Array]:
    """Return everything that free text can become, by its suffix; NaN where missing."""
    missing = {" is missing": values.missing().astype(np.float64)}
    if block is None:
        return missing
    parts = np.vstack([block.parts(values.texts), np.full((1, block.n_parts), np.nan)])[_codes(values)]
    return {**dict(zip(text_suffixes(block), parts.T, strict=True)), **missing}


def mean_and_scale(x: Array, weight: Array | None) -> tuple[float, float] | None:
    """Return the mean and the factor that makes the deviation 1, without the missing ones; None for a constant.

    Most texts lack most n-grams, so that the quartiles of their numbers are close to each other.
    """
    known = ~np.isnan(x)
    x, weight = x[known], None if weight is None else weight[known]
    mean = float(np.average(x, weights=weight))
    deviation = float(np.sqrt(np.average((x - mean) ** 2, weights=weight)))
    return (mean, 1.0 / deviation) if deviation > LEAST_DEVIATION else None


def _codes(values: Values) -> NDArray[np.intp]:
    assert values.codes is not None
    return values.codes
