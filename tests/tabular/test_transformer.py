"""TableEncoder keeps the contract of scikit-learn's transformers: its checks, a Pipeline, set_output."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from estimator_checks import parametrize_with_checks
from pellucid.tabular import TableEncoder, TabularRegressor
from tabular.conftest import QUICK


@parametrize_with_checks([TableEncoder()])
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    """Every check passes."""
    check(estimator)


def test_the_targets_of_a_pipeline_are_no_weights(frame: Any, numbers: Any) -> None:
    """y changes nothing, though half of it is 0: rows of class 0 are learned from, too."""
    y = (numbers > np.median(numbers)).astype(int)
    pipeline = make_pipeline(TableEncoder(), LogisticRegression(max_iter=1000)).fit(frame, y)

    np.testing.assert_array_equal(pipeline[0].transform(frame), TableEncoder().fit(frame).transform(frame))
    assert pipeline.score(frame, y) > 0.8


def test_weights_come_by_name_and_by_routing(frame: Any) -> None:
    """sample_weight has its old meaning, given by name or routed."""
    weight = np.arange(len(frame)) % 3
    repeated = TableEncoder().fit(frame.loc[frame.index.repeat(weight)])

    with config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(TableEncoder().set_fit_request(sample_weight=True), "passthrough")
        routed = pipeline.fit(frame, None, sample_weight=weight)[0]
    for encoder in (TableEncoder().fit(frame, sample_weight=weight), routed):
        np.testing.assert_allclose(encoder.transform(frame), repeated.transform(frame), atol=1e-12)


def test_output_has_names(frame: Any) -> None:
    """get_feature_names_out gives names_, and set_output a frame with them and the rows of the input."""
    encoder = TableEncoder().set_output(transform="pandas")
    result = encoder.fit_transform(frame[::-1])

    assert list(result.columns) == list(encoder.names_) == encoder.get_feature_names_out().tolist()
    assert (result.index == frame.index[::-1]).all()
    with pytest.raises(ValueError, match="input_features is not equal"):
        encoder.get_feature_names_out(["a"] * frame.shape[1])


def test_a_part_of_a_column_transformer(frame: Any) -> None:
    """Names and columns pass through a ColumnTransformer."""
    mixed = make_column_transformer((TableEncoder(), ["near", "new"]), remainder="drop").fit(frame)

    assert mixed.get_feature_names_out()[0].startswith("tableencoder__")
    assert mixed.transform(frame).shape == (len(frame), len(mixed.get_feature_names_out()))


def test_a_clone_and_a_repr_have_the_options() -> None:
    """clone keeps options; the repr names those that differ from the defaults."""
    encoder = clone(TableEncoder(["a"], max_one_hot=3))

    assert encoder.get_params() == {
        "categorical": ["a"], "max_one_hot": 3, "max_categories": None, "smooth_clip": 3.0,
        "text_columns": None, "decimal": "auto", "dates": "auto", "sentinels": "auto",
    }  # fmt: skip
    assert repr(encoder) == "TableEncoder(categorical=['a'], max_one_hot=3)"


def test_a_failed_fit_leaves_the_encoder_as_it_was(frame: Any) -> None:
    """A fit that fails leaves what was learned before."""
    encoder = TableEncoder().fit(frame)
    with pytest.raises(ValueError, match="sample_weight"):
        encoder.fit(pd.DataFrame({"other": [1.0, 2.0]}), sample_weight=[-1.0, 1.0])

    assert encoder.transform(frame).shape[0] == len(frame)


def test_estimators_do_not_depend_on_the_configured_output(frame: Any, numbers: Any) -> None:
    """A global transform_output changes nothing inside of the estimators for tables."""
    expected = TabularRegressor(**QUICK).fit(frame, numbers).predict(frame)
    with config_context(transform_output="pandas"):
        np.testing.assert_array_equal(TabularRegressor(**QUICK).fit(frame, numbers).predict(frame), expected)
