"""The Python program that reproduces a run of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.playground.course import Edit
from pellucid.playground.datasets import Dataset
from pellucid.playground.errors import SetupError
from pellucid.playground.setups import Setup

__all__ = ["program"]

MOST_NUMBERS = 100_000  # of own data in a program

PROGRAM = '''"""The run of pellucid's playground at step {step}."""

import numpy as np

from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Problem, get_engine
from pellucid.optimizers import OPTIMIZERS, get_schedule
{from_datasets}from pellucid.training import Plan, Stepper, TrainingState

{data}

rng = np.random.default_rng({seed})
rng.integers(2**31)  # an estimator with random_state={seed} draws the seed of its validation split here
network = Network(
    {sizes},
    activation={activation},
    output_activation={output},
    initializer={initializer},{options}
    random_state=rng,
)
loss = get_loss({loss}).on(network.output_activation)
objective = Objective(network, loss, l1={l1}, l2={l2})
optimizer = OPTIMIZERS[{optimizer}]
problem = Problem(
    objective, X, Y, {weights}, {batch_size}, optimizer, optimizer.resolve({optimizer_options}),
    weight_decay={weight_decay}, max_grad_norm={max_grad_norm},
)
state = TrainingState(optimizer.start(network.n_parameters), rng, horizon={horizon})
plan = Plan({horizon}, {learning_rate}, get_schedule({schedule}), shuffle={shuffle})
stepper = Stepper(problem, state, plan, get_engine())
{edits}
stepper.run_to({step})
print(f"loss after step {{stepper.step}}: {{objective.data_loss(X, Y{weighted}):.6f}}")
'''

EDITS = """
for step, index, value in {edits}:  # parameters set by hand
    stepper.run_to(step)
    network.parameters[index] = value"""


def program(setup: Setup, dataset: Dataset, edits: Sequence[Edit], step: int) -> str:
    """Return a program that makes a run and prints its loss.

    Parameters
    ----------
    setup : Setup
        The setup.
    dataset : Dataset
        Its data; own data are written into the program.
    edits : sequence of Edit
        Parameters set by hand, in the order in which they were set.
    step : int
        The position.

    Returns
    -------
    str
        Python.

    Raises
    ------
    SetupError
        If the own data are too large to be written into a program.

    Examples
    --------
    >>> from pellucid.playground.datasets import example
    >>> from pellucid.playground.export import program
    >>> from pellucid.playground.setups import read_setup
    >>> text = program(read_setup({"data": {"name": "xor"}}), example("xor"), [], step=20)
    >>> print(text.splitlines()[-1])
    print(f"loss after step {stepper.step}: {objective.data_loss(X, Y):.6f}")
    """
    made = sorted((edit for edit in edits if edit.step <= step), key=lambda edit: edit.step)
    is_example = setup.data.get("name") != "own"
    options = {
        name: given
        for name, given, usual in (
            ("dropout", setup.dropout, 0.0),
            ("normalization", setup.normalization, None),
            ("residual", setup.residual, False),
        )
        if (given != usual if name == "residual" else any(each != usual for each in given))
    }
    weighted = dataset.weights is not None
    return PROGRAM.format(
        step=step,
        from_datasets="from pellucid.playground.datasets import example\n" if is_example else "",
        data=f"data = example({setup.data['name']!r})\nX, Y = data.X, data.Y"
        if is_example
        else _data(dataset),
        seed=setup.seed,
        sizes=[dataset.X.shape[1], *setup.hidden, dataset.Y.shape[1]],
        activation=setup.activation or "'tanh'",
        output=repr(setup.output_for(dataset.task)),
        initializer=repr(setup.initializer),
        options="".join(f"\n    {name}={value!r}," for name, value in options.items()),
        loss=_called(setup.loss, setup.loss_options),
        l1=setup.l1,
        l2=setup.l2,
        optimizer=repr(setup.optimizer),
        weights="weights" if weighted else "None",
        batch_size=min(setup.batch_size, len(dataset.Y)),
        optimizer_options=setup.optimizer_options,
        weight_decay=setup.weight_decay,
        max_grad_norm=setup.max_grad_norm,
        horizon=setup.horizon,
        learning_rate=setup.learning_rate,
        schedule=_called(setup.schedule, setup.schedule_options),
        shuffle=setup.shuffle,
        edits=EDITS.format(edits=[(e.step, e.index, e.value) for e in made]) if made else "",
        weighted=", weights" if weighted else "",
    )


def _called(name: str, options: dict[str, float]) -> str:
    return ", ".join([repr(name), *(f"{key}={value!r}" for key, value in options.items())])


def _data(dataset: Dataset) -> str:
    if dataset.X.size + dataset.Y.size > MOST_NUMBERS:
        raise SetupError(
            "data",
            f"data: a program holds up to {MOST_NUMBERS:,} numbers of own data; these are "
            f"{dataset.X.size + dataset.Y.size:,}. Choose fewer columns, or save the page as a file.",
        )
    lines = [f"X = np.array({_rows(dataset.X)})", f"Y = np.array({_rows(dataset.Y)})"]
    lines += [] if dataset.weights is None else [f"weights = np.array({dataset.weights.tolist()})"]
    return "\n".join(lines)


def _rows(array: NDArray[Any]) -> str:
    return "[\n" + "".join(f"    {row},\n" for row in np.asarray(array).tolist()) + "]"
