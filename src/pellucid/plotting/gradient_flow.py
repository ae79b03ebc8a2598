"""Display of the size of sensitivities and gradients, from the first layer to the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss, Network
from pellucid.exceptions import DataError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import COLORS, DASHES, MARKERS, grid, logarithmic, panels, quiet
from pellucid.plotting.subject import Subject, as_subject
from pellucid.recording import Vitals
from pellucid.recording.measuring_vitals import vital_signs
from pellucid.recording.record import Record

__all__ = ["GradientFlowDisplay"]

Array = NDArray[np.floating]
SHADES = ("#8FB3CC", "#4F93BF", COLORS[0])
PANELS = (("rms_delta", "sensitivity δ"), ("rms_gradient", "gradient of W"))


@dataclass(eq=False, repr=False)
class GradientFlowDisplay:
    r"""Root mean squares of sensitivities and gradients per layer, on one logarithmic axis.

    .. math:: \mathrm{rms}(\delta_k) = \sqrt{\overline{\delta_k^2}}, \qquad
              \mathrm{rms}(\nabla_{W_k}) = \sqrt{\overline{(\nabla_{W_k} J)^2}}

    A line that falls to the left shows a gradient that vanishes in the backward pass; one that rises, a gradient
    that explodes. Of a record, three moments are drawn: the first, a middle one and the last.

    Parameters
    ----------
    epochs : ndarray of shape (n_moments,)
        Epoch of each moment; NaN for a network as it is.
    rms_delta, rms_gradient : ndarray of shape (n_moments, n_layers)
        See :class:`pellucid.recording.LayerVitals`.
    layers : tuple of str
        Names of the layers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain both panels.
    axes_ : ndarray of Axes of shape (1, 2)
        Sensitivities, gradients.
    figure_ : matplotlib Figure
        The figure.

    References
    ----------
    X. Glorot and Y. Bengio (2010), Understanding the difficulty of training deep feedforward neural networks,
    AISTATS.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import GradientFlowDisplay
    >>> net = Network([2, 3, 3, 1], random_state=0)
    >>> display = GradientFlowDisplay.from_network(net, [[1.0, 2.0]], [0.0])
    >>> [row["layer"] for row in display.table()]
    ['0', '1', 'output']
    """

    epochs: Array
    rms_delta: Array
    rms_gradient: Array
    layers: tuple[str, ...]

    @classmethod
    def from_estimator(cls, model: Any, X: Any, y: Any) -> GradientFlowDisplay:
        """Compute the gradient flow of some rows through a fitted estimator.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.
        X : array-like of shape (n_rows, n_features)
            The rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets.

        Returns
        -------
        GradientFlowDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(model), X, y)

    @classmethod
    def from_network(
        cls, network: Network, X: Any, y: ArrayLike, *, loss: str | Loss | None = None
    ) -> GradientFlowDisplay:
        """Compute the gradient flow of some rows through a network.

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

        Returns
        -------
        GradientFlowDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network, loss), X, y)

    @classmethod
    def from_record(cls, record: Record) -> GradientFlowDisplay:
        """Return the gradient flow that was recorded during training.

        Parameters
        ----------
        record : Record
            A record of at least one moment.

        Returns
        -------
        GradientFlowDisplay
            The display, not yet drawn.

        Raises
        ------
        DataError
            If the record holds no moment.
        """
        if record.is_empty:
            raise DataError(
                "The record holds no moment. Attach a Recorder before training: "
                "model.set_callbacks(Recorder()).fit(X, y)."
            )
        return cls(record.epochs, record.rms_delta, record.rms_gradient, _names(record.n_layers))

    @classmethod
    def _from_subject(cls, subject: Subject, X: Any, y: Any) -> GradientFlowDisplay:
        raw = subject.raw(X)
        Y, w = subject.targets(y, len(raw)), subject.weights(y, raw)
        l1, l2 = subject.how.penalties(w)
        seen: Vitals = vital_signs(
            subject.network, subject.inputs(raw), Y, subject.loss, sample_weight=w, l1=l1, l2=l2
        )
        delta, gradient = (np.array([[getattr(layer, name) for layer in seen.layers]]) for name, _ in PANELS)
        return cls(np.array([np.nan]), delta, gradient, _names(len(seen.layers)))

    @property
    def decades(self) -> float:
        """Decades by which the sensitivities of the last moment grow from the first layer to the last."""
        first, last = self.rms_delta[-1, 0], self.rms_delta[-1, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.log10(last) - np.log10(first))

    def plot(self, ax: Any = None) -> GradientFlowDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        GradientFlowDisplay
            The display itself.
        """
        last = len(self.epochs) - 1
        moments = sorted({0, (last + 1) // 2, last})
        x = np.arange(len(self.layers))
        with quiet():
            self.ax_, self.axes_ = panels(ax, 1, 2, (7.0, 3.4), sharey=True)
            self.figure_ = self.ax_.figure
            for panel, (name, title) in zip(self.axes_[0], PANELS, strict=True):
                for m, color, dash, marker in zip(
                    moments, SHADES[-len(moments) :], DASHES[len(moments) - 1 :: -1], MARKERS, strict=False
                ):
                    rms = getattr(self, name)[m]
                    shown = np.where(rms > 0.0, rms, np.nan)
                    label = None if np.isnan(self.epochs[m]) else f"epoch {self.epochs[m]:g}"
                    panel.plot(x, shown, color=color, ls=dash, marker=marker, label=label)
                panel.set_title(title)
                panel.set_xlabel("layer")
                ticks = np.unique(np.linspace(0, len(x) - 1, min(len(x), 9)).astype(int))
                panel.set_xticks(
                    ticks, ["out" if i == len(x) - 1 else for_plot(self.layers[i]) for i in ticks]
                )
                grid(panel)
                panel.margins(x=0.08, y=0.14)
                first, final = getattr(self, name)[last, [0, -1]]
                if final > 0.0:
                    ratio = f"first / last layer: {first / final:.2g}"
                    panel.text(
                        0.97, 0.03, ratio, transform=panel.transAxes, ha="right", va="bottom", fontsize=8
                    )
            seen = np.concatenate([getattr(self, name)[moments].ravel() for name, _ in PANELS])
            seen = seen[np.isfinite(seen) & (seen > 0.0)]
            if len(seen):
                logarithmic(self.axes_[0, 0].yaxis, float(seen.min()), float(seen.max()))
            self.axes_[0, 0].set_ylabel("root mean square")
            if len(moments) > 1:
                self.axes_[0, 1].legend(loc="best")
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per moment and layer.
        """
        return [
            {
                "epoch": float(epoch),
                "layer": layer,
                **{name: float(getattr(self, name)[m, k]) for name, _ in PANELS},
            }
            for m, epoch in enumerate(self.epochs)
            for k, layer in enumerate(self.layers)
        ]


def _names(n_layers: int) -> tuple[str, ...]:
    return (*(str(k) for k in range(n_layers - 1)), "output")
