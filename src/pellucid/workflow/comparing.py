"""Comparison of pellucid's models with others on a table file, on the same splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.origin import TABULAR, Origin
from pellucid.workflow.roles import Roles
from pellucid.workflow.score_texts import LABELS, gap_text, score_text, seconds_text
from pellucid.workflow.wording import option

__all__ = ["N_SPLITS", "TEST_SHARE", "ComparedFile", "compare_file"]

N_SPLITS, TEST_SHARE = 3, 0.2


@dataclass(frozen=True)
class ComparedFile:
    """A comparison on a table.

    Parameters
    ----------
    found : dict
        Result of :func:`pellucid.tabular.comparison.compare`: the models, best first, and the verdict.
    table : Dataset
        The data.
    origin : Origin
        The roles of its columns, and the task.
    notes : tuple of str
        Remarks on the table.
    time_budget : float or None, default=None
        Seconds that each fit of pellucid's estimators had.

    Examples
    --------
    >>> from pellucid.workflow import compare_file
    >>> compared = compare_file("iris", models=["linear"], n_splits=1)
    >>> compared.found["metric"], compared.origin.task
    ('accuracy', 'classification')
    """

    found: dict[str, Any]
    table: Dataset
    origin: Origin
    notes: tuple[str, ...]
    time_budget: float | None = None

    @property
    def basis(self) -> list[str]:
        """The basis of the numbers: splits, rows, intervals, time limits."""
        found = self.found
        n, n_training, n_test = found["n_splits"], found["n_training"], found["n_test"]
        lines = [f"Means of {counted(n, 'split')}, {n_training:,} training rows and {n_test:,} test rows."]
        if n > 1:
            lines += [
                "Intervals: Student's t, widened because splits share rows, including the variance of the "
                "test rows;",
                "all hold simultaneously with a probability of 95 %.",
            ]
        if self.time_budget is not None:
            lines.append(
                f"Fits of pellucid had {self.time_budget:g} s at most; the other models had no time limit."
            )
        return lines

    @property
    def scores(self) -> list[list[str]]:
        """For each model, best first: name, score, distance from the best, interval, seconds of fit, predict."""
        metric, rows = self.found["metric"], []
        for place, row in enumerate(self.found["models"]):
            gap, low, high = (
                "" if row[name] is None else gap_text(metric, row[name])
                for name in ("difference", "low", "high")
            )
            rows.append(
                [
                    row["label"],
                    score_text(metric, row["mean"]),
                    gap if place else "–",
                    f"{low} … {high}" if low else "",
                    *(seconds_text(row[name]) for name in ("fit_seconds", "predict_seconds")),
                ]
            )
        return rows

    @property
    def other_scores(self) -> tuple[list[str], list[list[str]]]:
        """Labels of the other metrics, and for each model, best first, its name and these scores."""
        models = self.found["models"]
        names = [
            k for k, value in models[0]["metrics"].items() if k != self.found["metric"] and value is not None
        ]
        rows = [[row["label"], *(score_text(k, row["metrics"][k]) for k in names)] for row in models]
        return [LABELS[k] for k in names], rows

    @property
    def missing(self) -> list[str]:
        """A sentence for each model that failed, and one for those that are not installed."""
        from pellucid.tabular.contest.contenders import CONTENDERS

        said = [f"{CONTENDERS[name].label} failed: {why}" for name, why in self.found["failed"].items()]
        absent = [CONTENDERS[name] for name in self.found["absent"]]
        if absent:
            labels, modules = ", ".join(row.label for row in absent), " ".join(row.module for row in absent)
            said.append(f"Not compared because not installed: {labels} (pip install {modules})")
        return said


@polars_errors()
def compare_file(
    data: str | Path,
    roles: str | Roles | None = None,
    *,
    models: Sequence[str] | None = None,
    metric: str | None = None,
    n_splits: int = N_SPLITS,
    time_budget: float | None = None,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> ComparedFile:
    """Compare pellucid's estimators with linear models and boosted trees on a table.

    Parameters
    ----------
    data : path or str
        A table file, or the name of a set that comes with scikit-learn.
    roles : str or Roles, optional
        The target, or the roles of the columns, the task, the seed and the share of test rows (a fifth).
    models : list of str, optional
        Some of those of :func:`pellucid.tabular.comparison.compare`; all that are installed by default.
    metric : str, optional
        The metric for the ranking. Default: accuracy, the log loss if a class is rare, or the RMSE.
    n_splits : int, default=3
        Number of splits.
    time_budget : float, optional
        Seconds for each fit of pellucid's estimators.
    dialect : Dialect, optional
        Format of a text file, such as its decimal mark, if it cannot be detected.
    listener : Listener, optional
        Receives notes and the number of finished fits.

    Returns
    -------
    ComparedFile
        The models with their scores, and the verdict.

    Raises
    ------
    DataError
        If the table cannot be read or used.
    ParameterError
        If an option is not accepted.

    Examples
    --------
    >>> from pellucid.workflow import compare_file
    >>> compared = compare_file("iris", models=["linear"], n_splits=1)
    >>> compared.found["verdict"][0]
    'Linear model: accuracy 96.67 %.'
    """
    listener = listener or Listener()
    roles = Roles.of(roles)
    table, dropped = roles.rows(data, dialect)
    origin, reason = roles.origin(table, TABULAR)
    examples = origin.examples(table)
    if examples.time is not None:
        examples = examples[np.argsort(examples.time, kind="stable")]
    listener.task(table, origin, reason)
    for said in filter(None, (*table.notes, dropped)):
        listener.note(said)

    from pellucid.tabular.comparison import compare  # loads much that other commands do not need
    from pellucid.tabular.contest.contenders import CONTENDERS

    for name in models or ():
        if name not in CONTENDERS:
            raise ParameterError(f"{option('models')} takes one of {', '.join(CONTENDERS)}; got {name!r}.")
    found = compare(
        examples.inputs,
        examples.y,
        task=origin.task,
        models=models,
        metric=metric,
        n_splits=n_splits,
        test_fraction=TEST_SHARE if roles.test_fraction is None else roles.test_fraction,
        categorical_features=origin.categorical or "auto",
        text_columns=origin.text or None,
        sample_weight=examples.weight,
        groups=examples.groups,
        in_time=examples.time is not None,
        time_budget=time_budget,
        random_state=origin.seed,
        watch=listener.compared,
    )
    return ComparedFile(found, table, origin, tuple(listener.notes), time_budget)
