r"""Loss around the trained parameters: along a line, and on a plane.

Through parameters :math:`\theta` and along a random direction :math:`d`, each neuron's part of which has the
norm of the neuron's own parameters,

.. math:: \hat d_j = \frac{d_j}{\|d_j\|} \|\theta_j\|, \qquad \theta_j = [b_j; W_{\cdot j}]

so that a step of the same length changes each neuron by the same share, and networks that compute the same
with other scales look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss, Network, forward
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import COLORS, axes, grid, logarithmic, quiet
from pellucid.plotting.subject import Subject, as_subject

__all__ = ["LossLandscapeDisplay", "neuron_direction"]

Array = NDArray[np.floating]


@dataclass(eq=False, repr=False)
class LossLandscapeDisplay:
    r"""Loss on some rows, without penalties, as the parameters are moved.

    .. math:: J(\theta + t\, d), \qquad J(\theta + t_j d_1 + t_i d_2)

    Parameters
    ----------
    ts : ndarray of shape (resolution,)
        Distance along each direction; 0 is the network as it is.
    losses : ndarray of shape (resolution,) or (resolution, resolution)
        On a line, or on a plane at ``(ts[j], ts[i])``; infinite where the network overflows.
    directions : tuple of ndarray of shape (n_parameters,)
        One or two.
    ends : tuple of str
        Labels of the network at 0, and of the one at 1 if there is one.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    References
    ----------
    H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein (2018), Visualizing the loss landscape of neural nets,
    NeurIPS, arXiv:1712.09913. I. Goodfellow, O. Vinyals and A. Saxe (2015), Qualitatively characterizing
    neural network optimization problems, ICLR, arXiv:1412.6544 (the line between two networks).

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import LossLandscapeDisplay
    >>> net = Network([1, 1], weights=[[[2.0]]])
    >>> display = LossLandscapeDisplay.from_network(net, [[1.0]], [0.0], resolution=3)
    >>> float(display.losses[1])
    2.0
    """

    ts: Array
    losses: Array
    directions: tuple[Array, ...]
    ends: tuple[str, ...] = ("here",)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        kind: str = "line",
        to: Any = None,
        radius: float = 0.5,
        resolution: int | None = None,
        random_state: int | np.random.Generator | None = 0,
    ) -> LossLandscapeDisplay:
        """Return the landscape around a fitted estimator.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.
        X : array-like of shape (n_rows, n_features)
            The rows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets.
        kind : {"line", "plane"}, default="line"
            Along one direction or two.
        to : estimator, Network or ndarray of shape (n_parameters,), optional
            For a line, the point t = 1: other parameters of the same network. Default: a random direction.
        radius : float, default=0.5
            Distance along random directions: at 1, each neuron has moved by its own length.
        resolution : int, optional
            Points along each direction, odd. Default: 101 on a line, 41 on a plane.
        random_state : int, numpy.random.Generator or None, default=0
            Source of the random directions.

        Returns
        -------
        LossLandscapeDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If an option is not accepted.
        """
        return cls._from_subject(as_subject(model), X, y, kind, to, radius, resolution, random_state)

    @classmethod
    def from_network(
        cls,
        network: Network,
        X: Any,
        y: ArrayLike,
        *,
        loss: str | Loss | None = None,
        kind: str = "line",
        to: Any = None,
        radius: float = 0.5,
        resolution: int | None = None,
        random_state: int | np.random.Generator | None = 0,
    ) -> LossLandscapeDisplay:
        """Return the landscape around a network.

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
        kind : {"line", "plane"}, default="line"
            Along one direction or two.
        to : Network or ndarray of shape (n_parameters,), optional
            For a line, the point t = 1. Default: a random direction.
        radius : float, default=0.5
            Distance along random directions: at 1, each neuron has moved by its own length.
        resolution : int, optional
            Points along each direction, odd. Default: 101 on a line, 41 on a plane.
        random_state : int, numpy.random.Generator or None, default=0
            Source of the random directions.

        Returns
        -------
        LossLandscapeDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network, loss), X, y, kind, to, radius, resolution, random_state)

    @classmethod
    def _from_subject(
        cls,
        subject: Subject,
        X: Any,
        y: Any,
        kind: str,
        to: Any,
        radius: float,
        resolution: int | None,
        random_state: int | np.random.Generator | None,
    ) -> LossLandscapeDisplay:
        if kind not in ("line", "plane"):
            raise ParameterError(f"'kind' must be 'line' or 'plane'; got {kind!r}.")
        if to is not None and kind == "plane":
            raise ParameterError("'to' is for kind='line'; a plane has two random directions.")
        n = resolution or {"line": 101, "plane": 41}[kind]
        if n < 3 or n % 2 == 0:
            raise ParameterError(
                f"'resolution' must be odd, so that the network itself is shown, and >= 3; got {n}."
            )
        raw = subject.raw(X)
        inputs, Y, w = subject.inputs(raw), subject.targets(y, len(raw)), subject.weights(y, raw)
        start, rng = subject.network.parameters.copy(), np.random.default_rng(random_state)
        if to is None:
            ts = radius * (np.arange(n) - n // 2) / (n // 2)  # exactly 0 in the middle, unlike linspace
            directions = tuple(neuron_direction(subject.network, rng) for _ in range(1 + (kind == "plane")))
        else:
            ts = 2.0 * np.arange(n) / (n - 1) - 0.5
            directions = (_parameters_of(to, subject.network) - start,)

        def loss_at(*at: float) -> float:
            moved = start + sum(t * d for t, d in zip(at, directions, strict=True))
            with np.errstate(all="ignore"):
                passed = forward(subject.network, inputs, parameters=moved)
                loss = float(w @ subject.loss.values(Y, passed.scores, passed.outputs) / w.sum())
            return loss if np.isfinite(loss) else float("inf")

        if not np.isfinite(loss_at(*(0.0 for _ in directions))):
            raise DataError("The loss of the network must be finite; it overflows on these rows.")
        points = [(t,) for t in ts] if kind == "line" else [(t, s) for s in ts for t in ts]
        losses = np.array([loss_at(*point) for point in points]).reshape((n,) * len(directions))
        return cls(ts, losses, directions, ("here",) if to is None else ("here", "there"))

    def plot(self, ax: Any = None) -> LossLandscapeDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        LossLandscapeDisplay
            The display itself.
        """
        with quiet():
            self.ax_ = axes(ax, (5.6, 3.6) if self.losses.ndim == 1 else (5.2, 4.4))
            self.figure_ = self.ax_.figure
            (self._plot_line if self.losses.ndim == 1 else self._plot_plane)(self.ax_)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per point of a line; of a plane, of every third point of the grid and the middle.
        """
        ts = self.ts.tolist()
        if self.losses.ndim == 1:
            return [{"t": t, "loss": float(loss)} for t, loss in zip(ts, self.losses, strict=True)]
        middle = len(ts) // 2
        some = range(middle % 3, len(ts), 3)
        return [{"t": ts[j], "s": ts[i], "loss": float(self.losses[i, j])} for i in some for j in some]

    def _plot_line(self, ax: Any) -> None:
        finite = np.where(np.isfinite(self.losses), self.losses, np.nan)
        ax.plot(self.ts, finite, color=COLORS[0])
        for t, name in enumerate(self.ends):
            loss = float(np.interp(t, self.ts, self.losses))
            ax.plot(t, loss, "o*"[t], ms=(6, 10)[t], color="black", label=f"{for_plot(name)}: {loss:.3g}")
        low, high = float(np.nanmin(finite)), float(np.nanmax(finite))
        if 0.0 < low < high / 30.0:
            logarithmic(ax.yaxis, low, high)
        between = len(self.ends) == 2
        ax.set_xlabel(
            "t, from one network (0) to the other (1)" if between else "t, along a random direction"
        )
        ax.set_ylabel("loss")
        grid(ax)
        ax.legend()

    def _plot_plane(self, ax: Any) -> None:
        from matplotlib.ticker import LogLocator, MaxNLocator

        finite = np.ma.masked_invalid(self.losses)
        wide = finite.min() > 0.0 and finite.max() > 30.0 * finite.min()
        locator = LogLocator(subs=(1.0, 2.0, 5.0)) if wide else MaxNLocator(12)
        levels = locator.tick_values(float(finite.min()), float(finite.max()))
        options = {"norm": "log"} if wide else {}
        ax.contourf(
            self.ts, self.ts, finite, levels=levels, cmap="cividis", alpha=0.85, extend="both", **options
        )
        lines = ax.contour(self.ts, self.ts, finite, levels=levels, colors="white", linewidths=0.8)
        ax.clabel(lines, fontsize=7, fmt="%g")
        middle = len(self.ts) // 2
        ax.plot(
            0.0, 0.0, "o", ms=6, color="black", mec="white", label=f"here: {self.losses[middle, middle]:.3g}"
        )
        ax.set(xlabel="t, along a random direction", ylabel="s, along another", aspect="equal")
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2)


def neuron_direction(network: Network, rng: np.random.Generator) -> Array:
    """Return a random direction in which each neuron's part is as long as the neuron's parameters.

    Parameters
    ----------
    network : Network
        The network.
    rng : numpy.random.Generator
        Draws normal numbers.

    Returns
    -------
    ndarray of shape (n_parameters,)
        0 for the parameters of batch normalization.
    """
    drawn, direction = network.copy(), network.copy()
    drawn.parameters[...] = rng.standard_normal(network.n_parameters)
    direction.parameters[...] = 0.0
    for own, random, part in zip(network.matrices, drawn.matrices, direction.matrices, strict=True):
        part[...] = random / np.linalg.norm(random, axis=0) * np.hypot.reduce(own, axis=0)
    return direction.parameters


def _parameters_of(other: Any, network: Network) -> Array:
    found = getattr(other, "network_", other)
    flat = np.asarray(getattr(found, "parameters", found), np.float64)
    if flat.shape != network.parameters.shape or not np.isfinite(flat).all():
        raise ParameterError(
            f"'to' must be the {network.n_parameters} finite parameters of this network, or a model that has "
            f"them; got shape {flat.shape}."
        )
    return flat
