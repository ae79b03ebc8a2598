"""JavaScript for tests: Node, and Chromium by Playwright; skipped with the reason where one of them is missing."""

import json
import math
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "page"
COMMITTED = ROOT / "src" / "pellucid" / "playground" / "page.html"
ORIGIN = "http://sources.test"  # where Chromium finds the sources; nothing listens there
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KINDS = {".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".html": "text/html"}
Javascript = Callable[..., Any]

# JSON has no NaN and no infinity; a typed array is a list.
CODEC = """
const encode = (v) => typeof v === "number" && !Number.isFinite(v) ? { $number: String(v) }
  : ArrayBuffer.isView(v) || Array.isArray(v) ? Array.from(v, encode)
  : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, encode(w)]))
  : v === undefined ? null : v;
const decode = (v) => Array.isArray(v) ? v.map(decode)
  : v && typeof v === "object" ? "$number" in v ? Number(v.$number)
  : Object.fromEntries(Object.entries(v).map(([k, w]) => [k, decode(w)])) : v;
"""


def wrapped(code: str, given: dict[str, Any], load: str) -> str:
    """Return an expression for a promise of the JSON of what a function's body returns."""
    names, values = ", ".join(given), json.dumps(list(encoded(list(given.values()))))
    body = f"async (load, {names}) => {{ {code} }}"
    call = f"await ({body})({load}, ...decode({values}))"
    return f"(async () => {{ {CODEC} return JSON.stringify(encode({call})); }})()"


def encoded(value: Any) -> Any:
    """Return data for JSON: arrays as lists, numbers that are not finite as text."""
    if isinstance(value, np.ndarray | np.generic):
        return encoded(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")}
    if isinstance(value, dict):
        return {key: encoded(each) for key, each in value.items()}
    return [encoded(each) for each in value] if isinstance(value, list | tuple) else value


def decoded(value: Any) -> Any:
    """Return data of JSON as Python has it."""
    if isinstance(value, dict):
        return float(value["$number"]) if "$number" in value else {k: decoded(v) for k, v in value.items()}
    return [decoded(each) for each in value] if isinstance(value, list) else value


# One process answers line by line, for Node takes longer to start and to load the modules than most tests run.
ANSWERING = """
import { createInterface } from "node:readline";
const load = (path) => import(`./${path}`);
for await (const line of createInterface({ input: process.stdin })) {
  const said = {};
  try { said.value = await new Function("load", `return ${JSON.parse(line)}`)(load); }
  catch (error) { said.error = error?.stack ?? String(error); }
  process.stdout.write(`${JSON.stringify(said)}\\n`);
}
"""


@pytest.fixture(scope="session")
def node() -> Iterator[Javascript]:
    """Return ``node(code, **given)``: the value that the body of an async function returns, run by Node.

    The body sees the given names and ``load(path)``, which imports a module of ``page/``::

        node("const { Generator } = await load('kernel/rng.js'); return new Generator(seed).double();", seed=0)

    Data go both ways as JSON, numbers with all digits, NaN and infinities too.
    """
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed")

    process = subprocess.Popen(
        [program, "--input-type=module", "--eval", ANSWERING],
        cwd=SOURCES, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    asked, answered = process.stdin, process.stdout
    assert asked is not None
    assert answered is not None

    def run(code: str, **given: Any) -> Any:
        limit = threading.Timer(300.0, process.kill)
        limit.start()
        try:
            asked.write(json.dumps(wrapped(code, given, "load")) + "\n")
            asked.flush()
            said = json.loads(answered.readline())
        finally:
            limit.cancel()
        if "Cannot find package" in said.get("error", ""):
            pytest.skip("the page's packages are not installed: make page/node_modules/installed")
        assert "error" not in said, said["error"]
        return decoded(json.loads(said["value"]))

    yield run
    with process:
        asked.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return a Chromium without a profile, which asks no host for anything by itself."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as starter:
        browser = starter.chromium.launch(executable_path=program, args=[*FLAGS, *sandbox])
        yield browser
        browser.close()


@dataclass
class Seen:
    """Record of a page: its errors (console, exceptions) and the addresses that it asked for."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def seen() -> Seen:
    """Return what happens in ``page``; a test that expects an error clears ``seen.errors``."""
    return Seen()


@pytest.fixture
def page(chromium: Any, seen: Seen) -> Iterator[Any]:
    """Return an empty page of Chromium; at the end it must have made no error, see ``seen``."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened = context.new_page()
    opened.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: seen.errors.append(str(error)))
    opened.on("request", lambda request: seen.requests.append(request.url))
    yield opened
    context.close()
    assert seen.errors == []


@pytest.fixture(params=["node", pytest.param("chromium", marks=pytest.mark.slow)])
def javascript(request: pytest.FixtureRequest) -> Javascript:
    """Return ``javascript(code, **given)`` as :func:`node` does, run by Node and by Chromium in turn.

    Both have the same engine, and the tests of the page run the same modules in Chromium.
    """
    if request.param == "node":
        return request.getfixturevalue("node")
    page = request.getfixturevalue("page")
    page.route(f"{ORIGIN}/**", serve_sources)
    page.goto(f"{ORIGIN}/empty.html")

    def run(code: str, **given: Any) -> Any:
        return decoded(json.loads(page.evaluate(wrapped(code, given, "(path) => import(`/${path}`)"))))

    return run


def serve_sources(route: Any) -> None:
    """Answer a page's request for a source; to serve them all: ``page.route(f"{ORIGIN}/**", serve_sources)``."""
    path = SOURCES / route.request.url.removeprefix(ORIGIN).partition("?")[0].lstrip("/")
    if path.name == "empty.html":
        route.fulfill(
            body="<!doctype html><meta charset=utf-8><title>empty</title>", content_type="text/html"
        )
    elif path.is_file():
        route.fulfill(body=path.read_bytes(), content_type=KINDS.get(path.suffix, "text/plain"))
    else:
        route.fulfill(status=404, body=f"no {path.name}")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page as one file: built from the sources where esbuild is installed, else as committed."""
    program = shutil.which("node")
    if program is None or not (SOURCES / "node_modules" / "esbuild").is_dir():
        return COMMITTED
    target = tmp_path_factory.mktemp("page") / "page.html"
    subprocess.run([program, "build.mjs", str(target)], cwd=SOURCES, check=True, capture_output=True)
    return target
