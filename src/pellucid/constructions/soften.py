r"""Softening of threshold units into smooth ones, so that gradient descent can continue from there.

.. math::
    \mathrm{sign}(s) = \lim_{\beta \to \infty} \tanh(\beta s), \qquad
    \mathrm{step}(s) = \lim_{\beta \to \infty} \sigma(\beta s) \qquad (s \ne 0)
"""

from __future__ import annotations

from math import isfinite

from pellucid.core.network import Network
from pellucid.exceptions import ParameterError

__all__ = ["soften"]

SOFTER = {"sign": "tanh", "step": "logistic"}


def soften(network: Network, beta: float = 4.0) -> Network:
    r"""Return a network with :math:`\tanh(\beta s)` for sign and :math:`\sigma(\beta s)` for step.

    The factor goes into the weights and biases of those blocks. The activations are therefore those of the table,
    and the network can be saved, traced and trained like any other, by every engine.

    Parameters
    ----------
    network : Network
        A network with at least one block of sign or step units; other blocks are unchanged.
    beta : float, default=4.0
        The steepness β > 0. Large: close to the hard network, and nearly flat; small: soft.

    Returns
    -------
    Network
        A new network.

    Raises
    ------
    ParameterError
        If beta is not a finite number > 0, or nothing in the network can be softened this way.

    Examples
    --------
    >>> from pellucid.constructions import logic_network
    >>> made = logic_network("a ^ b")
    >>> soft = soften(made.network, beta=3.0)
    >>> soft.activation[0].name, soft.weights[0].tolist()
    ('tanh', [[3.0, -3.0], [-3.0, 3.0]])
    >>> soft.predict(made.inputs).round(2).ravel().tolist()
    [-0.99, 0.99, 0.99, -0.99]
    """
    if not (isinstance(beta, int | float) and not isinstance(beta, bool) and isfinite(beta) and beta > 0.0):
        raise ParameterError(f"'beta' must be a finite number > 0, such as 4.0; got {beta!r}.")
    names = [a.name for a in (*network.activation, network.output_activation)]
    if not any(name in SOFTER for name in names):
        raise ParameterError(
            f"'network' must have units of {sorted(SOFTER)} to soften; its activations are {names}."
        )
    if any(network.normalization) or "activation" in network.residual:
        raise ParameterError(
            "'network' must have no layer or batch normalization and no residual='activation': beta could not go "
            "into the weights."
        )
    *hidden, output = (SOFTER.get(a.name, a) for a in (*network.activation, network.output_activation))
    factors = [beta if name in SOFTER else 1.0 for name in names]
    return Network(
        network.layer_sizes,
        activation=hidden,
        output_activation=output,
        weights=[factor * W for factor, W in zip(factors, network.weights, strict=True)],
        biases=[factor * b for factor, b in zip(factors, network.biases, strict=True)],
        dropout=network.dropout,
        residual=network.residual,
        dtype=network.dtype,
    )
