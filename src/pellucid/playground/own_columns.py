"""Columns of own tables: their kinds, and the numbers that a network takes, as in ``page/data/columns.js``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.playground.parts import size_of
from pellucid.playground.tables import NUMBER

__all__ = ["Column"]

Array = NDArray[np.float64]

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "nil", "missing"}
LARGEST = 1e150  # beyond it a square is infinite, and so is a variance
MOSTLY = 0.8  # share of numbers from which a column is one of numbers, and the rest is refused
MOST_CATEGORIES = 30


class Column:
    """A column as it was read: its kind, and its cells as numbers or text."""

    def __init__(self, name: str, cells: list[Any], decimal: str, *, raw: bool = False) -> None:
        self.name, self.cells, self.raw = name, cells, raw
        self.numbers = np.array([_number(cell, decimal) for cell in cells])
        present = [not _is_missing(cell) for cell in cells]
        fits = int((~np.isnan(self.numbers)).sum())
        self.refused: list[dict[str, Any]] = []
        self.texts = [str(cell).strip() if here else None for cell, here in zip(cells, present, strict=True)]
        self.categories = sorted({text for text in self.texts if text is not None}, key=_utf16)
        if not any(present):
            self.kind, self.n_missing = "empty", len(cells)
        elif fits >= MOSTLY * sum(present):
            known = self.numbers[~np.isnan(self.numbers)]
            self.kind = "constant" if (known == known[0]).all() else "number"
            self.n_missing = len(cells) - fits
            self.refused = [
                {"row": i, "column": name, "text": str(cell)[:40], "why": "number"}
                for i, cell in enumerate(cells)
                if present[i] and np.isnan(self.numbers[i])
            ]
        else:
            few = len(self.categories) <= MOST_CATEGORIES
            self.kind = "constant" if len(self.categories) == 1 else "category" if few else "text"
            self.n_missing = len(cells) - sum(present)

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """True for the rows of which it cannot be the target."""
        missing = np.array([_is_missing(cell) for cell in self.cells])
        return missing | np.isnan(self.numbers) if self.is_number else missing

    @property
    def is_number(self) -> bool:
        """True if its numbers can be used; those of a constant only in a raw table."""
        return self.kind == "number" or (
            self.raw and self.kind == "constant" and not np.isnan(self.numbers).all()
        )

    def distinct(self, kept: NDArray[np.intp]) -> list[Any]:
        """Return the different values of a target: numbers in order, or its categories."""
        if self.is_number:
            return sorted(set(self.numbers[kept].tolist()))
        return self.categories

    def places(self, kept: NDArray[np.intp], distinct: list[Any]) -> Array:
        """Return the place of each row's value among those that differ."""
        place = {value: float(k) for k, value in enumerate(distinct)}
        values = self.numbers.tolist() if self.is_number else self.texts
        return np.array([place[values[i]] for i in kept])

    def encoded(self) -> list[tuple[dict[str, Any], Array]]:
        """Return the columns of numbers that it becomes."""
        if self.is_number:
            missing = np.isnan(self.numbers)
            mean = moments(self.numbers[~missing])[0]
            found = [self.scaled(self.name, np.where(missing, mean, self.numbers), "number")]
        elif self.kind == "category":
            missing = np.array([text is None for text in self.texts])
            alone = len(self.categories) == 2 and not self.n_missing
            found = [
                self.scaled(
                    f"{self.name}={category}",
                    np.array([float(text == category) for text in self.texts]),
                    "category",
                )
                for category in (self.categories[1:] if alone else self.categories)
            ]
        else:
            return []
        if self.n_missing:
            found.append(self.scaled(f"{self.name} ?", missing.astype(float), "missing"))
        return found

    def scaled(self, name: str, values: Array, kind: str) -> tuple[dict[str, Any], Array]:
        """Return a column that it becomes, standardized unless its table is raw, and its description."""
        mean, scale = (0.0, 1.0) if self.raw else moments(values)
        described = {"name": name, "source": self.name, "kind": kind, "mean": mean, "scale": scale}
        return described, (values - mean) / scale


def moments(values: Array) -> tuple[float, float]:
    # One term after another, as the page adds them: the same bits.
    n, total, squares = len(values), 0.0, 0.0
    for value in values.tolist():
        total += value
    mean = total / n
    for value in values.tolist():
        squares += (value - mean) * (value - mean)
    deviation = float(np.sqrt(squares / n))
    varies = deviation > 10 * np.finfo(float).eps * abs(mean) and deviation > 0.0
    return mean, deviation if varies else 1.0


def _number(cell: Any, decimal: str) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return size_of(cell) if abs(cell) <= LARGEST else np.nan
    text = "" if cell is None else str(cell).strip()
    if _is_missing(text) or not NUMBER["," if decimal == "," else "."].fullmatch(text):
        return np.nan
    value = float(text.replace(",", "."))
    return value if abs(value) <= LARGEST else np.nan


def _is_missing(cell: Any) -> bool:
    return cell is None or str(cell).strip().lower() in MISSING


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")  # JavaScript sorts by these units
