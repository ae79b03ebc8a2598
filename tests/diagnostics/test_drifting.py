"""Drift of a shipped model: what is found, what is chance, and that no row is kept for it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from pellucid import (
    MLPClassifier,
    MLPRegressor,
    Network,
    Perceptron,
    TabularClassifier,
    TabularRegressor,
    drift,
    load,
    save,
)
from pellucid.estimators.fit_summary import summary_of
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence import read_header
from pellucid.tabular.encoding.histograms import (
    Histogram,
    by_chance,
    histogram_of_codes,
    histogram_of_numbers,
    stability_index,
)


def table(rng: np.random.Generator, n: int = 400, **changes: object) -> pd.DataFrame:
    """Return rows of numbers, categories, truth values and dates, some of them changed."""
    days = rng.integers(0, 900, n).astype("datetime64[D]").astype("datetime64[us]")
    columns = {
        "size": rng.normal(size=n),
        "color": rng.choice(["red", "green", "blue"], n, p=[0.6, 0.3, 0.1]),
        "is old": rng.random(n) < 0.5,
        "day": days,
    }
    return pd.DataFrame({**columns, **changes})


@pytest.fixture(scope="module")
def model() -> TabularRegressor:
    """A regressor of such rows."""
    X = table(np.random.default_rng(0))
    return TabularRegressor("fast", max_iter=3, engine="reference", random_state=0).fit(X, X["size"] * 2.0)


def test_the_index_by_hand() -> None:
    before = Histogram((0.0,), (0.5, 0.5), 1e9)
    p, q = 0.5, np.array([0.25, 0.75])
    found = stability_index(before, q * 1e9)
    assert found == pytest.approx(float(((q - p) * np.log(q / p)).sum()), rel=1e-6)
    assert stability_index(before, np.array([7.0, 7.0])) == pytest.approx(0.0, abs=1e-12)


def test_chance_stays_below_its_bound(rng: np.random.Generator) -> None:
    """Of tables without drift, about 1 in 100 has an index above ``by_chance``, whatever their size."""
    before = histogram_of_numbers(rng.normal(size=2_000))
    assert before is not None
    for n in (40, 400):
        counts = [before.counts_of_numbers(rng.normal(size=n)) for _ in range(400)]
        above = np.mean([stability_index(before, c) > by_chance(before, n) for c in counts])
        assert above < 0.04


def test_rows_like_those_of_fit_are_stable(model: TabularRegressor, rng: np.random.Generator) -> None:
    found = drift(model, table(rng))
    assert found.level == "stable"
    assert [one.name for one in found.columns] == ["size", "color", "is old", "day"]
    assert all(one.psi_by_chance is not None for one in found.columns if one.kind != "date")


@pytest.mark.parametrize(
    ("changes", "column", "level", "said"),
    [
        ({"size": lambda rng: rng.normal(size=400) + 1.0}, "size", "major", "differs from that in fit"),
        ({"size": lambda rng: rng.normal(size=400) * 20.0}, "size", "major", "outside the range of fit"),
        ({"color": lambda rng: rng.choice(["red", "pink"], 400)}, "color", "major", "such as 'pink'"),
        ({"color": lambda rng: ["red", None] * 200}, "color", "major", "50% of its values are missing"),
        ({"is old": lambda rng: rng.random(400) < 0.95}, "is old", "major", "differs"),
    ],
)
def test_drift_of_a_column(
    changes: dict, column: str, level: str, said: str, model: TabularRegressor, rng: np.random.Generator
) -> None:
    X = table(rng, **{name: make(rng) for name, make in changes.items()})
    found = {one.name: one for one in drift(model, X).columns}
    assert found[column].level == level
    assert said in " ".join(found[column].remarks)
    assert all(one.level == "stable" for name, one in found.items() if name != column)


def test_predictions_drift_with_what_they_follow() -> None:
    rng = np.random.default_rng(3)
    X = table(rng)
    y = np.where(X["size"] > 0, "large", "small")
    model = TabularClassifier("fast", max_iter=30, engine="reference", random_state=0).fit(X, y)
    (prediction,) = drift(model, table(rng, size=np.abs(X["size"]))).predictions
    assert prediction.level == "major"
    assert drift(model, table(rng)).predictions[0].level == "stable"


@pytest.mark.parametrize("options", [{"n_members": 5}, {"n_members": 3, "ensemble": "shared"}, {}])
def test_the_rows_of_fit_do_not_drift(options: dict, rng: np.random.Generator) -> None:
    """Also where members of few epochs disagree: what is recorded is what all of them predict together."""
    X = table(rng, 80)
    y = 2.0 * X["size"] + (X["color"] == "red")
    model = TabularRegressor("fast", max_iter=2, engine="reference", random_state=0, **options).fit(X, y)
    assert drift(model, X).level == "stable"


def test_targets_and_labels_have_a_verdict_each(rng: np.random.Generator) -> None:
    X = rng.normal(size=(80, 3))
    options = {"max_iter": 2, "engine": "reference", "random_state": 0}
    two = TabularRegressor("fast", **options).fit(X, X[:, :2])
    labels = TabularClassifier("fast", **options).fit(X, (X > 0).astype(int))
    assert [one.name for one in drift(two, X).predictions] == ["prediction 1", "prediction 2"]
    assert len(drift(labels, X).predictions) == 3


def test_few_rows_say_little(model: TabularRegressor) -> None:
    """Six rows have an index beyond .25 and no verdict from it, since chance explains as much."""
    found = drift(model, table(np.random.default_rng(1), 6))
    size = found.columns[0]
    assert size.psi is not None
    assert size.psi > 0.25
    assert size.level == "stable"


def test_a_weight_is_a_repeated_row(rng: np.random.Generator) -> None:
    numbers, weight = rng.normal(size=60), rng.integers(1, 5, 60).astype(float)
    repeated = np.repeat(numbers, weight.astype(int))
    assert histogram_of_numbers(numbers, weight) == histogram_of_numbers(repeated)
    codes = rng.integers(-1, 4, 60)
    assert histogram_of_codes(codes, 3, weight) == histogram_of_codes(np.repeat(codes, weight.astype(int)), 3)


@pytest.mark.parametrize(
    "numbers",
    [
        np.array([0.0, 1.0] * 50),
        np.r_[np.zeros(90), np.arange(1.0, 11.0)],
        np.random.default_rng(0).lognormal(0, 4, 500),
        1e9 + np.random.default_rng(0).integers(0, 3, 200).astype(float),
        np.r_[np.full(98, 5.0), -1e300, 1e300],
    ],
)
def test_bounds_are_no_cells_and_bins_are_not_empty(numbers: np.ndarray) -> None:
    found = histogram_of_numbers(numbers)
    assert found is not None
    assert not set(found.bounds) & set(numbers.tolist())
    assert min(found.shares) > 0.0
    assert len(found.shares) <= 10
    assert sum(found.shares) == pytest.approx(1.0)


def test_histograms_of_what_does_not_vary() -> None:
    assert histogram_of_numbers(np.full(5, 3.0)) is None
    assert histogram_of_numbers(np.full(5, np.nan)) is None
    assert histogram_of_codes(np.array([-1, -1]), 2) is None


def test_many_categories_share_a_last_bin(rng: np.random.Generator) -> None:
    codes = np.repeat(np.arange(1, 101), np.arange(1, 101))
    found = histogram_of_codes(codes, 100)
    assert found is not None
    assert len(found.bounds) == 19
    assert set(found.bounds) == set(range(82, 101))
    assert found.shares[-1] == pytest.approx(sum(range(1, 82)) / 5050)


def test_a_saved_model_says_the_same(
    model: TabularRegressor, rng: np.random.Generator, tmp_path: Path
) -> None:
    save(model, tmp_path / "m.safetensors")
    X = table(rng, size=rng.normal(size=400) + 0.5)
    assert drift(load(tmp_path / "m.safetensors"), X) == drift(model, X)


def test_no_cell_is_kept(model: TabularRegressor, tmp_path: Path) -> None:
    """No number of the training rows stands in the header with all its digits."""
    save(model, tmp_path / "m.safetensors")
    text = json.dumps(read_header(tmp_path / "m.safetensors")["encoder"])
    numbers = table(np.random.default_rng(0))["size"]
    assert not [number for number in numbers if repr(float(number)) in text]


def test_a_model_without_histograms(model: TabularRegressor, rng: np.random.Generator) -> None:
    """A file of an earlier version holds none: nothing is said of them, and the rest is judged."""
    plain = model.encoder_.to_plain()
    for column in plain["columns"]:
        del column["histogram"]
    encoder = type(model.encoder_).from_plain(plain)
    old = TabularRegressor.from_plain({**model.to_plain(), "encoder": encoder, "predicted": ()})
    found = drift(old, table(rng))
    assert {one.level for one in (*found.columns, *found.predictions)} == {"not recorded", "stable"}
    far = drift(old, table(rng, size=rng.normal(size=400) * 20.0))
    assert far.columns[0].level == "major"
    assert "holds no histogram" in str(found)


def test_it_is_plain_data_and_a_table(model: TabularRegressor, rng: np.random.Generator) -> None:
    found = drift(model, table(rng))
    assert json.loads(json.dumps(found.to_dict()))["level"] == found.level
    assert len(str(found).splitlines()) == 2 + len(found.columns) + 1


# ---- estimators for matrices ----------------------------------------------------------------------------------


unfinished = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
MATRIX_MODELS = {
    "classifier": lambda: MLPClassifier((4,), max_iter=2, engine="reference", random_state=0),
    "regressor": lambda: MLPRegressor((4,), max_iter=2, engine="reference", random_state=0),
    "lbfgs": lambda: MLPClassifier((4,), solver="lbfgs", max_iter=2, engine="reference", random_state=0),
    "perceptron": lambda: Perceptron(max_iter=2),
}


@unfinished
@pytest.mark.parametrize("kind", MATRIX_MODELS)
def test_drift_of_a_matrix(kind: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """Also from a file, and with missing values, which the model itself refuses."""
    X = rng.normal(size=(500, 3)) * [1.0, 1e6, 1e-6]
    fitted = MATRIX_MODELS[kind]().fit(X, X[:, 0] > 0)
    save(fitted, tmp_path / "m.safetensors")
    new = rng.normal(size=(500, 3)) * [1.0, 1e6, 1e-6]
    moved = new + np.array([0.0, 2e6, 0.0])
    moved[:250, 2] = np.nan
    for model in (fitted, load(tmp_path / "m.safetensors")):
        assert drift(model, new).level == "stable"
        assert [one.name for one in drift(model, new).columns] == ["x0", "x1", "x2"]
        found = drift(model, moved).columns
        assert [one.level for one in found] == ["stable", "major", "major"]
        assert found[2].missing == 0.5


def test_bins_agree_with_a_histogram(rng: np.random.Generator) -> None:
    """Of each column its counts are those of the bounds, counted again; constants and ties have fewer bins."""
    X = np.stack(
        [rng.normal(size=400), np.full(400, 3.0), rng.integers(0, 3, 400), rng.exponential(size=400)]
    )
    for rows in (X.T, scipy.sparse.csr_array(X.T)):
        summary = summary_of(rows)
        for place, values in enumerate(X):
            bounds, below = summary.bounds[place], summary.below[place]
            kept = below < 400
            np.testing.assert_array_equal(below[kept], [(values < bound).sum() for bound in bounds[kept]])
            assert (np.diff(bounds[kept]) > 0.0).all()
            assert not np.isin(bounds[kept], values).any()
            if values.min() < values.max():
                assert summary.low[place] <= values.min()
                assert summary.high[place] >= values.max()
        assert (summary.below < 400).sum(axis=1).tolist() == [9, 0, 2, 9]
        assert (summary.low[1], summary.high[1]) == (0.0, 0.0)


@unfinished
def test_wide_matrices_keep_ranges_only(tmp_path: Path, rng: np.random.Generator) -> None:
    X = scipy.sparse.random_array((60, 1_500), density=0.05, format="csr", rng=rng)
    model = MLPClassifier((2,), max_iter=1, engine="reference").fit(X, np.arange(60) % 2)
    save(model, tmp_path / "m.safetensors")
    found = drift(load(tmp_path / "m.safetensors"), X * 10.0)
    assert len(found.columns) == 1_500
    assert found.level == "major"
    assert all(one.psi is None for one in found.columns)


@unfinished
def test_chunks_leave_no_summary_and_a_fit_renews_it(rng: np.random.Generator) -> None:
    X, y = rng.normal(size=(200, 2)), np.arange(200) % 2
    model = MLPClassifier((2,), max_iter=1, engine="reference").partial_fit(X, y, classes=[0, 1])
    assert drift(model, X).level == "not recorded"
    assert drift(model.fit(X, y), X).level == "stable"
    assert drift(model.fit(X + 5.0, y), X).level == "major"


@unfinished
def test_a_matrix_model_without_a_summary_loads(tmp_path: Path, rng: np.random.Generator) -> None:
    """Files of earlier versions have none."""
    X = rng.normal(size=(50, 2))
    for model in (MLPClassifier((2,), max_iter=1, engine="reference"), Perceptron(max_iter=1000)):
        model.fit(X, X[:, 0] > 0)
        del model.fit_summary_
        save(model, tmp_path / "m.safetensors")
        assert drift(load(tmp_path / "m.safetensors"), X).level == "not recorded"


@unfinished
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("low", lambda a: a + 100.0),
        ("bounds", lambda a: -a),
        ("below", lambda a: a[:, ::-1].copy()),
        ("below", lambda a: a + 1_000.0),
        ("bounds", lambda a: a[:, :3].copy()),
    ],
    ids=["range", "falling bounds", "falling counts", "large counts", "shape"],
)
def test_an_impossible_summary_is_refused(name, change, tmp_path: Path, rng: np.random.Generator) -> None:
    X = rng.normal(size=(50, 2))
    model = MLPClassifier((2,), max_iter=1, engine="reference").fit(X, X[:, 0] > 0)
    model.fit_summary_ = replace(model.fit_summary_, **{name: change(getattr(model.fit_summary_, name))})
    save(model, tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match="summary"):
        load(tmp_path / "m.safetensors")


@unfinished
def test_no_cell_of_a_matrix_is_in_its_file(tmp_path: Path, rng: np.random.Generator) -> None:
    X = rng.normal(size=(100, 2))
    model = MLPClassifier((2,), max_iter=1, engine="reference").fit(X, X[:, 0] > 0)
    save(model, tmp_path / "m.safetensors")
    content = (tmp_path / "m.safetensors").read_bytes()
    assert not [number for number in X.ravel() if number.tobytes() in content]


def test_a_network_alone_has_no_summary() -> None:
    with pytest.raises(ParameterError, match="must be a fitted estimator"):
        drift(Network([2, 1]), [[0.0, 1.0]])
