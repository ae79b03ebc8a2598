"""Sparse matrices whose arrays do not fit together: refused before anything follows their indices."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from pellucid.core.inputs import checked_csr
from pellucid.exceptions import DataError

DENSE = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 3.0, 0.0, 0.0], [4.0, 0.0, 0.0, 5.0], [0.0, 0.0, 6.0, 0.0]])
FORMATS = ("csr", "csc", "bsr", "coo", "lil", "dok", "dia")
KINDS = {"array": sp.coo_array, "matrix": sp.coo_matrix}


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_matrix_of_any_format(format_name: str, kind: str) -> None:
    """A matrix of any format and kind keeps its values, and comes back as CSR."""
    X = KINDS[kind](DENSE).asformat(format_name)

    found = checked_csr(X)

    assert found.format == "csr"
    assert np.array_equal(found.toarray(), DENSE)
    assert sp.issparse(found)
    assert isinstance(found, sp.sparray) == (kind == "array")


def test_a_whole_csr_matrix_is_shared() -> None:
    """A matrix with nothing wrong costs no copy, and one with unsorted rows keeps its order."""
    X = sp.csr_array(DENSE)
    assert checked_csr(X).data is X.data or np.shares_memory(checked_csr(X).data, X.data)

    unsorted = sp.csr_array((np.array([2.0, 1.0]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))
    assert checked_csr(unsorted).indices.tolist() == [2, 0]


def entry(attribute: str, at: int, value: Any) -> Callable[[Any], None]:
    """Return a function that sets one entry of an array of a matrix."""
    return lambda X: getattr(X, attribute).__setitem__(at, value)


def array(attribute: str, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Return a function that replaces an array of a matrix."""
    return lambda X: setattr(X, attribute, change(getattr(X, attribute)))


DAMAGE: dict[str, tuple[str, Callable[[Any], None]]] = {
    **{f"{name} index {value}": (name, entry("indices", 1, value))
       for name in ("csr", "csc", "bsr") for value in (4, -1, 10**6)},
    **{f"{name} start {at} = {value}": (name, entry("indptr", at, value))
       for name in ("csr", "csc", "bsr")
       for at, value in ((0, 1), (0, -1), (1, -1), (1, 10**6), (4, 10**6), (4, -1))},
    **{f"{name} starts cut": (name, array("indptr", lambda a: a[:-1])) for name in ("csr", "csc", "bsr")},
    **{f"{name} starts too many": (name, array("indptr", lambda a: np.append(a, a[-1])))
       for name in ("csr", "csc", "bsr")},
    **{f"{name} {what} cut": (name, array(what, lambda a: a[:2]))
       for name in ("csr", "csc", "bsr") for what in ("indices", "data")},
    **{f"coo {what} {value}": ("coo", entry(what, 1, value))
       for what in ("row", "col") for value in (4, -1, 10**6)},
    "coo data cut": ("coo", array("data", lambda a: a[:2])),
    "lil column 4": ("lil", lambda X: X.rows[0].__setitem__(0, 4)),
    "lil column -1": ("lil", lambda X: X.rows[0].__setitem__(0, -1)),
    "lil with more columns than values": ("lil", lambda X: X.rows[0].append(3)),
    "lil with more values than columns": ("lil", lambda X: X.data[0].append(3.0)),
    "lil with a row too few": ("lil", array("rows", lambda a: a[:-1])),
    "dia with offsets for other diagonals": ("dia", array("offsets", lambda a: np.append(a, 1))),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
@pytest.mark.parametrize("kind", KINDS)
def test_indices_out_of_range(case: str, kind: str) -> None:
    """Indices outside of the shape, starts that decrease and arrays of other lengths are refused by name."""
    format_name, damage = DAMAGE[case]
    X = KINDS[kind](DENSE).asformat(format_name)
    damage(X)

    with pytest.raises(DataError, match=r"^inputs is a damaged sparse matrix: .*Rebuild it"):
        checked_csr(X, "inputs")


def test_the_error_says_where() -> None:
    """The error names the row and the column."""
    X = sp.csr_array(DENSE)
    X.indices[3] = 9

    with pytest.raises(DataError, match=r"a value at column 9 in row 2, but its columns are 0 to 3"):
        checked_csr(X)


def test_entries_in_several_parts() -> None:
    """Several values of one entry are their sum, also where a flag says otherwise; the matrix stays as it was."""
    X = sp.csr_array(DENSE)
    assert X.has_canonical_format  # which SciPy remembers
    X.indices[1] = 0
    before = X.data.copy(), X.indices.copy(), X.indptr.copy()

    found = checked_csr(X)

    assert found[0, 0] == 3.0
    assert found.nnz == X.nnz - 1
    assert all(np.array_equal(a, b) for a, b in zip(before, (X.data, X.indices, X.indptr), strict=True))


def test_the_empty_ones() -> None:
    """A matrix without entries, rows or columns has nothing to refuse."""
    for shape in ((3, 4), (0, 4), (3, 0)):
        assert checked_csr(sp.csc_array(shape)).shape == shape
