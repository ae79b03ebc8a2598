"""Export of a model file as ONNX, C or Python, compared with the model on rows of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pellucid.exports import ParityReport, export
from pellucid.exports.targets import paths_of, target_of
from pellucid.persistence import read_header
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.polars_errors import polars_errors
from pellucid.workflow.listening import Listener
from pellucid.workflow.output_files import check_output
from pellucid.workflow.trained import open_model

__all__ = ["export_file"]


@polars_errors()
def export_file(
    model: str | Path,
    out: str | Path,
    *,
    to: str | None = None,
    check: str | Path | None = None,
    coverage: float | None = None,
    force: bool = False,
    dialect: Dialect | None = None,
    listener: Listener | None = None,
    **options: Any,
) -> ParityReport:
    """Write a model file in a form that predicts without pellucid, and compare the predictions.

    Parameters
    ----------
    model : path
        A model file.
    out : path
        The file to write; its suffix chooses the kind of export if ``to`` is omitted.
    to : {"onnx", "c", "python", "numpy-weights", "card"}, optional
        The kind of export.
    check : path, optional
        A table with the model's inputs, by whose rows the export is compared with the model. Default: rows made
        from the summaries of columns that the model holds.
    coverage : float, optional
        The share of targets that intervals hold, for regression with an estimator for tables.
    force : bool, default=False
        True to write over a file that exists.
    dialect : Dialect, optional
        Format of a text file, if it differs from the training data.
    listener : Listener, optional
        Receives notes.
    **options
        Of the kind of export, as :func:`pellucid.export` takes them; those that are None have their defaults.

    Returns
    -------
    ParityReport
        The comparison.

    Raises
    ------
    DataError
        If a file cannot be read or written.
    ExportError
        If the export predicts otherwise than the model.
    ParameterError
        If the model cannot be exported, or an option is not accepted.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import export_file, train_file
    >>> with TemporaryDirectory() as folder:
    ...     trained = train_file("iris", out=f"{folder}/iris.safetensors", max_iter=20)
    ...     report = export_file(trained.path, f"{folder}/iris.py")
    >>> report.passed, report.target
    (True, 'python')
    """
    listener = listener or Listener()
    options = {name: value for name, value in options.items() if value is not None}
    out, read = Path(out), [Path(model), *([] if check is None else [check])]
    target = target_of(to, out)
    for path in paths_of(target, out).values():
        check_output(path, force=force, read=read)
    trained = open_model(Path(model))
    if target.of_model:
        options = {"notes": read_header(Path(model))["notes"], "name": Path(model).stem, **options}
    rows = None
    if check is not None:
        table = trained.table(str(check), dialect or Dialect(), listener.note)
        rows = trained.inputs(table, (), listener.note)
    return export(trained.model, out, to=target.name, data=rows, coverage=coverage, **options)
