"""From a model and samples to its trace."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pellucid.core.checks import as_generator, check_strength
from pellucid.core.losses import Loss
from pellucid.explain.calculation import calculate
from pellucid.explain.samples import samples_of
from pellucid.explain.traces import Trace

__all__ = ["trace"]


def trace(
    model: Any,
    x: Any,
    y: Any,
    *,
    loss: str | Loss | None = None,
    sample_weight: ArrayLike | None = None,
    l1: float | None = None,
    l2: float | None = None,
    learning_rate: float = 1.0,
    training: bool = False,
    random_state: int | np.random.Generator | None = None,
    member: int | str = 0,
) -> Trace:
    r"""Run samples forward and backward through a model in float64, and keep every number.

    .. math:: z_k = a_k W_k + b_k, \quad a_{k+1} = \varphi_k(z_k), \quad
              \nabla_{W_k} J = a_k^\top \delta_k, \quad
              \delta_{k-1} = (\delta_k W_k^\top) \circ \varphi_{k-1}'(z_{k-1})

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A network or a fitted estimator. With an estimator, ``x`` and ``y`` are in the user's units and labels, and
        are standardized and encoded as in training.
    x : data frame or array-like of shape (n_features,) or (n_samples, n_features)
        One sample, or several.
    y : scalar, or array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target or class of one sample (a row for several outputs), or of several.
    loss : str or Loss, optional
        Default: the estimator's, or the canonical one of the network's output activation.
    sample_weight : array-like of shape (n_samples,), optional
        Weights >= 0 of the samples. An estimator's ``class_weight`` is not applied: pass the weights that result
        from it.
    l1, l2 : float, optional
        Penalties λ₁ Σ|W| and ½ λ₂ Σ W². Default: 0 for a network, else the estimator's own; its ``alpha`` is
        divided by the sum of these samples' weights, as in a batch of these samples.
    learning_rate : float, default=1.0
        The learning rate of the gradient descent step that is shown.
    training : bool, default=False
        True to drop units and to normalize over the batch, as in training.
    random_state : int, numpy.random.Generator or None, default=None
        For dropout; a generator is left unchanged. None draws from NumPy's global state.
    member : int or "linear", default=0
        The network of an estimator for tables to trace, or its linear model. Members that share weights are
        counted individually.

    Returns
    -------
    Trace
        Shows itself in a notebook; ``to_text()``, ``to_latex()``, ``to_html()`` and ``to_json()`` render it,
        ``explain`` shows where one number comes from, ``replay`` and ``finite_differences`` check it.

    Raises
    ------
    ParameterError, DataError
        If an option, a shape or a value is not accepted; the message says what is.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.explain import trace
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.5]])
    >>> t = trace(net, [3.0], 5.0, learning_rate=0.05)
    >>> t.blocks[0].delta.item(), t.blocks[0].weights.gradient.item(), t.loss, round(t.loss_after, 5)
    (1.5, 4.5, 1.125, 0.28125)
    """
    seen = samples_of(model, x, y, sample_weight, loss=loss, l1=l1, l2=l2, member=member)
    given: dict[str, Any] = {
        "network": seen.network,
        "X": seen.X,
        "Y": seen.Y,
        "sample_weight": seen.weight,
        "loss_function": seen.loss,
        "l1": seen.l1,
        "l2": seen.l2,
        "learning_rate": check_strength("learning_rate", learning_rate),
        "training": training,
        "generator": copy.deepcopy(as_generator(random_state, draws=training and any(seen.network.dropout))),
    }
    return Trace(
        **given,
        **calculate(**given),
        feature_names=seen.feature_names,
        output_names=seen.output_names,
        target_mean=seen.target_mean,
        target_scale=seen.target_scale,
        input_mean=seen.input_mean,
        input_scale=seen.input_scale,
        categories=seen.categories,
        remarks=seen.remarks,
        encoding=seen.encoding,
    )
