"""A layer number by number: named quantities, each with its equation and the terms that it is made of.

``forward``, ``gradient`` and ``backward`` of a layer are written for whole arrays. A trace shows what lies between
input and output, too, writes it in the letters of a course, tells of each number where it comes from, and rounds
as on paper. A kind of layer that :mod:`pellucid.explain` shows returns its textbook form, a :class:`Worked`,
from ``worked()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MINUS", "TWO_PI", "Factor", "Names", "Origin", "Quantity", "Shown", "Worked", "both_ways"]

Array = NDArray[Any]
Values = Mapping[str, Array]
Index = tuple[int, ...]


@dataclass(frozen=True)
class Names:
    """Names of what surrounds a layer.

    Parameters
    ----------
    inputs : tuple of str
        A name for each input.
    categories : tuple of tuple of str, default=()
        For each column of codes the name of each code; empty if there are none.
    """

    inputs: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Factor:
    """A number in a product, and what it is.

    Parameters
    ----------
    word : str
        Its name, such as ``"frequency"``.
    value : float
        The number.
    input : int, optional
        The position of the input that it is.
    is_bare : bool, default=False
        True if the word alone says which number it is, such as ``"2π"``.
    is_derivative : bool, default=False
        True for a derivative of the objective, which a notation may scale.
    less : Factor, optional
        The factor that is subtracted, if this one is a difference.
    """

    word: str
    value: float
    input: int | None = None
    is_bare: bool = False
    is_derivative: bool = False
    less: Factor | None = None

    @property
    def number(self) -> float:
        """The value, less what is subtracted."""
        return self.value if self.less is None else self.value - self.less.value


TWO_PI = Factor("2π", 2.0 * np.pi, is_bare=True)
MINUS = Factor("−1", -1.0, is_bare=True)


@dataclass(frozen=True)
class Origin:
    """The calculation of a number: a sum of products, perhaps times factors in common, perhaps a function of it.

    .. code-block:: text

        common × (factor × factor + factor × … + …)

    Parameters
    ----------
    terms : tuple of tuple of Factor
        The products.
    common : tuple of Factor, default=()
        The factors before the sum.
    function : str, default=""
        The name of the function that is applied to the sum, such as ``"cosine"``.
    samples : tuple of int, optional
        For a sum over samples, the sample of each term.
    nothing : str, default=""
        Why there is no term, in words.
    """

    terms: tuple[tuple[Factor, ...], ...]
    common: tuple[Factor, ...] = ()
    function: str = ""
    samples: tuple[int, ...] | None = None
    nothing: str = ""


@dataclass(frozen=True)
class Quantity:
    r"""One array of a layer's calculation.

    Equations and letters are written for :mod:`pellucid.explain.equations`, with ``$`` before the name of a
    parameter or another symbol, ``x`` or ``y``, whose letter stands there. ``$J`` is the letter of the loss,
    ``$S`` the sum over samples.

    Parameters
    ----------
    name : str
        ``"y"`` for the output, ``"to_x"`` for the derivative of the input, ``"to_"`` and a parameter's name for
        its gradient; any other for what lies between.
    letter, caption, equation : str
        Its symbol, a word or two on it, and its equation; an empty equation is not shown.
    axes : tuple of str
        The names of its axes.
    value : callable
        From the values so far to the array.
    origin : callable
        ``origin(values, index, names)``: what one number of it is made of.
    """

    name: str
    letter: str
    caption: str
    equation: str
    axes: tuple[str, ...]
    value: Callable[[Values], Array]
    origin: Callable[[Values, Index, Names], Origin]


@dataclass(frozen=True)
class Shown:
    """A parameter of a layer as a trace shows it.

    Parameters
    ----------
    letter, caption, word : str
        Its symbol, a word or two on the array, and one for an entry.
    axes : tuple of str
        The names of its axes.
    used : callable, optional
        From the values to the places along its first axis that these samples use; all if it is not given.
    """

    letter: str
    caption: str
    word: str
    axes: tuple[str, ...]
    used: Callable[[Values], NDArray[np.intp]] | None = None


@dataclass(frozen=True)
class Worked:
    """A layer's calculation number by number.

    Values are named: ``x`` the input, ``y`` the output, ``to_y`` and ``to_x`` the derivatives of the objective
    with respect to them; parameters by their names, their gradients with ``to_`` before them.

    Parameters
    ----------
    parameters : dict of str to Shown
        By name, as the layer declares them.
    forward : tuple of Quantity
        In order; ``y`` is the last.
    backward : tuple of Quantity
        In order; the gradient of every parameter, and ``to_x`` the last.
    labels : callable
        ``labels(axis, names)``: the names along an axis, such as ``"output"`` for the outputs.
    remarks : tuple of str, default=()
        Sentences on the way forward.
    remarks_back : tuple of str, default=()
        Sentences on the way back.
    symbols : dict of str to str, default={}
        Further letters of the equations, such as those of a code, an angle, a factor, by the names that stand
        after ``$`` in them.
    """

    parameters: Mapping[str, Shown]
    forward: tuple[Quantity, ...]
    backward: tuple[Quantity, ...]
    labels: Callable[[str, Names], tuple[str, ...]]
    remarks: tuple[str, ...] = ()
    remarks_back: tuple[str, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, Quantity] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        quantities = {quantity.name: quantity for quantity in (*self.forward, *self.backward)}
        object.__setattr__(self, "by_name", quantities)


def both_ways(
    worked: Worked, given: Values, *, rounded: Callable[[Array], Array] = np.asarray
) -> dict[str, Array]:
    """Return every value of a layer's calculation; the way back if ``to_y`` is given.

    Parameters
    ----------
    worked : Worked
        The calculation.
    given : dict of str to ndarray
        ``x``, the parameters, and perhaps ``to_y``. A quantity that is given is taken as it is.
    rounded : callable, default=numpy.asarray
        Applied to each result before it is used.

    Returns
    -------
    dict of str to ndarray
        By name.
    """
    values = dict(given)
    quantities = (*worked.forward, *worked.backward) if "to_y" in given else worked.forward
    for quantity in quantities:
        if quantity.name not in values:
            values[quantity.name] = rounded(quantity.value(values))
    return values
