"""Rules on data: columns and targets with known answers, planted in real sets; reversed senses; healthy data."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn import datasets

from diagnostics.training_cases import SETS, build, column, fit, flipped, flipped_rows, real, scaled
from pellucid import MLPClassifier, MLPRegressor
from pellucid.core.inputs import StandardizedSparse
from pellucid.diagnostics import diagnose, preflight
from pellucid.diagnostics.data_rules import column_statistics, equal_columns

DATA = {"unscaled-input", "constant-input", "duplicate-input", "leaking-input", "class-imbalance"}


def test_statistics_of_columns_are_those_of_numpy_for_every_kind_of_matrix() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6)) * (rng.random((40, 6)) < 0.3) * [1, 10, 100, 0.01, 1, 0] + [0, 0, 0, 0, 0, 0]
    shift = np.array([0.5, -1.0, 0.0, 0.0, 2.0, 0.0])
    for matrix, dense in (
        (X, X),
        (scipy.sparse.csr_array(X), X),
        (StandardizedSparse(scipy.sparse.csr_array(X), shift), X - shift),
    ):
        mean, deviation, reach = column_statistics(matrix)
        np.testing.assert_allclose(mean, dense.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(deviation, dense.std(axis=0), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            reach, np.abs(dense - dense.mean(axis=0)).max(axis=0), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("sparse", [False, True])
def test_equal_columns_are_those_with_correlation_one(sparse: bool) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 30)) * (rng.random((60, 30)) < 0.5)
    X[:, 7], X[:, 20], X[:, 11] = 3.0 * X[:, 2], -X[:, 2], X[:, 5]
    X[:, 12] = X[:, 5] + 1e-3 * rng.normal(size=60)  # near, but no copy
    X[:, 29] = 0.0
    if not sparse:
        X[:, 7] -= 4.0
    with np.errstate(invalid="ignore"):
        correlation = np.abs(np.corrcoef(X.T))
    found = equal_columns(scipy.sparse.csr_array(X) if sparse else X)
    pairs = {(i, j) for group in found for i in group for j in group if i < j}
    assert pairs == {(i, j) for i, j in np.argwhere(correlation > 1.0 - 1e-12) if i < j} == {
        (2, 7), (2, 20), (7, 20), (5, 11),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("factor", "offset", "side"),
    [(1000.0, 0.0, "large"), (50.0, 0.0, "large"), (1e-3, 0.0, "small"), (1.0, 1000.0, "large"), (1.0, 0.0, None),
     (5.0, 0.0, None), (0.2, 0.0, None), (1.0, 2.0, None)],
)  # fmt: skip
@pytest.mark.parametrize("j", [0, 9])
def test_a_column_of_another_scale_is_named_and_its_side(
    factor: float, offset: float, side: Any, j: int
) -> None:
    X, y, *_ = column("wine", j, factor, offset)
    found = preflight(build({"standardize": False}, y), X, y).find("unscaled-input")
    assert [(f.where["columns"], f.where["side"]) for f in found] == ([] if side is None else [([j], side)])
    assert all(f.parameters == {"standardize": True} for f in found)
    assert not preflight(build({"standardize": True}, y), X, y).find("unscaled-input")


def test_columns_are_called_by_their_names_and_others_data_is_noticed() -> None:
    frame = datasets.load_wine(as_frame=True)
    X, y = frame.data, frame.target
    (found,) = preflight(MLPClassifier(random_state=0), X, y).find("unscaled-input")
    assert "proline" in found.where["names"]
    assert "('proline')" in found.summary
    model, _ = fit(build({}, y), X, y)
    (other,) = diagnose(model, X.assign(alcohol=100.0 * X.alcohol), y).find("unscaled-input")
    assert other.where["names"] == ["alcohol"]
    assert not other.parameters
    assert "other data" in other.remedy


def test_constant_columns_are_a_note_and_inputs_that_are_all_constant_are_not() -> None:
    X, y, *_ = scaled("iris")
    X = np.column_stack([X, np.ones(len(X))])
    (found,) = preflight(build({}, y), X, y).find("constant-input")
    assert found.where["columns"] == [4]
    assert found.level == "note"
    (alone,) = preflight(build({}, y), np.ones((len(y), 2)), y).find("constant-input")
    assert alone.level == "serious"
    digits, labels = datasets.load_digits(return_X_y=True)
    (found,) = preflight(build({}, labels), digits, labels).find("constant-input")
    assert found.where["columns"] == np.flatnonzero(np.ptp(digits, axis=0) == 0.0).tolist() == [0, 32, 39]


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "wine"])
@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_a_column_that_is_the_target_leaks(name: str, sparse: bool, noise: float) -> None:
    """As it is or in other units, for numbers, two classes and more; with a little noise it is another column."""
    X, y, *_ = scaled(name)
    leak = 3.0 - 0.5 * y + noise * np.random.default_rng(0).normal(size=len(y)) * y.std()
    X = np.insert(X, 2, leak, axis=1)
    found = preflight(build({}, y), scipy.sparse.csr_array(X) if sparse else X, y).find("leaking-input")
    assert [f.where["columns"] for f in found] == ([] if noise else [[2]])
    if not noise:
        assert found[0].level == "warning"
        assert "1 input column equal to the target" in found[0].summary


def test_an_indicator_of_one_class_leaks_and_a_truth_table_does_not() -> None:
    X, y, *_ = scaled("wine")
    (found,) = preflight(build({}, y), np.column_stack([X, y == 1]), y).find("leaking-input")
    assert found.where["columns"] == [X.shape[1]]
    bits = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert not preflight(MLPClassifier((3,)), bits, bits[:, 0].astype(int)).find("leaking-input")


@pytest.mark.parametrize("name", SETS)
def test_healthy_data_has_no_finding(name: str) -> None:
    X, y, *_ = real(name)
    assert not DATA & set(preflight(build({}, y), X, y).codes)


@pytest.mark.parametrize(("rare", "found"), [(200, False), (30, True)])
def test_a_rare_class_is_named_in_the_users_words_unless_weighted(rare: int, found: bool) -> None:
    rng = np.random.default_rng(0)
    y = np.array(["common"] * 500 + ["rare"] * rare)
    X = rng.normal(size=(len(y), 3)) + (y == "rare")[:, None]
    codes = preflight(MLPClassifier(random_state=0), X, y).find("class-imbalance")
    assert [f.where["names"] for f in codes] == ([["rare"]] if found else [])
    weighted = MLPClassifier(random_state=0, class_weight="balanced")
    assert not preflight(weighted, X, y).find("class-imbalance")


@pytest.mark.parametrize(("name", "share"), [("digits", 0.08), ("breast_cancer", 0.08), ("diabetes", 0.03)])
def test_the_rows_named_are_those_whose_labels_were_flipped(name: str, share: float) -> None:
    X, y, *_ = flipped(name, share)
    model, _ = fit(build({"max_iter": 40}, y), X, y)
    (found,) = diagnose(model, X, y).find("label-noise")
    rows, planted = set(found.where["rows"]), set(flipped_rows(name, share).tolist())
    assert len(rows & planted) >= 0.75 * len(rows)
    assert len(rows & planted) >= 0.25 * len(planted)
    if name != "diabetes":  # what they should be is said as well
        clean = real(name)[1]
        right = [str(clean[r]) == c for r, c in zip(found.where["rows"], found.where["classes"], strict=True)]
        assert np.mean(right) >= 0.75
    original, _ = fit(build({"max_iter": 40}, y), X, real(name)[1])
    assert not diagnose(original, X, real(name)[1]).find("label-noise")


@pytest.mark.smoke
def test_nan_is_named_by_row_and_column() -> None:
    X, y, *_ = (part.copy() for part in real("wine"))
    X[17, 3] = np.nan
    (found,) = preflight(build({}, y), X, y).find("not-finite")
    assert (found.where["rows"], found.where["columns"]) == ([17], [3])


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_weak_signal_among_many_columns_is_no_noise(shuffle: bool) -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(150, 40))
    for y in ((X[:, 7] > 0).astype(int), X[:, 7] + 0.3 * rng.normal(size=150)):
        target = rng.permutation(y) if shuffle else y
        model, _ = fit(build({"max_iter": 100}, target), X, target)
        found = diagnose(model, X, target).find("label-noise")
        assert [f.where["rows"] for f in found] == (["all"] if shuffle else [])


def test_a_misfit_and_neighbors_that_tell_nothing_are_no_noise() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 1))
    sine = MLPRegressor((16,), n_iter_no_change=5, tol=1e-3, random_state=0).fit(x, np.sin(x[:, 0]))
    assert not diagnose(sine, x, np.sin(x[:, 0])).find("label-noise")  # without noise, but off at both ends
    wrong = np.sin(x[:, 0])
    wrong[[5, 50, 500]] += 8.0
    found = diagnose(sine, x, wrong).find("label-noise")[0]
    assert {5, 50, 500} == set(found.where["rows"])

    S = scipy.sparse.random(600, 50, density=0.05, random_state=0, format="csr")
    y = (np.asarray(S.sum(axis=1)).ravel() > 1.2).astype(int)  # exactly
    model = MLPClassifier((16,), n_iter_no_change=5, tol=0.005, random_state=0).fit(S, y)
    assert not diagnose(model, S, y).find("label-noise")


def test_one_row_is_named_in_the_singular() -> None:
    """A row with two entries that are not finite."""
    X, y = np.zeros((20, 2)), np.arange(20.0)
    X[5] = np.nan
    (found,) = preflight(build({}, y), X, y).find("not-finite")
    assert "(row 5)" in found.summary
