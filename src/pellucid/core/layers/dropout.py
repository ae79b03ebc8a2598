r"""Inverted dropout: silence units at random in training, change nothing in prediction."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers.layer import Array, Layer, Run, Views

__all__ = ["Dropout", "draw_key", "scatter"]


@dataclass(frozen=True)
class Dropout(Layer):
    r"""The layer :math:`y = x \circ m / (1 - r)` ; :math:`m` is 1 with probability :math:`1 - r`, else 0.

    A pass draws one key; whether unit j of row i is dropped follows from the key and from the place (i, j) alone
    (:func:`scatter`), so that rows can be worked on in any order and by several threads.

    Parameters
    ----------
    rate : float
        :math:`r` in [0, 1), the share of units that is dropped.

    References
    ----------
    N. Srivastava et al. (2014), Dropout, JMLR 15, 1929-1958; scaled in training ("inverted"), so that
    prediction needs no change.
    """

    rate: float
    is_random = True

    @property
    def label(self) -> str:
        """Its kind and rate."""
        return f"dropout {self.rate:g}"

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Drop units where the pass is a training one."""
        if not run.training:
            return x, None
        assert run.rng is not None, "dropout needs the generator of the run"
        rate = self.rate * run.dropout
        drawn = scatter(draw_key(run.rng) + np.arange(x.size, dtype=np.uint32)).reshape(x.shape)
        mask = (drawn >= np.uint32(rate * 2.0**32)).astype(x.dtype) / np.asarray(1.0 - rate, x.dtype)
        return x * mask, mask

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial x = m / (1 - r) \circ \partial J/\partial y`."""
        return upstream if kept is None else np.asarray(upstream * kept)


def draw_key(rng: np.random.Generator, size: tuple[int, ...] | None = None) -> Any:
    """Return 32 random bits, or an array of them; drawn together or one by one they are the same.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    size : tuple of int, optional
        The shape of the array.

    Returns
    -------
    numpy.uint32 or ndarray of uint32
        The keys.
    """
    return rng.integers(0, 2**32, size=size, dtype=np.uint32)


def scatter(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return 32 bits that look random for each number: neighbors give unrelated ones.

    Parameters
    ----------
    numbers : ndarray of uint32
        Any numbers; here a key plus the place of an entry.

    Returns
    -------
    ndarray of uint32
        A permutation of all 32-bit numbers, applied to each.

    References
    ----------
    C. Wellons (2018), Prospecting for hash functions: "lowbias32", whose bits are biased by 0.17 of a unit.

    Examples
    --------
    >>> import numpy as np
    >>> scatter(np.arange(3, dtype=np.uint32))
    array([         0, 1753845952, 3507691905], dtype=uint32)
    """
    x = numbers ^ (numbers >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return np.asarray(x ^ (x >> np.uint32(16)))
