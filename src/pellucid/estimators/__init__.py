"""The scikit-learn face: parameter names, validation, labels, fitted attributes."""

from pellucid.estimators._classifier import MLPClassifier
from pellucid.estimators._perceptron import Perceptron
from pellucid.estimators._regressor import MLPRegressor
from pellucid.estimators.divergence_warning import DivergenceWarning
from pellucid.estimators.prepared import Preparation, Prepared, preparation_of, prepared

__all__ = [
    "DivergenceWarning",
    "MLPClassifier",
    "MLPRegressor",
    "Perceptron",
    "Preparation",
    "Prepared",
    "preparation_of",
    "prepared",
]
