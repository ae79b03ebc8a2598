"""Saving during training."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pellucid.core.checks import check_whole
from pellucid.exceptions import ParameterError
from pellucid.host.streams import warn
from pellucid.persistence.estimators import pack_parameters
from pellucid.persistence.history import Ledger, Row, tidy
from pellucid.persistence.models import write_model

__all__ = ["Checkpoint"]


class Checkpoint:
    """Callback that saves the model during training; the file is always complete.

    To continue a fit as if it had never stopped, load the file, set ``warm_start=True`` and
    ``max_iter`` to the epochs that are left, and fit to the same data. A tabular estimator accepts no other
    ``max_iter``; its members that are trained are kept, and with ``time_budget`` the result depends on the clock.
    With ``solver="lbfgs"`` the parameters are kept and the curvature is estimated anew, so the result differs.

    A checkpoint costs the same however long the training has been: of a history of more than 128 epochs, the
    earlier rows are appended to a second file, ``PATH.history-1`` or ``PATH.history-2``. Keep the two together.

    A path that cannot be written is an error before training. A checkpoint that cannot be written later, such as
    on a full disk, is a warning: training continues, the earlier checkpoint stays, and the next one is tried.

    Parameters
    ----------
    path : path
        The file; each save replaces the one before.
    every : int, default=1
        The number of epochs between saves, counted since the cold start; for tables, by each member.

    Examples
    --------
    >>> import os, tempfile, warnings
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import Checkpoint, MLPClassifier, load
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((4,), max_iter=10, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # ten epochs are too few to converge
    ...     path = os.path.join(folder, "half-way.safetensors")
    ...     model.set_callbacks(Checkpoint(path, every=6)).fit(X, y)
    ...     resumed = load(path).set_params(warm_start=True, max_iter=4).fit(X, y)
    MLPClassifier(hidden_layer_sizes=(4,), max_iter=10, random_state=0)
    >>> bool((resumed.network_.parameters == model.network_.parameters).all())
    True
    """

    notes: Mapping[str, Any] = {}  # notes of each file, see save

    def __init__(self, path: str | os.PathLike[str], *, every: int = 1) -> None:
        if not isinstance(path, str | os.PathLike):
            raise ParameterError(f"'path' must be the path of a file, as text or a Path; got {path!r}.")
        self.path, self.every = path, check_whole("every", every, 1)

    def setup(self, estimator: Any, context: Any) -> None:
        """Check that the parameters can be saved and the place written, before hours of training.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.

        Raises
        ------
        ParameterError
            If one of the parameters cannot.
        OSError
            If the file or its folder cannot be written.
        """
        pack_parameters(estimator.get_params(deep=False))
        check_place(self.path)
        self._forget()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Forget this training; its file stays.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.
        """
        self._forget()

    def _forget(self) -> None:
        self.__dict__.pop("_ledgers", None)
        self.__dict__.pop("_used", None)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_ledgers", "_used")}

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.
        """

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
        """Save after an epoch, if a checkpoint is due.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.
        fitted_estimator : estimator
            The estimator as if the fit had ended here.
        """
        if context.task_name == "epoch" and fitted_estimator.to_plain()["training"].epoch % self.every == 0:
            self._try(self._write, fitted_estimator)

    def save_table(self, estimator: Any) -> None:
        """Save an unfinished fit to a table.

        Parameters
        ----------
        estimator : TabularClassifier or TabularRegressor
            The estimator with its members so far.
        """
        self._try(self._write_table, estimator)

    def _try(self, write: Callable[[Any], None], model: Any) -> None:
        try:
            write(model)
        except OSError as error:
            warn(
                f"The checkpoint {os.fspath(self.path)!r} could not be written: {error.strerror or error}. "
                "Training continues, and the next checkpoint will try again.",
                stacklevel=2,
            )

    def _write(self, fitted_estimator: Any) -> None:
        plain = fitted_estimator.to_plain()
        state = plain["training"]
        beside = self._entrust({"": state.history})
        latest = replace(state, history=_latest(state.history, beside.get("")))
        self._publish(fitted_estimator.from_plain({**plain, "training": latest}), beside)

    def _write_table(self, estimator: Any) -> None:
        plain = estimator.to_plain()
        places = [str(place) for place in plain["training"].standings]
        members = dict(zip(places, plain["members"], strict=True))
        beside = self._entrust({place: member.history for place, member in members.items()})
        latest = [
            replace(member, history=_latest(member.history, beside.get(place)))
            for place, member in members.items()
        ]
        self._publish(estimator.from_plain({**plain, "members": latest}), beside)

    def _entrust(self, histories: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
        """Return the checkpoint's records of the files next to it, by member."""
        ledgers = self.__dict__.setdefault("_ledgers", {})
        said = {}
        for part, rows in histories.items():
            ledger = ledgers.setdefault(part, Ledger(self.path, part))
            if (reference := ledger.entrust(rows)) is not None:
                said[part] = reference
        return said

    def _publish(self, model: Any, beside: dict[str, Any]) -> None:
        write_model(model, self.path, self.notes, {"history_files": beside} if beside else {})
        used = {(part, reference["slot"]) for part, reference in beside.items()}
        if self.__dict__.get("_used") != used:
            tidy(self.path, beside)
            self._used = used


def _latest(rows: Sequence[Row], reference: dict[str, Any] | None) -> list[Row]:
    """Return the rows that stay in the checkpoint."""
    return list(rows[0 if reference is None else reference["n_rows"] :])


def check_place(path: str | os.PathLike[str]) -> None:
    """Raise an OSError if a file cannot be written here; nothing is written."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(
            errno.EISDIR, "The checkpoint must be a file, but this is a folder", str(path)
        )
    if not target.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT, "There is no such folder for the checkpoint", str(target.parent)
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise PermissionError(
            errno.EACCES, "The folder of the checkpoint cannot be written", str(target.parent)
        )
