r"""Rules on gradients across depth: how much of the sensitivity of the scores arrives at the first layer.

Of block k + 1 the block before it hears :math:`\delta_k = (\delta_{k+1} W_{k+1}^\top) \circ \varphi_k'(z_k)`, so

.. math:: \log_{10} \frac{\mathrm{rms}(\delta_k)}{\mathrm{rms}(\delta_{k+1})} \approx
          \log_{10} \overline{\varphi_k'} + \log_{10} \frac{\|W_{k+1}\|_F}{\sqrt{n_{k+1}}}

for :math:`n_{k+1}` units in block k (the right side as if the entries of :math:`W_{k+1}` were independent). The
two terms say which factor does it, and their sum over all blocks predicts the flow before anything is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network, forward
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Symptom
from pellucid.recording.slopes import slopes_of

__all__ = ["GradientFlow", "exploding_gradient", "gradient_flow", "predicted_flow", "vanishing_gradient"]

Array = NDArray[np.floating]
DECADES = 3.0
ROUNDING = 12.0  # what arrives at less than 1e-12 of what left is what sums of rounding errors leave


@dataclass(frozen=True)
class GradientFlow:
    r"""Change of sensitivities from the last block to the first, in decades.

    .. math:: \log_{10} \frac{\mathrm{rms}(\delta_k)}{\mathrm{rms}(\delta_{k+1})} \approx
              \log_{10} \overline{\varphi_k'} + \log_{10} \frac{\lVert W_{k+1} \rVert_F}{\sqrt{n_{k+1}}}

    Parameters
    ----------
    steps : ndarray of shape (n_blocks - 1,)
        Step k is log10 of rms(delta of block k) over rms(delta of block k + 1).
    by_slope, by_weights : ndarray of shape (n_blocks - 1,)
        Contributions of the activation's slope and of the weights.
    decades : float
        Over the whole depth: the slope of the line through log10 rms(delta), times the number of steps. Below
        0 it vanishes towards the inputs, above 0 it explodes.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.diagnostics import predicted_flow
    >>> net = Network([20, *[20] * 6, 1], activation="logistic", initializer=("normal", 0.05), random_state=0)
    >>> flow = predicted_flow(net, np.random.default_rng(0).normal(size=(50, 20)))
    >>> flow.steps.shape, flow.decades < -3.0
    ((6,), True)
    """

    steps: Array
    by_slope: Array
    by_weights: Array
    decades: float

    @property
    def largest(self) -> int:
        """The step that does most."""
        return int(np.abs(self.steps).argmax())


def gradient_flow(examination: Examination) -> GradientFlow:
    """Return the measured flow on all rows.

    Parameters
    ----------
    examination : Examination
        With vital signs.

    Returns
    -------
    GradientFlow
        Steps are NaN where both sensitivities are 0, and infinite where the signal ends.
    """
    assert examination.vitals is not None
    layers = examination.vitals.layers
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.log10([vital.rms_delta for vital in layers])
        steps = heights[:-1] - heights[1:]
        slopes = np.log10(np.abs([vital.mean_slope for vital in layers[:-1]]))
    return GradientFlow(steps, slopes, gains(examination.network), fitted_decades(heights))


def predicted_flow(network: Network, X: Any) -> GradientFlow:
    r"""Return the flow predicted from slopes and weights, without targets or a backward pass.

    .. math:: \log_{10} \frac{\mathrm{rms}(\delta_k)}{\mathrm{rms}(\delta_{k+1})} \approx
              \log_{10} \overline{\varphi_k'} + \log_{10} \frac{\lVert W_{k+1} \rVert_F}{\sqrt{n_{k+1}}}

    Parameters
    ----------
    network : Network
        A network, trained or not.
    X : array-like of shape (n_rows, n_features)
        Inputs as the network sees them.

    Returns
    -------
    GradientFlow
        Its steps are the sums of both factors.

    References
    ----------
    X. Glorot and Y. Bengio (2010), Understanding the difficulty of training deep feedforward neural networks,
    AISTATS.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> net = Network([20] * 11, activation="logistic", random_state=0)
    >>> flow = predicted_flow(net, np.random.default_rng(0).normal(size=(100, 20)))
    >>> bool(flow.decades < -5)  # each of nine logistic layers lets a quarter through
    True
    """
    passed = forward(network, network.check_inputs(X))
    slopes = [float(slopes_of(passed, k)[0].mean()) for k in range(network.n_blocks - 1)]
    with np.errstate(divide="ignore"):
        by_slope = np.log10(np.abs(slopes))
    by_weights = gains(network)
    steps = by_slope + by_weights
    heights = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
    return GradientFlow(steps, by_slope, by_weights, fitted_decades(heights))


def gains(network: Network) -> Array:
    """Return log10 of what W of block k + 1 does to the rms of a sensitivity that it does not know."""
    with np.errstate(divide="ignore"):
        norms = [np.log10(np.linalg.norm(W) / np.sqrt(len(W))) for W in network.weights[1:]]
    return np.array(norms, np.float64)


def fitted_decades(heights: Array) -> float:
    """Return the rise of the line through log10 rms(delta) of all blocks, from the last block to the first."""
    known = np.isfinite(heights)
    if known.sum() < 2:
        return 0.0
    slope = np.polyfit(np.arange(len(heights))[known], heights[known], 1)[0]
    return float(-slope * (len(heights) - 1))


def vanishing_gradient(examination: Examination) -> Iterator[Symptom]:
    """Yield where sensitivities get too small towards the inputs."""
    flow = gradient_flow(examination)
    ends = np.flatnonzero(flow.steps < -ROUNDING)
    if len(ends):
        k = int(ends[-1])
        if explained_elsewhere(examination, k):
            return
        yield Symptom(
            1.0,
            {"layers": list(range(k + 1)), "layer": k},
            {"first layer without a gradient, from behind": k},
            f"No sensitivity reaches {examination.layer(k)}: on all rows it is 0 up to rounding, while "
            "that of the next layer is not.",
            f"The derivative of {examination.network.activation[k].name!r} is 0 everywhere."
            if examination.network.activation[k].is_flat
            else "Slopes or weights are 0, or so small that their product is.",
            "Use an activation with a slope, such as 'tanh'.",
            {"activation": "tanh"},
        )
    elif flow.decades < -DECADES + 1e-6 or flow.steps.min(initial=0.0) < -DECADES + 1e-6:
        yield across_depth(examination, flow, -1.0)


def exploding_gradient(examination: Examination) -> Iterator[Symptom]:
    """Yield where sensitivities get too large towards the inputs."""
    flow = gradient_flow(examination)
    finite = flow.steps[np.isfinite(flow.steps)]
    if flow.decades > DECADES - 1e-6 or finite.max(initial=0.0) > DECADES - 1e-6:
        yield across_depth(examination, flow, 1.0)


def across_depth(examination: Examination, flow: GradientFlow, sign: float) -> Symptom:
    """Return the symptom of a flow that vanishes (sign -1) or explodes (sign +1)."""
    assert examination.vitals is not None
    n = examination.network.n_blocks
    k = int(np.round(sign * flow.steps, 6).argmax())  # of equal ones the first
    slope, weights = float(flow.by_slope.sum()), float(flow.by_weights.sum())
    decades = flow.decades if abs(flow.decades) >= DECADES - 1e-6 else float(flow.steps[k])
    blamed = "slope" if sign * slope > sign * weights else "weights"
    mean_slope = float(np.exp2(np.mean(flow.by_slope) / np.log10(2.0)))
    gain = float(np.exp2(np.mean(flow.by_weights) / np.log10(2.0)))
    spectral = [vital.spectral_norm for vital in examination.vitals.layers[1:]]
    measured = {
        "decades": decades,
        "decades per layer": decades / (n - 1),
        "decades by slope": slope,
        "decades by weights": weights,
        "predicted decades": slope + weights,
        "largest step": float(flow.steps[k]),
        "mean spectral norm": float(np.mean(spectral)),
    }
    factors = f"per layer, slopes multiply by {mean_slope:.2g} and weights by {gain:.2g}"
    where = {"layers": list(range(n)), "layer": k, "factor": blamed}
    severity = 0.6 + 0.1 * (abs(decades) - DECADES)
    if sign < 0:
        return Symptom(
            severity,
            where,
            measured,
            f"The gradient vanishes: from the last layer to the first the rms of delta falls by {-decades:.1f} "
            f"decades, most at {examination.layer(k)}.",
            f"The cause is the {'slope φ′' if blamed == 'slope' else 'weights ‖W‖'}: {factors}.",
            "Use an activation whose slope is 1 somewhere and a matching initializer, residual "
            "connections, batch normalization, or fewer layers."
            if blamed == "slope"
            else "Initialize with larger weights: of scale √(2/n_in) for relu, √(1/n_in) for tanh.",
            {"activation": "relu", "initializer": "he_normal"}
            if blamed == "slope"
            else {"initializer": "orthogonal"},
        )
    return Symptom(
        severity,
        where,
        measured,
        f"The gradient explodes: from the last layer to the first the rms of delta grows by {decades:.1f} "
        f"decades, most at {examination.layer(k)}.",
        f"The cause is the {'slope φ′' if blamed == 'slope' else 'weights ‖W‖'}: {factors}.",
        "Initialize with smaller weights, of scale √(1/n_in) to √(2/n_in), and clip the gradient.",
        {"initializer": "orthogonal", "max_grad_norm": 1.0},
    )


def explained_elsewhere(examination: Examination, k: int) -> bool:
    """Return whether the signal ends where all units are dead, or all weights 0 or equal: other rules say so."""
    assert examination.vitals is not None
    W = examination.network.weights[k + 1]
    dead = not examination.network.activation[k].is_flat and not examination.vitals.layers[k].active.any()
    # Sensitivities of softmax add up to 0, and what is the same for all outputs hears nothing but their sum.
    return dead or float(np.ptp(W, axis=1).max()) <= 1e-12 * float(np.abs(W).max())
