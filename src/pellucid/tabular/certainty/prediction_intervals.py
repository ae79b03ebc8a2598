"""Prediction intervals of a regressor, as wide as its held-out rows require."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.tabular.certainty.conformal import conformal_scores
from pellucid.tabular.certainty.held_out_scores import KeepsScores
from pellucid.tabular.certainty.spread_model import find_spread, spread_of
from pellucid.tabular.encoding.unseen import averaged_over_categories
from pellucid.tabular.members.judgement import Judgement
from pellucid.tabular.output_range import within_range

__all__ = ["PredictsIntervals"]

Array = NDArray[Any]


class PredictsIntervals(KeepsScores):
    """The part of a regressor that learns from held-out rows how far targets lie from predictions."""

    spread_network_: Network | None
    output_range_: Any
    _n_targets: int
    _is_flat: bool
    _joined: Callable[[Any], Array]
    _predictions_of: Callable[[Any], Array]
    encode: Callable[[Any], Any]

    def _await_calibration(self) -> None:
        super()._await_calibration()
        self.spread_network_ = None

    def _wants_unseen(self) -> bool:
        return True

    def _conclude(self, judged: Judgement) -> None:
        told = within_range(judged.predictions, self.output_range_)
        scores = conformal_scores(judged.y, *self._ends(told))
        if not self.members_[0].targets.levels:
            self.spread_network_, spreads = find_spread(self.encoder_, judged, scores)
            scores = scores / spreads
        self._keep_scores(scores, judged)

    def _ends(self, predictions: Array) -> tuple[Array, Array]:
        """Return the lowest and highest quantile of each target; without quantiles, both are the prediction."""
        shaped = predictions.reshape(
            len(predictions), self._n_targets, max(1, len(self.members_[0].targets.levels))
        )
        return shaped[:, :, 0], shaped[:, :, -1]

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        r"""Return intervals that contain new targets with a given probability.

        .. math:: \hat y(x) \pm q\,\sigma(x)

        Intervals are as wide as needed to contain that fraction of held-out targets (conformal prediction). The
        only assumption is that new rows are like the held-out ones. A held-out row is predicted by the members
        that did not learn from it, at the epoch that the other held-out rows choose, so it is as new to them as a
        future row. The spread σ(x) is learned from the errors of 40 or more held-out rows, if it varies [1]_. With
        ``loss="quantile"``, the interval between the outer quantiles is widened or narrowed instead [2]_.

        The coverage holds on average over rows. With ``coverage_by`` it holds within each category of a column.

        With n held-out rows, no coverage beyond n/(n + 1) can be guaranteed: 0.95 takes 19 rows, 0.99 takes 99,
        and any coverage takes 10. With fewer, intervals are infinite and a warning says how many rows are needed.
        If ``fit`` had ``groups``, n is the number of groups, and the coverage holds for rows of new groups. A
        single network holds out one row in five; the five of the default preset hold out all rows.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        coverage : float, default=0.9
            The fraction of targets inside the intervals, in (0, 1).

        Returns
        -------
        ndarray of shape (n_rows, 2) or (n_rows, n_targets, 2)
            Lower and upper ends, in the units of y.

        References
        ----------
        .. [1] J. Lei et al. (2018), Distribution-free predictive inference for regression, J. Am. Stat. Assoc.
           113, 1094-1111.
        .. [2] Y. Romano, E. Patterson, E. Candès (2019), Conformalized quantile regression, arXiv:1905.03222.
        """
        encoded = self.encode(X)
        low, high = self._ends(self._joined(self._predictions_of(encoded)))
        width = self._limits_of_rows(X, coverage)
        if self.spread_network_ is not None:
            network = self.spread_network_
            spread = averaged_over_categories(self.encoder_, encoded, lambda rows: spread_of(network, rows))
            width = width * spread
        middle = (low + high) / 2.0
        ends = np.stack([np.minimum(low - width, middle), np.maximum(high + width, middle)], axis=-1)
        ends = within_range(ends, self.output_range_)
        return ends[:, 0] if self._is_flat else ends

    def interval_width(self, coverage: float = 0.9) -> Any:
        """Return by how much intervals exceed the predictions on either side, or the outer quantiles.

        Parameters
        ----------
        coverage : float, default=0.9
            The fraction of targets inside the intervals, in (0, 1).

        Returns
        -------
        ndarray of shape (n_targets,), or dict of str or None to ndarray
            In the units of y, of a row whose spread is 1; negative if the quantiles are wider than they need be,
            infinite with a warning if too few rows were held out. With ``coverage_by`` by category, where None
            is a missing value.
        """
        if not self._by_names():
            return self._limits(coverage)[0]
        names = self._by_names()
        return dict(zip(names, self._limits(coverage, self.conformal_by_, names), strict=True))
