"""From a model and samples to the record of one pass; the mathematics is core's."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.checks import as_generator, as_weights, check_strength
from pellucid.core.layers import Activate, BatchNorm, Dropout, Residual
from pellucid.core.losses import Loss, PairedLoss
from pellucid.core.network import Network
from pellucid.core.penalties import add_penalty, l2_of_batch
from pellucid.core.propagation import BackwardPass, ForwardPass, backward, forward
from pellucid.core.structure import Structure
from pellucid.explain.hand import on_paper, rounded
from pellucid.explain.record import BlockTrace, Parameter, Trace
from pellucid.explain.subject import subject_of

__all__ = ["recomputed", "trace"]

Array = NDArray[np.floating]


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
) -> Trace:
    r"""Run samples forward and backward through a model in float64, and keep every number.

    .. math:: z_k = a_k W_k + b_k, \quad a_{k+1} = \varphi_k(z_k), \quad
              \nabla_{W_k} J = a_k^\top \delta_k, \quad
              \delta_{k-1} = (\delta_k W_k^\top) \circ \varphi_{k-1}'(z_{k-1})

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor or Perceptron
        An estimator is fitted; ``x`` and ``y`` are then in the user's units and labels, and are standardized
        and encoded as it does.
    x : array-like of shape (n_features,) or (n_samples, n_features)
        One sample, or several.
    y : scalar or array-like
        The target or class of one sample (a row for several outputs), or of several.
    loss : str or Loss, optional
        Default: the estimator's, or the canonical one of the network's output activation.
    sample_weight : array-like of shape (n_samples,), optional
        Weights >= 0 of the samples; those that an estimator's ``class_weight`` made in training are to be
        given here.
    l1, l2 : float, optional
        Penalties λ₁ Σ|W| and ½ λ₂ Σ W². Default: 0 for a network; the estimator's own, of which ``alpha`` is
        divided by the sum of these samples' weights, as in a batch of them.
    learning_rate : float, default=1.0
        Of the step of gradient descent that is shown.
    training : bool, default=False
        Whether dropout drops and batch normalization uses the batch.
    random_state : int, numpy.random.Generator or None, default=None
        For dropout; a generator is left as it is. None draws from NumPy's global state.

    Returns
    -------
    Trace
        Shows itself in a notebook; ``to_text()``, ``to_latex()``, ``to_html()`` and ``to_json()`` render it,
        ``explain`` says where one number comes from, ``replay`` and ``finite_differences`` check it.

    Raises
    ------
    ParameterError, DataError
        If an option, a shape or a value does not fit; the message says what does.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.explain import trace
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.5]])
    >>> t = trace(net, [3.0], 5.0, learning_rate=0.05)
    >>> t.blocks[0].delta.item(), t.blocks[0].weights.gradient.item(), t.value, round(t.value_after, 5)
    (1.5, 4.5, 1.125, 0.28125)
    """
    subject = subject_of(model, x, y, loss=loss, l1=l1, l2=l2)
    w = as_weights(sample_weight, len(subject.Y), np.float64)
    w = np.ones(len(subject.Y)) if w is None else w
    return compute(
        subject.network,
        subject.X,
        subject.Y,
        w,
        subject.loss,
        l1=subject.l1,
        l2=l2_of_batch(subject.l2, subject.alpha, float(w.sum())),
        learning_rate=check_strength("learning_rate", learning_rate),
        training=training,
        generator=copy.deepcopy(as_generator(random_state, draws=training and any(subject.network.dropout))),
        feature_names=subject.feature_names,
        output_names=subject.output_names,
        target_mean=subject.target_mean,
        target_scale=subject.target_scale,
        input_mean=subject.input_mean,
        input_scale=subject.input_scale,
    )


def recomputed(trace: Trace, *, network: Network | None = None, digits: int | None = None) -> Trace:
    """Return the trace of the same samples through another network, or with rounded results."""
    return compute(
        trace.network if network is None else network,
        trace.X,
        trace.Y,
        trace.sample_weight,
        trace.loss,
        l1=trace.l1,
        l2=trace.l2,
        learning_rate=trace.learning_rate,
        training=trace.training,
        generator=trace.generator,
        digits=digits,
        feature_names=trace.feature_names,
        output_names=trace.output_names,
        target_mean=trace.target_mean,
        target_scale=trace.target_scale,
        input_mean=trace.input_mean,
        input_scale=trace.input_scale,
    )


def compute(
    network: Network,
    X: Array,
    Y: Array,
    w: Array,
    loss: PairedLoss,
    *,
    l1: float,
    l2: float,
    learning_rate: float,
    training: bool,
    generator: np.random.Generator | None,
    digits: int | None = None,
    **named: Any,
) -> Trace:
    """Return the trace of checked samples."""
    structure = network if digits is None else on_paper(network, digits)
    shares = (w / w.sum())[:, None]
    circumstances: dict[str, Any] = {"training": training, "sample_weight": w, "generator": generator}
    passed = run(structure, X, network.parameters, **circumstances)
    outputs, options = passed.outputs, loss.options_for(Y)
    losses = losses_of(passed, Y, loss, digits)
    to_outputs = np.asarray(rounded(shares * loss.form.gradient(Y, outputs, *options), digits))
    delta = np.asarray(rounded(shares * loss.gradients(Y, passed.scores, outputs), digits))
    back = backward(passed, delta)
    penalty = add_penalty(network.parameters, back.gradient, network.penalized, l1, l2)
    gradient = rounded(back.gradient, digits)
    stepped = rounded(network.parameters - rounded(learning_rate * gradient, digits), digits)
    after = losses_of(run(structure, X, stepped, **circumstances), Y, loss, digits)
    return Trace(
        network,
        X,
        Y,
        w,
        loss,
        losses,
        rounded(float(w @ losses / w.sum()), digits),
        rounded(penalty, digits),
        to_outputs,
        blocks_of(passed, back, gradient, to_outputs),
        gradient,
        learning_rate,
        stepped,
        rounded(float(w @ after / w.sum()), digits),
        l1,
        l2,
        training,
        generator,
        digits,
        **named,
    )


def run(
    structure: Structure,
    X: Array,
    parameters: Array,
    *,
    training: bool,
    sample_weight: Array,
    generator: np.random.Generator | None,
) -> ForwardPass:
    """Return a forward pass that leaves the running statistics and the generator as they are."""
    return forward(
        structure,
        X,
        parameters=parameters,
        state=structure.state.copy(),
        training=training,
        sample_weight=sample_weight,
        rng=copy.deepcopy(generator),
    )


def losses_of(passed: ForwardPass, Y: Array, loss: PairedLoss, digits: int | None) -> Array:
    """Return each sample's loss; on paper from the rounded outputs, not from the scores."""
    if digits is None:
        return loss.values(Y, passed.scores, passed.outputs)
    terms = loss.form.value(Y, passed.outputs, *loss.options_for(Y))
    return np.asarray(rounded(terms.sum(axis=1), digits))


def blocks_of(
    passed: ForwardPass, back: BackwardPass, gradient: Array, to_outputs: Array
) -> tuple[BlockTrace, ...]:
    """Read what each block computed out of the two passes."""
    network, values = passed.network, passed.run.values
    derivatives = {**back.derivatives, len(network.layers): to_outputs}
    p, g = network.parameter_views(passed.parameters), network.parameter_views(gradient)
    blocks = []
    for k, at_z in enumerate(network.z_positions):
        start, stop = network.a_positions[k], network.a_positions[k + 1]
        activate = network.layers[at_z]
        assert isinstance(activate, Activate)
        phi, z, a = activate.activation, values[at_z], values[at_z + 1]
        found: dict[str, Any] = {"others": {}}
        extras = []
        for i in range(start, stop):
            layer, kept = network.layers[i], passed.kept[i]
            if isinstance(layer, BatchNorm):
                extras.append("batch normalization")
                found["normalized"], found["deviation"] = kept[0], kept[1]
                found["others"] = {
                    name: Parameter(p[i][key], g[i][key])
                    for name, key in (("scale", "gamma"), ("shift", "beta"))
                }
            elif isinstance(layer, Dropout):
                extras.append(f"dropout {layer.rate:g}")
                found["mask"] = kept
            elif isinstance(layer, Residual):
                extras.append("+ signal" if layer.source == at_z else "+ input")
        blocks.append(
            BlockTrace(
                k,
                phi,
                values[start],
                Parameter(p[start]["weights"], g[start]["weights"]),
                Parameter(p[start]["biases"], g[start]["biases"]),
                values[start + 1],
                z,
                None if phi.derivative is None else np.asarray(phi.derivative(z, a)),
                a,
                values[stop],
                derivatives[at_z + 1],
                derivatives[at_z],
                derivatives[start + 1],
                extras=tuple(extras),
                arriving=derivatives[stop],
                **found,
            )
        )
    return tuple(blocks)
