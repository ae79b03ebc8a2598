"""Operations as Python, for NumPy arrays and for nested lists of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.exports.expressions import Constants
from pellucid.exports.tape import Node

__all__ = ["TYPES", "entries", "for_lists", "for_numpy"]

TYPES = {"float64": "float", "float32": "np.float32", "int64": "np.int64", "bool": "bool"}
OPERATORS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "remainder": "%", "power": "**", "matmul": "@",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
    "logical_and": "&", "logical_or": "|",
}  # fmt: skip
FUNCTIONS = {
    "absolute": "abs", "cos": "cos", "exp": "exp", "expm1": "expm1", "floor": "floor", "heaviside": "heaviside",
    "isnan": "isnan", "log": "log", "log1p": "log1p", "logaddexp": "logaddexp", "logical_not": "logical_not",
    "maximum": "maximum", "minimum": "minimum", "negative": "negative", "round": "rint", "sin": "sin",
    "sqrt": "sqrt", "tanh": "tanh", "where": "where",
}  # fmt: skip

ROW_FUNCTIONS = {
    "absolute": "abs", "add": "lambda x, y: x + y", "cos": "math.cos", "divide": "divide",
    "equal": "lambda x, y: x == y", "erf": "math.erf", "exp": "exp", "expm1": "expm1",
    "floor": "lambda x: x if x != x else float(math.floor(x))", "greater": "lambda x, y: x > y",
    "greater_equal": "lambda x, y: x >= y", "heaviside": "heaviside", "isnan": "lambda x: x != x",
    "less": "lambda x, y: x < y", "less_equal": "lambda x, y: x <= y", "log": "log", "log1p": "math.log1p",
    "logaddexp": "logaddexp", "logical_and": "lambda x, y: x and y", "logical_not": "lambda x: not x",
    "logical_or": "lambda x, y: x or y", "maximum": "larger", "minimum": "smaller", "month": "months",
    "multiply": "lambda x, y: x * y", "negative": "lambda x: -x", "power": "lambda x, y: x ** y",
    "remainder": "lambda x, y: x % y", "round": "number", "sin": "math.sin", "sqrt": "math.sqrt",
    "subtract": "lambda x, y: x - y", "tanh": "math.tanh", "where": "either",
}  # fmt: skip
REDUCTIONS = {"sum": "sum", "max": "max", "mean": "lambda xs: sum(xs) / len(xs)"}


def entries(value: Any) -> str:
    """Return an array as nested lists, each number in the shortest digits that identify it."""
    array = np.asarray(value)
    if array.dtype == np.float32:  # the shortest digits that identify the float32
        text = {float(x): repr(float(str(x))) for x in np.unique(array) if np.isfinite(x)}
        return _nested(array, lambda x: text.get(float(x)) or _special(float(x)))
    return _nested(
        array, lambda x: repr(x.item()) if array.dtype.kind != "f" or np.isfinite(x) else _special(float(x))
    )


def _nested(array: Any, one: Any) -> str:
    if array.ndim == 0:
        return str(one(array[()]))
    return f"[{', '.join(_nested(part, one) for part in array)}]"


def _special(x: float) -> str:
    return "math.nan" if x != x else "math.inf" if x > 0 else "-math.inf"


def dtype_of(name: str) -> str:
    return TYPES[name]


def _scalar(node: Node) -> str:
    text = entries(node.value)
    return f"({text})" if text.startswith("-") else text


def _sizes(node: Node, n_rows: int, rows: int) -> list[int]:
    return [(rows if rows < 0 else size // n_rows) if size % n_rows == 0 else size for size in node.shape]


def for_numpy(node: Node, arguments: Sequence[str], constants: Constants, n_rows: int) -> str:
    """Return the value of an operation on NumPy arrays."""
    first = arguments[0] if arguments else ""
    options = node.options
    match node.operation:
        case "input":
            return options["name"] if options.get("is_stage") else f"given[{options['name']!r}]"
        case "constant":
            return _scalar(node) if not node.shape else constants.name(node)
        case name if name in OPERATORS:
            return f"({arguments[0]} {OPERATORS[name]} {arguments[1]})"
        case name if name in FUNCTIONS:
            return f"np.{FUNCTIONS[name]}({', '.join(arguments)})"
        case "cast":
            return f"{first}.astype({dtype_of(node.dtype)})"
        case "reshape":
            return f"{first}.reshape({', '.join(map(str, _sizes(node, n_rows, -1)))})"
        case "sum" | "mean" | "max":
            return f"{first}.{node.operation}(axis={options['axes']}, keepdims={options['keepdims']})"
        case "concatenate":
            return f"np.concatenate([{', '.join(arguments)}], axis={options['axis']})"
        case "slice":
            return f"{first}[{_slices(node, n_rows)}]"
        case "gather":
            return f"{arguments[0]}[{arguments[1]}]"
        case "transpose":
            return f"{first}.transpose{options['axes']}"
        case "interp":
            return f"np.interp({first}, {list(options['knots'])}, {list(options['places'])})"
        case "lookup":
            return f"look_up({first}, {list(options['keys'])!r})"
        case "month":
            return f"months({first})"
        case "erf":
            return f"np_erf({first}).astype({dtype_of(node.dtype)})"
        case "argmax" | "sort":
            return f"np.{node.operation}({first}, axis={options['axis']})"
    raise AssertionError(node.operation)


def _slices(node: Node, n_rows: int) -> str:
    before, options, parts = node.arguments[0].shape, node.options, []
    for size, start, stop, step in zip(
        before, options["starts"], options["stops"], options["steps"], strict=True
    ):
        is_whole = (start, stop, step) == (0, size, 1)
        parts.append(":" if is_whole else f"{start}:{stop}" + (f":{step}" if step != 1 else ""))
    return ", ".join(parts)


def for_lists(node: Node, arguments: Sequence[str], constants: Constants, n_rows: int) -> str:
    """Return the value of an operation on nested lists."""
    first = arguments[0] if arguments else ""
    options = node.options
    match node.operation:
        case "input":
            return options["name"] if options.get("is_stage") else f"given[{options['name']!r}]"
        case "constant":
            return _scalar(node) if not node.shape else constants.name(node)
        case name if name in ROW_FUNCTIONS:
            return f"each({ROW_FUNCTIONS[name]}, {', '.join(arguments)})"
        case "matmul":
            return f"matmul({arguments[0]}, {arguments[1]})"
        case "cast":
            kind = {"f": "float", "i": "int", "b": "bool"}[np.dtype(node.dtype).kind]
            return f"cast({first}, {'single' if node.dtype == 'float32' else kind})"
        case "reshape":
            return f"reshape({first}, {', '.join(map(str, _sizes(node, n_rows, 0)))})"
        case "sum" | "mean" | "max":
            return f"reduce({REDUCTIONS[node.operation]}, {first}, {options['axes']}, {options['keepdims']})"
        case "concatenate":
            return f"concatenate([{', '.join(arguments)}], {options['axis']})"
        case "slice":
            before = [size // n_rows if size % n_rows == 0 else size for size in node.arguments[0].shape]
            parts = [
                (start, size if stop % n_rows == 0 and size == 1 else stop, step)
                for size, start, stop, step in zip(
                    before, options["starts"], options["stops"], options["steps"], strict=True
                )
            ]
            return f"slices({first}, {', '.join(map(str, parts))})"
        case "gather":
            return f"gather({arguments[0]}, {arguments[1]})"
        case "transpose":
            return f"transpose({first}, {', '.join(map(str, options['axes']))})"
        case "interp":
            return f"interp({first}, {list(options['knots'])}, {list(options['places'])})"
        case "lookup":
            return f"look_up({first}, {list(options['keys'])!r})"
        case "argmax":
            return f"argmax({first})"
        case "sort":
            return f"sort({first})"
    raise AssertionError(node.operation)
