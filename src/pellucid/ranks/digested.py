"""Digests of rows: equal on all machines that have the same rows, whatever their layout in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

__all__ = ["digest_rows"]

ROWS = 1 << 16  # rows digested at a time, which avoids a second copy of them all
PLAIN = "biufU"  # kinds of NumPy whose bytes are their values


def digest_rows(digest: Any, name: str, rows: Any) -> None:
    """Add rows to a digest: names and kinds of columns, and every value.

    Parameters
    ----------
    digest : hash
        A hash of :mod:`hashlib`.
    name : str
        The name of the argument.
    rows : array-like, sparse matrix, data frame or None
        The rows.
    """
    for what, column in _columns(rows):
        array = np.atleast_1d(_array(column))
        array = array.view("i8") if array.dtype.kind in "mM" else array
        digest.update(f"{name} {what} {array.dtype.kind} {array.shape}".encode("utf-8", "surrogatepass"))
        for start in range(0, len(array), ROWS):
            part = np.ascontiguousarray(array[start : start + ROWS])
            if part.dtype.kind in PLAIN:
                digest.update(part.tobytes())
            else:
                text = "\0".join(map(str, part.ravel().tolist()))
                digest.update(text.encode("utf-8", "surrogatepass"))


def _array(rows: Any) -> NDArray[Any]:
    try:
        return np.asarray(rows)
    except ValueError:  # rows of different lengths, which the fit refuses
        return np.array(repr(rows))


def _columns(rows: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of rows, each with its name."""
    if issparse(rows):
        found = rows.tocsr()
        yield "shape", np.array(found.shape)
        for name in ("data", "indices", "indptr"):
            yield name, getattr(found, name)
        return
    if hasattr(rows, "iloc") and rows.ndim == 2:  # names may be duplicates, which the fit refuses later
        for place, name in enumerate(rows.columns):
            yield f"{place} {name}", rows.iloc[:, place]
        return
    frame = nw.from_native(rows, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        yield "", rows
        return
    for place, name in enumerate(frame.columns):
        yield f"{place} {name}", frame.get_column(name).to_numpy()
