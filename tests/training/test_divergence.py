"""Numbers that leave the finite: the last finite epoch comes back, and an account says where and why."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.core import Objective, get_loss
from pellucid.core.inputs import StandardizedSparse
from pellucid.engines import Problem
from pellucid.estimators import DivergenceWarning
from pellucid.exceptions import DivergenceError
from pellucid.optimizers import OPTIMIZERS, Schedule
from pellucid.training import EpochEnd, Observer, train_full_batch
from pellucid.training.divergence import explain_divergence
from problems import N_ROWS, bits, data, fit, problem, start

STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
SKLEARN = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be"
)


def explodes(epoch: int) -> Schedule:
    """Return a schedule whose rate is beyond all measure from an epoch on."""
    return Schedule("explodes", lambda moment: 1.0 if moment.epoch < epoch else 1e305)


@pytest.mark.parametrize("solver", STEPWISE)
@pytest.mark.parametrize("epoch", [0, 2])
def test_the_last_finite_epoch_is_put_back(solver: str, epoch: int) -> None:
    """Parameters, statistics, moments, counters and generator are those of the epoch before."""
    layers = {"batch_norm": True, "dropout": 0.2}
    task, twin = problem(solver, layers=layers), problem(solver, layers=layers)
    state, other = start(task), start(twin)

    outcome = fit(task, state, 9, schedule=explodes(epoch), observers=[Observer()])

    if epoch:
        fit(twin, other, epoch)
    assert (outcome.reason, outcome.n_epochs) == ("diverged", epoch)
    assert outcome.divergence is not None
    assert outcome.divergence.epoch == epoch + 1
    assert bits(task, state) == bits(twin, other)


def test_the_best_epoch_is_put_back_where_it_is_kept() -> None:
    """With early stopping it is the best epoch, not the last finite one."""
    seen: list[np.ndarray] = []

    class Keep(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            seen.append(event.parameters.copy())

    task, scores = problem(), iter([0.9, 0.8, 0.7])
    fit(
        task,
        start(task),
        9,
        schedule=explodes(3),
        keep_best=True,
        validate=lambda: (0.0, next(scores)),
        observers=[Keep()],
    )

    assert len(seen) == 3
    assert np.array_equal(task.objective.network.parameters, seen[0])


@pytest.mark.parametrize("solver", STEPWISE)
def test_a_memory_that_overflows_is_a_divergence(solver: str) -> None:
    """Squares of gradients beyond float32 freeze the parameters: fit says so."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    model = MLPRegressor((), solver=solver, learning_rate_init=0.01, max_iter=5, random_state=0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(
            (DivergenceError, DivergenceWarning), match=r"block 0 is the first.*unscaled inputs"
        ):
            model.fit(X * 1e8, X[:, 0] * 1e14)


def test_the_block_whose_memory_overflows_is_named() -> None:
    """The gradient of the last block alone is beyond the root of the largest float32."""
    network = Network([3, 4, 2], activation="tanh", random_state=5, dtype=np.float32)
    X, Y = data(np.float32)
    adam = OPTIMIZERS["adam"]
    objective = Objective(network, get_loss("squared_error").on(network.output_activation))
    network.weights[1][...] *= 1e-30  # so that no error comes through it to the first block
    task = Problem(objective, X, Y * np.float32(1e25), None, 5, adam)

    outcome = fit(task, start(task), 3)

    assert outcome.divergence is not None
    assert outcome.divergence.block == 1


@pytest.mark.parametrize("block", [0, 1])
def test_the_block_is_named(block: int) -> None:
    """The block is the first with a parameter that is not finite, or else the first whose signals are not."""
    task = problem()
    network = task.objective.network
    broken = network.parameters.copy()
    broken[network.block_slices[block].start] = np.nan
    assert explain_divergence(task, broken, 3, 0.1).block == block

    finite = network.parameters.copy()
    finite[network.block_slices[block]] = 1e308  # the sum overflows
    assert explain_divergence(task, finite, 3, 0.1).block == block


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize(
    ("X", "y", "clip", "cause", "remedy"),
    [
        (
            0.5,
            1.0,
            None,
            "too large a step (learning rate 0.2)",
            "learning_rate_init=0.02, or max_grad_norm=1.0",
        ),
        (0.5, 1.0, 1.0, "too large a step", "learning_rate_init=0.02, or another initializer"),
        (1e4, 1.0, None, "unscaled inputs (column 1 reaches 1e+04)", "standardize=True, or a StandardScaler"),
        (0.5, 1e4, None, "unscaled targets (they reach 2e+04)", "standardize=True, or scale y"),
        (1e4, 1e4, None, "unscaled inputs", "standardize=True"),
    ],
)
def test_cause_and_remedy(
    container: Any, X: float, y: float, clip: float | None, cause: str, remedy: str
) -> None:
    """Inputs that are large are named first, then targets, then the rate; the remedy fits."""
    task = problem(max_grad_norm=clip)
    task.X[...], task.Y[...] = 0.25, -2.0 * y
    task.X[3, 1] = -X
    broken = np.full(task.objective.network.n_parameters, np.nan)

    account = explain_divergence(replace(task, X=container(task.X)), broken, 3, 0.2)

    assert account.cause.startswith(cause)
    assert account.remedy.startswith(remedy)
    assert str(account) == (
        "Training diverged in epoch 3: block 0 is the first with non-finite numbers. "
        f"Likely cause: {account.cause}. Try: {account.remedy}."
    )


def test_standardized_inputs_are_not_blamed() -> None:
    """Sparse inputs whose scales are folded into the first layer are scaled, however large they stand there."""
    task = problem()
    X = StandardizedSparse(sparse.csr_array(task.X * 1e4), np.zeros(3))
    broken = np.full(task.objective.network.n_parameters, np.nan)

    assert explain_divergence(replace(task, X=X), broken, 1, 0.2).cause.startswith("too large a step")


# ---- by the estimators ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
def test_in_the_first_epoch_it_is_an_error(model: type) -> None:
    """Without a finite epoch a ValueError says scikit-learn's own sentence and ours; nothing is fitted."""
    X, Y = data()
    estimator = model((4,), "relu", solver="sgd", learning_rate_init=1e30, batch_size=5)

    with pytest.raises(ValueError, match=f"{SKLEARN}.*in epoch 1: block [01].*Likely cause.*Try") as caught:
        estimator.fit(X, (Y[:, 0] > 0).astype(int))

    assert isinstance(caught.value, DivergenceError)
    assert not hasattr(estimator, "network_")


def linear(**options: Any) -> MLPRegressor:
    """Return a linear model whose full-batch steps overshoot, so that it leaves float32 after some epochs."""
    return MLPRegressor(
        (),
        solver="sgd",
        momentum=0.0,
        learning_rate_init=1e3,
        batch_size=N_ROWS,
        max_iter=99,
        n_iter_no_change=99,
        random_state=0,
        **options,
    )


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_in_a_later_epoch_it_is_a_warning(container: Any) -> None:
    """With a finite epoch a DivergenceWarning says which, and the model holds that epoch's parameters."""
    X, Y = data()
    seen: list[np.ndarray] = []

    class Keep(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            seen.append(event.parameters.copy())

    with pytest.warns(DivergenceWarning) as caught:
        model = linear().set_callbacks(Keep()).fit(container(X), Y)

    n = len(seen)
    assert 2 <= n == model.n_iter_ == len(model.history_) < 20
    assert len(caught) == 1
    message = str(caught[0].message)
    assert message.startswith(f"Training diverged in epoch {n + 1}: block 0 is the first")
    assert (
        "too large a step (learning rate 1e+03). Try: learning_rate_init=100, or max_grad_norm=1.0" in message
    )
    assert message.endswith(f"The parameters of epoch {n} were restored.")
    assert np.array_equal(model.network_.parameters, seen[-1])
    assert np.isfinite(model.predict(X[:2])).all()
    assert caught[0].filename == __file__


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_warm_start_that_diverges_at_once() -> None:
    """A warm start has a finite epoch to return to, and can go on from it with a smaller rate."""
    X, Y = data()
    model = linear(warm_start=True).set_params(max_iter=2, learning_rate_init=0.1).fit(X, Y)
    before = model.network_.parameters.copy()

    with pytest.warns(DivergenceWarning, match=r"in epoch 3: .*The parameters of epoch 2 were restored"):
        model.set_params(learning_rate_init=1e39).fit(X, Y)

    assert np.array_equal(model.network_.parameters, before)
    assert model.n_iter_ == 0
    assert model.set_params(learning_rate_init=0.1).fit(X, Y).loss_ < model.loss_curve_[0]


def test_lbfgs_diverges_too() -> None:
    """An objective that is not finite is an account, with the parameters put back."""
    task = problem("lbfgs")
    before = task.objective.network.parameters.copy()
    task.Y[...] = 1e200

    outcome = train_full_batch(task, start(task), max_iter=9, max_fun=99, tol=0.0)

    assert outcome.reason == "diverged"
    assert "unscaled targets (they reach 1e+200)" in outcome.message
    assert np.array_equal(task.objective.network.parameters, before)
