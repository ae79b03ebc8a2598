"""Well-formed, rightly signed files whose content does not fit together: someone recomputed the digest.

Each is refused with a ModelFileError, in little memory and without touching what is not its own.
"""

import copy
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, Network, load, save
from pellucid.core.layers import Lookup, Periodic
from pellucid.exceptions import ModelFileError
from pellucid.persistence import read_header
from pellucid.persistence.values import encode
from persistence.forgery import (
    Change,
    Header,
    Tensors,
    array,
    assert_same_estimator,
    assert_same_network,
    forge,
    refused,
)
from persistence.small_models import quick

# ---- changes ------------------------------------------------------------------------------------------------


def item(packed: Any, name: str) -> list[Any]:
    """Return the ``[name, value]`` row of an encoded dict."""
    return next(row for row in packed["items"] if row[0] == name)


def top(name: str, value: Any) -> Change:
    """Set an entry of the header."""
    return lambda header, tensors: header.__setitem__(name, value)


def without(name: str) -> Change:
    """Remove an entry of the header."""
    return lambda header, tensors: header.__delitem__(name)


def option(name: str, value: Any) -> Change:
    """Set an option of the network."""
    return lambda header, tensors: item(header["network"], name).__setitem__(1, value)


def without_option(name: str) -> Change:
    """Remove an option of the network."""
    return lambda header, tensors: header["network"]["items"].remove(item(header["network"], name))


def without_training(name: str) -> Change:
    """Remove an entry of the training state."""
    return lambda header, tensors: header["training"].__delitem__(name)


def parameter(name: str, value: Any) -> Change:
    """Set a parameter of the estimator."""
    return lambda header, tensors: item(header["parameters"], name).__setitem__(1, value)


def training(name: str, value: Any) -> Change:
    """Set an entry of the training state."""
    return lambda header, tensors: header["training"].__setitem__(name, value)


def tensor(name: str, change: Callable[[Any], Any]) -> Change:
    """Replace a tensor."""
    return lambda header, tensors: tensors.__setitem__(name, change(tensors[name]))


def dropped(name: str) -> Change:
    """Remove a tensor."""
    return lambda header, tensors: tensors.__delitem__(name)


def cases(table: dict[str, Change]) -> Any:
    """Return the decorator that runs a test once per row."""
    return pytest.mark.parametrize("change", table.values(), ids=table)


# ---- the honest ones load -----------------------------------------------------------------------------------


def test_a_forgery_that_changes_nothing(
    classifier: Any, classifier_file: Path, network: Network, network_file: Path
) -> None:
    """A file that is taken apart and signed again loads: what follows is refused for its change alone."""
    for path in (classifier_file, network_file):
        forge(path, lambda header, tensors: None)

    assert_same_estimator(classifier, load(classifier_file))
    assert_same_network(network, load(network_file))


# ---- the header as a whole ----------------------------------------------------------------------------------

WHOLE: dict[str, Change] = {
    **{f"without {name}": without(name) for name in (
        "class", "format_version", "network", "parameters", "n_features", "n_iter", "feature_names", "classes",
        "labels", "split_seed", "solver_in_memory", "history")},
    **{f"class {value!r}": top("class", value) for value in (
        "Evil", "os.system", "object", "network", "", None, 3, ["MLPClassifier"], {"$": "tuple", "items": []},
        "MLPRegressor")},
    **{f"{name} = {value!r}": top(name, value)
       for name in ("network", "parameters", "training", "history", "classes")
       for value in (3, [3], {}, {"$": "dict", "items": 3}, {"$": "dict", "items": [["evil", 1]]},
                     {"$": "tuple", "items": ["a"]})},
    "no parameters": top("parameters", None),
    "no network": top("network", None),
    "no history": top("history", None),
    "no classes": top("classes", None),
    "no labels": top("labels", None),
    **{f"n_features {value!r}": top("n_features", value) for value in (0, -3, 4, 2**70, "3", None, 3.0, [3])},
    **{f"n_iter {value!r}": top("n_iter", value) for value in ("3", None, [], 1.5)},
    **{f"split_seed {value!r}": top("split_seed", value) for value in ("3", [], -1, 1.5)},
    **{f"solver_in_memory {value!r}": top("solver_in_memory", value) for value in (3, [], "evil")},
    **{f"labels {value!r}": top("labels", value) for value in (3, "evil", [], {}, "continuous", "")},
    "labels of another kind": top("labels", "multilabel-indicator"),
    "too few classes": top("classes", encode(np.array([0, 1]), "")),
    "too many classes": top("classes", encode(np.array([0, 1, 2, 3]), "")),
    "one class": top("classes", encode(np.array([0]), "")),
    "the same class twice": top("classes", encode(np.array([0, 1, 1]), "")),
    "classes out of order": top("classes", encode(np.array([2, 1, 0]), "")),
    "classes in a table": top("classes", encode(np.array([[0, 1, 2]]), "")),
    "classes in a list": top("classes", [0, 1, 2]),
    "classes of any kind": top("classes", encode(np.array([0, "a", None], object), "")),
    "nested classes": top("classes", array("object", [[0], [1], [2]])),
    "classes as wide as the outputs": top("classes", encode(np.array([[0], [1], [2]]), "")),
    "no training": top("training", None),
    "no split_seed": top("split_seed", None),
    "classes of NaT": top("classes", encode(np.array([1, 2, "NaT"], "M8[D]"), "")),
    "classes of NaN": top("classes", encode(np.array([0.0, 1.0, np.nan]), "")),
    "two names for three columns": top("feature_names", encode(np.array(["a", "b"], object), "")),
    "names that are numbers": top("feature_names", encode(np.array([1.0, 2.0, 3.0]), "")),
    "names in a list": top("feature_names", ["a", "b", "c"]),
    "names in a text": top("feature_names", "abc"),
    "a history of numbers": top("history", [1, 2, 3]),
    "a history of lists": top("history", [[1, 2, 3]]),
}  # fmt: skip


@cases(WHOLE)
def test_a_header_that_does_not_fit(classifier_file: Path, change: Change) -> None:
    """An entry that is missing, of another kind, or at odds with the network is refused."""
    forge(classifier_file, change)

    refused(classifier_file)


@cases(
    {f"class {name}": top("class", name) for name in ("MLPClassifier", "MLPRegressor", "Evil", "Any", "type")}
)
def test_a_network_that_says_it_is_something_else(network_file: Path, change: Change) -> None:
    """A network's file under the name of another class is refused."""
    forge(network_file, change)

    refused(network_file)


@cases({"an unknown entry": top("evil", 1), "no notes": without("notes"), "training": top("training", None),
        "no version of pellucid": without("pellucid_version"), "notes in a list": top("notes", [1])})  # fmt: skip
def test_a_network_with_another_header(network_file: Path, change: Change) -> None:
    """An entry too many, one too few or one of another kind in the header of a network is refused."""
    forge(network_file, change)

    refused(network_file)


@cases({"classes": top("classes", encode(np.array([0, 1]), "")), "labels": top("labels", "binary")})
def test_a_regressor_with_classes(regressor_file: Path, change: Change) -> None:
    """A regressor has no classes."""
    forge(regressor_file, change)

    refused(regressor_file)


def test_a_part_of_a_training(classifier_file: Path) -> None:
    """A history without the state of the training, and without its tensors, is refused."""

    def change(header: Header, tensors: Tensors) -> None:
        header["training"] = None
        for name in ("memory", "best_parameters", "best_statistics"):
            del tensors[name]

    forge(classifier_file, change)

    refused(classifier_file)


def test_a_regressor_that_says_it_is_a_classifier(regressor_file: Path) -> None:
    """So is a regressor's."""
    forge(regressor_file, top("class", "MLPClassifier"))

    refused(regressor_file)


@pytest.mark.parametrize("classes", [[], [[0, 1]], [0, 1, 2]], ids=str)
def test_a_classifier_of_another_number_of_classes(classes: list[Any], tmp_path: Path) -> None:
    """A file with none, three or a table of classes in place of the two that its one output is for is refused."""
    save(quick(MLPClassifier((2,), max_iter=2), np.eye(4), [0, 1, 0, 1]), tmp_path / "model")
    forge(tmp_path / "model", top("classes", encode(np.array(classes, int), "")))

    refused(tmp_path / "model")


# ---- the network --------------------------------------------------------------------------------------------

OPTIONS: dict[str, Change] = {
    **{f"layer_sizes {value!r}": option("layer_sizes", value) for value in (
        None, 3, "343", [], [3], [3, 4], [3, 4, 4, 0], [3, 4, -4, 2], [3, 4, 4.0, 2], ["3", 4, 4, 2],
        [[3], 4, 4, 2], [3, 4, 4, True], [3, 4, 2, 2], [2, 4, 4, 2], [3, 4, 4, 4, 2], [10**9] * 4, [2**70] * 4,
        [10**4, 10**5, 4, 2], array("<U9", ["3", "4"]))},
    **{f"activation {value!r}": option("activation", value) for value in (
        None, 3, "relu", [], ["tanh"], ["tanh"] * 3, ["tanh", 3], ["tanh", None], ["tanh", ["tanh"]],
        ["tanh", "evil"], ["softmax", "tanh"], ["tanh", {"$": "activation", "name": "evil"}],
        [{"$": "dict", "items": []}, "tanh"])},
    **{f"output_activation {value!r}": option("output_activation", value)
       for value in (None, 3, [], "evil", ["relu"])},
    **{f"dropout {value!r}": option("dropout", value) for value in (
        None, "x", [0.1], [0.1, 1.0], [0.1, -1.0], [0.1, "a"], [0.1, None],
        [0.1, {"$": "float", "value": "nan"}])},
    **{f"batch_norm {value!r}": option("batch_norm", value) for value in (
        None, [], [True], [True, False], [True, "no"])},
    **{f"residual {value!r}": option("residual", value) for value in (
        None, [], [False], [True, True], [False, "evil"], [False, None])},
    **{f"dtype {value!r}": option("dtype", value) for value in (
        3, "float16", "float32", "object", "O", "f8,f8", "evil", ">f8", "U9", [],
        {"$": "dtype", "name": "int64"})},
    "an unknown option": lambda header, tensors: header["network"]["items"].append(["evil", 1]),
    "initial weights": lambda header, tensors: header["network"]["items"].append(["weights", [[1.0]]]),
    "an initializer": lambda header, tensors: header["network"]["items"].append(["initializer", "he_normal"]),
    "a seed": lambda header, tensors: header["network"]["items"].append(["random_state", 3]),
    **{f"without {name}": without_option(name)
       for name in ("layer_sizes", "activation", "output_activation", "dropout", "batch_norm", "residual",
                    "dtype")},
    "an option twice": lambda header, tensors: header["network"]["items"].append(["dtype", "float64"]),
}  # fmt: skip


@cases(OPTIONS)
def test_a_network_that_does_not_fit(network_file: Path, change: Change) -> None:
    """Options that a network does not accept, or that ask for other parameters than the file has, are refused."""
    forge(network_file, change)

    refused(network_file)


def added(name: str, value: Any) -> Change:
    """Add an option to the network, or replace it."""

    def change(header: Header, tensors: Tensors) -> None:
        items = header["network"]["items"]
        items[:] = [row for row in items if row[0] != name] + [[name, encode(value, "")]]

    return change


SCALE = ["Scale", {"n_in": 3}]
LOOKUP = {"n_plain": 1, "n_codes": [3, 2], "width": 2}
PERIODIC = {"n_numeric": 2, "n_plain": 1, "n_frequencies": 2, "width": 3, "scale": 0.5}
EXTRAS: dict[str, Change] = {
    **{f"input_layers {value!r}": added("input_layers", value) for value in (
        None, 3, [], {}, "Scale", [3], ["Scale"], [["Scale"]], [SCALE, SCALE, 3], [["Scale", 3]], [["Scale", {}]],
        [["Scale", {"n_in": 3, "evil": 1}]], [["Evil", {"n_in": 3}]], [["Dense", {"n_in": 3, "n_out": 3}]],
        [[["Scale"], {"n_in": 3}]], [{"Scale": 3}], [["Scale", {"n_in": 3}, 1]], [SCALE, SCALE])},
    **{f"Scale n_in {value!r}": added("input_layers", [["Scale", {"n_in": value}]])
       for value in (0, -3, 2, 4, 3.0, True, "3", None, 2**70, [3])},
    **{f"Lookup {name} {value!r}": added("input_layers", [["Lookup", LOOKUP | {name: value}]])
       for name, value in (
           ("n_plain", -1), ("n_plain", 2), ("n_plain", 1.0), ("n_codes", []), ("n_codes", [3]),
           ("n_codes", [3, 0]), ("n_codes", [3, 2.0]), ("n_codes", 3), ("n_codes", [10**12, 2]),
           ("n_codes", [2**70, 2]), ("n_codes", [3, 3]), ("width", 0), ("width", 3), ("width", 10**15),
           ("width", True))},
    **{f"Periodic {name} {value!r}": added("input_layers", [["Periodic", PERIODIC | {name: value}]])
       for name, value in (
           ("n_numeric", 0), ("n_numeric", 3), ("n_plain", -1), ("n_frequencies", 0), ("n_frequencies", 3),
           ("n_frequencies", 10**15), ("width", 1), ("width", 2**70), ("scale", -1.0), ("scale", "x"),
           ("scale", float("nan")), ("scale", float("inf")), ("scale", None))},
    "Lookup behind another": added("input_layers", [SCALE, ["Lookup", LOOKUP]]),
    **{f"normalization {value!r}": added("normalization", value)
       for value in (None, "batch_norm", [], [None], ["batch_norm"], [3], ["evil"], [["batch_norm"]], ["dense"])},
    **{f"parametric {value!r}": added("parametric", value) for value in (False, 1, None, "yes", [True])},
    **{f"parametrization {value!r}": added("parametrization", value)
       for value in ("standard", "mup", None, 3, ["ntk"])},
    **{f"n_members {value!r}": added("n_members", value)
       for value in (1, 0, -3, 2, 2.0, True, "3", None, 10**15, 2**70, [3])},
}  # fmt: skip


@pytest.mark.parametrize(
    "layers", [[["Lookup", LOOKUP]], [["Periodic", PERIODIC]]], ids=["lookup", "periodic"]
)
@cases(EXTRAS)
def test_a_table_network_that_does_not_fit(tmp_path: Path, change: Change, layers: list[Any]) -> None:
    """Input layers of another kind, number or size, and values that ``save`` would not write, are refused."""
    kinds = {"Lookup": Lookup(1, (3, 2), 2), "Periodic": Periodic(2, 1, 2, 3, 0.5)}
    net = Network([3, 4, 2], input_layers=[kinds[layers[0][0]]], parametric=True, parametrization="ntk")
    path = tmp_path / "model"
    save(net, path)
    forge(path, added("input_layers", layers))
    assert_same_network(net, load(path))
    forge(path, change)
    tracemalloc.start()
    try:
        refused(path)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


TENSORS: dict[str, Change] = {
    "no parameters": dropped("parameters"),
    "no statistics": dropped("state"),
    "one parameter for all": tensor("parameters", lambda a: a[:1]),
    "a column of parameters": tensor("parameters", lambda a: a[:, None]),
    "a row of parameters": tensor("parameters", lambda a: a[None]),
    "a scalar": tensor("parameters", lambda a: a[0]),
    "one too few": tensor("parameters", lambda a: a[:-1]),
    "one too many": tensor("parameters", lambda a: np.append(a, 1.0)),
    "parameters in float32": tensor("parameters", lambda a: a.astype(np.float32)),
    "parameters in float16": tensor("parameters", lambda a: a.astype(np.float16)),
    "parameters in integers": tensor("parameters", lambda a: a.astype(np.int64)),
    "parameters in bits": tensor("parameters", lambda a: a > 0.0),
    "complex parameters": tensor("parameters", lambda a: a.astype(np.complex64)),
    "one statistic for all": tensor("state", lambda a: a[:1]),
    "statistics in integers": tensor("state", lambda a: a.astype(np.int32)),
    "a statistic too many": tensor("state", lambda a: np.append(a, 1.0)),
    "names swapped": lambda header, tensors: tensors.update(
        parameters=tensors["state"], state=tensors["parameters"]
    ),
    "a tensor that nobody knows": lambda header, tensors: tensors.update(evil=np.ones(3)),
}


@cases(TENSORS)
def test_tensors_that_do_not_fit(network_file: Path, change: Change) -> None:
    """Tensors of another shape or dtype are refused, also where NumPy would stretch or cast them."""
    forge(network_file, change)

    refused(network_file)


def test_statistics_where_there_are_none(tmp_path: Path) -> None:
    """Running statistics in the file of a network without batch normalization are refused."""
    save(Network([2, 3, 1]), tmp_path / "net")
    forge(tmp_path / "net", lambda header, tensors: tensors.update(state=np.ones(6)))

    refused(tmp_path / "net")


# ---- the estimator's tensors and training state -------------------------------------------------------------

FITTED: dict[str, Change] = {
    **{f"no {name}": dropped(name) for name in ("parameters", "state", "input_mean_", "input_scale_")},
    **{f"{name} of one for all": tensor(name, lambda a: a[:1]) for name in
       ("parameters", "state", "input_mean_", "input_scale_", "best_parameters", "best_statistics")},
    **{f"{name} too long": tensor(name, lambda a: np.append(a, a[:1])) for name in
       ("parameters", "state", "input_mean_", "input_scale_", "best_parameters", "best_statistics")},
    **{f"{name} in a column": tensor(name, lambda a: a[:, None].copy()) for name in
       ("parameters", "state", "input_mean_", "input_scale_", "best_parameters", "best_statistics")},
    **{f"{name} in integers": tensor(name, lambda a: a.astype(np.int64)) for name in
       ("parameters", "state", "input_mean_", "input_scale_", "best_parameters", "best_statistics", "memory")},
    "input_mean_ in float32": tensor("input_mean_", lambda a: a.astype(np.float32)),
    "memory flat": tensor("memory", lambda a: a.ravel()),
    "memory of one slot": tensor("memory", lambda a: a[:1]),
    "memory of three slots": tensor("memory", lambda a: np.concatenate([a, a[:1]])),
    "memory of one column": tensor("memory", lambda a: a[:, :1].copy()),
    "memory in float64": tensor("memory", lambda a: a.astype(np.float64)),
    "no memory": dropped("memory"),
    "the best without its statistics": dropped("best_statistics"),
    "statistics of targets in a classifier": lambda header, tensors: tensors.update(
        target_mean_=np.ones(3), target_scale_=np.ones(3)),
    "half of the statistics of targets": lambda header, tensors: tensors.update(target_mean_=np.ones(3)),
    **{f"{name} = {value!r}": training(name, value) for name in
       ("epoch", "updates", "samples_seen", "reductions", "horizon", "epochs_without_improvement")
       for value in ("x", None, -1, 1.5)},
    **{f"best = {value!r}": training("best", value) for value in ("x", None, [])},
    **{f"monitor = {value!r}": training("monitor", value) for value in (3, None, [], "evil")},
    **{f"rng = {value!r}": training("rng", value) for value in (0, None, "PCG64", [], {"$": "dict", "items": []})},
    "rng a RandomState": training("rng", encode(np.random.RandomState(0), "")),
    "an unknown entry": training("evil", 1),
    "memory in the header": training("memory", [1.0]),
    **{f"no {name} in training": without_training(name)
       for name in ("rng", "horizon", "epoch", "updates", "samples_seen", "best", "monitor")},
}  # fmt: skip


@cases(FITTED)
def test_what_was_fitted_does_not_fit(classifier_file: Path, change: Change) -> None:
    """Statistics, optimizer memory, best parameters and counters at odds with the network are refused."""
    forge(classifier_file, change)

    refused(classifier_file)


@pytest.mark.parametrize("name", ["target_mean_", "target_scale_"])
@pytest.mark.parametrize("change", ["dropped", "long", "integers"])
def test_statistics_of_targets_that_do_not_fit(regressor_file: Path, name: str, change: str) -> None:
    """A regressor's statistics of its targets come in pairs, one number per output."""
    changes = {
        "dropped": dropped(name),
        "long": tensor(name, lambda a: np.append(a, 1.0)),
        "integers": tensor(name, lambda a: a.astype(np.int8)),
    }
    forge(regressor_file, changes[change])

    refused(regressor_file)


# ---- parameters and values ----------------------------------------------------------------------------------


def generator(kind: str, change: Callable[[Any], Any]) -> Any:
    """Return an encoded generator whose state was changed: a dict in, a dict out."""
    bits = getattr(np.random, kind)(0)
    return {"$": "generator", "state": encode(change(copy.deepcopy(dict(bits.state))), "")}


def patched(*path: str, value: Any) -> Callable[[Any], Any]:
    """Return a function that sets an entry deep in a dict of dicts."""

    def change(state: Any) -> Any:
        inner = state
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return state

    return change


def missing(*path: str) -> Callable[[Any], Any]:
    """Return a function that removes an entry deep in a dict of dicts."""

    def change(state: Any) -> Any:
        inner = state
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
        return state

    return change


KEY = np.arange(624, dtype=np.uint64)
GENERATORS: dict[str, Any] = {
    # NumPy does not look at a position before it reads there: these would read beyond the state.
    "position behind": generator("MT19937", patched("state", "pos", value=700)),
    "position far behind": generator("MT19937", patched("state", "pos", value=2**31 - 1)),
    "position before": generator("MT19937", patched("state", "pos", value=-1)),
    "position far before": generator("MT19937", patched("state", "pos", value=-(2**31))),
    "buffer position before": generator("Philox", patched("buffer_pos", value=-1)),
    "buffer position far before": generator("Philox", patched("buffer_pos", value=-(2**31))),
    "buffer position behind": generator("Philox", patched("buffer_pos", value=5)),
    "key too short": generator("MT19937", patched("state", "key", value=KEY[:5])),
    "key too long": generator("MT19937", patched("state", "key", value=np.append(KEY, KEY))),
    "key in a table": generator("MT19937", patched("state", "key", value=KEY.reshape(2, -1))),
    "key of text": generator("MT19937", patched("state", "key", value=["x"] * 624)),
    "key of numbers too large": generator("MT19937", patched("state", "key", value=[2**80] * 624)),
    "no position": generator("MT19937", missing("state", "pos")),
    "no state": generator("PCG64", missing("state")),
    "state a number": generator("PCG64", patched("state", value=3)),
    "state too large": generator("PCG64", patched("state", "state", value=2**200)),
    "state negative": generator("PCG64", patched("state", "state", value=-1)),
    "state a text": generator("PCG64", patched("state", "inc", value="x")),
    "half a word of text": generator("PCG64", patched("uinteger", value="x")),
    "half a word too large": generator("PCG64", patched("uinteger", value=2**70)),
    "unknown bits": generator("PCG64", patched("bit_generator", value="Evil")),
    "bits of a list": generator("PCG64", patched("bit_generator", value=["PCG64"])),
    "bits of another kind": generator("PCG64", patched("bit_generator", value="MT19937")),
    "no bits": generator("PCG64", missing("bit_generator")),
    "SFC64 too short": generator("SFC64", patched("state", "state", value=np.zeros(2, np.uint64))),
    "no state at all": {"$": "generator"},
    "state none": {"$": "generator", "state": None},
    "state a list": {"$": "generator", "state": []},
}


@pytest.mark.parametrize("place", ["random_state", "rng"])
@pytest.mark.parametrize("state", GENERATORS.values(), ids=GENERATORS)
def test_generators_out_of_bounds(classifier_file: Path, place: str, state: Any) -> None:
    """A generator's state is looked at before NumPy's C code believes it, and is never used outside its bounds."""
    forge(classifier_file, training("rng", state) if place == "rng" else parameter("random_state", state))

    refused(classifier_file)


def old_state(**changes: Any) -> Any:
    """Return an encoded RandomState whose state was changed."""
    state = np.random.RandomState(0).get_state(legacy=False)
    for name, value in changes.items():
        (state if name in state else state["state"])[name] = value
    return {"$": "random_state", "state": encode(state, "")}


VALUES: dict[str, Any] = {
    "RandomState behind": old_state(pos=625),
    "RandomState before": old_state(pos=-1),
    "RandomState short": old_state(key=KEY[:3]),
    "RandomState of text": old_state(gauss="x"),
    "RandomState of other bits": old_state(bit_generator="Evil"),
    "RandomState of nothing": {"$": "random_state"},
    "RandomState of a list": {"$": "random_state", "state": [1, 2]},
    "an unknown kind": {"$": "evil", "value": 1},
    "no kind": {"value": 1},
    "kind none": {"$": None},
    "kind a list": {"$": ["tuple"], "items": []},
    "kind a dict": {"$": {"$": "tuple"}, "items": []},
    "a tuple of nothing": {"$": "tuple"},
    "a tuple of a number": {"$": "tuple", "items": 3},
    "a tuple of text": {"$": "tuple", "items": "abc"},
    "a tuple of a dict": {"$": "tuple", "items": {"$": "dict", "items": []}},
    "a dict of nothing": {"$": "dict"},
    "a dict of singles": {"$": "dict", "items": [[1]]},
    "a dict of triples": {"$": "dict", "items": [[1, 2, 3]]},
    "a dict of texts": {"$": "dict", "items": ["ab"]},
    "a dict under a list": {"$": "dict", "items": [[[1], 2]]},
    "a dict under a dict": {"$": "dict", "items": [[{"$": "dict", "items": []}, 2]]},
    "a dict under an array": {"$": "dict", "items": [[encode(np.ones(2), ""), 2]]},
    "a dict with a name twice": {"$": "dict", "items": [["a", 1], ["a", 2]]},
    "a float of text": {"$": "float", "value": "evil"},
    "a float of a list": {"$": "float", "value": [1.0]},
    "a float of nothing": {"$": "float"},
    "a float of a dict": {"$": "float", "value": {}},
    "a dtype of nothing": {"$": "dtype"},
    "a dtype none": {"$": "dtype", "name": None},
    "a dtype of objects": {"$": "dtype", "name": "object"},
    "a dtype of fields": {"$": "dtype", "name": "f8,O"},
    "a dtype of a list": {"$": "dtype", "name": ["f8"]},
    "a dtype of a dict": {"$": "dtype", "name": {"names": ["a"], "formats": ["O"]}},
    "a huge dtype": {"$": "dtype", "name": "V2000000000"},
    "an array of nothing": {"$": "array"},
    "an array without dtype": {"$": "array", "items": [1.0]},
    "an array without items": {"$": "array", "dtype": "<f8"},
    "a ragged array": array("<f8", [[1.0], [1.0, 2.0]]),
    "an array of text as numbers": array("<f8", ["evil"]),
    "an array of dicts": array("<f8", [{"$": "dict", "items": []}]),
    "an array of None": array("<i8", [None]),
    "an array of numbers too large": array("|i1", [300]),
    "an array of text that is none": array("text", [1]),
    "an array of wide text": array("text", ["evil" * 10**4] + ["a"] * 10**4),
    "an array of numbers cut": array("<i8", [1.5]),
    "an array of bits that are none": array("|b1", [2]),
    "an array of bytes": array("|S4", ["evil"]),
    "an array of voids": array("|V4", [1]),
    "an array of fields": array("f8,f8", [1.0]),
    "an array of arrays": array("(2,2)f8", [1.0]),
    "an array of dates as text": array("<M8[ns]", ["2024-01-01"]),
    "an array of dates cut": array("<M8[D]", [1.5]),
    "an array of dates too far": array("<M8[D]", [2**63]),
    "an array of dates without a unit": array("<M8", [1]),
    "an array of dates of an own unit": array("<M8[7D]", [1]),
    "an array of pointers": array("O", [1]),
    "an array of an unknown dtype": array("evil", [1.0]),
    "an array of no dtype": array(None, [1.0]),
    "an array of objects from a number": array("object", 3),
    "an array of many dimensions": array("<f8", [1.0], [1] * 70),
    "an array of another size": array("<f8", [1.0], [2]),
    "an array of minus one": array("<f8", [1.0], [-1]),
    "a huge array of nothing": array("<f8", [], [0, 2**70]),
    "an activation of nothing": {"$": "activation"},
    "an activation of a list": {"$": "activation", "name": ["relu"]},
    "an unknown activation": {"$": "activation", "name": "evil"},
    "a loss of nothing": {"$": "loss"},
    "an unknown loss": {"$": "loss", "name": "evil", "options": {}},
    "a loss without options": {"$": "loss", "name": "huber"},
    "a loss with options of another": {"$": "loss", "name": "huber", "options": {"evil": 1.0}},
    "a loss with a text": {"$": "loss", "name": "huber", "options": {"delta": "evil"}},
    "a loss with a list": {"$": "loss", "name": "huber", "options": [1.0]},
    "an initializer of nothing": {"$": "initializer"},
    "an unknown initializer": {"$": "initializer", "name": "evil", "scale": 1.0},
    "an initializer with a text": {"$": "initializer", "name": "normal", "scale": "evil"},
    "an initializer of a list": {"$": "initializer", "name": ["normal"], "scale": 1.0},
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_values_that_are_none(classifier_file: Path, value: Any) -> None:
    """A value of an unknown kind, or of a known kind that is not well formed, is refused."""
    forge(classifier_file, parameter("alpha", value))

    refused(classifier_file)


@pytest.mark.parametrize(
    "kind",
    ["an unknown kind", "a tuple of text", "an array of wide text", "a huge dtype"],
)
def test_values_that_are_none_in_notes(network_file: Path, kind: str) -> None:
    """Entries that only ``read_header`` reads are refused there."""
    forge(network_file, top("notes", VALUES[kind]))

    with pytest.raises(ModelFileError, match=network_file.name):
        read_header(network_file)


def test_notes_are_a_dict(network_file: Path) -> None:
    forge(network_file, top("notes", array("object", [1])))

    with pytest.raises(ModelFileError, match=r"'notes'"):
        read_header(network_file)


PARAMETERS: dict[str, Change] = {
    "an unknown parameter": lambda header, tensors: header["parameters"]["items"].append(["evil", 1]),
    "a parameter twice": lambda header, tensors: header["parameters"]["items"].append(["alpha", 1.0]),
    "a parameter under a number": lambda header, tensors: header["parameters"]["items"].append([3, 1.0]),
    "self": lambda header, tensors: header["parameters"]["items"].append(["self", 1.0]),
    "a method": lambda header, tensors: header["parameters"]["items"].append(["fit", 1.0]),
    "an attribute": lambda header, tensors: header["parameters"]["items"].append(["__class__", "x"]),
    "of a regressor": lambda header, tensors: header["parameters"]["items"].append(["huber_delta", 1.0]),
}


def test_a_parameter_that_the_file_lacks(classifier_file: Path) -> None:
    """A file from before there was a parameter loads, with the parameter's default."""

    def change(header: Header, tensors: Tensors) -> None:
        header["parameters"]["items"].remove(item(header["parameters"], "standardize"))

    assert load(classifier_file).standardize is True
    forge(classifier_file, change)
    assert load(classifier_file).standardize is False


@cases(PARAMETERS)
def test_parameters_that_do_not_exist(classifier_file: Path, change: Change) -> None:
    """A parameter that the class does not have, or has twice, is refused, and nothing else is set."""
    forge(classifier_file, change)

    refused(classifier_file)


# ---- bombs --------------------------------------------------------------------------------------------------


def peak_while_refused(path: Path) -> int:
    """Return the largest amount of memory that was held while a file was refused."""
    tracemalloc.start()
    try:
        refused(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def plain(sizes: list[int]) -> Change:
    """Ask for these widths, without the residual connections that might not fit."""

    def change(header: Header, tensors: Tensors) -> None:
        option("layer_sizes", sizes)(header, tensors)
        option("residual", [False, False])(header, tensors)

    return change


BOMBS: dict[str, Change] = {
    "wide layers": plain([3, 2000, 3000, 2]),
    "one wide layer": plain([3, 4, 1_000_000, 2]),
    "many inputs": plain([1_000_000, 4, 4, 2]),
    "beyond all memory": plain([10**9, 10**9, 10**9, 2]),
    "beyond all numbers": plain([2**62, 2**62, 2**62, 2]),
}


@cases(BOMBS)
def test_layers_that_ask_for_memory(network_file: Path, change: Change) -> None:
    """A short file cannot ask for a large network: its tensors say how large it is."""
    forge(network_file, change)

    assert peak_while_refused(network_file) < 2e6


@pytest.mark.parametrize("dtype", ["text", "<U30000000", "|V90000000", "(3000000,)f8"])
def test_a_dtype_that_asks_for_memory(classifier_file: Path, dtype: str) -> None:
    """Nor can the dtype of a small array ask for much."""
    wide = ["evil" * 10**4] + ["a"] * 10**4
    forge(classifier_file, parameter("alpha", array(dtype, wide)))

    assert peak_while_refused(classifier_file) < 5e6


def test_many_layers(network_file: Path) -> None:
    """A thousand layers in the header, and tensors for three, are refused."""
    n = 1000

    def change(header: Header, tensors: Tensors) -> None:
        for name, value in (("layer_sizes", [3] * (n + 2)), ("activation", ["tanh"] * n), ("dropout", [0.0] * n),
                            ("batch_norm", [False] * n), ("residual", [False] * n)):  # fmt: skip
            item(header["network"], name)[1] = value

    forge(network_file, change)

    refused(network_file)


# ---- and if it is not refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["parameters", "state", "memory", "best_parameters", "input_mean_"])
def test_another_number_is_another_model(classifier_file: Path, name: str) -> None:
    """A digest is no signature: who recomputes it can change numbers, and exactly these change."""
    before = load(classifier_file)
    forge(classifier_file, tensor(name, lambda a: a + a.dtype.type(1.0)))
    after = load(classifier_file)

    with pytest.raises(AssertionError):
        assert_same_estimator(before, after)
