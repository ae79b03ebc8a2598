"""The linear path: a linear model that gets the share which held-out rows give it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, TweedieRegressor
from sklearn.metrics import log_loss, root_mean_squared_error

import pellucid
from pellucid.core import Network
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from pellucid.tabular.linear.linear_choice import LinearChoice, Trial
from pellucid.tabular.linear.linear_model import Candidate, fit_linear
from pellucid.tabular.linear.linear_path import find_linear_path
from pellucid.tabular.members.member import EncodedRows
from pellucid.tabular.members.targets import Targets


def table(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "a": rng.normal(size=n),
        "b": rng.standard_t(2.0, size=n),
        "kind": rng.choice(["x", "y", "z"], size=n),
        "place": rng.choice([f"p{k}" for k in range(12)], size=n),  # looked up
    })  # fmt: skip


def truth(X: pd.DataFrame) -> np.ndarray:
    return (X["a"] + 0.5 * X["b"] + 2.0 * (X["kind"] == "x") - (X["place"] == "p3")).to_numpy()


def numbers(loss: str = "squared_error") -> Targets:
    return Targets.of_numbers(loss, 1, levels=(), huber_delta=1.0)


def encoded(
    X: pd.DataFrame, y: np.ndarray, weight: np.ndarray | None = None
) -> tuple[TableEncoder, EncodedRows]:
    encoder = TableEncoder().fit(X)
    return encoder, EncodedRows(encoder.encode(X), y, weight)


def one_hot(encoder: TableEncoder, X: pd.DataFrame, *, straight: bool) -> np.ndarray:
    """Return the design that the docstring describes, with pandas."""
    table = encoder.encode(X)
    n = encoder.n_numeric_ + encoder.n_plain_
    plain = table[:, :n].copy()
    if straight:
        c = plain[:, : encoder.n_numeric_]
        plain[:, : encoder.n_numeric_] = np.clip(c / np.sqrt(1.0 - (c / 3.0) ** 2), -300.0, 300.0)
    codes = [pd.get_dummies(pd.Categorical(column, range(size))).to_numpy(float)
             for column, size in zip(table[:, n:].T, encoder.cardinalities_, strict=True)]  # fmt: skip
    return np.column_stack([plain, *codes])


# ---- the linear model is that of scikit-learn --------------------------------------------------------------


@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize("penalty", [0.1, 10.0])
def test_ridge(straight: bool, penalty: float) -> None:
    X = table(120)
    y, weight = truth(X)[:, None], np.random.default_rng(1).uniform(0.5, 2.0, 120)
    weight = weight / weight.mean()
    encoder, rows = encoded(X, y, weight)

    member = fit_linear(encoder, numbers(), rows, Candidate(is_straight=straight, penalty=penalty))
    found = member.outputs(rows.X)[:, 0]

    mean = np.average(y[:, 0], weights=weight)
    scale = np.sqrt(np.average((y[:, 0] - mean) ** 2, weights=weight))
    D = one_hot(encoder, X, straight=straight)
    expected = Ridge(alpha=penalty).fit(D, (y[:, 0] - mean) / scale, weight).predict(D) * scale + mean
    expected = expected if straight else np.clip(expected, y.min(), y.max())
    assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_logistic_regression_with_a_class_that_no_row_shows() -> None:
    X = table(150)
    labels = np.digitize(truth(X), [0.0, 1.5])
    encoder, rows = encoded(X, np.eye(4)[labels])

    p = fit_linear(encoder, Targets.of_classes(4), rows, Candidate()).outputs(rows.X)

    expected = LogisticRegression(C=1.0, max_iter=2000, tol=1e-8).fit(
        one_hot(encoder, X, straight=False), labels
    )
    assert_allclose(p[:, :3], expected.predict_proba(one_hot(encoder, X, straight=False)), atol=2e-3)
    assert p[:, 3].max() < 1e-9


def test_counts_and_labels() -> None:
    X = table(200)
    rng = np.random.default_rng(3)
    counts = rng.poisson(np.exp(0.3 * truth(X).clip(-3, 3))).astype(float)
    encoder, rows = encoded(X, counts[:, None])
    D = one_hot(encoder, X, straight=False)

    member = fit_linear(encoder, numbers("poisson"), rows, Candidate())
    unit = counts.mean()
    expected = (
        PoissonRegressor(alpha=1.0 / 200, max_iter=2000, tol=1e-9).fit(D, counts / unit).predict(D) * unit
    )
    assert_allclose(member.outputs(rows.X)[:, 0], np.clip(expected, counts.min(), counts.max()), rtol=2e-2)

    amounts = counts * rng.gamma(2.0, size=200)
    member = fit_linear(encoder, numbers("tweedie"), EncodedRows(rows.X, amounts[:, None]), Candidate())
    unit, model = amounts.mean(), TweedieRegressor(power=1.5, alpha=1.0 / 200, max_iter=2000, tol=1e-9)
    expected = model.fit(D, amounts / unit).predict(D) * unit
    assert_allclose(member.outputs(rows.X)[:, 0], np.clip(expected, amounts.min(), amounts.max()), rtol=2e-2)

    labels = np.column_stack([truth(X) > 0.0, np.ones(200, bool)]).astype(float)
    member = fit_linear(encoder, Targets.of_labels(2), EncodedRows(rows.X, labels), Candidate())
    expected = LogisticRegression(max_iter=2000).fit(D, labels[:, 0]).predict_proba(D)[:, 1]
    assert_allclose(member.outputs(rows.X)[:, 0], expected, atol=5e-3)
    assert (member.outputs(rows.X)[:, 1] > 0.999).all()


# ---- its share -------------------------------------------------------------------------------------------


def trials_of(rows: EncodedRows, told: np.ndarray) -> list[Trial]:
    even, odd = np.arange(0, len(rows.y), 2), np.arange(1, len(rows.y), 2)
    return [
        Trial(rows.take(even), rows.take(odd), told[odd]),
        Trial(rows.take(odd), rows.take(even), told[even]),
    ]


@pytest.mark.parametrize(("noise_of_networks", "least", "most"), [(10.0, 0.9, 1.0), (0.0, 0.0, 0.0)])
def test_the_better_one_gets_the_share(noise_of_networks: float, least: float, most: float) -> None:
    rng, X = np.random.default_rng(11), table(400)
    y = (truth(X) + np.sin(5.0 * X["a"].to_numpy()) + 0.01 * rng.normal(size=400))[:, None]
    encoder, rows = encoded(X, y)
    targets = numbers()

    path, linear = find_linear_path(
        encoder,
        targets,
        rows,
        trials_of(rows, y + noise_of_networks * rng.normal(size=y.shape)),
        wants_unseen=True,
    )

    assert least <= (path.share if path else 0.0) <= most
    assert [len(each) for each in linear] == [200, 200]


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_the_share_is_the_posterior_mean(kind: str) -> None:
    """With a third of the probability at 0, a third at 1 and a third evenly between them.

    So it is where the linear model alone finds a row all but impossible, since no other row is of its class.
    """
    rng, X = np.random.default_rng(3), table(60)
    if kind == "numbers":
        targets, y = numbers(), (truth(X) + 0.5 * rng.normal(size=60))[:, None]
        told = y + 0.8 * rng.normal(size=y.shape)
    else:
        labels = (truth(X) + 0.5 * rng.normal(size=60) > 0.0).astype(int)
        labels[7] = 2
        targets, y = Targets.of_classes(3), np.eye(3)[labels]
        told = 2.0 * y[:, [1, 0, 2]] + np.where(rng.random(60) < 0.7, 5.0, 0.0)[:, None] * y + 1.0
        told /= told.sum(axis=1, keepdims=True)
    encoder, rows = encoded(X, y)
    trials = trials_of(rows, told)

    path, _ = find_linear_path(encoder, targets, rows, trials, wants_unseen=False)

    chosen = path.member
    penalties = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
    same = [
        candidate
        for candidate in (Candidate(is_straight=chosen.targets.low is None, penalty=p) for p in penalties)
        if np.array_equal(
            fit_linear(encoder, targets, rows, candidate).network.parameters, chosen.network.parameters
        )
    ]
    assert len(same) == 1
    linear = [
        fit_linear(encoder, targets.on(y, None), trial.rows, same[0]).outputs(trial.judged.X)
        for trial in trials
    ]

    def likelihood(share: float) -> float:
        mixture = np.concatenate(
            [(1.0 - share) * trial.told + share * each for trial, each in zip(trials, linear, strict=True)]
        )
        judged = np.concatenate([trial.judged.y for trial in trials])
        if kind == "classes":
            return float(np.exp(np.log((mixture * judged).sum(axis=1)).sum() + 30.0))
        return float(np.mean((mixture - judged) ** 2) ** (-0.5 * len(y)))

    total = likelihood(0.0) + quad(likelihood, 0.0, 1.0)[0] + likelihood(1.0)
    mean = (quad(lambda share: share * likelihood(share), 0.0, 1.0)[0] + likelihood(1.0)) / total
    assert 0.1 < path.share < 0.97
    assert_allclose(path.share, mean, rtol=1e-3)


def test_rows_that_judge_several_networks_are_as_many_rows() -> None:
    """Else five networks with the same held-out rows would be as sure of a share as five times the rows."""
    rng, X = np.random.default_rng(3), table(60)
    y = (truth(X) + 0.5 * rng.normal(size=60))[:, None]
    encoder, rows = encoded(X, y)
    trial = replace(trials_of(rows, y + 0.8 * rng.normal(size=y.shape))[0], fold=0)

    once, again, apart = (
        find_linear_path(encoder, numbers(), rows, trials, wants_unseen=False)[0].share
        for trials in ([trial], [trial] * 5, [replace(trial, fold=None)] * 5)
    )

    assert_allclose(again, once, rtol=1e-9)
    assert abs(apart - once) > 1e-3


def test_networks_with_the_same_held_out_rows_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[list[int | None]] = []

    def noting(encoder, targets, rows, trials, **options):
        found.append([trial.fold for trial in trials])
        return None, [trial.told for trial in trials]

    monkeypatch.setattr("pellucid.tabular.table_fit.find_linear_path", noting)
    X = table(40)[["a"]]
    y = X["a"].to_numpy()
    options = {
        "hidden_layer_sizes": (2,),
        "max_iter": 1,
        "n_members": 3,
        "random_state": 0,
        "engine": "reference",
    }
    model = TabularRegressor(**options).fit(X, y)
    model.fit(X, y, groups=np.arange(40) % 2)
    model.fit(X, y, validation_data=(X[:10], y[:10]))
    model.set_params(validation="time").fit(X, y)
    assert found == [[0, 1, 2], [0, 1, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("bend", [0.0, 1.0])
def test_lines_are_straight_unless_the_rows_speak_for_the_clip(bend: float) -> None:
    rng, X = np.random.default_rng(6), table(200)
    encoder, _ = encoded(X, truth(X)[:, None])
    clipped = encoder.encode(X)[:, 1]  # of column b
    slope = clipped / np.sqrt(1.0 - (clipped / 3.0) ** 2) if bend == 0.0 else clipped
    y = (2.0 * slope + 0.2 * rng.normal(size=200))[:, None]
    rows = EncodedRows(encoder.encode(X), y, None)

    path, _ = find_linear_path(
        encoder, numbers(), rows, trials_of(rows, 3.0 * rng.normal(size=y.shape)), wants_unseen=False
    )

    assert (path.member.targets.low is None) == (bend == 0.0)


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_a_target_has_no_part_in_its_own_prediction(kind: str) -> None:
    """Another target of one held-out row changes predictions of others of its network, never its own."""
    rng, X = np.random.default_rng(11), table(100)
    z = truth(X) + rng.normal(size=100)
    y = z[:, None] if kind == "numbers" else np.eye(2)[(z > 0.5).astype(int)]
    targets = numbers() if kind == "numbers" else Targets.of_classes(2)
    encoder, rows = encoded(X, y)
    told = y + rng.normal(size=y.shape) if kind == "numbers" else np.abs(y - rng.uniform(0.1, 0.4, (100, 1)))

    def judged(changed: EncodedRows) -> list[np.ndarray]:
        return find_linear_path(encoder, targets, changed, trials_of(changed, told), wants_unseen=True)[1]

    before, moved = judged(rows)[0], 0
    for place in (1, 21, 45):  # held out by the first network
        other = y.copy()
        other[place] = y[place] + 3.0 if kind == "numbers" else 1.0 - y[place]
        after = judged(EncodedRows(rows.X, other))[0]
        own = place // 2
        np.testing.assert_allclose(after[own], before[own], rtol=1e-9)
        moved += np.count_nonzero(~np.isclose(after, before, rtol=1e-6).all(axis=1))
    assert moved > 0


def test_a_prediction_far_off_changes_no_share_without_its_row() -> None:
    """Losses of all parts are interpolated together, and those with the row bend a billion times as much."""
    rng, X = np.random.default_rng(11), table(100)
    y = (truth(X) + rng.normal(size=100))[:, None]
    encoder, rows = encoded(X, y)
    told = y + rng.normal(size=y.shape)

    def shares() -> list[float]:
        choice = LinearChoice(encoder, numbers().on(y, None), trials_of(rows, told), None)
        return choice.shares(Candidate(), (0,))

    before = shares()
    told[1] = 1e8  # of the first part
    after = shares()
    assert after[0] == pytest.approx(before[0], rel=1e-9)
    assert 0.1 < before[0] < 0.9
    assert all(share > 0.99 for share in after[1:])


# ---- in an estimator ---------------------------------------------------------------------------------------


def fitted(kind=TabularRegressor, n: int = 150, **options):
    X = table(n)
    y = truth(X) if kind is TabularRegressor else np.where(truth(X) > 0.5, "yes", "no")
    return kind("fast", max_iter=20, random_state=0, **options).fit(X, y), table(500, seed=9)


@pytest.mark.slow
def test_it_is_not_behind_a_linear_model_where_the_truth_is_linear() -> None:
    rng = np.random.default_rng(5)
    X, X_new = table(300), table(2000, seed=1)
    model = TabularRegressor("fast", random_state=0).fit(X, truth(X) + 0.5 * rng.normal(size=300))
    y_new = truth(X_new) + 0.5 * rng.normal(size=2000)

    assert root_mean_squared_error(y_new, model.predict(X_new)) < 0.55

    classes = (truth(X) + rng.logistic(size=300) > 0.5).astype(int)
    new = (truth(X_new) + rng.logistic(size=2000) > 0.5).astype(int)
    p = TabularClassifier("fast", random_state=0).fit(X, classes).predict_proba(X_new)
    encoder = TableEncoder().fit(X)
    linear = LogisticRegression(max_iter=1000).fit(one_hot(encoder, X, straight=False), classes)
    assert (
        log_loss(new, p) < log_loss(new, linear.predict_proba(one_hot(encoder, X_new, straight=False))) + 0.02
    )


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_predictions_are_the_mixture(kind) -> None:
    model, X = fitted(kind)
    rows, path = model.encode(X), model.linear_
    method = "predict_proba" if kind is TabularClassifier else "predict"

    expected = (1.0 - path.share) * model.members_[0].outputs(rows) + path.share * path.outputs(rows)
    found = getattr(model, method)(X)
    assert_allclose(found if kind is TabularClassifier else found[:, None], expected, rtol=1e-12)
    assert isinstance(path.member.network, Network)


def test_false_is_without_and_changes_no_network() -> None:
    with_path, X = fitted()
    without, _ = fitted(linear=False)

    assert without.linear_ is None
    np.testing.assert_array_equal(with_path.network_.parameters, without.network_.parameters)
    assert np.abs(with_path.predict(X) - without.predict(X)).max() > 0.01


@pytest.mark.parametrize("options", [{"preset": "realmlp-td-s"}, {"loss": "quantile"}, {"loss": "huber"}])
def test_where_there_is_none(options) -> None:
    X = table(60)
    model = TabularRegressor(**{"preset": "fast", "max_iter": 2, "random_state": 0, **options}).fit(
        X, truth(X)
    )

    assert model.linear_ is None


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_it_is_saved_and_exported(kind, tmp_path) -> None:
    model, X = fitted(kind)
    pellucid.save(model, tmp_path / "model.safetensors")
    again = pellucid.load(tmp_path / "model.safetensors")

    assert again.linear_.share == model.linear_.share
    method = "predict_proba" if kind is TabularClassifier else "predict"
    np.testing.assert_array_equal(getattr(again, method)(X), getattr(model, method)(X))
    report = pellucid.export(model, tmp_path / "model.py", data=X)
    assert report.passed, report


def test_intervals_are_of_the_mixture() -> None:
    rng, X, X_new = np.random.default_rng(11), table(400), table(3000, seed=2)
    model = TabularRegressor(max_iter=20, random_state=0).fit(X, truth(X) + rng.normal(size=400))
    low, high = np.moveaxis(np.asarray(model.predict_interval(X_new, coverage=0.9)), -1, 0)
    y = truth(X_new) + rng.normal(size=3000)

    assert model.linear_.share > 0.3
    assert 0.86 < np.mean((low <= y) & (y <= high)) < 0.95


@pytest.mark.slow
def test_threads_change_no_bit() -> None:
    models = [fitted(n=300, n_threads=n)[0] for n in (1, 2)]

    assert models[0].linear_.share == models[1].linear_.share
    np.testing.assert_array_equal(*(m.linear_.member.network.parameters for m in models))


def test_own_validation_rows_and_a_scorer_decide_too() -> None:
    X, X_val = table(150), table(80, seed=4)
    for options in ({}, {"scoring": "r2"}):
        model = TabularRegressor("fast", max_iter=20, random_state=0, **options)
        model.fit(X, truth(X), validation_data=(X_val, truth(X_val)))
        assert model.linear_.share > 0.5
