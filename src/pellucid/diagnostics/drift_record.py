"""Record of drift: a verdict for each column and for the predictions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pellucid.host.counted import counted
from pellucid.host.escaping import for_terminal
from pellucid.tabular.encoding.histograms import LEVELS

__all__ = ["ColumnDrift", "Drift"]


@dataclass(frozen=True)
class ColumnDrift:
    """Comparison of a column, or of the predictions, with the summary that the model holds.

    Parameters
    ----------
    name : str
        The column; ``"prediction"``, or ``"prediction 2"`` of several targets.
    kind : str
        The kind of column, as the model learned it.
    level : {"not recorded", "stable", "moderate", "major"}
        The verdict.
    psi : float or None
        The population stability index; None if no histogram was recorded, and for dates, which always move on.
    psi_by_chance : float or None
        The index that 99 of 100 tables of as many rows stay below without drift.
    unknown : float or None
        The share of rows with a category that fit did not see; None for numbers.
    outside : float or None
        The share of rows beyond the range of fit, which is rounded outwards; None for categories and dates.
    missing_before, missing : float or None
        The shares of rows without a value, in fit and now.
    remarks : tuple of str
        The verdict in sentences.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import TabularRegressor, drift
    >>> X = np.linspace(0.0, 1.0, 100)[:, None]
    >>> found = drift(TabularRegressor("fast", max_iter=5, random_state=0).fit(X, X[:, 0]), X + 5.0)
    >>> found.columns[0].name, found.columns[0].level
    ('x0', 'major')
    """

    name: str
    kind: str
    level: str
    psi: float | None = None
    psi_by_chance: float | None = None
    unknown: float | None = None
    outside: float | None = None
    missing_before: float | None = None
    missing: float | None = None
    remarks: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The fields as cells of a table; empty where a number is None."""
        numbers = ["" if value is None else f"{value:.2f}" for value in (self.psi, self.psi_by_chance)]
        shares = (self.unknown, self.outside, self.missing, self.missing_before)
        return (self.name, self.level, *numbers, *("" if v is None else f"{v:.1%}" for v in shares))


@dataclass(frozen=True)
class Drift:
    """Comparison of new rows with the summaries that a model holds.

    Parameters
    ----------
    n_rows : int
        The new rows.
    columns : tuple of ColumnDrift
        The columns that the model uses, in their order.
    predictions : tuple of ColumnDrift
        Its predictions: one, or one for each target or label.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import TabularRegressor, drift
    >>> X = np.linspace(0.0, 1.0, 100)[:, None]
    >>> found = drift(TabularRegressor("fast", max_iter=5, random_state=0).fit(X, X[:, 0]), X + 5.0)
    >>> found.level
    'major'
    """

    n_rows: int
    columns: tuple[ColumnDrift, ...]
    predictions: tuple[ColumnDrift, ...]

    @property
    def level(self) -> str:
        """The worst verdict."""
        found = [one.level for one in (*self.columns, *self.predictions)]
        return max(found, key=LEVELS.index, default=LEVELS[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON.

        Returns
        -------
        dict
            The fields, and the level.
        """
        return {**asdict(self), "level": self.level}

    def __str__(self) -> str:
        head = ("", "level", "PSI", "by chance", "unknown", "outside", "missing", "in fit")
        rows = [head, *(one.texts for one in (*self.columns, *self.predictions))]
        widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
        lines = [
            "  ".join([*map(str.ljust, row[:2], widths), *map(str.rjust, row[2:], widths[2:])])
            for row in rows
        ]
        said = [f"{one.name}: {text}" for one in (*self.columns, *self.predictions) for text in one.remarks]
        return for_terminal(
            "\n".join([f"{counted(self.n_rows, 'row')}: {self.level}", *map(str.rstrip, lines), *said]),
            lines=True,
        )
