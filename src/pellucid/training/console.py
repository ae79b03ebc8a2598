"""Output of training on the terminal: scikit-learn's lines, or a progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from pellucid.host.locks import fork_safe_lock
from pellucid.host.streams import STDERR, STDOUT, harmless
from pellucid.training.events import EpochEnd, Observer, RateReduced, TrainBegin, TrainEnd

__all__ = ["PrintEpochs", "ProgressBar", "say_compiling"]

# No thread of Rich draws, and the program keeps its standard output.
BY_HAND: dict[str, Any] = {"auto_refresh": False, "redirect_stdout": False, "redirect_stderr": False}
REDRAW_SECONDS = 0.1
_said = False
_drawing = fork_safe_lock()  # members of an ensemble share one bar


@contextmanager
def say_compiling(name: str) -> Iterator[None]:
    """Report on standard error that something is compiled, with the reason only once."""
    from rich.console import Console
    from rich.live import Live

    global _said
    console = Console(file=STDERR, force_jupyter=False)  # type: ignore[arg-type]
    if not _said:
        harmless(
            console.print, "pellucid is compiling kernels for this network, once per machine …", style="dim"
        )
        _said = True
    shown = Live(f"compiling {name.rpartition('_')[0]} …", console=console, transient=True, **BY_HAND)
    try:
        harmless(shown.start, refresh=True)
        yield
    finally:
        harmless(shown.stop)


class PrintEpochs(Observer):
    """Prints a line per epoch, as scikit-learn does with ``verbose=True``.

    Parameters
    ----------
    whose : str, default=""
        The name of this training among several, such as ``"Member 2 of 5"``.
    """

    def __init__(self, whose: str = "") -> None:
        self.n_epochs, self.whose = 0, whose

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Print the loss, and the validation score if there is one."""
        self.n_epochs += 1
        self._print(f"Iteration {self.n_epochs}, loss = {event.row['objective']:.8f}")
        if event.row["validation_score"] is not None:
            self._print(f"Validation score: {event.row['validation_score']:f}")

    def on_rate_reduced(self, event: RateReduced) -> None:
        """Print that the rate was lowered, and why."""
        self._print(event.message)

    def on_train_end(self, event: TrainEnd) -> None:
        """Print why training ended."""
        if event.reason != "max_iter":
            self._print(event.message)

    def _print(self, line: str) -> None:
        STDOUT.write((f"{self.whose}: {line[0].lower()}{line[1:]}" if self.whose else line) + "\n")


class ProgressBar(Observer):
    """A bar with the epochs, the loss and the time left, on standard error.

    Parameters
    ----------
    console : rich.console.Console, optional
        The console to draw on.
    n_trainings : int, default=1
        The number of trainings that share it: it counts the epochs of all.
    """

    def __init__(self, console: Any = None, n_trainings: int = 1) -> None:
        self.console, self.n_trainings = console, n_trainings
        self.bar: Any = None
        self.n_ended, self.drawn = 0, 0.0

    def on_train_begin(self, event: TrainBegin) -> None:
        """Draw the empty bar."""
        with _drawing:
            if self.bar is None:
                try:
                    harmless(self._draw, event.n_epochs * self.n_trainings)
                except BaseException:  # an interrupt: the cursor comes back
                    self.close()
                    raise

    def _draw(self, n_epochs: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=self.console or Console(file=STDERR, force_jupyter=False),  # type: ignore[arg-type]
            transient=True,
            **BY_HAND,
        )
        self.task = self.bar.add_task("", total=n_epochs)
        self.bar.start()

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Move the bar."""
        row = event.row
        text = f"loss {row['objective']:.4f}"
        if row["validation_score"] is not None:
            text += f"  validation score {row['validation_score']:.4f}"
        elif row["validation_loss"] is not None:
            text += f"  validation loss {row['validation_loss']:.4f}"
        harmless(self._move, text)

    def _move(self, text: str) -> None:
        self.bar.update(self.task, advance=1, description=text)
        if perf_counter() - self.drawn > REDRAW_SECONDS:
            self.drawn = perf_counter()
            self.bar.refresh()

    def on_train_end(self, event: TrainEnd) -> None:
        """Remove the bar after the last training."""
        with _drawing:
            self.n_ended += 1
            if self.n_ended == self.n_trainings:
                self.close()

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            harmless(self.bar.stop)
        self.bar, self.n_ended = None, 0
