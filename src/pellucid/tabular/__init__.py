"""Tables as they are: estimators with settings that hold untuned, for columns of every kind."""

from pellucid.tabular._classifier import TabularClassifier
from pellucid.tabular._regressor import TabularRegressor
from pellucid.tabular.encoder import TableEncoder

__all__ = ["TableEncoder", "TabularClassifier", "TabularRegressor"]
