"""Save and load: the same network, the same estimator, the same predictions; no training data in the file."""

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn.neural_network
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import pellucid
from pellucid import MLPClassifier, MLPRegressor, Network, Perceptron, TabularClassifier, load, save
from pellucid.core import ACTIVATIONS, INITIALIZERS, Activation, Initializer, Loss, get_initializer, get_loss
from pellucid.core.layers import NORMALIZATIONS, Lookup, Periodic, Scale
from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.persistence import read_header
from persistence.forgery import assert_same_estimator, assert_same_network, same
from persistence.small_models import quick, table
from strategies import layer_sizes, randomize

X, CLASSES = table()
Y = CLASSES.astype(float)


def through(model: Any, folder: Path, **options: Any) -> Any:
    """Save and load."""
    save(model, folder / "model")
    return load(folder / "model", **options)


def forget_time(model: Any) -> None:
    """Set what a clock measured to 0."""
    for row in model.history_:
        row["seconds"] = 0.0


# ---- networks -----------------------------------------------------------------------------------------------


@given(
    sizes=layer_sizes(),
    dtype=st.sampled_from(["float32", "float64"]),
    output=st.sampled_from(["identity", "logistic", "exp"]),
    data=st.data(),
)
def test_any_network_comes_back(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], dtype: str, output: str, data: st.DataObject
) -> None:
    """Every option of every block, every parameter and statistic, and every prediction is the same."""
    n_hidden = len(sizes) - 2
    hidden = [name for name, row in ACTIVATIONS.items() if row.pullback is None]

    def per_block(values: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(values, min_size=n_hidden, max_size=n_hidden))

    net = Network(
        sizes,
        activation=per_block(st.sampled_from(hidden)),
        output_activation=output,
        dropout=per_block(st.sampled_from([0.0, 0.1, 0.999])),
        normalization=per_block(st.sampled_from([None, *NORMALIZATIONS])),
        residual=[
            kind if kind is not True or sizes[k] == sizes[k + 1] else False
            for k, kind in enumerate(per_block(st.sampled_from([False, True, "activation"])))
        ],
        dtype=dtype,
    )
    rng = np.random.default_rng(0)
    randomize(net, rng)
    back = through(net, tmp_path_factory.getbasetemp())
    inputs = rng.normal(size=(5, sizes[0]))

    assert_same_network(net, back)
    np.testing.assert_array_equal(back.predict(inputs), net.predict(inputs))


TABLE: dict[str, list[Any]] = {
    "lookup": [Lookup(1, (3, 2), 4)],
    "periodic": [Periodic(2, 1, 5, 3, scale=0.25)],
    "scale": [Scale(3)],
    "all": [Lookup(1, (3, 2), 2), Periodic(1, 4), Scale(8)],
}


def table_network(kind: str) -> Network:
    """Return a network of a number and two codes with these input layers."""
    layers = TABLE[kind]
    options = {"parametric": kind == "all", "parametrization": "ntk" if kind != "scale" else "standard"}
    net = Network(
        [3, 4, 2], input_layers=layers, activation="mish", random_state=0, dtype="float32", **options
    )
    return randomize(net, np.random.default_rng(1))


ROWS = np.array([[0.3, 2.0, 1.0], [-1.0, 0.0, 1.0], [0.5, 1.0, 0.0]])


@pytest.mark.parametrize("kind", TABLE)
def test_a_network_of_a_table_comes_back(tmp_path: Path, kind: str) -> None:
    """Input layers, parametric activations and rates are in the file; copies and pickles have them too."""
    net = table_network(kind)
    for back in (through(net, tmp_path), net.copy(), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert_same_network(net, back)
        assert back.rate_groups == net.rate_groups
        np.testing.assert_array_equal(back.predict(ROWS), net.predict(ROWS))
        back.parameters[...] = 0.0
        assert net.parameters.all()


def test_members_that_share_weights_come_back(tmp_path: Path) -> None:
    """The number of members is in the file, and in copies and pickles."""
    net = Network([3, 4, 2], input_layers=TABLE["all"], n_members=3, dtype="float32", dropout=0.1)
    randomize(net, np.random.default_rng(1))
    for back in (through(net, tmp_path), net.copy(), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert_same_network(net, back)
        np.testing.assert_array_equal(back.predict_members(ROWS), net.predict_members(ROWS))
    assert read_header(tmp_path / "model")["network"]["n_members"] == 3


def test_a_header_says_which_input_layers_there_are(tmp_path: Path) -> None:
    """Only where there are any: the file of another network holds the fields that it always held."""
    save(table_network("all"), tmp_path / "model")
    found = read_header(tmp_path / "model")["network"]
    save(Network([3, 2]), tmp_path / "plain")

    assert found["parametric"] is True
    assert found["parametrization"] == "ntk"
    assert found["input_layers"] == [
        ["Lookup", {"n_plain": 1, "n_codes": [3, 2], "width": 2}],
        ["Periodic", {"n_numeric": 1, "n_plain": 4, "n_frequencies": 16, "width": 4, "scale": 0.1}],
        ["Scale", {"n_in": 8}],
    ]
    assert set(read_header(tmp_path / "plain")["network"]) == {
        "layer_sizes", "activation", "output_activation", "dropout", "batch_norm", "residual", "dtype",
    }  # fmt: skip


def test_an_input_layer_of_ones_own_is_refused(tmp_path: Path) -> None:
    """A file holds no code; another class of the same name is another layer."""
    own = type("Scale", (Scale,), {})
    with pytest.raises(
        ParameterError, match=r"cannot be saved: .*\['Lookup', 'Periodic', 'Scale', 'Unclip'\], no code"
    ):
        save(Network([3, 2], input_layers=[own(3)]), tmp_path / "model")


def test_a_loss_with_an_option_per_output_comes_back(tmp_path: Path) -> None:
    """The levels of several quantiles are a tuple there and back."""
    loss = get_loss("quantile", level=(0.1, 0.9))
    model = quick(MLPRegressor((3,), loss=loss, max_iter=2, random_state=0), X, np.column_stack([Y, Y]))

    assert through(model, tmp_path).loss.options == {"level": (0.1, 0.9)}


def test_the_parameters_of_a_loaded_network_are_its_own(network_file: Path) -> None:
    """The views of a loaded network write into its flat vector, and two loads share nothing."""
    first, second = load(network_file), load(network_file)
    first.weights[0][...] = 7.0
    first.state[...] = 3.0

    assert (first.parameters == 7.0).sum() == first.weights[0].size
    assert not (second.parameters == 7.0).any()
    assert not (second.state == 3.0).any()


def test_odd_numbers_come_back(tmp_path: Path) -> None:
    """The largest numbers, -0 and the smallest number survive, bit for bit."""
    net = Network([4, 1])
    largest = np.finfo(float).max
    net.parameters[...] = [np.nextafter(0.0, -1.0), largest, -largest, -0.0, 5e-324]

    assert through(net, tmp_path).parameters.tobytes() == net.parameters.tobytes()


def test_softmax_comes_back(tmp_path: Path) -> None:
    """A network of classes without a hidden layer is the same after loading."""
    net = Network([3, 2], output_activation="softmax", random_state=0)

    assert_same_network(net, through(net, tmp_path))


# ---- estimators: what was fitted ----------------------------------------------------------------------------


@pytest.mark.smoke
def test_a_classifier_with_everything_on_comes_back(classifier: MLPClassifier, tmp_path: Path) -> None:
    """Parameters, attributes, training state and probabilities are the same."""
    back = through(classifier, tmp_path)

    assert_same_estimator(classifier, back)
    np.testing.assert_array_equal(back.predict(X), classifier.predict(X))
    np.testing.assert_array_equal(back.predict_proba(X), classifier.predict_proba(X))
    np.testing.assert_array_equal(back.transform(X), classifier.transform(X))
    assert back.history_ == classifier.history_
    assert back.validation_scores_ == classifier.validation_scores_


@pytest.mark.smoke
def test_a_regressor_with_everything_on_comes_back(regressor: MLPRegressor, tmp_path: Path) -> None:
    """Parameters, attributes, training state and predictions are the same."""
    back = through(regressor, tmp_path)

    assert_same_estimator(regressor, back)
    assert back.target_mean_ is not None
    np.testing.assert_array_equal(back.predict(X), regressor.predict(X))


NAMES = np.array(["no", "perhaps", "yes"])


@pytest.mark.parametrize(
    "y",
    [
        CLASSES.astype(np.int8),
        CLASSES.astype(np.uint64) + np.uint64(2**60),
        CLASSES - 1,
        CLASSES > 0,
        CLASSES.astype(np.float64),
        CLASSES.astype(np.float32),
        NAMES[CLASSES],
        NAMES[CLASSES].astype(object),
        np.array(["\u2603", "a,b", ""])[CLASSES],
        np.array(["2024-02-29", "1969-12-31", "2024-01-01"], "M8[D]")[CLASSES],
        np.array([1, 2**62, -(2**62)], ">M8[ns]")[CLASSES],
        np.array([5, 90, -3], "m8[s]")[CLASSES],
        np.eye(3, dtype=int)[CLASSES] + np.eye(3, dtype=int)[(CLASSES + 1) % 3],
        scipy.sparse.csr_array(np.eye(3, dtype=int)[CLASSES] + np.eye(3, dtype=int)[(CLASSES + 1) % 3]),
    ],
    ids=["int8", "uint64", "negative", "bool", "float64", "float32", "text", "object", "odd text",
         "days", "swapped times", "durations",
         "labels", "sparse labels"],
)  # fmt: skip
def test_classes_of_every_kind_come_back(y: Any, tmp_path: Path) -> None:
    """Classes and predictions keep dtype and values, and probabilities their order."""
    model = quick(MLPClassifier((4,), max_iter=3, random_state=0), X, y)
    back = through(model, tmp_path)

    assert_same_estimator(model, back)
    assert same(model.predict(X), back.predict(X))
    np.testing.assert_array_equal(model.predict_proba(X), back.predict_proba(X))


def test_announced_classes_come_back(tmp_path: Path) -> None:
    """A classifier that met two of its four classes so far goes on with all four."""
    model = MLPClassifier((4,), random_state=0).partial_fit(X, CLASSES % 2, classes=[0, 1, 2, 3])
    back = through(model, tmp_path)

    assert back.predict_proba(X).shape == (len(X), 4)
    for m in (model, back):
        m.partial_fit(X, CLASSES)
        forget_time(m)
    assert_same_estimator(model, back)


@pytest.mark.parametrize(
    ("options", "y"),
    [
        ({"loss": "poisson"}, Y),
        ({"loss": "poisson", "standardize": True}, Y),
        ({"standardize": True}, np.stack([Y, 2.0 * Y], axis=1)),
        ({"loss": "quantile", "quantile": 0.9}, Y),
        ({"solver": "lbfgs", "dtype": "float64"}, Y),
        ({"solver": "sgd", "hidden_layer_sizes": ()}, Y),
        ({"dtype": np.float64, "activation": ["tanh", "elu"], "hidden_layer_sizes": (4, 4)}, Y),
        ({"residual": [False, "activation"], "hidden_layer_sizes": [4, 4], "batch_norm": [True, False]}, Y),
    ],
    ids=["poisson", "poisson standardized", "two outputs", "quantile", "lbfgs", "no hidden layer", "float64",
         "residual"],
)  # fmt: skip
def test_regressors_of_every_kind_come_back(options: dict[str, Any], y: Any, tmp_path: Path) -> None:
    """The parameters, what was fitted and the predictions are the same."""
    model = quick(
        MLPRegressor(**{"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, **options}), X, y
    )
    back = through(model, tmp_path)

    assert_same_estimator(model, back)
    np.testing.assert_array_equal(back.predict(X), model.predict(X))


def test_feature_names_come_back(tmp_path: Path) -> None:
    """Names of columns are the same, and a table with others is refused as before."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b c", "\u2603"])
    model = quick(MLPClassifier((4,), max_iter=2, random_state=0), frame, CLASSES)
    back = through(model, tmp_path)

    assert same(back.feature_names_in_, model.feature_names_in_)
    with pytest.raises(ValueError, match="feature names"):
        back.predict(frame.rename(columns={"a": "z"}))


def test_nan_in_the_history_comes_back(classifier: MLPClassifier, tmp_path: Path) -> None:
    """A history may hold NaN, infinity and None."""
    classifier.history_[1]["validation_score"] = np.float64("nan")
    classifier.history_[1]["gradient_norm"] = float("inf")
    classifier.history_[2]["validation_loss"] = None

    assert same(through(classifier, tmp_path).history_, classifier.history_)


@pytest.mark.parametrize("kind", ["MLPClassifier", "MLPRegressor"])
def test_a_model_from_sklearn_comes_back(kind: str, tmp_path: Path) -> None:
    """A converted model has no training state; it predicts, and goes on training, after loading."""
    theirs = quick(
        getattr(sklearn.neural_network, kind)(hidden_layer_sizes=(4,), max_iter=3, random_state=0), X, CLASSES
    )
    model = getattr(pellucid, kind).from_sklearn(theirs)
    back = through(model, tmp_path)

    assert_same_estimator(model, back)
    np.testing.assert_array_equal(back.predict(X), theirs.predict(X))
    goes_on = [m.set_params(warm_start=True) for m in (model, back)]
    np.testing.assert_array_equal(*(quick(m, X, CLASSES).network_.parameters for m in goes_on))


# ---- estimators: parameters ---------------------------------------------------------------------------------


def half_used() -> np.random.RandomState:
    """Return a RandomState that holds the second normal of a pair."""
    state = np.random.RandomState(5)
    state.normal()
    return state


VALUES: dict[str, list[Any]] = {
    "hidden_layer_sizes": [(4,), [4, 3], 4, np.int64(4), np.array([4, 3]), (), np.array(4)],
    "activation": ["gelu", ["relu"], ("relu", "tanh"), ACTIVATIONS["elu"], [ACTIVATIONS["elu"], "relu"]],
    "output_activation": [None, "logistic", ACTIVATIONS["softmax"]],
    "loss": [
        get_loss("squared_error"),
        get_loss("huber", delta=2.0),
        get_loss("quantile", level=np.float64(0.25)),
    ],
    "solver_options": [None, {}, {"decay": 0.9}, {"decay": np.float32(0.9)}],
    "schedule_options": [None, {"every": 10, "factor": 0.5}, {"every": np.float64("inf")}],
    "alpha": [0.0, -0.0, 0.1 + 0.2, 5e-324, 1.7e308, 1, np.float32(0.1), np.float16(0.5)],
    "n_iter_no_change": [5, float("inf"), np.float32("inf")],
    "random_state": [
        None,
        0,
        np.int64(7),
        2**32 - 1,
        half_used(),
        *(np.random.Generator(kind(3)) for kind in (np.random.PCG64, np.random.MT19937, np.random.Philox)),
    ],
    "class_weight": [
        None,
        "balanced",
        {0: 1, 1: 2.5},
        {"a": 1.0, "b": 2.0},
        {True: 1.0, False: 2.0},
        {np.int64(1): np.float32(2.0), np.int64(0): 1},
        {1.5: 2.0, -1.0: 1.0},
        [{0: 1.0}, {1: 2.0}],
    ],
    "dropout": [0.0, [0.1, 0.2], (0.1,), np.float64(0.3), np.array([0.1])],
    "batch_norm": [True, np.bool_(True), [True, False]],
    "normalization": [None, *NORMALIZATIONS, [None, "batch_norm"]],
    "residual": [True, "activation", [False, "activation"]],
    "initializer": [
        "he_normal",
        ("uniform", 0.5),
        ["uniform", 0.5],
        INITIALIZERS["orthogonal"],
        get_initializer(("normal", 0.3)),
    ],
    "scoring": [None, "loss", "accuracy"],
    "dtype": [None, "float64", np.float32, np.dtype("float64"), float],
    "verbose": [True, 0, "progress"],
    "max_grad_norm": [None, 1.0],
    "label_smoothing": [np.float64(0.1)],
    "n_threads": [2],
    "batch_size": [16],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"{name} {i}")
        for name, row in VALUES.items()
        for i, value in enumerate(row)
    ],
)
def test_a_parameter_comes_back(name: str, value: Any, classifier: MLPClassifier, tmp_path: Path) -> None:
    """Whatever a parameter was set to, ``get_params`` says the same after loading, and so does the header."""
    back = through(classifier.set_params(**{name: value}), tmp_path).get_params()[name]

    assert same(back, value), f"{value!r} became {back!r}"
    assert name in read_header(tmp_path / "model")["parameters"]


def test_a_generator_goes_on(tmp_path: Path) -> None:
    """A cold fit after loading draws what it would have drawn without saving."""
    model = quick(MLPClassifier((4,), max_iter=2, random_state=np.random.default_rng(3)), X, CLASSES)
    back = through(model, tmp_path)

    np.testing.assert_array_equal(*(quick(m, X, CLASSES).network_.parameters for m in (model, back)))


def test_a_generator_goes_on_after_a_warm_start(tmp_path: Path) -> None:
    """A warm start, and a cold one after it, draw what they would have drawn without saving."""
    model = quick(MLPClassifier((4,), max_iter=2, random_state=np.random.default_rng(3)), X, CLASSES)
    back = through(model, tmp_path)

    for m in (model, back):
        quick(m.set_params(warm_start=True), X, CLASSES)
        quick(m.set_params(warm_start=False), X, CLASSES)
    np.testing.assert_array_equal(model.network_.parameters, back.network_.parameters)


# ---- one's own functions ------------------------------------------------------------------------------------

CUBE = Activation("cube", lambda z: z * z * z, lambda z, a: 3.0 * z * z)
MINE = Loss("mine", get_loss("squared_error").forms, ("identity",))
HALF = Initializer("half", lambda rng, n, m, activation, scale: (np.full((n, m), scale), np.zeros(m)), 0.5)


def test_an_own_activation_is_saved_by_name(tmp_path: Path) -> None:
    """A network with an activation of one's own loads with ``custom`` and says so without it."""
    net = Network([2, 3, 1], activation=CUBE, output_activation=CUBE, random_state=0)
    save(net, tmp_path / "net")

    with pytest.raises(ModelFileError, match=r"cube.*load\(path, custom=\{'cube'"):
        load(tmp_path / "net")
    with pytest.raises(ModelFileError, match="cube"):
        load(tmp_path / "net", custom={"square": CUBE})
    back = load(tmp_path / "net", custom={"cube": CUBE})
    assert back.activation == (CUBE,)
    np.testing.assert_array_equal(back.predict(np.ones((1, 2))), net.predict(np.ones((1, 2))))


@pytest.mark.parametrize(
    ("options", "custom"),
    [
        ({"activation": CUBE}, {"cube": CUBE}),
        ({"activation": [CUBE, "relu"], "hidden_layer_sizes": (4, 3)}, {"cube": CUBE}),
        ({"loss": MINE}, {"mine": MINE}),
        ({"initializer": HALF}, {"half": HALF}),
        ({"activation": CUBE, "loss": MINE, "initializer": HALF}, {"cube": CUBE, "mine": MINE, "half": HALF}),
    ],
    ids=["activation", "one of two", "loss", "initializer", "all"],
)
def test_own_rows_of_an_estimator(options: dict[str, Any], custom: dict[str, Any], tmp_path: Path) -> None:
    """Each loads with ``custom``; what is missing there is named, with what to write; the header shows names."""
    model = quick(
        MLPRegressor(**{"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0, **options}), X, Y
    )
    back = through(model, tmp_path, custom=custom)

    assert_same_estimator(model, back)
    for name in custom:
        others = {key: row for key, row in custom.items() if key != name}
        with pytest.raises(ModelFileError, match=rf"load\(path, custom=\{{'{name}'"):
            load(tmp_path / "model", custom=others)
    parameters = read_header(tmp_path / "model")["parameters"]
    assert all(name in str(parameters) for name in custom)


@pytest.mark.parametrize(
    "wrong", [lambda z: z, "relu", MINE, None], ids=["function", "name", "a loss", "None"]
)
def test_custom_of_the_wrong_kind_is_refused(wrong: Any, tmp_path: Path) -> None:
    """Entries of ``custom`` must be what the file asks for; the error names them."""
    save(Network([2, 3, 1], activation=CUBE), tmp_path / "net")

    with pytest.raises((ParameterError, ModelFileError), match="cube"):
        load(tmp_path / "net", custom={"cube": wrong})


def test_an_impostor_is_never_loaded_as_the_real_one(tmp_path: Path) -> None:
    """An activation of one's own that is called "relu" is refused, since another function would be loaded."""
    leaky = Activation(
        "relu", lambda z: np.where(z > 0.0, z, 0.3 * z), lambda z, a: np.where(z > 0.0, 1.0, 0.3)
    )
    net = Network([2, 3, 1], activation=leaky, random_state=0)
    with pytest.raises(ParameterError, match="relu"):
        save(net, tmp_path / "net")
    assert os.listdir(tmp_path) == []


def test_a_cloned_row_is_no_impostor(classifier: MLPClassifier, tmp_path: Path) -> None:
    """``clone`` copies Activation, Loss and Initializer objects; a copy is saved as what it is a copy of."""
    rows = {
        "activation": ACTIVATIONS["tanh"],
        "loss": get_loss("log_loss"),
        "initializer": INITIALIZERS["sklearn"],
    }
    model = quick(clone(MLPClassifier((4,), max_iter=2, random_state=0, **rows)), X, CLASSES)

    assert_same_estimator(model, through(model, tmp_path))


# ---- what cannot be saved -----------------------------------------------------------------------------------


def score(estimator: Any, X: Any, y: Any) -> float:
    """Return a constant."""
    return 0.5


@pytest.mark.parametrize(("name", "value"), [("scoring", score), ("random_state", object()), ("alpha", 1j)])
def test_a_parameter_that_cannot_be_saved(
    classifier: MLPClassifier, tmp_path: Path, name: str, value: Any
) -> None:
    """It is named, with what to do, and the old file stays as it was, alone in its folder."""
    path = tmp_path / "model"
    save(classifier, path)
    before = path.read_bytes()

    with pytest.raises(ParameterError, match=rf"{name}=.*set_params\({name}=") as caught:
        save(classifier.set_params(**{name: value}), path)
    assert isinstance(caught.value, ValueError)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("notes", [{"a": object()}, {"deep": [{"b": len}]}], ids=["flat", "deep"])
def test_notes_that_cannot_be_saved(network: Network, tmp_path: Path, notes: dict[str, Any]) -> None:
    """They are refused by name and nothing is written."""
    with pytest.raises(ParameterError, match="notes"):
        save(network, tmp_path / "model", notes=notes)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("model", [MLPClassifier(), MLPRegressor()], ids=["classifier", "regressor"])
def test_an_unfitted_estimator(model: Any, tmp_path: Path) -> None:
    """It is refused as scikit-learn refuses it, and nothing is written."""
    with pytest.raises(NotFittedError, match="not fitted"):
        save(model, tmp_path / "model")
    assert os.listdir(tmp_path) == []


class Derived(Network):
    """A class of one's own."""


@pytest.mark.parametrize(
    ("model", "name"),
    [(Derived([1, 1]), "Derived"), (sklearn.neural_network.MLPClassifier(), "MLPClassifier"), (None, "NoneType"),
     ({"a": 1}, "dict"), (MLPClassifier, "type|ABCMeta")],
    ids=["subclass", "sklearn", "None", "dict", "class"],
)  # fmt: skip
def test_a_wrong_type(model: Any, name: str, tmp_path: Path) -> None:
    """Objects that are not models of ours, subclasses with code of their own among them, are refused by type."""
    with pytest.raises(ParameterError, match=name):
        save(model, tmp_path / "model")
    assert os.listdir(tmp_path) == []


# ---- what a loaded model can do -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_loaded_estimator_goes_on(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A warm start after loading equals one without, early stopping, dropout and batch norm on."""
    model = request.getfixturevalue(kind)
    back = through(model, tmp_path)

    for m in (model, back):
        quick(m.set_params(warm_start=True), X, CLASSES if kind == "classifier" else Y)
        forget_time(m)
    assert_same_estimator(model, back)


def test_going_on_without_any_improvement(tmp_path: Path) -> None:
    """A loaded model restores the best epoch from before it was saved if no later epoch is better."""
    options = {"early_stopping": True, "validation_fraction": 0.3, "random_state": 0, "max_iter": 3}
    model = quick(MLPClassifier((4,), **options), X, CLASSES)
    assert model.network_.state.size == 0
    model._training_state.best = 2.0
    best = model.network_.parameters.copy()
    back = quick(through(model, tmp_path).set_params(warm_start=True), X, CLASSES)

    np.testing.assert_array_equal(back.network_.parameters, best)
    assert len(back.history_) == 6


def test_a_loaded_estimator_is_pickled_cloned_and_copied(classifier_file: Path) -> None:
    """It is an estimator like any other: pickle, deepcopy and clone work, and cut no ties within it."""
    model = load(classifier_file)

    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert_same_estimator(model, twin)
        twin.coefs_[0][...] = 0.0
        assert not twin.network_.weights[0].any()
        assert model.network_.weights[0].any()
    params = clone(model).get_params()
    assert all(same(value, params[name]) for name, value in model.get_params().items())
    assert not hasattr(clone(model), "network_")


@pytest.mark.parametrize("kind", ["classifier", "regressor", "network"])
def test_saving_again_gives_the_same_bytes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A file is reproducible: save, save again, and load and save give the same bytes."""
    model = request.getfixturevalue(kind)
    files = []
    for k in range(8):
        save(model, tmp_path / f"{k}")
        files.append((tmp_path / f"{k}").read_bytes())
        model = load(tmp_path / f"{k}")

    assert all(len(file) == len(files[0]) for file in files)
    assert len(set(files)) == 1


def test_the_file_is_safetensors(classifier_file: Path, classifier: MLPClassifier) -> None:
    """Anyone's safetensors reader finds the tensors."""
    from safetensors.numpy import load_file

    tensors = load_file(classifier_file)

    np.testing.assert_array_equal(tensors["parameters"], classifier.network_.parameters)
    assert tensors["parameters"].dtype == np.float32


def test_paths(network: Network, tmp_path: Path) -> None:
    """A path is a str or a Path, with or without suffix, and is taken as it is."""
    for name in ("a", "b.safetensors", "c d\u2603.bin", "." + "x" * 200):
        save(network, str(tmp_path / name))
        assert_same_network(load(str(tmp_path / name)), load(tmp_path / name))
    assert len(os.listdir(tmp_path)) == 4


def test_the_longest_name_that_the_file_system_takes(network: Network, tmp_path: Path) -> None:
    """Any name that the file system accepts can be written; the temporary name is no longer than it."""
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    (tmp_path / ("x" * longest)).touch()

    save(network, tmp_path / ("x" * longest))
    assert_same_network(load(tmp_path / ("x" * longest)), network)


# ---- the header ---------------------------------------------------------------------------------------------


def test_read_header_of_an_estimator(classifier: MLPClassifier, tmp_path: Path) -> None:
    """It tells class, versions, notes, sizes, parameters, classes, names, history and epochs."""
    save(classifier, tmp_path / "model", notes={"who": "me", "n": (1, 2.5), "when": None})
    header = read_header(tmp_path / "model")

    assert header["class"] == "MLPClassifier"
    assert header["format_version"] == 1
    assert header["pellucid_version"] == pellucid.__version__
    assert header["notes"] == {"who": "me", "n": (1, 2.5), "when": None}
    assert header["network"]["layer_sizes"] == [3, 4, 4, 3]
    assert all(same(header["parameters"][name], value) for name, value in classifier.get_params().items())
    assert same(header["classes"], classifier.classes_)
    assert header["feature_names"] is None
    assert header["history"] == classifier.history_
    assert header["n_iter"] == 3
    assert "training" not in header


def test_read_header_of_a_network(network_file: Path) -> None:
    """It tells class, versions, sizes and options."""
    header = read_header(network_file)

    assert header["class"] == "Network"
    assert header["network"]["batch_norm"] == [True, True]
    assert header["notes"] == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("loss", get_loss("log_loss")), ("loss", MINE), ("activation", CUBE), ("activation", ACTIVATIONS["relu"]),
     ("initializer", HALF), ("initializer", INITIALIZERS["zeros"])],
    ids=["loss", "own loss", "own activation", "activation", "own initializer", "initializer"],
)  # fmt: skip
def test_read_header_needs_no_custom(
    classifier: MLPClassifier, tmp_path: Path, name: str, value: Any
) -> None:
    """Rows of tables, one's own included, show by their names."""
    save(classifier.set_params(**{name: value}), tmp_path / "model")

    assert value.name in str(read_header(tmp_path / "model")["parameters"][name])


# ---- no training data in the file ---------------------------------------------------------------------------


def test_the_file_holds_no_training_data(tmp_path: Path) -> None:
    """The size does not depend on the number of rows, and no row's numbers are in the file."""
    sizes = {}
    for n_rows in (60, 3000):
        inputs, classes = table(n_rows, 5)
        options = {"standardize": True, "early_stopping": True, "max_iter": 2, "random_state": 0}
        model = quick(MLPClassifier((4,), **options), inputs, classes)
        save(model, tmp_path / "model")
        data = (tmp_path / "model").read_bytes()
        sizes[n_rows] = len(data)
        assert not any(value.tobytes() in data for value in inputs[:, 0])
        assert not any(value.tobytes() in data for value in inputs[:, 0].astype(np.float32))
        assert not any(repr(value).encode() in data for value in inputs[:, 0].tolist())
    assert abs(sizes[60] - sizes[3000]) < 300


@pytest.mark.parametrize(("solver", "slots"), [("sgd", 1), ("adam", 2), ("lbfgs", 0)])
def test_the_size_of_a_file(solver: str, slots: int, tmp_path: Path) -> None:
    """A file holds parameters, the optimizer's slots and a header of a few kilobytes: nothing more."""
    model = quick(MLPRegressor((100, 100), solver=solver, max_iter=2, random_state=0), X, Y)
    save(model, tmp_path / "model")
    numbers = (1 + slots) * model.n_parameters_ * model.network_.dtype.itemsize

    assert numbers < (tmp_path / "model").stat().st_size < numbers + 6000


# ---- perceptrons, sparse labels, models by hand ----------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "classes", [CLASSES > 0, CLASSES, NAMES[CLASSES].astype(object)], ids=["two", "three", "text"]
)
@pytest.mark.parametrize("intercept", [True, False])
def test_a_perceptron_comes_back(classes: Any, intercept: bool, tmp_path: Path) -> None:
    """Every fitted attribute, every prediction and the parameters are the same."""
    model = Perceptron(max_iter=20, fit_intercept=intercept, random_state=0).fit(X, classes)
    back = through(model, tmp_path)

    fitted = [name for name in dir(model) if name.endswith("_") and not name.startswith("_")]
    assert {"coef_", "mistakes_", "bound_", "classes_"} <= set(fitted)
    for name in fitted:
        if name != "network_":
            assert same(getattr(model, name), getattr(back, name)), name
    assert_same_network(model.network_, back.network_)
    assert same(model.decision_function(X), back.decision_function(X))
    assert same(model.predict(X), back.predict(X))
    assert model.get_params() == back.get_params()
    assert back.fit(X, classes).n_iter_ == model.n_iter_


@pytest.mark.parametrize("kind", [MLPClassifier, TabularClassifier])
def test_sparse_labels_come_back_sparse(kind: Any, tmp_path: Path) -> None:
    """A loaded model gives labels back as sparse as the saved one."""
    labels = scipy.sparse.csr_array(np.eye(3, dtype=int)[CLASSES])
    model = quick(kind(hidden_layer_sizes=(4,), max_iter=3, random_state=0), X, labels)

    assert same(model.predict(X), through(model, tmp_path).predict(X))


@pytest.mark.parametrize("options", [{}, {"solver": "lbfgs"}, {"early_stopping": True}], ids=str)
def test_a_model_from_scikit_learn_comes_back(options: dict[str, Any], tmp_path: Path) -> None:
    """Its history is in the file, and training goes on from it."""
    theirs = quick(
        sklearn.neural_network.MLPClassifier((4,), max_iter=5, random_state=0, **options), X, CLASSES
    )
    ours = MLPClassifier.from_sklearn(theirs)
    back = through(ours, tmp_path)

    assert_same_estimator(ours, back)
    assert back.loss_curve_ == ours.loss_curve_
    assert back.loss_ == theirs.loss_
    quick(back.set_params(warm_start=True, max_iter=2), X, CLASSES)


def test_a_classifier_of_one_class_comes_back(tmp_path: Path) -> None:
    """It predicts its class."""
    model = quick(MLPClassifier((4,), max_iter=3, random_state=0), X, ["only"] * len(X))
    back = through(model, tmp_path)

    assert_same_estimator(model, back)
    assert set(back.predict(X)) == {"only"}
