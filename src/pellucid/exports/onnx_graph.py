"""Programs as ONNX: one graph of standard operators, with the preprocessing inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.exports.names import check_texts, graph_names
from pellucid.exports.onnx_metadata import input_names, metadata
from pellucid.exports.program import Graph, Program
from pellucid.exports.tape import Node, in_order
from pellucid.version import __version__

__all__ = ["IR_VERSION", "encoder_model", "onnx_model"]

Array = NDArray[Any]
Var = Any  # a value of Spox

IR_VERSION = 8


def onnx_model(program: Program, *, part: str = "model", inputs: str = "auto") -> Any:
    """Return a program as an ONNX model, in the operators of ai.onnx 17 and ai.onnx.ml 3.

    Parameters
    ----------
    program : Program
        A fitted model.
    part : {"model", "network"}, default="model"
        ``"network"`` leaves out the preprocessing: the input is the encoded matrix of float32, and the operators
        are those of ai.onnx alone, for runtimes without ai.onnx.ml.
    inputs : {"auto", "columns", "matrix"}, default="auto"
        ``"columns"`` has an input of shape (n_rows, 1) for each column, ``"matrix"`` one input ``X`` for all
        columns, which must be numbers. Default: columns for an estimator for tables, else a matrix.

    Returns
    -------
    onnx.ModelProto
        Inputs: a column of shape (n_rows, 1) for each of the user's, or a matrix ``X``. Outputs: ``label`` and
        ``probabilities``, or ``prediction``, with ``low``, ``high`` and ``quantiles`` where the program has them.

    Raises
    ------
    ParameterError
        If Spox and onnx are not installed, or ``part`` is not accepted.
    """
    if part not in ("model", "network"):
        raise ParameterError(f"'part' must be 'model' or 'network'; got {part!r}.")
    if inputs not in ("auto", "columns", "matrix"):
        raise ParameterError(f"'inputs' must be 'auto', 'columns' or 'matrix'; got {inputs!r}.")
    spox = _spox()
    check_texts(program, "ONNX")
    given = _arguments(program, spox, part, inputs)
    encoded = given if part == "network" else _values(program.encode, _as_recorded(program, given))
    joined = _joined(program, encoded["encoded"])
    outputs = _values(program.finish, {"joined": joined})
    with_labels = {"label": _label(program, outputs.pop("label"), part)} if "label" in outputs else {}
    model = spox.build(given, {**with_labels, **outputs})
    model.ir_version = IR_VERSION
    model.producer_name, model.producer_version = "pellucid", __version__
    model.graph.name = program.estimator
    for key, value in metadata(program, part).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    return model


def encoder_model(program: Program) -> Any:
    """Return the preprocessing of a program as an ONNX model, whose one output the network takes.

    The output is called ``encoded``, with an underscore behind it if a column has this name.

    Parameters
    ----------
    program : Program
        A fitted model.

    Returns
    -------
    onnx.ModelProto
        With the inputs of the whole model.
    """
    spox = _spox()
    given = _arguments(program, spox, "model")
    (encoded,) = _values(program.encode, _as_recorded(program, given)).values()
    (name,) = graph_names(["encoded"], given)
    model = spox.build(given, {name: encoded})
    model.ir_version = IR_VERSION
    return model


# ---- around the graph ---------------------------------------------------------------------------------------


def _spox() -> Any:
    try:
        import spox
    except ImportError as error:
        raise ParameterError("Writing ONNX needs Spox and onnx: pip install 'pellucid[onnx]'.") from error
    return spox


def _arguments(program: Program, spox: Any, part: str, inputs: str = "auto") -> dict[str, Var]:
    def argument(dtype: Any, *shape: Any) -> Var:
        return spox.argument(spox.Tensor(dtype, ("n_rows", *shape)))

    if part == "network":
        width = next(n for n in in_order(program.predict.outputs.values()) if n.operation == "input").shape[1]
        return {"encoded": argument(np.float32, width)}
    first = program.inputs[0]
    if inputs == "matrix" or (inputs == "auto" and first.kind == "matrix"):
        others = [one.name for one in program.inputs if one.kind in ("text", "date")]
        if others:
            raise ParameterError(
                f"inputs='matrix' takes columns of numbers only; {others[0]!r} is not one. Use inputs='columns'."
            )
        return {"X": argument(np.float64, sum(one.width for one in program.inputs))}
    types = {"text": np.str_, "date": np.int64}
    kinds = [first.kind] * first.width if first.kind == "matrix" else [one.kind for one in program.inputs]
    return {
        name: argument(types.get(kind, np.float64), 1)
        for name, kind in zip(input_names(program), kinds, strict=True)
    }


def _as_recorded(program: Program, given: dict[str, Var]) -> dict[str, Var]:
    """Return inputs as the program recorded them: a matrix, or columns as vectors."""
    op = _opset()
    if program.inputs[0].kind == "matrix":
        return given if list(given) == ["X"] else {"X": op.concat(list(given.values()), axis=1)}
    if list(given) == ["X"] and [one.name for one in program.inputs] != ["X"]:
        columns = [op.const(np.array(k)) for k in range(len(program.inputs))]
        return {
            one.name: op.gather(given["X"], k, axis=1) for one, k in zip(program.inputs, columns, strict=True)
        }
    vector = op.const(np.array([-1]))
    return {
        one.name: op.reshape(value, vector) for one, value in zip(program.inputs, given.values(), strict=True)
    }


def _label(program: Program, index: Var, part: str) -> Var:
    """Return labels in place of their numbers, if one class is to be chosen."""
    classes = program.classes
    if program.task != "classes" or part == "network":
        return index
    op, ml = _opset(), _ml()
    numbers = list(range(len(classes)))
    if all(isinstance(c, bool) for c in classes):
        return op.equal(index, op.const(np.array(classes.index(True) if True in classes else -1)))
    if all(isinstance(c, int) for c in classes):
        return op.gather(op.const(np.array(classes, np.uint64 if max(classes) >= 2**63 else np.int64)), index)
    if all(isinstance(c, float) for c in classes):
        return op.gather(op.const(np.array(classes, np.float64)), index)
    return ml.label_encoder(
        index, keys_int64s=numbers, values_strings=[str(c) for c in classes], default_string=""
    )


# ---- rows of unseen categories ------------------------------------------------------------------------------


def _joined(program: Program, encoded: Var) -> Var:
    """Return the joined predictions; rows of unseen categories are computed once for each of their variants."""
    if not program.variants:
        return _values(program.predict, {"encoded": encoded})["joined"]
    op = _opset()
    zero, one, minus = (op.const(np.array([i])) for i in (0, 1, -1))
    width, n_variants = len(program.names), len(program.variants[0].drawn)
    are_unseen = []
    for each in program.variants:
        held = op.gather(encoded, op.const(np.array(each.at)), axis=1)
        equal = op.cast(op.equal(held, op.const(each.none.astype(np.float32))), to=np.int64)
        are_unseen.append(op.equal(op.reduce_min(equal, axes=[1], keepdims=0), op.const(np.array(1))))
    some = are_unseen[0]
    for other in are_unseen[1:]:
        some = op.or_(some, other)
    rows = op.reshape(op.non_zero(some), minus)
    found = op.unsqueeze(op.gather(encoded, rows), one)
    variants = op.tile(found, op.const(np.array([1, n_variants, 1])))
    for each, unseen in zip(program.variants, are_unseen, strict=True):
        drawn, here = np.zeros((n_variants, width), np.float32), np.zeros(width, bool)
        drawn[:, each.at], here[list(each.at)] = each.drawn, True
        which = op.reshape(op.gather(unseen, rows), op.const(np.array([-1, 1, 1])))
        variants = op.where(op.and_(which, op.const(here)), op.const(drawn), variants)
    every = op.concat([encoded, op.reshape(variants, op.const(np.array([-1, width])))], axis=0)
    predicted = _values(program.predict, {"encoded": every})["joined"]
    n_rows = op.slice(op.shape(encoded), zero, one)
    own = op.slice(predicted, zero, n_rows, zero)
    n_outputs = next(iter(program.predict.outputs.values())).shape[1]
    others = op.slice(predicted, n_rows, op.const(np.array([np.iinfo(np.int64).max])), zero)
    mean = op.reduce_mean(
        op.reshape(others, op.const(np.array([-1, n_variants, n_outputs]))), axes=[1], keepdims=0
    )
    return op.scatter_nd(own, op.unsqueeze(rows, one), mean)


# ---- a graph, node by node ----------------------------------------------------------------------------------


def _values(graph: Graph, inputs: Mapping[str, Var]) -> dict[str, Var]:
    known: dict[int, Var] = {}
    for node in in_order(graph.outputs.values()):
        known[id(node)] = _value(
            node, [known[id(argument)] for argument in node.arguments], graph.n_rows, inputs
        )
    return {name: known[id(node)] for name, node in graph.outputs.items()}


def _value(node: Node, arguments: list[Var], n_rows: int, inputs: Mapping[str, Var]) -> Var:
    op = _opset()
    if node.operation == "input":
        return inputs[node.options["name"]]
    if node.operation == "constant":
        return op.const(np.asarray(node.value).astype(node.dtype))
    if node.operation == "reshape":
        shape = [-1 if size % n_rows == 0 else size for size in node.shape]
        return op.reshape(arguments[0], op.const(np.array(shape, np.int64)))
    if node.operation == "slice":
        return _slice(node, arguments[0], n_rows)
    return TRANSLATIONS[node.operation](op, node, *arguments)


def _slice(node: Node, value: Var, n_rows: int) -> Var:
    op = _opset()
    size_before = node.arguments[0].shape
    for axis, (start, stop, step) in enumerate(
        zip(node.options["starts"], node.options["stops"], node.options["steps"], strict=True)
    ):
        if (start, stop, step) != (0, size_before[axis], 1):
            ends = [op.const(np.array([at])) for at in (start, stop, axis, step)]
            value = op.slice(value, *ends)
    return value


def _opset() -> Any:
    import spox.opset.ai.onnx.v17 as op

    return op


def _ml() -> Any:
    import spox.opset.ai.onnx.ml.v3 as ml

    return ml


def _number(op: Any, value: float, node: Node) -> Var:
    return op.const(np.array(value, node.dtype))


def _lookup(op: Any, node: Node, text: Var) -> Var:
    keys = list(node.options["keys"])
    if not keys:
        return op.mul(op.cast(op.equal(text, text), to=np.int64), op.const(np.array(0)))
    return _ml().label_encoder(
        text, keys_strings=keys, values_int64s=list(range(1, len(keys) + 1)), default_int64=0
    )


def _log1p(op: Any, node: Node, x: Var) -> Var:
    """log(1 + x), exact for small x: log(u) x / (u - 1) with u = 1 + x as it is rounded."""
    one = _number(op, 1.0, node)
    u = op.add(one, x)
    is_tiny = op.equal(u, one)
    rest = op.where(is_tiny, one, op.sub(u, one))
    return op.where(is_tiny, x, op.div(op.mul(op.log(u), x), rest))


def _expm1(op: Any, node: Node, x: Var) -> Var:
    """exp(x) - 1, exact for small x: (u - 1) x / log(u) with u = exp(x) as it is rounded."""
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


def _plain(name: str) -> Callable[..., Var]:
    return lambda op, node, *arguments: getattr(op, name)(*arguments)


TRANSLATIONS: dict[str, Callable[..., Var]] = {
    **{name: _plain(name) for name in ("erf", "exp", "floor", "isnan", "log", "less", "greater", "equal",
                                       "matmul", "round", "sin", "sqrt", "tanh", "where")},
    **{name: _plain(short) for name, short in {
        "absolute": "abs", "add": "add", "divide": "div", "greater_equal": "greater_or_equal",
        "less_equal": "less_or_equal", "logical_and": "and_", "logical_not": "not_", "logical_or": "or_",
        "multiply": "mul", "negative": "neg", "power": "pow", "remainder": "mod", "subtract": "sub",
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
