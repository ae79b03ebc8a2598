"""Mending: what findings change, whose word counts, and that a second fit is better."""

from pathlib import Path
from typing import Any

import pytest

from diagnostics.training_cases import CURES, PAGE, Cure
from pellucid import MLPClassifier, Network
from pellucid.diagnostics import Finding, mend
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


def test_what_a_worse_illness_brings_about_is_left_to_it() -> None:
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
