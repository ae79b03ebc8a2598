"""Rows of an epoch in windows that are held in memory one after the other, if all rows do not fit.

In memory, an epoch has a single span, all its steps, and one session of the engine. For data that do not fit, a
:class:`Feed` provides the rows in windows, and the engine is opened anew on each window; parameters, optimizer
memory and sums continue from one to the next, so that the loop does not see the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.engines import Engine, Problem, Session

__all__ = ["Feed", "Span", "Window", "spans"]

Order = NDArray[np.intp] | None


@dataclass(frozen=True)
class Window:
    """Rows of an epoch that are in memory.

    Parameters
    ----------
    problem : Problem
        With these rows; its ``whole`` describes all rows of the epoch.
    order : ndarray or None
        The order in which they are taken, which may leave out rows that a later window has again; None is the
        order in which they stand.
    n_steps : int
        The steps that they serve.
    """

    problem: Problem
    order: Order
    n_steps: int


class Feed(Protocol):
    """Source of the rows of each epoch."""

    def windows(self, epoch: int) -> Iterator[Window]:
        """Return the windows of an epoch, the same at every call.

        Parameters
        ----------
        epoch : int
            Its number since the cold start, from 0.

        Returns
        -------
        iterator of Window
            Of as many steps together as the epoch has; closed where the epoch ends early.
        """
        ...


@dataclass(frozen=True)
class Span:
    """Steps of an epoch in one session of the engine.

    Parameters
    ----------
    session : Session
        The engine at work.
    order : ndarray or None
        The order of its rows.
    first, last : int
        Its first step in the epoch, and the one after its last.
    n_samples : int
        The rows that the session holds.
    """

    session: Session
    order: Order
    first: int
    last: int
    n_samples: int

    def rows(self, step: int, batch_size: int) -> NDArray[np.intp]:
        """Return the rows of a step, as positions in the session's data."""
        at = slice((step - self.first) * batch_size, (step - self.first + 1) * batch_size)
        return np.arange(self.n_samples)[at] if self.order is None else self.order[at]


def spans(windows: Iterator[Window], engine: Engine) -> Iterator[Span]:
    """Yield the spans of an epoch whose rows come in windows; closing it closes the windows.

    Parameters
    ----------
    windows : iterator of Window
        From a :class:`Feed`.
    engine : Engine
        Opened on each.

    Yields
    ------
    Span
        One for each window.
    """
    first = 0
    try:
        for window in windows:
            n, problem = window.n_steps, window.problem
            span = Span(engine.open(problem), window.order, first, first + n, problem.n_samples)
            first = span.last
            del window, problem  # the reader may now hold one
            yield span
            del span
    finally:
        close = getattr(windows, "close", None)
        if close is not None:
            close()
