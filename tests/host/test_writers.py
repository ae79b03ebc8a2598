"""Every writer of a file goes through host/files.py: no half file, no lost link, no lost permissions."""

import ast
import os
import stat
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import numpy as np
import pytest

import pellucid

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


def _model(k: int) -> Any:
    from pellucid import Network

    return Network([40, 40, 3], random_state=k)


def _save(path: Path, k: int) -> None:
    pellucid.save(_model(k), path)


def _record(path: Path, k: int) -> None:
    from pellucid.recording import Record

    Record((2, 1), ("identity",), 3, epochs=np.random.default_rng(k).normal(size=1000)).save(path)


def _report(path: Path, k: int) -> None:
    from pellucid.report import report

    report(_model(0), np.full((1, 40), np.nan), np.zeros((1, 3)), path, title=f"report {k}")  # no pictures


def _table(path: Path, k: int) -> None:
    import polars as pl

    from pellucid.workflow.output_files import write_table

    write_table(pl.DataFrame({"prediction": np.random.default_rng(k).normal(size=1000)}), path)


@cache
def _fitted(k: int) -> tuple[Path, Path]:
    import polars as pl

    rng, folder = np.random.default_rng(k), Path(mkdtemp())
    X = rng.normal(size=(1000, 2))
    frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    frame.write_parquet(folder / "rows.parquet")
    model = pellucid.MLPRegressor((2,), max_iter=1, random_state=0, tol=0.0, n_iter_no_change=5)
    with warnings.catch_warnings(action="ignore"):  # one epoch is too few to converge
        pellucid.save(model.fit(frame.to_pandas(), X.sum(axis=1)), folder / "model.safetensors")
    return folder / "model.safetensors", folder / "rows.parquet"


def _predicted(path: Path, k: int) -> None:
    pytest.importorskip("pyarrow")
    from pellucid.workflow import predict_parquet

    predict_parquet(*_fitted(k), path, force=True)


def _drawing(path: Path, k: int) -> None:
    from pellucid import Network
    from pellucid.plotting import NetworkDisplay

    display = NetworkDisplay.from_network(Network([6, 5, 3], random_state=k))
    display.to_svg(path) if path.suffix == ".svg" else display.to_tikz(path)


def _movie(path: Path, k: int) -> None:
    from pellucid import MLPClassifier
    from pellucid.plotting import boundary_movie

    rng = np.random.default_rng(k)
    model = MLPClassifier((2,), max_iter=1, random_state=0, engine="reference")
    with pytest.warns(UserWarning, match="(?i)iterations"):
        boundary_movie(
            model, rng.normal(size=(9, 2)), np.arange(9) % 2, path, n_frames=2, resolution=2, size=(2.0, 2.0)
        )


def _trace(path: Path, k: int) -> None:
    from terminal import invoke

    words = ["trace", "--example", "iowa-grounded", "--precision", str(3 + k), "--out", str(path), "--force"]
    ran = invoke(*words)
    if ran.exit_code:
        raise OSError(ran.output)


def _export(path: Path, k: int) -> None:
    pellucid.export(_model(k), path)


def _card(path: Path, k: int) -> None:
    pellucid.export(_model(k), path, description=f"card {k}")


def _page(path: Path, k: int) -> None:
    from pellucid.playground import save_page

    save_page(path, setup={"seed": k})


@cache
def _answers(k: int) -> list[str]:
    """Return the arguments of a check, of files that are written before any disk is full."""
    from pellucid.courses import exercise, write_key

    folder = Path(mkdtemp())
    (folder / "key.json").write_text(write_key([exercise("2-1", kind="forward")]))
    (folder / "answers.csv").write_text(f"entry,value\nstudent,student {k}\n")
    return [str(folder / "answers.csv"), "--exercise", str(folder / "key.json")]


def _gradebook(path: Path, k: int) -> None:
    from terminal import invoke

    ran = invoke("check", *_answers(k), "--gradebook", path, "--force")
    if ran.exit_code:
        raise OSError(ran.output)


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "model.safetensors": _save,
    "record.npz": _record,
    "report.html": _report,
    "predictions.csv": _table,
    "predictions.parquet": _table,
    "streamed.csv": _predicted,
    "streamed.parquet": _predicted,
    "network.svg": _drawing,
    "network.tex": _drawing,
    "boundary.gif": _movie,
    "card.md": _card,
    "card.html": _card,
    "weights.npz": _export,
    "marks.csv": _gradebook,
    "trace.html": _trace,
    "trace.tex": _trace,
    "page.html": _page,
    "export.py": _export,
}
writers = pytest.mark.parametrize("name", WRITERS)


@cache
def content(name: str, k: int) -> bytes:
    """Return what a writer puts into a file that is not there yet."""
    with TemporaryDirectory() as folder:
        WRITERS[name](Path(folder, name), k)
        return Path(folder, name).read_bytes()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], tuple[Path, bytes, bytes]]:
    """Write a file and return its path, what is in it, and what another writing would put there."""

    def write(name: str) -> tuple[Path, bytes, bytes]:
        path, old, new = tmp_path / name, content(name, 0), content(name, 1)
        assert old != new
        path.write_bytes(old)
        return path, old, new

    return write


@pytest.mark.few(
    "model.safetensors", "record.npz", "predictions.csv", "streamed.parquet", "network.svg", "page.html"
)
@posix
@writers
def test_a_full_disk_leaves_the_old_file(written: Any, name: str) -> None:
    """Whatever number of bytes fits, the old file is whole, the error says so, and nothing else is left."""
    import resource

    path, old, new = written(name)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 1, len(new) // 2, len(new) - 1) if name == "predictions.csv" else (len(new) // 2,):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(
                OSError, match=r"File too large; the\s+file\s+that\s+was\s+there\s+is\s+unchanged"
            ):
                WRITERS[name](path, 1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert path.read_bytes() == old
        assert os.listdir(path.parent) == [name]


@pytest.mark.few("model.safetensors", "predictions.csv", "streamed.parquet", "network.svg", "page.html")
@posix
@writers
def test_a_private_file_behind_a_link_stays_both(written: Any, name: str) -> None:
    """The link stays a link, and the file that it points to keeps its permissions."""
    path, _, new = written(name)
    path.chmod(0o600)
    folder = path.parent / "links"
    folder.mkdir()
    (folder / name).symlink_to(path)
    WRITERS[name](folder / name, 1)

    assert (folder / name).is_symlink()
    assert path.read_bytes() == new
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(folder) == [name]


OPENING = {
    *("write_text", "write_bytes", "tofile", "dump", "savefig", "savez", "savez_compressed", "savetxt"),
    *("to_csv", "to_parquet", "sink_csv", "sink_parquet", "mkstemp", "mkdtemp", "NamedTemporaryFile"),
}
IN_MEMORY = {
    "report/svg.py": {"savefig"},  # into a buffer
    "recording/record.py": {"savez_compressed"},
    "exports/targets.py": {"savez_compressed"},
    "exports/runtimes.py": {"write_text"},  # into a temporary folder, for a C compiler
    "cli/__init__.py": {"open"},  # the null device
    "dask/on_worker.py": {"write_bytes"},  # a copy of the client's checkpoint, in a new folder of the worker
    "host/own_folders.py": {"mkdtemp"},  # for checkpoints, which host/files.py writes
    "ranks/process.py": {"fdopen"},  # the pipe to the supervisor
}
OTHERS = {"engines/compiled/kernel_cache.py"}  # it verifies what it reads, and is made anew where it is lost


def test_no_other_module_writes_files() -> None:
    """Only host/files.py opens a file to write; who adds a writer calls it, and adds a row to WRITERS."""
    root = Path(pellucid.__file__).parent
    found = []
    for source in sorted(root.rglob("*.py")):
        where = source.relative_to(root).as_posix()
        if where == "host/files.py" or where in OTHERS:
            continue
        found += [
            f"{where}:{node.lineno} {_called(node)}"
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and _writes(node) and _called(node) not in IN_MEMORY.get(where, ())
        ]
    assert found == []


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _writes(node: ast.Call) -> bool:
    if _called(node) in OPENING:
        return True
    if _called(node) not in ("open", "fdopen"):
        return False
    if any(getattr(argument, "attr", "") == "devnull" for argument in node.args):
        return False
    texts = [a.value for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Constant)]
    return any(isinstance(t, str) and set(t) & set("wax+") and set(t) <= set("rwaxbt+") for t in texts)
