"""The page as a widget: messages by binary buffers or in pieces of text; in JupyterLab and marimo it trains."""

import json
import os
import shutil
import socket
import subprocess
import time
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from optional import needs
from pellucid.playground import boot
from pellucid.playground import widget as widget_of
from pellucid.playground.notebook import PIECE, module
from pellucid.playground.protocol import decode, encode

needs("anywidget", reason="needs pellucid[notebook]")

SETUP = {"type": "setup", "setup": {"data": {"name": "xor"}}}


class Notebook:
    """A notebook without a browser: what the widget sends is kept."""

    def __init__(self, monkeypatch):
        self.widget, self.sent = widget_of(example="xor"), []
        monkeypatch.setattr(
            self.widget, "send", lambda content, buffers=(): self.sent.append((content, buffers))
        )

    def send(self, **command):
        data = encode(command)
        self.widget._on_message(self.widget, {"kind": "bytes", "length": len(data)}, [memoryview(data)])
        return self.heard()

    def goes(self, step):
        """Go to a step; a report on the way is acknowledged as a page does. Return the state there."""
        (found,) = self.send(type="jump", step=step)
        while found["type"] == "progress":
            (found,) = self.send(type="ack", frame=found["frame"])
        return found

    def heard(self):
        """Return the messages since the last call."""
        found, pieces = [], []
        for content, buffers in self.sent:
            if content["kind"] == "bytes":
                found.append(decode(bytes(buffers[0])))
            elif content["kind"] == "piece":
                pieces.append(content["base64"])
                assert len(content["base64"]) <= PIECE
                if content["part"] == content["of"] - 1:
                    found.append(decode(b64decode("".join(pieces))))
                    pieces = []
            else:
                found.append(content)
        self.sent.clear()
        return found


@pytest.fixture
def notebook(monkeypatch):
    return Notebook(monkeypatch)


def test_a_widget_trains_while_the_page_waits(notebook):
    assert notebook.send(type="hello", version=1)[0]["type"] == "welcome"
    assert notebook.send(**SETUP)[0]["step"] == 0
    far = notebook.goes(700)
    assert far["step"] == 700
    for pace in (7, None):
        frame = notebook.send(type="run", until=None, pace=pace)
        assert [message["type"] for message in frame] == ["frame"]
        after = notebook.send(type="ack", frame=frame[0]["frame"])
        assert after[0]["step"] > frame[0]["step"] > 700 - 1
        notebook.send(type="pause")
        notebook.send(type="ack", frame=after[0]["frame"])
        np.testing.assert_array_equal(notebook.goes(700)["theta"], far["theta"])


def test_a_buffer_that_got_lost_is_asked_for_again_as_text(notebook):
    data = encode(SETUP)
    notebook.widget._on_message(None, {"kind": "bytes", "length": len(data)}, [])
    assert notebook.heard() == [{"kind": "lost"}]
    text = b64encode(data).decode()
    half = len(text) // 2
    for part, piece in ((1, text[half:]), (0, text[:half])):
        content = {"kind": "piece", "id": 1, "part": part, "of": 2, "base64": piece}
        notebook.widget._on_message(None, content, [])
    assert [content["kind"] for content, _ in notebook.sent] == ["piece"]
    assert notebook.heard()[0]["type"] == "state"


def test_what_the_page_has_lost_is_sent_again_as_text(notebook):
    first = notebook.send(**SETUP)[0]
    notebook.widget._on_message(None, {"kind": "lost"}, [])
    assert [content["kind"] for content, _ in notebook.sent] == ["piece"]
    again = notebook.heard()[0]
    np.testing.assert_array_equal(first["theta"], again["theta"])
    network = {"hidden": [120, 120, 120]}
    large = notebook.send(type="setup", setup={"data": {"name": "digits"}, "network": network})
    assert large[0]["theta"].size > 30_000


@pytest.mark.parametrize(
    "content",
    [
        None, {}, {"kind": "code"}, {"kind": "piece"},
        {"kind": "piece", "id": 1, "part": 5, "of": 2, "base64": ""},
        {"kind": "piece", "id": 1, "part": 0, "of": 10**9, "base64": ""},
        {"kind": "piece", "id": 1, "part": 0, "of": 1, "base64": "????"},
        {"kind": "bytes", "length": 3},
    ],
)  # fmt: skip
@pytest.mark.whole
def test_what_is_not_a_message_moves_nothing(content, notebook):
    before = notebook.send(**SETUP)[0]
    notebook.widget._on_message(None, content, [])
    notebook.heard()
    np.testing.assert_array_equal(notebook.send(type="pause")[0]["theta"], before["theta"])


def test_the_module_is_the_built_page_in_a_shadow_root(built, monkeypatch):
    page = Path(built).read_text(encoding="utf-8")
    monkeypatch.setattr(boot, "built_page", lambda: page)
    text = module({"setup": {"seed": 3}})
    parts = json.loads(text.split("\n")[0].removeprefix("const PARTS = ").removesuffix(";"))
    unpacked = boot.program(page)
    assert unpacked.kernel in text
    assert unpacked.script in text
    assert "<script>" not in parts
    assert 'id="packed"' not in text
    assert f'id="examples">{unpacked.examples}</script>' in parts
    assert '"door":"notebook"' in parts
    style = parts.split("</style>")[0]
    assert not any(selector in style for selector in (":root", "}html", "}body{", "@media(max-width"))


# ---- in real notebooks --------------------------------------------------------------------------------------

CELLS = ["from pellucid.playground import widget", "w = widget(example='xor', setup={'seed': 5})", "w"]
MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    {}
    return
"""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def started(tmp_path, built):
    """Start a program in an empty home; it ends with the test. The notebook has the page as it is built now."""
    running = []
    home = {
        name: str(tmp_path / "home")
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    }
    folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    source = str(Path(boot.__file__).parents[2])
    cache = os.environ.get("PELLUCID_CACHE_DIR", str(tmp_path / "cache"))

    def start(*words):
        environment = {**os.environ, **home, **folders, "PYTHONPATH": source, "PELLUCID_CACHE_DIR": cache}
        with (tmp_path / "log").open("w") as log:
            running.append(subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=log, stderr=log))

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=60)


def reached(page, url):
    for _ in range(300):
        try:
            page.goto(url)
        except Exception:  # not yet there
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"{url} is not served")


def trains(page):
    """Step and run the widget, forward and back, as a user does."""
    page.locator(".scores").wait_for(timeout=120_000)
    page.get_by_role("button", name="One epoch forward").click()
    page.locator(".where output", has_text="step 10").wait_for()
    page.get_by_role("button", name="One batch back").click()
    page.locator(".where output", has_text="step 9").wait_for()
    page.locator("button.run").click()
    page.locator(".where output", has_text="epoch 4").wait_for(timeout=60_000)
    page.locator("button.run").click()
    page.locator("button.run", has_text="Run").wait_for()
    page.get_by_role("button", name="Back to the start").click()
    page.locator(".where output", has_text="step 0").wait_for()


def watched(page, seen):
    """Note the addresses of the page's sockets too."""
    page.on("websocket", lambda opened: seen.requests.append(opened.url))


def stays_home(seen, port):
    """Check that nothing was asked of any other place than the notebook's own server."""
    asked = [urlsplit(url) for url in seen.requests]
    assert {place.netloc for place in asked if place.scheme not in ("blob", "data")} == {f"127.0.0.1:{port}"}


@pytest.mark.slow
def test_the_widget_trains_in_jupyterlab_and_asks_nobody_else(started, page, seen, tmp_path):
    lab = program("jupyter-lab")
    watched(page, seen)
    cell = {"cell_type": "code", "execution_count": None, "id": "a1", "metadata": {}, "outputs": [],
            "source": "\n".join(CELLS)}  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook))
    port = free_port()
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    place = (f"--port={port}", f"--ServerApp.root_dir={tmp_path}", "--IdentityProvider.token=t")
    started(lab, "--no-browser", *place, "--LabApp.news_url=None", *root)
    reached(page, f"http://127.0.0.1:{port}/lab/tree/n.ipynb?token=t")
    page.get_by_text("| Idle").wait_for(timeout=120_000)
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    trains(page)
    stays_home(seen, port)
    seen.errors[:] = [error for error in seen.errors if "pellucid" in error or "widget" in error]


@pytest.mark.slow
def test_the_widget_trains_in_marimo_and_asks_nobody_else(started, page, seen, tmp_path):
    marimo = program("marimo")
    watched(page, seen)
    (tmp_path / "n.py").write_text(MARIMO.format("\n    ".join(CELLS)))
    port = free_port()
    started(marimo, "--yes", "run", str(tmp_path / "n.py"), "--headless", "--no-token", "--port", str(port))
    reached(page, f"http://127.0.0.1:{port}")
    trains(page)
    stays_home(seen, port)
    seen.errors[:] = [error for error in seen.errors if "pellucid" in error or "widget" in error]
