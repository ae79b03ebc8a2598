"""The linear path: a linear model beside the networks, with the share that held-out rows give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from pellucid.host.blas import one_blas_thread
from pellucid.tabular.encoder import TableEncoder
from pellucid.tabular.linear_model import LINEAR_LOSSES, Candidate, fit_linear
from pellucid.tabular.member import EncodedRows, Member
from pellucid.tabular.targets import Targets

__all__ = ["LinearPath", "Trial", "find_linear_path"]

Array = NDArray[Any]
PENALTIES = (0.1, 10.0, 100.0)  # tried in addition to 1
MOST = 5000  # rows that a linear model learns from while it is chosen, and a quarter of those at the end
EVEN, DOUBT = 0.5, 0.3  # the share before any row is seen, and its standard deviation
LEAST = 0.02  # a share that is worth its time


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

    def mixed(self, told: Array, linear: Array) -> Array:
        """Return predictions of networks with the linear model's share in each."""
        return (1.0 - self.share) * told + self.share * linear


@dataclass(frozen=True)
class Trial:
    """Rows that a network learned from, rows by which it is judged, and its predictions for these.

    Parameters
    ----------
    rows, judged : EncodedRows
        The rows.
    told : ndarray of shape (n_judged, n_outputs)
        The predictions, in the units of the targets.
    """

    rows: EncodedRows
    judged: EncodedRows
    told: Array


def find_linear_path(
    encoder: TableEncoder, targets: Targets, rows: EncodedRows, trials: Sequence[Trial]
) -> tuple[LinearPath | None, list[Array]]:
    r"""Return a linear model with its share, and what it predicts for held-out rows.

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

    Returns
    -------
    LinearPath or None
        None if the linear model would not help, or does not go with the loss.
    list of ndarray
        Predictions of linear models for the rows of each trial, none of which learned from them; empty without a
        linear path.

    References
    ----------
    L. Breiman (1996), Stacked regressions, Machine Learning 24, 49-64.
    """
    if targets.loss.name not in LINEAR_LOSSES or not all(len(trial.told) for trial in trials):
        return None, []
    chooser = _Chooser(encoder, targets.on(rows.y, rows.weight), trials)
    with one_blas_thread(wanted=True):  # the same bits for any number of threads
        best = chooser.best([Candidate(), Candidate(is_straight=True)][: 1 + chooser.has_numbers])
        if chooser.share(best) < LEAST:
            return None, []
        best = chooser.best([best, *(replace(best, penalty=penalty) for penalty in PENALTIES)])
        linear = chooser.predictions(best, len(trials))
        share = chooser.share(best)
        if share < LEAST:
            return None, []
        return LinearPath(fit_linear(encoder, targets, _thinned(rows, 4 * MOST), best), share), linear


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
    """

    def __init__(self, encoder: TableEncoder, targets: Targets, trials: Sequence[Trial]) -> None:
        self.encoder, self.targets, self.trials = encoder, targets, trials
        self.has_numbers = bool(encoder.n_numeric_) and not encoder.is_sparse_
        self.n_compared = 1 if len(trials[0].rows.y) > MOST else len(trials)  # more tell nothing new
        self.found: dict[Candidate, list[Array]] = {}

    def predictions(self, candidate: Candidate, n_trials: int) -> list[Array]:
        """Return a candidate's predictions for the held-out rows of the first trials."""
        found = self.found.setdefault(candidate, [])
        for trial in self.trials[len(found) : n_trials]:
            member = fit_linear(self.encoder, self.targets, _thinned(trial.rows, MOST), candidate)
            found.append(member.outputs(trial.judged.X, engine="reference"))
        return found

    def best(self, candidates: Sequence[Candidate]) -> Candidate:
        """Return the candidate with the least loss on held-out rows."""
        return min(candidates, key=lambda each: self.loss(self.predictions(each, self.n_compared)))

    def loss(self, predictions: Sequence[Array]) -> float:
        """Return the mean loss of predictions for the held-out rows of the first trials."""
        losses, weights = [], []
        for trial, each in zip(self.trials, predictions, strict=False):
            outputs = self.targets.encode(each, np.float64)
            losses.append(self.targets.row_losses(outputs, trial.judged.y))
            weights.append(np.ones(len(each)) if trial.judged.weight is None else trial.judged.weight)
        return float(np.average(np.concatenate(losses), weights=np.concatenate(weights)))

    def share(self, candidate: Candidate) -> float:
        """Return the share of a candidate in the mixture with the networks."""
        linear = self.found[candidate]
        n_rows = min(sum(map(len, linear)), len(self.trials[0].rows.y) + len(linear[0]))

        def objective(share: float) -> float:
            mixed = [
                (1.0 - share) * trial.told + share * each
                for trial, each in zip(self.trials, linear, strict=False)
            ]
            loss = self.loss(mixed)
            loss = (
                0.5 * np.log(max(loss, np.finfo(float).tiny))
                if self.targets.loss.name == "squared_error"
                else loss
            )
            return float(n_rows * loss + 0.5 * ((share - EVEN) / DOUBT) ** 2)

        return float(
            minimize_scalar(objective, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-3}).x
        )


def _thinned(rows: EncodedRows, most: int) -> EncodedRows:
    """Return at most so many of the rows, evenly taken."""
    step = -(-len(rows.y) // most)
    return rows if step == 1 else rows.take(np.arange(0, len(rows.y), step))
