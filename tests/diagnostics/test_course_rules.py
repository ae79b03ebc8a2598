"""Rules on the course of a training: constructed trainings with known answers, and healthy ones of real sets."""

import warnings
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from diagnostics.training_cases import (
    PAGE,
    SETS,
    TRAINING_CASES,
    TrainingCase,
    build,
    fit,
    real,
    table_of_rules,
)
from pellucid import MLPClassifier
from pellucid.diagnostics import RULES, Diagnosis, diagnose, preflight
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.step_rules import suggested_rate, update_ratio

OWN = {
    "learning-rate-too-high", "learning-rate-too-low", "overfitting", "underfitting", "batch-size",
    "input-independent", "wrong-gradient", "unscaled-input", "constant-input", "duplicate-input",
    "leaking-input",
    "class-imbalance",
    "label-noise",
}  # fmt: skip
RATES = ("learning-rate-too-high", "learning-rate-too-low")


@cache
def diagnosed(case: TrainingCase) -> Diagnosis:
    return case.diagnosis()


@pytest.mark.slow
@pytest.mark.parametrize("case", TRAINING_CASES, ids=lambda case: case.name)
def test_a_problem_is_found_where_it_is(case: TrainingCase) -> None:
    found = diagnosed(case).find(case.ill)
    assert found
    assert {key: found[0].where[key] for key in case.where} == case.where
    assert (found[0].level == "note") == (case.level == "note")
    opposite = {
        RATES[0]: RATES[1],
        RATES[1]: RATES[0],
        "overfitting": "underfitting",
        "underfitting": "overfitting",
    }
    if case.ill in opposite:
        assert opposite[case.ill] not in diagnosed(case).codes


FAST = [
    c for c in TRAINING_CASES if c.before or "iris" in c.name or "column" in c.name or "overfit" in c.name
]


@pytest.mark.parametrize("case", FAST, ids=lambda case: case.name)
def test_the_quick_ones_are_found(case: TrainingCase) -> None:
    found = diagnosed(case).find(case.ill)
    assert found
    assert {key: found[0].where[key] for key in case.where} == case.where


SHAPES: tuple[dict[str, Any], ...] = (
    {"hidden_layer_sizes": (100,)},
    {"hidden_layer_sizes": (50, 50), "activation": "tanh"},
    {"hidden_layer_sizes": (64, 32), "solver": "sgd", "learning_rate_init": 0.02},
    {"hidden_layer_sizes": (20, 20, 20), "activation": "gelu"},
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", SETS)
def test_no_false_alarm_on_healthy_trainings_of_real_sets(
    name: str, shape: dict[str, Any], seed: int
) -> None:
    X, y, X_val, y_val = real(name)
    model = build({**shape, "random_state": seed, "early_stopping": True, "max_iter": 200}, y)
    fitted, recorder = fit(model, X, y)
    for found in (diagnose(fitted, X, y, X_val, y_val, record=recorder.record), preflight(model, X, y)):
        assert [code for code in found.codes if code in OWN] == []


def test_generalization_loss_is_that_of_prechelt_by_hand() -> None:
    X, y, X_val, y_val = real("diabetes")
    model, recorder = fit(build({"hidden_layer_sizes": (64, 32), "max_iter": 100}, y), X, y, X_val, y_val)
    (found,) = diagnose(model, X, y, X_val, y_val, record=recorder.record).find("overfitting")
    curve = np.array(model.validation_loss_curve_)
    assert found.measured["generalization loss"] == pytest.approx(100.0 * (curve[-1] / curve.min() - 1.0))
    assert found.measured["best epoch"] == curve.argmin() + 1
    without = diagnose(model, X, y, record=recorder.record).find("overfitting")
    assert without[0].measured == found.measured


def test_losses_are_measured_against_the_entropy_of_the_priors() -> None:
    X, y, *_ = real("wine")
    model, _ = fit(build({"alpha": 1e3}, y), X, y)
    (found,) = diagnose(model, X, y).find("underfitting")
    priors = np.bincount(y) / len(y)
    assert found.measured["baseline"] == pytest.approx(-(priors @ np.log(priors)), rel=1e-4)
    assert found.measured["training loss"] == pytest.approx(log_loss(y, model.predict_proba(X)), rel=1e-4)
    assert found.parameters["alpha"] < 1.0


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_the_ratio_of_the_first_step_foresees_what_a_step_does(solver: str) -> None:
    X, y, *_ = real("wine")
    model = build({"solver": solver, "momentum": 0.0, "batch_size": len(y), "max_iter": 1, "alpha": 0.0}, y)
    foreseen, source = update_ratio(examine(model, X, y, before=True))
    assert source == "first step"
    start = examine(model, X, y, before=True).network
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    moved = [
        np.linalg.norm(now - then) / np.linalg.norm(then)
        for now, then in zip(model.network_.weights, start.weights, strict=True)
    ]
    assert foreseen == pytest.approx(np.median(moved), rel=0.05)


def test_a_suggested_rate_does_not_depend_on_the_rate_that_was_used() -> None:
    X, y, *_ = real("wine")
    rates = [
        suggested_rate(examine(build({"learning_rate_init": rate}, y), X, y, before=True))
        for rate in (1e-6, 1.0)
    ]
    assert rates[0] == rates[1]
    assert 1e-4 < rates[0] < 1e-2  # type: ignore[operator]


def test_rules_do_not_ask_for_what_is_not_there() -> None:
    X, y, *_ = real("wine")
    model, recorder = fit(build({"solver": "lbfgs", "max_iter": 30}, y), X, y)
    found = diagnose(model, X, y, record=recorder.record)
    assert not set(RATES) & set(found.codes)
    examination = replace(examine(model, X, y), history=[])
    for rule in RULES:
        if rule.code in OWN:
            list(rule.findings(examination))


def test_the_page_has_every_case_and_every_rule() -> None:
    page = PAGE.read_text()
    for case in TRAINING_CASES:
        assert f"| {case.name} | `{case.ill}` |" in page
    assert table_of_rules() in page


def test_a_model_that_has_learned_needs_no_mending() -> None:
    X, y, *_ = real("iris")
    model = MLPClassifier((50,), standardize=True, random_state=0, solver="lbfgs", max_iter=500)
    assert [code for code in diagnose(model.fit(X, y), X, y).codes if code in OWN] == []
