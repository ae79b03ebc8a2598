"""Categories that training did not reach are predicted as the mean of the others, not at random."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid import Network
from pellucid.core.layers import Lookup
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from tabular.conftest import QUICK

pytestmark = pytest.mark.filterwarnings(
    "ignore:X differs from the table seen in fit"
)  # which is what they are about
UNKNOWN = pytest.mark.parametrize("shown", ["never seen", None])


def _shops(n_shops: int, rng: np.random.Generator, n: int = 1500) -> tuple[pd.DataFrame, Any, Any, Any]:
    """Return rows, targets, the effect of each shop, and the shop of each row, some of which are frequent."""
    effect, x = rng.normal(size=n_shops), rng.normal(size=n)
    k = np.minimum(rng.exponential(0.4 * n_shops, n).astype(int), n_shops - 1)
    X = pd.DataFrame({"shop": [f"s{i:03d}" for i in k], "x": x})
    return X, effect[k] + x + 0.1 * rng.normal(size=n), effect, k


@pytest.mark.parametrize(
    ("n_shops", "shown"),
    [
        pytest.param(n, shown, marks=[pytest.mark.slow] * ((n == 5) != (shown is None)))
        for n in (2, 5, 60)
        for shown in ("never seen", None)
    ],
)
@pytest.mark.few("2-never seen")
def test_an_unseen_category_is_the_mean_of_the_others(n_shops: int, shown: Any) -> None:
    """Of two categories, of a few with a column each, and of many that are looked up; the mean over the rows."""
    errors = []
    for seed in range(4):
        X, y, effect, k = _shops(n_shops, np.random.default_rng(seed))
        model = TabularRegressor("fast", max_iter=25, random_state=seed).fit(X, y)
        new = pd.DataFrame({"shop": pd.Series([shown] * 300, dtype=object), "x": X["x"][:300]})
        errors.append(np.mean(model.predict(new) - X["x"][:300]) - effect[k].mean())

    assert np.sqrt(np.mean(np.square(errors))) < 0.15


def test_training_goes_on_as_without_it() -> None:
    """Filling only the row of the unknown category leaves the bits of everything else."""
    X, y, *_ = _shops(60, np.random.default_rng(0), 400)
    own = {"validation_data": (X[:100], y[:100])}
    filled = TabularRegressor(**QUICK).fit(X, y, **own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lookup, "fill_unreached", lambda *_: None)
        plain = TabularRegressor(**QUICK).fit(X, y, **own)

    table, as_drawn = (m.network_.parameter_views(m.network_.parameters)[0]["rows"] for m in (filled, plain))
    assert (table[0] != as_drawn[0]).all()
    table[0] = as_drawn[0]
    assert (filled.network_.parameters == plain.network_.parameters).all()


def test_a_category_that_only_held_out_rows_hold_is_filled_too() -> None:
    """The epoch is not chosen by what was drawn for it: with any other draw, the same predictions."""
    X, y, *_ = _shops(60, np.random.default_rng(0), 400)
    X.loc[350, "shop"] = "held out"
    model = TabularRegressor(**QUICK, validation="time").fit(X, y)
    known, table = (
        model.encoder_.columns_[0].categories,
        model.network_.parameter_views(model.network_.parameters)[0],
    )
    assert (table["rows"][1 + known.index("held out")] == table["rows"][0]).all()


def test_where_every_code_is_reached_nothing_is_filled() -> None:
    """Missing categories in fit train the row of what is unknown."""
    X, y, *_ = _shops(20, np.random.default_rng(0), 400)
    X.loc[::7, "shop"] = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lookup, "fill_unreached", None)
        TabularRegressor(**QUICK, validation="time").fit(X, y)


def test_the_mean_is_by_weight_and_table_by_table() -> None:
    """Two tables of three and two rows; of the second none is reached, and it stays."""
    lookup = Lookup(1, (3, 2), 2)
    codes = np.array([[1.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    reached = lookup.reached(codes, np.array([1.0, 1.0, 2.0]))
    assert reached.tolist() == [0.0, 2.0, 2.0, 4.0, 0.0]

    rows = np.arange(10.0).reshape(5, 2)
    lookup.fill_unreached(rows, np.array([0.0, 1.0, 3.0, 0.0, 0.0]))
    assert rows.tolist() == [[3.5, 4.5], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]
    assert Network([3, 2, 1], input_layers=[lookup], random_state=0).n_parameters > 0


@UNKNOWN
@pytest.mark.parametrize("columns", [["a"], ["a", "b"]])
def test_an_unseen_category_is_the_mean_over_known_ones(columns: list[str], shown: Any) -> None:
    """Of one column or two, beside rows that are known and stay as they are."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"a": rng.choice(["u", "v", "w"], 64), "b": rng.choice(["y", "n"], 64), "x": rng.normal(size=64)}
    )
    y = X["x"] + (X["a"] == "u") * 2.0 + (X["b"] == "y") * (X["a"] != "v")
    model = TabularRegressor(**QUICK).fit(X, y)
    new = X[:6].astype(object)
    new.loc[1:3, columns] = shown

    found, known = model.predict(new), model.predict(X)
    assert found[[0, 4, 5]] == pytest.approx(known[[0, 4, 5]], rel=1e-6)
    for row in (1, 2, 3):
        every = pd.concat([X.iloc[[row]]] * 64, ignore_index=True)
        every[columns] = X[columns].to_numpy()
        assert found[row] == pytest.approx(
            model.predict(every).mean(), abs=0.05 * y.std() * len(columns) ** 2
        )


def test_where_fit_saw_missing_categories_an_unseen_one_is_like_them() -> None:
    """The network has learned what a row without a category means; with ``max_categories`` that is the rest."""
    for X, options in (
        (pd.DataFrame({"near": ["a", "a", "b", "c", None]}), {}),
        (pd.DataFrame({"near": ["a", "a", "b", "b", "c"]}), {"max_categories": 2}),
    ):
        encoder = TableEncoder(**options).fit(X)
        known, unknown = encoder.transform(X)[-1], encoder.transform(pd.DataFrame({"near": ["d"]}))[0]
        assert known.tolist() == unknown.tolist()
        assert list(encoder.one_hot_columns()) == []


def test_shares_are_by_weight() -> None:
    X = pd.DataFrame({"near": ["a", "a", "b", "c"]})
    encoder = TableEncoder().fit(X, sample_weight=[2.0, 2.0, 1.0, 1.0])
    [(_, none, known, shares)] = encoder.one_hot_columns()
    assert shares.tolist() == [2 / 3, 1 / 6, 1 / 6]
    assert known.tolist() == encoder.transform(X)[1:].tolist()
    assert none.tolist() not in known.tolist()


@pytest.mark.slow
def test_an_unseen_category_has_the_share_of_the_classes() -> None:
    """Of classes that categories make more or less probable, the mean probability is that of all rows."""
    errors = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        shop, effect = rng.integers(0, 30, 1500), rng.normal(size=30)
        X = pd.DataFrame({"shop": [f"s{i}" for i in shop], "x": rng.normal(size=1500)})
        y = rng.random(1500) < 1.0 / (1.0 + np.exp(-effect[shop]))
        new = pd.DataFrame({"shop": ["new"] * 200, "x": rng.normal(size=200)})
        said = TabularClassifier("fast", max_iter=20, random_state=seed).fit(X, y).predict_proba(new)
        errors.append(said[:, 1].mean() - y.mean())

    assert np.sqrt(np.mean(np.square(errors))) < 0.1


def test_a_row_does_not_depend_on_the_others_of_its_table(rng: np.random.Generator) -> None:
    """The variants of a row belong to its own unseen categories, whatever is unseen in other rows."""
    X = pd.DataFrame({name: rng.choice(list("abc"), 90, p=[0.6, 0.3, 0.1]) for name in ("first", "second")})
    y = 3.0 * (X["first"] == "a") + 5.0 * (X["second"] == "b") + 4.0 * (X["second"] == "c")
    model = TabularRegressor("fast", max_iter=15, random_state=0).fit(X, y)
    new = pd.DataFrame({"first": ["b", "new"], "second": ["new", "a"]})
    together, alone = model.predict(new), [model.predict(new.iloc[[i]])[0] for i in range(2)]
    np.testing.assert_allclose(together, alone, rtol=1e-6)
