"""Checkpoints of a fit to a table, and the warm start that continues one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.estimators.plain_form import HasPlainForm
from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.histograms import Histogram
from pellucid.tabular.linear.linear_path import LinearPath
from pellucid.tabular.members.member import Member
from pellucid.tabular.members.standing import Board, TableTraining, parameters_digest
from pellucid.tabular.searching.portfolio import PORTFOLIO

__all__ = ["Saved"]

OF_FIT = ("coverage_by", "monotonic_cst", "output_range")  # parameters that a fitted model needs to predict


class Saved(HasPlainForm):
    """The part of an estimator for tables that saves a fit in progress."""

    encoder_: TableEncoder
    warm_start: bool
    preset: str
    get_params: Callable[..., dict[str, Any]]
    members_: list[Member]
    linear_: LinearPath | None
    tried_: tuple[dict[str, Any], ...]
    prediction_histograms_: tuple[Histogram | None, ...]
    _training: TableTraining
    _of_fit: dict[str, Any]  # of OF_FIT, as they were when fit began

    def _keep_parameters(self) -> None:
        """Keep the parameters that predictions need, so that others can be set for the next fit."""
        self._of_fit = {name: value for name, value in self.get_params(deep=False).items() if name in OF_FIT}

    def _as_fitted(self, name: str) -> Any:
        """Return a parameter as it was when fit began."""
        return vars(self).get("_of_fit", {}).get(name, getattr(self, name))

    def _await_calibration(self) -> None:
        """Set the attributes that are learned after the members to their defaults."""

    def _learned_to_plain(self) -> dict[str, Any]:
        """Return by name what a subclass has learned in addition to encoder and members."""
        return {}

    def _learned_from_plain(self, plain: dict[str, Any]) -> None:
        """Set the attributes that :meth:`_learned_to_plain` returned."""

    def _to_plain(self) -> dict[str, Any]:
        training: TableTraining | None = getattr(self, "_training", None)
        if training is not None and not training.is_of(self.members_):
            training = None  # the checkpoint of a search has it
        return {
            "parameters": self.get_params(deep=False) | vars(self).get("_of_fit", {}),
            "encoder": self.encoder_,
            "members": self.members_,
            "linear": self.linear_,
            "training": training,
            "predicted": self.prediction_histograms_,
            "tried": self.tried_,
            **self._learned_to_plain(),
        }

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Any:
        model = cls(**plain["parameters"])
        model._keep_parameters()
        model._take_encoder(plain["encoder"])
        model.members_ = plain["members"]
        model.linear_ = plain.get("linear")
        model.prediction_histograms_ = plain.get("predicted", ())
        model.tried_ = tuple(plain.get("tried", ()))
        if plain["training"] is not None:
            model._training = plain["training"]
        model._learned_from_plain(plain)
        return model

    def _take_encoder(self, encoder: TableEncoder) -> None:
        """Take over a fitted encoder, and the names of the columns that it knows."""
        self.encoder_, self.n_features_in_ = encoder, len(encoder.columns_)
        self.__dict__.pop("feature_names_in_", None)
        if encoder.feature_names_ is not None:
            self.feature_names_in_ = np.array(encoder.feature_names_, dtype=object)

    def set_callbacks(self, *callbacks: Any) -> Any:
        """Set the checkpoints that a fit writes.

        Parameters
        ----------
        *callbacks : Checkpoint
            Each saves the fit every few epochs of any member, as its ``every`` says. None removes them.

        Returns
        -------
        self
            The estimator.
        """
        for callback in callbacks:
            if isinstance(callback, type) or not hasattr(callback, "save_table"):
                raise ParameterError(
                    f"set_callbacks of {type(self).__name__} takes pellucid.Checkpoint only; got {callback!r}."
                )
        self.__dict__.pop("_skl_callbacks", None)
        if callbacks:
            self._skl_callbacks = list(callbacks)
        return self

    def _earlier(self) -> TableTraining | None:
        """Return the training that a warm start continues."""
        earlier: TableTraining | None = getattr(self, "_training", None) if self.warm_start else None
        if earlier is None or not earlier.data:
            return None
        parameters = self._parameters_digest()
        if earlier.is_over and parameters != earlier.parameters and self.preset != "best":
            return None
        earlier.check(parameters=parameters)
        return earlier

    def _parameters_digest(self) -> str:
        """Return a digest of what must stay the same when training continues, for a search with its recipes."""
        parameters = self.get_params(deep=False)
        if self.preset == "best":
            parameters["recipes"] = PORTFOLIO
        return parameters_digest(parameters)

    def _starts(self) -> list[Member]:
        """Return the members of a finished fit, which a warm start continues; none if there is no such fit."""
        if self.preset == "best":  # a search continues with the recipes that it has tried
            return []
        training = getattr(self, "_training", None)
        is_over = training is None or bool(
            training.data and training.is_over
        )  # to the end of the steps that follow
        return self.members_ if self.warm_start and hasattr(self, "members_") and is_over else []

    def _check_starts(self, starts: list[Member], n_networks: int) -> None:
        """Refuse to continue with a different number of members."""
        if starts and len(starts) != n_networks:
            raise ParameterError(
                f"warm_start=True continues with the {counted(len(starts), 'network')} of the earlier fit; got "
                f"parameters for {n_networks}. Set n_members={len(starts)}, or warm_start=False to start "
                "again."
            )

    def _board(
        self, training: TableTraining, digest: Callable[[], str], *, has_starts: bool = False
    ) -> Board:
        """Return the members of a fit, with the state that an earlier training left, and checkpoints on the way.

        With ``has_starts``, a fit to other data starts from earlier members, and is not saved on the way.
        """
        checkpoints = getattr(self, "_skl_callbacks", [])
        if checkpoints or self.warm_start:
            data, parameters = digest(), self._parameters_digest()
            if has_starts and data != training.data:
                if checkpoints:
                    raise ParameterError(
                        "A fit that continues the networks of a finished one takes no Checkpoint: remove "
                        "it with set_callbacks(), and save the model before and after."
                    )
                data = parameters = ""
                training = replace(training, standings={})
            if training.standings:
                training.check(data=data)
            training = replace(training, data=data, parameters=parameters)
            for checkpoint in checkpoints:
                checkpoint.setup(self, None)
        self.prediction_histograms_, self.tried_ = (), ()
        self.linear_ = self._kept_path() if has_starts else None
        self._await_calibration()
        return Board(training, checkpoints, self._so_far)

    def _kept_path(self: Any) -> LinearPath | None:
        """Return the linear model of an earlier fit, if it matches the parameters."""
        path: LinearPath | None = self.linear_
        loss = getattr(self, "loss", "log_loss")
        return path if path and self._has_linear_path and path.member.targets.loss.name == loss else None

    def _so_far(self, training: TableTraining) -> Any:
        """Return an estimator of the members that have finished an epoch."""
        twin = copy.copy(self)
        twin._training = training
        twin.members_ = [standing.member for standing in training.standings.values()]
        return twin
