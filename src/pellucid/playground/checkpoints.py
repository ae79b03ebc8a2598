"""The waypoints of a course that are kept, so that every step is near one of them."""

from __future__ import annotations

from pellucid.training import Waypoint

__all__ = ["Checkpoints"]

NEAR, FAR = 24, 40  # waypoints shortly before the last one, and over the whole course


class Checkpoints:
    """The last 24 waypoints at a small distance, and 40 spread over the whole course; always the first.

    Once there are too many, every other one of those far back is dropped, and from then on every other one is
    skipped.

    Parameters
    ----------
    spacing : int, default=100
        Steps between the last waypoints.
    budget : int, default=100_000_000
        The largest size of all, in bytes.

    Examples
    --------
    >>> from pellucid.playground.checkpoints import Checkpoints
    >>> Checkpoints(spacing=10).next_due(25)
    30
    """

    def __init__(self, spacing: int = 100, budget: int = 100_000_000) -> None:
        self.spacing, self.coarse, self.budget = spacing, spacing, budget
        self._kept: dict[int, Waypoint] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """The size of all waypoints in bytes."""
        return sum(waypoint.nbytes for waypoint in self._kept.values())

    @property
    def steps(self) -> list[int]:
        """The steps of the waypoints, in order."""
        return sorted(self._kept)

    def next_due(self, step: int) -> int:
        """Return the first step after ``step`` at which a waypoint may be added."""
        return (step // self.spacing + 1) * self.spacing

    def wants(self, step: int) -> bool:
        """Return whether a waypoint is due at a step."""
        if step % self.spacing or step in self._kept:
            return False
        return step % self.coarse == 0 or step > max(self._kept, default=-1)

    def add(self, waypoint: Waypoint) -> None:
        """Keep a waypoint, and drop others where there are too many or they are too large.

        Parameters
        ----------
        waypoint : Waypoint
            Of this course.
        """
        self._kept[waypoint.step] = waypoint
        most = min(NEAR + FAR, max(2, self.budget // max(1, waypoint.nbytes)))
        near = min(NEAR, most // 2) * self.spacing
        while len(self._kept) > most:
            far = [step for step in self.steps[1:] if step <= max(self._kept) - near]
            old = [step for step in far if step % self.coarse]
            for step in old:
                del self._kept[step]
            if not old and far:
                self.coarse *= 2
            elif not old:
                del self._kept[self.steps[1]]

    def before(self, step: int) -> Waypoint:
        """Return the last waypoint at a step or before."""
        return self._kept[max(kept for kept in self._kept if kept <= step)]

    def forget_after(self, step: int) -> None:
        """Drop the waypoints after a step, which the course no longer passes."""
        self._kept = {kept: waypoint for kept, waypoint in self._kept.items() if kept <= step}
