"""Runtimes of exports, to compare what they predict with the model."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exports.program import Program

__all__ = ["model_outputs", "run_c", "run_onnx", "run_python", "run_rows"]

Array = NDArray[Any]
CTYPES: dict[str, Any] = {
    "float64": ctypes.c_double,
    "int64": ctypes.c_int64,
    "bool": ctypes.c_ubyte,
    "float32": ctypes.c_float,
}


def model_outputs(model: Any, program: Program, X: Any) -> dict[str, Array]:
    """Return the predictions of a model's own methods predict,  by the names of the program's outputs.

    Parameters
    ----------
    model : estimator or Network
        The model.
    program : Program
        Its program.
    X : data frame or array-like of shape (n_rows, n_columns)
        Rows as the model takes them.

    Returns
    -------
    dict of str to ndarray
        Labels, probabilities, numbers and intervals.
    """
    found: dict[str, Array] = {}
    if "probabilities" in program.finish.outputs:
        found = {"label": _dense(model.predict(X)), "probabilities": model.predict_proba(X)}
    elif "decision" in program.finish.outputs:
        found = {"label": model.predict(X), "decision": model.decision_function(X)}
    else:
        found = {"prediction": np.asarray(model.predict(X))}
    if "quantiles" in program.finish.outputs:
        found["quantiles"] = model.predict_quantiles(X)
    if program.coverage is not None:
        ends = model.predict_interval(X, program.coverage)
        found["low"], found["high"] = ends[..., 0], ends[..., 1]
    return found


def run_onnx(model: Any, program: Program, rows: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Return the predictions of an ONNX model, by ONNX Runtime or onnx's own evaluator, and which of them it was.

    Parameters
    ----------
    model : onnx.ModelProto
        The model.
    program : Program
        Its source.
    rows : mapping of str to ndarray
        Inputs of the program.

    Returns
    -------
    dict of str to ndarray
        Outputs by name.
    str
        The runtime and its version.
    """
    feed = _fed([given.name for given in model.graph.input], rows)
    names = [output.name for output in model.graph.output]
    try:
        import onnxruntime
    except ImportError:
        import onnx
        from onnx.reference import ReferenceEvaluator

        return dict(
            zip(names, ReferenceEvaluator(model).run(None, feed), strict=True)
        ), f"onnx {onnx.__version__}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found = dict(zip(names, session.run(names, feed), strict=True))
    return found, f"ONNX Runtime {onnxruntime.__version__}"


def _fed(names: list[str], rows: Mapping[str, Array]) -> dict[str, Array]:
    """Return rows as the inputs of a graph: columns of shape (n_rows, 1), or a matrix."""
    if list(rows) == ["X"] and rows["X"].ndim > 1 and names != ["X"]:
        return {name: rows["X"][:, k : k + 1] for k, name in enumerate(names)}
    if names == ["X"] and list(rows) != ["X"]:
        return {"X": np.column_stack(list(rows.values()))}
    return {
        name: values if values.ndim > 1 else values.reshape(-1, 1)
        for name, values in rows.items()
        if name in names
    }


def run_python(source: str, program: Program, rows: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Return the predictions of a NumPy file, and by which version.

    Parameters
    ----------
    source : str
        The file.
    program : Program
        Its source.
    rows : mapping of str to ndarray
        Inputs of the program.

    Returns
    -------
    dict of str to ndarray
        Outputs by name.
    str
        NumPy's version.
    """
    scope = _executed(source)
    found = scope["predict"](rows["X"] if program.inputs[0].kind == "matrix" else rows)
    return found, f"NumPy {np.__version__}"


def run_rows(source: str, program: Program, rows: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Return the predictions of a file of the standard library, row by row, and by which Python.

    Parameters
    ----------
    source : str
        The file.
    program : Program
        Its source.
    rows : mapping of str to ndarray
        Inputs of the program.

    Returns
    -------
    dict of str to ndarray
        Outputs by name.
    str
        Python's version.
    """
    scope, is_matrix = _executed(source), program.inputs[0].kind == "matrix"
    n_rows = len(next(iter(rows.values())))
    each = [
        scope["predict"](
            rows["X"][i].tolist() if is_matrix else {name: _cell(v[i]) for name, v in rows.items()}
        )
        for i in range(n_rows)
    ]
    version = ".".join(map(str, sys.version_info[:3]))
    return {name: np.array([one[name] for one in each]) for name in each[0]}, f"Python {version}"


def run_c(
    header: str, source: str, program: Program, rows: Mapping[str, Array], name: str
) -> tuple[dict[str, Array], str] | None:
    """Return the predictions of a C file, compiled into a library in a temporary folder; None without a compiler.

    Parameters
    ----------
    header, source : str
        The files.
    program : Program
        Their source.
    rows : mapping of str to ndarray
        Inputs of the program.
    name : str
        The prefix of its names.

    Returns
    -------
    dict of str to ndarray
        Outputs by name; labels as numbers of classes.
    str
        The compiler.
    """
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", ""), "cc", "gcc", "clang"))), None)
    if compiler is None or os.name == "nt":
        return None
    with tempfile.TemporaryDirectory(prefix="pellucid-") as folder:
        Path(folder, f"{name}.h").write_text(header, encoding="utf-8")
        Path(folder, f"{name}.c").write_text(source, encoding="utf-8")
        library = Path(folder, f"{name}.so")
        command = [compiler, "-std=c99", "-O2", "-shared", "-fPIC", f"{name}.c", "-o", str(library), "-lm"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        predict = getattr(ctypes.CDLL(str(library)), f"{name}_predict")
        return _by_rows(predict, program, rows), Path(compiler).name


def _by_rows(predict: Any, program: Program, rows: Mapping[str, Array]) -> dict[str, Array]:
    inputs: Any = [(f"f{i}", _field(one)) for i, one in enumerate(program.inputs)]
    outputs: Any = [
        (name, CTYPES[node.dtype] * max(1, prod(node.shape[1:])))
        for name, node in program.finish.outputs.items()
    ]
    Given = type("Given", (ctypes.Structure,), {"_fields_": inputs})
    Found = type("Found", (ctypes.Structure,), {"_fields_": outputs})
    n_rows = len(next(iter(rows.values())))
    found: dict[str, list[Any]] = {name: [] for name in program.finish.outputs}
    for i in range(n_rows):
        given, out = Given(), Found()
        for k, one in enumerate(program.inputs):
            setattr(given, f"f{k}", _for_c(one, rows[one.name][i]))
        predict(ctypes.byref(given), ctypes.byref(out))
        for name in found:
            found[name].append(list(getattr(out, name)))
    return {
        name: np.array(values).reshape(n_rows, *program.finish.outputs[name].shape[1:])
        for name, values in found.items()
    }


def _field(one: Any) -> Any:
    if one.kind == "matrix":
        return ctypes.c_double * one.width
    return {"text": ctypes.c_char_p, "date": ctypes.c_int64}.get(one.kind, ctypes.c_double)


def _for_c(one: Any, value: Any) -> Any:
    if one.kind == "matrix":
        return (ctypes.c_double * one.width)(*value.tolist())
    if one.kind == "text":
        return None if value == one.missing else value.encode()
    return int(value) if one.kind == "date" else float(value)


def _executed(source: str) -> dict[str, Any]:
    """Run a file that was just written by this process, and return its names."""
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "<export>", "exec"), scope)
    return scope


def _cell(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _dense(labels: Any) -> Any:
    return labels.toarray() if hasattr(labels, "toarray") else labels
