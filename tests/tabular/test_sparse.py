"""Sparse matrices stay sparse: each column over its standard deviation."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.preprocessing import StandardScaler

from pellucid.estimators.standardization import moments
from pellucid.exceptions import DataError
from pellucid.tabular import TableEncoder

DENSE = np.array([[1.0, 0.0, 5.0, 0.0], [0.0, 0.0, 5.0, 2.0], [3.0, 0.0, 5.0, 0.0], [0.0, 0.0, 5.0, -1.0]])


@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.coo_array])
def test_columns_are_divided_by_their_deviations(make: Any) -> None:
    X = make(DENSE)
    encoder = TableEncoder().fit(X)

    Z = encoder.transform(X)

    expected = StandardScaler(with_mean=False).fit_transform(DENSE)[:, [0, 3]]
    assert Z.format == "csr"
    np.testing.assert_allclose(Z.toarray(), expected)
    np.testing.assert_array_equal(X.toarray(), DENSE)
    assert (encoder.n_numeric_, encoder.n_plain_, encoder.names_, encoder.source_) == (
        0,
        2,
        ("x0", "x3"),
        (0, 3),
    )
    assert encoder.notes_ == ("2 of 4 columns are constant and left out.",)


@pytest.mark.parametrize("unit", [2.0**1000, 2.0**600, 2.0**-600])
@pytest.mark.parametrize("container", [scipy.sparse.csr_array, np.asarray])
def test_a_column_may_have_any_unit(unit: float, container: Any, rng: np.random.Generator) -> None:
    """Also where squares are beyond float64, or 0: neither nothing nor infinity is learned from."""
    X = rng.normal(size=(40, 2)) * (rng.random((40, 2)) < 0.6)
    far = X * np.array([unit, 1.0])
    mean, deviation = moments(container(X), None)
    found = moments(container(far), None)
    np.testing.assert_allclose(found[0], mean * [unit, 1.0], rtol=1e-14)
    np.testing.assert_allclose(found[1], deviation * [unit, 1.0], rtol=1e-14)
    assert moments(container(np.full((5, 1), 1e-300)), None)[1] == 1.0

    expected = TableEncoder().fit(scipy.sparse.csr_array(X)).transform(scipy.sparse.csr_array(X))
    encoder = TableEncoder().fit(scipy.sparse.csr_array(far))
    found = encoder.transform(scipy.sparse.csr_array(far)).toarray()
    np.testing.assert_allclose(found, expected.toarray(), rtol=1e-14)


@pytest.mark.parametrize("unit", [2.0**55, 2.0**900, 2.0**-900, 2.0**-1060])
@pytest.mark.parametrize("container", [scipy.sparse.csr_array, np.asarray])
def test_weights_may_have_any_unit(unit: float, container: Any, rng: np.random.Generator) -> None:
    """Their sum is no number of rows that has to fit in 64 bits."""
    X, weight = container(rng.normal(size=(40, 2))), rng.integers(1, 9, 40).astype(np.float64)
    for found, expected in zip(moments(X, weight * unit), moments(X, weight), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_a_column_of_two_far_numbers_and_a_constant_one() -> None:
    """Their deviations are 2¹⁰⁰⁰, and 1 by convention, also if it is nearly constant or all but 0."""
    far, close = [2.0**1000, -(2.0**1000)] * 20, [1e300, np.nextafter(1e300, 1e301)] * 20
    X = np.c_[far, close, [1e8, 1e8 + 1e-8] * 20, [0.0, 1e-250] * 20]
    np.testing.assert_array_equal(moments(X, None)[1], [2.0**1000, 1.0, 1.0, 1.0])


def test_weights_are_repetitions(rng: np.random.Generator) -> None:
    X, weight = scipy.sparse.random_array((30, 6), density=0.4, rng=rng, format="csr"), rng.integers(0, 4, 30)
    repeated = scipy.sparse.csr_array(np.repeat(X.toarray(), weight, axis=0))

    np.testing.assert_allclose(
        TableEncoder().fit(X, sample_weight=weight).transform(X).toarray(),
        TableEncoder().fit(repeated).transform(X).toarray(),
    )


def test_nan_is_nothing() -> None:
    X = scipy.sparse.csr_array(np.array([[1.0], [np.nan], [0.0]]))
    encoder = TableEncoder().fit(X)

    assert encoder.columns_[0].n_missing == 1
    assert TableEncoder().fit(X, sample_weight=[1, 3, 1]).columns_[0].n_missing == 3
    np.testing.assert_allclose(
        encoder.transform(X).toarray().ravel(), [1 / np.std([1.0, 0.0, 0.0]), 0.0, 0.0]
    )


def test_a_round_trip_and_a_dense_table_give_the_same() -> None:
    X = scipy.sparse.csr_array(DENSE)
    encoder = TableEncoder().fit(X)
    again = TableEncoder.from_plain(json.loads(json.dumps(encoder.to_plain())))

    for Z in (again.transform(X), encoder.transform(DENSE), encoder.transform(pd.DataFrame(DENSE))):
        np.testing.assert_array_equal(Z.toarray(), encoder.transform(X).toarray())


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (scipy.sparse.csr_array([[1.0, 0.0], [0.0, np.inf]]), "infinity in row 1 of column 1"),
        (scipy.sparse.csr_array([[1j, 0.0]]), "Complex data not supported"),
        (scipy.sparse.csr_array((0, 3)), r"no rows: 0 sample\(s\)"),
        (scipy.sparse.csr_array((3, 0)), r"no columns: 0 feature\(s\)"),
    ],
)
def test_other_matrices_are_refused(X: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TableEncoder().fit(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (DENSE[:, :2], "X has 2 features, but TableEncoder is expecting 4"),
        (pd.DataFrame({"a": ["x"], "b": [1], "c": [2], "d": [3]}), "column 'a' is not numeric"),
    ],
)
def test_other_tables_are_refused_after_a_sparse_fit(X: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TableEncoder().fit(scipy.sparse.csr_array(DENSE)).transform(X)


@pytest.mark.parametrize("container", [np.asarray, scipy.sparse.csr_array, scipy.sparse.csc_array])
def test_columns_beside_one_that_is_hard_to_calculate(container: Any) -> None:
    """Every column has the moments that it has alone: constants of any size, zeros, numbers of any size."""
    n = 60
    usual = np.random.default_rng(0).normal(size=n)
    columns = [np.zeros(n), np.full(n, 5.0), np.full(n, 1e200), usual, usual * 2.0**600, usual * 2.0**-500]
    columns.append(np.r_[2.0**600, -(2.0**600), np.full(n - 2, 5.0)])  # whose mean is of usual size
    mean, deviation = moments(container(np.column_stack(columns)), None)
    for place, column in enumerate(columns):
        alone = moments(container(column[:, None]), None)
        np.testing.assert_allclose((mean[place], deviation[place]), np.ravel(alone), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(deviation[:3], 1.0)
    np.testing.assert_allclose(deviation[4:6], usual.std() * np.exp2([600.0, -500.0]))
    np.testing.assert_allclose(deviation[6], 2.0**600 * np.sqrt(2.0 / n))
