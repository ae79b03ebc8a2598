"""Program around an exported C file that reads rows from standard input and writes predictions.

The comparison runs it as a separate process, so that a fault in the compiled code ends that process and not the
user's. Rows are 8-byte numbers in the order of the inputs; a text is its length, -1 if it is missing, and
its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exports.names import field_names
from pellucid.exports.program import Input, Program

__all__ = ["driver_source", "packed_rows", "unpacked_outputs"]

Array = NDArray[Any]
READ = {
    "text": "    if (read_text(&in.{field}, &text[{place}])) return 1;",
    "date": "    if (!fread(&in.{field}, 8, 1, stdin)) return 1;",
}
TYPES = {"float64": np.float64, "int64": np.int64, "bool": np.uint8, "float32": np.float32}
TEXTS = """
static int read_text(const char **field, char **text) {
    int64_t n;
    *field = NULL;
    if (!fread(&n, sizeof n, 1, stdin)) return 1;
    if (n < 0) return 0;
    *text = realloc(*text, (size_t)n + 1);
    if (*text == NULL || fread(*text, 1, (size_t)n, stdin) != (size_t)n) return 1;
    (*text)[n] = 0;
    *field = *text;
    return 0;
}
"""


def driver_source(program: Program, header: str, name: str) -> str:
    """Return a C file whose ``main`` predicts the rows on standard input.

    Parameters
    ----------
    program : Program
        The program that the export was made from.
    header : str
        The name of the export's header.
    name : str
        The prefix of its names.

    Returns
    -------
    str
        C99, to be compiled with the export.
    """
    fields = field_names([one.name for one in program.inputs])
    has_texts = any(one.kind == "text" for one in program.inputs)
    reads, n_texts = [], 0
    for one, field in zip(program.inputs, fields, strict=True):
        if one.kind == "matrix":
            reads.append(f"    if (fread(in.{field}, 8, {one.width}, stdin) != {one.width}) return 1;")
        else:
            reads.append(READ.get(one.kind, READ["date"]).format(field=field, place=n_texts))
            n_texts += one.kind == "text"
    writes = [
        f"    if (!fwrite(out.{key}, sizeof out.{key}, 1, stdout)) return 1;"
        for key in program.finish.outputs
    ]
    lines = [
        "#include <stdio.h>", "#include <stdlib.h>", f'#include "{header}"', TEXTS if has_texts else "",
        f"static {name}_input in;", f"static {name}_output out;",
        f"static char *text[{n_texts}];" if has_texts else "", "",
        "static int row(void) {", *reads, f"    {name}_predict(&in, &out);", *writes, "    return 0;", "}", "",
        "int main(void) {", "    int64_t n;", "    int failed = fread(&n, sizeof n, 1, stdin) != 1;",
        "    for (int64_t i = 0; !failed && i < n; i++) failed = row();",
        f"    for (int k = 0; k < {n_texts}; k++) free(text[k]);" if has_texts else "",
        "    return failed;", "}", "",
    ]  # fmt: skip
    return "\n".join(lines)


def packed_rows(program: Program, rows: Mapping[str, Array]) -> bytes:
    """Return rows as the driver reads them.

    Parameters
    ----------
    program : Program
        The program.
    rows : mapping of str to ndarray
        Its inputs.

    Returns
    -------
    bytes
        The number of rows, then the rows.
    """
    n_rows = len(next(iter(rows.values())))
    if program.inputs[0].kind == "matrix":
        content = np.ascontiguousarray(rows["X"], np.float64).tobytes()
    else:
        cells = [_packed(one, rows[one.name]) for one in program.inputs]
        content = b"".join(each[i] for i in range(n_rows) for each in cells)
    return np.int64(n_rows).tobytes() + content


def _packed(one: Input, values: Array) -> list[bytes]:
    if one.kind == "text":
        texts = [None if value == one.missing else value.encode() for value in values]
        return [np.int64(-1 if t is None else len(t)).tobytes() + (t or b"") for t in texts]
    whole = np.ascontiguousarray(values, np.int64 if one.kind == "date" else np.float64).tobytes()
    return [whole[i : i + 8] for i in range(0, len(whole), 8)]


def unpacked_outputs(program: Program, written: bytes) -> dict[str, Array]:
    """Return the outputs that the driver wrote, by name.

    Parameters
    ----------
    program : Program
        The program.
    written : bytes
        Its standard output.

    Returns
    -------
    dict of str to ndarray
        Outputs; labels as numbers of classes.
    """
    outputs = program.finish.outputs
    record = np.dtype(
        [(key, TYPES[node.dtype], (max(1, prod(node.shape[1:])),)) for key, node in outputs.items()]
    )
    found = np.frombuffer(written, record)
    return {key: found[key].reshape(len(found), *node.shape[1:]) for key, node in outputs.items()}
