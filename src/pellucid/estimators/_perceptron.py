"""Perceptron: a unit that learns from its mistakes."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.core.checks import as_generator
from pellucid.core.perceptron_rule import Learned, learn
from pellucid.engines import ScaledNetwork
from pellucid.estimators._preparations import PerceptronPreparation
from pellucid.estimators.atomic import unchanged_on_failure
from pellucid.estimators.checked_arrays import check_inputs, one_column
from pellucid.estimators.class_labels import ScoresClasses, read_classes
from pellucid.estimators.fit_summary import summary_of
from pellucid.estimators.plain_form import HasPlainForm
from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.host.streams import warn

__all__ = ["Perceptron"]

Array = NDArray[np.float64]
LARGEST = 1e140  # its square leaves room for many updates
OF_A_UNIT = ("converged", "separable", "radius", "margin")  # facts of each, in addition to its mistakes


class Perceptron(ScoresClasses, HasPlainForm, BaseEstimator):
    r"""One threshold unit per class, trained by the perceptron learning algorithm or the pocket algorithm.

    Of two classes, the unit says the second where :math:`s = w \cdot x + b \ge 0`. It goes through the
    rows, and where it is wrong about row i, of sign :math:`y_i = \pm 1`,

    .. math:: w \leftarrow w + \eta\, y_i x_i, \qquad b \leftarrow b + \eta\, y_i

    until an epoch passes without a mistake. On linearly separable data it makes at most
    :math:`(R/\gamma)^2` of them, whatever the order of the rows.

    Parameters
    ----------
    max_iter : int, default=1000
        The largest number of epochs.
    learning_rate : float, default=1.0
        The step η > 0; from zero weights it scales them, and changes no decision.
    fit_intercept : bool, default=True
        True to learn a bias b.
    pocket : bool, default=True
        On data where the algorithm does not end: keep the weights that got the most rows right, not the
        last ones. Weights are tested when their run of correct rows is as long as any before.
    shuffle : bool, default=True
        True to visit the rows in a new order each epoch.
    random_state : int, RandomState, Generator or None, default=None
        Draws these orders. None draws a seed from NumPy's global state.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (n_units, n_features)
        The weights: one unit for two classes, else one for each class against the others.
    intercept_ : ndarray of shape (n_units,)
        The biases.
    network_ : Network
        The units as a network, whose outputs are -1 and +1.
    mistakes_ : ndarray of shape (n_epochs,), or list of ndarray
        The mistakes of each epoch; of more than two classes a list, one for each.
    n_updates_ : int or ndarray of shape (n_classes,)
        Their sum.
    n_iter_ : int
        The epochs, of the class that took the most.
    converged_ : bool or ndarray of shape (n_classes,)
        True if there was an epoch without a mistake.
    separable_ : bool or ndarray of shape (n_classes,)
        True if some weights get every row right: those found, or else a linear program decides.
    radius_ : float or ndarray of shape (n_classes,)
        R, the length of the longest row :math:`(x_i, 1)`.
    margin_ : float or ndarray of shape (n_classes,)
        γ, the widest margin there is: the largest :math:`\min_i y_i (w \cdot x_i + b)` of all
        :math:`(w, b)` of length 1; 0 where the data are not separable.
    bound_ : float or ndarray of shape (n_classes,)
        :math:`(R/\gamma)^2`, which ``n_updates_`` cannot exceed; infinite where γ is 0.
    n_features_in_ : int
        The number of inputs.
    feature_names_in_ : ndarray of shape (n_features,)
        The names of the inputs, if X had any.
    fit_summary_ : FitSummary
        The ranges of its columns and their shares by bins, for :func:`pellucid.drift`.

    See Also
    --------
    MLPClassifier : For classes that no plane separates.

    Notes
    -----
    Without an intercept R and γ are those of the rows :math:`x_i`. The widest margin is computed from the
    data, not from the weights found, so the bound does not depend on the run that it bounds.

    References
    ----------
    F. Rosenblatt (1958), The perceptron, Psychological Review 65, 386-408.

    A. Novikoff (1962), On convergence proofs on perceptrons, Symposium on the Mathematical Theory of
    Automata, 615-622.

    S. Gallant (1990), Perceptron-based learning algorithms, IEEE Transactions on Neural Networks 1, 179-191.

    Examples
    --------
    >>> from pellucid import Perceptron
    >>> X, y = [[-1, -1], [-1, 1], [1, -1], [1, 1]], [-1, -1, -1, 1]
    >>> model = Perceptron(shuffle=False).fit(X, y)
    >>> model.predict(X), model.coef_, model.intercept_
    (array([-1, -1, -1,  1]), array([[1., 1.]]), array([-1.]))
    >>> model.n_updates_ <= model.bound_
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "fit_intercept": ["boolean"],
        "pocket": ["boolean"],
        "shuffle": ["boolean"],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        *,
        max_iter: int = 1000,
        learning_rate: float = 1.0,
        fit_intercept: bool = True,
        pocket: bool = True,
        shuffle: bool = True,
        random_state: Any = None,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.fit_intercept = fit_intercept
        self.pocket = pocket
        self.shuffle = shuffle
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> Perceptron:
        """Learn from the rows, from zero weights.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs; sparse ones are made dense.
        y : array-like of shape (n_samples,)
            Their classes.

        Returns
        -------
        Perceptron
            The fitted estimator.

        Raises
        ------
        DataError
            If X or y hold NaN or infinity, X a number beyond 1e140, or y a single class.

        Warns
        -----
        ConvergenceWarning
            If the last epoch had mistakes; it says whether the data are separable.
        """
        if y is None:
            raise DataError("Perceptron requires y to be passed, but the target y is None.")
        with unchanged_on_failure(self):
            X, y = check_inputs(self, X, y, reset=True)
            y = one_column(read_classes(y, type(self).__name__))
            self.classes_, index = np.unique(y, return_inverse=True)
            if len(self.classes_) < 2:
                raise DataError(
                    f"y holds only one class ({self.classes_.tolist()[0]!r}); a Perceptron needs two or more. "
                    "Check how y was made, or how the rows were selected."
                )
            inputs = self._augmented(X)
            if (largest := np.abs(inputs).max()) > LARGEST:
                raise DataError(
                    f"X holds {largest:.2g}; a Perceptron multiplies rows by one another, which would "
                    f"overflow above {LARGEST:.0e}. Scale X, for example with "
                    "sklearn.preprocessing.StandardScaler."
                )
            rng = as_generator(self.random_state)
            chosen = [1] if len(self.classes_) == 2 else range(len(self.classes_))
            options = {n: getattr(self, n) for n in ("max_iter", "learning_rate", "pocket", "shuffle")}
            learned = [learn(inputs, np.where(index == k, 1.0, -1.0), rng, **options) for k in chosen]
            self._keep(learned, X.shape[1])
            self.fit_summary_ = summary_of(X)
        self._warn(learned, len(inputs))
        return self

    def decision_function(self, X: Any) -> Any:
        """Return the signals s.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, n_classes) for more than two classes
            The signals.
        """
        check_is_fitted(self)
        weights = np.hstack([self.coef_, self.intercept_[:, None]])
        signals = _with_one(check_inputs(self, X, reset=False)) @ weights.T
        return signals[:, 0] if len(self.classes_) == 2 else signals

    def predict(self, X: Any) -> Any:
        """Return the classes; a signal of 0 counts as positive.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples,)
            The second of two classes where the signal is 0 or more; of more classes that of the largest
            signal.
        """
        signals = self.decision_function(X)
        index = (signals >= 0.0).astype(int) if signals.ndim == 1 else signals.argmax(axis=1)
        return self.classes_[index]

    @property
    def scaled_network(self) -> ScaledNetwork:
        """The network, for :func:`pellucid.engines.predictor`."""
        return ScaledNetwork(self.network_)

    @property
    def coef_(self) -> Any:
        """The weights, a view into ``network_``."""
        return self.network_.weights[0].T

    @property
    def intercept_(self) -> Any:
        """The biases, a view into ``network_``."""
        return self.network_.biases[0]

    def _to_plain(self) -> dict[str, Any]:
        mistakes = self.mistakes_ if isinstance(self.mistakes_, list) else [self.mistakes_]
        known = {name: np.atleast_1d(getattr(self, f"{name}_")).tolist() for name in OF_A_UNIT}
        rows = zip(*known.values(), strict=True)
        return {
            "parameters": self.get_params(deep=False),
            "network": self.network_,
            "feature_names": getattr(self, "feature_names_in_", None),
            "classes": self.classes_,
            "summary": getattr(self, "fit_summary_", None),
            "units": [
                {"mistakes": made.tolist(), **dict(zip(known, row, strict=True))}
                for made, row in zip(mistakes, rows, strict=True)
            ],
        }

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Perceptron:
        model, network = cls(**plain["parameters"]), plain["network"]
        model.network_, model.classes_ = network, plain["classes"]
        model.n_features_in_ = network.layer_sizes[0]
        if plain["feature_names"] is not None:
            model.feature_names_in_ = plain["feature_names"]
        if plain["summary"] is not None:
            model.fit_summary_ = plain["summary"]
        weights = np.vstack([network.weights[0], network.biases[0][None]]).T
        model._tell(
            [
                Learned(weights=own, n_wrong=0, **{**unit, "mistakes": np.array(unit["mistakes"], np.intp)})
                for own, unit in zip(weights, plain["units"], strict=True)
            ]
        )
        return model

    def __pellucid_preparation__(self, *, loss: Any = None, member: int = 0) -> PerceptronPreparation:
        return PerceptronPreparation(self, loss)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # ---- the algorithm --------------------------------------------------------------------------------

    def _augmented(self, X: Any) -> Array:
        """Return the rows (x, 1) in float64; without an intercept, x."""
        augmented = _with_one(X)
        return augmented if self.fit_intercept else augmented[:, :-1]

    def _keep(self, learned: list[Learned], n_features: int) -> None:
        """Set the network and the other fitted attributes."""
        weights = np.array([one.weights for one in learned])
        self.network_ = Network(
            [n_features, len(learned)],
            output_activation="sign",
            weights=[weights[:, :n_features].T],
            biases=[weights[:, n_features] if self.fit_intercept else np.zeros(len(learned))],
        )
        self._tell(learned)

    def _tell(self, learned: list[Learned]) -> None:
        """Set the facts about the run, for each unit or the only one."""
        self.n_iter_ = max(len(one.mistakes) for one in learned)
        values: dict[str, list[Any]] = {
            "mistakes_": [one.mistakes for one in learned],
            "n_updates_": [int(one.mistakes.sum()) for one in learned],
            "converged_": [one.converged for one in learned],
            "separable_": [one.separable for one in learned],
            "radius_": [one.radius for one in learned],
            "margin_": [one.margin for one in learned],
            "bound_": [one.bound for one in learned],
        }
        for name, value in values.items():
            several = value if name == "mistakes_" else np.array(value)
            setattr(self, name, value[0] if len(value) == 1 else several)

    def _warn(self, learned: list[Learned], n_rows: int) -> None:
        """Warn of classes in which the last epoch still had mistakes, and tell whether more epochs can help."""
        names = [""] if len(learned) == 1 else [f"Class {c!r}: " for c in self.classes_.tolist()]
        which = "the best" if self.pocket else "the last"
        sentences = []
        for name, one, bound in zip(names, learned, np.ravel(self.bound_), strict=True):
            kept = f"{which} weights, with {one.n_wrong} of {n_rows} rows wrong, are kept."
            if not one.separable:
                sentences.append(
                    f"{name}The data are not linearly separable: no weights get every row right, so the "
                    f"algorithm never stops. After {counted(self.max_iter, 'epoch')}, {kept} Add features, or use "
                    "MLPClassifier."
                )
            elif not one.converged:
                sentences.append(
                    f"{name}The data are linearly separable, but max_iter={self.max_iter} was too small. "
                    f"After {counted(int(one.mistakes.sum()), 'update')}, of at most {bound:.3g}, {kept} "
                    "Increase max_iter."
                )
        if sentences:
            warn("\n".join(sentences), ConvergenceWarning, stacklevel=4)


def _with_one(X: Any) -> Array:
    """Return the rows (x, 1) in float64."""
    X = (X.toarray() if hasattr(X, "toarray") else X).astype(np.float64)
    return np.hstack([X, np.ones((len(X), 1))])
