"""What training says on the terminal: scikit-learn's lines, or a progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pellucid.training.events import EpochEnd, Observer, RateReduced, TrainBegin, TrainEnd

__all__ = ["PrintEpochs", "ProgressBar", "say_compiling"]

_said = False


@contextmanager
def say_compiling(name: str) -> Iterator[None]:
    """Say on standard error that something is compiled, the reason only once, and show that it goes on."""
    from rich.console import Console

    global _said
    console = Console(stderr=True)
    if not _said:
        console.print("pellucid compiles what this network uses, once on this machine …", style="dim")
        _said = True
    with console.status(f"compiling {name.rpartition('_')[0]}"):
        yield


class PrintEpochs(Observer):
    """Prints a line per epoch, as scikit-learn does with ``verbose=True``."""

    def __init__(self) -> None:
        self.n_epochs = 0

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Print the loss, and the validation score if there is one."""
        self.n_epochs += 1
        print(f"Iteration {self.n_epochs}, loss = {event.row['objective']:.8f}")
        if event.row["validation_score"] is not None:
            print(f"Validation score: {event.row['validation_score']:f}")

    def on_rate_reduced(self, event: RateReduced) -> None:
        """Print that it was lowered, and why."""
        print(event.message)

    def on_train_end(self, event: TrainEnd) -> None:
        """Print why training ended."""
        if event.reason != "max_iter":
            print(event.message)


class ProgressBar(Observer):
    """A bar with the epochs, the loss and the time left, on standard error.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to draw.
    """

    def __init__(self, console: Any = None) -> None:
        self.console = console

    def on_train_begin(self, event: TrainBegin) -> None:
        """Draw the empty bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=self.console or Console(stderr=True),
            transient=True,
        )
        self.task = self.bar.add_task("", total=event.n_epochs)
        self.bar.start()

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Move the bar."""
        row = event.row
        text = f"loss {row['objective']:.4f}"
        if row["validation_score"] is not None:
            text += f"  validation score {row['validation_score']:.4f}"
        elif row["validation_loss"] is not None:
            text += f"  validation loss {row['validation_loss']:.4f}"
        self.bar.update(self.task, advance=1, description=text)

    def on_train_end(self, event: TrainEnd) -> None:
        """Take the bar away."""
        self.bar.stop()
