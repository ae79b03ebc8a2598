"""The page's equations are those of the tables: the same text after a rebuild, the same numbers."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.core import ACTIVATIONS, elementary
from pellucid.core.activations import Activation
from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS, SCHEDULES, Moment
from pellucid.playground import equations
from pellucid.playground.setups import STEP_LOSSES
from pellucid.playground.translation import Translator

KERNEL = Path(__file__).parents[2] / "page" / "kernel"
DIGITS = 1e-15  # how far numbers may be apart, as a share of their size
SUBNORMAL = 1e-322  # what is smaller than the smallest normal number has fewer digits

SMALL = [0.0, 5e-324, 1e-300, 1e-20, 1e-8, 1e-4, 1e-3]
LARGE = [36.7, 700.0, 709.9, 745.2, 1e5, 1e300, np.inf]
Z = np.array([sign * z for sign in (-1.0, 1.0) for z in (*SMALL, *np.linspace(0.0, 40.0, 1501), *LARGE)])
SHARES = np.array([*SMALL[1:], *np.linspace(0.005, 0.995, 67), 1.0 - 1e-8, 1.0 - 2.0**-53])


def assert_same(found: Any, expected: Any, terms: Any = 0.0) -> None:
    """Assert that numbers agree within 1e-15 of their size, or of the size of the terms they are made of."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(found[~finite], expected[~finite])
    with np.errstate(over="ignore"):
        allowed = np.maximum(DIGITS * np.maximum(np.abs(expected), terms), SUBNORMAL)[finite]
    assert (np.abs(found[finite] - expected[finite]) <= allowed).all()


def silent(function: Callable[..., Any], *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*arguments)


# ---- the text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"), [("generated.js", equations.module), ("constants.js", equations.constants)]
)
def test_a_rebuild_gives_the_committed_bytes(name: str, text: Callable[[], str]) -> None:
    """The committed modules are what the tables give today; if not, `make page`."""
    assert (KERNEL / name).read_text(encoding="utf-8") == text()


def test_every_row_is_there_and_a_new_one_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is added to a table is in the module with its two functions, and nothing else changes."""
    before = equations.module()
    monkeypatch.setitem(ACTIVATIONS, "square", Activation("square", _square, _square_derivative))

    after = equations.module()

    assert "function _square(z) {\n  return z * z;\n}" in after
    assert re.search(r"square: \{\n\s+name: \"square\",\n\s+value: _square,", after)
    changed = set(before.splitlines()) - set(after.splitlines())
    assert all('"softmax"]' in line for line in changed)  # where a loss lists the outputs that it takes


def _square(z):  # type: ignore[no-untyped-def]
    return z * z


def _square_derivative(z, a):  # type: ignore[no-untyped-def]
    return 2.0 * z


def _of_a_row(z):  # type: ignore[no-untyped-def]
    return np.exp(z) / np.exp(z).sum()


def _with_a_choice(z):  # type: ignore[no-untyped-def]
    return z if z > 0.0 else 0.0


def _with_a_chain(z):  # type: ignore[no-untyped-def]
    return elementary.where(0.0 < z < 1.0, z, 0.0 * z)


def _with_a_reserved_word(z):  # type: ignore[no-untyped-def]
    new = z + 1.0
    return new


def _with_an_update(z):  # type: ignore[no-untyped-def]
    z += 1.0
    return z


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (_of_a_row, "only plain calls"),
        (_with_a_choice, "not in the language"),
        (_with_a_chain, "only plain calls|chain of comparisons"),
        (_with_a_reserved_word, "'new' means something else in JavaScript"),
        (_with_an_update, "neither an assignment"),
        (lambda z: z, "not a plain function"),
    ],
)
def test_what_cannot_be_translated_is_named(function: Callable[..., Any], why: str) -> None:
    """The error names the function and says what to do."""
    with pytest.raises(ParameterError, match=rf"no translation into JavaScript.*({why}).*rows\.js"):
        Translator().function(function)


def test_an_initializer_without_a_counterpart_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that draws in a way of its own asks for a counterpart by hand."""
    row = equations.INITIALIZERS["sklearn"]
    monkeypatch.setitem(equations.INITIALIZERS, "mine", type(row)("mine", row.draw))

    with pytest.raises(ParameterError, match="initializer 'mine' has no counterpart"):
        equations.module()


# ---- the numbers ------------------------------------------------------------------------------------------------


def test_elementary_functions_are_exact(javascript: Any) -> None:
    """Those that each runtime computes by itself agree in every digit but the last."""
    x = np.concatenate([Z, -SHARES, SHARES])
    names = [
        n
        for n in elementary.__all__
        if n not in ("where", "heaviside", "maximum", "minimum", "log", "log1p", "sqrt")
    ]
    given = dict.fromkeys(names, x) | {"log": np.abs(x), "sqrt": np.abs(x), "log1p": x[x > -1.0]}
    found = javascript(
        """
        const module = await load("kernel/elementary.js");
        return Object.fromEntries(Object.entries(given).map(([name, x]) => [name, x.map((z) => module[name](z))]));
        """,
        given=given,
    )

    for name, values in given.items():
        assert_same(found[name], silent(getattr(elementary, name), values))


def test_activations_are_those_of_the_table(javascript: Any) -> None:
    """Every element-wise row, its derivative too, from the smallest number to infinity and NaN."""
    z = np.append(Z, np.nan)
    found = javascript(
        """
        const { ACTIVATIONS } = await load("kernel/generated.js");
        const rows = Object.values(ACTIVATIONS).filter((row) => row.value);
        return rows.map((row) => [row.name, z.map(row.value), z.map((x) => row.derivative(x, row.value(x)))]);
        """,
        z=z,
    )

    assert [name for name, *_ in found] == [name for name, row in ACTIVATIONS.items() if row.pullback is None]
    for name, value, derivative in found:
        row = ACTIVATIONS[name]
        expected = silent(row.value, z)
        assert row.derivative is not None
        # z (1 + erf(z)) and 1 - a² are made of terms as large as z and 1; near 0 each digit counts.
        assert_same(value, expected, np.where(np.abs(z) > 0.5, np.minimum(np.abs(z), 100.0), 0.0))
        assert_same(derivative, silent(row.derivative, z, expected), 1.0)


def loss_cases() -> list[tuple[str, int, str | None, Callable[..., Any], Callable[..., Any]]]:
    """Return each element-wise pair of functions: loss, place of the form, activation if fused."""
    cases = []
    for name, loss in STEP_LOSSES.items():
        for at, form in enumerate(loss.forms):
            cases.append((name, at, None, form.value, form.gradient))
            for activation, (value, gradient) in form.fused.items():
                if ACTIVATIONS[activation].pullback is None:
                    cases.append((name, at, activation, value, gradient))
    return cases


def test_losses_are_those_of_the_table(javascript: Any) -> None:
    """Every form of every loss, plain and on the scores, with its options."""
    cases = loss_cases()
    given = []
    for name, at, fused, *_ in cases:
        form = STEP_LOSSES[name].forms[at]
        targets = [t for t in (0.0, 1e-8, 0.3, 1.0, 2.5, 40.0, -3.0) if form.targets.contains(np.float64(t))]
        outputs = (
            Z[::7]
            if fused or form.outputs.low < 0.0
            else SHARES
            if form.outputs.high == 1.0
            else np.abs(Z[5:])
        )
        pairs = np.array([(t, p) for t, p in product(targets, outputs) if np.isfinite(p) and abs(p) < 1e100])
        given.append([name, at, fused, pairs[:, 0], pairs[:, 1]])
    found = javascript(
        """
        const { LOSSES } = await load("kernel/generated.js");
        return given.map(([name, at, fused, y, p]) => {
          const form = LOSSES[name].forms[at];
          const { value, gradient } = fused ? form.fused[fused] : form;
          const options = Object.values(LOSSES[name].options).map((option) => option.default);
          return [y.map((t, i) => value(t, p[i], ...options)), y.map((t, i) => gradient(t, p[i], ...options))];
        });
        """,
        given=given,
    )

    for (name, _, _, y, p), (*_, value, gradient), (values, gradients) in zip(
        given, cases, found, strict=True
    ):
        options = tuple(STEP_LOSSES[name].options.values())
        terms = np.maximum(np.abs(y * p), np.maximum(np.abs(y), 1.0)) * 100.0
        assert_same(values, silent(value, y, p, *options), terms)
        # A gradient such as exp(z) - y is made of terms as large as y.
        assert_same(gradients, silent(gradient, y, p, *options), np.maximum(np.abs(y), 1.0))


def test_functions_of_rows_are_those_of_the_table(javascript: Any, rng: np.random.Generator) -> None:
    """Softmax, its pullback and its log loss, written by hand, for scores near each other and far apart."""
    z = np.concatenate([rng.normal(0.0, 3.0, (40, 5)), rng.normal(0.0, 300.0, (40, 5)), np.eye(5) * 800.0])
    y, upstream = rng.dirichlet(np.ones(5), len(z)), rng.normal(size=z.shape)
    found = javascript(
        """
        const { ACTIVATIONS, LOSSES } = await load("kernel/generated.js");
        const { ofRow, pullback } = ACTIVATIONS.softmax;
        const fused = LOSSES.log_loss.forms[0].fused.softmax;
        const made = (write) => z.map((row, i) => {
          const out = new Float64Array(row.length);
          write(i, out);
          return out;
        });
        const a = made((i, out) => ofRow(z[i], out, 0, out.length));
        return [a, made((i, out) => pullback(z[i], a[i], upstream[i], out, 0, out.length)),
          made((i, out) => fused.ofRow(y[i], z[i], out, 0, out.length)),
          made((i, out) => fused.gradientOfRow(y[i], z[i], out, 0, out.length))];
        """,
        z=z, y=y, upstream=upstream,
    )  # fmt: skip

    row, fused = ACTIVATIONS["softmax"], STEP_LOSSES["log_loss"].forms[0].fused["softmax"]
    assert row.pullback is not None
    a = row.value(z)
    spread = 4.0 * np.abs(z).max(axis=1, keepdims=True)  # of z - max z, whose digits exp gives on
    assert_same(found[0], a, spread * a)
    assert_same(found[1], row.pullback(z, a, upstream), 4.0)
    assert_same(found[2], fused[0](y, z), spread)
    assert_same(found[3], fused[1](y, z), 4.0)


@pytest.mark.parametrize("name", [name for name, row in OPTIMIZERS.items() if row.is_stepwise])
def test_updates_are_those_of_the_table(javascript: Any, rng: np.random.Generator, name: str) -> None:
    """The loop over a part of the parameters does what the library's update does, to the last bit."""
    row, n = OPTIMIZERS[name], 9
    theta, gradient = rng.normal(size=n), rng.normal(size=n)
    memory = np.abs(rng.normal(size=(len(row.slots), n)))
    found_theta, found_memory, scalars, change = javascript(
        """
        const { OPTIMIZERS } = await load("kernel/generated.js");
        const { scalars, updatePart, update, options } = OPTIMIZERS[name];
        const values = scalars(0.07, 5, ...Object.values(options).map((option) => option.default));
        const one = update(gradient[3], ...memory.map((slot) => slot[3]), ...values);
        const [flat, slots] = [Float64Array.from(theta), Float64Array.from(memory.flat())];
        updatePart(flat, Float64Array.from(gradient), slots, 2, 7, ...values);
        return [flat, slots, values, one];
        """,
        name=name, theta=theta, gradient=gradient, memory=memory,
    )  # fmt: skip

    assert row.scalars is not None
    assert row.update is not None
    expected = row.scalars(0.07, 5, **row.options)
    np.testing.assert_allclose(scalars, expected, rtol=1e-13)  # 1 - 0.999⁵ has fewer digits
    moved, *slots = row.update(gradient, *memory, *scalars)
    np.testing.assert_array_equal(found_theta[2:7], (theta + moved)[2:7])
    np.testing.assert_array_equal([*found_theta[:2], *found_theta[7:]], [*theta[:2], *theta[7:]])
    if slots:
        np.testing.assert_array_equal(np.reshape(found_memory, (-1, n))[:, 2:7], np.array(slots)[:, 2:7])
    assert change == [moved[3], *(slot[3] for slot in slots)]


def test_schedules_are_those_of_the_table(javascript: Any) -> None:
    """Every schedule, at moments before, within and beyond its horizon."""
    places = [
        (0, 0.0, 0, 0),
        (1, 0.01, 100, 1),
        (19, 0.049, 999, 2),
        (20, 0.3, 2000, 3),
        (200, 1.3, 10**6, 40),
    ]
    moments = [Moment(*place) for place in places]
    found = javascript(
        """
        const { SCHEDULES } = await load("kernel/generated.js");
        return Object.fromEntries(Object.values(SCHEDULES).map(({ name, factor, options }) => [name, moments.map(
          (moment) => factor(moment, ...Object.values(options).map((option) => option.default)))]));
        """,
        moments=[vars(moment) for moment in moments],
    )

    for name, row in SCHEDULES.items():
        assert_same(found[name], [row.factor(moment, **row.options) for moment in moments], 1.0)
