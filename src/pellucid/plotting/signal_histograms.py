"""Display of the distributions of signals, activations and sensitivities, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss, Network, backward
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import COLORS, panels, quiet
from pellucid.plotting.subject import Subject, as_subject

__all__ = ["SignalHistogramsDisplay"]

Array = NDArray[np.floating]
LABELS = {"z": "signal z", "a": "activation φ(z)", "delta": "log₁₀|δ|"}


@dataclass(eq=False, repr=False)
class SignalHistogramsDisplay:
    r"""Histograms of :math:`z_k`, :math:`\varphi(z_k)` and :math:`\log_{10}|\delta_k|` of every block.

    One row per block, one axis per column, so that layers can be compared at a glance. Sensitivities are
    those of single rows; the ones that are exactly 0 have no logarithm and are counted separately.

    Parameters
    ----------
    edges : dict of str to ndarray of shape (n_bins + 1,)
        The bins of ``"z"``, ``"a"`` and ``"delta"``, the same for all layers.
    counts : dict of str to ndarray of shape (n_layers, n_bins)
        Number of values in each bin.
    zeros : ndarray of shape (n_layers,)
        Number of sensitivities that are 0.
    layers : tuple of str
        Names of the layers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain all panels.
    axes_ : ndarray of Axes of shape (n_layers, 3)
        The panels.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import SignalHistogramsDisplay
    >>> net = Network([2, 3, 1], random_state=0)
    >>> display = SignalHistogramsDisplay.from_network(net, [[1.0, 2.0], [0.0, 1.0]], [0.0, 1.0])
    >>> display.counts["z"].sum(axis=1)
    array([6, 2])
    """

    edges: dict[str, Array]
    counts: dict[str, NDArray[np.intp]]
    zeros: NDArray[np.intp]
    layers: tuple[str, ...]

    @classmethod
    def from_estimator(cls, model: Any, X: Any, y: Any, *, bins: int = 40) -> SignalHistogramsDisplay:
        """Return the histograms of some rows in a fitted estimator.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.
        X : array-like of shape (n_rows, n_features)
            The rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets.
        bins : int, default=40
            Number of bins.

        Returns
        -------
        SignalHistogramsDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(model), X, y, bins)

    @classmethod
    def from_network(
        cls, network: Network, X: Any, y: ArrayLike, *, loss: str | Loss | None = None, bins: int = 40
    ) -> SignalHistogramsDisplay:
        """Return the histograms of some rows in a network.

        Parameters
        ----------
        network : Network
            The network.
        X : array-like of shape (n_rows, n_features)
            The rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets.
        loss : str or Loss, optional
            Default: the canonical one of the output activation.
        bins : int, default=40
            Number of bins.

        Returns
        -------
        SignalHistogramsDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network, loss), X, y, bins)

    @classmethod
    def _from_subject(cls, subject: Subject, X: Any, y: Any, bins: int) -> SignalHistogramsDisplay:
        raw = subject.raw(X)
        Y = subject.targets(y, len(raw))
        passed = subject.passed(raw)
        deltas = backward(passed, subject.loss.gradients(Y, passed.scores, passed.outputs)).deltas
        activations = [passed.run.values[i + 1] for i in subject.network.z_positions]
        sizes = [np.abs(delta[delta != 0.0]) for delta in deltas]
        values = {"z": passed.zs, "a": activations, "delta": [np.log10(size) for size in sizes]}
        edges, counts = {}, {}
        for name, of_layers in values.items():
            everything = np.concatenate([np.ravel(v) for v in of_layers])
            everything = everything[np.isfinite(everything)]
            edges[name] = np.histogram_bin_edges(everything if len(everything) else [0.0], bins)
            counts[name] = np.array([np.histogram(v, edges[name])[0] for v in of_layers])
        zeros = np.array([int((delta == 0.0).sum()) for delta in deltas])
        names = zip(subject.block_names, subject.activation_names, strict=True)
        return cls(edges, counts, zeros, tuple(f"{block}\n{activation}" for block, activation in names))

    def plot(self, ax: Any = None) -> SignalHistogramsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        SignalHistogramsDisplay
            The display itself.
        """
        n = len(self.layers)
        with quiet():
            self.ax_, self.axes_ = panels(ax, n, 3, (7.5, 1.0 + 0.95 * n), sharex="col")
            self.figure_ = self.ax_.figure
            for column, name in enumerate(LABELS):
                for k in range(n):
                    panel, counts = self.axes_[k, column], self.counts[name][k]
                    share = counts / max(counts.sum(), 1)
                    panel.stairs(share, self.edges[name], fill=True, color=COLORS[0], alpha=0.35)
                    panel.stairs(share, self.edges[name], color=COLORS[0], lw=1.0)
                    panel.set_yticks([])
                    panel.spines["left"].set_visible(False)
                    if name == "z":
                        label = "\n".join(map(for_plot, self.layers[k].split("\n")))
                        panel.set_ylabel(label, rotation=0, ha="right", va="center")
                    if name == "delta" and self.zeros[k]:
                        total = self.zeros[k] + counts.sum()
                        panel.text(
                            0.02,
                            0.96,
                            f"{self.zeros[k] / total:.0%} are 0",
                            transform=panel.transAxes,
                            va="top",
                            fontsize=8,
                        )
                    if name != "delta" and self.edges[name][0] < 0.0 < self.edges[name][-1]:
                        panel.axvline(0.0, color="#555555", lw=0.8, ls=":")
                self.axes_[-1, column].set_xlabel(LABELS[name])
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per layer and quantity: the count, and the quantiles to the width of a bin.
        """
        rows = []
        for k, layer in enumerate(self.layers):
            for name, label in LABELS.items():
                counts, edges = self.counts[name][k], self.edges[name]
                row = {"layer": layer.replace("\n", ", "), "quantity": label, "values": int(counts.sum())}
                row["zeros"] = int(self.zeros[k]) if name == "delta" else None
                below = np.concatenate([[0], np.cumsum(counts)])
                for share in (0.05, 0.5, 0.95):
                    at = float(np.interp(share * below[-1], below, edges)) if below[-1] else float("nan")
                    row[f"quantile {share:g}"] = at
                rows.append(row)
        return rows
