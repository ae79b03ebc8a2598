"""Training on Parquet files that need not fit in memory: ``train_file`` with ``memory``."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import Any

import polars as pl

from pellucid import load
from pellucid.exceptions import DataError, ParameterError
from pellucid.persistence import read_header, save
from pellucid.ranks import Ranks
from pellucid.tabular import ParquetSource
from pellucid.tabular.streaming.folding import quantile_of_times
from pellucid.tabular.streaming.streamed_budget import budget_of
from pellucid.tabular.streaming.streamed_fit import all_rows
from pellucid.workflow.choice import ONLY_TABULAR, choose, tabular_parameters
from pellucid.workflow.fit import Model, NotedCheckpoint, fit, new_model
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.formats import narrowed
from pellucid.workflow.input_files.streamed_head import head_of, with_all_targets
from pellucid.workflow.listening import Listener
from pellucid.workflow.origin import TABULAR, Examples, Origin
from pellucid.workflow.output_files import previous, stand_aside, write_or_rescue
from pellucid.workflow.parameter_checks import check_for
from pellucid.workflow.roles import Roles
from pellucid.workflow.scores import Baseline, score
from pellucid.workflow.target import values
from pellucid.workflow.trained import check_is_file, check_trainable
from pellucid.workflow.wording import option, reworded

__all__ = ["StreamedRun", "is_pattern", "streamed_run"]

NOT_HERE = ("drop_missing_target", "numeric", "dates")


def is_pattern(data: str | Path) -> bool:
    """Return whether a path is a pattern of Parquet files, such as ``"big/*.parquet"``."""
    return has_magic(str(data)) and Path(data).suffix.lower() in (".parquet", ".pq")


@dataclass(frozen=True)
class StreamedRun:
    """Training on streamed files, before it starts.

    Parameters
    ----------
    model : Model
        The estimator.
    origin : Origin
        The notes for the model file.
    source, held_out, judged : ParquetSource
        The rows to learn from; those held out for evaluation, None if there are none; and some of the former.
    table : Dataset
        Some rows.
    """

    model: Model
    origin: Origin
    source: ParquetSource
    held_out: ParquetSource | None
    judged: ParquetSource
    table: Dataset

    def fit(self, listener: Listener, checkpoint: Path | None, every: int, ranks: Ranks | None) -> float:
        """Fit the model, and return the seconds that it took."""
        saver = None
        if checkpoint is not None:
            saver = NotedCheckpoint(checkpoint, every=every, notes=self.origin.notes)
        rows: Any = Examples(self.source, None, None)  # type: ignore[arg-type] # the source names the others
        seconds = fit(self.model, rows, listener.note, saver, has_bar=listener.has_bar, ranks=ranks)
        self.model.set_params(warm_start=False)
        return seconds

    def scores(self) -> tuple[dict[str, Any] | None, dict[str, Any], Origin]:
        """Return the scores of the held-out rows and of some training rows, and the origin with them."""
        training = _examples(self.judged)
        origin = replace(
            self.origin, baseline=Baseline.of(training.y, self.origin.task, training.weight).predicts
        )
        held_out = None
        if self.held_out is not None:
            held_out = score(self.model, origin, _examples(self.held_out), with_intervals=True)
        others = ("confusion", "baseline", "beats_guessing", "intervals")
        scores = {name: value for name, value in (held_out or {}).items() if name not in others}
        origin = replace(origin, scores=scores, intervals=(held_out or {}).get("intervals", {}))
        return held_out, score(self.model, origin, training), origin

    def save(self, origin: Origin, path: Path, *, keeps_earlier: bool) -> Path | None:
        """Write the model file; return the present path of an earlier one."""
        with stand_aside(path) if keeps_earlier else nullcontext(enter_result=False) as kept:
            write_or_rescue(partial(save, self.model, notes=origin.notes), path)
        return previous(path) if kept else None


def _examples(source: ParquetSource) -> Examples:
    chunk = all_rows(source)
    frame: Any = pl.from_arrow(chunk.X)
    y = chunk.y.astype(str) if chunk.y.dtype == object else chunk.y
    return Examples(frame.with_columns(narrowed(column) for column in frame), y, chunk.weight)


def streamed_run(
    data: str | Path,
    roles: Roles,
    memory: int | str,
    parameters: Mapping[str, Any],
    *,
    model: str | None,
    resume: Path | None,
    listener: Listener,
) -> StreamedRun:
    """Plan a training on Parquet files within a memory limit, or continue one.

    Parameters
    ----------
    data : path or str
        A file, a folder or a pattern.
    roles : Roles
        The roles of columns.
    memory : int or str
        As of :class:`pellucid.tabular.ParquetSource`.
    parameters : dict
        Of the estimator.
    model : str or None
        The kind of estimator requested.
    resume : Path or None
        A checkpoint.
    listener : Listener
        Told of the task.

    Returns
    -------
    StreamedRun
        The training.
    """
    if resume is not None:
        return _resumed(data, memory, resume, parameters, listener)
    for name in NOT_HERE:
        if getattr(roles, name):
            raise ParameterError(
                f"{option(name)} does not apply to files that are streamed ({option('memory')}). Prepare the "
                "files, or leave it out."
            )
    only_tabular = {name: value for name, value in parameters.items() if name in ONLY_TABULAR}
    given = {name: value for name, value in parameters.items() if name not in ONLY_TABULAR}
    choose(
        TABULAR if model is None else model, str(data), given, [*roles.only_tabular, *only_tabular, "memory"]
    )
    if roles.target is None:
        raise ParameterError(f"Name with {option('target')} the column of {data} to predict.")
    source = _source(
        data,
        roles.target,
        memory,
        roles.weight,
        roles.group,
        roles.time,
        roles.drop,
        roles.identifier,
        listener,
    )
    table = head_of(str(data), source)
    shown = with_all_targets(table, source)
    origin, reason = roles.origin(shown, TABULAR)
    values(shown, origin.target, origin.task)  # which refuses those that the task does not take
    origin = replace(origin, data=table.source, n_rows=source.n_rows)
    check_for(origin.task, given)
    more = dict(only_tabular)
    if origin.categorical:
        more["categorical_features"] = origin.categorical
    if origin.text:
        more["text_columns"] = origin.text
    if origin.time is not None:
        more["validation"] = "time"
    made = new_model(origin.task, tabular_parameters(given, more, origin.task, origin.seed), TABULAR)
    listener.streamed(source, origin, reason)
    return _split(made, origin, source, table)


def _source(
    data: Any,
    target: str,
    memory: Any,
    weight: Any,
    group: Any,
    time: Any,
    drop: list[str],
    identifier: str | None,
    listener: Listener,
) -> ParquetSource:
    left_out = [*drop, *([] if identifier is None else [identifier])]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = ParquetSource(
            data, target, memory=memory, weight=weight, group=group, time=time, drop=left_out
        )
    for warning in caught:
        listener.note(reworded(str(warning.message)))
    return source


def _split(model: Model, origin: Origin, source: ParquetSource, table: Dataset) -> StreamedRun:
    """Hold out rows for evaluation: as many as requested, and at most as many as memory holds."""
    most = budget_of(source).held_out_rows(1) / source.n_rows
    share, held_out, rest = origin.test_fraction, None, source
    if share and origin.time is not None:
        rest, late = source.split_in_time(quantile_of_times(source, 1.0 - share))
        held_out = late if share <= most else late.split(most / share, origin.seed)[1]
    elif share:
        held_out = source.split(min(share, most), origin.seed)[1]
        rest = source.split(min(share, most), origin.seed)[0]
    origin = replace(origin, test_fraction=min(share, most) if origin.time is None else share)
    judged = rest if most >= 1.0 else rest.split(most, origin.seed + 1)[1]
    return StreamedRun(model, origin, rest, held_out, judged, table)


def _resumed(
    data: str | Path, memory: int | str, checkpoint: Path, given: Mapping[str, Any], listener: Listener
) -> StreamedRun:
    check_is_file(checkpoint)
    origin = Origin.of(read_header(checkpoint), checkpoint)
    model: Any = load(checkpoint)
    if origin is None or origin.model != TABULAR or getattr(model, "_training", None) is None:
        raise DataError(f"{checkpoint} is not a checkpoint of training on streamed files. Train again.")
    check_trainable(checkpoint, model)
    model.set_params(warm_start=True, **given)
    source = _source(
        data,
        origin.target,
        memory,
        origin.weight,
        origin.group,
        origin.time,
        origin.dropped,
        origin.identifier,
        listener,
    )
    listener.streamed(source, origin, f"continuing from {checkpoint}")
    return _split(model, origin, source, head_of(str(data), source))
