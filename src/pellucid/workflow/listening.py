"""Messages of a running workflow to its listeners: notes and progress."""

from __future__ import annotations

from pathlib import Path

from pellucid.tabular import ParquetSource
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.origin import Origin
from pellucid.workflow.training_plan import TrainingPlan

__all__ = ["Listener"]


class Listener:
    """Listener to a workflow, which keeps its notes; the command line prints them as they arrive.

    Attributes
    ----------
    notes : list of str
        Remarks on the table or the fit, one sentence each.

    Examples
    --------
    >>> from pellucid.workflow import Listener
    >>> listener = Listener()
    >>> listener.note("Rows without a target that were left out: 3.")
    >>> listener.notes
    ['Rows without a target that were left out: 3.']
    """

    def __init__(self) -> None:
        self.notes: list[str] = []

    @property
    def has_bar(self) -> bool:
        """True to show a progress bar on standard error."""
        return False

    def note(self, text: str) -> None:
        """Receive a note.

        Parameters
        ----------
        text : str
            A sentence or two.
        """
        self.notes.append(text)

    def streamed(self, source: ParquetSource, origin: Origin, reason: str) -> None:
        """Receive the task of files that are streamed.

        Parameters
        ----------
        source : ParquetSource
            The files.
        origin : Origin
            The roles of columns.
        reason : str
            The reason for the task.
        """

    def task(self, table: Dataset, origin: Origin, reason: str, why: str = "") -> None:
        """Receive the task of a table.

        Parameters
        ----------
        table : Dataset
            The data.
        origin : Origin
            The task, the kind of estimator and the roles of the columns.
        reason : str
            The reason for this task.
        why : str, default=""
            The reason for this kind of estimator, if it is not the usual one.
        """

    def resumed(self, checkpoint: Path, plan: TrainingPlan) -> None:
        """Report that a training is continued.

        Parameters
        ----------
        checkpoint : Path
            The checkpoint file.
        plan : TrainingPlan
            The plan, with the progress so far.
        """

    def planned(self, plan: TrainingPlan) -> None:
        """Receive the plan of a training: estimator, rows and split.

        Parameters
        ----------
        plan : TrainingPlan
            The estimator, the rows and how they are split.
        """

    def compared(self, done: int, n_fits: int, label: str) -> None:
        """Receive the progress of a comparison.

        Parameters
        ----------
        done, n_fits : int
            The fits that are done, and all of them.
        label : str
            The name of the next model.
        """
