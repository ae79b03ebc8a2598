"""The perceptron: by hand, within its bound, honest where no plane separates, and a scikit-learn classifier."""

import pickle
import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.sparse import csr_array
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Perceptron as Oracle

from estimator_checks import parametrize_with_checks
from pellucid.estimators import Perceptron
from pellucid.exceptions import DataError

SIGNS = np.array(list(product((-1.0, 1.0), repeat=2)))
BITS = np.array(list(product((0.0, 1.0), repeat=2)))
AND, OR, XOR = (-1, -1, -1, 1), (-1, 1, 1, 1), (-1, 1, 1, -1)


def quietly(model: Perceptron, X: Any, y: Any) -> Perceptron:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([Perceptron(max_iter=100)])
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([Perceptron(max_iter=100, pocket=False, fit_intercept=False)])
def test_scikit_learns_checks_of_the_plain_rule(estimator: Any, check: Any) -> None:
    check(estimator)


# ---- by hand ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y", "weights", "bias", "mistakes", "margin", "bound"),
    [
        # Zero weights say + to (-1, -1): w = (1, 1), b = -1, and all is right.
        (SIGNS, AND, [1, 1], -1, [1, 0], 1 / np.sqrt(3), 9),
        # (-1, -1) wrong: (1, 1), -1. (-1, 1) has -1, wrong: (0, 2), 0. (1, -1) has -2, wrong: (1, 1), 1.
        (SIGNS, OR, [1, 1], 1, [3, 0], 1 / np.sqrt(3), 9),
        # 1: (0, 0), -1; (1, 1), 0.  2: (1, 1), -1; (1, 0), -2; (2, 1), -1.  3: (2, 0), -2; (1, 0), -3;
        # (2, 1), -2.  4: (1, 1), -3; (2, 2), -2.  5: (2, 1), -3.  The shortest v with v · z >= 1 is (2, 2, -3).
        (BITS, AND, [2, 1], -3, [2, 3, 3, 2, 1, 0], 1 / np.sqrt(17), 51),
    ],
    ids=["AND of signs", "OR of signs", "AND of bits"],
)
def test_it_learns_a_gate_step_by_step(
    X: np.ndarray, y: Any, weights: Any, bias: float, mistakes: Any, margin: float, bound: float
) -> None:
    model = Perceptron(shuffle=False).fit(X, y)

    assert model.coef_.tolist() == [weights]
    assert model.intercept_.tolist() == [bias]
    assert model.mistakes_.tolist() == mistakes
    assert (model.n_updates_, model.n_iter_) == (sum(mistakes), len(mistakes))
    assert model.predict(X).tolist() == list(y)
    assert (model.converged_, model.separable_) == (True, True)
    assert (model.margin_, model.bound_) == pytest.approx((margin, bound))


@pytest.mark.parametrize(("b", "y"), [(-1.5, AND), (1.5, OR)])
def test_the_network_computes_the_signals_of_the_notes(b: float, y: Any) -> None:
    """In note 000, AND is sign(x1 + x2 - 1.5), OR is sign(x1 + x2 + 1.5); the network is what predicts."""
    model = Perceptron(shuffle=False).fit(SIGNS, y)
    model.network_.weights[0][...], model.network_.biases[0][...] = 1.0, b

    assert model.decision_function(SIGNS).tolist() == [b - 2.0, b, b, b + 2.0]
    assert model.network_.predict(SIGNS).ravel().tolist() == list(y)
    assert model.predict(SIGNS).tolist() == list(y)


def test_a_signal_of_zero_is_positive() -> None:
    """As 6 - 4 = 2 is, for x = (12, 4) and w = (0.5, -1), in note 004."""
    model = Perceptron(fit_intercept=False).fit([[0.0, 1.0], [0.0, -1.0]], ["no", "yes"])
    model.network_.weights[0][...] = [[0.5], [-1.0]]

    assert model.decision_function([[12.0, 4.0], [0.0, 0.0]]).tolist() == [2.0, 0.0]
    assert model.predict([[12.0, 4.0], [0.0, 0.0], [1.0, 2.0]]).tolist() == ["yes", "yes", "no"]


# ---- the bound -------------------------------------------------------------------------------------------


def separable(seed: int, n_features: int, gap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows at least ``gap`` away from a plane (w, b) of length 1, and that plane."""
    rng = np.random.default_rng(seed)
    plane = rng.normal(size=n_features + 1)
    plane[-1] *= 0.1  # so that rows lie on both sides
    plane /= np.linalg.norm(plane)
    X = rng.normal(size=(300, n_features))
    signals = X @ plane[:-1] + plane[-1]
    X, signals = X[abs(signals) >= gap], signals[abs(signals) >= gap]
    return X, np.sign(signals), plane


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.02, 0.5), st.booleans())
def test_novikoffs_bound_holds(seed: int, n_features: int, gap: float, shuffle: bool) -> None:
    X, y, _ = separable(seed, n_features, gap)
    assume(len(np.unique(y)) == 2)
    model = Perceptron(shuffle=shuffle, random_state=seed, max_iter=100_000).fit(X, y)
    scaled = Perceptron(shuffle=shuffle, random_state=seed, learning_rate=0.25, max_iter=100_000).fit(X, y)

    assert model.converged_
    assert model.score(X, y) == 1.0
    assert model.margin_ >= gap * (1 - 1e-12)
    assert model.bound_ == pytest.approx((model.radius_ / model.margin_) ** 2)
    assert model.radius_ == pytest.approx(np.sqrt((X**2).sum(axis=1).max() + 1.0))
    assert model.n_updates_ <= model.bound_
    # From zero weights the learning rate is a scale: 1/4 is exact in binary.
    np.testing.assert_array_equal(scaled.coef_, model.coef_ / 4)


@pytest.mark.parametrize("seed", range(5))
def test_the_margin_is_the_widest(seed: int) -> None:
    """Against SciPy's quadratic program: the shortest v with v · z >= 1 for all rows."""
    X, y, plane = separable(seed, 3, 0.1)
    Z = y[:, None] * np.hstack([X, np.ones((len(X), 1))])
    start = plane / (Z @ plane).min()
    best = minimize(
        lambda v: v @ v, start, jac=lambda v: 2 * v, method="SLSQP", options={"ftol": 1e-14, "maxiter": 1000},
        constraints={"type": "ineq", "fun": lambda v: Z @ v - 1.0, "jac": lambda v: Z},
    )  # fmt: skip
    model = Perceptron(random_state=0).fit(X, y)

    assert model.margin_ == pytest.approx(1 / np.linalg.norm(best.x), rel=1e-6)


# ---- where no plane separates ----------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [True, False])
def test_xor_is_declared_not_separable(shuffle: bool) -> None:
    model = Perceptron(max_iter=50, shuffle=shuffle, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"not linearly separable.*with 1 of 4 rows wrong"):
        model.fit(SIGNS, XOR)

    assert (model.converged_, model.separable_, model.margin_, model.bound_) == (False, False, 0.0, np.inf)
    assert model.n_iter_ == 50
    assert model.score(SIGNS, XOR) == 0.75, "one plane gets three of four right, and no more"


def test_too_few_epochs_are_another_matter() -> None:
    X, y, _ = separable(3, 2, 0.02)
    with pytest.warns(
        ConvergenceWarning, match=r"are linearly separable, but max_iter=1 .* Increase max_iter"
    ):
        model = Perceptron(max_iter=1, random_state=0).fit(X, y)

    assert (model.converged_, model.separable_) == (False, True)
    assert model.n_updates_ <= model.bound_ < np.inf


@given(st.integers(0, 10**6), st.booleans())
def test_separability_is_what_a_linear_program_says(seed: int, shuffle: bool) -> None:
    """The oracle maximizes the margin t of weights in [-1, 1], which is 0 where nothing separates."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-3, 4, size=(8, 2)).astype(float)
    y = np.where(rng.random(8) < 0.5, -1.0, 1.0)
    assume(len(np.unique(y)) == 2)
    Z = y[:, None] * np.hstack([X, np.ones((8, 1))])
    best = linprog(
        [0, 0, 0, -1], np.hstack([-Z, np.ones((8, 1))]), np.zeros(8), bounds=[(-1, 1)] * 3 + [(0, 9)]
    )
    model = quietly(Perceptron(shuffle=shuffle, random_state=0, max_iter=30), X, y)

    assert model.separable_ == (-best.fun > 1e-6)
    assert model.separable_ >= model.converged_
    assert (model.margin_ > 0) == model.separable_


@pytest.mark.parametrize("size", [1e-200, 1e-20, 1e-8, 1.0, 1e8, 1e38, 1e100])
def test_separability_does_not_depend_on_the_units(size: float) -> None:
    """x₁ > -0.3 separates rows of any size, though the bias is then tiny or huge beside the weights."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = quietly(Perceptron(max_iter=20, random_state=0), size * X, X[:, 0] > -0.3)

    assert model.separable_
    assert 0.0 < model.margin_ <= model.radius_
    assert not quietly(Perceptron(max_iter=20), size * SIGNS, XOR).separable_


@given(st.integers(0, 10**6), st.booleans())
def test_the_pocket_is_never_worse_than_the_last_weights(seed: int, shuffle: bool) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 3))
    y = X[:, 0] + rng.normal(size=40) > 0
    assume(len(np.unique(y)) == 2)
    fits = [
        quietly(Perceptron(pocket=pocket, shuffle=shuffle, random_state=seed, max_iter=10), X, y)
        for pocket in (True, False)
    ]

    assert fits[0].score(X, y) >= max(fits[1].score(X, y), y.mean())  # zero weights say + to all
    np.testing.assert_array_equal(fits[0].mistakes_, fits[1].mistakes_)


# ---- more than two classes -------------------------------------------------------------------------------


def test_each_class_against_the_others() -> None:
    """On iris only setosa is linearly separable from the others (Fisher's data, known since 1936)."""
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match=r"^Class 1: (?s:.)*\nClass 2: "):
        model = Perceptron(max_iter=50, random_state=0).fit(X, y)

    assert model.separable_.tolist() == model.converged_.tolist() == [True, False, False]
    assert model.coef_.shape == (3, 4)
    assert [sum(one) for one in model.mistakes_] == model.n_updates_.tolist()
    assert model.n_updates_[0] <= model.bound_[0]
    alone = Perceptron(random_state=0).fit(X, y == 0)
    assert alone.coef_.tolist() == model.coef_[:1].tolist(), "setosa drew the orders of its rows first"


def test_it_reaches_scikit_learns_accuracy_on_the_digits() -> None:
    X, y = load_digits(return_X_y=True)
    ours = quietly(Perceptron(max_iter=20, random_state=0), X[:1000], y[:1000])
    oracle = Oracle(random_state=0).fit(X[:1000], y[:1000])

    assert ours.score(X[1000:], y[1000:]) >= oracle.score(X[1000:], y[1000:]) - 0.02


# ---- input -----------------------------------------------------------------------------------------------


def test_sparse_rows_and_pickles_change_nothing() -> None:
    X, y, _ = separable(0, 3, 0.1)
    dense, sparse = (Perceptron(random_state=0).fit(rows, y) for rows in (X, csr_array(X)))

    np.testing.assert_array_equal(dense.coef_, sparse.coef_)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(dense)).predict(X), dense.predict(csr_array(X)))


@pytest.mark.parametrize(
    ("options", "y", "error", "message"),
    [
        ({"max_iter": 0}, AND, ValueError, "'max_iter' parameter .* must be an int in the range"),
        (
            {"learning_rate": 0.0},
            AND,
            ValueError,
            "'learning_rate' parameter .* must be a float in the range",
        ),
        ({}, [1, 1, 1, 1], DataError, r"only one class \(1\).*needs two or more"),
        ({}, [0.5, 0.1, 0.2, 0.3], ValueError, "Unknown label type: continuous"),
        ({}, [0.0, np.nan, 1.0, 1.0], DataError, "Input y contains NaN in row 1"),
    ],
)
def test_bad_input_is_named(options: dict[str, Any], y: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Perceptron(**options).fit(SIGNS, y)


def test_numbers_whose_products_overflow_are_refused() -> None:
    with pytest.raises(DataError, match=r"X holds 1e\+200.*Scale X"):
        Perceptron().fit(1e200 * SIGNS, AND)
