"""Values in a header: what can be written comes back the same, what cannot is refused by name."""

import datetime
import json
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.core import (
    ACTIVATIONS,
    INITIALIZERS,
    LOSSES,
    Activation,
    Initializer,
    Loss,
    get_initializer,
    get_loss,
)
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence.values import decode, encode
from persistence.forgery import same


def there_and_back(value: Any, custom: dict[str, Any] | None = None) -> Any:
    """Encode a value, take it through strict JSON, and decode it."""
    text = json.dumps(encode(value, "it"), allow_nan=False)
    return decode(json.loads(text), custom or {})


numbers = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(st.characters(exclude_categories=()), max_size=8)
)
scalars = hnp.from_dtype(np.dtype("f8")) | hnp.from_dtype(np.dtype("f4")) | hnp.from_dtype(np.dtype("i8"))
arrays = hnp.arrays(
    st.sampled_from(["?", "i1", "u8", ">i4", "f2", "f4", ">f8", "f8", "U3"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
keys = st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from([None, 1.5, (1, "a")])
values = st.recursive(
    numbers | scalars | arrays | st.sampled_from([np.dtype("f4"), np.float64]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)


@hypothesis.settings(max_examples=25)
@given(values)
def test_any_value_comes_back(value: Any) -> None:
    """Numbers, text, arrays, and lists, tuples and dicts of them are the same after a round trip."""
    assert same(there_and_back(value), value)


@pytest.mark.slow
@hypothesis.settings(max_examples=1000)
@given(values)
def test_any_of_many_values_comes_back(value: Any) -> None:
    """The same for many."""
    assert same(there_and_back(value), value)


@hypothesis.settings(max_examples=50)
@given(st.lists(numbers, max_size=4))
def test_object_arrays_come_back(items: list[Any]) -> None:
    """An array of Python objects keeps each of them."""
    array = np.empty(len(items), object)
    array[:] = items

    assert same(there_and_back(array), array)


def of_objects(*items: Any) -> Any:
    """Return a 1-D object array whose entries are the items, which NumPy would rather make 2-D."""
    array = np.empty(len(items), object)
    for i, item in enumerate(items):
        array[i] = item
    return array


ARRAYS = {
    "0-d object": np.array("x", object),
    "text and None": np.array(["ab", None], object),
    "2-d object": np.array([["a", 1], ["b", 2]], object),
    "tuples of one length": of_objects((1, 2), (3, 4)),
    "ragged lists": of_objects([1], [2, 3]),
    "no objects": np.empty(0, object),
    "0 x 3": np.empty((0, 3)),
    "2 x 0": np.empty((2, 0)),
    "0-d": np.array(3.5),
    "column order": np.array([[1, 2], [3, 4]], order="F"),
    "strided": np.arange(6)[::2],
    "unsigned": np.array([0, 2**64 - 1], np.uint64),
    "signed": np.array([-(2**63), 2**63 - 1]),
    "odd float64": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
    "odd float32": np.array([1e-45, 3.4e38], np.float32),
    "text": np.array(["é\u2603", "", "a\0b"]),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_keep_shape_and_dtype(array: Any) -> None:
    """An array comes back with its shape, its dtype and every entry, whatever their number."""
    assert same(there_and_back(array), array)


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox,
                                  np.random.SFC64])  # fmt: skip
def test_generators_go_on(kind: Any) -> None:
    """A generator of each kind draws after a round trip what it would have drawn, half-used words included."""
    rng = np.random.Generator(kind(3))
    rng.normal(size=5)
    rng.integers(100, dtype=np.uint32)

    back = there_and_back(rng)

    assert type(back.bit_generator) is kind
    np.testing.assert_array_equal(back.integers(2**31, size=20, dtype=np.uint32),
                                  rng.integers(2**31, size=20, dtype=np.uint32))  # fmt: skip
    np.testing.assert_array_equal(back.normal(size=20), rng.normal(size=20))


def test_a_random_state_goes_on() -> None:
    """A RandomState draws after a round trip what it would have drawn, the second half of a normal pair too."""
    state = np.random.RandomState(3)
    state.normal()

    back = there_and_back(state)

    np.testing.assert_array_equal(back.normal(size=7), state.normal(size=7))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_comes_back(name: str) -> None:
    """An activation of the table comes back as the table's row."""
    assert there_and_back(ACTIVATIONS[name]) is ACTIVATIONS[name]


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_comes_back(name: str) -> None:
    """A loss of the table comes back as the same loss."""
    assert there_and_back(LOSSES[name]) == LOSSES[name]


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_initializer_comes_back(name: str) -> None:
    """An initializer of the table comes back with its scale, its own or another."""
    assert there_and_back(INITIALIZERS[name]) == INITIALIZERS[name]
    assert there_and_back(get_initializer((name, 0.25))) == get_initializer((name, 0.25))


@pytest.mark.parametrize(
    "loss",
    [
        get_loss("huber", delta=2),
        get_loss("huber", delta=np.float32(2.5)),
        get_loss("huber", delta=np.int64(2)),
        get_loss("huber", delta=float("inf")),
        get_loss("quantile", level=np.float64(0.9)),
    ],
    ids=["int", "float32", "int64", "inf", "float64"],
)
def test_options_of_a_loss_come_back(loss: Loss) -> None:
    """A loss keeps its options, numpy numbers and infinity included, in strict JSON."""
    back = there_and_back(loss)

    assert back.name == loss.name
    assert same(dict(back.options), dict(loss.options))


def test_options_of_an_own_loss_come_back() -> None:
    """A loss of one's own is found by its name, and its stored options go before its own."""
    mine = Loss("mine", LOSSES["huber"].forms, ("identity",), {"delta": 1.0})
    stored = Loss("mine", LOSSES["huber"].forms, ("identity",), {"delta": 3.0})

    assert there_and_back(stored, {"mine": mine}) == stored


def test_options_of_an_own_loss_are_numbers() -> None:
    """A loss of one's own is not handed a text, whatever a file says."""
    mine = Loss("mine", LOSSES["huber"].forms, ("identity",), {"width": 1.0})
    forged = {"$": "loss", "name": "mine", "options": {"width": "evil"}}

    with pytest.raises(ModelFileError, match="numbers"):
        decode(forged, {"mine": mine})


def test_own_initializer_comes_back_by_name() -> None:
    """An initializer of one's own is found by its name, with the scale that it had."""
    draw = INITIALIZERS["zeros"].draw
    stored = Initializer("mine", draw, 3.0)

    assert there_and_back(stored, {"mine": Initializer("mine", draw, 1.0)}) == stored


@pytest.mark.parametrize(
    "mapping", [OrderedDict(b=1, a=2), MappingProxyType({"b": 1, "a": 2})], ids=["ordered", "proxy"]
)
def test_other_mappings_come_back_as_dicts(mapping: Any) -> None:
    """Another kind of mapping becomes a dict with the same items in the same order."""
    assert list(there_and_back(mapping).items()) == list(mapping.items())


@pytest.mark.parametrize(("value", "plain"), [(np.float32(0.1), float(np.float32(0.1))), (np.int8(-3), -3),
                                              (np.bool_(True), True), (np.str_("a"), "a")])  # fmt: skip
def test_numpy_scalars_become_python_numbers(value: Any, plain: Any) -> None:
    """A numpy scalar comes back as the equal Python value."""
    back = there_and_back(value)

    assert type(back) is type(plain)
    assert back == plain


@pytest.mark.parametrize("dtype", [np.float32, np.dtype("float64"), np.float64, float], ids=str)
def test_every_way_to_say_a_dtype(dtype: Any) -> None:
    """A dtype comes back as the same dtype, however the user said it."""
    assert np.dtype(there_and_back(dtype)) == np.dtype(dtype)


# ---- what cannot be saved -----------------------------------------------------------------------------------


class OwnBits(np.random.PCG64):
    """A bit generator that a file cannot name."""


UNSAVEABLE = {
    "function": len,
    "lambda": lambda: 0,
    "object": object(),
    "class": dict,
    "module": np,
    "set": {1, 2},
    "bytes": b"bytes",
    "complex": 1 + 2j,
    "range": range(3),
    "date": datetime.date(2020, 1, 1),
    "longdouble": np.longdouble(1.5),
    "complex array": np.array([1 + 2j]),
    "bytes array": np.array([b"a"]),
    "objects in an array": np.array([object()], object),
    "durations without a unit": np.array([1], "timedelta64"),
    "structured array": np.array([(1, 2.0)], dtype="i4,f8"),
    "StringDType": np.array(["a"], np.dtypes.StringDType()),
    "datetime64": np.datetime64(5, "ns"),
    "timedelta64": np.timedelta64(5, "ns"),
    "own bit generator": np.random.Generator(OwnBits(0)),
    "RandomState of other bits": np.random.RandomState(np.random.PCG64(3)),
    "deep inside": [0, {"a": (lambda: 0,)}],
}


@pytest.mark.parametrize("value", UNSAVEABLE.values(), ids=UNSAVEABLE)
def test_what_cannot_be_saved_is_refused(value: Any) -> None:
    """A value that would not come back the same is refused with an error that names the parameter."""
    with pytest.raises(ParameterError, match="it="):
        encode(value, "it")


def test_a_list_that_holds_itself_is_refused() -> None:
    """It is an error that names the parameter, as for any other value."""
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ParameterError, match=r"it=.*contains itself"):
        encode(endless, "it")


@pytest.mark.parametrize(
    "impostor",
    [
        Activation("relu", lambda z: 0.1 * z, lambda z, a: 0.1 * z),
        Loss("huber", LOSSES["squared_error"].forms, ("identity",), {"delta": 1.0}),
        Initializer("zeros", INITIALIZERS["he_normal"].draw),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_impostor_is_refused(impostor: Any) -> None:
    """An object of one's own under a name of the table is refused: loading would bring another one."""
    with pytest.raises(ParameterError, match=impostor.name):
        encode(impostor, "it")
