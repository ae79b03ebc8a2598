"""Display of calibration: how far predicted probabilities match observed frequencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import COLORS, grid, panels, quiet
from pellucid.plotting.subject import is_kind

__all__ = ["CalibrationDisplay"]

Array = NDArray[np.floating]


@dataclass(eq=False, repr=False)
class CalibrationDisplay:
    r"""Calibration curve: the share of predictions that come true, against their predicted probability.

    .. math:: \text{error} = \sum_b \frac{n_b}{n}\, |\text{observed}_b - \text{predicted}_b|

    For two classes, the probability is that of the second class; for more, that of the predicted class, against
    how often it is right.

    Parameters
    ----------
    edges : ndarray of shape (n_bins + 1,)
        Edges of the bins, equally wide.
    counts : ndarray of shape (n_bins,)
        Number of rows in each bin.
    predicted, observed : ndarray of shape (n_bins,)
        The mean probability and the share that came true; NaN in an empty bin.
    event : str
        The predicted event.

    Attributes
    ----------
    error : float
        The expected calibration error: the mean of \|observed − predicted\| over rows.
    ax_ : matplotlib Axes
        The axes that contain both panels.
    axes_ : ndarray of Axes of shape (2, 1)
        The curve, and the number of rows.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : Of two classes, without the rows.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Weinberger (2017), On calibration of modern neural networks, ICML,
    arXiv:1706.04599 (the expected calibration error).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.plotting import CalibrationDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> int(CalibrationDisplay.from_estimator(model, X, y).counts.sum())
    150
    """

    edges: Array
    counts: NDArray[np.intp]
    predicted: Array
    observed: Array
    event: str

    @classmethod
    def from_estimator(cls, model: Any, X: Any, y: Any, *, bins: int = 10) -> CalibrationDisplay:
        """Return the calibration of a fitted classifier.

        Parameters
        ----------
        model : classifier
            Fitted; any scikit-learn classifier with ``predict_proba``.
        X : array-like of shape (n_rows, n_features)
            The rows, preferably not used in training.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their classes.
        bins : int, default=10
            Number of bins.

        Returns
        -------
        CalibrationDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If it does not predict probabilities of mutually exclusive classes.
        """
        from sklearn.utils.validation import check_is_fitted

        from pellucid.estimators.class_labels import read_classes

        if not (is_kind(model, "classifier") and hasattr(model, "predict_proba")):
            raise ParameterError(
                f"Calibration needs a classifier with predict_proba; got {type(model).__name__}."
            )
        check_is_fitted(model)
        y, P = read_classes(y, type(model).__name__), model.predict_proba(X)
        if y.ndim != 1 or len(y) != len(P):
            raise DataError(f"'y' must hold one class for each of the {len(P)} rows; got shape {y.shape}.")
        two = len(model.classes_) == 2
        probability = P[:, 1] if two else P.max(axis=1)
        came_true = y == (model.classes_[1] if two else model.classes_[P.argmax(axis=1)])
        edges = np.linspace(0.0, 1.0, bins + 1)
        which = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, bins - 1)
        counts = np.bincount(which, minlength=bins)
        with np.errstate(invalid="ignore"):
            predicted = np.bincount(which, probability, bins) / counts
            observed = np.bincount(which, came_true, bins) / counts
        event = f"class {model.classes_[1]}" if two else "the predicted class"
        return cls(edges, counts, predicted, observed, event)

    @property
    def error(self) -> float:
        """The expected calibration error."""
        gap = np.abs(self.observed - self.predicted)
        return float(np.nansum(gap * self.counts) / self.counts.sum())

    def plot(self, ax: Any = None) -> CalibrationDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        CalibrationDisplay
            The display itself.
        """
        with quiet():
            self.ax_, self.axes_ = panels(ax, 2, 1, (4.4, 4.8), sharex=True, height_ratios=(4, 1))
            self.figure_ = self.ax_.figure
            curve, rows = self.axes_[:, 0]
            curve.plot([0, 1], [0, 1], color="#777777", ls=":", lw=1.2, label="perfect")
            filled = self.counts > 0
            label = f"this model; error {self.error:.3f}"
            curve.plot(self.predicted[filled], self.observed[filled], "-", color=COLORS[0], label=label)
            size = 8.0 + 72.0 * self.counts[filled] / self.counts.max()  # a bin of few rows says little
            curve.scatter(
                self.predicted[filled],
                self.observed[filled],
                s=size,
                color=COLORS[0],
                zorder=3,
                clip_on=False,
            )
            curve.set(ylabel="observed share", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
            grid(curve)
            curve.legend(loc="lower right")
            rows.stairs(self.counts, self.edges, fill=True, color="#B9C6CF")
            rows.stairs(self.counts, self.edges, color="#555555", lw=0.8)
            rows.set(xlabel=f"predicted probability of {for_plot(self.event)}", ylabel="rows")
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per bin.
        """
        return [
            {
                "from": float(self.edges[i]),
                "to": float(self.edges[i + 1]),
                "rows": int(self.counts[i]),
                "predicted": float(self.predicted[i]),
                "observed": float(self.observed[i]),
            }
            for i in range(len(self.counts))
        ]
