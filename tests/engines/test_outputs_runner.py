"""``outputs_runner``: the outputs of a network for many rows, in blocks and by several threads."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid import Network
from pellucid.core.layers import Lookup, Periodic, Scale
from pellucid.engines import outputs_runner
from pellucid.exceptions import DataError
from strategies import randomize

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "softmax": {"output_activation": "softmax"},
    "mixed": {"activation": ["gelu", "tanh"], "output_activation": "exp"},
    "dropout": {"dropout": 0.4},
    "batch_norm": {"batch_norm": True},
    "residual": {"layer_sizes": (4, 4, 4, 3), "residual": True, "dropout": 0.2},
    "table": {
        "input_layers": [Lookup(2, (3, 2), 2), Periodic(2, 4, 3, 3), Scale(10)],
        "parametric": True,
        "dropout": 0.2,
    },
    "members": {"n_members": 3, "output_activation": "softmax", "parametric": True, "dropout": 0.2},
    "members of a table": {"n_members": 2, "input_layers": [Lookup(2, (3, 2), 2), Periodic(2, 4, 3, 3)]},
    "no hidden block": {"layer_sizes": (4, 3)},
}


def rows(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return two numbers and two codes per row."""
    return np.column_stack([rng.normal(size=(n, 2)), rng.integers(0, [3, 2], (n, 2))])


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have that many threads."""
    rows_module = pytest.importorskip("pellucid.engines.compiled.rows")
    monkeypatch.setattr(rows_module, "available", lambda: request.param)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("n_rows", [0, 1, 511, 512, 513, 3000])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_the_outputs_are_those_of_the_network(
    kind: str, dtype: str, n_rows: int, rng: np.random.Generator
) -> None:
    """Whatever the blocks, the outputs are those of a prediction."""
    net = randomize(Network(**{"layer_sizes": (4, 5, 6, 3)} | NETWORKS[kind], dtype=dtype), rng)
    X = rows(n_rows, rng).astype(dtype)
    found = outputs_runner(net)(X)
    expected = net.predict(X)

    assert (found.shape, found.dtype) == ((n_rows, 3), np.dtype(dtype))
    limit = 1e-13 if dtype == "float64" else 3e-6
    np.testing.assert_allclose(found, expected, rtol=10 * limit, atol=limit)


@pytest.mark.parametrize("kind", ["plain", "members", "members of a table"])
def test_each_member(kind: str, rng: np.random.Generator) -> None:
    """The outputs of each, also of a network that is only one."""
    net, X = randomize(Network(**{"layer_sizes": (4, 5, 6, 3)} | NETWORKS[kind]), rng), rows(600, rng)

    np.testing.assert_allclose(
        outputs_runner(net, members=True)(X), net.predict_members(X), rtol=1e-12, atol=1e-13
    )


def test_it_reads_the_parameters_at_each_call(rng: np.random.Generator) -> None:
    """The network may be in training: no snapshot is made."""
    net, X = Network([4, 5, 1], random_state=0), rows(20, rng)
    run = outputs_runner(net)
    first = run(X)
    net.parameters *= 2.0

    np.testing.assert_allclose(run(X), net.predict(X), rtol=1e-12)
    assert not np.allclose(run(X), first)


@pytest.mark.parametrize("kind", ["table", "batch_norm"])
def test_a_code_without_a_row_is_refused(kind: str, rng: np.random.Generator) -> None:
    """No memory is read that is not the table's, compiled or not."""
    options = NETWORKS["table"] | NETWORKS[kind]
    run, X = outputs_runner(Network((4, 5, 6, 3), **options)), rows(5000, rng)
    for code in (-1.0, 2.0, 0.5, np.nan):
        X[4321, 3] = code
        with pytest.raises(DataError, match=r"is not a code: .* from 0 to 1"):
            run(X)


def test_sparse_rows(rng: np.random.Generator) -> None:
    """Sparse rows go block by block through the core."""
    net, X = Network([4, 5, 1], random_state=0), rows(30, rng)

    np.testing.assert_allclose(outputs_runner(net)(scipy.sparse.csr_array(X)), net.predict(X), rtol=1e-12)
