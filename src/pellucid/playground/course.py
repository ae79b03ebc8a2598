"""The course of a training: a function of the setup, the edits and the position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import check_whole
from pellucid.exceptions import ParameterError
from pellucid.playground.checkpoints import Checkpoints
from pellucid.training import Stepper

__all__ = ["Course", "Curve", "Edit"]

POINTS = 1024  # of a curve


@dataclass(frozen=True)
class Edit:
    """A parameter set by hand.

    Parameters
    ----------
    step : int
        The position at which it is set: after so many steps.
    index : int
        Its place in the flat vector.
    value : float
        Its value.
    """

    step: int
    index: int
    value: float


@dataclass
class Curve:
    """The losses of the batches of a course, as means of equal parts where there are many.

    Parameters
    ----------
    every : int, default=1
        Steps that a point stands for; it is doubled where there are too many points.
    steps : list of int, default=[]
        The last step of each part, from 1.
    losses : list of float, default=[]
        The mean loss of its batches, each before its update.
    """

    every: int = 1
    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def next_due(self, step: int) -> int:
        """Return the first step after ``step`` that ends a part."""
        return (step // self.every + 1) * self.every

    def append(self, step: int, loss: float) -> None:
        """Add the point of a part that ends at a step."""
        self.steps.append(step)
        self.losses.append(loss)
        if len(self.steps) > POINTS:
            self.every *= 2
            self.steps, self.losses = self.steps[1::2], [
                0.5 * (a + b) for a, b in zip(self.losses[::2], self.losses[1::2], strict=False)
            ]  # fmt: skip

    def cut(self, step: int) -> None:
        """Forget what came after a step."""
        n = sum(at <= step for at in self.steps)
        del self.steps[n:], self.losses[n:]


class Course:
    """Training to any step, forward and back, with parameters set by hand on the way.

    Back in time is the nearest checkpoint and the same steps again: the same bits. The edits of a step are made on
    arrival there; a checkpoint is kept before them.

    Parameters
    ----------
    stepper : Stepper
        Training before its first step.
    edits : sequence of Edit, default=()
        Parameters set by hand, in the order in which they were set.
    spacing : int, default=100
        Steps between checkpoints.

    Attributes
    ----------
    edits, undone : list of Edit
        Those that hold, and those taken back.
    curve : Curve
        The losses so far.
    diverged : str
        Why the next step fails; empty if it does not.
    """

    def __init__(self, stepper: Stepper, edits: Sequence[Edit] = (), spacing: int = 100) -> None:
        self.stepper, self.checkpoints = stepper, Checkpoints(spacing)
        self.edits, self.undone = list(edits), list[Edit]()
        self.curve, self.diverged = Curve(), ""
        self.rows: list[dict[str, Any]] = []
        for edit in edits:
            self._check(edit)
        self._arrive()

    @property
    def step(self) -> int:
        """The position: the number of steps made."""
        return self.stepper.step

    @property
    def parameters(self) -> NDArray[np.floating]:
        """The parameters now."""
        return self.stepper.network.parameters

    def approach(self, step: int) -> None:
        """Make the steps to the next pause on the way to a position, which lies ahead.

        Parameters
        ----------
        step : int
            The position; it is reached by repeated calls, unless training diverges.
        """
        if self.diverged or self.step >= step:
            return
        here, curve, stepper = self.step, self.curve, self.stepper
        n = stepper.problem.n_steps
        is_new = not curve.steps or here >= curve.steps[-1]
        pauses = [step, self.checkpoints.next_due(here), (here // n + 1) * n]
        pauses += [edit.step for edit in self.edits if edit.step > here]
        pauses += [curve.next_due(here) if is_new else curve.steps[-1]]
        last = min(pauses)
        before = (stepper.sums.loss, stepper.sums.n_rows) if here % n else (0.0, 0)
        if here % curve.every == 0:
            self._part = (0.0, 0)
        divergence = stepper.run_to(last)
        if divergence is not None:
            self.diverged = str(divergence)
        if self.step > here and is_new:
            loss, rows = stepper.sums.loss - before[0], stepper.sums.n_rows - before[1]
            self._part = self._part[0] + loss, self._part[1] + rows
            if self.step % curve.every == 0 and self._part[1]:
                curve.append(self.step, self._part[0] / self._part[1])
        if self.step > here:
            self._arrive()

    _part = (0.0, 0)  # loss times rows, and rows, since the last point of the curve

    def jump(self, step: int) -> None:
        """Go to a position, as far as training does not diverge before.

        Parameters
        ----------
        step : int
            The position, >= 0.

        Raises
        ------
        ParameterError
            If it is not a whole number >= 0.
        """
        self.turn(step)
        while self.step < step and not self.diverged:
            self.approach(step)

    def turn(self, step: int) -> None:
        """Go to the nearest checkpoint before a position, unless the way ahead from here is shorter.

        Parameters
        ----------
        step : int
            The position, >= 0.
        """
        check_whole("step", step, 0)
        near = self.checkpoints.before(step)
        if step < self.step or near.step > self.step:
            self._restore(near.step)

    def edit(self, index: int, value: float) -> None:
        """Set a parameter by hand, here and now.

        Parameters
        ----------
        index : int
            Its place in the flat vector.
        value : float
            A finite number.

        Raises
        ------
        ParameterError
            If there is no such parameter, or the value is not a finite number.
        """
        edit = Edit(self.step, index, value)
        self._check(edit)
        self.edits.append(edit)
        self.undone.clear()
        self._forget(self.step)
        self.parameters[index] = value

    def undo(self) -> int | None:
        """Take the last edit back, and return to its step or before.

        Returns
        -------
        int or None
            The step of the edit, which :meth:`jump` reaches; None if there was no edit.
        """
        return self._move(self.edits, self.undone)

    def redo(self) -> int | None:
        """Make the edit again that was taken back last, and return to its step or before.

        Returns
        -------
        int or None
            The step of the edit, which :meth:`jump` reaches; None if there was none.
        """
        return self._move(self.undone, self.edits)

    def _move(self, source: list[Edit], to: list[Edit]) -> int | None:
        if not source:
            return None
        edit = source.pop()
        to.append(edit)
        self._forget(edit.step)
        self._restore(self.checkpoints.before(edit.step).step)
        return edit.step

    def _arrive(self) -> None:
        if self.checkpoints.wants(self.step):
            self.checkpoints.add(self.stepper.waypoint())
        for edit in self.edits:
            if edit.step == self.step:
                self.parameters[edit.index] = edit.value
        n_rows, history = len(self.rows), self.stepper.state.history
        if len(history) > n_rows:
            self.rows += [dict(row) for row in history[n_rows:]]

    def _restore(self, step: int) -> None:
        self.stepper.restore(self.checkpoints.before(step))
        self.diverged, self._part = "", (0.0, 0)
        self._arrive()

    def _forget(self, step: int) -> None:
        self.diverged = ""
        self.checkpoints.forget_after(step)
        self.curve.cut(step)
        del self.rows[step // self.stepper.problem.n_steps :]

    def _check(self, edit: Edit) -> None:
        n = len(self.parameters)
        check_whole("step", edit.step, 0)
        if not (isinstance(edit.index, int) and not isinstance(edit.index, bool) and 0 <= edit.index < n):
            raise ParameterError(f"'index' must be an integer in 0..{n - 1}; got {edit.index!r}.")
        is_number = isinstance(edit.value, int | float) and not isinstance(edit.value, bool)
        if not (is_number and np.isfinite(edit.value)):
            raise ParameterError(f"'value' must be a finite number; got {edit.value!r}.")
