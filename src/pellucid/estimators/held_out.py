"""Held-out rows from the user: as one tuple or by name, also through a Pipeline that transforms them."""

from __future__ import annotations

from typing import Any

from sklearn.utils.metadata_routing import MetadataRequest

from pellucid.exceptions import DataError

__all__ = ["TakesHeldOutRows", "held_out_rows"]

NAMES = ("validation_data", "y_val", "sample_weight_val")


def held_out_rows(
    validation_data: Any, X_val: Any, y_val: Any, sample_weight_val: Any
) -> tuple[Any, Any, Any] | None:
    """Return the held-out rows in one form, however they were passed to ``fit``.

    Parameters
    ----------
    validation_data : tuple or None
        ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``; what a Pipeline has made of X_val, where the
        others come by name.
    X_val, y_val, sample_weight_val : array-like or None
        The same by name.

    Returns
    -------
    tuple of (X_val, y_val, sample_weight_val), or None
        With None for weights that are not given; None if there are no such rows.

    Raises
    ------
    DataError
        If they are given twice, in part, or in another form.
    """
    if X_val is None and y_val is None and sample_weight_val is None:
        if validation_data is None:
            return None
        if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
            raise DataError(
                "'validation_data' must be (X_val, y_val) or (X_val, y_val, sample_weight_val); got "
                f"{type(validation_data).__name__}"
                + (f" of length {len(validation_data)}." if hasattr(validation_data, "__len__") else ".")
            )
        X_val, y_val, sample_weight_val = (*validation_data, None)[:3]
        return X_val, y_val, sample_weight_val
    if isinstance(validation_data, tuple | list) or (X_val is not None and validation_data is not None):
        raise DataError("Pass the validation data once: as validation_data, or as X_val and y_val.")
    X_val = validation_data if X_val is None else X_val
    if X_val is None or y_val is None:
        raise DataError(f"X_val and y_val belong together; got no {'X_val' if X_val is None else 'y_val'}.")
    return X_val, y_val, sample_weight_val


class TakesHeldOutRows:
    """An estimator whose ``validation_data`` a Pipeline may transform."""

    def get_metadata_routing(self) -> Any:
        """Return which metadata ``fit`` and ``score`` request.

        Returns
        -------
        MetadataRequest
            For scikit-learn's routing. ``Pipeline(..., transform_input=["validation_data"])`` transforms the
            inputs in that tuple, not the targets; ``["X_val"]`` is the same for data given by name.
        """
        return _SplitRequest.like(super().get_metadata_routing())  # type: ignore[misc]


class _SplitRequest(MetadataRequest):
    """Splits the tuple for a Pipeline, which transforms each entry of a tuple, although targets must stay."""

    @classmethod
    def like(cls, request: MetadataRequest) -> _SplitRequest:
        """Return an object that requests the same metadata."""
        twin = cls(owner=request.owner)
        twin.__dict__.update(vars(request))
        return twin

    def __sklearn_clone__(self) -> _SplitRequest:
        return self.like(super().__sklearn_clone__())

    def _route_params(self, *, params: Any, method: str, parent: Any, caller: str) -> Any:
        routed = super()._route_params(params=params, method=method, parent=parent, caller=caller)
        given = routed.get("validation_data")
        transformed = getattr(parent, "transform_input", None) or ()
        if isinstance(given, tuple) and len(given) in (2, 3) and "validation_data" in transformed:
            routed.update(zip(NAMES, given, strict=False))
        return routed
