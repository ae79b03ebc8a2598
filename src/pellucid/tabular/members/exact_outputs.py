"""The forward pass of a monotone network, whose last bits are monotone too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.layers import Activate, Dense, Run
from pellucid.tabular.members.rising import RISING_OUTPUTS

__all__ = ["EXACT", "exact_runner"]

Array = NDArray[Any]
EXACT = "exact"  # the name of this pass where an engine is asked for
BLOCK = 512


def exact_runner(network: Network) -> Callable[[Any], Array]:
    r"""Return the forward pass of a network whose last bits are monotone too.

    Products are added in one order for all rows, one multiplication and one addition at a time: rounding keeps
    order, :math:`x \le y \Rightarrow \mathrm{fl}(x) \le \mathrm{fl}(y)`, and so does any chain of such
    operations. A product of matrices would be faster, but may add the products of two rows in different orders.

    Parameters
    ----------
    network : Network
        Of dense blocks; with softmax outputs there are two.

    Returns
    -------
    callable
        From encoded rows to outputs.
    """
    parameters, state = network.parameter_views(network.parameters), network.state_views(network.state)

    def outputs(X: Array) -> Array:
        run = Run(training=False, values=[np.asarray(X, network.dtype)])
        for layer, p, s in zip(network.layers, parameters, state, strict=True):
            a = run.values[-1]
            if isinstance(layer, Dense):
                z = np.repeat(p["biases"][None], len(a), axis=0)
                for k, weights in enumerate(p["weights"]):
                    z += a[:, k : k + 1] * weights
            elif isinstance(layer, Activate) and layer.activation.name in RISING_OUTPUTS:
                z = RISING_OUTPUTS[layer.activation.name](a)
            else:
                z = layer.forward(a, p, s, run)[0]
            run.values.append(z)
        return np.asarray(run.values[-1])

    def by_blocks(X: Array) -> Array:
        return np.concatenate([outputs(X[k : k + BLOCK]) for k in range(0, max(1, len(X)), BLOCK)])

    return by_blocks
