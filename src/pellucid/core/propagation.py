r"""Forward and backward through a network, side by side.

.. math::
    z_k &= a_k W_k + b_k, & a_{k+1} &= \varphi_k(z_k), \qquad a_0 = X & (F) \\
    \nabla_{W_k} J &= a_k^\top \delta_k, &
    \delta_{k-1} &= (\delta_k W_k^\top) \circ \varphi_{k-1}'(z_{k-1}) & (B)

with :math:`\delta_k = \partial J/\partial z_k`, the sensitivity. The layers of a network form one row;
both functions walk it, one from the left, the other from the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.core.layers.layer import Run
from pellucid.core.structure import Structure

__all__ = ["BackwardPass", "ForwardPass", "backward", "forward", "pulled_back"]

Array = NDArray[np.floating]


@dataclass
class ForwardPass:
    r"""Result of a forward pass.

    .. math:: z_k = a_k W_k + b_k, \qquad a_{k+1} = \varphi_k(z_k), \qquad a_0 = X

    Parameters
    ----------
    network : Structure
        The network.
    parameters : ndarray of shape (n_parameters,)
        The flat vector that was used.
    run : Run
        Its circumstances, with every value.
    kept : list
        The values that each layer kept for its backward pass.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import forward
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[1.0]])
    >>> passed = forward(net, np.array([[3.0]]))
    >>> passed.zs, passed.outputs
    ((array([[7.]]),), array([[7.]]))
    """

    network: Structure
    parameters: Array
    run: Run
    kept: list[Any]

    __repr__ = brief

    @property
    def zs(self) -> tuple[Array, ...]:
        """The signals z_k, one array of shape (n_samples, n_{k+1}) per block."""
        return tuple(self.run.values[i] for i in self.network.z_positions)

    @property
    def activations(self) -> tuple[Array, ...]:
        """The inputs a_0 = X, a_1, …, and last the outputs: one array more than there are blocks."""
        return tuple(self.run.values[i] for i in self.network.a_positions)

    @property
    def scores(self) -> Array:
        """The signals of the last block, of shape (n_samples * n_members, n_outputs): a row per member."""
        return self._rows(self.run.values[self.network.z_positions[-1]])

    @property
    def outputs(self) -> Array:
        """The outputs after the output activation, of shape (n_samples * n_members, n_outputs)."""
        return self._rows(self.run.values[-1])

    def _rows(self, value: Any) -> Array:
        n = self.network.n_members
        return np.asanyarray(value if n == 1 else value.reshape(-1, self.network.layer_sizes[-1]))


@dataclass
class BackwardPass:
    r"""Result of a backward pass.

    .. math:: \nabla_{W_k} J = a_k^\top \delta_k, \qquad
              \delta_{k-1} = (\delta_k W_k^\top) \circ \varphi_{k-1}'(z_{k-1})

    Parameters
    ----------
    network : Structure
        The network.
    gradient : ndarray of shape (n_parameters,)
        Derivatives of the objective with respect to the parameters, in the order of the flat vector.
    derivatives : dict of int to ndarray
        Derivatives with respect to the values of the forward pass, by position, each of the shape of its value.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import backward, forward
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    >>> passed = backward(forward(net, np.array([[3.0]])), np.array([[1.0]]))
    >>> passed.gradient, passed.deltas
    (array([1., 3.]), (array([[1.]]),))
    """

    network: Structure
    gradient: Array
    derivatives: dict[int, Array]

    __repr__ = brief

    @property
    def deltas(self) -> tuple[Array, ...]:
        """The sensitivities, one array of shape (n_samples, n_{k+1}) per block."""
        return tuple(self.derivatives[i] for i in self.network.z_positions)


def forward(
    network: Structure,
    X: Any,
    *,
    parameters: Array | None = None,
    state: Array | None = None,
    training: bool = False,
    sample_weight: Array | None = None,
    rng: np.random.Generator | None = None,
    share: float = 1.0,
    dropout: float = 1.0,
    values: list[Any] | None = None,
) -> ForwardPass:
    r"""Propagate inputs through a network and keep every value.

    .. math:: z_k = a_k W_k + b_k, \qquad a_{k+1} = \varphi_k(z_k), \qquad a_0 = X

    Parameters
    ----------
    network : Structure
        The network.
    X : ndarray or sparse array of shape (n_samples, n_features)
        The inputs, in the network's dtype.
    parameters : ndarray of shape (n_parameters,), optional
        A flat vector to use instead of the network's own.
    state : ndarray of shape (n_state,), optional
        Running statistics to use instead of the network's own; a training pass updates them.
    training : bool, default=False
        True if dropout is active and batch normalization uses the batch.
    sample_weight : ndarray of shape (n_samples,), optional
        For batch statistics.
    rng : numpy.random.Generator, optional
        For dropout.
    share : float, default=1.0
        The weight of the batch over that of a full one, by which running statistics move.
    dropout : float, default=1.0
        A factor on the rates of dropout.
    values : list of ndarray, optional
        Start from these values of shape (n_samples, n_units) instead of ``[X]``: the pass continues after the
        last of them.

    Returns
    -------
    ForwardPass
        Signals, activations, scores, outputs, and what :func:`backward` needs.

    See Also
    --------
    backward : The way back.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> net = Network([2, 3, 1], random_state=0)
    >>> [z.shape for z in forward(net, np.ones((5, 2))).zs]
    [(5, 3), (5, 1)]
    """
    parameters = network.parameters if parameters is None else parameters
    state = network.state if state is None else state
    run = Run(training, [X] if values is None else list(values), sample_weight, rng, share, dropout)
    kept: list[Any] = [None] * (len(run.values) - 1)
    p, s = network.parameter_views(parameters), network.state_views(state)
    for i in range(len(run.values) - 1, len(network.layers)):
        value, keep = network.layers[i].forward(run.values[i], p[i], s[i], run)
        run.values.append(value)
        kept.append(keep)
    return ForwardPass(network, parameters, run, kept)


def backward(forward_pass: ForwardPass, delta: Array, *, gradient: Array | None = None) -> BackwardPass:
    r"""Propagate the sensitivity of the scores back to every block and every parameter.

    .. math:: \nabla_{W_k} J = a_k^\top \delta_k, \qquad
              \delta_{k-1} = (\delta_k W_k^\top) \circ \varphi_{k-1}'(z_{k-1})

    Parameters
    ----------
    forward_pass : ForwardPass
        The values that :func:`forward` kept.
    delta : ndarray of shape (n_samples * n_members, n_outputs)
        The derivative of the objective with respect to the scores; it already holds the division by the
        sum of the weights.
    gradient : ndarray of shape (n_parameters,), optional
        The array to write the gradient to.

    Returns
    -------
    BackwardPass
        The gradient, without penalties, and the sensitivities of all blocks.

    Notes
    -----
    Costs about as many multiplications as the forward pass for the gradient, and again as many for the
    sensitivities of all blocks but the first.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> net = Network([2, 3, 1], random_state=0)
    >>> passed = forward(net, np.ones((5, 2)))
    >>> [d.shape for d in backward(passed, passed.scores / 5).deltas]
    [(5, 3), (5, 1)]
    """
    network, run = forward_pass.network, forward_pass.run
    gradient = np.zeros_like(forward_pass.parameters) if gradient is None else gradient
    p, g = network.parameter_views(forward_pass.parameters), network.parameter_views(gradient)
    last = network.z_positions[-1]
    derivatives = {last: delta.reshape(run.values[last].shape)}
    for i in reversed(range(last)):
        upstream, layer, kept = derivatives[i + 1], network.layers[i], forward_pass.kept[i]
        layer.gradient(upstream, kept, p[i], g[i])
        if i > 0:
            derivatives[i] = layer.backward(upstream, kept, p[i], run) + run.pending.pop(i, 0.0)
    run.pending.clear()
    return BackwardPass(network, gradient, derivatives)


def pulled_back(forward_pass: ForwardPass, upstream: Array, *, to: int = 0) -> Array:
    r"""Return derivatives of the outputs with respect to an earlier value, without those of the parameters.

    .. math:: \frac{\partial}{\partial v} \sum_{ik} u_{ik}\, a^{\text{out}}_{ik}

    Parameters
    ----------
    forward_pass : ForwardPass
        The values that :func:`forward` kept.
    upstream : ndarray of shape (n_samples * n_members, n_outputs)
        u, the derivatives with respect to the outputs.
    to : int, default=0
        Position of the value v among ``forward_pass.run.values``; 0 is the input X.

    Returns
    -------
    ndarray of the shape of that value
        The derivatives.
    """
    network, run = forward_pass.network, forward_pass.run
    p = network.parameter_views(forward_pass.parameters)
    derivative = upstream.reshape(run.values[-1].shape)
    for i in reversed(range(to, len(network.layers))):
        derivative = network.layers[i].backward(derivative, forward_pass.kept[i], p[i], run)
        derivative = derivative + run.pending.pop(i, 0.0)
    run.pending.clear()
    return np.asarray(derivative)
