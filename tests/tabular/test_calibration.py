"""Temperatures and intervals, against their definitions and on data whose truth is known."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from pellucid.exceptions import ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.certainty.conformal import conformal_scores, conformal_width
from pellucid.tabular.certainty.temperature import cooled, find_temperature
from tabular.conftest import QUICK


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# ---- temperature --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("exclusive", [True, False])
def test_a_known_temperature_is_found(temperature: float, exclusive: bool) -> None:
    """Classes drawn from probabilities, which are then told at 1/T of their temperature: T brings them back."""
    rng = np.random.default_rng(0)
    z = rng.normal(0.0, 1.5, (20000, 3))
    if exclusive:
        told = _softmax(z * temperature)
        y = np.eye(3)[(rng.random(20000)[:, None] > _softmax(z).cumsum(axis=1)).sum(axis=1)]
    else:
        told = 1.0 / (1.0 + np.exp(-z * temperature))
        y = (rng.random(z.shape) < 1.0 / (1.0 + np.exp(-z))).astype(float)

    found = find_temperature(told, y, None, exclusive=exclusive)
    assert found == pytest.approx(temperature, rel=0.05)
    back = cooled(told, temperature, exclusive=exclusive)
    np.testing.assert_allclose(back, _softmax(z) if exclusive else 1.0 / (1.0 + np.exp(-z)), atol=1e-9)


def test_a_temperature_with_weights_is_that_of_repeated_rows() -> None:
    """Weights of 1 to 3."""
    rng = np.random.default_rng(1)
    p, y = _softmax(rng.normal(0.0, 3.0, (200, 3))), np.eye(3)[rng.integers(0, 3, 200)]
    weight = rng.integers(1, 4, 200)
    repeated = find_temperature(p.repeat(weight, axis=0), y.repeat(weight, axis=0), None, exclusive=True)

    assert find_temperature(p, y, weight.astype(float), exclusive=True) == pytest.approx(repeated, rel=1e-6)


def test_probabilities_of_zero_and_one_have_a_temperature() -> None:
    """Certain predictions stay certain, without a warning."""
    p = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])

    assert (cooled(p, 5.0, exclusive=True) == p).all()
    assert (cooled(p, 5.0, exclusive=False) == p).all()
    assert np.isfinite(find_temperature(p, np.eye(2)[[0, 1, 0]], None, exclusive=True))


def _overconfident() -> dict[str, Any]:
    """Return settings that learn noise by heart; the choice of the epoch by accuracy does not mind."""
    return {
        "preset": "fast", "max_iter": 150, "hidden_layer_sizes": (64, 64), "label_smoothing": 0.0,
        "random_state": 0, "batch_size": 32, "scoring": "accuracy",
    }  # fmt: skip


@pytest.mark.parametrize("n_members", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_calibration_lowers_the_log_loss_of_an_overconfident_model(n_members: int) -> None:
    """Noisy labels: on new rows probabilities are better, and the classes are the same."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2400, 5))
    y = (rng.random(2400) < 1.0 / (1.0 + np.exp(-X[:, 0]))).astype(int)
    plain, calibrated = (
        TabularClassifier(calibrate=c, n_members=n_members, linear=False, **_overconfident()).fit(
            X[:400], y[:400]
        )
        for c in (False, True)
    )
    before, after = (log_loss(y[400:], m.predict_proba(X[400:])) for m in (plain, calibrated))

    assert plain.temperature_ == 1.0
    assert calibrated.temperature_ > 1.1
    assert after < before
    assert (plain.predict(X) == calibrated.predict(X)).all()


@pytest.mark.parametrize("weight", [None, 1.0 / 60.0, 1e-9])
def test_a_dozen_rows_do_not_decide_the_temperature(weight: float | None) -> None:
    """The temperature stays near 1 if all rows are predicted right, whatever the unit of their weights."""
    p = np.tile([[0.9, 0.1]], (12, 1))
    y = np.tile([[1.0, 0.0]], (12, 1))
    found = find_temperature(p, y, None if weight is None else np.full(12, weight), exclusive=True)

    assert 0.6 < found < 1.0
    assert find_temperature(p.repeat(1000, axis=0), y.repeat(1000, axis=0), None, exclusive=True) < 0.3


@pytest.mark.slow
def test_few_rows_are_not_made_worse_by_calibration() -> None:
    """60 rows with sharp classes: on new rows the log loss is that of the model as it is, or less."""
    before, after = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(2060, 5))
        y = (rng.random(2060) < 1.0 / (1.0 + np.exp(-8.0 * X[:, 0]))).astype(int)
        for calibrate, losses in ((False, before), (True, after)):
            model = TabularClassifier("fast", calibrate=calibrate, max_iter=60, random_state=seed)
            losses.append(log_loss(y[60:], model.fit(X[:60], y[:60]).predict_proba(X[60:])))

    assert np.mean(after) < 1.05 * np.mean(before)


def test_calibrating_by_no_rows_says_so() -> None:
    """Of nine rows none is held out: a warning, and the temperature is 1."""
    X = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.warns(
        UserWarning, match="calibrate=True has no effect: with fewer than 10 rows, none are held out"
    ):
        model = TabularClassifier(calibrate=True, **QUICK).fit(X, np.arange(9) % 2)

    assert model.temperature_ == 1.0


@pytest.mark.slow
def test_labels_are_calibrated_too() -> None:
    """Each label for itself, at one temperature."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2400, 5))
    y = (rng.random((2400, 2)) < 1.0 / (1.0 + np.exp(-X[:, :2]))).astype(int)
    plain, calibrated = (
        TabularClassifier(calibrate=c, **_overconfident()).fit(X[:400], y[:400]) for c in (False, True)
    )
    before, after = (
        np.mean([log_loss(y[400:, k], m.predict_proba(X[400:])[:, k]) for k in range(2)])
        for m in (plain, calibrated)
    )

    assert after < before


# ---- intervals ----------------------------------------------------------------------------------------------


def _width_by_definition(scores: Any, weight: Any, coverage: float) -> float:
    """Return the ceil((n + 1) c)-th smallest of the scores, each as often as its weight says; inf beyond n."""
    ordered = [*sorted(np.repeat(scores, weight)), np.inf]
    return float(ordered[int(np.ceil(round(len(ordered) * coverage, 9))) - 1])


@pytest.mark.parametrize("n", [1, 2, 9, 19, 50])
@pytest.mark.parametrize("coverage", [0.05, 0.5, 0.8, 0.9, 0.99])
def test_the_width_is_that_of_the_definition(n: int, coverage: float) -> None:
    """With and without weights, one of them 0, and with ties."""
    rng = np.random.default_rng(n)
    scores, weight = rng.integers(0, 12, (n, 2)) / 4.0, rng.integers(0, 4, n)
    weight[0] = 1
    ones = np.ones(n, int)

    for given, counts in ((None, ones), (weight.astype(float), weight)):
        expected = [_width_by_definition(scores[:, k], counts, coverage) for k in range(2)]
        assert conformal_width(scores, given, coverage).tolist() == expected


def test_groups_count_as_one_each() -> None:
    """Four groups of 1, 2, 3 and 4 rows: each is a fifth, the new one the last, whatever the weights."""
    groups = np.repeat([0, 1, 2, 3], [1, 2, 3, 4])
    scores, weight = np.arange(10.0)[:, None], np.repeat([5.0, 1.0, 2.0, 0.1], [1, 2, 3, 4])

    def widths(weight: Any) -> list[float]:
        return [
            float(conformal_width(scores, weight, c, groups=groups)[0])
            for c in (0.2, 0.3, 0.4, 0.75, 0.8, 0.81)
        ]

    assert widths(None) == widths(weight) == [0.0, 1.0, 2.0, 8.0, 9.0, np.inf]


def test_scores_are_distances_from_the_interval() -> None:
    """Outside positive, inside negative, by hand."""
    y, low, high = np.array([[3.0], [0.0], [9.0]]), np.full((3, 1), 1.0), np.full((3, 1), 6.0)

    assert conformal_scores(y, low, high)[:, 0].tolist() == [-2.0, 1.0, 3.0]


def _heteroscedastic(n: int) -> tuple[Any, Any, Any]:
    """Return rows, targets and the deviation of their noise, which rises from 0.1 to 2.1."""
    rng = np.random.default_rng(0)
    X = rng.uniform(0.0, 1.0, (n, 1))
    deviation = 0.1 + 2.0 * X[:, 0]
    return X, 3.0 * X[:, 0] + deviation * rng.normal(size=n), deviation


@pytest.mark.parametrize("options", [{}, {"n_members": 3}, {"loss": "quantile"}, {"loss": "absolute_error"}])
@pytest.mark.parametrize("coverage", [0.6, 0.9])
def test_intervals_hold_their_share_of_new_targets(options: Any, coverage: float) -> None:
    """To within what 2,000 new rows and some hundred held-out ones allow."""
    X, y, _ = _heteroscedastic(4000)
    model = TabularRegressor(**{**QUICK, "max_iter": 20, **options}).fit(X[:2000], y[:2000])
    ends = model.predict_interval(X[2000:], coverage)
    inside = (ends[:, 0] <= y[2000:]) & (y[2000:] <= ends[:, 1])

    assert ends.shape == (2000, 2)
    assert inside.mean() == pytest.approx(coverage, abs=0.05)


def test_intervals_are_wide_where_the_noise_is() -> None:
    """Quantiles tell it, and the spread of errors does; both are narrower than one width for all."""
    X, y, deviation = _heteroscedastic(3000)
    options = {**QUICK, "max_iter": 30}
    quantiles = TabularRegressor(loss="quantile", quantiles=(0.05, 0.95), **options).fit(X, y)
    mean = TabularRegressor(**options).fit(X, y)
    even = 2.0 * np.quantile(np.abs(y - mean.predict(X)), 0.9)

    for model in (quantiles, mean):
        widths = np.diff(model.predict_interval(X), axis=1)[:, 0]
        assert np.corrcoef(widths, deviation)[0, 1] > 0.9
        assert widths.mean() < even


def test_intervals_of_several_targets() -> None:
    """Each target has a width of its own, in its unit."""
    X, y, _ = _heteroscedastic(1000)
    model = TabularRegressor(**{**QUICK, "max_iter": 20}).fit(X, np.c_[y, 1000.0 * y])
    widths = np.diff(model.predict_interval(X), axis=2)[:, :, 0]

    assert widths.shape == (1000, 2)
    assert 500.0 < widths[0, 1] / widths[0, 0] < 2000.0


@pytest.mark.parametrize("coverage", [0.0, 1.0, -0.5, float("nan")])
def test_a_coverage_is_a_share(coverage: float) -> None:
    """None and all are refused."""
    X, y, _ = _heteroscedastic(50)
    model = TabularRegressor(**QUICK).fit(X, y)

    with pytest.raises(ParameterError, match="'coverage' must lie in"):
        model.predict_interval(X, coverage)


def _said(model: Any, X: Any, coverage: float) -> tuple[Any, list[str]]:
    """Return intervals and the warnings that came with them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ends = model.predict_interval(X, coverage)
    return ends, [str(w.message) for w in caught]


@pytest.mark.parametrize("options", [{}, {"n_members": 5}, {"loss": "quantile"}])
def test_a_coverage_out_of_reach_is_infinite_and_says_how_many_rows_it_takes(options: Any) -> None:
    """12 of 60 rows held out reach 12/13, 60 reach 60/61; nine rows, of which none is held out, nothing."""
    X, y, _ = _heteroscedastic(60)
    model = TabularRegressor(**{**QUICK, **options}).fit(X, y)
    n = 60 if options.get("n_members") == 5 else 12

    assert np.isfinite(_said(model, X, n / (n + 1.0) - 1e-6)[0]).all()
    ends, messages = _said(model, X, 0.999)
    assert (ends == [-np.inf, np.inf]).all()
    assert f"0.999 takes at least 999 held-out rows, and this model held out {n}" in messages[0]
    assert len(messages) == 1

    ends, messages = _said(TabularRegressor(**{**QUICK, **options}).fit(X[:9], y[:9]), X, 0.5)
    assert (ends == [-np.inf, np.inf]).all()
    assert "held out 0" in messages[0]


def test_groups_are_what_is_counted() -> None:
    """A hundred rows in ten groups, all held out in turn, promise 10/11, not 100/101."""
    X, y, _ = _heteroscedastic(100)
    model = TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 2}).fit(
        X, y, groups=np.arange(100) // 10
    )

    assert np.isfinite(_said(model, X, 10 / 11 - 1e-6)[0]).all()
    ends, messages = _said(model, X, 0.95)
    assert np.isinf(ends).all()
    assert "at least 19 held-out groups, and this model held out 10." in messages[0]


@pytest.mark.slow
def test_few_rows_hold_the_share_that_was_asked_for() -> None:
    """60 rows, of which those that choose the epoch also calibrate: on average at least 80 and 90 %."""
    shares = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(1060, 3))
        y = X[:, 0] + rng.normal(size=1060)
        model = TabularRegressor("fast", max_iter=60, random_state=seed).fit(X[:60], y[:60])
        found = [model.predict_interval(X[60:], c).T for c in (0.8, 0.9)]
        shares.append([np.mean((low <= y[60:]) & (y[60:] <= high)) for low, high in found])

    error = np.std(shares, axis=0, ddof=1) / np.sqrt(len(shares))
    assert (np.mean(shares, axis=0) + 2.0 * error >= [0.8, 0.9]).all()


@pytest.mark.parametrize("factor", [1.0, 0.3, 1.0 / 199.0])
@pytest.mark.parametrize("coverage", [0.1, 0.5, 0.77, 0.9, 0.999])
def test_equal_weights_that_sum_to_anything_up_to_n_widen_as_none_do(factor: float, coverage: float) -> None:
    """Whoever normalizes weights to 1 has as many rows as before."""
    scores = np.random.default_rng(0).normal(size=(199, 2))

    widths = conformal_width(scores, np.full(199, factor), coverage)

    assert widths.tolist() == conformal_width(scores, None, coverage).tolist()
    place = int(np.ceil(200 * coverage - 1e-9))  # Vovk's ⌈(n + 1) c⌉
    ordered = np.vstack([np.sort(scores, axis=0), [np.inf, np.inf]])
    assert widths.tolist() == ordered[place - 1].tolist()
