"""Vital signs of a network on some rows: the sizes of its signals, layer by layer and unit by unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief

__all__ = ["LayerVitals", "Vitals"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class LayerVitals:
    r"""Vital signs of block k.

    Parameters
    ----------
    rms_z, rms_a, rms_delta : float
        Root mean squares over rows and units of :math:`z_k`, of :math:`\varphi(z_k)`, and of the
        sensitivities of single rows (∂ℓ_i/∂z_k, not divided by the number of rows).
    rms_weights, rms_gradient : float
        Over the entries of :math:`W_k` and of its gradient (the mean over rows, penalties included).
    rms_update : float
        Over the entries of the last change of :math:`W_k`; NaN if there was none.
    mean_slope : float
        The mean of :math:`\varphi'(z_k)`; NaN for softmax.
    spectral_norm : float
        The largest singular value of :math:`W_k`.
    on : ndarray of shape (n_units,)
        For each unit the share of rows with z > 0.
    active : ndarray of shape (n_units,)
        The share of rows on which the slope is not 0.
    saturated_low, saturated_high : ndarray of shape (n_units,)
        The share of rows on which the slope is under 5 % of its largest, at z below and above the point
        where it is largest.
    mean_abs : ndarray of shape (n_units,)
        The mean of \|a\|.
    gradient_noise : float
        The ratio tr Σ / ‖G‖² of this block's weights, from the norms of single rows' gradients
        ‖a_i‖² ‖δ_i‖², which are never formed; the noise scale of McCandlish et al. (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.recording import vital_signs
    >>> net = Network([2, 3, 1], activation="relu", random_state=0)
    >>> layer = vital_signs(net, np.eye(2), np.ones((2, 1))).layers[0]
    >>> layer.on.shape, layer.rms_z > 0.0
    ((3,), True)
    """

    rms_z: float
    rms_a: float
    rms_delta: float
    rms_weights: float
    rms_gradient: float
    rms_update: float
    mean_slope: float
    spectral_norm: float
    on: Array
    active: Array
    saturated_low: Array
    saturated_high: Array
    mean_abs: Array
    gradient_noise: float

    __repr__ = brief


@dataclass(frozen=True)
class Vitals:
    """Vital signs of a network on some rows.

    Parameters
    ----------
    layers : tuple of LayerVitals
        One per block.
    loss, penalty : float
        Loss and penalty on these rows.
    losses : ndarray of shape (n_rows,)
        The loss of each row.
    n_rows : int
        The number of rows.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.recording import vital_signs
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    >>> found = vital_signs(net, np.array([[3.0]]), np.array([[5.0]]))
    >>> found.loss, found.n_rows, found.layers[0].rms_delta
    (0.5, 1, 1.0)
    """

    layers: tuple[LayerVitals, ...]
    loss: float
    penalty: float
    losses: Array
    n_rows: int

    __repr__ = brief
