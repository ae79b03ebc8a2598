"""Trees of gates: a sum of products as in a table, or the formula as written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.constructions.minimize import ABSENT
from pellucid.constructions.threshold_gates import Gate, Literal, all_of, any_of, odd_of

__all__ = ["from_expression", "sum_of_products"]


def sum_of_products(products: NDArray[np.int8]) -> Gate:
    """Return the OR of ANDs that :func:`minimize` or :func:`minterms` describes.

    Parameters
    ----------
    products : ndarray of shape (n_products, n)
        1 if a variable is true, 0 if it is false, 2 if it is absent.

    Returns
    -------
    Gate
        A single gate if one is enough.
    """
    terms = [[Literal(i, bool(v)) for i, v in enumerate(row) if v != ABSENT] for row in products.tolist()]
    if len(terms) == 1:
        return all_of(terms[0])
    return any_of([t[0] if len(t) == 1 else Literal(all_of(t)) for t in terms])


def from_expression(expression: Any, variables: Sequence[str]) -> Gate:
    """Return a formula's own tree of gates; parts that are equal are one gate.

    Parameters
    ----------
    expression : sympy.logic.boolalg.Boolean
        A formula of variables, constants, Not, And, Or, Xor and Implies.
    variables : sequence of str
        The names of the inputs, in their order.

    Returns
    -------
    Gate
        The gate at the root.
    """
    number = {name: i for i, name in enumerate(variables)}
    known: dict[Any, Literal] = {}

    def literal(part: Any) -> Literal:
        if part not in known:
            known[part] = build(part)
        return known[part]

    def build(part: Any) -> Literal:
        if part.is_Symbol:
            return Literal(number[str(part)])
        kind, parts = type(part).__name__, [literal(inner) for inner in part.args]
        return ~parts[0] if kind == "Not" else Literal(GATES[kind](parts))

    root = literal(expression)
    if not isinstance(root.source, Gate):
        return all_of([root])
    return root.source if root.holds else root.source.negated()


GATES: dict[str, Any] = {
    "BooleanTrue": all_of,
    "BooleanFalse": any_of,
    "And": all_of,
    "Or": any_of,
    "Xor": odd_of,
    "Implies": lambda sides: any_of([~sides[0], sides[1]]),
}
