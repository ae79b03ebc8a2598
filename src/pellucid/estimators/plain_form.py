"""Conversion of fitted estimators to plain values by name, from which model files are written, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

__all__ = ["HasPlainForm"]


class HasPlainForm:
    """An estimator that can be converted to plain values and back."""

    if TYPE_CHECKING:

        def _to_plain(self) -> dict[str, Any]:
            """Return the values of a fitted estimator."""

        @classmethod
        def _from_plain(cls, plain: dict[str, Any]) -> Any:
            """Return the estimator of such values."""

    def to_plain(self) -> dict[str, Any]:
        """Return everything needed to predict and to continue training, by name.

        Returns
        -------
        dict
            Parameters, networks, classes, encoding and the state of the training, as far as there are such:
            values that are shared, not copied.
        """
        check_is_fitted(self)
        return self._to_plain()

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Any:
        """Return a fitted estimator of such values.

        Parameters
        ----------
        plain : dict
            The result of :meth:`to_plain`; it is not checked.

        Returns
        -------
        estimator
            It predicts, and goes on with the training, as the one that was described.
        """
        return cls._from_plain(plain)
