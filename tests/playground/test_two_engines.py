"""The page's kernel and Python's session answer the same script of commands with the same states."""

import numpy as np
import pytest

from pellucid.engines import get_engine
from pellucid.playground.datasets import example
from pellucid.playground.protocol import decode, encode
from playground.talking import Page

SCRIPT = [
    ("jump", {"step": 1}), ("jump", {"step": 45}), ("edit", {"index": 2, "value": 1.25}), ("jump", {"step": 120}),
    ("jump", {"step": 17}), ("edit", {"index": 0, "value": -0.5}), ("jump", {"step": 300}), ("undo", {}),
    ("jump", {"step": 130}), ("undo", {}), ("redo", {}), ("redo", {}), ("redo", {}), ("jump", {"step": 299}),
    ("edit", {"index": 10**6, "value": 1.0}), ("jump", {"step": -1}), ("run", {"until": 400, "pace": 7}),
    ("pause", {}), ("jump", {"step": 0}),
]  # fmt: skip

SETUPS = {
    "adam": {"data": {"name": "moons"}},
    "dropout": {"data": {"name": "blobs"}, "network": {"hidden": [6, 5], "activation": ["tanh", "relu"],
                                                       "dropout": [0.2, 0.1]}},
    "batch norm, momentum": {"data": {"name": "iris"}, "network": {"hidden": [6], "normalization": "batch_norm"},
                             "optimizer": {"name": "momentum", "learning_rate": 0.05}, "batch_size": 16},
    "adamw, cosine, penalties": {"data": {"name": "circles"}, "l1": 1e-4, "l2": 1e-3,
                                 "optimizer": {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.1},
                                 "schedule": {"name": "cosine", "horizon": 20}, "batch_size": 32},
    "adaptive": {"data": {"name": "sine"}, "loss": "squared_error", "batch_size": 40,
                 "optimizer": {"name": "sgd", "learning_rate": 0.5}, "schedule": {"name": "adaptive"}},
    "perceptron": {"data": {"name": "and"}, "loss": "perceptron", "batch_size": 1,
                   "network": {"hidden": [], "activation": [], "output_activation": "identity",
                               "initializer": "zeros"},
                   "optimizer": {"name": "sgd", "learning_rate": 1.0}},
    "huber, residual": {"data": {"name": "product"}, "loss": "huber", "shuffle": False, "max_grad_norm": 0.5,
                        "network": {"hidden": [4, 4], "activation": ["tanh"], "residual": True},
                        "optimizer": {"name": "rmsprop", "learning_rate": 0.01, "options": {}}},
}  # fmt: skip

KERNEL = """
const { Engine } = await load('kernel/engine.js');
const queue = [];
const heard = [];
const engine = new Engine((message) => {
  heard.push({ ...message, order: message.order && Array.from(message.order) });
  if (message.type === 'frame') queue.push(() => engine.receive({ type: 'ack', frame: message.frame }));
}, (work) => queue.push(work));
const drain = () => { while (queue.length) queue.shift()(); };
const typed = { ...dataset, X: Float64Array.from(dataset.X), Y: Float64Array.from(dataset.Y) };
for (const command of [{ type: 'hello', version: 1 }, { type: 'setup', setup, dataset: typed }, ...script]) {
  engine.receive(command);
  drain();
}
return heard;
"""


def full(setup):
    base = {
        "version": 1, "loss": "log_loss", "l1": 0, "l2": 0, "batch_size": 10, "shuffle": True, "seed": 3,
        "edits": [],
        "optimizer": {"name": "adam", "learning_rate": 0.03, "options": {}},
        "schedule": {"name": "constant", "options": {}},
    }  # fmt: skip
    network = {"hidden": [6], "activation": ["tanh"], "output_activation": None, "initializer": None,
               "dropout": 0, "normalization": None, "residual": False}  # fmt: skip
    return {**base, **setup, "network": {**network, **setup.get("network", {})}}


def told(messages):
    return [message for message in messages if message["type"] in ("state", "error", "diverged")]


@pytest.mark.few("adamw, cosine, penalties")
@pytest.mark.parametrize("name", SETUPS)
def test_both_engines_tell_the_same_states(name, node):
    setup = full(SETUPS[name])
    data = example(setup["data"]["name"])
    plain = {
        "name": data.name, "task": data.task, "columns": list(data.columns), "n": len(data.X),
        "d": data.X.shape[1], "outputs": data.Y.shape[1], "X": data.X.ravel(), "Y": data.Y.ravel(),
        "classes": list(data.classes), "weights": None,
    }  # fmt: skip
    script = [{"type": kind, **parts} for kind, parts in SCRIPT]
    theirs = told(node(KERNEL, setup=setup, dataset=plain, script=script))
    page = Page(engine=get_engine("reference"))
    page.send("setup", setup=setup)
    for kind, parts in SCRIPT:
        page.send(kind, **parts)
    ours = told(page.heard)
    assert [message["type"] for message in ours] == [message["type"] for message in theirs]
    assert sum(message["type"] == "error" for message in ours) == 2
    for mine, kernels in zip(ours, theirs, strict=True):
        if mine["type"] == "error":
            assert (mine["code"], mine["parameter"]) == (kernels["code"], kernels["parameter"])
            continue
        for part in ("step", "epoch", "batch", "batches", "edits", "canUndo", "canRedo"):
            assert mine[part] == kernels[part], part
        np.testing.assert_array_equal(mine["order"], kernels["order"])
        for part in ("theta", "memory", "statistics"):
            np.testing.assert_allclose(mine[part], kernels[part], rtol=1e-9, atol=1e-9)
        assert [row["epoch"] for row in mine["epochs"]] == [row["epoch"] for row in kernels["epochs"]]
        for row, other in zip(mine["epochs"], kernels["epochs"], strict=True):
            assert row["loss"] == pytest.approx(other["loss"], rel=1e-8)
            assert row["learning_rate"] == pytest.approx(other["learning_rate"], rel=1e-12)


def test_both_sides_write_the_same_bytes(node):
    message = {
        "type": "setup",
        "setup": {"seed": 1, "name": "é ✓"},
        "dataset": {"n": 2},
        "list": [1, 0.5, None],
    }
    X, theta = np.array([1.5, -2.0]), np.random.default_rng(0).normal(size=3)
    ours = encode({**message, "dataset": {"n": 2, "X": X}, "theta": theta})
    code = """
    const { encode, decode } = await load('ports/protocol.js');
    const dataset = { n: 2, X: Float64Array.from(X) };
    const theirs = encode({ ...message, dataset, theta: Float64Array.from(theta) });
    return { bytes: theirs, message: decode(Uint8Array.from(ours)) };
    """
    found = node(code, message=message, X=X, theta=theta, ours=list(ours))
    assert decode(bytes(found["bytes"]))["setup"] == message["setup"]
    np.testing.assert_array_equal(decode(bytes(found["bytes"]))["theta"], theta)
    assert found["message"]["dataset"]["X"] == X.tolist()
    assert found["message"]["theta"] == theta.tolist()
    assert found["message"]["list"] == [1, 0.5, None]


def test_a_large_message_travels_in_pieces_of_text_and_comes_back_whole(node):
    code = """
    const { Joiner, fromBase64, pieces, toBase64 } = await load('ports/comm.js');
    const bytes = Uint8Array.from({ length: 700000 }, (_, i) => (i * 7919) % 251);
    const parts = pieces(toBase64(bytes), 5);
    const joiner = new Joiner();
    let whole = null;
    for (const part of [...parts].reverse()) { whole = joiner.add(part) ?? whole; }
    return { n: parts.length, longest: Math.max(...parts.map((part) => part.base64.length)),
      same: whole.every((value, i) => value === bytes[i]) && whole.length === bytes.length };
    """
    assert node(code, x=0) == {"n": 4, "longest": 262144, "same": True}
