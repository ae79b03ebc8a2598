"""Character n-grams of texts, hashed: a bounded number of columns for texts of any kind and number.

A text is folded to lower case, its runs of white space become one space, and a space is put at either end, so
that an n-gram knows where words begin and end. Every run of 2, 3 or 4 of its code points is a gram.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack

__all__ = ["LENGTHS", "LONGEST", "N_BUCKETS", "gram_counts", "normal"]

LENGTHS = (2, 3, 4)
N_BUCKETS = 1 << 12
LONGEST = 1000  # characters of a text that are read
AT_ONCE = 1 << 20  # code points hashed at a time
OFFSET, PRIME = np.uint32(2166136261), np.uint32(16777619)


def normal(text: str) -> str:
    """Normalize a text for its n-grams: in lower case, with one space between words and at either end."""
    return f" {' '.join(text[:LONGEST].lower().split())} "


def gram_counts(texts: Sequence[str], n_buckets: int = N_BUCKETS) -> csr_array:
    r"""Return how often the n-grams of each text fall into each bucket.

    .. math:: h_0 = 2166136261, \qquad h_{i+1} = 16777619 \, (h_i \oplus c_i) \bmod 2^{32}

    for the code points c of an n-gram (FNV-1a), whose bits lowbias32 mixes; the bucket is the rest of the division
    by their number. The arithmetic is that of unsigned integers, equal on every machine.

    Parameters
    ----------
    texts : sequence of str
        The texts.
    n_buckets : int, default=4096
        The number of buckets.

    Returns
    -------
    csr_array of shape (n_texts, n_buckets)
        Counts, in float64.

    References
    ----------
    G. Fowler, L. C. Noll, K.-P. Vo and D. Eastlake, "The FNV non-cryptographic hash algorithm".
    P. Bojanowski, E. Grave, A. Joulin and T. Mikolov, "Enriching word vectors with subword information",
    TACL 2017.
    """
    parts = [_counts(part, n_buckets) for part in _parts(texts)]
    return csr_array(vstack(parts, format="csr")) if parts else csr_array((0, n_buckets))


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield normalized texts in batches whose hashes need little memory."""
    part, size = list[str](), 0
    for text in map(normal, texts):
        part.append(text)
        size += len(text)
        if size >= AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _counts(texts: Sequence[str], n_buckets: int) -> csr_array:
    joined = "".join(texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)
    row = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    hashed, found = np.full(len(points), OFFSET), []
    for length in range(1, max(LENGTHS) + 1):
        n = max(0, len(points) - length + 1)
        hashed = (hashed[:n] ^ points[length - 1 :]) * PRIME
        if length in LENGTHS:
            inside = row[:n] == row[length - 1 :]
            found.append((row[:n][inside], mixed_bits(hashed[inside]) % np.uint32(n_buckets)))
    rows, buckets = (np.concatenate(each) for each in zip(*found, strict=True))
    counts = coo_array((np.ones(len(rows)), (rows, buckets)), shape=(len(texts), n_buckets))
    return csr_array(counts.tocsr())


def mixed_bits(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return 32-bit numbers with their bits mixed, by Wellons' lowbias32."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
