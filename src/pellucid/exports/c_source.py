"""Programs as C99: one header and one source without dependencies, allocation or state."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from pellucid.exports.program import Graph, Input, Program
from pellucid.exports.tape import Node, in_order
from pellucid.version import __version__

__all__ = ["c_source"]

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
    "heaviside": "static double heaviside(double x, double at_zero) {\n"
    "    return x != x ? x : x > 0.0 ? 1.0 : x < 0.0 ? 0.0 : at_zero;\n}\n",
    "logaddexp": "static double logaddexp(double x, double y) {\n"
    "    double high = x > y ? x : y, low = x > y ? y : x;\n"
    "    return isinf(high) ? high : high + log1p(exp(low - high));\n}\n",
    "maximum": "static double maximum(double x, double y) {\n    return x != x ? x : y != y ? y : x > y ? x : y;\n}\n",
    "minimum": "static double minimum(double x, double y) {\n    return x != x ? x : y != y ? y : x < y ? x : y;\n}\n",
    "remainder": "static int64_t modulo(int64_t x, int64_t y) {\n    int64_t r = x % y;\n"
    "    return r != 0 && ((r < 0) != (y < 0)) ? r + y : r;\n}\n",
    "interp": "static double interpolate(double x, const double *knots, const double *places, int n) {\n"
    "    int i = 1;\n    if (x != x || x <= knots[0]) return x != x ? x : places[0];\n"
    "    while (i < n && x > knots[i]) i++;\n    if (i == n) return places[n - 1];\n"
    "    return places[i - 1] + (x - knots[i - 1]) / (knots[i] - knots[i - 1]) * (places[i] - places[i - 1]);\n}\n",
    "lookup": "static int64_t look_up(const char *text, const char *const *keys, int n) {\n"
    "    for (int i = 0; text && i < n; i++)\n        if (strcmp(text, keys[i]) == 0) return i + 1;\n    return 0;\n}\n",
    "month": "static int64_t quotient(int64_t x, int64_t y) {\n    return x / y - (x % y < 0);\n}\n\n"
    "/* Months since 1970-01 from days since 1970-01-01 (H. Hinnant, civil_from_days). */\n"
    "static int64_t months(int64_t days) {\n    int64_t z = days + 719468, era = quotient(z, 146097);\n"
    "    int64_t day = z - era * 146097;\n"
    "    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;\n"
    "    int64_t of_year = day - (365 * year + year / 4 - year / 100);\n"
    "    return (year + 400 * era) * 12 + (5 * of_year + 2) / 153 + 2 - 1970 * 12;\n}\n",
}
ELEMENTWISE = frozenset(
    {*BINARY, *CALLS, "heaviside", "logaddexp", "maximum", "minimum", "remainder", "interp", "lookup", "month", "cast",
     "isnan", "negative", "logical_not", "where"}
)  # fmt: skip
LONGEST = 200


@dataclass
class _Writer:
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
            entries = ", ".join(_literal(x, dtype) for x in array.ravel())
            self.constants[key] = (name, f"static const {TYPES[dtype]} {name}[{array.size}] = {{{entries}}};\n")
        return self.constants[key][0]

    def texts(self, keys: Any) -> str:
        """Return the name of an array of texts."""
        key = hash(tuple(keys))
        if key not in self.constants:
            name = f"c{len(self.constants) + 1}"
            entries = ", ".join(map(_text, keys)) or '""'
            self.constants[key] = name, f"static const char *const {name}[] = {{{entries}}};\n"
        return self.constants[key][0]


def c_source(
    program: Program, name: str = "model", *, rows: Mapping[str, Any] | None = None, expected: Any = None
) -> tuple[str, str]:
    """Return a program as a header and a source in C99.

    Parameters
    ----------
    program : Program
        A fitted model.
    name : str, default="model"
        The prefix of its names; a C identifier.
    rows, expected : mapping of str to ndarray, optional
        Inputs and outputs of a self-test, which is compiled in with ``-DSELF_TEST``.

    Returns
    -------
    header, source : str
        ``name_predict`` takes an input record and fills an output record.
    """
    name = identifier(name)
    fields = {one.name: field_name for one, field_name in zip(program.inputs, _fields(program), strict=True)}
    access = {
        one.name: f"in->{fields[one.name]}" for one in program.inputs
    }
    width = _width(program.encode, "encoded")
    constants: dict[int, tuple[str, str]] = {}
    helpers: set[str] = set()
    stages = []
    n_joined = _width(program.predict, "joined")
    for title, graph, given, arguments, result in (
        ("encode", program.encode, access, f"const {name}_input *in", ("encoded", "float", width)),
        ("joined_of", program.predict, {"encoded": "encoded"}, "const float *encoded", ("joined", "double", n_joined)),
    ):
        writer = _Writer(graph.n_rows, given, constants, helpers)
        _write(writer, graph, {result[0]: result[0]})
        stages.append(
            f"static void {title}({arguments}, {result[1]} *{result[0]}) {{\n" + "".join(writer.lines) + "}\n"
        )
    writer = _Writer(program.finish.n_rows, {"joined": "joined"}, constants, helpers)
    _write(writer, program.finish, {key: f"out->{key}" for key in program.finish.outputs})
    finish = f"static void finish(const double *joined, {name}_output *out) {{\n" + "".join(writer.lines) + "}\n"
    body = [
        f'#include "{name}.h"\n', "#include <math.h>\n#include <stddef.h>\n#include <string.h>\n",
        *(text for _, text in constants.values()), "",
        *(HELPERS[helper] for helper in sorted(helpers)), *stages, finish, _averaged(program, width, n_joined),
        _predict(program, name, width, n_joined), _self_test(program, name, fields, rows, expected),
    ]  # fmt: skip
    return _header(program, name, fields), "\n".join(part for part in body if part)


def identifier(name: str) -> str:
    """Return a name that C accepts."""
    text = re.sub(r"[^0-9A-Za-z_]", "_", name) or "model"
    return f"m_{text}" if text[0].isdigit() else text


# ---- header and functions around the stages -------------------------------------------------------------------


def _fields(program: Program) -> list[str]:
    found: list[str] = []
    for one in program.inputs:
        text = re.sub(r"[^0-9A-Za-z_]", "_", one.name)
        text = f"c_{text}" if not text or text[0].isdigit() or text in KEYWORDS else text
        while text in found:
            text += "_"
        found.append(text)
    return found


def _header(program: Program, name: str, fields: Mapping[str, str]) -> str:
    guard = f"{name.upper()}_H"
    lines = [
        f"/* Predictions of a {program.estimator}, written by pellucid {__version__}. C99; link with -lm.",
        f" * {program.n_parameters:,} parameters: {4 * program.n_parameters:,} bytes as float, about "
        f"{program.n_parameters:,} in 8-bit and {2 * program.n_parameters:,} in 16-bit fixed point. */",
        f"#ifndef {guard}", f"#define {guard}", "#include <stdint.h>", "",
    ]  # fmt: skip
    lines += ["typedef struct {", *(_declared(one, fields[one.name]) for one in program.inputs), f"}} {name}_input;", ""]
    lines += ["typedef struct {"]
    for key, node in program.finish.outputs.items():
        size = prod(node.shape[1:])
        what = f"{TYPES[node.dtype]} {key}"
        lines.append(f"    {what}[{max(1, size)}];")
    lines += [f"}} {name}_output;", ""]
    if program.task == "classes":
        lines += [f"extern const char *const {name}_classes[{len(program.classes)}]; /* label is their index */"]
    lines += [f"void {name}_predict(const {name}_input *in, {name}_output *out);", f"#endif /* {guard} */", ""]
    return "\n".join(lines)


def _declared(one: Input, field_name: str) -> str:
    comment = _comment(one)
    if one.kind == "matrix":
        return f"    double {field_name}[{one.width}];{comment}"
    types = {"text": "const char *", "date": "int64_t "}
    return f"    {types.get(one.kind, 'double ')}{field_name};{comment}"


def _comment(one: Input) -> str:
    words = {
        "number": "NAN if missing", "boolean": "0, 1, NAN if missing", "text": "UTF-8, NULL if missing",
        "date": "microseconds since 1970-01-01, INT64_MIN if missing", "matrix": "",
    }[one.kind]  # fmt: skip
    shown = re.sub(r"[^ -~]", "?", one.name).replace("*/", "* /").replace("/*", "/ *")
    return f" /* {shown}: {words} */" if words else ""


def _averaged(program: Program, width: int, n_joined: int) -> str:
    if not program.variants:
        return ""
    n_variants = len(program.variants[0].drawn)
    lines = [
        "/* A row with a category that training did not see: the mean over categories that it saw. */",
        "static void averaged(const float *encoded, double *joined) {",
        f"    float variant[{width}];",
        f"    double one[{n_joined}];",
        f"    unsigned char unseen[{len(program.variants)}], some = 0;",
    ]
    for number, each in enumerate(program.variants):
        held = " && ".join(
            f"encoded[{place}] == {_literal(value, 'float32')}" for place, value in zip(each.at, each.none, strict=True)
        )
        lines += [f"    unseen[{number}] = {held};", f"    some = some || unseen[{number}];"]
    lines += [
        "    if (!some) {\n        joined_of(encoded, joined);\n        return;\n    }",
        f"    for (int k = 0; k < {n_joined}; k++) joined[k] = 0.0;",
        f"    for (int v = 0; v < {n_variants}; v++) {{",
        f"        memcpy(variant, encoded, sizeof variant);",
    ]
    for number, each in enumerate(program.variants):
        places, drawn = f"at{number}", f"drawn{number}"
        lines += [
            f"        static const int {places}[] = {{{', '.join(map(str, each.at))}}};",
            f"        static const float {drawn}[] = {{{', '.join(_literal(x, 'float32') for x in each.drawn.ravel())}}};",
            f"        if (unseen[{number}])",
            f"            for (int k = 0; k < {len(each.at)}; k++) variant[{places}[k]] = {drawn}[v * {len(each.at)} + k];",
        ]
    lines += [
        "        joined_of(variant, one);",
        f"        for (int k = 0; k < {n_joined}; k++) joined[k] += one[k] / {n_variants}.0;",
        "    }\n}\n",
    ]
    return "\n".join(lines)


def _predict(program: Program, name: str, width: int, n_joined: int) -> str:
    classes = ""
    if program.task == "classes":
        texts = ", ".join(_text(str(label)) for label in program.classes)
        classes = f"const char *const {name}_classes[{len(program.classes)}] = {{{texts}}};\n\n"
    middle = "averaged" if program.variants else "joined_of"
    return (
        f"{classes}void {name}_predict(const {name}_input *in, {name}_output *out) {{\n    float encoded[{width}];\n"
        f"    double joined[{n_joined}];\n    encode(in, encoded);\n    {middle}(encoded, joined);\n"
        "    finish(joined, out);\n}\n"
    )


def _self_test(
    program: Program, name: str, fields: Mapping[str, str], rows: Mapping[str, Any] | None, expected: Any
) -> str:
    if rows is None or expected is None:
        return ""
    n = len(next(iter(expected.values())))
    inputs = ",\n".join("    {" + ", ".join(_cell(one, rows, i) for one in program.inputs) + "}" for i in range(n))
    lines = [
        "#ifdef SELF_TEST", "#include <stdio.h>\n", f"static const {name}_input rows[{n}] = {{", inputs, "};\n",
        "int main(void) {", f"    {name}_output out;", "    double worst = 0.0;", "    int wrong = 0;",
    ]  # fmt: skip
    for key, node in program.finish.outputs.items():
        size, dtype = max(1, prod(node.shape[1:])), node.dtype
        values = ", ".join(_literal(x, dtype) for x in np.asarray(expected[key]).ravel())
        lines.append(f"    static const {TYPES[dtype]} {key}[{n * size}] = {{{values}}};")
    lines += [f"    for (int i = 0; i < {n}; i++) {{", f"        {name}_predict(&rows[i], &out);"]
    for key, node in program.finish.outputs.items():
        size = max(1, prod(node.shape[1:]))
        lines.append(f"        for (int k = 0; k < {size}; k++) {{")
        if node.dtype == "int64":
            lines.append(f"            wrong += out.{key}[k] != {key}[i * {size} + k];")
        else:
            lines += [
                f"            double scale = fabs({key}[i * {size} + k]) > 1.0 ? fabs({key}[i * {size} + k]) : 1.0;",
                f"            double off = fabs(out.{key}[k] - {key}[i * {size} + k]) / scale;",
                "            worst = off > worst ? off : worst;",
            ]
        lines.append("        }")
    lines += [
        "    }", f'    printf("%d rows, %d labels wrong, largest difference %.3g\\n", {n}, wrong, worst);',
        "    return wrong > 0 || worst > 1e-5;", "}", "#endif", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _cell(one: Input, rows: Mapping[str, Any], i: int) -> str:
    value = rows[one.name][i]
    if one.kind == "matrix":
        return "{" + ", ".join(_literal(x, "float64") for x in value) + "}"
    if one.kind == "text":
        return "NULL" if value == one.missing else _text(value)
    return _literal(value, "int64" if one.kind == "date" else "float64")


# ---- a graph as statements ----------------------------------------------------------------------------------


def _width(graph: Graph, name: str) -> int:
    return int(prod(graph.outputs[name].shape[1:]))


def _write(writer: _Writer, graph: Graph, results: Mapping[str, str]) -> None:
    """Write a graph: what is element-wise and used once stands inside what uses it, the rest has an array."""
    nodes = in_order(graph.outputs.values())
    uses = Counter(id(argument) for node in nodes for argument in node.arguments)
    uses.update(id(node) for node in graph.outputs.values())
    places: dict[int, Any] = {}  # from a node to a function of indices that gives the C of an entry
    for node in nodes:
        places[id(node)] = _entry(writer, node, [places[id(argument)] for argument in node.arguments], uses[id(node)])
    for name, target in results.items():
        node = graph.outputs[name]
        shape = writer.shape(node)
        _loop(writer, shape, lambda at, node=node, target=target, shape=shape: f"{target}[{_flat(at, shape)}] = {places[id(node)](at)};")


def _entry(writer: _Writer, node: Node, arguments: list[Any], n_uses: int) -> Any:
    shape, options = writer.shape(node), node.options
    if node.operation == "input":
        text = writer.inputs[options["name"]]
        is_scalar = text.startswith("in->") and len(shape) == 1
        return (lambda at: text) if is_scalar else (lambda at: f"{text}[{_flat(at, shape)}]")
    if node.operation == "constant":
        if node.value.size == 1:
            literal = _literal(node.value.ravel()[0], node.dtype)
            return lambda at: literal
        name = writer.constant(node.value, node.dtype)
        return lambda at: f"{name}[{_flat(at, shape)}]"
    if node.operation == "reshape":
        before = writer.shape(node.arguments[0])
        return lambda at: arguments[0](_unflat(_flat(at, shape), before))
    if node.operation == "transpose":
        axes = options["axes"]
        return lambda at: arguments[0](tuple(at[axes.index(k)] for k in range(len(axes))))
    if node.operation == "slice":
        starts, steps = options["starts"], options["steps"]
        return lambda at: arguments[0](tuple(_shifted(a, s, t) for a, s, t in zip(at, starts, steps, strict=True)))
    if node.operation in ELEMENTWISE:
        shapes = [writer.shape(argument) for argument in node.arguments]

        def element(at: tuple[str, ...]) -> str:
            return _element(writer, node, [a(_broadcast(at, s)) for a, s in zip(arguments, shapes, strict=True)])

        if n_uses == 1 and len(element(tuple("i" * len(shape)))) <= LONGEST:
            return element
        return _stored(writer, node, shape, element)
    return _computed(writer, node, shape, arguments)


def _stored(writer: _Writer, node: Node, shape: tuple[int, ...], entry: Any) -> Any:
    writer.n_values += 1
    name, size = f"v{writer.n_values}", prod(shape)
    if size == 1:
        writer.lines.append(f"    {TYPES[node.dtype]} {name} = {entry(tuple('0' * len(shape)))};\n")
        return lambda at: name
    writer.lines.append(f"    {TYPES[node.dtype]} {name}[{size}];\n")
    _loop(writer, shape, lambda at: f"{name}[{_flat(at, shape)}] = {entry(at)};")
    return lambda at: f"{name}[{_flat(at, shape)}]"


def _computed(writer: _Writer, node: Node, shape: tuple[int, ...], arguments: list[Any]) -> Any:
    """Write an operation that mixes entries, into an array of its own."""
    writer.n_values += 1
    name, size, options = f"v{writer.n_values}", prod(shape), node.options
    before = writer.shape(node.arguments[0])
    writer.lines.append(f"    {TYPES[node.dtype]} {name}[{size}];\n")
    if node.operation == "matmul":
        other = writer.shape(node.arguments[1])
        inner = before[-1]

        def product(at: tuple[str, ...]) -> str:
            left = arguments[0](_broadcast((*at[:-1], "k"), before))
            right = arguments[1](_broadcast((*at[:-2], "k", at[-1]), other))
            return f"{name}[{_flat(at, shape)}] += {left} * {right};"

        _loop(writer, shape, lambda at: f"{name}[{_flat(at, shape)}] = 0;")
        _loop(writer, (*shape[:-1], inner, shape[-1]), lambda at: product((*at[:-2], at[-1])), inner=-2)
    elif node.operation in ("sum", "mean", "max"):
        axes, keepdims = options["axes"], options["keepdims"]

        def place(at: tuple[str, ...]) -> str:
            kept = [("0" if k in axes else a) for k, a in enumerate(at) if keepdims or k not in axes]
            return f"{name}[{_flat(tuple(kept), shape)}]"

        start = "-INFINITY" if node.operation == "max" else "0"
        _loop(writer, shape, lambda at: f"{name}[{_flat(at, shape)}] = {start};")
        share = f" / {prod(before[k] for k in axes)}" if node.operation == "mean" else ""
        if node.operation == "max":
            _loop(writer, before, lambda at: f"if ({arguments[0](at)} > {place(at)}) {place(at)} = {arguments[0](at)};")
        else:
            _loop(writer, before, lambda at: f"{place(at)} += {arguments[0](at)}{share};")
    elif node.operation == "concatenate":
        start = 0
        for argument, part in zip(arguments, node.arguments, strict=True):
            of_part = writer.shape(part)
            _loop(writer, of_part, lambda at, argument=argument, start=start: (
                f"{name}[{_flat(_moved(at, options['axis'], start), shape)}] = {argument(at)};"
            ))  # fmt: skip
            start += of_part[options["axis"]]
    elif node.operation == "gather":
        codes = len(writer.shape(node.arguments[1]))
        _loop(writer, shape, lambda at: (
            f"{name}[{_flat(at, shape)}] = {arguments[0]((arguments[1](at[:codes]), *at[codes:]))};"
        ))  # fmt: skip
    elif node.operation == "argmax":
        _loop(writer, shape, lambda at: f"{name}[{_flat(at, shape)}] = 0;")
        _loop(writer, before, lambda at: (
            f"if ({arguments[0](at)} > {arguments[0]((*at[:-1], f'{name}[{_flat(at[:-1], shape)}]'))}) "
            f"{name}[{_flat(at[:-1], shape)}] = {at[-1]};"
        ))  # fmt: skip
    elif node.operation == "sort":
        _loop(writer, shape, lambda at: f"{name}[{_flat(at, shape)}] = {arguments[0](at)};")
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
    return lambda at: f"{name}[{_flat(at, shape)}]"


def _element(writer: _Writer, node: Node, arguments: list[str]) -> str:
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


# ---- indices and literals -------------------------------------------------------------------------------------


def _loop(writer: _Writer, shape: tuple[int, ...], line: Any, *, inner: int | None = None) -> None:
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
        writer.lines.append(f"{indent}{{ const int k = 0; (void)k; {line(tuple(at))} }}\n" if "k" in text else f"{indent}{text}\n")
        return
    writer.lines.append(f"{indent}{line(tuple(at))}\n")


def _flat(at: tuple[str, ...], shape: tuple[int, ...]) -> str:
    """Return the place of an entry in row-major order."""
    terms, stride = [], 1
    for index, size in zip(reversed(at), reversed(shape), strict=True):
        if size != 1 and index != "0":
            terms.append(index if stride == 1 else f"{index} * {stride}" if _is_plain(index) else f"({index}) * {stride}")
        stride *= size
    return " + ".join(reversed(terms)) or "0"


def _unflat(flat: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return indices for a place in row-major order."""
    found, stride = [], 1
    total = prod(shape)
    for size in reversed(shape):
        if size == 1:
            found.append("0")
        elif stride * size == total:
            found.append(flat if stride == 1 else f"({flat}) / {stride}")
        else:
            found.append(f"({flat}) % {size}" if stride == 1 else f"({flat}) / {stride} % {size}")
        stride *= size
    return tuple(reversed(found))


def _broadcast(at: tuple[str, ...], shape: tuple[int, ...]) -> tuple[str, ...]:
    if not shape:
        return ()
    return tuple("0" if size == 1 else index for index, size in zip(at[-len(shape) :], shape, strict=True))


def _shifted(index: str, start: int, step: int) -> str:
    text = index if step == 1 else f"({index}) * {step}"
    return text if start == 0 else str(int(text) + start) if text.isdigit() else f"{text} + {start}"


def _moved(at: tuple[str, ...], axis: int, start: int) -> tuple[str, ...]:
    return tuple(_shifted(index, start, 1) if k == axis else index for k, index in enumerate(at))


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"\w+(\[\w+\])?", text) is not None


def _literal(value: Any, dtype: str) -> str:
    if dtype == "int64":
        return "INT64_MIN" if int(value) == -(2**63) else str(int(value)) if abs(int(value)) < 2**31 else f"INT64_C({int(value)})"
    if dtype == "bool":
        return str(int(value))
    x = float(value)
    if x != x:
        return "NAN"
    if np.isinf(x):
        return "INFINITY" if x > 0 else "-INFINITY"
    text = repr(float(str(np.float32(value)))) if dtype == "float32" else repr(x)
    return f"{text}f" if dtype == "float32" else text


def _text(text: str) -> str:
    """Return a string literal of UTF-8, in which no character can end it."""
    entries = []
    for byte in text.encode():
        is_plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
        entries.append(chr(byte) if is_plain else f"\\{byte:03o}")
    return '"' + "".join(entries) + '"'


KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "_Bool _Complex _Imaginary asm main NULL NAN INFINITY".split()
)
