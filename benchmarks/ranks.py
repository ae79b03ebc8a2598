"""Steps by two processes of JAX against one, and the exchange between them alone; each process has one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from pellucid.engines.accelerated.team import new_board
from pellucid.ranks.places import free_port

COMMON = """
import json, os, sys, time
import numpy as np
address, *numbers = sys.argv[1:]
board, rank, n_ranks, n_repetitions, size, batch = map(int, numbers)
from pellucid.ranks.places import share_of
own = share_of(rank, n_ranks) if n_ranks > 1 else ()
if own:
    os.sched_setaffinity(0, own)
from pellucid.engines.accelerated.jax_team import meet
from pellucid.engines.accelerated.team import Team
place = {"board": None if board < 0 else board, "is_bound": bool(own)}
meet(Team(rank, n_ranks, n_ranks), address, patience=100, heartbeat=100, **place)
def timed(run, n_steps):
    run(n_steps)
    seconds = []
    for _ in range(n_repetitions):
        started = time.perf_counter()
        run(n_steps)
        seconds.append((time.perf_counter() - started) / n_steps)
    if rank == 0:
        print(json.dumps(float(np.median(seconds))), flush=True)
    time.sleep(0.5)
    os._exit(0)
"""
EXCHANGE = """
import jax, jax.numpy as jnp
from jax import lax
from pellucid.engines.accelerated.jax_team import added_up, on_team
def run(x, n):
    return lax.fori_loop(0, n, lambda _, x: added_up(x, 1) * jnp.float32(0.5), x)
run = jax.jit(on_team(run, 1))
x = np.ones(size, np.float32)
timed(lambda n: jax.block_until_ready(run(x, n)), max(20, 2_000_000 // size))
"""
STEPS = """
from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import ENGINES, Problem, StepSums
from pellucid.optimizers import OPTIMIZERS
rng = np.random.default_rng(0)
X = rng.normal(size=(8 * batch, 67)).astype(np.float32)
network = Network([67, size, size, 1], random_state=0, dtype="float32")
objective = Objective(network, get_loss("squared_error").on(network.output_activation))
problem = Problem(objective, X, X[:, :1].copy(), None, batch, OPTIMIZERS["adam"])
session, memory = ENGINES["jax"].open(problem), problem.optimizer.start(network.n_parameters, "float32")
def run(n):
    rates, order = np.full(n, 1e-4), np.random.default_rng(0).permutation(len(X))
    given = {"order": order, "learning_rates": rates, "memory": memory, "updates_done": 0, "rng": rng}
    session.run_steps(0, n, **given, sums=StepSums())
timed(run, 8)
"""


def seconds_per_exchange(n_floats: int, repetitions: int) -> float:
    """Return the seconds in which two processes add up so many numbers of float32."""
    return _first_said(COMMON + EXCHANGE, 2, repetitions, n_floats, 0)


def seconds_per_step(n_ranks: int, width: int, batch: int, repetitions: int) -> float:
    """Return the seconds of a step of 67-width-width-1 with Adam, by so many processes."""
    return _first_said(COMMON + STEPS, n_ranks, repetitions, width, batch)


def _first_said(program: str, n_ranks: int, *numbers: int) -> float:
    address = f"127.0.0.1:{free_port()}"
    one_thread = dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = {**os.environ, **one_thread, "JAX_PLATFORMS": "cpu"}
    with new_board(n_ranks) as board:
        place = -1 if board is None else board
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", program, address, *map(str, (place, rank, n_ranks, *numbers))],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
                pass_fds=() if board is None else (board,),
            )
            for rank in range(n_ranks)
        ]
    said = [process.communicate()[0] for process in processes]
    return float(json.loads(said[0].splitlines()[-1]))
