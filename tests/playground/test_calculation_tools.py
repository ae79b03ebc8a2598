"""Numbers and names as they are written, by hand, differences, optimizers, and what is open below a number."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from calculations import RECORDS, case_of, places_of, random_trace
from pellucid import Network
from pellucid.courses import EXAMPLES
from pellucid.explain import Trace, trace
from pellucid.explain.digits import write, write_all
from pellucid.explain.equations import as_latex, as_text
from pellucid.explain.hand import rounded
from pellucid.explain.phrases import PHRASES
from pellucid.explain.profiles import NOTATIONS
from pellucid.host.escaping import for_csv, for_json, for_tex, visible
from pellucid.optimizers import OPTIMIZERS
from pellucid.playground import course_data, notations

ROOT = Path(__file__).parents[2]
WORDS = json.loads((ROOT / "page" / "words" / "en.json").read_text(encoding="utf-8"))["calculation"]
STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
NAMES = [
    "x_{1}",
    "50% of $",
    "a\u202eb",
    "<b>",
    '"',
    "=1+1",
    "−−",
    "tab\t",
    "\ud800",
    "é",
    "a,b",
    "\U000e0041",
]


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"(?<![\w.])-?\d[\d.]*(?:e[+-]\d+)?", text.replace("−", "-"))]


# ---- what Python hands over ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "module"), [("generated.js", notations.module), ("courses.js", course_data.module)]
)
def test_generated_modules_are_the_tables_of_now(file, module) -> None:
    """If this fails, `make page` writes them again."""
    assert (ROOT / "page" / "calculation" / file).read_text(encoding="utf-8") == module()


def test_the_catalogue_has_no_phrase_of_explain_again() -> None:
    """Phrases of explain come from Python; the page adds only its own."""
    assert not set(WORDS["update"]) & set(PHRASES)


def test_numbers_are_written_and_rounded_as_in_python(node) -> None:
    """At every precision, ties and extremes too."""
    rng = np.random.default_rng(0)
    values = [0.0, -0.0, 2.5, 0.5, 1.5, 0.125, 2.345, 1e7, 9999999.5, 1e16, 5e-324, 1.7976931348623157e308]
    values += [
        *rng.normal(size=200) * 10.0 ** rng.integers(-12, 20, 200),
        *rng.integers(-4000, 4000, 99) / 1024,
    ]
    values = [float(v) for v in values]
    precisions = [0, 1, 3, 6, 17, "full"]
    code = """
    const { write, writeAll, rounded } = await load('calculation/numbers.js');
    return values.map((v) => [precisions.map((p) => write(v, p)), [0, 2, 3, 6].map((d) => rounded(v, d)),
      precisions.map((p) => writeAll([v, 0.5, NaN, 12.25, v / 8], p))]);
    """
    told = node(code, values=values, precisions=precisions)
    for value, (texts, whole, together) in zip(values, told, strict=True):
        assert together == [write_all([value, 0.5, np.nan, 12.25, value / 8], p) for p in precisions]
        assert texts == [write(value, p) for p in precisions]
        if abs(value) < 1e15:
            assert whole == [rounded(value, d) for d in (0, 2, 3, 6)]


def test_names_are_escaped_as_in_python(node) -> None:
    code = """
    const { visible, forTex, forJson, forCsv } = await load('calculation/escaping.js');
    return names.map((name) => [visible(name), forTex(name), forJson(JSON.stringify(name)), forCsv(name)]);
    """
    for name, (seen, tex, text, csv) in zip(NAMES, node(code, names=NAMES), strict=True):
        assert (seen, tex) == (visible(name), for_tex(name))
        assert json.loads(text) == name
        assert for_json(text) == text
        assert csv.strip('"').replace('""', '"') == for_csv(name).strip('"')


def test_equations_are_set_as_in_python(node) -> None:
    """All of the notations, and names that look like mathematics."""
    texts = [v for row in NOTATIONS.values() for v in (row.forward_last + row.forward) if v]
    texts += [row.outer for row in NOTATIONS.values()] + [row.backward for row in NOTATIONS.values()]
    texts += ["x_{i}^{2} ≤ 50%", "\ufdd0x_{1}\ufdd1 + W_{0}", "log y_i & max_depth"]
    code = """
    const { asText, asLatex, asParts } = await load('calculation/equations.js');
    return texts.map((text) => [asText(text), asLatex(text), asParts(text).map((part) => part.text).join('')]);
    """
    for text, (plain, latex, parts) in zip(texts, node(code, texts=texts), strict=True):
        assert plain == as_text(text)
        assert latex == as_latex(text)
        assert parts == re.sub(r"[_^]\{([^{}]*)\}", r"\1", text) or "\ufdd0" in text


# ---- by hand ----------------------------------------------------------------------------------------------

HAND = f"""{RECORDS}
return records.map((record, i) => {{
  const hand = calculation.byHand(record, digits);
  return [Array.from(hand.gradient), Array.from(hand.stepped), hand.loss, hand.lossAfter,
    whats[i].map((what) => calculation.describe(hand, what).text)];
}});
"""


@pytest.mark.parametrize("digits", [2, 3])
def test_by_hand_is_by_hand(node, digits) -> None:
    """Every result is rounded before it is used; number for number and word for word."""
    traces = [EXAMPLES[name].trace() for name in ("iowa-grounded", "iowa-homework", "kaist-perceptron")]
    traces = [trace(t.network, t.X, t.Y, loss=t.loss_function.loss.name) for t in traces]
    traces += [random_trace(seed, [2, 3, 2], n=seed, activation="tanh", weighted=seed > 1) for seed in (1, 2)]
    whats = [places_of(t) for t in traces]
    told = node(HAND, cases=[case_of(t) for t in traces], digits=digits, whats=whats)
    for t, places, (gradient, stepped, loss, after, texts) in zip(traces, whats, told, strict=True):
        hand = t.by_hand(digits)
        np.testing.assert_array_equal(gradient, hand.gradient)
        np.testing.assert_array_equal(stepped, hand.stepped)
        assert (loss, after) == (hand.loss, hand.loss_after)
        for what, text in zip(places, texts, strict=True):
            place = {key: index for key, index in what.items() if key != "quantity"}
            assert text == str(hand.explain(what["quantity"], **place))


# ---- finite differences -------------------------------------------------------------------------------------

DIFFERENCES = f"""{RECORDS}
return records.map((record, i) => whats[i].map((what) => calculation.differenceOf(record, what)));
"""


def test_differences_confirm_the_derivatives(node) -> None:
    """Those of every kind of number, and none across a kink."""
    traces = [
        random_trace(1, [2, 3, 2], n=2, activation="tanh", l1=0.1, l2=0.2, weighted=True),
        random_trace(2, [3, 3, 2], "log_loss", n=1, activation="relu", output_activation="softmax"),
        random_trace(3, [2, 3, 3, 2], "huber", n=2, normalization="layer_norm", residual=True),
    ]
    whats = [
        [w for w in places_of(t) if w["quantity"] in ("W", "b", "delta", "slope", "output_gradient")]
        for t in traces
    ]
    whats = [
        [w for w in some if w.get("sample", 0) is not None or len(t.X) == 1]
        for t, some in zip(traces, whats, strict=True)
    ]
    told = node(DIFFERENCES, cases=[case_of(t) for t in traces], whats=whats)
    for t, of_trace, found in zip(traces, whats, told, strict=True):
        n_known = 0
        for what, difference in zip(of_trace, found, strict=True):
            place = {key: index for key, index in what.items() if key != "quantity"}
            if difference["reason"] is None:
                n_known += 1
                value = t.explain(what["quantity"], **place).value
                assert difference["value"] == pytest.approx(value, rel=1e-6, abs=1e-8), what
            else:
                assert difference == {"value": None, "reason": "kink"}
        assert n_known > 0.9 * len(of_trace)


def test_a_difference_across_a_kink_is_not_given(node) -> None:
    net = Network([1, 1, 1], activation="relu", weights=[[[1.0]], [[1.0]]], biases=[[0.0], [0.0]])
    t = trace(net, [0.0], 1.0)
    whats = [{"quantity": "b", "block": 0, "column": 0}, {"quantity": "b", "block": 1, "column": 0},
             {"quantity": "slope", "block": 0, "column": 0}, {"quantity": "loss"}]  # fmt: skip
    [[kink, fine, corner, none]] = node(DIFFERENCES, cases=[case_of(t)], whats=[whats])
    assert kink == corner == {"value": None, "reason": "kink"}
    assert fine["value"] == pytest.approx(-1.0)
    assert none == {"value": None, "reason": "none"}


# ---- optimizers ---------------------------------------------------------------------------------------------

UPDATE = """
const { describeUpdate } = await load('calculation/index.js');
return updates.map(([update, factor]) => describeUpdate(update, { precision: 'full', factor, phrases }));
"""


@pytest.mark.parametrize("name", STEPWISE)
def test_the_step_of_every_optimizer_is_told_with_its_numbers(node, name) -> None:
    """The last line ends in the new parameter, and its terms come to it, at the scale of every notation."""
    row, rng = OPTIMIZERS[name], np.random.default_rng(4)
    theta, gradient = rng.normal(size=5), rng.normal(size=5)
    memory = np.abs(rng.normal(size=(len(row.slots), 5)))
    updates = [
        ({"name": name, "options": {}, "learningRate": 0.05, "weightDecay": row.weight_decay, "step": 3,
          "isWeight": i % 2 == 0, "before": theta[i], "gradient": gradient[i], "memory": memory[:, i],
          "opens": {"quantity": "W", "block": 0, "row": i, "column": 0}}, factor)
        for i in range(5) for factor in (1.0, 2.0)
    ]  # fmt: skip
    told = node(UPDATE, updates=updates, phrases=WORDS["update"])
    after, slots = theta.copy(), memory.copy()
    decayed = np.where(np.arange(5) % 2 == 0, 1.0 - 0.05 * row.weight_decay, 1.0)
    after *= decayed
    row.apply(after, gradient, slots, learning_rate=0.05, step=3)
    for i, found in enumerate(told):
        assert found["value"] == pytest.approx(after[i // 2], rel=1e-14)
        np.testing.assert_allclose(found["memory"], slots[:, i // 2], rtol=1e-14)
        last = found["text"].splitlines()[-1]
        assert numbers(last)[-1] == found["value"]
        assert evaluated(last) == pytest.approx(found["value"], rel=1e-9)
        factors = [piece for line in found["lines"] for piece in line if not isinstance(piece, str)]
        assert factors
        assert all(piece["opens"]["row"] == i // 2 for piece in factors)
        for line in found["text"].splitlines():
            if "power" not in line and "squared" not in line:
                assert evaluated(line) == pytest.approx(numbers(line)[-1], rel=1e-9), line


def evaluated(text: str) -> float:
    """Return what the numbers and signs of a sentence come to, before its last equals sign."""
    expression = text.rsplit(" = ", 1)[0].replace("×", "*").replace("−", "-").replace("e-", "E-")
    return eval(re.sub(r"(?<![\d.])[A-Za-z_]+(?![\d])", "", expression))


def test_an_optimizer_without_words_has_a_sentence(node) -> None:
    """A new row of the table is described by its memory and its change."""
    code = """
    const { OPTIMIZERS } = await load('kernel/index.js');
    OPTIMIZERS.new = { ...OPTIMIZERS.momentum, name: 'new' };
    const { describeUpdate } = await load('calculation/index.js');
    return describeUpdate({ name: 'new', options: {}, learningRate: 0.1, weightDecay: 0, step: 1, isWeight: false,
      before: 1, gradient: 2, memory: [0.5] }, { precision: 2, phrases }).text;
    """
    assert node(code, phrases=WORDS["update"]) == (
        "velocity: 0.50 before, 0.25 after the step\nbias 1.00 + change 0.25 = 1.25"
    )


# ---- everything that is open -----------------------------------------------------------------------------------

OPENED = f"""{RECORDS}
const [record] = records;
const opened = calculation.openedFrom(record, what, {{ notation, precision: 3 }});
return [opened, calculation.chainToText(opened, 3), calculation.chainToLatex(opened, 3),
  calculation.chainToCsv(opened), calculation.chainToJson(opened, notation)];
"""


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_gradient_opens_down_to_inputs_and_loss(node, notation) -> None:
    """Every number of the backward pass that it is made of, and each only once, in every format."""
    t: Trace = random_trace(5, [2, 2, 1], n=1, activation="tanh", output_activation="logistic")
    what = {"quantity": "W", "block": 0, "row": 1, "column": 1}
    opened, text, latex, csv, whole = node(OPENED, cases=[case_of(t)], what=what, notation=notation)
    quantities = {(o["what"]["quantity"], o["what"].get("block")) for o in opened}
    assert {("W", 0), ("delta", 0), ("slope", 0), ("delta", 1), ("slope", 1), ("output_gradient", None), ("a", 1),
            ("z", 1), ("a", 0), ("z", 0)} <= quantities  # fmt: skip
    assert len({o["key"] for o in opened}) == len(opened)
    for o in opened:
        assert "\n".join(o["lines"]) in "\n".join(line.strip() for line in text.splitlines())
    assert latex.isascii()
    bare = latex.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert csv.count("\r\n") == len(opened) + 1
    back = json.loads(whole)
    assert [row["value"] for row in back["numbers"]] == [o["value"] for o in opened]
    assert back["numbers"][0]["symbol"]["text"] == as_text(opened[0]["symbol"])


def test_a_number_has_its_place_in_the_letters_of_a_notation(node) -> None:
    t = random_trace(5, [2, 2, 1], n=1)
    code = f"""{RECORDS}
    return Object.keys(calculation.NOTATIONS).map((notation) => whats.map((what) =>
      calculation.asText(calculation.symbolOf(records[0], what, {{ notation }}))));
    """
    whats = [
        {"quantity": "W", "block": 0, "row": 1, "column": 1},
        {"quantity": "W", "block": 0, "row": 0, "column": 1},
        {"quantity": "delta", "block": 0, "column": 0},
        {"quantity": "z", "block": 1, "column": 0},
    ]
    told = dict(zip(NOTATIONS, node(code, cases=[case_of(t)], whats=whats), strict=True))
    assert told["lfd"] == ["∂e/∂W⁽¹⁾[1, 2]", "∂e/∂W⁽¹⁾[0, 2]", "δ⁽¹⁾[1]", "s⁽²⁾[1]"]
    assert told["pellucid"] == ["∂J/∂W₀[0, 1]", "∂J/∂b₀[1]", "δ₀[0]", "z₁[0]"]
    assert told["ng"] == ["∂J/∂Θ⁽¹⁾[2, 1]", "∂J/∂Θ⁽¹⁾[2, 0]", "δ⁽²⁾[1]", "z⁽³⁾[1]"]
    assert told["mit"][1] == "∂L/∂W₀¹[2]"


def test_places_of_a_path_are_zero_where_only_rounding_is_left(node) -> None:
    """The end is the origin, and the way from the start to it is the first direction."""
    code = """
    const { planeOf } = await load('state/trail.js');
    const moments = (path) => path.map((theta, step) => ({ step, theta: Float64Array.from(theta) }));
    return paths.map((path) => planeOf(moments(path), null).places);
    """
    rng = np.random.default_rng(0)
    paths = [np.cumsum(rng.normal(size=(9, 40)), axis=0).tolist() for _ in range(20)]
    for places in node(code, paths=paths):
        assert (places[-1]["u"], places[-1]["v"], places[0]["v"]) == (0, 0, 0)
        assert places[0]["u"] > 1.0
        assert max(abs(place["v"]) for place in places) > 1.0
