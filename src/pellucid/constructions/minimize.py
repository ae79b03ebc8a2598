r"""Shortest sum of products of a truth table, by Quine and McCluskey's method.

A product over n variables is a cube: each variable is true (1), false (0), or absent (2). The
table has one entry per cube without absent variables; along an axis the entry of "absent" is the AND of the
other two:

.. math:: T[\ldots, 2, \ldots] = T[\ldots, 0, \ldots] \wedge T[\ldots, 1, \ldots]

So one array of 3ⁿ entries tells for every product whether it implies the function.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

__all__ = ["ABSENT", "minimize", "minterms", "prime_implicants"]

Bools = NDArray[np.bool_]
Cubes = NDArray[np.int8]

ABSENT = 2
ORDER = np.array([1, 0, 2])  # a product with a comes before one with ~a, and that before one without


def minterms(table: Bools) -> Cubes:
    """Return the true rows of a truth table, each as a product of all variables.

    Parameters
    ----------
    table : ndarray of bool, of shape (2ⁿ,)
        The outputs; the first variable changes slowest.

    Returns
    -------
    ndarray of shape (n_true, n)
        1 if the variable is true, 0 if it is false; the last row of the table comes first, so that a & ~b comes
        before ~a & b.

    Examples
    --------
    >>> minterms(np.array([False, True, True, False])).tolist()
    [[1, 0], [0, 1]]
    """
    n = _n_variables(table)
    return ((np.flatnonzero(table)[::-1, None] >> np.arange(n - 1, -1, -1)) & 1).astype(np.int8)


def prime_implicants(table: Bools) -> Cubes:
    """Return the products that imply a function and from which no variable can be dropped.

    Parameters
    ----------
    table : ndarray of bool, of shape (2ⁿ,)
        The outputs; the first variable changes slowest.

    Returns
    -------
    ndarray of shape (n_primes, n)
        1 if the variable is true, 0 if it is false, 2 if it is absent.

    References
    ----------
    W. V. Quine (1952), The problem of simplifying truth functions, American Mathematical Monthly 59, 521-531.

    Examples
    --------
    >>> prime_implicants(np.array([False, True, True, True])).tolist()
    [[1, 2], [2, 1]]
    """
    n = _n_variables(table)
    implies = table.reshape((2,) * n)
    for axis in range(n):
        absent = np.logical_and.reduce(implies, axis=axis, keepdims=True)
        implies = np.concatenate([implies, absent], axis=axis)
    prime = implies.copy()
    for axis in range(n):
        present = np.moveaxis(prime, axis, 0)[:ABSENT]  # a view
        present &= ~np.moveaxis(implies, axis, 0)[ABSENT]
    primes = np.argwhere(prime).astype(np.int8)
    return primes[np.lexsort(ORDER[primes].T[::-1])]


def minimize(table: Bools) -> Cubes:
    """Return a shortest sum of products: fewest products, and of those with fewest literals.

    Parameters
    ----------
    table : ndarray of bool, of shape (2ⁿ,)
        The outputs; the first variable changes slowest. Up to 8 variables it takes milliseconds, up to
        a few seconds where many covers tie.

    Returns
    -------
    ndarray of shape (n_products, n)
        1 if the variable is true, 0 if it is false, 2 if it is absent. No row: never true; one row
        of 2s: always true.

    References
    ----------
    E. J. McCluskey (1956), Minimization of Boolean functions, Bell System Technical Journal 35, 1417-1444.

    Examples
    --------
    XOR has no shorter sum than its minterms; a majority of three has.

    >>> minimize(np.array([False, True, True, False])).tolist()
    [[1, 0], [0, 1]]
    >>> minimize(np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=bool)).tolist()
    [[1, 1, 2], [1, 2, 1], [2, 1, 1]]
    """
    primes, rows = prime_implicants(table), minterms(table)
    covers = ((primes[:, None, :] == rows) | (primes[:, None, :] == ABSENT)).all(axis=2)
    # A row that one product alone covers makes that product essential.
    chosen = covers[:, covers.sum(axis=0) == 1].any(axis=1)
    open_rows = ~covers[chosen].any(axis=0)
    if open_rows.any():
        chosen[_fewest(covers[:, open_rows], (primes != ABSENT).sum(axis=1))] = True
    return np.asarray(primes[chosen])


def _fewest(covers: Bools, literals: NDArray[np.int_]) -> NDArray[np.intp]:
    """Return the fewest rows of ``covers``, with the fewest literals, that cover every column."""
    useful = np.flatnonzero(covers.any(axis=1))
    cost = 1.0 + literals[useful] / (
        1.0 + literals.sum()
    )  # literals decide between equal numbers of products
    found = milp(
        cost,
        integrality=np.ones(len(useful)),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(covers[useful].T.astype(float), lb=1.0),
        options={"mip_rel_gap": 0.0},
    )
    return np.asarray(useful[found.x > 0.5])


def _n_variables(table: Bools) -> int:
    return int(table.size).bit_length() - 1
