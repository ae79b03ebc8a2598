"""A table as a fit needs it, and what a model file notes about the table it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pellucid.cli.columns import matching_inputs, numbers, require, shown, weights
from pellucid.cli.split import Split, fingerprint, split
from pellucid.cli.tables import Table
from pellucid.cli.target import Values, values
from pellucid.exceptions import DataError

__all__ = ["Examples", "Origin"]

KEY = "pellucid train"


@dataclass(frozen=True)
class Examples:
    """Inputs, targets and weights of the same rows.

    Parameters
    ----------
    inputs : polars.DataFrame
        Finite Float64 columns.
    y : ndarray of shape (n_rows,)
        Classes or numbers.
    weight : ndarray of shape (n_rows,) or None
        Weights >= 0.
    """

    inputs: pl.DataFrame
    y: Values
    weight: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, rows: NDArray[np.intp]) -> Examples:
        return Examples(self.inputs[rows], self.y[rows], None if self.weight is None else self.weight[rows])


@dataclass(frozen=True)
class Origin:
    """Where a model came from: enough to hold out the same rows again.

    Parameters
    ----------
    data : str
        The path or name of the table, as it was typed.
    target, task : str
        What was learned.
    identifier, weight : str or None
        Columns that are no inputs.
    dropped : list of str
        Columns that were left out.
    test_fraction : float
        The share of rows that was held out.
    seed : int
        The seed of the split.
    n_rows : int, default=0
        The number of rows of the table.
    fingerprint : str, default=""
        The digest of everything that the fit saw.
    baseline : str, bool, int, float or None, default=None
        The best guess without inputs, where it is known.
    scores : dict, default={}
        Of the held-out rows.
    """

    data: str
    target: str
    task: str
    identifier: str | None
    weight: str | None
    dropped: list[str]
    test_fraction: float
    seed: int
    n_rows: int = 0
    fingerprint: str = ""
    baseline: Any = None
    scores: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, header: Mapping[str, Any]) -> Origin | None:
        """Return what a model file notes, or None where the command line did not write it."""
        noted = (header.get("notes") or {}).get(KEY)
        if not isinstance(noted, dict):
            return None
        return cls(**{f.name: noted[f.name] for f in fields(cls) if f.name in noted})

    @property
    def notes(self) -> dict[str, Any]:
        """What goes into the model file."""
        return {KEY: self.about}

    @property
    def about(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    @property
    def others(self) -> set[str]:
        """The columns that are no inputs."""
        named = [self.target, self.identifier, self.weight, *self.dropped]
        return {name for name in named if name is not None}

    def check_columns(self, table: Table) -> None:
        """Raise a DataError where a column with a role is absent."""
        require(table, [self.target], "--target")
        require(table, [self.identifier] if self.identifier is not None else [], "--id")
        require(table, [self.weight] if self.weight is not None else [], "--weight")
        require(table, self.dropped, "--drop")

    def examples(self, table: Table, names: list[str] | None = None) -> Examples:
        """Return the inputs, target and weights of a table, or say what is wrong with it.

        The inputs are ``names``, those of a model that goes on, or all columns without another role.
        """
        if names is None:
            self.check_columns(table)
            names = [name for name in table.frame.columns if name not in self.others]
        else:
            require(table, [self.target], "the model")
            names = matching_inputs(table, names, len(names), set())
        if not names:
            raise DataError(
                f"{table.source} has no column left to learn from: {shown(table.frame.columns)} is all it has. An "
                "input is a column that is not the target, the id, the weight or dropped."
            )
        weight = None if self.weight is None else weights(table, self.weight)
        return Examples(numbers(table, names), values(table, self.target, self.task), weight)

    def split(self, examples: Examples) -> Split:
        """Return the rows to train on, and those held out."""
        return split(examples.y, self.task, self.test_fraction, self.seed)

    def is_of(self, examples: Examples) -> bool:
        """Return whether the model was trained on these rows, in this order."""
        return fingerprint(examples.inputs, examples.y, examples.weight) == self.fingerprint

    def refuse_other_data(self, table: Table, examples: Examples, why: str) -> None:
        """Raise a DataError unless the model was trained on these rows, in this order."""
        if not self.is_of(examples):
            count = f"It has {len(examples):,} rows" if len(examples) != self.n_rows else "Some values differ"
            raise DataError(
                f"{table.source} is not the data that the model was trained on ({self.data}, "
                f"{self.n_rows:,} rows). {count}. {why}"
            )
