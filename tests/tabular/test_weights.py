"""A weight is a repetition, a row of weight 0 is absent, class weights are weights."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import log_loss
from sklearn.utils import compute_sample_weight

from pellucid.tabular import TabularClassifier, TabularRegressor
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
    monkeypatch.setattr("pellucid.tabular._base.DTYPE", np.float64)
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
