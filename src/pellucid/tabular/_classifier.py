"""The classifier for tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.inputs import checked_csr
from pellucid.estimators.class_labels import (
    ScoresClasses,
    encode_classes,
    fit_labels,
    is_multilabel,
    labels_again,
    read_classes,
    type_of_target,
)
from pellucid.estimators.held_out import held_out_rows
from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.docstrings import documented
from pellucid.host.streams import warn
from pellucid.tabular._base import BaseTabular
from pellucid.tabular.certainty.prediction_sets import PredictsSets
from pellucid.tabular.certainty.temperature import cooled, find_temperature
from pellucid.tabular.estimator_settings import settings_of
from pellucid.tabular.members.exact_outputs import EXACT
from pellucid.tabular.members.judgement import Judgement
from pellucid.tabular.members.rising import cooled_in_order
from pellucid.tabular.members.splits import FEWEST
from pellucid.tabular.members.targets import Targets
from pellucid.tabular.streaming.streamed_fit import rows_to_judge_by

__all__ = ["TabularClassifier"]

Array = NDArray[Any]

SCORES = {
    "conformal_scores": "conformal_scores_",
    "conformal_weight": "conformal_weight_",
    "conformal_groups": "conformal_groups_",
    "conformal_by": "conformal_by_",
    "conformal_classes": "conformal_classes_",
}


@documented(parameters=settings_of("classes"))
class TabularClassifier(ScoresClasses, PredictsSets, BaseTabular):
    r"""Multilayer perceptrons that classify the rows of any table, with defaults that need no tuning.

    .. math:: p(y \mid x) = \frac1M \sum_{m=1}^M \mathrm{softmax}(z_m(x) / T)

    is the mean over M members, with the temperature T of ``calibrate`` (1 without it). A linear model may
    contribute to the prediction; see ``linear_``.

    Columns may be numbers, categories, Booleans and dates, with missing values anywhere; see
    :class:`TableEncoder` for how they are encoded. The recipe is RealMLP's [1]_.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, or for labels their numbers.
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
    temperature_ : float
        The temperature of the probabilities; 1 without ``calibrate``.
    conformal_scores_ : ndarray of shape (n_held_out, 1) or None
        1 minus the probability of the true class of held-out rows, for ``predict_set``; with
        ``conformal_classes_``, ``conformal_weight_``, ``conformal_groups_`` and ``conformal_by_``, classes,
        weights, groups and categories of these rows, or None.
    notes_ : tuple of str
        Remarks on the columns.

    References
    ----------
    .. [1] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted
       trees on tabular data, arXiv:2407.04491.
    .. [2] Y. Gorishniy, A. Kotelnikov, A. Babenko (2024), TabM: advancing tabular deep learning with
       parameter-efficient ensembling, arXiv:2410.24210: "TabM-mini", with the recipe of [1]_.
    .. [3] H. Daniels, M. Velikova (2010), Monotone and partially monotone neural networks, IEEE Trans. Neural
       Networks 21, 906-917; D. Runje, S. Shankaranarayana (2023), Constrained monotonic neural networks, ICML.

    Examples
    --------
    >>> import pandas as pd
    >>> from pellucid.tabular import TabularClassifier
    >>> X = pd.DataFrame({"rooms": [1.0, 2.0, None, 4.0] * 10, "near": ["sea", "lake"] * 20})
    >>> model = TabularClassifier(max_iter=20, random_state=0).fit(X, X["near"] == "sea")
    >>> model.predict(X[:2])
    array([ True, False])
    """

    _task = "classes"

    def __init__(
        self,
        preset: str = "default",
        *,
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
        label_smoothing: float | None = None,
        linear: bool | str = "auto",
        monotonic_cst: Any = None,
        class_weight: Any = None,
        scoring: Any = None,
        validation: str = "random",
        validation_fraction: float = 0.2,
        calibrate: bool = False,
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
        self.label_smoothing = label_smoothing
        self.linear = linear
        self.monotonic_cst = monotonic_cst
        self.class_weight = class_weight
        self.scoring = scoring
        self.validation = validation
        self.validation_fraction = validation_fraction
        self.calibrate = calibrate
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
    ) -> TabularClassifier:  # fmt: skip
        """Fit to a table and the classes or labels of its rows.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns), or ParquetSource
            The table, or files that need not fit in memory, which name target, weight and group themselves.
        y : array-like of shape (n_rows,) or (n_rows, n_labels)
            Classes of any kind, or an indicator matrix of labels.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights >= 0: 2 counts the row twice, 0 leaves it out.
        validation_data : tuple or ParquetSource, default=None
            ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``, instead of held-out rows; a source is read
            as a whole.
        groups : str or array-like of shape (n_rows,), default=None
            Rows of one group are held out together or not at all. Or the name of the column of X that holds the
            groups; it is then not an input, and tables to predict may contain it or not.
        X_val, y_val, sample_weight_val : array-like, default=None
            ``validation_data`` by name, as ``HistGradientBoostingClassifier`` takes it.

        Returns
        -------
        TabularClassifier
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
        given, y = y, _as_classes(y)
        binarizer = fit_labels(y, given)
        if len(binarizer.classes_) < 2:
            raise DataError(
                f"y holds only one class ({binarizer.classes_.tolist()[0]!r}); a classifier needs at least two "
                "classes. Check how y was made, or how the rows were selected."
            )
        self._label_binarizer, self.classes_ = binarizer, binarizer.classes_
        return y

    def _read_y_again(self, y: Any) -> Any:
        y = _as_classes(y)
        if y.ndim == 1 and len(unknown := np.setdiff1d(*of_one_type(y, self.classes_))):
            raise DataError(
                f"y has the classes {unknown.tolist()}, which fit did not see: {self.classes_.tolist()}."
            )
        return y

    def _encode_y(self, y: Any) -> Array:
        return encode_classes(y, self._label_binarizer)

    def _targets(self, Y: Array) -> Targets:
        if self._is_multilabel:
            return Targets.of_labels(Y.shape[1])
        if Y.shape[1] > 2 and self._signs():
            raise ParameterError(
                f"'monotonic_cst' must be None for {Y.shape[1]} classes: as the probability of one rises, "
                "others must fall. For ordered classes, fit a regression to their ranks, or one "
                "classifier for each question 'at least this class'."
            )
        return Targets.of_classes(Y.shape[1])

    def _strata(self, y: Any) -> Any:
        return None if self._is_multilabel else y

    @property
    def _is_multilabel(self) -> bool:
        return is_multilabel(self._label_binarizer)

    def _await_calibration(self) -> None:
        super()._await_calibration()
        self.temperature_ = 1.0

    def _wants_unseen(self) -> bool:
        return bool(self.calibrate) or not self._is_multilabel

    @property
    def _records_unseen(self) -> bool:
        return bool(self.calibrate) or self.scoring is None  # five scores per epoch are too slow for sets

    def _conclude(self, judged: Judgement) -> None:
        if self.calibrate:
            self._find_temperature(judged)
        if not self._is_multilabel:
            self._keep_probabilities(self._at_temperature(judged.predictions), judged)

    def _find_temperature(self, judged: Judgement) -> None:
        if not len(judged.y):
            warn(
                f"calibrate=True has no effect: with fewer than {FEWEST} rows, none are held out for "
                "calibration. Pass validation_data, or more rows.",
                stacklevel=6,
            )
            return
        self.temperature_ = find_temperature(
            judged.predictions, judged.y, judged.weight, exclusive=not self._is_multilabel
        )

    # ---- to and from plain values ---------------------------------------------------------------------------

    def _learned_to_plain(self) -> dict[str, Any]:
        return {
            "classes": self.classes_,
            "labels": self._label_binarizer.y_type_,
            "sparse_labels": bool(self._label_binarizer.sparse_input_),
            "temperature": float(self.temperature_),
            **{name: getattr(self, attribute) for name, attribute in SCORES.items()},
        }

    def _learned_from_plain(self, plain: dict[str, Any]) -> None:
        self.classes_, self.temperature_ = plain["classes"], plain["temperature"]
        for name, attribute in SCORES.items():
            setattr(self, attribute, plain.get(name))
        self._label_binarizer = labels_again(plain["labels"], self.classes_, sparse=plain["sparse_labels"])

    # ---- prediction ---------------------------------------------------------------------------------------

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class: the members' mean, with ``linear_``, at ``temperature_``.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            The probabilities, in the order of ``classes_``; independent ones for labels.
        """
        return self._at_temperature(self._joined(self._predictions(X)))

    def _at_temperature(self, probabilities: Array) -> Array:
        if self.temperature_ == 1.0:
            return probabilities
        cool = cooled_in_order if self._predicting == EXACT else cooled
        return cool(probabilities, self.temperature_, exclusive=not self._is_multilabel)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of the probabilities.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            Logarithms of ``predict_proba(X)``; -inf where a probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row, or its labels.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows,), or ndarray or CSR matrix of shape (n_rows, n_labels)
            The classes; labels are sparse if those of the fit were.
        """
        labels: NDArray[Any] = self._as_predicted(self._joined(self._predictions(X)))["predict"]
        return labels

    def spread(self, X: Any) -> Array:
        """Return the spread of the members' probabilities: their standard deviation.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            0 everywhere for a single member.
        """
        return self._spread(X)

    def _as_predicted(self, predictions: Array) -> dict[str, Any]:
        if self._is_multilabel:
            labels = self._label_binarizer.inverse_transform(predictions)
        else:
            labels = self.classes_.take(predictions.argmax(axis=1))
        return {"predict": labels, "predict_proba": predictions}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _as_classes(y: Any) -> Any:
    """Return validated classes or an indicator matrix."""
    y = read_classes(checked_csr(y, "y") if hasattr(y, "toarray") else y, "TabularClassifier")
    if type_of_target(y).startswith("multiclass-multioutput"):
        raise DataError("'y' must hold one class per row, or 0 and 1 per label.")
    return y
