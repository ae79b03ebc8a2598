"""``python -m benchmarks.tabular.parts [--task numbers|classes]``: what the parts of a step cost.

A step of the default network for a table like California (8 columns, batches of 256 rows) is timed with parts
left out, one more each time; a part's time is the difference. The last network has products alone.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from time import perf_counter

import numpy as np

from pellucid.core import Network, Objective, get_loss
from pellucid.engines import Problem, StepSums, get_engine
from pellucid.optimizers import OPTIMIZERS
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.members.recipe import Recipe, build_network, get_recipe

ROWS, COLUMNS, STEPS, BATCH = 16_384, 8, 64, 256


def sessions(task: str) -> dict[str, tuple]:
    """Return a session per stage, from the whole step to its products."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS))
    encoder = TableEncoder().fit(X)
    coded = encoder.transform(X).astype(np.float32)
    recipe = get_recipe("default", task, ROWS)
    stages: dict[str, Recipe] = {"whole": recipe}
    for name, change in {
        "dropout": {"dropout": 0.0},
        "periodic features": {"embedding_width": 1},
        "learned bends": {"parametric": False},
        "activation": {"activation": "identity"},
    }.items():
        recipe = replace(recipe, **change)
        stages[name] = recipe
    n_outputs, output, loss = (
        (1, "identity", "squared_error") if task == "numbers" else (3, "softmax", "log_loss")
    )
    Y = rng.normal(size=(ROWS, 1)) if task == "numbers" else np.eye(3)[rng.integers(0, 3, ROWS)]
    opened = {}
    for name, each in stages.items():
        network = build_network(each, encoder, n_outputs, output, coded, np.random.default_rng(0))
        opened[name] = _opened(network, coded, Y, loss)
    wide = rng.normal(size=(ROWS, COLUMNS * Recipe().embedding_width)).astype(np.float32)
    sizes = [wide.shape[1], *recipe.hidden_layer_sizes, n_outputs]
    plain = Network(sizes, activation="identity", output_activation=output, dtype="float32", random_state=0)
    opened["scaling"] = _opened(plain, wide, Y, loss)
    return opened


def _opened(network: Network, X: np.ndarray, Y: np.ndarray, loss: str) -> tuple:
    objective = Objective(network, get_loss(loss).on(network.output_activation))
    problem = Problem(objective, X, Y.astype(np.float32), None, BATCH, OPTIMIZERS["adamw"])
    memory = problem.optimizer.start(network.n_parameters, network.dtype)
    return get_engine("compiled").open(problem), memory


def seconds(session: tuple) -> float:
    """Return the time of one step, from a run of many."""
    engine, memory = session
    started = perf_counter()
    engine.run_steps(
        0, STEPS, order=np.random.default_rng(0).permutation(ROWS), learning_rates=np.full(STEPS, 1e-4),
        memory=memory, updates_done=0, rng=np.random.default_rng(0), sums=StepSums(),
    )  # fmt: skip
    return (perf_counter() - started) / STEPS


def main() -> None:
    """Print a line per part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=("numbers", "classes"), default="numbers")
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    opened = sessions(asked.task)
    times: dict[str, list[float]] = {name: [] for name in opened}
    for _ in range(asked.rounds):
        for name, session in opened.items():
            times[name].append(seconds(session))
    medians = {name: 1e6 * float(np.median(found[1:])) for name, found in times.items()}
    names, values = list(medians), list(medians.values())
    print(f"{'a whole step':20}{values[0]:8.0f} µs")
    for name, before, after in zip(names[1:], values, values[1:], strict=False):
        print(f"{name:20}{before - after:8.0f} µs {(before - after) / values[0]:6.0%}")
    print(f"{'products':20}{values[-1]:8.0f} µs {values[-1] / values[0]:6.0%}")


if __name__ == "__main__":
    main()
