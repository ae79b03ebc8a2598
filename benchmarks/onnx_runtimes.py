"""``python -m benchmarks.onnx_runtimes PYTHON ...``: exports in the ONNX Runtimes of other environments.

Each PYTHON is the interpreter of an environment with ``onnxruntime`` and NumPy, such as one made by
``python3.11 -m venv old && old/bin/pip install onnxruntime==1.16.3 'numpy<2'``. The exports are written here, of
random tables times every kind of tabular estimator and of columns at the edges of float64. Each runtime predicts
the same rows, and a line says by how much it differs from the model. ``--tables 60`` takes all of them.
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np


def cases(n_tables: int) -> list[tuple]:
    """Return exports as bytes, with inputs, the model's outputs, and whether a column is interpolated."""
    import pandas as pd
    from tests.exports.conftest import TABULAR, fitted_table
    from tests.exports.test_numbers import NAMES, N, columns

    from pellucid import TabularRegressor
    from pellucid.exports import program_of
    from pellucid.exports.feeds import feed
    from pellucid.exports.onnx_graph import encoder_model, onnx_model
    from pellucid.exports.runtimes import model_outputs

    found = []

    def add(model: object, X: object) -> None:
        program = program_of(model)
        rows, encoder = feed(model, program, X), encoder_model(program)
        taken = {one.name for one in encoder.graph.input}
        has_knots = any(feature.knots for column in model.encoder_.columns_ for feature in column.features)
        expected = {"encoded with knots" if has_knots else "encoded": model.encode(X)}
        found.append(
            (
                encoder.SerializeToString(),
                {k: plain(v) for k, v in rows.items() if k in taken},
                plain(expected),
            )
        )
        graph = onnx_model(program)
        names = [one.name for one in graph.graph.input]
        given = dict(zip(names, map(plain, rows.values()), strict=True))
        found.append((graph.SerializeToString(), given, plain(model_outputs(model, program, X))))

    for name in NAMES:
        rng = np.random.default_rng(0)
        X = pd.DataFrame({"z": rng.normal(size=N), "x": columns(rng)[name]})
        add(TabularRegressor("fast", max_iter=1, engine="reference", random_state=0).fit(X, X["z"]), X)
    for seed in range(0, 60, 60 // n_tables):  # of the sixty tables of the tests, evenly taken
        for kind in TABULAR:
            model, _, new = fitted_table(kind, np.random.default_rng(seed))
            add(model, new)
    return found


def plain(value: object) -> object:
    """Return arrays as lists with their type, which every version of NumPy reads."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    array = np.asarray(value)
    return array.tolist(), array.dtype.str, array.shape


def array_of(value: tuple) -> np.ndarray:
    """Return the array that :func:`plain` described."""
    items, dtype, shape = value
    return np.array(items, object if dtype == "|O" else np.dtype(dtype)).reshape(shape)


def compare(path: str) -> None:
    """Print the largest differences in this interpreter's ONNX Runtime."""
    import onnxruntime

    worst: dict[str, float] = {}
    with Path(path).open("rb") as file:
        held = pickle.load(file)
    for graph, given, expected in held:
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        feed = {name: array_of(value).reshape(-1, 1) for name, value in given.items()}
        names = [one.name for one in session.get_outputs()]
        found = dict(zip(names, session.run(names, feed), strict=True))
        for name, value in expected.items():
            right = array_of(value)
            got = found["encoded" if name.startswith("encoded") else name].reshape(right.shape)
            if name == "label":
                off = float((got != right).sum())
            else:
                scale = (
                    1.0
                    if name.startswith(("encoded", "probabilities"))
                    else float(np.abs(right).max()) or 1.0
                )
                off = float(np.abs(got.astype(float) - right).max()) / scale
            worst[name] = worst.get(name, 0.0) + off if name == "label" else max(worst.get(name, 0.0), off)
    columns = ("encoded", "encoded with knots", "probabilities", "prediction", "quantiles", "label")
    numbers = " | ".join(f"{worst.get(name, 0.0):.1e}" for name in columns[:-1])
    print(f"| {onnxruntime.__version__} | {len(held)} | {numbers} | {worst.get('label', 0.0):.0f} |")


def main() -> None:
    """Write the exports, and run them here and by the interpreters given."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pythons", nargs="*", metavar="PYTHON")
    parser.add_argument("--tables", type=int, choices=(1, 10, 20, 30, 60), default=10)
    options = parser.parse_args()
    print(
        "| ONNX Runtime | graphs | encoded | interpolated | probabilities | numbers | quantiles | labels off |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases"
        path.write_bytes(pickle.dumps(cases(options.tables), protocol=4))
        here = str(Path(__file__).parent)
        code = (
            f"import sys; sys.path.insert(0, {here!r}); import onnx_runtimes as r; r.compare({str(path)!r})"
        )
        for python in (sys.executable, *options.pythons):
            subprocess.run([python, "-c", code], check=True)


if __name__ == "__main__":
    main()
