"""Request for a training: the roles of columns, the task, the split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pellucid.exceptions import ParameterError
from pellucid.tabular.parquet.alike_files import row_labels, said_of_labels
from pellucid.tabular.reading.text_dates import ORDERS
from pellucid.workflow.input_files.dataset import Dataset, read_table
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.origin import MLP, Origin
from pellucid.workflow.table_columns import columns_of
from pellucid.workflow.target import TASKS, decide, with_target
from pellucid.workflow.wording import LISTS, option

__all__ = ["GOES_ON", "TEST_FRACTION", "Roles", "refuse_beside_resume"]

TEST_FRACTION = 0.25
GOES_ON = {  # options that may differ when training continues, with the kind of model that has them
    "engine": "",
    "n_threads": "",
    "max_iter": " of an MLP",
    "n_trials": " of a model for tables",
    "time_budget": " of a model for tables",
}


@dataclass(frozen=True)
class Roles:
    """Roles of the columns of a table, the task, and which rows are held out; None if not given.

    Parameters
    ----------
    target, task, identifier, weight : str or None, default=None
        Columns, and the task.
    drop : list of str, default=[]
        Columns to leave out.
    test_fraction : float or None, default=None
        The share to hold out.
    seed : int or None, default=None
        The seed.
    drop_missing_target : bool, default=False
        True if rows without a target are left out.
    group, time : str or None, default=None
        The columns by which rows are held out.
    categorical, numeric, text : list of str, default=[]
        Columns whose kind is given.
    dates : str or None, default=None
        The order of day, month and year between slashes.

    Examples
    --------
    >>> from pellucid.workflow import Roles
    >>> roles = Roles("price", identifier="house_id", drop=["street"], test_fraction=0.25)
    >>> roles.target, roles.drop
    ('price', ['street'])
    """

    target: str | None = None
    task: str | None = None
    identifier: str | None = None
    weight: str | None = None
    drop: list[str] = field(default_factory=list)
    test_fraction: float | None = None
    seed: int | None = None
    drop_missing_target: bool = False
    group: str | None = None
    time: str | None = None
    categorical: list[str] = field(default_factory=list)
    numeric: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    dates: str | None = None

    def __post_init__(self) -> None:
        for name in LISTS:
            if isinstance(getattr(self, name), str):
                raise ParameterError(
                    f"{option(name)} must be a list of columns; got {getattr(self, name)!r}."
                )
        for name, accepted in (("task", TASKS), ("dates", ORDERS)):
            if getattr(self, name) not in (None, *accepted):
                raise ParameterError(
                    f"{option(name)} must be one of {', '.join(accepted)}; got {getattr(self, name)!r}."
                )
        if self.test_fraction is not None and not 0.0 <= self.test_fraction < 1.0:
            raise ParameterError(f"{option('test_fraction')} must lie in [0, 1); got {self.test_fraction!r}.")

    @classmethod
    def of(cls, given: str | Roles | None) -> Roles:
        """Return roles that may be given in a short form.

        Parameters
        ----------
        given : str, Roles or None
            The target alone, the roles, or nothing.

        Returns
        -------
        Roles
            The roles.
        """
        return cls(target=given) if isinstance(given, str) else given or cls()

    @classmethod
    def needed(cls, table: Dataset, origin: Origin) -> Roles:
        """Return the smallest set of options that gives a training on a table this origin.

        Parameters
        ----------
        table : Dataset
            The data.
        origin : Origin
            The roles, task and split that are wanted.

        Returns
        -------
        Roles
            None where a training would choose the same.
        """
        is_split = bool(origin.fingerprint)  # a training whose held-out rows are known
        return cls(
            target=None if table.target == origin.target else origin.target,
            task=None if origin.task == decide(table, origin.target)[0] else origin.task,
            identifier=origin.identifier,
            weight=origin.weight,
            drop=origin.dropped,
            test_fraction=origin.test_fraction
            if is_split and origin.test_fraction != TEST_FRACTION
            else None,
            seed=origin.seed or None if is_split else None,
            drop_missing_target=origin.drop_missing_target,
            group=origin.group,
            time=origin.time,
            categorical=origin.categorical,
            numeric=origin.numeric,
            text=origin.text,
            dates=None if origin.dates == "auto" else origin.dates,
        )

    @property
    def given(self) -> list[str]:
        """The options that were given."""
        said = {name: value for name, value in vars(self).items() if value is not None and value is not False}
        return [name for name, value in said.items() if value not in ([], ())]

    @property
    def only_tabular(self) -> list[str]:
        """The options among them that only an estimator for tables understands."""
        only = ("group", "time", "categorical", "numeric", "text", "dates")
        return [name for name in self.given if name in only]

    def rows(self, data: str | Path, dialect: Dialect | None) -> tuple[Dataset, str]:
        """Return the training rows.

        Parameters
        ----------
        data : path or str
            A table file, or the name of a set that comes with scikit-learn.
        dialect : Dialect or None
            The format of a text file, if it cannot be detected.

        Returns
        -------
        table : Dataset
            The table, without the rows that lack a target if requested.
        note : str
            A remark on the number of rows left out.
        """
        as_text = [] if self.identifier is None else [self.identifier]
        table = read_table(str(data), as_text=as_text, raw=self.text, dialect=dialect)
        target = table.target if self.target is None else self.target
        if labels := self._labels(table):
            table = replace(table, notes=(*table.notes, said_of_labels(labels)))
        if not self.drop_missing_target or target not in table.frame.columns:
            return table, ""
        kept = with_target(table, target)
        n = table.frame.height - kept.frame.height
        return kept, f"Rows of {table.source} without a target that were left out: {n:,}."

    def origin(self, table: Dataset, model: str = MLP) -> tuple[Origin, str]:
        """Return the roles of the table's columns with the task.

        Parameters
        ----------
        table : Dataset
            The data.
        model : {"mlp", "tabular"}, default="mlp"
            The kind of estimator.

        Returns
        -------
        origin : Origin
            The notes of a model file.
        reason : str
            The reason for this task.
        """
        target = table.target if self.target is None else self.target
        if target is None:
            raise ParameterError(
                f"Name with {option('target')} the column of {table.source} to predict. {columns_of(table)}"
            )
        self._refuse_two_roles(target)
        fraction = TEST_FRACTION if self.test_fraction is None else self.test_fraction
        dropped = [*self.drop, *self._labels(table)]
        roles = Origin(
            table.source, target, "", self.identifier, self.weight, dropped, fraction, self.seed or 0,
            model=model, group=self.group, time=self.time, categorical=self.categorical, numeric=self.numeric,
            text=self.text, dates=self.dates or "auto", drop_missing_target=self.drop_missing_target,
            dialect=table.dialect.noted,
        )  # fmt: skip
        roles.check_columns(table)
        task, reason = decide(table, target, self.task)
        return replace(roles, task=task), reason

    def _labels(self, table: Dataset) -> list[str]:
        """Return columns of row labels that no option names."""
        named = [self.target, self.identifier, self.weight, self.group, self.time]
        named += [*self.drop, *self.categorical, *self.numeric, *self.text]
        return [name for name in row_labels(table.frame.columns) if name not in named]

    def _refuse_two_roles(self, target: str) -> None:
        if self.group is not None and self.time is not None:
            raise ParameterError(
                f"{option('group')} and {option('time')} both choose the held-out rows; give only one of "
                "them."
            )
        roles = [
            ("target", target),
            ("identifier", self.identifier),
            ("weight", self.weight),
            ("group", self.group),
        ]
        for role in ("drop", "categorical", "numeric", "text"):
            roles += [(role, name) for name in dict.fromkeys(getattr(self, role))]
        for _, name in roles:
            said = [option(role) for role, column in roles if column == name]
            if name is not None and len(said) > 1:
                raise ParameterError(
                    f"Column {name!r} is given as {' and '.join(said)}; it can have one role only."
                )


def refuse_beside_resume(roles: Roles, parameters: Iterable[str]) -> None:
    """Raise a ParameterError for options that a checkpoint already determines."""
    settled = [option(name) for name in (*roles.given, *parameters) if name not in GOES_ON]
    if settled:
        others = [option(name) + of for name, of in GOES_ON.items()]
        raise ParameterError(
            f"{option('resume')} continues with the columns, the split and the options of the checkpoint; "
            f"{', '.join(settled)} cannot change them. Only {', '.join(others)} can."
        )
