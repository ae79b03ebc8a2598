"""Contributions as an Explanation of the package shap, where it is installed."""

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid.exceptions import ParameterError
from pellucid.inspection import attributions


def test_an_explanation_of_shap(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    """Values, base, cells and names are those of the contributions, and a plot of shap takes them."""
    if importlib.util.find_spec("shap") is None:
        pytest.skip("shap is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some come when it is imported
        importlib.import_module("shap")
    rows = homes[:4]
    found = attributions(fitted("number"), rows, background=homes[:10])
    explanation = found.to_shap()

    assert np.array_equal(explanation.values, found.values)
    assert np.allclose(explanation.base_values + explanation.values.sum(axis=1), found.predictions, atol=1e-2)
    assert list(explanation.feature_names) == list(homes.columns)
    assert explanation[0].data[homes.columns.get_loc("near")] == homes["near"][0]
    assert explanation[0].data[0] == pytest.approx(homes["area"][0], rel=1e-5)


def test_without_shap_an_error_says_what_to_install(
    fitted: Callable[[str], Any], homes: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    found = attributions(fitted("number"), homes[:1], background=homes[:2])

    with pytest.raises(ParameterError, match=r"to_shap needs the package shap: pip install shap\."):
        found.to_shap()
