r"""Activations: one table, one row per function.

A row holds the value :math:`a = \varphi(z)`, the derivative :math:`\varphi'` as a function of ``(z, a)``
(so that each equation can use whichever is cheaper and more exact), the range of values, the gain that
keeps the second moment of signals, the LaTeX of both, and the points where the derivative or its slope
jumps. The element-wise functions are written in the language of :mod:`pellucid.core.elementary`.

To add one: write its two functions and its row. Tests, documentation, command-line choices and
estimator options follow from the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.core.elementary import (
    absolute,
    erf,
    exp,
    expm1,
    heaviside,
    log1p,
    maximum,
    minimum,
    tanh,
    where,
)
from pellucid.core.intervals import NON_NEGATIVE, POSITIVE, REAL, SIMPLEX, UNIT, UNIT_CLOSED, Interval
from pellucid.exceptions import ParameterError

__all__ = ["ACTIVATIONS", "Activation", "get_activation"]

Array = NDArray[np.floating]

LEAKY_SLOPE = 0.01
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
INV_SQRT_2 = 0.7071067811865476
INV_SQRT_2_PI = 0.3989422804014327


@dataclass(frozen=True)
class Activation:
    r"""An activation :math:`a = \varphi(z)` with its derivative.

    Parameters
    ----------
    name : str
        Its name in ``activation=...``; a model file stores this name.
    value : callable
        ``value(z)``, element-wise, keeping the dtype. For the rare function of a whole row, such as
        softmax, ``z`` has shape ``(n_samples, n_outputs)`` and ``pullback`` must be given.
    derivative : callable or None
        ``derivative(z, a)``, element-wise, with ``a = value(z)``.
    range : Interval, default=REAL
        The values that it takes; decides which losses fit.
    gain : float, default=1.0
        :math:`1 / \sqrt{\mathrm{E}[\varphi(Z)^2]}` for a standard normal :math:`Z`: weights of variance
        ``gain**2 / n_in`` keep the second moment of signals.
    kinks : tuple of float, default=()
        The inputs at which the derivative or its slope jumps; the gradient check steps around these points.
    latex, latex_derivative : str
        The equations.
    pullback : callable, optional
        ``pullback(z, a, upstream)``, the product of ``upstream`` with the Jacobian, in place of
        ``derivative``.

    Examples
    --------
    An activation of one's own:

    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Activation
    >>> square = Activation("square", lambda z: z * z, lambda z, a: 2.0 * z)
    >>> Network([2, 3, 1], activation=square, random_state=0).predict(np.ones((1, 2))).shape
    (1, 1)
    """

    name: str
    value: Callable[[Any], Any]
    derivative: Callable[[Any, Any], Any] | None
    range: Interval = REAL
    gain: float = 1.0
    kinks: tuple[float, ...] = ()
    latex: str = ""
    latex_derivative: str = ""
    pullback: Callable[[Any, Any, Any], Any] | None = None

    __repr__ = brief

    def backward(self, z: Array, a: Array, upstream: Array) -> Array:
        r"""Return :math:`\partial J/\partial z`.

        Parameters
        ----------
        z, a : ndarray
            Signal and activation, of the same shape.
        upstream : ndarray
            :math:`\partial J/\partial a`.

        Returns
        -------
        ndarray
            Of the shape of ``z``.
        """
        if self.pullback is not None:
            return np.asarray(self.pullback(z, a, upstream))
        assert self.derivative is not None
        return np.asarray(upstream * self.derivative(z, a))

    def sides(self, z: Array) -> Array:
        """Return on which side of each kink numbers lie.

        Parameters
        ----------
        z : ndarray
            Signals.

        Returns
        -------
        ndarray
            -1, 0 or 1 for each signal and kink, in the shape of ``z`` with one more axis.

        Examples
        --------
        >>> import numpy as np
        >>> from pellucid.core import ACTIVATIONS
        >>> ACTIVATIONS["relu"].sides(np.array([-2.0, 0.0, 0.5]))[:, 0]
        array([-1.,  0.,  1.])
        """
        return np.asarray(np.sign(z[..., None] - np.array(self.kinks)))

    @property
    def is_flat(self) -> bool:
        """True if the derivative is zero everywhere, so the layers below it cannot learn."""
        return self.derivative is _zero


def _one(z, a):
    return heaviside(absolute(z), 1.0)


def _zero(z, a):
    return heaviside(-absolute(z), 0.0)


def identity(z):
    return z


def step(z):
    return heaviside(z, 1.0)


def sign(z):
    return 2.0 * heaviside(z, 1.0) - 1.0


def logistic(z):
    e = exp(-absolute(z))
    return where(z >= 0.0, 1.0, e) / (1.0 + e)


def logistic_derivative(z, a):
    return a * (1.0 - a)


def tanh_value(z):
    return tanh(z)


def tanh_derivative(z, a):
    return 1.0 - a * a


def relu(z):
    return maximum(z, 0.0)


def relu_derivative(z, a):
    return heaviside(z, 0.0)


def leaky_relu(z):
    return where(z > 0.0, z, LEAKY_SLOPE * z)


def leaky_relu_derivative(z, a):
    return LEAKY_SLOPE + (1.0 - LEAKY_SLOPE) * heaviside(z, 0.0)


def elu(z):
    return where(z > 0.0, z, expm1(minimum(z, 0.0)))


def elu_derivative(z, a):
    return exp(minimum(z, 0.0))


def selu(z):
    return SELU_SCALE * where(z > 0.0, z, SELU_ALPHA * expm1(minimum(z, 0.0)))


def selu_derivative(z, a):
    return SELU_SCALE * where(z > 0.0, 1.0, SELU_ALPHA * exp(minimum(z, 0.0)))


def gelu(z):
    return 0.5 * z * (1.0 + erf(INV_SQRT_2 * z))


def gelu_derivative(z, a):
    return 0.5 * (1.0 + erf(INV_SQRT_2 * z)) + INV_SQRT_2_PI * z * exp(-0.5 * z * z)


def silu(z):
    return z * logistic(z)


def silu_derivative(z, a):
    s = logistic(z)
    return s + a * (1.0 - s)


def softplus(z):
    return maximum(z, 0.0) + log1p(exp(-absolute(z)))


def softplus_derivative(z, a):
    return logistic(z)


def mish(z):
    # tanh(ln(1 + e)) = ((1 + e)² - 1) / ((1 + e)² + 1) with e = exp(z): one exponential in place of three
    # functions; from z = 20 on it is 1 to the last bit.
    e = exp(minimum(z, 20.0))
    n = e * (e + 2.0)
    return z * (n / (n + 2.0))


def mish_derivative(z, a):
    x = minimum(z, 20.0)
    e = exp(x)
    n = e * (e + 2.0)
    return (n + 4.0 * x * (e * (e + 1.0)) / (n + 2.0)) / (n + 2.0)


def exponential(z):
    return exp(z)


def exponential_derivative(z, a):
    return a


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asanyarray(e / e.sum(axis=-1, keepdims=True))


def softmax_pullback(z: Array, a: Array, upstream: Array) -> Array:
    return np.asarray(a * (upstream - (a * upstream).sum(axis=-1, keepdims=True)))


ACTIVATIONS: dict[str, Activation] = {
    row.name: row
    for row in (
        Activation("identity", identity, _one, REAL, 1.0, (), "z", "1"),
        Activation("step", step, _zero, UNIT_CLOSED, 1.4142135623730951, (0.0,), r"\mathbb{1}[z \ge 0]", "0"),
        Activation("sign", sign, _zero, Interval(-1.0, 1.0, "both"), 1.0, (0.0,), r"\mathrm{sign}(z)", "0"),
        Activation("logistic", logistic, logistic_derivative, UNIT, 1.8462285453386054, (),
                   r"\frac{1}{1 + e^{-z}}", "a(1 - a)"),
        Activation("tanh", tanh_value, tanh_derivative, Interval(-1.0, 1.0), 1.5925374197228312, (),
                   r"\tanh z", "1 - a^2"),
        Activation("relu", relu, relu_derivative, NON_NEGATIVE, 1.4142135623730951, (0.0,),
                   r"\max(z, 0)", r"\mathbb{1}[z > 0]"),
        Activation("leaky_relu", leaky_relu, leaky_relu_derivative, REAL, 1.4141428569978354, (0.0,),
                   r"\max(z, 0) + 0.01 \min(z, 0)", r"1 \text{ if } z > 0 \text{ else } 0.01"),
        Activation("elu", elu, elu_derivative, Interval(-1.0, inf), 1.2451983007007066, (0.0,),
                   r"z \text{ if } z > 0 \text{ else } e^z - 1", r"\min(1, e^z)"),
        Activation("selu", selu, selu_derivative, Interval(-SELU_SCALE * SELU_ALPHA, inf), 1.0, (0.0,),
                   r"\lambda (z \text{ if } z > 0 \text{ else } \alpha (e^z - 1))",
                   r"\lambda (1 \text{ if } z > 0 \text{ else } \alpha e^z)"),
        Activation("gelu", gelu, gelu_derivative, Interval(-0.17, inf), 1.5335304411955353, (),
                   r"z\,\Phi(z)", r"\Phi(z) + z\,\phi(z)"),
        Activation("silu", silu, silu_derivative, Interval(-0.2785, inf), 1.6765324703310909, (),
                   r"z\,\sigma(z)", r"\sigma(z) + a (1 - \sigma(z))"),
        Activation("softplus", softplus, softplus_derivative, POSITIVE, 1.0418668355353016, (),
                   r"\ln(1 + e^z)", r"\sigma(z)"),
        Activation("mish", mish, mish_derivative, Interval(-0.309, inf), 1.486847581273208, (),
                   r"z \tanh(\ln(1 + e^z))", r"t + z (1 - t^2) \sigma(z),\; t = \tanh(\ln(1 + e^z))"),
        Activation("exp", exponential, exponential_derivative, POSITIVE, 0.36787944117144233, (), "e^z", "a"),
        Activation("softmax", softmax, None, SIMPLEX, 1.0, (), r"e^{z_j} / \sum_k e^{z_k}",
                   r"a_j (\delta_{jk} - a_k)", softmax_pullback),
    )
}  # fmt: skip


def get_activation(activation: str | Activation, parameter: str = "activation") -> Activation:
    """Return the activation of that name, or the one given.

    Parameters
    ----------
    activation : str or Activation
        A name of :data:`ACTIVATIONS` or an :class:`Activation`.
    parameter : str, default="activation"
        The name of the option, for the error message.

    Returns
    -------
    Activation
        The table's row, or ``activation`` itself.

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> get_activation("tanh").latex_derivative
    '1 - a^2'
    """
    if isinstance(activation, Activation):
        return activation
    if isinstance(activation, str) and activation in ACTIVATIONS:
        return ACTIVATIONS[activation]
    raise ParameterError(
        f"{parameter!r} must be one of {sorted(ACTIVATIONS)} or a pellucid.core.Activation; got {activation!r}."
    )
