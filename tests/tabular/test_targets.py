"""Targets of every kind: read, learned, and given back as they came."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.members.targets import Targets
from tabular.conftest import QUICK

LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson", "tweedie")


@pytest.fixture(scope="module")
def table() -> Any:
    """Return 400 rows of two numbers, the first of which matters."""
    return np.random.default_rng(0).normal(size=(400, 2))


def _fitted(estimator: Any, X: Any, y: Any, **options: Any) -> Any:
    return estimator(**{**QUICK, "max_iter": 40, "n_members": 1, **options}).fit(X, y)


# ---- classes ------------------------------------------------------------------------------------------------

MAKE_CLASSES = {
    "text": lambda is_up: np.where(is_up, "up", "down"),
    "objects": lambda is_up: np.where(is_up, "up", "down").astype(object),
    "list": lambda is_up: np.where(is_up, "up", "down").tolist(),
    "integers": lambda is_up: np.where(is_up, 7, -3),
    "floats": lambda is_up: np.where(is_up, 1.0, 0.0),
    "truth values": lambda is_up: is_up,
    "pandas text": lambda is_up: pd.Series(np.where(is_up, "up", "down"), dtype="string"),
    "pandas categories": lambda is_up: pd.Series(np.where(is_up, "up", "down"), dtype="category"),
    "pandas nullable integers": lambda is_up: pd.Series(np.where(is_up, 7, -3), dtype="Int64"),
    "pandas nullable truth values": lambda is_up: pd.Series(is_up, dtype="boolean"),
    "polars text": lambda is_up: pl.Series(np.where(is_up, "up", "down")),
    "polars categories": lambda is_up: pl.Series(np.where(is_up, "up", "down"), dtype=pl.Categorical),
    "polars truth values": lambda is_up: pl.Series(is_up),
}  # fmt: skip


@pytest.mark.parametrize("kind", MAKE_CLASSES)
def test_two_classes_of_any_type(kind: str, table: Any) -> None:
    """They are learned and come back as what they were; probabilities sum to 1 in float64."""
    y = MAKE_CLASSES[kind](table[:, 0] > 0.2)
    model = _fitted(TabularClassifier, table, y)
    found, expected = model.predict(table), np.asarray(y)

    assert (found == expected).mean() > 0.95
    assert set(model.classes_.tolist()) == set(expected.tolist())
    assert found.dtype.kind == np.array(expected.tolist()).dtype.kind
    assert np.abs(model.predict_proba(table).sum(axis=1) - 1.0).max() <= 1e-15


@pytest.mark.smoke
def test_probabilities_of_many_classes(table: Any) -> None:
    """The most probable class is predicted, and logarithms are those of the probabilities."""
    y = np.digitize(table[:, 0], [-1.0, -0.3, 0.3, 1.0])
    model = _fitted(TabularClassifier, table, y, n_members=2, calibrate=True)
    p = model.predict_proba(table)

    assert p.shape == (400, 5)
    assert np.abs(p.sum(axis=1) - 1.0).max() <= 1e-15
    assert (model.classes_[p.argmax(axis=1)] == model.predict(table)).all()
    np.testing.assert_allclose(np.exp(model.predict_log_proba(table)), p)
    assert model.score(table, y) > 0.8


@pytest.mark.parametrize(
    "container", [np.asarray, pd.DataFrame, pl.DataFrame], ids=["array", "pandas", "polars"]
)
def test_labels(container: Any, table: Any) -> None:
    """Each label is learned for itself, and may be there or not."""
    y = np.c_[table[:, 0] > 0.0, table[:, 1] > 0.5, table.sum(axis=1) > 0.0].astype(int)
    model = _fitted(TabularClassifier, table, container(y))
    p = model.predict_proba(table)

    assert p.shape == y.shape
    assert ((p > 0.5) == model.predict(table)).all()
    assert (model.predict(table) == y).mean() > 0.9


def test_classes_are_continuous_or_one_is_refused(table: Any) -> None:
    """A single class, and numbers that are no classes, say so."""
    with pytest.raises(DataError, match=r"only one class \('x'\).*at least two"):
        TabularClassifier(**QUICK).fit(table, ["x"] * 400)
    with pytest.raises(ValueError, match="continuous"):
        TabularClassifier(**QUICK).fit(table, table[:, 0])


# ---- numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("preset", ["default", "fast"])
@pytest.mark.parametrize("many", [False, True])
def test_every_loss_learns(loss: str, preset: str, many: bool, table: Any) -> None:
    """One output or several: far better than a constant."""
    y = np.exp(table[:, 0] / 2.0)
    y = np.c_[y, 3.0 - table[:, 0].clip(-3, 3), y**2] if many else y
    model = _fitted(TabularRegressor, table, y, loss=loss, preset=preset)
    found = model.predict(table)

    assert found.shape == y.shape
    assert (np.abs(found - y).mean(axis=0) < 0.35 * np.abs(y - np.median(y, axis=0)).mean(axis=0)).all()


@pytest.mark.slow
def test_losses_find_their_part_of_the_distribution() -> None:
    """Of targets that no column tells apart: the mean, the median, quantiles, the mean count."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 2, (2000, 1)) * 1.0, rng.exponential(1.0, 2000)
    options = {"hidden_layer_sizes": (16,), "dropout": 0.0, "max_iter": 30}

    def found(**more: Any) -> float:
        return float(_fitted(TabularRegressor, X, y, **options, **more).predict(X).mean())

    assert found() == pytest.approx(y.mean(), abs=0.08)
    assert found(loss="poisson") == pytest.approx(y.mean(), abs=0.08)
    assert found(loss="tweedie") == pytest.approx(y.mean(), abs=0.08)
    assert found(loss="absolute_error") == pytest.approx(np.median(y), abs=0.08)
    assert found(loss="quantile", quantiles=0.9) == pytest.approx(np.quantile(y, 0.9), abs=0.25)
    assert np.median(y) < found(loss="huber", huber_delta=0.5) < y.mean()


def test_quantiles_are_in_order_and_hold_their_shares() -> None:
    """Three levels, two targets: never crossing, even far outside; about as many targets below as they say."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1.0, 1.0, (1500, 1))
    y = np.c_[X[:, 0] + rng.normal(0.0, 0.2 + 0.3 * (X[:, 0] > 0)), -X[:, 0] + rng.normal(size=1500)]
    levels = (0.1, 0.5, 0.9)
    model = _fitted(TabularRegressor, X, y, loss="quantile", quantiles=levels, n_members=2)
    q = model.predict_quantiles(X)

    assert q.shape == (1500, 2, 3)
    assert (np.diff(model.predict_quantiles(np.linspace(-50, 50, 500)[:, None]), axis=2) >= 0.0).all()
    assert (model.predict(X) == q[:, :, 1]).all()
    np.testing.assert_allclose((y[:, :, None] < q).mean(axis=0), [levels, levels], atol=0.05)


def test_a_single_quantile(table: Any) -> None:
    """A level may be given as a number."""
    model = _fitted(TabularRegressor, table, table[:, 0], loss="quantile", quantiles=0.3)

    assert model.predict_quantiles(table).shape == (400, 1)
    assert (model.predict_quantiles(table)[:, 0] == model.predict(table)).all()


def test_the_levels_are_those_of_the_fit(table: Any) -> None:
    """Settings that change after fit change no prediction."""
    model = _fitted(TabularRegressor, table, table[:, 0], loss="quantile", max_iter=3)
    expected = model.predict_quantiles(table)

    assert (model.set_params(quantiles=0.5, loss="huber").predict_quantiles(table) == expected).all()
    plain = _fitted(TabularRegressor, table, table[:, 0], max_iter=2)
    with pytest.raises(ParameterError, match="loss='quantile'"):
        plain.set_params(loss="quantile").predict_quantiles(table)


@pytest.mark.parametrize("unit", [1e-250, 1e-12, 1e12, 1e250])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_unit_of_the_target_does_not_matter(unit: float, loss: str, table: Any) -> None:
    """Predictions of targets that are tiny or huge are as good, in their unit."""
    y, unit = np.exp(table[:, 0] / 2.0), 2.0 ** round(np.log2(unit))
    expected = _fitted(TabularRegressor, table, y, loss=loss, max_iter=5).predict(table)

    found = _fitted(TabularRegressor, table, y * unit, loss=loss, max_iter=5).predict(table) / unit
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("value", [0.0, 7.5])
def test_a_constant_target_is_predicted(loss: str, value: float, table: Any) -> None:
    """Its range is a single number, within which predictions are kept."""
    found = _fitted(TabularRegressor, table, np.full(400, value), loss=loss).predict(table)

    np.testing.assert_allclose(found, value)


@pytest.mark.parametrize(
    "make",
    [
        lambda y: y.round().astype(int),
        lambda y: y > 0,
        lambda y: pd.Series(y),
        lambda y: pd.Series(y.round(), dtype="Int64"),
        lambda y: pl.Series(y),
        lambda y: y.astype(object),
        lambda y: y.tolist(),
    ],
    ids=["integers", "truth values", "pandas", "pandas nullable", "polars", "objects", "list"],
)
def test_numbers_of_any_type(make: Any, table: Any) -> None:
    """Each is the same as the array of floats that it stands for."""
    y = make(table[:, 0])
    expected = _fitted(TabularRegressor, table, np.array(list(y), float), max_iter=3).predict(table)

    assert (_fitted(TabularRegressor, table, y, max_iter=3).predict(table) == expected).all()


def test_numbers_that_are_none(table: Any) -> None:
    """Text, dates, complex numbers and negative counts are refused."""
    for y, match in (
        (["a"] * 400, "must be numbers"),
        (np.full(400, "2020-01-01", "datetime64[D]"), "must be numbers"),
        (table[:, 0] + 1j, "Complex data not supported"),
    ):
        with pytest.raises(DataError, match=match):
            TabularRegressor(**QUICK).fit(table, y)
    for loss in ("poisson", "tweedie"):
        with pytest.raises(DataError, match=rf"loss='{loss}' takes y >= 0; row \d+ has -"):
            TabularRegressor(loss=loss, **QUICK).fit(table, table[:, 0])


# ---- the way there and back ---------------------------------------------------------------------------------


def test_decoding_undoes_encoding() -> None:
    """Numbers are on the scale of their mean and deviation, by hand, and are kept in their range."""
    y = np.array([[1.0], [3.0], [5.0], [7.0]])
    targets = Targets.of_numbers("squared_error", 1, levels=(), huber_delta=1.0).on(y, None)

    np.testing.assert_allclose(targets.encode(y, np.float64)[:, 0], (y[:, 0] - 4.0) / np.sqrt(5.0))
    np.testing.assert_allclose(targets.decode(targets.encode(y, np.float64)), y)
    np.testing.assert_allclose(targets.decode(np.array([[-9.0], [9.0]]))[:, 0], [1.0, 7.0])


def test_probabilities_are_divided_by_their_sum() -> None:
    """Probabilities sum to 1, although float32 rounds."""
    p = np.array([[0.1, 0.2, 0.7], [1.0, 1e-9, 1e-9]], np.float32)

    assert np.abs(Targets.of_classes(3).decode(p).sum(axis=1) - 1.0).max() <= 1e-15
