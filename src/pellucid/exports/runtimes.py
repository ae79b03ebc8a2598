"""Runtimes of exports, to compare their predictions with those of the model."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import PellucidError
from pellucid.exports.c_driver import driver_source, packed_rows, unpacked_outputs
from pellucid.exports.names import identifier
from pellucid.exports.program import Program
from pellucid.host.files import replace_file

__all__ = ["model_outputs", "run_c", "run_onnx", "run_python", "run_rows"]

Array = NDArray[Any]


def model_outputs(model: Any, program: Program, X: Any) -> dict[str, Array]:
    """Return the predictions of a model's own methods, by the names of the program's outputs.

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
        found = {"label": _plain(model.predict(X)), "probabilities": model.predict_proba(X)}
    elif "decision" in program.finish.outputs:
        found = {"label": _plain(model.predict(X)), "decision": model.decision_function(X)}
    else:
        found = {"prediction": np.asarray(model.predict(X))}
    if "quantiles" in program.finish.outputs:
        found["quantiles"] = model.predict_quantiles(X)
    if program.coverage is not None:
        ends = model.predict_interval(X, program.coverage)
        found["low"], found["high"] = ends[..., 0], ends[..., 1]
    return found


def run_onnx(model: Any, program: Program, rows: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Return the predictions of an ONNX model by ONNX Runtime or onnx's evaluator, and the runtime's name.

    Parameters
    ----------
    model : onnx.ModelProto
        The model.
    program : Program
        The program that it was made from.
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
    """Return rows as the inputs of a graph, in the same order: columns of shape (n_rows, 1), or a matrix."""
    columns = list(rows.values())
    if columns[0].ndim > 1 and names != ["X"]:
        columns = list(columns[0].T)
    if len(names) < len(columns):
        columns = [np.column_stack(columns)]
    return {
        name: values if values.ndim > 1 else values.reshape(-1, 1)
        for name, values in zip(names, columns, strict=True)
    }


def run_python(source: str, program: Program, rows: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """Run a file that needs NumPy, and return its predictions with NumPy's version.

    Parameters
    ----------
    source : str
        The file.
    program : Program
        The program that it was made from.
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
    """Run a file that needs the standard library only, row by row.

    Parameters
    ----------
    source : str
        The file.
    program : Program
        The program that it was made from.
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
    header: str,
    source: str,
    program: Program,
    rows: Mapping[str, Array],
    stem: str,
    *,
    compiler: str | None = None,
    flags: Sequence[str] = ("-std=c99", "-O2"),
) -> tuple[dict[str, Array], str] | None:
    """Return the predictions of a C file, compiled into a program in a temporary folder; None without a compiler.

    The program runs as a separate process.

    Parameters
    ----------
    header, source : str
        The files.
    program : Program
        The program that they were made from.
    rows : mapping of str to ndarray
        Inputs of the program.
    stem : str
        The name of the files without suffix.
    compiler : str, optional
        The compiler. Default: that of the environment variable CC, else cc, gcc or clang.
    flags : sequence of str, default=("-std=c99", "-O2")
        Its options.

    Returns
    -------
    dict of str to ndarray
        Outputs by name; labels as numbers of classes.
    str
        The compiler.

    Raises
    ------
    PellucidError
        If compilation or the program fails.
    """
    wished = (os.environ.get("CC", ""), "cc", "gcc", "clang") if compiler is None else (compiler,)
    compiler = next(filter(None, map(shutil.which, wished)), None)
    if compiler is None or os.name == "nt":
        return None
    files = {f"{stem}.h": header, "source.c": source}
    files["driver.c"] = driver_source(program, f"{stem}.h", identifier(stem))
    with tempfile.TemporaryDirectory(prefix="pellucid-") as folder:
        for name, text in files.items():
            replace_file(Path(folder, name), text.encode())
        command = [compiler, *flags, "source.c", "driver.c", "-o", "predict", "-lm"]
        built = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, errors="replace"
        )
        if built.returncode != 0:
            raise PellucidError(f"{compiler} could not compile the export: {built.stderr.strip()[-2_000:]}")
        ran = subprocess.run(
            [Path(folder, "predict")], input=packed_rows(program, rows), check=False, capture_output=True
        )
    if ran.returncode != 0:
        said = ran.stderr.decode(errors="replace").strip()[-2_000:]
        raise PellucidError(f"The compiled export failed with the exit code {ran.returncode}: {said}")
    return unpacked_outputs(program, ran.stdout), Path(compiler).name


def _executed(source: str) -> dict[str, Any]:
    """Run a file that was just written by this process, and return its names."""
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "<export>", "exec"), scope)
    return scope


def _cell(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _plain(labels: Any) -> Any:
    """Return labels in the form of a program: dense, with dates and durations as text."""
    dense = labels.toarray() if hasattr(labels, "toarray") else np.asarray(labels)
    return dense.astype(str) if dense.dtype.kind in "Mm" else dense
