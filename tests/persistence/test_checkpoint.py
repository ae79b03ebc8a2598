"""Checkpoints: when they are written, what is in them, and what happens when training does not end well."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import Checkpoint, MLPClassifier, MLPRegressor, load, save
from pellucid.exceptions import ParameterError
from pellucid.persistence import read_header
from pellucid.training import Observer
from persistence.forgery import assert_same_estimator
from persistence.small_models import quick, table

X, CLASSES = table()


class Spy(Checkpoint):
    """Keeps the epochs at which it was written."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.epochs: list[int] = []
        self.stamp = 0

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
        super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)
        if os.path.exists(self.path) and os.stat(self.path).st_ino != self.stamp:
            self.stamp = os.stat(self.path).st_ino
            self.epochs.append(len(read_header(self.path)["history"]))


def model(**options: Any) -> MLPClassifier:
    """Return a small classifier."""
    return MLPClassifier(**{"hidden_layer_sizes": (4,), "max_iter": 7, "random_state": 0, **options})


# ---- when ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "epochs"), [(1, [1, 2, 3, 4, 5, 6, 7]), (2, [2, 4, 6]), (3, [3, 6]), (7, [7]), (8, [])]
)
def test_it_saves_after_so_many_epochs(tmp_path: Path, every: int, epochs: list[int]) -> None:
    """The file is written after each ``every`` epochs and at no other time, over the one before."""
    spy = Spy(tmp_path / "model", every=every)
    quick(model().set_callbacks(spy), X, CLASSES)

    assert spy.epochs == epochs
    assert os.listdir(tmp_path) == (["model"] if epochs else [])


def test_it_counts_from_the_cold_start(tmp_path: Path) -> None:
    """Five epochs and five more by warm start, with ``every=4``, are saved after 4 and 8."""
    spy = Spy(tmp_path / "model", every=4)
    estimator = model(max_iter=5, warm_start=True).set_callbacks(spy)
    for _ in range(2):
        quick(estimator, X, CLASSES)

    assert spy.epochs == [4, 8]


def test_partial_fit_is_counted_too(tmp_path: Path) -> None:
    """Each call of partial_fit is an epoch."""
    spy = Spy(tmp_path / "model", every=2)
    estimator = model().set_callbacks(spy)
    for _ in range(5):
        estimator.partial_fit(X, CLASSES, classes=[0, 1, 2])

    assert spy.epochs == [2, 4]


@pytest.mark.parametrize("path", [None, 3, b"model", ["model"]], ids=repr)
def test_path_that_is_none(path: Any) -> None:
    """``path`` is text or a Path; the error says so and what came."""
    with pytest.raises(ParameterError, match=r"'path' must be the path of a file, .*got"):
        Checkpoint(path)


@pytest.mark.parametrize("every", [0, -1, 1.0, "1", None, True, float("nan")], ids=repr)
def test_every_that_makes_no_sense(every: Any) -> None:
    """``every`` is an integer, 1 or more; the error says so and what came."""
    with pytest.raises(ParameterError, match=r"every.*integer >= 1"):
        Checkpoint("model", every=every)


def test_every_from_numpy(tmp_path: Path) -> None:
    """An integer of NumPy's is an integer."""
    quick(model().set_callbacks(Checkpoint(tmp_path / "model", every=np.int64(7))), X, CLASSES)

    assert len(load(tmp_path / "model").history_) == 7


# ---- what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"solver": "lbfgs"}, {"solver": "sgd", "standardize": True}],
                         ids=["adam", "lbfgs", "sgd"])  # fmt: skip
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_the_last_checkpoint_is_the_model(tmp_path: Path, kind: Any, options: dict[str, Any]) -> None:
    """Written after the last epoch, the file holds the fitted model."""
    estimator = kind((4,), max_iter=3, random_state=0, **options).set_callbacks(
        Checkpoint(tmp_path / "model")
    )
    quick(estimator, X, CLASSES)
    back = load(tmp_path / "model")

    assert len(back.history_) == len(estimator.history_)
    np.testing.assert_array_equal(back.network_.parameters, estimator.network_.parameters)
    np.testing.assert_array_equal(back.predict(X), estimator.predict(X))


def test_a_checkpoint_is_the_model_at_that_time(tmp_path: Path) -> None:
    """After four of seven epochs it equals a fit of four epochs, the clock aside."""
    quick(model().set_callbacks(Checkpoint(tmp_path / "model", every=4)), X, CLASSES)
    four = quick(model(max_iter=4), X, CLASSES)
    back = load(tmp_path / "model").set_params(max_iter=4)

    back._training_state.horizon = 4
    for m in (back, four):
        for row in m.history_:
            row["seconds"] = 0.0
    assert_same_estimator(four, back)


def test_watching_changes_nothing(tmp_path: Path) -> None:
    """A fit with checkpoints ends with the very parameters of one without."""
    watched = quick(model(dropout=0.3).set_callbacks(Checkpoint(tmp_path / "model", every=2)), X, CLASSES)
    alone = quick(model(dropout=0.3), X, CLASSES)

    np.testing.assert_array_equal(watched.network_.parameters, alone.network_.parameters)


def test_early_stopping(tmp_path: Path) -> None:
    """A checkpoint holds the epoch's parameters and, beside them, the best: a resumed fit ends as if unbroken."""
    options = {
        "early_stopping": True,
        "validation_fraction": 0.3,
        "batch_norm": True,
        "learning_rate_init": 0.05,
    }
    path = tmp_path / "model"
    whole = quick(model(max_iter=20, n_iter_no_change=4, **options).set_callbacks(Checkpoint(path, every=3)),
                  X, CLASSES)  # fmt: skip
    back = load(path)
    state = back._training_state
    scores = back.validation_scores_

    assert state.best == max(scores) == back.best_validation_score_
    assert state.best_parameters.shape == back.network_.parameters.shape
    assert state.best_statistics.shape == back.network_.state.shape
    if scores[-1] < state.best:
        assert (state.best_parameters != back.network_.parameters).any()
    resumed = quick(back.set_params(warm_start=True, max_iter=20 - len(scores)), X, CLASSES)
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)
    np.testing.assert_array_equal(resumed.network_.state, whole.network_.state)


def test_the_header_of_a_checkpoint(tmp_path: Path) -> None:
    """It tells how far training was."""
    quick(model().set_callbacks(Checkpoint(tmp_path / "model", every=3)), X, CLASSES)
    header = read_header(tmp_path / "model")

    assert header["class"] == "MLPClassifier"
    assert header["n_iter"] == len(header["history"]) == 6
    assert header["parameters"]["max_iter"] == 7


def test_a_loaded_checkpoint_has_no_callbacks(tmp_path: Path) -> None:
    """A file holds no callbacks: to go on with checkpoints, set them again."""
    path = tmp_path / "model"
    quick(model().set_callbacks(Checkpoint(path, every=3)), X, CLASSES)
    before = path.read_bytes()
    resumed = load(path).set_params(warm_start=True)
    quick(resumed, X, CLASSES)
    assert path.read_bytes() == before

    quick(resumed.set_callbacks(Checkpoint(path, every=1)), X, CLASSES)
    assert len(read_header(path)["history"]) == 6 + 7 + 7


# ---- in scikit-learn's company ------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_in_a_grid_search(tmp_path: Path, n_jobs: int | None) -> None:
    """The fits of a search write one after the other; what is left is whole, and that of the last, the refit."""
    path = tmp_path / "model"
    search = GridSearchCV(model(max_iter=3).set_callbacks(Checkpoint(path)), {"alpha": [0.0, 0.1]}, cv=2,
                          n_jobs=n_jobs)  # fmt: skip
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PYTHONWARNINGS", "ignore")
        warnings.simplefilter("ignore")
        search.fit(X, CLASSES)
    back = load(path)

    assert os.listdir(tmp_path) == ["model"]
    np.testing.assert_array_equal(back.predict_proba(X), search.best_estimator_.predict_proba(X))
    assert back.get_params() == search.best_estimator_.get_params()


def test_in_a_pipeline_and_in_cross_validation(tmp_path: Path) -> None:
    """The last step of a pipeline saves itself, without the steps before it; so do the fits of cross_val_score."""
    path = tmp_path / "model"
    pipeline = make_pipeline(StandardScaler(), model().set_callbacks(Checkpoint(path)))
    quick(pipeline, X, CLASSES)
    scaled = pipeline[:-1].transform(X)
    np.testing.assert_array_equal(load(path).predict_proba(scaled), pipeline.predict_proba(X))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cross_val_score(model().set_callbacks(Checkpoint(path)), X, CLASSES, cv=3)
    assert len(load(path).history_) == 7
    with pytest.raises(ParameterError, match="Pipeline"):
        save(pipeline, path)


def test_a_clone_saves_to_the_same_file(tmp_path: Path) -> None:
    """Callbacks go along with ``clone``, as in scikit-learn."""
    quick(clone(model().set_callbacks(Checkpoint(tmp_path / "model"))), X, CLASSES)

    assert len(load(tmp_path / "model").history_) == 7


# ---- when training does not end well ------------------------------------------------------------------------


class StopsAt(Observer):
    """Raises an error, or asks to stop, after an epoch."""

    def __init__(self, epoch: int, action: Callable[[], Any]) -> None:
        self.epoch, self.action = epoch, action

    def on_epoch_end(self, event: Any) -> Any:
        return self.action() if event.epoch + 1 == self.epoch else None


def raises(error: BaseException) -> Callable[[], Any]:
    """Return a function that raises."""

    def action() -> Any:
        raise error

    return action


@pytest.mark.parametrize("error", [RuntimeError("broken"), MemoryError(), SystemExit()],
                         ids=["RuntimeError", "MemoryError", "SystemExit"])  # fmt: skip
def test_an_error_in_training(tmp_path: Path, error: BaseException) -> None:
    """An error leaves the last checkpoint, from which a fit ends as it would have ended."""
    path = tmp_path / "model"
    broken = model().set_callbacks(StopsAt(5, raises(error)), Checkpoint(path, every=2))
    with pytest.raises(type(error)):
        quick(broken, X, CLASSES)

    resumed = load(path)
    assert len(resumed.history_) == 4
    quick(resumed.set_params(warm_start=True, max_iter=3), X, CLASSES)
    np.testing.assert_array_equal(resumed.network_.parameters, quick(model(), X, CLASSES).network_.parameters)


def test_an_interrupted_training(tmp_path: Path) -> None:
    """So does Ctrl-C."""
    path = tmp_path / "model"
    quick(
        model().set_callbacks(StopsAt(5, raises(KeyboardInterrupt())), Checkpoint(path, every=2)), X, CLASSES
    )

    assert len(load(path).history_) == 4


def test_a_training_that_diverges(tmp_path: Path) -> None:
    """The last checkpoint before a divergence is finite."""
    options = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 30.0, "activation": "identity"}
    estimator = MLPRegressor((4,), max_iter=50, random_state=0, dtype="float32", **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.set_callbacks(Checkpoint(tmp_path / "model")).fit(X, CLASSES)
    assert "Divergence" in str([w.category.__name__ for w in caught])

    back = load(tmp_path / "model")
    assert np.isfinite(back.network_.parameters).all()
    assert len(back.history_) == len(estimator.history_)


def test_a_parameter_that_cannot_be_saved(tmp_path: Path) -> None:
    """It is said before the first epoch, not after hours of training."""
    epochs: list[int] = []

    class Counts(Observer):
        def on_epoch_end(self, event: Any) -> None:
            epochs.append(event.epoch)

    estimator = model(scoring=lambda estimator, X, y: 0.5, early_stopping=True, validation_fraction=0.3)
    with pytest.raises(ParameterError, match="scoring"):
        quick(estimator.set_callbacks(Counts(), Checkpoint(tmp_path / "model", every=3)), X, CLASSES)
    assert os.listdir(tmp_path) == []
    assert epochs == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """An OSError comes through, and the estimator is as it was before the fit."""
    estimator = model().set_callbacks(Checkpoint(tmp_path / "nowhere" / "model", every=3))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        quick(estimator, X, CLASSES)

    assert not hasattr(estimator, "network_")
