"""The blocks of the page on deployment that need other tools: MLflow, skops, FastAPI, C, a browser."""

import contextlib
import functools
import importlib
import io
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from pellucid import load, save

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guide" / "deploy.md").read_text(encoding="utf-8")
WEB = ROOT / "build" / "web" / "node_modules" / "onnxruntime-web" / "dist"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.filterwarnings("ignore")


def section(title: str) -> str:
    """Return the text of a section of the page."""
    return re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[
        [line.strip() for line in re.findall(r"^##+ (.*)$", PAGE, re.MULTILINE)].index(title) + 1
    ]


def blocks(title: str, language: str) -> list[tuple[str, str]]:
    """Return the blocks of a section in a language, with the output that stands behind each."""
    return [(code, output) for kind, code, output in BLOCK.findall(section(title)) if kind == language]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The names that the page has defined when its exports are written."""
    for name in ("spox", "onnxruntime"):
        pytest.importorskip(name)
    names: dict[str, Any] = {"__name__": "__main__"}
    place = tmp_path_factory.mktemp("page")
    with contextlib.chdir(place), contextlib.redirect_stdout(io.StringIO()):
        for title in ("From Python", "Without pellucid: ONNX, C, Python", "ONNX in Python"):
            if title.startswith("Without") and shutil.which("cc") is None:
                pytest.skip("no C compiler here: apt-get install gcc")
            for code, _ in blocks(title, "python"):
                exec(code, names)
    return names


def run(page: dict[str, Any], title: str) -> dict[str, Any]:
    """Run the Python blocks of a section, which print what the page says."""
    names = dict(page)
    for code, output in blocks(title, "python"):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == output
    return names


def price(page: dict[str, Any], **cells: Any) -> float:
    """Return the model's prediction for a house."""
    row = page["houses"].head(1).assign(**cells)
    return float(page["model"].predict(row)[0])


@pytest.mark.slow
def test_mlflow(page: dict[str, Any], tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'runs.db'}")
    mlflow.create_experiment("page", (tmp_path / "artifacts").as_uri())
    mlflow.set_experiment("page")
    try:
        run(page, "MLflow")
        runs = mlflow.search_runs(output_format="list")
    finally:
        mlflow.set_tracking_uri(before)
    assert [one.info.status for one in runs] == ["FINISHED", "FINISHED"]
    assert all("objective" in one.data.metrics or "member 0/objective" in one.data.metrics for one in runs)


@pytest.mark.thorough
@pytest.mark.parametrize("library", ["joblib", "pickle"])
def test_pickles_predict_the_same(library: str, page: dict[str, Any], tmp_path: Path) -> None:
    tool = importlib.import_module(library)
    with (tmp_path / "m").open("wb") as file:
        tool.dump(page["model"], file)
    with (tmp_path / "m").open("rb") as file:
        loaded = tool.load(file)
    assert (loaded.predict(page["houses"]) == page["model"].predict(page["houses"])).all()


@pytest.mark.thorough
def test_skops(page: dict[str, Any]) -> None:
    pytest.importorskip("skops")
    run(page, "joblib and skops")


def test_fastapi(page: dict[str, Any]) -> None:
    pytest.importorskip("fastapi")
    testclient = pytest.importorskip("fastapi.testclient", exc_type=(ImportError, RuntimeError))
    names = run(page, "FastAPI")
    client = testclient.TestClient(names["app"])
    found = client.post("/price", json={"area": 80, "place": "coast", "built": "1990-01-01"})
    assert found.status_code == 200, found.text
    right = price(page, area=80.0, place="coast", built=np.datetime64("1990-01-01", "us"))
    assert found.json()["price"] == pytest.approx(right, rel=1e-5)
    assert client.post("/price", json={"area": None, "built": "1990-01-01"}).status_code == 200
    assert client.post("/price", json={"area": "large"}).status_code == 422


def test_the_service_within_an_application(page: dict[str, Any], tmp_path: Path) -> None:
    """An application of pellucid answers where another one has mounted it."""
    starlette = pytest.importorskip("starlette.applications")
    from tests.serving.conftest import ask

    from pellucid.serving import application

    save(page["model"], tmp_path / "m.safetensors")
    whole = starlette.Starlette()
    whole.mount("/houses", application(load(tmp_path / "m.safetensors")))
    row = {"area": 80, "place": "coast", "built": "1990-01-01"}
    found = ask(whole, "POST", "/houses/predict", {"rows": [row]})
    assert found.status == 200, found.body
    right = price(page, area=80.0, place="coast", built=np.datetime64("1990-01-01", "us"))
    assert found.json["predictions"][0]["prediction"] == pytest.approx(right, rel=1e-6)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c(page: dict[str, Any], compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} here: apt-get install {compiler}")
    ((code, _),) = blocks("C", "c")
    includes, _, body = code.partition("\n\n")
    show = 'printf("%.17g", out.prediction[0]);'
    (tmp_path / "main.c").write_text(
        f"#include <stdio.h>\n{includes}\nint main(void) {{\n{body}\n{show}\nreturn 0;\n}}\n"
    )
    for name in ("houses.c", "houses.h"):
        shutil.copy(page["folder"] / name, tmp_path)
    command = [compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "main.c", "houses.c", "-o", "m", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True)
    ended = subprocess.run(["./m"], cwd=tmp_path, check=True, capture_output=True, text=True)
    right = price(page, area=80.0, place="coast", built=np.datetime64("1990-01-01", "us"))
    assert float(ended.stdout) == pytest.approx(right, rel=1e-5)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, without a word."""

    class Quiet(SimpleHTTPRequestHandler):
        extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.skipif(not WEB.exists(), reason="npm install --prefix build/web onnxruntime-web")
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_in_a_browser(page: dict[str, Any], tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    ((code, _),) = blocks("In a browser", "html")
    (tmp_path / "index.html").write_text(code)
    shutil.copy(page["folder"] / "houses.onnx", tmp_path)
    for path in WEB.glob("ort*"):
        if path.suffix in (".js", ".mjs", ".wasm") and path.stat().st_size:
            (tmp_path / path.name).symlink_to(path)
    said: list[str] = []
    with served(tmp_path) as address, playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            shown = browser.new_page()
            shown.on("pageerror", lambda error: said.append(str(error)))
            shown.goto(address)
            shown.wait_for_function("document.getElementById('price').value !== ''", timeout=120_000)
            found = float(shown.evaluate("document.getElementById('price').value"))
        finally:
            browser.close()
    assert said == []
    right = price(page, area=80.0, place="coast", built=np.datetime64("1990-01-01", "us"))
    assert found == pytest.approx(right, rel=1e-5)
