"""From `fit` to the kernel few functions pass on what a user gives: a profile of one fit counts them."""

import sys
from collections.abc import Callable, Iterator
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier

MOST = 15  # functions
Test = Callable[[Any], bool]

# What stands beside the way: it sees the arrays, but what it returns goes to no kernel.
ASIDE = {
    "pellucid.training.events",  # the views of observers
    "pellucid.core.structure",  # the engine's own look at its inputs,
    "pellucid.core.checks",  # and what it uses
    "pellucid.estimators.fit_summary",  # what drift compares new rows with
    "pellucid.host.quiet",  # a wrapper
}


def holds(value: Any, is_it: Test, *, depth: int = 1) -> bool:
    """Return whether a value is the thing, or a sequence, a dict or a record of ours that holds it."""
    if is_it(value):
        return True
    if depth == 0:
        return False
    if isinstance(value, tuple | list):
        inner = value
    elif isinstance(value, dict):
        inner = list(value.values())
    elif type(value).__module__.startswith("pellucid") and hasattr(value, "__dict__"):
        inner = list(vars(value).values())
    else:
        return False
    return any(holds(one, is_it, depth=depth - 1) for one in inner)


def arguments(frame: FrameType) -> Iterator[Any]:
    """Yield the arguments of a call but ``self``."""
    code = frame.f_code
    n = code.co_argcount + code.co_kwonlyargcount
    n += bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    yield from (frame.f_locals.get(name) for name in code.co_varnames[:n] if name != "self")


class Walk:
    """Profiler that finds the functions which receive a thing and hand it on.

    A function hands it on if it returns it, if the object that it builds holds it, if it is the last one, or if it
    calls a function that hands it on. The thing may be part of a record.
    """

    def __init__(self, is_it: Test, last: str, rooms: str = "pellucid") -> None:
        self.is_it, self.last, self.rooms = is_it, last, rooms
        self.calls: list[list[Any]] = []  # the frame, whether the thing was given, whether it was handed on
        self.functions: set[str] = set()

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        """Hear of a call or a return."""
        if event == "call":
            self.calls.append([frame, self.is_given(frame), False])
        elif event == "return" and any(call[0] is frame for call in self.calls):
            while self.calls[-1][0] is not frame:
                self.calls.pop()
            _, given, handed_on = self.calls.pop()
            if given and (handed_on or self.is_handed_on(frame, result)):
                self.functions.add(f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}")
                above = next((call for call in reversed(self.calls) if call[1]), [0, 0, 0])
                above[2] = True

    def is_given(self, frame: FrameType) -> bool:
        module = frame.f_globals.get("__name__", "")
        is_ours = module.startswith(self.rooms) and module not in ASIDE and is_written(frame.f_code)
        return is_ours and any(holds(value, self.is_it) for value in arguments(frame))

    def is_handed_on(self, frame: FrameType, result: Any) -> bool:
        made = frame.f_locals.get("self") if frame.f_code.co_name == "__init__" else result
        return frame.f_code.co_qualname == self.last or holds(made, self.is_it)


def is_written(code: CodeType) -> bool:
    """Return whether somebody wrote the function: it is no comprehension, and not of a dataclass."""
    return not code.co_name.startswith("<") and not code.co_qualname.startswith("__create_fn__")


def walked(walk: Walk, run: Callable[[], Any]) -> set[str]:
    sys.setprofile(walk)
    try:
        run()
    finally:
        sys.setprofile(None)
    return walk.functions


# ---- the walks ----------------------------------------------------------------------------------------------

rng = np.random.default_rng(0)
X, y, WEIGHT = rng.random((37, 3)), np.arange(37) % 2, rng.random(37) + 0.5
X_VALIDATION, y_validation = rng.random((23, 3)), np.arange(23) % 2
DROPOUT = 0.123


def has_shape(shape: tuple[int, ...], kind: str = "f") -> Test:
    """Return a test for arrays by their shape, whatever scale and dtype they have on the way."""
    return lambda value: isinstance(value, np.ndarray) and value.shape == shape and value.dtype.kind == kind


def fit() -> None:
    """Fit a model; its batches and targets have shapes of their own."""
    model = MLPClassifier((4,), max_iter=1, batch_size=16, dropout=DROPOUT, engine="compiled", random_state=0)
    model.fit(X, y, sample_weight=WEIGHT, validation_data=(X_VALIDATION, y_validation))


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(
    ("is_it", "first", "last"),
    [
        (has_shape((37, 3)), "MLPClassifier.fit", "CompiledSession._share_out"),
        (has_shape((37,)), "MLPClassifier.fit", "CompiledSession._share_out"),
        (has_shape((23, 3)), "MLPClassifier.fit", "Dense.forward"),
        (lambda value: isinstance(value, float) and value == DROPOUT, "Network.__init__", "_dropout"),
    ],
    ids=["X", "sample_weight", "validation_data", "dropout"],
)
def test_few_functions_pass_on_what_fit_is_given(is_it: Test, first: str, last: str) -> None:
    fit()  # what is imported and compiled by the way is not counted
    found = walked(Walk(is_it, last), fit)

    assert any(name.endswith(f".{first}") for name in found)
    assert any(name.endswith(f".{last}") for name in found)
    assert len(found) <= MOST, sorted(found)


def test_a_function_more_on_the_way_is_counted() -> None:
    def kernel(thing: object) -> None:
        pass

    def check(thing: object) -> None:
        """See it, and hand it to nobody."""

    def inner(record: tuple[object, ...]) -> None:
        check(record[0])
        kernel(record[0])

    def copied(thing: object) -> object:
        return thing

    def outer(thing: object) -> None:
        inner((copied(thing),))

    here, thing = "test_a_function_more_on_the_way_is_counted.<locals>", object()
    walk = Walk(lambda value: value is thing, f"{here}.kernel", __name__)

    names = {name.rpartition(".")[2] for name in walked(walk, lambda: outer(thing))}
    assert names == {"outer", "copied", "inner", "kernel"}
