"""Every row of LOSSES keeps its promises on every output activation that it takes."""

from itertools import product

import numpy as np
import pytest
from scipy import special
from sklearn import metrics

from pellucid import Network
from pellucid.core import (
    ACTIVATIONS,
    LOSSES,
    Activation,
    Interval,
    Loss,
    LossForm,
    PairedLoss,
    check_loss,
    get_loss,
    smooth_labels,
)
from pellucid.core.losses import canonical_loss
from pellucid.exceptions import DataError, ParameterError
from strategies import draw_targets

PAIRS = [LOSSES[name].on(ACTIVATIONS[a]) for name in LOSSES for a in LOSSES[name].output_activations()]
REFUSED = [
    (loss, a) for loss, a in product(LOSSES.values(), ACTIVATIONS) if a not in loss.output_activations()
]
FUSED = [(loss, form, a) for loss in LOSSES.values() for form in loss.forms for a in form.fused]

all_pairs = pytest.mark.parametrize(
    "pair", PAIRS, ids=lambda pair: f"{pair.loss.name}-{pair.activation.name}"
)


def paired(loss: str, activation: str, **options: float) -> PairedLoss:
    """Return a loss with its options on the outputs of an activation."""
    return get_loss(loss, **options).on(ACTIVATIONS[activation])


def at_outputs(pair: PairedLoss, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the values of a pair whose scores are such that the outputs are ``p``."""
    inverse = {"identity": lambda p: p, "exp": np.log, "softmax": np.log, "logistic": special.logit}
    z = inverse[pair.activation.name](p)
    return pair.values(y, z, pair.activation.value(z))


# ---- every pair ----------------------------------------------------------------------------------------


@all_pairs
def test_the_gradient_is_that_of_the_value(pair: PairedLoss) -> None:
    """The gradient on the scores agrees with finite differences of the value."""
    report = check_loss(pair.loss, pair.activation)

    assert report.ok, report


@all_pairs
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_the_dtype_stays(pair: PairedLoss, dtype: type) -> None:
    """Values and gradients have the dtype of the scores."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=(5, 3)).astype(dtype)
    a = pair.activation.value(z)
    y = draw_targets(pair, rng, z.shape).astype(dtype)

    assert pair.values(y, z, a).dtype == dtype
    assert pair.values(y, z, a).shape == (5,)
    assert pair.gradients(y, z, a).dtype == dtype


@all_pairs
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_scores_of_1000_are_borne(pair: PairedLoss, dtype: type) -> None:
    """Scores of ±1000 give finite values and gradients and no warning, unless the output is infinite."""
    rng = np.random.default_rng(2)
    z = rng.choice([-1000.0, 1000.0], (40, 3)).astype(dtype)
    with np.errstate(over="ignore"):
        z = z[np.isfinite(pair.activation.value(z)).all(axis=1)]
    y = draw_targets(pair, rng, z.shape).astype(dtype)
    y[: len(z) // 2] = 0.0
    assert len(z) > 0

    a = pair.activation.value(z)

    assert np.isfinite(pair.values(y, z, a)).all()
    assert np.isfinite(pair.gradients(y, z, a)).all()


@all_pairs
def test_a_score_that_is_nan_gives_nan(pair: PairedLoss) -> None:
    """A NaN among the scores shows in the value and in the gradient."""
    z = np.full((1, 3), np.nan)
    y = np.full((1, 3), 0.5)

    assert np.isnan(pair.values(y, z, pair.activation.value(z))).all()
    assert np.isnan(pair.gradients(y, z, pair.activation.value(z))).all()


@pytest.mark.parametrize(
    ("loss", "form", "name"), FUSED, ids=[f"{loss.name}-{name}" for loss, _, name in FUSED]
)
def test_the_fused_form_is_the_plain_form(loss: Loss, form: LossForm, name: str) -> None:
    """At moderate scores the fused form gives the value and gradient of the plain one, within rounding."""
    rng = np.random.default_rng(3)
    activation = ACTIVATIONS[name]
    z = rng.uniform(-4.0, 4.0, (50, 3))
    a = activation.value(z)
    y = draw_targets(PairedLoss(loss, form, activation), rng, z.shape)
    value, gradient = form.fused[name]

    np.testing.assert_allclose(value(y, z), form.value(y, a), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        gradient(y, z), activation.backward(z, a, form.gradient(y, a)), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize(("loss", "name"), REFUSED, ids=[f"{loss.name}-{name}" for loss, name in REFUSED])
def test_a_pair_that_does_not_fit_is_refused(loss: Loss, name: str) -> None:
    """The error names the loss, the activation, its range and every activation that fits."""
    with pytest.raises(ParameterError) as caught:
        loss.on(ACTIVATIONS[name])

    message = str(caught.value)
    assert f"loss={loss.name!r}" in message
    assert f"output_activation={name!r} gives {ACTIVATIONS[name].range}" in message
    assert all(repr(fitting) in message for fitting in loss.output_activations())
    assert repr(name) not in message.split("Use one of")[1]


def test_which_pairs_fit() -> None:
    """The log loss takes (0, 1), the Poisson loss positive numbers, the squared error everything."""
    assert set(LOSSES["log_loss"].output_activations()) == {"logistic", "softmax"}
    assert set(LOSSES["poisson"].output_activations()) == {"exp", "logistic", "softmax", "softplus"}
    assert set(LOSSES["squared_error"].output_activations()) == set(ACTIVATIONS)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("softmax", "log_loss"), ("logistic", "log_loss"), ("exp", "poisson"), ("identity", "squared_error")],
)
def test_an_omitted_loss_is_the_canonical_one(activation: str, loss: str) -> None:
    """An output activation finds its canonical partner; one that has none gets squared error."""
    assert canonical_loss(ACTIVATIONS[activation]).name == loss
    assert canonical_loss(ACTIVATIONS["tanh"]).name == "squared_error"


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_ones_own_output_goes_through_the_chain_rule(name: str) -> None:
    """An activation that is not in the table is accepted where its range fits, in the unfused form."""
    form = LOSSES[name].forms[-1]
    inside = 0.5 if form.outputs.high == 1.0 else 1.5
    own = Activation(
        "own", lambda z: inside + 0.1 * np.tanh(z), lambda z, a: 0.1 * (1.0 - np.tanh(z) ** 2),
        Interval(inside - 0.1, inside + 0.1),
    )  # fmt: skip

    assert not LOSSES[name].on(own).is_fused
    assert check_loss(LOSSES[name], own).ok


# ---- values from other sources -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "activation", "y", "p", "expected"),
    [
        (get_loss("squared_error"), "identity", 1.0, 4.0, 4.5),
        (get_loss("absolute_error"), "identity", 1.0, 4.0, 3.0),
        (get_loss("absolute_error"), "identity", 4.0, 1.0, 3.0),
        (get_loss("huber"), "identity", 0.0, 0.5, 0.125),
        (get_loss("huber"), "identity", 0.0, -3.0, 2.5),
        (get_loss("huber", delta=2.0), "identity", 0.0, 3.0, 4.0),
        (get_loss("quantile"), "identity", 3.0, 1.0, 1.0),
        (get_loss("quantile", level=0.75), "identity", 3.0, 1.0, 1.5),
        (get_loss("quantile", level=0.75), "identity", 1.0, 3.0, 0.5),
        (get_loss("poisson"), "exp", 2.0, 1.0, 2.0 * np.log(2.0) - 1.0),
        (get_loss("poisson"), "exp", 0.0, 3.0, 3.0),
        (get_loss("poisson"), "exp", 3.0, 3.0, 0.0),
        (get_loss("tweedie"), "exp", 1.0, 4.0, 1.0),
        (get_loss("tweedie"), "exp", 0.0, 9.0, 6.0),
        (get_loss("tweedie"), "exp", 4.0, 1.0, 2.0),
        (get_loss("log_loss"), "logistic", 1.0, 0.25, np.log(4.0)),
        (get_loss("log_loss"), "logistic", 0.0, 0.25, -np.log(0.75)),
        (get_loss("log_loss"), "logistic", 0.5, 0.5, np.log(2.0)),
    ],
)
def test_values_by_hand(loss: Loss, activation: str, y: float, p: float, expected: float) -> None:
    """One target, one output, and the value that a pencil gives."""
    pair = loss.on(ACTIVATIONS[activation])

    np.testing.assert_allclose(at_outputs(pair, np.array([[y]]), np.array([[p]])), [expected], atol=1e-15)


def test_a_uniform_softmax_costs_log_k() -> None:
    """With equal scores the log loss of any class is ln K, and its gradient 1/K - y."""
    pair = paired("log_loss", "softmax")
    y, z = np.eye(4)[[2]], np.full((1, 4), 7.0)

    np.testing.assert_allclose(pair.values(y, z, pair.activation.value(z)), [np.log(4.0)], rtol=1e-15)
    np.testing.assert_allclose(pair.gradients(y, z, pair.activation.value(z)), [[0.25, 0.25, -0.75, 0.25]])


@pytest.mark.parametrize("wrong", [0.0, 1.0])
def test_a_sure_and_wrong_logistic_costs_its_score(wrong: float) -> None:
    """At a score of ±1000 the other class costs 1000, with slope ±1, though the output is 0 or 1."""
    pair = paired("log_loss", "logistic")
    z = np.array([[1000.0 - 2000.0 * wrong]])
    a = pair.activation.value(z)

    assert pair.values(np.array([[wrong]]), z, a) == 1000.0
    assert pair.gradients(np.array([[wrong]]), z, a) == 1.0 - 2.0 * wrong


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "huber"])
def test_the_slope_at_a_fitted_point_is_zero(loss: str) -> None:
    """The gradient keeps prediction and target equal once they agree."""
    y = np.array([[1.5]])

    assert paired(loss, "identity").gradients(y, y, y) == 0.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_losses_agree_with_scikit_learn_and_scipy(seed: int) -> None:
    """On random outputs each loss is that of scikit-learn or SciPy, in the weighted mean or by row."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.1, 3.0, 50)
    y, p = rng.normal(size=(2, 50, 1)) * 2.0
    positive = rng.uniform(0.1, 5.0, (50, 1))
    counts = rng.poisson(2.0, (50, 1)).astype(float)
    share = rng.uniform(0.01, 0.99, (50, 1))
    truth = rng.integers(2, size=(50, 1)).astype(float)
    rows = rng.dirichlet(np.ones(4), 50)
    classes = np.append(rng.integers(4, size=46), range(4))

    def mean(values: np.ndarray) -> float:
        return np.average(values, weights=weights)

    close = np.testing.assert_allclose
    for delta in (0.5, 1.0, 2.5):
        close(
            at_outputs(paired("huber", "identity", delta=delta), y, p),
            special.huber(delta, y - p)[:, 0],
            rtol=1e-12,
        )
    for level in (0.1, 0.5, 0.8):
        close(
            mean(at_outputs(paired("quantile", "identity", level=level), y, p)),
            metrics.mean_pinball_loss(y, p, alpha=level, sample_weight=weights),
            rtol=1e-12,
        )
    close(
        mean(at_outputs(paired("squared_error", "identity"), y, p)),
        metrics.mean_squared_error(y, p, sample_weight=weights) / 2.0,
        rtol=1e-12,
    )
    close(
        mean(at_outputs(paired("absolute_error", "identity"), y, p)),
        metrics.mean_absolute_error(y, p, sample_weight=weights),
        rtol=1e-12,
    )
    close(
        mean(at_outputs(paired("poisson", "exp"), counts, positive)),
        metrics.mean_poisson_deviance(counts, positive, sample_weight=weights) / 2.0,
        rtol=1e-12,
    )
    close(
        mean(at_outputs(paired("tweedie", "exp"), counts, positive)),
        metrics.mean_tweedie_deviance(counts, positive, sample_weight=weights, power=1.5) / 2.0,
        rtol=1e-12,
    )
    softplus = paired("poisson", "softplus")
    z = np.log(np.expm1(positive))
    close(
        softplus.values(counts, z, positive), special.kl_div(counts, positive)[:, 0], rtol=1e-12, atol=1e-14
    )
    close(
        mean(at_outputs(paired("log_loss", "logistic"), truth, share)),
        metrics.log_loss(truth, share, sample_weight=weights),
        rtol=1e-12,
    )
    close(
        mean(at_outputs(paired("log_loss", "softmax"), np.eye(4)[classes], rows)),
        metrics.log_loss(classes, rows, sample_weight=weights),
        rtol=1e-12,
    )


def test_the_loss_is_summed_over_outputs() -> None:
    """Two outputs cost what they cost one by one, together."""
    y, p = np.array([[1.0, 2.0]]), np.array([[4.0, 0.0]])

    np.testing.assert_array_equal(paired("squared_error", "identity").values(y, p, p), [4.5 + 2.0])


# ---- options, label smoothing, targets -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "options", "message"),
    [
        ("huber", {"delta": 0.0}, r"'delta' .* must lie in \(0, inf\]; got 0\.0"),
        ("huber", {"delta": float("nan")}, r"'delta' .* must lie in \(0, inf\]; got nan"),
        ("quantile", {"level": 1.0}, r"'level' .* must lie in \(0, 1\); got 1\.0"),
        ("quantile", {"level": -0.5}, r"'level' .* must lie in \(0, 1\); got -0\.5"),
        ("huber", {"level": 0.5}, r"'huber' has the options \['delta'\]; got \['level'\]"),
        ("hubert", {}, r"'loss' must be one of .*'huber'.*; got 'hubert'"),
        (None, {}, r"'loss' must be one of .*; got None"),
    ],
)
def test_a_bad_loss_or_option_is_refused(loss: str, options: dict[str, float], message: str) -> None:
    """The error names the option, what is accepted and what came."""
    with pytest.raises(ParameterError, match=message):
        get_loss(loss, **options)


def test_label_smoothing_by_hand() -> None:
    """Targets move towards 1/K for a softmax and 1/2 for each logistic output; 0 moves nothing."""
    y = np.eye(5)[[0, 3]]

    smooth = smooth_labels(y, 0.1, ACTIVATIONS["softmax"])

    np.testing.assert_allclose(smooth, [[0.92, 0.02, 0.02, 0.02, 0.02], [0.02, 0.02, 0.02, 0.92, 0.02]])
    np.testing.assert_allclose(
        smooth_labels(y, 0.1, ACTIVATIONS["logistic"])[0], [0.95, 0.05, 0.05, 0.05, 0.05]
    )
    np.testing.assert_array_equal(smooth_labels(y, 0.0, ACTIVATIONS["softmax"]), y)


@pytest.mark.parametrize("amount", [-0.1, 1.0, 1.5, float("nan")])
def test_label_smoothing_outside_its_range_is_refused(amount: float) -> None:
    """ε outside [0, 1) would make targets negative or all alike."""
    with pytest.raises(ParameterError, match=r"\[0, 1\)"):
        smooth_labels(np.eye(3), amount, ACTIVATIONS["softmax"])


@pytest.mark.parametrize(
    ("loss", "output", "bad", "accepted"),
    [
        ("poisson", "exp", -0.5, r"\[0, inf\)"),
        ("log_loss", "logistic", 1.5, r"\[0, 1\]"),
        ("log_loss", "softmax", -1.0, r"\[0, 1\]"),
        ("squared_error", "identity", float("inf"), "the real numbers"),
        *((pair.loss.name, pair.activation.name, float("nan"), "") for pair in PAIRS),
    ],
)
def test_targets_outside_are_refused(loss: str, output: str, bad: float, accepted: str) -> None:
    """A target that the loss does not accept, NaN always, is refused with its row and column."""
    net = Network([2, 2], output_activation=output, random_state=0)
    y = np.full((4, 2), 0.5)
    y[2, 1] = bad

    with pytest.raises(
        DataError, match=rf"loss='{loss}' accepts targets in {accepted}.*y\[2, 1\] is {bad:g} \(1 such"
    ):
        net.gradients(np.ones((4, 2)), y, loss=loss)
