"""Memory for reading a model file with ``load``, ``read_header`` or ``info``: 50 MB and 20 times its size."""

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Network, TabularClassifier, TabularRegressor, load, save
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence import read_header
from pellucid.persistence.container import naming
from persistence.forgery import WIDE, Change, array, forge, mutated, parts, refused, seal
from persistence.small_models import quick
from persistence.test_forged import option, parameter, plain, top
from terminal import invoke


def asks_little(path: Path, *, is_refused: bool | None = None) -> None:
    """Check the largest amount of memory that each reader holds at a time, and what becomes of the file."""
    most = 50e6 + 20 * path.stat().st_size
    for reader in (load, read_header, lambda path: invoke("info", path, "--json")):
        error, result = None, None
        tracemalloc.start()
        try:
            result = reader(path)
        except ModelFileError as caught:
            error = caught
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < most
        failed = error is not None
        if result is not None and hasattr(result, "exit_code"):
            assert result.exception is None or isinstance(result.exception, SystemExit)
            failed = result.exit_code != 0
        assert is_refused is None or failed == is_refused


N = 250_000  # values: too many of them for the 50 MB that every file has


def layers(n: int) -> Change:
    """Ask for many layers of one unit each, for which there are parameters."""

    def change(header: Any, tensors: Any) -> None:
        plain([1] * (n + 2))(header, tensors)
        for name, value in (("activation", ["elu"] * n), ("dropout", [0] * n), ("batch_norm", [False] * n),
                            ("residual", [False] * n)):  # fmt: skip
            option(name, value)(header, tensors)
        tensors["parameters"] = np.zeros(2 * (n + 1))
        del tensors["state"]

    return change


def many_tensors(header: Any, tensors: Any) -> None:
    """Add thirty thousand tensors of a byte each."""
    tensors |= {f"{k}": np.zeros(1, np.uint8) for k in range(30_000)}


NETWORKS: dict[str, Change] = {
    "layers for which there is nothing": plain([3, 2000, 30000, 2]),
    "twenty thousand layers": layers(20_000),
    "many tensors": many_tensors,
}
HEADERS: dict[str, Change] = {
    "wide texts that add up": parameter("schedule_options", [WIDE] * 60),
    "wide texts in notes": top("notes", {"$": "dict", "items": [[str(k), WIDE] for k in range(60)]}),
    "lists of nothing": parameter("schedule_options", [[]] * N),
    "pairs": parameter("schedule_options", [[0]] * N),
    "dicts of nothing": parameter("schedule_options", [{"$": "dict", "items": []}] * (N // 5)),
    "numbers of a digit": parameter("schedule_options", [0] * (3 * N)),
    "short numbers": parameter("schedule_options", [0.5] * (2 * N)),
    "an array of short numbers": parameter("schedule_options", array("<f8", [0.5] * N)),
    "an array of digits": parameter("schedule_options", array("|i1", [1] * N)),
    "short texts": parameter("schedule_options", ["ab"] * N),
    "one character of four bytes": parameter("schedule_options", "a" * (5 * N) + "\U0001f600"),
    "a history of empty rows": top("history", [{"$": "dict", "items": []}] * (N // 5)),
}


SLOW = {  # decoded, since they pass the first check
    "many tensors", "dicts of nothing", "numbers of a digit", "short numbers", "an array of short numbers",
    "an array of digits", "short texts", "a history of empty rows",
}  # fmt: skip


def named(table: dict[str, Change]) -> Any:
    """Return the decorator that runs a test once per row, those of ``SLOW`` in the slow tier."""
    marks = {name: [pytest.mark.slow] if name in SLOW else [] for name in table}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks[name]) for name in table])


@named(NETWORKS)
@pytest.mark.few("twenty thousand layers")
def test_networks_that_ask_for_memory(network_file: Path, name: str) -> None:
    """Layers and tensors are counted before anything is made of them."""
    forge(network_file, NETWORKS[name])

    asks_little(network_file, is_refused=True)


@named(HEADERS)
def test_headers_that_ask_for_memory(classifier_file: Path, name: str) -> None:
    """Whatever fills a header, its readers hold little more than the file."""
    forge(classifier_file, HEADERS[name])

    asks_little(classifier_file)


def test_brackets_that_are_hidden(network_file: Path) -> None:
    """Brackets written as escapes are counted as what they are."""
    text, layout, data = parts(network_file)
    lists = '"notes":{"$":"dict","items":[["a",[' + "{},[]," * N + "0]]]}"
    text = text.replace('"notes":{"$":"dict","items":[]}', lists)
    network_file.write_bytes(seal(text, layout, data).replace(b"[", b"["))
    escaped = json.dumps(text).replace("[", "\\u005b").replace("{", "\\u007b")
    head = json.dumps(
        {"__metadata__": {"pellucid": "?", "sha256": "0" * 64}, **layout}, separators=(",", ":")
    )
    head = head.replace('"?"', escaped)
    network_file.write_bytes(len(head).to_bytes(8, "little") + head.encode() + data)

    asks_little(network_file, is_refused=True)


@pytest.mark.parametrize("depth", [150, 400, 5000, 10**6])
def test_nesting(network_file: Path, depth: int) -> None:
    """Lists in lists are counted, and never met by a stack that they could overflow."""
    text, layout, data = parts(network_file)
    deep = '"notes":{"$":"dict","items":[["a",' + "[" * depth + "]" * depth + "]]}"
    network_file.write_bytes(seal(text.replace('"notes":{"$":"dict","items":[]}', deep), layout, data))

    asks_little(network_file, is_refused=depth > 150)


UNLOADABLE: dict[str, Callable[[], Any]] = {
    "wide texts": lambda: [np.array(["a" * 4000] + [""] * 3999)] * 3,
    "short lists": lambda: [[0]] * 500_000,
    "deep lists": lambda: json.loads("[" * 250 + "]" * 250),
    "a long number": lambda: 10**400,
}


@pytest.mark.parametrize("name", UNLOADABLE)
@pytest.mark.few("wide texts", "deep lists", "a long number")
def test_what_would_not_load_is_not_saved(tmp_path: Path, name: str) -> None:
    """``save`` holds its files to the same allowance, and says what to do."""
    with pytest.raises(ParameterError, match=r"cannot be saved\. Its header .*notes"):
        save(Network([1, 1]), tmp_path / "net", notes={"it": UNLOADABLE[name]()})
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_large_honest_files(classifier: Any, tmp_path: Path) -> None:
    """A history of 2000 epochs, long notes and odd names are far from the limits."""
    row = dict(classifier.history_[-1])
    classifier._training_state.history = [row | {"epoch": k, "loss": 1.0 / (k + 1)} for k in range(2000)]
    notes = {"text": "é" * 10**5, "numbers": np.random.default_rng(0).normal(size=10**4).tolist()}
    path = tmp_path / "model"
    save(classifier, path, notes=notes)

    assert load(path).history_ == classifier.history_
    assert read_header(path)["notes"] == notes
    asks_little(path, is_refused=False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_files_that_do_not_end(tmp_path: Path) -> None:
    """A pipe or a device is refused, and nothing waits for it."""
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path / "pipe", Path("/dev/zero")):
        for reader in (load, read_header):
            with pytest.raises(ModelFileError, match="not a regular file"):
                reader(path)


# ---- a fuzzer -----------------------------------------------------------------------------------------------


def fuzz(path: Path, rng: np.random.Generator, n: int) -> int:
    """Read that many changed files with every reader; return how many were refused."""
    whole, n_refused = path.read_bytes(), 0
    for _ in range(n):
        path.write_bytes(whole)
        try:
            forge(path, mutated(rng))
        except (TypeError, ValueError, RecursionError):  # the change made something that JSON does not have
            continue
        asks_little(path)
        with naming(path):
            try:
                load(path)
            except ModelFileError:
                n_refused += 1
    return n_refused


@pytest.mark.parametrize("file", ["classifier_file", pytest.param("network_file", marks=pytest.mark.slow)])
def test_changed_headers(request: pytest.FixtureRequest, file: str, rng: np.random.Generator) -> None:
    """A signed header with any values in any places is read in bounded memory or refused, also by ``info``."""
    assert fuzz(request.getfixturevalue(file), rng, 12) > 2


@pytest.fixture(params=[TabularClassifier, TabularRegressor])
def table_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the file of an estimator for tables."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=40).astype(object), rng.choice(["a", "b", "c"], 40)])
    model = request.param(hidden_layer_sizes=(4,), n_members=2, max_iter=2, random_state=0)
    save(quick(model, X, np.arange(40) % 2), tmp_path / "table.safetensors")
    return tmp_path / "table.safetensors"


@pytest.mark.slow
def test_changed_headers_of_tables(table_file: Path, rng: np.random.Generator) -> None:
    """The same of the columns, categories, members and scores of an estimator for tables."""
    assert fuzz(table_file, rng, 300) > 50


@pytest.mark.slow
@pytest.mark.parametrize("file", ["classifier_file", "regressor_file", "network_file"])
def test_many_changed_headers(request: pytest.FixtureRequest, file: str, rng: np.random.Generator) -> None:
    """The same for many."""
    assert fuzz(request.getfixturevalue(file), rng, 600) > 100


def test_refusals_name_the_file(network_file: Path) -> None:
    """The error names the file, and how much it would take."""
    forge(network_file, top("notes", {"$": "dict", "items": [[str(k), WIDE] for k in range(60)]}))

    assert "MB of memory" in refused(network_file, network_file.name)
