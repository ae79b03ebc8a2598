"""What becomes of a column: which columns of the result, and their numbers.

=============================  =====================================================================
column                         columns of the result, those that vary in fit
=============================  =====================================================================
numeric, duration              the number; whether it is missing, or each of its sentinels
date                           days; month, day of week, hour as sine and cosine; whether it is missing
two categories                 one of -1 and +1, 0 for missing and unknown
few categories                 one of 0 and 1 for each, all 0 for missing and unknown
more categories                one of codes from 1, 0 for missing and unknown
=============================  =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.tabular.columns import LABELED, WORDS, Values, reads_as
from pellucid.tabular.dates import cycle_parts
from pellucid.tabular.scaling import distinct_knots, median_and_scale, scaled, spread_out
from pellucid.tabular.sentinels import find_sentinels, written

__all__ = ["GROUPS", "Column", "Feature", "encode_column", "fit_column"]

Array = NDArray[np.float64]

GROUPS = ("numeric", "plain", "code")  # in the order of the result


@dataclass(frozen=True)
class Feature:
    """A column of the result.

    Parameters
    ----------
    suffix : str
        What follows the name of the user's column: nothing, ``=INLAND``, ``: month (sin)``, `` is missing``.
    group : {"numeric", "plain", "code"}
        Numeric ones get a periodic embedding, codes a looked-up one.
    median, scale : float
        What is subtracted, and then multiplied by; 0 and 1 for codes.
    knots : tuple of float, default=()
        Values whose places, from 0 to 1, stand for the number before that, for a column that is mostly one value.
    """

    suffix: str
    group: str
    median: float = 0.0
    scale: float = 1.0
    knots: tuple[float, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of the user's table as fit saw it.

    Parameters
    ----------
    name : str
        Its name, or ``x3`` for column 3 of an array.
    kind : str, default="empty"
        One of those in :mod:`pellucid.tabular.columns`.
    n_missing : int or float, default=0
        Rows without a value, as many times as their weights say.
    categories : tuple of str, default=()
        The texts of its categories, sorted.
    named : bool, default=False
        Whether it was called categorical, by the user or by the frame.
    as_codes : bool, default=False
        Whether the categories are codes for an embedding.
    features : tuple of Feature, default=()
        Its columns of the result.
    left_out : str, default=""
        Why it has none.
    sentinels : tuple of float, default=()
        Values that are missing as numbers, each with a column of its own.
    shares : tuple of float, default=()
        Of its categories in the rows of fit, where these have a column each and no row was without one; see
        :mod:`pellucid.tabular.unseen`.
    """

    name: str
    kind: str = "empty"
    n_missing: float = 0
    categories: tuple[str, ...] = ()
    named: bool = False
    as_codes: bool = False
    features: tuple[Feature, ...] = ()
    left_out: str = ""
    sentinels: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def check(self, values: Values, label: str) -> None:
        """Refuse values of another kind than fit saw, unless they may be its categories, written otherwise."""
        if self.kind == "categorical":
            foreign = [kind for kind in values.found if not self._may_be(kind)]
        else:
            foreign = [] if values.kind in (self.kind, "empty") else [values.kind]
        if foreign:
            raise DataError(
                f"X: {label} held {WORDS[self.kind]} when the encoder was fitted, and now holds "
                f"{WORDS[foreign[0]]}. Convert it to what it was, or fit again."
            )

    def _may_be(self, kind: str) -> bool:
        """Return whether cells of a kind may be categories that fit saw: 1 is the category 1, and no color."""
        if kind in ("numeric", "boolean", "categorical"):
            return any(reads_as(kind, text) for text in self.categories)
        return self.named


def fit_column(
    column: Column,
    values: Values,
    weight: Array | None,
    *,
    max_one_hot: int,
    max_categories: int | None,
    sentinels: str | tuple[float, ...] = (),
) -> Column:
    """Return a column and the columns of the result that it becomes.

    Parameters
    ----------
    column : Column
        What is known of it before its cells are looked at.
    values : Values
        What its cells say.
    weight : ndarray of shape (n_rows,) or None
        Positive weights of the rows.
    max_one_hot : int
        With how many categories each still gets a column.
    max_categories : int or None
        How many categories are kept; the most frequent ones.
    sentinels : "auto" or tuple of float, default=()
        Numbers that stand for something else; "auto" looks for them, see :func:`find_sentinels`.

    Returns
    -------
    Column
        With the statistics of these rows.
    """
    missing = values.codes < 0 if values.codes is not None else np.isnan(_numbers(values))
    column = replace(column, kind=values.kind, n_missing=_count(missing, weight))
    if values.kind in LABELED:
        categories = _categories(values, weight, max_categories)
        column = replace(column, categories=categories, as_codes=len(categories) > max(max_one_hot, 2))
        counts = np.bincount(_look_up(column, values), weight, minlength=len(categories) + 1)
        if not (column.as_codes or counts[0]) and len(categories) > 1:
            column = replace(column, shares=tuple((counts[1:] / counts.sum()).tolist()))
    elif values.numbers is not None:
        given = find_sentinels(values.numbers, weight) if isinstance(sentinels, str) else sentinels
        column = replace(column, sentinels=tuple(float(s) for s in given if (values.numbers == s).any()))
    features = []
    for suffix, raw in _parts(column, values).items():
        if column.as_codes:
            features.append(Feature(suffix, "code"))
            continue
        is_number = suffix == "" and column.kind not in LABELED
        knots = distinct_knots(raw, weight) if is_number else ()
        if (found := median_and_scale(spread_out(raw, knots), weight)) is not None:
            features.append(Feature(suffix, "numeric" if is_number else "plain", *found, knots))
    left_out = "" if features else "no row has a value" if missing.all() else "it is constant"
    return replace(column, features=tuple(features), left_out=left_out)


def encode_column(column: Column, values: Values, clip: float | None) -> list[Array]:
    """Return the columns of the result that a column becomes."""
    parts = _parts(column, values)
    return [
        parts[f.suffix]
        if f.group == "code"
        else scaled(spread_out(parts[f.suffix], f.knots), f.median, f.scale, clip)
        for f in column.features
    ]


def _parts(column: Column, values: Values) -> dict[str, Array]:
    """Return everything that the column can become, unscaled, by its suffix; NaN where missing."""
    if column.kind in LABELED:
        return _label_parts(column, _look_up(column, values))
    read = _numbers(values)
    missing = {" is missing": np.isnan(read)}
    for s in column.sentinels:
        missing[f" is {written(s, column.kind)}"] = read == s
    read = np.where(np.isin(read, column.sentinels), np.nan, read)
    cycles = cycle_parts(read) if column.kind in ("date", "zoned date") else {}
    return {"": read, **cycles, **{suffix: marked.astype(np.float64) for suffix, marked in missing.items()}}


def _label_parts(column: Column, codes: NDArray[np.intp]) -> dict[str, Array]:
    if column.as_codes:
        return {"": codes.astype(np.float64)}
    if len(column.categories) == 2:
        suffix = "" if column.kind == "boolean" else f"={column.categories[1]}"
        return {suffix: np.array([0.0, -1.0, 1.0])[codes]}
    return {
        f"={text}": (codes == code).astype(np.float64) for code, text in enumerate(column.categories, start=1)
    }


def _look_up(column: Column, values: Values) -> NDArray[np.intp]:
    """Return each row's category, counted from 1; 0 where it is missing or unknown."""
    if values.codes is None:  # nothing says what the cells are, since all are missing
        return np.zeros(len(_numbers(values)), np.intp)
    code = {text: place for place, text in enumerate(column.categories, start=1)}
    return np.array([*(code.get(text, 0) for text in values.texts), 0], np.intp)[values.codes]


def _categories(values: Values, weight: Array | None, most: int | None) -> tuple[str, ...]:
    texts = sorted(set(values.texts))
    if most is None or len(texts) <= most:
        return tuple(texts)
    at = np.array([*map({text: i for i, text in enumerate(texts)}.__getitem__, values.texts), len(texts)])
    count = np.bincount(at[values.codes], weight, minlength=len(texts) + 1)[:-1]
    return tuple(texts[i] for i in np.sort(np.argsort(-count, kind="stable")[:most]))


def _numbers(values: Values) -> Array:
    assert values.numbers is not None
    return values.numbers


def _count(marked: NDArray[np.bool_], weight: Array | None) -> Any:
    """Return how many rows are marked, as an int where it is whole."""
    total = float(marked.sum() if weight is None else weight[marked].sum())
    return int(total) if total.is_integer() else total
