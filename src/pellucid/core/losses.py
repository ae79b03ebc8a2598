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

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import Activation, logistic, softmax
from pellucid.core.elementary import absolute, exp, heaviside, log, log1p, maximum, minimum, sqrt, where
from pellucid.core.intervals import NON_NEGATIVE, POSITIVE, REAL, SIMPLEX, UNIT, UNIT_CLOSED, Interval
from pellucid.core.loss_forms import Loss, LossForm, PairedLoss
from pellucid.exceptions import ParameterError

__all__ = ["LOSSES", "Loss", "LossForm", "PairedLoss", "get_loss", "smooth_labels"]

Array = NDArray[np.floating]

LEAST = 1e-20  # a mean whose power -3/2 is a number in float32
LOG_LEAST = -46.051701859880914  # its logarithm
TINY = 1e-30  # keeps 0 log 0 at 0; a normal number in float32 too


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


def tweedie(y, p):
    r = sqrt(maximum(p, LEAST)) - sqrt(y)
    return 2.0 * r * r / sqrt(maximum(p, LEAST))


def tweedie_gradient(y, p):
    p = maximum(p, LEAST)
    return (p - y) / (p * sqrt(p))


def tweedie_of_exp(y, z):
    z = maximum(z, LOG_LEAST)
    r = exp(0.5 * z) - sqrt(y)
    return 2.0 * r * r * exp(-0.5 * z)


def tweedie_of_exp_gradient(y, z):
    z = maximum(z, LOG_LEAST)
    return exp(0.5 * z) - y * exp(-0.5 * z)


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


def at_zero(*options: float) -> tuple[float, ...]:
    return (0.0,)


def huber_kinks(delta: float) -> tuple[float, ...]:
    return (-delta, delta)


LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        Loss("squared_error", (LossForm(REAL, REAL, squared_error, squared_error_gradient,
                                        latex=r"\tfrac12 (\hat y - y)^2"),), ("identity",)),
        Loss("absolute_error", (LossForm(REAL, REAL, absolute_error, absolute_error_gradient,
                                         latex=r"|\hat y - y|"),), ("identity",), kinks=at_zero),
        Loss("huber", (LossForm(REAL, REAL, huber, huber_gradient,
                                latex=r"\tfrac12 r^2 \text{ if } |r| \le \delta \text{ else }"
                                      r"\delta (|r| - \tfrac12 \delta),\; r = \hat y - y"),),
             ("identity",), {"delta": 1.0}, huber_kinks),
        Loss("quantile", (LossForm(REAL, REAL, quantile, quantile_gradient,
                                   latex=r"\max(q (y - \hat y), (q - 1)(y - \hat y))"),),
             ("identity",), {"level": 0.5}, at_zero),
        Loss("poisson", (LossForm(POSITIVE, NON_NEGATIVE, poisson, poisson_gradient,
                                  {"exp": (poisson_of_exp, poisson_of_exp_gradient)},
                                  r"y \ln (y / \hat y) - y + \hat y"),), ("exp",)),
        Loss("tweedie", (LossForm(POSITIVE, NON_NEGATIVE, tweedie, tweedie_gradient,
                                  {"exp": (tweedie_of_exp, tweedie_of_exp_gradient)},
                                  r"2 (\sqrt{\hat y} - \sqrt y)^2 / \sqrt{\hat y}"),), ("exp",)),
        Loss("log_loss", (LossForm(SIMPLEX, UNIT_CLOSED, log_loss, log_loss_gradient,
                                   {"softmax": (log_loss_of_softmax, log_loss_of_softmax_gradient)},
                                   r"-y \ln \hat y"),
                          LossForm(UNIT, UNIT_CLOSED, binary_log_loss, binary_log_loss_gradient,
                                   {"logistic": (log_loss_of_logistic, log_loss_of_logistic_gradient)},
                                   r"-y \ln \hat y - (1 - y) \ln (1 - \hat y)")),
             ("softmax", "logistic")),
    )
}  # fmt: skip


ACCEPTED = {"delta": Interval(0.0, inf, "high"), "level": UNIT}  # values of the options of these losses


def get_loss(loss: str | Loss, **options: float | Sequence[float]) -> Loss:
    """Return the loss of that name, with its options set.

    Parameters
    ----------
    loss : str or Loss
        A name of :data:`LOSSES` or a :class:`Loss`.
    **options : float
        ``delta`` of ``"huber"`` (> 0, default 1.0), ``level`` of ``"quantile"`` (in (0, 1), default 0.5): one
        number, or one per output.

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
        raise ParameterError(f"'loss' must be one of {sorted(LOSSES)} or a pellucid.core.Loss; got {loss!r}.")
    unknown = sorted(set(options) - set(loss.options))
    if unknown:
        raise ParameterError(f"loss={loss.name!r} has the options {sorted(loss.options)}; got {unknown}.")
    merged = {**loss.options, **{name: _plain(value) for name, value in options.items()}}
    if isinstance(merged.get("delta"), tuple):
        raise ParameterError(f"'delta' of the huber loss must be one number; got {merged['delta']!r}.")
    for name, value in merged.items():
        if name in ACCEPTED and not ACCEPTED[name].contains(np.asarray(value)).all():
            raise ParameterError(
                f"{name!r} of the {loss.name} loss must lie in {ACCEPTED[name]}; got {value!r}."
            )
    return replace(loss, options=merged)


def _plain(value: float | Sequence[float]) -> float | tuple[float, ...]:
    """Return a number, or several as a tuple."""
    return tuple(float(v) for v in value) if isinstance(value, Sequence | np.ndarray) else float(value)


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
        raise ParameterError(f"'label_smoothing' must lie in [0, 1); got {amount!r}.")
    if amount == 0.0:
        return y
    n_classes = y.shape[1] if output_activation.range.simplex else 2
    return (1.0 - amount) * y + amount / n_classes
