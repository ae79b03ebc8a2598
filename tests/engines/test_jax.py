"""The engine of JAX does what the reference engine does, for every row of every table, and leaves no trace."""

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from engine_parity import (
    GROUPS,
    HIDDEN,
    INPUT_LAYERS,
    MEMBERS,
    N_SAMPLES,
    OPTIONS,
    PAIRS,
    STEPWISE,
    assert_parity,
    problem_of,
    table,
    ten_steps,
)
from pellucid import Network
from pellucid.core import Activation
from pellucid.core.inputs import StandardizedSparse
from pellucid.engines import ENGINES, StepSums, outputs_of
from pellucid.engines.accelerated import JaxEngine
from pellucid.exceptions import ParameterError
from pellucid.training import Observer
from problems import N_ROWS, bits, fit, problem, start, weights

needs_jax = pytest.mark.skipif(
    find_spec("jax") is None, reason="JAX is not installed: pip install 'pellucid[jax]'"
)

WEIGHTS = np.random.default_rng(1).uniform(0.0, 3.0, N_SAMPLES)
WEIGHTS[np.random.default_rng(3).permutation(N_SAMPLES)[8:16]] = 0.0  # the second batch of the first epoch
TABLE = {"input_layers": INPUT_LAYERS["all"], "parametric": True, "rate_factors": GROUPS, "weights": WEIGHTS}
CASES: dict[str, dict[str, Any]] = {
    **{f"activation {name}": {"activation": name, "sizes": (5, 4, 3), "rate": 1e-3} for name in HIDDEN},
    **{
        f"loss {pair}": dict(zip(("loss", "output"), pair.split(), strict=True)) | {"rate": 1e-3}
        for pair in PAIRS
    },
    **{f"optimizer {name}": {"optimizer": name, "rate": 1e-3, "objective": {"alpha": 0.01}} for name in STEPWISE},
    **{
        f"option {options}": {"rate": 1e-3 if "adamw" in options.values() else 0.01, **options}
        for options in OPTIONS
    },
    **{f"members {name}": options for name, options in MEMBERS.items()},
    **{f"members {name}, weighted": options | {"weights": WEIGHTS} for name, options in MEMBERS.items()},
    **{f"input {name}": {"input_layers": layers} for name, layers in INPUT_LAYERS.items()},
    "weights": {"weights": WEIGHTS},
    "weights, batch normalization": {"weights": WEIGHTS, "batch_norm": True},
    "table": TABLE | {"parametrization": "ntk", "optimizer": "adamw", "weight_decay": 0.3, "rate": 1e-3},
    "table of members": TABLE | {"n_members": 2},
    "schedules": {
        "dropout": 0.4, "weight_decay": 0.5, "optimizer": "adamw", "rate": 1e-3,
        "scheduled": ("decay_factors", "dropout_factors"),
    },
    "levels": {"loss": "quantile", "output": "identity", "loss_options": {"level": (0.1, 0.5, 0.9)}},
    "sparse": {"is_sparse": True},
    "sparse, standardized": {"is_sparse": True, "is_shifted": True, "optimizer": "adam", "rate": 1e-3},
}  # fmt: skip
FAST = ("table",)  # each is compiled for a second or two
TELLING = (
    *FAST, "members dropout, weighted", "activation gelu", "loss log_loss logistic", "optimizer adam", "schedules",
    "sparse, standardized", "weights, batch normalization",
)  # fmt: skip


def options_of(name: str, dtype: str) -> dict[str, Any]:
    """Return the options of a case, with its inputs."""
    options = dict(CASES[name])
    if "input_layers" in options:
        options["X"] = table(dtype)
    if options.pop("is_sparse", False):
        X = scipy.sparse.random_array((N_SAMPLES, 5), density=0.4, rng=np.random.default_rng(5), dtype=dtype)
        shift = np.linspace(-1.0, 1.0, 5).astype(dtype)
        options["X"] = StandardizedSparse(X.tocsr(), shift) if options.pop("is_shifted", False) else X.tocsr()
    return options


@needs_jax
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n not in FAST)) for n in CASES])
def test_every_row_of_every_table(name: str) -> None:
    """Ten steps in float64 are those of the reference to 1e-11."""
    assert_parity("float64", engine="jax", **options_of(name, "float64"))


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("name", TELLING)
def test_in_single_precision(name: str) -> None:
    """Ten steps in float32 are those of the reference, to its rounding."""
    assert_parity("float32", engine="jax", **options_of(name, "float32"))


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("name", TELLING)
def test_large_networks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers that go to the device by layer, as those of large networks do, give the same steps."""
    monkeypatch.setattr("pellucid.engines.accelerated.jax_kinds.PACKED", 0)
    assert_parity("float64", engine="jax", **options_of(name, "float64"))


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("size", [1e-25, 1.0, 1e25])
@pytest.mark.parametrize("n_outputs", [3, 100])
def test_norms_whose_squares_leave_the_range_of_float32(n_outputs: int, size: float) -> None:
    """The gradient of a linear network of zeros is -Xᵀy / n: its norm, and the length to which it is clipped."""
    task = problem_of("float32", sizes=(5, n_outputs), loss="squared_error", output="identity")
    task.objective.network.parameters[...] = 0.0
    rng = np.random.default_rng(0)
    X, Y = (rng.normal(size=(16, width)) for width in (5, n_outputs))
    X, Y = (X * max(size, 1.0)).astype(np.float32), (1e-3 * Y * min(size, 1.0)).astype(np.float32)
    task = replace(task, X=X, Y=Y, batch_size=len(X), max_grad_norm=1e-4 * size)
    sums, session = StepSums(), ENGINES["jax"].open(task)
    memory = task.optimizer.start(task.objective.network.n_parameters, "float32")
    session.run_steps(0, 1, order=None, learning_rates=np.zeros(1), memory=memory, updates_done=0, rng=rng,
                      sums=sums)  # fmt: skip
    of_weights, of_biases = X.T.astype(float) @ Y, Y.sum(axis=0, dtype=float)
    expected = np.sqrt((of_weights**2).sum() + (of_biases**2).sum()) / len(X)

    assert sums.gradient_norm / len(X) == pytest.approx(expected, rel=1e-5)
    assert np.linalg.norm(session.gradient.astype(float)) == pytest.approx(1e-4 * size, rel=1e-5)


@needs_jax
def test_the_same_bits_however_the_steps_are_split() -> None:
    """One call, two and five, and another run, give the same bits."""
    results = []
    for splits in ((), (1, 2, 3, 4), (2,), ()):
        task = problem_of("float64", dropout=0.3, optimizer="adam")
        sums = ten_steps(task, "jax", splits=splits)
        results.append((task.objective.network.parameters.tobytes(), repr(sums)))

    assert len(set(results)) == 1


@needs_jax
@pytest.mark.slow
def test_ten_epochs_and_ten_more_are_twenty() -> None:
    """A training that goes on from its state ends with the bits of one that was not interrupted."""
    options: dict[str, Any] = {"layers": {"dropout": 0.3, "batch_norm": True}}
    once, twice = problem("adam", **options), problem("adam", **options)
    whole, parts = start(once), start(twice)
    fit(once, whole, 20, engine=ENGINES["jax"])
    fit(twice, parts, 10, engine=ENGINES["jax"])
    fit(twice, parts, 10, engine=ENGINES["jax"])

    assert bits(once, whole) == bits(twice, parts)


@needs_jax
@pytest.mark.slow
def test_an_interrupted_fit_ends_at_a_finished_epoch() -> None:
    """Ctrl-C after the second step of the third epoch leaves what two epochs gave."""

    class Interrupt(Observer):
        every_steps = 1

        def on_step_end(self, event: Any) -> None:
            if (event.epoch, event.step) == (2, 1):
                raise KeyboardInterrupt

    stopped, finished = problem("adam"), problem("adam")
    states = start(stopped), start(finished)
    outcome = fit(stopped, states[0], 5, engine=ENGINES["jax"], observers=[Interrupt()])
    fit(finished, states[1], 2, engine=ENGINES["jax"])

    assert outcome.reason == "interrupted"
    assert bits(stopped, states[0]) == bits(finished, states[1])


@needs_jax
@pytest.mark.slow
def test_nan_stops_before_the_update() -> None:
    """A NaN in a batch is seen in the loss; the parameters, and the sums, are those of the reference."""
    found = []
    for engine in (ENGINES["reference"], ENGINES["jax"], JaxEngine(n_shards=2)):
        task = problem_of("float64", activation="tanh")
        task.X[int(np.random.default_rng(3).permutation(N_SAMPLES)[17]), 2] = np.nan  # of the third batch
        network, sums = task.objective.network, StepSums()
        memory = task.optimizer.start(network.n_parameters, network.dtype)
        engine.open(task).run_steps(
            0, 5, order=np.random.default_rng(3).permutation(N_SAMPLES), learning_rates=np.full(5, 0.01),
            memory=memory, updates_done=0, rng=np.random.default_rng(0), sums=sums,
        )  # fmt: skip
        assert not sums.finite
        found.append((network.parameters, sums))

    for parameters, sums in found:
        np.testing.assert_allclose(parameters, found[0][0], rtol=1e-12)
        assert (sums.n_updates, sums.n_rows) == (2, 24)


@needs_jax
@pytest.mark.slow
def test_epochs_in_one_call_of_the_device() -> None:
    """They have the bits of a call for each, which an observer asks for; weights and dropout too."""
    found = []
    for observers in ([], [Observer()]):
        options = {"sample_weight": weights() * (np.arange(N_ROWS) % 5 > 0), "layers": {"dropout": 0.3}}
        task = problem("adam", **options)
        state = start(task)
        fit(task, state, 12, engine=ENGINES["jax"], observers=observers)
        found.append(bits(task, state))
    task = problem("adam")
    session = ENGINES["jax"].open(task)
    calls, run = [], session.run
    session.run = lambda *given: (calls.append(given[4]), run(*given))[1]
    sums, memory = [StepSums() for _ in range(3)], task.optimizer.start(task.objective.network.n_parameters)

    def order() -> None:
        for each in sums:
            rng, rates = np.random.default_rng(0), np.full(task.n_steps, 0.01)
            session.run_steps(
                0,
                task.n_steps,
                order=None,
                learning_rates=rates,
                memory=memory,
                updates_done=0,
                rng=rng,
                sums=each,
            )

    assert session.ahead(order, memory)
    assert calls == [3 * task.n_steps]
    assert [each.n_rows for each in sums] == [N_ROWS] * 3
    assert found[0] == found[1]


@needs_jax
@pytest.mark.slow
def test_an_interrupted_call_leaves_no_steps_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next call makes its own steps only."""

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    results = []
    for is_interrupted in (False, True):
        task, sums = problem_of("float64", optimizer="adam"), StepSums()
        session = ENGINES["jax"].open(task)
        given = {
            "order": None, "learning_rates": np.full(5, 0.01), "updates_done": 0, "rng": np.random.default_rng(0),
            "memory": task.optimizer.start(task.objective.network.n_parameters, "float64"), "sums": sums,
        }  # fmt: skip
        if is_interrupted:
            monkeypatch.setattr(session, "_make", interrupt)
            with pytest.raises(KeyboardInterrupt):
                session.run_steps(0, 5, **given)
            monkeypatch.undo()
        session.run_steps(0, 5, **given)
        results.append((task.objective.network.parameters.tobytes(), repr(sums)))

    assert results[0] == results[1]


@needs_jax
@pytest.mark.slow
def test_the_gradient_of_the_last_step_is_at_hand() -> None:
    """The session's gradient is that of the reference, clipped, with the penalty."""
    gradients = []
    for engine in ("reference", "jax"):
        task = problem_of("float64", objective={"l2": 0.1}, max_grad_norm=0.5)
        session = ENGINES[engine].open(task)
        memory = task.optimizer.start(task.objective.network.n_parameters, "float64")
        session.run_steps(0, 1, order=None, learning_rates=np.ones(1), memory=memory, updates_done=0,
                          rng=np.random.default_rng(0), sums=StepSums())  # fmt: skip
        gradients.append(session.gradient)

    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-11)


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("n_shards", [2, 4])
def test_shards_add_up(n_shards: int) -> None:
    """A batch in parts gives the gradient of the whole; a unit is dropped by its place in the batch."""
    options: dict[str, Any] = {"dropout": 0.4, "optimizer": "adam", "weights": WEIGHTS, "rate": 1e-3}
    whole, parts = (problem_of("float64", **{k: v for k, v in options.items() if k != "rate"}) for _ in "ab")
    ten_steps(whole, "reference", 1e-3)
    session = JaxEngine(n_shards=n_shards).open(parts)
    assert session.kind.n_shards == n_shards  # type: ignore[attr-defined]
    memory = parts.optimizer.start(parts.objective.network.n_parameters, "float64")
    rng, done = np.random.default_rng(3), 0
    for _ in range(2):
        sums = StepSums()
        session.run_steps(0, 5, order=rng.permutation(N_SAMPLES), learning_rates=np.linspace(1e-3, 5e-4, 5),
                          memory=memory, updates_done=done, rng=rng, sums=sums)  # fmt: skip
        done += sums.n_updates

    ours, theirs = parts.objective.network.parameters, whole.objective.network.parameters
    np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=1e-11)


@needs_jax
@pytest.mark.slow
def test_ones_own_equations_are_traced() -> None:
    """Functions of NumPy, a closure and a lambda run on the device, without a warning."""
    slope = 0.3
    bent = Activation("bent", lambda z: np.arctan(z) + slope * z, lambda z, a: 1.0 / (1.0 + z * z) + slope)
    assert_parity("float64", engine="jax", activation=bent)


@needs_jax
def test_what_cannot_be_traced_falls_back_with_a_warning() -> None:
    """An activation that looks at its numbers is trained by the reference engine, which is said."""
    odd = Activation("odd", lambda z: z if float(z.sum()) > 0.0 else 2.0 * z, lambda z, a: 1.0 + 0.0 * z)
    with pytest.warns(UserWarning, match=r"JAX cannot trace this network .*engine='reference'"):
        session = ENGINES["jax"].open(problem_of("float64", activation=odd))

    assert type(session).__name__ == "ReferenceSession"


@needs_jax
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, marks=pytest.mark.slow),
        pytest.param({"batch_norm": True, "dropout": 0.3}, marks=pytest.mark.slow),
        {"n_members": 3},
    ],
    ids=str,
)
def test_predictions(options: dict[str, Any]) -> None:
    """Outputs, scores and those of members are the core's, for any number of rows."""
    network = Network([4, 9, 9, 3], output_activation="softmax", random_state=0, **options)
    X = np.random.default_rng(0).normal(size=(37, 4))
    for n_rows in (0, 1, 5, 37):
        for more in ({}, {"scores": True}, {"members": True}):
            ours, theirs = (outputs_of(network, X[:n_rows], engine=e, **more) for e in ("jax", "reference"))
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@needs_jax
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* has no products of bfloat16")
def test_products_in_half_precision() -> None:
    """Products of bfloat16 round coarsely, or are those of float32 where the device has none."""
    exact, coarse = problem_of("float32"), problem_of("float32")
    ten_steps(exact, "jax")
    ten_steps(coarse, "jax_bfloat16")
    ours, theirs = coarse.objective.network.parameters, exact.objective.network.parameters

    np.testing.assert_allclose(ours, theirs, atol=0.02)


@needs_jax
def test_it_leaves_no_trace() -> None:
    """JAX computes in single precision for others, before and after a fit."""
    import jax.numpy as jnp

    before = jnp.ones(2).dtype
    ten_steps(problem_of("float64"), "jax")

    assert before == jnp.ones(2).dtype == np.float32


@needs_jax
def test_epochs_and_fits_do_not_compile_again() -> None:
    """Calls of other lengths, another fit of the same kind and another penalty run what is compiled."""
    from pellucid.engines.accelerated.jax_steps import steps_of

    ten_steps(problem_of("float64", objective={"l2": 0.1}), "jax")
    session: Any = ENGINES["jax"].open(problem_of("float64", objective={"l2": 0.1}))
    compiled = session.run._cache_size()
    ten_steps(problem_of("float64", objective={"l2": 0.2}), "jax", splits=(1, 3))

    assert steps_of(session.kind) is session.run
    assert session.run._cache_size() == compiled


@pytest.mark.slow
def test_without_jax() -> None:
    """The error says what to install; other engines, and predictions, do not need it."""
    script = """
import sys
sys.modules["jax"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "jax" else found(name, *more)
import warnings
import numpy as np
from pellucid import MLPRegressor
warnings.simplefilter("ignore")
X = np.linspace(0.0, 1.0, 20)[:, None]
options = dict(hidden_layer_sizes=(3,), max_iter=2, solver="sgd", n_iter_no_change=100)
try:
    MLPRegressor(engine="jax", **options).fit(X, X.ravel())
except ValueError as error:
    print(error)
model = MLPRegressor(engine="reference", **options).fit(X, X.ravel()).set_params(engine="jax")
print(model.predict(X).shape)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "engine='jax' needs JAX, which is not installed: pip install 'pellucid[jax]'" in ran.stdout
    assert ran.stdout.endswith("(20,)\n")


def test_another_name_is_an_error() -> None:
    """The message lists the engines there are."""
    from pellucid.engines import get_engine

    with pytest.raises(ParameterError, match=r"'engine' must be 'auto' or one of .*'jax'"):
        get_engine("cuda")


@needs_jax
def test_on_an_accelerator() -> None:
    """Ten steps there are those of the reference, up to its order of sums."""
    import jax

    if jax.default_backend() == "cpu":
        pytest.skip("JAX has no accelerator here")
    assert_parity("float32", engine="jax", optimizer="adam", rate=1e-3)
