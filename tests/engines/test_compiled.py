"""The compiled engine as a guest in a process: its cache, its absence, its inputs, its interruption."""

import _thread
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import MLPClassifier, Network
from pellucid.core import ACTIVATIONS, Activation, Objective, get_loss
from pellucid.engines import Problem, StepSums, get_engine
from pellucid.optimizers import OPTIMIZERS
from pellucid.training import Observer
from problems import bits, fit, problem, start

pytest.importorskip("numba")

from pellucid.engines.compiled import components, modules
from pellucid.engines.compiled.intrinsics import PROCESSOR, SWITCHES
from pellucid.engines.compiled.modules import generated

SOURCE = Path(pellucid.__file__).parents[1]
FIT = """
import numpy as np
from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Problem, StepSums, get_engine
from pellucid.optimizers import OPTIMIZERS


def parameters(engine):
    net = Network([2, 3, 1], activation="tanh", dtype="float64", random_state=0)
    X = np.random.default_rng(0).normal(size=(20, 2))
    task = Problem(Objective(net, get_loss("squared_error").on(net.output_activation)), X, X[:, :1], None, 5,
                   OPTIMIZERS["sgd"])
    get_engine(engine).open(task).run_steps(
        0, 4, order=None, learning_rates=np.full(4, 0.1), memory=np.zeros((0, net.n_parameters)), updates_done=0,
        rng=np.random.default_rng(0), sums=StepSums())
    return net.parameters
"""
PART = """
from pellucid.engines.compiled.components import update_part
from pellucid.optimizers import OPTIMIZERS
assert update_part(OPTIMIZERS["sgd"], {}, "float64").part.address
"""


def environment(source: Path = SOURCE, cache: Path | None = None) -> dict[str, str]:
    """Return the environment of a process with that source and that cache folder."""
    found = {**os.environ, "PYTHONPATH": str(source), "PYTHONWARNINGS": "error"}
    return found if cache is None else found | {"PELLUCID_CACHE_DIR": str(cache)}


def python(script: str, source: Path = SOURCE, cache: Path | None = None) -> str:
    """Run a script in a process of its own and return what it prints."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    ran = subprocess.run(command, env=environment(source, cache), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Collect the modules that would be made, without compiling them."""
    found: dict[str, str] = {}
    monkeypatch.setattr(modules, "_load", lambda key, text: found.setdefault(key, text))
    monkeypatch.setattr(modules, "_loaded", {})
    return found


# ---- the cache ------------------------------------------------------------------------------------------


def activation_of(path: Path, text: str) -> Activation:
    """Return the activation of a module of that text."""
    path.write_text(text)
    names: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), names)
    return Activation("bent", names["value"], names["derivative"])


def test_another_equation_is_another_module(texts: dict[str, str], tmp_path: Path) -> None:
    """A flipped sign, in the equation or in what it calls, changes the name; the same text does not."""
    text = (
        "SLOPE = 0.5\n\n\ndef inner(z):\n    return SLOPE * z\n\n\n"
        "def value(z):\n    return inner(z) + z\n\n\ndef derivative(z, a):\n    return SLOPE + 1.0\n"
    )
    changed = ("+ z", "- z"), ("SLOPE * z", "-SLOPE * z"), ("SLOPE = 0.5", "SLOPE = 0.25"), ("+ z", "+ z")
    variants = [text, text, *(text.replace(*change) for change in changed)]

    for k, variant in enumerate(variants):
        components.activation_parts(activation_of(tmp_path / f"m{k}.py", variant), "float64")

    forward = [key for key in texts if key.startswith("activation_forward_bent_float64_")]
    assert len(forward) == 4
    assert len({key[-20:] for key in forward}) == 4


def test_whatever_compiles_is_in_the_name(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another text, dtype or version of Numba is another module."""
    generated("one", "x = 1")
    generated("one", "x = 2")
    monkeypatch.setattr(modules.numba, "__version__", "0.0")
    generated("one", "x = 1")
    generated("one", "x = 1")

    assert len(texts) == 3
    assert modules.driver_text("float32") != modules.driver_text("float64")


@pytest.mark.slow
def test_a_sign_flipped_in_the_source_runs_in_the_next_process(tmp_path: Path) -> None:
    """With the same cache folder, the next process computes what its own source says."""
    source, cache = tmp_path / "src", tmp_path / "cache"
    copytree(SOURCE / "pellucid", source / "pellucid")
    script = FIT + (
        "ours, theirs = parameters('compiled'), parameters('reference')\n"
        "np.testing.assert_allclose(ours, theirs, rtol=1e-11)\n"
        "print(ours.tolist())"
    )
    before = python(script, source, cache)
    assert python(script, source, cache) == before
    path = source / "pellucid" / "core" / "activations.py"
    text = path.read_text()
    assert text.count("return 1.0 - a * a") == 1
    path.write_text(text.replace("return 1.0 - a * a", "return 1.0 + a * a"))

    assert python(script, source, cache) != before


def test_a_folder_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a file there can be no folder: the part is compiled for this process, and computes."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(tmp_path / "file" / "kernels"))
    monkeypatch.setattr(modules, "_loaded", {})
    components._module_of.cache_clear()
    z, bias, a = np.array([-1.0, 1.0]), np.array([0.5, 1.0]), np.zeros(2)

    module, _ = components.activation_parts(ACTIVATIONS["relu"], "float64")
    module.part.ctypes(*map(np.ctypeslib.as_ctypes, (z, bias, a)), 1, 2)

    assert not hasattr(module, "__file__")
    assert a.tolist() == [0.0, 2.0]


@pytest.mark.parametrize("damaged", ["*.py", "*.nbi", "*.nbc"])
def test_a_damaged_cache_does_no_harm(damaged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a crash left empty is not believed."""
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(tmp_path))
    text = (
        "from numba import njit, types\n\n\n"
        "@njit(types.int64(types.int64), cache=CACHE)\ndef part(n):\n    return n + 1\n"
    )
    for _ in range(2):
        monkeypatch.setattr(modules, "_loaded", {})
        assert generated("tiny", text).part(1) == 2
        emptied = list(tmp_path.rglob(damaged))
        assert emptied
        for path in emptied:
            path.write_bytes(b"")


@pytest.mark.slow
def test_two_processes_compile_at_once(tmp_path: Path) -> None:
    """Both end well, and leave a cache that serves a third; nothing half-written stays."""
    command = [sys.executable, "-c", PART]
    at_once = [
        subprocess.Popen(command, env=environment(cache=tmp_path), stderr=subprocess.PIPE) for _ in "ab"
    ]
    for process in at_once:
        _, said = process.communicate()
        assert process.returncode == 0, said

    python(PART, cache=tmp_path)
    assert {path.suffix for path in tmp_path.iterdir() if path.is_file()} == {".py"}
    assert len(list(tmp_path.glob("*.py"))) == 1


# ---- without Numba, and before it --------------------------------------------------------------------------


@pytest.mark.slow
def test_without_numba_the_reference_engine_serves() -> None:
    """'auto' trains, 'compiled' says what to install, and a model predicts row by row."""
    printed = python("""
        import sys, warnings
        sys.modules["numba"] = None  # as if it were not installed
        import numpy as np
        from pellucid import MLPRegressor
        from pellucid.engines import get_engine, predictor
        X = np.linspace(-1.0, 1.0, 30)[:, None]
        options = dict(hidden_layer_sizes=(3,), learning_rate="cosine", max_iter=2, random_state=0)
        model = MLPRegressor(**options).fit(X, X[:, 0])
        assert abs(predictor(model)(X[0])[0] - model.predict(X[:1])[0]) < 1e-6
        print(get_engine().name)
        try:
            MLPRegressor(engine="compiled", **options).fit(X, X[:, 0])
        except ValueError as error:
            print(type(error).__name__, error)
    """)

    engine, error = printed.splitlines()
    assert engine == "reference"
    assert error.startswith(
        "ParameterError engine='compiled' needs Numba, which is not installed: pip install numba"
    )


@pytest.mark.slow  # the fast one is that of all imports: architecture/test_imports.py
def test_numba_is_loaded_by_the_first_fit() -> None:
    """Importing pellucid, asking for an engine and making an estimator do not load it."""
    printed = python("""
        import sys
        import pellucid, pellucid.estimators, pellucid.engines, pellucid.training
        pellucid.MLPClassifier(engine="compiled"), pellucid.engines.get_engine()
        print("numba" in sys.modules, "llvmlite" in sys.modules)
    """)

    assert printed == "False False"


# ---- inputs and observers ----------------------------------------------------------------------------------


def run(task: Any, X: Any = None) -> list[float]:
    """Run an epoch in an order of its own, and return the parameters."""
    if X is not None:
        object.__setattr__(task, "X", X)
    state = start(task)
    get_engine("compiled").open(task).run_steps(
        0,
        task.n_steps,
        order=state.rng.permutation(task.n_samples),
        learning_rates=np.full(task.n_steps, 0.05),
        memory=state.memory,
        updates_done=0,
        rng=state.rng,
        sums=StepSums(),
    )
    return list(task.objective.network.parameters.tolist())


def test_the_memory_layout_of_the_inputs_does_not_matter(tmp_path: Path) -> None:
    """Read-only, Fortran-ordered, strided and memory-mapped inputs give the bits of a plain array."""
    X = problem().X
    plain = run(problem())
    read_only = X.copy()
    read_only.setflags(write=False)
    np.save(tmp_path / "X.npy", X)
    layouts = {
        "read-only": read_only,
        "Fortran": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=1)[:, ::2],
        "reversed": X[::-1].copy()[::-1],
        "memory-mapped": np.load(tmp_path / "X.npy", mmap_mode="r"),
        "Fortran, mapped": np.memmap(tmp_path / "F", X.dtype, "w+", shape=X.shape, order="F"),
    }
    layouts["Fortran, mapped"][...] = X

    assert {name: run(problem(), given) == plain for name, given in layouts.items()} == dict.fromkeys(
        layouts, True
    )


def test_the_inputs_are_not_written_to() -> None:
    """After an epoch X, targets and weights are what they were, and may be read-only."""
    task = problem(sample_weight=np.full(23, 2.0))
    assert task.sample_weight is not None
    given = task.X, task.Y, task.sample_weight
    before = [array.copy() for array in given]
    for array in given:
        array.setflags(write=False)

    run(task)

    assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))


def test_observers_change_no_bit() -> None:
    """Observers of every step, of every third step and of epochs alone see the same training."""

    class Watcher(Observer):
        def __init__(self, every_steps: int | None) -> None:
            self.every_steps, self.seen = every_steps, 0

        def on_step_end(self, event: Any) -> None:
            assert np.isfinite(event.gradient).all()
            self.seen += 1

    found, seen = [], []
    for every in (None, 1, 3):
        task, watcher = problem("adam", layers={"dropout": 0.2}), Watcher(every)
        state = start(task)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("problems.get_engine", lambda _: get_engine("compiled"))
            fit(task, state, observers=[watcher])
        found.append(bits(task, state))
        seen.append(watcher.seen)

    assert found[0] == found[1] == found[2]
    assert seen == [0, 20, 4]


# ---- a long fit --------------------------------------------------------------------------------------------


def test_an_interrupted_fit_ends_at_a_finished_epoch(rng: np.random.Generator) -> None:
    """Ctrl-C ends a fit that would take minutes, with the parameters of its last epoch and a usable model."""
    X = rng.normal(size=(2000, 8))
    y = (X[:, 0] > 0).astype(int)
    options: dict[str, Any] = {"random_state": 0, "n_iter_no_change": 10**9, "tol": 0.0, "engine": "compiled"}
    learned, over = threading.Event(), threading.Event()

    class Watching(Observer):
        def on_epoch_end(self, event: Any) -> None:
            if event.epoch == 20:
                learned.set()

    def press() -> None:
        learned.wait()
        if not over.is_set():
            _thread.interrupt_main()

    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a process in the background ignores it
    presser = threading.Thread(target=press)
    presser.start()
    try:
        with pytest.warns(UserWarning, match="interrupted by user"):
            model = MLPClassifier((16,), max_iter=100_000, **options).set_callbacks(Watching()).fit(X, y)
    finally:
        over.set()
        learned.set()
        presser.join()
        signal.signal(signal.SIGINT, before)

    assert 0 < model.n_iter_ < 100_000
    assert model.n_iter_ == len(model.loss_curve_) == model._training_state.epoch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twin = MLPClassifier((16,), max_iter=model.n_iter_, **options).fit(X, y)
    np.testing.assert_array_equal(twin.network_.parameters, model.network_.parameters)
    assert model.score(X, y) > 0.9


@pytest.mark.skipif(PROCESSOR not in SWITCHES, reason="no switch is known for this processor")
def test_subnormal_numbers_are_0_in_training_and_only_there() -> None:
    """Steps would be several times as slow with them; the thread computes with them again afterwards."""
    tiny = np.full((4, 1), 1e-40, np.float32)
    parameters = {}
    for engine in ("reference", "compiled"):
        net = Network([1, 1], initializer="zeros", dtype="float32")
        objective = Objective(net, get_loss("squared_error").on(net.output_activation))
        task = Problem(objective, np.ones((4, 1), np.float32), tiny, None, 4, OPTIMIZERS["sgd"])
        get_engine(engine).open(task).run_steps(
            0, 1, order=None, learning_rates=np.ones(1), memory=np.zeros((0, 2), np.float32), updates_done=0,
            rng=np.random.default_rng(0), sums=StepSums(),
        )  # fmt: skip
        parameters[engine] = net.parameters
    assert (parameters["reference"] != 0.0).all()
    assert (parameters["compiled"] == 0.0).all()
    assert (tiny * np.float32(0.5) > 0.0).all()


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="the peak of memory is told in other units, or not at all"
)
def test_memory_does_not_grow() -> None:
    """Ten thousand epochs of a tiny network end in about the memory that a hundred need."""
    import resource

    task = problem("adam", batch_size=10)
    state, session = start(task), get_engine("compiled").open(task)
    sizes = []
    for epoch in range(10_000):
        session.run_steps(
            0,
            task.n_steps,
            order=state.rng.permutation(task.n_samples),
            learning_rates=np.full(task.n_steps, 1e-3),
            memory=state.memory,
            updates_done=epoch * task.n_steps,
            rng=state.rng,
            sums=StepSums(),
        )
        if epoch in (99, 9_999):
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    assert sizes[1] - sizes[0] < 8_000  # kilobytes
