"""Tables in the form for a fit, and the notes of a model file about its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.persistence.container import naming
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.kinds import TEXT, KnownColumns, read_kinds, times
from pellucid.workflow.noted import check_notes
from pellucid.workflow.score_texts import LABELS, score_text
from pellucid.workflow.split import Split, fingerprint, split
from pellucid.workflow.table_columns import matching_inputs, numbers, ranks, require, shown, weights
from pellucid.workflow.target import Values, values, with_target
from pellucid.workflow.wording import option

__all__ = ["MLP", "MODELS", "TABULAR", "Examples", "Origin"]

KEY = "pellucid train"
TABULAR, MLP = MODELS = ("tabular", "mlp")


@dataclass(frozen=True)
class Examples:
    """Inputs, targets and weights of the same rows.

    Parameters
    ----------
    inputs : polars.DataFrame
        Finite Float64 columns for an MLP; for an estimator for tables columns of any kind.
    y : ndarray of shape (n_rows,)
        Classes or numbers.
    weight : ndarray of shape (n_rows,) or None
        Weights >= 0.
    groups : ndarray of shape (n_rows,) or None, default=None
        Rows of one group stay together.
    time : ndarray of shape (n_rows,) or None, default=None
        Ranks in time.
    """

    inputs: pl.DataFrame
    y: Values
    weight: NDArray[np.float64] | None
    groups: NDArray[np.intp] | None = None
    time: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, rows: NDArray[np.intp]) -> Examples:
        roles: list[Any] = [self.weight, self.groups, self.time]
        return Examples(self.inputs[rows], self.y[rows], *(None if w is None else w[rows] for w in roles))

    @property
    def fingerprint(self) -> str:
        """The digest of everything that a fit sees."""
        return fingerprint(self.inputs, self.y, self.weight, self.groups, self.time)


@dataclass(frozen=True)
class Origin:
    """Origin of a model: enough to hold out the same rows again.

    Parameters
    ----------
    data : str
        The path or name of the table, as it was typed.
    target, task, identifier, weight, dropped, test_fraction, seed
        What :class:`~pellucid.workflow.Roles` asked for, as it was decided; ``dropped`` is its ``drop``.
    n_rows : int, default=0
        The number of rows of the table.
    fingerprint : str, default=""
        The digest of everything that the fit saw.
    baseline : str, bool, int, float or None, default=None
        The best constant prediction, if it is known.
    scores : dict, default={}
        Of the held-out rows.
    intervals : dict, default={}
        The 95 % intervals of these scores, by their names.
    model : {"mlp", "tabular"}, default="mlp"
        The kind of estimator.
    group, time, categorical, numeric, text, dates, drop_missing_target
        As :class:`~pellucid.workflow.Roles` asked for them; ``dates`` is ``"auto"`` if nothing was said.
    dialect : dict, default={}
        Format of a text file, as far as the user described it.
    n_bytes : int, default=0
        The size of the table's file.
    sha256 : str, default=""
        The SHA-256 of the table's file; empty for a bundled data set.
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
    model: str = MLP
    group: str | None = None
    time: str | None = None
    categorical: list[str] = field(default_factory=list)
    numeric: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    dates: str = "auto"
    drop_missing_target: bool = False
    dialect: dict[str, Any] = field(default_factory=dict)
    n_bytes: int = 0
    sha256: str = ""
    intervals: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, header: Mapping[str, Any], path: Path) -> Origin | None:
        """Return the notes of a model file, or None if the command line did not write it."""
        noted = header["notes"].get(KEY)
        if not isinstance(noted, dict):
            return None
        with naming(path):
            check_notes(noted, header["class"])
        return cls(**{f.name: noted[f.name] for f in fields(cls) if f.name in noted})

    @property
    def notes(self) -> dict[str, Any]:
        """Notes for the model file."""
        return {KEY: self.about}

    @property
    def about(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    def describe(self) -> str:
        """Return the training data, and the scores of the held-out rows if there are any, in a line each."""
        lines = [
            f"Trained for {self.task} of {self.target!r} on {self.data}: {counted(self.n_rows, 'row')}"
            + f", {100.0 * self.test_fraction:g} % of them held out (seed {self.seed})"
            * bool(self.test_fraction)
        ]
        if self.scores:
            scores = [f"{LABELS[k]} {score_text(k, self.scores[k])}" for k in LABELS if k in self.scores]
            lines.append(f"On the held-out rows: {', '.join(scores)}")
        return "\n".join(lines)

    @property
    def decimal(self) -> str:
        """Decimal mark, if the user gives it."""
        return str(self.dialect.get("decimal", "auto"))

    @property
    def others(self) -> set[str]:
        """Columns that are not inputs."""
        named = [self.target, self.identifier, self.weight, self.group, *self.dropped]
        return {name for name in named if name is not None}

    def judged(self, table: Dataset) -> Dataset:
        """Return the rows of a table for evaluation: all, or those with a target, as in training."""
        return with_target(table, self.target) if self.drop_missing_target else table

    def check_columns(self, table: Dataset) -> None:
        """Raise a DataError if a column with a role is absent."""
        require(table, [self.target], option("target"))
        require(table, [self.identifier] if self.identifier is not None else [], option("identifier"))
        require(table, [self.weight] if self.weight is not None else [], option("weight"))
        require(table, self.dropped, option("drop"))
        require(table, [self.group] if self.group is not None else [], option("group"))
        require(table, [self.time] if self.time is not None else [], option("time"))
        require(table, self.categorical, option("categorical"))
        require(table, self.numeric, option("numeric"))
        require(table, self.text, option("text"))

    def examples(self, table: Dataset, names: list[str] | None = None) -> Examples:
        """Check a table, and return its inputs, target and weights.

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
                f"{table.source} has no column left to learn from: {shown(table.frame.columns)} are all its "
                "columns. Inputs are the columns other than the target, the id, the weight, the group and those "
                "dropped."
            )
        asked = KnownColumns(
            dict.fromkeys([*self.categorical, *self.text], TEXT),
            frozenset(self.numeric),
            decimal=self.decimal,
            dates=self.dates,
        )
        inputs = numbers(table, names) if self.model == MLP else read_kinds(table, names, asked)
        return self.with_roles(table, inputs, values(table, self.target, self.task))

    def with_roles(self, table: Dataset, inputs: pl.DataFrame, y: Values) -> Examples:
        """Return inputs and targets with the weights, groups and times of their rows."""
        columns = table.frame.columns
        return Examples(
            inputs,
            y,
            None if self.weight is None else weights(table, self.weight),
            ranks(table, self.group) if self.group in columns else None,
            times(table, self.time, self.dates) if self.time in columns else None,
        )

    def split(self, examples: Examples) -> Split:
        """Return the rows to train on, and those held out."""
        return split(
            examples.y, self.task, self.test_fraction, self.seed, groups=examples.groups, time=examples.time
        )

    def is_of(self, examples: Examples) -> bool:
        """Return whether the model was trained on these rows, in this order."""
        return examples.fingerprint == self.fingerprint

    def refuse_other_data(self, table: Dataset, examples: Examples, why: str) -> None:
        """Raise a DataError unless the model was trained on these rows, in this order."""
        if not self.is_of(examples):
            count = (
                f"It has {counted(len(examples), 'row')}"
                if len(examples) != self.n_rows
                else "Some values differ"
            )
            raise DataError(
                f"{table.source} is not the data that the model was trained on ({self.data}, "
                f"{counted(self.n_rows, 'row')}). {count}. {why}"
            )
