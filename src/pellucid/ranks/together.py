"""Fit by several processes, on this machine or on several machines that each call it for their rank."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import issparse

from pellucid.core.checks import check_whole, is_whole
from pellucid.engines import LONGEST
from pellucid.engines.accelerated import JAX_ENGINES, jax_obstacle
from pellucid.engines.accelerated.team import check_shards
from pellucid.exceptions import ParameterError
from pellucid.host.own_folders import own_folder, terminable
from pellucid.host.streams import warn
from pellucid.persistence import Checkpoint
from pellucid.ranks.fitting import Fit, packed
from pellucid.ranks.messages import Task
from pellucid.ranks.places import (
    check_form,
    check_name,
    check_port,
    free_port,
    host_and_port,
    processors,
    share_of,
)
from pellucid.ranks.sharing import are_shared_out, as_rows, table_of_rank
from pellucid.ranks.supervision import supervise
from pellucid.tabular.parquet.memory_size import bytes_of
from pellucid.tabular.streaming.sharded_table import check_sharded, kinds_of

__all__ = ["Ranks", "fit_on_ranks"]

LATEST = "latest.safetensors"
CROWD = 16  # most processes per processor: each takes about 300 MB, and they take turns


@dataclass(frozen=True)
class Ranks:
    """Processes that train together.

    Give either ``processes``, for this machine, or ``coordinator``, ``rank`` and ``of``, for one process on each
    of several machines.

    Parameters
    ----------
    processes : int, optional
        The number of processes on this machine, a power of two.
    coordinator : str, optional
        The address at which rank 0 waits for the others: its machine and a free port, ``"HOST:PORT"``.
    rank, of : int, optional
        The rank of this machine, from 0, and the number of machines, a power of two.
    n_shards : int, optional
        The number of parts of each batch, a power of two. It fixes the sums for any number of processes.
        Default: one per process.
    patience : int, default=300
        The seconds that ranks wait for each other at the start.
    heartbeat : int, default=10
        The seconds without a sign of life after which a rank counts as lost.
    exchange_every : int, default=1
        1 exchanges gradients in each step. From 2 to 32, for slow networks, each shard trains separately for that
        many steps, by any engine, and then parameters and the state of the optimizer are averaged.
    memory : int or str, default=None
        The memory in which each process may hold all rows, in bytes or as ``"2GB"``. The rows of a larger table
        are distributed: each process has those of its shards, and copies of those that are held out. The result
        depends on the number of shards, and on whether rows are distributed. None: each process holds all rows.

    Examples
    --------
    >>> from pellucid.ranks import Ranks
    >>> Ranks(processes=2).number, Ranks(coordinator="10.0.0.1:4000", rank=1, of=4).number
    (2, 4)
    """

    processes: int | None = None
    coordinator: str | None = None
    rank: int | None = None
    of: int | None = None
    n_shards: int | None = None
    patience: int = 300
    heartbeat: int = 10
    exchange_every: int = 1
    memory: int | str | None = None

    def __post_init__(self) -> None:
        several = (self.coordinator, self.rank, self.of)
        if (self.processes is None) == (self.coordinator is None) or (
            self.coordinator is None and several != (None, None, None)
        ):
            raise ParameterError(
                "Give either 'processes', for this machine, or 'coordinator', 'rank' and 'of' together, for "
                "several machines."
            )
        for name in ("processes", "of", "rank", "n_shards", "patience", "heartbeat"):
            value, least = getattr(self, name), 0 if name == "rank" else 1
            if value is None and (name in ("n_shards", "processes") or self.coordinator is None):
                continue
            check_whole(name, value, least)
        k = self.exchange_every
        if not is_whole(k, 1, LONGEST):
            raise ParameterError(f"'exchange_every' must be an integer from 1 to {LONGEST}; got {k!r}.")
        if self.memory is not None and bytes_of(self.memory) and k > 1:
            raise ParameterError(
                "'memory' must be None with 'exchange_every' > 1, where every process holds all rows; got "
                f"{self.memory!r}. Leave one of them out."
            )
        if self.coordinator is not None:
            check_form(self.coordinator)
        check_shards(self.shards, self.number, "processes" if self.coordinator is None else "of")
        if self.coordinator is not None and not self.rank < self.of:  # type: ignore[operator]
            raise ParameterError(
                f"'rank' must be from 0 to {self.number - 1} with of={self.of}; got {self.rank}."
            )

    @property
    def number(self) -> int:
        """The number of processes on all machines."""
        return int(self.processes or self.of or 1)

    @property
    def shards(self) -> int:
        """The number of parts of each batch."""
        return self.number if self.n_shards is None else int(self.n_shards)

    @property
    def has_first(self) -> bool:
        """True if rank 0, which writes the files, is on this machine."""
        return not self.rank

    def check_place(self) -> None:
        """Check that this machine can run its ranks, and that they can reach those on other machines.

        Raises
        ------
        ParameterError
            If there are far more processes than processors, rank 0 cannot open its port, or the others cannot
            reach this machine by its name.
        """
        if self.coordinator is None:
            most = CROWD * processors()
            if self.number > most:
                raise ParameterError(
                    f"'processes' must be at most {most}, {CROWD} for each processor of this machine; got "
                    f"{self.number}. To fix the sums for a larger cluster, set 'n_shards' to this number."
                )
            return
        host_and_port(self.coordinator)
        check_name(self.coordinator)
        if self.has_first:
            check_port(self.coordinator)


def fit_on_ranks(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    ranks: Ranks,
    checkpoint: Checkpoint | None = None,
    note: Callable[[str], None] | None = None,
    **arguments: Any,
) -> Any:
    r"""Fit an estimator by several processes that share the rows of each batch.

    .. math:: \nabla J = \sum_{s=1}^{S} \nabla J_s

    Shard s has the s-th part of the rows of a batch. Sums over shards are made in pairs, so that one seed gives
    the same network with any number of processes. Every process holds all rows, unless ``memory`` of ranks
    distributes them, and makes the same updates; rank 0 saves. If a rank is lost (killed, stopped, disconnected),
    all end, and training restarts from the last checkpoint, with the same result bit for bit.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor
        The estimator, fitted in place; its engine is JAX during the fit, unless ranks exchange parameters. A
        ``random_state`` of None is drawn once for all.
    X : array-like, data frame or ParquetSource of shape (n_samples, n_features)
        The inputs, the same on every machine.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
        The targets; None if X is a ParquetSource.
    ranks : Ranks
        The processes.
    checkpoint : Checkpoint, optional
        The file to which rank 0 saves, and how often. Default: a temporary file, after each epoch.
    note : callable, optional
        Receives a sentence about each loss of a rank. Default: a warning.
    **arguments : object
        Other arguments of ``fit``, such as ``sample_weight``.

    Returns
    -------
    estimator
        The model.

    Raises
    ------
    LostRankError
        If ranks are lost three times without another checkpoint in between, or do not meet.
    ParameterError
        If JAX is missing, an option does not go with several processes, or a rank has other data or versions.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from pellucid import MLPClassifier
    >>> from pellucid.engines import ENGINES
    >>> from pellucid.ranks import Ranks, fit_on_ranks
    >>> X, y = load_digits(return_X_y=True)
    >>> model = MLPClassifier((32,), learning_rate="cosine", max_iter=3, random_state=0)
    >>> if ENGINES["jax"].is_available:
    ...     model = fit_on_ranks(model, X, y, ranks=Ranks(processes=2, n_shards=4))
    """
    parameters = parameters_on_ranks(model, ranks)
    ranks.check_place()
    given = {name: value for name, value in {"y": y, **arguments}.items() if value is not None}
    fits, _ = fits_of_ranks(model, X, given, parameters, ranks), packed(checkpoint)
    temporary = own_folder("pellucid-ranks-") if checkpoint is None else nullcontext(Path())
    with terminable(), temporary as folder:
        saver = checkpoint or Checkpoint(folder / LATEST)
        done = supervise(
            partial(_tasks, ranks, fits, saver),
            Path(saver.path) if ranks.has_first else None,
            note or partial(warn, stacklevel=4),
            pause=0.0 if ranks.coordinator is None else float(ranks.heartbeat),
            on_processors=ranks.processes is not None,
        )
    vars(model).update(vars(done.model))
    for message, category in done.warnings:
        warnings.warn(message, category, stacklevel=2)
    return model


def parameters_on_ranks(model: Any, ranks: Ranks) -> dict[str, Any]:
    """Return the parameters that a model has during the fit; refuse options that several processes cannot use."""
    if reason := jax_obstacle():
        raise ParameterError(f"Training on several processes needs JAX, {reason}.")
    given = model.get_params(deep=False)
    if ranks.exchange_every == 1 and given.get("engine", "") not in ("auto", *JAX_ENGINES):
        raise ParameterError(
            f"'engine' must be 'auto' or one of {sorted(JAX_ENGINES)} with several processes that exchange "
            f"gradients; got {given.get('engine')!r}. With 'exchange_every' > 1, any engine works."
        )
    if given.get("solver") == "lbfgs":
        raise ParameterError(
            "'solver' must not be 'lbfgs' with several processes, which share the rows of each batch."
        )
    if given.get("time_budget") is not None:
        raise ParameterError(
            "'time_budget' must be None with several processes, whose clocks differ. Set 'max_iter' instead."
        )
    if getattr(model, "_skl_callbacks", None):
        raise ParameterError(
            "'model' must have no callbacks with several processes. Pass 'checkpoint' to save."
        )
    parameters: dict[str, Any] = {"verbose": False}
    if given["engine"] == "auto" and ranks.exchange_every == 1:
        parameters["engine"] = "jax"
    if given.get("n_threads", 1) is None and ranks.processes is not None:
        parameters["n_threads"] = max(1, processors() // ranks.processes)
    if given["random_state"] is None:
        if ranks.coordinator is not None:
            raise ParameterError("'random_state' must be an integer with several machines, the same for all.")
        parameters["random_state"] = int(np.random.default_rng().integers(2**31))
    return parameters


def fits_of_ranks(
    model: Any, X: Any, given: dict[str, Any], parameters: dict[str, Any], ranks: Ranks
) -> list[bytes]:
    """Return the fit of each rank on this machine, or the common one if every rank has all rows."""
    memory = None if ranks.memory is None else bytes_of(ranks.memory)
    if memory is not None:
        X, given = as_rows(X, given)
        kinds = [kind for rows in (X, given.get("y")) if rows is not None for kind in kinds_of(rows)]
        is_dense = not (issparse(X) or issparse(given.get("y")))
        if is_dense and "y" in given and are_shared_out(model, kinds, len(X), memory):
            check_sharded(model, "jax")
            here = range(ranks.number) if ranks.coordinator is None else [int(ranks.rank or 0)]
            tables = (table_of_rank(X, given, k, ranks.number, ranks.shards, memory) for k in here)
            return [packed(Fit(model, table, others, parameters)) for table, others in tables]
    return [packed(Fit(model, X, given, parameters))]


def _tasks(ranks: Ranks, fits: Sequence[bytes], checkpoint: Checkpoint) -> list[Task]:
    """Return the tasks of the processes on this machine."""
    address = ranks.coordinator or f"127.0.0.1:{free_port()}"
    here = range(ranks.number) if ranks.coordinator is None else [int(ranks.rank or 0)]
    return [
        Task(
            rank,
            ranks.number,
            ranks.shards,
            address,
            ranks.patience,
            ranks.heartbeat,
            fits[place % len(fits)],
            checkpoint if rank == 0 else None,
            exchange_every=ranks.exchange_every,
            processors=() if ranks.processes is None else share_of(rank, ranks.processes),
        )
        for place, rank in enumerate(here)
    ]
