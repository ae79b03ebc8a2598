"""``preset="best"`` in a process that is really killed, again and again, and goes on from its checkpoint."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = """
import os, signal, sys, time, warnings
from pathlib import Path
import numpy as np
warnings.simplefilter("ignore")
from pellucid import Checkpoint, load
from pellucid.tabular import TabularRegressor
from pellucid.tabular.members import standing

standing.REST = 5.0  # so that a short life leaves something
folder, path, n_kills = Path(sys.argv[1]), Path(sys.argv[1], "search.safetensors"), int(sys.argv[2])
rng = np.random.default_rng(int(sys.argv[3]))
X = rng.normal(size=(150, 3))
y = X[:, 0] + X[:, 1] ** 2
options = {"n_trials": 24, "n_members": 2, "max_iter": 6, "hidden_layer_sizes": (8,), "random_state": 0}

def fit():
    there = path.exists()
    model = load(path).set_params(warm_start=True) if there else TabularRegressor("best", **options)
    return model.set_callbacks(Checkpoint(path)).fit(X, y)

def said(model):
    names = ("recipe", "folds", "refits", "round", "loss", "share")
    tried = [[row[name] for name in names] for row in model.tried_]
    return model.predict(X).tolist(), model.predict_interval(X, 0.8).tolist(), tried

fit()  # compiles
path.unlink()
started = time.perf_counter()
whole = said(fit())
seconds = time.perf_counter() - started
path.unlink()
held = [0]
for moment in rng.uniform(0.05, 0.5, n_kills) * seconds:
    child = os.fork()
    if child == 0:
        fit()
        os._exit(0)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] in (0, signal.SIGKILL)
    if path.exists():
        held.append(len(load(path)._training.standings))  # a whole file, whatever the moment
    assert held == sorted(held), held  # nothing that was kept is lost
assert said(fit()) == whole
rows = whole[2]
assert sum(row[1] + row[2] for row in rows) <= 24  # and nothing is trained twice
assert [file.name for file in folder.iterdir()] == [path.name], list(folder.iterdir())
print(held[-1])
"""


@pytest.mark.slow  # the fast one stands in for the death of a process: test_best.py
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks and kills")
@pytest.mark.parametrize("seed", range(2))
def test_a_search_that_is_killed_ten_times_ends_as_one_that_was_not(seed: int, tmp_path: Path) -> None:
    """Each life begins where the last one was saved; the end has the bits and the rounds of an unbroken search."""
    words = [sys.executable, "-c", KILLS, str(tmp_path), "10", str(seed)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 2
