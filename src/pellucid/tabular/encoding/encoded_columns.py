"""Columns of an encoded table: their names, and the user's column that each came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoding.features import GROUPS, Column, Feature
from pellucid.tabular.encoding.scaling import scaled

__all__ = ["EncodedColumns"]

Array = NDArray[np.float64]


class EncodedColumns:
    """The part of a fitted encoder that knows the columns of its result: numbers first, codes last."""

    columns_: tuple[Column, ...]
    smooth_clip: float | None

    def _layout(self) -> list[tuple[int, int]]:
        """Return, for each column of the result, the position of the user's column and of its feature."""
        places = [(i, j) for i, column in enumerate(self.columns_) for j in range(len(column.features))]
        return sorted(places, key=lambda place: GROUPS.index(self._feature(*place).group))

    def in_order(self, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the encoded forms of the user's columns in the order of the result.

        Parameters
        ----------
        columns : sequence of sequences
            For each of the user's columns, what stands for each of its features.

        Returns
        -------
        list
            Numbers first, codes last.
        """
        return [columns[position][part] for position, part in self._layout()]

    def one_hot_columns(self) -> Iterator[tuple[list[int], Array, Array, Array]]:
        """Yield the values of columns in which fit saw a few categories and no row without one.

        Yields
        ------
        at : list of int
            Their columns of the result.
        none, known : ndarray of shape (n_columns,) and (n_categories, n_columns)
            The values of these columns for no known category, and for each known one.
        shares : ndarray of shape (n_categories,)
            The frequencies of the categories.
        """
        place = {feature: at for at, feature in enumerate(self._layout())}
        for position, column in enumerate(self.columns_):
            if column.shares:
                parts = self._scaled(column.of_categories, column.features)
                at = [place[position, part] for part in range(len(column.features))]
                yield at, parts[0], parts[1:], np.array(column.shares)

    def _scaled(self, unscaled: Array, features: Sequence[Feature]) -> Array:
        """Return columns of the result centered and scaled; none of them may be codes."""
        median, scale = (np.array([getattr(each, name) for each in features]) for name in ("median", "scale"))
        rising = np.array([each.group == "rising" for each in features])
        return scaled(unscaled, median, scale, self.smooth_clip, rising)

    def _feature(self, position: int, part: int) -> Feature:
        return self.columns_[position].features[part]

    def _n_of(self, group: str) -> int:
        return sum(feature.group == group for column in self.columns_ for feature in column.features)

    @property
    def n_numeric_(self) -> int:
        """The number of numeric columns, the first ones."""
        return self._n_of("numeric")

    @property
    def n_plain_(self) -> int:
        """Number of columns after the numeric ones that are not codes."""
        return self._n_of("rising") + self._n_of("plain")

    @property
    def cardinalities_(self) -> tuple[int, ...]:
        """Number of codes in each of the last columns, 0 included."""
        return tuple(len(column.categories) + 1 for column in self.columns_ if column.as_codes)

    @property
    def names_(self) -> tuple[str, ...]:
        """A name for each column of the result."""
        return tuple(self.columns_[i].name + self._feature(i, j).suffix for i, j in self._layout())

    @property
    def source_(self) -> tuple[int, ...]:
        """The position of the user's column for each column of the result."""
        return tuple(i for i, _ in self._layout())
