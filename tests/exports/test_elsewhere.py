"""Exports in runtimes that few have: OpenVINO takes the network, MLflow the whole model."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.exports.conftest import MATRIX, TABULAR, fitted_matrix, fitted_table

from optional import needs
from pellucid import MLPClassifier, Network
from pellucid.estimators import preparation_of
from pellucid.exceptions import ParameterError
from pellucid.exports import MLflowLogger, export, log_to_mlflow, program_of
from pellucid.exports.feeds import feed
from pellucid.exports.runtimes import model_outputs

pytestmark = pytest.mark.filterwarnings("ignore")
needs("spox")


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


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """MLflow with a store of its own, which takes seconds to make; skipped where it is not installed."""
    module = pytest.importorskip("mlflow")
    before, folder = module.get_tracking_uri(), tmp_path_factory.mktemp("mlflow")
    module.set_tracking_uri(f"sqlite:///{folder / 'runs.db'}")
    yield module
    module.set_tracking_uri(before)


@pytest.fixture
def mlflow(store: Any, request: pytest.FixtureRequest) -> Any:
    """MLflow with an empty experiment."""
    place = store.get_tracking_uri().removeprefix("sqlite:///").removesuffix("runs.db")
    store.create_experiment(request.node.name, Path(place, "artifacts").as_uri())
    store.set_experiment(request.node.name)
    return store


def metric(mlflow: Any, run_id: str, name: str) -> list[float]:
    return [one.value for one in mlflow.MlflowClient().get_metric_history(run_id, name)]


@pytest.mark.parametrize("kind", ["numbers", "two classes"])
def test_a_run_of_mlflow(kind: str, mlflow: Any, rng: np.random.Generator) -> None:
    """Parameters, the history of each member, and a model that mlflow.pyfunc loads and that predicts the same."""
    if kind in TABULAR:
        model, X, _ = fitted_table(kind, rng)
        history, part = model.members_[1].history, "member 1/"
    else:
        model, X = fitted_matrix(kind, rng)
        history, part = model.history_, ""
    run_id, report = log_to_mlflow(model, data=X)
    assert report.passed
    run = mlflow.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert mlflow.active_run() is None
    assert run.data.params["random_state"] == "0"
    assert metric(mlflow, run_id, f"{part}objective") == [row["objective"] for row in history]
    given: Any = {name: v.reshape(len(v), -1) for name, v in feed(model, program_of(model), X).items()}
    found = mlflow.pyfunc.load_model(f"runs:/{run_id}/model").predict(given if kind in TABULAR else X)
    expected = model.predict(X) if kind in TABULAR else model.predict_proba(X)
    name = "prediction" if kind in TABULAR else "probabilities"
    np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("is_active", [True, False])
def test_history_is_logged_while_training(is_active: bool, mlflow: Any, rng: np.random.Generator) -> None:
    """To the active run, which goes on, or to a run of its own, which ends."""
    X = rng.normal(size=(40, 2))
    model = MLPClassifier((3,), max_iter=4, random_state=0).set_callbacks(MLflowLogger("net/"))
    with mlflow.start_run() if is_active else nullcontext() as run:
        model.fit(X, X[:, 0] > 0)
        assert (mlflow.active_run() is None) == (run is None)
    (found,) = mlflow.search_runs(output_format="list")
    assert found.info.status == "FINISHED"
    assert metric(mlflow, found.info.run_id, "net/objective") == model.loss_curve_


def test_a_failure_of_mlflow_does_not_end_the_training(
    mlflow: Any, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", fail)
    model = MLPClassifier((3,), max_iter=4, random_state=0).set_callbacks(MLflowLogger())
    X = rng.normal(size=(40, 2))
    with pytest.warns(UserWarning, match=r"no longer logged to MLflow, which failed: no route"):
        model.fit(X, X[:, 0] > 0)
    assert model.n_iter_ == 4


def test_without_mlflow_the_remedy_is_named(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ParameterError, match="pip install mlflow"):
        log_to_mlflow(network)
