"""Take the pictures of the interactive page that guide and README show: ``python docs/screenshots.py [NAME ...]``.

It needs Chromium, Playwright and Pillow. Look at each result.
"""

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PICTURES = Path(__file__).parent / "pictures"
COLORS = 96  # which keep a picture below 100 kB


def first_visit(page: Any) -> None:
    """Train nine epochs of the first example."""
    for epoch in range(1, 10):
        page.get_by_role("button", name="One epoch forward").click()
        page.locator(".where output", has_text=f"epoch {epoch}").wait_for()
    page.wait_for_timeout(500)  # until the boundary is drawn in full


TAKEN: dict[str, Callable[[Any], None]] = {"page": first_visit}


def take(name: str) -> bytes:
    """Return a picture as PNG."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from pellucid.playground import open_page

    program = shutil.which("chromium") or shutil.which("google-chrome")
    with open_page(browser=False) as server, sync_playwright() as starter:
        browser = starter.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(server.url)
        page.locator(".scores").wait_for()
        TAKEN[name](page)
        taken = page.screenshot()
        browser.close()
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    small = image.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    into = io.BytesIO()
    small.save(into, "PNG", optimize=True)
    return into.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or TAKEN:
        (PICTURES / f"{chosen}.png").write_bytes(take(chosen))
        print(f"docs/pictures/{chosen}.png")  # noqa: T201
