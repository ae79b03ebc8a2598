"""A process that is forked while another of its threads compiles can compile too, or says that it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid

pytest.importorskip("numba")

SOURCE = Path(pellucid.__file__).parents[1]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

# Forks at random moments of first fits in a thread: cold ones, or, once all is kept, first fits of a new process.
FORKS = """
import os, random, sys, threading, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from pellucid import MLPClassifier
rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 3)).astype("float32"), rng.integers(0, 2, 40)

def fit():
    MLPClassifier((4,), max_iter=2, random_state=0, n_threads=1).fit(X, y).predict(X)

def forget():
    from pellucid.engines.compiled import components, modules, rows
    modules._loaded.clear()
    for known in (components._module_of, components.compiled, modules.driver_of, rows.predictions_of):
        known.cache_clear()

def ends(pid):
    for _ in range(2400):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status == 0
        time.sleep(0.05)
    os.kill(pid, 9)
    return False

draw, n_forks = random.Random(0), 0
while n_forks < int(sys.argv[1]):
    thread = threading.Thread(target=fit)
    thread.start()
    while thread.is_alive() and n_forks < int(sys.argv[1]):
        time.sleep(draw.random() * float(sys.argv[2]))
        pid = os.fork()
        if pid == 0:
            try:
                fit()
                os._exit(0)
            finally:
                os._exit(1)
        assert ends(pid), f"child {n_forks} hangs or fails"
        n_forks += 1
    thread.join()
    forget()
print(n_forks)
"""

# A fork while another thread holds a lock for a while, or for ever.
HELD = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore")
from pellucid.core import ACTIVATIONS
from pellucid.engines.compiled import forks
from pellucid.engines.compiled.components import activation_parts
from pellucid.engines.compiled.language import NotAnEquation
lock, seconds = forks._locks()[int(sys.argv[1])], float(sys.argv[2])
forks.LONGEST = 1.0
activation_parts(ACTIVATIONS["relu"], "float64")
taken = threading.Event()

def hold():
    with lock:
        taken.set()
        time.sleep(seconds)

threading.Thread(target=hold, daemon=True).start()
taken.wait()
pid = os.fork()
if pid == 0:
    activation_parts(ACTIVATIONS["relu"], "float64")  # it is there
    try:
        activation_parts(ACTIVATIONS["identity"], "float64")
        os._exit(0)
    except NotAnEquation as reason:
        os._exit(7 if "forked" in str(reason) else 1)
    finally:
        os._exit(1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
os._exit(0) if seconds > 9.0 else None
activation_parts(ACTIVATIONS["identity"], "float64")  # the parent goes on as before
"""


def python(script: str, *words: object, cache: Path | None = None, timeout: float = 600.0) -> str:
    """Run a script in a process of its own and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    if cache is not None:
        environment["PELLUCID_CACHE_DIR"] = str(cache)
    command = [sys.executable, "-c", script, *map(str, words)]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=timeout
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("lock", [0, *(pytest.param(lock, marks=pytest.mark.slow) for lock in (1, 2))])
@pytest.mark.slow
def test_a_fork_waits_for_whoever_compiles(lock: int) -> None:
    """The lock of ours, of Numba or of LLVM is free in the child, and in the parent."""
    assert python(HELD, lock, 0.3) == "0"


@pytest.mark.slow
def test_a_fork_that_waited_in_vain_says_so() -> None:
    """Its child uses what is loaded, and says of the rest that it cannot be compiled there."""
    assert python(HELD, 0, 30.0) == "7"


@pytest.mark.slow
def test_forks_in_the_course_of_a_first_fit() -> None:
    """Every child fits, whether Numba is being imported, a kernel loaded, or the fit at work."""
    assert python(FORKS, 6, 0.3) == "6"


@pytest.mark.parametrize("n_forks", [pytest.param(4, marks=pytest.mark.slow),
                                     pytest.param(20, marks=pytest.mark.campaign)])  # fmt: skip
def test_forks_in_the_course_of_a_cold_fit(n_forks: int, tmp_path: Path) -> None:
    """Every child fits while its parent compiles."""
    assert python(FORKS, n_forks, 1.0, cache=tmp_path, timeout=1800) == str(n_forks)


@pytest.mark.campaign
def test_forks_at_500_moments() -> None:
    """Every child fits."""
    assert python(FORKS, 500, 0.1, timeout=3600) == "500"
