"""What a kind of layer declares, and what it is handed when it runs.

A layer is a small frozen record. It owns no numbers: its parameters are named views into the network's
flat vector, its running statistics named views into the network's state. ``forward`` returns the value
and what ``backward`` will need; ``gradient`` writes the derivatives of the parameters; ``backward``
returns the derivative of the input.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["InputLayer", "Layer", "ParameterSpec", "Run", "StateSpec"]

Array = NDArray[np.floating]
Views = Mapping[str, Array]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Any]


@dataclass(frozen=True)
class ParameterSpec:
    """One array of trainable numbers of a layer.

    Parameters
    ----------
    name : str
        The key under which the layer finds its view.
    shape : tuple of int
        Its shape.
    penalized : bool, default=False
        Whether L1, L2 and weight decay act on it.
    start : float or callable, default=0.0
        Its first value, where no initializer draws it: one number, or ``start(rng, shape)``.
    group : str, default="other"
        The learning-rate group: ``"weights"``, ``"biases"``, ``"scale"``, ``"embedding"``, ``"categories"``,
        ``"slope"``, ``"adapters"`` or ``"other"``. Training may give each group a factor on its rate.
    rate : float, default=1.0
        A factor on the learning rate that belongs to the array itself, such as that of a parametrization.
    """

    name: str
    shape: tuple[int, ...]
    penalized: bool = False
    start: float | Draw = 0.0
    group: str = "other"
    rate: float = 1.0

    def first_values(self, rng: np.random.Generator) -> Any:
        """Return what the array holds before training, drawn from ``rng`` where ``start`` is a callable."""
        return self.start(rng, self.shape) if callable(self.start) else self.start


@dataclass(frozen=True)
class StateSpec:
    """One array of running statistics of a layer: kept beside the parameters, never trained.

    Parameters
    ----------
    name : str
        The key under which the layer finds its view.
    shape : tuple of int
        Its shape.
    start : float
        Its first value.
    """

    name: str
    shape: tuple[int, ...]
    start: float


@dataclass
class Run:
    """The circumstances of one pass through a network.

    Parameters
    ----------
    training : bool
        Whether dropout drops and batch normalization uses the batch.
    values : list of ndarray
        The network's input, then the output of every layer so far.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the rows, for batch statistics.
    rng : numpy.random.Generator, optional
        Where dropout draws from.
    share : float, default=1.0
        The weight of the batch over that of a full one; running statistics move by it.
    dropout : float, default=1.0
        A factor on the rates of dropout, as a schedule gives it.
    pending : dict of int to ndarray
        Derivatives that a skip connection has brought to an earlier value.
    """

    training: bool
    values: list[Any]
    sample_weight: Array | None = None
    rng: np.random.Generator | None = None
    share: float = 1.0
    dropout: float = 1.0
    pending: dict[int, Array] = field(default_factory=dict)


class Layer(Protocol):
    """What every kind of layer offers."""

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the trainable arrays, in the order of the flat vector."""
        ...

    def state(self) -> tuple[StateSpec, ...]:
        """Declare the running statistics."""
        ...

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Return the output for input ``x``, and what ``gradient`` and ``backward`` need."""
        ...

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        """Write the derivatives of the parameters into ``g``, given that of the output."""
        ...

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        """Return the derivative of the input, given that of the output."""
        ...


class InputLayer(Layer, Protocol):
    """A layer that may stand before the first block, and says how wide its input and output are."""

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        ...

    @property
    def n_out(self) -> int:
        """The number of outputs."""
        ...


class Parameterless:
    """The declarations of a layer that has nothing to learn."""

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare no parameters."""
        return ()

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        """Write nothing."""


class Stateless:
    """The declaration of a layer without running statistics."""

    def state(self) -> tuple[StateSpec, ...]:
        """Declare no state."""
        return ()
