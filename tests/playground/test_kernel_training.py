"""The page trains as the engines do, step for step."""

from typing import Any

import numpy as np
import pytest

from pellucid.core import LOSSES
from pellucid.optimizers import OPTIMIZERS, SCHEDULES
from playground.setups import Case, case, dataset, trained

RUNS = """
const { Run } = await load("kernel/index.js");
return cases.map(({ setup, dataset, steps }) => {
  const run = new Run(setup, dataset);
  run.runTo(steps);
  return { step: run.step, theta: run.theta, memory: run.memory, statistics: run.statistics, epochs: run.epochs,
    order: run.order, diverged: run.diverged };
});
"""
STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]


def assert_trains_alike(
    javascript: Any, cases: list[Case], n_epochs: int, engine: str, tolerance: float
) -> None:
    """Assert that the page ends with an engine's parameters, memory, statistics and history."""
    batches = [-(-each.dataset["n"] // each.setup["batch_size"]) for each in cases]
    given = [each.given | {"steps": n_epochs * n} for each, n in zip(cases, batches, strict=True)]

    for each, found in zip(cases, javascript(RUNS, cases=given), strict=True):
        problem, state, _ = trained(each, n_epochs, engine)
        network = problem.objective.network
        apart = np.abs(np.array(found["theta"]) - network.parameters).max()
        assert apart <= tolerance, f"{each.setup}: {apart}"
        np.testing.assert_allclose(found["memory"], state.memory.ravel(), rtol=0.0, atol=tolerance)
        np.testing.assert_allclose(found["statistics"], network.state, rtol=0.0, atol=tolerance)
        for row, own in zip(found["epochs"], state.history, strict=True):
            for name in ("loss", "penalty", "objective", "learning_rate", "gradient_norm"):
                assert row[name] == pytest.approx(own[name], rel=100.0 * tolerance, abs=tolerance), name
        assert found["order"] == (
            state.rng.permutation(problem.n_samples).tolist()
            if each.setup["shuffle"]
            else list(range(problem.n_samples))
        )


FOUR = [("sgd", 0.1), ("momentum", 0.02), ("rmsprop", 0.003), ("adam", 0.01)]


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "rate"), FOUR)
@pytest.mark.parametrize(("engine", "tolerance"), [("reference", 1e-12), ("compiled", 1e-9)])
@pytest.mark.few(
    "node-reference-1e-12-sgd-0.1", "node-compiled-1e-09-momentum-0.02", "node-compiled-1e-09-adam-0.01"
)
def test_a_thousand_steps_end_where_an_engine_ends(
    javascript: Any, name: str, rate: float, engine: str, tolerance: float
) -> None:
    """1,000 steps of each method on three tasks: to 1e-12 of the reference engine, to 1e-9 of the compiled one."""
    optimizer = {"name": name, "learning_rate": rate}
    cases = [
        case(dataset("multiclass", n=40, outputs=2), hidden=[8], optimizer=optimizer),
        case(dataset("binary", n=40), hidden=[6, 3], optimizer=optimizer, l2=0.01),
        case(dataset("regression", n=40), hidden=[8], optimizer=optimizer, l1=0.001),
    ]

    assert_trains_alike(javascript, cases, 250, engine, tolerance)


def test_every_method_and_schedule(javascript: Any) -> None:
    """Every optimizer of the table with weight decay and clipping, and every schedule over a short horizon."""
    data = dataset("binary", n=33, weighted=True)
    cases = [
        case(data, optimizer={"name": name, "learning_rate": 0.01, "weight_decay": 0.1}, max_grad_norm=0.5)
        for name in STEPWISE
    ]
    cases += [
        case(data, schedule={"name": name, "options": {}, "horizon": 15}, optimizer={"name": "momentum"})
        for name in SCHEDULES
    ]

    assert_trains_alike(javascript, cases, 20, "reference", 1e-12)


def test_an_adaptive_rate_falls_where_it_falls_in_python(javascript: Any) -> None:
    """Without improvement for ten epochs the rate is divided by five, as in the loop of training."""
    each = case(
        dataset("regression", n=20),
        schedule={"name": "adaptive", "options": {}},
        optimizer={"name": "sgd", "learning_rate": 0.7},
        batch_size=5,
    )
    assert len({row["learning_rate"] for row in trained(each, 60)[1].history}) > 1

    assert_trains_alike(javascript, [each], 60, "reference", 1e-12)


def test_every_loss_trains(javascript: Any) -> None:
    """Every loss with its own output activation, options given."""
    options = {"huber": {"delta": 0.4}, "quantile": {"level": 0.8}}
    cases = [
        case(
            dataset("counts" if row.forms[0].targets.low == 0.0 else "regression", outputs=2),
            loss=name,
            loss_options=options.get(name, {}),
        )
        for name, row in LOSSES.items()
        if name != "log_loss"
    ]
    cases += [
        case(dataset(task, outputs=n), loss="log_loss")
        for task, n in (("binary", 1), ("multilabel", 3), ("multiclass", 3))
    ]

    assert_trains_alike(javascript, cases, 20, "reference", 1e-12)


def test_every_kind_of_layer_trains(javascript: Any) -> None:
    """Dropout with the library's units, normalizations with batches of one left over, residual connections."""
    data = dataset("multiclass", n=31, d=3, outputs=3, weighted=True)
    options: list[dict[str, Any]] = [
        {"dropout": 0.3},
        {"dropout": [0.0, 0.5], "residual": "activation"},
        {"normalization": "batch_norm"},
        {"normalization": "layer_norm", "residual": True},
        {"normalization": "batch_norm", "dropout": 0.2, "residual": True},
    ]
    # Not Adam: it turns the rounding of a gradient that is 0, as of a bias before batch normalization, into steps.
    method = {"name": "momentum", "learning_rate": 0.02}
    cases = [
        case(data, hidden=[4, 4], network=each, optimizer=method, shuffle=i % 2 == 0)
        for i, each in enumerate(options)
    ]

    assert_trains_alike(javascript, cases, 25, "reference", 1e-12)
