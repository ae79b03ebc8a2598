"""Display of the contributions of columns to one prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.host.escaping import for_plot
from pellucid.inspection import Attributions, attributions
from pellucid.plotting.style import NEGATIVE, POSITIVE, axes, grid, quiet

__all__ = ["AttributionsDisplay"]

Array = NDArray[np.float64]
MOST = 10  # columns with a bar of their own


@dataclass(eq=False, repr=False)
class AttributionsDisplay:
    r"""Contributions of columns to one prediction, from the background's mean to the prediction.

    .. math:: F(x) = \operatorname{mean}_b F(b) + \sum_j \varphi_j

    Parameters
    ----------
    names : list of str
        Columns with their cells, the largest contribution first; the last may combine all others.
    values : ndarray of shape (n_bars,)
        The contributions.
    base, prediction : float
        The background's mean, and the prediction.
    quantity : str
        The name of the number that is explained.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the picture.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    pellucid.inspection.attributions : The numbers.

    References
    ----------
    G. Erion et al. (2021), Improving performance of deep learning models with axiomatic attribution priors and
    expected gradients, Nature Machine Intelligence 3, 620-631.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.plotting import AttributionsDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> AttributionsDisplay.from_estimator(model, X, row=60).quantity
    "probability of '1'"
    """

    names: list[str]
    values: Array
    base: float
    prediction: float
    quantity: str

    @classmethod
    def from_estimator(cls, model: Any, X: Any, *, row: int = 0, **options: Any) -> AttributionsDisplay:
        """Return the contributions to the prediction for one row.

        Parameters
        ----------
        model : TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor or Network
            A fitted model.
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            A table with the row; the background too, unless another is given.
        row : int, default=0
            Index of the row.
        **options
            Options of :func:`pellucid.inspection.attributions`.

        Returns
        -------
        AttributionsDisplay
            The display, not yet drawn.
        """
        from sklearn.utils import _safe_indexing

        options = {"background": X, **options}
        return cls.from_attributions(attributions(model, _safe_indexing(X, [row]), **options))

    @classmethod
    def from_attributions(cls, found: Attributions, *, row: int = 0) -> AttributionsDisplay:
        """Return the contributions to one prediction.

        Parameters
        ----------
        found : Attributions
            The result of :func:`pellucid.inspection.attributions`.
        row : int, default=0
            Index of the row among those that were explained.

        Returns
        -------
        AttributionsDisplay
            The display, not yet drawn.
        """
        lines = found.table(row)
        names = [f"{line['column']} = {line['cell']}" for line in lines]
        values = [line["contribution"] for line in lines]
        if len(lines) > MOST + 1:
            names = [*names[:MOST], f"{len(lines) - MOST} other columns"]
            values = [*values[:MOST], sum(values[MOST:])]
        return cls(
            names,
            np.array(values),
            float(found.base[row]),
            float(found.predictions[row]),
            found.quantity(row),
        )

    def plot(self, ax: Any = None) -> AttributionsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        AttributionsDisplay
            The display itself.
        """
        with quiet():
            n = len(self.names)
            self.ax_ = axes(ax, (6.4, 1.2 + 0.3 * n))
            self.figure_ = self.ax_.figure
            ends = self.base + np.cumsum(self.values)
            starts = np.concatenate([[self.base], ends[:-1]])
            places = np.arange(n)
            colors = [POSITIVE if value >= 0.0 else NEGATIVE for value in self.values]
            self.ax_.barh(places, self.values, left=starts, color=colors, height=0.62)
            for place, value, start, end in zip(places, self.values, starts, ends, strict=True):
                self.ax_.annotate(
                    f"{value:+.3g}".replace("-", "−"), (max(start, end), place), xytext=(4, 0),
                    textcoords="offset points", va="center", fontsize=8, color="#222222", zorder=4,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
                )  # fmt: skip
            self.ax_.axvline(
                self.base, color="#777777", ls=":", lw=1.2, label=f"mean of the background {self.base:.4g}"
            )
            self.ax_.axvline(
                self.prediction, color="black", lw=1.2, label=f"prediction {self.prediction:.4g}"
            )
            self.ax_.set_yticks(places, [for_plot(name) for name in self.names])
            self.ax_.set_ylim(n - 0.4, -0.6)
            self.ax_.use_sticky_edges = False
            self.ax_.margins(x=0.14)
            self.ax_.set_xlabel(for_plot(self.quantity))
            grid(self.ax_)
            self.ax_.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One for each bar: its name and contribution.
        """
        return [
            {"column": name, "contribution": float(value)}
            for name, value in zip(self.names, self.values, strict=True)
        ]
