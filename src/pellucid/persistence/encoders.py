"""Checks of the columns that a file describes before an encoder uses them."""

from __future__ import annotations

from base64 import b64decode
from math import isfinite
from typing import Any

import numpy as np

from pellucid.exceptions import ModelFileError
from pellucid.persistence.fields import (
    Check,
    check_fields,
    each,
    number,
    of_type,
    one_of,
    optional,
    positive,
    whole,
)
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.features import GROUPS, PLACE, Column, encode_column
from pellucid.tabular.encoding.grams import N_BUCKETS
from pellucid.tabular.encoding.text_block import MOST_BUCKETS, MOST_DIRECTIONS
from pellucid.tabular.reading.columns import LABELED, WORDS, Values
from pellucid.tabular.reading.readings import READERS
from pellucid.tabular.reading.text_dates import ORDERS
from pellucid.tabular.reading.text_numbers import DECIMALS

__all__ = ["check_histogram", "unpack_encoder"]


def _finite(value: Any) -> bool:
    return number(value) and isfinite(value)


ENCODER: dict[str, Check] = {
    "options": of_type(dict),
    "feature_names": optional(each(of_type(str))),
    "is_sparse": of_type(bool),
    "columns": each(of_type(dict)),
    "notes": each(of_type(str)),
}
OPTIONS: dict[str, Check] = {
    "categorical": lambda value: value == "auto" or each(of_type(str, int))(value),
    "text_columns": optional(each(of_type(str, int))),
    "max_one_hot": whole(),
    "max_categories": optional(whole(2)),
    "smooth_clip": optional(positive),
    "decimal": one_of("auto", *DECIMALS),
    "dates": one_of("auto", *ORDERS),
    "sentinels": optional(lambda value: value == "auto" or each(_finite)(value)),
}
COLUMN: dict[str, Check] = {
    "name": of_type(str),
    "kind": one_of("empty", *WORDS),
    "n_missing": lambda value: _finite(value) and value >= 0,
    "categories": each(of_type(str)),
    "named": of_type(bool),
    "as_codes": of_type(bool),
    "features": each(of_type(dict)),
    "left_out": of_type(str),
    "sentinels": each(_finite),
    "shares": each(lambda value: _finite(value) and 0.0 <= value <= 1.0),
    "reading": optional(of_type(dict)),
    "is_ordered": of_type(bool),
    "missing_share": lambda value: _finite(value) and 0.0 <= value <= 1.0,
    "low": optional(_finite),
    "high": optional(_finite),
    "histogram": optional(of_type(dict)),
    "text": optional(of_type(dict)),
}
TEXT: dict[str, Check] = {
    "n_directions": whole(1, MOST_DIRECTIONS),
    "stored": of_type(str),
    "buckets": each(whole(0, N_BUCKETS - 1)),
}
HISTOGRAM: dict[str, Check] = {
    "bounds": lambda value: each(_finite)(value) and value == sorted(set(value)),
    "shares": each(lambda value: _finite(value) and 0.0 <= value <= 1.0),
    "n_rows": positive,
}
READING: dict[str, Check] = {
    "kind": one_of(*READERS),
    "decimal": one_of(*DECIMALS),
    "unit": of_type(str),
    "order": one_of("", *ORDERS),
}
# Fields that files of earlier versions lack, with their meaning there.
SINCE: dict[str, dict[str, Any]] = {
    "options": {"decimal": "auto", "dates": "auto", "sentinels": None, "text_columns": None},
    "column": {
        "sentinels": [],
        "shares": [],
        "reading": None,
        "is_ordered": False,
        "missing_share": 1.0,
        "low": None,
        "high": None,
        "histogram": None,
        "text": None,
    },
}
FEATURE: dict[str, Check] = {
    "suffix": of_type(str),
    "group": one_of(*GROUPS),
    "median": _finite,
    "scale": positive,
    "knots": lambda value: each(_finite)(value) and value == sorted(set(value)),
}


def unpack_encoder(plain: Any) -> TableEncoder:
    """Return the encoder that a file describes; refuse one that no fit could have produced."""
    later = {"not_inputs": each(of_type(str))} if type(plain) is dict and "not_inputs" in plain else {}
    check_fields(plain, ENCODER | later, "The encoder")
    plain = {
        **plain,
        "options": SINCE["options"] | plain["options"],
        "columns": [SINCE["column"] | column for column in plain["columns"]],
    }
    check_fields(plain["options"], OPTIONS, "The encoder's options")
    for column in plain["columns"]:
        check_fields(column, COLUMN, "A column")
        if column["reading"] is not None:
            check_fields(column["reading"], READING, "A column's reading")
        if column["histogram"] is not None:
            check_histogram(column["histogram"])
        if column["text"] is not None:
            _check_text(column["text"])
        for feature in column["features"]:
            check_fields(feature, FEATURE, "A column's feature")
    encoder = TableEncoder.from_plain(plain)
    names = encoder.feature_names_
    if names is not None and (encoder.is_sparse_ or names != tuple(c.name for c in encoder.columns_)):
        raise ModelFileError("Its feature names differ from those of its columns.")
    if encoder.not_inputs_ and (names is None or set(encoder.not_inputs_) & set(names)):
        raise ModelFileError("It names a column of groups that is one of its inputs, or has no names.")
    for column in encoder.columns_:
        fits = _is_sparse_column if encoder.is_sparse_ else _is_column
        if not fits(column):
            raise ModelFileError(f"Its column {column.name!r} is inconsistent.")
    return encoder


def check_histogram(plain: Any) -> None:
    """Refuse a histogram that no fit could have produced."""
    check_fields(plain, HISTOGRAM, "A histogram")
    if len(plain["shares"]) != len(plain["bounds"]) + 1 or not 0.999 < sum(plain["shares"]) < 1.001:
        raise ModelFileError("A histogram's shares must be one more than its bounds, and their sum 1.")


def _check_text(plain: Any) -> None:
    """Refuse a conversion of text to numbers that no fit could have produced."""
    check_fields(plain, TEXT, "A column's text")
    try:
        flat = np.frombuffer(b64decode(plain["stored"], validate=True), "<f4")
    except ValueError as error:
        raise ModelFileError("The weights of a column's text cannot be read.") from error
    if len(flat) != N_BUCKETS * plain["n_directions"] or len(plain["buckets"]) > MOST_BUCKETS:
        raise ModelFileError("The weights of a column's text do not match the size of its directions.")
    if not np.isfinite(flat).all():
        raise ModelFileError("The weights of a column's text must be finite.")


def _is_column(column: Column) -> bool:
    is_labeled = column.kind in LABELED
    if (column.as_codes or column.categories) and not is_labeled:
        return False
    if len(set(column.categories)) < len(column.categories):
        return False
    if column.shares and (
        column.as_codes or len(column.shares) != len(column.categories) or not any(column.shares)
    ):
        return False
    if column.is_ordered and not is_labeled:
        return False
    if column.text is not None and column.kind != "text":
        return False
    if column.reading is not None and column.kind not in (column.reading.kind, "empty"):
        return False
    looked_up = [feature.group == "code" for feature in column.features if feature.suffix != PLACE]
    if any(is_code != column.as_codes for is_code in looked_up):
        return False
    if any(feature.group == "code" for feature in column.features if feature.suffix == PLACE):
        return False
    none, no_codes = np.empty(0), np.empty(0, np.intp)
    values = (
        Values(column.kind, None, no_codes, (), frozenset())
        if is_labeled or column.kind == "text"
        else Values(column.kind, none, None, (), frozenset())
    )
    encode_column(column, values, None)  # a KeyError where a feature is none of this kind of column
    return True


def _is_sparse_column(column: Column) -> bool:
    plain = [(feature.suffix, feature.group) == ("", "plain") for feature in column.features]
    return column.kind == "numeric" and not column.categories and plain in ([], [True])
