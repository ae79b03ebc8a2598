"""``pellucid warmup``: what fits need is compiled ahead."""

import os
from pathlib import Path

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor
from pellucid.engines import ENGINES
from pellucid.engines.compiled import CompiledEngine

pytest.importorskip("numba")


@pytest.mark.thorough
def test_it_says_what_is_ready(pellucid):
    """With --json it gives how many parts there are and the folder that holds them."""
    from pellucid.engines.compiled.modules import cache_folder

    ran = pellucid("warmup", "--json")

    assert ran.code == 0
    assert ran.json["command"] == "warmup"
    assert ran.json["folder"] == str(cache_folder())
    assert ran.json["compiled"] > 5
    assert len(list(Path(ran.json["folder"]).glob("*.py"))) >= ran.json["compiled"]


def test_a_person_reads_where_it_is_kept(pellucid):
    """Without --json a sentence names the folder."""
    assert "parts are ready" in pellucid("warmup").out


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_default_fits_need_nothing_more(monkeypatch):
    """After it the default estimators, those for tables among them, compile nothing."""
    from pellucid.engines.compiled import components, modules, rows, warmup

    made, load = [], modules._load
    monkeypatch.setattr(modules, "_load", lambda key, text: made.append(key) or load(key, text))
    monkeypatch.setattr(modules, "_loaded", {})
    for known in (components._module_of, components.compiled, modules.driver_of, rows.predictions_of):
        known.cache_clear()
    for _, run in warmup.tasks():
        run()
    ready = len(made)
    assert ready > 5

    X = np.random.default_rng(0).normal(size=(40, 3))
    for classes in (2, 3):
        MLPClassifier((4,), max_iter=1).fit(X, np.arange(40) % classes)
    MLPRegressor((4,), max_iter=1, activation="tanh", solver="nesterov").fit(X, X[:, 0])
    table = X.astype(object)
    table[:, 1], table[:, 2] = [f"c{i % 12}" for i in range(40)], [f"c{i % 4}" for i in range(40)]
    for preset in ("default", "fast"):
        TabularClassifier(preset, max_iter=1).fit(table, np.arange(40) % 3)
        TabularRegressor(preset, max_iter=1).fit(table, np.arange(40.0))
    assert made[ready:] == []
    monkeypatch.setattr(modules, "_loaded", {})
    MLPClassifier((4,), max_iter=1, activation="silu").fit(X, np.arange(40) % 2)
    assert made[ready:], "what is not warmed up is seen"


def test_help_shows_an_example(pellucid):
    """The page of the command has a command to copy, and names the folder's variable."""
    page = pellucid("warmup", "--help").out

    assert "pellucid warmup --all" in page
    assert "PELLUCID_CACHE_DIR" in page


def test_everything_is_every_row():
    """--all covers each activation, loss, solver and kind of layer, in both precisions."""
    from pellucid.core import ACTIVATIONS, LOSSES
    from pellucid.engines.compiled.warmup import tasks
    from pellucid.optimizers import OPTIMIZERS

    names = {name for name, _ in tasks(everything=True, dtypes=("float32", "float64"))}

    solvers = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
    for dtype in ("float32", "float64"):
        for row in (*ACTIVATIONS, *solvers, "the driver", "batch_norm_forward", "sparse_gradient"):
            assert f"{row} in {dtype}" in names
        for loss in LOSSES.values():
            assert {f"{loss.name} of {output} in {dtype}" for output in loss.output_activations()} <= names


def test_without_numba_there_is_nothing_to_do(pellucid, monkeypatch):
    """It says so, and ends well."""
    monkeypatch.setattr(CompiledEngine, "is_available", False)
    assert not ENGINES["compiled"].is_available

    assert "reference engine" in pellucid("warmup").out
    assert pellucid("warmup", "--json").json["compiled"] == 0


def test_what_cannot_be_kept_is_a_failure(pellucid, folder, monkeypatch):
    """In the building of an image nobody reads warnings."""
    (folder / "file").write_text("in the way")
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(folder / "file"))

    ran = pellucid("warmup")

    assert ran.code == 1
    assert "Error: The kernel cache" in ran.err
    assert "set PELLUCID_CACHE_DIR" in ran.err


def test_a_full_disk_is_a_failure(pellucid, folder, monkeypatch):
    """The kernels that were not kept are counted."""
    from pellucid.engines.compiled import kernel_cache, modules, warmup

    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(folder / "kernels"))
    monkeypatch.setattr(kernel_cache.KernelFolder, "_put", lambda *_: None)
    monkeypatch.setattr(modules, "_loaded", {})
    text = "from numba import njit, types\n\n\n@njit(types.int64(), cache=CACHE)\ndef part():\n    return 1\n"
    monkeypatch.setattr(warmup, "tasks", lambda **_: [("one", lambda: modules.generated("one", text))])

    ran = pellucid("warmup")

    assert ran.code == 1
    assert "1 of the kernels could not be kept" in " ".join(ran.err.split())


@pytest.mark.skipif(os.name != "posix", reason="modes say nothing on Windows")
@pytest.mark.parametrize(("user", "mode"), [(0, 0o755), (1000, 0o700)])
def test_root_warms_for_all_users(user, mode, pellucid, folder, monkeypatch):
    """A folder that is named and made by root can be read by everybody, one of a user by that user."""
    from pellucid.engines.compiled import warmup

    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(folder / "kernels"))
    monkeypatch.setattr(warmup, "tasks", lambda **_: [])
    monkeypatch.setattr("pellucid.engines.compiled.modules._loaded", {})
    monkeypatch.setattr("pellucid.engines.compiled.warmup.os.geteuid", lambda: user)
    monkeypatch.setattr("pellucid.engines.compiled.kernel_cache.weak_point", lambda path: None)

    before = os.umask(0o077)
    try:
        assert pellucid("warmup").code == 0
    finally:
        os.umask(before)

    assert (folder / "kernels").stat().st_mode & 0o777 == mode
