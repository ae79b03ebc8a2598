"""Fourth-order central differences next to exact derivatives; see :mod:`pellucid.core.gradcheck`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.host.counted import counted

__all__ = ["Comparison", "Evaluate", "GradientCheck", "central_difference"]

Array = NDArray[np.floating]
Evaluate = Callable[[float], tuple[float, Array]]
"""From a shift to the value there, and the sides of all kinks on which everything stands."""

FLOOR = 1e-8  # a layer whose derivatives are all below this is compared in absolute terms
ROUNDING = 32.0 * float(
    np.finfo(np.float64).eps
)  # of a function value, relative; what is below proves nothing


def central_difference(evaluate: Evaluate, position: float, step: float = 1e-4) -> tuple[float, float] | None:
    """Return the derivative of a function by four points around a position.

    Parameters
    ----------
    evaluate : callable
        From a shift to the value there and the sides of all kinks.
    position : float
        The point at which the shift is 0.
    step : float, default=1e-4
        The distance of the points, relative to max(1, abs(position)).

    Returns
    -------
    (float, float) or None
        The derivative, and what rounding may make of it; None where the points are not all on the same side
        of every kink.

    Examples
    --------
    >>> slope, noise = central_difference(lambda shift: ((3.0 + shift) ** 3, np.ones(1)), 3.0)
    >>> abs(slope - 27.0) <= noise
    True
    """
    h = step * max(1.0, abs(position))
    points = [evaluate(shift) for shift in (h, -h, 2.0 * h, -2.0 * h)]
    if any((sides != points[0][1]).any() for _, sides in points):
        return None
    f1, f2, f3, f4 = (value for value, _ in points)
    noise = ROUNDING * max(abs(f1), abs(f2), abs(f3), abs(f4)) / h
    return (8.0 * (f1 - f2) - (f3 - f4)) / (12.0 * h), noise


@dataclass(frozen=True)
class GradientCheck:
    r"""The outcome of a gradient check.

    .. math:: \text{error} = \max_j |g_j - d_j| / \max_j |g_j|

    Parameters
    ----------
    max_error : float
        The largest deviation, relative to the largest entry of its layer.
    worst : str
        The place of the largest error.
    n_checked, n_skipped : int
        Entries compared, and entries left out where a difference would cross a kink or a slope is too steep.
    tolerance : float
        The largest accepted value of ``max_error``.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.core import check_gradients
    >>> found = check_gradients(Network([2, 3, 1], random_state=0), [[1.0, 0.5]], [1.0])
    >>> found.ok, found.n_checked > 0
    (True, True)
    """

    max_error: float
    worst: str
    n_checked: int
    n_skipped: int
    tolerance: float

    __repr__ = brief

    @property
    def ok(self) -> bool:
        """True if something was compared and every deviation is within the tolerance."""
        return self.n_checked > 0 and self.max_error <= self.tolerance

    def __str__(self) -> str:
        if not self.n_checked:
            return f"nothing compared: {counted(self.n_skipped, 'entry', 'entries')} left out"
        verdict = "ok" if self.ok else "WRONG"
        return (
            f"{verdict}: largest relative error {self.max_error:.1e} ({self.worst}), tolerance "
            f"{self.tolerance:.0e}; {counted(self.n_checked, 'entry', 'entries')} compared, "
            f"{self.n_skipped} left out"
        )


class Comparison:
    """Gathers exact and numerical derivatives, layer by layer."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.max_error, self.worst = 0.0, "all within rounding"
        self.n_checked = self.n_skipped = 0

    def layer(
        self,
        name: str,
        entries: list[tuple[float, float, Evaluate]],
        *,
        at_points: bool = False,
    ) -> None:
        """Compare the entries ``(exact, position, evaluate)`` of one layer."""
        compared = []
        for place, (exact, position, evaluate) in enumerate(entries):
            found = central_difference(evaluate, float(position), self.step)
            if found is None:
                self.n_skipped += 1
                continue
            numerical, noise = found
            where = f"{name} = {position:.3g}" if at_points else f"{name}, entry {place}"
            compared.append((float(exact), numerical, noise, where))
        largest = max((max(abs(exact), abs(numerical)) for exact, numerical, *_ in compared), default=0.0)
        for exact, numerical, noise, where in compared:
            error = max(abs(exact - numerical) - noise, 0.0) / max(largest, FLOOR)
            error = error if error >= 0.0 else np.inf  # what is not a number is as wrong as can be
            if error > self.max_error:
                self.max_error, self.worst = error, where
        self.n_checked += len(compared)

    def finish(self, tolerance: float) -> GradientCheck:
        """Return the outcome."""
        return GradientCheck(self.max_error, self.worst, self.n_checked, self.n_skipped, tolerance)
