"""Export of a fitted model: built, compared with the model on the same rows, and only then written."""

from __future__ import annotations

import copy
import numbers
import os
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError, PellucidError
from pellucid.exports.feeds import feed, made_rows
from pellucid.exports.parity import ParityReport, compared
from pellucid.exports.program import Input, Program, program_of
from pellucid.exports.runtimes import model_outputs
from pellucid.exports.targets import Made, Target, paths_of, target_of
from pellucid.host.files import replace_file, replace_files
from pellucid.host.quiet import quiet

__all__ = ["ExportError", "export"]

Array = NDArray[Any]


class ExportError(PellucidError):
    """An export's predictions differ from those of the model; nothing was written."""


def export(
    model: Any,
    path: str | os.PathLike[str],
    *,
    to: str | None = None,
    data: Any = None,
    coverage: float | None = None,
    tolerance: float | None = None,
    **options: Any,
) -> ParityReport:
    """Write a fitted model in a form that predicts without pellucid, and check that the predictions agree.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        The model.
    path : path
        The file; its suffix determines the kind of export if ``to`` is not given. For C, a header is written next
        to it.
    to : {"onnx", "c", "python", "numpy-weights", "card"}, optional
        The kind of export: ONNX with the preprocessing inside, C99 without dependencies, a Python file that needs
        NumPy only, the arrays alone, a model card.
    data : data frame or array-like of shape (n_rows, n_columns), optional
        Rows on which the export is compared with the model. Default: rows made from the model's column summaries,
        with missing, unknown and extreme values.
    coverage : float, optional
        For a :class:`TabularRegressor`, the coverage of the intervals ``low`` and ``high``, in (0, 1). Default: no
        intervals.
    tolerance : float, optional
        The largest accepted difference, relative to their size for numbers. Default: 1e-5.
    **options
        ``part="network"`` for ONNX without the preprocessing; ``inputs="columns"`` or ``inputs="matrix"`` for an
        input per column, or one for all; ``standard_library=True`` for a Python file that predicts a row at a time
        and needs nothing else. For a card ``notes`` of the model's file (``read_header(path)["notes"]``),
        ``findings`` of :func:`pellucid.diagnose`, and the texts ``name``, ``description``, ``license``,
        ``license_link`` and ``limits``.

    Returns
    -------
    ParityReport
        The comparison.

    Raises
    ------
    ParameterError
        If an option is not accepted, the model cannot be exported, or a library is missing.
    ExportError
        If the predictions of the export and the model differ; nothing is written then.
    OSError
        If a file cannot be written; an existing file stays intact.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier, export
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", standardize=True, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = export(model, os.path.join(folder, "iris.py"), data=X)
    >>> report.passed, report.n_rows
    (True, 150)
    """
    path = Path(path)
    target = target_of(to, path)
    unknown = sorted(options.keys() - set(target.options))
    if unknown:
        takes = " and ".join(map(repr, target.options)) or "no options"
        raise ParameterError(f"{unknown[0]!r} is not an option of {target.name!r}, which takes {takes}.")
    _check_tolerance(tolerance)
    paths = paths_of(target, path)
    if target.of_model:
        made = target.make(model, path, **options)
        replace_file(path, *made.files.values())
        return ParityReport(target.name, "", 0, "given", {}, 0, 0, 0.0, ("It describes the model.",))
    program = program_of(model, coverage=coverage)
    if data is None:
        rows = made_rows(program)
        with quiet():  # warnings about rows that are meant to differ from those of fit
            expected = model_outputs(_nameless(model), program, _table(program, rows))
    else:
        expected = model_outputs(model, program, data)  # refuses rows that the model refuses
        with quiet():  # warnings that the model has just given
            rows = feed(model, program, data)
    made = target.make(program, path.stem, rows, expected, **options)
    report = _compare(target, made, program, rows, expected, "made" if data is None else "given", tolerance)
    if report.runtime and not report.passed:
        raise ExportError(
            f"{path.name} was not written, since it does not predict what the model predicts.\n{report}"
        )
    replace_files({paths[suffix]: content for suffix, content in made.files.items()})
    return report


def _check_tolerance(tolerance: Any) -> None:
    if tolerance is None:
        return
    if isinstance(tolerance, bool) or not isinstance(tolerance, numbers.Real) or not float(tolerance) >= 0.0:
        raise ParameterError(f"'tolerance' must be a number of at least 0, or None; got {tolerance!r}.")


def _compare(
    target: Target,
    made: Made,
    program: Program,
    rows: Any,
    expected: dict[str, Array],
    which: str,
    tolerance: float | None,
) -> ParityReport:
    allowed = target.tolerance if tolerance is None else tolerance
    rows, expected = (
        {name: values[: made.most_rows] for name, values in each.items()} for each in (rows, expected)
    )
    ran = made.run(rows) if made.run is not None else None
    if ran is None:
        why = "Nothing here can run it." if made.run is None else "There is no C compiler on this machine."
        return ParityReport(target.name, "", 0, which, {}, 0, 0, allowed, (why,))
    found, runtime = ran
    return compared(
        program, expected, found,
        target=target.name, runtime=runtime, rows=which, tolerance=allowed, reasons=made.reasons,
    )  # fmt: skip


def _table(program: Program, rows: dict[str, Array]) -> Array:
    """Return inputs of a program as a table that the model takes: a matrix, or columns by position."""
    if program.inputs[0].kind == "matrix":
        return rows["X"]
    n_rows = len(next(iter(rows.values())))
    table = np.empty((n_rows, len(program.inputs)), object)
    for place, one in enumerate(program.inputs):
        table[:, place] = [_as_given(one, value) for value in rows[one.name]]
    return table


def _as_given(one: Input, value: Any) -> Any:
    if one.kind == "text":
        return None if value == one.missing else value
    if one.kind == "date":
        if value == one.missing:
            return None
        at = np.datetime64(int(value), "us")
        return at.item().replace(tzinfo=UTC) if one.unit else at
    if value != value:
        return None
    if one.unit:
        return np.timedelta64(round(float(value) * 1e6), "us")
    return bool(value) if one.kind == "boolean" else float(value)


def _nameless(model: Any) -> Any:
    """Return the model without names of columns, so that rows without any are taken by position."""
    if not hasattr(model, "feature_names_in_") or hasattr(model, "encoder_"):
        return model
    other = copy.copy(model)
    vars(other).pop("feature_names_in_", None)
    return other
