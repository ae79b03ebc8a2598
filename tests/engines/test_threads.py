"""The bits of a fit do not depend on the number of threads, nor on who makes which step."""

from itertools import cycle
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.core.layers import Lookup, Periodic
from pellucid.engines import ENGINES, Problem, StepSums
from pellucid.host.blas import blas_threads
from pellucid.optimizers import OPTIMIZERS

pytest.importorskip("numba")

from pellucid.engines.compiled import session
from pellucid.engines.compiled.blocks import spans

N_ROWS, N_COLUMNS, BATCH = 600, 40, 250  # the last batch has 100 rows
PROBLEMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "small products": {"sizes": (40, 96, 5)},
    "one output": {"sizes": (40, 96, 96, 1), "output": "identity", "loss": "squared_error"},
    "weights": {"is_weighted": True},
    "dropout": {"dropout": 0.3},
    "batch normalization": {"normalization": "batch_norm"},
    "layer normalization": {"normalization": "layer_norm"},
    "residual": {"residual": True},
    "L1, L2 and clipping": {"penalties": {"l1": 1e-3, "l2": 1e-2}, "max_grad_norm": 0.1},
    "members": {"n_members": 3},
    "input layers": {"input_layers": [Lookup(38, (5, 7), 3), Periodic(6, 38, 5, 4)]},
    "sparse": {"is_sparse": True},
}


def problem_of(
    dtype: str,
    *,
    sizes: tuple[int, ...] = (40, 96, 96, 5),
    output: str = "softmax",
    loss: str = "log_loss",
    penalties: dict[str, float] | None = None,
    max_grad_norm: float | None = None,
    is_weighted: bool = False,
    is_sparse: bool = False,
    **more: Any,
) -> Problem:
    """Return a problem whose step is worth several threads; the same arguments give the same numbers."""
    rng = np.random.default_rng(0)
    network = Network(sizes, activation="relu", output_activation=output, dtype=dtype, random_state=0, **more)
    X: Any = rng.normal(size=(N_ROWS, N_COLUMNS)).astype(dtype)
    X[:, -2:] = rng.integers(0, 5, (N_ROWS, 2))
    Y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], N_ROWS)].astype(dtype)
    return Problem(
        Objective(network, get_loss(loss).on(network.output_activation), **(penalties or {})),
        scipy.sparse.csr_array(np.where(X > 0.5, X, 0.0)) if is_sparse else X,
        Y,
        rng.uniform(0.5, 2.0, N_ROWS).astype(dtype) if is_weighted else None,
        BATCH,
        OPTIMIZERS["adam"],
        max_grad_norm=max_grad_norm,
    )


def bits_of(problem: Problem, n_threads: int) -> tuple[bytes, bytes, bytes, str]:
    """Return what two epochs with that number of threads make of a problem, to the last bit."""
    network = problem.objective.network
    memory = problem.optimizer.start(network.n_parameters, network.dtype)
    rng, sums = np.random.default_rng(1), StepSums()
    with blas_threads(n_threads):
        opened: Any = ENGINES["compiled"].open(problem)
        assert opened.n_workers > 1 or n_threads == 1
        assert opened.helpers.are_here(30.0)
        for epoch in range(2):
            opened.run_steps(
                0, problem.n_steps, order=rng.permutation(N_ROWS), learning_rates=np.full(problem.n_steps, 1e-3),
                memory=memory, updates_done=epoch * problem.n_steps, rng=rng, sums=sums,
            )  # fmt: skip
        opened.helpers.dismiss(join=True)
    return network.parameters.tobytes(), network.state.tobytes(), memory.tobytes(), repr(sums)


class Told:
    """A pace that follows a list: steps one by one, by a team or by one worker as told.

    Parameters
    ----------
    *choices : bool
        True for a team, over and over.
    """

    def __init__(self, *choices: bool) -> None:
        self.choices = cycle(choices)

    def choose(self) -> bool:
        """Return the next choice."""
        return next(self.choices)

    def steps(self, *, is_team: bool) -> int:
        """Return 1."""
        return 1

    def note(self, is_team: bool, seconds: float) -> None:
        """Take note of nothing."""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_number_of_threads_changes_no_bit(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone, and in teams of 2, 4 and 8 for every step; also if teams and single workers take turns."""
    monkeypatch.setattr(session, "Pace", lambda: Told(True))
    found = [bits_of(problem_of(dtype, **PROBLEMS[name]), n) for n in (1, 2, 4, 8)]
    monkeypatch.setattr(session, "Pace", lambda: Told(False, True, True))
    found.append(bits_of(problem_of(dtype, **PROBLEMS[name]), 2))

    assert len(set(found)) == 1


@pytest.mark.parametrize("n_rows", [1, 31, 32, 100, 250])
@pytest.mark.parametrize("n_workers", [1, 2, 3, 8])
def test_workers_take_whole_blocks(n_rows: int, n_workers: int) -> None:
    """All rows are taken, in whole blocks but for the last."""
    taken = spans(n_rows, 32, n_workers)

    assert sum(taken) == n_rows
    assert all(n % 32 == 0 for n in taken[:-1])
