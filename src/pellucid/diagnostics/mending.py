"""Mending: the remedies of findings, put into a new estimator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from pellucid.diagnostics.finding import Finding
from pellucid.diagnostics.table_networks import is_for_tables
from pellucid.estimators import MLPClassifier, MLPRegressor
from pellucid.exceptions import ParameterError

__all__ = ["EXPLAINS", "Change", "mend"]

# Consequences of each problem: if the cause is fixed, the remedies of its consequences would only disturb.
_CONSEQUENCES = (
    "bad-initial-loss", "dead-units", "dormant-units", "exploding-gradient", "input-independent",
    "learning-rate-too-high", "overfitting", "saturated-units", "symmetric-units", "underfitting",
    "vanishing-gradient", "batch-size",
)  # fmt: skip
GENERAL = ("input-independent", "underfitting")  # that something is wrong, seldom what
CERTAIN = 0.9
EXPLAINS: dict[str, tuple[str, ...]] = {
    "not-finite": _CONSEQUENCES,
    "unscaled-input": _CONSEQUENCES,
    "learning-rate-too-high": _CONSEQUENCES,
    "learning-rate-too-low": ("underfitting", "batch-size", "input-independent"),
    "zero-initialization": (*_CONSEQUENCES, "learning-rate-too-low"),
    "symmetric-units": ("input-independent", "underfitting"),
    "vanishing-gradient": ("input-independent", "underfitting", "learning-rate-too-low"),
    "exploding-gradient": ("bad-initial-loss", "learning-rate-too-high", "underfitting"),
    "dead-units": ("input-independent", "underfitting"),
    "saturated-units": ("input-independent", "underfitting", "vanishing-gradient"),
    "underfitting": ("input-independent", "learning-rate-too-high", "dead-units", "vanishing-gradient"),
    "bad-initial-loss": ("input-independent", "learning-rate-too-low", "underfitting"),
    "class-imbalance": ("underfitting",),
    "label-noise": ("overfitting",),
}


@dataclass(frozen=True)
class Change:
    """A changed parameter, with the finding behind it.

    Parameters
    ----------
    parameter : str
        Its name.
    before, after : object
        Its values.
    code : str
        The code of the finding.

    Examples
    --------
    >>> from pellucid import MLPClassifier, diagnose
    >>> from pellucid.diagnostics import mend
    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> model = MLPClassifier((8,), learning_rate="cosine", max_iter=20, random_state=0).fit(X, y)
    >>> _, changes = mend(model, diagnose(model, X, y))
    >>> next(str(change) for change in changes if change.parameter == "standardize")
    'standardize: False -> True (unscaled-input)'
    """

    parameter: str
    before: Any
    after: Any
    code: str

    def __str__(self) -> str:
        return f"{self.parameter}: {self.before!r} -> {self.after!r} ({self.code})"


def mend(model: Any, findings: Iterable[Finding]) -> tuple[Any, list[Change]]:
    """Return a new estimator with the remedies of findings in its parameters, and what was changed.

    Findings are treated from worst to mildest. If two of them want different values for a parameter, the worse one
    decides. A finding that an earlier one causes (:data:`EXPLAINS`) is left to that one. Notes change nothing.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor
        The estimator that was diagnosed; it is left unchanged.
    findings : Diagnosis or iterable of Finding
        The findings.

    Returns
    -------
    mended : estimator of the same class
        A new, unfitted estimator.
    changes : list of Change
        The changes, in the order of the findings.

    Raises
    ------
    ParameterError
        If the model is not a pellucid estimator, or an item of ``findings`` is not a Finding.

    See Also
    --------
    diagnose : Finds what is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> from pellucid.diagnostics import mend, preflight
    >>> X = np.random.default_rng(0).normal(size=(100, 3)) * [1.0, 1.0, 1000.0]
    >>> model = MLPRegressor((10,), random_state=0)
    >>> mended, changes = mend(model, preflight(model, X, X[:, 0]))
    >>> print(*changes, mended.standardize, model.standardize)
    standardize: False -> True (unscaled-input) True False
    """
    if not (isinstance(model, MLPClassifier | MLPRegressor) or is_for_tables(model)):
        raise ParameterError(
            "mend takes an MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor of pellucid, whose "
            f"parameters it can change; got {type(model).__name__}. For a Network, read the remedies of its "
            "findings."
        )
    findings = list(findings)
    for finding in findings:
        if not isinstance(finding, Finding):
            raise ParameterError(
                f"'findings' must hold Finding objects, as diagnose returns them; got {finding!r}."
            )
    given = model.get_params()
    changes: dict[str, Change] = {}
    explained: set[str] = set()
    decided: set[str] = set()
    for finding in sorted(findings, key=_turn):
        if finding.level == "note" or finding.code in explained:
            continue
        explained.update(EXPLAINS.get(finding.code, ()))
        for name, value in finding.parameters.items():
            if name in decided or name not in given:
                continue
            decided.add(name)
            if _differs(given[name], value):
                changes[name] = Change(name, given[name], value, finding.code)
    mended = clone(model)
    mended.set_callbacks()
    mended.set_params(**{name: change.after for name, change in changes.items()})
    return mended, list(changes.values())


def _turn(finding: Finding) -> tuple[bool, float]:
    """Return by what findings are sorted: those that only say that something is wrong come last."""
    return finding.code in GENERAL and finding.severity < CERTAIN, -finding.severity


def _differs(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) or isinstance(other, list | tuple):
        return (
            list(one) != list(other)
            if isinstance(one, list | tuple) and isinstance(other, list | tuple)
            else True
        )
    return bool(type(one) is not type(other) or one != other)
