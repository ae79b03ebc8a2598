r"""Text as a few numbers: the directions in which texts differ most, and the n-grams that divide them best.

.. math:: v_j = \frac{1 + \ln n_j}{\sqrt{\sum_i (1 + \ln n_i)^2}}, \qquad t = (v V, v_B)

for n_j > 0 n-grams of a text in bucket j, else 0; V are the first right singular vectors of the rows of fit
(latent semantic analysis), and B the buckets that occur in most nearly half of the rows. Both are learned at fit.
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
from pellucid.tabular.encoding.grams import N_BUCKETS, gram_counts

__all__ = ["MOST_BUCKETS", "MOST_DIRECTIONS", "TextBlock", "learn_text"]

Array = NDArray[np.float64]
MOST_DIRECTIONS, MOST_BUCKETS = 32, 64  # of a column
FEWEST_DIRECTIONS = 8
ROWS_PER_DIRECTION, ROWS_PER_BUCKET = 16, 32  # with few rows, uninformative numbers would be memorized
MOST_TEXTS = 20_000  # different texts from which they are learned
SEED = 0
AT_ONCE = 4096  # texts that are encoded at once


@dataclass(frozen=True)
class TextBlock:
    """Conversion of the texts of a column to numbers.

    Parameters
    ----------
    n_directions : int
        The number of directions.
    stored : str
        The matrix of the directions, of shape (n_buckets, n_directions), in float32, little-endian, as base64:
        text, so that it is JSON and compares as such.
    buckets : tuple of int
        The buckets that are numbers of their own.
    """

    n_directions: int
    stored: str
    buckets: tuple[int, ...]

    __repr__ = brief

    @property
    def n_parts(self) -> int:
        """Numbers for each text."""
        return self.n_directions + len(self.buckets)

    @cached_property
    def directions(self) -> Array:
        """The directions, of shape (n_buckets, n_directions)."""
        return np.frombuffer(b64decode(self.stored), "<f4").astype(np.float64).reshape(-1, self.n_directions)

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
        found = np.zeros((len(texts), self.n_parts))
        for start in range(0, len(texts), AT_ONCE):
            rows = _weighted(gram_counts(texts[start : start + AT_ONCE], len(self.directions)))
            own = rows[:, list(self.buckets)].toarray()
            found[start : start + AT_ONCE] = np.hstack([rows @ self.directions, own])
        return found


def learn_text(texts: Sequence[str], weight: Array, n_rows: float) -> TextBlock | None:
    """Learn the conversion of texts to numbers.

    Parameters
    ----------
    texts : sequence of str
        Different texts.
    weight : ndarray of shape (n_texts,)
        The number of rows that have each.
    n_rows : float
        The number of rows that they stand for, which bounds that of the numbers.

    Returns
    -------
    TextBlock or None
        None if there is no text.
    """
    if not len(texts):
        return None
    if len(texts) > MOST_TEXTS:
        kept = np.linspace(0, len(texts) - 1, MOST_TEXTS).round().astype(np.intp)
        texts, weight = [texts[k] for k in kept], weight[kept]
    counts = gram_counts(texts, N_BUCKETS)
    present = csr_array((np.ones(counts.nnz), counts.indices, counts.indptr), counts.shape)
    share = present.T @ weight / weight.sum()
    variance = share * (1.0 - share)
    order = np.argsort(-variance, kind="stable")[: min(MOST_BUCKETS, int(n_rows / ROWS_PER_BUCKET))]
    buckets = tuple(sorted(order[variance[order] > 1e-9].tolist()))
    n_directions = min(MOST_DIRECTIONS, max(FEWEST_DIRECTIONS, int(n_rows / ROWS_PER_DIRECTION)), len(texts))
    with blas_threads(1):
        _, sizes, directions = randomized_svd(
            diags_array(np.sqrt(weight)) @ _weighted(counts),
            n_directions,
            n_iter=4,
            random_state=SEED,
        )
    directions = directions[sizes > 1e-6 * sizes[0]].T.astype("<f4")
    return TextBlock(directions.shape[1], b64encode(directions.tobytes()).decode("ascii"), buckets)


def _weighted(counts: csr_array) -> csr_array:
    """Return rows of counts with logarithms for numbers, each of length 1."""
    of_row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    values = 1.0 + np.log(counts.data)
    lengths = np.sqrt(np.bincount(of_row, values**2, counts.shape[0]))
    return csr_array((values / lengths[of_row], counts.indices, counts.indptr), counts.shape)
