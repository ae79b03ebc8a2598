"""The doctor on estimators for tables: raw tables, the user's names, and what has no meaning there."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss

from pellucid import TabularClassifier, TabularRegressor, diagnose
from pellucid.diagnostics import Finding, mend, preflight
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.rules import RULES
from pellucid.diagnostics.table_networks import CAUSES, for_tables
from pellucid.exceptions import DataError, ParameterError

QUICK: dict[str, Any] = {"n_members": 2, "max_iter": 8, "hidden_layer_sizes": (16,), "random_state": 0}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return numbers, one of them twice, and text, with missing values."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"rooms": rng.normal(5.0, 2.0, 90), "near": rng.choice(["sea", "lake", "town"], 90)})
    X["rooms again"] = X["rooms"]
    X["age"] = rng.normal(size=90)
    X.loc[::7, "age"] = np.nan
    return X


@pytest.fixture(scope="module")
def kinds(table: pd.DataFrame) -> Any:
    """Return a class for each row, one of them rare."""
    return np.where(table["rooms"] > 9.0, "a villa", np.where(table["near"] == "sea", "a hut", "a house"))


def test_findings_speak_of_the_users_columns_and_classes(table: pd.DataFrame, kinds: Any) -> None:
    """A raw table goes in; columns, classes and the estimator are called as the user calls them."""
    found = diagnose(TabularClassifier(**QUICK).fit(table, kinds), table, kinds)

    assert found.find("duplicate-input")[0].where["names"] == ["rooms", "rooms again"]
    assert "a villa" in found.find("class-imbalance")[0].summary
    assert found.subject == "TabularClassifier, network 1 of 2: 7-16-3"
    assert found.n_rows == 90


@pytest.mark.parametrize("read", [pd.DataFrame, lambda X: pl.DataFrame({c: X[c].tolist() for c in X})])
def test_the_loss_is_that_of_the_first_network(read: Any, table: pd.DataFrame, kinds: Any) -> None:
    """With the weights of rows and classes, of training and of validation rows."""
    weights = np.random.default_rng(1).uniform(0.5, 2.0, 90)
    model = TabularClassifier(**{**QUICK, "n_members": 1}, class_weight={"a hut": 3.0}, linear=False)
    model.fit(read(table), kinds)
    seen = examine(model, read(table), kinds, read(table[:20]), kinds[:20], sample_weight=weights)

    said = model.predict_proba(table)
    weighted = weights * np.where(kinds == "a hut", 3.0, 1.0)
    assert seen.vitals is not None
    assert seen.validation is not None
    assert seen.vitals.loss == pytest.approx(log_loss(kinds, said, sample_weight=weighted), rel=1e-5)
    assert (model.classes_[seen.validation.Y.argmax(axis=1)] == kinds[:20]).all()


@pytest.mark.parametrize("options", [{}, {"loss": "quantile"}, {"loss": "poisson"}])
def test_numbers_are_on_the_scale_on_which_the_network_learned(options: Any, table: pd.DataFrame) -> None:
    """The loss of a perfect fit would be 0, whatever the unit of y; several targets go, too."""
    y = np.c_[table["rooms"].clip(0.0) * 1e6, table["rooms"].clip(0.0) * 1e-6]
    model = TabularRegressor(**QUICK, **options).fit(table, y)
    first = model.members_[0]
    seen = examine(model, table, y)

    assert seen.vitals is not None
    assert seen.vitals.loss == pytest.approx(
        first.targets.data_loss(_raw_outputs(first, model.encode(table)), y, None), rel=1e-4
    )


def _raw_outputs(member: Any, X: Any) -> Any:
    from pellucid.core import forward

    return forward(member.network, X).outputs


def test_remedies_are_parameters_of_the_estimator(table: pd.DataFrame, kinds: Any) -> None:
    """None is named that it has not, or has already."""
    noise = np.random.default_rng(2).permutation(kinds)
    for model in (TabularClassifier(**QUICK), TabularClassifier(**QUICK, class_weight="balanced")):
        found = diagnose(model.fit(table, noise), table, noise)
        named = {name for finding in found for name in finding.parameters}
        assert named <= model.get_params().keys()
        assert ("class_weight" in named) == (model.class_weight is None)


CURES: dict[str, tuple[dict[str, Any], str, str]] = {
    "steps too long": ({"learning_rate_init": 30.0}, "learning-rate-too-high", "learning_rate_init"),
    "steps too short": ({"learning_rate_init": 1e-7}, "learning-rate-too-low", "learning_rate_init"),
}


@pytest.mark.parametrize("name", CURES)
def test_a_mended_training_on_a_table_is_better(name: str, table: pd.DataFrame) -> None:
    """The recipe decides again on values that were set by hand, and new rows are predicted better."""
    ill, code, parameter = CURES[name]
    y = np.where(table["rooms"].to_numpy() + (table["near"] == "sea") > 5.5, "dear", "cheap")
    half = np.arange(90) < 60
    options = {**QUICK, "max_iter": 40, "linear": False, **ill}
    first = TabularClassifier(**options).fit(table[half], y[half])
    found = diagnose(first, table[half], y[half])
    mended, changes = mend(first, found)
    second = mended.fit(table[half], y[half])
    told = [np.clip(model.predict_proba(table[~half])[:, 1], 1e-6, 1.0 - 1e-6) for model in (first, second)]
    losses = [log_loss(y[~half], p) for p in told]

    assert code in found.codes
    assert (parameter, ill[parameter], None) in [(c.parameter, c.before, c.after) for c in changes]
    assert first.learning_rate_init == ill["learning_rate_init"]
    assert losses[1] < 0.8 * losses[0]


def test_what_the_recipe_chose_is_not_mended(table: pd.DataFrame, kinds: Any) -> None:
    """Of an estimator with defaults only what no recipe decides is changed."""
    noise = np.random.default_rng(2).permutation(kinds)
    model = TabularClassifier("fast", random_state=0).fit(table, noise)
    mended, changes = mend(model, diagnose(model, table, noise))

    assert {change.parameter for change in changes} == {"class_weight"}
    assert mended.class_weight == "balanced"
    assert not hasattr(mended, "members_")


@pytest.mark.parametrize("code", CAUSES)
def test_causes_are_parameters_that_a_recipe_chooses(code: str) -> None:
    """Both estimators have them, with None as their default, and the doctor has a rule of that name."""
    for cls in (TabularClassifier, TabularRegressor):
        assert {cls().get_params()[name] for name in CAUSES[code]} == {None}
    assert code in {rule.code for rule in RULES}


def test_a_cause_that_was_set_by_hand_is_left_to_the_recipe() -> None:
    """The remedy of an MLP has no counterpart here; a note, and values of the recipe, stay as they are."""
    made = {"where": {}, "measured": {}, "summary": "", "rule": "", "source": "", "status": "ours", "why": ""}
    ill = Finding("dead-units", 0.8, **made, remedy="Change.", parameters={"initializer": "he_normal"})
    model = TabularClassifier(activation="relu")

    assert for_tables(model, ill).parameters == {"activation": None}
    assert for_tables(model, ill).remedy == "Leave to the recipe what was set by hand: activation."
    assert for_tables(TabularClassifier(), ill).parameters == {}
    assert for_tables(TabularClassifier(), ill).remedy == "Change."
    assert for_tables(model, replace(ill, severity=0.1)).parameters == {}
    assert for_tables(model, replace(ill, parameters={"batch_size": 8})).parameters == {"batch_size": 8}


def test_labels(table: pd.DataFrame) -> None:
    """An indicator matrix is examined label by label."""
    labels = np.c_[table["rooms"] > 5.0, table["near"] == "sea"].astype(int)
    seen = examine(TabularClassifier(**QUICK).fit(table, labels), table, labels)
    assert (labels == seen.Y).all()


def test_what_has_no_meaning_is_refused(table: pd.DataFrame, kinds: Any) -> None:
    """Each error says why, and what to do."""
    model = TabularClassifier(**QUICK).fit(table, kinds)
    with pytest.raises(NotFittedError):
        diagnose(TabularClassifier(), table, kinds)
    with pytest.raises(DataError, match=r"y has the classes \['a tent'\], which fit did not see"):
        diagnose(model, table, np.where(kinds == "a hut", "a tent", kinds))
    with pytest.raises(DataError, match=r"X_val, y_val: y has the classes \['a tent'\]"):
        diagnose(model, table, kinds, table[:2], ["a tent", "a hut"])
    with pytest.raises(DataError, match=r"number of rows.*got 90 and 3"):
        diagnose(model, table, kinds[:3])
    with pytest.raises(DataError, match="lacks 'near'"):
        diagnose(model, table.drop(columns="near"), kinds)
    with pytest.raises(DataError, match="NaN in row 3"):
        diagnose(
            TabularRegressor(**QUICK).fit(table, table["rooms"]),
            table,
            table["rooms"].where(table.index != 3),
        )
    with pytest.raises(ParameterError, match="'loss' is for a Network; TabularClassifier has its own loss"):
        diagnose(model, table, kinds, loss="log_loss")
    with pytest.raises(ParameterError, match=r"preflight.*TabularClassifier.*Fit it.*diagnose"):
        preflight(TabularClassifier(**QUICK), table, kinds)
    shared = TabularClassifier("fast", ensemble="shared", n_members=2, max_iter=2).fit(table, kinds)
    with pytest.raises(ParameterError, match=r"diagnose: .*ensemble='independent'"):
        diagnose(shared, table, kinds)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_labels_that_a_looked_up_category_tells_are_not_unrelated(seed: int) -> None:
    """Codes are names: neighbors are rows of one category, not of the next number. Shuffled, it is noise."""
    rng = np.random.default_rng(seed)
    street, value = rng.integers(0, 60, 1500), rng.normal(size=60)
    X = pd.DataFrame(
        {"street": [f"street {i}" for i in street], **{f"a{i}": rng.normal(size=1500) for i in range(10)}}
    )
    kinds, numbers = np.where(value[street] > 0.0, "dear", "cheap"), value[street]
    for model, y in ((TabularClassifier(**QUICK), kinds), (TabularRegressor(**QUICK), numbers)):
        assert not diagnose(model.fit(X, y), X, y).find("label-noise")
        noise = rng.permutation(y)
        assert diagnose(model.fit(X, noise), X, noise).find("label-noise")[0].where == {"rows": "all"}


def _told(n: int, kind: str, seed: int = 0) -> tuple[pd.DataFrame, Any]:
    """Return rows and what they tell: classes, numbers, or classes that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["x", "z"])
    numbers = X["x"] + X["z"]
    if kind == "numbers":
        return X, numbers
    y = np.where(numbers > 0, "yes", "no")
    return X, rng.permutation(y) if kind == "noise" else y


@pytest.mark.parametrize("kind", ["classes", "numbers"])
@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"learning_rate_init": 1e-7}, "learning-rate-too-low"),
        ({"max_iter": 1, "batch_size": 1200}, "underfitting"),
        ({}, None),
    ],
)
def test_a_model_that_learned_nothing_is_found(kind: str, setting: dict[str, Any], code: str | None) -> None:
    """With what was set in place of the recipe, and what to leave to it; a model that learned is healthy."""
    X, y = _told(1500, kind)
    estimator = TabularClassifier if kind == "classes" else TabularRegressor
    found = diagnose(estimator("fast", **{"max_iter": 40, "random_state": 0} | setting).fit(X, y), X, y)

    if code is None:
        assert not {"learning-rate-too-low", "learning-rate-too-high", "underfitting"} & set(found.codes)
    elif kind == "classes" or code == "learning-rate-too-low":
        finding = found.find(code)[0]
        assert finding.level != "note"
        assert finding.parameters.get(next(iter(setting)), "not there") is None


def test_what_cannot_be_learned_is_not_underfitted() -> None:
    """Classes at random are label noise."""
    X, y = _told(800, "noise")
    found = diagnose(TabularClassifier("fast", max_iter=20, random_state=0).fit(X, y), X, y)
    assert "label-noise" in {finding.code for finding in found}
    assert "underfitting" not in found.codes


@pytest.mark.parametrize("rate", [20.0, 50.0])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.few("0-20.0")
def test_a_right_derivative_is_not_accused_after_long_steps(rate: float, seed: int) -> None:
    """Parameters that grew large bend the loss within a small part of their size."""
    X, y = _told(800, "classes", seed)
    model = TabularClassifier("fast", learning_rate_init=rate, max_iter=40, random_state=seed).fit(X, y)
    assert "wrong-gradient" not in diagnose(model, X, y).codes
