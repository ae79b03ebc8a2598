"""Choice of a linear model and of its share of the prediction, by the rows that networks held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator

from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.linear.linear_model import Candidate, fit_linear
from pellucid.tabular.members.exact_outputs import EXACT
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.tabular.members.targets import Targets

__all__ = ["LinearChoice", "Trial", "linear_outputs", "mixed", "thinned"]

Array = NDArray[Any]
PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # 1 is tried first
MOST = 5000  # rows that a linear model learns from while it is chosen
NODES = tuple((0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, 17))).tolist())  # shares that are measured
ALONE = (1.0,)  # the linear model
SHARES = np.linspace(0.0, 1.0, 1001)  # for which they are interpolated
PRIOR = np.r_[1.0, np.full(len(SHARES) - 2, 1.0 / (len(SHARES) - 2)), 1.0] / 3.0  # thirds: 0, between, 1
BENT = 2.0  # in log-likelihood: the clip must be better than straight lines by this much
AT_ONCE = 100_000  # rows of mixtures
LEAST = 0.02  # the smallest share that is worth its time
PARTS = 5  # of held-out rows: each is predicted by what the others choose
NONE = PARTS  # is left out
TINY = np.finfo(np.float64).tiny


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


class LinearChoice:
    """Choice of a linear model and its share by held-out rows.

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
        self.fitted, self.linear = cache(self._fitted), cache(self._outputs)
        self.sums, self.losses = cache(self._summed), cache(self._losses)
        self.shares, self.counts = cache(self._shares), cache(self._counts)
        self.parts = [_parts_of(trial) for trial in trials]
        self.folds = [~place if trial.fold is None else trial.fold for place, trial in enumerate(trials)]
        self.weights = [_weights_of(trial.judged) for trial in trials]
        self.n_judged = np.stack([np.bincount(part, minlength=PARTS) for part in self.parts])
        self.weighed = np.stack(
            [np.bincount(*each, PARTS) for each in zip(self.parts, self.weights, strict=True)]
        )
        self.shapes = [False, True][: 1 + has_numbers]

    def _fitted(self, candidate: Candidate, place: int) -> Member:
        """Return a candidate fitted to the rows of one trial."""
        first = Candidate()
        # A start by the order of what is tried would let a row's target change what it is predicted by.
        near = replace(first, is_straight=candidate.penalty != first.penalty and candidate.is_straight)
        start = None if candidate == near else self.fitted(near, place)
        rows = thinned(self.trials[place].rows, MOST)
        return fit_linear(self.encoder, self.targets, rows, candidate, self.signs, start)

    def _outputs(self, candidate: Candidate, place: int) -> Array:
        """Return a candidate's predictions for the held-out rows of one trial."""
        return linear_outputs(self.fitted(candidate, place), self.trials[place].judged.X)

    def best(self, places: tuple[int, ...], left_out: int = NONE) -> tuple[Candidate, float]:
        """Return the best candidate by held-out rows of some trials, optionally without a part, and its share."""
        best = self._shaped(Candidate(), places, left_out)
        share = self.shares(best, places)[left_out]
        if share >= LEAST:
            best = self._shaped(self._climbed(best, places, left_out), places, left_out)
            share = self.shares(best, places)[left_out]
        return best, share if share >= LEAST else 0.0

    def unseen(self, place: int) -> Array:
        """Return predictions of the mixture for one trial, each part of its rows by what the others choose."""
        trial, part = self.trials[place], self.parts[place]
        found, numbers = trial.told.copy(), np.unique(part)
        for number in numbers if len(numbers) > 1 else ():
            own = part == number
            best, share = self.best((place,), number)
            if share:
                found[own] = mixed(trial.told[own], self.linear(best, place)[own], share)
        return found

    def _shaped(self, candidate: Candidate, places: tuple[int, ...], left_out: int) -> Candidate:
        """Return a candidate with straight lines, unless the rows favor the clip."""

        def cost(shaped: Candidate) -> float:
            surprise = self._surprise(self.losses(shaped, ALONE, places), places)
            return float(surprise[0, left_out]) - BENT * shaped.is_straight

        return min((replace(candidate, is_straight=shape) for shape in self.shapes), key=cost)

    def _climbed(self, candidate: Candidate, places: tuple[int, ...], left_out: int) -> Candidate:
        """Return a candidate whose loss neither the next larger nor the next smaller penalty lowers."""
        best, least = candidate, self.losses(candidate, ALONE, places)[0, left_out]
        start = PENALTIES.index(candidate.penalty)
        for ahead in (PENALTIES[start + 1 :], PENALTIES[:start][::-1]):
            for penalty in ahead:
                tried = replace(candidate, penalty=penalty)
                loss = self.losses(tried, ALONE, places)[0, left_out]
                if not loss < least:
                    break
                best, least = tried, loss
            if best is not candidate:  # the loss is a valley
                break
        return best

    def _shares(self, candidate: Candidate, places: tuple[int, ...]) -> list[float]:
        """Return the means of the posterior distributions of a candidate's share, in the order of ``_losses``."""
        losses = self.losses(candidate, NODES, places)
        is_known = np.isfinite(losses).all(axis=0)
        losses = np.where(is_known, losses, 1.0)
        # SciPy measures bends by the largest of all columns: so each column has its own unit.
        unit = np.abs(losses).max(axis=0) + TINY
        # A cubic spline would oscillate where the linear model alone gives a row almost no probability.
        between = unit * Akima1DInterpolator(NODES, losses / unit)(SHARES)
        surprise = self._surprise(between, places)
        mass = PRIOR[:, None] * np.exp(surprise.min(axis=0) - surprise)
        means = np.where(is_known, SHARES @ mass / mass.sum(axis=0), 0.0)
        return [float(mean) for mean in means]

    def _surprise(self, losses: Array, places: tuple[int, ...]) -> Array:
        """Return the negative log-likelihood of held-out rows, up to a constant, given mean losses."""
        if self.targets.loss.name == "squared_error":
            least = 1e-12 * losses.max(axis=0) + TINY
            losses = 0.5 * np.log(np.maximum(losses, least))
        return np.asarray(self.counts(places) * losses)

    def _counts(self, places: tuple[int, ...]) -> Array:
        """Return the numbers of held-out rows; rows that judge several networks count once."""
        once = list({self.folds[place]: place for place in places}.values())
        return _without(self.n_judged[once].sum(axis=0))

    def _losses(self, candidate: Candidate, shares: tuple[float, ...], places: tuple[int, ...]) -> Array:
        """Return the mean losses of mixtures for held-out rows.

        They have a row per share, and a column per part of the rows, left out; the last one is of all rows.
        """
        total = np.sum([self.sums(candidate, place, shares) for place in places], axis=0)
        weight = _without(self.weighed[list(places)].sum(axis=0))
        return np.asarray(_without(total) / np.maximum(weight, TINY))

    def _summed(self, candidate: Candidate, place: int, shares: tuple[float, ...]) -> Array:
        """Return the sums of mixtures' losses in each part of the held-out rows of one trial, a row per share."""
        trial, linear = self.trials[place], self.linear(candidate, place)
        n, n_outputs = trial.told.shape
        at_once, sums = max(1, AT_ONCE // n), []
        for some in (shares[k : k + at_once] for k in range(0, len(shares), at_once)):
            with np.errstate(invalid="ignore"):  # a share of 0 in an infinite prediction
                mixtures = mixed(trial.told, linear, np.reshape(some, (-1, 1, 1))).reshape(-1, n_outputs)
            outputs = self.targets.encode(mixtures, np.float64)
            losses = self.targets.row_losses(outputs, np.tile(trial.judged.y, (len(some), 1)))
            sums += [
                np.bincount(self.parts[place], each, PARTS)
                for each in self.weights[place] * losses.reshape(-1, n)
            ]
        return np.stack(sums)


def _without(sums: Array) -> Array:
    """Return the sums over the parts of held-out rows without each of them, and over all parts."""
    kept = ([part for part in range(PARTS) if part != left_out] for left_out in range(PARTS + 1))
    return np.stack([sums[..., parts].sum(axis=-1) for parts in kept], axis=-1)


def _parts_of(trial: Trial) -> NDArray[np.intp]:
    """Return the part that each held-out row belongs to; rows of a group are in the same."""
    return (np.arange(len(trial.told)) if trial.groups is None else trial.groups) % PARTS


def _weights_of(rows: EncodedRows) -> Array:
    return np.ones(len(rows.y)) if rows.weight is None else rows.weight


def thinned(rows: EncodedRows, most: int) -> EncodedRows:
    """Return at most the given number of rows, evenly spaced."""
    step = -(-len(rows.y) // most)
    return rows if step <= 1 else rows.take(np.arange(0, len(rows.y), step))
