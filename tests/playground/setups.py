"""Setups of the page and their data, and the same in Python: a problem of the engines."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid import Network
from pellucid.core import LOSSES, Objective, get_loss
from pellucid.engines import Problem, get_engine
from pellucid.optimizers import OPTIMIZERS, get_schedule
from pellucid.training import Outcome, Plan, TrainingState, train

SEED = 7


@dataclass(frozen=True)
class Case:
    """A setup as the page has it, with a dataset."""

    setup: dict[str, Any]
    dataset: dict[str, Any]
    layers: dict[str, Any] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Any]:
        """The names that a program in JavaScript is given."""
        return {"setup": self.setup, "dataset": self.dataset}


def dataset(
    task: str = "binary", n: int = 48, d: int = 2, outputs: int = 1, *, weighted: bool = False
) -> dict[str, Any]:
    """Return random rows with targets that can be learned from them, the same each time."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, d))
    score = np.sin(2.0 * X[:, :1]) + X[:, 1:2] * np.linspace(-1.0, 1.0, outputs)
    Y = {
        "binary": (score > 0.0).astype(float),
        "multilabel": (score > 0.0).astype(float),
        "multiclass": np.eye(outputs)[score.argmax(axis=1)],
        "regression": score,
        "counts": np.floor(np.exp(score)),
    }[task]
    weights = rng.integers(0, 4, n).astype(float) if weighted else None
    task = "regression" if task == "counts" else task
    return {
        "name": "rows",
        "task": task,
        "n": n,
        "d": d,
        "outputs": outputs,
        "X": X.ravel(),
        "Y": Y.ravel(),
        "weights": weights,
    }


def case(data: dict[str, Any], *, hidden: list[int] | None = None, **changes: Any) -> Case:
    """Return a setup on data; ``network`` and ``optimizer`` take further entries."""
    setup: dict[str, Any] = {
        "version": 1,
        "network": {
            "hidden": [5] if hidden is None else hidden,
            "activation": ["tanh"],
            **changes.pop("network", {}),
        },
        "loss": {"regression": "squared_error"}.get(data["task"], "log_loss"),
        "l1": 0.0,
        "l2": 0.0,
        "optimizer": {"name": "adam", "learning_rate": 0.03, "options": {}, **changes.pop("optimizer", {})},
        "schedule": {"name": "constant", "options": {}},
        "batch_size": 10,
        "shuffle": True,
        "seed": SEED,
    }
    return Case(setup | changes, data)


def network_of(case: Case) -> tuple[Network, np.random.Generator]:
    """Return the network of an estimator with that seed, and the generator as it is then."""
    rng = np.random.default_rng(case.setup["seed"])
    rng.integers(2**31)
    given, data = case.setup["network"], case.dataset
    hidden = given["hidden"]
    output = given.get("output_activation") or {
        "multiclass": "softmax", "regression": LOSSES[case.setup["loss"]].canonical[0]
    }.get(data["task"], "logistic")  # fmt: skip
    each = {
        key: _each(given[key], len(hidden))
        for key in ("activation", "dropout", "normalization", "residual")
        if key in given
    }
    initializer = given.get("initializer") or "sklearn"
    network = Network(
        [data["d"], *hidden, data["outputs"]],
        output_activation=output,
        initializer=tuple(initializer) if isinstance(initializer, list) else initializer,
        random_state=rng,
        **each,
    )
    return network, rng


def _each(value: Any, n: int) -> Any:
    return value * n if isinstance(value, list) and len(value) == 1 else value


def problem_of(case: Case) -> tuple[Problem, np.random.Generator]:
    """Return what an engine trains, and the generator."""
    setup, data = case.setup, case.dataset
    network, rng = network_of(case)
    loss = get_loss(setup["loss"], **setup.get("loss_options", {})).on(network.output_activation)
    optimizer = OPTIMIZERS[setup["optimizer"]["name"]]
    decay = setup["optimizer"].get("weight_decay")
    problem = Problem(
        Objective(network, loss, setup["l1"], setup["l2"]),
        data["X"].reshape(data["n"], -1),
        data["Y"].reshape(data["n"], -1),
        data["weights"],
        min(setup["batch_size"], data["n"]),
        optimizer,
        optimizer.resolve(setup["optimizer"].get("options", {})),
        optimizer.weight_decay if decay is None else decay,
        setup.get("max_grad_norm"),
    )
    return problem, rng


def trained(case: Case, n_epochs: int, engine: str = "reference") -> tuple[Problem, TrainingState, Outcome]:
    """Train in Python for some epochs, as the page's setup says."""
    problem, rng = problem_of(case)
    schedule = case.setup["schedule"]
    state = TrainingState(
        problem.optimizer.start(problem.objective.network.n_parameters), rng, schedule.get("horizon", 200)
    )
    plan = Plan(
        n_epochs,
        case.setup["optimizer"]["learning_rate"],
        get_schedule(schedule["name"], **schedule["options"]),
        case.setup["shuffle"],
        patience=10 if schedule["name"] == "adaptive" else np.inf,
    )
    return problem, state, train(problem, state, plan, get_engine(engine))
