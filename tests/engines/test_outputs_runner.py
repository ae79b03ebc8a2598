"""``outputs_runner``: the outputs of a network for many rows, in blocks and by several threads."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from threadpoolctl import threadpool_info

from pellucid import Network
from pellucid.core.layers import Lookup, Periodic, Scale
from pellucid.engines import outputs as outputs_module
from pellucid.engines import outputs_runner, sharing
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
    pytest.importorskip("numba")
    monkeypatch.setattr(sharing, "available", lambda: request.param)
    monkeypatch.setattr(outputs_module, "SPAN_WORK", 1)


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


@pytest.mark.thorough
@pytest.mark.few("plain", "members")
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


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_waves_of_huge_inputs_are_waves(dtype: str) -> None:
    """However large an input, a cosine of it lies between -1 and 1, as in the core."""
    net = Network((1, 3, 1), input_layers=[Periodic(1, scale=1.0)], dtype=dtype, random_state=0)
    X = np.array([[1e12], [1e20], [3e30]], dtype)
    net.weights[0][0] = 0.0  # the input itself would drown them

    outputs = outputs_runner(net)(X)

    assert np.isfinite(outputs).all()
    assert np.abs(outputs).max() < 100.0


def test_codes_that_float32_holds_just_so() -> None:
    """A code is not rounded on its way: from 2²³ on, a half more would be the next one, and behind the table."""
    last = 2**23 + 1
    net = Network((1, 1), input_layers=[Lookup(0, (last + 1,), 1)], dtype="float32", random_state=0)
    net.parameter_views(net.parameters)[0]["rows"][last - 1 :] = [[2.0], [3.0]]
    net.weights[0][...], net.biases[0][...] = 1.0, 0.0

    assert outputs_runner(net)(np.array([[last - 1], [last]], np.float32)).ravel().tolist() == [2.0, 3.0]


@pytest.mark.parametrize("kind", ["plain", "table"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bits_do_not_depend_on_the_threads(
    kind: str, dtype: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are cut into the same blocks, whoever works on them."""
    pytest.importorskip("numba")
    monkeypatch.setattr(outputs_module, "SPAN_WORK", 1)
    sizes = (4, 37, 29, 3)
    net, X = Network(sizes, dtype=dtype, random_state=0, **NETWORKS[kind]), rows(4001, rng).astype(dtype)
    found = []
    for n_threads in (1, 2, 3, 7):
        monkeypatch.setattr(sharing, "available", lambda n=n_threads: n)
        found.append(outputs_runner(net)(X))

    assert all(np.array_equal(found[0], other) for other in found[1:])


def test_a_row_predicts_the_same_alone_and_among_others(rng: np.random.Generator) -> None:
    net = Network([75, 128, 128, 3], activation="mish", dtype="float32", random_state=0)
    X = rng.normal(size=(531, 75)).astype("float32")
    run = outputs_runner(net)
    alone = np.concatenate([run(X[i : i + 1]) for i in range(40)])
    # Other kernels than those for AVX-512 compute the rows at the edge of a tile in another order.
    blas = {library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"}
    equal = {"rtol": 0.0, "atol": 0.0} if blas == {"SkylakeX"} else {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(run(X)[:40], alone, **equal)
    np.testing.assert_allclose(run(X)[-40:], run(X[-40:]), **equal)
