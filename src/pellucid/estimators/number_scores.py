"""R² of a regression that ignores rows of weight 0."""

from __future__ import annotations

from typing import Any

from scipy.sparse import issparse
from sklearn.base import RegressorMixin

from pellucid.estimators.checked_arrays import as_targets, read_numbers
from pellucid.estimators.row_weights import of_present

__all__ = ["ScoresNumbers"]


class ScoresNumbers(RegressorMixin):
    """A regressor whose score also ignores rows of weight 0."""

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
        return float(of_present(self._score, sample_weight, X, y))

    def _score(self, X: Any, y: Any, sample_weight: Any) -> Any:
        """Return R² of rows with a positive weight."""
        y = as_targets(y)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 and not issparse(y) else y
        return super().score(X, read_numbers(y, type(self).__name__), sample_weight)
