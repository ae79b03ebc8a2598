"""Measurement of whether several workers pay off, since processors may be busy with other work.

The bits do not depend on it (see :mod:`pellucid.engines.compiled.driver`), only the time does.
"""

from __future__ import annotations

__all__ = ["Pace"]

LOOK_SECONDS = 0.002  # of a slice that only tries a mode: assembling workers takes 0.2 ms
LOOKS = 10  # times as many steps in a slice of the current mode, so that trials are rare even with long steps
REST, LONGEST_REST = 2, 64  # slices between two trials of the other mode, at first and at most


class Pace:
    """Seconds per step alone and as a team, as last measured, and the choice that follows.

    The other mode is tried from time to time, more and more rarely while it does not pay off.

    Examples
    --------
    >>> pace = Pace()
    >>> for seconds in (9.0, 2.0, 1.0):  # alone on cold memory, alone, as a team
    ...     pace.note(is_team := pace.choose(), seconds)
    >>> pace.choose()
    True
    """

    def __init__(self) -> None:
        self.is_cold, self.in_use = True, False
        self.seconds: dict[bool, float] = {}
        self.rest = self.pause = REST

    def choose(self) -> bool:
        """Return whether the next slice is for a team.

        Returns
        -------
        bool
            First False, then True, then whichever was faster; from time to time the other.
        """
        if len(self.seconds) < 2:
            return False in self.seconds
        self.pause -= 1
        return self.in_use if self.pause >= 0 else not self.in_use

    def steps(self, *, is_team: bool) -> int:
        """Return the number of steps in the next slice.

        Parameters
        ----------
        is_team : bool
            For whom it is.

        Returns
        -------
        int
            Few, where this way of working is only looked at.
        """
        if not self.seconds:
            return 1 if self.is_cold else 2
        is_look = len(self.seconds) < 2 or is_team != self.in_use
        known = self.seconds[self.in_use if is_look else is_team]
        return (1 if is_look else LOOKS) * max(1, int(LOOK_SECONDS / max(known, 1e-9)))

    def note(self, is_team: bool, seconds: float) -> None:  # noqa: FBT001
        """Record the time of a step.

        Parameters
        ----------
        is_team : bool
            The workers that took part.
        seconds : float
            Per step.
        """
        if self.is_cold:  # the first step of all waits for memory
            self.is_cold = False
            return
        self.seconds[is_team] = seconds
        if is_team == self.in_use:
            return
        if seconds < self.seconds[self.in_use]:
            self.in_use, self.rest = is_team, REST
        else:
            self.rest = min(2 * self.rest, LONGEST_REST)
        self.pause = self.rest
