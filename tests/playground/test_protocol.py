"""Messages come through whole, or are refused whole."""

import json
from contextlib import suppress

import numpy as np
import pytest

from pellucid.playground.errors import SetupError
from pellucid.playground.protocol import MOST_BYTES, decode, encode


def raw(body, tail=b""):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return len(text).to_bytes(4, "little") + text + tail


def test_a_message_comes_back_with_its_arrays_in_their_places():
    X = np.random.default_rng(0).normal(size=(3, 4))
    message = {
        "type": "setup",
        "setup": {"seed": 1},
        "dataset": {"name": "é ✓", "X": X},
        "theta": np.array([np.nan]),
    }
    found = decode(encode(message))
    np.testing.assert_array_equal(found["dataset"]["X"], X.ravel())
    assert np.isnan(found["theta"][0])
    assert (found["type"], found["setup"], found["dataset"]["name"]) == ("setup", {"seed": 1}, "é ✓")
    assert not found["theta"].flags.writeable


def test_the_tail_begins_at_a_multiple_of_eight():
    for n in range(20):
        data = encode({"type": "x" * n, "theta": np.ones(2)})
        assert (4 + int.from_bytes(data[:4], "little")) % 8 == 0


def test_a_number_that_is_not_finite_becomes_null():
    data = encode(
        {"type": "frame", "loss": float("nan"), "losses": [1.0, np.float32("inf")], "n": np.int64(3)}
    )
    found = decode(data)
    assert (found["loss"], found["losses"], found["n"]) == (None, [1.0, None], 3)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "shorter than it states"),
        (b"\xff\xff\xff\xff{}", "shorter than it states"),
        (raw(b"\xff\xfe"), "does not hold JSON"),
        (raw(b"{"), "does not hold JSON"),
        (raw(b"[" * 100_000), "does not hold JSON"),
        (raw(b'{"a": NaN}'), "does not hold JSON"),
        (raw(b'{"a": ' + b"9" * 10_000 + b"}"), "does not hold JSON"),
        (raw([1]), "is not an object"),
        (raw({"arrays": {}}), "'arrays' must be a list"),
        (raw({"arrays": [["x", 0]] * 99}), "'arrays' must be a list"),
        (raw({"arrays": [["x"]]}), "a place and a size"),
        (raw({"arrays": [["x", -1]]}), "a place and a size"),
        (raw({"arrays": [["x", True]]}, bytes(8)), "a place and a size"),
        (raw({"arrays": [["x", 2**62]]}, bytes(8)), "shorter than its arrays"),
        (raw({"arrays": [["x", 1]]}, bytes(16)), "longer than its arrays"),
        (raw({"arrays": []}, bytes(1)), "longer than its arrays"),
        (raw({"type": "a", "arrays": [["type", 1]]}, bytes(8)), "no place 'type'"),
        (raw({"type": "a", "arrays": [["type.x", 1]]}, bytes(8)), "no place"),
        (raw({"arrays": [["x", 1], ["x", 1]]}, bytes(16)), "no place"),
        (raw({"arrays": [["a.b.c.d.e", 1]]}, bytes(8)), "no place"),
        (raw({}) + bytes(MOST_BYTES), "the limit is"),
    ],
)
@pytest.mark.whole
def test_what_is_not_a_message_is_refused(data, why):
    with pytest.raises(SetupError, match=why):
        decode(data)


def test_no_message_is_a_pickled_object_or_a_path(rng):
    """Random bytes, and messages with random changes, are decoded to plain data or refused."""
    plain = (dict, list, str, int, float, bool, type(None), np.ndarray)
    good = encode({"type": "edit", "index": 3, "value": 0.5, "deep": {"a": [1, {"b": 2}]}, "x": np.ones(3)})

    def check(value):
        assert isinstance(value, plain)
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(each)

    for _ in range(2000):
        data = bytearray(good if rng.random() < 0.8 else rng.bytes(int(rng.integers(0, 200))))
        for _ in range(int(rng.integers(0, 6))):
            if data:
                data[int(rng.integers(len(data)))] = int(rng.integers(256))
        with suppress(SetupError):
            check(decode(bytes(data)))
