"""The public packages, and every name that they promise."""

import importlib
from types import ModuleType

PACKAGES: list[ModuleType] = [
    importlib.import_module(name)
    for name in (
        "pellucid",
        "pellucid.constructions",
        "pellucid.core",
        "pellucid.courses",
        "pellucid.dask",
        "pellucid.diagnostics",
        "pellucid.engines",
        "pellucid.estimators",
        "pellucid.exceptions",
        "pellucid.explain",
        "pellucid.exports",
        "pellucid.inspection",
        "pellucid.optimizers",
        "pellucid.persistence",
        "pellucid.playground",
        "pellucid.plotting",
        "pellucid.recording",
        "pellucid.report",
        "pellucid.ranks",
        "pellucid.serving",
        "pellucid.tabular",
        "pellucid.training",
        "pellucid.workflow",
    )
]
NAMES: list[str] = [f"{package.__name__}.{name}" for package in PACKAGES for name in package.__all__]
