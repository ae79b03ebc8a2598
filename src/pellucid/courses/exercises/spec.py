"""Options of an exercise, checked; its numbers are drawn later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pellucid.courses.exercises.backpropagation import Setting
from pellucid.courses.exercises.by_hand import get_activation, get_loss
from pellucid.exceptions import ParameterError
from pellucid.explain.notation import Notation
from pellucid.explain.profiles import get_notation

__all__ = ["Spec", "check_between", "check_sizes"]

MOST_UNITS, MOST_LAYERS = 6, 8  # what a page can hold and a student can calculate


@dataclass(frozen=True)
class Spec:
    """Options of an exercise.

    Parameters
    ----------
    kind : str
        A key of :data:`~pellucid.courses.exercises.KINDS`.
    sizes : tuple of int
        Units of every layer, inputs first.
    activation : str
        Activation of the hidden units.
    output_activation : str
        Activation of the outputs.
    loss : str
        ``"squared_error"`` or ``"log_loss"``.
    notation : str
        A key of :data:`pellucid.explain.NOTATIONS`.
    digits : int
        The decimals that the sheet asks for.
    n_samples : int
        Number of samples.
    learning_rate : float
        Learning rate of the step.
    has_biases : bool
        False for a network without biases.
    """

    kind: str
    sizes: tuple[int, ...]
    activation: str
    output_activation: str
    loss: str
    notation: str
    digits: int
    n_samples: int
    learning_rate: float
    has_biases: bool

    def __post_init__(self) -> None:
        check_sizes(self.sizes)
        get_activation(self.activation)
        get_activation(self.output_activation, "output_activation")
        object.__setattr__(self, "loss", get_loss(self.loss, self.output_activation))
        get_notation(self.notation)
        check_between("digits", self.digits, 0, 8)
        check_between("n_samples", self.n_samples, 1, 4)
        rate = self.learning_rate
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0.0 < rate <= 1000.0:
            raise ParameterError(f"'learning_rate' must be a number above 0 and up to 1000; got {rate!r}.")
        if not isinstance(self.has_biases, bool):
            raise ParameterError(f"'has_biases' must be True or False; got {self.has_biases!r}.")
        if self.output_activation == "softmax" and self.sizes[-1] < 2:
            raise ParameterError(
                "output_activation='softmax' needs two output units or more; got 1. Use 'logistic' for one."
            )

    @property
    def profile(self) -> Notation:
        """The notation."""
        return get_notation(self.notation)

    @property
    def setting(self) -> Setting:
        """The network for the steps of the calculation."""
        hidden = [self.activation] * (len(self.sizes) - 2)
        phis = tuple(get_activation(name, "output_activation") for name in [*hidden, self.output_activation])
        factor = self.profile.squared_error if self.loss == "squared_error" else 1.0
        return Setting(
            self.sizes, phis, self.loss, factor, self.n_samples, self.learning_rate, self.has_biases
        )

    @property
    def network(self) -> str:
        """The sizes in words, such as ``"2-3-1"``."""
        return "-".join(map(str, self.sizes))


def check_sizes(sizes: Any) -> None:
    """Refuse sizes that no sheet can hold."""
    whole = isinstance(sizes, tuple) and all(
        isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= MOST_UNITS for n in sizes
    )
    if not (whole and 2 <= len(sizes) <= MOST_LAYERS):
        raise ParameterError(
            f"'sizes' must be 2 to {MOST_LAYERS} numbers of units from 1 to {MOST_UNITS}, inputs first, such as "
            f"(2, 3, 1) or '2-3-1'; got {sizes!r}."
        )


def check_between(name: str, value: Any, low: int, high: int) -> None:
    """Refuse anything but an integer in a closed range."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ParameterError(f"'{name}' must be an integer from {low} to {high}; got {value!r}.")
