"""Rows of a category that fit did not see: predicted as the mean over the categories that it saw.

If fit saw rows without a category, the network has learned what that means, and an unseen category is treated like
it. If it saw none, the columns of the categories are never all 0 in training, and the network's response to that
is arbitrary. Such a row is predicted once for each of its possible categories, which are as frequent as in fit,
and the predictions are averaged. Embedded categories do not need that: their tables have a row for the unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoding.encoder import TableEncoder

__all__ = ["VARIANTS", "averaged_over_categories", "unseen_rows", "variants_of"]

Array = NDArray[Any]
VARIANTS = 32  # of a row, spread evenly over its possible categories
GOLDEN = 0.618033988749895  # by which the variants of one column are shifted against those of the next


def averaged_over_categories(encoder: TableEncoder, X: Array, predict: Callable[[Array], Array]) -> Array:
    """Return predictions for encoded rows, those of unseen categories averaged over the categories that fit saw.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    X : ndarray or CSR array of shape (n_rows, n_encoded)
        Encoded rows.
    predict : callable
        From encoded rows to an array of shape (..., n_rows, n_outputs).

    Returns
    -------
    ndarray of shape (..., n_rows, n_outputs)
        The predictions.
    """
    predicted = predict(X)
    every, variants = unseen_rows(encoder, X)
    if not len(every):
        return predicted
    of_variants = predict(variants.reshape(-1, X.shape[1]))
    shape = (*predicted.shape[:-2], len(every), VARIANTS, predicted.shape[-1])
    predicted[..., every, :] = of_variants.reshape(shape).mean(axis=-2)
    return predicted


def unseen_rows(encoder: TableEncoder, X: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the encoded rows of unseen categories, and their values in the variants.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    X : ndarray or CSR array of shape (n_rows, n_encoded)
        Encoded rows, in the dtype that networks take.

    Returns
    -------
    every : ndarray of shape (n_unseen,)
        Indices of the rows.
    variants : ndarray of shape (n_unseen, 32, n_encoded)
        These rows with possible categories.
    """
    unseen = []
    for number, (at, none, known, shares) in enumerate(encoder.one_hot_columns()):
        rows = np.flatnonzero((X[:, at] == none.astype(X.dtype)).all(axis=1))
        if len(rows):
            unseen.append((rows, at, variants_of(known, shares, number)))
    if not unseen:
        return np.empty(0, np.intp), np.empty((0, VARIANTS, X.shape[1]))
    every = np.unique(np.concatenate([rows for rows, *_ in unseen]))
    variants = np.repeat(X[every, None], VARIANTS, axis=1)
    for rows, at, drawn in unseen:
        variants[np.ix_(np.searchsorted(every, rows), np.arange(VARIANTS), np.array(at))] = drawn
    return every, variants


def variants_of(known: Array, shares: Array, number: int) -> Array:
    """Return the values of a category's columns in the variants of a row, each category as often as in fit.

    Parameters
    ----------
    known : ndarray of shape (n_categories, n_columns)
        The values of these columns for each category.
    shares : ndarray of shape (n_categories,)
        The frequencies of the categories.
    number : int
        The place among the columns that have unseen categories, so that these do not vary together.

    Returns
    -------
    ndarray of shape (32, n_columns)
        A row for each variant.
    """
    places = ((np.arange(VARIANTS) + 0.5) / VARIANTS + number * GOLDEN) % 1.0
    drawn: Array = known[np.minimum(np.searchsorted(np.cumsum(shares), places), len(known) - 1)]
    return drawn
