"""Ctrl-C at any bytecode of an epoch: what is left is one finished epoch, and training goes on from it."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from interrupts import Interruption, count, interrupted
from pellucid import MLPClassifier
from pellucid.training import Observer, TrainingState

pytestmark = pytest.mark.filterwarnings("ignore")

N_EPOCHS, EPOCH, N_SAMPLED = 5, 2, 6
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 3)), RNG.integers(0, 2, 32)


class Callback:
    """A callback of scikit-learn's protocol that asks for the fitted estimator."""

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
        """Look at the rows so far."""
        assert len(fitted_estimator.history_) > 0


KINDS: dict[str, dict[str, Any]] = {
    "sgd": {"solver": "sgd", "momentum": 0.0},
    "momentum": {"solver": "sgd"},
    "batch norm and dropout": {"batch_norm": True, "dropout": 0.2},
    "early stopping": {
        "early_stopping": True, "validation_fraction": 0.3, "batch_norm": True, "learning_rate_init": 0.1,
    },
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1},
    "lbfgs": {"solver": "lbfgs", "batch_norm": True},
    "verbose": {"verbose": True},
    "callbacks": {"solver": "sgd"},
    "reference": {"engine": "reference"},
}  # fmt: skip


def model(kind: str, n_epochs: int = N_EPOCHS, *observers: Observer) -> MLPClassifier:
    """Return a classifier of a kind that is watched."""
    options = {"hidden_layer_sizes": (4,), "random_state": 0, "warm_start": True, "n_iter_no_change": 10**6}
    options |= {"tol": 0.0, "batch_size": 16, "max_iter": n_epochs, **KINDS[kind]}
    return MLPClassifier(**options).set_callbacks(*observers, *([Callback()] if kind == "callbacks" else []))


def bits(fitted: MLPClassifier) -> dict[str, Any]:
    """Return all that training changes, apart from seconds and from what a further call starts with."""
    state = fitted._training_state
    names = {field.name for field in fields(TrainingState)} - {
        "horizon",
        "last_parameters",
        "last_statistics",
    }
    found: dict[str, Any] = {name: getattr(state, name) for name in names}
    found["rng"] = repr(state.rng.bit_generator.state)
    found["history"] = [{k: v for k, v in row.items() if k != "seconds"} for row in state.history]
    found |= {"parameters": fitted.network_.parameters, "statistics": fitted.network_.state}
    return {name: np.asarray(value).tolist() for name, value in found.items()}


def resumed(fitted: MLPClassifier, kind: str) -> dict[str, Any]:
    """Return what the epochs that are left lead to."""
    left = N_EPOCHS - len(fitted.history_)
    if left:
        fitted.set_callbacks(*([Callback()] if kind == "callbacks" else []))
        fitted.set_params(max_iter=left).fit(X, Y)
    return bits(fitted)


def expected(kind: str) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return the bits after each number of epochs, and what each leads to."""
    after = {k: bits(model(kind, k).fit(X, Y)) for k in range(1, N_EPOCHS + 1)}
    whole = after[N_EPOCHS]
    # L-BFGS has no memory beyond a call: it goes on as from any other start.
    then = {k: resumed(model(kind, k).fit(X, Y), kind) if kind == "lbfgs" else whole for k in after}
    return after, then


def faults(kind: str, places: Any, **options: Any) -> Iterator[str]:
    """Yield what is wrong after an interruption at each of these places."""
    after, then = expected(kind)
    for place in places:
        interruption = Interruption(EPOCH, int(place), **options)
        fitted = model(kind, N_EPOCHS, interruption)
        interrupted(lambda _, fitted=fitted: fitted.fit(X, Y), interruption)
        if not getattr(fitted, "history_", None):
            yield f"{interruption.where}: the training is lost"
            continue
        n_epochs, found = len(fitted.history_), bits(fitted)
        mixed = [name for name in found if found[name] != after[n_epochs][name]]
        other = [] if mixed else [n for n, v in resumed(fitted, kind).items() if v != then[n_epochs][n]]
        if mixed or other:
            yield f"{interruption.where}: after {n_epochs} epochs {mixed}, resumed {other}"


def n_places(kind: str, stop: int | None = None) -> int:
    """Return how many instructions there are from the beginning of the epoch on."""
    return count(lambda i: model(kind, N_EPOCHS, i).fit(X, Y), Interruption(EPOCH, stop=stop))


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_leaves_one_finished_epoch(kind: str) -> None:
    """At places drawn from the rest of the fit: history, parameters, moments and generator are of one epoch."""
    places = np.random.default_rng(1).integers(1, n_places(kind) + 1, N_SAMPLED)

    assert list(faults(kind, places)) == []


FULLY = ("sgd", "early stopping", "adaptive", "lbfgs")


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_at_every_bytecode_of_an_epoch(kind: str, part: int) -> None:
    """The same at all places of an epoch; at every fifth where the loop is that of another kind."""
    step = 4 if kind in FULLY else 20

    assert list(faults(kind, range(1 + part, n_places(kind, EPOCH + 1) + 1, step))) == []


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["sgd", "early stopping"])
def test_ctrl_c_at_the_end_of_a_fit(kind: str) -> None:
    """The same at the last 1,500 places, which are those after the last epoch."""
    n = n_places(kind)

    assert list(faults(kind, range(n - 1500, n + 1))) == []


@pytest.mark.parametrize("again", [1, 9])
def test_ctrl_c_while_ctrl_c_is_handled(again: int) -> None:
    """A second one, which falls into the putting back of the epoch, leaves nothing half done."""
    places = np.random.default_rng(2).integers(1, n_places("early stopping") - 200, 5)

    assert list(faults("early stopping", places, again=again)) == []


ERRORS = [MemoryError, RecursionError, SystemExit, GeneratorExit, ZeroDivisionError]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_leaves_the_estimator_as_it_was(error: type[BaseException]) -> None:
    """Whatever an instruction of an epoch raises: the fit before stays, to the last bit."""
    n = n_places("momentum", EPOCH + 1)
    places = np.random.default_rng(3).integers(1, n + 1, 3)
    for place in places:
        fitted = model("momentum", 2).fit(X, Y)
        before = bits(fitted)
        interruption = Interruption(EPOCH, int(place), error=error)
        fitted.set_callbacks(interruption).set_params(max_iter=3)

        assert interrupted(lambda _, fitted=fitted: fitted.fit(X, Y), interruption) is not None
        assert bits(fitted) == before, interruption.where


def test_a_warning_that_is_an_error_does_not_lose_the_training() -> None:
    """``fit`` raises it, and the model is fitted."""
    fitted = model("momentum")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Warning, match="Maximum iterations"):
            fitted.fit(X, Y)

    assert bits(fitted) == bits(model("momentum").fit(X, Y))


@pytest.mark.parametrize("hook", ["on_train_end", "on_epoch_end", "on_rate_reduced"])
def test_ctrl_c_in_an_observer(hook: str) -> None:
    """An observer that raises it ends training with the epoch that it was told of; those after it hear the end."""

    def fail(event: Any) -> None:
        raise KeyboardInterrupt

    rude, ends = Observer(), []
    setattr(rude, hook, fail)
    polite = Observer()
    polite.on_train_end = ends.append  # type: ignore[method-assign]
    fitted = model("adaptive", N_EPOCHS, rude, polite).fit(X, Y)

    assert len(ends) == 1
    assert bits(fitted) == bits(model("adaptive", len(fitted.history_)).fit(X, Y))


def looked_at(look: Callable[[Any], Any]) -> list[Any]:
    """Return what a callback sees in the fitted estimator of each epoch."""
    seen = []

    class Look(Callback):
        def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
            if context.task_name == "epoch":
                seen.append(look(fitted_estimator))

    MLPClassifier((4,), max_iter=4, random_state=0).set_callbacks(Look()).fit(X, Y)
    return seen


def test_a_callback_sees_the_rows_so_far_and_none_are_copied() -> None:
    """A callback sees the rows up to its epoch; they are one list until somebody asks for them."""
    kept = looked_at(lambda fitted: fitted)

    assert len({id(fitted._training_state.history._rows) for fitted in kept}) == 1
    assert [[row["epoch"] for row in fitted.history_] for fitted in kept] == [
        [1],
        [1, 2],
        [1, 2, 3],
        [1, 2, 3, 4],
    ]
