"""A session carries out commands of a page, in order, and refuses what is not one."""

from time import perf_counter

import numpy as np
import pytest

from pellucid.core import LOSSES
from pellucid.engines import get_engine
from pellucid.optimizers import OPTIMIZERS, SCHEDULES
from pellucid.playground.datasets import EXAMPLES, example
from pellucid.playground.session import MOST_WAITING, Session
from pellucid.playground.setups import FIRST, read_setup
from playground.talking import Page


def changed(**parts):
    setup = {**FIRST, **{k: v for k, v in parts.items() if not isinstance(v, dict)}}
    for key, value in parts.items():
        if isinstance(value, dict):
            setup[key] = value if key == "data" else {**FIRST[key], **value}
    return setup


def opened(**parts):
    page = Page(engine=get_engine("reference"))
    page.send("hello", version=1)
    return page, page.state("setup", setup=changed(**parts))


def same(a, b):
    for name in ("step", "epoch", "batch", "edits", "canUndo", "canRedo"):
        assert a[name] == b[name], name
    for name in ("theta", "memory", "order", "statistics"):
        np.testing.assert_array_equal(a[name], b[name])


def test_a_session_begins_with_a_welcome_and_a_state():
    page = Page()
    welcome = page.send("hello", version=1, id=7)[0]
    assert (welcome["type"], welcome["version"], welcome["engine"], welcome["id"]) == (
        "welcome",
        1,
        "python",
        7,
    )
    state = page.state("setup", setup=changed(), id="a")
    assert (state["step"], state["epoch"], state["batch"], state["batches"], state["id"]) == (
        0,
        0,
        0,
        30,
        "a",
    )
    assert sorted(state["order"]) == list(range(300))
    assert len(state["theta"]) == 25
    assert len(state["memory"]) == 50


def test_a_run_is_the_training_of_an_estimator_with_the_same_seed():
    from pellucid import MLPClassifier

    page, _ = opened(data={"name": "blobs"})
    state = page.state("jump", step=18 * 5)
    data = example("blobs")
    model = MLPClassifier(
        (6,), activation="tanh", solver="adam", learning_rate_init=0.03, alpha=0.0, batch_size=10, max_iter=5,
        random_state=0, dtype="float64", engine="reference",
    )  # fmt: skip
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(data.X, data.Y.argmax(axis=1))
    np.testing.assert_array_equal(state["theta"], model.network_.parameters)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_trains(name):
    loss = "squared_error" if not EXAMPLES[name].classes else "log_loss"
    page, first = opened(data={"name": name}, loss=loss)
    before = page.send("ask", what="accuracy")[0]
    page.state("jump", step=60)
    after = page.send("ask", what="accuracy")[0]
    assert after["loss"] < before["loss"]
    assert len(first["theta"]) == (example(name).X.shape[1] + 1) * 6 + 7 * example(name).Y.shape[1]


@pytest.mark.parametrize("optimizer", [name for name, row in OPTIMIZERS.items() if row.is_stepwise])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_method_goes_back_to_the_same_bits(optimizer, schedule):
    page, _ = opened(optimizer={"name": optimizer}, schedule={"name": schedule}, data={"name": "xor"})
    far = page.state("jump", step=37)
    page.state("jump", step=230)
    same(page.state("jump", step=37), far)


@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in ("log_loss", "perceptron", "hinge")])
def test_every_loss_of_numbers_trains(loss):
    page, _ = opened(data={"name": "x_squared"}, loss=loss)
    assert np.isfinite(page.state("jump", step=30)["theta"]).all()


def test_frames_wait_to_be_acknowledged_and_hold_their_pace():
    session = Session(get_engine("reference"))
    session.receive({"type": "setup", "setup": changed()})
    session.receive({"type": "run", "until": None, "pace": 7})
    found = []
    while session.is_busy:
        found += session.work()
    assert [(m["type"], m["step"]) for m in found] == [("frame", 7)]
    assert session.work() == []
    session.receive({"type": "ack", "frame": 99})  # of a frame that was never sent
    while session.is_busy:
        found += session.work()
    assert found[-1]["step"] == 14
    assert session.receive({"type": "pause"})[0]["step"] == 14
    assert not session.is_busy


@pytest.mark.thorough
def test_a_run_without_pace_sends_the_newest_frame_and_ends_where_it_should():
    page, _ = opened()
    found = page.send("run", until=1000, pace=None)
    steps = [message["step"] for message in found]
    assert steps == sorted(steps)
    assert (found[-1]["type"], found[-1]["step"], found[-1]["running"]) == ("state", 1000, False)
    straight, _ = opened()
    same(straight.state("jump", step=1000), found[-1])


def test_commands_that_come_on_the_way_wait_until_it_is_there():
    session, slow = Session(get_engine("reference")), Page(engine=get_engine("reference"))
    for receive in (session.receive, lambda command: slow.send(**{"kind": command.pop("type"), **command})):
        receive({"type": "setup", "setup": changed()})
    script = [
        ("jump", {"step": 900}), ("edit", {"index": 2, "value": 1.5}), ("jump", {"step": 950}),
        ("undo", {}), ("ask", {"what": "accuracy"}),
    ]  # fmt: skip
    found = []
    for kind, parts in script:
        found += session.receive({"type": kind, **parts})
    assert found == []
    while session.is_busy:
        found += [message for message in session.work(0.001) if message["type"] != "progress"]
    heard = [message for kind, parts in script for message in slow.send(kind, **parts)]
    assert [m["type"] for m in found] == [m["type"] for m in heard]
    same(found[-2], heard[-2])
    assert found[-1]["loss"] == heard[-1]["loss"]


def test_another_jump_takes_the_place_of_the_one_on_the_way():
    session = Session(get_engine("reference"))
    session.receive({"type": "setup", "setup": changed()})
    session.receive({"type": "jump", "step": 10**9, "id": 1})
    session.work()
    found = session.receive({"type": "jump", "step": 5, "id": 2})
    assert (found[0]["code"], found[0]["id"]) == ("superseded", 1)
    while session.is_busy:
        found += session.work()
    assert (found[-1]["step"], found[-1]["id"]) == (5, 2)


def test_a_long_way_tells_how_far_it_is_and_can_be_paused():
    session = Session(get_engine("reference"))
    session.receive({"type": "setup", "setup": changed()})
    session.receive({"type": "jump", "step": 10**9, "id": 1})
    reports = []
    ends = perf_counter() + 10.0
    while not reports and perf_counter() < ends:
        reports += session.work()
    assert [(m["type"], m["until"]) for m in reports] == [("progress", 10**9)]
    assert session.awaits_page  # a notebook waits here, so that a pause can come
    session.receive({"type": "edit", "index": 1, "value": 9.0})
    paused = session.receive({"type": "pause"})
    assert [(m["type"], m.get("code")) for m in paused] == [
        ("error", "superseded"),
        ("state", None),
        ("state", None),
    ]
    assert paused[1]["step"] >= reports[0]["step"] > 0
    assert paused[2]["theta"][1] == 9.0
    assert not session.is_busy


def test_too_many_waiting_commands_are_refused():
    session = Session(get_engine("reference"))
    session.receive({"type": "setup", "setup": changed()})
    session.receive({"type": "jump", "step": 10**9})
    for _ in range(MOST_WAITING):
        assert session.receive({"type": "undo"}) == []
    assert session.receive({"type": "undo"})[0]["type"] == "error"
    assert session.receive({"type": "pause"})[0]["type"] != "error"  # it is heard, however many wait


def test_an_edit_changes_the_loss_as_in_python():
    page, _ = opened()
    page.state("jump", step=40)
    state = page.state("edit", index=5, value=2.5)
    assert state["theta"][5] == 2.5
    told = page.send("ask", what="accuracy")[0]
    data = example("moons")
    stepper = read_setup(changed()).stepper(data, get_engine("reference"))
    stepper.run_to(40)
    stepper.network.parameters[5] = 2.5
    assert told["loss"] == stepper.problem.objective.data_loss(data.X, data.Y)


def test_divergence_is_told_and_the_finite_state_is_kept():
    page, _ = opened(optimizer={"name": "sgd", "learning_rate": 1e3}, data={"name": "x_squared"},
                     loss="squared_error", network={"activation": ["relu"]})  # fmt: skip
    found = page.send("run", until=500, pace=None)
    assert [m["type"] for m in found if m["type"] != "frame"] == ["diverged", "state"]
    assert "learning rate 1e+03" in found[-2]["reason"]
    assert np.isfinite(found[-1]["theta"]).all()
    assert found[-1]["diverged"] == found[-2]["reason"]
    assert page.send("jump", step=400)[0]["type"] == "diverged"
    assert page.state("jump", step=1)["diverged"] is None


def test_own_data_come_as_numbers_and_stay_for_further_setups():
    rng = np.random.default_rng(3)
    X, w = rng.normal(size=(40, 3)), rng.uniform(0.5, 2.0, 40)
    Y = (X[:, :1] > 0).astype(float)
    dataset = {"name": "own", "task": "binary", "n": 40, "classes": ["no", "yes"], "X": X, "Y": Y, "weights": w,
               "columns": [{"name": c, "kind": "number"} for c in "abc"]}  # fmt: skip
    page = Page(engine=get_engine("reference"))
    assert page.error("setup", setup=changed(data={"name": "own"}))["parameter"] == "dataset"
    first = page.state("setup", setup=changed(data={"name": "own"}), dataset=dataset)
    assert len(first["theta"]) == 4 * 6 + 7
    again = page.state("setup", setup=changed(data={"name": "own"}, seed=1))
    assert not np.array_equal(first["theta"], again["theta"])
    np.testing.assert_array_equal(page.session.dataset.weights, w)


@pytest.mark.parametrize(
    ("parts", "parameter", "message"),
    [
        ({"n": 0}, "dataset.n", "at least 1"),
        ({"n": 7}, "dataset.X", "the same numbers per row"),
        ({"task": "guess"}, "dataset.task", "must be one of binary"),
        ({"X": np.full(40, np.nan)}, "dataset.X", "finite"),
        ({"Y": None}, "dataset.Y", "must be an array"),
        ({"weights": np.zeros(40)}, "dataset.weights", "not all 0"),
        ({"Y": np.full(40, 0.5) * 7}, "loss", "accepts targets in"),
        ({"X": np.zeros(40 * 1001)}, "data", "up to 1,000 columns"),
    ],
)
@pytest.mark.whole
def test_own_data_that_do_not_fit_are_refused_by_name(parts, parameter, message):
    good = {"name": "own", "task": "binary", "n": 40, "X": np.zeros(40), "Y": np.zeros(40)}
    page, before = opened()
    error = page.error("setup", setup=changed(data={"name": "own"}), dataset={**good, **parts})
    assert error["parameter"] == parameter
    assert message in error["message"]
    same(page.state("pause"), before)


def test_a_table_is_read_by_the_workflow_and_bad_text_is_refused_by_line():
    page, _ = opened()
    text = "size;price;city\n1,5;100;Rome\n2,5;;Oslo\nabc;300;Rome\n"
    answer = page.send("data", name="houses.csv", text=text, target="price")[0]
    table = answer["data"]
    assert (table["columns"], table["target"]) == (["size", "price", "city"], "price")
    assert (table["rows"][1], table["decimal"]) == (["2,5", None, "Oslo"], ",")
    assert any("';'" in note for note in table["notes"])
    error = page.error("data", name="x.csv", text="a,b\n1,2\n1,2,3\n", target=None)
    assert "Line 3" in error["message"]
    assert page.error("data", name="x.csv", text="a,b\n1,2\n", target="c")["parameter"] == "data.target"


def test_questions_are_answered_about_the_course_as_it_is():
    page, _ = opened()
    page.state("jump", step=100)
    trace = page.send("ask", what="trace", row=17)[0]["trace"]
    assert len(trace["blocks"]) == 2
    findings = page.send("ask", what="doctor")[0]["findings"]
    assert isinstance(findings, list)
    sick, _ = opened(network={"activation": ["relu"], "initializer": "zeros"})
    found = sick.send("ask", what="doctor")[0]["findings"]
    assert found
    assert {"code", "summary", "remedy"} <= set(found[0])
    assert page.error("ask", what="secrets")["parameter"] == "what"
    assert page.error("ask", what="trace", row=300)["parameter"] == "row"


@pytest.mark.parametrize(
    ("setup", "parameter"),
    [
        (None, "setup"),
        ({"unknown": 1}, "unknown"),
        ({"version": 2}, "version"),
        ({"data": {"name": "nothing"}}, "data.name"),
        ({"data": {"name": ["moons"]}}, "data.name"),
        ({"network": {"hidden": [0]}}, "network.hidden"),
        ({"network": {"hidden": [2.5]}}, "network.hidden"),
        ({"network": {"hidden": [10**6, 10**6]}}, "network.hidden"),
        ({"network": {"hidden": [1] * 100}}, "network.hidden"),
        ({"network": {"hidden": 3}}, "network.hidden"),
        ({"network": {"activation": "softmax"}}, "network.activation"),
        ({"network": {"activation": ["tanh", "tanh"]}}, "network.activation"),
        ({"network": {"dropout": 1}}, "network.dropout"),
        ({"network": {"normalization": "both"}}, "network.normalization"),
        ({"network": {"residual": "yes"}}, "network.residual"),
        ({"network": {"initializer": ["normal", "wide"]}}, "network.initializer"),
        ({"network": {"output_activation": "softmax"}}, "network"),
        ({"network": {"outputs": 3}}, "network.outputs"),
        ({"loss": "guess"}, "loss"),
        ({"loss": "log_loss", "network": {"output_activation": "identity"}}, "loss"),
        ({"loss_options": {"level": "a"}}, "loss_options.level"),
        ({"loss_options": {"level": 0.5}}, "loss"),
        ({"l1": -1}, "l1"),
        ({"l2": float("1e400")}, "l2"),
        ({"optimizer": {"name": "lbfgs"}}, "optimizer.name"),
        ({"optimizer": {"learning_rate": 0}}, "optimizer.learning_rate"),
        ({"optimizer": {"learning_rate": "fast"}}, "optimizer.learning_rate"),
        ({"optimizer": {"options": {"beta_1": 2}}}, "optimizer.options.beta_1"),
        ({"optimizer": {"options": {"beta_9": 0.5}}}, "optimizer.options"),
        ({"schedule": {"name": "random"}}, "schedule.name"),
        ({"schedule": {"name": "step", "options": {"every": 0}}}, "schedule.options"),
        ({"schedule": {"horizon": 0}}, "schedule.horizon"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 1, "network": {"normalization": "batch_norm"}}, "batch_size"),
        ({"max_grad_norm": 0}, "max_grad_norm"),
        ({"shuffle": 1}, "shuffle"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**60}, "seed"),
        ({"edits": [{"step": 0, "index": 0}]}, "edits"),
        ({"edits": [{"step": 0, "index": 99, "value": 0}]}, None),
        ({"edits": {"step": 0}}, "edits"),
    ],
)
@pytest.mark.whole
def test_a_setup_is_refused_by_the_name_of_its_part_and_changes_nothing(setup, parameter):
    session = Session(get_engine("reference"))
    before = session.receive({"type": "setup", "setup": changed()})[0]
    found = session.receive({"type": "setup", "setup": setup, "id": 3})
    assert [(m["type"], m["id"], m["parameter"]) for m in found] == [("error", 3, parameter)]
    assert "got" in found[0]["message"] or len(found[0]["message"]) > 20
    same(session.receive({"type": "pause"})[0], before)


@pytest.mark.parametrize(
    "command",
    [
        None, [], "jump", 7, {}, {"type": None}, {"type": ["jump"]}, {"type": "__init__"}, {"type": "jump"},
        {"type": "jump", "step": -1}, {"type": "jump", "step": 1.5}, {"type": "jump", "step": True},
        {"type": "jump", "step": 2**70}, {"type": "run", "pace": 0}, {"type": "run", "until": "end"},
        {"type": "edit"}, {"type": "edit", "index": 0}, {"type": "edit", "index": 25, "value": 1.0},
        {"type": "edit", "index": 0, "value": None}, {"type": "ack", "frame": "x"}, {"type": "data", "text": 5},
        {"type": "data", "text": "", "name": "x"}, {"type": "ask"}, {"type": "hello", "version": 99},
    ],
)  # fmt: skip
@pytest.mark.whole
def test_what_is_not_a_command_is_refused_and_moves_nothing(command):
    session = Session(get_engine("reference"))
    session.receive({"type": "setup", "setup": changed()})
    before = session.receive({"type": "pause"})[0]
    assert [message["type"] for message in session.receive(command)] == ["error"]
    assert not session.is_busy
    same(session.receive({"type": "pause"})[0], before)


def test_commands_before_a_setup_are_refused():
    session = Session()
    for kind in ("run", "pause", "jump", "edit", "undo", "redo", "ask"):
        command = {"type": kind, "step": 1, "index": 0, "value": 1, "what": "accuracy"}
        assert session.receive(command)[0]["parameter"] == "setup"


def test_two_sessions_know_nothing_of_each_other():
    one, _ = opened()
    two, _ = opened(seed=5)
    reference, _ = opened()
    for step in range(0, 60, 7):
        one.state("jump", step=step)
        two.state("jump", step=60 - step)
    two.state("edit", index=0, value=9.0)
    same(one.state("jump", step=33), reference.state("jump", step=33))
