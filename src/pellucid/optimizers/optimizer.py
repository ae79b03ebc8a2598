"""Optimizers as data: an element-wise update with some memory, of arrays rather than networks.

The update of one parameter is a plain function in the language of :mod:`pellucid.core.elementary`:
``update(g, *slots, *scalars)`` returns the change of the parameter and the new slots. What depends on
the step alone (rates, bias corrections) is computed once per step by ``scalars``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.exceptions import ParameterError

__all__ = ["Optimizer"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Optimizer:
    r"""A method of updating parameters by their gradient.

    .. math:: \theta \leftarrow \theta + u(g, m), \qquad m \leftarrow m'(g, m)

    with parameters θ, gradient g and memory m; :data:`OPTIMIZERS` lists the updates u.

    Parameters
    ----------
    name : str
        Its name in ``solver=...``.
    update : callable or None
        ``update(g, *slots, *scalars)`` returns ``(change, *slots)``, element-wise.
    scalars : callable or None
        ``scalars(learning_rate, step, **options)`` with ``step`` counted from 1 returns a tuple of floats.
    slots : tuple of str, default=()
        The names of the arrays that it keeps per parameter, all 0 at the start.
    options : dict of str to float, default={}
        Its hyper-parameters with their defaults.
    weight_decay : float, default=0.0
        The default of the decoupled weight decay.
    minimize : callable, optional
        For a method that works on the whole objective at once, instead of ``update``.
    squares : tuple of str, default=()
        The slots that hold sums or means of squares, which are never negative.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.optimizers import OPTIMIZERS
    >>> sgd = OPTIMIZERS["sgd"]
    >>> w, memory = np.array([1.0, 2.0]), OPTIMIZERS["sgd"].start(2)
    >>> sgd.apply(w, np.array([1.0, -1.0]), memory, learning_rate=0.1, step=1)
    >>> w
    array([0.9, 2.1])
    """

    name: str
    update: Callable[..., tuple[Any, ...]] | None
    scalars: Callable[..., tuple[float, ...]] | None
    slots: tuple[str, ...] = ()
    options: Mapping[str, float] = field(default_factory=dict)
    weight_decay: float = 0.0
    minimize: Callable[..., Any] | None = None
    squares: tuple[str, ...] = ()

    __repr__ = brief

    @property
    def is_stepwise(self) -> bool:
        """True if the method works batch by batch."""
        return self.update is not None

    def accepts(self, memory: Array) -> bool:
        """Return whether updates could have produced a given memory.

        Parameters
        ----------
        memory : ndarray of shape (n_slots, n_parameters)
            The slots.

        Returns
        -------
        bool
            True if sums of squares are not negative.
        """
        return all(bool((memory[self.slots.index(name)] >= 0.0).all()) for name in self.squares)

    def start(self, n_parameters: int, dtype: Any = np.float64) -> Array:
        """Return the memory before the first step.

        Parameters
        ----------
        n_parameters : int
            The length of the flat vector.
        dtype : dtype, default=float64
            Its precision.

        Returns
        -------
        ndarray of shape (n_slots, n_parameters)
            Zeros.
        """
        return np.zeros((len(self.slots), n_parameters), dtype)

    def resolve(self, options: Mapping[str, float]) -> dict[str, float]:
        """Return all hyper-parameters, those given over the defaults.

        Parameters
        ----------
        options : dict of str to float
            Those given.

        Returns
        -------
        dict of str to float
            All of them.

        Raises
        ------
        ParameterError
            If there is no such hyper-parameter.
        """
        unknown = sorted(set(options) - set(self.options))
        if unknown:
            raise ParameterError(
                f"optimizer {self.name!r} has the options {sorted(self.options)}; got {unknown}."
            )
        return {**self.options, **options}

    def apply(
        self,
        parameters: Array,
        gradient: Array,
        memory: Array,
        *,
        learning_rate: float,
        step: int,
        **options: float,
    ) -> None:
        """Update ``parameters`` and ``memory`` in place by one step.

        Parameters
        ----------
        parameters, gradient : ndarray of shape (n_parameters,)
            The flat vectors.
        memory : ndarray of shape (n_slots, n_parameters)
            The slots.
        learning_rate : float
            The rate of this step.
        step : int
            The number of this step, from 1.
        **options : float
            Hyper-parameters other than the defaults.
        """
        assert self.update is not None
        assert self.scalars is not None
        scalars = self.scalars(learning_rate, step, **self.resolve(options))
        change, *slots = self.update(gradient, *memory, *scalars)
        for slot, value in zip(memory, slots, strict=True):
            slot[...] = value
        parameters += change
