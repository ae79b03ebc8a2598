"""Many rows: what is said of every row is of every row, and gradients of a sample are those of all, nearly."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from pellucid import MLPClassifier, Network
from pellucid.core import get_loss
from pellucid.core.inputs import StandardizedSparse
from pellucid.diagnostics import diagnose
from pellucid.diagnostics.examination import ENOUGH
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.survey import PART, survey
from pellucid.recording import vital_signs

N = 3 * ENOUGH + 17


@cache
def rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 4))
    return X, (X[:, 0] + X[:, 1] ** 2 > 1.0).astype(int)


@pytest.mark.parametrize("n", [1, PART - 1, PART, PART + 1, 2 * PART + 7])
@pytest.mark.parametrize("kind", ["dense", "sparse", "standardized"])
def test_a_survey_in_parts_is_a_look_at_all_rows_at_once(n: int, kind: str) -> None:
    rng = np.random.default_rng(1)
    X, Y, w = rng.normal(size=(n, 3)), rng.normal(size=(n, 2)), rng.uniform(0.5, 2.0, n)
    data: Any = X if kind == "dense" else sparse.csr_array(X)
    data = StandardizedSparse(data, np.full(3, 0.25)) if kind == "standardized" else data
    network = Network([3, 5, 4, 2], activation=["relu", "tanh"], random_state=0)
    loss = get_loss("squared_error").on(network.output_activation)
    seen = survey(network, data, Y, loss, w)
    whole = vital_signs(network, X - 0.25 * (kind == "standardized"), Y, sample_weight=w)
    np.testing.assert_allclose(seen.losses, whole.losses)
    assert seen.scores.shape == seen.outputs.shape == (n, 2)
    for block, layer in zip(seen.blocks, whole.layers, strict=True):
        for name, value in block.items():
            np.testing.assert_allclose(value, getattr(layer, name), rtol=1e-9, atol=1e-12, err_msg=name)
    assert seen.is_finite


def test_gradients_of_the_sample_are_nearly_those_of_all_rows() -> None:
    X, y = rows()
    network = Network([4, 8, 8, 1], activation="tanh", output_activation="logistic", random_state=0)
    examination = examine(network, X, y)
    assert len(examination.sample) == ENOUGH
    assert examination.vitals is not None
    whole = vital_signs(network, X, y)
    assert examination.vitals.loss == pytest.approx(whole.loss, rel=1e-9)
    assert examination.vitals.n_rows == N
    for seen, known in zip(examination.vitals.layers, whole.layers, strict=True):
        assert seen.spectral_norm == known.spectral_norm
        for name in ("rms_delta", "rms_gradient", "gradient_noise"):
            assert getattr(seen, name) == pytest.approx(getattr(known, name), rel=0.2)


@pytest.mark.parametrize("row", [0, N // 2, N - 1])
def test_a_unit_is_dead_only_if_it_is_on_for_none_of_all_rows(row: int) -> None:
    """One unit is never on; another is on for a single row, which is in no sample by right."""
    X, y = rows()
    X = X.copy()
    X[row, 3] = 100.0
    weights = [np.zeros((4, 2)), np.ones((2, 1))]
    weights[0][3, 1] = 1.0
    network = Network(
        [4, 2, 1],
        activation="relu",
        output_activation="logistic",
        weights=weights,
        biases=[[-50.0, -50.0], [0.0]],
    )
    (found,) = diagnose(network, X, y).find("dead-units")
    assert found.where["units"] == [0]
    X[row, 3] = 0.0
    assert diagnose(network, X, y).find("dead-units")[0].where["units"] == [0, 1]


def test_a_signal_that_overflows_on_one_row_is_found_there() -> None:
    X, y = rows()
    X = X.copy()
    X[N - 5] = 1e300
    network = Network([4, 3, 1], activation="identity", output_activation="identity", random_state=0)
    network.parameters[...] *= 1e10
    (found,) = diagnose(network, X, y).find("not-finite")
    assert found.where["rows"] == [N - 5]


def test_a_fitted_estimator_of_many_rows_is_healthy() -> None:
    X, y = rows()
    model = MLPClassifier((16,), standardize=True, max_iter=5, learning_rate_init=0.01, random_state=0)
    with pytest.warns(UserWarning, match="converged"):
        model.fit(X, y)
    found = diagnose(model, X, y)
    assert found.codes == ()
    assert found.n_rows == N
