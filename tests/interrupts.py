"""Ctrl-C at any bytecode: an error is raised where the interpreter is about to execute one of our instructions."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pellucid
from pellucid.training import EpochBegin, Observer

HOME = str(Path(pellucid.__file__).parent)
# CPython runs no signal handler between a lock and its release, where a trace function can raise all the same.
LOCKS = str(Path(pellucid.__file__).parent / "host")


class Interruption(Observer):
    """Raises an error at one instruction of pellucid's, counted from the beginning of an epoch.

    Parameters
    ----------
    epoch : int
        The epoch since the cold start, from 0.
    place : int or None
        At which instruction; None counts them all and raises nothing.
    again : int or None
        After how many more instructions the error is raised once more.
    error : exception
        The error.
    stop : int or None
        The epoch at whose beginning the count ends; None counts to the end of the fit.
    """

    def __init__(
        self,
        epoch: int,
        place: int | None = None,
        *,
        again: int | None = None,
        error: type[BaseException] = KeyboardInterrupt,
        stop: int | None = None,
    ) -> None:
        self.epoch, self.stop, self.error = epoch, stop, error
        self.places = [] if place is None else [place] if again is None else [place, place + again]
        self.count, self.is_armed = 0, False
        self.where = ""

    def on_epoch_begin(self, event: EpochBegin) -> None:
        """Begin to count, in the frames that are running too."""
        if event.epoch == self.epoch and not self.is_armed:
            self.is_armed = True
            self.arm()
        elif event.epoch == self.stop:
            sys.settrace(None)

    def arm(self, *_: Any) -> None:
        """Count from here on, in the frames that are running too."""
        sys.setprofile(None)
        frame = sys._getframe(1)
        while frame is not None:
            self.trace(frame, "call", None)
            frame = frame.f_back  # type: ignore[assignment]
        sys.settrace(self.trace)

    def trace(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        """Count an instruction, and raise the error if it is its turn."""
        file = frame.f_code.co_filename
        if not file.startswith(HOME) or file.startswith(LOCKS):
            return None
        if event == "call":
            frame.f_trace, frame.f_trace_opcodes, frame.f_trace_lines = self.trace, True, False
        elif event == "opcode":
            self.count += 1
            if self.places and self.count >= self.places[0]:
                self.places.pop(0)
                self.where = f"{Path(file).name}:{frame.f_lineno} in {frame.f_code.co_name}"
                if self.places:  # a trace function that raises is removed
                    sys.setprofile(self.arm)
                raise self.error
        return self.trace


def count(fit: Callable[[Interruption], Any], interruption: Interruption) -> int:
    """Return how many instructions a fit executes from the beginning of the epoch on."""
    try:
        fit(interruption)
    finally:
        sys.settrace(None)
    return interruption.count


def interrupted(fit: Callable[[Interruption], Any], interruption: Interruption) -> BaseException | None:
    """Fit under an interruption; return the error that came out of the fit."""
    try:
        fit(interruption)
    except BaseException as error:
        if not isinstance(error, interruption.error):
            raise
        return error
    finally:
        sys.settrace(None)
    return None
