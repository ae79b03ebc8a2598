"""Measure the page in Chromium: first paint, frames per second, main thread, jumps back, memory.

    python benchmarks/page.py [PAGE] [--minutes M]

Prints one row per measurement with its target. Times depend on what else the machine does; the load average is
printed with them.
"""

from __future__ import annotations

import argparse
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


def first_paint(browser: Any, page_file: Path) -> float:
    """Return the median time to the first contentful paint, in milliseconds."""
    times = []
    for _ in range(LOADS):
        page = opened(browser, page_file)
        times.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.close()
    return statistics.median(times)


def running(browser: Any, page_file: Path, example: str, hidden: list[int]) -> tuple[float, float, float]:
    """Return frames drawn per second, milliseconds of the main thread per frame, and steps per second."""
    page = opened(browser, page_file)
    widths(page, example, hidden)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(WATCH)
    page.keyboard.press(" ")
    page.wait_for_timeout(500)
    before, start = _seen(page, session), time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    after, seconds = _seen(page, session), time.perf_counter() - start
    page.close()
    drawn = after["drawn"] - before["drawn"]
    busy = 1000 * (after["task"] - before["task"]) / max(drawn, 1)
    return drawn / seconds, busy, (after["step"] - before["step"]) / seconds


def _seen(page: Any, session: Any) -> dict[str, float]:
    metrics = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    step = page.locator(".where output").inner_text().split("step ")[1].split()[0]
    return {**page.evaluate("window.watched"), "task": metrics["TaskDuration"], "step": float(step)}


def rows(browser: Any, page_file: Path, minutes: float) -> Iterator[tuple[str, str, str]]:
    """Yield name, measurement and target."""
    size = page_file.stat().st_size
    yield "size", f"{size / 1000:.0f} kB", "<= 200 kB"
    yield "first paint", f"{first_paint(browser, page_file):.0f} ms", "<= 200 ms"
    for name, (example, hidden, aim) in NETWORKS.items():
        frames, busy, steps = running(browser, page_file, example, hidden)
        yield (
            f"{name}, running",
            f"{frames:.0f} frames/s, {busy:.1f} ms each, {steps:.0f} steps/s",
            f">= {aim}/s, 8 ms",
        )
    page = opened(browser, page_file)
    page.locator("h1").click()
    times = [page.evaluate(UNTIL_SHOWN, {"key": "."}) for _ in range(9)]
    yield "key to paint", f"{statistics.median(times):.0f} ms", "<= 50 ms"
    page.keyboard.press(" ")
    page.wait_for_timeout(3000)
    page.keyboard.press(" ")
    page.wait_for_timeout(300)
    yield "after 3 s of Run", page.locator(".scores b").first.inner_text(), ">= 95 %"
    for _ in range(70):
        page.keyboard.press(">")
    page.wait_for_timeout(1000)
    last = int(page.locator(".where output").inner_text().split("step ")[1].split()[0])
    times = [page.evaluate(UNTIL_SHOWN, {"step": last - 1000 - i}) for i in range(5)]
    yield "back 1,000 steps", f"{statistics.median(times):.0f} ms", "<= 100 ms"
    page.keyboard.press(" ")
    page.wait_for_timeout(60_000 * minutes)
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    yield f"heap after {minutes:g} min", f"{heap / 1e6:.0f} MB", "<= 300 MB"
    page.close()


def main() -> None:
    """Print the measurements as a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", type=Path, default=PAGE)
    parser.add_argument("--minutes", type=float, default=0.5)
    given = parser.parse_args()
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("Chromium is not installed.")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    print(f"{given.page.name}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with sync_playwright() as starter:
        browser = starter.chromium.launch(executable_path=program, args=[*FLAGS, *sandbox])
        for name, measured, target in rows(browser, given.page.resolve(), given.minutes):
            print(f"{name:22} {measured:46} {target}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
