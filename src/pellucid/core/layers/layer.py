"""Declaration of a kind of layer, and the arguments passed to it when it runs.

A layer is a small frozen record. It owns no numbers: its parameters are named views into the network's
flat vector, its running statistics named views into the network's state. ``forward`` returns the value
and what ``backward`` will need; ``gradient`` writes the derivatives of the parameters; ``backward``
returns the derivative of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.layers.worked import Worked

__all__ = ["InputLayer", "Layer", "Loops", "ParameterSpec", "Run", "StateSpec"]

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
        True if L1, L2 and weight decay act on it.
    start : float or callable, default=0.0
        Its first value, if no initializer draws it: one number, or ``start(rng, shape)``.
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
    """One array of running statistics of a layer: stored next to the parameters, never trained.

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


@dataclass(frozen=True)
class Loops:
    """Forward and backward of a layer as loops over numbers, which the compiled engine runs.

    Both are plain functions in the language of :mod:`pellucid.core.elementary`, with ``for``, ``if`` and places
    in arrays beside it; they run as they stand, and compiled in either precision. They take these arrays by name:

    - ``forward(x, b, p, y, kept, sizes)``: the input ``x`` of shape (n_rows, n_in); ``b``, the biases of a dense
      layer in front, which are still to be added to ``x`` in place (zeros behind other layers); the layer's
      parameters ``p`` in one row, in the order in which it declares them. It writes the output ``y`` of shape
      (n_rows, n_out) and what ``backward`` needs into ``kept`` of shape (n_rows, n_kept).
    - ``backward(x, p, g, delta, below, kept, sizes)``: ``delta``, the derivative of the output. It writes the
      derivatives of the parameters into ``g``, and that of the input into ``below``, which has room for one row
      only if no layer precedes it.

    Parameters
    ----------
    forward, backward : callable
        The two functions.
    n_out : int
        The width of the output.
    n_kept : int, default=0
        Numbers that a row keeps for its way back.
    sizes : tuple of int, default=()
        Whole numbers that both functions need.
    in_place : bool, default=False
        True if ``below`` is ``delta`` itself: backward then changes it in place.
    equations : dict of str to callable, default={}
        Element-wise equations of a table that the functions take as further arguments, by name.
    """

    forward: Callable[..., None]
    backward: Callable[..., None]
    n_out: int
    n_kept: int = 0
    sizes: tuple[int, ...] = ()
    in_place: bool = False
    equations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


@dataclass
class Run:
    """The circumstances of one pass through a network.

    Parameters
    ----------
    training : bool
        True if dropout is active and batch normalization uses the batch.
    values : list of ndarray
        The network's input, then the output of every layer so far.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the rows, for batch statistics.
    rng : numpy.random.Generator, optional
        The source of the numbers that dropout draws.
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


class Layer:
    """The identity with nothing to learn: what every kind of layer begins from, and says where it differs."""

    mixes_rows = False
    """True if a row's output in training depends on the other rows of the batch."""
    is_random = False
    """True if a training pass draws one key from the run's generator (:func:`~.dropout.draw_key`)."""
    is_embedding = False
    """True if it replaces inputs by learned features of them."""

    @property
    def sources(self) -> tuple[int, ...]:
        """The earlier values that it reads in addition to its input."""
        return ()

    @property
    def label(self) -> str:
        """Its name in a table of layers."""
        return type(self).__name__

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the trainable arrays, in the order of the flat vector."""
        return ()

    def state(self) -> tuple[StateSpec, ...]:
        """Declare the running statistics."""
        return ()

    def sides(self, x: Array) -> Array:
        """Return numbers for its input that are the same at points between which its output is smooth.

        Finite differences are taken of such points only. For an activation they are the sides of its kinks.
        """
        return np.ones((x.shape[0], 0))

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Return the output for input ``x``, and what ``gradient`` and ``backward`` need."""
        return x, None

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        """Write the derivatives of the parameters into ``g``, given that of the output."""

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        """Return the derivative of the input, given that of the output."""
        return upstream

    def loops(self) -> Loops | None:
        """Return forward and backward as loops that an engine compiles; None if it has none, or its own."""
        return None

    def worked(self) -> Worked | None:
        """Return its calculation number by number, for a trace; None if a trace shows it otherwise, or not."""
        return None

    def folded(self, weights: Array, biases: Array, p: Views, s: Views) -> tuple[Array, Array]:
        """Return the weights and biases of a dense layer that predicts what one with this layer behind it does.

        Only for layers that are affine in prediction.
        """
        return weights, biases


class InputLayer(Layer):
    """A layer that may stand before the first block, and says how wide its input and output are."""

    if TYPE_CHECKING:

        @property
        def n_in(self) -> int:
            """The number of inputs."""

        @property
        def n_out(self) -> int:
            """The number of outputs."""
