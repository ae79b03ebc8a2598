"""Display of the recipes that the preset "best" tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import COLORS, grid, panels, quiet

__all__ = ["RecipesDisplay"]

Array = NDArray[np.floating]
MOST = 24  # recipes that are drawn


@dataclass(eq=False, repr=False)
class RecipesDisplay:
    """Held-out losses of the recipes that ``preset="best"`` tried, and their shares in the result.

    A dot is a recipe that was trained on all folds; an open triangle is one that was dropped earlier, so its loss
    covers fewer rows. The bars are shares of the prediction.

    Parameters
    ----------
    names : tuple of str
        The recipes, those of the result first.
    losses : ndarray of shape (n_recipes,)
        Their mean validation losses.
    n_folds : ndarray of shape (n_recipes,)
        The folds on which they were trained.
    seconds : ndarray of shape (n_recipes,)
        The time of their training, on one processor.
    shares : ndarray of shape (n_recipes,)
        Shares of the prediction, in [0, 1].
    linear_share : float, default=0.0
        The share of a linear model besides them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain both panels.
    axes_ : ndarray of Axes of shape (1, 2)
        Losses, shares.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import TabularClassifier
    >>> from pellucid.plotting import RecipesDisplay
    >>> model = TabularClassifier("best", n_trials=6, max_iter=2, random_state=0).fit(*load_iris(return_X_y=True))
    >>> RecipesDisplay.from_estimator(model).names[0]
    'default'
    """

    names: tuple[str, ...]
    losses: Array
    n_folds: NDArray[np.intp]
    seconds: Array
    shares: Array
    linear_share: float = 0.0

    @classmethod
    def from_estimator(cls, model: Any) -> RecipesDisplay:
        """Return the recipes that the fit of an estimator for tables tried.

        Parameters
        ----------
        model : TabularClassifier or TabularRegressor
            Fitted with ``preset="best"``.

        Returns
        -------
        RecipesDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If its fit tried nothing.
        """
        rows = getattr(model, "tried_", ())
        if not rows:
            raise ParameterError(
                "RecipesDisplay shows a fitted TabularClassifier or TabularRegressor with preset='best'; got "
                f"{type(model).__name__} without 'tried_'."
            )
        linear = 0.0 if model.linear_ is None else model.linear_.share
        losses, seconds, shares = (
            np.array([row[name] for row in rows]) for name in ("loss", "seconds", "share")
        )
        n_folds = np.array([row["folds"] for row in rows])
        names = tuple(row["recipe"] for row in rows)
        return cls(names, losses, n_folds, seconds, (1.0 - linear) * shares, linear)

    def plot(self, ax: Any = None) -> RecipesDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        RecipesDisplay
            The display itself.
        """
        names = [*map(for_plot, self.names[:MOST]), *(["linear model"] if self.linear_share else [])]
        places, shares = np.arange(len(names)), self.shares[:MOST]
        losses, whole = self.losses[:MOST], self.n_folds[:MOST] == self.n_folds.max()
        shares = np.append(shares, self.linear_share) if self.linear_share else shares
        with quiet():
            self.ax_, self.axes_ = panels(ax, 1, 2, (7.4, 1.2 + 0.26 * len(names)), sharey=True)
            self.figure_ = self.ax_.figure
            left, right = self.axes_[0]
            kinds = ((whole, "o", "all folds", COLORS[0]), (~whole, "^", "some folds", "none"))
            for chosen, marker, label, fill in kinds:
                rows = np.flatnonzero(chosen)
                if len(rows):
                    left.plot(
                        losses[rows], rows, marker, color=COLORS[0], mfc=fill, ms=6, label=label, ls="none"
                    )
            left.set(yticks=places, yticklabels=names, xlabel="held-out loss", ylim=(len(names) - 0.5, -0.5))
            left.legend()
            bars = right.barh(places, 100.0 * shares, 0.6, color=COLORS[1])
            labels = [f"{share:.0%}" if share else "" for share in shares]
            right.bar_label(bars, labels, padding=3, fontsize=8)
            right.set(xlabel="share of the prediction, %", xlim=(0.0, 118.0 * float(shares.max())))
            for panel in (left, right):
                grid(panel)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            A row per recipe, and one of the linear model if there is one.
        """
        names = ("recipe", "held-out loss", "folds", "seconds", "share")
        columns = (self.losses, self.n_folds, self.seconds, self.shares)
        rows = zip(self.names, *(column.tolist() for column in columns), strict=True)
        found = [dict(zip(names, row, strict=True)) for row in rows]
        if self.linear_share:
            found.append(dict.fromkeys(names) | {"recipe": "linear model", "share": self.linear_share})
        return found
