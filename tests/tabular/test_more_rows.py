"""A warm start goes on with the networks of a finished fit: on new rows, or with other options of training."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from pellucid import Checkpoint, load, save
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor
from tabular.conftest import QUICK


def _table(n: int, seed: int, *, moved: bool = False, towns: str = "uvw") -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows and numbers; after a move the relation is another in one of the towns, and all is dearer."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "town": rng.choice(list(towns), n)})
    y = np.sin(2.0 * X["a"]) + X["b"] * (X["town"] == "u") + 0.2 * rng.normal(size=n)
    return X, (y + moved * (0.6 + 0.5 * X["b"] * (X["town"] == "v"))).to_numpy()


def _rmse(model: Any, X: Any, y: Any) -> float:
    return float(np.sqrt(np.mean((model.predict(X) - y) ** 2)))


@pytest.mark.slow
def test_few_new_rows_are_learned_better_than_alone() -> None:
    """After a change of the relation a network is better than the old one, and than networks of 60 rows alone."""
    new, later = _table(60, 1, moved=True), _table(2000, 2, moved=True)
    options: dict[str, Any] = {"preset": "fast", "n_members": 1, "random_state": 0}
    model = TabularRegressor(**options).fit(*_table(1500, 0))
    others = model, TabularRegressor(**options).fit(*new), TabularRegressor("fast", random_state=0).fit(*new)
    least = min(_rmse(other, *later) for other in others)
    model.set_params(warm_start=True, learning_rate_init=0.01).fit(*new)

    assert _rmse(model, *later) < 0.9 * least


def test_every_member_begins_where_it_ended() -> None:
    """With a learning rate of nearly 0 the networks, the encoder and the units of the targets stay as they are."""
    model = TabularRegressor(**{**QUICK, "n_members": 2}, dropout=0.0).fit(*_table(90, 0))
    X, y = _table(70, 1)
    names = model.encoder_.names_
    parameters = [member.network.parameters.copy() for member in model.members_]
    scales = [member.targets.scale for member in model.members_]
    model.set_params(warm_start=True, learning_rate_init=1e-12, weight_decay=0.0).fit(X, y + 100.0)

    for member, earlier, scale in zip(model.members_, parameters, scales, strict=True):
        np.testing.assert_allclose(member.network.parameters, earlier, atol=1e-6)
        assert (member.targets.scale == scale).all()
        assert member.targets.high[0] > 90.0
    assert model.encoder_.names_ == names
    assert [len(member.history) for member in model.members_] == [8, 8]


@pytest.mark.parametrize("estimator", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("n_new", [2, 9])
def test_a_linear_model_stays_where_new_rows_cannot_choose_one(estimator: Any, n_new: int) -> None:
    """Of fewer than 10 none is held out; what was nearly all linear is still as good on all rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X @ [3.0, -2.0, 1.0]
    y = (y > 0.0).astype(int) if estimator is TabularClassifier else y
    model = estimator(**{**QUICK, "linear": True}).fit(X, y)
    before, path = model.score(X, y), model.linear_
    assert path.share > 0.5
    first = [np.flatnonzero(y > 0.0)[: n_new // 2], np.flatnonzero(y <= 0.0)[: n_new - n_new // 2]]
    few = np.concatenate(first)
    model.set_params(warm_start=True).fit(X[few], y[few])

    assert model.linear_ is path
    assert model.score(X, y) > before - 0.02
    assert model.set_params(linear=False).fit(X[few], y[few]).linear_ is None


def test_a_linear_model_stays_where_there_is_no_time_for_another() -> None:
    """Intervals are those of what predicts: the networks with its share."""
    X, y = _table(200, 0)
    model = TabularRegressor(**{**QUICK, "linear": True}).fit(X, X["a"])
    path = model.linear_
    assert path
    model.set_params(warm_start=True, time_budget=1e-9, max_iter=1)
    model.fit(X[:60], y[:60], validation_data=(X[60:95], y[60:95]))

    assert model.linear_ is path
    distances = np.abs(y[60:95] - model.predict(X[60:95]))
    np.testing.assert_allclose(model.conformal_scores_[:, 0], np.sort(distances), rtol=1e-5)


def test_the_same_rows_are_learned_further() -> None:
    """With more epochs, from the end of the first training: another start would end elsewhere."""
    X, y = _table(90, 0)
    model = TabularRegressor(**QUICK).fit(X, y)
    first = model.history_[-1]["loss"]
    model.set_params(warm_start=True, max_iter=40, learning_rate_init=0.01).fit(X, y)
    anew = TabularRegressor(**{**QUICK, "max_iter": 40}, learning_rate_init=0.01).fit(X, y)

    assert model.history_[1]["loss"] < 1.2 * first < anew.history_[1]["loss"]
    assert len(model.history_) == 40


def test_a_new_category_is_as_one_that_fit_did_not_see() -> None:
    """It is encoded as in predict, so it changes no column; its rows are learned from."""
    model = TabularRegressor(**QUICK).fit(*_table(90, 0))
    X, y = _table(70, 1, towns="uvwxyz")
    encoded = model.encode(X)
    model.set_params(warm_start=True).fit(X, y)

    assert (model.encode(X) == encoded).all()
    assert np.isfinite(model.predict(X)).all()


def test_a_classifier_goes_on_with_some_of_its_classes(tmp_path: Any) -> None:
    """Its classes stay, calibration and sets are of the new rows; a loaded file goes on as well."""
    X, y = _table(200, 0)
    kinds = np.digitize(y, [-0.7, 0.7])
    model = TabularClassifier(**QUICK, calibrate=True).fit(X, kinds)
    save(model, tmp_path / "m")
    some = kinds < 2
    again = load(tmp_path / "m").set_params(warm_start=True).fit(X[some], kinds[some])
    model.set_params(warm_start=True).fit(X[some], kinds[some])

    assert model.classes_.tolist() == [0, 1, 2]
    assert log_loss(kinds, model.predict_proba(X), labels=[0, 1, 2]) > 0.0
    assert len(model.conformal_scores_) < some.sum()
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    with pytest.raises(DataError, match=r"y has the classes \[7\], which fit did not see"):
        model.fit(X, np.where(kinds == 2, 7, kinds))


def test_constraints_hold_from_fit_to_fit() -> None:
    """Weights begin within their bounds and stay there."""
    model = TabularRegressor(**QUICK, monotonic_cst={"a": 1}).fit(*_table(90, 0))
    X, y = _table(70, 1)
    model.set_params(warm_start=True).fit(X, -y)

    assert (model.predict(X.assign(a=X["a"] + 0.1)) >= model.predict(X)).all()


def test_the_second_fit_is_reproducible_and_leaves_nothing_behind() -> None:
    """Two models that go on alike are alike, bit for bit; each fit goes on with the last."""
    X, y = _table(70, 1)
    first, second = (
        TabularRegressor(**QUICK, warm_start=start).fit(*_table(90, 0)).set_params(warm_start=True).fit(X, y)
        for start in (False, True)
    )
    before = first.predict(X)
    assert (before == second.predict(X)).all()
    assert not hasattr(first, "_training")
    first.set_params(learning_rate_init=0.01, max_iter=40)  # gently: no epoch may be better than the start
    assert (first.fit(X, y).predict(X) != before).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_members": 3}, "continues with the 1 network of the earlier fit; got parameters for 3"),
        ({"hidden_layer_sizes": (9,)}, "parameters ask for other layers: "),
        ({"activation": "tanh"}, "parameters ask for other layers: "),
    ],
)
def test_other_networks_are_refused(options: dict[str, Any], message: str) -> None:
    """And the model stays as it was."""
    X, y = _table(90, 0)
    model = TabularRegressor(**QUICK).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ParameterError, match=message):
        model.set_params(warm_start=True, **options).fit(*_table(70, 1))

    assert (model.predict(X) == before).all()


def test_other_columns_and_checkpoints_are_refused(tmp_path: Any) -> None:
    """With what to do."""
    model = TabularRegressor(**QUICK).fit(*_table(90, 0)).set_params(warm_start=True)
    X, y = _table(70, 1)
    with pytest.raises(DataError, match="lacks 'b'"):
        model.fit(X.drop(columns="b"), y)
    with pytest.raises(ParameterError, match=r"takes no Checkpoint: remove it with set_callbacks\(\)"):
        model.set_callbacks(Checkpoint(tmp_path / "c")).fit(X, y)


def test_another_loss_is_minimized() -> None:
    """Noise is 3 in a third of the rows, else 0: the mean is about 1, and the median that is learned later 0."""
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"a": rng.normal(size=300)}), 3.0 * (rng.random(300) < 1.0 / 3.0)
    model = TabularRegressor("fast", linear=False, random_state=0).fit(X, y)
    mean, scale = float(model.predict(X).mean()), model.members_[0].targets.scale
    model.set_params(loss="absolute_error", warm_start=True).fit(X, y)

    assert model.members_[0].targets.loss.name == "absolute_error"
    assert (model.members_[0].targets.scale == scale).all()
    assert mean > 0.7
    assert float(model.predict(X).mean()) < 0.3


@pytest.mark.parametrize(
    "other", [{"loss": "quantile"}, {"loss": "poisson"}, {"preset": "fast"}, {"hidden_layer_sizes": (7,)}]
)
def test_networks_of_another_form_do_not_go_on(other: dict[str, Any]) -> None:
    """The waves of a preset change the number of parameters, a loss the outputs."""
    X, y = _table(90, 0)
    model = TabularRegressor(**QUICK).fit(X, np.abs(y))

    with pytest.raises(ParameterError, match=r"warm_start=True continues the networks of the earlier fit"):
        model.set_params(warm_start=True, **other).fit(X, np.abs(y))


def test_new_rows_may_be_of_one_class() -> None:
    """The networks have seen the others before."""
    X, y = _table(90, 0)
    model = TabularClassifier(**QUICK).fit(X, y > 0.0)
    model.set_params(warm_start=True).fit(X[y > 0.0], y[y > 0.0] > 0.0)

    assert model.classes_.tolist() == [False, True]


@pytest.mark.parametrize(
    "options", [{"preset": "fast", "linear": True}, {"calibrate": True}, {"ensemble": "shared"}]
)
def test_new_rows_of_a_file_may_be_of_one_class(tmp_path: Path, options: dict[str, Any]) -> None:
    """As with partial_fit of scikit-learn: the classes stay those of the first fit, and possible."""
    pytest.importorskip("pyarrow")
    from pellucid.tabular import ParquetSource

    X, y = _table(250, 0)
    kinds = np.array(["low", "middle", "high"])[np.digitize(y, [-0.5, 0.5])]
    model = TabularClassifier(**{**QUICK, "n_members": 2, "warm_start": True, **options}).fit(X, kinds)
    before = model.predict_proba(X)
    X[kinds == "high"].assign(kind="high").to_parquet(tmp_path / "high.parquet", index=False)
    model.fit(ParquetSource(tmp_path / "high.parquet", "kind", memory="1MB"))
    after = model.predict_proba(X)

    high = model.classes_.tolist().index("high")
    assert model.classes_.tolist() == ["high", "low", "middle"]
    assert after[:, high].mean() > before[:, high].mean()
    assert (after > 0.0).all()
    save(model, tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").predict_proba(X), after)
    assert np.isfinite(model.predict_set(X)).all()
