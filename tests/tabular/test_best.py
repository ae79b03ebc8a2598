"""``preset="best"``: what is tried within time and work, and the mixture that comes of it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

import pellucid
from pellucid.exceptions import ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor, crew
from pellucid.tabular.members import member_training
from pellucid.tabular.members.member import Member
from pellucid.tabular.members.recipe import get_recipe
from pellucid.tabular.members.standing import Slot
from pellucid.tabular.searching import search
from pellucid.tabular.searching.attempts import Attempt
from pellucid.tabular.searching.portfolio import PORTFOLIO, recipes_of
from pellucid.training import Outcome

SHORT: dict[str, Any] = {"max_iter": 2, "hidden_layer_sizes": (8,), "random_state": 0}


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame, numbers: Any) -> TabularRegressor:
    return TabularRegressor("best", n_trials=14, n_members=2, **SHORT).fit(frame, numbers)


# ---- the mixture ------------------------------------------------------------------------------------------


def test_predictions_are_the_sum_of_members_by_their_shares(
    fitted: TabularRegressor, frame: pd.DataFrame
) -> None:
    encoded, path = fitted.encode(frame), fitted.linear_
    shares = np.array([member.share for member in fitted.members_])
    total = sum(s * m.outputs(encoded) for s, m in zip(shares / shares.sum(), fitted.members_, strict=True))
    if path is not None:
        total = (1.0 - path.share) * total + path.share * path.outputs(encoded)

    assert len(fitted.members_) > 2
    np.testing.assert_allclose(fitted.predict(frame), total[:, 0], rtol=1e-6)


def test_the_shares_of_the_recipes_are_those_of_their_members(fitted: TabularRegressor) -> None:
    in_mixture = [row for row in fitted.tried_ if row["share"]]

    assert sum(row["share"] for row in fitted.tried_) == pytest.approx(1.0)
    assert [row["share"] for row in in_mixture] == sorted((r["share"] for r in in_mixture), reverse=True)
    assert len(fitted.members_) == sum(row["folds"] for row in in_mixture)
    assert sum(row["folds"] + row["refits"] for row in fitted.tried_) <= 14


def test_spread_is_the_deviation_from_the_weighted_mean(
    fitted: TabularRegressor, frame: pd.DataFrame
) -> None:
    """A member of twice the share counts as two, members inside one network as its parts."""
    encoded, votes, weights = fitted.encode(frame), [], []
    for member in fitted.members_:
        each = member.votes(encoded)
        votes += [*each]
        weights += [member.share / len(each)] * len(each)
    if fitted.linear_ is not None:
        s, g = fitted.linear_.share, fitted.linear_.outputs(encoded)
        votes = [(1.0 - s) * v + s * g for v in votes]
    told, w = np.stack(votes)[:, :, 0], np.array(weights) / np.sum(weights)
    mean = np.average(told, axis=0, weights=w)

    expected = np.sqrt(np.average((told - mean) ** 2, axis=0, weights=w))
    np.testing.assert_allclose(fitted.spread(frame), expected, rtol=1e-5, atol=1e-6)


def test_each_held_out_row_is_in_the_histogram_once(fitted: TabularRegressor, frame: pd.DataFrame) -> None:
    """Predictions are recorded once for each row, not once for each recipe that held it out."""
    (histogram,) = fitted.prediction_histograms_

    assert histogram is not None
    assert 0 < histogram.n_rows <= len(frame)


@pytest.mark.slow
def test_without_time_for_another_recipe_it_is_the_default(frame: pd.DataFrame, classes: Any) -> None:
    """As many trials as members leave one recipe, and the bits are those of the default preset."""
    best = TabularClassifier("best", n_trials=5, **SHORT).fit(frame, classes)
    usual = TabularClassifier("default", **SHORT).fit(frame, classes)

    np.testing.assert_array_equal(best.predict_proba(frame), usual.predict_proba(frame))
    assert [row["recipe"] for row in best.tried_] == ["default"]
    assert usual.tried_ == ()


def test_bounded_by_work_it_gives_the_same_bits_on_any_number_of_threads(
    fitted: TabularRegressor, frame: pd.DataFrame, numbers: Any
) -> None:
    options = {**fitted.get_params(), "n_threads": 1}
    again = TabularRegressor(**options).fit(frame, numbers)

    np.testing.assert_array_equal(again.predict(frame), fitted.predict(frame))
    same = ("recipe", "folds", "round", "loss", "share")
    assert [[row[k] for k in same] for row in again.tried_] == [
        [row[k] for k in same] for row in fitted.tried_
    ]


def test_a_file_holds_shares_and_what_was_tried(
    fitted: TabularRegressor, frame: pd.DataFrame, tmp_path: Any
) -> None:
    pellucid.save(fitted, tmp_path / "m.safetensors")
    loaded = pellucid.load(tmp_path / "m.safetensors")

    np.testing.assert_array_equal(loaded.predict(frame), fitted.predict(frame))
    np.testing.assert_array_equal(loaded.spread(frame), fitted.spread(frame))
    assert loaded.tried_ == fitted.tried_


def test_exports_mix_by_the_shares(fitted: TabularRegressor, frame: pd.DataFrame, tmp_path: Any) -> None:
    """The exported Python program predicts what the model does, to rounding."""
    report = pellucid.export(fitted, tmp_path / "model.py", data=frame)

    assert report.passed
    assert report.n_rows == len(frame)


def test_a_recipe_that_learns_nothing_gets_no_share(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate of almost 0 leaves a network as it was drawn."""
    poor = (PORTFOLIO[0], type(PORTFOLIO[0])("poor", {"learning_rate_init": 1e-9}))
    monkeypatch.setattr(
        "pellucid.tabular.searching.searched_fit.recipes_of",
        lambda *a, **o: recipes_of(*a, portfolio=poor, **o),
    )
    X = rng.normal(size=(400, 2))
    options = {**SHORT, "max_iter": 40}
    model = TabularRegressor("best", n_trials=4, n_members=2, linear=False, **options).fit(X, X[:, 0])

    assert {row["recipe"]: row["share"] for row in model.tried_} == {"default": 1.0, "poor": 0.0}


def test_the_first_network_can_be_looked_into(
    fitted: TabularRegressor, frame: pd.DataFrame, numbers: Any
) -> None:
    """Recipes whose networks share weights come last, so that traces and the doctor have a plain network."""
    n_inside = [member.network.n_members for member in fitted.members_]

    assert n_inside[0] == 1
    assert n_inside == sorted(n_inside)
    assert pellucid.diagnose(fitted, frame, numbers).subject.startswith("TabularRegressor, network 1 of")


# ---- the last epochs, and all rows -------------------------------------------------------------------------


def test_where_last_epochs_are_better_networks_are_trained_on_all_rows(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The result is made of them; what is told of held-out rows is still what others predict."""
    learned, original = list[tuple[int, bool]](), crew.train_member

    def training(job: Any, *given: Any, **options: Any) -> Member:
        learned.append((job.rows.n_rows, job.judge is None))
        return original(job, *given, **options)

    monkeypatch.setattr(crew, "train_member", training)
    X = rng.normal(size=(200, 2))
    y = X[:, 0] + np.sin(2.0 * X[:, 1])
    model = TabularRegressor("best", n_trials=8, n_members=2, **{**SHORT, "max_iter": 3}).fit(X, y)
    again = [member for member in model.members_ if member.history[-1]["validation_score"] is None]

    assert sum(row["refits"] for row in model.tried_) == len(again) > 0
    assert {n for n, is_refit in learned if is_refit} == {200}
    assert {n for n, is_refit in learned if not is_refit} == {160}
    assert len(model.conformal_scores_) == 80  # of two folds of five
    assert pellucid.diagnose(model, X, y).subject
    pellucid.save(model, tmp_path / "m.safetensors")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "m.safetensors").predict(X), model.predict(X))


@pytest.mark.slow
def test_where_last_epochs_are_worse_the_best_ones_stay(rng: np.random.Generator) -> None:
    """Labels by chance are learned by heart; no network of the result has learned all rows."""
    X, y = rng.normal(size=(120, 6)), rng.integers(0, 2, 120)
    options: dict[str, Any] = {"max_iter": 40, "hidden_layer_sizes": (32,), "random_state": 0}
    model = TabularClassifier("best", n_trials=12, n_members=2, **options).fit(X, y)

    assert len(model.members_) > 2
    assert sum(row["refits"] for row in model.tried_) == 0
    best = [np.argmax([row["validation_score"] for row in m.history]) for m in model.members_]
    assert np.median(best) < 30


# ---- every kind of table ----------------------------------------------------------------------------------

TASKS: dict[str, Any] = {
    "groups": (TabularRegressor, {}, lambda X, y, c: {"X": X, "y": y, "groups": np.arange(80) % 7}),
    "time": (TabularRegressor, {"validation": "time"}, lambda X, y, c: {"X": X, "y": y}),
    "own rows": (
        TabularRegressor,
        {},
        lambda X, y, c: {"X": X[:60], "y": y[:60], "validation_data": (X[60:], y[60:])},
    ),
    "weights": (TabularRegressor, {}, lambda X, y, c: {"X": X, "y": y, "sample_weight": np.arange(80) % 3}),
    "quantiles": (TabularRegressor, {"loss": "quantile"}, lambda X, y, c: {"X": X, "y": y}),
    "two targets": (TabularRegressor, {}, lambda X, y, c: {"X": X, "y": np.column_stack([y, -y])}),
    "classes": (TabularClassifier, {"calibrate": True}, lambda X, y, c: {"X": X, "y": c}),
    "a rare class": (TabularClassifier, {}, lambda X, y, c: {"X": X, "y": np.arange(80) > 77}),
    "labels": (
        TabularClassifier,
        {},
        lambda X, y, c: {"X": X, "y": np.column_stack([y > 5, y > 7]).astype(int)},
    ),
    "few rows": (TabularRegressor, {}, lambda X, y, c: {"X": X[:8], "y": y[:8]}),
    "sparse": (TabularRegressor, {}, lambda X, y, c: {"X": csr_array(np.eye(80)[:, :9] + 1.0), "y": y}),
    "one fold": (TabularRegressor, {"n_members": 1}, lambda X, y, c: {"X": X, "y": y}),
}


@pytest.mark.few("groups", "weights", "labels", "few rows")
@pytest.mark.parametrize("name", TASKS)
def test_it_takes_every_kind_of_table(name: str, frame: pd.DataFrame, numbers: Any, classes: Any) -> None:
    """Members and shares fit together, and held-out rows are predicted."""
    kind, options, given = TASKS[name]
    options = {"n_members": 2, **options}
    given = given(frame, numbers, classes)
    model = kind("best", n_trials=5 * options["n_members"], **SHORT, **options).fit(**given)

    assert sum(row["share"] for row in model.tried_) == pytest.approx(1.0)
    predict = model.predict if kind is TabularRegressor else model.predict_proba
    assert np.isfinite(predict(given["X"])).all()
    if kind is TabularRegressor and name != "few rows":
        assert np.isfinite(model.predict_interval(given["X"], 0.5)).all()


def test_what_the_user_chose_holds_in_every_recipe(fitted: TabularRegressor) -> None:
    assert all(list(member.network.layer_sizes[1:-1]) == [8] for member in fitted.members_)
    assert all(len(member.history) <= 2 for member in fitted.members_)


def test_recipes_are_different_from_each_other() -> None:
    usual = get_recipe("best", "numbers", 1000, 5)
    found = recipes_of(usual, set(), is_sparse=False)

    assert len(found) == len(PORTFOLIO)
    assert found[0] == ("default", usual)
    assert len({name for name, _ in found}) == len(found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ensemble": "shared"}, "'ensemble' at 'independent'"),
        ({"n_trials": 3}, "'n_trials' >= n_members, 5 here; got 3"),
        ({"n_trials": 0}, "'n_trials' must be a whole number >= 1"),
    ],
)
def test_what_it_cannot_do_is_refused(
    options: dict[str, Any], message: str, frame: pd.DataFrame, numbers: Any
) -> None:
    with pytest.raises(ParameterError, match=message):
        TabularRegressor("best", **options).fit(frame, numbers)


# ---- time and interrupts ----------------------------------------------------------------------------------


class Clock:
    """Time that passes only when somebody says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (member_training, crew, search):
        monkeypatch.setattr(module, "perf_counter", clock)
    monkeypatch.setattr("pellucid.tabular._base.perf_counter", clock)
    monkeypatch.setattr(crew, "available", lambda: 1)
    monkeypatch.setattr(search, "available", lambda: 1)
    return clock


@pytest.fixture
def slow(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let each training take as many seconds as its epochs say, ten here; return when they began."""
    begun: list[float] = []

    def training(job: Any, rng: Any, *, slot: Any, seconds: float, **rest: Any) -> Member:
        begun.append(clock.now)
        clock.now += min(10.0, seconds)
        member = original(job, rng, slot=slot, **rest)
        for row in member.history:
            row["seconds"] = min(10.0, seconds) / len(member.history)
        return member

    original = crew.train_member
    monkeypatch.setattr(crew, "train_member", training)
    return begun


@pytest.mark.parametrize("budget", [25.0, 65.0, 100.0, 181.0])
def test_it_ends_in_time_and_uses_the_time(
    budget: float, clock: Clock, slow: list[float], frame: pd.DataFrame, numbers: Any
) -> None:
    """Nothing begins that would not end in time; what is left is less than another recipe takes."""
    model = TabularRegressor("best", time_budget=budget, n_members=2, **SHORT).fit(frame, numbers)

    assert clock.now <= budget
    assert len(slow) == len(set(slow)) == sum(row["folds"] + row["refits"] for row in model.tried_)
    if budget > 60.0:
        assert clock.now > budget - 3.0 - 2 * 1.15 * 10.0 - 1.0
        assert len(model.tried_) > 1


def test_a_budget_for_less_than_one_recipe_shortens_its_schedules(
    clock: Clock, slow: list[float], frame: pd.DataFrame, numbers: Any
) -> None:
    """Both folds of the default recipe are trained, in the time that there is."""
    model = TabularRegressor("best", time_budget=10.0, n_members=2, **SHORT).fit(frame, numbers)

    assert clock.now <= 10.0
    assert [(row["recipe"], row["folds"]) for row in model.tried_] == [("default", 2)]


@pytest.mark.parametrize(
    ("at", "says"), [(3, "the default recipe"), (17, "[2-9] recipes"), (1, "1 of 2 members")]
)
def test_an_interrupt_leaves_the_best_so_far(
    at: int, says: str, frame: pd.DataFrame, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a network is trained ends the search; a warning says what the result is made of."""
    n_begun, original = 0, crew.train_member
    monkeypatch.setattr(crew, "available", lambda: 1)

    def training(*given: Any, **options: Any) -> Member:
        nonlocal n_begun
        n_begun += 1
        if n_begun == at + 1:
            raise KeyboardInterrupt
        return original(*given, **options)

    monkeypatch.setattr(crew, "train_member", training)
    with pytest.warns(UserWarning, match=f"interrupted by user.*{says}"):
        model = TabularRegressor("best", n_trials=30, n_members=2, **SHORT).fit(frame, numbers)

    assert n_begun == at + 1
    assert np.isfinite(model.predict(frame)).all()


def test_an_attempt_counts_only_folds_that_are_over() -> None:
    from pellucid.tabular.members.standing import Slot

    def slot(reason: str) -> Slot:
        made = Slot()
        history = [{"validation_score": -1.0, "validation_loss": 1.0, "seconds": 1.0}]
        made.member = Member(None, None, history, Outcome(reason, "", 1))  # type: ignore[arg-type]
        return made

    attempt = Attempt("a", get_recipe("best", "numbers", 100), 3)
    attempt.slots = {0: slot("max_iter"), 1: slot("interrupted"), 2: slot("out_of_time")}

    assert attempt.folds == [0, 2]
    assert not attempt.is_complete
    assert attempt.seconds == 3.0


# ---- a search that goes on --------------------------------------------------------------------------------


class Cut(Exception):  # noqa: N818  no error: the end of the world
    """Stand-in for the death of a process."""


class Fragile(pellucid.Checkpoint):
    """A checkpoint after whose k-th write the process is gone."""

    def __init__(self, path: Any, k: int) -> None:
        super().__init__(path)
        self.left = k

    def save_table(self, estimator: Any) -> None:
        """Write, and fall."""
        super().save_table(estimator)
        self.left -= 1
        if self.left == 0:
            raise Cut


@pytest.mark.parametrize("at", [1, 4, 11, 19, 26, 37])
@pytest.mark.few("4", "19")
def test_a_killed_search_goes_on_from_its_checkpoint(
    at: int, fitted: TabularRegressor, frame: pd.DataFrame, numbers: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    """Cut after any epoch or network, the search that goes on ends with the bits of one that never stopped."""
    model = TabularRegressor(**fitted.get_params()).set_callbacks(
        Fragile(tmp_path / "search.safetensors", at)
    )
    monkeypatch.setattr("pellucid.tabular.members.standing.REST", 0.0)
    with pytest.raises(Cut):
        model.fit(frame, numbers)

    resumed = pellucid.load(tmp_path / "search.safetensors").set_params(warm_start=True).fit(frame, numbers)
    np.testing.assert_array_equal(resumed.predict(frame), fitted.predict(frame))
    np.testing.assert_array_equal(resumed.predict_interval(frame, 0.5), fitted.predict_interval(frame, 0.5))
    same = ("recipe", "folds", "refits", "round", "loss", "share")
    assert [[r[k] for k in same] for r in resumed.tried_] == [[r[k] for k in same] for r in fitted.tried_]


def test_an_interrupted_search_goes_on_in_memory(
    fitted: TabularRegressor, frame: pd.DataFrame, numbers: Any, monkeypatch: Any
) -> None:
    """After Ctrl-C the best so far predicts, and ``fit`` again goes on."""
    model = TabularRegressor(**{**fitted.get_params(), "warm_start": True})
    begun, original = [0], crew.train_member

    def training(*given: Any, **options: Any) -> Member:
        begun[0] += 1
        if begun[0] == 8:
            raise KeyboardInterrupt
        return original(*given, **options)

    monkeypatch.setattr(crew, "train_member", training)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(frame, numbers)
    assert np.isfinite(model.predict(frame)).all()

    np.testing.assert_array_equal(model.fit(frame, numbers).predict(frame), fitted.predict(frame))


def test_a_finished_search_goes_on_with_more_work(frame: pd.DataFrame, numbers: Any, tmp_path: Any) -> None:
    """Nothing is trained twice; its file and its checkpoint give the same predictions as before."""
    path = tmp_path / "search.safetensors"
    model = TabularRegressor("best", n_trials=6, n_members=2, **SHORT)
    model.set_callbacks(pellucid.Checkpoint(path)).fit(frame, numbers)
    before = {row["recipe"]: row["loss"] for row in model.tried_ if row["folds"] == 2}
    pellucid.save(model, tmp_path / "model.safetensors")
    loaded = pellucid.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))

    resumed = pellucid.load(path).set_params(warm_start=True, n_trials=12).fit(frame, numbers)
    after = {row["recipe"]: row["loss"] for row in resumed.tried_}
    assert sum(row["folds"] + row["refits"] for row in resumed.tried_) > 6
    assert {name: after[name] for name in before} == before


def _hard() -> tuple[Any, Any]:
    """Return rows for which the networks of the last epochs make the better mixture."""
    X = np.random.default_rng(1).normal(size=(150, 3))
    return X, X[:, 0] + X[:, 1] ** 2


def test_a_training_that_was_cut_off_after_its_last_epoch_keeps_it() -> None:
    """No epoch is left to train; the network of the last one and its predictions are there as without the cut."""
    fit = TabularRegressor("best", n_trials=4, n_members=2, **{**SHORT, "max_iter": 6})._prepare(
        *_hard(), None, None, None
    )
    taken: list[Any] = []

    class Last(Slot):
        def on_epoch_end(self, event: Any) -> None:
            if event.epoch == 5:
                taken.append(self._taken())

    def trained(slot: Slot) -> Member:
        return member_training.train_member(
            fit.jobs[0], np.random.default_rng(0), engine="reference", slot=slot, seconds=np.inf, observers=[]
        )

    whole = trained(Last())
    resumed = trained(Slot(taken[0]))

    assert whole.last is not None
    assert resumed.last is not None
    np.testing.assert_array_equal(resumed.network.parameters, whole.network.parameters)
    np.testing.assert_array_equal(resumed.last.network.parameters, whole.last.network.parameters)
    np.testing.assert_array_equal(resumed.last.predictions, whole.last.predictions)


@pytest.mark.slow  # the fast one trains a single network: above
@pytest.mark.parametrize("at", [6, 41, 83])
def test_a_search_that_was_cut_off_after_a_last_epoch(at: int, tmp_path: Any, monkeypatch: Any) -> None:
    """If last epochs are chosen, a search that was cut off just after one of them ends with the same bits."""
    options: dict[str, Any] = {"n_trials": 12, "n_members": 2, "n_threads": 1, **SHORT, "max_iter": 6}
    whole = TabularRegressor("best", **options).fit(*_hard())
    monkeypatch.setattr("pellucid.tabular.members.standing.REST", 0.0)
    model = TabularRegressor("best", **options).set_callbacks(Fragile(tmp_path / "search.safetensors", at))
    with pytest.raises(Cut):
        model.fit(*_hard())
    resumed = pellucid.load(tmp_path / "search.safetensors").set_params(warm_start=True).fit(*_hard())

    np.testing.assert_array_equal(resumed.predict(_hard()[0]), whole.predict(_hard()[0]))
