"""The page of an estimator for tables: the user's cells, classes and columns, and scores of all members."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import accuracy_score, r2_score

from pellucid import TabularClassifier, TabularRegressor, diagnose
from pellucid.report import report
from report.reading import Page, read

QUICK = {"n_members": 2, "max_iter": 8, "hidden_layer_sizes": (16,), "random_state": 0}


@pytest.fixture(scope="module")
def table():
    """Return numbers, text and dates, with missing values, and names of the rows."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"rooms": rng.normal(5.0, 2.0, 90), "near": rng.choice(["sea", "lake"], 90)})
    X["sold"] = pd.Timestamp("2020-01-01 10:00") + pd.to_timedelta(np.arange(90), "D")
    X.loc[::7, "rooms"] = np.nan
    return X.set_index(pd.Index([f"home {i}" for i in range(90)]))


@pytest.fixture(scope="module")
def kinds(table):
    """Return a class for each row, two of them wrong."""
    y = np.where((table["rooms"] > 5.0) | (table["near"] == "sea"), "a house", "a hut")
    y[[3, 40]] = np.where(y[[3, 40]] == "a hut", "a house", "a hut")
    return y


def _page(path):
    source = path.read_text(encoding="utf-8")
    return Page(source), source


@pytest.mark.thorough
@pytest.mark.parametrize(
    "frame",
    ["pandas", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("Polars", "array", "sparse"))],
)
def test_a_page_of_classes(frame, table, kinds, tmp_path):
    """Scores are those of the estimator, worst rows those of its first network, in the user's words."""
    X = {
        "pandas": lambda: table,
        "Polars": lambda: pl.DataFrame({name: table[name].tolist() for name in table}),
        "sparse": lambda: csr_array(np.c_[np.arange(90.0), kinds == "a hut"]),
        "array": lambda: table.to_numpy(),
    }[frame]()
    model = TabularClassifier(**QUICK).fit(X, kinds)
    found = report(model, X, kinds, tmp_path / "page.html")
    page, source = _page(tmp_path / "page.html")

    assert found == diagnose(model, X, kinds)
    assert "Not shown" not in source
    names = {node.text for node in page.section("Pictures").all("h3")}
    assert {"Learning curves", "Signal histograms", "Unit health", "Confusion", "Calibration"} <= names
    scores = page.table("Scores")
    assert read(scores[0]["accuracy"]) == pytest.approx(accuracy_score(kinds, model.predict(X)), abs=1e-3)
    assert "network 1 of 2" in page.section("Summary").text

    first = model.members_[0].outputs(model.encode(X))[np.arange(90), np.searchsorted(model.classes_, kinds)]
    worst = int(first.argmin())
    row = page.table("Worst rows")[0]
    assert row["row"] == (f"home {worst}" if frame == "pandas" else str(worst))
    assert row["true"] == kinds[worst]
    assert read(row["probability of the true one"]) == pytest.approx(first[worst], rel=1e-3)
    if frame != "sparse":
        cells = {line["input"]: line[f"row {row['row']}"] for line in page.table("Inputs of the worst rows")}
        assert cells["near" if frame != "array" else "x1"] == table["near"].iloc[worst]
        assert str(table["sold"].iloc[worst])[:10] in cells["sold" if frame != "array" else "x2"]


@pytest.mark.usefixtures("unpainted")
def test_codes_of_categories_are_not_far_from_anything(tmp_path):
    """The number of a category means nothing if the category is looked up."""
    X = pd.DataFrame({"street": [f"street {i}" for i in range(20)] * 3, "rooms": np.arange(60.0)})
    model = TabularRegressor(**QUICK).fit(X, X["rooms"])
    assert model.encoder_.cardinalities_
    report(model, X, X["rooms"], tmp_path / "page.html")
    page, _ = _page(tmp_path / "page.html")

    assert all(row["farthest from the mean"].startswith("rooms (") for row in page.table("Worst rows"))
    assert all("street" not in row["farthest from the mean"] for row in page.table("Worst rows"))


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("options", [{"loss": "quantile"}, pytest.param({}, marks=pytest.mark.slow)])
def test_a_page_of_numbers(options, table, tmp_path):
    """Predictions are in the units of y."""
    y = 1e6 * table["rooms"].fillna(5.0)
    model = TabularRegressor(**QUICK, **options).fit(table, y)
    report(model, table, y, tmp_path / "page.html", X_val=table[:30], y_val=y[:30])
    page, source = _page(tmp_path / "page.html")

    assert "Not shown" not in source
    scores = page.table("Scores")
    assert read(scores[1]["R²"]) == pytest.approx(r2_score(y[:30], model.predict(table[:30])), abs=1e-3)
    assert "Residuals" in {node.text for node in page.section("Pictures").all("h3")}
    said = page.table("Worst rows")[0]["predicted"].split(", ")
    assert len(said) == len(model.members_[0].targets.levels or [0])
    assert all(y.min() <= read(number) <= y.max() for number in said)
