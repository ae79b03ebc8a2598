"""Model files that nobody's ``save`` wrote, with a right digest all the same; and what "the same" means."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid import Network, load
from pellucid.estimators.fit_summary import FitSummary
from pellucid.exceptions import ModelFileError
from pellucid.persistence.container import read, sealed

Header = dict[str, Any]
Tensors = dict[str, Any]
Change = Callable[[Header, Tensors], None]

UNSIGNED = "0" * 64


# ---- forging ------------------------------------------------------------------------------------------------


def forge(path: Path, change: Change) -> None:
    """Rewrite a model file as someone would who knows how the digest is made."""
    header, tensors = read(path)
    tensors = dict(tensors)
    change(header, tensors)
    path.write_bytes(sealed(header, tensors))


def array(dtype: Any, items: Any, shape: Any = None) -> Any:
    """Return an encoded array of any dtype and entries, well or not, of one dimension unless said."""
    n_items = len(items) if isinstance(items, list) else 1
    return {"$": "array", "dtype": dtype, "shape": [n_items] if shape is None else shape, "items": items}


def parts(path: Path) -> tuple[str, dict[str, Any], bytes]:
    """Return the JSON text of a model file, the layout of its tensors and their bytes."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    layout = json.loads(data[8 : 8 + size])
    text = layout.pop("__metadata__")["pellucid"]
    return text, layout, data[8 + size :]


def seal(text: str, layout: Mapping[str, Any], data: bytes = b"", extra: str = "") -> bytes:
    """Return a file with any JSON text, any layout, any bytes, and the digest that belongs to them.

    ``extra`` is put as it is at the end of the safetensors header, such as ``',"a":1'``.
    """
    whole = {"__metadata__": {"pellucid": text, "sha256": UNSIGNED}, **layout}
    head = json.dumps(whole, separators=(",", ":"))[:-1] + extra + "}"
    head += " " * (-len(head) % 8)
    unsigned = len(head).to_bytes(8, "little") + head.encode() + data
    digest = hashlib.sha256(unsigned).hexdigest()
    return unsigned.replace(f'"sha256":"{UNSIGNED}"'.encode(), f'"sha256":"{digest}"'.encode(), 1)


def refused(path: Path, match: str | None = None) -> str:
    """Load a file that must be refused with a ModelFileError, and return what it says."""
    with pytest.raises(ModelFileError, match=match) as caught:
        load(path)
    return str(caught.value)


# ---- changes at random ---------------------------------------------------------------------------------------

WIDE = array("text", ["a" * 4000] + [""] * 3999)
LEAVES: tuple[Any, ...] = (
    None, True, -1, 0, 3, 2**31, 2**63, 10**300, 0.5, -1e308, "", "tanh", "x" * 1000, "\x1b[31m", "\ud800", [], {},
    [[]], [1, 2, 3], {"$": "float", "value": "nan"}, {"$": "float", "value": "inf"}, {"$": "dict", "items": []},
    {"$": "tuple", "items": [1, "a"]}, {"$": "dtype", "name": "float64"}, WIDE, array("<f8", [1.5] * 9),
    array("object", [None, "a", 1]), {"$": "activation", "name": "mine"},
    {"$": "loss", "name": "huber", "options": {}},
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container of a JSON value with each of its keys."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    found = [(value, key) for key in keys]
    for key in keys:
        found += places(value[key])
    return found


def mutated(rng: np.random.Generator) -> Change:
    """Return a change of a few places of a header, and at times of a tensor."""

    def change(header: Any, tensors: Any) -> None:
        for _ in range(rng.integers(1, 4)):
            every = places(header)
            container, key = every[rng.integers(len(every))]
            kind = rng.integers(4)
            if kind == 0 and isinstance(container, dict):
                del container[key]
            elif kind == 1 and isinstance(container, list):
                container.append(container[key])
            elif kind == 2:
                other, place = every[rng.integers(len(every))]
                container[key] = json.loads(json.dumps(other[place]))
            else:
                container[key] = LEAVES[rng.integers(len(LEAVES))]
        if tensors and rng.integers(3) == 0:
            name = sorted(tensors)[rng.integers(len(tensors))]
            tensors[name] = (tensors[name][:-1], -tensors[name], tensors[name] * np.nan)[rng.integers(3)]

    return change


# ---- the same -----------------------------------------------------------------------------------------------


def same(a: Any, b: Any) -> bool:
    """Return whether two values are equal, also in kinds of sequence, dtypes, shapes, NaN and generators.

    A numpy scalar and the Python number that it holds are the same, and so are all ways to say a dtype.
    """
    a, b = (v.item() if isinstance(v, np.generic) else v for v in (a, b))
    if isinstance(a, np.ndarray):
        if not isinstance(b, np.ndarray) or a.shape != b.shape:
            return False
        if a.dtype != b.dtype and not a.dtype.kind == b.dtype.kind == "U":  # text comes back as wide as it is
            return False
        if a.dtype == object:
            return all(same(x, y) for x, y in zip(a.ravel(), b.ravel(), strict=True))
        return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if scipy.sparse.issparse(a):
        return type(a) is type(b) and same(a.toarray(), b.toarray())
    if isinstance(a, FitSummary):
        return isinstance(b, FitSummary) and same(vars(a), vars(b))
    if isinstance(a, np.dtype | type):
        return np.dtype(a) == np.dtype(b)
    if isinstance(a, np.random.Generator):
        return isinstance(b, np.random.Generator) and same(a.bit_generator.state, b.bit_generator.state)
    if isinstance(a, np.random.RandomState):
        return isinstance(b, np.random.RandomState) and same(
            a.get_state(legacy=False), b.get_state(legacy=False)
        )
    if type(a) is not type(b):
        return False
    if isinstance(a, Mapping):
        pairs = zip(a.items(), b.items(), strict=False)
        return len(a) == len(b) and all(same(k, m) and same(v, w) for (k, v), (m, w) in pairs)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=False))
    if isinstance(a, float):
        return a == b or (a != a and b != b)
    return bool(a == b)


NETWORK = (
    "layer_sizes",
    "activation",
    "output_activation",
    "dropout",
    "batch_norm",
    "residual",
    "parametric",
    "parametrization",
    "n_members",
    "dtype",
    "parameters",
    "state",
)
FITTED = (
    "classes_",
    "feature_names_in_",
    "n_features_in_",
    "n_iter_",
    "input_mean_",
    "input_scale_",
    "target_mean_",
    "target_scale_",
    "_split_seed",
    "_solver_in_memory",
)


def assert_same_network(a: Network, b: Network) -> None:
    """Options, parameters and running statistics are the same, bit for bit."""
    assert type(a) is type(b)
    for name in NETWORK:
        assert same(getattr(a, name), getattr(b, name)), name
    assert a.input_layers == b.input_layers


def assert_same_estimator(a: Any, b: Any) -> None:
    """Parameters, fitted attributes, network and state of the training are the same."""
    assert type(a) is type(b)
    params, loaded = a.get_params(deep=False), b.get_params(deep=False)
    assert params.keys() == loaded.keys()
    for name, value in params.items():
        assert same(value, loaded[name]), f"{name}: {value!r} became {loaded[name]!r}"
    assert_same_network(a.network_, b.network_)
    for name in FITTED:
        assert same(getattr(a, name, None), getattr(b, name, None)), name
    state, other = (getattr(model, "_training_state", None) for model in (a, b))
    assert (state is None) == (other is None)
    for name, value in vars(state).items() if state is not None else ():
        theirs = getattr(other, name)
        if isinstance(value, np.ndarray) and value.size == 0:
            assert theirs is None or theirs.size == 0, name
        else:
            assert same(value, theirs), f"{name}: {value!r} became {theirs!r}"
