"""Operations as operators of ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.exports.tape import Node

__all__ = ["TRANSLATIONS", "kept", "ml_opset", "opset"]

Var = Any  # a value of Spox

NEUTRAL = {"add": 0.0, "subtract": 0.0, "multiply": 1.0, "divide": 1.0}


def opset() -> Any:
    """Return the operators of ai.onnx 17."""
    import spox.opset.ai.onnx.v17 as op

    return op


def ml_opset() -> Any:
    """Return the operators of ai.onnx.ml 3."""
    import spox.opset.ai.onnx.ml.v3 as ml

    return ml


def kept(value: Var, rows: Var) -> Var:
    """Return a value as a result of an operator that depends on the rows, which no optimizer removes."""
    op = opset()
    return op.where(op.isnan(rows), value, value)


def _number(op: Any, value: float, node: Node) -> Var:
    return op.const(np.array(value, node.dtype))


def _lookup(op: Any, node: Node, text: Var) -> Var:
    keys = list(node.options["keys"])
    if not keys:
        return op.mul(op.cast(op.equal(text, text), to=np.int64), op.const(np.array(0)))
    return ml_opset().label_encoder(
        text, keys_strings=keys, values_int64s=list(range(1, len(keys) + 1)), default_int64=0
    )


def _log1p(op: Any, node: Node, x: Var) -> Var:
    """log(1 + x), exact for small x: log(u) x / (u - 1) with u = 1 + x rounded."""
    one = _number(op, 1.0, node)
    u = op.add(one, x)
    is_tiny = op.equal(u, one)
    rest = op.where(is_tiny, one, op.sub(u, one))
    return op.where(is_tiny, x, op.div(op.mul(op.log(u), x), rest))


def _expm1(op: Any, node: Node, x: Var) -> Var:
    """exp(x) - 1, exact for small x: (u - 1) x / log(u) with u = exp(x) rounded."""
    one, tiny = _number(op, 1.0, node), _number(op, float(np.finfo(node.dtype).tiny), node)
    u = op.exp(x)
    is_near, is_far = op.equal(u, one), op.or_(op.less(u, tiny), op.isinf(op.cast(u, to=np.float32)))
    logarithm = op.where(op.or_(is_near, is_far), one, op.log(op.max([u, tiny])))
    small = op.div(op.mul(op.sub(u, one), x), logarithm)
    return op.where(is_near, x, op.where(is_far, op.sub(u, one), small))


def _heaviside(op: Any, node: Node, x: Var, at_zero: Var) -> Var:
    zero, one = _number(op, 0.0, node), _number(op, 1.0, node)
    sign = op.where(op.greater(x, zero), one, op.where(op.equal(x, zero), at_zero, zero))
    return op.where(op.isnan(x), x, sign)


def _logaddexp(op: Any, node: Node, a: Var, b: Var) -> Var:
    high = op.max([a, b])
    return op.add(high, op.log(op.add(op.exp(op.sub(a, high)), op.exp(op.sub(b, high)))))


def _cos(op: Any, node: Node, x: Var) -> Var:
    """Cos x; in float64, for which ONNX Runtime 1.15 to 1.19 has no cosine, as the sine of x + pi/2."""
    if node.dtype != "float64":
        return op.cos(x)
    return op.sin(op.add(x, _number(op, np.pi / 2.0, node)))


def _interp(op: Any, node: Node, x: Var) -> Var:
    """Evenly spaced places among knots: the mean of the shares of each interval that lie below x."""
    knots, places = (np.array(node.options[name]) for name in ("knots", "places"))
    lower, widths = op.const(knots[:-1]), op.const(np.diff(knots))
    column = op.reshape(x, op.const(np.array([-1, 1])))
    column = op.where(op.isnan(column), op.const(np.array(knots[0])), column)
    shares = op.div(op.sub(column, lower), widths)
    shares = op.min([op.max([shares, op.const(np.array(0.0))]), op.const(np.array(1.0))])
    steps = op.const(np.diff(places))
    found = op.add(
        op.const(np.array(places[0])),
        op.reduce_sum(op.mul(shares, steps), op.const(np.array([1])), keepdims=0),
    )
    return op.where(op.isnan(x), x, found)


def _month(op: Any, node: Node, days: Var) -> Var:
    """Months since 1970-01 from days since 1970-01-01, in whole numbers (H. Hinnant, civil_from_days)."""

    def number(value: int) -> Var:
        return op.const(np.array(value, np.int64))

    def quotient(a: Var, b: int) -> Var:  # rounded down
        return op.div(op.sub(a, op.mod(a, number(b))), number(b))

    z = op.add(days, number(719_468))
    era = quotient(z, 146_097)
    day = op.sub(z, op.mul(era, number(146_097)))
    leap = op.sub(
        op.add(quotient(day, 36_524), number(0)), op.add(quotient(day, 1_460), quotient(day, 146_096))
    )
    year = quotient(op.add(day, leap), 365)
    of_year = op.sub(day, op.sub(op.add(op.mul(year, number(365)), quotient(year, 4)), quotient(year, 100)))
    month = quotient(op.add(op.mul(of_year, number(5)), number(2)), 153)  # from March
    months = op.add(op.mul(op.add(year, op.mul(era, number(400))), number(12)), op.add(month, number(2)))
    return op.sub(months, number(1970 * 12))


def _reduce(name: str) -> Callable[..., Var]:
    def reduce(op: Any, node: Node, x: Var) -> Var:
        axes, keepdims = list(node.options["axes"]), int(node.options["keepdims"])
        if name == "reduce_sum":
            return op.reduce_sum(x, op.const(np.array(axes)), keepdims=keepdims)
        return getattr(op, name)(x, axes=axes, keepdims=keepdims)

    return reduce


def _sort(op: Any, node: Node, x: Var) -> Var:
    size = node.shape[node.options["axis"]]
    return op.top_k(x, op.const(np.array([size])), axis=node.options["axis"], largest=0, sorted=1)[0]


def _arithmetic(name: str) -> Callable[..., Var]:
    def calculate(op: Any, node: Node, *arguments: Var) -> Var:
        """Calculate; a constant that ONNX Runtime would mistake for a neutral one is made to depend on the rows.

        Its optimizer compares constants with 0 and 1 as float32, and removes x - 1e-300 and x * (1 + 1e-9).
        """
        x, y = arguments
        first, second = node.arguments
        if _looks_neutral(node.operation, second):
            y = kept(y, x)
        elif _looks_neutral(node.operation, first):
            x = kept(x, y)
        return getattr(op, name)(x, y)

    return calculate


def _looks_neutral(operation: str, node: Node) -> bool:
    """Return whether a float64 constant is neutral after it has been rounded to float32, and not before."""
    if node.operation != "constant" or node.dtype != "float64" or np.size(node.value) != 1:
        return False
    value, neutral = np.float64(np.ravel(node.value)[0]), NEUTRAL[operation]
    with np.errstate(over="ignore"):
        return bool(value != neutral and np.float32(value) == neutral)


def _plain(name: str) -> Callable[..., Var]:
    return lambda op, node, *arguments: getattr(op, name)(*arguments)


TRANSLATIONS: dict[str, Callable[..., Var]] = {
    **{name: _plain(name) for name in ("erf", "exp", "floor", "isnan", "log", "less", "greater", "equal",
                                       "matmul", "round", "sin", "sqrt", "tanh", "where")},
    **{name: _plain(short) for name, short in {
        "absolute": "abs", "greater_equal": "greater_or_equal", "less_equal": "less_or_equal",
        "logical_and": "and_", "logical_not": "not_", "logical_or": "or_", "negative": "neg", "power": "pow",
        "remainder": "mod",
    }.items()},
    **{name: _arithmetic(short) for name, short in {
        "add": "add", "divide": "div", "multiply": "mul", "subtract": "sub",
    }.items()},
    **{name: _reduce(f"reduce_{name}") for name in ("max", "mean", "sum")},
    "argmax": lambda op, node, x: op.arg_max(x, axis=node.options["axis"], keepdims=0),
    "cast": lambda op, node, x: op.cast(x, to=np.dtype(node.dtype)),
    "cos": _cos,
    "concatenate": lambda op, node, *xs: op.concat(list(xs), axis=node.options["axis"]),
    "expm1": _expm1,
    "gather": lambda op, node, table, at: op.gather(table, at),
    "heaviside": _heaviside,
    "interp": _interp,
    "log1p": _log1p,
    "logaddexp": _logaddexp,
    "lookup": _lookup,
    "maximum": lambda op, node, *xs: op.max(list(xs)),
    "minimum": lambda op, node, *xs: op.min(list(xs)),
    "month": _month,
    "sort": _sort,
    "transpose": lambda op, node, x: op.transpose(x, perm=list(node.options["axes"])),
}  # fmt: skip
