r"""Losses: one table; value and gradient from one place; the outputs each one takes.

A loss is a sum over outputs of a term :math:`\ell(y, \hat y)` with its derivative
:math:`\partial\ell/\partial\hat y`. It states which outputs :math:`\hat y` it takes (all reals, positive
numbers, (0, 1), rows that sum to one) and an activation states its range, so that any output activation
goes with any loss that makes sense with it, by the chain rule through :math:`\varphi'`. Canonical pairs
(softmax and logistic with the log loss, exp with Poisson) use a fused form on the scores
:math:`z`, which stays exact where :math:`\hat y` rounds to 0 or 1.

The reduction over samples, :math:`\sum_i w_i \ell_i / \sum_i w_i`, belongs to
:mod:`pellucid.core.objective`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import Activation, logistic, softmax
from pellucid.core.elementary import absolute, exp, heaviside, log, log1p, maximum, minimum, where
from pellucid.core.intervals import NON_NEGATIVE, POSITIVE, REAL, SIMPLEX, UNIT, UNIT_CLOSED, Interval
from pellucid.exceptions import ParameterError

__all__ = ["LOSSES", "Loss", "LossForm", "PairedLoss", "get_loss", "smooth_labels"]

Array = NDArray[np.floating]

TINY = 1e-30  # keeps 0 log 0 at 0; a normal number in float32 too


def _no_kinks(*options: float) -> tuple[float, ...]:
    """Return where a smooth loss has kinks: nowhere.

    Parameters
    ----------
    *options : float
        The options of the loss.

    Returns
    -------
    tuple of float
        Empty.
    """
    return ()


@dataclass(frozen=True)
class LossForm:
    """The equations of a loss for one kind of output.

    Parameters
    ----------
    outputs : Interval
        The outputs that it takes.
    targets : Interval
        The targets that it accepts.
    value, gradient : callable
        ``value(y, p, *options)`` and its derivative with respect to ``p``, element-wise.
    fused : dict, default={}
        For an output activation's name, ``(value(y, z), gradient(y, z))`` on the scores ``z``.
    latex : str
        The equation.
    """

    outputs: Interval
    targets: Interval
    value: Callable[..., Any]
    gradient: Callable[..., Any]
    fused: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]] = field(default_factory=dict)
    latex: str = ""


@dataclass(frozen=True)
class Loss:
    r"""A loss: its forms, its options, the output activation that suits it best.

    Parameters
    ----------
    name : str
        Its name in ``loss=...``.
    forms : tuple of LossForm
        The first whose ``outputs`` hold the range of the output activation is used.
    canonical : tuple of str
        Output activations with which it is usually paired, the default first.
    options : dict of str to float, default={}
        Extra arguments of the equations, in order.
    kinks : callable, optional
        ``kinks(*options)`` returns the residuals :math:`\hat y - y` where the derivative or its slope jumps.

    Examples
    --------
    >>> get_loss("quantile", level=0.9).options
    {'level': 0.9}
    """

    name: str
    forms: tuple[LossForm, ...]
    canonical: tuple[str, ...]
    options: Mapping[str, float] = field(default_factory=dict)
    kinks: Callable[..., tuple[float, ...]] = _no_kinks

    def on(self, output_activation: Activation) -> "PairedLoss":
        """Return this loss on the outputs of an activation.

        Parameters
        ----------
        output_activation : Activation
            What turns scores into outputs.

        Returns
        -------
        PairedLoss
            The pair.

        Raises
        ------
        ParameterError
            If the range of the activation is not among the outputs that the loss takes.
        """
        for form in self.forms:
            if output_activation.range.within(form.outputs):
                return PairedLoss(self, form, output_activation)
        takes = " or ".join(str(form.outputs) for form in self.forms)
        raise ParameterError(
            f"loss={self.name!r} takes outputs in {takes}, but output_activation="
            f"{output_activation.name!r} gives {output_activation.range}. Use one of "
            f"{list(self.output_activations())} with this loss, or another loss."
        )

    def output_activations(self) -> tuple[str, ...]:
        """Return the names of the table's activations that this loss takes.

        Returns
        -------
        tuple of str
            In the order of the table.
        """
        from pellucid.core.activations import ACTIVATIONS

        return tuple(
            name
            for name, row in ACTIVATIONS.items()
            if any(row.range.within(form.outputs) for form in self.forms)
        )


@dataclass(frozen=True)
class PairedLoss:
    r"""A loss on the outputs of one activation: per-sample values and gradients on the scores.

    Parameters
    ----------
    loss : Loss
        The loss.
    form : LossForm
        The form that takes the activation's range.
    activation : Activation
        The output activation.
    """

    loss: Loss
    form: LossForm
    activation: Activation

    @property
    def is_fused(self) -> bool:
        """Whether the pair has a stable form on the scores."""
        return self.activation.name in self.form.fused

    def values(self, y: Array, z: Array, a: Array) -> Array:
        r"""Return :math:`\ell_i`, summed over outputs.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            Targets.
        z, a : ndarray of shape (n_samples, n_outputs)
            Scores and outputs.

        Returns
        -------
        ndarray of shape (n_samples,)
            One value per sample, without its weight.
        """
        options = self.loss.options.values()
        if self.is_fused:
            terms = self.form.fused[self.activation.name][0](y, z, *options)
        else:
            terms = self.form.value(y, a, *options)
        return np.asarray(terms.sum(axis=1))

    def gradients(self, y: Array, z: Array, a: Array) -> Array:
        r"""Return :math:`\partial\ell_i/\partial z_{ij}`.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            Targets.
        z, a : ndarray of shape (n_samples, n_outputs)
            Scores and outputs.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Without the weights of the samples.
        """
        options = self.loss.options.values()
        if self.is_fused:
            return np.asarray(self.form.fused[self.activation.name][1](y, z, *options))
        return self.activation.backward(z, a, self.form.gradient(y, a, *options))


def squared_error(y, p):
    r = p - y
    return 0.5 * r * r


def squared_error_gradient(y, p):
    return p - y


def absolute_error(y, p):
    return absolute(p - y)


def absolute_error_gradient(y, p):
    return 2.0 * heaviside(p - y, 0.5) - 1.0


def huber(y, p, delta):
    r = absolute(p - y)
    return where(r <= delta, 0.5 * r * r, delta * (r - 0.5 * delta))


def huber_gradient(y, p, delta):
    return maximum(minimum(p - y, delta), -delta)


def quantile(y, p, level):
    return maximum(level * (y - p), (level - 1.0) * (y - p))


def quantile_gradient(y, p, level):
    # At p == y any slope in [-level, 1 - level] would do; 0 keeps a fitted point where it is.
    above, below = heaviside(p - y, 0.0), heaviside(y - p, 0.0)
    return (1.0 - level) * above - level * below


def poisson(y, p):
    return y * (log(maximum(y, TINY)) - log(maximum(p, TINY))) - y + p


def poisson_gradient(y, p):
    return 1.0 - y / maximum(p, TINY)


def poisson_of_exp(y, z):
    return exp(z) - y * z + y * log(maximum(y, TINY)) - y


def poisson_of_exp_gradient(y, z):
    return exp(z) - y


def binary_log_loss(y, p):
    return -y * log(maximum(p, TINY)) - (1.0 - y) * log(maximum(1.0 - p, TINY))


def binary_log_loss_gradient(y, p):
    return (p - y) / maximum(p * (1.0 - p), TINY)


def log_loss_of_logistic(y, z):
    return maximum(z, 0.0) - y * z + log1p(exp(-absolute(z)))


def log_loss_of_logistic_gradient(y, z):
    return logistic(z) - y


def log_loss(y, p):
    return -y * log(maximum(p, TINY))


def log_loss_gradient(y, p):
    return -y / maximum(p, TINY)


def log_loss_of_softmax(y: Array, z: Array) -> Array:
    top = z.max(axis=-1, keepdims=True)
    return np.asarray(y * (top + np.log(np.exp(z - top).sum(axis=-1, keepdims=True)) - z))


def log_loss_of_softmax_gradient(y: Array, z: Array) -> Array:
    return np.asarray(softmax(z) * y.sum(axis=-1, keepdims=True) - y)


LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        Loss("squared_error", (LossForm(REAL, REAL, squared_error, squared_error_gradient,
                                        latex=r"\tfrac12 (\hat y - y)^2"),), ("identity",)),
        Loss("absolute_error", (LossForm(REAL, REAL, absolute_error, absolute_error_gradient,
                                         latex=r"|\hat y - y|"),), ("identity",), kinks=lambda: (0.0,)),
        Loss("huber", (LossForm(REAL, REAL, huber, huber_gradient,
                                latex=r"\tfrac12 r^2 \text{ if } |r| \le \delta \text{ else }"
                                      r"\delta (|r| - \tfrac12 \delta),\; r = \hat y - y"),),
             ("identity",), {"delta": 1.0}, lambda delta: (-delta, delta)),
        Loss("quantile", (LossForm(REAL, REAL, quantile, quantile_gradient,
                                   latex=r"\max(q (y - \hat y), (q - 1)(y - \hat y))"),),
             ("identity",), {"level": 0.5}, lambda level: (0.0,)),
        Loss("poisson", (LossForm(POSITIVE, NON_NEGATIVE, poisson, poisson_gradient,
                                  {"exp": (poisson_of_exp, poisson_of_exp_gradient)},
                                  r"y \ln (y / \hat y) - y + \hat y"),), ("exp",)),
        Loss("log_loss", (LossForm(SIMPLEX, UNIT_CLOSED, log_loss, log_loss_gradient,
                                   {"softmax": (log_loss_of_softmax, log_loss_of_softmax_gradient)},
                                   r"-y \ln \hat y"),
                          LossForm(UNIT, UNIT_CLOSED, binary_log_loss, binary_log_loss_gradient,
                                   {"logistic": (log_loss_of_logistic, log_loss_of_logistic_gradient)},
                                   r"-y \ln \hat y - (1 - y) \ln (1 - \hat y)")),
             ("softmax", "logistic")),
    )
}  # fmt: skip


def get_loss(loss: str | Loss, **options: float) -> Loss:
    """Return the loss of that name, with its options set.

    Parameters
    ----------
    loss : str or Loss
        A name of :data:`LOSSES` or a :class:`Loss`.
    **options : float
        ``delta`` of ``"huber"`` (> 0, default 1.0), ``level`` of ``"quantile"`` (in (0, 1), default 0.5).

    Returns
    -------
    Loss
        The row, its options replaced by those given.

    Raises
    ------
    ParameterError
        If the name, an option, or its value is not accepted.

    References
    ----------
    P. J. Huber (1964), Robust estimation of a location parameter, Ann. Math. Statist. 35, 73-101.
    R. Koenker and G. Bassett (1978), Regression quantiles, Econometrica 46, 33-50.

    Examples
    --------
    >>> get_loss("squared_error").canonical
    ('identity',)
    """
    if isinstance(loss, str) and loss in LOSSES:
        loss = LOSSES[loss]
    if not isinstance(loss, Loss):
        raise ParameterError(f"loss must be one of {sorted(LOSSES)} or a pellucid.core.Loss; got {loss!r}.")
    unknown = sorted(set(options) - set(loss.options))
    if unknown:
        raise ParameterError(f"loss={loss.name!r} has the options {sorted(loss.options)}; got {unknown}.")
    merged = {**loss.options, **options}
    if "delta" in merged and not merged["delta"] > 0.0:
        raise ParameterError(f"delta of the huber loss must be > 0; got {merged['delta']!r}.")
    if "level" in merged and not 0.0 < merged["level"] < 1.0:
        raise ParameterError(f"level of the quantile loss must lie in (0, 1); got {merged['level']!r}.")
    return replace(loss, options=merged)


def canonical_loss(output_activation: Activation) -> Loss:
    """Return the loss that is used when none is named: the one of the canonical pair, else squared error."""
    for loss in LOSSES.values():
        if output_activation.name in loss.canonical:
            return loss
    return LOSSES["squared_error"]


def smooth_labels(y: Array, amount: float, output_activation: Activation) -> Array:
    r"""Move 0/1 targets towards the uniform distribution.

    .. math:: \tilde y = (1 - \varepsilon)\, y + \varepsilon / K

    with :math:`K` the number of classes of a softmax output, and 2 for each logistic output.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        One-hot rows, or 0/1 per output.
    amount : float
        :math:`\varepsilon` in [0, 1).
    output_activation : Activation
        Decides :math:`K`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        The smoothed targets.

    Raises
    ------
    ParameterError
        If ``amount`` is outside its range.

    References
    ----------
    C. Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, section 7.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.core import ACTIVATIONS
    >>> smooth_labels(np.array([[0.0, 1.0]]), 0.1, ACTIVATIONS["softmax"])
    array([[0.05, 0.95]])
    """
    if not 0.0 <= amount < 1.0:
        raise ParameterError(f"label_smoothing must lie in [0, 1); got {amount!r}.")
    if amount == 0.0:
        return y
    n_classes = y.shape[1] if output_activation.range.simplex else 2
    return (1.0 - amount) * y + amount / n_classes
