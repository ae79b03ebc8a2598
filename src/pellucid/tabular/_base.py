"""What both estimators share: a fit is a table read, rows split, members trained, their votes joined."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Sequence
from math import inf
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils import indexable
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.core.checks import as_generator
from pellucid.core.inputs import checked_csr
from pellucid.core.repetition import n_repeated
from pellucid.engines import announcer
from pellucid.estimators.class_weight import check_class_weight
from pellucid.estimators.divergence_warning import DivergenceWarning
from pellucid.estimators.held_out import TakesHeldOutRows
from pellucid.estimators.row_weights import absent_replaced, check_weights
from pellucid.estimators.scoring import score_of
from pellucid.exceptions import DataError, DivergenceError, ParameterError
from pellucid.host.blas import blas_threads
from pellucid.host.streams import warn
from pellucid.tabular._saving import Saved
from pellucid.tabular.crew import train_crew
from pellucid.tabular.encoder import TableEncoder
from pellucid.tabular.judgement import Judgement, judged_unseen, scores_without, scores_without_parts
from pellucid.tabular.members import Held, Job, Member
from pellucid.tabular.preparation import TablePreparation
from pellucid.tabular.probe import fitted_so_far
from pellucid.tabular.recipe import Recipe, get_recipe
from pellucid.tabular.sentinels import is_sentinels
from pellucid.tabular.splits import FEWEST, split_members
from pellucid.tabular.standing import TableTraining, data_digest
from pellucid.tabular.table import read_table
from pellucid.tabular.targets import Targets
from pellucid.tabular.unseen import averaged_over_categories
from pellucid.training.console import say_compiling

__all__ = ["BaseTabular"]

Array = NDArray[Any]
DTYPE = np.float32
AUTO_MEMBERS = {"default": 5, "fast": 1, "realmlp-td": 1, "realmlp-td-s": 1}
AUTO_SHARED = 8


class BaseTabular(TakesHeldOutRows, Saved, BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators; see :class:`TabularClassifier` and :class:`TabularRegressor`."""

    encoder_: TableEncoder
    members_: list[Member]

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
    def _row_losses(self, targets: Targets, Y: Array, outputs: Array) -> Array:
        """Return the loss of each row; their mean chooses the best epoch where no ``scoring`` is given."""

    @abstractmethod
    def _wants_unseen(self) -> bool:
        """Return whether :meth:`_conclude` needs predictions for held-out rows."""

    @abstractmethod
    def _as_predicted(self, predictions: Array) -> dict[str, Any]:
        """Return what ``predict`` and its like give for these joined outputs, by the name of the method."""

    def _strata(self, y: Any) -> Any:
        """Return the classes whose shares a split keeps; None for numbers."""
        return None

    def _conclude(self, judged: Judgement) -> None:
        """Learn from what members say of the rows that they held out."""

    # ---- fit ----------------------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, groups: Any) -> None:
        started = perf_counter()
        before = self.__dict__.copy()
        try:
            with blas_threads(self.n_threads), announcer(say_compiling):
                train, end = self._prepare(X, y, sample_weight, validation_data, groups, started)
                try:
                    train()
                    end()
                except KeyboardInterrupt:
                    end(interrupted=True)
        except BaseException as error:
            # A fit that fails leaves the estimator as it was. One assignment: Ctrl-C cannot come in between. What
            # only interrupts the end of a fit, or warns of it, leaves the members that are trained.
            is_fitted = self.__dict__.get("members_") is not before.get("members_")
            if not (is_fitted and isinstance(error, KeyboardInterrupt | Warning)):
                self.__dict__ = before
            raise

    def _prepare(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, groups: Any, started: float
    ) -> tuple[Callable[[], None], Callable[..., None]]:
        """Return what trains the members, and what makes a fitted estimator of those that there are then."""
        self._check_options()
        check_class_weight(self._class_weight())
        if y is None:
            raise DataError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        X, y, groups, given, weight = self._read(X, y, sample_weight, groups)
        learned = 1.0 - self.validation_fraction if validation_data is None else 1.0
        recipe = self._recipe(round(learned * len(y)), round(learned * n_repeated(len(y), given)))
        rng = as_generator(self.random_state)
        encoder = TableEncoder(
            self.categorical_features,
            max_one_hot=recipe.max_one_hot,
            decimal=self.decimal,
            dates=self.dates,
            sentinels=self.sentinels,
        )
        try:
            encoder.fit(X, sample_weight=given)
        except ParameterError as error:  # the encoder's name for it
            raise ParameterError(str(error).replace("categorical", "categorical_features", 1)) from error
        self._take_encoder(encoder)
        if not any(column.features for column in encoder.columns_):
            raise DataError(
                "No column of X varies, so there is nothing to learn from: " + " ".join(encoder.notes_)
            )
        if encoder.is_sparse_ and recipe.n_inside > 1:
            raise ParameterError(
                "ensemble='shared' does not take sparse tables: pass X.toarray(), or ensemble='independent'."
            )
        rows = Held(_cast(encoder.encode(X)), self._encode_y(y), weight)
        targets, seed = self._targets(rows.y), int(rng.integers(2**31))
        seeds: Any = rng.integers(2**63, size=self._n_networks)
        training = self._earlier() or TableTraining("", "", seed, tuple(seeds.tolist()))
        own = None if validation_data is None else self._read_validation(validation_data)
        if own is None:
            splits = split_members(
                len(y), self._n_networks, validation=self.validation, fraction=self.validation_fraction,
                strata=self._strata(y), groups=groups, seed=training.seed,
            )  # fmt: skip
        else:
            splits = [(np.arange(len(y)), np.empty(0, np.intp))] * self._n_networks
        jobs = []
        for place, (learned, out) in enumerate(splits, 1):
            held, (read_X, true, their) = own or (
                rows.take(out),
                (lambda out=out: take_rows(X, out), y[out], _part(given, out)),
            )
            where = (
                f"the rows that member {place} of {len(splits)} holds out" if own is None else "X_val, y_val"
            )
            together = None if own or groups is None else np.unique(groups[out], return_inverse=True)[1]
            judge, without = self._judges(held, read_X, true, their, where, together)
            jobs.append(Job(recipe, encoder, targets, rows.take(learned), held, judge, without))
        board = self._board(training, lambda: data_digest(encoder, rows, own and own[0], splits))
        rngs = [np.random.default_rng(s) for s in training.seeds]
        deadline = inf if self.time_budget is None else started + self.time_budget

        def train() -> None:
            train_crew(
                jobs,
                rngs,
                engine=self.engine,
                deadline=deadline,
                verbose=self.verbose,
                slots=board.slots,
            )

        def end(*, interrupted: bool = False) -> None:
            for slot in board.slots:
                slot.settle()
            found = [(slot.latest(), out) for slot, (_, out) in zip(board.slots, splits, strict=True)]
            begun = [member for member, _ in found if member]
            self._refuse_nothing(begun)
            kept = [(member, out) for member, out in found if member and member.history]
            self.members_ = [member for member, _ in kept]
            self._training = board.now()
            if self._wants_unseen():
                self._conclude(_judged(kept, rows.y, given, groups, own))
            if not board.training.data:  # nobody asked to go on
                del self._training
                for member in self.members_:
                    member.unseen = None
            board.save(board.checkpoints, self)
            self._warn_of_endings(begun, interrupted=interrupted)

        return train, end

    def _read(self, X: Any, y: Any, sample_weight: Any, groups: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Return the rows that count: X, y, groups, the user's weights, and those times the class weights."""
        X = checked_csr(X) if issparse(X) else X
        n_rows = X.shape[0] if issparse(X) else len(read_table(X).rows)
        (X,) = indexable(X)
        shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
        if len(shape) not in (1, 2):
            raise DataError(f"y must have shape (n_rows,) or (n_rows, n_targets); got {tuple(shape)}.")
        (y,) = absent_replaced(sample_weight, y) or (y,)  # a row of weight 0 is absent, and its class with it
        y = self._read_y(y)
        if len(y) != n_rows:
            raise DataError(
                f"Found input variables with inconsistent numbers of samples: X has {n_rows} rows and y {len(y)}."
            )
        groups = None if groups is None else np.asarray(groups)
        if groups is not None and groups.shape != (n_rows,):
            raise DataError(f"groups must have shape ({n_rows},), one per row; got {groups.shape}.")
        classes = getattr(self, "classes_", None)
        given, weight = check_weights(sample_weight, n_rows, self._class_weight(), y, classes)
        if weight is not None and not weight.all():
            counts = np.flatnonzero(weight)
            X, y, weight = take_rows(X, counts), y[counts], weight[counts]
            groups, given = _part(groups, counts), _part(given, counts)
        if len(y) < 2:
            raise DataError(
                f"X must have at least 2 rows of a weight > 0 to learn from; got n_samples = {len(y)}."
            )
        return X, y, groups, given, weight

    def _recipe(self, n_rows: int, n_repeated: int | None = None) -> Recipe:
        """Return the recipe for so many rows to learn from, and for how many they stand by their weights."""
        return get_recipe(
            self.preset,
            self._task,
            n_rows,
            self._n_members,
            n_repeated=n_repeated,
            n_inside=self._n_members if self.ensemble == "shared" else 1,
            hidden_layer_sizes=None
            if self.hidden_layer_sizes is None
            else tuple(np.atleast_1d(self.hidden_layer_sizes).tolist()),
            activation=self.activation,
            learning_rate_init=self.learning_rate_init,
            n_epochs=self.max_iter,
            batch_size=self.batch_size,
            dropout=self.dropout,
            weight_decay=self.weight_decay,
            label_smoothing=getattr(self, "label_smoothing", None),
        )

    @property
    def _n_members(self) -> int:
        if self.n_members != "auto":
            return int(self.n_members)
        return AUTO_SHARED if self.ensemble == "shared" else AUTO_MEMBERS[self.preset]

    @property
    def _n_networks(self) -> int:
        return 1 if self.ensemble == "shared" else self._n_members

    def _check_options(self) -> None:
        fraction = self.validation_fraction
        if not (is_real(fraction) and 0.0 < fraction <= 0.5):
            raise ParameterError(f"validation_fraction must lie in (0, 0.5]; got {fraction!r}.")
        accepted = {
            "preset": (
                isinstance(self.preset, str) and self.preset in AUTO_MEMBERS,
                f"one of {list(AUTO_MEMBERS)}",
            ),
            "n_members": (
                self.n_members == "auto" or _is_whole(self.n_members, 1),
                "a whole number >= 1, or 'auto'",
            ),
            "ensemble": (
                isinstance(self.ensemble, str) and self.ensemble in ("independent", "shared"),
                "'independent' or 'shared'",
            ),
            "max_iter": (
                self.max_iter is None or _is_whole(self.max_iter, 1),
                "a whole number >= 1, or None",
            ),
            "batch_size": (
                self.batch_size is None or _is_whole(self.batch_size, 1),
                "a whole number >= 1, or None",
            ),
            "hidden_layer_sizes": (
                self.hidden_layer_sizes is None
                or all(_is_whole(n, 1) for n in np.atleast_1d(self.hidden_layer_sizes).tolist()),
                "whole numbers >= 1, or None",
            ),
            "sentinels": (is_sentinels(self.sentinels), "'auto', None or a list of finite numbers"),
            "n_threads": (
                self.n_threads is None or _is_whole(self.n_threads, 1),
                "a whole number >= 1, or None",
            ),
            "verbose": (
                isinstance(self.verbose, bool) or self.verbose == "progress",
                "True, False or 'progress'",
            ),
            "time_budget": (
                self.time_budget is None or (is_real(self.time_budget) and 0.0 < self.time_budget < inf),
                "a number of seconds > 0, or None for no limit",
            ),
        }
        for name, low, high in (
            ("learning_rate_init", 0.0, inf),
            ("dropout", -1e-300, 1.0),
            ("weight_decay", -1e-300, inf),
        ):
            value = getattr(self, name)
            fits = value is None or (is_real(value) and low < value < high)
            what = f"{'> 0' if low == 0.0 else '>= 0'}{' and < 1' if high == 1.0 else ''}, or None"
            accepted[name] = (fits, f"a number {what}")
        for name, (fits, what) in accepted.items():
            if not fits:
                raise ParameterError(f"{name} must be {what}; got {getattr(self, name)!r}.")

    def _class_weight(self) -> Any:
        return getattr(self, "class_weight", None)

    def _read_validation(self, validation_data: Any) -> tuple[Held, tuple[Any, Any, Any]]:
        """Return own rows to be judged by: encoded, and as a scorer sees them."""
        if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
            raise DataError(
                "validation_data must be (X_val, y_val) or (X_val, y_val, sample_weight_val); got "
                f"{type(validation_data).__name__}"
                + (f" of length {len(validation_data)}." if hasattr(validation_data, "__len__") else ".")
            )
        X, y, sample_weight = (*validation_data, None)[:3]
        try:
            try:
                return self._read_held(X, y, sample_weight)
            except ValueError:  # a row of weight 0 is absent, whatever it holds
                present = absent_replaced(sample_weight, X, y)
                if present is None:
                    raise
            return self._read_held(present[0], present[1], sample_weight)
        except ValueError as error:
            raise DataError(f"validation_data: {error}") from error

    def _read_held(self, X: Any, y: Any, sample_weight: Any) -> tuple[Held, tuple[Any, Any, Any]]:
        encoded, y = _cast(self.encoder_.encode(X)), self._read_y_again(y)
        if len(y) != encoded.shape[0]:
            raise DataError(f"X_val has {encoded.shape[0]} rows and y_val {len(y)}.")
        classes = getattr(self, "classes_", None)
        given, weight = check_weights(sample_weight, len(y), self._class_weight(), y, classes)
        return Held(encoded, self._encode_y(y), weight), (lambda: X, y, given)

    def _read_y_again(self, y: Any) -> Any:
        """Return validated targets of the kind that fit saw."""
        return self._read_y(y)

    def _judges(
        self,
        held: Held,
        read_X: Callable[[], Any],
        y: Any,
        given: Array | None,
        where: str,
        groups: Array | None,
    ) -> tuple[Any, Any]:
        """Return what computes the validation loss and the score of a member's outputs for the held-out rows.

        The second is None, or computes for each of them the score of those outside its group. The loss, and the
        score where no ``scoring`` is given, weigh classes as training does.
        """
        score: Any = None if self.scoring is None else score_of(self, where)
        X = None if score is None else read_X()

        def scored(member: Member, outputs: Array, X: Any, y: Any, given: Array | None) -> float:
            answers = self._as_predicted(member.targets.decode(outputs))
            return float(score(fitted_so_far(self, member, X, answers), X, y, given))

        def judge(member: Member, outputs: Array) -> tuple[float, float]:
            targets = member.targets
            loss = targets.data_loss(outputs, held.y, held.weight)
            if score is None:
                losses = self._row_losses(targets, held.y, outputs)
                return loss, -float(np.average(losses, weights=held.weight))
            return loss, scored(member, outputs, X, y, given)

        def without(member: Member, outputs: Array) -> Array:
            if score is None:
                losses = self._row_losses(member.targets, held.y, outputs)
                return scores_without(losses, held.weight, groups)

            def score_of_part(part: Array) -> float:
                try:
                    return scored(member, outputs[part], take_rows(X, part), y[part], _part(given, part))
                except DataError:  # it lacks a class
                    return float("nan")

            return scores_without_parts(score_of_part, len(held.y), groups)

        return judge, without if self._wants_unseen() else None

    def _refuse_nothing(self, members: list[Member]) -> None:
        """Raise where no member has finished an epoch."""
        if not any(member.history for member in members):
            for member in members:
                if member.outcome.reason == "diverged":
                    raise DivergenceError(member.outcome.message)
            raise KeyboardInterrupt

    def _warn_of_endings(self, members: list[Member], *, interrupted: bool) -> None:
        """Warn of what went wrong."""
        n_kept = sum(bool(member.history) for member in members)
        messages = {member.outcome.reason: member.outcome.message for member in members}
        if "diverged" in messages:
            put_back = "Its best epoch was put back; members without one are left out."
            warn(f"{messages['diverged']} {put_back}", DivergenceWarning, stacklevel=5)
        kept = f"{n_kept} of {self._n_networks} members are kept, each at its best epoch so far."
        n_missing = self._n_networks - len(members)
        if interrupted or "interrupted" in messages or (n_missing and self.time_budget is None):
            warn(f"Training interrupted by user. {kept}", stacklevel=5)
        elif n_missing:
            why = f"time_budget={self.time_budget:g} was over before {n_missing} of them could begin."
            warn(f"{why} {kept}", stacklevel=5)

    # ---- prediction ---------------------------------------------------------------------------------------

    def _predictions(self, X: Any) -> Array:
        """Return what the networks say of a table's rows, one array of shape (n_rows, n_outputs) each, stacked."""
        encoded = self.encode(X)
        return averaged_over_categories(
            self.encoder_,
            encoded,
            lambda rows: np.stack([member.outputs(rows, engine=self.engine) for member in self.members_]),
        )

    def _spread(self, X: Any) -> Array:
        """Return the standard deviation over all members, those inside one network included."""
        encoded = self.encode(X)
        votes = averaged_over_categories(
            self.encoder_,
            encoded,
            lambda rows: np.concatenate([member.votes(rows, engine=self.engine) for member in self.members_]),
        )
        return np.asarray(votes.std(axis=0))

    def _joined(self, predictions: Sequence[Array] | Array) -> Array:
        """Return the members' mean; of quantiles in order it is in order."""
        return np.asarray(np.mean(predictions, axis=0))

    def encode(self, X: Any) -> Any:
        """Return a table as the networks take it, its columns named by ``encoder_.names_``.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray or CSR array of shape (n_rows, n_encoded)
            In float32. With it :func:`pellucid.trace` and :func:`pellucid.diagnose` look into ``network_``.
        """
        check_is_fitted(self)
        return _cast(self.encoder_.encode(X))

    def __pellucid_preparation__(self, *, loss: Any = None, member: int = 0) -> TablePreparation:
        return TablePreparation(self, self.members_[member], loss)

    # ---- what it learned ----------------------------------------------------------------------------------

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
        """What was noticed in the columns, in sentences."""
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


def _judged(
    kept: list[tuple[Member, Array]], y: Array, given: Array | None, groups: Array | None, own: Any
) -> Judgement:
    """Return what members say of the rows that they held out."""
    if own is not None:
        y, given, groups = own[0].y, own[1][2], None
        kept = [(member, np.arange(len(y))) for member, _ in kept]
    elif len(y) < FEWEST:  # all rows were learned from
        kept = [(member, out[:0]) for member, out in kept]
    told = [(out, member.unseen.predictions[: len(out)]) for member, out in kept if member.unseen]
    return judged_unseen(y, given, groups, told)


def _part(array: Array | None, rows: NDArray[np.intp]) -> Array | None:
    return None if array is None else array[rows]


def _cast(X: Any) -> Any:
    return X.astype(DTYPE)


def _is_whole(value: Any, low: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= low)


def is_real(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
