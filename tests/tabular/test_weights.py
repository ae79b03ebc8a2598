"""A weight is a repetition, a row of weight 0 is absent, class weights are weights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.metrics import log_loss
from sklearn.utils import compute_sample_weight

from pellucid.core.repetition import n_repeated
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from pellucid.tabular.members.recipe import get_recipe
from tabular.conftest import QUICK

Estimators = pytest.mark.parametrize("estimator", [TabularClassifier, TabularRegressor])
Presets = pytest.mark.parametrize("preset", ["default", "fast"])


@pytest.fixture
def weight(frame: Any) -> Any:
    """Return whole weights from 1 to 3."""
    return np.random.default_rng(2).integers(1, 4, len(frame))


def _said(model: Any, X: Any) -> Any:
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@Estimators
@Presets
@pytest.mark.parametrize("container", ["frame", "sparse"])
def test_weights_are_repetitions(
    estimator: Any, preset: str, container: str, frame: Any, classes: Any, numbers: Any, weight: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """With all rows in a batch, no dropout and rows of one's own to be judged by, to rounding.

    In float64, since Adam divides by the size of gradients: what float32 rounds it makes large.
    """
    monkeypatch.setattr("pellucid.tabular.members.given_rows.DTYPE", np.float64)
    X = frame if container == "frame" else sparse.csr_array(np.random.default_rng(3).normal(size=(80, 4)))
    y = classes if estimator is TabularClassifier else numbers
    repeated = np.repeat(np.arange(len(y)), weight)
    X_repeated = X.iloc[repeated] if container == "frame" else X[repeated]
    model = estimator(preset, dropout=0.0, batch_size=1000, **QUICK)
    own = {"validation_data": (X, y)}

    expected = _said(model.fit(X_repeated, y[repeated], **own), X)
    np.testing.assert_allclose(_said(model.fit(X, y, weight, **own), X), expected, rtol=1e-8, atol=1e-8)
    with pytest.raises(AssertionError):  # so that the weights are seen to matter
        np.testing.assert_allclose(_said(model.fit(X, y, **own), X), expected, rtol=1e-3, atol=1e-3)


@Presets
@pytest.mark.parametrize("task", ["classes", "numbers"])
@pytest.mark.parametrize("n_rows", [2, 150, 300, 999, 1300, 3000, 20_000, 100_000])
@pytest.mark.parametrize("weight", [1, 2, 3, 40])
def test_the_recipe_is_that_of_the_repeated_rows(preset: str, task: str, n_rows: int, weight: int) -> None:
    """Everything that it takes from the number of rows, with all of them in a batch."""
    full = {"batch_size": n_rows * weight}
    found = get_recipe(preset, task, n_rows, n_repeated=n_rows * weight, **full)
    assert found == get_recipe(preset, task, n_rows * weight, **full)


@pytest.mark.parametrize("n_rows", [300, 3000])
def test_in_batches_there_are_as_many_steps(n_rows: int) -> None:
    """To what rounding and the bounds of the epochs allow."""
    found = get_recipe("default", "numbers", n_rows, n_repeated=10 * n_rows)
    repeated = get_recipe("default", "numbers", 10 * n_rows)
    steps = [r.n_epochs * -(-n // r.batch_size) for r, n in ((found, n_rows), (repeated, 10 * n_rows))]
    assert steps[0] == pytest.approx(steps[1], rel=0.01) or found.n_epochs == 256
    assert replace(found, n_epochs=0) == replace(repeated, n_epochs=0)


@pytest.mark.parametrize(
    ("weight", "counted"),
    [(None, 200), (1.0, 200), (2.0, 400), (0.005, 200), (1e-9, 200), (1.5, 200), (1e5, 200), (1e300, 200)],
)
def test_only_whole_weights_count_rows(weight: float | None, counted: int) -> None:
    """Weights that sum to 1, or that stand for a population, do not change how many rows there are."""
    given = None if weight is None else np.full(200, weight)
    assert n_repeated(200, given) == counted


@Estimators
def test_equal_weights_that_are_not_counts_change_nothing(
    estimator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To rounding: the recipe, the remarks and the fit are those without weights."""
    monkeypatch.setattr("pellucid.tabular.members.given_rows.DTYPE", np.float64)
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=250), "b": [f"b{i % 40}" for i in range(250)]})
    y = (X["a"] > 0.0).astype(int) if estimator is TabularClassifier else X["a"]
    model = estimator("fast", **{**QUICK, "max_iter": 3})
    plain = model.fit(X, y)
    expected, notes = _said(plain, X), plain.notes_

    for weight in (1.0 / 250.0, 0.7, 1.5, 2000.0, 1e300, 5e-324):
        weighted = model.fit(X, y, np.full(250, weight))
        np.testing.assert_allclose(_said(weighted, X), expected, rtol=1e-6, atol=1e-6)
        assert weighted.notes_ == notes


@Estimators
@pytest.mark.parametrize("unit", [2.0, 4096.0, 2.0**60, 2.0**900, 2.0**-1000])
def test_the_unit_of_weights_that_are_not_counts_changes_no_bit(
    estimator: Any, unit: float, frame: Any, classes: Any, numbers: Any
) -> None:
    """Nor of intervals and sets: times 4096 they are whole, as those of a survey, and too large for counts."""
    y = classes if estimator is TabularClassifier else numbers
    weight = np.random.default_rng(2).integers(3, 9, len(y)) / 4.0
    model = estimator(**{**QUICK, "n_members": 2, "linear": True})

    def answers(model: Any) -> tuple[Any, Any]:
        is_classifier = estimator is TabularClassifier
        ends = model.predict_set(frame, 0.8) if is_classifier else model.predict_interval(frame, 0.8)
        return _said(model, frame), ends

    expected = answers(model.fit(frame, y, weight))
    for found, other in zip(answers(model.fit(frame, y, weight * unit)), expected, strict=True):
        assert (found == other).all()


def test_the_encoder_takes_weights_in_any_unit(frame: Any) -> None:
    """If they are not counts."""
    weight = np.random.default_rng(2).integers(3, 9, len(frame)) / 4.0
    expected = TableEncoder().fit(frame, sample_weight=weight).transform(frame)

    for unit in (2.0, 4096.0, 2.0**900, 2.0**-1000):
        assert (TableEncoder().fit(frame, sample_weight=weight * unit).transform(frame) == expected).all()


@pytest.mark.parametrize("weight", [1.5, 2000.0])
def test_rows_that_are_no_counts_promise_as_many_rows_do(weight: float, frame: Any, numbers: Any) -> None:
    """80 rows, of which 16 are held out, promise 16/17; were they 32,000, it would be nearly 1."""
    model = TabularRegressor(**QUICK).fit(frame, numbers, np.full(len(frame), weight))
    assert np.isfinite(model.predict_interval(frame, 0.94)).all()
    with pytest.warns(UserWarning, match=r"takes at least 19 held-out rows, and this model held out 16\."):
        assert np.isinf(model.predict_interval(frame, 0.95)).all()


@Estimators
@pytest.mark.parametrize("n_rows", [300, 1300])
def test_many_weighted_rows_are_repetitions(
    estimator: Any, n_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the sizes at which the recipe, or the start from the data, changes with the number of rows."""
    monkeypatch.setattr("pellucid.tabular.members.given_rows.DTYPE", np.float64)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 3))
    y = X[:, 0] - X[:, 1] ** 2
    y = (y > 0.0).astype(int) if estimator is TabularClassifier else y
    own = {"validation_data": (X[:100], y[:100])}
    model = estimator("fast", dropout=0.0, batch_size=10_000, **{**QUICK, "max_iter": 5})

    expected = _said(model.fit(np.repeat(X, 2, axis=0), np.repeat(y, 2), **own), X)
    np.testing.assert_allclose(
        _said(model.fit(X, y, np.full(n_rows, 2.0), **own), X), expected, rtol=1e-7, atol=1e-7
    )


@Estimators
@Presets
def test_a_row_of_weight_zero_changes_nothing(
    estimator: Any, preset: str, frame: Any, classes: Any, numbers: Any
) -> None:
    """Whatever stands in it: its values, its category, its class, its group; the bits are the same."""
    y = classes if estimator is TabularClassifier else numbers
    with_more = frame.copy()
    with_more.loc[5] = [np.inf, "moon", "nowhere", True, frame["sold"].max()]
    y_more = y.astype(object) if estimator is TabularClassifier else y.copy()
    y_more[5] = "unheard of" if estimator is TabularClassifier else 1e9
    weight, groups = np.ones(len(y)), np.arange(len(y)) % 20
    weight[5], groups[5] = 0.0, 99
    rest = np.delete(np.arange(len(y)), 5)
    model = estimator(preset, **(QUICK | {"n_members": 2}))

    absent = model.fit(frame.iloc[rest], y[rest], np.ones(len(rest)), groups=groups[rest])
    expected, members = _said(absent, frame), absent.members_
    present = model.fit(with_more, y_more, weight, groups=groups)

    assert (_said(present, frame) == expected).all()
    for one, other in zip(present.members_, members, strict=True):
        assert (one.network.parameters == other.network.parameters).all()


def test_a_class_of_weight_zero_is_no_class(frame: Any, classes: Any) -> None:
    """Rows of weight 0 bring no class; a class whose class weight is 0 stays, and is never learned."""
    weight = np.where(classes == "fair", 0.0, 1.0)
    model = TabularClassifier(**QUICK)

    assert model.fit(frame, classes, weight).classes_.tolist() == ["cheap", "dear"]
    assert model.set_params(class_weight={"fair": 0.0}, max_iter=60).fit(frame, classes).classes_.size == 3
    assert "fair" not in model.predict(frame)


def _even(n: int = 90) -> tuple[Any, Any]:
    """Return rows whose quartiles are the same however classes are weighted, and three classes of unequal size."""
    y = np.repeat([0, 1, 2], [n // 2, n // 3, n - n // 2 - n // 3])
    each = [np.resize([-1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, -1.0], (y == k).sum()) for k in range(3)]
    return np.c_[np.concatenate(each), np.concatenate([np.roll(column, 3) for column in each])], y


@Presets
def test_class_weights_multiply_sample_weights(preset: str) -> None:
    """A class weight trains as that sample weight does; "balanced" is the weights of its definition."""
    X, y = _even()
    own, factors = {"validation_data": (X, y)}, {0: 1.0, 1: 3.0, 2: 0.5}
    each = np.random.default_rng(0).permutation(y) + 1.0
    model = TabularClassifier(preset, dropout=0.0, **QUICK)

    product = model.fit(X, y, each * np.array([1.0, 3.0, 0.5])[y], **own).members_[0].history
    model.set_params(class_weight=factors)
    both = model.fit(X, y, each, **own).members_[0].history
    np.testing.assert_allclose([row["loss"] for row in both], [row["loss"] for row in product], rtol=1e-5)

    as_balanced = model.set_params(class_weight="balanced").fit(X, y, **own).predict_proba(X)
    balanced = dict(zip(y, compute_sample_weight("balanced", y), strict=True))
    assert (model.set_params(class_weight=balanced).fit(X, y, **own).predict_proba(X) == as_balanced).all()


def test_the_best_epoch_is_chosen_as_classes_weigh(frame: Any, classes: Any) -> None:
    """Without ``scoring`` it is the log loss by class weights, with it the user's score."""
    rare = {"cheap": 1.0, "fair": 1.0, "dear": 50.0}
    model = TabularClassifier(class_weight=rare, validation="time", **QUICK).fit(frame, classes)
    out = slice(64, None)  # the last fifth of 80
    weights = np.vectorize(rare.get)(classes[out])
    best = max(row["validation_score"] for row in model.history_)

    assert -best == pytest.approx(
        log_loss(classes[out], model.predict_proba(frame[out]), sample_weight=weights)
    )
    model.set_params(scoring="accuracy").fit(frame, classes)
    assert max(row["validation_score"] for row in model.history_) == model.score(frame[out], classes[out])
