r"""Initial weights and biases: one table; every row takes a NumPy generator.

A block has :math:`n` inputs and :math:`m` outputs; :math:`s` is the scale (default: 1, or the number in
parentheses):

==================  ==========================================================================
``zeros``           all 0; the units of such a hidden layer stay equal (for lessons)
``constant``        all :math:`s` (0.1), biases too
``uniform``         :math:`U(-s, s)` (0.05)
``normal``          :math:`N(0, s^2)` (0.05)
``glorot_uniform``  variance :math:`2 s^2/(n + m)`, uniform [1]_
``glorot_normal``   the same, normal
``he_uniform``      variance :math:`2 s^2/n` [2]_
``he_normal``       the same, normal
``lecun_uniform``   variance :math:`s^2/n` [3]_
``lecun_normal``    the same, normal
``orthogonal``      orthonormal rows or columns times the activation's gain and :math:`s` [4]_
``sklearn``         scikit-learn's: :math:`U(-b, b)` for weights *and biases*,
                    :math:`b = \sqrt{6 / (n + m)}`, with 2 in place of 6 for the logistic function
==================  ==========================================================================

Biases are 0 unless stated otherwise.

References
----------
.. [1] X. Glorot and Y. Bengio (2010), Understanding the difficulty of training deep feedforward neural
   networks, AISTATS, eq. 16.
.. [2] K. He et al. (2015), Delving deep into rectifiers, arXiv:1502.01852, eq. 10.
.. [3] Y. LeCun et al. (1998), Efficient BackProp, section 4.6.
.. [4] A. Saxe et al. (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural
   networks, arXiv:1312.6120.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pellucid.core.activations import Activation
from pellucid.core.brief import brief
from pellucid.exceptions import ParameterError

__all__ = ["INITIALIZERS", "Initializer", "get_initializer"]

Array = NDArray[np.floating]
Drawn = tuple[Array, Array]
Draw = Callable[[np.random.Generator, int, int, Activation, float], Drawn]


@dataclass(frozen=True)
class Initializer:
    r"""A way to draw the weights and biases of a block.

    .. math:: \mathrm{Var}(W_{ij}) = s^2 \, c / n, \qquad n \in \{n_\text{in},\; n_\text{in} + n_\text{out},\; 1\}

    with the scale s and a constant c of the method; :data:`INITIALIZERS` lists all of them.

    Parameters
    ----------
    name : str
        Its name in ``initializer=...``.
    draw : callable
        ``draw(rng, n_in, n_out, activation, scale)`` returns weights ``(n_in, n_out)`` and biases
        ``(n_out,)`` in float64.
    scale : float, default=1.0
        The default scale.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.core import ACTIVATIONS, INITIALIZERS
    >>> W, b = INITIALIZERS["he_normal"](np.random.default_rng(0), 400, 300, ACTIVATIONS["relu"])
    >>> W.shape, round(float(W.var() * 400), 1), bool(b.any())
    ((400, 300), 2.0, False)
    """

    name: str
    draw: Draw
    scale: float = 1.0

    __repr__ = brief

    @property
    def is_constant(self) -> bool:
        """True if nothing is drawn."""
        return self.draw is _constant

    def __call__(self, rng: np.random.Generator, n_in: int, n_out: int, activation: Activation) -> Drawn:
        """Return weights of shape ``(n_in, n_out)`` and biases of shape ``(n_out,)``."""
        return self.draw(rng, n_in, n_out, activation, self.scale)


def _inputs(n_in: int, n_out: int) -> int:
    return n_in


def _inputs_and_outputs(n_in: int, n_out: int) -> int:
    return n_in + n_out


def _one(n_in: int, n_out: int) -> int:
    return 1


def _uniform(rng: np.random.Generator, width: float, shape: tuple[int, int]) -> Array:
    return rng.uniform(-width, width, shape)


def _normal(rng: np.random.Generator, width: float, shape: tuple[int, int]) -> Array:
    return rng.normal(0.0, width, shape)


@dataclass(frozen=True)
class ZeroMean:
    """Draws weights around 0, and no biases. A record in place of a closure, which ``pickle`` does not take.

    Parameters
    ----------
    sample : callable
        ``sample(rng, width, shape)`` draws the weights.
    factor : float, default=1.0
        The width is the scale times the root of this over ``fan``.
    fan : callable
        From the numbers of inputs and outputs to what the width depends on.
    """

    sample: Callable[[np.random.Generator, float, tuple[int, int]], Array]
    factor: float = 1.0
    fan: Callable[[int, int], int] = _one

    def __call__(
        self, rng: np.random.Generator, n_in: int, n_out: int, activation: Activation, scale: float
    ) -> Drawn:
        """Return weights of that width, and zeros."""
        width = scale * sqrt(self.factor / self.fan(n_in, n_out))
        return self.sample(rng, width, (n_in, n_out)), np.zeros(n_out)


def _constant(rng: np.random.Generator, n_in: int, n_out: int, activation: Activation, scale: float) -> Drawn:
    return np.full((n_in, n_out), scale), np.full(n_out, scale)


def _orthogonal(
    rng: np.random.Generator, n_in: int, n_out: int, activation: Activation, scale: float
) -> Drawn:
    tall = rng.normal(size=(max(n_in, n_out), min(n_in, n_out)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))  # makes the distribution uniform over orthogonal matrices
    return scale * activation.gain * (q if n_in >= n_out else q.T), np.zeros(n_out)


def _sklearn(rng: np.random.Generator, n_in: int, n_out: int, activation: Activation, scale: float) -> Drawn:
    bound = scale * sqrt((2.0 if activation.name == "logistic" else 6.0) / (n_in + n_out))
    return rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-bound, bound, n_out)


INITIALIZERS: dict[str, Initializer] = {
    row.name: row
    for row in (
        Initializer("zeros", _constant, 0.0),
        Initializer("constant", _constant, 0.1),
        Initializer("uniform", ZeroMean(_uniform), 0.05),
        Initializer("normal", ZeroMean(_normal), 0.05),
        Initializer("glorot_uniform", ZeroMean(_uniform, 6.0, _inputs_and_outputs)),
        Initializer("glorot_normal", ZeroMean(_normal, 2.0, _inputs_and_outputs)),
        Initializer("he_uniform", ZeroMean(_uniform, 6.0, _inputs)),
        Initializer("he_normal", ZeroMean(_normal, 2.0, _inputs)),
        Initializer("lecun_uniform", ZeroMean(_uniform, 3.0, _inputs)),
        Initializer("lecun_normal", ZeroMean(_normal, 1.0, _inputs)),
        Initializer("orthogonal", _orthogonal),
        Initializer("sklearn", _sklearn),
    )
}


def get_initializer(initializer: str | tuple[str, float] | Initializer) -> Initializer:
    """Return the initializer of that name, at its own scale or the one given.

    Parameters
    ----------
    initializer : str, (str, float) or Initializer
        A name of :data:`INITIALIZERS`, a name and a scale such as ``("uniform", 0.5)``, or an
        :class:`Initializer`.

    Returns
    -------
    Initializer
        The row, rescaled if asked.

    Raises
    ------
    ParameterError
        If it is none of these.

    Examples
    --------
    >>> get_initializer(("constant", 0.5)).scale
    0.5
    """
    if isinstance(initializer, Initializer):
        return initializer
    if isinstance(initializer, str) and initializer in INITIALIZERS:
        return INITIALIZERS[initializer]
    if isinstance(initializer, tuple | list) and len(initializer) == 2:
        name, scale = initializer
        numeric = isinstance(scale, int | float | np.number) and np.isfinite(scale)
        if (
            isinstance(name, str)
            and name in INITIALIZERS
            and numeric
            and (scale >= 0.0 or name == "constant")
        ):
            return Initializer(name, INITIALIZERS[name].draw, float(scale))
    raise ParameterError(
        f"'initializer' must be one of {sorted(INITIALIZERS)}, a pair (name, scale) with a finite scale >= 0 or a "
        f"pellucid.core.Initializer; got {initializer!r}."
    )
