"""Display of learning curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.plotting.style import COLORS, grid, logarithmic, panels, quiet
from pellucid.recording.record import Record, record_of

__all__ = ["LearningCurvesDisplay"]

Array = NDArray[np.floating]


@dataclass(eq=False, repr=False)
class LearningCurvesDisplay:
    """Loss, validation and learning rate, epoch by epoch.

    The loss axis is logarithmic where the losses span more than a decade. A star marks the epoch of the
    smallest validation loss.

    Parameters
    ----------
    epochs : ndarray of shape (n_epochs,)
        Numbered from 1, as in ``history_``.
    loss, objective : ndarray of shape (n_epochs,)
        The mean loss over the epoch's steps, without and with penalties.
    validation_loss, validation_score, learning_rate : ndarray of shape (n_epochs,)
        NaN if there is none.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain all panels.
    axes_ : ndarray of Axes of shape (n_panels, 1)
        Loss, then score and learning rate if there are any.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.plotting import LearningCurvesDisplay
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(*load_iris(return_X_y=True))
    >>> LearningCurvesDisplay.from_estimator(model).table()[0]["epoch"]
    1
    """

    epochs: Array
    loss: Array
    objective: Array
    validation_loss: Array
    validation_score: Array
    learning_rate: Array

    @classmethod
    def from_estimator(cls, model: Any) -> LearningCurvesDisplay:
        """Return the curves of a fitted estimator.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.

        Returns
        -------
        LearningCurvesDisplay
            The display, not yet drawn.
        """
        return cls.from_record(record_of(model))

    @classmethod
    def from_record(cls, record: Record) -> LearningCurvesDisplay:
        """Return the curves of a record.

        Parameters
        ----------
        record : Record
            A record of at least one epoch.

        Returns
        -------
        LearningCurvesDisplay
            The display, not yet drawn.

        Raises
        ------
        DataError
            If the record holds no epoch.
        """
        h = record.history
        if not len(h["epoch"]):
            raise DataError(
                "The record holds no epoch to show. Fit the model, or pass the record of a training run."
            )
        names = ("loss", "objective", "validation_loss", "validation_score", "learning_rate")
        return cls(h["epoch"], *(h[name] for name in names))

    def plot(self, ax: Any = None) -> LearningCurvesDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        LearningCurvesDisplay
            The display itself.
        """
        below = [
            (name, label)
            for name, label in (
                ("validation_score", "validation score"),
                ("learning_rate", "learning rate"),
            )
            if np.isfinite(getattr(self, name)).any()
        ]
        with quiet():
            ratios = [3.0, *(1.0 for _ in below)]
            self.ax_, self.axes_ = panels(
                ax, len(ratios), 1, (7.0, 3.2 + 0.8 * len(below)), sharex=True, height_ratios=ratios
            )
            self.figure_ = self.ax_.figure
            self._plot_losses(self.axes_[0, 0])
            for panel, (name, label) in zip(self.axes_[1:, 0], below, strict=True):
                panel.plot(self.epochs, getattr(self, name), color="#333333", lw=1.2)
                panel.set_title(label, fontsize=8, pad=2)
                grid(panel)
            self.axes_[-1, 0].set_xlabel("epoch")
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per epoch; NaN if there is no number.
        """
        names = ("loss", "objective", "validation_loss", "validation_score", "learning_rate")
        columns = zip(*(getattr(self, name).tolist() for name in names), strict=True)
        return [
            {"epoch": int(epoch), **dict(zip(names, row, strict=True))}
            for epoch, row in zip(self.epochs, columns, strict=True)
        ]

    def _plot_losses(self, ax: Any) -> None:
        marker = "o" if len(self.epochs) == 1 else None
        ax.plot(self.epochs, self.loss, color=COLORS[0], marker=marker, label="training loss")
        penalty = self.objective - self.loss
        if np.nanmax(penalty) > 0.02 * np.nanmax(self.loss):
            ax.plot(self.epochs, self.objective, color=COLORS[0], ls=":", lw=1.2, label="with penalties")
        curves = [self.loss]
        if np.isfinite(self.validation_loss).any():
            curves.append(self.validation_loss)
            best = int(np.nanargmin(self.validation_loss))
            at, lowest = self.epochs[best], self.validation_loss[best]
            ax.plot(
                self.epochs,
                self.validation_loss,
                color=COLORS[1],
                ls="--",
                marker=marker,
                label="validation loss",
            )
            ax.plot(
                at,
                lowest,
                "*",
                ms=11,
                color=COLORS[1],
                mec="white",
                label=f"minimum: {lowest:.3g}, epoch {at:.0f}",
            )
        seen = np.concatenate(curves)
        seen = seen[np.isfinite(seen)]
        if len(seen) and seen.min() > 0.0 and seen.max() > 10.0 * seen.min():
            logarithmic(ax.yaxis, float(seen.min()), float(seen.max()))
        ax.set_ylabel("loss")
        grid(ax)
        ax.legend()
