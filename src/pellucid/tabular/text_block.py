r"""Text as a few numbers: the n-grams of a column, weighted, and the directions in which its texts differ most.

.. math:: v_j = (1 + \ln n_j) \Bigl(1 + \ln \frac{1 + N}{1 + N_j}\Bigr), \qquad
          t = \frac{v}{\lVert v \rVert} V

for n_j n-grams of a text in bucket j, N rows of which N_j have one there, and the first right singular vectors V
of the rows of fit (latent semantic analysis). Both are learned at fit and never again.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.utils.extmath import randomized_svd

from pellucid.core.brief import brief
from pellucid.host.blas import blas_threads
from pellucid.tabular.grams import N_BUCKETS, gram_counts

__all__ = ["MOST_PARTS", "TextBlock", "learn_text"]

Array = NDArray[np.float64]
MOST_PARTS = 48  # directions of a column
MOST_TEXTS = 20_000  # different texts from which they are learned
SEED = 0
AT_ONCE = 4096  # texts that are encoded at once


@dataclass(frozen=True)
class TextBlock:
    """The way from texts of a column to numbers.

    Parameters
    ----------
    n_parts : int
        Numbers for each text.
    stored : str
        The weight of each bucket, then the matrix of shape (n_buckets, n_parts), in float32, little-endian, as
        base64: text, so that it is JSON and compares as such.
    """

    n_parts: int
    stored: str

    __repr__ = brief

    @cached_property
    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The weights of shape (n_buckets,) and the directions of shape (n_buckets, n_parts)."""
        flat = np.frombuffer(b64decode(self.stored), "<f4").astype(np.float32)
        n_buckets = len(flat) // (self.n_parts + 1)
        return flat[:n_buckets], flat[n_buckets:].reshape(n_buckets, self.n_parts)

    def parts(self, texts: Sequence[str]) -> Array:
        """Return the numbers of texts.

        Parameters
        ----------
        texts : sequence of str
            Any texts.

        Returns
        -------
        ndarray of shape (n_texts, n_parts)
            0 for a text without a known n-gram.
        """
        weights, directions = self.arrays
        found = np.zeros((len(texts), self.n_parts))
        for start in range(0, len(texts), AT_ONCE):
            counts = gram_counts(texts[start : start + AT_ONCE], len(weights))
            found[start : start + AT_ONCE] = _weighted(counts, weights) @ directions.astype(np.float64)
        return found


def learn_text(texts: Sequence[str], weight: Array) -> TextBlock | None:
    """Learn how texts become numbers.

    Parameters
    ----------
    texts : sequence of str
        Different texts.
    weight : ndarray of shape (n_texts,)
        How many rows have each.

    Returns
    -------
    TextBlock or None
        None if they have no n-grams that tell one from another.
    """
    if len(texts) > MOST_TEXTS:
        kept = np.linspace(0, len(texts) - 1, MOST_TEXTS).round().astype(np.intp)
        texts, weight = [texts[k] for k in kept], weight[kept]
    counts = gram_counts(texts, N_BUCKETS)
    rows = csr_array((np.ones(counts.nnz), counts.indices, counts.indptr), counts.shape).T @ weight
    weights = np.where(rows > 0.0, 1.0 + np.log((1.0 + weight.sum()) / (1.0 + rows)), 0.0).astype(np.float32)
    matrix = diags_array(np.sqrt(weight)) @ _weighted(counts, weights)
    most = min(MOST_PARTS, len(texts), int((rows > 0.0).sum()))
    if not most:
        return None
    with blas_threads(1):
        _, sizes, directions = randomized_svd(matrix, most, n_iter=4, random_state=SEED)
    kept_parts = int((sizes > 1e-6 * sizes[0]).sum())
    directions = directions[:kept_parts].T
    flat = np.concatenate([weights, directions.astype(np.float32).ravel()]).astype("<f4")
    return TextBlock(kept_parts, b64encode(flat.tobytes()).decode("ascii"))


def _weighted(counts: csr_array, weights: NDArray[np.float32]) -> csr_array:
    """Return rows of counts, weighted, each of length 1."""
    of_row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    values = (1.0 + np.log(counts.data)) * weights[counts.indices]
    lengths = np.sqrt(np.bincount(of_row, values**2, counts.shape[0]))
    lengths[lengths == 0.0] = 1.0
    return csr_array((values / lengths[of_row], counts.indices, counts.indptr), counts.shape)
