"""Polynomials and products of many variables as trees of multiplication gates.

A product of d factors takes ⌈log₂ d⌉ layers of gates, each of which multiplies two of the products of the
layer below. A number that a layer does not multiply passes through it by a wire of two units. The linear parts –
the read-out of one gate and the weights into the next – fold into one weight matrix, so that the result is a plain
network with one activation.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pellucid.constructions.multiplication import product_gate
from pellucid.constructions.product_gates import ProductGate
from pellucid.core.activations import Activation
from pellucid.core.checks import as_precision, is_whole
from pellucid.core.network import Network
from pellucid.exceptions import ParameterError

__all__ = ["polynomial_network", "product_network"]

Array = NDArray[np.floating]
Monomial = tuple[int, ...]  # the variables that it multiplies, in order, each as often as its exponent
LARGEST_DEGREE = 16


def polynomial_network(
    coefficients: ArrayLike | Mapping[tuple[int, ...], float],
    *,
    activation: str | Activation = "softplus",
    dtype: DTypeLike = np.float64,
) -> Network:
    r"""Return a network that computes a polynomial on [−1, 1]ⁿ.

    .. math:: y = \sum_e c_e \prod_i x_i^{e_i}

    Parameters
    ----------
    coefficients : array-like of shape (degree + 1,), or mapping of exponents to coefficient
        ``[c0, c1, c2]`` is c0 + c1 x + c2 x²; ``{(2, 1): 3.0, (0, 0): -1.0}`` is 3 x² y − 1.
    activation : str or Activation, default="softplus"
        A smooth element-wise activation, from the table or your own.
    dtype : dtype, default=float64
        The precision of the network.

    Returns
    -------
    Network
        ⌈log₂ degree⌉ hidden layers, with 4 units for each multiplication and 2 for each number that a layer
        passes on; none for a polynomial of degree 1. A product that several terms share is computed once.

    Raises
    ------
    ParameterError
        If the coefficients are not of these forms, or the degree is above 16, or as :func:`product_gate`
        does.

    Notes
    -----
    Each gate adds its error, about 1e-8 in float64, so that the error of the network is about 1e-8 times the sum
    of the absolute coefficients. Inputs beyond [−1, 1] must be scaled, and the coefficients with them.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    The Legendre polynomial (5x³ − 3x) / 2:

    >>> net = polynomial_network([0.0, -1.5, 0.0, 2.5])
    >>> net.layer_sizes, net.predict([[0.5], [1.0]]).round(6).ravel().tolist()
    ((1, 6, 6, 1), [-0.4375, 1.0])
    """
    terms, n_variables = _as_terms(coefficients)
    precision = as_precision(dtype)
    constant = terms.pop((), 0.0)
    depth = max((_level(m) for m in terms), default=0)
    if depth == 0:
        slopes = [[terms.get((i,), 0.0)] for i in range(n_variables)]
        return Network([n_variables, 1], weights=[slopes], biases=[[constant]], dtype=precision)

    gate = product_gate(activation, 2, dtype=precision)
    wire = product_gate(gate.activation, 1, dtype=precision)
    needed = _plan(list(terms), depth)
    read_out: Array = np.zeros(
        (n_variables, len(needed[0]))
    )  # the values of a layer's products from its units
    for j, (variable,) in enumerate(needed[0]):
        read_out[variable, j] = 1.0
    weights, biases = [], []
    for below, products in pairwise(needed):
        into, bias, out_of = _layer(below, products, gate, wire)
        weights.append(read_out @ into)
        biases.append(bias)
        read_out = out_of
    with np.errstate(over="ignore"):
        weights.append(read_out @ [[terms[m]] for m in needed[-1]])
    if not np.isfinite(weights[-1]).all():
        largest = max(terms.values(), key=abs)
        raise ParameterError(
            f"'coefficients' must be small enough to be multiplied by the gates' {np.abs(read_out).max():.2g}; "
            f"got {largest:g}. Divide them by a number, and multiply the network's output by it."
        )
    biases.append(np.array([constant]))
    return Network(
        [n_variables, *(len(b) for b in biases)],
        activation=gate.activation,
        weights=weights,
        biases=biases,
        dtype=precision,
    )


def product_network(
    n_factors: int,
    *,
    activation: str | Activation = "logistic",
    deep: bool = False,
    dtype: DTypeLike = np.float64,
) -> Network:
    r"""Return a network that multiplies n numbers from [−1, 1].

    .. math:: y = \prod_{i=1}^n x_i

    Parameters
    ----------
    n_factors : int
        The number n: up to 6 in one layer, up to 16 in a tree.
    activation : str or Activation, default="logistic"
        A smooth element-wise activation, from the table or your own.
    deep : bool, default=False
        False: one hidden layer of 2ⁿ units, the fewest for one layer. True: a tree of gates, about
        4 units for each of its n − 1 multiplications.
    dtype : dtype, default=float64
        The precision of the network.

    Returns
    -------
    Network
        The product.

    Raises
    ------
    ParameterError
        If ``n_factors`` is out of range, or as :func:`product_gate` does.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    >>> product_network(6).layer_sizes, product_network(6, deep=True).layer_sizes
    ((6, 64, 1), (6, 12, 6, 4, 1))
    """
    if not deep:
        return product_gate(activation, n_factors, dtype=dtype).network
    if not is_whole(n_factors, 1, LARGEST_DEGREE):
        raise ParameterError(f"'n_factors' must be an integer from 1 to {LARGEST_DEGREE}; got {n_factors!r}.")
    return polynomial_network({(1,) * int(n_factors): 1.0}, activation=activation, dtype=dtype)


def _level(monomial: Monomial) -> int:
    """Return the layer of gates that computes a product of d factors: ⌈log₂ d⌉."""
    return (len(monomial) - 1).bit_length()


def _halves(monomial: Monomial) -> tuple[Monomial, Monomial]:
    middle = 2 ** (_level(monomial) - 1)  # the first half is full, so that more terms can share it
    return monomial[:middle], monomial[middle:]


def _plan(last: list[Monomial], depth: int) -> list[list[Monomial]]:
    """Return the products that each layer must hold, from the variables to the terms."""
    needed = [last]
    for level in range(depth, 0, -1):
        below: dict[Monomial, None] = {}
        for monomial in needed[0]:
            for part in _halves(monomial) if _level(monomial) == level else (monomial,):
                below[part] = None
        needed.insert(0, list(below))
    return needed


def _layer(
    below: list[Monomial], products: list[Monomial], gate: ProductGate, wire: ProductGate
) -> tuple[Array, Array, Array]:
    """Return one layer: the weights from the values below, the biases, the weights to the values above."""
    place = {monomial: i for i, monomial in enumerate(below)}
    kinds = [wire if m in place else gate for m in products]
    starts = np.cumsum([0, *(2**kind.n_factors for kind in kinds)])
    into, out_of = np.zeros((len(below), starts[-1])), np.zeros((starts[-1], len(products)))
    for j, (monomial, kind) in enumerate(zip(products, kinds, strict=True)):
        units = slice(starts[j], starts[j + 1])
        factors = (monomial,) if kind is wire else _halves(monomial)
        for factor, weights in zip(factors, kind.weights_in, strict=True):
            into[place[factor], units] += weights  # += since both halves of a square are the same
        out_of[units, j] = kind.weights_out[:, 0]
    return into, np.repeat([kind.bias for kind in kinds], np.diff(starts)), out_of


def _as_terms(coefficients: Any) -> tuple[dict[Monomial, float], int]:
    """Return the coefficients by monomial, without those that are 0, and the number of variables."""
    if not isinstance(coefficients, Mapping):
        listed = np.asarray(coefficients)
        if listed.ndim != 1 or not listed.size or listed.dtype.kind not in "iuf":
            raise ParameterError(
                "'coefficients' must be a list [c0, c1, c2, …] or a mapping of exponents, such as "
                f"{{(2, 1): 3.0}}; got {coefficients!r}."
            )
        coefficients = {(power,): c for power, c in enumerate(listed.tolist())}
    given = {(key if isinstance(key, tuple) else (key,)): c for key, c in coefficients.items()}
    lengths = {len(key) for key in given}
    proper = all(is_whole(e, 0) for key in given for e in key)
    if not proper or len(lengths) != 1 or lengths == {0}:
        raise ParameterError(
            "the keys of coefficients must be tuples of exponents >= 0, one for each variable and equally "
            f"many in each, such as {{(2, 1): 3.0, (0, 0): -1.0}}; got {list(given)!r}."
        )
    if not all(isinstance(c, int | float | np.number) and np.isfinite(c) for c in given.values()):
        raise ParameterError(f"'coefficients' must be finite numbers; got {list(given.values())!r}.")
    degree = max(sum(key) for key in given)
    if degree > LARGEST_DEGREE:
        raise ParameterError(
            f"the degree of a polynomial must be at most {LARGEST_DEGREE}, since the errors of the gates add up; "
            f"got {degree}."
        )
    terms = {
        tuple(i for i, exponent in enumerate(key) for _ in range(exponent)): float(c)
        for key, c in given.items()
        if c != 0.0
    }
    return terms, lengths.pop()
