"""Every gradient and every sensitivity is that of the objective, whatever is combined with what.

The rows come from the tables. The fast tier takes every pair of choices at least once; the slow tier takes
every hidden activation with every loss, output activation, number of outputs and depth, and draws the rest.
"""

import random
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Network
from pellucid.core import (
    ACTIVATIONS,
    LOSSES,
    ForwardPass,
    GradientCheck,
    check_gradients,
    forward,
)
from pellucid.core.intervals import REAL
from pellucid.core.layers import NORMALIZATIONS, Normalization
from strategies import Array, draw_targets, randomize
from tiers import covering

N_SAMPLES = 6
WIDTHS = [3, 3, 4, 4]  # of inputs and hidden blocks: some agree, so that residual=True has blocks to act on
HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
FITTING = {(loss, a) for loss, row in LOSSES.items() for a in row.output_activations()}
CANONICAL = [(loss.name, output) for loss in LOSSES.values() for output in loss.canonical]
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    **{name: {"normalization": name} for name in NORMALIZATIONS},
    "residual": {"residual": True},
    "residual activation": {"residual": "activation"},
    "dropout": {"dropout": 0.3},
    "all": {"batch_norm": True, "residual": [True, "activation", True], "dropout": 0.3},
}
PENALTIES = {"none": (0.0, 0.0), "l1": (0.03, 0.0), "l2": (0.0, 0.2), "both": (0.03, 0.2)}


class Case(NamedTuple):
    """One combination; without hidden blocks there is no hidden activation and no kind of layer."""

    hidden: str | None
    loss: str
    output: str
    n_outputs: int
    depth: int
    kind: str
    weights: str
    penalty: str

    def __str__(self) -> str:
        return "-".join(str(choice).replace(" ", "_") for choice in self)


CHOICES: tuple[tuple[Any, ...], ...] = (
    (None, *HIDDEN),
    tuple(LOSSES),
    tuple(ACTIVATIONS),
    (1, 2, 3, 5),
    (0, 1, 2, 3),
    tuple(KINDS),
    ("none", "random", "with zeros"),
    tuple(PENALTIES),
)
Pair = tuple[tuple[int, Any], tuple[int, Any]]


def is_valid(case: Case) -> bool:
    """Return whether a combination makes sense."""
    return (
        (case.loss, case.output) in FITTING
        and (case.n_outputs > 1 or not ACTIVATIONS[case.output].range.simplex)
        and (case.hidden is None) == (case.depth == 0)
        and (case.kind == "plain" or case.depth > 0)
    )


# ---- every pair of choices -----------------------------------------------------------------------------


def pairs_of(case: Case) -> set[Pair]:
    """Return the pairs of choices that a case holds."""
    return set(combinations(enumerate(case), 2))


def possible_pairs() -> Iterator[Pair]:
    """Yield every pair of choices that some valid case holds."""
    enough = {
        0: 2,
        4: 2,
        5: 1,
        6: 1,
        7: 1,
    }  # values of the others that a pair can need: some hidden block, or none
    for (i, first), (j, second) in combinations(enumerate(CHOICES), 2):
        others = [choices[: enough.get(k)] for k, choices in enumerate(CHOICES)]
        for a, b in product(first, second):
            others[i], others[j] = (a,), (b,)
            if any(is_valid(Case(*choices)) for choices in product(*others)):
                yield (i, a), (j, b)


def draw_case(chance: random.Random, fixed: dict[int, Any]) -> Case:
    """Draw a valid case that holds the given choices."""
    while True:
        case = Case(*(fixed.get(i, chance.choice(choices)) for i, choices in enumerate(CHOICES)))
        if is_valid(case):
            return case


def covering_cases(n_candidates: int = 8) -> list[Case]:
    """Return a few hundred valid cases that hold every possible pair, each the best of some candidates."""
    chance = random.Random(0)
    open_pairs = dict.fromkeys(possible_pairs())
    cases = []
    while open_pairs:
        fixed = dict(next(iter(open_pairs)))
        candidates = [draw_case(chance, fixed) for _ in range(n_candidates)]
        cases.append(max(candidates, key=lambda case: sum(pair in open_pairs for pair in pairs_of(case))))
        for pair in pairs_of(cases[-1]):
            open_pairs.pop(pair, None)
    return cases


CASES = covering_cases()
EVERY_CHOICE = {str(CASES[i]) for i in covering([case._asdict() for case in CASES])}


def test_every_pair_of_choices_is_covered() -> None:
    """The cases of the fast tier are valid and hold each pair of choices that fits together."""
    covered = set().union(*map(pairs_of, CASES))

    assert all(is_valid(case) for case in CASES)
    assert set(possible_pairs()) == covered
    assert {(loss, output) for case in CASES for loss, output in [(case.loss, case.output)]} == FITTING
    assert len(CASES) < 2 * len(HIDDEN) * len(ACTIVATIONS)


# ---- the check -----------------------------------------------------------------------------------------


def build(case: Case) -> tuple[Network, Array, Array, Array | None]:
    """Return a network with random parameters, none of them zero, and samples with weights."""
    rng = np.random.default_rng([*map(ord, str(case))])
    options = {
        name: value[: case.depth] if isinstance(value, list) else value
        for name, value in KINDS[case.kind].items()
    }
    widths = WIDTHS[: case.depth + 1]
    if case.kind == "all":  # a residual that is asked for by block needs equal widths
        widths = [3] * len(widths)
    activation = case.hidden or "tanh"
    net = Network([*widths, case.n_outputs], activation=activation, output_activation=case.output, **options)
    X = rng.normal(size=(N_SAMPLES, widths[0]))
    w = rng.uniform(0.2, 3.0, N_SAMPLES)
    w[[0, 3]] *= case.weights != "with zeros"
    for _ in range(200):
        randomize(net, rng)
        passed = tame(net, X, w)
        if is_lively(passed, w) or ACTIVATIONS[activation].is_flat:
            break
    else:
        raise AssertionError(f"no lively network for {case}")
    pair = LOSSES[case.loss].on(net.output_activation)
    y = draw_targets(pair, rng, (N_SAMPLES, case.n_outputs))
    if (
        pair.form.targets == REAL
    ):  # residuals on both sides of every corner, also among the rows with a weight
        # Two rows of an even column, three of an odd one, so that nothing cancels.
        below = [
            [(row - column) % 6 in (0, 2, 4)[: 2 + column % 2] for column in range(case.n_outputs)]
            for row in range(N_SAMPLES)
        ]
        y = net.output_activation.value(passed.scores) + np.where(below, -1.0, 1.0) * np.abs(y)
    return net, X, y, None if case.weights == "none" else w


def tame(net: Network, X: Array, w: Array) -> ForwardPass:
    """Make weights smaller until no signal is large, and pass: exp(exp(exp(z))) is soon too much."""
    # Weights in front of a normalization cannot make its signals smaller; its scale can.
    shrinking = "gamma" if any(net.normalization) else "weights"
    while True:
        with np.errstate(over="ignore", invalid="ignore"):
            rng = np.random.default_rng(0)  # the units that check_gradients drops
            passed = forward(net, X, state=net.state.copy(), training=True, sample_weight=w, rng=rng)
        if all((np.abs(z) <= 6.0).all() for z in passed.zs):
            return passed
        for views in net.parameter_views(net.parameters):
            if shrinking in views:
                views[shrinking][...] *= 0.8
        net.weights[-1][...] *= 0.8


def is_lively(passed: ForwardPass, w: Array) -> bool:
    """Return whether scores differ between rows, and so does all that a normalization divides by.

    Every ReLU of a block may be dead. Behind it the variance is 0, and near 0 no difference can follow the
    curvature of batch normalization. Scores may be much alike: three logistic blocks leave little spread.
    """
    normalized = [(i, n.axis) for i, n in enumerate(passed.network.layers) if isinstance(n, Normalization)]
    spreads = [(passed.scores, 1e-3, 0), *((passed.run.values[i], 0.1, axis) for i, axis in normalized)]
    return all((np.ptp(value[w > 0.0], axis=axis) > spread).all() for value, spread, axis in spreads)


def assert_not_degenerate(net: Network, X: Array, y: Array, w: Array | None) -> None:
    """Assert that the samples differ in every column, and that no parameter is zero."""
    assert (np.ptp(X, axis=0) > 0.1).all()
    assert (np.ptp(y, axis=0) > 0.01).all()
    assert w is None or np.ptp(w) > 0.1
    assert (net.parameters != 0.0).all()
    assert all((np.abs(b) > 0.1).all() for b in net.biases)


def check(case: Case) -> GradientCheck:
    """Compare the gradient of a case, and the sensitivities of its blocks, with finite differences."""
    net, X, y, w = build(case)
    assert_not_degenerate(net, X, y, w)
    l1, l2 = PENALTIES[case.penalty]
    return check_gradients(net, X, y, loss=case.loss, sample_weight=w, l1=l1, l2=l2, tolerance=1e-6)


@pytest.mark.parametrize(
    "case",
    [pytest.param(each, marks=[] if str(each) in EVERY_CHOICE else pytest.mark.thorough) for each in CASES],
    ids=str,
)
def test_the_gradient_of_every_pair_of_choices(case: Case) -> None:
    """Each entry of the gradient and of the sensitivities agrees with finite differences of the objective.

    Fast are the cases that together hold every choice; all of them hold every pair.
    """
    report = check(case)

    assert report.ok, report
    assert report.n_skipped < report.n_checked, report


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", CHOICES[0])
def test_the_gradient_of_the_product(hidden: str | None, loss: str) -> None:
    """Every output activation, number of outputs and depth is right; kind, weights and penalty are drawn.

    The whole product has about 800,000 cases; these are 11,000 of them, the same ones each time.
    """
    chance = random.Random(f"{hidden} {loss}")
    for output, n_outputs, depth in product(*CHOICES[2:5]):
        kind, weights, penalty = (chance.choice(choices) for choices in CHOICES[5:])
        kind = "plain" if hidden is None else kind
        case = Case(hidden, loss, output, n_outputs, depth, kind, weights, penalty)
        if is_valid(case):
            report = check(case)
            assert report.ok, f"{case}: {report}"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", ["tanh", "relu"])
def test_the_gradient_of_the_whole_product_of_options(hidden: str, kind: str) -> None:
    """Every kind of layer with every weighting, penalty, depth and number of outputs, on canonical pairs."""
    for (loss, output), *choices in product(CANONICAL, *CHOICES[3:5], *CHOICES[6:]):
        case = Case(hidden, loss, output, *choices[:2], kind, *choices[2:])
        if is_valid(case):
            report = check(case)
            assert report.ok, f"{case}: {report}"


# ---- the objective that is returned --------------------------------------------------------------------

PAIRS = sorted(FITTING)


@pytest.mark.parametrize("n_outputs", [1, 2, 5])
@pytest.mark.parametrize(("loss", "output"), CANONICAL, ids=lambda name: name)
def test_the_gradient_is_that_of_the_objective_that_is_returned(
    loss: str, output: str, n_outputs: int
) -> None:
    """`.flat` is the slope of `.objective` itself, with any number of outputs (scikit-learn #8349)."""
    if n_outputs == 1 and ACTIVATIONS[output].range.simplex:
        n_outputs = 3
    net, X, y, w = build(Case("tanh", loss, output, n_outputs, 2, "plain", "random", "both"))
    g = net.gradients(X, y, loss=loss, sample_weight=w, l1=0.03, l2=0.2)
    direction = np.random.default_rng(0).normal(size=net.n_parameters)
    direction /= np.linalg.norm(direction)
    start = net.parameters.copy()

    def objective(step: float) -> float:
        net.parameters[...] = start + step * direction
        return net.gradients(X, y, loss=loss, sample_weight=w, l1=0.03, l2=0.2).objective

    slope = (objective(1e-5) - objective(-1e-5)) / 2e-5

    assert abs(slope) > 1e-3
    assert slope == pytest.approx(g.flat @ direction, rel=1e-6)


@pytest.mark.parametrize("kind", ["batch_norm", "all"])
def test_the_gradient_of_a_prediction(kind: str) -> None:
    """With training=False batch normalization is a fixed map, dropout is off, and the gradient is theirs."""
    for loss, output in CANONICAL:
        net, X, y, w = build(Case("gelu", loss, output, 3, 2, kind, "with zeros", "l2"))
        report = check_gradients(net, X, y, loss=loss, sample_weight=w, l2=0.2, training=False)

        assert report.ok, f"{loss} {output}: {report}"
        assert report.n_checked > net.n_parameters  # the sensitivities too


# ---- weights and rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plain", "batch_norm", "residual", "residual activation"])
@pytest.mark.parametrize(("loss", "output"), PAIRS, ids=lambda name: name)
def test_a_weight_is_a_repetition(loss: str, output: str, kind: str) -> None:
    """A row of weight 2 is the row twice and one of weight 0 is absent: in objective, gradient and deltas."""
    net, X, y, _ = build(Case("tanh", loss, output, 3, 2, kind, "none", "both"))
    times = np.array([2, 0, 1, 3, 1, 2])
    rows = np.repeat(np.arange(N_SAMPLES), times)
    weighted = net.gradients(X, y, loss=loss, sample_weight=times, l1=0.03, l2=0.2, training=True)
    repeated = net.gradients(X[rows], y[rows], loss=loss, l1=0.03, l2=0.2, training=True)

    assert weighted.objective == pytest.approx(repeated.objective, rel=1e-12)
    np.testing.assert_allclose(weighted.flat, repeated.flat, rtol=1e-9, atol=1e-12)
    for delta, single in zip(weighted.deltas, repeated.deltas, strict=True):
        summed = np.zeros_like(delta)
        np.add.at(summed, rows, single)
        np.testing.assert_allclose(delta, summed, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["plain", "batch_norm", "all"])
def test_a_row_of_weight_0_has_no_say(kind: str) -> None:
    """Whatever stands in a row of weight 0, the objective and the gradient stay as they are."""
    net, X, y, w = build(Case("tanh", "huber", "identity", 2, 2, kind, "with zeros", "none"))
    X_other, y_other = X.copy(), y.copy()
    X_other[w == 0.0] += 100.0
    y_other[w == 0.0] -= 100.0
    one = net.gradients(X, y, loss="huber", sample_weight=w, training=True, random_state=1)
    other = net.gradients(X_other, y_other, loss="huber", sample_weight=w, training=True, random_state=1)

    assert (w == 0.0).sum() == 2
    assert other.loss == pytest.approx(one.loss, rel=1e-13)
    np.testing.assert_allclose(other.flat, one.flat, rtol=1e-10, atol=1e-14)


@given(
    st.permutations(range(N_SAMPLES)), st.sampled_from(CANONICAL), st.sampled_from(["plain", "batch_norm"])
)
def test_the_order_of_rows_does_not_matter(order: list[int], pair: tuple[str, str], kind: str) -> None:
    """A full batch in another order has the same objective and gradient, and the deltas in that order."""
    net, X, y, w = build(Case("tanh", *pair, 3, 2, kind, "random", "none"))
    one = net.gradients(X, y, loss=pair[0], sample_weight=w, training=True)
    other = net.gradients(X[order], y[order], loss=pair[0], sample_weight=w[order], training=True)

    assert other.loss == pytest.approx(one.loss, rel=1e-13)
    np.testing.assert_allclose(other.flat, one.flat, rtol=1e-9, atol=1e-13)
    for delta, shuffled in zip(one.deltas, other.deltas, strict=True):
        np.testing.assert_allclose(shuffled, delta[order], rtol=1e-9, atol=1e-13)
