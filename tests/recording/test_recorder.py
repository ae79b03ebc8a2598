"""The recorder: it changes no bit, looks when it should, forgets what is too much, survives NaN."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.engines import get_engine
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import get_schedule
from pellucid.recording import Record, Recorder, record_of, vital_signs
from pellucid.recording.record import EPOCH_QUANTITIES, LAYER_QUANTITIES, UNIT_QUANTITIES
from pellucid.recording.rhythm import Series, next_moment
from pellucid.training import Observer, Plan, train
from problems import bits, fit, problem, start

X = np.random.default_rng(0).normal(size=(90, 5))
Y = (X[:, 0] * X[:, 1] > 0.0).astype(int)


def fitted(*callbacks: Any, **options: Any) -> MLPClassifier:
    """Return a classifier after a short fit."""
    given = {"hidden_layer_sizes": (6, 6), "max_iter": 9, "batch_size": 20, "random_state": 0} | options
    with warnings.catch_warnings(action="ignore"):
        return MLPClassifier(**given).set_callbacks(*callbacks).fit(X, Y)


# ---- observers change nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize(
    "options",
    [
        {"solver": "adam"},
        {"solver": "sgd", "dropout": 0.3, "learning_rate_init": 0.1},
        {"solver": "adam", "batch_norm": True, "early_stopping": True},
        {"solver": "adamw", "residual": True, "dropout": 0.2, "batch_norm": True},
        {"solver": "lbfgs"},
    ],
)
@pytest.mark.parametrize("rhythm", [{}, {"every": 3, "unit": "step"}])
def test_no_bit_is_changed(engine: str, options: dict[str, Any], rhythm: dict[str, Any]) -> None:
    recorder = Recorder(n_probe=30, **rhythm)
    seen, alone = fitted(recorder, engine=engine, **options), fitted(engine=engine, **options)

    np.testing.assert_array_equal(seen.network_.parameters, alone.network_.parameters)
    np.testing.assert_array_equal(seen.network_.state, alone.network_.state)
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in seen.history_]
    assert rows == [{k: v for k, v in row.items() if k != "seconds"} for row in alone.history_]
    assert recorder.record.n_moments >= 4
    again = vital_signs(seen.network_, X, Y)  # the last moment is what the user now has
    assert recorder.record.spectral_norm[-1].tolist() == [layer.spectral_norm for layer in again.layers]


def test_the_state_of_training_is_the_same_too() -> None:
    """Memory, generator and counts, with another observer beside it at a rhythm of its own."""

    class EverySecond(Observer):
        every_steps = 2

    task, twin = problem("adam"), problem("adam")
    state, other = start(task), start(twin)
    fit(task, state, 6, observers=[EverySecond(), Recorder(every=7, unit="step")])
    fit(twin, other, 6)
    assert bits(task, state) == bits(twin, other)


# ---- when, and what --------------------------------------------------------------------------------------


def test_moments_of_epochs() -> None:
    """At the powers of two, before the first step and at the end; 23 rows in batches of 5 are 5 steps."""
    recorder, task = Recorder(), problem("sgd")
    fit(task, start(task), 11, observers=[recorder])
    record = recorder.record
    assert record.epochs.tolist() == [0, 1, 2, 4, 8, 11]
    assert record.steps.tolist() == [0, 5, 10, 20, 40, 55]
    assert (record.batch_size, record.n_samples, record.n_probe) == (5, 23, 23)
    assert (record.optimizer, record.loss, record.reason) == ("sgd", "squared_error", "max_iter")
    assert len(record.history["loss"]) == 11
    assert [next_moment("log", n) for n in (0, 1, 2, 3, 4, 1000)] == [1, 2, 4, 4, 8, 1024]

    every = Recorder(every=4)
    fit(task := problem(), start(task), 9, observers=[every])
    assert every.record.epochs.tolist() == [0, 4, 8, 9]


def test_moments_of_steps() -> None:
    """Across the bounds of epochs; two steps in a row too."""
    recorder, task = Recorder(every=3, unit="step"), problem("sgd")
    fit(task, start(task), 2, observers=[recorder])
    assert recorder.record.steps.tolist() == [0, 3, 6, 9, 10]
    np.testing.assert_allclose(recorder.record.epochs, [0, 0.6, 1.2, 1.8, 2.0])

    each = Recorder(every=1, unit="step")
    fit(task := problem("sgd"), start(task), 2, observers=[each])
    assert each.record.steps.tolist() == list(range(11))
    assert np.isfinite(each.record.update_ratio[1:]).all()


class Steps(Observer):
    """Keeps the parameters after each step."""

    every_steps = 1

    def __init__(self) -> None:
        self.parameters: list[np.ndarray] = []

    def on_step_end(self, event: Any) -> None:
        """Keep them."""
        self.parameters.append(event.parameters.copy())


@pytest.mark.parametrize(("unit", "every", "step"), [("epoch", 2, 9), ("step", 7, 7)])
def test_the_update_is_that_of_one_full_step(unit: str, every: int, step: int) -> None:
    """Of an epoch of steps of 5, 5, 5, 5 and 3 rows the fourth; of counted steps the one that is due."""
    recorder, steps, task = Recorder(every=every, unit=unit), Steps(), problem("adam")
    first = task.objective.network.parameters.copy()
    fit(task, start(task), 3, observers=[recorder, steps])
    known, net = [first, *steps.parameters], task.objective.network
    before, after = (net.parameter_views(known[n]) for n in (step - 1, step))
    layers = [k for k, views in enumerate(before) if "weights" in views]
    for k, layer in enumerate(layers):
        W, V = before[layer]["weights"], after[layer]["weights"]
        assert recorder.record.rms_update[1, k] == pytest.approx(np.sqrt(np.mean((V - W) ** 2)), rel=1e-12)
        ratio = np.linalg.norm(V - W) / np.linalg.norm(W)
        assert recorder.record.update_ratio[1, k] == pytest.approx(ratio, rel=1e-12)
    assert np.isnan(recorder.record.update_ratio[0]).all()


def test_moments_are_vital_signs_of_the_rows_with_their_weights_and_penalties() -> None:
    w = np.random.default_rng(3).integers(0, 4, 23).astype(float)
    recorder = Recorder()
    task = problem("sgd", sample_weight=w, penalties={"l1": 0.01, "l2": 0.02, "alpha": 0.3})
    fit(task, start(task), 5, observers=[recorder])
    l2 = 0.02 + 0.3 / (5 * w.mean())
    seen = vital_signs(
        task.objective.network, task.X, task.Y, "squared_error", sample_weight=w, l1=0.01, l2=l2
    )
    record = recorder.record
    assert record.probe_loss[-1] == pytest.approx(seen.loss, rel=1e-12)
    assert record.probe_penalty[-1] == pytest.approx(seen.penalty, rel=1e-12)
    for k, layer in enumerate(seen.layers):
        assert record.rms_gradient[-1, k] == pytest.approx(layer.rms_gradient, rel=1e-12)
        np.testing.assert_allclose(record.on[k][-1], layer.on)


def test_the_probe_is_spread_evenly() -> None:
    """Of 90 rows sorted by their first column 9 are chosen, one of each tenth; a seed gives the same."""
    order = np.argsort(X[:, 0])
    chosen = []
    for seed in (0, 0, 1):
        recorder = Recorder(n_probe=9, random_state=seed)

        class Probe(Observer):
            def on_epoch_end(self, event: Any, recorder: Recorder = recorder) -> None:
                chosen.append(recorder._watch.X[:, 0].copy())

        model = MLPClassifier((2,), max_iter=1, standardize=False, random_state=0)
        with warnings.catch_warnings(action="ignore"):
            model.set_callbacks(recorder, Probe()).fit(X[order], Y[order])
    tenths = X[order, 0].reshape(9, 10).astype(np.float32)
    assert ((chosen[0] >= tenths[:, 0]) & (chosen[0] <= tenths[:, -1])).all()
    assert (chosen[0] == chosen[1]).all()
    assert (chosen[0] != chosen[2]).any()


# ---- long, broken and resumed trainings ------------------------------------------------------------------


def test_memory_is_bounded() -> None:
    """2,000 epochs leave at most as many moments and rows as asked for, evenly, with first and last."""
    recorder = Recorder(every=5, max_moments=20, max_epochs=300)
    task = problem("sgd", batch_size=23)
    plan = Plan(2_000, 1e-3, get_schedule("constant"), patience=np.inf)
    train(task, start(task, 2_000), plan, get_engine(), observers=[recorder])
    record, size = recorder.record, len(pickle.dumps(recorder))
    assert 10 <= record.n_moments <= 20
    assert record.epochs[[0, -1]].tolist() == [0, 2_000]
    assert len(set(np.diff(record.epochs)[:-1])) == 1
    assert 150 <= len(record.history["epoch"]) <= 300
    assert record.history["epoch"][[0, -1]].tolist() == [1, 2_000]
    assert len(set(np.diff(record.history["epoch"])[:-1])) == 1
    assert size < 500_000


@pytest.mark.parametrize("capacity", [2, 3, 4, 7])
def test_a_thinned_series(capacity: int) -> None:
    series: Series[int] = Series(capacity)
    for item in range(100):
        series.append(item)
        kept = series.items
        assert len(series) == len(kept) <= capacity
        assert (kept[0], kept[-1]) == (0, item)
        assert len(set(np.diff(kept[:-1]))) <= 1
        series.amend(lambda last: -last)
        assert series.items == [*kept[:-1], -item]
        series.amend(lambda last: -last)


def test_training_that_diverges_leaves_a_record() -> None:
    recorder = Recorder(every=1)
    task = problem("sgd")
    with np.errstate(all="ignore"):
        fit(task, start(task), 50, learning_rate=3.0, observers=[recorder])
    record = recorder.record
    assert record.reason == "diverged"
    assert record.n_moments >= 1
    assert len(record.history["loss"]) < 50
    assert np.isfinite(record.probe_loss[0])


def test_training_that_is_not_finite_from_the_start() -> None:
    recorder, task = Recorder(unit="step", every=1), problem("sgd")
    task.objective.network.parameters[0] = np.nan
    with np.errstate(all="ignore"):
        fit(task, start(task), 3, observers=[recorder])
    assert recorder.record.reason == "diverged"
    assert np.isnan(recorder.record.probe_loss).all()
    assert recorder.record.history["loss"].size == 0


def test_a_target_that_is_not_a_number() -> None:
    """The recorder asks no more of the data than training does."""
    recorder, task = Recorder(), problem("sgd")
    task.Y[7, 0] = np.nan
    with np.errstate(all="ignore"):
        fit(task, start(task), 3, observers=[recorder])
    assert recorder.record.reason == "diverged"
    assert np.isnan(recorder.record.probe_loss[0])


def test_an_observer_that_fails() -> None:
    """Its error comes through, and the record is what was seen until then."""

    class Fails(Observer):
        def on_epoch_end(self, event: Any) -> None:
            raise RuntimeError("mine")

    recorder, task = Recorder(), problem("sgd")
    with pytest.raises(RuntimeError, match="mine"):
        fit(task, start(task), 3, observers=[recorder, Fails()])
    assert (recorder.record.reason, recorder.record.message) == ("failed", "mine")
    assert recorder.record.epochs.tolist() == [0, 1]


def test_training_that_goes_on_goes_on_in_its_record() -> None:
    recorder = Recorder()
    model = fitted(recorder, max_iter=6, warm_start=True)
    with warnings.catch_warnings(action="ignore"):
        model.fit(X, Y)
    assert recorder.record.epochs.tolist() == [0, 1, 2, 4, 6, 8, 12]
    assert recorder.record.history["epoch"].tolist() == list(range(1, 13))

    parts = Recorder()
    learner = MLPClassifier((4,), batch_size=20, random_state=0).set_callbacks(parts)
    for _ in range(9):
        learner.partial_fit(X, Y, classes=[0, 1])
    assert parts.record.epochs.tolist() == [0, 1, 2, 4, 8]
    learner.set_params(hidden_layer_sizes=(3,), max_iter=2)
    with warnings.catch_warnings(action="ignore"):
        learner.fit(X, Y)
    assert parts.record.layer_sizes == (5, 3, 1)
    assert parts.record.epochs.tolist() == [0, 1, 2]
    assert clone(learner)._watchers == [parts]


def test_spectral_norms_are_those_of_the_start_and_of_what_training_left() -> None:
    recorder = Recorder()
    start_of = fitted(max_iter=1, learning_rate_init=1e-12).network_
    model = fitted(recorder, max_iter=8)  # the last look is that of the epoch
    record = recorder.record
    for m, network in ((0, start_of), (-1, model.network_)):
        norms = [np.linalg.norm(W, 2) for W in network.weights]
        np.testing.assert_allclose(record.spectral_norm[m], norms, rtol=1e-5)
    assert np.isnan(record.spectral_norm[1:-1]).all()


def test_training_that_goes_on_and_ends_unforeseen_is_seen_as_it_ends() -> None:
    """From epoch 8 to 13 of 20: no moment is due in between."""

    class Stops(Observer):
        def on_epoch_end(self, event: Any) -> bool:
            return event.epoch == 12

    recorder, task = Recorder(), problem("adam")
    fit(task, state := start(task), 8, observers=[recorder])
    fit(task, state, 12, observers=[recorder, Stops()])
    record, net = recorder.record, task.objective.network
    assert (record.reason, record.epochs.tolist()) == ("stopped", [0, 1, 2, 4, 8, 13])
    norms = [np.linalg.norm(W, 2) for W in net.weights]
    np.testing.assert_allclose(record.spectral_norm[-1], norms, rtol=1e-6)


def test_early_stopping_ends_with_the_best_network() -> None:
    recorder = Recorder(every=1)
    model = fitted(recorder, early_stopping=True, max_iter=40, learning_rate_init=0.05, n_iter_no_change=5)
    norms = [np.linalg.norm(W, 2) for W in model.network_.weights]
    np.testing.assert_allclose(recorder.record.spectral_norm[-1], norms, rtol=1e-6)
    assert np.isfinite(recorder.record.history["validation_score"]).all()


# ---- the record ------------------------------------------------------------------------------------------


def test_shapes_rows_and_files(tmp_path: Path) -> None:
    recorder = Recorder()
    fitted(recorder)
    record = recorder.record
    shape = (record.n_moments, 3)
    assert [getattr(record, name).shape for name in LAYER_QUANTITIES] == [shape] * len(LAYER_QUANTITIES)
    for name in UNIT_QUANTITIES:
        assert [units.shape for units in getattr(record, name)] == [(shape[0], n) for n in (6, 6, 1)]
    rows = record.to_rows()
    assert len(rows) == shape[0] * 3
    assert (rows[4]["epoch"], rows[4]["layer"], rows[4]["rms_z"]) == (1.0, 1, record.rms_z[1, 1])
    assert [row["loss"] for row in record.history_rows()] == record.history["loss"].tolist()

    for number, saved in enumerate((record, record_of(fitted()))):
        path = tmp_path / f"{number}.record"
        saved.save(path)
        loaded = Record.load(path)
        for name, value in vars(saved).items():
            np.testing.assert_equal(getattr(loaded, name), value, err_msg=name)


def test_files_that_are_no_records(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError):
        Record.load(path)
    for content in (b"", b"text", pickle.dumps([1])):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is not a record of pellucid"):
            Record.load(path)
    with path.open("wb") as file:
        np.savez(file, header=np.array('{"pellucid_record": 2}'))
    with pytest.raises(DataError, match="format 2; this version reads 1"):
        Record.load(path)
    with path.open("wb") as file:
        np.savez(file, header=np.array('{"pellucid_record": 1}'))
    with pytest.raises(DataError, match="not a complete record"):
        Record.load(path)


def test_the_record_of_a_fitted_model() -> None:
    model = MLPRegressor((3,), solver="lbfgs", max_iter=500, random_state=0).fit(X, X[:, 0])
    record = record_of(model)
    assert record.is_empty
    assert record.n_layers == 2
    assert record.activations == ("relu", "identity")
    assert tuple(record.history) == EPOCH_QUANTITIES
    assert record.history["objective"].tolist() == model.loss_curve_
    assert np.isnan(record.history["learning_rate"]).all()
    record.check_network(model.network_)
    with pytest.raises(NotFittedError):
        record_of(MLPRegressor())
    with pytest.raises(ParameterError, match="'model' must be a fitted MLPClassifier"):
        record_of(LinearRegression().fit(X, Y))


@pytest.mark.parametrize(
    "other",
    [
        Network([5, 6, 7, 1], activation="relu", output_activation="logistic"),
        Network([5, 6, 6, 1], activation="tanh", output_activation="logistic"),
        Network([5, 6, 6, 1], activation="relu", output_activation="logistic", batch_norm=True),
    ],
)
def test_a_record_of_another_network(other: Network) -> None:
    recorder = Recorder()
    model = fitted(recorder)
    recorder.record.check_network(model.network_)
    with pytest.raises(ParameterError, match=r"another network: layers \(5, 6, 6, 1\)"):
        recorder.record.check_network(other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, r"'every' must be an integer >= 1 or .log.; got 0"),
        ({"every": "linear"}, "'every' must be"),
        ({"every": True}, "'every' must be"),
        ({"unit": "row"}, "'unit' must be 'epoch' or 'step'; got 'row'"),
        ({"n_probe": 0}, "'n_probe' must be an integer >= 1; got 0"),
        ({"max_moments": 1}, "'max_moments' must be an integer >= 2; got 1"),
        ({"max_epochs": 1.5}, "'max_epochs' must be"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Recorder(**options)


def test_no_training_no_record() -> None:
    with pytest.raises(ParameterError, match="has seen no training: pass it to set_callbacks"):
        _ = Recorder().record
