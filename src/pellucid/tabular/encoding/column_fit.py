"""Fit of a column: its statistics in the training rows, and the columns of the result that it becomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pellucid.estimators.checked_arrays import EXACT
from pellucid.tabular.encoding.features import PLACE, Column, Feature, codes_of, look_up, numbers_in, parts_of
from pellucid.tabular.encoding.histograms import Histogram, histogram_of_codes, histogram_of_numbers
from pellucid.tabular.encoding.scaling import distinct_knots, median_and_scale, spread_out
from pellucid.tabular.encoding.text_values import learned_text, lengths_of, mean_and_scale, text_suffixes
from pellucid.tabular.reading.column_facts import categories_of, count_of, rough_range
from pellucid.tabular.reading.column_rows import ColumnRows
from pellucid.tabular.reading.columns import LABELED, Values
from pellucid.tabular.reading.sentinels import find_sentinels

__all__ = ["IDENTIFIER", "fit_column"]

Array = NDArray[np.float64]
IDENTIFIER = "nearly every row has a different category"
ALIKE = "its numbers are alike in float64, which has 16 digits; if they are codes, name it as categorical"
FEW, NEARLY_ALL = 30, 0.9  # text with more categories than both, the second times the rows, is an identifier


def fit_column(
    column: Column,
    rows: ColumnRows,
    *,
    max_one_hot: int,
    max_categories: int | None,
    sentinels: str | tuple[float, ...] = (),
) -> Column:
    """Return a column and the columns of the result that it becomes.

    Parameters
    ----------
    column : Column
        The facts known before its cells are read.
    rows : ColumnRows
        The values read from its cells, and the rows that they stand for.
    max_one_hot : int
        With how many categories each still gets a column.
    max_categories : int or None
        The number of categories to keep, the most frequent ones.
    sentinels : "auto" or tuple of float, default=()
        Numbers that stand for something else; "auto" looks for them, see :func:`find_sentinels`.

    Returns
    -------
    Column
        With the statistics of these rows.
    """
    rows = rows.in_order()
    values, weight, n_rows = rows.values, rows.weight, rows.repeated()
    missing = values.missing()
    column = replace(column, kind=values.kind, n_missing=count_of(missing, weight))
    column = replace(
        column, missing_share=float((n_rows * np.average(missing, weights=weight) + 1) / (n_rows + 2))
    )
    if values.kind in LABELED:
        categories, is_ordered = categories_of(values, weight, max_categories), len(values.order) > 2
        as_codes = len(categories) > max(max_one_hot, 2)
        column = replace(column, categories=categories, as_codes=as_codes, is_ordered=is_ordered)
    elif values.kind == "text":
        column = replace(column, text=learned_text(values, weight, rows.repeated(~missing)))
    elif values.numbers is not None:
        column = _with_range(column, values.numbers, rows, sentinels)
    is_named = column.named or column.kind != "categorical"
    if not is_named and rows.n_categories > max(FEW, NEARLY_ALL * rows.repeated(~missing)):
        return replace(column, categories=(), as_codes=False, is_ordered=False, left_out=IDENTIFIER)
    if values.kind in LABELED:
        column = replace(column, shares=_shares(column, values, weight))
    column = replace(column, histogram=_histogram(column, values, weight))
    features = []
    for suffix, raw in parts_of(column, values).items():
        if values.kind == "text" and suffix in text_suffixes(column.text):
            if (told := mean_and_scale(raw, weight)) is not None:
                features.append(Feature(suffix, "plain", *told))
            continue
        if column.as_codes and suffix == "":
            features.append(Feature(suffix, "code"))
            continue
        is_number = suffix == PLACE or (suffix == "" and column.kind not in LABELED)
        knots = distinct_knots(raw, weight) if is_number else ()
        if (found := median_and_scale(spread_out(raw, knots), weight)) is not None:
            features.append(Feature(suffix, "numeric" if is_number else "plain", *found, knots))
    return replace(column, features=tuple(features), left_out="" if features else _why_nothing(values))


def _why_nothing(values: Values) -> str:
    """Return why a column tells nothing: float64 may not tell apart what its cells hold."""
    missing, numbers = values.missing(), values.numbers
    if missing.all():
        return "no row has a value"
    is_same = numbers is None or (np.ptp(known := numbers[~missing]) == 0.0 and abs(known[0]) <= EXACT)
    return "it is constant" if is_same else ALIKE


def _shares(column: Column, values: Values, weight: Array | None) -> tuple[float, ...]:
    """Return the shares of categories that have a column each, if every row has a category."""
    counts = np.bincount(look_up(column, values), weight, minlength=len(column.categories) + 1)
    if column.as_codes or counts[0] or len(column.categories) < 2:
        return ()
    return tuple((counts[1:] / counts.sum()).tolist())


def _with_range(
    column: Column, numbers: Array, rows: ColumnRows, sentinels: str | tuple[float, ...]
) -> Column:
    """Return a column with its sentinels, and the range of the other numbers."""
    given = sentinels
    if isinstance(sentinels, str):
        given = find_sentinels(numbers, rows.weight, n_rows=rows.repeated())
    column = replace(column, sentinels=tuple(float(s) for s in given if (numbers == s).any()))
    low, high = rough_range(column.without_sentinels(numbers))
    return replace(column, low=low, high=high)


def _histogram(column: Column, values: Values, weight: Array | None) -> Histogram | None:
    if column.kind == "text":
        return histogram_of_numbers(lengths_of(values), weight)
    if column.kind in LABELED:
        return histogram_of_codes(codes_of(column, values), len(column.categories), weight)
    return histogram_of_numbers(column.without_sentinels(numbers_in(values)), weight)
