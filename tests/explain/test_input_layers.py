"""Traces through input layers and parametric activations: numbers, sentences, letters and pages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explain.test_trace import agrees
from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.core.layers import LAYERS, InputLayer, Lookup, Periodic, Scale, Unclip
from pellucid.core.layers.worked import Worked
from pellucid.core.single_member import single_member
from pellucid.engines import Problem, get_engine
from pellucid.exceptions import ParameterError
from pellucid.explain import NOTATIONS, Trace, trace
from pellucid.explain.calculation import after_step
from pellucid.explain.equations import as_text
from pellucid.explain.json_ import read_json
from pellucid.optimizers import OPTIMIZERS, get_schedule
from pellucid.training import Plan, TrainingState, train

LAYER_SETS: dict[str, list[InputLayer]] = {
    "table": [Lookup(2, (4, 3), 2), Periodic(2, 4, 3, 3), Scale(10)],
    "lookup": [Lookup(2, (4, 3), 1)],
    "periodic": [Periodic(4, 0, 2, 2)],
    "linear": [Lookup(2, (4, 3), 2), Unclip(2, 4)],
    "none": [],
}
X = np.column_stack([np.random.default_rng(2).normal(size=(4, 2)), [0, 1, 1, 3], [2, 0, 2, 2]])
Y = np.random.default_rng(3).normal(size=(4, 2))


def network(layers: str = "table", **options: Any) -> Network:
    options = {"activation": "mish", "parametric": True, "parametrization": "ntk"} | options
    net = Network([4, 3, 3, 2], input_layers=LAYER_SETS[layers], random_state=0, **options)
    net.parameters[...] += 0.3 * np.random.default_rng(1).normal(size=net.n_parameters)
    return net


def traced(n: int = 4, layers: str = "table", **options: Any) -> Trace:
    return trace(network(layers, **options), X[:n], Y[:n], learning_rate=0.01)


def named(t: Trace) -> Trace:
    """Return a trace with names such as an estimator for tables gives."""
    categories = (("unknown", "Oslo", "Rome", "Bonn"), ("<b>", "a", "x_{1}"))
    return replace(t, feature_names=("hour", "a_{0}", "city", "kind"), categories=categories)


# ---- numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", LAYER_SETS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"residual": True, "activation": "relu"},
        {"residual": "activation", "dropout": 0.3},
        {"normalization": "layer_norm", "parametric": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("training", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_trace_is_the_engines_and_that_of_differences(
    layers: str, options: dict[str, Any], training: bool
) -> None:
    given: dict[str, Any] = {"l2": 0.1, "training": training, "random_state": 7}
    t = trace(network(layers, **options), X, Y, sample_weight=[1.0, 2.0, 0.5, 3.0], **given)

    agrees(t, **given)
    assert t.after.loss == t.loss_after
    assert [len(t.input_layers), *map(len, t.finite_differences.inputs)] == [
        len(LAYER_SETS[layers]), *[4] * len(LAYER_SETS[layers]),
    ]  # fmt: skip


def test_a_table_network_by_hand() -> None:
    """Every array once more as a textbook has it, one sample and one column at a time, without the library."""
    t = traced()
    lookup, periodic, scale = (
        {name: parameter.value for name, parameter in layer.parameters.items()} for layer in t.input_layers
    )
    f, c, V, d = (periodic[name] for name in ("frequencies", "phases", "mixing", "offsets"))
    to_E, to_V, to_f, to_c = (np.zeros_like(each) for each in (lookup["rows"], V, f, c))
    to_s, to_alpha = np.zeros(10), np.zeros(3)
    W, b = t.blocks[0].weights.value, t.blocks[0].biases.value
    assert t.blocks[0].bending is not None
    alpha = t.blocks[0].bending.parameters["alpha"].value
    for i, x in enumerate(X):
        codes = [int(x[2]), 4 + int(x[3])]
        waves = [[np.cos(2 * np.pi * x[j] * f[j, q] + c[j, q]) for q in range(3)] for j in range(2)]
        features = []
        for j in range(2):
            features += [x[j], *(V[j] @ waves[j] + d[j])]
        features += [*lookup["rows"][codes[0]], *lookup["rows"][codes[1]]]
        np.testing.assert_allclose(t.input_layers[1].outputs[i], features, rtol=1e-12)
        a0 = np.array(features) * scale["factors"]
        np.testing.assert_allclose(t.blocks[0].inputs[i], a0, rtol=1e-12)
        z = a0 @ W + b
        mish = z * np.tanh(np.log1p(np.exp(z)))
        np.testing.assert_allclose(t.blocks[0].a[i], z + alpha * (mish - z), rtol=1e-12)
        to_alpha += (mish - z) * t.blocks[0].upstream[i]
        to_a0 = W @ t.blocks[0].delta[i]
        to_s += features * to_a0
        to_features = scale["factors"] * to_a0
        for k, row in enumerate(codes):
            to_E[row] += to_features[6 + 2 * k : 8 + 2 * k]
        for j in range(2):
            u = to_features[3 * j + 1 : 3 * j + 3]
            to_V[j] += np.outer(u, waves[j])
            angles = 2 * np.pi * x[j] * f[j] + c[j]
            to_angles = -np.sin(angles) * (u @ V[j])
            to_c[j] += to_angles
            to_f[j] += 2 * np.pi * x[j] * to_angles
            np.testing.assert_allclose(t.input_layers[1].values["angles"][i, j], angles, rtol=1e-12)
            to_x = to_features[3 * j] + 2 * np.pi * f[j] @ to_angles
            np.testing.assert_allclose(t.input_layers[0].delta[i, j], to_x, rtol=1e-10)
        assert (t.input_layers[0].delta[i, 2:] == 0.0).all()
    gradients = [
        (t.input_layers[0], "rows", to_E), (t.input_layers[1], "mixing", to_V),
        (t.input_layers[1], "phases", to_c),
        (t.input_layers[1], "frequencies", to_f), (t.input_layers[2], "factors", to_s),
        (t.blocks[0].bending, "alpha", to_alpha),
    ]  # fmt: skip
    for layer, name, expected in gradients:
        np.testing.assert_allclose(layer.parameters[name].gradient, expected, rtol=1e-10, err_msg=name)


def test_the_step_is_that_of_gradient_descent_in_training() -> None:
    """The rates of the NTK parametrization are those of a step of the reference engine."""
    net = network()
    t = trace(net, X, Y, learning_rate=0.01, loss="squared_error")
    objective = Objective(net.copy(), get_loss("squared_error").on(net.output_activation))
    problem = Problem(objective, X, Y, None, 4, OPTIMIZERS["sgd"])
    state = TrainingState(problem.optimizer.start(net.n_parameters), np.random.default_rng(0), horizon=1)
    train(problem, state, Plan(1, 0.01, get_schedule("constant"), patience=np.inf), get_engine("reference"))

    np.testing.assert_allclose(t.stepped, objective.network.parameters, rtol=1e-12)
    with_all_rates = net.parameters - 0.01 * t.gradient
    assert not np.allclose(t.stepped, with_all_rates, rtol=1e-9)
    assert "0.3162 in [b₀; W₀], η · 0.5774 in [b₁; W₁]" in as_text(t.document().steps[-1].remarks[0])
    assert traced(parametrization="standard").document().steps[-1].remarks == ()


def test_a_record_that_was_altered_does_not_replay() -> None:
    t = traced(2)
    for i, layer in enumerate(t.input_layers):
        for name in layer.values:
            values = dict(layer.values)
            values[name] = values[name] + 1.0
            layers = list(t.input_layers)
            layers[i] = replace(layer, values=values)
            with pytest.raises(Exception, match="does not replay"):
                replace(t, input_layers=tuple(layers)).replay()
    assert after_step(t).replay().max_error < 1e-12


def test_by_hand_every_result_is_rounded() -> None:
    t = traced(2, activation="tanh")
    paper = t.by_hand(2)

    assert paper.replay().max_error == 0.0
    assert 0.0 < abs(paper.loss - t.loss) < 0.1
    for layer in (*paper.input_layers, paper.blocks[0].bending):
        assert layer is not None
        given = ("x", *layer.trained) if layer.position == 0 else layer.trained
        for name, values in layer.values.items():
            if name not in given:
                np.testing.assert_allclose(100.0 * values, np.round(100.0 * values), atol=1e-9, err_msg=name)
    page = t.document(by_hand=2, differences=True)
    assert set(page.find("to_frequencies", 1).compared) == {"by hand", "finite difference"}
    assert set(page.find("angles", 1).compared) == {"by hand"}
    assert page.find("frequencies", 1).compared == {}


def test_a_shared_member_is_traced_as_it_is() -> None:
    net = Network([4, 3, 2], n_members=3, input_layers=LAYER_SETS["table"], parametric=True, random_state=0)
    members = [trace(net, X, Y, member=m) for m in range(3)]

    for t, outputs in zip(members, net.predict_members(X), strict=True):
        np.testing.assert_allclose(t.outputs, outputs, rtol=1e-12)
    mean = np.mean([t.input_layers[0].parameters["rows"].gradient for t in members], axis=0)
    whole = net.parameter_views(net.gradients(X, Y).flat)
    np.testing.assert_allclose(mean, whole[0]["rows"], rtol=1e-9, atol=1e-15)
    assert "member 1 of 3 that share weights" in members[1].remarks[0]
    with pytest.raises(ParameterError, match=r"'member' must be in 0\.\.2; got 3"):
        trace(net, X, Y, member=3)


# ---- sentences ------------------------------------------------------------------------------------------------

FUNCTIONS = {
    "cosine of angle": "np.cos", "sine of angle": "np.sin", "1/√max(1 − (x/3)², 10⁻⁴) of": "stretched",
}  # fmt: skip


def evaluated(line: str) -> float:
    """Return what a sentence comes to, before its last equals sign, by the words of its functions alone."""
    text = re.sub(r"'[^']*'", "", line).rsplit(" = ", 1)[0].replace("2π", repr(2 * np.pi))
    function = next((name for name in FUNCTIONS if text.startswith(name)), "")
    text = re.sub(r"number \d+ of", "", text.removeprefix(function)).replace("×", "*").replace("−", "-")
    number = eval(re.sub(r"(?<![\d.])[A-Za-z][A-Za-z]*", "", text))
    known = {
        "np.cos": np.cos,
        "np.sin": np.sin,
        "stretched": lambda x: 1.0 / np.sqrt(max(1.0 - x * x / 9.0, 1e-4)),
    }
    return float(known[FUNCTIONS[function]](number)) if function else number


@pytest.mark.parametrize("layers", ["table", "linear"])
def test_every_sentence_holds_its_calculation(layers: str) -> None:
    t = named(traced(2, layers))
    n_said = 0
    for i, layer in enumerate(t.input_layers):
        worked = t.network.layers[layer.position].worked()
        assert worked is not None
        whats = ["outputs", "upstream", "delta", *layer.trained, *(f"updated_{p}" for p in layer.trained)]
        inner = [
            name for name in worked.by_name if name not in ("y", "to_x") and name[3:] not in layer.trained
        ]
        for what in [*whats, *inner]:
            parameter = what.removeprefix("updated_")
            shape = (
                layer.values[parameter].shape
                if parameter in layer.trained
                else layer.values[
                    {"outputs": "y", "upstream": "to_y", "delta": "to_x"}.get(what, what)
                ].shape[1:]
            )
            place: dict[str, Any] = {} if parameter in layer.trained else {"sample": 1}
            for at in np.ndindex(*shape):
                said = t.explain(what, input_layer=i, index=at, precision="full", **place)
                lines = [
                    line.partition(": ")[2] if line.startswith("sample") else line
                    for line in said.text.split("\n")
                ]
                if "no sample has" in said.text or "has no derivative" in said.text:
                    assert said.value == 0.0
                    continue
                parts = lines[:-1] if lines[-1].startswith("sum over") else lines
                assert sum(map(evaluated, parts)) == pytest.approx(said.value, rel=1e-9, abs=1e-12), said.text
                n_said += 1
    assert n_said > 50


def test_sentences_of_a_parametric_activation() -> None:
    t = traced(1)
    for what in ("a", "slope", "alpha", "updated_alpha", "delta"):
        said = t.explain(what, block=0, column=1, precision="full")
        assert evaluated(said.text) == pytest.approx(said.value, rel=1e-9), said.text
    assert "unbent activation" in str(t.explain("a", block=0, column=1))
    assert str(t.explain("unbent", block=0, column=1)).startswith("mish of signal ")
    assert t.explain("updated", block=1, row=1, column=0).value == pytest.approx(
        t.after.network.weights[1][0, 0]
    )
    with pytest.raises(ParameterError, match="Block 2 has no parametric activation"):
        t.explain("alpha", block=2, column=0)


def test_names_stand_in_sentences_and_places() -> None:
    t = named(traced(2))

    assert "row 'city: Oslo'" in str(t.explain("outputs", input_layer=0, index="city (2)", sample=1))
    assert str(t.explain("rows", input_layer=0, index=("city: Oslo", "1"))).startswith("sample 1: upstream ")
    assert str(t.explain("rows", input_layer=0, index=("city: Rome", 0))) == "no sample has this code = 0.000"
    said = t.explain("frequencies", input_layer=1, index=("hour", 2), sample=None)
    assert "2π × input signal 'hour' " in str(said)
    assert "input signal 'city (1)' " in str(t.explain("W", block=0, row=7, column=0))
    doubled = t.explain("frequencies", input_layer=1, index=("hour", 2), notation="lfd")
    assert doubled.value == pytest.approx(2.0 * said.value)


@pytest.mark.parametrize(
    ("what", "place", "message"),
    [
        ("angles", {"input_layer": 3, "index": (0, 0)}, r"'input_layer' must lie in 0\.\.2; got 3"),
        ("angles", {"input_layer": 0, "index": (0, 0)}, "'quantity' of input layer 0 must be one of"),
        (
            "angles",
            {"input_layer": 1, "index": 0},
            "'index' of 'angles' must hold 2 of column and wave; got 0",
        ),
        ("angles", {"input_layer": 1, "index": (0, 3)}, r"must lie in 0\.\.2 for wave; got 3"),
        (
            "angles",
            {"input_layer": 1, "index": ("moon", 0)},
            "'index' must name one of .* for column; got 'moon'",
        ),
        (
            "angles",
            {"input_layer": 1, "index": (0, 0), "sample": 9},
            r"'sample' must lie in 0\.\.1 here; got 9",
        ),
        ("rows", {"input_layer": 0, "index": (0, 0), "sample": 0}, "'sample' must be left out"),
        (
            "rows",
            {"input_layer": 0, "index": (0, 0), "block": 0},
            "'block' must be left out for an input layer",
        ),
        ("rows", {"index": (0, 0)}, r"'input_layer' must lie in 0\.\.2; got None"),
    ],
)
def test_a_place_that_is_none_is_told(what: str, place: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        traced(2).explain(what, **place)


@pytest.mark.parametrize(
    ("names", "what", "layer", "index", "message"),
    [
        (
            ("hour", "hour", "city", "kind"), "outputs", 0, "hour",
            "'index' is ambiguous: 'hour' names outputs 0 and 1. Give one of these numbers.",
        ),
        (
            ("1", "a", "city", "kind"), "frequencies", 1, (1, 0),
            "'index' is ambiguous: 1 is a place, and the name of column 0. Give a name: '1' or 'a'.",
        ),
        (
            ("hour", "day", "city", "kind: a"), "rows", 0, ("kind: a: b", 0),
            "'index' is ambiguous: 'kind: a: b' names rows 4 and 6. Give one of these numbers.",
        ),
    ],
    ids=["two columns", "a number as a name", "two categories"],
)  # fmt: skip
def test_a_place_with_two_meanings_is_refused(
    names: tuple[str, ...], what: str, layer: int, index: Any, message: str
) -> None:
    categories = (("unknown", "Oslo", "Rome", "Bonn"), ("b", "c", "b"))
    t = replace(traced(2), feature_names=names, categories=categories)

    with pytest.raises(ParameterError, match=re.escape(message)):
        t.explain(what, input_layer=layer, index=index)


def test_a_number_that_means_the_same_as_a_name_is_taken() -> None:
    """Columns called 0, 1, ... in their order; numbers that are counted from 1 are no names."""
    t = replace(named(traced(2)), feature_names=("0", "1", "city", "kind"))

    assert str(t.explain("frequencies", input_layer=1, index=(1, 2))) == str(
        t.explain("frequencies", input_layer=1, index=("1", "3"))
    )


@pytest.mark.parametrize("x", [2.9, 2.97, 2.99, 2.999, 2.9997, 2.9999, 3.0, -2.9995])
@pytest.mark.parametrize("options", [{}, {"normalization": "batch_norm"}], ids=str)
def test_differences_leave_out_cells_where_the_clip_is_too_steep(x: float, options: dict[str, Any]) -> None:
    """Towards the bound of the encoder a cell of the table is stretched without limit, up to 100 times."""
    rows, training = X.copy(), "normalization" in options
    rows[0, 0] = x
    t = trace(network("linear", **options), rows, Y, training=training)
    found = t.finite_differences
    assert found.max_error < 1e-6
    skipped = np.isnan(found.inputs[1])
    assert skipped[0, 0] == (abs(x) > 2.95)
    assert not skipped[1:].any()


# ---- pages ----------------------------------------------------------------------------------------------------


def test_no_letter_of_the_tables_means_two_things() -> None:
    """In no notation: of the layers, of what stands beside a block, of the notation itself."""
    for notation in NOTATIONS.values():
        shown = [worked for row in LAYERS.values() if (worked := row.example.worked()) is not None]
        layers = [letter for worked in shown for letter in letters_in(worked, notation.letters)]
        beside = {template[0] for template in notation.templates.values()}
        letters = [*layers, *beside, *notation.taken - {"y"}, "y", "ℓ", "Ω"]
        alphas = [letter for letter in layers if letter == notation.templates["alpha"][0]]
        assert len(letters) - len(alphas) == len(set(letters)), notation.name


def letters_in(worked: Worked, others: Mapping[str, str]) -> list[str]:
    own = [*(parameter.letter for parameter in worked.parameters.values()), *worked.symbols.values()]
    return [others.get(letter, letter) for letter in own]


def test_letters_of_equations_are_declared() -> None:
    """A letter that a notation could not replace stands in no equation of a layer."""
    for name, row in LAYERS.items():
        worked = row.example.worked()
        for quantity in () if worked is None else (*worked.forward, *worked.backward):
            for text in (quantity.letter, quantity.equation):
                bare = re.sub(r"\$\{?[A-Za-z_]+\}?|[A-Za-z]{2,}|\^\{T\}", "", text)
                assert re.findall(r"[^\W\d_]", bare.replace("π", "")) == [], (name, text)


def two_scales() -> Network:
    return single_member(network("table", n_members=2), 1)


@pytest.mark.parametrize(
    ("make", "training"),
    [
        (lambda: network("table", normalization="batch_norm"), True),
        (lambda: network("table", residual=True, dropout=0.3), True),
        (lambda: network("linear"), False),
        (two_scales, False),
    ],
    ids=["normalization", "dropout", "linear", "two scales"],
)
def test_a_symbol_of_a_document_stands_for_one_array(make: Callable[[], Network], training: bool) -> None:
    """Only the loss and what a step changes keep their symbols for new numbers."""
    t = trace(make(), X[:2], Y[:2], training=training, random_state=0)
    for notation in NOTATIONS:
        meanings: dict[str, set[tuple[str, int]]] = {}
        for step in t.document(notation).steps:
            for entry in step.entries:
                role = entry.role.removeprefix("updated_").replace("updated", "weights")
                if role not in ("y", "to_y"):  # the input of the next layer, and its derivative
                    role = re.sub("_(before|after)$", "", role)
                    meanings.setdefault(entry.symbol, set()).add((role, entry.block))
        several = {symbol: roles for symbol, roles in meanings.items() if len(roles) > 1}
        assert several == {}, notation


def test_a_letter_that_is_taken_gets_a_prime() -> None:
    """That of an earlier layer, or of an input in a notation of one's own, f, f′, f′′."""
    pages = trace(two_scales(), X[:1], Y[:1]).document()
    mine = replace(NOTATIONS["pellucid"], name="mine", inputs="f")
    entries = [e for s in trace(network(), X[:1], Y[:1]).document(mine).steps for e in s.entries]
    forward = {e.symbol: e.role for e in entries if not e.symbol.startswith("∂")}

    assert {"s", "s′", "∂J/∂s′"} <= {entry.symbol for step in pages.steps for entry in step.entries}
    assert [forward[name] for name in ("f", "f′", "f′′")] == ["x", "y", "y"]
    assert {e.role for e in entries if e.symbol == "f′′′"} == {"frequencies", "updated_frequencies"}


def test_a_letter_of_a_block_that_is_taken_gets_a_prime() -> None:
    """A signal u of a notation of one's own is not the u of a normalization."""
    mine = replace(NOTATIONS["pellucid"], name="mine", signal="u_{$k}")
    t = trace(network("table", normalization="batch_norm"), X[:2], Y[:2], training=True)
    of_block = {e.role: e.symbol for s in t.document(mine).steps for e in s.entries if e.block == 1}

    assert (of_block["signal"], of_block["linear"]) == ("u_{1}", "u′_{1}")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_letters_of_a_block_are_numbered_as_its_signals_are(notation: str) -> None:
    row = NOTATIONS[notation]
    for k in (0, 1):
        number = re.search(r"\d", row.symbol("signal", k))
        assert number is not None
        assert re.fullmatch(rf"m[_^]\{{\(?{number[0]}\)?\}}", row.own("mask", k))


@pytest.mark.parametrize("name", NOTATIONS)
@pytest.mark.parametrize("n", [1, 2])
def test_every_array_and_equation_is_on_the_page(name: str, n: int) -> None:
    t, notation = named(traced(n)), NOTATIONS[name]
    page, factor = t.document(name), notation.factor(t.loss_function)

    kinds = [step.kind for step in page.steps]
    assert kinds == ["network", *["forward"] * 6, "loss", *["backward"] * 6, "update"]
    entries = {(entry.role, entry.block, step.kind): entry for step in page.steps for entry in step.entries}
    for i, layer in enumerate(t.input_layers):
        for role, values in layer.values.items():
            if role == "x" and i:
                continue  # the output of the layer before
            kind = "backward" if role.startswith("to_") or role == "sines" else "forward"
            entry = entries[role, i, kind]
            scale = factor if role.startswith("to_") else 1.0
            shown = (
                values[np.unique(np.hstack([X[:n, 2], 4 + X[:n, 3]])).astype(int)]
                if "rows" in role
                else values
            )
            assert sorted(entry.array.ravel()) == pytest.approx(sorted(scale * shown.ravel()))
            assert len(entry.rows) in (0, entry.array.shape[0])
            assert len(entry.columns) in (0, entry.array.shape[1])
        for parameter in layer.trained:
            assert entries[f"updated_{parameter}", i, "update"].array.size
    written = "\n".join(as_text(equation) for step in page.steps for equation in step.equations)
    table, bend = notation.letters.get("E", "E"), as_text(notation.own("alpha", 1))
    for part in (f"{table}_v", "t = 2π ", f" + {bend} ∘ (mish(", f"∂{notation.loss}/∂{bend} = ", "= 1 + "):
        assert part in written, part
    assert "$" not in written
    assert page.find("shape").columns[-2:] == ("bends", "parameters")
    assert f"{t.network.n_parameters} parameters" in page.steps[0].title


@pytest.mark.parametrize(
    "name", [name if name == "lfd" else pytest.param(name, marks=pytest.mark.slow) for name in NOTATIONS]
)
def test_every_renderer_sets_a_name_as_it_is(name: str) -> None:
    t = named(traced(2))
    page = t.to_html(name, standalone=False)
    assert "kind: &lt;b&gt;" in page
    assert "kind: <b>" not in page
    assert "kind: x_{1}" in page
    assert "x_{1}" in t.to_text(name, width=200)
    assert r"x\_\{1\}" in t.to_latex(name)
    assert re.findall(r"[^\x00-\x7f–—…×’‘“”]", t.to_latex(name).replace("→", "")) == []
    again = read_json(t.to_json(name))
    assert again.find("angles", 1).array.shape == t.document(name).find("angles", 1).array.shape


def test_a_layer_that_is_not_worked_is_refused() -> None:
    class Doubled(Scale):
        def worked(self) -> None:  # type: ignore[override]
            return None

    with pytest.raises(
        ParameterError,
        match=r"worked.*got Doubled too\. Every value of it is in",
    ):
        trace(Network([2, 1], input_layers=[Doubled(2)]), [1.0, 2.0], 1.0)


def test_plain_data_has_the_layers() -> None:
    plain = traced(1).to_dict()

    assert plain["network"]["input_layers"] == ["lookup 4 → 6", "periodic 6 → 10", "scale 10 → 10"]
    assert (plain["network"]["parametric"], plain["network"]["parametrization"]) == (True, "ntk")
    assert len(plain["input_layers"][1]["values"]["frequencies"]) == 2
