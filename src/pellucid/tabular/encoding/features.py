"""Features made from a column: columns of the result, and their numbers.

=============================  =====================================================================
column                         columns of the result, those that vary in fit
=============================  =====================================================================
numeric, duration              the number; whether it is missing, or each of its sentinels
time of day                    seconds; the hour as sine and cosine; whether it is missing
date                           days; month, day of week, hour as sine and cosine; whether it is missing
two categories                 one of -1 and +1, 0 for missing and unknown
few categories                 one of 0 and 1 for each, all 0 for missing and unknown
more categories                one of codes from 1, 0 for missing and unknown
categories in order            in addition: the place in their order
free text                      numbers of its n-grams (see ``text_block``); whether it is missing
=============================  =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.exceptions import DataError
from pellucid.tabular.encoding.histograms import Histogram
from pellucid.tabular.encoding.scaling import scaled, spread_out, spread_out_in_order
from pellucid.tabular.encoding.text_block import TextBlock
from pellucid.tabular.encoding.text_values import (
    WRITTEN,
    as_text,
    text_parts,
)
from pellucid.tabular.reading.column_facts import are_truths
from pellucid.tabular.reading.columns import LABELED, WORDS, Values, read_text
from pellucid.tabular.reading.dates import cycle_parts
from pellucid.tabular.reading.identity import category_of_text, is_code, reads_as_number
from pellucid.tabular.reading.readings import CLOCK, Reading
from pellucid.tabular.reading.sentinels import written
from pellucid.tabular.reading.table import Cells

__all__ = [
    "GROUPS",
    "Column",
    "Feature",
    "code_parts",
    "codes_of",
    "encode_column",
    "encode_parts",
    "look_up",
    "number_parts",
    "numbers_in",
    "parts_of",
    "unscaled_parts",
]

Array = NDArray[np.float64]

GROUPS = ("numeric", "rising", "plain", "code")  # in the order of the result
PLACE = ": place in order"


@dataclass(frozen=True)
class Feature:
    """A column of the result.

    Parameters
    ----------
    suffix : str
        The suffix to the name of the user's column: nothing, ``=INLAND``, ``: month (sin)``, `` is missing``.
    group : {"numeric", "rising", "plain", "code"}
        Numeric ones get a periodic embedding, codes a looked-up one. Rising ones are numbers in which predictions
        are monotone; they never fall where the number rises, by no bit.
    median, scale : float
        The number subtracted, and the factor applied next; 0 and 1 for codes.
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
        One of those in :mod:`pellucid.tabular.reading.columns`.
    n_missing : int or float, default=0
        Rows without a value, as many times as their weights say.
    categories : tuple of str, default=()
        The texts of its categories, sorted.
    named : bool, default=False
        True if it was called categorical, by the user or by the frame.
    as_codes : bool, default=False
        True if the categories are codes for an embedding.
    features : tuple of Feature, default=()
        Its columns of the result.
    left_out : str, default=""
        Why it has none.
    sentinels : tuple of float, default=()
        Values that are missing as numbers, each with a column of its own.
    shares : tuple of float, default=()
        Of its categories in the rows of fit, where these have a column each and no row was without one; see
        :mod:`pellucid.tabular.encoding.unseen`.
    reading : Reading or None, default=None
        The way in which its text is read as numbers, dates, times or Booleans.
    is_ordered : bool, default=False
        True if the frame puts its categories in order; then ``categories`` are in it.
    missing_share : float, default=1.0
        The share of rows without a value that new tables are expected to have.
    low, high : float or None, default=None
        The range of its numbers, rounded outwards, so that no cell is kept.
    histogram : Histogram or None, default=None
        The shares of its values by bins, with which new tables are compared; None where it was not recorded. Of
        free text those of its lengths.
    text : TextBlock or None, default=None
        The way from free text to numbers.
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
    reading: Reading | None = None
    is_ordered: bool = False
    missing_share: float = 1.0
    low: float | None = None
    high: float | None = None
    histogram: Histogram | None = None
    text: TextBlock | None = None

    @cached_property
    def codes_by_name(self) -> dict[str, int]:
        """Categories, counted from 1, by their names."""
        return {category_of_text(text): code for code, text in enumerate(self.categories, start=1)}

    @cached_property
    def of_categories(self) -> Array:
        """The columns of the result before they are scaled: a row without a category, and one for each."""
        codes = np.arange(-1, len(self.categories))
        every = Values(self.kind, None, codes, self.categories, frozenset())
        return np.column_stack(unscaled_parts(self, every))

    def adapt(self, values: Values, cells: Cells) -> tuple[Values, NDArray[np.bool_] | None]:
        """Return values in the kind that fit saw, and the rows whose text cannot be read as such."""
        if self.kind == "text":
            return as_text(values), None
        if self.kind == "boolean" and values.kind == "numeric" and are_truths(numbers_in(values)):
            codes = np.where(values.missing(), -1.0, numbers_in(values)).astype(np.intp)
            return Values("boolean", None, codes, ("False", "True"), frozenset({"boolean"})), None
        if self.kind == "categorical" or not values.is_text:
            return values, None
        read, unread = read_text(values, self.reading or Reading(self.kind), cells)
        return (values, None) if unread.any() and read.missing().all() else (read, unread)

    __repr__ = brief

    def without_sentinels(self, numbers: Array) -> Array:
        """Return numbers with NaN for sentinels."""
        return np.where(np.isin(numbers, self.sentinels), np.nan, numbers) if self.sentinels else numbers

    def check(self, values: Values, label: str) -> None:
        """Refuse values of another kind than fit saw, unless they may be its categories in another form."""
        if self.kind == "categorical":
            self._check_codes(values, label)
            foreign = [kind for kind in values.found if not self._may_be(kind)]
        elif self.kind == "text":
            foreign = [kind for kind in values.found if kind not in WRITTEN]
        else:
            foreign = [] if values.kind in (self.kind, "empty") else [values.kind]
        if foreign:
            raise DataError(
                f"X: {label} held {WORDS[self.kind]} when the encoder was fitted, and now holds "
                f"{WORDS[foreign[0]]}{_such_as(values)}. Convert it back, or fit again."
            )

    def _may_be(self, kind: str) -> bool:
        """Return whether cells of a kind may be categories that fit saw: 1 may be the category 1, not a color."""
        if kind == "numeric":
            return any(map(reads_as_number, self.categories))
        if kind == "boolean":
            return not {"True", "False"}.isdisjoint(self.categories)
        return kind == "categorical" or self.named

    def _check_codes(self, values: Values, label: str) -> None:
        """Refuse a number that fit saw with leading zeros: it is unclear whether they are the same."""
        if "numeric" not in values.found or not any(map(is_code, self.categories)):
            return
        codes = {text.lstrip("0"): text for text in self.categories if is_code(text) and text.isdigit()}
        known = set(self.categories)
        for name in values.names:
            number = name.lstrip("0")
            if name not in known and name.isdigit() and number in codes:
                raise DataError(
                    f"X: {label} held {codes[number]!r} when the encoder was fitted, and now holds the number "
                    f"{name}. Read the column as text, for example with dtype=str."
                )


def encode_column(column: Column, values: Values, clip: float | None) -> list[Array]:
    """Return the columns of the result that a column becomes."""
    return encode_parts(column, parts_of(column, values), clip)


def unscaled_parts(column: Column, values: Values) -> list[Array]:
    """Return the columns of the result before they are centered and scaled; codes are not."""
    parts = parts_of(column, values)
    spread = {"rising": spread_out_in_order}
    return [spread.get(f.group, spread_out)(parts[f.suffix], f.knots) for f in column.features]


def encode_parts(column: Column, parts: dict[str, Array], clip: float | None) -> list[Array]:
    """Return the columns of the result, scaled, from everything that the column can become."""
    return [
        parts[f.suffix]
        if f.group == "code"
        else scaled(spread_out(parts[f.suffix], f.knots), f.median, f.scale, clip)
        for f in column.features
    ]


def parts_of(column: Column, values: Values) -> dict[str, Array]:
    """Return everything that the column can become, unscaled, by its suffix; NaN where missing."""
    if column.kind == "text":
        return text_parts(column.text, values)
    if column.kind in LABELED:
        return code_parts(column, look_up(column, values))
    return number_parts(column, numbers_in(values))


def number_parts(column: Column, read: Array) -> dict[str, Array]:
    """Return everything that numbers, days or seconds can become, unscaled, by its suffix; NaN where missing."""
    missing = {" is missing": np.isnan(read)}
    for s in column.sentinels:
        missing[f" is {written(s, column.kind)}"] = read == s
    read = column.without_sentinels(read)
    cycles = {}
    if column.kind in ("date", "zoned date"):
        cycles = cycle_parts(read)
    elif column.reading is not None and column.reading.unit == CLOCK:
        cycles = {name: wave for name, wave in cycle_parts(read / 86_400.0).items() if "hour" in name}
    return {"": read, **cycles, **{suffix: marked.astype(np.float64) for suffix, marked in missing.items()}}


def code_parts(column: Column, codes: NDArray[np.intp]) -> dict[str, Array]:
    """Return everything that codes of categories, 0 for none, can become, by its suffix; NaN where missing."""
    if column.is_ordered:
        place = np.where(codes == 0, np.nan, codes.astype(np.float64))
        return {PLACE: place, **code_parts(replace(column, is_ordered=False), codes)}
    if column.as_codes:
        return {"": codes.astype(np.float64)}
    if len(column.categories) == 2:
        suffix = "" if column.kind == "boolean" else f"={column.categories[1]}"
        return {suffix: np.where(codes == 0, 0.0, np.where(codes == 1, -1.0, 1.0))}
    return {
        f"={text}": (codes == code).astype(np.float64) for code, text in enumerate(column.categories, start=1)
    }


def look_up(column: Column, values: Values) -> NDArray[np.intp]:
    """Return each row's category, counted from 1; 0 if it is missing or unknown."""
    if values.codes is None:  # the kind is unknown, since all cells are missing
        return np.zeros(len(numbers_in(values)), np.intp)
    code = column.codes_by_name
    return np.array([*(code.get(name, 0) for name in values.names), 0], np.intp)[values.codes]


def codes_of(column: Column, values: Values) -> NDArray[np.intp]:
    """Return each row's category, counted from 1; 0 where fit did not see it, -1 where it is missing."""
    return np.where(values.missing(), -1, look_up(column, values))


def numbers_in(values: Values) -> Array:
    """Return the values of a column of numbers, dates or durations."""
    assert values.numbers is not None
    return values.numbers


def _such_as(values: Values) -> str:
    return f" such as {values.texts[0]!r}" if values.is_text else ""
