"""Monotone predictions hold in every bit; predictions and intervals keep to the range of the targets."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid import load, save
from pellucid.core import Network, Objective, get_loss
from pellucid.engines import Problem, StepSums, get_engine
from pellucid.engines.constrained import ConstrainedEngine
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import OPTIMIZERS
from pellucid.tabular import TabularClassifier, TabularRegressor
from tabular.conftest import QUICK

CST = {"up": 1, "down": -1}
PAIRS = 10_000


def _table(n: int, seed: int = 0) -> tuple[Any, Any]:
    """Return rows with missing values, of every kind of column, and a function that rises and falls in two."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "up": rng.normal(size=n),
            "free": rng.normal(size=n),
            "down": rng.lognormal(size=n),
            "near": rng.choice(["u", "v", "w"], n),
            "street": rng.choice([f"s{i}" for i in range(15)], n),
        }
    )
    X.loc[rng.random(n) < 0.1, "free"] = np.nan
    f = (
        np.tanh(X["up"]) * (1.0 + (X["near"] == "u"))
        - np.sqrt(X["down"])
        + np.sin(2.0 * X["free"].fillna(0.0))
    )
    return X, f.to_numpy() + 0.3 * rng.normal(size=n)


def _pairs(column: str, seed: int) -> tuple[Any, Any]:
    """Return rows, and the same with a larger number in a column: by one bit, by very little, by much."""
    rng = np.random.default_rng(seed)
    low = _table(400, seed)[0].iloc[rng.integers(0, 400, PAIRS)].reset_index(drop=True)
    high, more = low.copy(), np.exp(rng.uniform(-40.0, 3.0, PAIRS))
    more[:1000] = 0.0
    high[column] = np.nextafter(low[column].to_numpy() + more, np.inf)
    assert (high[column] > low[column]).all()
    return low, high


OPTIONS: dict[str, dict[str, Any]] = {
    "one": {},
    "three members": {"n_members": 3},
    "quantiles": {"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)},
    "absolute error, one block": {"loss": "absolute_error", "hidden_layer_sizes": (7,)},
    "reference": {"engine": "reference", "activation": "relu"},
    "in float32 by three blocks": {"hidden_layer_sizes": (16, 8, 8)},
    "no linear model": {"linear": False, "n_members": 2},
    "counts": {"loss": "poisson", "n_members": 2},
    "counts, networks alone": {"loss": "poisson", "linear": False},
    "amounts": {"loss": "tweedie"},
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.few("one", "quantiles", "in float32 by three blocks", "amounts")
def test_no_pair_of_rows_is_in_the_wrong_order(name: str) -> None:
    """Of 10,000 pairs none, not by a bit, in one call or two, in any order of the rows; and some differ."""
    X, y = _table(400)
    model = TabularRegressor(
        **{**QUICK, "max_iter": 10, "hidden_layer_sizes": (16, 12), **OPTIONS[name]}, monotonic_cst=CST
    )
    model.fit(X, np.exp(y) if "loss" in OPTIONS[name] else y)
    shuffled = np.random.default_rng(1).permutation(PAIRS)
    for column, sign in CST.items():
        low, high = _pairs(column, seed=2)
        before, after = model.predict(low), model.predict(high)
        mixed = model.predict(pd.concat([high.iloc[shuffled], low]))[:PAIRS][np.argsort(shuffled)]

        assert (sign * after >= sign * before).all()
        assert (sign * mixed >= sign * before).all()
        assert (after != before).mean() > 0.1
        if name == "quantiles":
            each = sign * (model.predict_quantiles(high) - model.predict_quantiles(low))
            assert (each >= 0.0).all()


CLASSIFIERS: dict[str, dict[str, Any]] = {
    "one": {"linear": False},
    "with a linear model": {"linear": True},
    "members, at a temperature": {"n_members": 3, "calibrate": True},
    "by columns, weighted": {"n_members": 2, "class_weight": "balanced", "label_smoothing": 0.1},
    "reference": {"engine": "reference", "activation": "relu", "calibrate": True, "linear": False},
}


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.few("one", "with a linear model")
def test_no_probability_is_in_the_wrong_order(name: str) -> None:
    """That of the second class moves as it should in all of 10,000 pairs, that of the first against it."""
    X, y = _table(400)
    model = TabularClassifier(
        **{**QUICK, "max_iter": 10, "hidden_layer_sizes": (16, 12), **CLASSIFIERS[name]}, monotonic_cst=CST
    ).fit(X, np.where(y > 0.0, "yes", "no"))
    shuffled = np.random.default_rng(1).permutation(PAIRS)
    for column, sign in CST.items():
        low, high = _pairs(column, seed=2)
        before, after = model.predict_proba(low), model.predict_proba(high)
        mixed = model.predict_proba(pd.concat([high.iloc[shuffled], low]))[:PAIRS][np.argsort(shuffled)]

        for each in (after, mixed):
            assert (sign * each[:, 1] >= sign * before[:, 1]).all()
            assert (sign * each[:, 0] <= sign * before[:, 0]).all()
        assert (after != before).mean() > 0.1
        assert np.abs(after.sum(axis=1) - 1.0).max() < 1e-15
        rank = {"no": 0, "yes": 1}
        places = [np.array([rank[c] for c in model.predict(X)]) for X in (low, high)]
        assert (sign * places[1] >= sign * places[0]).all()
    assert (model.temperature_ != 1.0) == bool(CLASSIFIERS[name].get("calibrate"))


def test_the_probability_of_each_label_rises() -> None:
    """With a linear model, at a temperature."""
    X, y = _table(400)
    labels = np.column_stack([y > 0.0, y > 1.0, y + X["free"].fillna(0.0) > 0.0]).astype(int)
    options = {**QUICK, "max_iter": 10, "n_members": 2, "linear": True, "calibrate": True}
    model = TabularClassifier(**options, monotonic_cst=CST).fit(X, labels)
    for column, sign in CST.items():
        low, high = _pairs(column, seed=2)
        before, after = model.predict_proba(low), model.predict_proba(high)

        assert (sign * after >= sign * before).all()
        assert (after != before).mean() > 0.1


@pytest.mark.slow
def test_a_monotone_classifier_is_nearly_as_good_where_classes_are_monotone() -> None:
    """Its log loss is at most a fifth above that of a free one of the same size."""
    X, y = _table(800)
    new, target = _table(4000, seed=5)
    options = {"preset": "fast", "max_iter": 60, "hidden_layer_sizes": (64, 64), "random_state": 0}
    losses = []
    for cst in (None, CST):
        model = TabularClassifier(**options, monotonic_cst=cst).fit(X, y > 0.0)
        p = model.predict_proba(new)[:, 1]
        losses.append(-np.log(np.where(target > 0.0, p, 1.0 - p)).mean())

    assert losses[1] < 1.2 * losses[0]


def test_the_linear_model_has_the_signs() -> None:
    """Fitted to a target of the other sign, its weights of constrained columns are 0."""
    X, y = _table(300)
    model = TabularRegressor(**{**QUICK, "linear": True}, monotonic_cst=CST).fit(X, -y)
    assert model.linear_ is not None
    network = model.linear_.member.network
    names = model.encoder_.names_
    weights = dict(zip(names, network.weights[0][: len(names), 0], strict=False))

    assert (weights["up"], weights["down"]) == (0.0, 0.0)
    assert weights["free"] != 0.0


def test_more_than_two_classes_are_refused() -> None:
    """With what to do instead."""
    X, y = _table(60)
    with pytest.raises(ParameterError, match="'monotonic_cst' must be None for 3 classes: as the"):
        TabularClassifier(**QUICK, monotonic_cst=CST).fit(X, np.digitize(y, [-1.0, 1.0]))
    TabularClassifier(**QUICK, monotonic_cst=[0] * 5).fit(X, np.digitize(y, [-1.0, 1.0]))


@pytest.mark.slow
def test_what_rises_is_learned_about_as_well_as_without_constraints() -> None:
    """On a function that is monotone the error is at most a tenth larger than that of the same units."""
    X, y = _table(800)
    new, true = _table(2000, seed=5)
    options = {
        "preset": "fast",
        "max_iter": 60,
        "hidden_layer_sizes": (64, 64),
        "linear": False,
        "random_state": 0,
    }
    errors = []
    for cst in (None, CST):
        model = TabularRegressor(**options, activation="leaky_relu", monotonic_cst=cst).fit(X, y)
        errors.append(np.sqrt(np.mean((model.predict(new) - true) ** 2)))

    assert errors[1] < 1.1 * errors[0]


def test_the_wrong_sign_leaves_a_column_without_effect() -> None:
    """Predictions that must not rise are nearly flat for a target that does."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    model = TabularRegressor(**{**QUICK, "max_iter": 20}, monotonic_cst=[-1, 0]).fit(
        X, X[:, 0] + np.sin(X[:, 1])
    )
    swept = np.c_[np.linspace(-2.0, 2.0, 100), np.zeros(100)]

    assert (np.diff(model.predict(swept)) <= 0.0).all()
    assert np.ptp(model.predict(swept)) < 0.4


def test_a_saved_model_is_as_monotone(tmp_path: Any) -> None:
    """Its predictions are the same, bit for bit."""
    X, y = _table(200)
    model = TabularRegressor(**QUICK, monotonic_cst=CST).fit(X, y)
    save(model, tmp_path / "model.safetensors")
    sure = TabularClassifier(**QUICK, calibrate=True, monotonic_cst=CST).fit(X, y > 0.0)
    save(sure, tmp_path / "classes.safetensors")

    assert (load(tmp_path / "model.safetensors").predict(X) == model.predict(X)).all()
    assert (load(tmp_path / "classes.safetensors").predict_proba(X) == sure.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monotonic_cst": {"nowhere": 1}}, "'monotonic_cst' names the column 'nowhere'"),
        ({"monotonic_cst": {"near": 1}}, "must name columns of numbers; 'near' is categorical"),
        ({"monotonic_cst": {"up": 2}}, "must be -1, 0 or 1 for 'up'; got 2"),
        ({"monotonic_cst": {("up", 1): 1}}, r"names the column \('up', 1\), and X has"),
        ({"monotonic_cst": {True: 1}}, "must name columns, or give their positions; got True"),
        ({"monotonic_cst": [1, 0]}, "one of -1, 0 and 1 for each of the 5 columns"),
        ({"monotonic_cst": CST, "activation": "tanh"}, "'activation' must be None or one of"),
        ({"monotonic_cst": CST, "ensemble": "shared"}, "'ensemble' must be 'independent'"),
    ],
)
def test_what_cannot_be_monotone_is_refused(options: Any, message: str) -> None:
    """By the name of the parameter."""
    X, y = _table(60)
    with pytest.raises(ParameterError, match=message):
        TabularRegressor(**{**QUICK, **options}).fit(X, np.abs(y))


@pytest.mark.parametrize("options", [{"monotonic_cst": {0: 1}}, {"coverage_by": 0}], ids=str)
def test_a_number_that_is_a_position_and_another_label_is_refused(options: Any) -> None:
    """Columns that are labelled with numbers in another order than theirs."""
    X = pd.DataFrame({5: np.arange(40.0), 0: np.repeat(["a", "b"], 20)})
    parameter = next(iter(options))
    message = f"'{parameter}' is ambiguous: 0 is the position of '5', and the label of another column"
    with pytest.raises(ParameterError, match=f"{message}. Give a name: '5' or '0'"):
        TabularRegressor(**{**QUICK, **options}).fit(X, X[5])


@pytest.mark.parametrize("name", ["compiled", "reference"])
def test_a_step_ends_on_the_bound(name: str) -> None:
    """Plain gradient descent by hand: w = 1, gradient 3, rate 0.5, so w - 1.5 is put back to 0; b moves freely."""
    net = Network([1, 1], weights=[[[1.0]]], biases=[[0.0]])
    X, Y = np.array([[1.0]]), np.array([[-2.0]])
    objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    problem = Problem(objective, X, Y, None, 1, OPTIMIZERS["sgd"])
    low = np.array([-np.inf, 0.0])
    session = ConstrainedEngine(get_engine(name), low, np.full(2, np.inf)).open(problem)
    sums = StepSums()
    session.run_steps(
        0, 1, order=None, learning_rates=np.array([0.5]), memory=OPTIMIZERS["sgd"].start(2, net.dtype),
        updates_done=0, rng=np.random.default_rng(0), sums=sums,
    )  # fmt: skip

    assert net.parameters.tolist() == [-1.5, 0.0]
    assert sums.n_updates == 1


def test_free_bounds_change_no_bit() -> None:
    """A training within infinite bounds is the training."""
    trained = []
    for constrained in (False, True):
        rng = np.random.default_rng(0)
        net = Network([3, 5, 1], random_state=0)
        objective = Objective(net, get_loss("squared_error").on(net.output_activation))
        problem = Problem(
            objective, rng.normal(size=(40, 3)), rng.normal(size=(40, 1)), None, 8, OPTIMIZERS["adam"]
        )
        engine: Any = get_engine("reference")
        if constrained:
            free = np.full(net.n_parameters, np.inf)
            engine = ConstrainedEngine(engine, -free, free)
        memory = OPTIMIZERS["adam"].start(net.n_parameters, net.dtype)
        engine.open(problem).run_steps(
            0, 5, order=None, learning_rates=np.full(5, 0.1), memory=memory, updates_done=0, rng=rng,
            sums=StepSums(),
        )  # fmt: skip
        trained.append(net.parameters.copy())

    assert (trained[0] == trained[1]).all()


# ---- the range of targets -----------------------------------------------------------------------------------


def test_predictions_and_intervals_keep_to_the_range(tmp_path: Any) -> None:
    """A straight line beside the networks, too, is cut off at 0."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = np.maximum(0.0, X[:, 0] + 0.1 * rng.normal(size=200))
    free, kept = (
        TabularRegressor(**{**QUICK, "n_members": 5}, output_range=r).fit(X, y) for r in (None, (0, None))
    )
    far = np.c_[np.linspace(-9.0, 3.0, 50), np.zeros(50)]
    ends, plain = kept.predict_interval(far), free.predict_interval(far)

    assert plain.min() < 0.0
    assert ends.min() == 0.0 <= kept.predict(far).min()
    assert (ends[:, 1] >= ends[:, 0]).all()
    save(kept, tmp_path / "model.safetensors")
    assert (load(tmp_path / "model.safetensors").predict_interval(far) == ends).all()


@pytest.mark.parametrize("given", [(1, 0), (0, 0), 5, (0, 1, 2), ("a", None), (float("nan"), 1)])
def test_a_range_is_low_and_high(given: Any) -> None:
    """Others are refused."""
    with pytest.raises(ParameterError, match=r"'output_range' must be \(low, high\) with low < high"):
        TabularRegressor(**QUICK, output_range=given).fit(np.eye(20), np.arange(20.0))


def test_targets_outside_of_the_range_are_refused() -> None:
    """With the first row that is."""
    with pytest.raises(DataError, match=r"'y' must lie in 'output_range', \(0, 10\); row 11 has 11"):
        TabularRegressor(**QUICK, output_range=(0, 10)).fit(np.eye(20), np.arange(20.0))
