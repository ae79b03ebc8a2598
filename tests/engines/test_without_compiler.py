"""Without a compiler that works, 'auto' is the reference engine, in every part of the library, and says why."""

import compileall
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

import pellucid
from pellucid import MLPClassifier, Network
from pellucid.engines import ENGINES, compiled, get_engine, outputs_runner, predictor
from pellucid.exceptions import ParameterError
from pellucid.host import notices
from problems import problem

SOURCE = Path(pellucid.__file__).parents[1]
USE = """
import sys, warnings
import numpy as np
from pellucid import MLPClassifier, MLPRegressor
from pellucid.diagnostics import diagnose
from pellucid.engines import predictor
from pellucid.exceptions import ParameterError
from pellucid.tabular import TabularClassifier
X = np.linspace(-1.0, 1.0, 60)[:, None] ** [1, 2]
y = (X[:, 0] > 0).astype(int)
options = dict(hidden_layer_sizes=(3,), max_iter=2, random_state=0, learning_rate="cosine")
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    model = MLPClassifier(early_stopping=True, **options).fit(X, y)
    assert abs(predictor(model, outputs=True)(X[0]) - model.predict_proba(X[:1])[0, 1]).max() < 1e-6
    diagnose(model, X, y)
    TabularClassifier("fast", max_iter=1).fit(X, y).predict(X)
said = [str(w.message) for w in seen if "compiled engine" in str(w.message)]
twin = MLPClassifier(early_stopping=True, engine="reference", **options).fit(X, y)
assert (twin.network_.parameters == model.network_.parameters).all()
try:
    MLPRegressor(engine="compiled", **options).fit(X, X[:, 0])
except ParameterError as error:
    print(error)
print(*said, sep="\\n")
"""


def use(source: Path = SOURCE, before: str = "", **environment: str) -> tuple[str, str]:
    """Use the library in a process of its own; return the error of 'compiled' and the one notice of 'auto'."""
    ran = subprocess.run(
        [sys.executable, "-c", before + USE],
        env={**os.environ, "PYTHONPATH": str(source), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    error, notice = ran.stdout.strip().split("\n")
    assert error.startswith("engine='compiled' needs Numba, ")
    assert error.endswith(", or use engine='auto'.")
    assert "The reference engine trains instead" in notice
    return error, notice


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        ("ImportError('needs NumPy 2.4')", "does not load (ImportError: needs NumPy 2.4)"),
        pytest.param("OSError('libllvmlite.so: no such file')",
                     "does not load (OSError: libllvmlite.so: no such file)", marks=pytest.mark.slow),
        pytest.param("AttributeError()", "does not load (AttributeError: no reason is given)",
                     marks=pytest.mark.slow),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_numba_that_does_not_load(raised: str, reason: str, tmp_path: Path) -> None:
    """Whatever it raises is the reason that is given."""
    (tmp_path / "numba.py").write_text(f"raise {raised}")
    for message in use(before=f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"):
        assert reason in message


@pytest.mark.slow
def test_numba_that_is_absent() -> None:
    """The words are a command that installs it."""
    for message in use(before="import sys; sys.modules['numba'] = None\n"):
        assert "not installed: pip install numba" in message


@pytest.mark.slow
def test_numba_that_is_switched_off() -> None:
    """By the variable that people set to measure the coverage of their own code."""
    for message in use(NUMBA_DISABLE_JIT="1"):
        assert "disabled: unset NUMBA_DISABLE_JIT" in message


@pytest.mark.slow
def test_only_byte_code(tmp_path: Path) -> None:
    """Small images and frozen programs come without sources."""
    copytree(SOURCE / "pellucid", tmp_path / "pellucid", ignore=ignore_patterns("__pycache__"))
    compileall.compile_dir(tmp_path, quiet=2, legacy=True)
    for path in tmp_path.rglob("*.py"):
        path.unlink()

    for message in use(tmp_path):
        assert "install pellucid with its sources" in message


@pytest.mark.slow
def test_a_zip_file_has_sources(tmp_path: Path) -> None:
    """Modules that are imported from it compile like installed ones."""
    pytest.importorskip("numba")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in (SOURCE / "pellucid").rglob("*.py"):
            archive.write(path, path.relative_to(SOURCE))
    code = (
        "from pellucid.engines import compiled; assert '.zip' in compiled.__file__\n"
        "from pellucid.engines.compiled.modules import driver_of; print(compiled.obstacle(), driver_of('float32'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "all.zip")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.startswith("None CPUDispatcher(<function run_steps")


def test_numba_that_is_switched_off_at_run_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And on again: fits and predictions follow the setting of the moment."""
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(notices, "_shown", set())
    network = Network([2, 1], random_state=0)
    kinds = []
    for is_off in (0, 1, 0):
        monkeypatch.setattr(numba.config, "DISABLE_JIT", is_off)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled, "notice", lambda message: kinds.append("notice"))
            kinds.append(type(get_engine().open(problem())).__name__)
        assert ENGINES["compiled"].is_available == (not is_off)
        outputs_runner(network)([[1.0, 2.0]])
        predictor(network)([1.0, 2.0])

    assert kinds == ["CompiledSession", "notice", "ReferenceSession", "CompiledSession"]
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    with pytest.raises(ParameterError, match="engine='compiled' needs Numba, which is disabled"):
        MLPClassifier(engine="compiled").fit([[0.0], [1.0]], [0, 1])


def test_a_part_that_does_not_compile_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the compiler raises in the course of it, a fit and a prediction end well."""
    pytest.importorskip("numba")
    from pellucid.engines.compiled import components, modules, rows

    def broken(*_: object) -> None:
        raise SystemError("LLVM gave up")

    monkeypatch.setattr(modules, "_load", broken)
    monkeypatch.setattr(modules, "_loaded", {})
    for known in (components._module_of, components.compiled, modules.driver_of, rows.predictions_of):
        known.cache_clear()
    with pytest.warns(UserWarning, match=r"cannot run .*Numba cannot compile \(SystemError: LLVM gave up\)"):
        session = get_engine().open(problem())

    assert type(session).__name__ == "ReferenceSession"
    assert outputs_runner(Network([2, 1], random_state=0))([[1.0, 2.0]]).shape == (1, 1)
