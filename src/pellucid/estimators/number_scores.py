"""R² of a regression, in which a row of weight 0 is absent."""

from __future__ import annotations

from typing import Any

from sklearn.base import RegressorMixin

from pellucid.estimators.checked_arrays import as_targets
from pellucid.estimators.row_weights import present_rows

__all__ = ["ScoresNumbers"]


class ScoresNumbers(RegressorMixin):
    """A regressor whose score, too, leaves out rows of weight 0."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the coefficient of determination R², the mean over the outputs.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0 of the rows; one of weight 0 is absent, whatever it holds.

        Returns
        -------
        float
            1 for perfect predictions, 0 for those of the mean.
        """
        if sample_weight is not None:
            sample_weight, X, y = present_rows(sample_weight, X, y)
        return float(super().score(X, as_targets(y), sample_weight))
