"""The linear path: a linear model beside the networks, with the share that held-out rows give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator

from pellucid.host.blas import one_blas_thread
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.linear.linear_model import LINEAR_LOSSES, Candidate, fit_linear
from pellucid.tabular.members.exact_outputs import EXACT
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.tabular.members.targets import Targets

__all__ = ["LinearPath", "Trial", "find_linear_path", "mixed"]

Array = NDArray[Any]
PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # 1 is tried first
MOST = 5000  # rows that a linear model learns from while it is chosen; the final one takes four times as many
NODES = tuple((0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, 17))).tolist())  # shares that are measured
ALONE = (1.0,)  # the linear model
SHARES = np.linspace(0.0, 1.0, 1001)  # for which they are interpolated
PRIOR = np.r_[1.0, np.full(len(SHARES) - 2, 1.0 / (len(SHARES) - 2)), 1.0] / 3.0  # thirds: 0, between, 1
BENT = 2.0  # in log-likelihood: by as much the clip must be better than straight lines
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

    def beside(self, networks: Array, X: Any, *, exactly: bool = False) -> Array:
        """Return predictions of networks for encoded rows, with the linear model's share in each."""
        return mixed(networks, self.outputs(X, exactly=exactly), self.share)


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
    fold : int or None, default=None
        A number that trials with the same judged rows share; None if no other trial has them.
    """

    rows: EncodedRows
    judged: EncodedRows
    told: Array
    groups: NDArray[np.intp] | None = None
    fold: int | None = None


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

    The share is its posterior mean, given the n rows that the networks held out:

    .. math:: s = \mathrm E[\sigma \mid \text{rows}], \qquad p(\sigma \mid \text{rows}) \propto
        p(\sigma)\, e^{-n\,\bar\ell(\sigma)}

    with the mean loss :math:`\bar\ell` of the mixture, and :math:`\tfrac12 \log \bar\ell` in its place for squared
    errors, whose unit is unknown. Before any row is seen, the networks alone (0), the linear model alone (1) and
    all that lies between are equally probable.

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
        self.linear, self.sums = cache(self._fitted), cache(self._summed)
        self.parts = [_parts_of(trial) for trial in trials]
        self.folds = [~place if trial.fold is None else trial.fold for place, trial in enumerate(trials)]
        self.weights = [_weights_of(trial.judged) for trial in trials]
        self.n_judged = np.stack([np.bincount(part, minlength=PARTS) for part in self.parts])
        self.weighed = np.stack(
            [np.bincount(*each, PARTS) for each in zip(self.parts, self.weights, strict=True)]
        )
        self.shapes = [False, True][: 1 + has_numbers]

    def _fitted(self, candidate: Candidate, place: int) -> Array:
        """Return a candidate's predictions for the held-out rows of one trial."""
        trial = self.trials[place]
        rows = _thinned(trial.rows, MOST)
        member = fit_linear(self.encoder, self.targets, rows, candidate, self.signs)
        return linear_outputs(member, trial.judged.X)

    def _summed(self, candidate: Candidate, place: int, shares: tuple[float, ...]) -> Array:
        """Return the sums of mixtures' losses in each part of the held-out rows of one trial, a row per share."""
        trial, linear = self.trials[place], self.linear(candidate, place)

        def summed(share: float) -> Array:
            outputs = self.targets.encode(mixed(trial.told, linear, share), np.float64)
            losses = self.targets.row_losses(outputs, trial.judged.y)
            return np.bincount(self.parts[place], self.weights[place] * losses, PARTS)

        return np.stack([summed(share) for share in shares])

    def choice(self, places: Sequence[int], left_out: int | None = None) -> tuple[Candidate, float]:
        """Return the best candidate by held-out rows of some trials, perhaps without a part, and its share."""
        best = self._shaped(Candidate(), places, left_out)
        share = self._share(best, places, left_out)
        if share >= LEAST:
            best = self._shaped(self._climbed(best, places, left_out), places, left_out)
            share = self._share(best, places, left_out)
        return best, share if share >= LEAST else 0.0

    def unseen(self, place: int) -> Array:
        """Return predictions of the mixture for one trial, each part of its rows by what the others choose."""
        trial, part = self.trials[place], self.parts[place]
        found, numbers = trial.told.copy(), np.unique(part)
        for number in numbers if len(numbers) > 1 else ():
            own = part == number
            best, share = self.choice([place], number)
            if share:
                found[own] = mixed(trial.told[own], self.linear(best, place)[own], share)
        return found

    def _shaped(self, candidate: Candidate, places: Sequence[int], left_out: int | None) -> Candidate:
        """Return a candidate with straight lines, unless the rows speak for the clip."""

        def cost(shaped: Candidate) -> float:
            surprise = self._surprise(self._losses(shaped, ALONE, places, left_out), places, left_out)
            return float(surprise[0]) - BENT * shaped.is_straight

        return min((replace(candidate, is_straight=shape) for shape in self.shapes), key=cost)

    def _climbed(self, candidate: Candidate, places: Sequence[int], left_out: int | None) -> Candidate:
        """Return a candidate whose loss neither the next greater penalty nor the next smaller one lowers."""
        best, least = candidate, self._losses(candidate, ALONE, places, left_out)
        start = PENALTIES.index(candidate.penalty)
        for ahead in (PENALTIES[start + 1 :], PENALTIES[:start][::-1]):
            for penalty in ahead:
                tried = replace(candidate, penalty=penalty)
                loss = self._losses(tried, ALONE, places, left_out)
                if not loss < least:
                    break
                best, least = tried, loss
            if best is not candidate:  # the loss is a valley
                break
        return best

    def _share(self, candidate: Candidate, places: Sequence[int], left_out: int | None) -> float:
        """Return the mean of the posterior distribution of a candidate's share."""
        losses = self._losses(candidate, NODES, places, left_out)
        if not np.isfinite(losses).all():
            return 0.0
        # A cubic spline would oscillate where the linear model alone finds a row all but impossible.
        surprise = self._surprise(Akima1DInterpolator(NODES, losses)(SHARES), places, left_out)
        mass = PRIOR * np.exp(surprise.min() - surprise)
        return float(mass @ SHARES / mass.sum())

    def _surprise(self, losses: Array, places: Sequence[int], left_out: int | None) -> Array:
        """Return the negative log-likelihood of held-out rows, up to a constant, given mean losses."""
        # Rows that judge several networks are as many rows.
        once = list({self.folds[place]: place for place in places}.values())
        if self.targets.loss.name == "squared_error":
            losses = 0.5 * np.log(np.maximum(losses, 1e-12 * losses.max() + TINY))
        return np.asarray(self._over(self.n_judged[once], left_out).sum() * losses)

    def _losses(
        self, candidate: Candidate, shares: tuple[float, ...], places: Sequence[int], left_out: int | None
    ) -> Array:
        """Return the mean losses of mixtures for held-out rows, one for each share."""
        total = sum(self._over(self.sums(candidate, place, shares), left_out) for place in places)
        weight = self._over(self.weighed[list(places)], left_out).sum()
        return np.asarray(total / max(weight, TINY))

    @staticmethod
    def _over(sums: Array, left_out: int | None) -> Array:
        """Return what the parts of held-out rows add up to."""
        return np.asarray(sums[..., [part for part in range(PARTS) if part != left_out]].sum(axis=-1))


def _parts_of(trial: Trial) -> NDArray[np.intp]:
    """Return the part that each held-out row belongs to; rows of a group are in the same."""
    return (np.arange(len(trial.told)) if trial.groups is None else trial.groups) % PARTS


def _weights_of(rows: EncodedRows) -> Array:
    return np.ones(len(rows.y)) if rows.weight is None else rows.weight


def _thinned(rows: EncodedRows, most: int) -> EncodedRows:
    """Return at most so many of the rows, evenly taken."""
    step = -(-len(rows.y) // most)
    return rows if step <= 1 else rows.take(np.arange(0, len(rows.y), step))
