"""MLflow runs: parameters, the history of a training, and the model as ONNX.

MLflow is not among the requirements: ``pip install mlflow``.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pellucid.core import Network
from pellucid.exceptions import ParameterError
from pellucid.exports.exporting import export
from pellucid.exports.parity import ParityReport
from pellucid.host.streams import warn
from pellucid.training import EpochEnd, Observer, TrainBegin, TrainEnd
from pellucid.version import __version__

__all__ = ["MLflowLogger", "log_to_mlflow"]

LONGEST = 500  # characters of a parameter
AT_ONCE = 1_000  # metrics per call, the most that MLflow takes
SECONDS = 1.0  # between two calls
Metric = tuple[str, float, int]  # name, value, step


class MLflowLogger(Observer):
    """Log the history of a training to MLflow while it runs.

    It logs to the active run, or else to a run of its own that ends with the training. If MLflow fails, it
    warns and training continues.

    Parameters
    ----------
    prefix : str, default=""
        Text in front of the name of each metric.

    See Also
    --------
    log_to_mlflow : For parameters, the model itself, and estimators for tables.

    Examples
    --------
    >>> from pellucid import MLPClassifier
    >>> from pellucid.exports import MLflowLogger
    >>> model = MLPClassifier((8,), max_iter=20).set_callbacks(MLflowLogger())
    >>> model.fit(X, y)  # doctest: +SKIP
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._waiting: list[Metric] = []
        self._run_id: str | None = None
        self._is_own, self._last = False, 0.0

    def on_train_begin(self, event: TrainBegin) -> None:
        """Find the active run, or start one.

        Parameters
        ----------
        event : TrainBegin
            The event.
        """
        mlflow, self._waiting, self._run_id = _mlflow(), [], None
        with self._warning():
            active = mlflow.active_run()
            self._is_own = active is None
            self._run_id = active.info.run_id if active else _new_run(mlflow)
        self._last = time.monotonic()

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Log the row of the history.

        Parameters
        ----------
        event : EpochEnd
            The event.
        """
        self._waiting += _metrics(event.row, event.epoch, self.prefix)
        if time.monotonic() - self._last > SECONDS:
            self._send()

    def on_train_end(self, event: TrainEnd) -> None:
        """Log the remaining rows, and end a run of its own.

        Parameters
        ----------
        event : TrainEnd
            The event.
        """
        self._send()
        if self._is_own and self._run_id is not None:
            with self._warning():
                failed = event.reason in ("failed", "diverged")
                _mlflow().MlflowClient().set_terminated(self._run_id, "FAILED" if failed else "FINISHED")

    def _send(self) -> None:
        waiting, self._waiting, self._last = self._waiting, [], time.monotonic()
        if self._run_id is not None:
            with self._warning():
                _send(self._run_id, waiting)

    @contextmanager
    def _warning(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._run_id = None
            warn(
                f"The history is no longer logged to MLflow, which failed: {error}. Training continues.",
                stacklevel=3,
            )


def log_to_mlflow(
    model: Any, *, data: Any = None, name: str = "model", history: bool = True
) -> tuple[str, ParityReport]:
    """Log a fitted model to MLflow: its parameters, its history, and the model as ONNX with its parity report.

    It logs to the active run, or else to a new one, which it ends. ``mlflow.pyfunc`` loads and serves the
    logged model; a model with an input for each column takes a dict of arrays of shape ``(n_rows, 1)``.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        The model.
    data : data frame or array-like of shape (n_rows, n_columns), optional
        Rows on which the export is compared with the model; see :func:`pellucid.export`.
    name : str, default="model"
        The name of the model in the run.
    history : bool, default=True
        True to log a metric per column and epoch of the history, for ensembles of each member. False after a
        training that :class:`MLflowLogger` logged.

    Returns
    -------
    run_id : str
        The run.
    report : ParityReport
        The comparison of the export.

    Raises
    ------
    ParameterError
        If MLflow is not installed, or the model cannot be exported.
    ExportError
        If the predictions of the export and the model differ; the run then has no model.

    Examples
    --------
    >>> from pellucid.exports import log_to_mlflow
    >>> run_id, report = log_to_mlflow(model, data=X)  # doctest: +SKIP
    """
    mlflow = _mlflow()
    active = mlflow.active_run()
    with _as_active(active) if active is not None else mlflow.start_run() as run:
        mlflow.set_tags({"pellucid.version": __version__, "pellucid.estimator": type(model).__name__})
        if not isinstance(model, Network):
            parameters = {key: str(value)[:LONGEST] for key, value in model.get_params(deep=False).items()}
            mlflow.log_params(parameters)
        if history:
            _send(run.info.run_id, [one for part, rows in _histories(model) for one in _of_rows(rows, part)])
        with tempfile.TemporaryDirectory(prefix="pellucid-") as folder:
            path = Path(folder, f"{name}.onnx")
            report = export(model, path, data=data)
            mlflow.log_dict(json.loads(json.dumps(report.to_dict())), f"{name}-parity.json")
            mlflow.onnx.log_model(
                _onnx().load(path), name=name, onnx_execution_providers=["CPUExecutionProvider"]
            )
        return run.info.run_id, report


def _new_run(mlflow: Any) -> str:
    """Return a run in the current experiment that does not become the active one."""
    client = mlflow.MlflowClient()
    experiment = mlflow.tracking.fluent._get_experiment_id()
    return str(client.create_run(experiment).info.run_id)


@contextmanager
def _as_active(run: Any) -> Iterator[Any]:
    yield run


def _mlflow() -> Any:
    try:
        import mlflow
    except ImportError as error:
        raise ParameterError("Logging to MLflow needs it: pip install mlflow 'pellucid[onnx]'.") from error
    return mlflow


def _onnx() -> Any:
    import onnx

    return onnx


def _histories(model: Any) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the rows of each history with the prefix of its metrics."""
    members = getattr(model, "members_", None)
    if members is not None:
        parts = [f"member {place}/" if len(members) > 1 else "" for place in range(len(members))]
        return [(part, list(member.history)) for part, member in zip(parts, members, strict=True)]
    return [("", model.history_)] if hasattr(model, "history_") else []


def _of_rows(rows: list[Mapping[str, Any]], prefix: str) -> Iterator[Metric]:
    for step, row in enumerate(rows):
        yield from _metrics(row, step, prefix)


def _metrics(row: Mapping[str, Any], step: int, prefix: str) -> list[Metric]:
    numbers = {key: value for key, value in row.items() if isinstance(value, int | float) and key != "epoch"}
    return [(f"{prefix}{key}", float(value), step) for key, value in numbers.items()]


def _send(run_id: str, metrics: list[Metric]) -> None:
    from mlflow.entities import Metric as Logged

    client, now = _mlflow().MlflowClient(), int(1_000 * time.time())
    for start in range(0, len(metrics), AT_ONCE):
        part = metrics[start : start + AT_ONCE]
        client.log_batch(run_id, metrics=[Logged(key, value, now, step) for key, value, step in part])
