"""Mending: what findings change, whose word counts, and that a second fit is better."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from diagnostics.training_cases import CURES, PAGE, Cure
from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.diagnostics import Finding, diagnose, mend, preflight
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.step_rules import batch_size
from pellucid.exceptions import ParameterError
from pellucid.recording import Recorder


def finding(code: str, severity: float, **parameters: Any) -> Finding:
    return Finding(code, severity, {}, {}, "", "", "", "ours", "", "", parameters)


def test_the_worse_finding_decides_and_notes_do_not() -> None:
    model = MLPClassifier((10, 10), learning_rate_init=0.5)
    mended, changes = mend(
        model,
        [
            finding("dead-units", 0.2, activation="elu"),
            finding("batch-size", 0.4, learning_rate_init=9.0, batch_size=32),
            finding("overfitting", 0.6, learning_rate_init=0.01, early_stopping=True),
        ],
    )
    assert [(c.parameter, c.before, c.after, c.code) for c in changes] == [
        ("learning_rate_init", 0.5, 0.01, "overfitting"),
        ("early_stopping", False, True, "overfitting"),
        ("batch_size", "auto", 32, "batch-size"),
    ]
    assert str(changes[0]) == "learning_rate_init: 0.5 -> 0.01 (overfitting)"
    assert mended.learning_rate_init == 0.01
    assert model.learning_rate_init == 0.5
    assert mended.activation == "relu"


def test_what_a_worse_problem_causes_is_left_to_it() -> None:
    found = [
        finding("unscaled-input", 0.9, standardize=True),
        finding("learning-rate-too-high", 0.6, learning_rate_init=1e-5),
        finding("class-imbalance", 0.5, class_weight="balanced"),
    ]
    assert [c.parameter for c in mend(MLPClassifier(), found)[1]] == ["standardize", "class_weight"]
    assert [c.parameter for c in mend(MLPClassifier(), found[1:])[1]] == [
        "learning_rate_init",
        "class_weight",
    ]


def test_the_given_estimator_and_its_observers_are_left_as_they_were() -> None:
    model = MLPClassifier((5,), standardize=True, random_state=0)
    model.set_callbacks(Recorder())
    before = model.get_params()
    mended, changes = mend(model, [finding("unscaled-input", 0.9, standardize=True, no_such_parameter=1)])
    assert changes == []
    assert mended is not model
    assert mended.get_params() == before == model.get_params()
    assert not mended._watchers
    assert model._watchers
    assert not hasattr(mended, "network_")


def test_bad_input() -> None:
    with pytest.raises(ParameterError, match="got Network"):
        mend(Network([2, 1]), [])
    with pytest.raises(ParameterError, match="as diagnose returns them; got 'dead-units'"):
        mend(MLPClassifier(), ["dead-units"])  # type: ignore[list-item]


@pytest.mark.slow
@pytest.mark.parametrize("cure", CURES, ids=lambda cure: cure.name)
def test_a_mended_training_is_measurably_better(cure: Cure) -> None:
    found, changes, _, (before, after) = cure.outcome()
    assert cure.code in found.codes
    assert cure.code in {change.code for change in changes}
    assert after >= before + cure.gain


def test_the_page_has_every_cure() -> None:
    page = Path(PAGE).read_text()
    for cure in CURES:
        assert f"| {cure.name} | `{cure.code}` |" in page


# ---- in proportion ---------------------------------------------------------------------------------------


def killed(n_dead: int, n_units: int = 10) -> tuple[MLPClassifier, Any, Any]:
    """Return a fitted classifier of which some units were made dead after training."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] > 0).astype(int)
    model = MLPClassifier((n_units,), max_iter=1, learning_rate_init=0.3, random_state=0)
    with warnings.catch_warnings(action="ignore"):
        model.fit(X, y)
    model.network_.biases[0][...] = np.where(np.arange(n_units) < n_dead, -100.0, 1.0)
    return model, X, y


def test_a_few_dead_units_ask_for_nothing() -> None:
    (found,) = diagnose(*killed(2)).find("dead-units")
    assert found.level == "note"
    assert found.parameters == {}
    assert found.remedy.startswith("No change is needed")


@pytest.mark.parametrize(("n_dead", "rate"), [(4, 0.1), (6, 0.1), (7, 0.03), (10, 0.03)])
def test_the_rate_falls_by_more_where_more_units_died(n_dead: int, rate: float) -> None:
    (found,) = diagnose(*killed(n_dead)).find("dead-units")
    assert found.level in ("warning", "serious")
    assert found.parameters == {"learning_rate_init": pytest.approx(rate)}
    assert f"a {'third' if rate == 0.1 else 'tenth'} of the learning rate" in found.remedy


def recorded(batch_size: int, noise: float, losses: list[float]) -> Examination:
    """Return an examination of a training with that noise and that course."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 3))
    y = (X[:, 0] > 0).astype(int)
    recorder = Recorder()
    model = MLPClassifier((5,), batch_size=batch_size, max_iter=len(losses), random_state=0)
    with warnings.catch_warnings(action="ignore"):
        model.set_callbacks(recorder).fit(X, y)
    record = replace(recorder.record, gradient_noise=np.full_like(recorder.record.gradient_noise, noise))
    history = [row | {"loss": loss} for row, loss in zip(model.history_, losses, strict=True)]
    return replace(examine(model, X, y, record=record), history=history)


FALLING, LEVEL = [0.7, 0.6, 0.5, 0.4, 0.3, 0.25], [0.3, 0.1, 0.03, 0.02, 0.02, 0.02]
JUMPING = [0.5, 0.9, 0.4, 0.95, 0.45, 0.9, 0.4]


def test_a_batch_that_is_larger_than_its_noise_asks_for_nothing_once_the_loss_has_settled() -> None:
    (found,) = batch_size(recorded(200, 1.0, LEVEL))
    assert found.severity == 0.2
    assert found.parameters == {}
    assert found.remedy.startswith("No change is needed")


@pytest.mark.parametrize(("noise", "better"), [(0.1, 32), (5.0, 32), (70.0, 64)])
def test_no_batch_under_32_rows_is_advised(noise: float, better: int) -> None:
    (found,) = batch_size(recorded(1000, noise, FALLING))
    assert found.severity == 0.4
    assert found.parameters == {"batch_size": better}
    assert not list(batch_size(recorded(64, noise, FALLING)))


@pytest.mark.parametrize(("noise", "better"), [(1e3, 16), (1e9, 16)])
def test_a_batch_that_is_too_small_is_to_grow_by_four_times_at_most(noise: float, better: int) -> None:
    (found,) = batch_size(recorded(4, noise, JUMPING))
    assert found.parameters == {"batch_size": better}


def test_inputs_far_from_0_that_hold_units_off_are_to_be_standardized() -> None:
    X, y = load_iris(return_X_y=True)  # all lengths are positive
    (found,) = preflight(MLPClassifier((100,), random_state=1), X, y).find("dead-units")
    assert found.level == "warning"
    assert found.parameters == {"standardize": True}
    assert not preflight(MLPClassifier((100,), standardize=True, random_state=1), X, y).codes


def heavy_tailed(n_wild: int, **options: Any) -> Finding:
    """Return what is said of a sound regression of which some targets are wild."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2))
    y = X[:, 0] + 0.1 * rng.normal(size=600)
    y[:n_wild] += 8.0
    model = MLPRegressor((8,), max_iter=60, learning_rate_init=0.01, random_state=0, **options)
    with warnings.catch_warnings(action="ignore"):
        model.fit(X, y)
    (found,) = diagnose(model, X, y).find("label-noise")
    assert len(found.where["rows"]) == n_wild
    return found


def test_a_few_wild_targets_are_worth_a_look_and_no_other_loss() -> None:
    few, many, robust = heavy_tailed(3), heavy_tailed(12), heavy_tailed(12, loss="huber")
    assert (few.level, few.parameters) == ("note", {})
    assert (many.level, many.parameters) == ("warning", {"loss": "huber"})
    assert (robust.level, robust.parameters) == ("warning", {})
    assert "squared" not in robust.why + robust.remedy


def test_targets_that_do_not_vary_ask_for_no_other_batch() -> None:
    X = np.random.default_rng(0).normal(size=(300, 4))
    model = MLPRegressor((10,), max_iter=30, random_state=0)
    with warnings.catch_warnings(action="ignore"):
        model.fit(X, np.full(300, 3.0))
    assert not diagnose(model, X, np.full(300, 3.0)).find("batch-size")
