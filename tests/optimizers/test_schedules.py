"""Schedules: values worked out by hand, where they start and end, which way they go, what they refuse."""

from dataclasses import replace
from itertools import pairwise
from math import cos, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from pellucid.exceptions import ParameterError
from pellucid.optimizers import SCHEDULES, Moment, get_schedule

NOW = Moment(epoch=0, progress=0.0, samples_seen=0, reductions=0)


@pytest.mark.parametrize(
    ("name", "options", "moment", "rate"),
    [
        ("constant", {}, {"epoch": 7, "progress": 0.7, "samples_seen": 700, "reductions": 3}, 8.0),
        ("invscaling", {}, {"samples_seen": 99}, 0.8),
        ("invscaling", {"power": 1.0}, {"samples_seen": 3}, 2.0),
        ("invscaling", {"power": 0.0}, {"samples_seen": 3}, 8.0),
        ("adaptive", {}, {"reductions": 2}, 0.32),
        ("adaptive", {"factor": 0.5}, {"reductions": 3}, 1.0),
        ("step", {}, {"epoch": 19}, 8.0),
        ("step", {}, {"epoch": 20}, 4.0),
        ("step", {"every": 3.0, "factor": 0.1}, {"epoch": 8}, 0.08),
        ("cosine", {}, {"progress": 1.0 / 3.0}, 6.0),
        ("cosine", {"final": 0.25}, {"progress": 0.5}, 5.0),
        ("warmup_cosine", {}, {"progress": 0.025}, 4.0),
        ("warmup_cosine", {"warmup": 0.5, "final": 0.5}, {"progress": 0.75}, 6.0),
        ("one_cycle", {}, {"progress": 0.15}, 8.0 * 0.52),
        ("one_cycle", {"warmup": 0.5, "initial": 0.0, "final": 0.0}, {"progress": 0.25}, 4.0),
        ("one_cycle", {"warmup": 0.5, "final": 0.5}, {"progress": 0.75}, 6.0),
        ("coslog", {}, {"progress": (2.0**0.5 - 1.0) / 15.0}, 8.0),  # log2(1 + 15 t) = ½: the top of a wave
        ("coslog", {}, {"progress": (2.0**1.25 - 1.0) / 15.0}, 4.0),
        ("coslog", {}, {"progress": 7.0 / 15.0}, 0.0),  # log2(8) = 3: between two waves
        ("coslog", {"cycles": 2.0}, {"progress": (2.0**1.5 - 1.0) / 3.0}, 8.0),
        ("flat_cosine", {}, {"progress": 0.5}, 8.0),
        ("flat_cosine", {}, {"progress": 2.0 / 3.0}, 6.0),
        ("flat_cosine", {}, {"progress": 0.75}, 4.0),
    ],
)
def test_by_hand(name: str, options: dict[str, float], moment: dict[str, float], rate: float) -> None:
    """The rate at a moment, from an initial one of 8, worked out on paper."""
    assert get_schedule(name, **options)(8.0, replace(NOW, **moment)) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("constant", 1.0, 1.0),
        ("invscaling", 1.0, 1.0 / np.sqrt(10001.0)),
        ("adaptive", 1.0, 0.2**5),
        ("step", 1.0, 0.5**5),
        ("cosine", 1.0, 0.0),
        ("warmup_cosine", 0.0, 0.0),
        ("one_cycle", 1.0 / 25.0, 1e-4),
        ("coslog", 0.0, 0.0),
        ("flat_cosine", 1.0, 0.0),
    ],
)
def test_ends(name: str, first: float, last: float) -> None:
    """Rates at the start, and after 100 epochs of 100 rows, a horizon, and five stalls."""
    end = Moment(epoch=100, progress=1.0, samples_seen=10000, reductions=5)

    schedule = get_schedule(name)

    assert schedule(1.0, NOW) == pytest.approx(first, abs=1e-15)
    assert schedule(1.0, end) == pytest.approx(last, abs=1e-15)
    if schedule.per_step:  # training that goes on beyond its horizon stays at the end
        assert schedule(1.0, replace(end, progress=3.0)) == schedule(1.0, end)


def path(name: str, n: int = 200) -> np.ndarray:
    """Return the factor over 100 epochs."""
    schedule = get_schedule(name)
    moments = [Moment(i // 2, i / n, 100 * (i // 2), i // 40) for i in range(n + 1)]
    return np.array([schedule(1.0, moment) for moment in moments])


@pytest.mark.parametrize(
    "name",
    ["constant", "invscaling", "adaptive", "step", "cosine", "warmup_cosine", "one_cycle", "flat_cosine"],
)
def test_the_way(name: str) -> None:
    """Each stays in [0, 1] and falls all the way, after it has risen over its warm-up, if it has one, to 1."""
    warmup = SCHEDULES[name].options.get("warmup", 0.0)
    rates = path(name)
    top = int(rates.argmax())
    halfway = 100 + 50 * (name == "flat_cosine")

    assert rates.min() >= 0.0
    assert rates[top] == 1.0
    assert top == round(warmup * 200)
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) <= 0).all()
    assert SCHEDULES[name].per_step == (len(set(rates[[halfway, halfway + 1]])) == 2)


@pytest.mark.parametrize("cycles", [1, 4])
def test_the_waves_of_coslog(cycles: int) -> None:
    """As many waves as asked, from 0 to 1 and back, each twice as long as the one before."""
    n = 15_000
    schedule = get_schedule("coslog", cycles=float(cycles))
    rates = np.array([schedule(1.0, replace(NOW, progress=i / n)) for i in range(n + 1)])
    slopes = np.sign(np.diff(rates))
    valleys = [0, *(np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] > 0)) + 1), n]
    lengths = np.diff(valleys)

    assert len(lengths) == cycles
    np.testing.assert_allclose(lengths[1:] / lengths[:-1], 2.0, rtol=0.01)
    for lo, hi in pairwise(valleys):
        assert rates[lo : hi + 1].max() == pytest.approx(1.0, abs=1e-4)
    assert np.abs(rates[valleys]).max() < 1e-4
    assert rates.min() >= 0.0


@given(
    epochs=st.integers(0, 50),
    n_samples=st.integers(1, 1000),
    power=st.floats(0.0, 2.0),
    initial=st.floats(1e-6, 10.0),
)
def test_invscaling_is_that_of_scikit_learn(
    epochs: int, n_samples: int, power: float, initial: float
) -> None:
    """After some epochs the rate is what scikit-learn's optimizer has then."""
    theirs = SGDOptimizer([], learning_rate_init=initial, lr_schedule="invscaling", power_t=power)
    for epoch in range(epochs):
        theirs.iteration_ends((epoch + 1) * n_samples)

    ours = get_schedule("invscaling", power=power)(initial, replace(NOW, samples_seen=epochs * n_samples))

    assert ours == pytest.approx(theirs.learning_rate, rel=1e-12)


def test_adaptive_is_that_of_scikit_learn() -> None:
    """Each stall divides the rate by 5 until scikit-learn gives up."""
    theirs = SGDOptimizer([], learning_rate_init=0.1, lr_schedule="adaptive")
    for reductions in range(1, 12):
        stops = theirs.trigger_stopping("", verbose=False)
        ours = get_schedule("adaptive")(0.1, replace(NOW, reductions=reductions))
        assert stops == (0.1 * 0.2 ** (reductions - 1) <= 1e-6)
        if stops:
            break
        assert ours == pytest.approx(theirs.learning_rate, rel=1e-12)
    assert stops


@given(t=st.floats(0.0, 1.0), final=st.floats(0.0, 1.0))
def test_a_cosine_is_its_formula(t: float, final: float) -> None:
    """Half a period of the cosine from 1 down to the final factor."""
    rate = get_schedule("cosine", final=final)(1.0, replace(NOW, progress=t))

    assert rate == pytest.approx((1.0 + final) / 2.0 + (1.0 - final) / 2.0 * cos(pi * t), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("linear", {}, r"'learning_rate' must be one of \['adaptive', 'constant'.*got 'linear'"),
        (
            "step",
            {"power": 2.0},
            r"learning_rate='step' has the options \['every', 'factor'\]; got \['power'\]",
        ),
        ("constant", {"final": 0.5}, r"has the options \[\]; got \['final'\]"),
        ("invscaling", {"power": -0.5}, "'power' must be >= 0; got -0.5"),
        ("step", {"factor": 0.0}, r"'factor' must be in \(0, 1\]; got 0.0"),
        ("adaptive", {"factor": 1.5}, r"'factor' must be in \(0, 1\]; got 1.5"),
        ("step", {"every": 0.5}, "'every' must be >= 1; got 0.5"),
        ("cosine", {"final": 1.5}, r"'final' must be in \[0, 1\]; got 1.5"),
        ("one_cycle", {"initial": -1.0}, r"'initial' must be in \[0, 1\]; got -1.0"),
        ("one_cycle", {"warmup": 1.0}, r"'warmup' must be in \(0, 1\); got 1.0"),
        ("coslog", {"cycles": 0.5}, "'cycles' must be >= 1; got 0.5"),
        ("flat_cosine", {"final": 0.1}, r"has the options \[\]; got \['final'\]"),
        ("warmup_cosine", {"warmup": float("nan")}, r"'warmup' must be in \(0, 1\); got nan"),
    ],
)
def test_what_is_refused(name: str, options: dict[str, float], message: str) -> None:
    """An unknown name or option, or a value outside what is accepted, is refused with what is."""
    with pytest.raises(ParameterError, match=message):
        get_schedule(name, **options)
