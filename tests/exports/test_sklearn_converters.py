"""Pipelines with pellucid estimators through skl2onnx, against what the Pipeline predicts."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.exports.conftest import MATRIX, fitted_matrix

from optional import needs
from pellucid import TabularClassifier, TabularRegressor
from pellucid.exports import register_skl2onnx

needs("skl2onnx")
needs("onnxruntime")
needs("spox")
pytestmark = pytest.mark.filterwarnings("ignore")


def converted(model: object, X: np.ndarray, **options: object) -> dict[str, np.ndarray]:
    """Return the outputs of a Pipeline as ONNX, by name."""
    import onnxruntime
    import skl2onnx

    register_skl2onnx()
    proto = skl2onnx.to_onnx(model, X[:1], **options)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {session.get_inputs()[0].name: X}), strict=True))


def fitted(kind: str, rng: np.random.Generator) -> tuple[object, np.ndarray]:
    """Return a Pipeline of scaling, PCA and an estimator, with its rows."""
    rows = rng.normal(size=(120, 4)) * [1.0, 10.0, 0.1, 3.0]
    y = {
        "two classes": rows[:, 0] > 0,
        "three classes": rng.choice(["a", "b", "c"], len(rows)),
        "labels": (rows[:, :3] > 0).astype(int),
        "two numbers": rows[:, :2] * 2.0,
        "counts": rng.poisson(2.0, len(rows)),
        "perceptron": (rows[:, 0] > 0).astype(int),
        "three perceptrons": np.digitize(rows[:, 0], [-0.5, 0.5]),
        "table of classes": np.where(rows[:, 0] > 0, "yes", "no"),
    }.get(kind, rows[:, 0])
    tables = {"table of classes": TabularClassifier, "table of numbers": TabularRegressor}
    model = tables[kind]("fast", max_iter=2, random_state=0) if kind in tables else MATRIX[kind]()
    return make_pipeline(StandardScaler(), PCA(3), model).fit(rows, y), rows


@pytest.mark.few("float64-two classes", "float32-number", "float32-table of classes")
@pytest.mark.parametrize("kind", [*MATRIX, "table of classes", "table of numbers"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_pipeline_converts(kind: str, dtype: str, rng: np.random.Generator) -> None:
    """Numbers differ by 1e-6 of the largest at most; in float32 labels may differ in ties only."""
    model, X = fitted(kind, rng)
    options = {"options": {"zipmap": False}} if hasattr(model, "predict_proba") else {}
    found = list(converted(model, X.astype(dtype), **options).values())
    allowed = 1e-6 if dtype == "float64" else 1e-5  # the scaler and the PCA are in float32 too
    if "table" in kind and dtype == "float32":  # which a periodic embedding multiplies
        allowed *= 5.0
    expected = model.predict(X.astype(dtype))  # type: ignore[attr-defined]
    if expected.dtype.kind == "f":
        assert found[0].shape == (len(X), *(expected.shape[1:] or (1,)))
        off = np.abs(found[0].reshape(expected.shape) - expected).max()
        assert off <= allowed * max(1.0, np.abs(expected).max())
        return
    assert (found[0].reshape(expected.shape) != expected).mean() < 0.01 * (dtype == "float32") + 1e-9
    if len(found) > 1:
        np.testing.assert_allclose(found[1], model.predict_proba(X.astype(dtype)), rtol=0, atol=allowed)  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", [17, None])
def test_versions_of_the_operators(version: int | None, rng: np.random.Generator) -> None:
    model, X = fitted("three classes", rng)
    found = converted(model, X, options={"zipmap": False}, target_opset=version)
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), rtol=0, atol=1e-6)


def test_probabilities_by_class(rng: np.random.Generator) -> None:
    """With ``zipmap``, which is skl2onnx's default, each row is a dict of classes."""
    model, X = fitted("three classes", rng)
    found = converted(model, X.astype(np.float32))
    rows = found["output_probability"]
    expected = model.predict_proba(X)
    np.testing.assert_allclose([[row[c] for c in model.classes_] for row in rows], expected, atol=1e-5)


def test_the_estimator_alone(rng: np.random.Generator) -> None:
    model, X = fitted_matrix("two numbers", rng)
    found = converted(model, X)
    np.testing.assert_allclose(next(iter(found.values())), model.predict(X), rtol=1e-6, atol=1e-6)
