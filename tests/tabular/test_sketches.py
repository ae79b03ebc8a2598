"""Sketches of columns: exact where they say so, and within the stated error beyond."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.tabular.parquet.places import chance_of_groups, chance_of_places, sampled_places
from pellucid.tabular.reading.columns import Values
from pellucid.tabular.streaming.sketches import ColumnSketch, NumberSketch, TextSketch
from pellucid.tabular.streaming.streamed_budget import MOST_DISTINCT

CAPACITY = 4096


def sketch_of(x: np.ndarray, run: int, piece: int = 10_007) -> NumberSketch:
    sketch = NumberSketch(is_whole=run == 1)
    for first in range(0, len(x), piece):
        part = x[first : first + piece]
        sketch.add(part, None, sampled_places(first, len(part), run))
    return sketch


@pytest.mark.parametrize("order", ["random", "sorted", "reversed"])
def test_quantiles_of_many_numbers_are_within_the_stated_error(order: str) -> None:
    x = np.random.default_rng(0).exponential(size=400_000)
    x = {"random": x, "sorted": np.sort(x), "reversed": -np.sort(-x)}[order]
    run = -(-len(x) // CAPACITY)
    values, weight = sketch_of(x, run).entries(0.0, len(x))
    assert weight.sum() == pytest.approx(len(x), rel=1e-9)
    at = np.argsort(values)
    ranks = np.cumsum(weight[at]) / len(x)
    true = np.searchsorted(np.sort(x), values[at], side="right") / len(x)
    bound = np.sqrt(np.log(2.0 / 1e-6) / (2.0 * CAPACITY)) if order == "random" else 3.0 / CAPACITY
    assert np.abs(ranks - true).max() < bound


def test_the_sample_is_that_of_the_whole_however_it_is_cut() -> None:
    x, run = np.random.default_rng(1).normal(size=100_000), 13
    one, other = (np.concatenate(sketch_of(x, run, piece).sample) for piece in (777, 100_000))
    np.testing.assert_array_equal(one, other)
    assert len(one) == -(-len(x) // run) or len(one) == len(x) // run


def test_the_ends_are_exact() -> None:
    rng = np.random.default_rng(2)
    x = np.r_[rng.normal(size=200_000), np.full(700, -999.0), np.full(3, -998.0), 1e6]
    rng.shuffle(x)
    values, weight = sketch_of(x, 50).entries(0.0, len(x))
    for value, count in ((-999.0, 700), (-998.0, 3), (1e6, 1)):
        assert weight[values == value].sum() == count


def test_few_different_numbers_are_counted_exactly() -> None:
    x = np.random.default_rng(3).integers(0, 500, 100_000).astype(float)
    values, weight = sketch_of(x, 25).entries(0.0, len(x))
    each, counts = np.unique(x, return_counts=True)
    np.testing.assert_array_equal(values, each)
    np.testing.assert_array_equal(weight, counts)


def test_frequent_texts_survive_and_their_number_is_estimated() -> None:
    rng, sketch = np.random.default_rng(4), TextSketch()
    n, n_rare = 0, 0
    for part in range(8):
        rare = tuple(f"{part}-{i}" for i in range(20_000))
        texts, counts = (*rare, "often", "less often"), np.r_[np.ones(20_000), 900.0, 40.0 + rng.integers(5)]
        sketch.add(texts, counts)
        n, n_rare = n + counts.sum(), n_rare + len(rare)
    assert len(sketch.counts) <= MOST_DISTINCT
    error = n / (MOST_DISTINCT + 1)
    assert 7200.0 - error <= sketch.counts["often"] <= 7200.0
    assert 320.0 - error <= sketch.counts["less often"] <= 360.0
    assert sketch.n_distinct == pytest.approx(n_rare + 2, rel=0.1)


def test_missing_rows_and_weights_are_counted() -> None:
    column = ColumnSketch(is_whole=False)
    x = np.array([1.0, np.nan, 3.0, np.nan])
    column.add(
        Values("numeric", x, None, (), frozenset({"numeric"})), np.array([1.0, 2.0, 0.5, 4.0]), np.arange(4)
    )
    rows = column.rows(7.5)
    assert np.isnan(rows.values.numbers[-1])
    assert rows.weight.tolist() == [1.0, 0.5, 6.0]
    assert rows.repeated(rows.values.missing()) == pytest.approx(6.0)


def test_chance_depends_on_the_place_alone_and_is_even() -> None:
    places = np.arange(1_000_000)
    u = chance_of_places(places, 7)
    np.testing.assert_array_equal(u[1000:2000], chance_of_places(places[1000:2000], 7))
    counts = np.bincount((u * 100).astype(int), minlength=100)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 160.0  # chi-squared of 99 degrees: 1 in 10,000 beyond
    other = chance_of_places(places, 8)
    assert abs(np.corrcoef(u, other)[0, 1]) < 0.005
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 0.005


def test_rows_of_a_group_share_their_chance() -> None:
    names = np.array(["a", "b", "a", "c"], object)
    u = chance_of_groups(names, 3)
    assert u[0] == u[2]
    assert len(set(u.tolist())) == 3
    numbers = chance_of_groups(np.array([5, 6, 5]), 3)
    assert numbers[0] == numbers[2] != numbers[1]


@pytest.mark.parametrize("most", [50, 5000])
def test_sketches_of_parts_are_merged_to_that_of_the_whole(most: int) -> None:
    """Numbers with their ends, texts, missing rows: as if the parts had been added one by one."""
    rng = np.random.default_rng(5)
    x = np.where(rng.random(9000) < 0.1, np.nan, rng.integers(0, 900, 9000).astype(float))
    texts = tuple(f"text {k}" for k in range(40))
    codes = rng.integers(-1, 40, 9000)

    def added(sketch: ColumnSketch, first: int, last: int, *, as_text: bool) -> None:
        part = slice(first, last)
        values = Values("numeric", x[part], None, (), frozenset({"numeric"}))
        if as_text:
            values = Values("categorical", None, codes[part], texts, frozenset({"categorical"}))
        sketch.add(values, None, sampled_places(first, last - first, 7))

    for as_text in (False, True):
        whole, *parts = (ColumnSketch(is_whole=False, most=most) for _ in range(4))
        for part, first in zip(parts, (0, 2500, 2600), strict=True):
            last = {0: 2500, 2500: 2600, 2600: 9000}[first]
            added(whole, first, last, as_text=as_text)
            added(part, first, last, as_text=as_text)
        merged = parts[0]
        for part in parts[1:]:
            merged.merge(part)
        found, expected = merged.rows(9000.0), whole.rows(9000.0)
        np.testing.assert_array_equal(found.weight, expected.weight)
        assert found.values.texts == expected.values.texts
        if not as_text:
            np.testing.assert_array_equal(found.values.numbers, expected.values.numbers)


def test_frequent_texts_survive_a_merger() -> None:
    """Beyond the texts that are counted the bound of Misra and Gries holds, and their number is estimated."""
    parts = [TextSketch(most=100) for _ in range(4)]
    for k, part in enumerate(parts):
        part.add((*(f"{k}-{i}" for i in range(300)), "often"), np.r_[np.ones(300), 200.0])
    merged = parts[0]
    for part in parts[1:]:
        merged.merge(part)
    n_rows = 4 * 500
    assert len(merged.counts) <= 100
    assert 800.0 - n_rows / 101 <= merged.counts["often"] <= 800.0
    assert merged.n_distinct == pytest.approx(1201, rel=0.1)
