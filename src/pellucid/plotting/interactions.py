"""Display of the interactions of pairs of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pellucid.host.escaping import for_plot
from pellucid.inspection import Interactions, interactions
from pellucid.plotting.style import axes, quiet

__all__ = ["InteractionsDisplay"]


@dataclass(eq=False, repr=False)
class InteractionsDisplay:
    r"""Interactions of pairs of columns as a matrix: their sizes in the units of the prediction.

    .. math:: s_{jk}^2 = \operatorname{mean}_i [P_{jk}(x_i) - P_j(x_i) - P_k(x_i)]^2

    with partial dependences P of mean 0.

    Parameters
    ----------
    found : Interactions
        The numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the picture.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    pellucid.inspection.interactions : The numbers.

    References
    ----------
    J. Friedman and B. Popescu (2008), Predictive learning via rule ensembles, Annals of Applied Statistics 2,
    916-954.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.plotting import InteractionsDisplay
    >>> net = Network([2, 4, 1], random_state=0)
    >>> InteractionsDisplay.from_estimator(net, np.random.default_rng(0).normal(size=(20, 2))).found.columns
    ('x0', 'x1')
    """

    found: Interactions

    @classmethod
    def from_estimator(cls, model: Any, X: Any, **options: Any) -> InteractionsDisplay:
        """Return the interactions in a fitted model.

        Parameters
        ----------
        model : estimator or Network
            A fitted model.
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The rows.
        **options
            Options of :func:`pellucid.inspection.interactions`.

        Returns
        -------
        InteractionsDisplay
            The display, not yet drawn.
        """
        return cls(interactions(model, X, **options))

    def plot(self, ax: Any = None) -> InteractionsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        InteractionsDisplay
            The display itself.
        """
        sizes, n = self.found.sizes, len(self.found.columns)
        with quiet():
            self.ax_ = axes(ax, (2.6 + 0.5 * n, 1.8 + 0.42 * n))
            self.figure_ = self.ax_.figure
            top = float(sizes.max()) or 1.0
            self.ax_.imshow(sizes, cmap="Blues", vmin=0.0, vmax=1.3 * top)
            for i in range(n):
                for j in range(n):
                    if i != j:
                        color = "white" if sizes[i, j] > 0.75 * top else "#222222"
                        self.ax_.text(
                            j, i, f"{sizes[i, j]:.2g}", ha="center", va="center", fontsize=7, color=color
                        )
            names = [for_plot(name, 16) for name in self.found.columns]
            self.ax_.set_xticks(range(n), names, rotation=35, ha="right", rotation_mode="anchor")
            self.ax_.set_yticks(range(n), names)
            self.ax_.set_xlabel(for_plot(f"interaction, in units of the {self.found.quantity}"))
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One for each pair.
        """
        return self.found.table()
