"""Programs as Python: one file that predicts with NumPy alone, or a row at a time with the standard library."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from pellucid.exports import lists
from pellucid.exports.expressions import Constants, statements
from pellucid.exports.program import Graph, Program
from pellucid.exports.python_expressions import TYPES, entries, for_lists, for_numpy
from pellucid.exports.tape import Node
from pellucid.version import __version__

__all__ = ["numpy_source", "row_source"]

NUMPY_HEAD = '''"""{title}

Written by pellucid {version}; needs NumPy. ``predict({given})`` returns {what}.
{columns}"""

import math

import numpy as np

np_erf = np.vectorize(math.erf, otypes=[float])


def look_up(texts, keys):
    """Return the number of each text, counted from 1; 0 for none of them."""
    codes = {{key: code for code, key in enumerate(keys, start=1)}}
    return np.array([codes.get(text, 0) for text in texts], np.int64)


def column(cells, kind):
    """Return a column as an array; dates of any unit as microseconds since 1970-01-01."""
    cells = np.asarray(cells, object if kind == "text" else None)
    if cells.dtype.kind == "M":
        cells = cells.astype("datetime64[us]")
    return cells.astype({{"text": object, "date": np.int64}}.get(kind, float))


def months(days):
    """Return months since 1970-01 from days since 1970-01-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)

'''

ROW_HEAD = '''"""{title}

Written by pellucid {version}; needs the standard library only.
``predict({given})`` takes one row and returns {what}.
{columns}"""

{runtime}

def either(condition, x, y):
    return x if condition else y


def heaviside(x, at_zero):
    return x if x != x else 1.0 if x > 0.0 else 0.0 if x < 0.0 else at_zero


def expm1(x):
    return math.expm1(x) if x < 700.0 else math.inf


def exp(x):
    return math.exp(x) if x < 709.7 else math.inf


def log(x):
    return math.log(x) if x > 0.0 else math.nan if x != x or x < 0.0 else -math.inf


def logaddexp(x, y):
    high = max(x, y)
    return high if high == -math.inf else high + math.log(math.exp(x - high) + math.exp(y - high))


def divide(x, y):
    return x / y if y else math.nan if x == 0.0 or x != x else math.copysign(math.inf, x)


def larger(x, y):
    return x if x != x else y if y != y else max(x, y)


def smaller(x, y):
    return x if x != x else y if y != y else min(x, y)


def number(x):
    return x if x != x else float(round(x))


def look_up(texts, keys):
    codes = {{key: code for code, key in enumerate(keys, start=1)}}
    return [codes.get(text, 0) for text in texts]


def months(days):
    z = days + 719_468
    era, day = z // 146_097, z % 146_097
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    of_year = day - (365 * year + year // 4 - year // 100)
    return (year + 400 * era) * 12 + (5 * of_year + 2) // 153 + 2 - 1970 * 12

'''


def numpy_source(program: Program) -> str:
    """Return a program as Python source that needs only NumPy.

    Parameters
    ----------
    program : Program
        A fitted model.

    Returns
    -------
    str
        A module with one public function, ``predict``.
    """
    constants = Constants()

    def write(node: Node, arguments: Sequence[str]) -> str:
        return for_numpy(node, arguments, constants, program.encode.n_rows)

    stages = [_stage(name, graph, write) for name, graph in _stages(program)]
    arrays = [
        f"{name} = np.array({entries(node.value)}, {TYPES[node.dtype]})\n"
        for name, node in constants.arrays.items()
    ]
    parts = [_head(NUMPY_HEAD, program), *arrays, *stages, _numpy_variants(program), _numpy_predict(program)]
    return "\n".join(part for part in parts if part)


def row_source(program: Program) -> str:
    """Return a program as Python source that needs the standard library only, and predicts a row at a time.

    Parameters
    ----------
    program : Program
        A fitted model.

    Returns
    -------
    str
        A module with one public function, ``predict``.
    """
    constants = Constants()

    def write(node: Node, arguments: Sequence[str]) -> str:
        return for_lists(node, arguments, constants, program.encode.n_rows)

    stages = [_stage(name, graph, write) for name, graph in _stages(program)]
    arrays = [f"{name} = {entries(node.value)}\n" for name, node in constants.arrays.items()]
    source = inspect.getsource(lists).split('"""', 2)[2]
    runtime = "import math\nimport operator\nfrom array import array\n" + source.split("]\n", 1)[1].rstrip()
    parts = [
        _head(ROW_HEAD, program, runtime=runtime), *arrays, *stages, _row_variants(program), _row_predict(program),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)


# ---- the pieces of a file -----------------------------------------------------------------------------------


def _stages(program: Program) -> tuple[tuple[str, Graph], ...]:
    return ("encode", program.encode), ("joined", program.predict), ("finish", program.finish)


def _stage(name: str, graph: Graph, write: Any) -> str:
    made, outputs = statements(graph, write)
    given = {"encode": "given", "joined": "encoded", "finish": "joined"}[name]
    lines = [f"def _{name}({given}):"]
    lines += [f"    {one.name} = {one.text}" for one in made]
    if name == "finish":
        results = ", ".join(f"{key!r}: {text}" for key, text in outputs.items())
        lines += [f"    return {{{results}}}"]
    else:
        lines += [f"    return {next(iter(outputs.values()))}"]
    return "\n" + "\n".join(lines) + "\n"


def _head(template: str, program: Program, **more: str) -> str:
    is_matrix = program.inputs[0].kind == "matrix"
    return template.format(
        title=f"Predictions of a {program.estimator}.",
        version=__version__,
        given="X" if is_matrix else "columns",
        what=", ".join(program.finish.outputs),
        columns="" if is_matrix else "\n" + "\n".join(map(_described, program.inputs)) + "\n",
        **more,
    )


def _described(one: Any) -> str:
    words = {
        "number": f"{one.unit or 'numbers'}, NaN if missing", "boolean": "0 and 1, NaN if missing",
        "date": f"microseconds since 1970-01-01, {one.missing} if missing",
        "text": f"text, {one.missing!r} if missing",
    }  # fmt: skip
    return f"    {one.name!r}: {words[one.kind]}".replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _labels(program: Program) -> str:
    if program.task != "classes":
        return ""
    return f"CLASSES = {list(program.classes)!r}\n"


def _numpy_predict(program: Program) -> str:
    is_matrix = program.inputs[0].kind == "matrix"
    given = "X" if is_matrix else "columns"
    lines = [
        _labels(program),
        f"\ndef predict({given}):",
        '    """Return the predictions for rows, by name."""',
    ]
    if is_matrix:
        lines += ['    given = {"X": np.asarray(X, float)}']
    else:
        kinds = {one.name: one.kind for one in program.inputs}
        lines += [f"    kinds = {kinds!r}"]
        lines += ["    given = {name: column(columns[name], kind) for name, kind in kinds.items()}"]
    joined = "_averaged(encoded)" if program.variants else "_joined(encoded)"
    lines += [
        '    with np.errstate(all="ignore"):',
        "        encoded = _encode(given)",
        f"        found = _finish({joined})",
    ]
    if program.task == "classes":
        lines += ['    found["label"] = np.array(CLASSES)[found["label"]]']
    return "\n".join([*lines, "    return found", ""])


def _row_predict(program: Program) -> str:
    is_matrix = program.inputs[0].kind == "matrix"
    given = "X" if is_matrix else "columns"
    lines = [
        _labels(program),
        f"\ndef predict({given}):",
        '    """Return the predictions for a row, by name."""',
    ]
    if is_matrix:
        lines += ['    given = {"X": [[float(x) for x in X]]}']
    else:
        missing = {
            one.name: "math.nan" if one.kind in ("number", "boolean") else repr(one.missing)
            for one in program.inputs
        }
        lines += [f"    missing = {{{', '.join(f'{name!r}: {text}' for name, text in missing.items())}}}"]
        lines += [
            "    given = {name: [columns[name]] for name in missing}",
            "    given = {name: [missing[name]] if cell == [None] else cell for name, cell in given.items()}",
        ]
    joined = "_averaged(encoded)" if program.variants else "_joined(encoded)"
    lines += [
        "    encoded = _encode(given)",
        f"    found = {{name: rows[0] for name, rows in _finish({joined}).items()}}",
    ]
    if program.task == "classes":
        lines += ['    found["label"] = CLASSES[found["label"]]']
    return "\n".join([*lines, "    return found", ""])


def _numpy_variants(program: Program) -> str:
    if not program.variants:
        return ""
    rows = [
        f"    ({list(each.at)!r}, np.array({entries(each.none)}, np.float32), "
        f"np.array({entries(each.drawn)}, np.float32)),"
        for each in program.variants
    ]
    return "\n".join([
        "# Columns of categories, their values for an unseen one, and the categories that replace it.",
        "VARIANTS = [", *rows, "]\n\n",
        "def _averaged(encoded):",
        "    joined = _joined(encoded)",
        "    for i in range(len(encoded)):",
        "        rows = np.repeat(encoded[i : i + 1], len(VARIANTS[0][2]), axis=0)",
        "        unseen = [(at, drawn) for at, none, drawn in VARIANTS if (encoded[i, at] == none).all()]",
        "        for at, drawn in unseen:",
        "            rows[:, at] = drawn",
        "        if unseen:",
        "            joined[i] = _joined(rows).mean(axis=0)",
        "    return joined",
        "",
    ])  # fmt: skip


def _row_variants(program: Program) -> str:
    if not program.variants:
        return ""
    rows = [
        f"    ({list(each.at)!r}, {entries(each.none)}, {entries(each.drawn)})," for each in program.variants
    ]
    return "\n".join([
        "# Columns of categories, their values for an unseen one, and the categories that replace it.",
        "VARIANTS = [", *rows, "]\n\n",
        "def _averaged(encoded):",
        "    row = encoded[0]",
        "    unseen = [(at, drawn) for at, none, drawn in VARIANTS",
        "              if all(abs(row[k] - n) <= 1e-6 * (1 + abs(n)) for k, n in zip(at, none))]",
        "    if not unseen:",
        "        return _joined(encoded)",
        "    found = []",
        "    for number in range(len(VARIANTS[0][2])):",
        "        variant = list(row)",
        "        for at, drawn in unseen:",
        "            for place, value in zip(at, drawn[number]):",
        "                variant[place] = value",
        "        found.append(_joined([variant])[0])",
        "    return [[math.fsum(column) / len(found) for column in zip(*found)]]",
        "",
    ])  # fmt: skip
