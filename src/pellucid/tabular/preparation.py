"""Preparation of the user's data for a member's network in a tabular estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss
from pellucid.estimators import Preparation
from pellucid.estimators.preparation_steps import Encoding
from pellucid.estimators.row_weights import check_weights
from pellucid.tabular.encoding.features import unscaled_parts
from pellucid.tabular.encoding.text_values import text_suffixes
from pellucid.tabular.encoding.unseen import unseen_rows
from pellucid.tabular.members.member import Member, shares_of

__all__ = ["TablePreparation"]

Array = NDArray[Any]
NO_CATEGORY = "missing or unknown"


class TablePreparation(Preparation):
    """Preparation of data by a TabularClassifier or TabularRegressor.

    Targets are not smoothed: a network is judged on them as they are.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        Fitted.
    member : int or "linear"
        One of its members, with a scale of targets of its own, or its linear model.
    loss : str or Loss, optional
        Another loss than its own.
    """

    def __init__(self, model: Any, member: int | str, loss: str | Loss | None = None) -> None:
        found: Member = model.linear_.member if isinstance(member, str) else model.members_[member]
        super().__init__(found.network, found.targets.loss if loss is None else loss)
        self.model, self.member, self.place = model, found, member
        self.feature_names = tuple(model.encoder_.names_)
        self.classes = self.output_names = tuple(str(label) for label in getattr(model, "classes_", ()))
        self.is_multilabel = bool(getattr(model, "_is_multilabel", False))
        self.categories = tuple(
            (NO_CATEGORY, *column.categories) for column in model.encoder_.columns_ if column.as_codes
        )
        self.target_mean, self.target_scale = found.targets.mean, found.targets.scale

    def rows(self, X: Any, *, finite: bool = True) -> Any:
        """Return the table unchanged; :meth:`inputs` checks it."""
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

    def encoding(self, rows: Any) -> Encoding | None:
        """Return how the numbers of a table became inputs; None for a sparse one, which is only scaled."""
        encoder = self.model.encoder_
        if encoder.is_sparse_:
            return None
        read = encoder.read(rows)
        columns = [
            unscaled_parts(column, read[i]) if i in read else [] for i, column in enumerate(encoder.columns_)
        ]
        cells = encoder.in_order(columns)
        features = encoder.in_order([column.features for column in encoder.columns_])
        of_text = encoder.in_order(
            [[f.suffix in text_suffixes(column.text) for f in column.features] for column in encoder.columns_]
        )
        numbers = [k for k, feature in enumerate(features) if feature.group != "code"]
        return Encoding(
            np.column_stack([cells[k] for k in numbers] or [np.empty((len(rows), 0))]),
            np.array([features[k].median for k in numbers]),
            np.array([features[k].scale for k in numbers]),
            encoder.smooth_clip,
            np.array([of_text[k] for k in numbers], bool),
        )

    def remarks(self, inputs: Any) -> tuple[str, ...]:
        """Return the other parts of the predictions: the encoder, other networks, a linear model."""
        n, path = len(self.model.members_), self.model.linear_
        found = [
            "Inputs are the encoded columns, as returned by model.encode."
        ] * self.model.encoder_.is_sparse_
        if self.place == "linear":
            found.append(f"This is the linear model, whose share of the predictions is {path.share:.0%}.")
        elif n > 1:
            mean = "weighted mean" if shares_of(self.model.members_) is not None else "mean"
            found.append(f"This is network {self.place} of {n}, whose {mean} the model predicts.")
        if self.place != "linear" and path is not None:
            found.append(
                f"A linear model has a share of {path.share:.0%} in the predictions; "
                'member="linear" traces it.'
            )
        if self.member.targets.low is not None:
            found.append("The model clips its predictions to the range of the training targets.")
        encoder = self.model.encoder_
        if not encoder.is_sparse_ and len(unseen_rows(encoder, inputs.astype(np.float32))[0]):
            found.append(
                "A row has a category that fit did not see: the model predicts the mean over the "
                "categories that it saw; this is a single pass with none of them."
            )
        return tuple(found)

    def in_users_units(self, outputs: Array) -> Array:
        """Return outputs as predictions: within the range of the targets, quantiles in order."""
        return self.member.targets.decode(outputs)
