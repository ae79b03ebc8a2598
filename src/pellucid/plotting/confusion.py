"""Display of the classes that a classifier confuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import axes, quiet
from pellucid.plotting.subject import is_kind

__all__ = ["ConfusionDisplay"]

LONGEST = 24  # characters of a class; longer ones leave no room for the numbers


@dataclass(eq=False, repr=False)
class ConfusionDisplay:
    r"""The confusion matrix, drawn by :class:`sklearn.metrics.ConfusionMatrixDisplay`.

    .. math:: C_{jk} = |\{i : y_i = j,\; \hat y_i = k\}|

    Shades show shares of the true class, numbers count rows.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Number of rows of class i that the model predicts as class j.
    display_labels : tuple of str
        The classes.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.plotting import ConfusionDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> int(ConfusionDisplay.from_estimator(model, X, y).confusion_matrix.sum())
    150
    """

    confusion_matrix: NDArray[np.intp]
    display_labels: tuple[str, ...]

    @classmethod
    def from_estimator(cls, model: Any, X: Any, y: Any) -> ConfusionDisplay:
        """Return the confusion of a fitted classifier.

        Parameters
        ----------
        model : classifier
            Fitted; any scikit-learn classifier.
        X : array-like of shape (n_rows, n_features)
            The rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their classes.

        Returns
        -------
        ConfusionDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If it is not a classifier of mutually exclusive classes.
        """
        from sklearn.metrics import confusion_matrix
        from sklearn.utils.validation import check_is_fitted

        from pellucid.estimators.class_labels import read_classes, type_of_target

        classes = is_kind(model, "classifier")
        y = read_classes(y, type(model).__name__) if classes else y
        if not classes or type_of_target(y).startswith("multilabel"):
            raise ParameterError(
                "A confusion matrix needs a classifier and one class per row; got "
                f"{type(model).__name__} and targets of type {type_of_target(y)!r}."
            )
        check_is_fitted(model)
        counts = confusion_matrix(y, model.predict(X), labels=model.classes_)
        return cls(counts, tuple(str(label) for label in model.classes_))

    def plot(self, ax: Any = None) -> ConfusionDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        ConfusionDisplay
            The display itself.
        """
        from sklearn.metrics import ConfusionMatrixDisplay

        counts, n = self.confusion_matrix, len(self.display_labels)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        names = tuple(for_plot(label, LONGEST) for label in self.display_labels)
        with quiet():
            side = min(7.0, 2.2 + 0.22 * n)
            self.ax_ = axes(ax, (side + 0.6, side))
            self.figure_ = self.ax_.figure
            display = ConfusionMatrixDisplay(shares, display_labels=names)
            display.plot(ax=self.ax_, cmap="Blues", colorbar=False, im_kw={"vmin": 0.0, "vmax": 1.0})
            for text, count in zip(display.text_.flat, counts.flat, strict=True):
                text.set_text(str(count) if count else "·")
                text.set_fontsize(9 if n <= 12 else 6)
            if max(map(len, names)) * n > 40:
                self.ax_.tick_params(axis="x", rotation=90)
            self.ax_.spines[:].set_visible(False)
            self.ax_.tick_params(length=0)
            self.ax_.set(xlabel="predicted", ylabel="true")
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per true class.
        """
        return [
            {"true": true, **dict(zip(self.display_labels, map(int, row), strict=True))}
            for true, row in zip(self.display_labels, self.confusion_matrix, strict=True)
        ]
