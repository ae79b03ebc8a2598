"""Display of the residuals of a regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.regions import drawn_rows
from pellucid.plotting.style import COLORS, grid, panels, quiet
from pellucid.plotting.subject import is_kind

__all__ = ["ResidualsDisplay"]

Array = NDArray[np.floating]


@dataclass(eq=False, repr=False)
class ResidualsDisplay:
    r"""Targets and residuals against predictions, by :class:`sklearn.metrics.PredictionErrorDisplay`.

    .. math:: r_i = y_i - \hat y_i

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (n_rows,)
        Targets and predictions of one output.
    name : str
        Name of the output.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain both panels.
    axes_ : ndarray of Axes of shape (1, 2)
        Targets, residuals.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from pellucid import MLPRegressor
    >>> from pellucid.plotting import ResidualsDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MLPRegressor((8,), max_iter=5, learning_rate="cosine", random_state=0).fit(X, y)
    >>> len(ResidualsDisplay.from_estimator(model, X, y).y_pred)
    442
    """

    y_true: Array
    y_pred: Array
    name: str = "y"

    @classmethod
    def from_estimator(cls, model: Any, X: Any, y: Any, *, output: int = 0) -> ResidualsDisplay:
        """Return the residuals of a fitted regressor.

        Parameters
        ----------
        model : regressor
            Fitted; any scikit-learn regressor.
        X : array-like of shape (n_rows, n_features)
            The rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets.
        output : int, default=0
            Index of the output, if there are several.

        Returns
        -------
        ResidualsDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If it is not a regressor, or has no such output.
        """
        from sklearn.utils.validation import check_is_fitted

        from pellucid.estimators.checked_arrays import read_numbers

        if not is_kind(model, "regressor"):
            raise ParameterError(f"Residuals need a regressor; got {type(model).__name__}.")
        check_is_fitted(model)
        true = read_numbers(y, type(model).__name__)
        true = true.reshape(len(true), -1)
        predicted = np.asarray(model.predict(X), np.float64).reshape(len(true), -1)
        if true.shape != predicted.shape:
            raise DataError(
                f"'y' must have the shape of the predictions, {predicted.shape}; got {true.shape}."
            )
        if not 0 <= output < true.shape[1]:
            raise ParameterError(f"'output' must be in 0..{true.shape[1] - 1}; got {output!r}.")
        named = getattr(y, "name", None)
        several = true.shape[1] > 1
        name = f"y{output}" if several else str(named) if named is not None else "y"
        return cls(true[:, output], predicted[:, output], name)

    def plot(self, ax: Any = None) -> ResidualsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        ResidualsDisplay
            The display itself.
        """
        from matplotlib.ticker import AutoLocator
        from sklearn.metrics import PredictionErrorDisplay

        rows = drawn_rows(len(self.y_true))
        display = PredictionErrorDisplay(y_true=self.y_true[rows], y_pred=self.y_pred[rows])
        with quiet():
            self.ax_, self.axes_ = panels(ax, 1, 2, (7.6, 3.6))
            self.figure_ = self.ax_.figure
            kinds = ("actual_vs_predicted", "residual_vs_predicted")
            name = for_plot(self.name)
            labels = (f"true {name}", "residual: true − predicted")
            for panel, kind, label in zip(self.axes_[0], kinds, labels, strict=True):
                display.plot(
                    panel,
                    kind=kind,
                    scatter_kwargs={"color": COLORS[0], "alpha": 0.6, "s": 14, "linewidths": 0},
                    line_kwargs={"color": "black", "linewidth": 1.0},
                )
                panel.set(xlabel=f"predicted {name}", ylabel=label)
                panel.set_aspect("auto")  # and its own ticks, which are round numbers
                panel.xaxis.set_major_locator(AutoLocator())
                panel.yaxis.set_major_locator(AutoLocator())
                panel.autoscale()
                grid(panel)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            For each tenth of the rows, from the smallest to the largest prediction: their number, and the means.
        """
        residuals = self.y_true - self.y_pred
        parts = np.array_split(np.argsort(self.y_pred, kind="stable"), min(10, len(residuals)))
        return [
            {
                "rows": len(part),
                "predicted, mean": float(self.y_pred[part].mean()),
                "true, mean": float(self.y_true[part].mean()),
                "residual, mean": float(residuals[part].mean()),
                "residual, rms": float(np.sqrt((residuals[part] ** 2).mean())),
            }
            for part in parts
        ]
