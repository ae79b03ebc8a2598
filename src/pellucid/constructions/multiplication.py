r"""Multiplication by neurons: 2ⁿ hidden units of one smooth activation multiply n numbers.

.. math:: m(u) = \mu \sum_{s \in \{-1, 1\}^n} \Big(\prod_i s_i\Big)\, \sigma(b + \lambda\, s^\top u)
          \;\approx\; \prod_i u_i, \qquad \mu = \frac{1}{2^n\, \sigma^{(n)}(b)\, \lambda^n}

In the Taylor series of the bracket all terms below order n cancel, the term of order n is
:math:`2^n \sigma^{(n)}(b) \lambda^n \prod u_i`, and order n + 1 cancels too. For n = 2 this is the
continuous multiplication gate :math:`\mu\{\sigma[\lambda(u{+}v)] + \sigma[-\lambda(u{+}v)]
- \sigma[\lambda(u{-}v)] - \sigma[\lambda(v{-}u)]\}` with :math:`\mu = 1/(4\sigma''(b)\lambda^2)`, and
with b added inside each unit: at b = 0 the logistic function and tanh have :math:`\sigma'' = 0`, so that
the bracket is 0 for all u and v. For n = 1 it is a wire that carries a number through a layer.

References
----------
H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
Statistical Physics 168, 1223-1247.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from pellucid.constructions.curvature import largest_derivative_at, nth_derivative
from pellucid.constructions.product_gates import ProductGate, expected_error
from pellucid.core.activations import Activation, get_activation
from pellucid.core.checks import as_precision, is_whole
from pellucid.core.network import Network
from pellucid.exceptions import ParameterError

__all__ = ["multiplication_gate", "product_gate", "square_network"]

MOST_FACTORS = 6


def product_gate(
    activation: str | Activation,
    n_factors: int = 2,
    *,
    bias: float | None = None,
    scale: float | None = None,
    dtype: DTypeLike = np.float64,
) -> ProductGate:
    r"""Return the bias, the weights and the error law of one layer that multiplies n numbers.

    Parameters
    ----------
    activation : str or Activation
        A smooth element-wise activation, from the table or your own.
    n_factors : int, default=2
        The number of factors, from 1 (a wire) to 6; the layer has 2ⁿ units.
    bias : float, optional
        The bias b; default: where :math:`|\sigma^{(n)}|` is largest.
    scale : float, optional
        The size λ of the weights into the units; default: the best for ``dtype`` by the error law.
    dtype : dtype, default=float64
        The precision of the network.

    Returns
    -------
    ProductGate
        The gate; its ``network`` runs it.

    Raises
    ------
    ParameterError
        If :math:`\sigma^{(n)}(b) = 0`, so that μ would be infinite; if the activation has a kink within
        reach or no curvature at all; or if an option is not accepted.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    >>> gate = product_gate("logistic", scale=0.1)
    >>> round(gate.bias, 5), round(gate.curvature, 5), round(gate.mu, 2)
    (1.31696, -0.09623, -259.81)
    >>> gate.network
    Network([2, 4, 1], activation='logistic', output_activation='identity'), 17 parameters
    """
    sigma, precision = get_activation(activation), as_precision(dtype)
    n = _as_count(n_factors)
    _refuse_without_curvature(sigma, n)
    b = largest_derivative_at(sigma, n) if bias is None else _as_float("bias", bias)
    if any(abs(b - kink) < 0.5 for kink in sigma.kinks):
        raise ParameterError(
            f"bias={b:g} is too near to a kink of activation={sigma.name!r}, at {sigma.kinks[0]:g}: stay at "
            f"least 0.5 away, or leave bias=None for {largest_derivative_at(sigma, n):g}."
        )
    curvature = nth_derivative(sigma, n, b)
    if curvature == 0.0:
        raise ParameterError(
            f"bias={b:g} makes μ = 1/({2**n} σ{_order(n)}(b) λ{_power(n)}) infinite: the derivative "
            f"of order {n} of {sigma.name!r} is 0 there, and so is the gate, whatever it multiplies. "
            f"Leave bias=None for b = {largest_derivative_at(sigma, n):.5f}, where that derivative is largest."
        )
    if scale is None:
        candidates = np.geomspace(1.0, 1e-8, 321)
        size = float(candidates[expected_error(sigma, n, b, candidates, precision).argmin()])
    else:
        size = _as_float("scale", scale)
    if size <= 0.0:
        raise ParameterError(f"'scale' must be a number > 0; got {scale!r}.")
    if not abs(2.0**n * curvature) * size**n > np.finfo(np.float64).tiny:
        raise ParameterError(
            f"scale={size:g} makes μ = 1/({2**n} σ{_order(n)}(b) λ{_power(n)}) infinite: λ{_power(n)} is too "
            "small for a float. Use a larger one, or leave scale=None for the best."
        )
    if any(abs(b - kink) < n * size for kink in sigma.kinks):
        raise ParameterError(
            f"scale={size:g} lets the units reach a kink of activation={sigma.name!r}, {n} × {size:g} away from "
            f"b = {b:g}: use a smaller one."
        )
    return ProductGate(sigma, n, b, size, curvature, precision)


def multiplication_gate(
    activation: str | Activation,
    *,
    bias: float | None = None,
    scale: float | None = None,
    dtype: DTypeLike = np.float64,
) -> Network:
    r"""Return the network [2, 4, 1] that multiplies two numbers from [−1, 1].

    .. math:: m(u, v) = \mu\{\sigma[b + \lambda(u{+}v)] + \sigma[b - \lambda(u{+}v)]
              - \sigma[b + \lambda(u{-}v)] - \sigma[b - \lambda(u{-}v)]\}

    Parameters
    ----------
    activation : str or Activation
        A smooth element-wise activation, from the table or your own.
    bias : float, optional
        The bias b; default: where :math:`|\sigma''|` is largest.
    scale : float, optional
        The size λ of the weights into the units; default: the best for ``dtype``.
    dtype : dtype, default=float64
        The precision of the network. In float32 the error is 7e-4 at best, for the logistic function.

    Returns
    -------
    Network
        The gate.

    Raises
    ------
    ParameterError
        If :math:`\sigma''(b) = 0`, so that :math:`\mu = 1/(4 \sigma''(b) \lambda^2)` would be infinite, as
        it is for the logistic function and tanh at b = 0; or if the activation has no curvature, as ReLU.

    See Also
    --------
    product_gate : The numbers b, λ and μ, and any number of factors.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    >>> gate = multiplication_gate("tanh")
    >>> round(float(gate.predict([[0.5, -0.3]])[0, 0]), 6)
    -0.15
    """
    return product_gate(activation, 2, bias=bias, scale=scale, dtype=dtype).network


def square_network(
    activation: str | Activation,
    *,
    factor: float = 1.0,
    bias: float | None = None,
    scale: float | None = None,
    dtype: DTypeLike = np.float64,
) -> Network:
    r"""Return the network [1, 2, 1] that squares a number from [−1, 1].

    .. math:: c\,x^2 \approx \frac{c}{\sigma''(b)\,\lambda^2}
              \{\sigma(b + \lambda x) + \sigma(b - \lambda x) - 2 \sigma(b)\}

    It is the multiplication gate with both factors equal: two of its units are then constant.

    Parameters
    ----------
    activation : str or Activation
        A smooth element-wise activation, from the table or your own.
    factor : float, default=1.0
        The number c.
    bias, scale : float, optional
        The bias b and the scale λ; default as for the gate.
    dtype : dtype, default=float64
        The precision of the network.

    Returns
    -------
    Network
        The square, times ``factor``.

    Raises
    ------
    ParameterError
        As :func:`product_gate` does.

    References
    ----------
    H. Lin, M. Tegmark and D. Rolnick (2017), Why does deep and cheap learning work so well?, Journal of
    Statistical Physics 168, 1223-1247.

    Examples
    --------
    Distance in meters that a stone falls in 0.5 s:

    >>> round(float(square_network("logistic", factor=9.81 / 2).predict([[0.5]])[0, 0]), 3)
    1.226
    """
    gate = product_gate(activation, 2, bias=bias, scale=scale, dtype=dtype)
    weight = _as_float("factor", factor) / (gate.curvature * gate.scale**2)
    level = float(gate.activation.value(np.float64(gate.bias)))
    return Network(
        [1, 2, 1],
        activation=gate.activation,
        weights=[[[gate.scale, -gate.scale]], [[weight], [weight]]],
        biases=[[gate.bias, gate.bias], [-2.0 * level * weight]],
        dtype=gate.dtype,
    )


def _refuse_without_curvature(sigma: Activation, n: int) -> None:
    if sigma.pullback is not None:
        raise ParameterError(
            f"activation={sigma.name!r} mixes the outputs of a layer; a gate needs an element-wise one."
        )
    if n >= 2 and sigma.name in ("relu", "leaky_relu"):
        raise ParameterError(
            f"activation={sigma.name!r} cannot multiply: it is straight on both sides of its kink. With b = 0 the "
            "bracket of the four units is proportional to 2 λ sign(uv) min(|u|, |v|), not to u v. Use a smooth "
            "one: 'logistic', 'tanh', 'softplus' or 'exp'."
        )


def _as_count(n_factors: object) -> int:
    if is_whole(n_factors, 1, MOST_FACTORS):
        return int(n_factors)
    raise ParameterError(
        f"'n_factors' must be an integer from 1 to {MOST_FACTORS}, since one layer takes 2ⁿ units and its "
        f"error grows with n; got {n_factors!r}. For more factors, product_network builds a tree of gates."
    )


def _as_float(name: str, value: object) -> float:
    if isinstance(value, int | float | np.number) and np.isfinite(float(value)):
        return float(value)
    raise ParameterError(f"{name!r} must be a finite number or None; got {value!r}.")


def _order(n: int) -> str:
    return "′" * n if n <= 3 else f"⁽{_power(n)}⁾"


def _power(n: int) -> str:
    return "" if n == 1 else "⁰¹²³⁴⁵⁶"[n]
