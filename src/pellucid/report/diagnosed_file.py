"""Doctor for files: examination of a model file and its table, with a report on request."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.diagnostics import Change, Diagnosis, diagnose, mend
from pellucid.report.findings import in_words_of_the_file
from pellucid.report.page import report as write_report
from pellucid.workflow import Dialect, ExaminedRows, Listener, examined_rows
from pellucid.workflow.noting import noting
from pellucid.workflow.output_files import check_output
from pellucid.workflow.trained import check_is_file
from pellucid.workflow.wording import reworded

__all__ = ["DiagnosedFile", "diagnose_file"]


@dataclass(frozen=True)
class DiagnosedFile:
    """Findings about a model file.

    Parameters
    ----------
    rows : ExaminedRows
        The model, its data and the rows that were examined.
    diagnosis : Diagnosis
        The findings, with rows called by their names.
    mended : estimator or None
        An unfitted estimator with the remedies; None if there is none.
    changes : list of Change
        The differences from the estimator of the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.report import diagnose_file
    >>> from pellucid.workflow import train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", hidden_layer_sizes=(8,), max_iter=5)
    ...     found = diagnose_file(trained.path, "iris")
    >>> len(found.rows.examples), len(found.diagnosis.checked) > 10
    (112, True)
    """

    rows: ExaminedRows
    diagnosis: Diagnosis
    mended: Any
    changes: list[Change]

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain data, without the changes.

        Returns
        -------
        dict
            The target, the task, the number of validation rows, and the findings.
        """
        origin, held = self.rows.origin, self.rows.held
        about = {"target": origin.target, "task": origin.task}
        return {**about, "validation_rows": None if held is None else len(held), **self.diagnosis.to_dict()}


def diagnose_file(
    model: str | Path,
    data: str | Path,
    *,
    validation: str | Path | None = None,
    target: str | None = None,
    weight: str | None = None,
    report: str | Path | None = None,
    force: bool = False,
    changeable: Collection[str] | None = None,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
) -> DiagnosedFile:
    """Diagnose problems of a model of :func:`pellucid.workflow.train_file`.

    Parameters
    ----------
    model : path
        A model file.
    data : path or str
        The table that it was trained on.
    validation : path, optional
        A table not used in training; the held-out rows if omitted.
    target, weight : str, optional
        The columns with the targets and with row weights. Default: those of training.
    report : path, optional
        An HTML file to write.
    force : bool, default=False
        True to overwrite an existing report.
    changeable : collection of str, optional
        The parameters that remedies may change. Default: all.
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Receives notes.

    Returns
    -------
    DiagnosedFile
        The findings, and an estimator with their remedies.

    Raises
    ------
    DataError
        If a file cannot be read or written, or the table does not fit the model.

    See Also
    --------
    pellucid.diagnostics.diagnose : The same for arrays.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.report import diagnose_file
    >>> from pellucid.workflow import train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", hidden_layer_sizes=(8,), max_iter=5)
    ...     found = diagnose_file(trained.path, "iris", report=f"{folder}/iris.html")
    >>> found.to_dict()["target"]
    'target'
    """
    listener = listener or Listener()
    if report is not None:
        check_is_file(Path(model))
        check_output(Path(report), force=force, name="report", read=[data, model, validation or data])
    rows = examined_rows(
        model, data, validation=validation, target=target, weight=weight, dialect=dialect, listener=listener
    )
    estimator, given = rows.trained.model, rows.data
    with noting(listener.note):
        if report is None:
            found = diagnose(estimator, **given)
        else:
            X, y, title = given.pop("X"), given.pop("y"), f"{model} on {data}"
            found = write_report(estimator, X, y, report, **given, row_names=rows.names, title=title)
    found = in_words_of_the_file(found, rows.names, reworded)
    mended, changes = mend(estimator, found)
    changes = [change for change in changes if changeable is None or change.parameter in changeable]
    return DiagnosedFile(rows, found, mended if changes else None, changes)
