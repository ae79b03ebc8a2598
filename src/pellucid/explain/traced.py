"""Record of one forward and one backward pass: named arrays in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import Activation
from pellucid.core.brief import brief
from pellucid.core.losses import PairedLoss
from pellucid.core.network import Network
from pellucid.estimators.preparation_steps import Encoding

__all__ = ["OF_NORMALIZATION", "BlockTrace", "LayerTrace", "Parameter", "TraceRecord"]

Array = NDArray[np.floating]
OF_NORMALIZATION = {"scale": "gamma", "shift": "beta"}
"""Names of the trainable arrays of a normalization: those in a trace, and the layer's own."""


@dataclass(frozen=True, eq=False)
class Parameter:
    """One trainable array of a block, with its gradient.

    Parameters
    ----------
    value : ndarray of shape (n_in, n_out) or (n_out,)
        Its numbers in this pass.
    gradient : ndarray of the same shape
        The derivative of the objective.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> t = trace(Network([1, 1], weights=[[[2.0]]], biases=[[1.0]]), [3.0], 5.0)
    >>> t.blocks[0].weights.value, t.blocks[0].weights.gradient
    (array([[2.]]), array([[6.]]))
    """

    value: Array
    gradient: Array

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class LayerTrace:
    r"""Everything that an input layer, or an activation with parameters, computed.

    .. math:: y = f(x; \theta), \qquad \frac{\partial J}{\partial \theta}
              = \Big(\frac{\partial y}{\partial \theta}\Big)^{\!\top} \frac{\partial J}{\partial y}

    Parameters
    ----------
    position : int
        The index of the layer in ``network.layers``.
    label : str
        Its kind and widths.
    values : dict of str to ndarray of shape (n_samples, ...), or that of a parameter
        By name: ``"x"`` and ``"y"``, input and output; ``"to_x"`` and ``"to_y"``, the derivatives of the
        objective with respect to them; each parameter by its name, and its gradient with the prefix ``"to_"``;
        intermediate quantities, such as ``"angles"``.
    trained : tuple of str, default=()
        The names of its parameters.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> from pellucid.core.layers import Scale
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[1.0]], input_layers=[Scale(1)])
    >>> layer = trace(net, [3.0], 5.0).input_layers[0]
    >>> layer.label, layer.outputs, layer.parameters["factors"].gradient
    ('scale 1 → 1', array([[3.]]), array([12.]))
    """

    position: int
    label: str
    values: Mapping[str, Array]
    trained: tuple[str, ...] = ()

    __repr__ = brief

    @property
    def inputs(self) -> Array:
        """Its input, of shape (n_samples, n_in)."""
        return self.values["x"]

    @property
    def outputs(self) -> Array:
        """Its output, of shape (n_samples, n_out)."""
        return self.values["y"]

    @property
    def upstream(self) -> Array:
        """The derivative of the objective with respect to the output, of its shape."""
        return self.values["to_y"]

    @property
    def delta(self) -> Array:
        """The derivative of the objective with respect to the input, of its shape; 0 for codes."""
        return self.values["to_x"]

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Its trainable arrays by name, with their gradients."""
        return {name: Parameter(self.values[name], self.values[f"to_{name}"]) for name in self.trained}


@dataclass(frozen=True, eq=False)
class BlockTrace:
    r"""Everything that block k computed, for n samples.

    Parameters
    ----------
    index : int
        The number k, from 0.
    activation : Activation
        :math:`\varphi_k`.
    inputs : ndarray of shape (n, n_in)
        :math:`a_k`.
    weights, biases : Parameter
        :math:`W_k` of shape (n_in, n_out), :math:`b_k` of shape (n_out,), with their gradients.
    linear : ndarray of shape (n, n_out)
        :math:`a_k W_k + b_k`; the same as ``z`` unless the block has a normalization.
    z : ndarray of shape (n, n_out)
        The signal that the activation receives.
    slope : ndarray of shape (n, n_out) or None
        :math:`\varphi_k'(z_k)`; None for a function of the whole row, such as softmax. That of a parametric
        activation includes its :math:`\alpha`.
    a : ndarray of shape (n, n_out)
        :math:`\varphi_k(z_k)`.
    outputs : ndarray of shape (n, n_out)
        Input of the next block, :math:`a_{k+1}`; equal to ``a`` except with residuals or dropout.
    upstream : ndarray of shape (n, n_out)
        The derivative of the objective with respect to ``a``.
    delta : ndarray of shape (n, n_out)
        The derivative with respect to ``z``, the sensitivity.
    delta_linear : ndarray of shape (n, n_out)
        The derivative with respect to ``linear``.
    others : dict of str to Parameter
        Further trainable arrays: ``scale`` and ``shift`` of a normalization.
    extras : tuple of str
        Layers other than dense and activation, in order, in words: ``"batch normalization"``, ``"layer
        normalization"``, ``"dropout 0.3"``, ``"+ input"``, ``"+ signal"``.
    arriving : ndarray of shape (n, n_out)
        The derivative of the objective with respect to ``outputs``.
    normalized : ndarray of shape (n, n_out) or None
        ``linear`` standardized by the normalization; ``z`` is ``scale * normalized + shift``.
    deviation : ndarray of shape (n_out,) or (n, 1) or None
        Divisor of the normalization, :math:`\sqrt{v + \varepsilon}`, of each unit or of each sample.
    mask : ndarray of shape (n, n_out) or None
        Factors of dropout in training: 0, or 1 over the share that is kept.
    bending : LayerTrace or None
        A parametric activation: its :math:`\alpha`, its parts, its gradient.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[1.0]])
    >>> block = trace(net, [3.0], 5.0).blocks[0]
    >>> block.z, block.delta, block.weights.gradient
    (array([[7.]]), array([[2.]]), array([[6.]]))
    """

    index: int
    activation: Activation
    inputs: Array
    weights: Parameter
    biases: Parameter
    linear: Array
    z: Array
    slope: Array | None
    a: Array
    outputs: Array
    upstream: Array
    delta: Array
    delta_linear: Array
    others: Mapping[str, Parameter] = field(default_factory=dict)
    extras: tuple[str, ...] = ()
    arriving: Array | None = None
    normalized: Array | None = None
    deviation: Array | None = None
    mask: Array | None = None
    bending: LayerTrace | None = None

    __repr__ = brief

    @property
    def matrix(self) -> Parameter:
        """The matrix [b_k; W_k] of shape (n_in + 1, n_out), the bias row on top, with its gradient."""
        b, W = self.biases, self.weights
        return Parameter(np.vstack([b.value, W.value]), np.vstack([b.gradient, W.gradient]))


@dataclass(frozen=True, eq=False)
class TraceRecord:
    r"""One forward and one backward pass, with every number.

    Parameters
    ----------
    network : Network
        A copy in float64; its parameters are those of the pass.
    X : ndarray of shape (n, n_inputs)
        The samples.
    Y : ndarray of shape (n, n_outputs)
        The targets, classes as one-hot rows.
    sample_weight : ndarray of shape (n,)
        Ones if none were given.
    loss_function : PairedLoss
        The loss as a function of targets and the network's outputs.
    losses : ndarray of shape (n,)
        :math:`\ell_i`.
    loss : float
        The weighted mean of ``losses``.
    penalty : float
        The sum of the L1 and L2 penalties.
    output_gradient : ndarray of shape (n, n_outputs)
        The derivative of the objective with respect to the outputs :math:`\hat y`.
    blocks : tuple of BlockTrace
        In order.
    gradient : ndarray of shape (n_parameters,)
        In the order of the network's flat vector.
    learning_rate : float
        The learning rate of the step that is shown.
    stepped : ndarray of shape (n_parameters,)
        The parameters after it.
    loss_after : float
        The loss after it, in the same circumstances.
    l1, l2 : float, default=0.0
        The strengths of the penalties.
    training : bool, default=False
        True if dropout dropped and batch normalization used the batch.
    generator : numpy.random.Generator, optional
        The random generator of dropout, in its state before the pass.
    digits : int, optional
        The decimals to which every result was rounded; None for an exact trace.
    feature_names, output_names : tuple of str, default=()
        An estimator's names of inputs and outputs (its classes); empty if there are none.
    target_mean, target_scale : ndarray of shape (n_outputs,), optional
        The mean and the scale by which an estimator standardized its targets.
    input_mean, input_scale : ndarray of shape (n_inputs,), optional
        The mean and the scale by which it standardized its inputs.
    fixed : ndarray of bool, of shape (n_parameters,), optional
        True for the parameters that the step leaves as they are; None for none.
    input_layers : tuple of LayerTrace, default=()
        The layers before the first block, in order.
    categories : tuple of tuple of str, default=()
        For each column of codes of an estimator for tables, the names of the codes.
    remarks : tuple of str, default=()
        Sentences on what the estimator does besides this network.
    encoding : Encoding, optional
        The steps by which an estimator for tables turned its numbers into inputs.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> t = trace(Network([1, 1], weights=[[[2.0]]], biases=[[1.0]]), [3.0], 5.0, learning_rate=0.05)
    >>> t.loss, t.loss_after < t.loss, len(t.blocks)
    (2.0, True, 1)
    """

    network: Network
    X: Array
    Y: Array
    sample_weight: Array
    loss_function: PairedLoss
    losses: Array
    loss: float
    penalty: float
    output_gradient: Array
    blocks: tuple[BlockTrace, ...]
    gradient: Array
    learning_rate: float
    stepped: Array
    loss_after: float
    l1: float = 0.0
    l2: float = 0.0
    training: bool = False
    generator: np.random.Generator | None = None
    digits: int | None = None
    feature_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    target_mean: Array | None = None
    target_scale: Array | None = None
    input_mean: Array | None = None
    input_scale: Array | None = None
    fixed: NDArray[np.bool_] | None = None
    input_layers: tuple[LayerTrace, ...] = ()
    categories: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    encoding: Encoding | None = None

    @property
    def objective(self) -> float:
        """Loss plus penalty."""
        return self.loss + self.penalty

    @property
    def outputs(self) -> Array:
        """The outputs, of shape (n, n_outputs)."""
        return self.blocks[-1].outputs

    @property
    def predictions(self) -> Array:
        """The outputs in the units of an estimator's targets."""
        if self.target_mean is None or self.target_scale is None:
            return self.outputs
        return self.outputs * self.target_scale + self.target_mean

    @property
    def is_single(self) -> bool:
        """True if there is one sample only."""
        return len(self.X) == 1

    def __repr__(self) -> str:
        n, how = len(self.X), "" if self.digits is None else f", by hand with {self.digits} decimals"
        return (
            f"Trace of {n} sample{'s' if n > 1 else ''} through {self.network!r}: loss {self.loss:.6g}{how}"
        )
