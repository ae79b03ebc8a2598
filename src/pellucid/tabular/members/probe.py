"""Estimator in the middle of its fit, in the fitted form that a scorer needs."""

from __future__ import annotations

import copy
from typing import Any

from pellucid.estimators.scoring import knowing
from pellucid.tabular.members.member import Member

__all__ = ["fitted_so_far"]


def fitted_so_far(estimator: Any, member: Member, X: Any, answers: dict[str, Any]) -> Any:
    """Return a fitted estimator with a single member that is still in training.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        In its fit; it is not changed.
    member : Member
        The member, with the parameters and the history that it has now.
    X : data frame, array-like or sparse matrix
        Rows for which the predictions are known.
    answers : dict
        These predictions, by the name of the method.

    Returns
    -------
    TabularClassifier or TabularRegressor
        A copy. For other rows it predicts as any other.
    """
    model = copy.copy(estimator)
    model.members_, model.linear_ = [member], None
    if hasattr(model, "classes_"):
        model.temperature_ = 1.0
    return knowing(model, X, answers)
