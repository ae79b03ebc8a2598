"""Arithmetic on nested lists, for a program that predicts a row with the standard library alone.

The source of this module is part of such a program.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

import operator
from array import array

__all__ = [
    "argmax",
    "cast",
    "concatenate",
    "each",
    "gather",
    "interp",
    "matmul",
    "reduce",
    "reshape",
    "single",
    "slices",
    "sort",
    "transpose",
]


def depth(x):
    """Return the depth of a nested list."""
    n = 0
    while isinstance(x, list):
        x, n = x[0] if x else 0.0, n + 1
    return n


def each(f, *xs):
    """Apply a function of numbers to lists, entry by entry; a list of one entry is broadcast."""
    deepest = max(map(depth, xs))
    return _each(f, [_nested(x, deepest - depth(x)) for x in xs])


def _nested(x, n):
    for _ in range(n):
        x = [x]
    return x


def _each(f, xs):
    if not isinstance(xs[0], list):
        return f(*xs)
    n = max(map(len, xs))
    return [_each(f, [x[i] if len(x) > 1 else x[0] for x in xs]) for i in range(n)]


def matmul(a, b):
    """Return a product of matrices, or one for each pair of stacked matrices."""
    if depth(a) > 2 or depth(b) > 2:
        a, b = (a if depth(a) >= depth(b) else [a]), (b if depth(b) >= depth(a) else [b])
        n = max(len(a), len(b))
        return [matmul(a[i] if len(a) > 1 else a[0], b[i] if len(b) > 1 else b[0]) for i in range(n)]
    columns = list(zip(*b, strict=True))
    return [[sum(map(operator.mul, row, column)) for column in columns] for row in a]


def flat(x):
    """Return all entries in one list."""
    return [entry for part in x for entry in flat(part)] if isinstance(x, list) else [x]


def reshape(x, *shape):
    """Return the entries in another shape."""
    entries = flat(x)
    for size in reversed(shape[1:]):
        entries = [entries[i : i + size] for i in range(0, len(entries), size)]
    return entries if shape else entries[0]


def concatenate(xs, axis):
    """Return lists joined along an axis."""
    if axis == 0:
        return [entry for x in xs for entry in x]
    return [concatenate(parts, axis - 1) for parts in zip(*xs, strict=True)]


def slices(x, *parts):
    """Return a part of a list, by (start, stop, step) for each axis."""
    if not parts:
        return x
    return [slices(entry, *parts[1:]) for entry in x[slice(*parts[0])]]


def transpose(x, *axes):
    """Return a list with its axes in another order."""
    shape, inner = [], x
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0]

    def made(place, left):
        if not left:
            entry = x
            for axis in range(len(shape)):
                entry = entry[place[axis]]
            return entry
        return [made({**place, left[0]: i}, left[1:]) for i in range(shape[left[0]])]

    return made({}, list(axes))


def reduce(f, x, axes, keepdims):
    """Return a function of the entries along some axes."""
    for axis in sorted(axes, reverse=True):
        x = _reduced(f, x, axis, keepdims)
    return x


def _reduced(f, x, axis, keepdims):
    if axis > 0:
        return [_reduced(f, entry, axis - 1, keepdims) for entry in x]
    total = each(lambda *entries: f(entries), *x) if isinstance(x[0], list) else f(x)
    return [total] if keepdims else total


def argmax(x):
    """Return the place of the largest entry of each row."""
    return [max(range(len(row)), key=row.__getitem__) for row in x]


def sort(x):
    """Return lists with the entries of the last axis in order."""
    return [sort(entry) for entry in x] if isinstance(x[0], list) else sorted(x)


def gather(table, at):
    """Return rows of a table by number."""
    return [gather(table, place) for place in at] if isinstance(at, list) else table[at]


def cast(x, kind):
    """Return entries as numbers of a kind."""
    return each(kind, x)


def single(x):
    """Return a number rounded to float32."""
    return array("f", [x])[0]


def interp(x, knots, places):
    """Return places among knots, linear between them."""

    def at(value):
        if value != value:
            return value
        if value <= knots[0]:
            return places[0]
        k = next((i for i, knot in enumerate(knots) if value <= knot), 0)
        if k:
            share = (value - knots[k - 1]) / (knots[k] - knots[k - 1])
            return places[k - 1] + share * (places[k] - places[k - 1])
        return places[-1]

    return each(at, x)
