"""Estimators for Dask collections: the workers of a cluster train one model together. Dask is loaded when used."""

from pellucid.dask.dask_estimators import (
    DaskMLPClassifier,
    DaskMLPRegressor,
    DaskTabularClassifier,
    DaskTabularRegressor,
)

__all__ = ["DaskMLPClassifier", "DaskMLPRegressor", "DaskTabularClassifier", "DaskTabularRegressor"]
