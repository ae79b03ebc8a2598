"""The widths of the layers of NumPy's ziggurat, found from its normal numbers, for the page's generator."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["differences", "widths"]

N_LAYERS, MANTISSA = 256, 2**52 - 1
UNIT, ORDER = 2**107, 9  # each width is a whole number of 2^-107; their ninth differences are the shortest


def widths() -> NDArray[np.float64]:
    """Return what NumPy multiplies 52 random bits with, for each layer of its ziggurat.

    A normal number is a product ``r * widths[i]``: of 64 random bits the lowest eight are i, the next is the sign
    and the 52 above are r. Near the edge of a layer 64 further bits decide whether it is taken; in the tail it is
    made otherwise. NumPy does not export its table, but the bits and the product are known, and a few products
    leave only one number that gives them all.

    Returns
    -------
    ndarray of shape (256,)
        The widths of the layers over 2^52.

    References
    ----------
    G. Marsaglia and W. W. Tsang (2000), The ziggurat method for generating random variables, J. Stat. Softw. 5(8).

    Examples
    --------
    >>> bool(widths()[255] == 3.6541528853610088 / 2**52)
    True
    """
    bits = np.random.PCG64(0)
    rng = np.random.Generator(bits)
    found: list[set[float]] = [set() for _ in range(N_LAYERS)]
    while any(len(candidates) != 1 for candidates in found):
        before = bits.state
        raw = int(bits.random_raw())
        taken = [bits.state]
        bits.random_raw()
        taken.append(bits.state)
        bits.state = before
        product = abs(float(rng.standard_normal()))
        layer, r = raw & 0xFF, (raw >> 9) & MANTISSA
        if bits.state not in taken[: 2 if layer else 1] or r == 0:
            continue
        fits = {width for width in _near(product / r) if r * width == product}
        found[layer] = found[layer] & fits if found[layer] else fits
    return np.array([candidates.pop() for candidates in found])


def differences(values: NDArray[np.float64]) -> str:
    """Return widths as text: the ninth differences of whole numbers.

    Parameters
    ----------
    values : ndarray of shape (256,)
        The widths of :func:`widths`. The first is of another kind and comes last.

    Returns
    -------
    str
        Numbers apart by blanks. Nine sums over all that came before, times 2^-107, give the widths again.

    Examples
    --------
    >>> differences(np.array([8.0, 1.0, 2.0, 4.0]) / 2**107)
    '1 -7 22 -40'
    """
    row = [int(value * UNIT) for value in np.roll(values, -1)]
    for _ in range(ORDER):
        row = [after - before for before, after in zip([0, *row], row, strict=False)]
    return " ".join(map(str, row))


def _near(x: float) -> list[float]:
    """Return the numbers within three units of the last place."""
    return [float(x + k * np.spacing(x)) for k in range(-3, 4)]
