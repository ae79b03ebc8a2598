"""Display of the importance of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.host.escaping import for_plot
from pellucid.inspection import Importance, importance
from pellucid.plotting.style import COLORS, axes, grid, quiet

__all__ = ["ImportanceDisplay"]

MOST = 20  # columns and groups that are drawn


@dataclass(eq=False, repr=False)
class ImportanceDisplay:
    r"""Permutation importance of columns and groups, with intervals over the repeats.

    .. math:: I_g = s(y, F(X)) - \frac1R \sum_r s\bigl(y, F(X^{(g, r)})\bigr)

    A square is a group of associated columns, permuted together; its columns follow as hollow circles.

    Parameters
    ----------
    found : Importance
        The numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the picture.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    pellucid.inspection.importance : The numbers.

    References
    ----------
    L. Breiman (2001), Random forests, Machine Learning 45, 5-32.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.plotting import ImportanceDisplay
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> net = Network([2, 1], weights=[[[1.0], [0.0]]], biases=[[0.0]])
    >>> ImportanceDisplay.from_estimator(net, X, X[:, 0]).found.names
    ('x0', 'x1')
    """

    found: Importance

    @classmethod
    def from_estimator(cls, model: Any, X: Any, y: Any, **options: Any) -> ImportanceDisplay:
        """Return the importance of the columns for a fitted model.

        Parameters
        ----------
        model : estimator or Network
            A fitted model.
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The rows, preferably not used in training.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets.
        **options
            Options of :func:`pellucid.inspection.importance`.

        Returns
        -------
        ImportanceDisplay
            The display, not yet drawn.
        """
        return cls(importance(model, X, y, **options))

    def plot(self, ax: Any = None) -> ImportanceDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        ImportanceDisplay
            The display itself.
        """
        lines = self.table()[:MOST]
        is_group = [len(self.found.members[at]) > 1 for at in self.found.order()[:MOST]]
        with quiet():
            self.ax_ = axes(ax, (6.4, 1.0 + 0.28 * len(lines)))
            self.figure_ = self.ax_.figure
            for place, (line, group) in enumerate(zip(lines, is_group, strict=True)):
                color = COLORS[1] if group else COLORS[0]
                self.ax_.plot([line["from"], line["to"]], [place, place], color=color, lw=1.4)
                fill = "white" if line["part of"] else color
                self.ax_.plot(line["importance"], place, "s" if group else "o", color=color, mfc=fill)
            self.ax_.axvline(0.0, color="#777777", ls=":", lw=1.2)
            self.ax_.set_yticks(np.arange(len(lines)), [for_plot(line["column"], 44) for line in lines])
            self.ax_.set_ylim(len(lines) - 0.4, -0.6)
            self.ax_.set_xlabel(f"loss of score ({self.found.scoring}) if permuted")
            grid(self.ax_)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One for each column and group.
        """
        return self.found.table()
