"""From equations to text: what the reader sees is what runs, and what is not in the language is refused."""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.core import ACTIVATIONS, LOSSES, Activation, elementary
from pellucid.core.elementary import exp, maximum, tanh
from pellucid.optimizers import OPTIMIZERS

pytest.importorskip("numba")

from pellucid.engines.compiled.components import activation_parts
from pellucid.engines.compiled.language import NotAnEquation, as_text, constants

SLOPE = 0.25
COUNT = 3


def equations() -> dict[str, Callable[..., Any]]:
    """Return every element-wise equation of the three tables."""
    found: dict[str, Callable[..., Any]] = {}
    for row in ACTIVATIONS.values():
        if row.pullback is None:
            assert row.derivative is not None
            found |= {f"{row.name}.value": row.value, f"{row.name}.derivative": row.derivative}
    for loss in LOSSES.values():
        for i, form in enumerate(loss.forms):
            found |= {f"{loss.name}[{i}].value": form.value, f"{loss.name}[{i}].gradient": form.gradient}
            for name, (value, gradient) in form.fused.items():
                if ACTIVATIONS[name].pullback is None:
                    found |= {f"{loss.name}({name}).value": value, f"{loss.name}({name}).gradient": gradient}
    return found | {f"{row.name}.update": row.update for row in OPTIMIZERS.values() if row.update}


def helper(z):  # type: ignore[no-untyped-def]
    return SLOPE * z


def everything(z: Any, a: Any) -> Any:
    """Use every kind of thing that the language has."""
    s, t = tanh(0.5 * z), helper(a) ** 3
    return maximum(s, 0.0) - t + exp(-z) * SLOPE


def with_numpy(z):  # type: ignore[no-untyped-def]
    return np.tanh(z)


def with_math(z):  # type: ignore[no-untyped-def]
    return math.tanh(z)


def with_if(z):  # type: ignore[no-untyped-def]
    if z > 0.0:
        return z
    return 0.0 * z


def with_choice(z):  # type: ignore[no-untyped-def]
    return z if z > 0.0 else 0.0 * z


def with_builtin(z):  # type: ignore[no-untyped-def]
    return abs(z)


def with_integer(z):  # type: ignore[no-untyped-def]
    return COUNT * z


def with_power(z):  # type: ignore[no-untyped-def]
    return 2.0**z


def with_root(z):  # type: ignore[no-untyped-def]
    return z**0.5


def with_caller(z):  # type: ignore[no-untyped-def]
    return with_numpy(z) + 1.0


def with_default(z, slope=SLOPE):  # type: ignore[no-untyped-def]
    return slope * z


def of_slope(slope: float) -> Callable[[Any], Any]:
    def closure(z):  # type: ignore[no-untyped-def]
        return slope * z

    return closure


REFUSED = [
    with_numpy, with_math, with_if, with_choice, with_builtin, with_integer, with_power, with_root, with_caller,
    with_default, of_slope(0.5), lambda z: 2.0 * z, np.tanh, functools.partial(with_default, slope=0.5),
]  # fmt: skip


def test_the_text_has_one_dtype_and_no_powers() -> None:
    """Literals and constants become REAL(...), an integer exponent a product, annotations vanish."""
    text = as_text(("value", everything))

    assert text.endswith("value = equation_everything")
    assert text.index("def equation_helper(z):") < text.index("def equation_everything(z, a):")
    for part in (
        "return REAL(0.25) * z",
        "tanh(REAL(0.5) * z), equation_helper(a) * equation_helper(a) * equation_helper(a)",
        "return maximum(s, REAL(0.0)) - t + exp(-z) * REAL(0.25)",
    ):
        assert part in text


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: getattr(f, "__name__", type(f).__name__))
def test_what_is_not_in_the_language_is_refused(function: Callable[..., Any]) -> None:
    """NumPy, math, if, other names, other powers, closures, lambdas and defaults have no text."""
    with pytest.raises(NotAnEquation):
        as_text(("value", function))


@pytest.mark.parametrize(("name", "equation"), equations().items(), ids=equations())
def test_every_row_can_be_written(name: str, equation: Callable[..., Any]) -> None:
    """Every element-wise equation of the tables has a text, which reads as Python and gives its numbers."""
    text = as_text(("equation", equation))
    scope: dict[str, Any] = {**vars(elementary), "REAL": float, "njit": lambda **_: lambda f: f, "EXACT": {}}
    exec(text, scope)
    arguments = np.linspace(0.05, 0.95, equation.__code__.co_argcount)

    np.testing.assert_allclose(scope["equation"](*arguments), equation(*arguments), rtol=1e-15)


def module(path: Path, text: str) -> dict[str, Any]:
    """Return the names of a module of that text."""
    path.write_text(text)
    names: dict[str, Any] = {"__name__": path.stem}
    exec(compile(text, str(path), "exec"), names)
    return names


def test_two_functions_of_one_name_stay_apart(tmp_path: Path) -> None:
    """Helpers of the same name in two modules keep their own equations."""
    one = module(
        tmp_path / "one.py", "def helper(z):\n    return 2.0 * z\n\n\ndef value(z):\n    return helper(z)\n"
    )
    two = module(
        tmp_path / "two.py", "def helper(z):\n    return 3.0 * z\n\n\ndef value(z):\n    return helper(z)\n"
    )
    scope: dict[str, Any] = {"REAL": float, "njit": lambda **_: lambda f: f, "EXACT": {}}

    exec(as_text(("value_of", one["value"]), ("gradient_of", two["value"])), scope)

    assert (scope["value_of"](1.0), scope["gradient_of"](1.0)) == (2.0, 3.0)


def test_a_text_that_is_not_what_runs_is_refused(tmp_path: Path) -> None:
    """A file edited after its import does not lend its text to the function in memory."""
    path = tmp_path / "edited.py"
    value = module(path, "def value(z):\n    return 2.0 * z\n")["value"]
    assert "REAL(2.0) * z" in as_text(("value", value))
    path.write_text("def value(z):\n    return 3.0 * z + 1.0\n")

    with pytest.raises(NotAnEquation, match="no longer what runs"):
        as_text(("value", value))


def test_a_constant_that_changes_is_compiled_anew(tmp_path: Path) -> None:
    """After a module's constant is set to another number, also through a called function, the new one runs."""
    text = "SLOPE = 2.0\n\n\ndef line(z):\n    return SLOPE * z\n\n\ndef value(z):\n    return line(z)\n"
    names = module(tmp_path / "slopes.py", text)
    row = Activation("line", names["value"], lambda z, a: 1.0 + 0.0 * z)
    z, zero, a = np.ones(1), np.zeros(1), np.empty(1)
    before = constants(names["value"])

    found = []
    for slope in (2.0, 5.0):
        names["SLOPE"] = slope
        part = activation_parts(row, "float64")[0].part.ctypes
        part(*map(np.ctypeslib.as_ctypes, (z, zero, a)), 1, 1)
        found.append(a[0])

    assert constants(names["value"]) != before
    assert found == [2.0, 5.0]
