"""The regressor for tables."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d

from pellucid.estimators.checked_arrays import refuse_missing
from pellucid.estimators.held_out import held_out_rows
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular._base import BaseTabular, is_real
from pellucid.tabular.calibration import conformal_scores, conformal_width, n_exchangeable
from pellucid.tabular.judgement import Judgement
from pellucid.tabular.splits import FEWEST
from pellucid.tabular.targets import Targets

__all__ = ["TabularRegressor"]

Array = NDArray[Any]
LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson")

LEARNED = {
    "n_targets": "_n_targets",
    "is_flat": "_is_flat",
    "conformal_scores": "conformal_scores_",
    "conformal_weight": "conformal_weight_",
    "conformal_groups": "conformal_groups_",
}


class TabularRegressor(RegressorMixin, BaseTabular):
    """Multilayer perceptrons that predict numbers from the rows of any table, with settings that hold untuned.

    Columns may be numbers, categories, truth values and dates, with missing values anywhere; see
    :class:`TableEncoder` for what becomes of them. The recipe is RealMLP's [1]_. Targets are standardized inside;
    predictions stay within their range.

    Parameters
    ----------
    preset : {"default", "fast", "realmlp-td", "realmlp-td-s"}, default="default"
        ``"default"`` is the whole recipe, ``"fast"`` smaller and shorter; the others are those of [1]_ to the
        letter.
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson"}, default="squared_error"
        What is made small: predictions are means, medians, between the two, quantiles, or means of counts.
    quantiles : float or tuple of float, default=(0.1, 0.5, 0.9)
        The levels, in (0, 1) and increasing, for ``loss="quantile"``. Predictions of several do not cross [2]_.
    huber_delta : float, default=1.0
        Where ``loss="huber"`` turns from squares to lines, in standard deviations of y.
    n_members : int or "auto", default="auto"
        How many networks are averaged, >= 1, each holding out another part of the rows. ``"auto"``: 5 with the
        default preset, so that every row is learned from, else 1.
    ensemble : {"independent", "shared"}, default="independent"
        How members are trained: each as a network of its own, or all inside one, where they share the weights
        of the hidden layers and hold out the same rows [3]_. ``n_members="auto"`` is then 8. Dense tables only.
    categorical_features : "auto" or list of str or int, default="auto"
        Columns of numbers that are names of categories, beside those whose type says so.
    decimal : {"auto", ".", ","}, default="auto"
        The decimal mark of numbers in text. "auto" reads what is certain, and warns where 1,234 could be either.
    dates : {"auto", "mdy", "dmy", "ymd"}, default="auto"
        The order of day, month and year in text such as 3/4/2024. "auto" reads what is certain, and warns where
        no value is above 12.
    sentinels : "auto", None or list of float, default="auto"
        Numbers that stand for something else, such as -999 for a missing value; see :class:`TableEncoder`.
    hidden_layer_sizes : int or tuple of int, default=None
        Units per hidden layer; None for the recipe's. So for the parameters that follow.
    activation : str, default=None
        Of the hidden layers.
    learning_rate_init : float, default=None
        The highest learning rate, > 0.
    max_iter : int, default=None
        Epochs, over which the schedules run.
    batch_size : int, default=None
        Rows per step.
    dropout : float, default=None
        The share of units that is dropped at first, in [0, 1).
    weight_decay : float, default=None
        Decoupled, >= 0.
    scoring : str, callable or None, default=None
        What chooses the best epoch on the held-out rows: any scorer of scikit-learn. None: the loss, of
        predictions that are kept in the range of y.
    validation : {"random", "time"}, default="random"
        Which rows are held out: a fold at random, or the last ones.
    validation_fraction : float, default=0.2
        Their share, in (0, 0.5].
    time_budget : float, default=None
        Seconds that ``fit`` may take, from reading the table to judging the members. Schedules hurry so as to end
        with it; members that could not begin before it are left out, with a warning. The table is read and one
        member makes a step whatever that takes.
    random_state : int, RandomState, Generator or None, default=None
        Draws everything; an integer gives the same model each time. None draws a seed from NumPy's global state.
    verbose : bool or "progress", default=False
        A line per epoch of each member, or one bar for all, with the time left.
    engine : str, default="auto"
        Who runs the steps.
    n_threads : int, default=None
        The threads of the fit; None for all processors.
    warm_start : bool, default=False
        Go on with the training that a :class:`pellucid.Checkpoint` has saved or that Ctrl-C has ended, on the
        same data.

    Attributes
    ----------
    encoder_ : TableEncoder
        What was learned of the columns.
    members_ : list
        The networks, with their histories.
    network_, history_, n_iter_
        Network, history and epochs of the first member.
    conformal_scores_ : ndarray of shape (n_held_out, n_targets)
        How far held-out targets lay from predictions, for ``predict_interval``; with ``conformal_weight_`` and
        ``conformal_groups_``, weights and groups of these rows, or None.
    notes_ : tuple of str
        What was noticed in the columns.

    References
    ----------
    .. [1] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted
       trees on tabular data, arXiv:2407.04491.
    .. [2] V. Chernozhukov, I. Fernández-Val, A. Galichon (2010), Quantile and probability curves without crossing,
       Econometrica 78, 1093-1125: they are put in order.
    .. [3] Y. Gorishniy, A. Kotelnikov, A. Babenko (2024), TabM: advancing tabular deep learning with
       parameter-efficient ensembling, arXiv:2410.24210: "TabM-mini", with the recipe of [1]_.

    Examples
    --------
    >>> import pandas as pd
    >>> from pellucid.tabular import TabularRegressor
    >>> X = pd.DataFrame({"rooms": [1.0, 2.0, None, 4.0] * 10, "near": ["sea", "lake"] * 20})
    >>> y = X["rooms"].fillna(3.0) + (X["near"] == "sea")
    >>> model = TabularRegressor(max_iter=40, random_state=0).fit(X, y)
    >>> bool(abs(model.predict(X) - y).max() < 0.5)
    True
    """

    _task = "numbers"
    _n_targets: int
    _is_flat: bool

    def __init__(
        self,
        preset: str = "default",
        *,
        loss: str = "squared_error",
        quantiles: Any = (0.1, 0.5, 0.9),
        huber_delta: float = 1.0,
        n_members: int | str = "auto",
        ensemble: str = "independent",
        categorical_features: Any = "auto",
        decimal: str = "auto",
        dates: str = "auto",
        sentinels: Any = "auto",
        hidden_layer_sizes: Any = None,
        activation: str | None = None,
        learning_rate_init: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        dropout: float | None = None,
        weight_decay: float | None = None,
        scoring: Any = None,
        validation: str = "random",
        validation_fraction: float = 0.2,
        time_budget: float | None = None,
        random_state: Any = None,
        verbose: bool | str = False,
        engine: str = "auto",
        n_threads: int | None = None,
        warm_start: bool = False,
    ) -> None:
        self.preset = preset
        self.loss = loss
        self.quantiles = quantiles
        self.huber_delta = huber_delta
        self.n_members = n_members
        self.ensemble = ensemble
        self.categorical_features = categorical_features
        self.decimal = decimal
        self.dates = dates
        self.sentinels = sentinels
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.scoring = scoring
        self.validation = validation
        self.validation_fraction = validation_fraction
        self.time_budget = time_budget
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine
        self.n_threads = n_threads
        self.warm_start = warm_start

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None, groups: Any = None,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None,
    ) -> TabularRegressor:  # fmt: skip
        """Fit to a table and the numbers that belong to its rows.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,) or (n_rows, n_targets)
            The numbers.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights >= 0: 2 is the row twice, 0 the row left out.
        validation_data : tuple, default=None
            ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``, in place of rows that are held out.
        groups : array-like of shape (n_rows,), default=None
            Rows of one group are held out together or not at all.
        X_val, y_val, sample_weight_val : array-like, default=None
            ``validation_data`` by name, as ``HistGradientBoostingRegressor`` takes it.

        Returns
        -------
        TabularRegressor
            Itself.

        Raises
        ------
        DataError
            If the data cannot be used; nothing is changed then.
        ParameterError
            If an option is not accepted.
        DivergenceError
            If the numbers left the finite before an epoch had ended.
        """
        held_out = held_out_rows(validation_data, X_val, y_val, sample_weight_val)
        self._fit(X, y, sample_weight, held_out, groups)
        return self

    # ---- targets ------------------------------------------------------------------------------------------

    def _read_y(self, y: Any) -> Any:
        y = self._as_numbers(y)
        self._n_targets, self._is_flat = (1, True) if y.ndim == 1 else (y.shape[1], False)
        return y

    def _read_y_again(self, y: Any) -> Any:
        y = self._as_numbers(y)
        if (1 if y.ndim == 1 else y.shape[1]) != self._n_targets:
            raise DataError(f"y must have {self._n_targets} targets per row; got shape {y.shape}.")
        return y

    def _as_numbers(self, y: Any) -> Any:
        try:
            y = y.toarray() if issparse(y) else np.asarray(y)
            if y.dtype.kind in "mMc":
                raise TypeError(
                    f"Complex data not supported: {y.dtype}" if y.dtype.kind == "c" else f"{y.dtype}"
                )
            y = y.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"y must be numbers for a regression: {error}.") from error
        refuse_missing("y", y, None, type(self).__name__)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and (y < 0.0).any():
            row = int(np.argmax((y < 0.0).reshape(len(y), -1).any(axis=1)))
            raise DataError(f"loss='poisson' takes counts, y >= 0; row {row} has {y[row]}.")
        return y

    def _encode_y(self, y: Any) -> Array:
        return np.asarray(y.reshape(len(y), -1))

    def _targets(self, Y: Array) -> Targets:
        return Targets.of_numbers(
            self.loss, Y.shape[1], levels=self._levels, huber_delta=float(self.huber_delta)
        )

    @property
    def _levels(self) -> tuple[float, ...]:
        return tuple(float(q) for q in np.atleast_1d(self.quantiles)) if self.loss == "quantile" else ()

    def _check_options(self) -> None:
        super()._check_options()
        if self.loss not in LOSSES:
            raise ParameterError(f"loss must be one of {list(LOSSES)}; got {self.loss!r}.")
        if self.loss == "huber" and not (is_real(self.huber_delta) and self.huber_delta > 0.0):
            raise ParameterError(f"huber_delta must be a number > 0; got {self.huber_delta!r}.")
        levels = np.atleast_1d(self.quantiles).tolist() if self.loss == "quantile" else [0.5]
        fit = levels and all(is_real(q) and 0.0 < q < 1.0 for q in levels)
        if not fit or levels != sorted(set(levels)):
            raise ParameterError(
                f"quantiles must increase and lie in (0, 1), such as (0.1, 0.5, 0.9); got {self.quantiles!r}."
            )

    def _row_losses(self, targets: Targets, Y: Array, outputs: Array) -> Array:
        if targets.low is None or targets.mean is None or targets.scale is None:
            return targets.row_losses(outputs, Y)
        n = max(1, len(targets.levels))
        kept = (targets.decode(outputs).reshape(len(Y), -1, n) - targets.mean[:, None]) / targets.scale[
            :, None
        ]
        return targets.row_losses(kept.reshape(outputs.shape), Y)

    def _await_calibration(self) -> None:
        self.conformal_scores_: Array | None = None
        self.conformal_weight_: Array | None = None
        self.conformal_groups_: Array | None = None

    def _wants_unseen(self) -> bool:
        return True

    def _conclude(self, judged: Judgement) -> None:
        self.conformal_scores_ = conformal_scores(judged.y, *self._ends(judged.predictions))
        self.conformal_weight_, self.conformal_groups_ = judged.weight, judged.groups

    def _ends(self, predictions: Array) -> tuple[Array, Array]:
        """Return the lowest and the highest quantile of each target; both are the prediction without quantiles."""
        shaped = predictions.reshape(
            len(predictions), self._n_targets, max(1, len(self.members_[0].targets.levels))
        )
        return shaped[:, :, 0], shaped[:, :, -1]

    # ---- to and from plain values ---------------------------------------------------------------------------

    def _learned_to_plain(self) -> dict[str, Any]:
        return {name: getattr(self, attribute) for name, attribute in LEARNED.items()}

    def _learned_from_plain(self, plain: dict[str, Any]) -> None:
        for name, attribute in LEARNED.items():
            setattr(self, attribute, plain[name])

    # ---- prediction ---------------------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """Return the predicted numbers: the members' mean.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_targets)
            In the units of y. With several quantiles the middle one; see ``predict_quantiles``.
        """
        return np.asarray(self._as_predicted(self._joined(self._predictions(X)))["predict"])

    def predict_quantiles(self, X: Any) -> Array:
        """Return the quantiles, in order, for ``loss="quantile"``.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows, n_quantiles) or (n_rows, n_targets, n_quantiles)
            Increasing along the last axis.
        """
        check_is_fitted(self)
        levels = self.members_[0].targets.levels
        if not levels:
            raise ParameterError("predict_quantiles needs a model that was fitted with loss='quantile'.")
        shaped = self._joined(self._predictions(X)).reshape(-1, self._n_targets, len(levels))
        return shaped[:, 0] if self._is_flat else shaped

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Return intervals that hold new targets with a given probability.

        Predictions are widened by what it took to hold that share of the targets of held-out rows (conformal
        prediction): no assumption but that new rows are like those. A held-out row is predicted by the members
        that did not learn from it, at the epoch that the other held-out rows choose, so it is as new to them. With
        ``loss="quantile"`` the interval between the outer quantiles is widened or narrowed, so that widths follow
        the rows; else all have one width.

        With n held-out rows no coverage beyond n/(n + 1) can be promised: 0.95 takes 19 rows, 0.99 takes 99, and
        any takes 10. With fewer, intervals are infinite and a warning says how many rows it takes. Where ``fit``
        had ``groups``, n is the number of groups, and new rows are those of new groups. A single network holds out
        one row in five, the five of the default preset hold out all.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        coverage : float, default=0.9
            The share of targets that lie inside, in (0, 1).

        Returns
        -------
        ndarray of shape (n_rows, 2) or (n_rows, n_targets, 2)
            Lower and upper ends, in the units of y.
        """
        check_is_fitted(self)
        if not (is_real(coverage) and 0.0 < coverage < 1.0):
            raise ParameterError(f"coverage must lie in (0, 1), 0.9 for 90 %; got {coverage!r}.")
        scores, weight, groups = self.conformal_scores_, self.conformal_weight_, self.conformal_groups_
        if scores is None:
            raise ParameterError(
                "predict_interval needs a finished fit, and that of this model was cut off. Finish it on the same "
                "data: set_params(warm_start=True).fit(X, y)."
            )
        low, high = self._ends(self._joined(self._predictions(X)))
        width = conformal_width(scores, weight, coverage, groups=groups)
        if len(scores) < FEWEST:
            width[...] = np.inf
        if np.isinf(width).any():
            n = n_exchangeable(scores, weight, groups)
            self._warn_of_infinite_intervals(coverage, n, can_be_less=len(scores) >= FEWEST)
        middle = (low + high) / 2.0
        ends = np.stack([np.minimum(low - width, middle), np.maximum(high + width, middle)], axis=-1)
        return ends[:, 0] if self._is_flat else ends

    def _warn_of_infinite_intervals(self, coverage: float, n: float, *, can_be_less: bool) -> None:
        """Warn that so few held-out rows cannot promise that coverage, and say how many can."""
        what = "rows" if self.conformal_groups_ is None else "groups"
        needed = max(FEWEST, int(np.ceil(round(coverage / (1.0 - coverage), 6))))
        advice = "Fit"
        if can_be_less:
            advice = f"Ask for at most {np.floor(1e4 * n / (n + 1.0)) / 1e4:g}, or fit"
        can_fold = self.validation == "random" and self.ensemble == "independent" and len(self.members_) < 5
        folds = ", or with n_members=5, which holds out every row" if can_fold else ""
        warnings.warn(
            f"The intervals are infinite: coverage={coverage:g} takes at least {needed:,} held-out {what}, and "
            f"this model held out {n:g}. {advice} with more {what}{folds}.",
            stacklevel=3,
        )

    def spread(self, X: Any) -> Array:
        """Return how far the members' predictions lie apart: their standard deviation.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_targets)
            0 everywhere for a single member; of the middle quantile where there are several.
        """
        return self._shaped(self._spread(X))

    def _as_predicted(self, predictions: Array) -> dict[str, Any]:
        return {"predict": self._shaped(predictions)}

    def _shaped(self, predictions: Array) -> Array:
        shaped = predictions.reshape(len(predictions), self._n_targets, -1)
        middle = shaped[:, :, (shaped.shape[2] - 1) // 2]
        return middle[:, 0] if self._is_flat else middle

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
