"""Losses as data: equations per kind of output, and the rule that pairs a loss with an activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import ACTIVATIONS, Activation
from pellucid.core.brief import brief
from pellucid.core.intervals import Interval
from pellucid.exceptions import ParameterError

__all__ = ["Loss", "LossForm", "PairedLoss"]

Array = NDArray[np.floating]


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
    r"""The equations of a loss for one kind of output.

    .. math:: J = \frac{\sum_i w_i \sum_j \ell(y_{ij}, \hat y_{ij})}{\sum_i w_i}

    Parameters
    ----------
    outputs : Interval
        The outputs that it takes.
    targets : Interval
        The targets that it accepts.
    value, gradient : callable
        ``value(y, p, *options)`` and its derivative with respect to ``p``, element-wise.
    fused : dict, default={}
        For the name of an output activation of the table, ``(value(y, z), gradient(y, z))`` on the scores ``z``.
    latex : str
        The equation.

    Examples
    --------
    A loss of your own, with its equation and the sets of numbers it takes:

    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Interval, Loss, LossForm, check_loss
    >>> real = Interval(-np.inf, np.inf)
    >>> fourth = LossForm(real, real, lambda y, p: (p - y) ** 4, lambda y, p: 4.0 * (p - y) ** 3)
    >>> loss = Loss("fourth_power", (fourth,), ("identity",))
    >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    >>> net.gradients([[3.0]], [[5.0]], loss=loss).loss
    1.0
    >>> check_loss(loss, net.output_activation).ok
    True
    """

    outputs: Interval
    targets: Interval
    value: Callable[..., Any]
    gradient: Callable[..., Any]
    fused: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]] = field(default_factory=dict)
    latex: str = ""

    __repr__ = brief


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
    options : dict of str to float or tuple of float, default={}
        Extra arguments of the equations, in order: one number, or one per output.
    kinks : callable, optional
        ``kinks(*options)`` returns the residuals :math:`\hat y - y` where the derivative or its slope jumps.

    Examples
    --------
    >>> from pellucid.core import get_loss
    >>> get_loss("quantile", level=0.9).options
    {'level': 0.9}
    """

    name: str
    forms: tuple[LossForm, ...]
    canonical: tuple[str, ...]
    options: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)
    kinks: Callable[..., tuple[float, ...]] = _no_kinks

    __repr__ = brief

    def on(self, output_activation: Activation) -> PairedLoss:
        """Return this loss on the outputs of an activation.

        Parameters
        ----------
        output_activation : Activation
            The activation that turns scores into outputs.

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

    __repr__ = brief

    @property
    def is_fused(self) -> bool:
        """True if the pair has a stable form on the scores; one's own activation of the same name has none."""
        name = self.activation.name
        return name in self.form.fused and ACTIVATIONS.get(name) == self.activation

    def options_for(self, y: Array) -> list[Any]:
        """Return the options as the equations take them: numbers, or one per column of ``y`` in its dtype.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            Targets.

        Returns
        -------
        list of float or ndarray
            In the order of the equations' arguments.
        """
        return [np.array(o, y.dtype) if isinstance(o, tuple) else o for o in self.loss.options.values()]

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
        options = self.options_for(y)
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
        options = self.options_for(y)
        if self.is_fused:
            return np.asarray(self.form.fused[self.activation.name][1](y, z, *options))
        return self.activation.backward(z, a, self.form.gradient(y, a, *options))
