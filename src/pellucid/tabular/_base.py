"""Base of both estimators: a fit reads a table, splits rows, trains members and combines their predictions."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.core.checks import as_generator
from pellucid.engines import announcer
from pellucid.estimators.class_weight import check_class_weight
from pellucid.estimators.held_out import TakesHeldOutRows
from pellucid.estimators.parameters import check_parameters
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.blas import blas_threads
from pellucid.tabular._saving import Saved
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.histograms import Histogram
from pellucid.tabular.encoding.unseen import averaged_over_categories
from pellucid.tabular.estimator_settings import settings_of
from pellucid.tabular.group_column import with_groups
from pellucid.tabular.linear.linear_path import LinearPath
from pellucid.tabular.members.exact_outputs import EXACT
from pellucid.tabular.members.given_rows import GivenRows, as_input, read_rows, read_validation
from pellucid.tabular.members.judgement import Judgement
from pellucid.tabular.members.judging import judged
from pellucid.tabular.members.member import EncodedRows, Member, mean_of, shares_of, weighted_sum
from pellucid.tabular.members.monotone import as_rising_columns, check_monotone, is_constrained, signs_of
from pellucid.tabular.members.recipe import Recipe, encoder_of, get_recipe
from pellucid.tabular.members.short_members import N_SHORT, short_settings, wants_short_members
from pellucid.tabular.members.standing import TableTraining, data_digest
from pellucid.tabular.members.targets import Targets
from pellucid.tabular.parquet.parquet_source import ParquetSource, refuse_beside_source
from pellucid.tabular.predicted import histograms_of_predictions
from pellucid.tabular.preparation import TablePreparation
from pellucid.tabular.searching.searched_fit import SEARCHING, check_search, refuse_to_search, searched
from pellucid.tabular.settings import check_settings
from pellucid.tabular.streaming.sharded_table import ShardedTable, check_sharded
from pellucid.tabular.streaming.streamed_fit import rows_at_once, streamed_fit
from pellucid.tabular.table_fit import TableFit, jobs_of, refuse_nothing, splits_of
from pellucid.training.console import say_compiling

__all__ = ["BaseTabular"]

Array = NDArray[Any]
AUTO_MEMBERS = {"default": 5, "best": 5, "fast": 1, "realmlp-td": 1, "realmlp-td-s": 1}
AUTO_SHARED = 8
LINEAR_PRESETS = ("default", "best", "fast")


class BaseTabular(TakesHeldOutRows, Saved, BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators; see :class:`TabularClassifier` and :class:`TabularRegressor`."""

    encoder_: TableEncoder
    members_: list[Member]
    linear_: LinearPath | None
    tried_: tuple[dict[str, Any], ...]
    prediction_histograms_: tuple[Histogram | None, ...]
    _is_short = False  # True where fit trains short members

    # ---- what a subclass adds -----------------------------------------------------------------------------

    _task: str

    @abstractmethod
    def _read_y(self, y: Any) -> Any:
        """Return validated targets of shape (n_rows,) or (n_rows, n_targets), and learn their kind."""

    @abstractmethod
    def _encode_y(self, y: Any) -> Array:
        """Return targets as numbers of shape (n_rows, n_targets)."""

    @abstractmethod
    def _targets(self, Y: Array) -> Targets:
        """Return the way from targets to outputs and back."""

    @abstractmethod
    def _wants_unseen(self) -> bool:
        """Return whether :meth:`_conclude` needs predictions for held-out rows."""

    @abstractmethod
    def _as_predicted(self, predictions: Array) -> dict[str, Any]:
        """Return the results of ``predict`` and similar methods for joined outputs, by the name of the method."""

    @abstractmethod
    def _by_position(self) -> int | None:
        """Return the position of the column by which coverage is requested."""

    @abstractmethod
    def _by_codes(self, X: Any) -> Array | None:
        """Return each row's category in the column by which coverage is requested."""

    def _strata(self, y: Any) -> Any:
        """Return the classes whose shares a split preserves; None for numbers."""
        return None

    def _conclude(self, judged: Judgement) -> None:
        """Learn from the members' predictions for the rows that they held out."""

    # ---- fit ----------------------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, groups: Any) -> None:
        started = perf_counter()
        before = self.__dict__.copy()
        try:
            with blas_threads(self.n_threads), announcer(say_compiling):
                fit = self._prepare(X, y, sample_weight, validation_data, groups)
                try:
                    fit.train(self, started)
                    self._end(fit, ends=started + (inf if self.time_budget is None else self.time_budget))
                except KeyboardInterrupt:
                    self._end(fit, interrupted=True)
        except BaseException as error:
            # A fit that fails leaves the estimator as it was. A single assignment cannot be split by Ctrl-C. What
            # only interrupts the end of a fit, or warns about it, keeps the trained members.
            is_fitted = self.__dict__.get("members_") is not before.get("members_")
            if not (is_fitted and isinstance(error, KeyboardInterrupt | Warning)):
                self.__dict__ = before
            raise

    def _roles(self) -> dict[str, Any]:
        """Return the parameters that name columns."""
        constrained = self.monotonic_cst if isinstance(self.monotonic_cst, dict) else None
        called = {"categorical_features": self.categorical_features, "text_columns": self.text_columns}
        return {**called, "monotonic_cst": constrained}

    def _prepare(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, groups: Any) -> TableFit:
        """Return the fit, ready to train, with everything learned except the members."""
        self._is_short = False
        self._keep_parameters()
        if isinstance(X, ParquetSource):
            refuse_beside_source(y, sample_weight, groups)
            chunk = rows_at_once(X, self._n_networks)
            if chunk is None:
                refuse_to_search(self, "needs all rows in memory, and these do not fit; use preset='default'")
                return streamed_fit(self, X, validation_data)
            X, y, sample_weight, groups = chunk.X, chunk.y, chunk.weight, chunk.groups
        if isinstance(X, ShardedTable):
            check_sharded(self)
            return streamed_fit(self, X, validation_data)
        X, groups, not_inputs = with_groups(X, groups, sample_weight, self._roles())
        check_parameters(self)
        starts, earlier = self._starts(), self._earlier()
        given = read_rows(self, X, y, sample_weight, groups, again=bool(starts))
        n_earlier = len(earlier.seeds) if earlier else len(starts)
        self._is_short = wants_short_members(self, given.counts(1.0)[1], n_earlier)
        self._check_starts(starts, self._n_networks)
        recipe = self._recipe(
            *given.counts(1.0 - self.validation_fraction if validation_data is None else 1.0)
        )
        rng = as_generator(self.random_state)
        if not starts:
            self._fit_encoder(given, recipe, not_inputs)
        rows = EncodedRows(as_input(given.encoded(self.encoder_)), self._encode_y(given.y), given.weight)
        targets, seed = self._targets(rows.y), int(rng.integers(2**31))
        seeds: Any = rng.integers(2**63, size=self._n_networks)
        training = earlier or TableTraining("", "", seed, tuple(seeds.tolist()))
        own = None if validation_data is None else read_validation(self, validation_data)
        splits = splits_of(self, given, own, training.seed)
        jobs = jobs_of(self, recipe, targets, rows, given, own, splits, training.seeds, starts=starts)
        board = self._board(
            training,
            lambda: data_digest(self.encoder_, rows, own and own[0], splits),
            has_starts=bool(starts),
        )
        fit = TableFit(jobs, board, splits, rows, given, own)
        return searched(fit, self, recipe) if self.preset == SEARCHING else fit

    def _fit_encoder(self, given: GivenRows, recipe: Recipe, not_inputs: tuple[str, ...]) -> None:
        """Learn the columns of a table."""
        encoder = encoder_of(self, recipe)
        encoder.not_inputs_ = not_inputs
        self._learn_columns(lambda: given.fit(encoder), encoder, recipe)

    def _learn_columns(self, learn: Callable[[], Any], encoder: TableEncoder, recipe: Recipe) -> None:
        """Fit the encoder; refuse a table that nothing can be learned from."""
        try:
            learn()
        except ParameterError as error:  # uses the encoder's name of the parameter
            said = str(error).replace("'categorical'", "'categorical_features'", 1)
            raise ParameterError(said) from error
        self._take_encoder(encoder)
        self._by_position()  # refuses a missing column
        as_rising_columns(encoder, self._signs())
        if not any(column.features for column in encoder.columns_):
            raise DataError(
                "All columns of X are constant, so there is nothing to learn from: "
                + " ".join(encoder.notes_)
            )
        if encoder.is_sparse_ and self._signs():
            raise ParameterError(
                "'monotonic_cst' must be None for sparse tables: pass X.toarray(), or leave it out."
            )
        if encoder.is_sparse_ and recipe.n_inside > 1:
            raise ParameterError(
                "ensemble='shared' does not take sparse tables: pass X.toarray(), or ensemble='independent'."
            )

    def _end(self, fit: TableFit, *, interrupted: bool = False, ends: float = inf) -> None:
        """Make a fitted estimator from the existing members."""
        begun = fit.begun()
        members = [member for member, _ in begun]
        refuse_nothing(members)
        kept = [(member, out) for member, out in begun if member.history]
        self.members_ = [member for member, _ in kept]
        self._training = fit.board.now()
        has_path = self._has_linear_path and not interrupted and perf_counter() < ends
        if has_path or self._wants_unseen():
            told = fit.told(self.engine)
            self.linear_, told = fit.with_linear_path(
                self.encoder_, told, self.linear_, anew=has_path, wants_unseen=self._wants_unseen()
            )
            if self._wants_unseen():
                self._conclude(judged(told, fit.rows, fit.given, fit.own, self._by_codes))
        self.tried_ = fit.tried
        self.prediction_histograms_ = histograms_of_predictions(
            self, fit.judged(), same_rows=fit.own is not None
        )
        if not fit.board.training.data:  # no training to continue
            del self._training
            for member in self.members_:
                member.unseen = None
        fit.save(self)
        fit.warn(members, self.time_budget, interrupted=interrupted)

    def _recipe(self, n_rows: int, n_repeated: int | None = None) -> Recipe:
        """Return the recipe for a number of training rows and the number they represent by their weights."""
        short = short_settings(n_rows, n_repeated or n_rows) if self._is_short else {}
        sizes = self.hidden_layer_sizes
        recipe = get_recipe(
            self.preset,
            self._task,
            n_rows,
            self._n_members,
            n_repeated=n_repeated,
            n_inside=self._n_members if self.ensemble == "shared" else 1,
            hidden_layer_sizes=None if sizes is None else tuple(np.atleast_1d(sizes).tolist()),
            activation=self.activation,
            learning_rate_init=self.learning_rate_init,
            n_epochs=self.max_iter or short.get("n_epochs"),
            batch_size=self.batch_size or short.get("batch_size"),
            dropout=self.dropout,
            weight_decay=self.weight_decay,
            label_smoothing=getattr(self, "label_smoothing", None),
        )
        if not is_constrained(self.monotonic_cst):
            return recipe
        return replace(recipe, activation=self.activation or "leaky_relu", parametric=False)

    def _signs(self) -> dict[int, int]:
        """Return the columns in which predictions are monotone, with +1 or -1."""
        return signs_of(self.monotonic_cst, self.encoder_)

    @property
    def _predicting(self) -> str:
        """The engine of predictions."""
        return EXACT if is_constrained(self._as_fitted("monotonic_cst")) else self.engine

    @property
    def _has_linear_path(self) -> bool:
        return self.preset in LINEAR_PRESETS if self.linear == "auto" else bool(self.linear)

    @property
    def _records_unseen(self) -> bool:
        """True if members record predictions for held-out rows as they train, which is slow with a scorer."""
        return self._wants_unseen() or (self._has_linear_path and self.scoring is None)

    @property
    def _n_members(self) -> int:
        if self.n_members != "auto":
            return int(self.n_members)
        if self._is_short:
            return N_SHORT
        return AUTO_SHARED if self.ensemble == "shared" else AUTO_MEMBERS[self.preset]

    @property
    def _n_networks(self) -> int:
        return 1 if self.ensemble == "shared" else self._n_members

    def _validate_params(self) -> None:
        check_settings(self, settings_of(self._task))
        check_search(self)
        check_monotone(self)
        check_class_weight(self._class_weight())

    def _class_weight(self) -> Any:
        return getattr(self, "class_weight", None)

    def _read_y_again(self, y: Any) -> Any:
        """Return validated targets of the kind that fit saw."""
        return self._read_y(y)

    # ---- prediction ---------------------------------------------------------------------------------------

    def _predictions(self, X: Any) -> Array:
        """Return the networks' predictions for a table, one array of shape (n_rows, n_outputs) each, stacked."""
        return self._predictions_of(self.encode(X))

    def _predictions_of(self, encoded: Any) -> Array:
        """Return the predictions of the networks for encoded rows."""
        return averaged_over_categories(
            self.encoder_,
            encoded,
            lambda rows: self._mixed(
                np.stack([member.outputs(rows, engine=self._predicting) for member in self.members_]), rows
            ),
        )

    def _mixed(self, told: Array, X: Any) -> Array:
        """Return predictions of networks for encoded rows, with the linear model's share in each."""
        path = self.linear_
        if path is None:
            return told
        return path.beside(told, X, exactly=self._predicting == EXACT)

    def _spread(self, X: Any) -> Array:
        """Return the standard deviation over all members, including those that share one network."""
        encoded, shares = self.encode(X), shares_of(self.members_, inside=True)
        votes = averaged_over_categories(
            self.encoder_,
            encoded,
            lambda rows: self._mixed(
                np.concatenate([member.votes(rows, engine=self.engine) for member in self.members_]), rows
            ),
        )
        if shares is None:
            return np.asarray(votes.std(axis=0))
        return np.sqrt(weighted_sum(shares, (votes - weighted_sum(shares, votes)) ** 2))

    def _joined(self, predictions: Sequence[Array] | Array) -> Array:
        """Return the members' mean by their shares, which keeps ordered quantiles in order."""
        return mean_of(self.members_, predictions)

    def encode(self, X: Any) -> Any:
        """Return a table as the networks take it, its columns named by ``encoder_.names_``.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray or CSR array of shape (n_rows, n_encoded)
            In float32.
        """
        check_is_fitted(self)
        return as_input(self.encoder_.encode(X))

    def __pellucid_preparation__(self, *, loss: Any = None, member: int | str = 0) -> TablePreparation:
        return TablePreparation(self, member, loss)

    # ---- fitted attributes --------------------------------------------------------------------------------

    @property
    def network_(self) -> Network:
        """The network of the first member."""
        check_is_fitted(self)
        return self.members_[0].network

    @property
    def history_(self) -> list[dict[str, Any]]:
        """A row of numbers per epoch, of the first member."""
        check_is_fitted(self)
        member = self.members_[0]
        if not isinstance(member.history, list):  # in a snapshot
            member.history = list(member.history)
        rows: list[dict[str, Any]] = member.history
        return rows

    @property
    def n_iter_(self) -> int:
        """The epochs of the first member."""
        return len(self.history_)

    @property
    def notes_(self) -> tuple[str, ...]:
        """Remarks on the columns, in sentences."""
        check_is_fitted(self)
        return self.encoder_.notes_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self.ensemble != "shared"
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags
