"""Conversion of an unfinished fit to a table to the content of a checkpoint and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.exceptions import ModelFileError
from pellucid.optimizers import OPTIMIZERS
from pellucid.persistence.container import Tensors
from pellucid.persistence.estimators import TRAINING as STATE
from pellucid.persistence.fields import Check, check_fields, each, of_type, optional, whole
from pellucid.persistence.networks import take
from pellucid.persistence.values import decode, encode
from pellucid.tabular.members.judgement import Unseen
from pellucid.tabular.members.member import LastEpoch, Member
from pellucid.tabular.members.standing import Standing, TableTraining
from pellucid.training import TrainingState

__all__ = ["pack_training", "unpack_training"]

TRAINING: dict[str, Check] = {
    "data": of_type(str),
    "parameters": of_type(str),
    "seed": whole(),
    "seeds": each(whole()),
    "places": each(whole()),
    "states": each(optional(of_type(dict))),
}
MOST_ATTEMPTS = 2000  # of a search
N_SLOTS = len(OPTIMIZERS["adam"].slots)


def pack_training(training: TableTraining) -> tuple[dict[str, Any], Tensors]:
    """Return the training's part of a header, and its tensors; the networks at their best are the model's."""
    tensors: dict[str, Any] = {}
    states: list[dict[str, Any] | None] = []
    for row, standing in enumerate(training.standings.values()):
        state = standing.state
        states.append(None if state is None else {name: encode(getattr(state, name), name) for name in STATE})
        if state is not None:
            tensors[f"{row}.memory"] = state.memory
            network, is_last = standing.member.network, state.last_parameters is None
            tensors[f"{row}.last_parameters"] = network.parameters if is_last else state.last_parameters
            tensors[f"{row}.last_statistics"] = network.state if is_last else state.last_statistics
        if (unseen := standing.member.unseen) is not None:
            tensors[f"{row}.unseen_predictions"] = unseen.predictions
            if state is not None:
                tensors[f"{row}.unseen_best"] = unseen.best
        if (last := standing.member.last) is not None:
            tensors[f"{row}.ended_parameters"] = last.network.parameters
            tensors[f"{row}.ended_statistics"] = last.network.state
            tensors[f"{row}.ended_predictions"] = last.predictions
    header = {
        "data": training.data,
        "parameters": training.parameters,
        "seed": training.seed,
        "seeds": list(training.seeds),
        "places": list(training.standings),
        "states": states,
    }
    return header, tensors


def unpack_training(packed: Any, members: Sequence[Member], tensors: Tensors) -> TableTraining:
    """Return the training, and remove its tensors from ``tensors``."""
    check_fields(packed, TRAINING, "The training")
    places, seeds = packed["places"], packed["seeds"]
    in_order = places == sorted(set(places)) and (not places or places[-1] < MOST_ATTEMPTS * len(seeds))
    if not in_order or not len(places) == len(packed["states"]) == len(members):
        raise ModelFileError("The positions of its members are inconsistent.")
    standings = {}
    for row, (place, state, member) in enumerate(zip(places, packed["states"], members, strict=True)):
        found = None if state is None else _state(row, state, member, tensors)
        if f"{row}.unseen_predictions" in tensors:
            member.unseen = _unseen(row, member.targets.n_outputs, tensors, is_over=state is None)
        if f"{row}.ended_predictions" in tensors:
            member.last = _last(row, member, tensors)
        standings[place] = Standing(member, found)
    return TableTraining(packed["data"], packed["parameters"], packed["seed"], tuple(seeds), standings)


def _last(row: int, member: Member, tensors: Tensors) -> LastEpoch:
    network = member.network.copy()
    parameters = take(tensors, f"{row}.ended_parameters", network.parameters.shape, network.dtype)
    statistics = take(tensors, f"{row}.ended_statistics", network.state.shape, network.dtype)
    n_rows = tensors[f"{row}.ended_predictions"].shape[:1]
    predictions = take(tensors, f"{row}.ended_predictions", (*n_rows, member.targets.n_outputs), np.float64)
    if not all(np.isfinite(array).all() for array in (parameters, statistics, predictions)):
        raise ModelFileError("The last epoch of a member holds numbers that are not finite.")
    network.parameters[...], network.state[...] = parameters, statistics
    return LastEpoch(network, predictions)


def _unseen(row: int, n_outputs: int, tensors: Tensors, *, is_over: bool) -> Unseen:
    n_rows = tensors[f"{row}.unseen_predictions"].shape[:1]
    predictions = take(tensors, f"{row}.unseen_predictions", (*n_rows, n_outputs), np.float64)
    if not np.isfinite(predictions).all():
        raise ModelFileError("The predictions of a member for held-out rows are not finite.")
    best = None if is_over else take(tensors, f"{row}.unseen_best", n_rows, np.float64)
    return Unseen(best, predictions)


def _state(row: int, packed: dict[str, Any], member: Member, tensors: Tensors) -> TrainingState:
    network = member.network
    values = {name: decode(value, {}) for name, value in packed.items()}
    check_fields(values, STATE, "The training of a member")
    shapes = {
        "memory": (N_SLOTS, network.n_parameters),
        "last_parameters": network.parameters.shape,
        "last_statistics": network.state.shape,
    }
    arrays: dict[str, Any] = {
        name: take(tensors, f"{row}.{name}", shape, network.dtype) for name, shape in shapes.items()
    }
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ModelFileError("The training of a member holds numbers that are not finite.")
    return TrainingState(
        **arrays,
        **values,
        best_parameters=network.parameters.copy(),
        best_statistics=network.state.copy(),
        history=member.history,
    )
