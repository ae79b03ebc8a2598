"""Preparation of the user's data for a member's network in a tabular estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss
from pellucid.estimators import Preparation
from pellucid.estimators.row_weights import check_weights
from pellucid.tabular.member import Member

__all__ = ["TablePreparation"]

Array = NDArray[Any]


class TablePreparation(Preparation):
    """Preparation of data by a TabularClassifier or TabularRegressor.

    Targets are not smoothed: a network is judged on them as they are.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        Fitted.
    member : Member
        One of its members, with a scale of targets of its own.
    loss : str or Loss, optional
        Another loss than its own.
    """

    def __init__(self, model: Any, member: Member, loss: str | Loss | None = None) -> None:
        super().__init__(member.network, member.targets.loss if loss is None else loss)
        self.model, self.member = model, member
        self.feature_names = tuple(model.encoder_.names_)
        self.classes = self.output_names = tuple(str(label) for label in getattr(model, "classes_", ()))
        self.is_multilabel = bool(getattr(model, "_is_multilabel", False))
        self.target_mean, self.target_scale = member.targets.mean, member.targets.scale

    def rows(self, X: Any, *, finite: bool = True) -> Any:
        """Return the table as it is; :meth:`inputs` checks it."""
        return X

    def inputs(self, rows: Any) -> Any:
        """Return the encoded rows of a table."""
        return self.model.encode(rows).astype(np.float64)

    def targets(self, y: Any) -> Array:
        """Return targets as numbers on the scale of the member's training rows."""
        y = self.model._read_y_again(y)
        return self.member.targets.encode(self.model._encode_y(y), np.float64)

    def weights(self, sample_weight: ArrayLike | None, y: Any, n_rows: int) -> Array:
        """Return the user's weights times those of the classes."""
        class_weight = getattr(self.model, "class_weight", None)
        if class_weight is None or y is None:
            return super().weights(sample_weight, y, n_rows)
        y = self.model._read_y_again(y)
        weight = check_weights(sample_weight, n_rows, class_weight, y, self.model.classes_)[1]
        return np.asarray(weight)

    def in_users_units(self, outputs: Array) -> Array:
        """Return outputs as predictions: within the range of the targets, quantiles in order."""
        return self.member.targets.decode(outputs)
