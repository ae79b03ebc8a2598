"""The regressor for tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from pellucid.estimators.checked_arrays import read_numbers
from pellucid.estimators.held_out import held_out_rows
from pellucid.estimators.number_scores import ScoresNumbers
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.counted import counted
from pellucid.host.docstrings import documented
from pellucid.tabular._base import BaseTabular
from pellucid.tabular.certainty.prediction_intervals import PredictsIntervals
from pellucid.tabular.estimator_settings import settings_of
from pellucid.tabular.members.targets import Targets
from pellucid.tabular.output_range import range_of, within_range
from pellucid.tabular.streaming.streamed_fit import rows_to_judge_by

__all__ = ["TabularRegressor"]

Array = NDArray[Any]

LEARNED = {
    "n_targets": "_n_targets",
    "is_flat": "_is_flat",
    "conformal_scores": "conformal_scores_",
    "conformal_weight": "conformal_weight_",
    "conformal_groups": "conformal_groups_",
    "conformal_by": "conformal_by_",
    "spread": "spread_network_",
}


@documented(parameters=settings_of("numbers"))
class TabularRegressor(ScoresNumbers, PredictsIntervals, BaseTabular):
    r"""Multilayer perceptrons that predict numbers from the rows of any table, with defaults that need no tuning.

    .. math:: \hat y(x) = \frac1M \sum_{m=1}^M f_m(x)

    is the mean over M members. A linear model may contribute to the prediction; see ``linear_``.

    Columns may be numbers, categories, Booleans and dates, with missing values anywhere; see :class:`TableEncoder`
    for how they are encoded. The recipe is RealMLP's [1]_. Targets are standardized internally. The networks'
    predictions are clipped to the range of the training targets; ``output_range`` clips all predictions.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    encoder_ : TableEncoder
        The fitted encoder of the columns.
    members_ : list
        The networks, with their histories.
    linear_ : LinearPath or None
        The linear model mixed with the networks, ``linear_.member``, and its ``share`` of the prediction, if any.
    tried_ : tuple of dict
        The recipes that the preset "best" tried, one row each, those used in the result first: ``recipe`` (its
        name), the number of ``folds`` it was trained on, the number of its ``refits`` on all rows, the last
        ``round``, the ``seconds`` it took, its mean validation ``loss``, and its ``share`` of the networks' mean.
        Empty with other presets.
    prediction_histograms_ : tuple of Histogram or None
        Histograms of the predictions for held-out rows, with which :func:`pellucid.drift` compares later
        predictions.
    network_, history_, n_iter_
        Network, history and epochs of the first member.
    output_range_ : tuple or None
        ``output_range`` as it was in ``fit``.
    conformal_scores_ : ndarray of shape (n_held_out, n_targets)
        Distances of held-out targets from predictions, divided by their spreads, for ``predict_interval``; with
        ``conformal_weight_``, ``conformal_groups_`` and ``conformal_by_``, weights, groups and categories of these
        rows, or None.
    spread_network_ : Network or None
        The network from encoded rows to the spread of their targets, if the spread varies.
    notes_ : tuple of str
        Remarks on the columns.

    References
    ----------
    .. [1] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted
       trees on tabular data, arXiv:2407.04491.
    .. [2] Y. Gorishniy, A. Kotelnikov, A. Babenko (2024), TabM: advancing tabular deep learning with
       parameter-efficient ensembling, arXiv:2410.24210: "TabM-mini", with the recipe of [1]_.
    .. [3] V. Chernozhukov, I. Fernández-Val, A. Galichon (2010), Quantile and probability curves without crossing,
       Econometrica 78, 1093-1125: they are put in order.
    .. [4] H. Daniels, M. Velikova (2010), Monotone and partially monotone neural networks, IEEE Trans. Neural
       Networks 21, 906-917; D. Runje, S. Shankaranarayana (2023), Constrained monotonic neural networks, ICML.

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
        text_columns: Any = None,
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
        linear: bool | str = "auto",
        monotonic_cst: Any = None,
        output_range: Any = None,
        scoring: Any = None,
        validation: str = "random",
        validation_fraction: float = 0.2,
        coverage_by: Any = None,
        time_budget: float | None = None,
        n_trials: int | None = None,
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
        self.text_columns = text_columns
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
        self.linear = linear
        self.monotonic_cst = monotonic_cst
        self.output_range = output_range
        self.scoring = scoring
        self.validation = validation
        self.validation_fraction = validation_fraction
        self.coverage_by = coverage_by
        self.time_budget = time_budget
        self.n_trials = n_trials
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine
        self.n_threads = n_threads
        self.warm_start = warm_start

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, validation_data: Any = None, groups: Any = None,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None,
    ) -> TabularRegressor:  # fmt: skip
        """Fit to a table and its numeric targets.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns), or ParquetSource
            The table, or files that need not fit in memory, which name target, weight and group themselves.
        y : array-like of shape (n_rows,) or (n_rows, n_targets)
            The numbers.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights >= 0: 2 counts the row twice, 0 leaves it out.
        validation_data : tuple or ParquetSource, default=None
            ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``, instead of held-out rows; a source is read
            as a whole.
        groups : str or array-like of shape (n_rows,), default=None
            Rows of one group are held out together or not at all. Or the name of the column of X that holds the
            groups; it is then not an input, and tables to predict may contain it or not.
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
            If training produced NaN or infinity in the first epoch.
        """
        validation_data = held_out_rows(rows_to_judge_by(validation_data), X_val, y_val, sample_weight_val)
        self._fit(X, y, sample_weight, validation_data, groups)
        return self

    # ---- targets ------------------------------------------------------------------------------------------

    def _read_y(self, y: Any) -> Any:
        y = self._as_numbers(y)
        self._n_targets, self._is_flat = (1, True) if y.ndim == 1 else (y.shape[1], False)
        return y

    def _read_y_again(self, y: Any) -> Any:
        y = self._as_numbers(y)
        if (1 if y.ndim == 1 else y.shape[1]) != self._n_targets:
            raise DataError(
                f"'y' must have {counted(self._n_targets, 'target')} per row; got shape {y.shape}."
            )
        return y

    def _as_numbers(self, y: Any) -> Any:
        y = read_numbers(y, type(self).__name__)
        if self.loss in ("poisson", "tweedie") and (y < 0.0).any():
            row = int(np.argmax((y < 0.0).reshape(len(y), -1).any(axis=1)))
            raise DataError(f"loss={self.loss!r} takes y >= 0; row {row} has {y[row]}.")
        low, high = range_of(self.output_range)
        outside = (y < low) | (y > high)
        if outside.any():
            row = int(np.argmax(outside.reshape(len(y), -1).any(axis=1)))
            raise DataError(f"'y' must lie in 'output_range', {self.output_range!r}; row {row} has {y[row]}.")
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

    # ---- to and from plain values ---------------------------------------------------------------------------

    def _learned_to_plain(self) -> dict[str, Any]:
        return {name: getattr(self, attribute) for name, attribute in LEARNED.items()}

    def _learned_from_plain(self, plain: dict[str, Any]) -> None:
        for name, attribute in LEARNED.items():
            setattr(self, attribute, plain.get(name))

    # ---- prediction ---------------------------------------------------------------------------------------

    def _joined(self, predictions: Any) -> Array:
        return within_range(super()._joined(predictions), self.output_range_)

    @property
    def output_range_(self) -> Any:
        """The range of predictions: ``output_range`` of the fit."""
        return self._as_fitted("output_range")

    def predict(self, X: Any) -> Array:
        """Return the predicted numbers: the members' mean, with the share of ``linear_``.

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

    def spread(self, X: Any) -> Array:
        """Return the spread of the members' predictions: their standard deviation.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_targets)
            0 everywhere for a single member; of the middle quantile if there are several.
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
