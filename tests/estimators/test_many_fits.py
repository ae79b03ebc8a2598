"""Many fits at once by joblib: the same scores with every backend; fitted models travel."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score

from pellucid import MLPClassifier, TabularClassifier, compare

pytestmark = pytest.mark.slow

needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason="Dask is not installed: pip install 'dask[distributed]'"
)
BACKENDS = ["loky", "threading", pytest.param("dask", marks=needs_dask)]
OPTIONS: dict[str, Any] = {"max_iter": 5, "learning_rate": "cosine", "random_state": 0}


@contextmanager
def backend(name: str) -> Iterator[None]:
    """Run the fits in this block two at a time."""
    with cluster() if name == "dask" else nullcontext(), parallel_config(name, n_jobs=2):
        yield


@contextmanager
def cluster() -> Iterator[Any]:
    """Start two workers of Dask on this machine."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as workers,
        Client(workers) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 6))
    return X, (X[:, 0] * X[:, 1] + 0.3 * rng.normal(size=240) > 0.0).astype(int)


def scores(X: Any, y: Any) -> list[float]:
    """Return the scores of 24 fits, in a search, a cross-validation and an ensemble."""
    grid = {"hidden_layer_sizes": [(4,), (8,)], "dropout": [0.0, 0.2], "batch_size": [32]}
    search = GridSearchCV(MLPClassifier(**OPTIONS), grid, cv=3, refit=False).fit(X, y)
    folds = cross_val_score(MLPClassifier((8,), **OPTIONS), X, y, cv=6)
    votes = BaggingClassifier(MLPClassifier((4,), **OPTIONS), n_estimators=6, random_state=0).fit(X, y)
    by_fold = [search.cv_results_[f"split{k}_test_score"] for k in range(3)]
    each = [
        member.score(X, y) for member in votes.estimators_
    ]  # the mean of votes depends on who adds them up
    return [*np.concatenate(by_fold).tolist(), *folds.tolist(), *each]


@pytest.fixture(scope="module")
def serial(rows: Any) -> list[float]:
    return scores(*rows)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_scores_do_not_depend_on_the_backend(name: str, rows: Any, serial: list[float]) -> None:
    """24 fits give the numbers that they give one after the other, to the last bit."""
    with backend(name):
        assert scores(*rows) == serial


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_comparison_within_a_backend(name: str, rows: Any) -> None:
    """``compare`` gives the scores that it gives alone."""
    options: dict[str, Any] = {"task": "classification", "models": ["pellucid-fast", "linear"], "n_splits": 2}
    alone = compare(*rows, **options)
    with backend(name):
        within = compare(*rows, **options)

    for one, other in zip(alone["models"], within["models"], strict=True):
        assert (one["label"], one["scores"]) == (other["label"], other["scores"])


def test_a_fitted_model_is_small() -> None:
    """A default ensemble for 32 columns has less than 1 MB when it is pickled, and predicts the same."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 32))
    model = TabularClassifier(max_iter=2, random_state=0).fit(X, (X[:, 0] > 0.0).astype(int))
    packed = pickle.dumps(model)

    assert len(packed) < 1e6
    assert (pickle.loads(packed).predict_proba(X) == model.predict_proba(X)).all()


@needs_dask
@pytest.mark.skipif(find_spec("pandas") is None, reason="pandas is not installed.")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_partitions_of_dask(rows: Any) -> None:
    """``map_partitions`` predicts what the model predicts here, lazily."""
    import dask.dataframe as dd
    import pandas as pd

    X, y = rows
    frame = pd.DataFrame(X, columns=[f"x{k}" for k in range(6)])
    model = TabularClassifier(n_members=2, max_iter=2, random_state=0).fit(frame, y)
    packed = pickle.dumps(model)

    def predict(part: Any, packed: bytes) -> Any:
        fitted = pickle.loads(packed)
        return pd.Series(fitted.predict_proba(part)[:, 1], index=part.index, name="p")

    with cluster():
        lazy = dd.from_pandas(frame, npartitions=4).map_partitions(predict, packed, meta=("p", "float64"))
        found = lazy.compute()
    np.testing.assert_array_equal(found.to_numpy(), model.predict_proba(frame)[:, 1])
