"""Small training problems, for the tests of the loop and of the engines."""

from typing import Any

import numpy as np

from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Engine, Problem, get_engine
from pellucid.optimizers import OPTIMIZERS, Schedule, get_schedule
from pellucid.training import Outcome, Plan, TrainingState, train

N_ROWS = 23


def data(dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Return 23 rows of three inputs and a smooth target that can be learned."""
    X = np.random.default_rng(11).normal(size=(N_ROWS, 3))
    Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 0] - X[:, 2]])
    return X.astype(dtype), Y.astype(dtype)


def weights(dtype: Any = np.float64) -> np.ndarray:
    """Return weights with a mean that is not 1, none of them 0."""
    return np.random.default_rng(12).integers(1, 5, N_ROWS).astype(dtype)


def problem(
    solver: str = "sgd",
    *,
    batch_size: int = 5,
    sample_weight: np.ndarray | None = None,
    options: dict[str, float] | None = None,
    layers: dict[str, Any] | None = None,
    penalties: dict[str, float] | None = None,
    **more: Any,
) -> Problem:
    """Return a problem on :func:`data` with a new 3-4-2 network, the same each time."""
    network = Network([3, 4, 2], activation="tanh", random_state=5, **(layers or {}))
    X, Y = data(network.dtype)
    optimizer = OPTIMIZERS[solver]
    return Problem(
        Objective(network, get_loss("squared_error").on(network.output_activation), **(penalties or {})),
        X,
        Y,
        sample_weight,
        batch_size,
        optimizer,
        optimizer.resolve(options or {}),
        **more,
    )


def start(problem: Problem, horizon: int = 10) -> TrainingState:
    """Return the state of a cold start."""
    network = problem.objective.network
    memory = problem.optimizer.start(network.n_parameters, network.dtype)
    return TrainingState(memory, np.random.default_rng(3), horizon)


def fit(
    problem: Problem,
    state: TrainingState,
    n_epochs: int = 4,
    *,
    learning_rate: float = 0.05,
    schedule: str | Schedule = "constant",
    shuffle: bool = True,
    tol: float = 0.0,
    patience: float = np.inf,
    keep_best: bool = False,
    more: dict[str, Any] | None = None,
    engine: Engine | None = None,
    **watching: Any,
) -> Outcome:
    """Train by the reference engine, unless another is given; ``more`` are further options of the plan."""
    if isinstance(schedule, str):
        schedule = get_schedule(schedule)
    plan = Plan(n_epochs, learning_rate, schedule, shuffle, tol, patience, keep_best, **(more or {}))
    return train(problem, state, plan, engine or get_engine("reference"), **watching)


def bits(problem: Problem, state: TrainingState) -> dict[str, Any]:
    """Return all that training changes, apart from seconds."""
    network = problem.objective.network
    return {
        "parameters": network.parameters.tolist(),
        "statistics": network.state.tolist(),
        "memory": state.memory.tolist(),
        "counts": (state.epoch, state.updates, state.samples_seen, state.epochs_without_improvement),
        "rng": repr(state.rng.bit_generator.state),
        "history": [{k: v for k, v in row.items() if k != "seconds"} for row in state.history],
    }
