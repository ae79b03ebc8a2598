"""Prediction sets of a classifier, as large as its held-out rows require."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.tabular.certainty.held_out_scores import KeepsScores
from pellucid.tabular.members.judgement import Judgement

__all__ = ["PredictsSets"]

Array = NDArray[Any]


class PredictsSets(KeepsScores):
    """The part of a classifier that learns from held-out rows how improbable the true class may look."""

    classes_: Any
    predict_proba: Callable[[Any], Array]
    _asked = "predict_set"
    _beyond = "sets hold every class"

    @property
    def _is_multilabel(self) -> bool:
        """True if the model predicts labels, which are not mutually exclusive."""
        return False

    def _keep_probabilities(self, probabilities: Array, judged: Judgement) -> None:
        """Keep the scores of the true classes of held-out rows."""
        classes = judged.y.argmax(axis=1)
        own = np.take_along_axis(probabilities, classes[:, None], axis=1)
        self._keep_scores(1.0 - own, judged, classes)

    def predict_set(self, X: Any, coverage: float = 0.9, *, by_class: bool = False) -> NDArray[np.bool_]:
        r"""Return for each row a set of classes that contains its class with a given probability.

        .. math:: C(x) = \{k : p_k(x) \ge 1 - q\} \cup \{\arg\max_k p_k(x)\}

        q is the quantile of the held-out rows' scores at this coverage; each held-out row is predicted by members
        that did not learn from it (conformal prediction, with the smallest sets on average [1]_). The coverage
        holds on average over rows; with ``by_class=True`` for the rows of each class, with ``coverage_by`` for
        each category of a column. A set is never empty. If too few rows were held out, it contains every class,
        and a warning says how many rows are needed.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        coverage : float, default=0.9
            The fraction of rows whose class is in their set, in (0, 1).
        by_class : bool, default=False
            True for a separate limit for each class, so that rare classes are covered as often as frequent ones.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            True for the classes in the set, in the order of ``classes_``.

        Raises
        ------
        ParameterError
            If the model predicts labels, which are not mutually exclusive.

        References
        ----------
        .. [1] M. Sadinle, J. Lei, L. Wasserman (2019), Least ambiguous set-valued classifiers with bounded error
           levels, J. Am. Stat. Assoc. 114, 223-234.
        """
        probabilities = self.predict_proba(X)
        if self._is_multilabel:
            raise ParameterError("predict_set needs mutually exclusive classes; this model predicts labels.")
        if by_class and self._by_names():
            raise ParameterError(
                "'by_class' must be False for a model with 'coverage_by'; fit one with coverage_by=None."
            )
        if by_class:
            by, names = self.conformal_classes_, self.classes_.tolist()
            limits = np.concatenate(self._limits(coverage, by, names))[None]
        else:
            limits = self._limits_of_rows(X, coverage)
        sets = 1.0 - probabilities <= limits
        np.put_along_axis(sets, probabilities.argmax(axis=1)[:, None], True, axis=1)  # noqa: FBT003
        return np.asarray(sets)
