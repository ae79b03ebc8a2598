"""pellucid: the multilayer perceptron with nothing hidden.

Names are loaded when first used, so that ``import pellucid`` is quick and the mathematics can be used
without scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pellucid.version import __version__ as __version__

_HOMES = {
    "Checkpoint": "pellucid.persistence",
    "DivergenceWarning": "pellucid.estimators",
    "MLPClassifier": "pellucid.estimators",
    "MLPRegressor": "pellucid.estimators",
    "Network": "pellucid.core",
    "Perceptron": "pellucid.estimators",
    "TabularClassifier": "pellucid.tabular",
    "TabularRegressor": "pellucid.tabular",
    "compare": "pellucid.tabular.comparison",
    "diagnose": "pellucid.diagnostics",
    "export": "pellucid.exports",
    "load": "pellucid.persistence",
    "save": "pellucid.persistence",
    "trace": "pellucid.explain",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from pellucid.core import Network as Network
    from pellucid.diagnostics import diagnose as diagnose
    from pellucid.estimators import DivergenceWarning as DivergenceWarning
    from pellucid.estimators import MLPClassifier as MLPClassifier
    from pellucid.estimators import MLPRegressor as MLPRegressor
    from pellucid.estimators import Perceptron as Perceptron
    from pellucid.explain import trace as trace
    from pellucid.exports import export as export
    from pellucid.persistence import Checkpoint as Checkpoint
    from pellucid.persistence import load as load
    from pellucid.persistence import save as save
    from pellucid.tabular import TabularClassifier as TabularClassifier
    from pellucid.tabular import TabularRegressor as TabularRegressor
    from pellucid.tabular.comparison import compare as compare


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
