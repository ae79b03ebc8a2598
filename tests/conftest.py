"""Foundation of every test: tiers, seeded randomness, one BLAS thread, and the same examples each time."""

import gc
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# scikit-learn's checks of array API inputs need it, before SciPy is imported.
os.environ["SCIPY_ARRAY_API"] = "1"
os.environ["MPLBACKEND"] = "agg"
# Threads of OpenMP wait without using a processor, which the other workers need.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import hypothesis
import numpy as np
import pytest
import scipy.linalg  # noqa: F401  SciPy brings a BLAS of its own, which must be there to be limited.
from _pytest.junitxml import xml_key
from hypothesis.internal.conjecture import providers
from threadpoolctl import threadpool_limits

from tiers import inventory, leave_products_to_the_slow_tier, mark_thorough

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # in a background job, whose children would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
gc.disable()  # until all tests are collected: it would look through thousands of them again and again
hypothesis.settings.register_profile("pellucid", deadline=None, derandomize=True)
hypothesis.settings.register_profile("fast", hypothesis.settings.get_profile("pellucid"), max_examples=30)
hypothesis.settings.load_profile("pellucid")
# It also draws constants of the sources that happen to be loaded: other examples for another selection of tests,
# and seconds of reading all sources before the first one.
providers._get_local_constants = lambda: providers._local_constants


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples where slow tests are left out; ``-m ''`` draws as many as Hypothesis does."""
    if "not slow" in config.option.markexpr:
        hypothesis.settings.load_profile("fast")


WHOLE_TIER = 2000  # tests; fewer may not need what :func:`compile_drivers` makes


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what was collected out of every later garbage collection."""
    gc.freeze()
    gc.enable()
    if hasattr(session.config, "workerinput") and len(session.items) > WHOLE_TIER:
        compile_drivers(session.config.workerinput["workerid"])


def compile_drivers(worker: str) -> None:
    """Compile the driver in float32 by the first worker and in float64 by the second, unless they are kept.

    These are the largest kernels, which every worker needs: from an empty cache, each would compile both.
    """
    dtype = {"gw0": "float32", "gw1": "float64"}.get(worker)
    if dtype is None:
        return
    from pellucid.engines import compiled

    if compiled.obstacle() is None:
        from pellucid.engines.compiled.modules import driver_of

        driver_of(dtype)


# What the processes of a run took of the processors: of each worker, and of all.
OF_WORKERS = pytest.StashKey[list[float]]()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node: Any) -> None:
    """Take down what a worker took, before the report is written."""
    took = getattr(node, "workeroutput", {}).get("processor_seconds", 0.0)
    node.config.stash.setdefault(OF_WORKERS, []).append(took)


@pytest.hookimpl(tryfirst=True)  # before the report is written
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the processor time of this process, its workers and their children."""
    took = sum(os.times()[:4])
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["processor_seconds"] = took
    elif (report := session.config.stash.get(xml_key, None)) is not None:
        took += sum(session.config.stash.get(OF_WORKERS, []))
        report.add_global_property("processor_seconds", round(took))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--inventory", type=Path, help="write the numbers of tests there are, by tier and file")


@pytest.hookimpl(wrapper=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Iterator[None]:
    yield
    leave_products_to_the_slow_tier(metafunc)


@pytest.hookimpl(tryfirst=True)  # before the tests that were not asked for are left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mark_thorough(items)
    if config.option.inventory:
        config.option.inventory.write_text(json.dumps(inventory(items)))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield
