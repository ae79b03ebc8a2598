"""Models that are unusual: few or odd columns, classes of odd types, several outputs, frames of every library."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from pellucid import MLPClassifier, MLPRegressor, Perceptron, TabularClassifier, TabularRegressor, load, save
from pellucid.exports import export

pytestmark = pytest.mark.filterwarnings("ignore")
N = 60
RNG = np.random.default_rng(0)
Z = RNG.normal(size=N)
OPTIONS = {"max_iter": 2, "engine": "reference", "random_state": 0}
NAMES = ['quo"te', "new\nline", "größe 日本", "int", "a*/b", "back\\slash", "%d{}$", "label", "X", "a b", "a_b",
         "tab\t", "\u202eabc", "null", "__import__('os')", "prediction", "encoded", "joined"]  # fmt: skip
NUMBERS = pd.DataFrame(RNG.normal(size=(N, len(NAMES))), columns=NAMES)
TEXTS = pd.DataFrame({name: RNG.choice(["a", '"', "\n", "ü"], N) for name in NAMES})
DAYS = np.array(
    ["0001-01-01", "9999-12-31", "1969-12-31T23:59:59.999999", "2024-02-29"] * 15, "datetime64[us]"
)
LABELS = (RNG.normal(size=(N, 3)) > 0).astype(int)
POLARS = pl.DataFrame({"x": Z, "t": pl.Series(["a", "b"] * 30).cast(pl.Enum(["b", "a"]))})


def table(X: object, y: object, **options: object) -> tuple[object, object]:
    cls = TabularRegressor if np.asarray(y).dtype.kind == "f" else TabularClassifier
    return cls("fast", **{**OPTIONS, **options}).fit(X, y), X


def matrix(cls: type, y: object, X: object = Z[:, None], **options: object) -> tuple[object, object]:
    return cls((3,), **{**OPTIONS, **options}).fit(X, y), X


def of_classes(*classes: object) -> np.ndarray:
    return np.array(classes)[(Z > 0).astype(int) + (Z > 1) * (len(classes) > 2)]


MODELS = {
    "one column": lambda: table(pd.DataFrame({"x": Z}), Z),
    "constant columns": lambda: table(pd.DataFrame({"x": Z, "k": 1.0, "t": "same", "n": None}), Z),
    "names": lambda: table(NUMBERS, Z),
    "names of texts": lambda: table(TEXTS, Z > 0),
    "names of a matrix": lambda: (MLPRegressor((3,), **OPTIONS).fit(NUMBERS, Z), NUMBERS),
    "far dates": lambda: table(pd.DataFrame({"d": DAYS, "x": Z}), Z),
    "polars": lambda: table(POLARS, Z),
    "array of objects": lambda: table(np.array([[z, "ab"[int(z > 0)]] for z in Z], object), Z),
    "truth": lambda: matrix(MLPClassifier, of_classes(False, True)),
    "far integers": lambda: matrix(MLPClassifier, of_classes(-(2**63), 2**63 - 1)),
    "bytes of numbers": lambda: table(pd.DataFrame({"x": Z}), of_classes(0, 255).astype(np.uint8)),
    "texts": lambda: table(pd.DataFrame({"x": Z}), of_classes("ü\n", '"', "")),
    "objects": lambda: matrix(MLPClassifier, of_classes("a", "b").astype(object)),
    "perceptron": lambda: (Perceptron(max_iter=3).fit(Z[:, None], of_classes("a", "b", "c")), Z[:, None]),
    "labels": lambda: table(pd.DataFrame({"x": Z}), LABELS),
    "sparse labels": lambda: matrix(MLPClassifier, scipy.sparse.csr_array(LABELS)),
    "four targets": lambda: table(pd.DataFrame({"x": Z}), RNG.normal(size=(N, 4))),
    "a target in a column": lambda: matrix(MLPRegressor, Z[:, None]),
    "quantiles": lambda: table(pd.DataFrame({"x": Z}), RNG.normal(size=(N, 2)), loss="quantile"),
    "counts": lambda: matrix(MLPRegressor, RNG.poisson(2, N), loss="poisson"),
    "beyond float32": lambda: table(pd.DataFrame({"x": Z * 1e300, "y": Z}), Z * 1e30),
    "scaled from beyond float32": lambda: matrix(MLPRegressor, Z, Z[:, None] * 1e60, standardize=True),
    "sparse": lambda: matrix(MLPClassifier, Z > 0, scipy.sparse.csr_array(np.outer(Z, [0.0, 1.0, 2.0]))),
}
TELLING = (
    "one column", "constant columns", "names", "names of texts", "far dates", "array of objects", "far integers",
    "texts", "perceptron", "labels", "quantiles", "counts", "beyond float32", "sparse",
)  # fmt: skip
KINDS = ["m.onnx", "network.onnx", "m.c", "m.py", "row.py", "m.md", "m.npz"]


@pytest.fixture(scope="module")
def fitted() -> dict[str, tuple[object, object]]:
    """Models that were made, by name."""
    return {}


@pytest.mark.few(
    "one column-m.onnx", "far integers-m.npz", "labels-m.c", "quantiles-m.py", "beyond float32-m.md"
)
@pytest.mark.parametrize("file", KINDS)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in TELLING)) for name in MODELS]
)
@pytest.mark.few(
    "one column-m.onnx",
    "constant columns-network.onnx",
    "names of texts-m.py",
    "array of objects-m.md",
    "far integers-m.npz",
    "perceptron-network.onnx",
    "labels-m.c",
    "quantiles-m.py",
    "counts-row.py",
    "beyond float32-m.md",
    "sparse-m.npz",
)
def test_an_odd_model_is_exported(name: str, file: str, fitted: dict, tmp_path: Path) -> None:
    """On its own rows, and from a file on rows that are made; the comparison refuses what differs."""
    if file.endswith(".onnx"):
        pytest.importorskip("spox")
        pytest.importorskip("onnxruntime")
    if file.endswith(".c") and shutil.which("cc") is None:
        pytest.skip("no C compiler here: apt-get install gcc")
    model, X = fitted[name] if name in fitted else fitted.setdefault(name, MODELS[name]())
    options: dict[str, object] = {"part": "network"} if file.startswith("network") else {}
    options |= {"standard_library": True} if file.startswith("row") else {}
    save(model, tmp_path / "m.safetensors")
    reports = [export(model, tmp_path / file, data=X, **options)] if not file.endswith(".md") else []
    reports.append(export(load(tmp_path / "m.safetensors"), tmp_path / file, **options))
    assert (tmp_path / file).stat().st_size > 0
    assert all(report.passed for report in reports if report.runtime)
