"""Comparison of pellucid with the usual alternatives for a table, on the same splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils.validation import _num_samples

from pellucid.core.checks import check_whole
from pellucid.estimators.checked_arrays import read_numbers
from pellucid.estimators.class_labels import read_classes
from pellucid.estimators.row_weights import absent_replaced, check_weights
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.contest.contender_trial import ComparedTable, Trial, run_trial
from pellucid.tabular.contest.contenders import CONTENDERS, Contender, Request
from pellucid.tabular.contest.plain_matrix import plain_matrix
from pellucid.tabular.contest.verdict import summarize, verdict
from pellucid.tabular.group_column import with_groups
from pellucid.tabular.members.given_rows import part_of, read_groups
from pellucid.tabular.metrics import METRICS

__all__ = ["compare"]

Rows = NDArray[np.intp]
FEWEST = 20  # rows; with fewer, the test set would be too small
DEFAULT_METRIC = {"classification": "accuracy", "regression": "rmse"}
IMBALANCE = 5.0  # ratio to the rows of the rarest class from which on accuracy is misleading
WARMING_ROWS = 64


def compare(
    X: Any,
    y: Any,
    *,
    task: str,
    models: Sequence[str] | None = None,
    metric: str | None = None,
    n_splits: int = 3,
    test_fraction: float = 0.2,
    categorical_features: Any = "auto",
    text_columns: Any = None,
    sample_weight: Any = None,
    groups: Any = None,
    in_time: bool = False,
    time_budget: float | None = None,
    random_state: int = 0,
    watch: Callable[[int, int, str], None] | None = None,
) -> dict[str, Any]:
    r"""Compare estimators for tables on the same rows: scores with their uncertainty, and fit times.

    Each split is drawn with its own seed, which also seeds the models. Pellucid is compared with scikit-learn's
    linear model and HistGradientBoosting and, if installed, LightGBM, CatBoost and XGBoost, each with its
    library's defaults; they receive categories and missing values as such.

    The interval for a model's difference d from the best is Student's, with the variance of splits that share rows
    [1]_, :math:`\bar d \pm t \sqrt{(1/n + n_{test}/n_{train})\, s^2}`. :math:`s^2` includes the variation between
    splits and the effect of the choice of test rows on a difference, measured by leaving out blocks of them. All
    intervals hold jointly with a probability of 95 %: a model that is first by chance is not called better.

    Parameters
    ----------
    X : data frame or array-like of shape (n_rows, n_columns)
        The table, as :class:`TabularClassifier` takes it; not sparse.
    y : array-like of shape (n_rows,)
        Classes or numbers.
    task : {"classification", "regression"}
        The kind of targets.
    models : list of str, default=None
        Some of "pellucid", "pellucid-fast", "pellucid-best", "linear", "hist", "lightgbm", "catboost", "xgboost".
        None: all but "pellucid-best", each of whose fits takes ``time_budget``, or 60 s if there is none.
    metric : str, default=None
        "accuracy", "log_loss", "auc" or "average_precision"; for numbers "rmse", "mae" or "r2". None: accuracy, or
        the log loss if one class has at least five times as many rows as another; for numbers "rmse".
    n_splits : int, default=3
        The number of splits, >= 1. A single split cannot show the influence of chance.
    test_fraction : float, default=0.2
        The fraction of test rows, in (0, 0.5].
    categorical_features : "auto" or list of str or int, default="auto"
        Numeric columns to treat as categories.
    text_columns : list of str or int or None, default=None
        Columns of free text, by name or position; models of other libraries treat them as categories.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights >= 0, in fits and scores.
    groups : str or array-like of shape (n_rows,), default=None
        Groups of rows that are never split between training and test. Or the name of the column of X that holds
        them, which is then not an input.
    in_time : bool, default=False
        True if rows are sorted by time. Then each split trains on rows before its test rows.
    time_budget : float, default=None
        Seconds for each pellucid fit.
    random_state : int, default=0
        The seed of the first split; the others follow.
    watch : callable, default=None
        Called with the number of finished fits, the total number, and the label of the next.

    Returns
    -------
    dict
        Plain data: ``metric``, ``n_splits``, ``n_training``, ``n_test``, ``models`` (a dict each, best first:
        ``scores`` per split, ``mean``, all ``metrics``, ``difference`` to the best with ``low`` and ``high``,
        ``fit_seconds``, ``predict_seconds``), ``absent`` (not installed), ``failed`` (those that failed, and
        why), and ``verdict``, sentences.

    Raises
    ------
    DataError
        If the table cannot be used.
    ParameterError
        If an option is not accepted.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio (2003), Inference for the generalization error, Machine Learning 52, 239-281.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid.tabular.comparison import compare
    >>> found = compare(*load_iris(return_X_y=True), task="classification", models=["linear", "hist"])
    >>> [row["name"] for row in found["models"]]
    ['linear', 'hist']
    """
    called = {"categorical_features": categorical_features, "text_columns": text_columns}
    X, groups, _ = with_groups(X, groups, sample_weight, called)
    chosen, absent = _chosen(models)
    _check_metric(metric, task)
    _check_numbers(n_splits, test_fraction)
    (y,) = absent_replaced(sample_weight, y) or (y,)
    y = _read_y(y, X, task)
    groups = read_groups(groups, len(y), sample_weight, "compare")
    weight: Any = check_weights(sample_weight, len(y), None, None)[0]
    if weight is not None and not weight.all():  # a row of weight 0 is absent
        counts = np.flatnonzero(weight)
        X, y, weight = take_rows(X, counts), y[counts], weight[counts]
        groups = part_of(groups, counts)
    if len(y) < FEWEST:
        raise DataError(f"A comparison needs at least {FEWEST} rows; got {len(y)}.")
    data = ComparedTable(X, plain_matrix(X, categorical_features), y, weight, groups, in_time)
    splits = list(_splits(data, task, n_splits, test_fraction, random_state))
    metric = metric or _default_metric(task, y, splits)
    roles = categorical_features, text_columns
    _warm_up(chosen, data, task, roles)
    trials: dict[str, list[Trial]] = {row.name: [] for row in chosen}
    work = list(product(enumerate(splits), chosen))
    for done, ((number, (training, test)), row) in enumerate(work):
        if watch is not None:
            watch(done, len(work), row.label)
        asked = Request(task, data.plain, *roles, time_budget, random_state + number)
        trials[row.name].append(run_trial(row, asked, data, training, test))
    if watch is not None:
        watch(len(work), len(work), "")
    sizes = [(len(training), len(test)) for training, test in splits]
    models_found, failed = summarize(trials, METRICS[metric], sizes)
    if not models_found:
        raise DataError("No model could be fitted. " + " ".join(f"{n}: {why}" for n, why in failed.items()))
    return {
        "task": task,
        "metric": metric,
        "n_splits": len(splits),
        "n_training": sizes[-1][0],
        "n_test": sizes[-1][1],
        "models": models_found,
        "absent": absent,
        "failed": failed,
        "verdict": verdict(models_found, METRICS[metric], len(splits)),
    }


def _chosen(models: Sequence[str] | None) -> tuple[list[Contender], list[str]]:
    """Return the models to compare, and the names of those that are not installed."""
    usual = [row.name for row in CONTENDERS.values() if row.is_usual]
    names = usual if models is None else list(dict.fromkeys(models))
    unknown = [name for name in names if name not in CONTENDERS]
    if unknown or not names:
        raise ParameterError(f"'models' must be some of {list(CONTENDERS)}; got {unknown or names}.")
    rows = [CONTENDERS[name] for name in names]
    absent = [row.name for row in rows if not row.is_available]
    if models is not None and absent:
        raise ParameterError(f"{absent[0]} is not installed here: pip install {CONTENDERS[absent[0]].module}")
    return [row for row in rows if row.is_available], absent


def _check_metric(metric: str | None, task: str) -> None:
    if task not in DEFAULT_METRIC:
        raise ParameterError(f"'task' must be one of {list(DEFAULT_METRIC)}; got {task!r}.")
    accepted = [row.name for row in METRICS.values() if row.task == task]
    if metric is not None and metric not in accepted:
        raise ParameterError(f"'metric' must be one of {accepted} for this task; got {metric!r}.")


def _default_metric(task: str, y: NDArray[Any], splits: Sequence[tuple[Rows, Rows]]) -> str:
    """Return accuracy or RMSE, or the log loss if classes are rare but present in all training rows."""
    if task == "classification":
        counts = np.unique(y, return_counts=True)[1]
        known = all(np.isin(y[test], y[training]).all() for training, test in splits)
        if known and counts.max() >= IMBALANCE * counts.min():
            return "log_loss"
    return DEFAULT_METRIC[task]


def _check_numbers(n_splits: int, test_fraction: float) -> None:
    check_whole("n_splits", n_splits, 1)
    if not 0.0 < test_fraction <= 0.5:
        raise ParameterError(f"'test_fraction' must lie in (0, 0.5]; got {test_fraction!r}.")


def _read_y(y: Any, X: Any, task: str) -> NDArray[Any]:
    y = read_numbers(y, "compare") if task == "regression" else read_classes(y, "compare")
    if y.ndim != 1 or len(y) != _num_samples(X):
        raise DataError(f"'y' must have shape ({_num_samples(X)},), one per row of X; got {y.shape}.")
    if task == "classification" and len(np.unique(y)) < 2:
        raise DataError("y holds only one class; there is nothing to compare.")
    targets: NDArray[Any] = y
    return targets


def _splits(
    data: ComparedTable, task: str, n_splits: int, fraction: float, seed: int
) -> Iterator[tuple[Rows, Rows]]:
    """Yield training and test rows, each split with a seed of its own."""
    n_rows = len(data.y)
    if data.in_time:
        n_test = max(1, int(fraction * n_rows) // n_splits)
        if n_splits == 1:
            yield np.arange(n_rows - n_test), np.arange(n_rows - n_test, n_rows)
        else:
            yield from TimeSeriesSplit(n_splits, test_size=n_test).split(np.arange(n_rows))
        return
    counts = np.unique(data.y, return_counts=True)[1] if task == "classification" else np.zeros(1)
    n_test = int(np.ceil(n_rows * fraction))
    is_stratified = (
        task == "classification" and counts.min() >= 2 and len(counts) <= min(n_test, n_rows - n_test)
    )
    kind: Any = StratifiedShuffleSplit if is_stratified else ShuffleSplit
    if data.groups is not None:
        kind = GroupShuffleSplit
    for number in range(n_splits):
        splitter = kind(1, test_size=fraction, random_state=seed + number)
        yield next(iter(splitter.split(np.arange(n_rows), data.y, data.groups)))


def _warm_up(chosen: Sequence[Contender], data: ComparedTable, task: str, roles: tuple[Any, Any]) -> None:
    """Import and compile what the contenders need, so that no fit time includes it."""
    some = np.linspace(0, len(data.y) - 1, WARMING_ROWS).astype(np.intp)
    if task == "classification":  # also with rare classes
        some = np.union1d(some, np.unique(data.y, return_index=True)[1][:WARMING_ROWS])
    data = ComparedTable(data.X, data.plain, data.y, data.weight, None, in_time=False)
    for row in chosen:
        with suppress(DataError):  # with so few rows, it may be that no column varies
            run_trial(row, Request(task, data.plain, *roles, 0.1, 0), data, some, some)
