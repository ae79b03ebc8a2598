"""Whether workers pay at the moment: it is measured, since processors may be busy with something else.

The bits do not depend on it (see :mod:`pellucid.engines.compiled.driver`), only the time does.
"""

from __future__ import annotations

__all__ = ["Pace"]

SLICE_SECONDS = 0.02  # after which the choice is looked at again
LOOK_SECONDS = 0.002  # of a slice in which workers are only looked at: they cost 0.2 ms to call together
LONGEST_REST = 64  # slices between two looks at workers that did not pay


class Pace:
    """Seconds per step alone and as a team, as last measured, and the choice that follows.

    Examples
    --------
    >>> pace = Pace()
    >>> for seconds in (2.0, 1.0):  # first alone, then as a team
    ...     pace.note(is_team := pace.choose(), seconds)
    >>> pace.choose()
    True
    """

    def __init__(self) -> None:
        self.seconds: dict[bool, float] = {}
        self.rest, self.pause = 1, 0

    def choose(self) -> bool:
        """Return whether the next slice is for a team.

        Returns
        -------
        bool
            First False, then True, then whichever was faster; from time to time True all the same.
        """
        if len(self.seconds) < 2:
            return False in self.seconds
        if self.seconds[True] < self.seconds[False]:
            return True
        self.pause -= 1
        return self.pause < 0

    def steps(self, *, is_team: bool) -> int:
        """Return how many steps the next slice may have.

        Parameters
        ----------
        is_team : bool
            For whom it is.

        Returns
        -------
        int
            Few, where this way of working is only looked at.
        """
        alone = self.seconds.get(False)
        if alone is None:
            return 2
        if is_team and self.seconds.get(True, alone) >= alone:
            return max(2, int(LOOK_SECONDS / max(alone, 1e-9)))
        return max(2, int(SLICE_SECONDS / max(self.seconds[is_team], 1e-9)))

    def note(self, is_team: bool, seconds: float) -> None:  # noqa: FBT001
        """Take note of what a step took.

        Parameters
        ----------
        is_team : bool
            Who worked.
        seconds : float
            Per step.
        """
        self.seconds[is_team] = seconds
        if is_team and seconds >= self.seconds.get(False, seconds):
            self.rest = min(2 * self.rest, LONGEST_REST)
            self.pause = self.rest
        elif is_team:
            self.rest = 1
