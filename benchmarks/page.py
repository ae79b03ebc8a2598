"""Measure the page in Chromium: size, start, frames, main thread, delays, memory while it trains.

    python benchmarks/page.py [PAGE ...] [--minutes M] [--only PART]

Prints one row per measurement with its target; several pages are measured in turn, for a comparison. Frames per
second and delays depend on what else the machine does: the load average is printed with them. The time of the main
thread is processor time, everything in it: scripts, layout, and what a canvas costs without a graphics card.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

PAGE = Path(__file__).parents[1] / "src" / "pellucid" / "playground" / "page.html"
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LOADS = 7
SECONDS = 4
NETWORKS = {  # name: example, widths, frames per second aimed at
    "2-6-1": ("moons", [6], 60),
    "2-8-8-1": ("moons", [8, 8], 60),
    "2-32-32-3": ("blobs", [32, 32], 30),
    "64-32-10": ("digits", [32], 30),
    "64-100-10": ("digits", [100], 10),
}
WATCH = """
() => {
  window.watched = { drawn: 0, frames: 0 };
  const count = () => { window.watched.frames++; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  new MutationObserver(() => window.watched.drawn++).observe(
    document.querySelector(".where output"), { characterData: true, subtree: true, childList: true });
}
"""
# The frame in which the first scores stand.
READY = """
window.ready = new Promise((done) => new MutationObserver((_, observer) => {
  if (!document.querySelector(".scores")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => done(performance.now())));
}).observe(document, { childList: true, subtree: true }));
"""
# From an event to the frame in which the text of the position has changed.
UNTIL_SHOWN = """
(act) => new Promise((done) => {
  const started = performance.now();
  const place = document.querySelector(".where output");
  new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - started));
  }).observe(place, { characterData: true, subtree: true, childList: true });
  if (act.key) document.dispatchEvent(new KeyboardEvent("keydown", { key: act.key, bubbles: true }));
  else {
    const line = document.querySelector(".where input");
    line.value = act.step;
    line.dispatchEvent(new Event("input", { bubbles: true }));
  }
})
"""


def opened(browser: Any, page_file: Path) -> Any:
    """Return the page, ready."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(page_file.as_uri())
    page.locator(".scores").wait_for()
    return page


def widths(page: Any, example: str, hidden: list[int]) -> None:
    """Choose an example and widths of its hidden layers."""
    page.get_by_label("Example").select_option(example)
    page.wait_for_timeout(300)
    for _ in hidden[1:]:
        page.get_by_role("button", name="Add layer").click()
    for k, n in enumerate(hidden, start=1):
        field = page.get_by_label(f"Units in layer {k}")
        if field.input_value() != str(n):
            field.fill(str(n))
            field.press("Enter")
            page.wait_for_timeout(200)
    page.locator("h1").click()


def starts(browser: Any, page_file: Path) -> tuple[float, float]:
    """Return median milliseconds to the first contentful paint, and to the network with its scores."""
    times = []
    for _ in range(LOADS):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(READY)
        page.goto(page_file.as_uri())
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        ready = page.evaluate("window.ready")
        times.append((page.evaluate(paint), ready))
        page.close()
    first, last = map(statistics.median, zip(*times, strict=True))
    return first, last


def running(browser: Any, page_file: Path, example: str, hidden: list[int]) -> tuple[float, float, float]:
    """Return frames drawn per second, milliseconds of the main thread per frame, and steps per second."""
    page = opened(browser, page_file)
    widths(page, example, hidden)
    page.evaluate(WATCH)
    page.keyboard.press(" ")
    page.wait_for_timeout(1000)
    main = _main_thread(browser)
    before, start = _seen(page, main), time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    after, seconds = _seen(page, main), time.perf_counter() - start
    page.close()
    drawn = after["drawn"] - before["drawn"]
    busy = (after["busy"] - before["busy"]) / max(drawn, 1)
    return drawn / seconds, busy, (after["step"] - before["step"]) / seconds


def _renderers(browser: Any) -> list[int]:
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [process["id"] for process in processes if process["type"] == "renderer"]


def _main_thread(browser: Any) -> Path:
    """Return where Linux says what the main thread of the busiest renderer has used; others do not say it."""
    files = [Path(f"/proc/{pid}/task/{pid}/schedstat") for pid in _renderers(browser)]
    return max(files, key=_used, default=Path(os.devnull))


def _used(file: Path) -> float:
    """Return milliseconds of processor time."""
    text = file.read_text() if file.is_file() else ""
    return int(text.split()[0]) / 1e6 if text else float("nan")


def _seen(page: Any, main: Path) -> dict[str, float]:
    step = page.locator(".where output").inner_text().split("step ")[1].split()[0]
    return {**page.evaluate("window.watched"), "busy": _used(main), "step": float(step)}


def _resident(pid: int) -> float:
    """Return megabytes of a process."""
    status = Path(f"/proc/{pid}/status")
    text = status.read_text() if status.is_file() else ""
    found = [line for line in text.splitlines() if line.startswith("VmRSS")]
    return int(found[0].split()[1]) / 1e3 if found else float("nan")


def heaps(page: Any, minutes: float) -> Iterator[float]:
    """Train, and yield megabytes of the heap after a collection, at the start and after each minute."""
    session = page.context.new_cdp_session(page)
    left = minutes
    while True:
        session.send("HeapProfiler.collectGarbage")
        yield session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        if left <= 0:
            return
        page.wait_for_timeout(60_000 * min(1.0, left))
        left -= 1.0


def looks(browser: Any, page_file: Path, minutes: float) -> Iterator[tuple[str, str, str]]:
    """Yield size and times of the start."""
    content = page_file.read_bytes()
    yield (
        "size",
        f"{len(content) / 1000:.1f} kB, {len(gzip.compress(content, 9)) / 1000:.1f} kB gz",
        "<= 200, 75 kB",
    )
    paint, ready = starts(browser, page_file)
    yield "first paint, ready", f"{paint:.0f} ms, {ready:.0f} ms", "<= 200 ms"


def frames(browser: Any, page_file: Path, minutes: float) -> Iterator[tuple[str, str, str]]:
    """Yield frames while networks train."""
    for name, (example, hidden, aim) in NETWORKS.items():
        drawn, busy, steps = running(browser, page_file, example, hidden)
        yield (
            f"{name}, running",
            f"{drawn:.0f} frames/s, {busy:.1f} ms each, {steps:.0f} steps/s",
            f">= {aim}/s, 8 ms",
        )


def delays(browser: Any, page_file: Path, minutes: float) -> Iterator[tuple[str, str, str]]:
    """Yield delays of keys and jumps, and the accuracy after a moment."""
    page = opened(browser, page_file)
    page.locator("h1").click()
    times = [page.evaluate(UNTIL_SHOWN, {"key": "."}) for _ in range(9)]
    yield "key to paint", f"{statistics.median(times):.0f} ms", "<= 50 ms"
    page.keyboard.press(" ")
    page.wait_for_timeout(3000)
    page.keyboard.press(" ")
    page.wait_for_timeout(300)
    yield "after 3 s of Run", page.locator(".scores b").first.inner_text(), ">= 95 %"
    yield "back 1,000 steps", f"{back(page):.0f} ms", "<= 100 ms"
    page.close()
    page = opened(browser, page_file)
    widths(page, "digits", [100])
    yield "the same, 64-100-10", f"{back(page):.0f} ms", "<= 250 ms"
    page.close()


def back(page: Any) -> float:
    """Return the median time of a jump by a thousand steps back, in milliseconds."""
    page.locator("h1").click()
    for _ in range(70):
        page.keyboard.press(">")
    page.wait_for_timeout(1000)
    last = int(page.locator(".where output").inner_text().split("step ")[1].split()[0].replace(",", ""))
    return statistics.median(page.evaluate(UNTIL_SHOWN, {"step": last - 1000 - i}) for i in range(5))


def memory(browser: Any, page_file: Path, minutes: float) -> Iterator[tuple[str, str, str]]:
    """Yield the heap while the first network trains."""
    page = opened(browser, page_file)
    page.locator("h1").click()
    page.keyboard.press(" ")
    sizes = list(heaps(page, minutes))
    yield f"heap, {minutes:g} min", " ".join(f"{size:.1f}" for size in sizes) + " MB", "<= 300 MB"
    resident = max(map(_resident, _renderers(browser)), default=float("nan"))
    yield "resident, renderer", f"{resident:.0f} MB", "<= 300 MB"
    page.close()


PARTS = {"looks": looks, "frames": frames, "delays": delays, "memory": memory}


def main() -> None:
    """Print the measurements as a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path, default=[PAGE])
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--only", choices=PARTS, help="one part of the measurements")
    given = parser.parse_args()
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("Chromium is not installed.")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as starter:
        for page_file in given.pages:
            print(f"{page_file.name}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            browser = starter.chromium.launch(executable_path=program, args=[*FLAGS, *sandbox])
            for part in (PARTS[given.only],) if given.only else PARTS.values():
                for name, measured, target in part(browser, page_file.resolve(), given.minutes):
                    print(f"{name:22} {measured:46} {target}", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
