"""Member of an ensemble: a trained network with its targets, and the encoded rows it learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.brief import brief
from pellucid.engines import outputs_runner
from pellucid.tabular.members.exact_outputs import EXACT, exact_runner
from pellucid.tabular.members.judgement import Unseen
from pellucid.tabular.members.targets import Targets
from pellucid.training import Outcome
from pellucid.training.finished import INTERRUPTED

__all__ = ["EncodedRows", "LastEpoch", "Member", "mean_of", "member_runner", "shares_of", "weighted_sum"]

Array = NDArray[Any]
UNFINISHED = Outcome("interrupted", INTERRUPTED, 0)


@dataclass(frozen=True)
class EncodedRows:
    """Encoded rows for training or validation.

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


@dataclass(frozen=True)
class LastEpoch:
    """A network after its last epoch, where that is not the best one.

    Parameters
    ----------
    network : Network
        The network.
    predictions : ndarray of shape (n_rows, n_outputs)
        Its predictions for the rows that it held out.
    """

    network: Network
    predictions: Array

    __repr__ = brief


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
    share : float, default=1.0
        Its share of the networks' mean, > 0, in proportion to those of the others.
    last : LastEpoch or None, default=None
        The network after its last epoch, if it is wanted and not the best one.
    """

    network: Network
    targets: Targets
    history: Any
    outcome: Outcome = UNFINISHED
    unseen: Unseen | None = None
    share: float = 1.0
    last: LastEpoch | None = None

    __repr__ = brief

    def outputs(self, X: Any, *, engine: str = "auto") -> Array:
        """Return predictions for encoded rows: probabilities, or numbers in the units of y."""
        return self.targets.decode(member_runner(self.network, engine)(X))

    @property
    def ended(self) -> Member:
        """The member with the network after its last epoch."""
        if self.last is None:
            return self
        unseen = Unseen(None, self.last.predictions)  # which none of these rows has chosen
        return replace(self, network=self.last.network, unseen=unseen, last=None)

    def votes(self, X: Any, *, engine: str = "auto") -> Array:
        """Return the predictions of each member inside the network, of shape (n_inside, n_rows, n_outputs)."""
        outputs = member_runner(self.network, engine, members=True)(X)
        return np.stack([self.targets.decode(each) for each in outputs])


def shares_of(members: Sequence[Member], *, inside: bool = False) -> Array | None:
    """Return the shares of members in their mean, which add up to 1; None if all are equal.

    Parameters
    ----------
    members : sequence of Member
        The members.
    inside : bool, default=False
        True for a share of each member inside a network that shares weights.

    Returns
    -------
    ndarray of shape (n_members,) or None
        The shares.
    """
    n_votes = [member.network.n_members if inside else 1 for member in members]
    shares = np.repeat([member.share / n for member, n in zip(members, n_votes, strict=True)], n_votes)
    return None if (shares == shares[0]).all() else shares / shares.sum()


def mean_of(members: Sequence[Member], predictions: Array | Sequence[Array]) -> Array:
    """Return the mean of the members' predictions, of shape (n_members, n_rows, n_outputs), by their shares."""
    shares = shares_of(members)
    if shares is None:
        return np.asarray(np.mean(predictions, axis=0))
    return weighted_sum(shares, predictions)


def weighted_sum(shares: Array, predictions: Array | Sequence[Array]) -> Array:
    """Return the sum of predictions, each times its share, in the same order as in exports."""
    total = shares[0] * predictions[0]
    for share, each in zip(shares[1:], predictions[1:], strict=True):
        total = total + share * each
    return np.asarray(total)


def member_runner(network: Network, engine: str, **options: Any) -> Callable[[Any], Array]:
    """Return a function from encoded rows to outputs: compiled (also for few rows), by the reference or exact."""
    if engine == EXACT:
        return exact_runner(network)
    return outputs_runner(network, engine="compiled" if engine == "auto" else engine, **options)
