"""Data as people have it: sparse matrices, data frames, pipelines, searches and processes."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import BaggingClassifier, StackingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import MLPClassifier, MLPRegressor

Data = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

both = pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])


def wide_indices(X: np.ndarray) -> Any:
    """Return CSR with indices of 64 bits, as large matrices have them."""
    matrix = scipy.sparse.csr_array(X)
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return matrix


def in_halves(X: np.ndarray) -> Any:
    """Return CSR in which each number is the sum of two entries, the columns of a row in no order."""
    matrix = scipy.sparse.csr_array(X[:, ::-1])
    columns = X.shape[1] - 1 - matrix.indices
    halves = np.repeat(matrix.data / 2.0, 2), np.repeat(columns, 2), matrix.indptr * 2
    return scipy.sparse.csr_array(halves, X.shape)


SPARSE: dict[str, Callable[[np.ndarray], Any]] = {
    "csr_array": scipy.sparse.csr_array,
    "csc_array": scipy.sparse.csc_array,
    "coo_array": scipy.sparse.coo_array,
    "csr_matrix": scipy.sparse.csr_matrix,
    "csc_matrix": scipy.sparse.csc_matrix,
    "64-bit indices": wide_indices,
    "entries in halves": in_halves,
}


def with_zeros(X: np.ndarray) -> np.ndarray:
    """Return X with about half of its entries 0, shifted columns included."""
    return np.where(np.abs(X) > 0.7, X + 1.0, 0.0)


def outputs(model: Any, X: Any) -> Any:
    """Return the finest-grained prediction."""
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


# ---- sparse rows ------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("container", SPARSE)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": True},
        {"standardize": True, "early_stopping": True, "batch_norm": True, "solver": "nesterov"},
        {"standardize": True, "solver": "lbfgs"},
        {"standardize": True, "hidden_layer_sizes": (4, 4), "residual": True, "dropout": 0.2},
    ],
    ids=["plain", "standardized", "early stopping", "lbfgs", "residual"],
)
def test_sparse_rows_are_dense_rows(
    model: type, container: str, options: dict[str, Any], classes: Data
) -> None:
    """In float64, training and predicting on sparse rows gives what dense rows give, to rounding."""
    X, y = with_zeros(classes[0]), classes[1]
    S = SPARSE[container](X)
    settings = {
        "hidden_layer_sizes": (6,),
        "dtype": "float64",
        "max_iter": 10,
        "batch_size": 16,
        "random_state": 0,
    }

    dense, sparse = (model(**{**settings, **options}).fit(data, y) for data in (X, S))

    close = {"rtol": 1e-6, "atol": 1e-8}
    assert_allclose(sparse.network_.parameters, dense.network_.parameters, **close)
    assert_allclose(sparse.loss_curve_, dense.loss_curve_, **close)
    assert_allclose(outputs(sparse, S), outputs(dense, X), **close)
    assert_allclose(sparse.transform(S), dense.transform(X), **close)
    assert_allclose(outputs(sparse, X), outputs(sparse, S), **close)
    assert_allclose(sparse.score(S, y), dense.score(X, y), **close)


def test_a_matrix_of_entries_in_halves_stays_as_it_was(classes: Data) -> None:
    """Statistics are those of a copy with one entry for each place; the user's matrix is not touched."""
    S = in_halves(with_zeros(classes[0]))
    before = [array.copy() for array in (S.data, S.indices, S.indptr)]
    assert not S.has_canonical_format

    MLPClassifier(standardize=True, max_iter=2, random_state=0).fit(S, classes[1]).predict(S)

    for array, then in zip((S.data, S.indices, S.indptr), before, strict=True):
        np.testing.assert_array_equal(array, then)


@both
def test_sparse_rows_in_float32(model: type, classes: Data) -> None:
    """In float32, the default, they agree to the precision of float32."""
    X, y = with_zeros(classes[0]), classes[1]
    settings = {"hidden_layer_sizes": (6,), "max_iter": 10, "random_state": 0, "standardize": True}

    dense, sparse = (model(**settings).fit(data, y) for data in (X, scipy.sparse.csr_array(X)))

    assert_allclose(outputs(sparse, X), outputs(dense, X), rtol=1e-3, atol=1e-3)
    assert outputs(sparse, scipy.sparse.csr_array(X.astype(np.float32))).dtype == np.float32


def test_sparse_rows_in_partial_fit(classes: Data) -> None:
    """partial_fit takes them too."""
    X, y = with_zeros(classes[0]), classes[1]
    settings = {"hidden_layer_sizes": (6,), "dtype": "float64", "random_state": 0, "standardize": True}

    dense, sparse = (
        MLPClassifier(**settings).partial_fit(data, y, classes=[0, 1, 2]).partial_fit(data, y)
        for data in (X, scipy.sparse.csc_array(X))
    )

    assert_allclose(sparse.network_.parameters, dense.network_.parameters, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str)
def test_sparse_rows_are_never_made_dense(
    standardize: bool, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitting and predicting takes memory for the entries that are there, not for those that are not."""
    n_rows, n_columns = 3000, 5000  # dense: 120 MB in float64
    X = scipy.sparse.random_array(
        (n_rows, n_columns), density=5e-4, format="csr", rng=np.random.default_rng(0)
    )
    y = np.arange(n_rows) % 2

    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.shape[1] != n_columns:
            return original[type(self)](self, *args, **kwargs)
        raise AssertionError("a sparse matrix was made dense")

    original = {}
    for kind in (
        scipy.sparse.csr_array,
        scipy.sparse.csc_array,
        scipy.sparse.csr_matrix,
        scipy.sparse.csc_matrix,
    ):
        original[kind] = kind.toarray
        for name in ("toarray", "todense"):
            monkeypatch.setattr(kind, name, refuse)
    model = MLPClassifier((3,), standardize=standardize, max_iter=2, random_state=0, **options)

    tracemalloc.start()
    try:
        model.fit(X, y).predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20e6


def test_sparse_validation_data(classes: Data) -> None:
    """Validation data may be sparse where training data is dense, and the other way round."""
    X, y = with_zeros(classes[0]), classes[1]
    S = scipy.sparse.csc_array(X)
    settings = {"hidden_layer_sizes": (6,), "dtype": "float64", "random_state": 0, "standardize": True}
    curves = [
        MLPClassifier(**settings, max_iter=3)
        .fit(train, y, validation_data=(held_out, y))
        .validation_loss_curve_
        for train in (X, S)
        for held_out in (X, S)
    ]

    for curve in curves[1:]:
        assert_allclose(curve, curves[0], rtol=1e-9)


# ---- data frames ------------------------------------------------------------------------------------------


def frames(X: np.ndarray) -> dict[str, Any]:
    """Return a table in two libraries, with a column of integers and one of truth values."""
    columns = {"size": X[:, 0], "weight": X[:, 1], "count": np.arange(len(X)), "new": X[:, 2] > 0.0}
    return {"pandas": pd.DataFrame(columns), "polars": pl.DataFrame(columns)}


@both
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames(model: type, library: str, classes: Data) -> None:
    """A frame is the array of its columns, and their names are kept and checked."""
    X, y = classes
    frame = frames(X)[library]
    array = np.column_stack([X[:, 0], X[:, 1], np.arange(60), X[:, 2] > 0.0])
    settings = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 0, "standardize": True}
    column = pd.Series(y) if library == "pandas" else pl.Series(y)

    by_frame, by_array = model(**settings).fit(frame, column), model(**settings).fit(array, y)

    assert by_frame.feature_names_in_.tolist() == ["size", "weight", "count", "new"]
    assert not hasattr(by_array, "feature_names_in_")
    assert_allclose(outputs(by_frame, frame), outputs(by_array, array), rtol=1e-5)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        by_frame.predict(array)


@pytest.mark.parametrize("how", ["split", "given"])
def test_scorers_see_no_names_that_they_miss(how: str, classes: Data) -> None:
    """Validation on a frame, split off or given, warns of nothing."""
    X, y = classes
    frame = frames(X)["pandas"]
    given = {"validation_data": (frame, y)} if how == "given" else {}

    model = MLPClassifier((4,), early_stopping=True, max_iter=3, random_state=0).fit(frame, y, **given)

    assert len(model.validation_scores_) == 3
    assert model.feature_names_in_.tolist() == ["size", "weight", "count", "new"]


@both
@pytest.mark.parametrize("library", ["default", "pandas", "polars"])
def test_hidden_activations_have_names(model: type, library: str, classes: Data) -> None:
    """transform gives what set_output asks for, under the names of get_feature_names_out."""
    X, y = classes
    fitted = model((4, 3), max_iter=2, random_state=0).fit(X, y)
    plain = fitted.transform(X)
    names = fitted.get_feature_names_out().tolist()

    hidden = fitted.set_output(transform=library).transform(X)

    assert names == [f"{model.__name__.lower()}{i}" for i in range(3)]
    if library != "default":
        assert list(hidden.columns) == names
        assert type(hidden).__module__.startswith(library)
    assert_array_equal(np.asarray(hidden), plain)


@pytest.mark.parametrize("layer", [0, 1, -2])
def test_every_hidden_layer_fits_into_a_frame(layer: int, classes: Data) -> None:
    """With set_output each layer's activations come as a frame of its own width."""
    X, y = classes
    fitted = MLPClassifier((4, 3), max_iter=2, random_state=0).fit(X, y)
    plain = fitted.transform(X, layer=layer)

    frame = fitted.set_output(transform="pandas").transform(X, layer=layer)

    assert_array_equal(frame.to_numpy(), plain)


def test_lists_and_other_precisions(numbers: Data) -> None:
    """Lists, integers and half precision are taken as float64."""
    X, y = numbers
    settings = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0}
    rounded = np.round(8 * X)

    models = [
        MLPRegressor(**settings).fit(data, y.tolist())
        for data in (rounded, rounded.tolist(), rounded.astype(np.int8), rounded.astype(np.float16))
    ]

    for model in models[1:]:
        assert_array_equal(model.network_.parameters, models[0].network_.parameters)


def test_the_order_in_memory_does_not_matter(numbers: Data) -> None:
    """Rows, columns, strides: the numbers count."""
    X, y = numbers
    settings = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, "dtype": "float64"}
    layouts = (X, np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2], X[::-1].copy()[::-1])

    models = [MLPRegressor(**settings).fit(layout, y) for layout in layouts]

    for model in models[1:]:
        assert_allclose(model.network_.parameters, models[0].network_.parameters, rtol=1e-9)


@both
def test_the_data_stays_as_it_is(model: type, classes: Data) -> None:
    """Training writes into nothing that the user gave, which may be read-only."""
    X, y = classes
    w = np.ones(60)
    originals = [array.copy() for array in (X, y, w)]
    for array in (X, y, w):
        array.flags.writeable = False

    fitted = model((4,), max_iter=3, standardize=True, batch_norm=True, early_stopping=True, random_state=0)
    fitted.fit(X, y, sample_weight=w, validation_data=(X, y, w)).predict(X)

    for array, original in zip((X, y, w), originals, strict=True):
        assert_array_equal(array, original)


# ---- among other estimators ---------------------------------------------------------------------------------


def test_in_a_pipeline(classes: Data) -> None:
    """At the end of a pipeline, and as its transformer."""
    X, y = classes
    settings = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.05, "random_state": 0, "max_iter": 60}

    last = make_pipeline(StandardScaler(), MLPClassifier(**settings)).fit(X, y)
    first = make_pipeline(MLPClassifier(**settings), LogisticRegression()).fit(X, y)

    assert last.score(X, y) > 0.95
    assert first.score(X, y) > 0.95
    assert first[-1].n_features_in_ == 8


@pytest.mark.thorough
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_in_a_search(n_jobs: int | None, classes: Data) -> None:
    """A grid search over options, in this process and in others, finds the same."""
    X, y = classes
    grid = [
        {"hidden_layer_sizes": [(2,), (4, 4)], "activation": ["tanh", "gelu"]},
        {"standardize": [True], "dropout": [0.1]},
    ]
    search = GridSearchCV(MLPClassifier(max_iter=20, random_state=0), grid, cv=2, n_jobs=n_jobs).fit(X, y)
    again = GridSearchCV(MLPClassifier(max_iter=20, random_state=0), grid, cv=2).fit(X, y)

    assert len(search.cv_results_["params"]) == 5
    assert_array_equal(search.cv_results_["mean_test_score"], again.cv_results_["mean_test_score"])
    assert np.ptp(search.cv_results_["mean_test_score"]) > 0.0
    assert search.score(X, y) > 0.6


@pytest.mark.thorough
def test_cross_validation_in_processes(classes: Data) -> None:
    """Folds trained in other processes score as in this one, with early stopping."""
    X, y = classes
    model = MLPClassifier((8,), max_iter=20, early_stopping=True, random_state=0)

    assert_array_equal(cross_val_score(model, X, y, n_jobs=2), cross_val_score(model, X, y))


def test_weights_in_cross_validation(classes: Data) -> None:
    """sample_weight reaches fit through cross_validate."""
    X, y = classes
    w = np.where(y == 0, 0.0, 1.0)
    w[:2] = 1e-9
    model = MLPClassifier((8,), max_iter=60, learning_rate_init=0.02, random_state=0)

    with_weights = cross_validate(model, X, y, params={"sample_weight": w}, cv=2, return_estimator=True)
    assert all((estimator.predict(X) != 0).all() for estimator in with_weights["estimator"])


@pytest.mark.slow
def test_in_ensembles(classes: Data, numbers: Data) -> None:
    """Bagging and stacking clone it, seed it and fit it."""
    X, y = classes
    bag = BaggingClassifier(MLPClassifier((4,), max_iter=60, learning_rate_init=0.05), 3, random_state=0).fit(
        X, y
    )
    stack = StackingRegressor(
        [("mlp", MLPRegressor((16,), solver="lbfgs", random_state=0))], RidgeCV(), cv=2, passthrough=True
    )

    assert bag.score(X, y) > 0.85
    assert len({estimator.coefs_[0][0, 0] for estimator in bag.estimators_}) == 3
    assert stack.fit(*numbers).score(*numbers) > 0.5
