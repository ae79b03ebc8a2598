"""Training from a table file to a model file: read, split, choose, fit, evaluate on held-out rows, save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.estimators.parameters import PARAMETERS
from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted
from pellucid.persistence import save
from pellucid.ranks import Ranks
from pellucid.workflow.choice import ONLY_TABULAR, choose
from pellucid.workflow.columns_found import columns_data
from pellucid.workflow.fit import Model, NotedCheckpoint, fit
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.noted import file_of
from pellucid.workflow.origin import TABULAR, Origin
from pellucid.workflow.output_files import (
    check_default_output,
    check_output,
    previous,
    stand_aside,
    write_or_rescue,
)
from pellucid.workflow.roles import Roles, refuse_beside_resume
from pellucid.workflow.scores import score
from pellucid.workflow.streamed_training import is_pattern, streamed_run
from pellucid.workflow.training_plan import TrainingPlan, anew, resumed
from pellucid.workflow.tried_recipes import n_networks_text
from pellucid.workflow.wording import option

__all__ = ["TrainedFile", "train_file"]

KNOWN = {*ONLY_TABULAR, *(row.name for row in PARAMETERS)} - {"random_state", "verbose", "warm_start"}


@dataclass(frozen=True)
class TrainedFile:
    """A model that was trained on a table and saved.

    Parameters
    ----------
    model : estimator
        Fitted.
    path : Path
        The model file.
    earlier : Path or None
        Present path of an earlier model of this name.
    origin : Origin
        The file's notes on the data.
    table : Dataset
        The data.
    held_out : dict or None
        Scores of the rows that were held out; None if none were.
    training : dict
        Scores of the training rows.
    seconds : float
        The time of the fit.
    notes : tuple of str
        Remarks on the table, the fit and the scores.
    is_saved : bool, default=True
        False on a machine of several that does not write the model file: rank 0 does.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    >>> trained.path.name, trained.origin.target, sorted(trained.held_out)[0]
    ('iris.safetensors', 'target', 'accuracy')
    """

    model: Model
    path: Path
    earlier: Path | None
    origin: Origin
    table: Dataset
    held_out: dict[str, Any] | None
    training: dict[str, Any]
    seconds: float
    notes: tuple[str, ...]
    is_saved: bool = True

    @property
    def n_members(self) -> int:
        """Number of networks in the model."""
        return len(self.model.members_) if self.origin.model == TABULAR else 1

    @property
    def n_parameters(self) -> int:
        """The parameters of all its networks."""
        if self.n_members == 1:
            return int(self.model.network_.n_parameters)
        return sum(member.network.n_parameters for member in self.model.members_)

    @property
    def best_epoch(self) -> int | None:
        """The epoch that was best on validation rows, from 1; None if there were no such rows."""
        if getattr(self.model, "early_stopping", False):
            scores = self.model.validation_scores_ or None
        else:
            scores = [row["validation_score"] for row in self.model.history_]
            scores = None if None in scores or not np.isfinite(scores).any() else scores
        return None if scores is None else 1 + int(np.nanargmax(scores))

    def describe(self) -> str:
        """Return the size of the network and the length of the training in a line.

        Returns
        -------
        str
            Layers, parameters, epochs, seconds, and the best epoch.
        """
        layers, n_epochs = " → ".join(map(str, self.model.network_.layer_sizes)), len(self.model.history_)
        if self.n_members > 1:
            layers = n_networks_text(self.model.members_, layers)
        best = "" if self.best_epoch is None else f"; best on validation rows after epoch {self.best_epoch}"
        epochs = f"{counted(n_epochs, 'epoch')}, {self.seconds:.1f} s"
        return f"Trained {layers} ({self.n_parameters:,} parameters): {epochs}{best}"

    @property
    def remark(self) -> str:
        """A warning if the scores are not meaningful; empty otherwise."""
        if self.held_out is None:
            return "No rows were held out: these scores are on the training rows."
        if self.held_out["beats_guessing"]:
            return ""
        return (
            f"On {counted(self.held_out['rows'], 'held-out row')} the model is not measurably better than a "
            "constant prediction: with so few rows, the gain may be chance."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the results as plain data, without the notes.

        Returns
        -------
        dict
            The file, the data, the network's size, the scores, and what became of the columns.
        """
        origin = self.origin
        found = {
            "data": origin.data,
            "target": origin.target,
            "task": origin.task,
            "model": self.path,
            "earlier_model": self.earlier,
            "layer_sizes": self.model.network_.layer_sizes,
            "n_parameters": self.n_parameters,
            "estimator": origin.model,
            "epochs": len(self.model.history_),
            "seconds": self.seconds,
            "held_out": self.held_out,
            "training": self.training,
        }
        if origin.model != TABULAR:
            return found
        return {**found, "columns": columns_data(self.model.encoder_), "tried": list(self.model.tried_)}


@polars_errors()
def train_file(
    data: str | Path,
    roles: str | Roles | None = None,
    *,
    out: str | Path | None = None,
    model: str | None = None,
    checkpoint: str | Path | None = None,
    every: int | None = None,
    resume: str | Path | None = None,
    force: bool = False,
    dialect: Dialect | None = None,
    memory: int | str | None = None,
    ranks: Ranks | None = None,
    listener: Listener | None = None,
    **parameters: Any,
) -> TrainedFile:
    """Train a network on a table, evaluate it on held-out rows, and save it.

    Parameters
    ----------
    data : path or str
        A table file (CSV, JSON lines, Parquet, Arrow or Excel, also packed), a pattern of Parquet files, or the
        name of a set that comes with scikit-learn, such as "digits".
    roles : str or Roles, optional
        The target, or the roles of the columns, the task, and which rows are held out.
    out : path, optional
        The model file; ``DATA-model.safetensors`` in the working directory if omitted.
    model : {"tabular", "mlp"}, optional
        The kind of estimator. By default "tabular" for files and "mlp" for the sets of scikit-learn and where a
        parameter is given that only an MLP has.
    checkpoint : path, optional
        A file to save to during training.
    every : int, optional
        Epochs between checkpoints.
    resume : path, optional
        A checkpoint to continue from.
    force : bool, default=False
        True to write over files that exist.
    dialect : Dialect, optional
        Format of a text file, if it cannot be detected.
    memory : int or str, optional
        The memory that the training may use, such as ``"400MB"``: Parquet files are then read in parts, see
        :class:`pellucid.tabular.ParquetSource`. ``"2GB"`` for a pattern of several files.
    ranks : Ranks, optional
        Processes that train together, see :func:`pellucid.ranks.fit_on_ranks`.
    listener : Listener, optional
        Receives notes and progress.
    **parameters : object
        Parameters of the estimator, such as ``n_members=5`` or ``hidden_layer_sizes=(64, 32)``. Others have the
        values of a recipe.

    Returns
    -------
    TrainedFile
        The model, its file and its scores.

    Raises
    ------
    DataError
        If the table cannot be read or learned from, or a file cannot be written.
    ParameterError
        If an option is not accepted, or contradicts another.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    >>> trained.origin.task, trained.held_out["accuracy"] > 0.5
    ('classification', True)
    """
    listener = listener or Listener()
    roles = Roles.of(roles)
    _check_names(parameters)
    if every is not None and checkpoint is None:
        raise ParameterError(
            f"{option('every')} sets how often {option('checkpoint')} saves; give both or neither."
        )
    if resume is not None:
        refuse_beside_resume(roles, parameters)
    if memory is not None or is_pattern(data):
        size = "2GB" if memory is None else memory
        return _streamed(
            data, roles, size, parameters, listener, out, model, checkpoint, every, resume, ranks, force=force
        )
    table, dropped = roles.rows(data, dialect)
    path, keeps_earlier = _output(table, out, force=force)
    if checkpoint is not None:
        may_replace = force or (resume is not None and Path(checkpoint) == Path(resume))
        check_output(Path(checkpoint), force=may_replace, name="checkpoint", read=[table.source])
    if resume is not None:
        plan = resumed(table, Path(resume), parameters)
        listener.resumed(Path(resume), plan)
    else:
        plan = _planned(table, roles, model, parameters, listener, saves=checkpoint is not None)
    for said in filter(None, (*table.notes, dropped)):
        listener.note(said)
    listener.planned(plan)
    for said in plan.notes:
        listener.note(said)
    saver = None
    if checkpoint is not None:
        saver = NotedCheckpoint(Path(checkpoint), every=every or 1, notes=plan.origin.notes)
    seconds = fit(plan.model, plan.training, listener.note, saver, has_bar=listener.has_bar, ranks=ranks)
    plan.model.set_params(warm_start=False, max_iter=plan.n_epochs)
    is_first = ranks is None or ranks.has_first
    return _judged_and_saved(
        plan, table, path, seconds, listener, keeps_earlier=keeps_earlier, is_saved=is_first
    )


def _streamed(
    data: str | Path,
    roles: Roles,
    memory: int | str,
    parameters: Mapping[str, Any],
    listener: Listener,
    out: str | Path | None,
    model: str | None,
    checkpoint: str | Path | None,
    every: int | None,
    resume: str | Path | None,
    ranks: Ranks | None,
    *,
    force: bool,
) -> TrainedFile:
    """Train on files that are read in parts; see :mod:`pellucid.workflow.streamed_training`."""
    old = None if resume is None else Path(resume)
    run = streamed_run(data, roles, memory, parameters, model=model, resume=old, listener=listener)
    path, keeps_earlier = _output(run.table, out, force=force, read=run.source.files)
    saved = None if checkpoint is None else Path(checkpoint)
    if saved is not None:
        check_output(saved, force=force or saved == old, name="checkpoint", read=run.source.files)
    seconds = run.fit(listener, saved, every or 1, ranks)
    held_out, training, origin = run.scores()
    is_first = ranks is None or ranks.has_first
    earlier = run.save(origin, path, keeps_earlier=keeps_earlier) if is_first else None
    notes = tuple(listener.notes)
    return TrainedFile(
        run.model, path, earlier, origin, run.table, held_out, training, seconds, notes, is_first
    )


def _check_names(parameters: Iterable[str]) -> None:
    """Raise a ParameterError for a name that is not a parameter of any estimator."""
    for name in parameters:
        if name not in KNOWN:
            near = get_close_matches(name, KNOWN, 1)
            raise ParameterError(
                f"There is no parameter {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")
            )


def _output(
    table: Dataset, out: str | Path | None, *, force: bool, read: Iterable[str] = ()
) -> tuple[Path, bool]:
    """Return the model file, and whether an earlier one of that name is kept; refuse files that are read."""
    path = Path(f"{table.stem}-model.safetensors") if out is None else Path(out)
    if out is None and not force:
        check_default_output(path)
    else:
        check_output(path, force=force, read=[table.source, *read])
    return path, out is None and not force


def _planned(
    table: Dataset,
    roles: Roles,
    model: str | None,
    parameters: Mapping[str, Any],
    listener: Listener,
    *,
    saves: bool,
) -> TrainingPlan:
    only_tabular = {name: value for name, value in parameters.items() if name in ONLY_TABULAR}
    given = {name: value for name, value in parameters.items() if name not in ONLY_TABULAR}
    asked = [*roles.only_tabular, *only_tabular]
    chosen, why = choose(model, table.source, given, asked, saves=saves)
    origin, reason = roles.origin(table, chosen)
    origin = replace(origin, **file_of(table.source))
    listener.task(table, origin, reason, why)
    return anew(table, origin, given, only_tabular)


def _judged_and_saved(
    plan: TrainingPlan,
    table: Dataset,
    path: Path,
    seconds: float,
    listener: Listener,
    *,
    keeps_earlier: bool,
    is_saved: bool,
) -> TrainedFile:
    model, origin, rows = plan.model, plan.origin, plan.split.held_out
    held_out = score(model, origin, plan.examples[rows], with_intervals=True) if len(rows) else None
    training = score(model, origin, plan.training)
    others = ("confusion", "baseline", "beats_guessing", "intervals")
    scores = {name: value for name, value in (held_out or {}).items() if name not in others}
    origin = replace(origin, scores=scores, intervals=(held_out or {}).get("intervals", {}))
    earlier = None
    if is_saved:
        with stand_aside(path) if keeps_earlier else nullcontext(enter_result=False) as kept:
            write_or_rescue(partial(save, model, notes=origin.notes), path)
        earlier = previous(path) if kept else None
    return TrainedFile(
        model, path, earlier, origin, table, held_out, training, seconds, tuple(listener.notes), is_saved
    )
