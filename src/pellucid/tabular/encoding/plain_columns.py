"""Columns as JSON can hold them, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.tabular.encoding.features import Column, Feature
from pellucid.tabular.encoding.histograms import Histogram
from pellucid.tabular.encoding.text_block import TextBlock
from pellucid.tabular.reading.readings import Reading

__all__ = ["as_plain", "column_from_plain", "histogram_from_plain"]


def as_plain(value: Any) -> Any:
    """Return a value with lists for tuples, and Python's numbers for NumPy's, as JSON has them."""
    if isinstance(value, dict):
        return {key: as_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [as_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def column_from_plain(plain: dict[str, Any]) -> Column:
    """Return the column whose fields these are; those that older files lack are empty."""
    return Column(
        **{
            **plain,
            "categories": tuple(plain["categories"]),
            "sentinels": tuple(plain.get("sentinels", ())),
            "shares": tuple(plain.get("shares", ())),
            "reading": None if plain.get("reading") is None else Reading(**plain["reading"]),
            "histogram": histogram_from_plain(plain.get("histogram")),
            "text": text_from_plain(plain.get("text")),
            "features": tuple(
                Feature(**{**feature, "knots": tuple(feature.get("knots", ()))})
                for feature in plain["features"]
            ),
        }
    )


def text_from_plain(plain: dict[str, Any] | None) -> TextBlock | None:
    """Return the way from text to numbers whose fields these are; None for None."""
    return None if plain is None else TextBlock(**{**plain, "buckets": tuple(plain["buckets"])})


def histogram_from_plain(plain: dict[str, Any] | None) -> Histogram | None:
    """Return the histogram whose fields these are; None for None."""
    if plain is None:
        return None
    return Histogram(tuple(plain["bounds"]), tuple(plain["shares"]), plain["n_rows"])
