"""``engine="jax"`` at the estimators: what they do with any engine, they do with this one."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor, TabularClassifier, load, save

pytestmark = [
    pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install 'pellucid[jax]'"),
    pytest.mark.filterwarnings("ignore:.*Maximum iterations"),
]

X = np.random.default_rng(0).normal(size=(120, 4))
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0.0).astype(int)
OPTIONS = {"learning_rate": "cosine", "dropout": 0.2, "batch_size": 32, "random_state": 0, "dtype": "float64"}


def test_a_fit_with_everything_is_that_of_the_reference() -> None:
    """Early stopping, class weights, a schedule, dropout: history, classes and probabilities agree."""
    models = [
        MLPClassifier(
            (6, 5), engine=engine, early_stopping=True, class_weight="balanced", max_iter=6, **OPTIONS
        )
        for engine in ("jax", "reference")
    ]
    ours, theirs = (model.fit(X, Y) for model in models)

    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-9)
    assert ours.validation_scores_ == theirs.validation_scores_


@pytest.mark.slow
def test_a_file_goes_on_where_training_ended(tmp_path: Path) -> None:
    """Three epochs, a file and three epochs more are six, to the last bit."""
    options = OPTIONS | {"learning_rate": "constant", "engine": "jax", "warm_start": True}
    whole = MLPRegressor((6,), max_iter=6, **options).fit(X, X[:, 0])
    save(MLPRegressor((6,), max_iter=3, **options).fit(X, X[:, 0]), tmp_path / "half.safetensors")
    model = load(tmp_path / "half.safetensors")
    assert model.engine == "jax"
    model.fit(X, X[:, 0])

    assert np.array_equal(model.network_.parameters, whole.network_.parameters)


@pytest.mark.slow
def test_a_table() -> None:
    """Members with embeddings train and predict."""
    model = TabularClassifier(n_members=2, max_iter=3, engine="jax", random_state=0).fit(X, Y)
    other = TabularClassifier(n_members=2, max_iter=3, engine="compiled", random_state=0).fit(X, Y)

    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), atol=1e-3)
