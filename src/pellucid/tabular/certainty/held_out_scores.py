"""Conformal scores of held-out rows, kept by an estimator, and the limits that they set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted
from pellucid.host.streams import warn
from pellucid.tabular.called_columns import check_has_one_meaning
from pellucid.tabular.certainty.conformal import conformal_width, n_exchangeable
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.features import codes_of
from pellucid.tabular.members.judgement import Judgement
from pellucid.tabular.members.member import Member
from pellucid.tabular.members.splits import FEWEST
from pellucid.tabular.reading.columns import LABELED
from pellucid.tabular.settings import is_real

__all__ = ["KeepsScores"]

Array = NDArray[Any]


class KeepsScores:
    """The part of an estimator that keeps scores of held-out rows, for all or by a column of categories."""

    encoder_: TableEncoder
    members_: list[Member]
    validation: str
    ensemble: str
    coverage_by: Any
    conformal_scores_: Array | None
    conformal_weight_: Array | None
    conformal_groups_: Array | None
    conformal_by_: Array | None
    conformal_classes_: Array | None
    _as_fitted: Callable[[str], Any]
    _asked = "predict_interval"
    _beyond = "intervals are infinite"  # what an infinite limit means

    def _await_calibration(self) -> None:
        self.conformal_scores_ = self.conformal_weight_ = None
        self.conformal_groups_ = self.conformal_by_ = self.conformal_classes_ = None

    def _keep_scores(self, scores: Array, judged: Judgement, classes: Array | None = None) -> None:
        """Keep the scores of held-out rows in an order that does not identify the rows."""
        kept = [classes, judged.by, judged.groups, judged.weight, *scores.T]
        order = np.lexsort([each for each in reversed(kept) if each is not None])
        self.conformal_scores_ = scores[order]
        self.conformal_weight_, self.conformal_groups_, self.conformal_by_ = (
            None if each is None else each[order] for each in (judged.weight, judged.groups, judged.by)
        )
        self.conformal_classes_ = None if classes is None else classes[order]

    def _by_position(self, wanted: Any = None) -> int | None:
        """Return the position of a column, by default that of ``coverage_by``; None without one."""
        wanted = self.coverage_by if wanted is None else wanted
        if wanted is None:
            return None
        columns = self.encoder_.columns_
        names = [column.name for column in columns]
        check_has_one_meaning("coverage_by", wanted, names)
        if wanted in names:
            position = names.index(wanted)
        elif not isinstance(wanted, str) and -len(columns) <= wanted < len(columns):
            position = int(wanted) % len(columns)
        else:
            raise ParameterError(
                f"'coverage_by' must be None or a column of X, one of {names}; got {wanted!r}."
            )
        column = columns[position]
        if column.kind not in LABELED or not column.features:
            raise ParameterError(
                f"'coverage_by' must be a column of at least two categories; {column.name!r} is "
                f"{column.kind}. Name it in 'categorical_features', or bin its numbers into a new column."
            )
        return position

    def _by_codes(self, X: Any) -> Array | None:
        """Return the category of ``coverage_by`` of each row: from 1, 0 where missing, and last if unseen."""
        position = self._by_position()
        return None if position is None else self._codes_of(position, X)

    def _codes_of(self, position: int, X: Any) -> Array:
        column = self.encoder_.columns_[position]
        codes = codes_of(column, self.encoder_.read(X)[position])
        return np.where(codes < 0, 0, np.where(codes == 0, len(column.categories) + 1, codes))

    def _scored_position(self) -> int | None:
        """Return the position of the column by which fit kept scores, whatever parameters were set since."""
        check_is_fitted(self)
        if self.conformal_by_ is None:
            return None
        position = self._by_position(self._as_fitted("coverage_by"))
        if position is None:
            raise ParameterError("'coverage_by' must name the column of fit; got None. Set it, or fit again.")
        return position

    def _by_names(self) -> tuple[str | None, ...]:
        position = self._scored_position()
        return () if position is None else (None, *self.encoder_.columns_[position].categories)

    def _limits(self, coverage: float, by: Array | None = None, names: Sequence[Any] = ()) -> list[Array]:
        """Return the limit of scores for each category of held-out rows: one for all without categories.

        Parameters
        ----------
        coverage : float
            The share of new rows below the limit.
        by : ndarray of shape (n_held_out,) or None, default=None
            The category of each held-out row.
        names : sequence of object, default=()
            Those of the categories, each of which gets a limit.

        Returns
        -------
        list of ndarray of shape (n_scores,)
            Infinite, with a warning, where too few rows were held out.
        """
        check_is_fitted(self)
        if not (is_real(coverage) and 0.0 < coverage < 1.0):
            raise ParameterError(f"'coverage' must lie in (0, 1), 0.9 for 90 %; got {coverage!r}.")
        scores, weight, groups = self.conformal_scores_, self.conformal_weight_, self.conformal_groups_
        if scores is None:
            raise ParameterError(
                f"{self._asked} needs a finished fit, but this one was interrupted. Finish it on the same "
                "data: set_params(warm_start=True).fit(X, y)."
            )
        limits, short = list[Array](), []
        for code in range(max(1, len(names))):
            own = slice(None) if by is None else by == code
            part = None if groups is None else np.unique(groups[own], return_inverse=True)[1]
            of_own = scores[own], None if weight is None else weight[own]
            limit = conformal_width(*of_own, coverage, groups=part)
            if len(scores) < FEWEST:
                limit[...] = np.inf
            if np.isinf(limit).any() and (by is None or len(of_own[0])):
                short.append((n_exchangeable(*of_own, part), str(names[code]) if names else ""))
            limits.append(limit)
        if short:
            self._warn_of_infinite_limits(coverage, *min(short), can_be_less=len(scores) >= FEWEST)
        return limits

    def _limits_of_rows(self, X: Any, coverage: float) -> Array:
        """Return the limit for each row of a table: of shape (n_rows, n_scores), or (1, n_scores) for all."""
        position = self._scored_position()
        limits = np.stack(self._limits(coverage, self.conformal_by_, self._by_names()))
        if position is None:
            return limits
        codes = self._codes_of(position, X)
        unknown = int(np.count_nonzero(~np.isin(codes, np.asarray(self.conformal_by_))))
        if unknown:
            warn(
                f"The {self._beyond} for {counted(unknown, 'row')}, because no row of their category of "
                f"{self.encoder_.columns_[position].name!r} was held out. Fit with such rows.",
                stacklevel=3,
            )
        return np.concatenate([limits, np.full((1, limits.shape[1]), np.inf)])[codes]

    def _warn_of_infinite_limits(self, coverage: float, n: float, name: str, *, can_be_less: bool) -> None:
        """Warn that so few held-out rows cannot guarantee this coverage, and say how many can."""
        what = "rows" if self.conformal_groups_ is None else "groups"
        least = 1 if name else FEWEST
        needed = max(least, int(np.ceil(round(coverage / (1.0 - coverage), 6))))
        advice = "Fit"
        if can_be_less:
            advice = f"Ask for at most {np.floor(1e4 * n / (n + 1.0)) / 1e4:g}, or fit"
        can_fold = self.validation == "random" and self.ensemble == "independent" and len(self.members_) < 5
        folds = ", or with n_members=5, which holds out every row" if can_fold else ""
        of = f" of {name!r}" if name else ""
        warn(
            f"The {self._beyond}: coverage={coverage:g} takes at least {needed:,} held-out {what}{of}, and "
            f"this model held out {n:g}. {advice} with more {what}{of}{folds}.",
            stacklevel=5,
        )
