"""scikit-learn's checks of an estimator as parameters of a test."""

from functools import cache
from typing import Any

import pytest
from sklearn.utils import estimator_checks


def parametrize_with_checks(estimators: list[Any], **options: Any) -> pytest.MarkDecorator:
    """Return scikit-learn's mark, which prints each estimator once in place of once for each check."""
    theirs = estimator_checks.parametrize_with_checks(estimators, **options)
    return pytest.mark.parametrize(*theirs.args, ids=cache(theirs.kwargs["ids"]))
