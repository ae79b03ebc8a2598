"""Programs as C99: one header and one source without dependencies, allocation or state."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from pellucid.exceptions import ParameterError
from pellucid.exports.c_statements import HELPERS, TYPES, Writer, write
from pellucid.exports.c_text import literal, text_literal
from pellucid.exports.names import check_texts, field_names, identifier
from pellucid.exports.program import Graph, Input, Program
from pellucid.host.escaping import visible
from pellucid.version import __version__

__all__ = ["c_source"]


def c_source(
    program: Program, name: str = "model", *, rows: Mapping[str, Any] | None = None, expected: Any = None
) -> tuple[str, str]:
    """Return a program as a header and a source in C99.

    Parameters
    ----------
    program : Program
        A fitted model.
    name : str, default="model"
        The name of the files without suffix; as an identifier, the prefix of all names.
    rows, expected : mapping of str to ndarray, optional
        Inputs and outputs of a self-test, which is compiled in with ``-DSELF_TEST``.

    Returns
    -------
    header, source : str
        ``name_predict`` takes an input record and fills an output record.

    Raises
    ------
    ParameterError
        If C cannot hold a text of the model or the name of the header.
    """
    check_texts(program, "C", without="\0")
    header, name = f"{name}.h", identifier(name)
    if set(header) & set('"\\\n\r') or header != visible(header):
        raise ParameterError(f"'path' must be a name that C can include; got {header!r}.")
    columns = [one.name for one in program.inputs]
    fields = dict(zip(columns, field_names(columns), strict=True))
    access = {one.name: f"in->{fields[one.name]}" for one in program.inputs}
    width = _width(program.encode, "encoded")
    constants: dict[int, tuple[str, str]] = {}
    helpers: set[str] = set()
    stages = []
    n_joined = _width(program.predict, "joined")
    for title, graph, given, arguments, result in (
        ("encode", program.encode, access, f"const {name}_input *in", ("encoded", "float", width)),
        (
            "joined_of",
            program.predict,
            {"encoded": "encoded"},
            "const float *encoded",
            ("joined", "double", n_joined),
        ),
    ):
        writer = Writer(graph.n_rows, given, constants, helpers)
        write(writer, graph, {result[0]: result[0]})
        stages.append(
            f"static void {title}({arguments}, {result[1]} *{result[0]}) {{\n" + "".join(writer.lines) + "}\n"
        )
    writer = Writer(program.finish.n_rows, {"joined": "joined"}, constants, helpers)
    write(writer, program.finish, {key: f"out->{key}" for key in program.finish.outputs})
    finish = (
        f"static void finish(const double *joined, {name}_output *out) {{\n" + "".join(writer.lines) + "}\n"
    )
    body = [
        f'#include "{header}"\n', "", "#include <math.h>\n#include <stddef.h>\n#include <string.h>\n",
        *(text for _, text in constants.values()), "",
        *(HELPERS[helper] for helper in sorted(helpers)), *stages, finish, _averaged(program, width, n_joined),
        _predict(program, name, width, n_joined), _self_test(program, name, fields, rows, expected),
    ]  # fmt: skip
    mark = f"{zlib.crc32(repr(body).encode()):#x}"
    body[1] = (
        f"#if {name.upper()}_EXPORT != {mark}\n"
        f'#error "the header and the source are of different exports"\n#endif\n'
    )
    return _header(program, name, fields, mark), "\n".join(part for part in body if part)


def _width(graph: Graph, name: str) -> int:
    return int(prod(graph.outputs[name].shape[1:]))


# ---- header and functions around the stages -------------------------------------------------------------------


def _header(program: Program, name: str, fields: Mapping[str, str], mark: str) -> str:
    guard = f"{name.upper()}_H"
    lines = [
        f"/* Predictions of a {program.estimator}, written by pellucid {__version__}. C99; link with -lm.",
        f" * {program.n_parameters:,} parameters: {4 * program.n_parameters:,} bytes as float, about "
        f"{program.n_parameters:,} in 8-bit and {2 * program.n_parameters:,} in 16-bit fixed point. */",
        f"#ifndef {guard}", f"#define {guard}", f"#define {name.upper()}_EXPORT {mark}", "#include <stdint.h>",
        "#ifdef __cplusplus", 'extern "C" {', "#endif", "",
    ]  # fmt: skip
    lines += [
        "typedef struct {",
        *(_declared(one, fields[one.name]) for one in program.inputs),
        f"}} {name}_input;",
        "",
    ]
    lines += ["typedef struct {"]
    for key, node in program.finish.outputs.items():
        size = prod(node.shape[1:])
        what = f"{TYPES[node.dtype]} {key}"
        lines.append(f"    {what}[{max(1, size)}];")
    lines += [f"}} {name}_output;", ""]
    if program.task == "classes":
        lines += [
            f"extern const char *const {name}_classes[{len(program.classes)}]; /* label is their index */"
        ]
    lines += [
        f"void {name}_predict(const {name}_input *in, {name}_output *out);",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        f"#endif /* {guard} */",
        "",
    ]
    return "\n".join(lines)


def _declared(one: Input, field_name: str) -> str:
    comment = _comment(one)
    if one.kind == "matrix":
        return f"    double {field_name}[{one.width}];{comment}"
    types = {"text": "const char *", "date": "int64_t "}
    return f"    {types.get(one.kind, 'double ')}{field_name};{comment}"


def _comment(one: Input) -> str:
    words = {
        "number": f"{one.unit or 'a number'}, NAN if missing", "boolean": "0, 1, NAN if missing",
        "text": "UTF-8, NULL if missing",
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
            f"encoded[{place}] == {literal(value, 'float32')}"
            for place, value in zip(each.at, each.none, strict=True)
        )
        lines += [f"    unseen[{number}] = {held};", f"    some = some || unseen[{number}];"]
    lines += [
        "    if (!some) {\n        joined_of(encoded, joined);\n        return;\n    }",
        f"    for (int k = 0; k < {n_joined}; k++) joined[k] = 0.0;",
        f"    for (int v = 0; v < {n_variants}; v++) {{",
        "        memcpy(variant, encoded, sizeof variant);",
    ]
    for number, each in enumerate(program.variants):
        places, drawn, n = f"at{number}", f"drawn{number}", len(each.at)
        values = ", ".join(literal(x, "float32") for x in each.drawn.ravel())
        lines += [
            f"        static const int {places}[] = {{{', '.join(map(str, each.at))}}};",
            f"        static const float {drawn}[] = {{{values}}};",
            f"        if (unseen[{number}])",
            f"            for (int k = 0; k < {n}; k++) variant[{places}[k]] = {drawn}[v * {n} + k];",
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
        texts = ", ".join(text_literal(str(label)) for label in program.classes)
        classes = f"const char *const {name}_classes[{len(program.classes)}] = {{{texts}}};\n\n"
    middle = "averaged" if program.variants else "joined_of"
    return (
        f"{classes}void {name}_predict(const {name}_input *in, {name}_output *out) {{\n"
        f"    float encoded[{width}];\n    double joined[{n_joined}];\n    encode(in, encoded);\n"
        f"    {middle}(encoded, joined);\n"
        "    finish(joined, out);\n}\n"
    )


def _self_test(
    program: Program, name: str, fields: Mapping[str, str], rows: Mapping[str, Any] | None, expected: Any
) -> str:
    if rows is None or expected is None:
        return ""
    n = len(next(iter(expected.values())))
    inputs = ",\n".join(
        "    {" + ", ".join(_cell(one, rows, i) for one in program.inputs) + "}" for i in range(n)
    )
    lines = [
        "#ifdef SELF_TEST", "#include <stdio.h>\n", f"static const {name}_input rows[{n}] = {{", inputs, "};\n",
        "int main(void) {", f"    {name}_output out;", "    double worst = 0.0;", "    int wrong = 0;",
    ]  # fmt: skip
    for key, node in program.finish.outputs.items():
        size, dtype = max(1, prod(node.shape[1:])), node.dtype
        values = ", ".join(literal(x, dtype) for x in np.asarray(expected[key]).ravel())
        lines.append(f"    static const {TYPES[dtype]} {key}[{n * size}] = {{{values}}};")
    lines += [f"    for (int i = 0; i < {n}; i++) {{", f"        {name}_predict(&rows[i], &out);"]
    for key, node in program.finish.outputs.items():
        size = max(1, prod(node.shape[1:]))
        lines.append(f"        for (int k = 0; k < {size}; k++) {{")
        if node.dtype == "int64":
            lines.append(f"            wrong += out.{key}[k] != {key}[i * {size} + k];")
        else:
            lines += [
                f"            double right = {key}[i * {size} + k];",
                "            double scale = fabs(right) > 1.0 ? fabs(right) : 1.0;",
                f"            double off = fabs(out.{key}[k] - right) / scale;",
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
        return "{" + ", ".join(literal(x, "float64") for x in value) + "}"
    if one.kind == "text":
        return "NULL" if value == one.missing else text_literal(value)
    return literal(value, "int64" if one.kind == "date" else "float64")
