"""Disjunctive form of a formula: its products by distribution, without redundant ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.constructions.minimize import ABSENT

__all__ = ["disjunctive_form"]

Product = tuple[int, int]
"""The variables that are true and those that are false, each as the bits of a number."""

MOST = 2_000  # intermediate products; the work grows with the square


class _TooManyError(Exception):
    """There are more than MOST products."""


def disjunctive_form(expression: Any, variables: Sequence[str]) -> NDArray[np.int8] | None:
    """Return the products of a formula, negations pushed to the variables and AND distributed over OR.

    A product that another one covers is left out. The form is short if the formula is close to a sum of products;
    unlike :func:`~pellucid.constructions.minimize.minimize` it needs no array of 3ⁿ entries.

    Parameters
    ----------
    expression : sympy.logic.boolalg.Boolean
        A formula of variables, constants, Not, And, Or, Xor and Implies.
    variables : sequence of str
        The names of the inputs, in their order.

    Returns
    -------
    ndarray of shape (n_products, n) or None
        1 if the variable is true, 0 if it is false, 2 if it is absent; None if there are more than 2,000.

    Examples
    --------
    >>> from pellucid.constructions.formulas import parse
    >>> disjunctive_form(parse("(a | b) & ~(b & c)").expression, "abc").tolist()
    [[1, 0, 2], [1, 2, 0], [2, 1, 0]]
    """
    number = {name: i for i, name in enumerate(variables)}
    try:
        products = _products(expression, number, holds=True)
    except _TooManyError:
        return None
    found = np.full((len(products), len(number)), ABSENT, np.int8)
    for row, (ones, zeros) in zip(found, products, strict=True):
        for i in range(len(number)):
            if (ones | zeros) >> i & 1:
                row[i] = ones >> i & 1
    order = np.array([1, 0, 2])[
        found
    ]  # a product with a comes before one with ~a, and that before one without
    return found[np.lexsort(order.T[::-1])] if len(found) else found


def _products(part: Any, number: dict[str, int], *, holds: bool) -> list[Product]:
    """Return the products of a part of the formula, or of its negation."""
    if part.is_Symbol:
        bit = 1 << number[str(part)]
        return [(bit, 0) if holds else (0, bit)]
    kind, parts = type(part).__name__, part.args
    if kind in ("BooleanTrue", "BooleanFalse"):
        return [(0, 0)] if (kind == "BooleanTrue") == holds else []
    if kind == "Not":
        return _products(parts[0], number, holds=not holds)
    if kind == "Xor":
        return _xor(parts, number, holds=holds)
    sides = [_products(p, number, holds=holds != (kind == "Implies" and i == 0)) for i, p in enumerate(parts)]
    joins_all = (kind == "And") == holds
    return reduce(_distributed, sides) if joins_all else _shortest(p for side in sides for p in side)


def _xor(parts: Sequence[Any], number: dict[str, int], *, holds: bool) -> list[Product]:
    """Return the products of an XOR, one operand after the other."""
    true, false = (_products(parts[0], number, holds=value) for value in (True, False))
    for part in parts[1:]:
        one, none = (_products(part, number, holds=value) for value in (True, False))
        true, false = (
            _shortest([*_distributed(true, none), *_distributed(false, one)]),
            _shortest([*_distributed(true, one), *_distributed(false, none)]),
        )
    return true if holds else false


def _distributed(left: list[Product], right: list[Product]) -> list[Product]:
    """Return the products of two sums that are joined by AND."""
    if len(left) * len(right) > MOST**2 // 4:
        raise _TooManyError
    joined = ((a | c, b | d) for a, b in left for c, d in right)
    return _shortest((ones, zeros) for ones, zeros in joined if not ones & zeros)


def _shortest(products: Iterable[Product]) -> list[Product]:
    """Return the products without those that another one implies."""
    kept: list[Product] = []
    for ones, zeros in sorted(set(products), key=lambda p: (p[0] | p[1]).bit_count()):
        if not any(a & ones == a and b & zeros == b for a, b in kept):
            kept.append((ones, zeros))
        if len(kept) > MOST:
            raise _TooManyError
    return kept
