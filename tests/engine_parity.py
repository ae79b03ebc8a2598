"""Ten steps of any engine against those of the reference: problems, and what is compared.

Tolerances, relative to the largest entry after ten steps: 1e-11 in float64, where engines round alike but for the
order of sums; 2e-4 in float32, where ten steps of a curved method multiply the roundings.
"""

from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, LOSSES, Objective, get_loss
from pellucid.core.layers import NORMALIZATIONS, Lookup, Periodic, Scale
from pellucid.engines import ENGINES, Problem, StepSums
from pellucid.optimizers import OPTIMIZERS
from strategies import draw_targets

AVAILABLE = [name for name, engine in ENGINES.items() if engine.is_available and name != "jax_bfloat16"]
TOLERANCE = {"float64": 1e-11, "float32": 2e-4}
HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
PAIRS = [f"{loss} {output}" for loss, row in LOSSES.items() for output in row.output_activations()]
STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
NETWORK_OPTIONS = (
    "activation", "dropout", "batch_norm", "normalization", "residual", "input_layers", "parametric",
    "parametrization", "n_members",
)  # fmt: skip
N_SAMPLES, BATCH_SIZE = 37, 8  # five steps an epoch, the last with the five rows that are left


def problem_of(
    dtype: str,
    *,
    sizes: tuple[int, ...] = (5, 7, 6, 3),
    loss: str = "log_loss",
    output: str = "softmax",
    optimizer: str = "sgd",
    X: Any = None,
    weights: Any = None,
    batch_size: int = BATCH_SIZE,
    objective: dict[str, float] | None = None,
    loss_options: dict[str, Any] | None = None,
    **more: Any,
) -> Problem:
    """Return a problem; the same arguments give the same numbers."""
    network_options = {k: more.pop(k) for k in NETWORK_OPTIONS if k in more}
    rng = np.random.default_rng(7)
    net = Network(sizes, output_activation=output, dtype=dtype, random_state=rng, **network_options)
    net.parameters += rng.normal(scale=0.1, size=net.n_parameters).astype(dtype)
    pair = get_loss(loss, **(loss_options or {})).on(net.output_activation)
    inputs = rng.normal(size=(N_SAMPLES, sizes[0])).astype(dtype)
    targets = draw_targets(pair, rng, (N_SAMPLES, sizes[-1])).astype(dtype)
    return Problem(
        Objective(net, pair, **(objective or {})),
        inputs if X is None else X,
        targets,
        None if weights is None else np.asarray(weights, dtype),
        batch_size,
        OPTIMIZERS[optimizer],
        **more,
    )


def ten_steps(
    problem: Problem,
    engine: str,
    rate: float = 0.01,
    splits: tuple[int, ...] = (),
    scheduled: tuple[str, ...] = (),
) -> StepSums:
    """Run two epochs of at least five steps, each in pieces; change the problem's network.

    ``scheduled`` names the factors that change from step to step, ``decay_factors`` or ``dropout_factors``.
    """
    session = ENGINES[engine].open(problem)
    memory = problem.optimizer.start(problem.objective.network.n_parameters, problem.objective.network.dtype)
    rng, total = np.random.default_rng(3), StepSums()
    for _ in range(2):
        order, sums = rng.permutation(problem.n_samples), StepSums()
        for first, last in pairwise([0, *splits, problem.n_steps]):
            rates = np.linspace(rate, 0.5 * rate, problem.n_steps)[first:last]
            factors = np.linspace(1.5, 0.0, problem.n_steps)[first:last]
            session.run_steps(
                first,
                last,
                order=order,
                learning_rates=rates,
                memory=memory,
                updates_done=total.n_updates,
                rng=rng,
                sums=sums,
                **dict.fromkeys(scheduled, factors),
            )
        total = StepSums(
            *(getattr(total, f.name) + getattr(sums, f.name) for f in fields(StepSums)[:-1]), sums.finite
        )
    return total


def assert_parity(
    dtype: str,
    rate: float = 0.01,
    scheduled: tuple[str, ...] = (),
    engine: str = "compiled",
    **options: Any,
) -> None:
    """An engine and the reference arrive at the same parameters, statistics and sums."""
    reference, other = problem_of(dtype, **options), problem_of(dtype, **options)
    start = reference.objective.network.parameters.copy()
    expected, found = (
        ten_steps(problem, name, rate, scheduled=scheduled)
        for problem, name in ((reference, "reference"), (other, engine))
    )
    close = {"rtol": TOLERANCE[dtype], "atol": 0.0}

    moved = bool(np.abs(reference.objective.network.parameters - start).max() > 1e-4)
    assert moved or reference.objective.network.output_activation.is_flat
    assert (found.n_rows, found.n_updates, found.finite) == (
        expected.n_rows,
        expected.n_updates,
        expected.finite,
    )
    assert found.loss == pytest.approx(expected.loss, rel=TOLERANCE[dtype])
    assert found.penalty == pytest.approx(expected.penalty, rel=TOLERANCE[dtype])
    assert found.gradient_norm == pytest.approx(expected.gradient_norm, rel=TOLERANCE[dtype])
    for name in ("parameters", "state"):
        ours, theirs = (getattr(p.objective.network, name) for p in (other, reference))
        np.testing.assert_allclose(
            ours, theirs, rtol=0.0, atol=close["rtol"] * np.abs(theirs).max(initial=1.0)
        )


# Every kind of layer, penalty, clipping, decay and batch.
OPTIONS: list[dict[str, Any]] = [
    *({"normalization": name} for name in NORMALIZATIONS),
    *({"normalization": name, "sizes": (5, 40, 60, 3), "batch_size": 16} for name in NORMALIZATIONS),
    {"batch_norm": True, "batch_size": 12},  # the last batch is a single row, which makes no step
    {"dropout": 0.4},
    {"sizes": (5, 5, 5, 3), "residual": True},
    {"residual": "activation"},
    {
        "sizes": (5, 6, 6, 6, 3),
        "batch_norm": True,
        "dropout": 0.2,
        "residual": [False, True, "activation"],
    },
    {"sizes": (5, 3)},
    {"sizes": (5, 4, 1), "output": "logistic"},
    {"activation": ["relu", "tanh"]},
    {"objective": {"l1": 0.02, "l2": 0.1, "alpha": 0.5}},
    {"max_grad_norm": 0.05},
    {"weight_decay": 0.3, "optimizer": "adamw"},
    {"batch_size": 1},
    {"batch_size": N_SAMPLES},
    {"sizes": (5, 40, 60, 3), "batch_size": 16},  # products large enough for the BLAS
]


def table(dtype: str) -> Any:
    """Return rows of three numbers and two codes, of 3 and 4."""
    rng = np.random.default_rng(9)
    return np.hstack([rng.normal(size=(N_SAMPLES, 3)), rng.integers(0, [3, 4], (N_SAMPLES, 2))]).astype(dtype)


INPUT_LAYERS: dict[str, list[Any]] = {
    "lookup": [Lookup(3, (3, 4), 3)],
    "periodic": [Periodic(5, 0, 6, 3, scale=0.3)],
    "periodic and plain": [Periodic(2, 3, 5, 4)],
    "scale": [Scale(5)],
    "all": [Lookup(3, (3, 4), 3), Periodic(2, 7, 5, 4), Scale(15)],
}
GROUPS = {
    "weights": 1.0,
    "biases": 0.1,
    "scale": 6.0,
    "embedding": 0.5,
    "categories": 0.7,
    "slope": 2.0,
    "other": 0.3,
}
MEMBERS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "one output": {"sizes": (5, 7, 1), "loss": "huber", "output": "identity"},
    "as many scores as units": {"sizes": (5, 3, 3), "loss": "squared_error"},  # softmax, not fused
    "no hidden block": {"sizes": (5, 3), "loss": "squared_error", "output": "logistic"},
    "options per output": {"loss": "quantile", "output": "identity", "loss_options": {"level": (0.1, 0.5, 0.9)}},
    "dropout": {"dropout": 0.4, "residual": "activation", "parametric": True, "activation": "mish"},
    "residual": {"sizes": (5, 5, 5, 3), "residual": True, "dropout": 0.3},
    "penalties": {"objective": {"l1": 0.02, "l2": 0.1, "alpha": 0.5}, "max_grad_norm": 0.05},
    "groups": {
        "rate_factors": {"biases": 0.1, "adapters": 3.0}, "parametrization": "ntk", "optimizer": "adamw",
        "weight_decay": 0.3, "rate": 1e-3,
    },
}  # fmt: skip
