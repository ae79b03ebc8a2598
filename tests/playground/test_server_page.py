"""The page behind the server, in a browser: Python trains, and nothing leaves but the one socket."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("websockets", reason="needs pellucid[playground]")

from pellucid.playground import boot
from pellucid.playground.doors import beginning
from pellucid.playground.server import PageServer
from pellucid.playground.setups import read_setup
from playground.driving import at_step, exported, opened, opens, press, run_of


@pytest.fixture
def server(built, monkeypatch, page):
    text = Path(built).read_text(encoding="utf-8")
    monkeypatch.setattr(boot, "built_page", lambda: text)
    with PageServer(beginning(example="circles", setup={"seed": 2})) as made:
        yield made
        page.goto("about:blank")  # so that nobody asks a server that has stopped


def visited(page, server):
    page.goto(server.url)
    page.locator(".scores").wait_for()
    return page


def stepped(run, dataset=None):
    from pellucid.playground.checking import dataset_for

    setup = read_setup(run["setup"])
    made = setup.stepper(dataset or dataset_for(setup))
    made.run_to(run["position"]["step"])
    return made.network.parameters


@pytest.mark.thorough
def test_python_trains_what_the_page_shows(page, server, seen):
    visited(page, server)
    press(page, "ArrowRight", 0)
    for _ in range(3):
        page.get_by_role("button", name="One batch forward").click()
    at_step(page, 3)
    run = run_of(page)
    assert (run["setup"]["seed"], run["setup"]["data"]["name"]) == (2, "circles")
    np.testing.assert_array_equal(run["parameters"], stepped(run))
    page.get_by_role("button", name="One epoch forward").click()
    at_step(page, 20)
    page.get_by_role("button", name="One batch back").click()
    at_step(page, 19)
    run = run_of(page)
    np.testing.assert_array_equal(run["parameters"], stepped(run))
    assert {url.split("?")[0] for url in seen.requests if not url.startswith("blob:")} == {
        server.url.split("#")[0]
    }


@pytest.mark.thorough
def test_the_token_leaves_the_address_and_a_reload_still_trains(page, server):
    visited(page, server)
    assert "token" not in page.url
    assert page.evaluate("document.documentElement.outerHTML").count(server.url.split("=")[1]) == 0
    page.reload()
    page.locator(".scores").wait_for()
    page.get_by_role("button", name="One batch forward").click()
    at_step(page, 1)


@pytest.mark.thorough
def test_running_and_pausing_keep_the_page_and_python_together(page, server):
    visited(page, server)
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator(".where output", has_text="epoch 3").wait_for(timeout=30_000)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Run", exact=True).wait_for()
    run = run_of(page)
    assert run["position"]["step"] >= 60
    np.testing.assert_array_equal(run["parameters"], stepped(run))


@pytest.mark.thorough
def test_own_data_train_in_python(page, server):
    visited(page, server)
    rows = "\n".join(f"{k % 7},{'ab'[k % 2]},{k % 7 + k % 2}" for k in range(40))
    opens(page, f"x,kind,y\n{rows}\n")
    page.get_by_role("button", name="One epoch forward").click()
    at_step(page, 20)
    run = run_of(page)
    np.testing.assert_allclose(run["parameters"], stepped(run), rtol=0, atol=1e-12)


@pytest.mark.slow
def test_the_page_says_where_a_table_goes(page, server, built):
    """To Python, where Python trains; nowhere, where the page does."""
    for open_page, said in (
        (lambda: visited(page, server), "to the Python that opened this page"),
        (lambda: opened(page, Path(built)), "stay in this page"),
    ):
        open_page()
        page.get_by_role("button", name="Help", exact=True).click()
        page.locator("dialog dd", has_text=said).wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Your data", exact=True).click()
        page.locator("dialog p", has_text=said.replace("stay", "stays")).wait_for()
        page.keyboard.press("Escape")


@pytest.mark.thorough
def test_a_page_comes_back_when_its_socket_breaks(page, server, seen):
    visited(page, server)
    page.get_by_role("button", name="One epoch forward").click()
    at_step(page, 20)
    for connection in list(server._server.connections):
        connection.close_socket()
    page.get_by_role("button", name="One batch forward").click()
    at_step(page, 21)
    run = run_of(page)
    np.testing.assert_array_equal(run["parameters"], stepped(run))
    seen.errors.clear()


@pytest.mark.thorough
def test_without_the_token_the_page_says_what_to_do(page, server, seen):
    page.goto(server.url.split("#")[0])
    page.get_by_text("Open the address that pellucid playground printed").wait_for()
    seen.errors.clear()


@pytest.mark.thorough
def test_a_page_saved_from_the_server_connects_to_nothing(page, server, tmp_path):
    visited(page, server)
    page.get_by_role("button", name="One epoch forward").click()
    at_step(page, 20)
    run = run_of(page)
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.locator("dialog").get_by_role("button", name="Page with this run", exact=True).click()
    saved = tmp_path / "saved.html"
    waiting.value.save_as(saved)
    text = saved.read_text(encoding="utf-8")
    assert "connect-src 'none'" in text[: text.index("<style")]
    server.close()
    page.goto(saved.as_uri())
    page.locator(".scores").wait_for()
    at_step(page, 20)
    np.testing.assert_allclose(run_of(page)["parameters"], run["parameters"], rtol=0, atol=1e-9)
    assert json.loads(page.locator("#boot").text_content())["setup"]["seed"] == 2


@pytest.mark.slow
def test_the_exported_program_prints_the_pages_loss(page, server, tmp_path):
    visited(page, server)
    page.get_by_role("button", name="One epoch forward").click()
    at_step(page, 20)
    program = tmp_path / "run.py"
    program.write_text(exported(page, "Python program"), encoding="utf-8")
    said = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True).stdout
    page.locator("header.top select").nth(2).select_option("6")
    shown = page.locator(".scores p").inner_text().split("mean loss ")[1]
    assert said.startswith("loss after step 20: ")
    assert float(said.split(": ")[1]) == pytest.approx(float(shown), abs=6e-5)
