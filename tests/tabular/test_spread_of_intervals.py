"""Intervals that follow the spread of the targets, hold their share by category, and show their coverage."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmarks.tabular.deciles import NEW_ROWS, NOISES, ROWS_PER_GROUP, SEEDS, SETS, measure
from scipy.stats import binomtest

from pellucid import load, save
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor, coverage_by_group
from pellucid.tabular.certainty.spread_model import find_spread, spread_of
from pellucid.tabular.certainty.spread_steps import grow_steps, logs_after, step_units
from pellucid.tabular.members.judgement import Judgement
from tabular.conftest import QUICK


def _table(n: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Return rows, targets and the deviation of their noise, which depends on a number and a category."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "where": rng.choice(["u", "v"], n)})
    deviation = np.exp(0.8 * X["b"]) * np.where(X["where"] == "u", 1.0, 3.0)
    return X, X["a"] + deviation * rng.normal(size=n), deviation


def _fitted(seed: int) -> Any:
    """Return a model of 800 rows, all of which are held out once."""
    X, y, _ = _table(800, seed)
    return TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 40, "linear": "auto"}).fit(X, y)


@pytest.fixture(scope="module")
def adaptive() -> Any:
    """Return one of them."""
    return _fitted(0)


def test_widths_follow_the_deviation_of_the_noise(adaptive: Any) -> None:
    """Their logarithms are those of the true deviations, nearly."""
    X, _, deviation = _table(2000, seed=1)
    width = np.diff(adaptive.predict_interval(X), axis=1)[:, 0]

    assert np.corrcoef(np.log(width), np.log(deviation))[0, 1] > 0.95


@pytest.mark.thorough
def test_the_share_is_held_at_every_width() -> None:
    """90 % on average, and 84 to 96 % of each fifth by width; of one table of 800 rows both vary by 2 %."""
    X, y, _ = _table(10000, seed=2)
    found = []
    for seed in range(20, 26):
        ends = _fitted(seed).predict_interval(X)
        rows = coverage_by_group(y, ends, np.diff(ends, axis=1)[:, 0], n_ranges=5)
        found.append([row.share for row in rows])
    shares = np.mean(found, axis=0)

    assert shares.mean() == pytest.approx(0.9, abs=0.02)
    assert ((shares >= 0.84) & (shares <= 0.96)).all()


def test_an_interval_is_the_prediction_with_width_times_spread(adaptive: Any) -> None:
    """By hand: the ceil((n + 1) c)-th smallest of |y - prediction| / spread, times the spread of the row."""
    X = _table(20)[0]
    scores = np.sort(adaptive.conformal_scores_[:, 0])
    width = scores[int(np.ceil(801 * 0.9)) - 1]
    expected = width * spread_of(adaptive.spread_network_, adaptive.encode(X))[:, 0]
    low, high = adaptive.predict_interval(X, 0.9).T

    assert adaptive.interval_width(0.9)[0] == width
    np.testing.assert_allclose(high - adaptive.predict(X), expected, rtol=1e-6)
    np.testing.assert_allclose(adaptive.predict(X) - low, expected, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.few("False")
def test_even_noise_has_one_width(weighted: bool) -> None:
    """In at least 9 of 10 sets of 100 rows no spread is found where there is none, also with weights."""
    found = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(100, 3))
        encoder = TabularRegressor(**{**QUICK, "max_iter": 1}).fit(X, X[:, 0]).encoder_
        weight = rng.integers(1, 4, 100).astype(float) if weighted else None
        judged = Judgement(np.zeros((100, 1)), weight, None, np.zeros((100, 1)), encoder.encode(X))
        found += find_spread(encoder, judged, np.abs(rng.normal(size=(100, 1))))[0] is not None

    assert found <= 1


def test_a_weight_of_two_is_the_row_twice_in_a_spread() -> None:
    """The coefficients are the same; parts of rows differ, so the parts are given as groups."""
    rng = np.random.default_rng(0)
    X, repeat = rng.normal(size=(200, 2)), rng.integers(1, 4, 200)
    errors = np.abs(rng.normal(size=(200, 1)) * np.exp(X[:, :1]))
    encoder = TabularRegressor(**{**QUICK, "max_iter": 1}).fit(X, X[:, 0]).encoder_
    E, groups = encoder.encode(X), np.arange(200)
    once = Judgement(errors, repeat.astype(float), groups, errors, E)
    often = Judgement(*(each.repeat(repeat, axis=0) for each in (errors, np.ones(200), groups, errors, E)))
    a, b = (find_spread(encoder, judged, judged.y)[0] for judged in (once, often))

    assert a is not None
    assert b is not None
    np.testing.assert_allclose(spread_of(a, E), spread_of(b, E), rtol=1e-4)


def test_no_spread_depends_on_its_own_row() -> None:
    """The spread told of a held-out row is the same, whatever its own error."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    errors = np.abs(rng.normal(size=(100, 1)) * np.exp(2.0 * X[:, :1]))
    encoder = TabularRegressor(**{**QUICK, "max_iter": 1}).fit(X, X[:, 0]).encoder_
    judged = Judgement(errors, None, None, errors, encoder.encode(X))
    told = np.log(find_spread(encoder, judged, errors)[1])
    changed = errors.copy()
    changed[7] *= 1.5
    again = np.log(find_spread(encoder, judged, changed)[1])
    part = np.arange(100) % 5 == 7 % 5
    shape, shape_again = (each[part] - each[part][0] for each in (told, again))

    factor = (shape_again[1:] / shape[1:])[:, 0]  # power and center are those of all rows
    np.testing.assert_allclose(factor, factor[0], rtol=1e-3)


def test_a_jump_of_the_noise_is_a_jump_of_the_widths() -> None:
    """The spread rises within a fiftieth of the place where the noise does, from one level to another."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 3))
    deviation, noise = NOISES["a step"](X, rng)
    encoder = TabularRegressor(**{**QUICK, "max_iter": 1}).fit(X, X[:, 0]).encoder_
    errors = np.abs(deviation * noise)[:, None]
    network, told = find_spread(encoder, Judgement(errors, None, None, errors, encoder.encode(X)), errors)
    assert network is not None
    line = np.zeros((401, 3))
    line[:, 0] = np.linspace(0.3, 0.7, 401)
    spread = spread_of(network, encoder.encode(line))[:, 0]

    assert 0.45 <= line[np.argmax(np.diff(spread)), 0] <= 0.55
    assert spread[-1] / spread[0] > 4.0  # of 6
    near = np.abs(X[:, 0] - 0.5) > 0.1
    np.testing.assert_allclose(
        np.log(told[near, 0]), np.log(spread_of(network, encoder.encode(X))[near, 0]), atol=0.6
    )


def test_steps_are_the_same_in_sums_and_in_units() -> None:
    """Units of a network make the steps that were grown, between, on and beside the cuts."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    steps = grow_steps(X, np.where(X[:, 1] > 0.2, 3.0, 1.0), np.ones(300), np.ones(300), 5)
    W, b, last, constant = step_units(steps, 2)

    assert len(steps) == 5
    assert abs(steps[0].cut - 0.2) < 0.15
    assert steps[0].column == 1
    np.testing.assert_allclose(
        np.maximum(X @ W + b, 0.0) @ last + constant, logs_after(steps, X)[-1], atol=1e-9
    )


def test_few_rows_have_one_width() -> None:
    """39 held-out rows tell no spread."""
    X, y, _ = _table(39)
    model = TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 2}).fit(X, y)

    assert model.spread_network_ is None
    assert np.ptp(np.diff(model.predict_interval(X), axis=1)) < 1e-6


def test_each_category_holds_its_share() -> None:
    """With ``coverage_by`` both categories have 90 %; a category without rows has no limit; files keep it."""
    X, y, _ = _table(600)
    X["b"] = 0.5  # so that only the category tells the spread
    model = TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 30}, coverage_by="where").fit(X, y)
    new, true, _ = _table(4000, seed=3)
    new["b"] = 0.5
    ends = model.predict_interval(new)
    shares = [row.share for row in coverage_by_group(true, ends, new["where"])]

    assert shares == pytest.approx([0.9, 0.9], abs=0.05)
    widths = model.interval_width()
    for place, name in enumerate("uv"):
        own = np.sort(model.conformal_scores_[model.conformal_by_ == place + 1, 0])
        assert len(own) == np.count_nonzero(X["where"] == name)
        assert widths[name][0] == own[int(np.ceil((len(own) + 1) * 0.9)) - 1], place
    assert np.isinf(widths[None]).all()
    new.loc[:9, "where"] = "elsewhere"
    with pytest.warns(UserWarning, match="infinite for 10 rows, because no row of their category of 'where'"):
        assert (np.isinf(model.predict_interval(new)).all(axis=1) == (np.arange(4000) < 10)).all()


def test_what_is_kept_of_held_out_rows_does_not_tell_which_is_which() -> None:
    """Another order of the rows leaves categories, groups and scores in the same order: a sorted one."""
    X, y, _ = _table(100)
    model = TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 2}, coverage_by="where")
    model.fit(X, y, groups=np.arange(100) // 4)
    kept = np.column_stack([model.conformal_by_, model.conformal_groups_, model.conformal_scores_])

    assert (np.lexsort(kept.T[::-1]) == np.arange(100)).all()
    classes = TabularClassifier(**{**QUICK, "n_members": 5, "max_iter": 2}).fit(X, X["where"])
    pairs = np.column_stack([classes.conformal_classes_, classes.conformal_scores_])
    assert (np.lexsort(pairs.T[::-1]) == np.arange(100)).all()


def test_a_category_with_few_rows_is_infinite_and_says_so() -> None:
    """Four rows promise 0.8, not 0.9; the warning names the category."""
    X, y, _ = _table(100)
    X["where"] = ["rare"] * 4 + ["often"] * 96
    model = TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 2}, coverage_by=2).fit(X, y)
    with pytest.warns(UserWarning, match="at least 9 held-out rows of 'rare', and this model held out 4"):
        ends = model.predict_interval(X)

    assert np.isinf(ends[:4]).all()
    assert np.isfinite(ends[4:]).all()
    assert np.isfinite(model.predict_interval(X, 0.79)).all()


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (
            "nowhere",
            r"'coverage_by' must be None or a column of X, one of \['a', 'b', 'where'\]; got 'nowhere'",
        ),
        ("a", "'coverage_by' must be a column of at least two categories; 'a' is numeric"),
        (7, "'coverage_by' must be None or a column of X"),
        (1.5, "'coverage_by' must be a column of X, by name or position, or None; got 1.5"),
    ],
)
def test_a_column_to_hold_the_share_in_is_one_of_categories(by: Any, message: str) -> None:
    """Another is refused before training."""
    X, y, _ = _table(60)
    with pytest.raises(ParameterError, match=message):
        TabularRegressor(**QUICK, coverage_by=by).fit(X, y)


@pytest.mark.parametrize("options", [{}, {"coverage_by": "where"}])
def test_a_saved_model_has_the_same_intervals(options: Any, tmp_path: Any) -> None:
    """Bit for bit."""
    X, y, _ = _table(300)
    model = TabularRegressor(**{**QUICK, "n_members": 5, "max_iter": 3}, **options).fit(X, y)
    save(model, tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")

    assert model.spread_network_ is not None
    assert (back.predict_interval(X) == model.predict_interval(X)).all()


# ---- coverage by group ------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [None, "other"])
def test_intervals_are_those_of_the_column_of_fit(later: str | None, tmp_path: Path) -> None:
    """Parameters that are set later say what the next fit is to do."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=300), "near": rng.choice(["a", "b"], 300)})
    X["other"] = rng.permutation(X["near"])
    y = rng.normal(size=300) * np.where(X["near"] == "a", 1.0, 9.0)
    model = TabularRegressor(**QUICK, coverage_by="near").fit(X, y)
    expected, widths = model.predict_interval(X, 0.8), model.interval_width(0.8)
    model.set_params(coverage_by=later)

    assert (model.predict_interval(X, 0.8) == expected).all()
    assert model.interval_width(0.8) == widths
    save(model, tmp_path / "model.safetensors")
    loaded = load(tmp_path / "model.safetensors")
    for again in (loaded, loaded.set_params(coverage_by=later)):
        assert (again.predict_interval(X, 0.8) == expected).all()
        assert again.interval_width(0.8) == widths
    plain = TabularRegressor(**QUICK).fit(X, y)
    expected = plain.predict_interval(X, 0.8)
    assert (plain.set_params(coverage_by="near").predict_interval(X, 0.8) == expected).all()
    assert plain.interval_width(0.8).shape == (1,)


def test_coverage_is_counted_by_hand() -> None:
    """Two groups with weights; Wilson's interval is SciPy's."""
    y = np.array([0.0, 2.0, 0.5, 3.0, 0.2])
    ends = np.array([[0.0, 1.0]] * 4 + [[0.0, 3.0]])
    by = ["a", "a", "b", "b", "b"]
    plain = coverage_by_group(y, ends, by)
    weighted = coverage_by_group(y, ends, by, sample_weight=[3.0, 1.0, 1.0, 1.0, 2.0])

    assert [(row.group, row.n_rows, row.share) for row in plain] == [("a", 2, 0.5), ("b", 3, 2 / 3)]
    assert [row.share for row in weighted] == [0.75, 0.75]
    assert plain[1].size == pytest.approx(5 / 3)
    interval = binomtest(2, 3).proportion_ci(method="wilson")
    assert (plain[1].low, plain[1].high) == pytest.approx((interval.low, interval.high))


def test_numbers_are_divided_into_ranges() -> None:
    """Ten of about as many rows each, named by their ends; a few different numbers are groups."""
    x = np.linspace(0.0, 1.0, 1000)
    ends = np.c_[np.zeros(1000), np.full(1000, 0.5)]
    rows = coverage_by_group(x, ends, x)

    assert [row.n_rows for row in rows] == [100] * 10
    assert [row.share for row in rows] == [1.0] * 5 + [0.0] * 5
    assert rows[0].group == "0 to 0.0991"
    assert [row.group for row in coverage_by_group(x, ends, np.arange(1000) % 3)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"predicted": np.ones((3, 3))}, DataError, r"'predicted' must have shape \(4, 2\)"),
        ({"by": [1, 2]}, DataError, r"must have shape \(4,\)"),
        ({"classes": [0, 1], "y": [0, 1, 2, 0]}, DataError, "'y' holds the class 2"),
        ({"level": 95}, ParameterError, r"'level' must lie in \(0, 1\)"),
        ({"n_ranges": 0}, ParameterError, "'n_ranges' must be a whole number >= 1"),
        ({"y": [0.0, np.nan, 1.0, 2.0]}, DataError, "Input y contains NaN in row 1"),
        ({"y": ["a", "b", "c", "d"]}, DataError, "'y' must be numbers for intervals"),
        ({"y": np.ma.array(np.zeros(4), mask=[0, 0, 1, 0])}, DataError, "Input y is masked in row 2"),
        ({"predicted": np.full((4, 2), np.nan)}, DataError, "'predicted' must not contain NaN"),
        ({"sample_weight": [-1.0, 1.0, 1.0, 1.0]}, ValueError, "sample_weight"),
        ({"sample_weight": ["x"] * 4}, DataError, "'sample_weight' must be numbers"),
        ({"sample_weight": np.zeros(4)}, DataError, "'sample_weight' must have an entry > 0"),
        ({"sample_weight": [np.nan] * 4}, ValueError, "sample_weight"),
    ],
)
def test_coverage_of_what_does_not_match_is_refused(options: Any, error: Any, message: str) -> None:
    """With the name of the parameter."""
    given = {"y": np.zeros(4), "predicted": np.zeros((4, 2)), **options}
    with pytest.raises(error, match=message):
        coverage_by_group(given.pop("y"), given.pop("predicted"), **given)


def test_missing_groups_are_a_group_of_their_own() -> None:
    """It comes last, and the other numbers are divided into ranges as if it were not there."""
    x = np.linspace(0.0, 1.0, 100)
    ends = np.c_[np.zeros(100), np.full(100, 0.5)]
    expected = coverage_by_group(x, ends, x)
    for missing, by in ((np.nan, x), (None, x.astype(object)), (pd.NA, pd.array(x))):
        rows = coverage_by_group(np.r_[x, 0.1], np.r_[ends, [[0.0, 1.0]]], [*by, missing])
        assert rows[:-1] == expected
        assert (rows[-1].group, rows[-1].n_rows, rows[-1].share) == ("missing", 1, 1.0)
    for missing in (None, np.nan):
        texts = coverage_by_group(x[:4], ends[:4], [missing, "a", "z", missing])
        assert [(row.group, row.n_rows) for row in texts] == [("a", 1), ("z", 1), ("missing", 2)]


def test_numbers_held_as_objects_are_in_order() -> None:
    """Not in that of their texts, where 10 comes before 2."""
    rows = coverage_by_group(np.zeros(4), np.zeros((4, 2)), np.array([10, 9, 2, 10], object))
    assert [(row.group, row.n_rows) for row in rows] == [("2", 1), ("9", 1), ("10", 2)]


def test_a_row_of_weight_0_is_absent_from_the_coverage() -> None:
    """With its group, and whatever its target is."""
    y, ends = np.array([np.nan, 0.5, 2.0]), np.array([[0.0, 1.0]] * 3)
    found = coverage_by_group(y, ends, ["a", "b", "b"], sample_weight=[0.0, 1.0, 1.0])
    assert found == coverage_by_group(y[1:], ends[1:], ["b", "b"])


MANY = 3.0  # standard errors: of some 200 comparisons about one in two series lies beyond by chance


@pytest.mark.campaign
@pytest.mark.parametrize(("noise", "n"), SETS)
def test_ninety_percent_lie_inside_at_every_width(noise: str, n: int) -> None:
    """90 to 92 % on average, and 84 to 96 % of each tenth of the widths, within three standard errors.

    With n calibration rows the coverage of one set is Beta((n + 1) c, (n + 1)(1 - c)), whose variance is about
    c (1 - c)/n, and the share among m new rows adds c (1 - c)/m. Groups count as one row each.
    """
    n_calibrate, n_new = (
        (n, NEW_ROWS) if noise != "groups" else (n // ROWS_PER_GROUP, NEW_ROWS // ROWS_PER_GROUP)
    )
    share, _, tenths, _ = measure(noise, n, SEEDS[n])

    def error(c: float, n_test: float) -> float:
        return MANY * float(np.sqrt(c * (1.0 - c) * (1.0 / n_calibrate + 1.0 / n_test) / SEEDS[n]))

    assert 0.9 - error(0.9, n_new) <= share <= 0.92 + error(0.92, n_new)
    assert tenths.min() >= 0.84 - error(0.84, n_new / 10)
    assert tenths.max() <= 0.96 + error(0.96, n_new / 10)
