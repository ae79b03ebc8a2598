"""Records show themselves in a few words, however much they hold."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid.core.brief import brief


@dataclass
class Holder:
    """A record of one thing."""

    value: Any
    __repr__ = brief


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.zeros((1000, 30), np.float32), "<float32 array of shape (1000, 30)>"),
        (scipy.sparse.csr_array((1000, 30)), "<float64 sparse array of shape (1000, 30)>"),
        (list(range(10_000)), "<list of 10000>"),
        (dict.fromkeys(range(10_000)), "<dict of 10000>"),
        ([1, 2], "[1, 2]"),
        ((), "()"),
        ("short", "'short'"),
        (None, "None"),
        (len, "len"),
        (Holder(Holder(3)), "Holder(value=Holder(value=3))"),
    ],
    ids=["array", "sparse", "list", "dict", "few", "none", "text", "None", "function", "nested"],
)
def test_what_is_long_is_named_and_counted(value: Any, shown: str) -> None:
    """Arrays are shown by their shape, long lists by their length, everything short as it is."""
    assert repr(Holder(value)) == f"Holder(value={shown})"


def test_a_long_text_is_cut() -> None:
    """Of a long text the beginning is shown."""
    assert len(repr(Holder("a" * 10_000))) < 100
