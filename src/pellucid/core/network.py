"""The network: a sequence of blocks, each dense → [batch normalization] → activation → [dropout] → [+ input]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pellucid.core.activations import Activation, get_activation
from pellucid.core.assembly import (
    block_widths,
    check_layer_sizes,
    copy_given,
    per_block,
    residual_kinds,
    stack,
)
from pellucid.core.checks import as_generator, as_precision, check_whole
from pellucid.core.initializers import Initializer, get_initializer
from pellucid.core.layers import Fan, InputLayer, Lookup, Periodic
from pellucid.core.losses import Loss
from pellucid.core.objective import Gradients, gradients
from pellucid.core.propagation import forward
from pellucid.core.structure import Structure
from pellucid.exceptions import ParameterError

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
        Values in place of drawn ones: ``weights[k]`` of shape (n_k, n_{k+1}), ``biases[k]`` of shape
        (n_{k+1},).
    initializer : str, (str, float) or Initializer, default="glorot_uniform"
        How weights and biases are drawn where they are not given.
    dropout : float or sequence of float, default=0.0
        The share of each hidden block's units that training drops, in [0, 1): one, or one per block.
    batch_norm : bool or sequence of bool, default=False
        Whether the signals of each hidden block are normalized over the batch.
    residual : bool, "activation" or sequence of them, default=False
        ``True`` adds a hidden block's input to its output: for all blocks, where the widths agree; in a
        sequence, for one block by name, where a mismatch is an error. ``"activation"`` adds the signal z
        to the activation: :math:`z + \varphi(z)`.
    input_layers : sequence of layers, default=()
        Layers that stand before the first block and make a_0 of X: :class:`~pellucid.core.layers.Periodic`,
        :class:`~pellucid.core.layers.Lookup`, :class:`~pellucid.core.layers.Scale`. ``layer_sizes[0]`` stays the
        number of columns of X; ``widths[0]`` is the width of a_0.
    parametric : bool, default=False
        Whether each hidden unit learns how far it bends, :math:`z + \alpha(\varphi(z) - z)`.
    parametrization : {"standard", "ntk"}, default="standard"
        ``"ntk"`` lets the weights of each block learn at :math:`1/\sqrt{n_k}` of the rate, as in the neural
        tangent kernel parametrization, see :class:`~pellucid.core.layers.Dense`.
    n_members : int, default=1
        How many networks there are inside this one: members that share the weights of the hidden blocks. Each sees
        a_0 through factors of its own (:class:`~pellucid.core.layers.Fan`), and has biases and a last block of its
        own. Sizes are those of one member, and ``predict`` returns the members' mean. Not with ``batch_norm``.
    dtype : dtype, default=float64
        ``float32`` or ``float64``.
    random_state : int, RandomState, Generator or None, default=None
        Draws the initial weights; an integer gives the same weights each time. None draws from NumPy's global
        state, which ``numpy.random.seed`` sets, as in scikit-learn.

    Attributes
    ----------
    parameters : ndarray of shape (n_parameters,)
        All parameters: block by block biases, then weights row by row, then those of batch normalization.
    state : ndarray of shape (n_state,)
        The running statistics of batch normalization.
    layers : tuple
        The layers of all blocks in a row.

    Raises
    ------
    ParameterError
        If an option is not accepted; the message says what is.

    See Also
    --------
    pellucid.MLPClassifier : Trains a network.

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
        residual: bool | str | Sequence[bool | str] = False,
        input_layers: Sequence[InputLayer] = (),
        parametric: bool = False,
        parametrization: str = "standard",
        n_members: int = 1,
        dtype: DTypeLike = np.float64,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        sizes = check_layer_sizes(layer_sizes)
        n_hidden = len(sizes) - 2
        self.activation = tuple(get_activation(a) for a in per_block("activation", activation, n_hidden))
        self.dropout = per_block("dropout", dropout, n_hidden)
        self.batch_norm = per_block("batch_norm", batch_norm, n_hidden)
        self.input_layers = tuple(input_layers)
        widths = block_widths(sizes, self.input_layers)
        self.residual = residual_kinds(residual, widths)
        self.parametric, self.parametrization = bool(parametric), parametrization
        output = get_activation(output_activation, "output_activation")
        check_whole("n_members", n_members, 1)
        self._check(sizes, output, n_members)
        fan = [Fan(n_members, widths[0], self._start_of_factors())] if n_members > 1 else []
        row = stack(
            [*self.input_layers, *fan],
            widths,
            (*self.activation, output),
            self.dropout,
            self.batch_norm,
            self.residual,
            parametric=self.parametric,
            ntk=parametrization == "ntk",
            n_members=n_members,
        )
        super().__init__(sizes, *row, as_precision(dtype), widths, n_members)
        start = get_initializer(initializer)
        draws = weights is None and not start.is_constant
        self._fill(weights, biases, start, as_generator(random_state, draws=draws))

    # ---- what it computes -------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """Return the outputs after the output activation, of several members their mean.

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
            Whether dropout drops and batch normalization uses the batch.
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
        twin = Network(
            self.layer_sizes,
            activation=self.activation,
            output_activation=output_activation or self.output_activation,
            initializer="zeros",
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            residual=self.residual,
            input_layers=self.input_layers,
            parametric=self.parametric,
            parametrization=self.parametrization,
            n_members=self.n_members,
            dtype=self.dtype if dtype is None else dtype,
        )
        twin.parameters[...] = self.parameters
        twin.state[...] = self.state
        return twin

    def __repr__(self) -> str:
        names = [a.name for a in self.activation]
        shown = repr(names[0]) if len(set(names)) == 1 else repr(names)
        options = [f"activation={shown}"] if names else []
        options.append(f"output_activation={self.output_activation.name!r}")
        extras = ("dropout", "batch_norm", "residual")
        options += [f"{extra}={getattr(self, extra)}" for extra in extras if any(getattr(self, extra))]
        options += [f"input_layers={list(self.input_layers)}"] if self.input_layers else []
        options += ["parametric=True"] if self.parametric else []
        options += ["parametrization='ntk'"] if self.parametrization == "ntk" else []
        options += [f"n_members={self.n_members}"] if self.n_members > 1 else []
        return f"Network({list(self.layer_sizes)}, {', '.join(options)}), {self.n_parameters:,} parameters"

    # ---- how it is put together -------------------------------------------------------------------

    def _start_of_factors(self) -> str:
        """Return how the members' factors are drawn: as TabM does, by whether a_0 is embedded."""
        is_embedded = any(isinstance(layer, Lookup | Periodic) for layer in self.input_layers)
        return "normal" if is_embedded else "signs"

    def _check(self, sizes: tuple[int, ...], output: Activation, n_members: int) -> None:
        for rate in self.dropout:
            if not (isinstance(rate, int | float | np.number) and 0.0 <= rate < 1.0):
                raise ParameterError(f"dropout must lie in [0, 1); got {rate!r}.")
        for on in self.batch_norm:
            if not isinstance(on, bool | np.bool_):
                raise ParameterError(f"batch_norm must be True or False; got {on!r}.")
            if on and n_members > 1:
                raise ParameterError(
                    f"batch_norm must be False where members share weights; got n_members={n_members}."
                )
        if self.parametrization not in ("standard", "ntk"):
            raise ParameterError(
                f"parametrization must be 'standard' or 'ntk'; got {self.parametrization!r}."
            )
        for a in self.activation:
            if a.pullback is not None:
                raise ParameterError(
                    f"activation={a.name!r} is for outputs only: use it as output_activation."
                )
        if output.range.simplex and sizes[-1] < 2:
            raise ParameterError(
                f"output_activation={output.name!r} needs at least 2 outputs; for one output use 'logistic'."
            )

    def _fill(
        self,
        weights: Sequence[ArrayLike] | None,
        biases: Sequence[ArrayLike] | None,
        initializer: Initializer,
        rng: np.random.Generator,
    ) -> None:
        for views, layer in zip(self.parameter_views(self.parameters), self.layers, strict=True):
            for spec in layer.parameters():
                views[spec.name][...] = spec.first_values(rng)
        for state_views, layer in zip(self.state_views(self.state), self.layers, strict=True):
            for state_spec in layer.state():
                state_views[state_spec.name][...] = state_spec.start
        activations = (*self.activation, self.output_activation)
        for k, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            n_in, n_out = W.shape[-2:]
            matrices = W.reshape(-1, n_in, n_out)  # one, or one per member
            for m, own in enumerate(b.reshape(self.n_members, n_out)):
                matrices[m % len(matrices)], own[...] = initializer(rng, n_in, n_out, activations[k])
        copy_given("weights", weights, self.weights)
        copy_given("biases", biases, self.biases)
