"""A member of an ensemble: a trained network with its targets, and the encoded rows it learns from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.brief import brief
from pellucid.engines import outputs_runner
from pellucid.tabular.exact_outputs import EXACT, exact_runner
from pellucid.tabular.judgement import Unseen
from pellucid.tabular.targets import Targets
from pellucid.training import Outcome
from pellucid.training.finished import INTERRUPTED

__all__ = ["EncodedRows", "Member", "member_runner"]

Array = NDArray[Any]
UNFINISHED = Outcome("interrupted", INTERRUPTED, 0)


@dataclass(frozen=True)
class EncodedRows:
    """Encoded rows, to learn from or to be judged by.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_rows, n_columns)
        Encoded, in the network's dtype.
    y : ndarray of shape (n_rows, n_targets)
        Targets as numbers: one-hot rows of classes, 0/1 of labels, or the numbers themselves.
    weight : ndarray of shape (n_rows,) or None
        Weights, class weights among them where the rows are learned from.
    """

    X: Any
    y: Array
    weight: Array | None = None

    __repr__ = brief

    def take(self, rows: NDArray[np.intp]) -> EncodedRows:
        """Return some of the rows."""
        return EncodedRows(self.X[rows], self.y[rows], None if self.weight is None else self.weight[rows])


@dataclass
class Member:
    """A trained network with what belongs to it.

    Parameters
    ----------
    network : Network
        At its best epoch.
    targets : Targets
        On the scale of the rows it learned from.
    history : list of dict
        A row of numbers per finished epoch.
    outcome : Outcome
        The outcome of training; interrupted until training has ended.
    unseen : Unseen or None, default=None
        Its predictions for the rows that it held out, if they are wanted, until nothing needs them any more.
    """

    network: Network
    targets: Targets
    history: Any
    outcome: Outcome = UNFINISHED
    unseen: Unseen | None = None

    __repr__ = brief

    def outputs(self, X: Any, *, engine: str = "auto") -> Array:
        """Return predictions for encoded rows: probabilities, or numbers in the units of y."""
        return self.targets.decode(member_runner(self.network, engine)(X))

    def votes(self, X: Any, *, engine: str = "auto") -> Array:
        """Return the predictions of each member inside the network, of shape (n_inside, n_rows, n_outputs)."""
        outputs = member_runner(self.network, engine, members=True)(X)
        return np.stack([self.targets.decode(each) for each in outputs])


def member_runner(network: Network, engine: str, **options: Any) -> Callable[[Any], Array]:
    """Return what takes encoded rows to outputs: compiled, also if they are few, by the reference or exactly."""
    if engine == EXACT:
        return exact_runner(network)
    return outputs_runner(network, engine="compiled" if engine == "auto" else engine, **options)
