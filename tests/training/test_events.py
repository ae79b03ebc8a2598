"""Observers: what they are told and when; that they cannot write, and that they change no bit; the console."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network
from rich.console import Console
from scipy import sparse

from pellucid import MLPClassifier
from pellucid.core.inputs import StandardizedSparse
from pellucid.training import EpochBegin, EpochEnd, Observer, StepEnd, TrainBegin, TrainEnd, train_full_batch
from pellucid.training.console import PrintEpochs, ProgressBar
from problems import N_ROWS, bits, data, fit, problem, start


class Everything(Observer):
    """Keeps every event, and the gradients of the steps."""

    def __init__(self, every_steps: int = 1) -> None:
        self.every_steps, self.events, self.gradients = every_steps, [], []

    def on_train_begin(self, event: TrainBegin) -> None:
        """Keep it."""
        self.events.append(event)

    def on_epoch_begin(self, event: EpochBegin) -> None:
        """Keep it."""
        self.events.append(event)

    def on_step_end(self, event: StepEnd) -> None:
        """Keep it."""
        self.events.append(event)
        self.gradients.append(event.gradient.copy())

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Keep it."""
        self.events.append(event)

    def on_train_end(self, event: TrainEnd) -> None:
        """Keep it."""
        self.events.append(event)


def test_the_order_of_events() -> None:
    """Begin, then the steps of each epoch between its begin and its end, then the end with the reason."""
    task, seen = problem(batch_size=12), Everything()
    state = start(task)
    fit(task, state, 1)
    fit(task, state, 2, observers=[seen])

    names = [type(event).__name__ for event in seen.events]
    assert names == ["TrainBegin", *["EpochBegin", "StepEnd", "StepEnd", "EpochEnd"] * 2, "TrainEnd"]
    first, last = seen.events[0], seen.events[-1]
    assert (first.first_epoch, first.n_epochs) == (1, 2)
    assert [e.epoch for e in seen.events if isinstance(e, EpochBegin | EpochEnd)] == [1, 1, 2, 2]
    assert [e.row for e in seen.events if isinstance(e, EpochEnd)] == state.history[1:]
    assert last.reason == "max_iter"


def test_the_gradient_of_a_step() -> None:
    """An event shows the gradient that made the step, clipped, and the parameters after it."""
    task, seen = problem(batch_size=N_ROWS, max_grad_norm=0.1), Everything()
    net = task.objective.network.copy()
    fit(task, start(task), 1, learning_rate=0.5, observers=[seen])

    g = net.gradients(*data(), loss="squared_error").flat
    assert np.linalg.norm(g) > 0.1
    np.testing.assert_allclose(seen.gradients[0], 0.1 * g / np.linalg.norm(g), rtol=1e-12)
    (step,) = [event for event in seen.events if isinstance(event, StepEnd)]
    np.testing.assert_allclose(step.parameters, net.parameters - 0.5 * seen.gradients[0], rtol=1e-12)


def arrays_of(event: Any) -> list[np.ndarray]:
    """Return every array that an event shows."""
    shown = [*vars(event).values(), *(vars(event.problem).values() if isinstance(event, TrainBegin) else ())]
    shown += [value for X in shown if isinstance(X, StandardizedSparse) for value in (X.scaled, X.shift)]
    shown += [getattr(X, name) for X in shown if sparse.issparse(X) for name in ("data", "indices", "indptr")]
    return [value for value in shown if isinstance(value, np.ndarray)]


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_arrays_cannot_be_written(solver: str, shuffle: bool) -> None:
    """Every array of every event refuses to be written, the data, weights and targets among them."""
    task, seen = problem(solver, sample_weight=np.ones(N_ROWS)), Everything()
    if solver == "lbfgs":
        train_full_batch(task, start(task), max_iter=2, max_fun=99, tol=0.0, observers=[seen])
    else:
        fit(task, start(task), 1, shuffle=shuffle, observers=[seen])

    shown = [array for event in seen.events for array in arrays_of(event)]
    assert len(shown) == (3 + 5 * 3 + 1 if solver == "sgd" else 3 + 2)
    assert not any(array.flags.writeable for array in shown)
    with pytest.raises(ValueError, match="read-only"):
        shown[-1][...] = 0.0
    assert task.X.flags.writeable  # the user's own array stays as it was


@pytest.mark.parametrize("standardized", [False, True])
def test_sparse_arrays_cannot_be_written(standardized: bool) -> None:
    """The parts of sparse inputs cannot be written either, and training is that of the dense ones."""
    X, shift = np.where(data()[0] > 0.5, data()[0], 0.0), np.array([0.0, 0.5, -0.5]) * standardized
    task, twin, seen = problem(), problem(), Everything()
    given = sparse.csr_array(X)
    task = replace(task, X=StandardizedSparse(given, shift) if standardized else given)
    fit(task, start(task), observers=[seen])
    twin = replace(twin, X=X - shift)
    fit(twin, start(twin))

    shown = arrays_of(seen.events[0])
    assert len(shown) == 4 + standardized
    assert not any(array.flags.writeable for array in shown)
    assert given.data.flags.writeable
    np.testing.assert_allclose(
        task.objective.network.parameters, twin.objective.network.parameters, rtol=1e-9
    )


def test_a_row_is_a_copy() -> None:
    """Changes that an observer makes to the row of an event do not reach the history."""

    class Careless(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            event.row.clear()  # type: ignore[attr-defined]

    task = problem()
    state = start(task)
    fit(task, state, 1, observers=[Careless()])

    assert state.history[0]["epoch"] == 1


@pytest.mark.parametrize("layers", [{}, {"dropout": 0.4, "batch_norm": True}], ids=["plain", "all layers"])
def test_observers_change_no_bit(layers: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Training with every observer attached gives the bits of training with none."""
    found = []
    for observers in (
        [],
        [
            Everything(1),
            Everything(2),
            Everything(7),
            PrintEpochs(),
            ProgressBar(Console(file=io.StringIO())),
        ],
    ):
        task = problem("adam", batch_size=3, layers=layers)
        state = start(task)
        fit(task, state, observers=observers)
        found.append(bits(task, state))

    assert found[0] == found[1]
    assert capsys.readouterr().out.count("Iteration") == 4


def test_observers_change_no_bit_of_lbfgs() -> None:
    """The same for the method without steps."""
    found = []
    for observers in ([], [Everything(), ProgressBar(Console(file=io.StringIO()))]):
        task = problem("lbfgs", layers={"batch_norm": True})
        state = start(task)
        train_full_batch(task, state, max_iter=5, max_fun=99, tol=0.0, observers=observers)
        found.append(bits(task, state))

    assert found[0] == found[1]


# ---- the console -----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"n_iter_no_change": 1, "tol": 9.0}])
def test_verbose_prints_the_lines_of_scikit_learn(
    options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines of verbose=True are scikit-learn's, but for the numbers."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = (X[:, 0] > 0).astype(int)
    printed = []
    for model in (sklearn.neural_network.MLPClassifier, MLPClassifier):
        model((4,), max_iter=3, verbose=True, random_state=0, **options).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        printed.append(["".join("0" if c.isdigit() else c for c in line) for line in lines])

    assert printed[1] == printed[0]
    assert len(printed[0]) >= 3


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((None, None), "loss 0."),
        ((0.25, None), "validation loss 0.2500"),
        ((0.25, 0.75), "validation score 0.7500"),
    ],
)
def test_the_progress_bar(given: tuple[float | None, float | None], text: str) -> None:
    """The bar shows the epochs done of those to come, and the last loss or score."""
    file = io.StringIO()
    task = problem()

    fit(
        task,
        start(task),
        3,
        validate=lambda: given,  # type: ignore[arg-type, return-value]
        observers=[ProgressBar(Console(file=file, force_terminal=True, width=120))],
    )

    assert text in file.getvalue()
    assert "3/3" in file.getvalue()
