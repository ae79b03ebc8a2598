"""Training goes on as if it had never stopped: 10 + 10 epochs are 20, bit for bit, by every way.

The fast tier takes every optimizer with every schedule on one of the estimators; the slow tier takes both,
and two more ways.
"""

import pickle
from dataclasses import fields
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from pellucid import Checkpoint, MLPClassifier, MLPRegressor, load, save
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import OPTIMIZERS, SCHEDULES
from pellucid.training import EpochEnd, Observer, TrainBegin, TrainingState

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::pellucid.exceptions.IgnoredParameterWarning"),
]

N_ROWS = 37  # two batches of 16, and one of 5
ESTIMATORS = {"classifier": MLPClassifier, "regressor": MLPRegressor}
STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
PLAIN = [name for name, row in SCHEDULES.items() if not row.per_step]
HORIZON = [name for name, row in SCHEDULES.items() if row.per_step]
OPTIONS: dict[str, Any] = {
    "hidden_layer_sizes": (8, 6),
    "dropout": [0.2, 0.1],
    "batch_norm": True,
    "standardize": True,
    "batch_size": 16,
    "learning_rate_init": 0.01,
    "n_iter_no_change": 1000,
    "max_iter": 20,
    "warm_start": True,
    "random_state": 0,
}
SCHEDULE_OPTIONS = {"step": {"every": 7}, "invscaling": {"power": 0.1}}

kinds = pytest.mark.parametrize("kind", ESTIMATORS)


def estimator(kind: str, **options: Any) -> Any:
    """Return an estimator with dropout, batch normalization and standardization on."""
    return ESTIMATORS[kind](**{**OPTIONS, **options})


def data(kind: str) -> dict[str, Any]:
    """Return rows, targets and weights."""
    rng = np.random.default_rng(7)
    X = rng.normal(3.0, 2.0, (N_ROWS, 4))
    y = (X[:, 0] > X[:, 1]) * 1 + (X[:, 2] > 4.0) if kind == "classifier" else X[:, 0] * X[:, 1] + X[:, 2]
    return {"X": X, "y": y, "sample_weight": rng.integers(0, 4, N_ROWS).astype(float)}


def bits(model: Any, X: np.ndarray) -> dict[str, Any]:
    """Return everything that training changes, and what the model predicts, apart from seconds."""
    state = model._training_state
    found = {field.name: getattr(state, field.name) for field in fields(TrainingState)}
    del found["horizon"]  # matters for the schedules that have one, and shows in their rates
    found["rng"] = repr(state.rng.bit_generator.state)
    found["history"] = [{k: v for k, v in row.items() if k != "seconds"} for row in state.history]
    found |= {"parameters": model.network_.parameters, "statistics": model.network_.state}
    return {name: np.asarray(value).tolist() for name, value in found.items()} | {
        "predictions": model.predict(X).tolist(),
        "hidden": model.transform(X).tolist(),
        "loss_curve_": model.loss_curve_,
        "t_": model.t_,
    }


def assert_same(resumed: Any, whole: Any, X: np.ndarray) -> None:
    """Assert that two models are the same to the last bit."""
    expected, actual = bits(whole, X), bits(resumed, X)

    assert {name for name in expected if expected[name] != actual[name]} == set()


class StopAfter(Observer):
    """Asks to stop when so many epochs have ended."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_epoch_end(self, event: EpochEnd) -> bool:
        """Say whether it is time."""
        return event.epoch + 1 == self.epoch


# ---- ways to make 20 epochs of 10 and 10 ----------------------------------------------------------------


def by_warm_start(model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Fit twice."""
    model.set_params(max_iter=10).fit(**rows)
    return model.fit(**rows)


def by_pickle(model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Pickle in between."""
    model.set_params(max_iter=10).fit(**rows)
    return pickle.loads(pickle.dumps(model)).fit(**rows)


def by_file(model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Save and load in between."""
    save(model.set_params(max_iter=10).fit(**rows), path)
    return load(path).fit(**rows)


def by_checkpoint(model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Go on from what a callback saved after 10 of 13 epochs."""
    model.set_params(max_iter=13).set_callbacks(Checkpoint(path, every=10)).fit(**rows)
    return load(path).set_params(max_iter=10).fit(**rows)


def by_partial_fit(model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Twenty calls of an epoch each."""
    first = {"classes": np.unique(rows["y"])} if isinstance(model, MLPClassifier) else {}
    model.partial_fit(**rows, **first)
    for _ in range(19):
        model.partial_fit(**rows)
    return model


def by_both(model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Ten epochs of fit, then ten calls of partial_fit on what was saved."""
    save(model.set_params(max_iter=10).fit(**rows), path)
    model = load(path)
    for _ in range(10):
        model.partial_fit(**rows)
    return model


WAYS = {
    way.__name__[3:].replace("_", " "): way for way in (by_warm_start, by_file, by_checkpoint, by_partial_fit)
}
SLOW_WAYS = {"pickle": by_pickle, "file, then partial fit": by_both}
CASES = [
    pytest.param(kind, solver, schedule, marks=[pytest.mark.slow] if (i + j + k) % 2 else [])
    for (i, kind), (j, solver), (k, schedule) in product(*map(enumerate, (ESTIMATORS, STEPWISE, PLAIN)))  # type: ignore[misc]
]

ways = pytest.mark.parametrize("way", [*WAYS, *SLOW_WAYS])


def resume(way: str, model: Any, rows: dict[str, Any], path: Path) -> Any:
    """Train a new model for 20 epochs with a break."""
    return (WAYS | SLOW_WAYS)[way](model, rows, path)


@cache
def without_a_break(kind: str, solver: str, schedule: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options, and what 20 epochs in one fit come to."""
    options = {
        "solver": solver,
        "learning_rate": schedule,
        "schedule_options": None if solver == "adam" else SCHEDULE_OPTIONS.get(schedule),
    }
    rows = data(kind)
    whole = estimator(kind, **options).fit(**rows)
    assert len(whole.history_) == 20
    return options, bits(whole, rows["X"])


@pytest.mark.parametrize(("kind", "solver", "schedule"), CASES)
@pytest.mark.parametrize("way", [*WAYS, *(pytest.param(way, marks=pytest.mark.slow) for way in SLOW_WAYS)])
def test_ten_and_ten_epochs_are_twenty(
    way: str, kind: str, solver: str, schedule: str, tmp_path: Path
) -> None:
    """Every optimizer, every schedule without a horizon: parameters, moments, counters, history, generator."""
    options, expected = without_a_break(kind, solver, schedule)
    rows = data(kind)

    resumed = bits(resume(way, estimator(kind, **options), rows, tmp_path / "model"), rows["X"])

    assert {name for name in expected if expected[name] != resumed[name]} == set()


@kinds
@ways
def test_an_adaptive_rate_that_falls(kind: str, way: str, tmp_path: Path) -> None:
    """The adaptive schedule's reductions and its count of bad epochs go on, also across the break."""
    options = {"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 3}
    rows = data(kind)
    whole = estimator(kind, **options).fit(**rows)

    resumed = resume(way, estimator(kind, **options), rows, tmp_path / "model")

    rates = [row["learning_rate"] for row in whole.history_]
    assert rates[9] < rates[0]
    assert rates[-1] < rates[9]
    assert rates[10] == rates[9]  # the break is in the middle of a count
    assert_same(resumed, whole, rows["X"])


@kinds
@pytest.mark.parametrize("schedule", HORIZON)
@pytest.mark.parametrize("way", ["warm start", "pickle", "file", "partial_fit"])
def test_a_horizon_is_that_of_the_cold_fit(kind: str, schedule: str, way: str, tmp_path: Path) -> None:
    """A fit for 20 epochs that an observer stops at 10 goes on along the same schedule."""
    rows = data(kind)
    whole = estimator(kind, learning_rate=schedule, solver="adamw").fit(**rows)
    resumed = estimator(kind, learning_rate=schedule, solver="adamw").set_callbacks(StopAfter(10)).fit(**rows)
    assert resumed.n_iter_ == 10

    resumed.set_callbacks().set_params(max_iter=10)
    if way == "pickle":
        resumed = pickle.loads(pickle.dumps(resumed))
    elif way == "file":
        save(resumed, tmp_path / "model")
        resumed = load(tmp_path / "model")
    for _ in range(10 if way == "partial_fit" else 1):
        (resumed.partial_fit if way == "partial_fit" else resumed.fit)(**rows)

    rates = [row["learning_rate"] for row in whole.history_]
    assert rates[9] != rates[10]
    assert_same(resumed, whole, rows["X"])


@pytest.mark.parametrize("schedule", HORIZON)
def test_epochs_beyond_the_horizon_are_not_silent(schedule: str) -> None:
    """There the rate is that of the schedule's end, mostly 0: who asks for such epochs is told."""
    rows = data("classifier")
    model = estimator("classifier", learning_rate=schedule, max_iter=4).fit(**rows)

    with pytest.warns(UserWarning, match=r"planned for the 4 epochs of the cold fit.*4 of these 4 epochs"):
        model.fit(**rows)
    with pytest.warns(UserWarning, match="1 of these 1 epochs"):
        model.partial_fit(**rows)


def test_many_small_calls_do_not_copy_the_history_again_and_again() -> None:
    """Each call works on a copy of the state, in which the rows of the epochs that are over are the same."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=3).fit(**rows)
    before = model._training_state

    model.partial_fit(**rows)

    after = model._training_state
    assert len(before.history) == 3
    assert all(old is new for old, new in zip(before.history, after.history[:3], strict=True))
    assert not np.shares_memory(before.memory, after.memory)
    assert before.rng is not after.rng


@pytest.mark.parametrize("schedule", HORIZON)
def test_a_checkpoint_keeps_the_horizon(schedule: str, tmp_path: Path) -> None:
    """A model that a callback saved after 10 of 20 epochs goes on to the same end."""
    rows = data("classifier")
    whole = estimator("classifier", learning_rate=schedule)
    whole.set_callbacks(StopAfter(20), Checkpoint(tmp_path / "model", every=11)).fit(**rows)

    resumed = load(tmp_path / "model").set_params(max_iter=9).fit(**rows)

    assert_same(resumed, whole, rows["X"])


@kinds
def test_sparse_rows(kind: str, tmp_path: Path) -> None:
    """Standardized sparse inputs go on too, since their statistics are those of the cold fit."""
    from scipy import sparse

    rows = data(kind)
    rows["X"] = sparse.csr_array(rows["X"] * (rows["X"] > 3.0))
    whole = estimator(kind).fit(**rows)

    assert_same(by_file(estimator(kind), rows, tmp_path / "model"), whole, rows["X"])


# ---- what belongs to the call, and what to the fitted state ----------------------------------------------


def test_n_iter_counts_the_epochs_of_the_call() -> None:
    """n_iter_ is of the last call; the history, the loss curve and t_ are of all calls since the cold fit."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=7).fit(**rows).set_params(max_iter=4).fit(**rows)

    assert model.n_iter_ == 4
    assert [row["epoch"] for row in model.history_] == list(range(1, 12))
    assert len(model.loss_curve_) == 11
    assert model.t_ == 11 * N_ROWS
    assert model.partial_fit(**rows).n_iter_ == 1
    assert len(model.history_) == 12


def test_without_warm_start_a_fit_is_cold() -> None:
    """With warm_start=False a second fit forgets the first, and an integer seed gives the same bits again."""
    rows = data("classifier")
    model = estimator("classifier", warm_start=False).fit(**rows)
    first = bits(model, rows["X"])

    assert bits(model.fit(**rows), rows["X"]) == first


def test_a_seed_is_used_by_cold_fits_only() -> None:
    """A warm start with another integer goes on from the generator that the fit before left."""
    rows = data("classifier")
    whole = estimator("classifier").fit(**rows)
    resumed = estimator("classifier", max_iter=10).fit(**rows)

    resumed.set_params(random_state=99).fit(**rows)

    assert_same(resumed, whole, rows["X"])


def test_a_generator_is_a_seed_too() -> None:
    """A Generator gives the bits of its own seed and is used up; RandomState is accepted."""
    rows = data("classifier")
    generator = np.random.default_rng(0)
    by_generator = estimator("classifier", random_state=generator).fit(**rows)

    assert_same(by_generator, estimator("classifier").fit(**rows), rows["X"])
    again = clone(estimator("classifier", random_state=generator)).fit(**rows)
    assert bits(again, rows["X"]) != bits(by_generator, rows["X"])
    twins = [estimator("classifier", random_state=np.random.RandomState(5)).fit(**rows) for _ in range(2)]
    assert_same(*twins, rows["X"])


def test_no_seed_is_another_fit_each_time() -> None:
    """With random_state=None two fits differ."""
    rows = data("classifier")
    one, other = (estimator("classifier", random_state=None, max_iter=2).fit(**rows) for _ in range(2))

    assert not np.array_equal(one.network_.parameters, other.network_.parameters)


def test_standardization_is_that_of_the_cold_fit() -> None:
    """A warm start on rows from elsewhere keeps the statistics by which inputs and targets are scaled."""
    rows = data("regressor")
    model = estimator("regressor", max_iter=2).fit(**rows)
    scales = [
        getattr(model, f"{of}_{what}_").copy() for of in ("input", "target") for what in ("mean", "scale")
    ]

    model.fit(rows["X"] * 10.0, rows["y"] * 10.0)

    now = [getattr(model, f"{of}_{what}_") for of in ("input", "target") for what in ("mean", "scale")]
    assert all(np.array_equal(a, b) for a, b in zip(scales, now, strict=True))


def test_the_validation_split_is_that_of_the_cold_fit() -> None:
    """With early stopping a warm start holds out the same rows, whatever the seed says by now."""
    rows = data("classifier")
    seen: list[Any] = []

    class Inputs(Observer):
        def on_train_begin(self, event: TrainBegin) -> None:
            seen.append(event.problem.X.tolist())

    model = estimator("classifier", early_stopping=True, validation_fraction=0.3, max_iter=1)
    model.set_params(standardize=False).set_callbacks(Inputs()).fit(**rows)
    model.set_params(random_state=5).fit(**rows)
    model.set_params(warm_start=False).fit(**rows)

    assert len(seen[0]) == N_ROWS - 12  # the ceiling of 0.3 times the rows
    assert seen[0] == seen[1]
    assert seen[2] != seen[0]


# ---- changes between warm starts -------------------------------------------------------------------------


class Keep(Observer):
    """Keeps the parameters of each epoch."""

    def __init__(self) -> None:
        self.parameters: list[np.ndarray] = []

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Copy them."""
        self.parameters.append(event.parameters.copy())


def test_early_stopping_switched_on() -> None:
    """Early stopping from a warm start on looks at the scores of its own epochs and puts the best back."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=5).fit(**rows)
    assert model.validation_scores_ is None
    keep = Keep()

    model.set_params(early_stopping=True, validation_fraction=0.3).set_callbacks(keep).fit(**rows)

    assert len(model.validation_scores_) == 5
    assert len(model.loss_curve_) == 10
    assert model.best_loss_ is None
    best = int(np.argmax(model.validation_scores_))
    np.testing.assert_array_equal(model.network_.parameters, keep.parameters[best])


def test_early_stopping_switched_off() -> None:
    """Without early stopping the last parameters stay, not the best ones of the call before."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=5, early_stopping=True, validation_fraction=0.3).fit(**rows)
    keep = Keep()

    model.set_params(early_stopping=False).set_callbacks(keep).fit(**rows)

    np.testing.assert_array_equal(model.network_.parameters, keep.parameters[-1])
    assert model.best_loss_ == min(model.loss_curve_)


def test_a_warm_start_after_convergence_trains_on() -> None:
    """A model that had stopped improving counts anew, so that a further fit does some epochs."""
    rows = data("classifier")
    model = estimator("classifier", tol=100.0, n_iter_no_change=3).fit(**rows)
    assert model.n_iter_ < 20
    before = model.network_.parameters.copy()

    model.fit(**rows)

    assert model.n_iter_ == 4  # more than n_iter_no_change epochs without improvement
    assert not np.array_equal(model.network_.parameters, before)


SIZES = ({"hidden_layer_sizes": (8, 7)}, r"with layers \(4, 8, 6, 3\).*now ask for \(4, 8, 7, 3\)")
DTYPE = ({"dtype": "float64"}, r"continue in float32; .*float64\. Set dtype='float32', or warm_start=False")
LBFGS = ({"solver": "lbfgs", "dropout": 0.0}, r"continue in float32; .*float64")


@pytest.mark.parametrize(
    ("way", "change", "message"),
    [
        ("fit", *SIZES),
        ("partial_fit", *SIZES),
        ("fit", *DTYPE),
        ("partial_fit", *DTYPE),
        ("fit", *LBFGS),
    ],
    ids=["sizes", "sizes in partial_fit", "dtype", "dtype in partial_fit", "dtype of lbfgs"],
)
def test_what_cannot_go_on_is_refused(way: str, change: dict[str, Any], message: str) -> None:
    """Other sizes and another precision are refused by name, and nothing is changed."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=2).fit(**rows)
    before = bits(model, rows["X"])

    with pytest.raises(ParameterError, match=message):
        getattr(model.set_params(**change), way)(**rows)

    assert bits(model, rows["X"]) == before


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "tanh"},
        {"dropout": 0.5},
        {"batch_norm": False},
        {"residual": "activation"},
        {"output_activation": "logistic"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_architecture_is_not_ignored(change: dict[str, Any]) -> None:
    """Another architecture either takes effect or is refused by name."""
    rows = data("classifier")
    name = next(iter(change))
    model = estimator("classifier", max_iter=2).fit(**rows)
    cold = estimator("classifier", max_iter=2, **change).fit(**rows)
    wanted = getattr(cold.network_, name)

    refused = ""

    try:
        model.set_params(**change).fit(**rows)
    except ParameterError as error:
        refused = str(error)

    assert name in refused or getattr(model.network_, name) == wanted


def test_other_classes_are_refused() -> None:
    """A warm start names classes that are new or lacking, as scikit-learn's does; partial_fit new ones only."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=2).fit(**rows)

    for given, name in ((7, r"\[1 2 7\]"), (1, r"\[1 2\]")):
        with pytest.raises(
            DataError, match=rf"has the same classes .* Previously got \[0 1 2\], `y` has {name}"
        ):
            model.fit(rows["X"], np.where(rows["y"] == 0, given, rows["y"]))
    with pytest.raises(DataError, match=r"classes not in `self.classes_`: \[7\]"):
        model.partial_fit(rows["X"], np.where(rows["y"] == 0, 7, rows["y"]))
    model.partial_fit(rows["X"], np.where(rows["y"] == 0, 1, rows["y"]))


def test_another_number_of_features_is_refused() -> None:
    """A warm start on rows of another width is refused with scikit-learn's words."""
    rows = data("classifier")
    model = estimator("classifier", max_iter=2).fit(**rows)

    with pytest.raises(ValueError, match="X has 3 features, but MLPClassifier is expecting 4"):
        model.fit(rows["X"][:, :3], rows["y"])


def plain(solver: str, **options: Any) -> Any:
    """Return a regressor in float64 on full batches, without anything random."""
    return MLPRegressor(
        (3,),
        solver=solver,
        batch_size=N_ROWS,
        shuffle=False,
        alpha=0.0,
        dtype="float64",
        warm_start=True,
        max_iter=5,
        random_state=0,
        **options,
    )


@pytest.mark.parametrize("solver", [name for name in STEPWISE if name != "sgd"])
def test_another_solver_starts_afresh(solver: str) -> None:
    """A solver that takes over starts as if its first step were the first: its memory and its counter."""
    rows = data("regressor")
    model = plain("sgd", momentum=0.0).fit(**rows)
    start = model.network_.parameters.copy()
    fresh = MLPRegressor.from_sklearn(model.to_sklearn()).set_params(**model.get_params())
    np.testing.assert_array_equal(fresh.network_.parameters, start)

    for one in (model, fresh):
        one.set_params(solver=solver, momentum=0.9, max_iter=1).fit(**rows)

    np.testing.assert_allclose(
        model.network_.parameters - start, fresh.network_.parameters - start, rtol=1e-9, atol=1e-15
    )


def test_lbfgs_goes_on_from_where_it_was() -> None:
    """L-BFGS keeps no memory between calls, but a warm start begins where the last call ended."""
    rows = data("regressor")
    model = plain("lbfgs").fit(**rows)
    first = list(model.loss_curve_)

    model.fit(**rows)

    assert len(model.loss_curve_) == len(first) + model.n_iter_
    assert model.loss_curve_[len(first)] < first[-1]
