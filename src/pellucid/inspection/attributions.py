"""The contributions of a table's columns to predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.exceptions import ParameterError

__all__ = ["Attributions"]

Array = NDArray[np.float64]
NAMED = 3  # columns in a sentence


@dataclass(frozen=True, eq=False)
class Attributions:
    r"""Contribution of each of the user's columns to each prediction.

    .. math:: F(x) = \operatorname{mean}_b F(b) + \sum_j \varphi_j

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        The contributions :math:`\varphi_j`.
    base : ndarray of shape (n_rows,)
        The mean prediction of the background.
    predictions : ndarray of shape (n_rows,)
        The predictions F(x).
    columns : tuple of str
        Names of the columns.
    cells : list of tuple of str
        The texts of each row's cells.
    outputs : tuple of str
        The class or target that is explained, for each row.
    scale : {"prediction", "log-odds"}
        The scale of all numbers.
    is_probability : bool
        True if the predictions are probabilities of classes.
    n_background : int
        The number of background rows.
    tolerance : float
        The requested bound on the error of the sums.

    Attributes
    ----------
    residuals : ndarray of shape (n_rows,)
        :math:`F(x) - \operatorname{mean}_b F(b) - \sum_j \varphi_j`, at most ``tolerance`` in size.

    See Also
    --------
    attributions : Computes them.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from pellucid import MLPRegressor
    >>> from pellucid.inspection import attributions
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    >>> model = MLPRegressor((8,), learning_rate="cosine", standardize=True, max_iter=20, random_state=0).fit(X, y)
    >>> found = attributions(model, X[:3], background=X)
    >>> found.values.shape
    (3, 10)
    >>> bool(abs(found.base + found.values.sum(axis=1) - model.predict(X[:3])).max() < 0.1)
    True
    """

    values: Array
    base: Array
    predictions: Array
    columns: tuple[str, ...]
    cells: list[tuple[str, ...]]
    outputs: tuple[str, ...]
    scale: str
    is_probability: bool
    n_background: int
    tolerance: float

    __repr__ = brief

    @property
    def residuals(self) -> Array:
        """The difference of each prediction from the background's mean, less the sum of the contributions."""
        return np.asarray(self.predictions - self.base - self.values.sum(axis=1))

    @property
    def sizes(self) -> dict[str, float]:
        """The mean size of each column's contributions over all rows, the largest first."""
        mean = np.abs(self.values).mean(axis=0)
        return {self.columns[j]: float(mean[j]) for j in np.argsort(-mean, kind="stable")}

    def quantity(self, row: int = 0) -> str:
        """Return the name of the number that is explained.

        Parameters
        ----------
        row : int, default=0
            Index of the row.

        Returns
        -------
        str
            Such as ``"probability of 'yes'"``.
        """
        if not self.is_probability:
            return self.outputs[row]
        return f"{'probability' if self.scale == 'prediction' else 'log-odds'} of {self.outputs[row]!r}"

    def order(self, row: int = 0) -> NDArray[np.intp]:
        """Return the indices of the columns, those with the largest contributions to a row first.

        Parameters
        ----------
        row : int, default=0
            Index of the row.

        Returns
        -------
        ndarray of shape (n_columns,)
            The indices.
        """
        return np.argsort(-np.abs(self._of(row)), kind="stable")

    def table(self, row: int = 0) -> list[dict[str, Any]]:
        """Return the contributions to one prediction, the largest first.

        Parameters
        ----------
        row : int, default=0
            Index of the row.

        Returns
        -------
        list of dict
            Column, cell and contribution.
        """
        values = self._of(row)
        return [
            {"column": self.columns[j], "cell": self.cells[row][j], "contribution": float(values[j])}
            for j in self.order(row)
        ]

    def sentence(self, row: int = 0) -> str:
        """Return one prediction and its main contributions in a sentence.

        Parameters
        ----------
        row : int, default=0
            Index of the row.

        Returns
        -------
        str
            Such as ``"The prediction is 312; the background's mean is 287: rooms = 6 adds 33, near = town takes
            off 8."``.
        """
        unit = float(np.abs([*self._of(row), self.base[row], self.predictions[row]]).max())
        parts = [
            f"{line['column']} = {line['cell']} {_moves(line['contribution'], unit)}"
            for line in self.table(row)[:NAMED]
            if line["contribution"] != 0.0
        ]
        told = (
            f"The {self.quantity(row)} is {_number(self.predictions[row], unit)}; the background's mean is "
        )
        return told + _number(self.base[row], unit) + (f": {', '.join(parts)}." if parts else ".")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data.

        Returns
        -------
        dict
            The scale, the size of the background, and for each row its prediction and contributions.
        """
        residuals = self.residuals
        return {
            "scale": self.scale,
            "background_rows": self.n_background,
            "tolerance": self.tolerance,
            "rows": [
                {
                    "output": self.outputs[row],
                    "prediction": float(self.predictions[row]),
                    "background_mean": float(self.base[row]),
                    "residual": float(residuals[row]),
                    "contributions": self.table(row),
                }
                for row in range(len(self.values))
            ],
        }

    def to_shap(self) -> Any:
        """Return the contributions for the plots of the package shap.

        Returns
        -------
        shap.Explanation
            With ``values``, ``base_values``, ``data`` and ``feature_names``. They are expected gradients, which
            are Shapley values only for additive models.

        Raises
        ------
        ParameterError
            If shap is not installed.
        """
        try:
            import shap
        except ImportError as error:
            raise ParameterError("to_shap needs the package shap: pip install shap.") from error
        data = np.empty(self.values.shape, object)
        for row, texts in enumerate(self.cells):
            data[row] = [_as_number(text) for text in texts]
        return shap.Explanation(
            values=self.values, base_values=self.base, data=data, feature_names=list(self.columns)
        )

    def _of(self, row: int) -> Array:
        if not -len(self.values) <= row < len(self.values):
            raise ParameterError(f"'row' must be in 0..{len(self.values) - 1}; got {row!r}.")
        return np.asarray(self.values[row])


def _as_number(text: str) -> float | str:
    try:
        return np.nan if text == "missing" else float(text)
    except ValueError:
        return text


def _number(value: float, unit: float) -> str:
    """Return a number with as many decimals as three digits of the largest need."""
    decimals = 0 if unit >= 100.0 or unit == 0.0 else int(2 - np.floor(np.log10(unit)))
    return f"{value:,.{decimals}f}".replace("-", "−")


def _moves(value: float, unit: float) -> str:
    return f"adds {_number(value, unit)}" if value > 0 else f"takes off {_number(-value, unit)}"
