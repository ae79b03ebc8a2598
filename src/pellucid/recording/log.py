"""Log of a recorder: its observations of a training, in bounded memory, and the record made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.structure import Structure
from pellucid.engines import Problem
from pellucid.recording.measuring_vitals import rms
from pellucid.recording.record import (
    LAYER_QUANTITIES,
    UNIT_QUANTITIES,
    Record,
    activations_of,
    columns_of,
)
from pellucid.recording.rhythm import Series
from pellucid.recording.vitals import Vitals

__all__ = ["Observation", "TrainingLog", "Update", "update_of"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Update:
    """The change of a block's weights in one step.

    Parameters
    ----------
    rms : float
        Its root mean square.
    ratio : float
        Its ratio to the root mean square of the weights before the step.
    """

    rms: float
    ratio: float


def update_of(network: Structure, before: Array) -> tuple[Update, ...]:
    """Return the change of each block's weights in a step.

    Parameters
    ----------
    network : Structure
        The network now.
    before : ndarray of shape (n_parameters,)
        Its parameters before a step.

    Returns
    -------
    tuple of Update
        One per block.
    """
    updates = []
    with np.errstate(all="ignore"):
        for new, old in zip(
            network.parameter_views(network.parameters), network.parameter_views(before), strict=True
        ):
            if "weights" in new:
                change = rms(new["weights"] - old["weights"])
                updates.append(Update(change, float(np.float64(change) / rms(old["weights"]))))
    return tuple(updates)


@dataclass(frozen=True)
class Observation:
    """Observation at one moment.

    Parameters
    ----------
    epoch : float
        Finished epochs.
    step : int
        Steps since the cold start.
    vitals : Vitals
        The vital signs on the probe.
    updates : tuple of Update
        One per block; empty if no step was observed.
    """

    epoch: float
    step: int
    vitals: Vitals
    updates: tuple[Update, ...]


class TrainingLog:
    """Log of a training so far.

    Parameters
    ----------
    problem : Problem
        The training problem; only its description is kept.
    n_probe : int
        The number of rows on which moments are measured.
    max_moments, max_epochs : int
        The largest numbers of moments and epochs that are kept.
    """

    def __init__(self, problem: Problem, n_probe: int, max_moments: int, max_epochs: int) -> None:
        network = problem.objective.network
        self.description: dict[str, Any] = {
            "layer_sizes": tuple(network.layer_sizes),
            "activations": tuple(a.name for a in activations_of(network)),
            "n_parameters": network.n_parameters,
            "loss": problem.objective.loss.loss.name,
            "optimizer": problem.optimizer.name,
            "batch_size": problem.batch_size,
            "n_samples": problem.n_samples,
            "n_probe": n_probe,
        }
        self.moments: Series[Observation] = Series(max_moments)
        self.epochs: Series[dict[str, Any]] = Series(max_epochs)
        self.steps = 0
        self.reason = self.message = ""

    def to_record(self) -> Record:
        """Return it as plain data.

        Returns
        -------
        Record
            A copy.
        """
        moments = self.moments.items
        vitals = [moment.vitals for moment in moments]
        quantities: dict[str, Any] = {
            name: np.array([[getattr(layer, name) for layer in seen.layers] for seen in vitals])
            for name in LAYER_QUANTITIES
            if name != "update_ratio"
        }
        unknown = (Update(np.nan, np.nan),) * len(self.description["activations"])
        updates = [moment.updates or unknown for moment in moments]
        quantities["rms_update"] = np.array([[update.rms for update in blocks] for blocks in updates])
        quantities["update_ratio"] = np.array([[update.ratio for update in blocks] for blocks in updates])
        units: dict[str, Any] = {
            name: tuple(
                np.array([getattr(layer, name) for layer in blocks])
                for blocks in zip(*(seen.layers for seen in vitals), strict=True)
            )
            for name in UNIT_QUANTITIES
        }
        return Record(
            **self.description,
            reason=self.reason,
            message=self.message,
            history=columns_of(self.epochs.items),
            epochs=np.array([moment.epoch for moment in moments]),
            steps=np.array([moment.step for moment in moments]),
            probe_loss=np.array([seen.loss for seen in vitals]),
            probe_penalty=np.array([seen.penalty for seen in vitals]),
            **quantities,
            **units,
        )
