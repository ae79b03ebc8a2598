"""Networks from and to PyTorch's nn.Sequential: by arrays, and, where PyTorch is installed, by its own modules."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, expit

from pellucid import MLPRegressor, Network
from pellucid.core import ACTIVATIONS
from pellucid.core.layers import NORMALIZATIONS
from pellucid.exceptions import DataError, ParameterError
from pellucid.exports import TorchSequential, from_torch, to_torch
from pellucid.exports.torch_sequential import MODULES

# PyTorch's own formulas, written from its documentation.
FORMULAS: dict[str, Any] = {
    "ReLU": lambda z: np.where(z > 0, z, 0),
    "Tanh": np.tanh,
    "Sigmoid": expit,
    "LeakyReLU": lambda z: np.where(z >= 0, z, 0.01 * z),
    "ELU": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "SELU": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * (np.exp(np.minimum(z, 0)) - 1)),
    "GELU": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "SiLU": lambda z: z * expit(z),
    "Softplus": lambda z: np.where(z > 20, z, np.log1p(np.exp(z))),
    "Mish": lambda z: z * np.tanh(np.log1p(np.exp(z))),
    "Softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
}  # fmt: skip
ACTIVE = [name for name, row in MODULES.items() if row.place == "activation"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def state_of(rng: np.random.Generator, *shapes: tuple[int, tuple[int, int]]) -> dict[str, Any]:
    """Return arrays of Linear modules at some places, in PyTorch's layout (n_out, n_in)."""
    return {
        f"{place}.{name}": array
        for place, (n_out, n_in) in shapes
        for name, array in (("weight", rng.normal(size=(n_out, n_in))), ("bias", rng.normal(size=n_out)))
    }


@pytest.mark.parametrize("name", ACTIVE)
def test_a_row_of_names_with_arrays_predicts_what_the_formulas_say(
    name: str, rng: np.random.Generator
) -> None:
    """x Wᵀ + b, as PyTorch defines Linear; the weights are (n_out, n_in) there and (n_in, n_out) here."""
    state = state_of(rng, (0, (4, 3)), (2, (2, 4)))
    X = 3 * rng.normal(size=(6, 3))
    z = X @ state["0.weight"].T + state["0.bias"]
    last = name == "Softmax"

    if last:
        net = from_torch(["Linear", "Identity", "Linear", (name, {"dim": 1})], state)
        expected = FORMULAS[name](z @ state["2.weight"].T + state["2.bias"])
    else:
        net = from_torch(["Linear", name, "Linear"], state)
        expected = FORMULAS[name](z) @ state["2.weight"].T + state["2.bias"]

    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(net.weights[0], state["0.weight"].T)


def test_normalizations_by_their_formulas(rng: np.random.Generator) -> None:
    """Running statistics of the batch; mean and variance of the row; each with ε = 1e-5."""
    state = state_of(rng, (0, (4, 3)), (4, (5, 4)), (6, (1, 5)))
    state |= {
        "1.weight": rng.normal(size=4),
        "1.bias": rng.normal(size=4),
        "1.running_mean": rng.normal(size=4),
    }
    state |= {"1.running_var": rng.uniform(0.5, 2, 4), "1.num_batches_tracked": np.array(7)}
    state |= {"5.weight": rng.normal(size=5), "5.bias": rng.normal(size=5)}
    X = rng.normal(size=(6, 3))

    net = from_torch(
        ["Linear", "BatchNorm1d", "ReLU", ("Dropout", {"p": 0.25}), "Linear", "LayerNorm", "Linear"], state
    )
    z = X @ state["0.weight"].T + state["0.bias"]
    z = (z - state["1.running_mean"]) / np.sqrt(state["1.running_var"] + 1e-5) * state["1.weight"] + state[
        "1.bias"
    ]
    z = np.maximum(z, 0) @ state["4.weight"].T + state["4.bias"]
    z = (z - z.mean(axis=1, keepdims=True)) / np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
    z = (z * state["5.weight"] + state["5.bias"]) @ state["6.weight"].T + state["6.bias"]

    assert net.dropout == (0.25, 0.0)
    np.testing.assert_allclose(net.predict(X), z, rtol=1e-12)


def test_a_linear_without_biases_has_biases_of_zero(rng: np.random.Generator) -> None:
    weights = rng.normal(size=(2, 3))

    net = from_torch(["Linear"], {"0.weight": weights})

    assert not net.biases[0].any()
    np.testing.assert_allclose(net.predict(np.eye(3)), weights.T)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_precision_is_that_of_the_arrays(dtype: str, rng: np.random.Generator) -> None:
    state = {name: array.astype(dtype) for name, array in state_of(rng, (0, (1, 2))).items()}

    assert from_torch(["Linear"], state).dtype == dtype
    assert from_torch(["Linear"], state, dtype="float64").dtype == np.float64
    halves = {name: array.astype(np.float16) for name, array in state.items()}
    assert from_torch(["Linear"], halves).dtype == np.float32


def networks() -> list[Network]:
    """Return networks with each activation that PyTorch has, each normalization, and dropout."""
    made = [
        Network([3, 4, 2], activation=MODULES[name].ours, output_activation="softmax", random_state=1)
        for name in ACTIVE
        if name != "Softmax"
    ]
    for kind in NORMALIZATIONS:
        net = Network([3, 4, 5, 1], normalization=[kind, None], dropout=(0.0, 0.5), random_state=2)
        rng = np.random.default_rng(3)
        net.parameters[...] = rng.normal(size=net.parameters.shape)
        net.state[...] = rng.uniform(0.5, 2.0, size=net.state.shape)
        made.append(net)
    return [*made, Network([2, 1], output_activation="logistic", random_state=4, dtype="float32")]


@pytest.mark.parametrize("net", networks(), ids=repr)
def test_there_and_back_again(net: Network) -> None:
    """Every parameter and statistic, bit by bit, and the same architecture."""
    made = to_torch(net)
    again = from_torch(made)

    assert again.architecture == net.architecture
    assert again.dtype == net.dtype
    np.testing.assert_array_equal(again.parameters, net.parameters)
    np.testing.assert_array_equal(again.state, net.state)
    assert not any(np.shares_memory(array, net.parameters) for array in made.state.values())


def test_every_activation_and_normalization_has_its_module_or_a_reason() -> None:
    """A new row of our tables needs a module here, or a place among those that PyTorch lacks."""
    theirs = {row.ours for row in MODULES.values()}

    assert set(ACTIVATIONS) - theirs == {"identity", "step", "sign", "exp"}
    assert set(NORMALIZATIONS) <= theirs
    assert set(FORMULAS) == set(ACTIVE)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (["Linear", "Dropout", "ReLU", "Linear"], r"ReLU \(module 2\) must stand .* it stands after Dropout"),
        (["Linear", "ReLU", "BatchNorm1d", "Linear"], r"BatchNorm1d \(module 2\) must stand"),
        (["Linear", "ReLU", "Tanh", "Linear"], r"Tanh \(module 2\) must stand"),
        (["ReLU", "Linear"], r"ReLU \(module 0\) must stand .* it stands first"),
        (["Linear", "Conv1d", "Linear"], r"Conv1d \(module 1\) has no counterpart in a Network; these"),
        (["Linear", "LogSoftmax"], "use Softmax: a Network returns probabilities"),
        (["Linear", ("LeakyReLU", {"negative_slope": 0.2}), "Linear"], r"'negative_slope' .* be 0.01.*got 0.2"),
        (["Linear", ("GELU", {"approximate": "tanh"}), "Linear"], "'approximate' of GELU"),
        (["Linear", "ReLU", "Linear", "Dropout"], "the last block must be Linear and an activation"),
        ([], "'module' must have at least one Linear"),
        ("Linear", "'module' must be an nn.Sequential"),
        (None, "'module' must be an nn.Sequential"),
    ],
)  # fmt: skip
def test_a_module_without_an_equal_is_named(modules: Any, message: str, rng: np.random.Generator) -> None:
    """With the place where it stands."""
    rows = [row if isinstance(row, str) else row[0] for row in modules or ()]
    places = [i for i, row in enumerate(rows) if row == "Linear"] if not isinstance(modules, str) else []
    state = state_of(rng, *((place, (3, 3)) for place in places))
    if "BatchNorm1d" in rows:
        at = rows.index("BatchNorm1d")
        state |= {f"{at}.{name}": np.ones(3) for name in ("weight", "bias", "running_mean", "running_var")}

    with pytest.raises(ParameterError, match=message):
        from_torch(modules, state)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"0.weight": None}, r"the arrays of Linear \(module 0\) must include 'weight'; got \['bias'\]"),
        ({"0.weight": np.ones((3, 3, 1))}, r"must be of shape \(n_out, n_in\); got \(3, 3, 1\)"),
        ({"0.bias": np.ones(2)}, r"must be of shape \(3,\); got \(2,\)"),
        (
            {"2.weight": np.ones((1, 4))},
            r"Linear \(module 2\) must have 3 columns, one per output of Linear \(mod",
        ),
        ({"0.weight": np.full((3, 2), np.nan)}, "'0.weight' of 'state' must be finite"),
        ({"0.weight": [["a", "b"]]}, "'0.weight' of 'state' must be an array of numbers"),
        ({"4.weight": np.ones((1, 1))}, r"must hold arrays of the 3 modules only; got '4.weight' too"),
        ({"0.scale": np.ones(3)}, r"the arrays of Linear \(module 0\) must be .* got 'scale' too"),
        ({"1.weight": np.ones(3)}, r"the arrays of ReLU \(module 1\) must be .* got 'weight' too"),
    ],
)
def test_arrays_that_do_not_fit(changes: dict[str, Any], message: str, rng: np.random.Generator) -> None:
    state = state_of(rng, (0, (3, 2)), (2, (1, 3))) | changes
    state = {name: array for name, array in state.items() if array is not None}

    with pytest.raises(DataError, match=message):
        from_torch(["Linear", "ReLU", "Linear"], state)


def test_a_state_is_a_mapping() -> None:
    with pytest.raises(ParameterError, match="'state' must be a mapping"):
        from_torch(["Linear"])


def test_what_pytorch_lacks_is_named() -> None:
    with pytest.raises(ParameterError, match="it has residual connections and the activation 'sign'"):
        to_torch(Network([2, 2, 1], activation="sign", residual=True))
    with pytest.raises(ParameterError, match="For an estimator pass its network_"):
        to_torch(MLPRegressor())  # type: ignore[arg-type]


def test_without_pytorch_building_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)

    with pytest.raises(ParameterError, match="pip install torch"):
        to_torch(Network([2, 1])).build()


# ---- beside PyTorch itself -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")


@pytest.mark.parametrize("net", networks(), ids=repr)
def test_pytorch_predicts_the_same(net: Network, torch: Any, rng: np.random.Generator) -> None:
    """Built, run and read back; gradients of the mean loss too."""
    made = to_torch(net)
    module = made.build()
    X = rng.normal(size=(5, net.layer_sizes[0])).astype(net.dtype)
    tolerance = 1e-5 if net.dtype == np.float32 else 1e-12

    with torch.no_grad():
        theirs = module(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(theirs, net.predict(X), rtol=tolerance, atol=tolerance)

    again = from_torch(module)
    assert again.architecture == net.architecture
    np.testing.assert_array_equal(again.parameters, net.parameters)
    np.testing.assert_array_equal(again.state, net.state)
    built = eval(made.source(), {"nn": torch.nn})
    assert repr(built) == repr(module)


@pytest.mark.parametrize("seed", range(12))
def test_random_rows_of_modules(seed: int, torch: Any) -> None:
    """Nested, without biases, in half precision or in float64, in training mode."""
    nn, rng = torch.nn, np.random.default_rng(seed)
    torch.manual_seed(seed)
    sizes = rng.integers(1, 6, size=rng.integers(2, 5)).tolist()
    rows: list[Any] = []
    for n_in, n_out in pairwise(sizes[:-1]):
        rows.append(nn.Linear(n_in, n_out, bias=bool(rng.random() < 0.7)))
        norm = rng.choice(["", "BatchNorm1d", "LayerNorm"])
        rows += [getattr(nn, norm)(n_out)] if norm else []
        active = str(rng.choice([*(name for name in ACTIVE if name != "Softmax"), "Identity"]))
        rows += [getattr(nn, active)()] + [nn.Dropout(0.3)] * (rng.random() < 0.5)
    rows.append(nn.Linear(sizes[-2], sizes[-1]))
    module = nn.Sequential(nn.Sequential(*rows[: len(rows) // 2]), *rows[len(rows) // 2 :])
    module = module.double() if seed % 2 else module
    dtype = torch.float64 if seed % 2 else torch.float32
    for _ in range(3):  # moves the running statistics
        module(torch.randn(8, sizes[0], dtype=dtype))

    net = from_torch(module)
    X = torch.randn(5, sizes[0], dtype=dtype)
    with torch.no_grad():
        theirs = module.eval()(X).numpy()
    np.testing.assert_allclose(
        net.predict(X.numpy()), theirs, rtol=2e-5, atol=2e-5 if dtype == torch.float32 else 1e-11
    )
    halves = from_torch(module.bfloat16())
    assert halves.dtype == np.float32


def test_modules_that_do_more_than_they_show(torch: Any) -> None:
    """Hooks, subclasses and other modules have no equal."""
    nn = torch.nn

    class Linear(nn.Linear):
        def forward(self, x: Any) -> Any:
            return 2 * super().forward(x)

    hooked = nn.Linear(2, 1)
    hooked.register_forward_hook(lambda *_: None)
    with pytest.raises(ParameterError, match="has hooks"):
        from_torch(nn.Sequential(hooked))
    with pytest.raises(ParameterError, match=r"Linear .* has no counterpart in a Network"):
        from_torch(nn.Sequential(Linear(2, 1)))
    with pytest.raises(ParameterError, match=r"Flatten .* has no counterpart in a Network"):
        from_torch(nn.Sequential(nn.Flatten(), nn.Linear(2, 1)))
    with pytest.raises(ParameterError, match="'eps' of BatchNorm1d"):
        from_torch(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, eps=1e-3), nn.Linear(2, 1)))


def test_the_gradients_agree(torch: Any, rng: np.random.Generator) -> None:
    """PyTorch's autograd and ours, of the mean squared error."""
    net = Network([3, 4, 2], activation="gelu", random_state=0)
    module = to_torch(net).build()
    X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))

    loss = ((module(torch.from_numpy(X)) - torch.from_numpy(Y)) ** 2).sum(dim=1).mean() / 2
    loss.backward()
    found = net.gradients(X, Y, loss="squared_error")

    np.testing.assert_allclose(module[0].weight.grad.numpy().T, found.weights[0], rtol=1e-12)
    np.testing.assert_allclose(module[2].bias.grad.numpy(), found.biases[1], rtol=1e-12)
    assert isinstance(to_torch(net), TorchSequential)
