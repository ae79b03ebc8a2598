"""MLPRegressor: one number or several, every loss has its own optimum, targets in their own units."""

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import brentq
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import d2_pinball_score, r2_score
from sklearn.model_selection import cross_val_predict

from pellucid import MLPRegressor
from pellucid.exceptions import ParameterError

Data = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# ---- outputs ---------------------------------------------------------------------------------------------


def test_one_number(numbers: Data) -> None:
    """One target of shape (n,) gives predictions of shape (n,)."""
    X, y = numbers
    model = MLPRegressor((8,), solver="lbfgs", random_state=0).fit(X, y)

    assert model.predict(X).shape == (60,)
    assert (model.n_outputs_, model.out_activation_) == (1, "identity")


def test_a_column_is_taken_with_a_warning(numbers: Data) -> None:
    """y of shape (n, 1) is taken as (n,), with scikit-learn's warning."""
    from sklearn.exceptions import DataConversionWarning

    X, y = numbers
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        model = MLPRegressor((8,), solver="lbfgs", random_state=0).fit(X, y[:, None])

    assert model.predict(X).shape == (60,)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.few("True")
def test_several_numbers(standardize: bool, numbers: Data) -> None:
    """Several targets are learned at once, each in its own units."""
    X, y = numbers
    Y = np.column_stack([y, 2.0 * X[:, 0] + 5.0, -X[:, 3]])
    model = MLPRegressor(
        (20,), "tanh", solver="lbfgs", max_iter=1000, random_state=0, standardize=standardize
    )
    model.fit(X, Y)

    assert model.predict(X).shape == (60, 3)
    assert (r2_score(Y, model.predict(X), multioutput="raw_values") > 0.98).all()


def test_integer_targets(numbers: Data) -> None:
    """Integers are numbers."""
    X, y = numbers
    counts = np.round(10.0 * y).astype(int)
    model = MLPRegressor((20,), solver="lbfgs", random_state=0).fit(X, counts)

    assert model.predict(X).dtype == np.float64
    assert model.score(X, counts) > 0.9


def test_without_a_hidden_layer_it_is_a_linear_model(numbers: Data) -> None:
    """Without hidden layers L-BFGS finds the least-squares solution, and with alpha that of ridge."""
    X, y = numbers
    options = {"solver": "lbfgs", "tol": 1e-10, "random_state": 0, "max_iter": 1000}
    plain = MLPRegressor((), alpha=0.0, **options).fit(X, y)
    ridge = MLPRegressor((), alpha=7.0, **options).fit(X, y)

    least_squares, shrunk = LinearRegression().fit(X, y), Ridge(7.0).fit(X, y)
    assert_allclose(plain.coefs_[0].ravel(), least_squares.coef_, rtol=1e-5)
    assert_allclose(plain.intercepts_[0], least_squares.intercept_, rtol=1e-5)
    assert_allclose(ridge.coefs_[0].ravel(), shrunk.coef_, rtol=1e-5)
    assert_allclose(ridge.intercepts_[0], shrunk.intercept_, rtol=1e-5)


# ---- losses ----------------------------------------------------------------------------------------------


def huber_location(y: np.ndarray, delta: float) -> float:
    """Return where the clipped residuals sum to zero: Huber's estimate of location."""
    return float(brentq(lambda m: np.clip(y - m, -delta, delta).sum(), y.min(), y.max()))


LOCATIONS: dict[str, tuple[dict[str, Any], Any]] = {
    "squared_error": ({}, np.mean),
    "absolute_error": ({}, np.median),
    "quantile": ({"quantile": 0.8}, lambda y: np.quantile(y, 0.8)),
    "low quantile": ({"loss": "quantile", "quantile": 0.15}, lambda y: np.quantile(y, 0.15)),
    "huber": ({"huber_delta": 0.3}, lambda y: huber_location(y, 0.3)),
    "poisson": ({}, np.mean),
    "tweedie": ({}, np.mean),
}


@pytest.mark.parametrize("case", LOCATIONS)
@pytest.mark.few("squared_error", "quantile")
def test_what_a_loss_estimates(case: str) -> None:
    """Per group of rows: the mean, the median, the quantile, Huber's location, the mean again for Poisson."""
    options, location = LOCATIONS[case]
    rng = np.random.default_rng(3)
    groups = np.repeat([0.0, 1.0], 251)[:, None]
    y = rng.exponential(1.0, 502) * np.where(groups.ravel() == 1.0, 2.0, 1.0)
    model = MLPRegressor(
        (),
        alpha=0.0,
        batch_size=502,
        shuffle=False,
        learning_rate="cosine",
        learning_rate_init=0.02,
        max_iter=2500,
    )
    model.set_params(n_iter_no_change=np.inf, random_state=0, **{"loss": case, **options}).fit(groups, y)

    predicted = model.predict([[0.0], [1.0]])
    assert_allclose(predicted, [location(y[:251]), location(y[251:])], rtol=0.02)


def test_quantiles_of_noise_that_depends_on_x() -> None:
    """A network with a hidden layer follows a quantile: about 90 % of the targets lie below it."""
    rng = np.random.default_rng(4)
    X = rng.uniform(-1.0, 1.0, (600, 1))
    y = X.ravel() + rng.normal(size=600) * (1.5 + X.ravel())
    model = MLPRegressor(
        (16,), "tanh", loss="quantile", quantile=0.9, learning_rate_init=0.01, random_state=0
    )
    model.set_params(max_iter=150, learning_rate="cosine").fit(X, y)

    for low, high in ((-1.0, 0.0), (0.0, 1.0)):
        inside = (low <= X.ravel()) & (X.ravel() < high)
        assert 0.85 < (y[inside] < model.predict(X)[inside]).mean() < 0.95
    assert d2_pinball_score(y, model.predict(X), alpha=0.9) > 0.1


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_counts(solver: str) -> None:
    """The Poisson loss predicts positive rates, and finds them."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(400, 2))
    rate = np.exp(0.5 * X[:, 0] - 0.5 * X[:, 1] + 1.0)
    model = MLPRegressor(
        (), loss="poisson", solver=solver, learning_rate_init=0.02, alpha=0.0, random_state=0
    )
    model.fit(X, rng.poisson(rate))

    assert model.out_activation_ == "exp"
    assert (model.predict(X) > 0.0).all()
    assert_allclose(model.coefs_[0].ravel(), [0.5, -0.5], atol=0.06)
    assert_allclose(model.intercepts_[0], 1.0, atol=0.06)


@pytest.mark.parametrize(
    ("output_activation", "low", "high"),
    [("logistic", 0.0, 1.0), ("tanh", -1.0, 1.0), ("softplus", 0.0, np.inf), ("exp", 0.0, np.inf)],
)
def test_an_output_activation_bounds_predictions(
    output_activation: str, low: float, high: float, numbers: Data
) -> None:
    """Predictions stay in its range, also far from the data, and the fit is good where targets are inside."""
    X, y = numbers
    y = 0.4 + 0.3 * np.tanh(y)
    model = MLPRegressor((16,), output_activation=output_activation, solver="lbfgs", random_state=0).fit(X, y)

    assert model.out_activation_ == output_activation
    assert model.score(X, y) > 0.9
    far = model.predict(30.0 * X)
    assert (low <= far).all()
    assert (far <= high).all()


# ---- units -----------------------------------------------------------------------------------------------


def test_standardized_targets_come_back_in_their_units(numbers: Data) -> None:
    """With standardize=True the scale of X and y does not matter, and predictions are in the units of y."""
    X, y = numbers
    options = {"learning_rate_init": 0.02, "max_iter": 100, "random_state": 0, "standardize": True}
    plain = MLPRegressor((16,), **options).fit(X, y)
    scaled = MLPRegressor((16,), **options).fit(1e3 * X + 5e3, 1e4 * y - 3e5)

    assert_allclose(scaled.predict(1e3 * X + 5e3), 1e4 * plain.predict(X) - 3e5, rtol=1e-3)
    assert plain.score(X, y) > 0.9
    assert_allclose(plain.target_mean_, [y.mean()], rtol=1e-12)
    assert_allclose(plain.target_scale_, [y.std()], rtol=1e-12)
    assert_allclose(plain.input_mean_, X.mean(axis=0), rtol=1e-9, atol=1e-12)
    assert_allclose(plain.input_scale_, X.std(axis=0), rtol=1e-12)


def test_constant_columns_and_targets() -> None:
    """A constant column, and a constant target, are only moved, not divided by zero."""
    X = np.column_stack([np.arange(10.0), np.full(10, 7.0)])
    model = MLPRegressor((4,), standardize=True, solver="lbfgs", random_state=0).fit(X, np.full(10, 3.0))

    assert model.input_scale_[1] == model.target_scale_[0] == 1.0
    assert_allclose(model.predict(X), 3.0, atol=1e-3)


@pytest.mark.parametrize("option", [{"loss": "poisson"}, {"output_activation": "softplus"}], ids=str)
def test_targets_stay_where_the_output_is_bounded(option: dict[str, Any], numbers: Data) -> None:
    """Targets are standardized only for an identity output; otherwise they would leave its range."""
    X, y = numbers
    model = MLPRegressor((4,), standardize=True, max_iter=2, random_state=0, **option).fit(X, np.abs(y))

    assert model.input_scale_ is not None
    assert model.target_mean_ is model.target_scale_ is None


def test_huber_delta_is_in_units_of_the_standardized_target(numbers: Data) -> None:
    """With standardize=True, δ counts standard deviations, as it is documented."""
    X, y = numbers
    options = {"loss": "huber", "huber_delta": 0.5, "max_iter": 20, "random_state": 0}

    scaled = MLPRegressor((4,), standardize=True, **options).fit(X, 100.0 * y)
    by_hand = MLPRegressor((4,), **options)
    Z, t = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()

    assert_allclose(
        scaled.predict(X), 100.0 * (by_hand.fit(Z, t).predict(Z) * y.std() + y.mean()), rtol=1e-3, atol=1e-2
    )


# ---- it learns -------------------------------------------------------------------------------------------


def test_a_smooth_function() -> None:
    """In float32 with Adam, R² of at least 0.99 on points that it has not seen."""
    rng = np.random.default_rng(6)
    X = rng.uniform(-2.0, 2.0, (400, 2))
    y = np.sin(2.0 * X[:, 0]) + X[:, 1] ** 2
    model = MLPRegressor((32, 32), "silu", learning_rate="cosine", learning_rate_init=0.01, batch_size=50)
    model.set_params(max_iter=80, standardize=True, random_state=0).fit(X[:300], y[:300])

    assert model.score(X[300:], y[300:]) > 0.99


def test_the_diabetes_data() -> None:
    """On real rows, out of fold, it is at least as good as a linear model, less what chance allows."""
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(
        (16,), standardize=True, l2=0.1, max_iter=60, learning_rate_init=0.01, random_state=0
    )

    out_of_fold = cross_val_predict(model, X, y, cv=3)

    assert r2_score(y, out_of_fold) > r2_score(y, cross_val_predict(LinearRegression(), X, y, cv=3)) - 0.05


def test_the_network_predicts_in_standardized_units(numbers: Data) -> None:
    """network_ sees standardized inputs and targets; the estimator translates."""
    X, y = numbers
    model = MLPRegressor((4,), standardize=True, solver="lbfgs", random_state=0).fit(X, y)

    inside = model.network_.predict((X - model.input_mean_) / model.input_scale_).ravel()

    assert_allclose(model.predict(X), inside * model.target_scale_ + model.target_mean_, rtol=1e-12)
    assert_array_equal(model.network_.layer_sizes, (4, 4, 1))


@pytest.mark.parametrize("n_left", [1, 3])
def test_few_rows_left_over_do_not_spoil_batch_normalization(n_left: int) -> None:
    """A last batch of a row or three leaves a fit with batch normalization as good as one without them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200 + n_left, 5))
    y = X @ np.arange(1.0, 6.0)
    scores = []
    for n in (200, 200 + n_left):
        model = MLPRegressor((20,), batch_norm=True, learning_rate_init=0.01, max_iter=150, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            scores.append(model.fit(X[:n], y[:n]).score(X, y))

    assert min(scores) > 0.95


def test_a_single_row_left_over_makes_no_step_with_batch_normalization() -> None:
    """Standardized by itself it would be 0 everywhere: it waits for an epoch in which it is among others."""
    X, y = np.arange(5.0)[:, None], np.arange(5.0)
    model = MLPRegressor((3,), batch_norm=True, batch_size=4, max_iter=3, random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)

    assert model._training_state.updates == 3
    with pytest.raises(ParameterError, match="'batch_norm' needs batches of at least 2 rows"):
        model.fit(X[:1], y[:1])
