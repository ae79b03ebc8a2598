"""Fit to rows that do not fit in memory: surveyed, trained in windows, validated on rows that are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import as_generator
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.row_weights import of_rows
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.freed_memory import give_back_memory
from pellucid.tabular.members.given_rows import GivenRows, read_validation
from pellucid.tabular.members.member import EncodedRows
from pellucid.tabular.members.recipe import encoder_of
from pellucid.tabular.members.splits import check_classes
from pellucid.tabular.members.standing import TableTraining
from pellucid.tabular.members.training_rows import TrainingRows
from pellucid.tabular.parquet.chunk import Chunk
from pellucid.tabular.parquet.parquet_source import ParquetSource
from pellucid.tabular.parquet.places import chance_of_groups
from pellucid.tabular.streaming.folding import Folding, folding_of
from pellucid.tabular.streaming.sharded_rows import ShardedRows, held_rows, surveyed
from pellucid.tabular.streaming.sharded_table import ShardedTable
from pellucid.tabular.streaming.streamed_budget import Budget, budget_of
from pellucid.tabular.streaming.streamed_rows import StreamedRows, encoded_rows
from pellucid.tabular.streaming.survey import Kept, Survey
from pellucid.tabular.table_fit import TableFit, jobs_of

__all__ = ["rows_at_once", "rows_to_judge_by", "streamed_fit"]

Array = NDArray[Any]


def rows_at_once(source: ParquetSource, n_members: int) -> Chunk | None:
    """Return all rows of a source if memory can hold them and their encoded forms; else None.

    Parameters
    ----------
    source : ParquetSource
        The rows.
    n_members : int
        The number of members, each of which has a copy of its rows.

    Returns
    -------
    Chunk or None
        The rows in their order.
    """
    if source.time is not None or not budget_of(source).holds_all(source.n_rows, n_members):
        return None
    return all_rows(source)


def all_rows(source: ParquetSource) -> Chunk:
    """Return all rows of a source.

    Parameters
    ----------
    source : ParquetSource
        The rows.

    Returns
    -------
    Chunk
        The rows in their order.

    Raises
    ------
    DataError
        If there is none.
    """
    kept = Kept()
    for chunk in source.scan(budget_of(source).piece_rows):
        kept.add(chunk, np.zeros(len(chunk.places), np.intp), np.ones(len(chunk.places), bool))
    if not kept.chunks:
        raise DataError(f"No row of {source} is left to train on: there are too few, or all weights are 0.")
    return kept.joined()[0]


def rows_to_judge_by(validation_data: Any) -> Any:
    """Return ``validation_data`` with the rows of a source, if it is one.

    Parameters
    ----------
    validation_data : tuple, ParquetSource or None
        As ``fit`` got it.

    Returns
    -------
    tuple or None
        ``(X, y, sample_weight)`` of a source, or what it is.

    Raises
    ------
    DataError
        If its memory does not hold its rows.
    """
    if not isinstance(validation_data, ParquetSource):
        return validation_data
    source = validation_data
    if not budget_of(source).holds_all(source.n_rows, 0):
        raise DataError(
            f"Validation rows must fit in memory, but {source} has {source.n_rows:,}. Pass a part of them, "
            "or a larger 'memory' for this source."
        )
    chunk = all_rows(source)
    return chunk.X, chunk.y, chunk.weight


def streamed_fit(estimator: Any, source: ParquetSource | ShardedTable, validation_data: Any) -> TableFit:
    """Return a fit to a source, ready to train, with everything learned except the members.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        The estimator; it learns its encoder and its classes.
    source : ParquetSource or ShardedTable
        The rows.
    validation_data : tuple or None
        Rows to be judged by.

    Returns
    -------
    TableFit
        The fit.
    """
    check_parameters(estimator)
    if estimator.text_columns is not None and len(estimator.text_columns):
        raise ParameterError(
            "'text_columns' must be None for rows that do not fit in memory, since n-grams are learned "
            f"from all texts at once; got {estimator.text_columns!r}. Pass a part of the rows or a larger "
            "'memory', or leave the columns out."
        )
    rng = as_generator(estimator.random_state)
    budget = source.budget if isinstance(source, ShardedTable) else budget_of(source)
    seed = int(rng.integers(2**31))
    seeds: Any = rng.integers(2**63, size=estimator._n_networks)
    earlier = estimator._earlier()
    if earlier is None and estimator._starts():
        raise ParameterError(
            "warm_start=True continues a finished fit only on rows that fit in memory. Pass a part of "
            "them, or set warm_start=False to start again."
        )
    training = earlier or TableTraining("", "", seed, tuple(seeds.tolist()))
    n_sets = min(estimator._n_networks, max(2, round(1.0 / estimator.validation_fraction)))
    folding = Folding(1, 0.0, training.seed)  # no member holds out anything
    if validation_data is None:
        folding = folding_of(estimator, source, training.seed, budget.held_out_rows(n_sets))
    encoder = encoder_of(estimator, estimator._recipe(source.n_rows))
    if isinstance(source, ShardedTable):
        survey = surveyed(estimator, source, encoder, folding, budget)
    else:
        survey = Survey(estimator, source, encoder, folding, budget).check()
    survey.targets.learn()
    if validation_data is None and survey.targets.counts:
        seen = survey.targets.classes_seen(range(estimator._n_networks))
        check_classes(seen, estimator.classes_, estimator.validation)
    share = 1.0 - estimator.validation_fraction if validation_data is None else 1.0
    recipe = estimator._recipe(round(share * survey.n_rows), round(share * survey.n_repeated))
    encoder = survey.encoder.set_params(max_one_hot=recipe.max_one_hot)
    estimator._learn_columns(lambda: encoder.fit_found(survey.found(), survey.names), encoder, recipe)
    return _ready(estimator, recipe, survey, training, budget, validation_data)


def _ready(
    estimator: Any, recipe: Any, survey: Survey, training: TableTraining, budget: Budget, validation_data: Any
) -> TableFit:
    folding, targets = survey.folding, survey.targets
    own = None if validation_data is None else read_validation(estimator, validation_data)
    rows, given, fold = _held_out(estimator, survey)
    sample, folds = survey.sample.joined()
    started = encoded_rows(sample, estimator.encoder_, targets)
    rows_of = _training_rows(estimator, survey, budget)
    streamed, splits = [], []
    for place in range(len(training.seeds)):
        mine = None if own is not None else place % folding.n_folds
        kept = _members_rows(folds, folding, mine)
        streamed.append(rows_of(mine, started.take(kept)))
        out = np.empty(0, np.intp) if own is not None else np.flatnonzero(fold == mine)
        if own is None and len(out) == 0:
            raise DataError(
                f"No row of {survey.source} is held out, because there are few groups or few rows. Pass "
                "validation_data, or another random_state."
            )
        splits.append((np.empty(0, np.intp), out))
    jobs = jobs_of(
        estimator, recipe, estimator._targets(rows.y), rows, given, own, splits, training.seeds, streamed
    )
    board = estimator._board(training, lambda: _digest(estimator, survey, own))
    give_back_memory()
    return TableFit(jobs, board, splits, rows, given, own, sample=started, at_once=1)


def _training_rows(
    estimator: Any, survey: Survey, budget: Budget
) -> Callable[[int | None, EncodedRows], TrainingRows]:
    """Return a function from the fold that a member holds out and its starting rows to its training rows."""
    source, encoder, targets, folding = survey.source, estimator.encoder_, survey.targets, survey.folding
    if not isinstance(source, ShardedTable):
        return lambda fold, sample: StreamedRows(
            source, encoder, targets, folding, fold, sample, budget.window_rows
        )
    held = held_rows(source, encoder, targets, folding)
    return lambda fold, sample: ShardedRows(held, targets, fold, sample)


def _members_rows(folds: Array, folding: Folding, mine: int | None) -> Array:
    """Return the rows of the sample that a member learns from."""
    if mine is None or folding.cut is not None:
        return np.flatnonzero((folds == folding.n_folds) | (mine is None))
    return np.flatnonzero(folds != mine)


def _held_out(estimator: Any, survey: Survey) -> tuple[EncodedRows, GivenRows, Array]:
    """Return the rows that members hold out: encoded, unchanged, and the fold of each."""
    if survey.held_out.chunks:
        chunk, fold = survey.held_out.joined()
    else:  # validated on other rows; one row gives the shape of the targets
        chunk, fold = survey.sample.chunks[0].take(np.arange(1)), survey.sample.folds[0][:1]
    rows = encoded_rows(chunk, estimator.encoder_, survey.targets)
    X = chunk.X if estimator.scoring is None or not hasattr(chunk.X, "combine_chunks") else _frame(chunk.X)
    y = survey.targets.encoded(chunk.y)[1]
    groups = None
    if chunk.groups is not None:  # integers, as a judgement expects
        groups = np.unique(chance_of_groups(chunk.groups, 0), return_inverse=True)[1]
    return rows, GivenRows(X, y, of_rows(chunk.weight), rows.weight, groups), fold


def _frame(table: Any) -> Any:
    """Return rows as a data frame that scorers can take rows of."""
    try:
        return table.to_pandas()
    except ImportError as error:
        raise ParameterError(
            "'scoring' on Parquet needs pandas: pip install pandas. Or leave it None."
        ) from error


def _digest(estimator: Any, survey: Survey, own: Any) -> str:
    """Return a digest of everything with which the fit was started."""
    plain = estimator.encoder_.to_plain()
    for column in plain["columns"]:
        del column["histogram"]
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode())
    digest.update(survey.source.digest.encode())
    targets = survey.targets
    digest.update(repr((targets.n_rows.tolist(), targets.weight.tolist(), survey.folding)).encode())
    for array in () if own is None else (own[0].X, own[0].y, own[0].weight):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
