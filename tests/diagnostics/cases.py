"""Constructed cases: networks and data of which it is known what is wrong with them, and where.

``python tests/diagnostics/cases.py`` writes the table of docs/doctor.md; a test compares it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.diagnostics import Diagnosis, Rule
from pellucid.diagnostics.doctor import ask
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.rules import NETWORK_RULES

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
CASES = "cases on networks"
RULES = "rules on networks"
# Of each activation the signal z0 around which it is as good as linear, its value and its slope there, by hand.
LINEAR = {
    "identity": (0.0, 0.0, 1.0),
    "tanh": (0.0, 0.0, 1.0),
    "logistic": (0.0, 0.5, 0.25),
    "relu": (1.0, 1.0, 1.0),
    "leaky_relu": (1.0, 1.0, 1.0),
    "elu": (1.0, 1.0, 1.0),
    "selu": (1.0, 1.0507009873554805, 1.0507009873554805),
    "gelu": (0.0, 0.0, 0.5),
    "silu": (0.0, 0.0, 0.5),
    "softplus": (0.0, 0.6931471805599453, 0.5),
    "mish": (0.0, 0.0, 0.6),
}


@dataclass(frozen=True)
class Case:
    """A network with data, and what is to be found."""

    name: str
    build: Callable[[], tuple[Any, ...]]
    ill: tuple[str, ...] = ()
    where: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    before: bool = False  # training

    def diagnosis(self) -> Diagnosis:
        """Ask the rules on networks; these data, made up as they are, have findings of their own."""
        return ask(examine(*self.build(), before=self.before), NETWORK_RULES)


def between(text: str, name: str) -> tuple[str, str, str]:
    """Return the page before, between and after the marks of that name."""
    head, rest = text.split(f"<!-- {name}: made by tests/diagnostics/cases.py -->\n")
    inner, tail = rest.split(f"<!-- end of {name} -->")
    return head, inner, tail


def table_of_rules(rules: Sequence[Rule]) -> str:
    rows = ["| code | rule | source | status |", "|---|---|---|---|"]
    for rule in rules:
        said = [text.replace("|", "\\|") for text in (rule.rule, rule.source)]
        rows.append(f"| `{rule.code}` | {said[0]} | {said[1]} | {rule.status} |")
    return "\n".join(rows) + "\n"


def table(cases: Sequence[Case]) -> str:
    """Return the table of the page: case, what is wrong with it, what was found."""
    rows = ["| case | fault | found | where |", "|---|---|---|---|"]
    for case in cases:
        found = case.diagnosis()
        first = next((f for f in found if f.code in case.ill), None)
        place = "" if first is None else place_of(first.where)
        wrong = ", ".join(case.ill) or "nothing"
        rows.append(f"| {case.name} | {wrong} | {', '.join(found.codes) or 'nothing'} | {place} |")
    return "\n".join(rows) + "\n"


def place_of(where: dict[str, Any]) -> str:
    words = []
    for key in ("in", "layer", "layers", "units", "rows", "columns", "side", "factor"):
        if key in where and not (key == "layers" and "layer" in where):
            value = where[key]
            if isinstance(value, list):
                value = sorted(set(value))
                value = ", ".join(map(str, value[:6])) + (f", … ({len(value)})" if len(value) > 6 else "")
            words.append(f"{key} {value}")
    return "; ".join(words)


# ---- how they are made --------------------------------------------------------------------------------------


def classes(n_inputs: int, *, n_rows: int = 300, n_classes: int = 3, scale: float = 1.0) -> tuple[Any, Any]:
    rng = np.random.default_rng(n_inputs)
    return scale * rng.normal(size=(n_rows, n_inputs)), rng.integers(0, n_classes, n_rows)


def sound(activation: str, sizes: Sequence[int], seed: int = 0) -> Network:
    last = "softmax" if sizes[-1] > 1 else "identity"
    return Network(
        sizes, activation=activation, output_activation=last, initializer="orthogonal", random_state=seed
    )


def healthy(activation: str, sizes: Sequence[int]) -> tuple[Any, ...]:
    return sound(activation, sizes), *classes(sizes[0], n_classes=max(sizes[-1], 2))


def chain(activation: str, sizes: Sequence[int], factor: float, *, by: str = "weights") -> tuple[Any, ...]:
    """Return a network in which each step back multiplies the rms of delta by ``factor``, exactly.

    Signals stay so near to z0 that the activation is linear, W is a multiple of a matrix with orthonormal rows
    or columns, and biases center what comes out. With ``by="slope"`` W keeps the rms and the slope does it.
    """
    z0, value, slope = LINEAR[activation]
    weights, biases = [], []
    for k, (n_in, n_out) in enumerate(pairwise(sizes)):
        n = max(n_in, n_out)
        Q = scipy.stats.ortho_group.rvs(n, random_state=k)[:n_in, :n_out]
        gain = (
            1.0 if k == 0 else (factor / slope if by == "weights" else 1.0) * np.sqrt(max(n_in / n_out, 1.0))
        )
        W = gain * Q
        weights.append(W)
        last = k == len(sizes) - 2
        biases.append((0.0 if last else z0) - (0.0 if k == 0 else value) * W.sum(axis=0))
    last_activation = "softmax" if sizes[-1] > 1 else "identity"
    network = Network(
        sizes, activation=activation, output_activation=last_activation, weights=weights, biases=biases
    )
    return network, *classes(sizes[0], n_classes=sizes[-1], scale=1e-6)


def centered(network: Network, X: Any, planted: dict[int, Sequence[int]]) -> None:
    """Set the biases so that no unit but those planted is off, or saturated, on most rows: its mean z is 0."""
    a = X
    for k, activation in enumerate((*network.activation, network.output_activation)):
        z = a @ network.weights[k]
        others = np.setdiff1d(np.arange(z.shape[1]), planted.get(k, ()))
        network.biases[k][others] = -z.mean(axis=0)[others]
        a = activation.value(z + network.biases[k])


def shifted(
    activation: str, sizes: Sequence[int], layer: int, units: Sequence[int], shift: float
) -> tuple[Any, ...]:
    """Return a sound network in which the bias of some units holds them far off, or far on."""
    network, X, y = healthy(activation, sizes)
    network.biases[layer][list(units)] += shift
    centered(network, X, {layer: units})
    return network, X, y


def against(
    activation: str, sizes: Sequence[int], layer: int, units: Sequence[int], sign: float
) -> tuple[Any, ...]:
    """Return a sound network in which the weights of some units all have one sign; what they hear is >= 0."""
    network, X, y = healthy(activation, sizes)
    W = network.weights[layer]
    W[:, list(units)] = sign * np.abs(W[:, list(units)])
    centered(network, X, {layer: units})
    return network, X, y


def dead_below(sizes: Sequence[int]) -> tuple[Any, ...]:
    """Return a network whose layer 0 is dead by its biases, so that layer 1 hears nothing but zeros."""
    network, X, y = healthy("relu", sizes)
    network.biases[0][...] = -100.0
    return network, X, y


def sharpened(activation: str, sizes: Sequence[int], layer: int, times: float) -> tuple[Any, ...]:
    network, X, y = healthy(activation, sizes)
    network.weights[layer][...] *= times
    return network, X, y


def filled(activation: str, sizes: Sequence[int], initializer: Any) -> tuple[Any, ...]:
    last = "softmax" if sizes[-1] > 1 else "identity"
    network = Network(sizes, activation=activation, output_activation=last, initializer=initializer)
    return network, *classes(sizes[0], n_classes=max(sizes[-1], 2))


def zeroed(activation: str, sizes: Sequence[int], blocks: Sequence[int]) -> tuple[Any, ...]:
    network, X, y = healthy(activation, sizes)
    for k in blocks:
        network.weights[k][...] = 0.0
    return network, X, y


def copied(
    activation: str,
    sizes: Sequence[int],
    layer: int,
    source: int,
    units: Sequence[int],
    *,
    outgoing: bool = True,
) -> tuple[Any, ...]:
    network, X, y = healthy(activation, sizes)
    for unit in units:
        network.matrices[layer][:, unit] = network.matrices[layer][:, source]
        if outgoing:
            network.weights[layer + 1][unit] = network.weights[layer + 1][source]
    return network, X, y


def tiled(activation: str, sizes: Sequence[int], layer: int, period: int) -> tuple[Any, ...]:
    network, X, y = healthy(activation, sizes)
    n = sizes[layer + 1]
    centered(network, X, {})
    pattern = np.arange(n) % period
    network.matrices[layer][...] = network.matrices[layer][:, pattern]
    network.weights[layer + 1][...] = network.weights[layer + 1][pattern]
    return network, X, y


def planted(what: str, place: tuple[int, ...], value: float = np.nan) -> tuple[Any, ...]:
    """Return a sound regression with one number replaced."""
    network = sound("tanh", (4, 8, 6, 1))
    X, _ = classes(4)
    y = X[:, 0].copy()
    target = {"X": X, "y": y, "W1": network.weights[1], "b2": network.biases[2]}[what]
    target[place] = value
    return network, X, y


def overflowing(layer: int) -> tuple[Any, ...]:
    network, X, y = healthy("relu", (4, 8, 6, 3))
    network.weights[layer][0] = 1e308
    network.biases[0][0] = 10.0
    return network, X, y


def outputs_times(sizes: Sequence[int], times: float) -> tuple[Any, ...]:
    network, X, y = healthy("tanh", sizes)
    network.weights[-1][...] *= times
    return network, X, y


def imbalanced(*, prior_in_bias: bool) -> tuple[Any, ...]:
    network, X, _ = healthy("tanh", (4, 8, 2))
    y = np.zeros(300, int)
    y[:3] = 1
    network.weights[-1][...] *= 0.01
    if prior_in_bias:
        network.biases[-1][...] = np.log([297 / 300, 3 / 300])
    return network, X, y


def regression(offset: float, **options: Any) -> tuple[Any, ...]:
    X, _ = classes(4)
    model = MLPRegressor((8,), activation="tanh", random_state=0, **options)
    return model, X, X[:, 0] - X[:, 1] + offset


def frame_with_gap() -> tuple[Any, ...]:
    import pandas as pd

    X, y = classes(3)
    names = np.array(["hill", "lake", "wood"])
    frame = pd.DataFrame(X, columns=["height", "width", "depth"])
    model = MLPClassifier((8,), max_iter=200, tol=0.1, random_state=0).fit(frame, names[y])
    frame = frame.copy()
    frame.loc[17, "width"] = np.nan
    return model, frame, names[y]


def unfitted(**options: Any) -> tuple[Any, ...]:
    X, y = classes(4)
    return MLPClassifier((8, 8), random_state=0, **options), X, y


def digits(sizes: Sequence[int], *, times: float = 1.0, fit: bool = False, **options: Any) -> tuple[Any, ...]:
    X, y = load_digits(return_X_y=True)
    X = times * X
    model = MLPClassifier(sizes, random_state=0, **options)
    if fit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
    return model, X, y


def blamed(activation: str, factor: float) -> str:
    """Return which part of the factor per layer, the slope or what is left for W, does more of it."""
    slope = LINEAR[activation][2]
    parts = {"slope": slope, "weights": factor / slope}
    return min(parts, key=lambda part: parts[part] if factor < 1.0 else -parts[part])


# ---- the table ----------------------------------------------------------------------------------------------

DEEP, WIDE, LONG = (6, 20, 20, 20, 3), (10, 64, 64, 64, 64, 5), (8, 16, 16, 16, 16, 16, 16, 16, 4)


def _bound(function: Callable[..., Any], *given: Any, **options: Any) -> Callable[[], tuple[Any, ...]]:
    return lambda: function(*given, **options)


NETWORK_CASES: list[Case] = []
for _activation, _sizes in (
    ("tanh", DEEP), ("relu", DEEP), ("relu", WIDE), ("logistic", DEEP), ("elu", WIDE), ("gelu", LONG),
    ("selu", LONG), ("softplus", DEEP), ("identity", WIDE), ("leaky_relu", DEEP), ("silu", DEEP),
    ("tanh", (5, 9, 3)),
):  # fmt: skip
    NETWORK_CASES.append(
        Case(
            f"{_activation} {'-'.join(map(str, _sizes))}, orthogonal weights",
            _bound(healthy, _activation, _sizes),
        )
    )
for _activation, _sizes in (
    ("tanh", DEEP), ("tanh", WIDE), ("relu", DEEP), ("logistic", LONG), ("elu", DEEP), ("gelu", WIDE),
    ("selu", LONG), ("identity", LONG), ("mish", DEEP),
):  # fmt: skip
    _text, _steps = "-".join(map(str, _sizes)), len(_sizes) - 2
    for _way, _code, _factor in (
        ("smaller", "vanishing-gradient", 1e-3),
        ("larger", "exploding-gradient", 1e3),
    ):
        NETWORK_CASES.append(
            Case(
                f"{_activation} {_text}, delta 1,000 times {_way} at the first layer",
                _bound(chain, _activation, _sizes, _factor ** (1 / _steps)),
                (_code,),
                {
                    _code: {
                        "factor": blamed(_activation, _factor ** (1 / _steps)),
                        "layers": list(range(_steps + 1)),
                    }
                },
            )
        )
    NETWORK_CASES.append(
        Case(
            f"{_activation} {_text}, delta 10 times smaller",
            _bound(chain, _activation, _sizes, 0.1 ** (1 / _steps)),
        )
    )

_FORTY = [1, 2, 5, 8, 11, 13, 17, 19]
NETWORK_CASES += [
    Case(
        "logistic 8-16-…-4, 8 layers, W that keeps the rms",
        _bound(chain, "logistic", LONG, 1.0, by="slope"),
        ("vanishing-gradient",),
        {"vanishing-gradient": {"factor": "slope"}},
    ),
    Case(
        "tanh 6-20-20-20-3, W of layer 2 a millionth",
        _bound(sharpened, "tanh", DEEP, 2, 1e-6),
        ("vanishing-gradient",),
        {"vanishing-gradient": {"layer": 1, "factor": "weights"}},
    ),
    *(
        case
        for activation in ("relu", "gelu")
        for case in (
            Case(
                f"{activation} 6-20-20-20-3, 40 % of layer 0 held off by the bias",
                _bound(shifted, activation, DEEP, 0, _FORTY, -1000.0),
                ("dead-units",),
                {"dead-units": {"layer": 0, "units": _FORTY, "causes": ["bias"] * 8}},
            ),
            Case(
                f"{activation} 6-20-20-20-3, 40 % of layer 0 held on by the bias",
                _bound(shifted, activation, DEEP, 0, _FORTY, 5.0),
            ),
        )
    ),
    Case(
        "relu 6-20-20-20-3, 40 % of layer 1 held off by the bias",
        _bound(shifted, "relu", DEEP, 1, _FORTY, -100.0),
        ("dead-units",),
        {"dead-units": {"layer": 1, "units": _FORTY, "causes": ["bias"] * 8}},
    ),
    Case(
        "relu 6-20-20-20-3, 40 % of layer 1 with weights below 0 only",
        _bound(against, "relu", DEEP, 1, _FORTY, -1.0),
        ("dead-units",),
        {"dead-units": {"layer": 1, "units": _FORTY, "causes": ["weights"] * 8}},
    ),
    Case(
        "relu 6-20-20-20-3, 40 % of layer 1 with weights above 0 only",
        _bound(against, "relu", DEEP, 1, _FORTY, 1.0),
    ),
    Case("relu 6-20-20-20-3, 1 unit dead (a note)", _bound(shifted, "relu", DEEP, 2, [7], -100.0), (),
         {"dead-units": {"layer": 2, "units": [7]}}, ("dead-units",)),
    Case(
        "relu 4-8-8-3, layer 0 dead, so layer 1 hears zeros",
        _bound(dead_below, (4, 8, 8, 3)),
        ("dead-units",),
        {"dead-units": {"layer": 0, "units": list(range(8))}},
    ),
    *(
        case
        for activation, times in (("tanh", 100.0), ("logistic", 150.0))
        for case in (
            Case(
                f"{activation} 6-20-3, layer 0 saturated on both sides: hard gates (a note)",
                _bound(sharpened, activation, (6, 20, 3), 0, times),
                (),
                {"saturated-units": {"layer": 0, "side": "both"}},
                ("saturated-units",),
            ),
            Case(
                f"{activation} 6-20-20-20-3, 40 % of layer 0 stuck high",
                _bound(shifted, activation, DEEP, 0, _FORTY, 15.0),
                ("saturated-units",),
                {"saturated-units": {"layer": 0, "units": _FORTY, "side": ["high"] * 8, "causes": ["bias"] * 8}},
            ),
            Case(
                f"{activation} 6-20-20-20-3, 40 % of layer 1 stuck low",
                _bound(shifted, activation, DEEP, 1, _FORTY, -15.0),
                ("saturated-units",),
                {"saturated-units": {"layer": 1, "units": _FORTY, "side": ["low"] * 8, "causes": ["bias"] * 8}},
            ),
        )
    ),
    Case(
        "elu 6-20-20-20-3, 40 % of layer 0 stuck low",
        _bound(shifted, "elu", DEEP, 0, _FORTY, -15.0),
        ("saturated-units",),
        {"saturated-units": {"layer": 0, "units": _FORTY, "side": ["low"] * 8}},
    ),
    *(
        Case(
            f"{activation} {'-'.join(map(str, sizes))}, all weights 0",
            _bound(filled, activation, sizes, "zeros"),
            ("zero-initialization",),
            {"zero-initialization": {"layers": list(range(len(sizes) - 2))}},
        )
        for activation, sizes in (("tanh", DEEP), ("relu", (5, 9, 3)), ("logistic", WIDE))
    ),
    Case("tanh 6-20-20-20-3, the last weights alone 0", _bound(zeroed, "tanh", DEEP, [3])),
    Case("tanh 6-20-20-20-3, the first weights alone 0", _bound(zeroed, "tanh", DEEP, [0]), (), {}, ()),
    *(
        Case(
            f"{activation} {'-'.join(map(str, sizes))}, all weights and biases 0.1",
            _bound(filled, activation, sizes, "constant"),
            ("symmetric-units",),
            {"symmetric-units": {"units": list(range(sizes[1]))}},
        )
        for activation, sizes in (("tanh", (5, 9, 3)), ("relu", DEEP), ("logistic", (4, 6, 6, 3)))
    ),
    Case(
        "tanh 6-20-20-20-3, units 4 and 9 of layer 1 copies of unit 2",
        _bound(copied, "tanh", DEEP, 1, 2, [4, 9]),
        ("symmetric-units",),
        {"symmetric-units": {"layer": 1, "units": [2, 4, 9], "groups": [[2, 4, 9]]}},
    ),
    Case(
        "tanh 6-20-20-20-3, the same, but with outgoing weights of their own",
        _bound(copied, "tanh", DEEP, 1, 2, [4, 9], outgoing=False),
    ),
    Case(
        "relu 10-64-…-5, layer 2 tiled: unit j a copy of unit j mod 8",
        _bound(tiled, "relu", WIDE, 2, 8),
        ("symmetric-units",),
        {"symmetric-units": {"layer": 2, "groups": [list(range(j, 64, 8)) for j in range(8)]}},
    ),
    Case("NaN in X[17, 2]", _bound(planted, "X", (17, 2)), ("not-finite",),
         {"not-finite": {"in": "X", "rows": [17], "columns": [2]}}),
    Case("infinity in X[17, 0]", _bound(planted, "X", (17, 0), -np.inf), ("not-finite",),
         {"not-finite": {"in": "X", "rows": [17], "columns": [0]}}),
    Case("NaN in y[17]", _bound(planted, "y", (17,)), ("not-finite",), {"not-finite": {"in": "y", "rows": [17]}}),
    Case("NaN in W_1[3, 5]", _bound(planted, "W1", (3, 5)), ("not-finite",),
         {"not-finite": {"in": "parameters", "layer": 1, "units": [5], "inputs": [3]}}),
    Case("infinity in b_2[0]", _bound(planted, "b2", (0,), np.inf), ("not-finite",),
         {"not-finite": {"in": "parameters", "layer": 2, "units": [0], "inputs": []}}),
    Case("signals of layer 1 overflow", _bound(overflowing, 1), ("not-finite",),
         {"not-finite": {"in": "signals", "layer": 1}}),
    Case("NaN in row 17, column 'width' of a data frame", frame_with_gap, ("not-finite",),
         {"not-finite": {"in": "X", "rows": [17], "columns": [1], "names": ["width"]}}),
    Case("tanh 4-8-10, output weights 100 times too large", _bound(outputs_times, (4, 8, 10), 100.0),
         ("bad-initial-loss",), {"bad-initial-loss": {"layer": 1}}),
    Case("tanh 4-8-10, output weights a hundredth", _bound(outputs_times, (4, 8, 10), 0.01)),
    Case("99 % in one class, output bias 0 (a note)", _bound(imbalanced, prior_in_bias=False), (),
         {"bad-initial-loss": {"layer": 1}}, ("bad-initial-loss",)),
    Case("99 % in one class, output bias at the base rate", _bound(imbalanced, prior_in_bias=True)),
    Case("a target around 1,000, before training", _bound(regression, 1000.0), ("bad-initial-loss",),
         {}, (), before=True),
    Case("the same, standardized", _bound(regression, 1000.0, standardize=True), (), {}, (), before=True),
    Case("MLPClassifier, initializer='zeros', before training", _bound(unfitted, initializer="zeros"),
         ("zero-initialization",), {}, (), before=True),
    Case("MLPClassifier, initializer='constant', before training", _bound(unfitted, initializer="constant"),
         ("symmetric-units",), {}, (), before=True),
    Case("MLPClassifier, before training", unfitted, (), {}, (), before=True),
    Case("digits, not standardized, relu 50-50, SGD at a rate of 0.3",
         _bound(digits, (50, 50), fit=True, solver="sgd", momentum=0.0, learning_rate_init=0.3, max_iter=10),
         ("dead-units",), {"dead-units": {"layer": 0, "units": list(range(50))}}),
    Case("digits, 10 layers of 30 logistic units, before training",
         _bound(digits, (30,) * 10, activation="logistic", standardize=True),
         ("vanishing-gradient",), {"vanishing-gradient": {"factor": "slope"}}, (), before=True),
    Case("digits, 8 layers of 30 tanh units, weights of 0.02, before training",
         _bound(digits, (30,) * 8, activation="tanh", initializer=("normal", 0.02), standardize=True),
         ("vanishing-gradient",), {"vanishing-gradient": {"factor": "weights"}}, (), before=True),
    Case("digits, 10 layers of 30 leaky relu units, weights of 1, before training",
         _bound(digits, (30,) * 10, activation="leaky_relu", initializer=("normal", 1.0), standardize=True),
         ("exploding-gradient", "bad-initial-loss"), {"exploding-gradient": {"factor": "weights"}},
         before=True),
    Case("digits up to 1,600 in place of 16, tanh, before training",
         _bound(digits, (30, 30), times=100.0, activation="tanh"),
         ("saturated-units",), {"saturated-units": {"layer": 0}}, ("saturated-units",), before=True),
    Case("these digits, standardized", _bound(digits, (30, 30), times=100.0, activation="tanh", standardize=True),
         (), {}, (), before=True),
]  # fmt: skip
NETWORK_CASES = [
    replace(case, notes=("linear-network",)) if case.name.startswith("identity") else case
    for case in NETWORK_CASES
]


def write() -> None:
    """Write the tables into the page."""
    for name, made in ((RULES, table_of_rules(NETWORK_RULES)), (CASES, table(NETWORK_CASES))):
        head, _, tail = between(PAGE.read_text(encoding="utf-8"), name)
        marks = f"<!-- {name}: made by tests/diagnostics/cases.py -->\n", f"<!-- end of {name} -->"
        PAGE.write_text(f"{head}{marks[0]}{made}{marks[1]}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write()
