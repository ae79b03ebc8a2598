"""Interface between the training loop and the execution of its steps.

An engine is opened once per fit on a :class:`Problem`. Then the loop calls ``run_steps(first, last, …)``
repeatedly: one call runs the steps first … last - 1 of the current epoch, without returning to the
loop in between. The loop passes plain data: the order of the rows, the learning rate of each step,
the generator, the sums of the epoch so far. Parameters, optimizer memory, running statistics, the generator
and the sums are changed in place. The call is the same with and without observers; they only decide where
one call ends and the next begins, and results do not depend on that: the sums, too, continue term by term,
since floating-point sums of sums would have other last bits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.core.objective import Objective
from pellucid.engines.shards import Shards
from pellucid.optimizers import Optimizer

__all__ = ["AheadSession", "Engine", "Problem", "Session", "StepSums", "Whole"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Whole:
    """All rows of an epoch, if a problem holds a part of them.

    Parameters
    ----------
    n_samples : int
        Their number.
    mean_weight : float, default=1.0
        The mean of their weights.
    shards : Shards or None, default=None
        Their shards, where each process holds the rows of its own during the whole epoch.
    """

    n_samples: int
    mean_weight: float = 1.0
    shards: Shards | None = None


@dataclass(frozen=True)
class Problem:
    r"""Training problem: objective, data and update rule.

    .. math:: \theta \leftarrow \theta - \eta \lambda \theta + u(\nabla J(\theta), \text{memory})

    with the learning rate η, the weight decay λ and the update u of the optimizer.

    Parameters
    ----------
    objective : Objective
        Network, loss and penalties.
    X : ndarray, sparse array or StandardizedSparse of shape (n_samples, n_features)
        The inputs, in the network's dtype.
    Y : ndarray of shape (n_samples, n_outputs)
        The targets, in the network's dtype.
    sample_weight : ndarray of shape (n_samples,) or None
        The weights.
    batch_size : int
        Rows per step.
    optimizer : Optimizer
        The method.
    options : dict of str to float
        Its hyper-parameters.
    weight_decay : float, default=0.0
        Decoupled: θ ← θ - η λ θ on the penalized parameters, before the step.
    max_grad_norm : float or None, default=None
        The gradient of a step is scaled down to this Euclidean norm if it is longer.
    rate_factors : dict of str to float, default={}
        Factors on the learning rate by group of parameters, see
        :class:`pellucid.core.layers.ParameterSpec`. Weight decay ignores them.
    whole : Whole or None, default=None
        All rows of an epoch, where X, Y and weights hold a part of them; None where they hold all.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Objective, get_loss
    >>> from pellucid.engines import Problem
    >>> from pellucid.optimizers import OPTIMIZERS
    >>> net = Network([2, 1], random_state=0)
    >>> objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    >>> problem = Problem(objective, np.ones((4, 2)), np.ones((4, 1)), None, 2, OPTIMIZERS["adam"])
    >>> problem.batch_size, problem.weight_decay
    (2, 0.0)
    """

    objective: Objective
    X: Any
    Y: Array
    sample_weight: Array | None
    batch_size: int
    optimizer: Optimizer
    options: Mapping[str, float] = field(default_factory=dict)
    weight_decay: float = 0.0
    max_grad_norm: float | None = None
    rate_factors: Mapping[str, float] = field(default_factory=dict)
    whole: Whole | None = None

    __repr__ = brief

    @cached_property
    def rate_pieces(self) -> tuple[tuple[slice, float], ...]:
        """The parts of the flat vector in their order, each with the factor on its learning rate."""
        pieces: list[tuple[slice, float]] = []
        for part, group, own in self.objective.network.rate_groups:
            factor = own * self.rate_factors.get(group, 1.0)
            if pieces and pieces[-1][1] == factor:
                pieces[-1] = (slice(pieces[-1][0].start, part.stop), factor)
            else:
                pieces.append((part, factor))
        return tuple(pieces)

    @property
    def n_samples(self) -> int:
        """The number of available rows."""
        return len(self.Y)

    @property
    def n_steps(self) -> int:
        """The number of steps for these rows; the last one takes the remaining rows."""
        if self.whole is not None and self.whole.shards is not None:
            return self.epoch_steps
        return -(-self.n_samples // self.batch_size)

    @property
    def epoch_samples(self) -> int:
        """The number of rows of an epoch."""
        return self.n_samples if self.whole is None else self.whole.n_samples

    @property
    def epoch_steps(self) -> int:
        """The number of steps of an epoch."""
        return -(-self.epoch_samples // self.batch_size)

    def order(self, rng: np.random.Generator, *, shuffle: bool) -> NDArray[np.intp] | None:
        """Return the order of the available rows in the next epoch; None for their given order.

        Parameters
        ----------
        rng : numpy.random.Generator
            The generator.
        shuffle : bool
            True to draw it.

        Returns
        -------
        ndarray or None
            The rows; of each shard, where they are shared out.
        """
        if self.whole is not None and self.whole.shards is not None:
            return self.whole.shards.order(rng, shuffle=shuffle)
        return rng.permutation(self.n_samples) if shuffle else None

    @cached_property
    def mean_weight(self) -> float:
        """The mean weight of the training set."""
        if self.whole is not None:
            return self.whole.mean_weight
        return 1.0 if self.sample_weight is None else float(self.sample_weight.mean(dtype=np.float64))

    @cached_property
    def least_rows(self) -> int:
        """The rows of weight > 0 that a batch must have to make a step: 2 if it is standardized."""
        return 2 if self.objective.network.mixes_rows else 1

    @property
    def full_weight(self) -> float:
        """The weight of a full batch, in units of the mean weight: its rows."""
        return float(min(self.batch_size, self.epoch_samples))

    def weight_of(self, n_rows: int, sample_weight: Array | None) -> float:
        """Return the weight of a batch, in units of the mean weight.

        Parameters
        ----------
        n_rows : int
            The rows of the batch.
        sample_weight : ndarray of shape (n_rows,) or None
            Their weights.

        Returns
        -------
        float
            0 for a batch that makes no step, since too few of its rows have a weight.
        """
        n_used = n_rows if sample_weight is None else np.count_nonzero(sample_weight)
        if n_used < self.least_rows:
            return 0.0
        return float(
            n_rows if sample_weight is None else sample_weight.sum(dtype=np.float64) / self.mean_weight
        )


@dataclass
class StepSums:
    """Sums over the steps of an epoch, each weighted by the rows of its batch.

    A batch whose weights are all 0 changes nothing and adds nothing; nor does a single row with batch
    normalization, since standardized by itself it is 0 everywhere.

    Parameters
    ----------
    loss, penalty, gradient_norm : float, default=0.0
        Data term, penalty, and norm of the gradient before clipping.
    n_rows : int, default=0
        Rows of the batches that were used.
    weight : float, default=0.0
        Their weight, in units of the mean weight.
    n_updates : int, default=0
        Steps that changed the parameters.
    finite : bool, default=True
        True if every loss was finite; the steps end at the first that is not.
    """

    loss: float = 0.0
    penalty: float = 0.0
    gradient_norm: float = 0.0
    n_rows: int = 0
    weight: float = 0.0
    n_updates: int = 0
    finite: bool = True


class Session(Protocol):
    """Engine at work on one problem."""

    @property
    def gradient(self) -> Array:
        """The gradient of the last step, clipped."""
        ...

    def run_steps(
        self,
        first: int,
        last: int,
        *,
        order: NDArray[np.intp] | None,
        learning_rates: Array,
        memory: Array,
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
        decay_factors: Array | None = None,
        dropout_factors: Array | None = None,
    ) -> None:
        """Run the steps first … last - 1 of an epoch.

        Parameters
        ----------
        first, last : int
            Steps of the epoch, from 0.
        order : ndarray of shape (n_samples,) or None
            The order of the rows in this epoch; None is the order in which they stand.
        learning_rates : ndarray of shape (last - first,)
            One rate per step.
        memory : ndarray of shape (n_slots, n_parameters)
            The optimizer's slots, updated in place.
        updates_done : int
            The number of updates made before this epoch, since the cold start.
        rng : numpy.random.Generator
            For dropout.
        sums : StepSums
            The sums over the steps before ``first``; each step adds its terms in place.
        decay_factors, dropout_factors : ndarray of shape (last - first,), optional
            Factors on the weight decay and on the rates of dropout, one per step. Default: 1.
        """
        ...


class AheadSession(Session, Protocol):
    """Session that can run the steps of several epochs in one call, if nothing observes them in between."""

    n_ahead: int
    """The largest number of epochs."""

    def ahead(self, order: Callable[[], None], memory: Array) -> bool:
        """Run the steps of several epochs in one call.

        Parameters
        ----------
        order : callable
            Calls :meth:`run_steps` for up to ``n_ahead`` whole epochs, whose sums are filled in afterwards.
        memory : ndarray of shape (n_slots, n_parameters)
            The optimizer's slots, as in these calls.

        Returns
        -------
        bool
            False if a loss was not finite; parameters, memory and running statistics are then as they were.
        """
        ...


class Engine(Protocol):
    """Engine that executes the equations.

    Examples
    --------
    >>> from pellucid.engines import Engine, get_engine
    >>> engine: Engine = get_engine("reference")
    >>> callable(engine.open)
    True
    """

    name: str

    @property
    def is_available(self) -> bool:
        """True if the engine can run here."""
        ...

    def open(self, problem: Problem) -> Session:
        """Prepare to train on a problem.

        Parameters
        ----------
        problem : Problem
            Objective, data and method.

        Returns
        -------
        Session
            The engine at work.
        """
        ...
