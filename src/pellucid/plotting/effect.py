"""Display of the effect of one column on predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.host.escaping import for_plot
from pellucid.inspection import Effect, effect
from pellucid.plotting.style import COLORS, grid, panels, quiet

__all__ = ["EffectDisplay"]

MOST_TICKS = 8


@dataclass(eq=False, repr=False)
class EffectDisplay:
    r"""Accumulated local effects or partial dependence over the values of a column, and the rows at each.

    .. math:: \operatorname{PD}_j(v) = \operatorname{mean}_i F(v, x_{i,-j})

    Parameters
    ----------
    found : Effect
        The numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain both panels.
    axes_ : ndarray of Axes of shape (2, 1)
        The effect, and the number of rows.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    pellucid.inspection.effect : The numbers.

    References
    ----------
    D. Apley and J. Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning
    models, JRSS B 82, 1059-1086.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.plotting import EffectDisplay
    >>> net = Network([2, 1], weights=[[[3.0], [1.0]]], biases=[[0.0]])
    >>> EffectDisplay.from_estimator(net, np.random.default_rng(0).normal(size=(50, 2)), 0).found.column
    'x0'
    """

    found: Effect

    @classmethod
    def from_estimator(cls, model: Any, X: Any, column: str | int, **options: Any) -> EffectDisplay:
        """Return the effect of a column for a fitted model.

        Parameters
        ----------
        model : estimator or Network
            A fitted model.
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The rows.
        column : str or int
            Name or position of the column.
        **options
            Options of :func:`pellucid.inspection.effect`.

        Returns
        -------
        EffectDisplay
            The display, not yet drawn.
        """
        return cls(effect(model, X, column, **options))

    def plot(self, ax: Any = None) -> EffectDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        EffectDisplay
            The display itself.
        """
        found = self.found
        known = ~np.isnan(found.places)
        with quiet():
            self.ax_, self.axes_ = panels(ax, 2, 1, (5.2, 3.8), sharex=True, height_ratios=(4, 1))
            self.figure_ = self.ax_.figure
            curve, rows = self.axes_[:, 0]
            places = found.places
            if found.is_ordered:
                span = float(np.ptp(places[known])) or 1.0
                places = np.where(known, places, np.nanmax(places) + 0.12 * span)
                curve.plot(places[known], found.values[known], "-o", color=COLORS[0], ms=3.5)
                curve.plot(places[~known], found.values[~known], "s", color=COLORS[1])
                width = 0.5 * span / max(1, int(known.sum()))
            else:
                foot = 0.0 if found.kind == "ale" else found.values.min()
                curve.vlines(places, foot, found.values, color="#BBBBBB")
                curve.plot(places, found.values, "o", color=COLORS[0])
                width = 0.6
            rows.bar(places, found.counts, width=width, color="#B9C6CF", edgecolor="#555555", linewidth=0.5)
            shown = np.unique(
                np.linspace(0, len(places) - 1, min(MOST_TICKS, len(places))).round().astype(int)
            )
            if found.is_ordered:
                shown = np.array(_apart(shown, places))
            rows.set_xticks(places[shown], [for_plot(found.labels[at], 14) for at in shown])
            label = f"ALE of the {found.quantity}" if found.kind == "ale" else f"mean {found.quantity}"
            curve.set(ylabel=for_plot(label))
            rows.set(xlabel=for_plot(found.column), ylabel="rows")
            if max(len(found.labels[at]) for at in shown) > 6:
                rows.tick_params(axis="x", rotation=30)
            grid(curve)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One for each value.
        """
        return self.found.table()


def _apart(shown: Any, places: Any) -> list[int]:
    """Return those of the labels that have room."""
    span, kept = float(np.ptp(places)) or 1.0, list[int]()
    for at in shown:
        if not kept or abs(places[at] - places[kept[-1]]) > 0.09 * span:
            kept.append(int(at))
    return kept
