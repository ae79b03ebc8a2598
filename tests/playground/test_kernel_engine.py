"""The engine of a file speaks the protocol: states, frames at the page's pace, ways in slices, helpful errors."""

import re
from typing import Any

import numpy as np
import pytest

from pellucid.playground.session import Session
from playground.setups import case, dataset

ENGINE = """
const { Engine } = await load("kernel/engine.js");
const sent = [];
const waiting = [];
const engine = new Engine((message) => sent.push(message), (work) => waiting.push(work));
const since = (act) => { const from = sent.length; act(); return sent.slice(from); };
const told = (command) => since(() => engine.receive(command));
const work = (most = 1e6) => since(() => { while (waiting.length && most--) waiting.shift()(); });
"""
CASE = case(dataset(n=41), hidden=[5])


def session_of(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a session in Python answers, to the end of each command."""
    session, sent = Session(), []
    for command in commands:
        sent += session.receive(command)
        while session.is_busy:
            sent += session.work()
    return sent


def test_a_script_gives_the_states_that_python_gives(javascript: Any) -> None:
    """The same commands, edits and ways back among them: the same positions, edits and errors, numbers to 1e-9."""
    setup, data = CASE.setup, CASE.dataset | {"columns": [{"name": "a"}, {"name": "b"}], "classes": None}
    commands: list[dict[str, Any]] = [
        {"type": "hello", "version": 1, "id": 1},
        {"type": "jump", "step": 3},
        {"type": "setup", "setup": setup | {"data": {"name": "own"}}, "dataset": data, "id": "first"},
        {"type": "jump", "step": 17, "id": 2},
        {"type": "edit", "index": 3, "value": 0.25},
        {"type": "edit", "index": 99, "value": 0.25},
        {"type": "run", "until": 333},
        {"type": "jump", "step": 60},
        {"type": "edit", "index": 0, "value": -1.5},
        {"type": "jump", "step": 12},
        {"type": "redo"},
        {"type": "jump", "step": 200},
        {"type": "undo"},
        {"type": "jump", "step": 210},
        {"type": "undo", "id": 5},
        {"type": "undo"},
        {"type": "redo"},
        {"type": "redo"},
        {"type": "jump", "step": 300},
        {"type": "jump", "step": -1},
        {"type": "fly", "id": 7},
        {"type": "setup", "setup": setup | {"data": {"name": "own"}, "seed": 3}},
        {"type": "jump", "step": 40},
    ]
    found = javascript(
        ENGINE + "return commands.map((command) => [...told(command), ...work()]).flat();", commands=commands
    )

    own = [message for message in session_of(commands) if "frame" not in message]
    mine = [message for message in found if "frame" not in message]
    assert [(m["type"], m.get("id"), m.get("step")) for m in mine] == [
        (m["type"], m.get("id"), m.get("step")) for m in own
    ]
    for here, there in zip(mine, own, strict=True):
        assert set(there) == set(here)
        for name in {
            "epoch",
            "batch",
            "batches",
            "canUndo",
            "canRedo",
            "edits",
            "diverged",
            "parameter",
        } & set(there):
            assert here[name] == there[name], name
        if here["type"] == "state":
            for name in ("theta", "memory", "order", "statistics"):
                np.testing.assert_allclose(here[name], there[name], rtol=0.0, atol=1e-9)
            assert here["history"]["step"] == there["history"]["step"]
            np.testing.assert_allclose(here["history"]["loss"], there["history"]["loss"], rtol=1e-9)
            for row, other in zip(here["epochs"], there["epochs"], strict=True):
                assert row["objective"] == pytest.approx(other["objective"], rel=1e-9)


def test_frames_come_at_the_pace_of_the_page(javascript: Any) -> None:
    """Never two that are not acknowledged: with a pace the engine waits, without one it trains on."""
    paced, waited, after, free, frames = javascript(
        ENGINE
        + """
        told({ type: "setup", setup, dataset });
        told({ type: "run", pace: 7 });
        const paced = work(50);
        const waited = engine.run.step;
        told({ type: "ack", frame: 1 });
        const after = work(50);
        told({ type: "pause" });
        told({ type: "ack", frame: 2 });
        told({ type: "run" });
        const free = work(5);
        return [paced, waited, after, engine.run.step, free];
        """,
        **CASE.given,
    )

    assert [(m["type"], m["step"]) for m in paced] == [("frame", 7)]
    assert waited == 7
    assert [(m["type"], m["step"], m["frame"]) for m in after] == [("frame", 14, 2)]
    assert paced[0]["history"]["step"] == [1, 2, 3, 4, 5, 6, 7]
    assert after[0]["history"]["step"] == [8, 9, 10, 11, 12, 13, 14]
    assert [m["type"] for m in frames] == ["frame"]
    assert free > frames[0]["step"]


def test_a_later_jump_takes_the_place_of_one_on_its_way(javascript: Any) -> None:
    """Dragging along the timeline leads to the last place only; other commands wait until the engine is there."""
    found = javascript(
        ENGINE
        + """
        told({ type: "setup", setup, dataset });
        const first = [...told({ type: "jump", step: 1000000, id: 1 }), ...work(2)];
        const edit = { type: "edit", index: 1, value: 9 };
        const second = [...told({ type: "jump", step: 30, id: 2 }), ...told(edit)];
        return [first, second, work()];
        """,
        **CASE.given,
    )

    assert found[0] == []
    assert [(m["type"], m["id"], m["code"]) for m in found[1]] == [("error", 1, "superseded")]
    assert [(m["type"], m["step"], m["theta"][1] == 9) for m in found[2]] == [
        ("state", 30, False),
        ("state", 30, True),
    ]


def test_a_divergence_is_told_with_a_finite_state(javascript: Any) -> None:
    """The page gets the step and the reason, then the state before the step that failed."""
    diverging = case(
        dataset("regression", n=40),
        network={"activation": ["relu"]},
        optimizer={"name": "momentum", "learning_rate": 30.0},
    )
    told, state = javascript(
        ENGINE
        + """
        told({ type: "setup", setup, dataset });
        told({ type: "run", until: 5000 });
        return work().filter(({ type }) => type !== "frame");
        """,
        **diverging.given,
    )

    assert told["type"] == "diverged"
    assert "not a finite number" in told["reason"]
    assert state["step"] == told["step"] < 5000
    assert np.isfinite(state["theta"]).all()


@pytest.mark.parametrize(
    ("command", "parameter", "message"),
    [
        ({"type": "hello", "version": 2}, "version", "'version' must be 1; got 2"),
        ({"type": "fly"}, "type", "'type' must be one of hello, .*; got fly"),
        ({"type": "constructor"}, "type", "'type' must be one of hello, .*; got constructor"),
        ({"type": "run", "pace": 0}, "pace", "a whole number >= 1; got 0"),
        ({"type": "jump", "step": 1.5}, "step", "a whole number >= 0; got 1.5"),
        (
            {"type": "setup", "setup": CASE.setup | {"network": {"hidden": [3000, 300]}}},
            "network.hidden",
            "up to 10000",
        ),
        ({"type": "ask", "what": "doctor"}, "what", "cannot answer doctor: it needs Python"),
    ],
)
def test_a_refused_command_says_why(node: Any, command: dict[str, Any], parameter: str, message: str) -> None:
    """The error names the parameter and carries the command's identity; the run goes on as it was."""
    said, state = node(
        ENGINE
        + """
        told({ type: "setup", setup, dataset });
        return [told({ ...command, id: 3 }), told({ type: "pause" })[0]];
        """,
        command=command,
        **CASE.given,
    )

    assert [(m["type"], m["parameter"], m["id"]) for m in said] == [("error", parameter, 3)]
    assert re.search(message, said[0]["message"])
    assert state["step"] == 0


def test_hostile_commands_are_refused_and_move_nothing(node: Any) -> None:
    """Thousands of broken setups and commands: an answer to each, no exception, and the parameters stay."""
    answers, moved, last = node(
        ENGINE
        + """
        const { Generator } = await load("kernel/rng.js");
        const rng = new Generator(1);
        const junk = [null, -1, 1.5, 1e308, NaN, "constructor", "__proto__", "", [], {}, [null], [[]], true];
        const any = (list) => list[rng.upTo(list.length - 1)];
        const parts = (value) => value && typeof value === "object" && !ArrayBuffer.isView(value)
          ? Object.keys(value) : [];
        const broken = (value) => {
          const copy = structuredClone(value);
          let at = copy;
          for (;;) {
            const key = any(parts(at));
            if (!parts(at[key]).length || rng.double() < 0.3) {
              at[key] = any(junk);
              return copy;
            }
            at = at[key];
          }
        };
        told({ type: "setup", setup, dataset });
        told({ type: "jump", step: 5 });
        work();
        const theta = engine.run.theta.join();
        const kinds = new Set();
        let moved = 0;
        for (let i = 0; i < 4000; i++) {
          const command = i % 2 ? { type: "setup", setup: broken(setup) } : {
            type: any(["run", "jump", "edit", "hello", "fly"]), until: any(junk), step: any(junk),
            value: any(junk), index: any([-1, 1e9, null, "0", {}]), pace: any([-1, 0, "1"]), version: any(junk) };
          const run = engine.run;
          for (const { type } of told(command)) kinds.add(type);
          if (engine.run === run && engine.run.theta.join() !== theta) moved++;
          if (engine.run !== run) { engine.goal = null; engine.run = run; }
        }
        return [[...kinds].sort(), moved, told({ type: "pause" }).map(({ type, step }) => [type, step])];
        """,
        **CASE.given,
    )

    assert answers == ["error", "state"]
    assert moved == 0
    assert last == [["state", 5]]


def test_a_long_way_tells_how_far_it_is_and_can_be_paused(javascript: Any) -> None:
    """Now and then comes a report, acknowledged as frames are; a pause ends the way, and what waited is done."""
    reports, paused, later = javascript(
        ENGINE
        + """
        told({ type: "setup", setup, dataset });
        told({ type: "jump", step: 1e9, id: 1 });
        const reports = [];
        const ends = performance.now() + 5000;
        while (reports.length < 1 && performance.now() < ends) reports.push(...work(1));
        for (const from = performance.now(); performance.now() - from < 300; ) reports.push(...work(1));
        told({ type: "edit", index: 1, value: 9 });
        const paused = told({ type: "pause" });
        return [reports, paused, work(5)];
        """,
        **CASE.given,
    )

    assert [(m["type"], m["frame"], m["until"]) for m in reports] == [("progress", 1, 1e9)]
    assert [m["type"] for m in paused] == ["error", "state", "state"]
    assert paused[0]["code"] == "superseded"
    assert paused[1]["step"] >= reports[0]["step"] > 0
    assert paused[2]["theta"][1] == 9
    assert later == []
