"""scikit-learn's checks of an estimator as parameters of a test."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from sklearn.utils import estimator_checks

from tiers import covering


def parametrize_with_checks(estimators: list[Any], **options: Any) -> pytest.MarkDecorator:
    """Return scikit-learn's mark, which prints each estimator once in place of once for each check.

    Of several estimators, which are all of one making, each check has one in the fast tier, and they take turns.
    """
    theirs = estimator_checks.parametrize_with_checks(estimators, **options)
    names, checks = theirs.args[0], list(theirs.args[1])
    kept = covering([{"estimator": id(values(one)[0]), "check": repr_of(values(one)[1])} for one in checks])
    return pytest.mark.parametrize(
        names,
        [one if i in kept else left_to_the_slow_tier(one) for i, one in enumerate(checks)],
        ids=cache(theirs.kwargs["ids"]),
    )


def values(one: Any) -> Sequence[Any]:
    """Return the estimator and the check of a parameter, which may have marks."""
    return getattr(one, "values", one)


def repr_of(check: Any) -> str:
    """Return what is checked: the name of the function, and with which options."""
    return f"{check.func.__name__} {sorted((name, str(given)) for name, given in check.keywords.items())}"


def left_to_the_slow_tier(one: Any) -> Any:
    """Return a parameter marked as slow, beside the marks that it has."""
    return pytest.param(*values(one), marks=[*getattr(one, "marks", ()), pytest.mark.slow])
