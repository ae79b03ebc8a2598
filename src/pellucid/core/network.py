"""The network: a sequence of blocks, each dense → [normalization] → activation → [dropout] → [+ input]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pellucid.core.activations import Activation
from pellucid.core.architecture import Architecture, normalizations
from pellucid.core.assembly import check_layer_sizes, copy_given
from pellucid.core.checks import as_generator, as_precision
from pellucid.core.first_values import set_first_values
from pellucid.core.initializers import Initializer, get_initializer
from pellucid.core.layers import InputLayer
from pellucid.core.losses import Loss
from pellucid.core.objective import Gradients, gradients
from pellucid.core.propagation import forward
from pellucid.core.structure import Structure

__all__ = ["Network"]

Array = NDArray[np.floating]


class Network(Structure):
    r"""A multilayer perceptron.

    .. math:: z_k = a_k W_k + b_k, \quad a_{k+1} = \varphi_k(z_k), \quad a_0 = X

    Parameters
    ----------
    layer_sizes : sequence of int
        The widths n_0 (inputs), n_1, …, n_K (outputs): at least two, each at least 1. ``[2, 1]`` has no
        hidden layer.
    activation : str, Activation or sequence of them, default="tanh"
        The activation of the hidden blocks: one for all, or one for each.
    output_activation : str or Activation, default="identity"
        The activation of the last block; ``"softmax"`` and ``"logistic"`` for classes.
    weights, biases : sequence of array-like, optional
        Values instead of random ones: ``weights[k]`` of shape (n_k, n_{k+1}), ``biases[k]`` of shape
        (n_{k+1},).
    initializer : str, (str, float) or Initializer, default="glorot_uniform"
        The distribution of weights and biases that are not given.
    dropout : float or sequence of float, default=0.0
        The fraction of each hidden block's units dropped in training, in [0, 1): one for all, or one per block.
    batch_norm : bool or sequence of bool, default=False
        True if the signals of each hidden block are normalized over the batch: short for
        ``normalization="batch_norm"``.
    normalization : str, None or sequence of them, default=None
        The normalization of the signals of each hidden block before the activation: a name in
        :data:`pellucid.core.layers.NORMALIZATIONS`, such as ``"batch_norm"``.
    residual : bool, "activation" or sequence of them, default=False
        ``True`` adds a hidden block's input to its output: for all blocks, where the widths agree; in a
        sequence, for one block by name, where a mismatch is an error. ``"activation"`` adds the signal z
        to the activation: :math:`z + \varphi(z)`.
    input_layers : sequence of layers, default=()
        Layers before the first block, which compute a_0 from X: :class:`~pellucid.core.layers.Periodic`,
        :class:`~pellucid.core.layers.Lookup`, :class:`~pellucid.core.layers.Scale`. ``layer_sizes[0]`` stays the
        number of columns of X; ``widths[0]`` is the width of a_0.
    parametric : bool, default=False
        True if each hidden unit learns how strongly its activation bends, :math:`z + \alpha(\varphi(z) - z)`.
    parametrization : {"standard", "ntk"}, default="standard"
        ``"ntk"`` lets the weights of each block learn at :math:`1/\sqrt{n_k}` of the rate, as in the neural
        tangent kernel parametrization, see :class:`~pellucid.core.layers.Dense`.
    n_members : int, default=1
        The number of networks inside this one: members that share the weights of the hidden blocks. Each sees a_0
        through its own factors (:class:`~pellucid.core.layers.Fan`), and has its own biases and last block. Sizes
        are those of one member, and ``predict`` returns the members' mean. Cannot be combined with normalization.
    dtype : dtype, default=float64
        ``float32`` or ``float64``.
    random_state : int, RandomState, Generator or None, default=None
        Draws the initial weights; an integer gives the same weights each time. None draws from NumPy's global
        state, which ``numpy.random.seed`` sets, as in scikit-learn.

    Attributes
    ----------
    architecture : Architecture
        The architecture: all options except the numbers, for every block.
    parameters : ndarray of shape (n_parameters,)
        All parameters: block by block biases, then weights row by row, then those of batch normalization.
    state : ndarray of shape (n_state,)
        The running statistics of batch normalization.
    layers : tuple
        The layers of all blocks in order.

    Raises
    ------
    ParameterError
        If an option is not accepted; the message names the accepted values.

    See Also
    --------
    pellucid.MLPClassifier : Trains a network.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> from pellucid import Network
    >>> net = Network([2, 2, 1], activation="tanh", random_state=0)
    >>> net.weights[0].shape, net.biases[0].shape, net.n_parameters
    ((2, 2), (2,), 9)
    >>> net
    Network([2, 2, 1], activation='tanh', output_activation='identity'), 9 parameters
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        *,
        activation: str | Activation | Sequence[str | Activation] = "tanh",
        output_activation: str | Activation = "identity",
        weights: Sequence[ArrayLike] | None = None,
        biases: Sequence[ArrayLike] | None = None,
        initializer: str | tuple[str, float] | Initializer = "glorot_uniform",
        dropout: float | Sequence[float] = 0.0,
        batch_norm: bool | Sequence[bool] = False,
        normalization: str | Sequence[str | None] | None = None,
        residual: bool | str | Sequence[bool | str] = False,
        input_layers: Sequence[InputLayer] = (),
        parametric: bool = False,
        parametrization: str = "standard",
        n_members: int = 1,
        dtype: DTypeLike = np.float64,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        n_hidden = len(check_layer_sizes(layer_sizes)) - 2
        architecture = Architecture(
            layer_sizes,  # type: ignore[arg-type]
            activation,  # type: ignore[arg-type]
            output_activation,  # type: ignore[arg-type]
            dropout,  # type: ignore[arg-type]
            normalizations(normalization, batch_norm, n_hidden),
            residual,  # type: ignore[arg-type]
            input_layers,  # type: ignore[arg-type]
            parametric,
            parametrization,
            n_members,
        )
        self._build(architecture, weights, biases, initializer, dtype, random_state)

    @classmethod
    def from_architecture(
        cls,
        architecture: Architecture,
        *,
        weights: Sequence[ArrayLike] | None = None,
        biases: Sequence[ArrayLike] | None = None,
        initializer: str | tuple[str, float] | Initializer = "glorot_uniform",
        dtype: DTypeLike = np.float64,
        random_state: int | np.random.Generator | None = None,
    ) -> Network:
        """Return a network with an architecture.

        Parameters
        ----------
        architecture : Architecture
            The architecture: everything except the numbers.
        weights, biases : sequence of array-like, optional
            Values in place of drawn ones, as for :class:`Network`.
        initializer : str, (str, float) or Initializer, default="glorot_uniform"
            The distribution of weights and biases that are not given.
        dtype : dtype, default=float64
            ``float32`` or ``float64``.
        random_state : int, RandomState, Generator or None, default=None
            Draws the initial weights.

        Returns
        -------
        Network
            The network.

        Examples
        --------
        >>> from pellucid import Network
        >>> net = Network([2, 4, 1], random_state=0)
        >>> Network.from_architecture(net.architecture.replace(layer_sizes=[2, 9, 1]), random_state=0)
        Network([2, 9, 1], activation='tanh', output_activation='identity'), 37 parameters
        """
        network = cls.__new__(cls)
        network._build(architecture, weights, biases, initializer, dtype, random_state)
        return network

    def _build(
        self,
        architecture: Architecture,
        weights: Sequence[ArrayLike] | None,
        biases: Sequence[ArrayLike] | None,
        initializer: str | tuple[str, float] | Initializer,
        dtype: DTypeLike,
        random_state: int | np.random.Generator | None,
    ) -> None:
        self.architecture = architecture
        super().__init__(
            architecture.layer_sizes,
            *architecture.row(),
            as_precision(dtype),
            architecture.widths,
            architecture.n_members,
        )
        start = get_initializer(initializer)
        draws = weights is None and not start.is_constant
        activations = (*architecture.activation, architecture.output_activation)
        set_first_values(self, activations, start, as_generator(random_state, draws=draws))
        copy_given("weights", weights, self.weights)
        copy_given("biases", biases, self.biases)

    # ---- how it is built --------------------------------------------------------------------------

    @property
    def activation(self) -> tuple[Activation, ...]:
        """The activations of the hidden blocks."""
        return self.architecture.activation

    @property
    def dropout(self) -> tuple[float, ...]:
        """The rates of dropout of the hidden blocks."""
        return self.architecture.dropout

    @property
    def normalization(self) -> tuple[str | None, ...]:
        """The normalizations of the hidden blocks; None if there is none."""
        return self.architecture.normalization

    @property
    def batch_norm(self) -> tuple[bool, ...]:
        """True if each hidden block is normalized over the batch."""
        return self.architecture.batch_norm

    @property
    def residual(self) -> tuple[bool | str, ...]:
        """The residual connections of the hidden blocks."""
        return self.architecture.residual

    @property
    def input_layers(self) -> tuple[InputLayer, ...]:
        """The layers before the first block."""
        return self.architecture.input_layers

    @property
    def parametric(self) -> bool:
        """True if hidden units learn how far they bend."""
        return self.architecture.parametric

    @property
    def parametrization(self) -> str:
        """The parametrization, which sets the rates at which weights learn."""
        return self.architecture.parametrization

    # ---- what it computes -------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """Return the outputs after the output activation; for several members, their mean.

        Parameters
        ----------
        X : array-like or sparse array of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            The outputs, in the network's dtype.

        Examples
        --------
        >>> from pellucid import Network
        >>> net = Network([2, 1], weights=[[[1.0], [2.0]]], biases=[[0.5]])
        >>> net.predict([[1.0, 1.0]])
        array([[3.5]])
        """
        outputs = self.predict_members(X)
        return np.asarray(outputs[0] if self.n_members == 1 else outputs.mean(axis=0))

    def predict_members(self, X: Any) -> Array:
        """Return the outputs of each member.

        Parameters
        ----------
        X : array-like or sparse array of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_members, n_samples, n_outputs)
            The outputs, in the network's dtype.

        Examples
        --------
        >>> import numpy as np
        >>> from pellucid import Network
        >>> net = Network([2, 8, 1], n_members=4, random_state=0)
        >>> each = net.predict_members([[1.0, 1.0]])
        >>> each.shape, np.array_equal(net.predict([[1.0, 1.0]]), each.mean(axis=0))
        ((4, 1, 1), True)
        """
        outputs = forward(self, self.check_inputs(X)).outputs
        return outputs.reshape(-1, self.n_members, self.layer_sizes[-1]).transpose(1, 0, 2)

    def gradients(
        self,
        X: Any,
        y: ArrayLike,
        *,
        loss: str | Loss | None = None,
        sample_weight: ArrayLike | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        training: bool = False,
        random_state: int | np.random.Generator | None = None,
    ) -> Gradients:
        """Return the loss, every gradient and every sensitivity for some samples.

        Parameters
        ----------
        X : array-like or sparse array of shape (n_samples, n_features)
            The inputs.
        y : array-like
            Targets of shape (n_samples, n_outputs), (n_samples,) for one output, or integer classes of
            shape (n_samples,) for a softmax output.
        loss : str or Loss, optional
            Default: the canonical one of the output activation.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the samples.
        l1, l2 : float, default=0.0
            Penalties λ₁ Σ|W| and ½ λ₂ Σ W².
        training : bool, default=False
            True if dropout is active and batch normalization uses the batch.
        random_state : int, RandomState, Generator or None, default=None
            For dropout. None draws from NumPy's global state.

        Returns
        -------
        Gradients
            ``.loss``, ``.penalty``, ``.objective``; ``.weights``, ``.biases``, ``.deltas`` (a tuple each,
            one array per block); ``.flat``, the gradient in the order of ``parameters``.

        Raises
        ------
        DataError
            If shapes or values do not fit the network or the loss.

        Examples
        --------
        >>> from pellucid import Network
        >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
        >>> g = net.gradients([[3.0]], [[5.0]], loss="squared_error")
        >>> g.loss, g.weights[0], g.deltas[0]
        (0.5, array([[3.]]), array([[1.]]))
        """
        return gradients(
            self,
            X,
            y,
            loss=loss,
            sample_weight=sample_weight,
            l1=l1,
            l2=l2,
            training=training,
            rng=as_generator(random_state, draws=training and any(self.dropout)),
        )

    def copy(
        self, dtype: DTypeLike | None = None, *, output_activation: str | Activation | None = None
    ) -> Network:
        """Return an independent network with the same numbers.

        Parameters
        ----------
        dtype : dtype, optional
            Another precision.
        output_activation : str or Activation, optional
            Another activation of the last layer.

        Returns
        -------
        Network
            The copy.
        """
        architecture = self.architecture.replace(
            output_activation=output_activation or self.output_activation
        )
        dtype = self.dtype if dtype is None else dtype
        twin = Network.from_architecture(architecture, initializer="zeros", dtype=dtype)
        twin.parameters[...] = self.parameters
        twin.state[...] = self.state
        return twin

    def __repr__(self) -> str:
        built = repr(self.architecture).removeprefix("Architecture")
        return f"Network{built}, {self.n_parameters:,} parameters"
