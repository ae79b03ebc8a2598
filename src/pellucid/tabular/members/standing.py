"""State of the training of each member, so that an unfinished fit can be saved and continued."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.training import EpochEnd, Observer, Outcome, TrainingState

__all__ = ["Board", "Slot", "Standing", "TableTraining", "data_digest", "parameters_digest"]

REST = 50.0  # times as long as writing a search's checkpoint took: the pause before the next
# Defaults of parameters that earlier versions lack.
LATER = (
    ("linear", "auto"),
    ("coverage_by", None),
    ("monotonic_cst", None),
    ("output_range", None),
    ("text_columns", None),
)
# What may differ when training continues: it has no effect, or is fixed by what was drawn.
MAY_DIFFER = ("random_state", "verbose", "engine", "n_threads", "time_budget", "n_trials", "warm_start")


@dataclass(frozen=True)
class Standing:
    """Member after one of its epochs.

    Parameters
    ----------
    member : Member
        With the network at its best epoch so far.
    state : TrainingState or None
        The state to continue from, with the network at its last epoch; None if training has ended.
    """

    member: Member
    state: TrainingState | None


@dataclass(frozen=True)
class TableTraining:
    """Fit to a table in progress: everything that cannot be recomputed from its data.

    Parameters
    ----------
    data, parameters : str
        Digests of what it was begun with; it goes on with the same.
    seed : int
        Draws which rows are held out.
    seeds : tuple of int
        One per member.
    standings : dict of int to Standing, default={}
        By the place of the member; those that have not finished an epoch are absent.
    """

    data: str
    parameters: str
    seed: int
    seeds: tuple[int, ...]
    standings: dict[int, Standing] = field(default_factory=dict)

    def is_of(self, members: Sequence[Member]) -> bool:
        """Return whether these are its members; those of a search are a mixture of them."""
        own = [standing.member for standing in self.standings.values()]
        return [id(member.network) for member in own] == [id(member.network) for member in members]

    @property
    def is_over(self) -> bool:
        """True if all members have been trained to the end."""
        finished = [standing.state is None for standing in self.standings.values()]
        return len(finished) == len(self.seeds) and all(finished)

    def check(self, *, parameters: str | None = None, data: str | None = None) -> None:
        """Refuse to continue with other parameters or data, given their digests."""
        advice = "Pass the same, or set warm_start=False to start again."
        if parameters not in (None, self.parameters):
            raise ParameterError(
                f"warm_start=True continues a fit that started with other parameters. {advice}"
            )
        if data not in (None, self.data):
            raise DataError(
                "warm_start=True continues a fit that started with other rows, targets, weights, groups "
                f"or validation_data, or from files with another 'memory'. {advice}"
            )


class Slot(Observer):
    """Slot of one member in a fit: the state of its training before and now.

    Parameters
    ----------
    earlier : Standing or None, default=None
        The state to continue from.
    board : Board, optional
        Saves the fit.
    """

    def __init__(self, earlier: Standing | None = None, board: Board | None = None) -> None:
        self.standing, self.board = earlier, board
        self.member: Member | None = None
        self.state: TrainingState | None = None

    def begin(self, member: Member, state: TrainingState) -> None:
        """Take a member whose training starts or continues."""
        self.state, self.member = state, member

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Save the fit if a checkpoint is due."""
        if self.board is None:
            return
        due = [
            checkpoint for checkpoint in self.board.checkpoints if (event.epoch + 1) % checkpoint.every == 0
        ]
        if due:
            self.standing = self._taken()
            self.board.save(due)

    def end(self, outcome: Outcome) -> Member:
        """Record how the training ended, save the fit if it is finished, and return the member."""
        assert self.member is not None
        self.member.outcome = outcome
        self.settle()
        if self.board is not None and self.member.history and outcome.reason != "interrupted":
            self.board.save(self.board.checkpoints)
        return self.member

    def settle(self) -> None:
        """Set the state of the training to that of the member, once nothing trains it anymore."""
        if self.member is not None and self.member.history:
            is_over = self.member.outcome.reason != "interrupted"
            self.standing = Standing(self.member, None if is_over else self.state)

    def latest(self) -> Member | None:
        """Return the member as it is, however its training ended; None if it has not started."""
        if self.member is None and self.standing is not None:
            return self.standing.member
        return self.member

    def _taken(self) -> Standing:
        """Return a copy of the state between two epochs."""
        assert self.member is not None
        assert self.state is not None
        network, state = self.member.network, self.state.snapshot()
        state.last_parameters, state.last_statistics = network.parameters.copy(), network.state.copy()
        best = network.copy()
        if state.best_parameters is not None:
            best.parameters[...], best.state[...] = state.best_parameters, state.best_statistics
        outcome = replace(self.member.outcome, n_epochs=state.epoch)
        unseen = None if self.member.unseen is None else self.member.unseen.copy()
        member = replace(self.member, network=best, history=state.history, outcome=outcome, unseen=unseen)
        return Standing(member, state)


class Board:
    """The members of one fit, and its checkpoints.

    Parameters
    ----------
    training : TableTraining
        The states that the fit starts or continues from.
    checkpoints : sequence of Checkpoint
        The checkpoints that save it during training.
    made : callable
        From the training to an estimator of the members so far.
    """

    def __init__(
        self, training: TableTraining, checkpoints: Sequence[Any], made: Callable[[TableTraining], Any]
    ) -> None:
        self.training, self.checkpoints, self.made = training, checkpoints, made
        self.slots = [Slot(training.standings.get(place), self) for place in range(len(training.seeds))]
        self.others = {
            place: Slot(standing, self)
            for place, standing in training.standings.items()
            if place >= len(self.slots)
        }
        self._rests_until = -inf
        self._lock = threading.Lock()  # members in several threads save the fit, one at a time

    def slot(self, place: int) -> Slot:
        """Return the slot of an additional training, new or as an earlier fit left it."""
        return self.others.setdefault(place, Slot(board=self))

    def now(self) -> TableTraining:
        """Return the training as it stands: with the members that have finished an epoch."""
        slots = [*enumerate(self.slots), *sorted(self.others.items())]
        standings = {place: slot.standing for place, slot in slots if slot.standing}
        return replace(self.training, standings=standings)

    def save(self, checkpoints: Sequence[Any], fitted: Any = None, *, is_last: bool = False) -> None:
        """Write these checkpoints: the current fit, or the fitted estimator.

        A search has many networks and writes less often, so that writing takes a fiftieth of its time.
        """
        with self._lock:
            started = perf_counter()
            if self.others and not is_last and started < self._rests_until:
                return
            for checkpoint in checkpoints:
                checkpoint.save_table(self.made(self.now()) if fitted is None else fitted)
            self._rests_until = perf_counter() + REST * (perf_counter() - started)


# ---- the same data, the same parameters -----------------------------------------------------------------------


def parameters_digest(parameters: dict[str, Any]) -> str:
    """Return a digest of the parameters that must not change when training continues."""
    plain = {
        name: repr(value.item() if isinstance(value, np.generic) else value)
        for name, value in parameters.items()
        if name not in MAY_DIFFER and (name, value) not in LATER
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def data_digest(encoder: Any, rows: EncodedRows, judged: EncodedRows | None, splits: Sequence[Any]) -> str:
    """Return a digest of encoded rows, their targets and weights, and the rows of each member."""
    plain = encoder.to_plain()
    for column in plain["columns"]:  # which follow from the rows, and are missing in earlier files
        del column["histogram"]
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode())
    for held in (rows,) if judged is None else (rows, judged):
        X: Any = held.X
        parts: list[Any] = [X.data, X.indices, X.indptr] if issparse(X) else [X]
        for part in (*parts, held.y, held.weight):
            digest.update(b"-" if part is None else _described(part))
    for learned, _ in splits:
        digest.update(_described(learned))
    return digest.hexdigest()


def _described(array: NDArray[Any]) -> bytes:
    array = np.ascontiguousarray(array)
    return f"{array.dtype.str}{array.shape}".encode() + array.tobytes()
