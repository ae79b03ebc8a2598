"""The intervals of a regressor: as wide as rows that were held out ask for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from pellucid.exceptions import ParameterError
from pellucid.tabular.conformal import conformal_scores, conformal_width, n_exchangeable
from pellucid.tabular.judgement import Judgement
from pellucid.tabular.member import Member
from pellucid.tabular.settings import is_real
from pellucid.tabular.splits import FEWEST

__all__ = ["PredictsIntervals"]

Array = NDArray[Any]


class PredictsIntervals:
    """The part of a regressor that learns from held-out rows how far targets lie from predictions."""

    members_: list[Member]
    validation: str
    ensemble: str
    _n_targets: int
    _is_flat: bool
    _joined: Callable[[Any], Array]
    _predictions: Callable[[Any], Array]

    def _await_calibration(self) -> None:
        self.conformal_scores_: Array | None = None
        self.conformal_weight_: Array | None = None
        self.conformal_groups_: Array | None = None

    def _wants_unseen(self) -> bool:
        return True

    def _conclude(self, judged: Judgement) -> None:
        self.conformal_scores_ = conformal_scores(judged.y, *self._ends(judged.predictions))
        self.conformal_weight_, self.conformal_groups_ = judged.weight, judged.groups

    def _ends(self, predictions: Array) -> tuple[Array, Array]:
        """Return the lowest and the highest quantile of each target; both are the prediction without quantiles."""
        shaped = predictions.reshape(
            len(predictions), self._n_targets, max(1, len(self.members_[0].targets.levels))
        )
        return shaped[:, :, 0], shaped[:, :, -1]

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Return intervals that hold new targets with a given probability.

        Predictions are widened by what it took to hold that share of the targets of held-out rows (conformal
        prediction): no assumption but that new rows are like those. A held-out row is predicted by the members
        that did not learn from it, at the epoch that the other held-out rows choose, so it is as new to them. With
        ``loss="quantile"`` the interval between the outer quantiles is widened or narrowed, so that widths follow
        the rows; else all have one width.

        With n held-out rows no coverage beyond n/(n + 1) can be promised: 0.95 takes 19 rows, 0.99 takes 99, and
        any takes 10. With fewer, intervals are infinite and a warning says how many rows it takes. Where ``fit``
        had ``groups``, n is the number of groups, and new rows are those of new groups. A single network holds out
        one row in five, the five of the default preset hold out all.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        coverage : float, default=0.9
            The share of targets that lie inside, in (0, 1).

        Returns
        -------
        ndarray of shape (n_rows, 2) or (n_rows, n_targets, 2)
            Lower and upper ends, in the units of y.
        """
        low, high = self._ends(self._joined(self._predictions(X)))
        width = self.interval_width(coverage)
        middle = (low + high) / 2.0
        ends = np.stack([np.minimum(low - width, middle), np.maximum(high + width, middle)], axis=-1)
        return ends[:, 0] if self._is_flat else ends

    def interval_width(self, coverage: float = 0.9) -> Array:
        """Return by how much intervals exceed the predictions on either side, or the outer quantiles.

        Parameters
        ----------
        coverage : float, default=0.9
            The share of targets that lie inside, in (0, 1).

        Returns
        -------
        ndarray of shape (n_targets,)
            In the units of y; negative if the quantiles are wider than they need be, infinite with a warning if
            too few rows were held out.
        """
        check_is_fitted(self)
        if not (is_real(coverage) and 0.0 < coverage < 1.0):
            raise ParameterError(f"'coverage' must lie in (0, 1), 0.9 for 90 %; got {coverage!r}.")
        scores, weight, groups = self.conformal_scores_, self.conformal_weight_, self.conformal_groups_
        if scores is None:
            raise ParameterError(
                "predict_interval needs a finished fit, but this one was interrupted. Finish it on the same "
                "data: set_params(warm_start=True).fit(X, y)."
            )
        width = conformal_width(scores, weight, coverage, groups=groups)
        if len(scores) < FEWEST:
            width[...] = np.inf
        if np.isinf(width).any():
            n = n_exchangeable(scores, weight, groups)
            self._warn_of_infinite_intervals(coverage, n, can_be_less=len(scores) >= FEWEST)
        return width

    def _warn_of_infinite_intervals(self, coverage: float, n: float, *, can_be_less: bool) -> None:
        """Warn that so few held-out rows cannot promise that coverage, and say how many can."""
        what = "rows" if self.conformal_groups_ is None else "groups"
        needed = max(FEWEST, int(np.ceil(round(coverage / (1.0 - coverage), 6))))
        advice = "Fit"
        if can_be_less:
            advice = f"Ask for at most {np.floor(1e4 * n / (n + 1.0)) / 1e4:g}, or fit"
        can_fold = self.validation == "random" and self.ensemble == "independent" and len(self.members_) < 5
        folds = ", or with n_members=5, which holds out every row" if can_fold else ""
        warnings.warn(
            f"The intervals are infinite: coverage={coverage:g} takes at least {needed:,} held-out {what}, and "
            f"this model held out {n:g}. {advice} with more {what}{folds}.",
            stacklevel=4,
        )
