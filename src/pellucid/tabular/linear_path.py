"""The linear path: a linear model beside the networks, with the share that held-out rows give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from pellucid.host.blas import one_blas_thread
from pellucid.tabular.encoder import TableEncoder
from pellucid.tabular.exact_outputs import EXACT
from pellucid.tabular.linear_model import LINEAR_LOSSES, Candidate, fit_linear
from pellucid.tabular.member import EncodedRows, Member
from pellucid.tabular.targets import Targets

__all__ = ["LinearPath", "Trial", "find_linear_path", "mixed"]

Array = NDArray[Any]
PENALTIES = (0.1, 10.0, 100.0)  # tried in addition to 1
MOST = 5000  # rows that a linear model learns from while it is chosen; the final one takes four times as many
EVEN, DOUBT = 0.5, 0.3  # the mean and the standard deviation of the share before any row is seen
LEAST = 0.02  # the smallest share that is worth its time
PARTS = 5  # of held-out rows: each is predicted by what the others choose
TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class LinearPath:
    r"""Linear model beside the networks.

    .. math:: \hat y(x) = (1 - s) \frac1M \sum_m f_m(x) + s\, g(x)

    Parameters
    ----------
    member : Member
        The linear model g, a network without hidden layers.
    share : float
        Its share s in (0, 1].
    """

    member: Member
    share: float

    def outputs(self, X: Any, *, exactly: bool = False) -> Array:
        """Return the linear model's predictions for encoded rows, ``exactly`` with all sums in one order."""
        return linear_outputs(self.member, X, exactly=exactly)


def linear_outputs(member: Member, X: Any, *, exactly: bool = False) -> Array:
    """Return a linear model's predictions for encoded rows, in float64 and without compiling anything."""
    return member.outputs(X.astype(np.float64), engine=EXACT if exactly else "reference")


def mixed(networks: Array, linear: Array, share: Any) -> Array:
    """Return predictions of networks with a linear model's share in each."""
    return np.asarray((1.0 - share) * networks + share * linear)


@dataclass(frozen=True)
class Trial:
    """Rows that a network learned from, rows by which it is judged, and its predictions for these.

    Parameters
    ----------
    rows, judged : EncodedRows
        The rows.
    told : ndarray of shape (n_judged, n_outputs)
        The predictions, in the units of the targets.
    groups : ndarray of shape (n_judged,) or None, default=None
        The group of each judged row, as whole numbers.
    """

    rows: EncodedRows
    judged: EncodedRows
    told: Array
    groups: NDArray[np.intp] | None = None


def find_linear_path(
    encoder: TableEncoder,
    targets: Targets,
    rows: EncodedRows,
    trials: Sequence[Trial],
    *,
    wants_unseen: bool,
    signs: dict[int, int] | None = None,
) -> tuple[LinearPath | None, list[Array]]:
    r"""Return a linear model with its share, and predictions of the mixture for held-out rows.

    The share minimizes the loss of the mixture on the n rows that the networks held out, drawn towards one half
    where they are few:

    .. math:: n\,\bar\ell(s) + \frac{(s - 1/2)^2}{2 \cdot 0.3^2}

    with :math:`\tfrac12 \log \bar\ell` in the place of :math:`\bar\ell` for squared errors, whose unit is unknown.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    targets : Targets
        Not yet on the scale of the rows.
    rows : EncodedRows
        All rows of the fit.
    trials : sequence of Trial
        One for each network.
    wants_unseen : bool
        True if the predictions of the mixture for held-out rows are wanted.
    signs : dict of int to int, default=None
        The columns in which predictions are monotone, with +1 or -1.

    Returns
    -------
    LinearPath or None
        None if the linear model would not help, or does not go with the loss.
    list of ndarray
        Predictions of the mixture for the rows of each trial; those of the networks if they are not wanted. A row
        has no part in the fits, the penalty and the share that predict it.

    References
    ----------
    L. Breiman (1996), Stacked regressions, Machine Learning 24, 49-64.
    """
    told = [trial.told for trial in trials]
    if targets.loss.name not in LINEAR_LOSSES or not all(map(len, told)):
        return None, told
    chooser = _Chooser(encoder, targets.on(rows.y, rows.weight), trials, signs)
    with one_blas_thread(wanted=True):  # the same bits for any number of threads
        if wants_unseen:
            told = [chooser.unseen(place) for place in range(len(trials))]
        best, share = chooser.choice(range(chooser.n_compared))
        if share == 0.0:
            return None, told
        member = fit_linear(encoder, targets, _thinned(rows, 4 * MOST), best, signs)
        return LinearPath(member, share), told


class _Chooser:
    """Chooses a linear model and its share by what held-out rows say.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    targets : Targets
        On the scale of all rows.
    trials : sequence of Trial
        The networks.
    signs : dict of int to int or None
        The columns in which predictions are monotone.
    """

    def __init__(
        self, encoder: TableEncoder, targets: Targets, trials: Sequence[Trial], signs: dict[int, int] | None
    ) -> None:
        self.encoder, self.targets, self.trials, self.signs = encoder, targets, trials, signs
        self.n_compared = 1 if len(trials[0].rows.y) > MOST else len(trials)  # more tell nothing new
        has_numbers = bool(encoder.n_numeric_) and not encoder.is_sparse_
        self.linear = cache(self._fitted)
        self.first = [Candidate(), Candidate(is_straight=True)][: 1 + has_numbers]

    def _fitted(self, candidate: Candidate, place: int) -> Array:
        """Return a candidate's predictions for the held-out rows of one trial."""
        trial = self.trials[place]
        rows = _thinned(trial.rows, MOST)
        member = fit_linear(self.encoder, self.targets, rows, candidate, self.signs)
        return linear_outputs(member, trial.judged.X)

    def choice(self, places: Sequence[int], keep: Array | None = None) -> tuple[Candidate, float]:
        """Return the best candidate by held-out rows of some trials, or by those to keep, and its share."""
        best = self._best(self.first, places, keep)
        share = self._share(best, places, keep)
        if share >= LEAST:
            more = [replace(best, penalty=penalty) for penalty in PENALTIES]
            best = self._best([best, *more], places, keep)
            share = self._share(best, places, keep)
        return best, share if share >= LEAST else 0.0

    def unseen(self, place: int) -> Array:
        """Return predictions of the mixture for one trial, each part of its rows by what the others choose."""
        trial = self.trials[place]
        found, part = trial.told.copy(), np.arange(len(trial.told)) % PARTS
        if trial.groups is not None:
            part = trial.groups % PARTS
        for number in np.unique(part):
            own, others = part == number, part != number
            best, share = self.choice([place], others) if others.any() else (self.first[0], 0.0)
            if share:
                found[own] = mixed(trial.told[own], self.linear(best, place)[own], share)
        return found

    def _best(self, candidates: Sequence[Candidate], places: Sequence[int], keep: Array | None) -> Candidate:
        return min(candidates, key=lambda each: self._loss(places, keep, each, 1.0)[0])

    def _share(self, candidate: Candidate, places: Sequence[int], keep: Array | None) -> float:
        is_squared = self.targets.loss.name == "squared_error"

        def objective(share: float) -> float:
            loss, n_rows = self._loss(places, keep, candidate, share)
            surprise = 0.5 * float(np.log(max(loss, TINY))) if is_squared else loss
            return float(n_rows * surprise + 0.5 * ((share - EVEN) / DOUBT) ** 2)

        return float(
            minimize_scalar(objective, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-8}).x
        )

    def _loss(
        self, places: Sequence[int], keep: Array | None, candidate: Candidate, share: float
    ) -> tuple[float, float]:
        """Return the mean loss of a mixture for held-out rows, and the number of these."""
        total, weights, n_rows = 0.0, 0.0, 0
        for place in places:
            trial = self.trials[place]
            outputs = self.targets.encode(mixed(trial.told, self.linear(candidate, place), share), np.float64)
            losses = self.targets.row_losses(outputs, trial.judged.y)
            weight = np.ones(len(losses)) if trial.judged.weight is None else trial.judged.weight
            if keep is not None:
                losses, weight = losses[keep], weight[keep]
            total, weights = total + float(weight @ losses), weights + float(weight.sum())
            n_rows += len(losses)
        return total / max(weights, TINY), n_rows


def _thinned(rows: EncodedRows, most: int) -> EncodedRows:
    """Return at most so many of the rows, evenly taken."""
    step = -(-len(rows.y) // most)
    return rows if step <= 1 else rows.take(np.arange(0, len(rows.y), step))
