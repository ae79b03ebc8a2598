"""The report in headless Chromium: a silent console, no request, nothing cut off on a phone."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)

QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=3000",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # what the browser asks for itself goes nowhere
    "--enable-logging=stderr",
)  # fmt: skip


# The page with the most in it is fast: a visit is a second of processor time.
EACH = ["digits", *(pytest.param(name, marks=pytest.mark.slow) for name in ("cancer", "diabetes", "moons"))]


@dataclass
class Visit:
    """Record of what a page did."""

    dom: str
    console: list[str]
    hosts: set[str]


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """Open a page in a fresh profile."""

    def opened(path: Path) -> Visit:
        profile = tmp_path_factory.mktemp("profile")
        log = profile / "net.json"
        ran = subprocess.run(
            [CHROMIUM, *QUIET, f"--user-data-dir={profile / 'data'}", f"--log-net-log={log}", "--dump-dom",
             path.as_uri()],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return Visit(
            ran.stdout,
            [line for line in ran.stderr.splitlines() if ":CONSOLE:" in line or "CONSOLE(" in line],
            set(re.findall(r'"url":"(?:https?|wss?)://([^/"]+)', log.read_text())),
        )

    return opened


@pytest.fixture(scope="module")
def of_the_browser(visit, tmp_path_factory):
    """The hosts that the browser asks for itself, on an empty page."""
    page = tmp_path_factory.mktemp("empty") / "empty.html"
    page.write_text("<!DOCTYPE html><title>empty</title>", encoding="utf-8")
    return visit(page).hosts


@pytest.mark.thorough
@pytest.mark.parametrize("name", EACH)
def test_it_loads_with_a_silent_console_and_asks_for_nothing(name, visit, of_the_browser, request):
    """The page arrives whole; the network log holds no request but the browser's own."""
    case = request.getfixturevalue(name)
    seen = visit(case.path)

    assert seen.console == []
    assert seen.hosts <= of_the_browser
    assert seen.dom.rstrip().endswith("</html>")
    assert seen.dom.count("<svg") == case.source.count("<svg")


@pytest.mark.thorough
def test_the_watch_itself_sees(digits, visit, of_the_browser, tmp_path):
    """A picture from outside is stopped by the page's policy, on the console; without it, it is in the log."""
    tainted = digits.source.replace("<footer>", '<img src="http://pictures.invalid/x.png"><footer>')
    (tmp_path / "stopped.html").write_text(tainted, encoding="utf-8")
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", tainted)
    (tmp_path / "free.html").write_text(free, encoding="utf-8")

    stopped = visit(tmp_path / "stopped.html")
    assert any("Content Security Policy" in line for line in stopped.console)
    assert stopped.hosts <= of_the_browser
    assert "pictures.invalid" in visit(tmp_path / "free.html").hosts


@pytest.mark.thorough
@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize(
    "width", [320, *(pytest.param(width, marks=pytest.mark.slow) for width in (375, 1200))]
)
def test_nothing_is_wider_than_the_screen(name, visit, tmp_path, width, request):
    """On a phone and on a desk the page scrolls down only; pictures are as wide as the column at most."""
    case = request.getfixturevalue(name)
    measure = (
        "<script>onload = () => { const widest = Math.max(...[...document.querySelectorAll('svg[role]')].map("
        "svg => svg.getBoundingClientRect().right)); parent.postMessage([document.documentElement.scrollWidth, "
        "Math.ceil(widest)].join(' '), '*') }</script></body>"
    )
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", case.source)
    (tmp_path / "measured.html").write_text(free.replace("</body>", measure), encoding="utf-8")
    (tmp_path / "frame.html").write_text(
        "<!DOCTYPE html><script>onmessage = event => document.title = event.data</script>"
        f'<iframe src="measured.html" style="border: 0" width="{width}" height="800"></iframe>',
        encoding="utf-8",
    )
    page, pictures = map(
        int, re.findall(r"<title>(\d+) (\d+)</title>", visit(tmp_path / "frame.html").dom)[0]
    )

    assert page <= width
    assert pictures <= width
