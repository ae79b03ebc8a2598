r"""The objective: forward, loss, penalty, backward, composed.

.. math:: J(\theta) = \frac{\sum_i w_i\, \ell(y_i, \hat y_i)}{\sum_i w_i}
          + \lambda_1 \sum |W| + \tfrac12 \lambda_2 \sum W^2

In a mini-batch of B rows the denominator is :math:`B \bar w` with the mean weight :math:`\bar w` of the
training set, so that weights act at any batch size. The division is inside the sensitivity of the scores,
so that :math:`\delta_k` is :math:`\partial J/\partial z_k` everywhere.

Of members that share weights J has the mean of their losses: each learns the targets by itself. The loss of their
mean would let them err together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.brief import brief
from pellucid.core.checks import as_numbers, as_weights, check_strength
from pellucid.core.losses import Loss, PairedLoss, canonical_loss, get_loss
from pellucid.core.penalties import add_penalty, l2_of_batch
from pellucid.core.propagation import backward, forward
from pellucid.core.structure import Structure
from pellucid.exceptions import DataError
from pellucid.host.counted import counted

__all__ = ["Gradients", "Objective", "encode_targets", "gradients"]

Array = NDArray[np.floating]


@dataclass
class Gradients:
    r"""A loss with every gradient and every sensitivity.

    .. math:: \delta_k = \partial J / \partial z_k, \qquad \nabla_{W_k} J = a_k^\top \delta_k, \qquad
              \nabla_{b_k} J = \sum_i \delta_{k,i}

    Parameters
    ----------
    loss, penalty : float
        The data term and the penalty.
    flat : ndarray of shape (n_parameters,)
        The gradient of the objective, in the order of the network's flat vector.
    weights, biases : tuple of ndarray of shape (n_k, n_{k+1}), and (n_{k+1},)
        Views into ``flat``, one per block.
    deltas : tuple of ndarray
        ∂objective/∂z_k of shape (n_samples, n_{k+1}), one per block.

    Examples
    --------
    >>> from pellucid import Network
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    >>> g = net.gradients([[3.0]], [[5.0]], loss="squared_error")
    >>> g.loss, g.weights, g.deltas
    (0.5, (array([[3.]]),), (array([[1.]]),))
    """

    loss: float
    penalty: float
    flat: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    deltas: tuple[Array, ...]

    __repr__ = brief

    @property
    def objective(self) -> float:
        """Loss plus penalty."""
        return self.loss + self.penalty


@dataclass(frozen=True)
class Objective:
    r"""Function of the parameters that training minimizes.

    Parameters
    ----------
    network : Structure
        The network; its own parameters are used if none are given.
    loss : PairedLoss
        The loss on its outputs.
    l1, l2 : float, default=0.0
        :math:`\lambda_1`, :math:`\lambda_2`.
    alpha : float, default=0.0
        A further L2 strength that is divided by :math:`B \bar w`, as in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Objective, get_loss
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    >>> J = Objective(net, get_loss("squared_error").on(net.output_activation), l2=0.5)
    >>> J.value_and_gradient(np.array([[3.0]]), np.array([[5.0]])).objective
    1.5
    """

    network: Structure
    loss: PairedLoss
    l1: float = 0.0
    l2: float = 0.0
    alpha: float = 0.0

    __repr__ = brief

    def data_loss(self, X: Any, Y: Array, sample_weight: Array | None = None) -> float:
        """Return the weighted mean loss of the network as it predicts, without penalties.

        Parameters
        ----------
        X : ndarray or sparse array of shape (n_samples, n_features)
            The inputs, in the network's dtype.
        Y : ndarray of shape (n_samples, n_outputs)
            The targets.
        sample_weight : ndarray of shape (n_samples,), optional
            The weights.

        Returns
        -------
        float
            The loss.
        """
        passed = forward(self.network, X)
        return self.mean_loss(passed.scores, passed.outputs, Y, sample_weight)

    def mean_loss(self, scores: Array, outputs: Array, Y: Array, sample_weight: Array | None = None) -> float:
        """Return the weighted mean loss of what the network has computed.

        Parameters
        ----------
        scores, outputs : ndarray of shape (n_samples * n_members, n_outputs)
            The signals of the last block, and the outputs.
        Y : ndarray of shape (n_samples, n_outputs)
            The targets.
        sample_weight : ndarray of shape (n_samples,), optional
            The weights.

        Returns
        -------
        float
            The loss.
        """
        w = self.network.of_each(np.ones(len(Y)) if sample_weight is None else sample_weight)
        return float(w @ self.loss.values(self.network.of_each(Y), scores, outputs) / w.sum())

    def l2_of(self, total_weight: float) -> float:
        """Return the strength of the L2 penalty in a batch.

        Parameters
        ----------
        total_weight : float
            The sum of the weights of the batch's rows.

        Returns
        -------
        float
            The strength, of which ``alpha`` is a part.
        """
        return l2_of_batch(self.l2, self.alpha, total_weight)

    def value_and_gradient(
        self,
        X: Any,
        Y: Array,
        sample_weight: Array | None = None,
        *,
        parameters: Array | None = None,
        state: Array | None = None,
        denominator: float | None = None,
        training: bool = True,
        rng: np.random.Generator | None = None,
        share: float = 1.0,
        dropout: float = 1.0,
        gradient: Array | None = None,
    ) -> Gradients:
        """Return the objective with its gradient.

        Parameters
        ----------
        X : ndarray or sparse array of shape (n_samples, n_features)
            The inputs, in the network's dtype.
        Y : ndarray of shape (n_samples, n_outputs)
            The targets.
        sample_weight : ndarray of shape (n_samples,), optional
            The weights.
        parameters, state : ndarray, optional
            Flat vectors to use instead of the network's own.
        denominator : float, optional
            The divisor of the weighted sum. Default: the sum of the weights.
        training : bool, default=True
            True if dropout is active and batch normalization uses the batch.
        rng : numpy.random.Generator, optional
            For dropout.
        share : float, default=1.0
            The weight of the batch over that of a full one, by which running statistics move.
        dropout : float, default=1.0
            A factor on the rates of dropout.
        gradient : ndarray of shape (n_parameters,), optional
            The array to write the gradient to.

        Returns
        -------
        Gradients
            The values, the gradient and the sensitivities.
        """
        network = self.network
        passed = forward(
            network,
            X,
            parameters=parameters,
            state=state,
            training=training,
            sample_weight=sample_weight,
            rng=rng,
            share=share,
            dropout=dropout,
        )
        w = np.ones(len(Y), network.dtype) if sample_weight is None else sample_weight
        total = float(w.sum()) if denominator is None else denominator
        w, Y, of_all = network.of_each(w), network.of_each(Y), total * network.n_members
        loss = float(w @ self.loss.values(Y, passed.scores, passed.outputs)) / of_all
        portions = (w / of_all).astype(network.dtype)[:, None]
        delta = portions * self.loss.gradients(Y, passed.scores, passed.outputs)
        passed_back = backward(passed, delta, gradient=gradient)
        penalty = add_penalty(
            passed.parameters, passed_back.gradient, network.penalized, self.l1, self.l2_of(total)
        )
        views = network.parameter_views(passed_back.gradient)
        return Gradients(
            loss,
            penalty,
            passed_back.gradient,
            tuple(v["weights"] for v in views if "weights" in v),
            tuple(v["biases"] for v in views if "biases" in v),
            passed_back.deltas,
        )


def encode_targets(network: Structure, y: ArrayLike, loss: PairedLoss) -> Array:
    """Return targets of shape ``(n_samples, n_outputs)``, integer classes as one-hot rows."""
    Y = as_numbers("y", y, network.dtype)
    n_outputs = network.layer_sizes[-1]
    if Y.ndim == 1 and network.output_activation.range.simplex:
        if np.asarray(y).dtype.kind not in "iub" or not np.isin(Y, np.arange(n_outputs)).all():
            raise DataError(
                f"'y' must hold integer classes in 0..{n_outputs - 1}, or rows of {n_outputs} targets; "
                f"got {np.unique(Y)[:5].tolist()}{', ...' if len(np.unique(Y)) > 5 else ''}."
            )
        Y = np.eye(n_outputs, dtype=network.dtype)[Y.astype(np.intp)]
    elif Y.ndim == 1:
        Y = Y[:, None]
    if Y.ndim != 2 or Y.shape[1] != n_outputs:
        raise DataError(f"'y' must have shape (n_samples, {n_outputs}); got {Y.shape}.")
    check_targets(Y, loss)
    return Y


def check_targets(Y: Array, loss: PairedLoss) -> None:
    """Raise a DataError where a target is not one that the loss accepts."""
    outside = ~loss.form.targets.contains(Y)
    if outside.any():
        row, column = (int(i) for i in np.argwhere(outside)[0])
        raise DataError(
            f"loss={loss.loss.name!r} accepts targets in {loss.form.targets}; y[{row}, {column}] is "
            f"{Y[row, column]:g} ({counted(int(outside.sum()), 'such value')} in all)."
        )


def gradients(
    network: Structure,
    X: Any,
    y: ArrayLike,
    *,
    loss: str | Loss | None = None,
    sample_weight: ArrayLike | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    training: bool = False,
    rng: np.random.Generator | None = None,
) -> Gradients:
    """Return the loss, every gradient and every sensitivity; see :meth:`pellucid.Network.gradients`."""
    row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
    paired = row.on(network.output_activation)
    X = network.check_inputs(X)
    Y = encode_targets(network, y, paired)
    if X.shape[0] != len(Y) or len(Y) == 0:
        raise DataError(
            f"'X' and 'y' must have the same number of rows, at least one; got {X.shape[0]} and {len(Y)}."
        )
    w = as_weights(sample_weight, len(Y), network.dtype)
    l1, l2 = check_strength("l1", l1), check_strength("l2", l2)
    return Objective(network, paired, l1, l2).value_and_gradient(
        X, Y, w, state=network.state.copy(), training=training, rng=rng
    )
