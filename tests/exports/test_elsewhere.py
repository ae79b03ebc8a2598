"""Exports in runtimes that few have: OpenVINO takes the network, MLflow the whole model."""

from pathlib import Path

import numpy as np
import pytest
from tests.exports.conftest import MATRIX, TABULAR, fitted_matrix, fitted_table

from pellucid.estimators import preparation_of
from pellucid.exports import export, program_of
from pellucid.exports.feeds import feed
from pellucid.exports.runtimes import model_outputs

pytestmark = pytest.mark.filterwarnings("ignore")
pytest.importorskip("spox")


@pytest.mark.parametrize("kind", [*MATRIX, *TABULAR])
def test_openvino_takes_the_network(kind: str, rng: np.random.Generator, tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino")
    if kind in MATRIX:
        model, X = fitted_matrix(kind, rng)
        how = preparation_of(model)
        encoded = X if how.input_mean is None else (X - how.input_mean) / how.input_scale
    else:
        model, X, _ = fitted_table(kind, rng)
        encoded = model.encode(X)
    export(model, tmp_path / "m.onnx", part="network")
    compiled = openvino.Core().compile_model(tmp_path / "m.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(np.asarray(encoded, np.float32))
    expected = model_outputs(model, program_of(model), X)
    for output in compiled.outputs:
        name = output.get_any_name()
        if name != "label":  # numbers of classes there
            right = np.asarray(expected[name])
            off = np.abs(np.asarray(found[output]).reshape(right.shape) - right).max()
            assert off <= 1e-5 * max(1.0, np.abs(right).max())


def test_mlflow_serves_an_exported_model(rng: np.random.Generator, tmp_path: Path) -> None:
    mlflow, onnx = pytest.importorskip("mlflow"), pytest.importorskip("onnx")
    model, X, _ = fitted_table("numbers", rng)
    export(model, tmp_path / "m.onnx")
    mlflow.onnx.save_model(
        onnx.load(tmp_path / "m.onnx"), tmp_path / "m", onnx_execution_providers=["CPUExecutionProvider"]
    )
    given = {name: values.reshape(-1, 1) for name, values in feed(model, program_of(model), X).items()}
    found = mlflow.pyfunc.load_model(str(tmp_path / "m")).predict(given)["prediction"]
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-5, atol=1e-5)
