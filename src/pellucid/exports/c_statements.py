"""Graphs as statements of C: an element-wise value that is used once is written inside its user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from pellucid.exports.c_text import broadcast, flat, literal, moved, shifted, text_literal, unflat
from pellucid.exports.program import Graph
from pellucid.exports.tape import Node, in_order

__all__ = ["HELPERS", "TYPES", "Writer", "write"]

TYPES = {"float64": "double", "float32": "float", "int64": "int64_t", "bool": "unsigned char"}
BINARY = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "less_equal": "<=", "greater": ">",
    "greater_equal": ">=", "equal": "==", "logical_and": "&&", "logical_or": "||",
}  # fmt: skip
CALLS = {
    "absolute": "fabs", "cos": "cos", "erf": "erf", "exp": "exp", "expm1": "expm1", "floor": "floor", "log": "log",
    "log1p": "log1p", "power": "pow", "round": "rint", "sin": "sin", "sqrt": "sqrt", "tanh": "tanh",
}  # fmt: skip
HELPERS = {
    "heaviside": """\
static double heaviside(double x, double at_zero) {
    return x != x ? x : x > 0.0 ? 1.0 : x < 0.0 ? 0.0 : at_zero;
}
""",
    "logaddexp": """\
static double logaddexp(double x, double y) {
    double high = x > y ? x : y, low = x > y ? y : x;
    return isinf(high) ? high : high + log1p(exp(low - high));
}
""",
    "maximum": """\
static double maximum(double x, double y) {
    return x != x ? x : y != y ? y : x > y ? x : y;
}
""",
    "minimum": """\
static double minimum(double x, double y) {
    return x != x ? x : y != y ? y : x < y ? x : y;
}
""",
    "remainder": """\
static int64_t modulo(int64_t x, int64_t y) {
    int64_t r = x % y;
    return r != 0 && ((r < 0) != (y < 0)) ? r + y : r;
}
""",
    "interp": """\
static double interpolate(double x, const double *knots, const double *places, int n) {
    int i = 1;
    if (x != x || x <= knots[0]) return x != x ? x : places[0];
    while (i < n && x > knots[i]) i++;
    if (i == n) return places[n - 1];
    return places[i - 1] + (x - knots[i - 1]) / (knots[i] - knots[i - 1]) * (places[i] - places[i - 1]);
}
""",
    "lookup": """\
static int64_t look_up(const char *text, const char *const *keys, int n) {
    for (int i = 0; text && i < n; i++)
        if (strcmp(text, keys[i]) == 0) return i + 1;
    return 0;
}
""",
    "month": """\
static int64_t quotient(int64_t x, int64_t y) {
    return x / y - (x % y < 0);
}

/* Months since 1970-01 from days since 1970-01-01 (H. Hinnant, civil_from_days). */
static int64_t months(int64_t days) {
    int64_t z = days + 719468, era = quotient(z, 146097);
    int64_t day = z - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100);
    return (year + 400 * era) * 12 + (5 * of_year + 2) / 153 + 2 - 1970 * 12;
}
""",
}
ELEMENTWISE = frozenset(
    {*BINARY, *CALLS, "heaviside", "logaddexp", "maximum", "minimum", "remainder", "interp", "lookup", "month",
     "cast", "isnan", "negative", "logical_not", "where"}
)  # fmt: skip
LONGEST = 200


@dataclass
class Writer:
    """A stage on its way to C: constants, helpers that it needs, lines of its body."""

    n_rows: int
    inputs: Mapping[str, str]
    constants: dict[int, tuple[str, str]] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    n_values: int = 0

    def shape(self, node: Node) -> tuple[int, ...]:
        """Return a value's shape for one row."""
        return tuple(size // self.n_rows if size and size % self.n_rows == 0 else size for size in node.shape)

    def constant(self, values: Any, dtype: str) -> str:
        """Return the name of an array of constants."""
        array = np.ascontiguousarray(np.asarray(values))
        key = hash((array.tobytes(), dtype))
        if key not in self.constants:
            name = f"c{len(self.constants) + 1}"
            entries = ", ".join(literal(x, dtype) for x in array.ravel())
            self.constants[key] = (
                name,
                f"static const {TYPES[dtype]} {name}[{array.size}] = {{{entries}}};\n",
            )
        return self.constants[key][0]

    def texts(self, keys: Any) -> str:
        """Return the name of an array of texts."""
        key = hash(tuple(keys))
        if key not in self.constants:
            name = f"c{len(self.constants) + 1}"
            entries = ", ".join(map(text_literal, keys)) or '""'
            self.constants[key] = name, f"static const char *const {name}[] = {{{entries}}};\n"
        return self.constants[key][0]


# ---- a graph as statements ----------------------------------------------------------------------------------


def write(writer: Writer, graph: Graph, results: Mapping[str, str]) -> None:
    """Write a graph: an element-wise value that is used once goes inside its user; every other has an array."""
    nodes = in_order(graph.outputs.values())
    uses = Counter(id(argument) for node in nodes for argument in node.arguments)
    uses.update(id(node) for node in graph.outputs.values())
    places: dict[int, Any] = {}  # from a node to a function of indices that gives the C of an entry
    for node in nodes:
        places[id(node)] = _entry(
            writer, node, [places[id(argument)] for argument in node.arguments], uses[id(node)]
        )
    for name, target in results.items():
        node = graph.outputs[name]
        shape = writer.shape(node)
        _loop(
            writer,
            shape,
            lambda at, node=node, target=target, shape=shape: (
                f"{target}[{flat(at, shape)}] = {places[id(node)](at)};"
            ),
        )


def _entry(writer: Writer, node: Node, arguments: list[Any], n_uses: int) -> Any:
    shape, options = writer.shape(node), node.options
    if node.operation == "input":
        text = writer.inputs[options["name"]]
        is_scalar = text.startswith("in->") and len(shape) == 1
        return (lambda at: text) if is_scalar else (lambda at: f"{text}[{flat(at, shape)}]")
    if node.operation == "constant":
        if node.value.size == 1:
            number = literal(node.value.ravel()[0], node.dtype)
            return lambda at: number
        name = writer.constant(node.value, node.dtype)
        return lambda at: f"{name}[{flat(at, shape)}]"
    if node.operation == "reshape":
        before = writer.shape(node.arguments[0])
        return lambda at: arguments[0](unflat(flat(at, shape), before))
    if node.operation == "transpose":
        axes = options["axes"]
        return lambda at: arguments[0](tuple(at[axes.index(k)] for k in range(len(axes))))
    if node.operation == "slice":
        starts, steps = options["starts"], options["steps"]
        return lambda at: arguments[0](
            tuple(shifted(a, s, t) for a, s, t in zip(at, starts, steps, strict=True))
        )
    if node.operation in ELEMENTWISE:
        shapes = [writer.shape(argument) for argument in node.arguments]

        def element(at: tuple[str, ...]) -> str:
            return _element(
                writer, node, [a(broadcast(at, s)) for a, s in zip(arguments, shapes, strict=True)]
            )

        if n_uses == 1 and len(element(tuple("i" * len(shape)))) <= LONGEST:
            return element
        return _stored(writer, node, shape, element)
    return _computed(writer, node, shape, arguments)


def _stored(writer: Writer, node: Node, shape: tuple[int, ...], entry: Any) -> Any:
    writer.n_values += 1
    name, size = f"v{writer.n_values}", prod(shape)
    if size == 1:
        writer.lines.append(f"    {TYPES[node.dtype]} {name} = {entry(tuple('0' * len(shape)))};\n")
        return lambda at: name
    writer.lines.append(f"    {TYPES[node.dtype]} {name}[{size}];\n")
    _loop(writer, shape, lambda at: f"{name}[{flat(at, shape)}] = {entry(at)};")
    return lambda at: f"{name}[{flat(at, shape)}]"


def _computed(writer: Writer, node: Node, shape: tuple[int, ...], arguments: list[Any]) -> Any:
    """Write an operation that mixes entries, into an array of its own."""
    writer.n_values += 1
    name, size, options = f"v{writer.n_values}", prod(shape), node.options
    before = writer.shape(node.arguments[0])
    writer.lines.append(f"    {TYPES[node.dtype]} {name}[{size}];\n")
    if node.operation == "matmul":
        other = writer.shape(node.arguments[1])
        inner = before[-1]

        def product(at: tuple[str, ...]) -> str:
            left = arguments[0](broadcast((*at[:-1], "k"), before))
            right = arguments[1](broadcast((*at[:-2], "k", at[-1]), other))
            return f"{name}[{flat(at, shape)}] += {left} * {right};"

        _loop(writer, shape, lambda at: f"{name}[{flat(at, shape)}] = 0;")
        _loop(writer, (*shape[:-1], inner, shape[-1]), lambda at: product((*at[:-2], at[-1])), inner=-2)
    elif node.operation in ("sum", "mean", "max"):
        axes, keepdims = options["axes"], options["keepdims"]

        def place(at: tuple[str, ...]) -> str:
            kept = [("0" if k in axes else a) for k, a in enumerate(at) if keepdims or k not in axes]
            return f"{name}[{flat(tuple(kept), shape)}]"

        start = "-INFINITY" if node.operation == "max" else "0"
        _loop(writer, shape, lambda at: f"{name}[{flat(at, shape)}] = {start};")
        share = f" / {prod(before[k] for k in axes)}" if node.operation == "mean" else ""
        if node.operation == "max":
            _loop(
                writer,
                before,
                lambda at: f"if ({arguments[0](at)} > {place(at)}) {place(at)} = {arguments[0](at)};",
            )
        else:
            _loop(writer, before, lambda at: f"{place(at)} += {arguments[0](at)}{share};")
    elif node.operation == "concatenate":
        first = 0
        for argument, part in zip(arguments, node.arguments, strict=True):
            of_part = writer.shape(part)
            _loop(writer, of_part, lambda at, argument=argument, first=first: (
                f"{name}[{flat(moved(at, options['axis'], first), shape)}] = {argument(at)};"
            ))  # fmt: skip
            first += of_part[options["axis"]]
    elif node.operation == "gather":
        codes = len(writer.shape(node.arguments[1]))
        _loop(writer, shape, lambda at: (
            f"{name}[{flat(at, shape)}] = {arguments[0]((arguments[1](at[:codes]), *at[codes:]))};"
        ))  # fmt: skip
    elif node.operation == "argmax":
        _loop(writer, shape, lambda at: f"{name}[{flat(at, shape)}] = 0;")
        _loop(writer, before, lambda at: (
            f"if ({arguments[0](at)} > {arguments[0]((*at[:-1], f'{name}[{flat(at[:-1], shape)}]'))}) "
            f"{name}[{flat(at[:-1], shape)}] = {at[-1]};"
        ))  # fmt: skip
    elif node.operation == "sort":
        _loop(writer, shape, lambda at: f"{name}[{flat(at, shape)}] = {arguments[0](at)};")
        last = shape[-1]
        writer.lines.append(
            f"    for (int r = 0; r < {size}; r += {last})\n        for (int i = 1; i < {last}; i++)\n"
            f"            for (int k = i; k > 0 && {name}[r + k - 1] > {name}[r + k]; k--) {{\n"
            f"                {TYPES[node.dtype]} held = {name}[r + k];\n"
            f"                {name}[r + k] = {name}[r + k - 1];\n                {name}[r + k - 1] = held;\n"
            "            }\n"
        )
    else:
        raise AssertionError(node.operation)
    return lambda at: f"{name}[{flat(at, shape)}]"


def _element(writer: Writer, node: Node, arguments: list[str]) -> str:
    operation, options, is_float = node.operation, node.options, node.dtype == "float32"
    if operation in BINARY:
        return f"({arguments[0]} {BINARY[operation]} {arguments[1]})"
    if operation in CALLS:
        return f"{CALLS[operation]}{'f' if is_float else ''}({', '.join(arguments)})"
    if operation in ("heaviside", "logaddexp", "maximum", "minimum"):
        writer.helpers.add(operation)
        text = f"{operation}({', '.join(arguments)})"
        return f"(float){text}" if is_float else text
    if operation == "remainder":
        writer.helpers.add(operation)
        return f"modulo({', '.join(arguments)})"
    if operation == "interp":
        writer.helpers.add(operation)
        knots, places = (writer.constant(options[key], "float64") for key in ("knots", "places"))
        return f"interpolate({arguments[0]}, {knots}, {places}, {len(options['knots'])})"
    if operation == "lookup":
        writer.helpers.add(operation)
        return f"look_up({arguments[0]}, {writer.texts(options['keys'])}, {len(options['keys'])})"
    if operation == "month":
        writer.helpers.add(operation)
        return f"months({arguments[0]})"
    if operation == "cast":
        return f"({TYPES[node.dtype]})({arguments[0]})"
    if operation == "isnan":
        return f"({arguments[0]} != {arguments[0]})"
    if operation == "negative":
        return f"(-{arguments[0]})"
    if operation == "logical_not":
        return f"(!{arguments[0]})"
    return f"({arguments[0]} ? {arguments[1]} : {arguments[2]})"


# ---- loops ------------------------------------------------------------------------------------------


def _loop(writer: Writer, shape: tuple[int, ...], line: Any, *, inner: int | None = None) -> None:
    """Write nested loops over a shape around a line; the axis ``inner`` is called k."""
    at, indent, names = [], "    ", "ijlmn"
    for axis, size in enumerate(shape):
        is_inner = inner is not None and axis == len(shape) + inner
        if size == 1:
            at.append("0")
            continue
        name = "k" if is_inner else names[axis]
        writer.lines.append(f"{indent}for (int {name} = 0; {name} < {size}; {name}++)\n")
        indent += "    "
        at.append(name)
    if inner is not None and at[inner] == "0":
        text = line(tuple(at)).replace("[k]", "[0]")
        writer.lines.append(
            f"{indent}{{ const int k = 0; (void)k; {line(tuple(at))} }}\n"
            if "k" in text
            else f"{indent}{text}\n"
        )
        return
    writer.lines.append(f"{indent}{line(tuple(at))}\n")
