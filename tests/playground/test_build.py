"""The page is one file, built from its sources, that admits its own scripts and style and loads nothing."""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.conftest import COMMITTED, SOURCES
from playground.setups import case, dataset, trained

# What may stand in the page as an address: names of namespaces, and the licences of the packages in it.
ADDRESSES = r"https?://(?!www\.w3\.org/|127\.0\.0\.1|localhost)[\w.-]+"

BYTES = (343_700, 129_700)  # of the page as it is, and packed by gzip


@pytest.fixture(scope="module")
def html(built: Path) -> str:
    return built.read_text(encoding="utf-8")


def test_the_committed_page_is_what_the_sources_give(built: Path) -> None:
    """A rebuild changes no byte; if it does: `make page`."""
    if built == COMMITTED:
        pytest.skip("Node, or esbuild (`make page`), is not installed")

    assert COMMITTED.read_bytes() == built.read_bytes()


def test_the_page_does_not_grow_unnoticed(built: Path) -> None:
    """The page has at most the bytes of decision 20. What a change adds, it adds there, too."""
    content = built.read_bytes()
    limit, packed_limit = BYTES

    assert len(content) <= limit
    assert len(gzip.compress(content, 9)) <= packed_limit


@pytest.mark.slow
def test_types_of_the_sources_fit() -> None:
    """TypeScript finds no contradiction between the types in the comments and the code."""
    program, compiler = shutil.which("node"), SOURCES / "node_modules" / "typescript" / "lib" / "tsc.js"
    if program is None or not compiler.is_file():
        pytest.skip("Node, or TypeScript (`make page-check`), is not installed")

    done = subprocess.run(
        [program, compiler, "-p", "."], cwd=SOURCES, capture_output=True, text=True, check=False
    )

    assert done.stdout == ""
    assert done.returncode == 0


def test_scripts_and_style_are_admitted_by_their_hashes(html: str) -> None:
    """The policy names the hash of each script and of the style; nothing else may run or be loaded."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    run = re.findall(r'<script(?: id="worker")?>(.*?)</script>', html, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)

    def hashes(texts: list[str]) -> str:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    assert len(run) == 2
    assert len(styles) == 1
    assert rules == {
        "default-src": "'none'",
        "script-src": hashes(run),
        "style-src": hashes(styles),
        "worker-src": "blob:",
        "img-src": "data: blob:",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script")


def test_the_page_names_no_foreign_address(html: str) -> None:
    """No host is in the page, and the packages in it are named with their licences."""
    assert re.findall(ADDRESSES, html) == []
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    bundled = [
        name for name, entry in lock.items() if name.startswith("node_modules/") and not entry.get("dev")
    ]
    assert bundled
    for name in bundled:
        if not name.endswith("preact/signals-core"):  # a part of @preact/signals
            assert (
                f"{name.removeprefix('node_modules/')} {lock[name]['version']}, {lock[name]['license']}"
                in html
            )


def test_a_file_trains_in_its_worker(page: Any, built: Path, seen: Any) -> None:
    """Opened from the disk, the worker ends a thousand steps with the bits that the page itself gives."""
    each = case(dataset("multiclass", n=40, outputs=2), hidden=[8])
    data = {**each.dataset, "X": each.dataset["X"].tolist(), "Y": each.dataset["Y"].tolist()}
    page.goto(built.as_uri())

    in_worker, in_page = page.evaluate(
        """([setup, dataset]) => new Promise((resolve, reject) => {
          const script = document.getElementById("worker").textContent;
          const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
          const run = new pellucidKernel.Run(setup, dataset);
          run.runTo(1000);
          worker.onerror = (event) => reject(new Error(event.message));
          worker.onmessage = ({ data }) => {
            if (data.step === 1000) resolve([Array.from(data.theta), Array.from(run.theta)]);
          };
          worker.postMessage({ type: "setup", setup, dataset });
          worker.postMessage({ type: "jump", step: 1000 });
        })""",
        [each.setup, data],
    )

    assert in_worker == in_page
    np.testing.assert_allclose(
        in_worker, trained(each, 250)[0].objective.network.parameters, rtol=0.0, atol=1e-12
    )
    assert {address.partition(":")[0] for address in seen.requests} <= {"file", "blob", "data"}
