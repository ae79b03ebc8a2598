r"""Learning-rate schedules: pure functions of the position of training.

Each returns the factor by which the initial rate is multiplied at a step. :math:`e` is the epoch (from 0),
:math:`t \in [0, 1]` the share of the horizon that has passed, in steps (the horizon is ``max_iter`` epochs of the
cold fit), and :math:`s` the number of samples seen before this epoch:

=================  =============================================================================
``constant``       1
``invscaling``     :math:`(s + 1)^{-p}` from the second epoch on, as in scikit-learn; ``power`` p = 0.5 [4]_
``adaptive``       divided by 5 each time training stops improving, as in scikit-learn
``step``           ``factor`` (0.5) to the power of :math:`\lfloor e / \text{every} \rfloor`, ``every`` 20 epochs
``cosine``         :math:`f + (1 - f) \tfrac12 (1 + \cos \pi t)`, ``final`` f = 0 [1]_
``warmup_cosine``  rises linearly over the first ``warmup`` (0.05) of the horizon, then cosine [5]_
``one_cycle``      rises from 1/25 to 1 over the first ``warmup`` (0.3), falls to ``final`` (1e-4),
                   both along a cosine [2]_; the momentum does not change
``coslog``         :math:`\tfrac12 (1 - \cos 2\pi \log_2(1 + (2^c - 1) t))`: ``cycles`` c = 4 waves from 0 to 1 and
                   back, each twice as long as the one before [3]_
``flat_cosine``    1 over the first half of the horizon, then falls to 0 along a cosine [3]_
=================  =============================================================================

References
----------
.. [1] I. Loshchilov and F. Hutter (2017), SGDR, arXiv:1608.03983, eq. 5 without restarts.
.. [2] L. Smith and N. Topin (2018), Super-convergence, arXiv:1708.07120.
.. [3] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default, arXiv:2407.04491, section 3.
.. [4] H. Robbins and S. Monro (1951), A stochastic approximation method, Ann. Math. Statist. 22, 400-407: rates
   that fall like a power of the number of samples.
.. [5] P. Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, arXiv:1706.02677,
   section 2.2: the linear warm-up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import cos, log2, pi

from pellucid.core.brief import brief
from pellucid.exceptions import ParameterError

__all__ = ["SCHEDULES", "Moment", "Schedule", "get_schedule"]


@dataclass(frozen=True)
class Moment:
    """Position of training at one step.

    Parameters
    ----------
    epoch : int
        The epoch, from 0.
    progress : float
        The share of the horizon that has passed, in [0, 1].
    samples_seen : int
        Samples seen before this epoch.
    reductions : int
        The number of times that training has stopped improving.

    Examples
    --------
    >>> from pellucid.optimizers import SCHEDULES, Moment
    >>> half_way = Moment(epoch=5, progress=0.5, samples_seen=500, reductions=0)
    >>> SCHEDULES["cosine"](0.1, half_way)
    0.05
    """

    epoch: int
    progress: float
    samples_seen: int
    reductions: int


@dataclass(frozen=True)
class Schedule:
    r"""A learning-rate schedule.

    .. math:: \eta_t = \eta_0\, f(t)

    :data:`SCHEDULES` lists the factors f.

    Parameters
    ----------
    name : str
        Its name in ``learning_rate=...``.
    factor : callable
        ``factor(moment, **options)`` multiplies the initial rate.
    options : dict of str to float, default={}
        Its options with their defaults.
    per_step : bool, default=False
        True if it changes within an epoch.

    Examples
    --------
    >>> get_schedule("cosine")(0.1, Moment(epoch=5, progress=0.5, samples_seen=500, reductions=0))
    0.05
    """

    name: str
    factor: Callable[..., float]
    options: Mapping[str, float] = field(default_factory=dict)
    per_step: bool = False

    __repr__ = brief

    def __call__(self, initial: float, moment: Moment) -> float:
        """Return the learning rate at a moment, given the initial one."""
        return initial * self.factor(moment, **self.options)


def constant(moment: Moment) -> float:
    return 1.0


def invscaling(moment: Moment, power: float) -> float:
    return float((moment.samples_seen + 1) ** -power)


def adaptive(moment: Moment, factor: float) -> float:
    return float(factor**moment.reductions)


def step(moment: Moment, every: float, factor: float) -> float:
    return float(factor ** (moment.epoch // every))


def cosine(moment: Moment, final: float) -> float:
    return final + (1.0 - final) * 0.5 * (1.0 + cos(pi * min(moment.progress, 1.0)))


def warmup_cosine(moment: Moment, warmup: float, final: float) -> float:
    t = min(moment.progress, 1.0)
    if t < warmup:
        return t / warmup
    return final + (1.0 - final) * 0.5 * (1.0 + cos(pi * (t - warmup) / (1.0 - warmup)))


def one_cycle(moment: Moment, warmup: float, initial: float, final: float) -> float:
    t = min(moment.progress, 1.0)
    if t < warmup:
        return initial + (1.0 - initial) * 0.5 * (1.0 - cos(pi * t / warmup))
    return final + (1.0 - final) * 0.5 * (1.0 + cos(pi * (t - warmup) / (1.0 - warmup)))


def coslog(moment: Moment, cycles: float) -> float:
    t = min(moment.progress, 1.0)
    return 0.5 * (1.0 - cos(2.0 * pi * log2(1.0 + (2.0**cycles - 1.0) * t)))


def flat_cosine(moment: Moment) -> float:
    return 0.5 * (1.0 + cos(pi * (max(1.0, 2.0 * min(moment.progress, 1.0)) - 1.0)))


SCHEDULES: dict[str, Schedule] = {
    row.name: row
    for row in (
        Schedule("constant", constant),
        Schedule("invscaling", invscaling, {"power": 0.5}),
        Schedule("adaptive", adaptive, {"factor": 0.2}),
        Schedule("step", step, {"every": 20.0, "factor": 0.5}),
        Schedule("cosine", cosine, {"final": 0.0}, per_step=True),
        Schedule("warmup_cosine", warmup_cosine, {"warmup": 0.05, "final": 0.0}, per_step=True),
        Schedule("one_cycle", one_cycle, {"warmup": 0.3, "initial": 0.04, "final": 1e-4}, per_step=True),
        Schedule("coslog", coslog, {"cycles": 4.0}, per_step=True),
        Schedule("flat_cosine", flat_cosine, per_step=True),
    )
}

_ACCEPTED = {
    "power": (">= 0", lambda x: x >= 0.0),
    "factor": ("in (0, 1]", lambda x: 0.0 < x <= 1.0),
    "every": (">= 1", lambda x: x >= 1.0),
    "final": ("in [0, 1]", lambda x: 0.0 <= x <= 1.0),
    "initial": ("in [0, 1]", lambda x: 0.0 <= x <= 1.0),
    "cycles": (">= 1", lambda x: x >= 1.0),
    "warmup": ("in (0, 1)", lambda x: 0.0 < x < 1.0),
}


def get_schedule(name: str, **options: float) -> Schedule:
    """Return the schedule of that name with its options set.

    Parameters
    ----------
    name : str
        A name of :data:`SCHEDULES`.
    **options : float
        Options other than the defaults.

    Returns
    -------
    Schedule
        The schedule.

    Raises
    ------
    ParameterError
        If the name, an option or its value is not accepted.

    Examples
    --------
    >>> get_schedule("step", every=10).options["every"]
    10
    """
    if name not in SCHEDULES:
        raise ParameterError(f"'learning_rate' must be one of {sorted(SCHEDULES)}; got {name!r}.")
    row = SCHEDULES[name]
    unknown = sorted(set(options) - set(row.options))
    if unknown:
        raise ParameterError(
            f"learning_rate={name!r} has the options {sorted(row.options)}; got {unknown} in schedule_options."
        )
    for option, value in options.items():
        accepted, accepts = _ACCEPTED[option]
        if not accepts(value):
            raise ParameterError(f"schedule option {option!r} must be {accepted}; got {value!r}.")
    return Schedule(row.name, row.factor, {**row.options, **options}, row.per_step)
