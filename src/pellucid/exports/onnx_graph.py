"""Programs as ONNX: one graph of standard operators, with the preprocessing inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.exports.names import check_texts, graph_names
from pellucid.exports.onnx_metadata import input_names, metadata
from pellucid.exports.onnx_operators import TRANSLATIONS, kept, ml_opset, opset
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
        ``"network"`` leaves out the preprocessing: the input is the encoded float32 matrix, and only operators of
        ai.onnx are used, for runtimes without ai.onnx.ml.
    inputs : {"auto", "columns", "matrix"}, default="auto"
        ``"columns"`` creates an input of shape (n_rows, 1) for each column, ``"matrix"`` one input ``X`` for all
        columns, which must be numbers. Default: columns for an estimator for tables, else a matrix.

    Returns
    -------
    onnx.ModelProto
        Inputs: one of shape (n_rows, 1) for each column of the user, or a matrix ``X``. Outputs: ``label`` and
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

    The output is called ``encoded``, with an underscore appended if a column has this name.

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
    op = opset()
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
    """Return labels in place of their numbers, if one class is chosen."""
    classes = program.classes
    if program.task != "classes" or part == "network":
        return index
    op, ml = opset(), ml_opset()
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
        # Without it, ONNX Runtime 1.16 skips the rounding to float32 if a cast to float64 follows immediately.
        return _values(program.predict, {"encoded": kept(encoded, encoded)})["joined"]
    op = opset()
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
    op = opset()
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
    op = opset()
    size_before = node.arguments[0].shape
    for axis, (start, stop, step) in enumerate(
        zip(node.options["starts"], node.options["stops"], node.options["steps"], strict=True)
    ):
        if (start, stop, step) != (0, size_before[axis], 1):
            ends = [op.const(np.array([at])) for at in (start, stop, axis, step)]
            value = op.slice(value, *ends)
    return value
