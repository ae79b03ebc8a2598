"""What the user asks of a new training: the roles of columns, the task, the split."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pellucid.cli.choice import FLAGS_FOR_TABLES
from pellucid.cli.columns import columns_of
from pellucid.cli.examples import MLP, Origin
from pellucid.cli.options import FLAGS
from pellucid.cli.tables import Table
from pellucid.cli.target import decide, with_target
from pellucid.exceptions import ParameterError

__all__ = ["GOES_ON", "TEST_FRACTION", "Asked", "refuse_beside_resume"]

TEST_FRACTION = 0.25
GOES_ON = {"max_iter", "engine", "n_threads"}  # what may differ when a training goes on


@dataclass(frozen=True)
class Asked:
    """What was typed; None where nothing was.

    Parameters
    ----------
    target, task, identifier, weight : str or None
        Columns, and the task.
    drop : list of str
        Columns to leave out.
    test_fraction : float or None
        The share to hold out.
    seed : int or None
        The seed.
    group, time : str or None, default=None
        The columns by which rows are held out.
    categorical, numeric : list of str, default=[]
        Columns whose kind is said.
    dates : str or None, default=None
        The order of day, month and year between slashes.
    drop_missing_target : bool, default=False
        Whether rows without a target are left out.
    """

    target: str | None
    task: str | None
    identifier: str | None
    weight: str | None
    drop: list[str]
    test_fraction: float | None
    seed: int | None
    group: str | None = None
    time: str | None = None
    categorical: list[str] = field(default_factory=list)
    numeric: list[str] = field(default_factory=list)
    dates: str | None = None
    drop_missing_target: bool = False

    @property
    def flags(self) -> dict[str, Any]:
        """What was typed, by its flag."""
        typed = {
            "--target": self.target,
            "--task": self.task,
            "--id": self.identifier,
            "--weight": self.weight,
            "--drop": self.drop or None,
            "--test-fraction": self.test_fraction,
            "--seed": self.seed,
            "--drop-missing-target": self.drop_missing_target or None,
            **self.for_tables,
        }
        return {flag: value for flag, value in typed.items() if value is not None}

    @property
    def for_tables(self) -> dict[str, Any]:
        """What only an estimator for tables understands, by its flag."""
        typed = {
            "--group": self.group,
            "--time": self.time,
            "--categorical": self.categorical or None,
            "--numeric": self.numeric or None,
            "--dates": self.dates,
        }
        return {flag: value for flag, value in typed.items() if value is not None}

    def without_missing_target(self, table: Table) -> tuple[Table, str]:
        """Return the table without rows that lack a target, where that is asked for, and a note."""
        target = table.target if self.target is None else self.target
        if not self.drop_missing_target or target not in table.frame.columns:
            return table, ""
        kept = with_target(table, target)
        n = table.frame.height - kept.frame.height
        return kept, f"Rows of {table.source} without a target that were left out: {n:,}."

    def origin(self, table: Table, model: str = MLP) -> tuple[Origin, str]:
        """Return the roles of the table's columns with the task, and why it is that task."""
        target = table.target if self.target is None else self.target
        if target is None:
            raise ParameterError(
                f"Say with --target which column of {table.source} to predict. {columns_of(table)}"
            )
        self._refuse_two_roles(target)
        fraction = TEST_FRACTION if self.test_fraction is None else self.test_fraction
        roles = Origin(
            table.source, target, "", self.identifier, self.weight, self.drop, fraction, self.seed or 0,
            model=model, group=self.group, time=self.time, categorical=self.categorical, numeric=self.numeric,
            dates=self.dates or "auto", drop_missing_target=self.drop_missing_target, dialect=table.dialect.noted,
        )  # fmt: skip
        roles.check_columns(table)
        task, reason = decide(table, target, self.task)
        return replace(roles, task=task), reason

    def _refuse_two_roles(self, target: str) -> None:
        roles = [("--target", target), ("--id", self.identifier), ("--weight", self.weight)]
        roles += [("--group", self.group)]
        roles += [("--drop", name) for name in dict.fromkeys(self.drop)]
        roles += [("--categorical", name) for name in dict.fromkeys(self.categorical)]
        roles += [("--numeric", name) for name in dict.fromkeys(self.numeric)]
        if self.group is not None and self.time is not None:
            raise ParameterError("--group and --time both say which rows are held out; give one of them.")
        for _, name in roles:
            flags = [flag for flag, column in roles if column == name]
            if name is not None and len(flags) > 1:
                raise ParameterError(
                    f"Column {name!r} is given as {' and '.join(flags)}; it can be one of them."
                )


def refuse_beside_resume(asked: Asked, model: dict[str, Any]) -> None:
    """Raise a ParameterError for what a checkpoint has settled already."""
    flags = [*asked.flags, *((FLAGS | FLAGS_FOR_TABLES)[name] for name in model if name not in GOES_ON)]
    if flags:
        raise ParameterError(
            f"--resume goes on with the columns, the split and the options of the checkpoint; {', '.join(flags)} "
            f"cannot change them. Only {', '.join(FLAGS[name] for name in sorted(GOES_ON))} can."
        )
