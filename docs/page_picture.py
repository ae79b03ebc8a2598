"""Draw ``docs/page.png``, the picture of the page in the README and the guide: ``python docs/page_picture.py``.

It opens the built page in Chromium (Playwright, Debian's `chromium`), trains, and chooses a weight.
"""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "src" / "pellucid" / "playground" / "page.html"
PICTURE = ROOT / "docs" / "page.png"
COLORS = 192


def draw() -> bytes:
    """Return a screenshot of the page after some epochs, a weight of the last block chosen."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as starter:
        browser = starter.chromium.launch(executable_path=program, args=["--disable-gpu", *sandbox])
        page = browser.new_page(viewport={"width": 1340, "height": 830}, device_scale_factor=1.25)
        page.goto(PAGE.as_uri())
        page.locator(".scores").wait_for()
        for _ in range(9):
            page.keyboard.press(">")
        page.locator(".where output", has_text="epoch 9").wait_for()
        page.get_by_role("button", name="Skip").click()
        page.get_by_label("Notation").select_option("lfd")
        page.locator(".stage svg .edge").nth(13).focus()
        page.keyboard.press(" ")
        page.locator(".calculation summary").nth(1).click()
        page.locator("h1").click()
        page.wait_for_timeout(500)
        picture: bytes = page.screenshot()
        browser.close()
    return picture


if __name__ == "__main__":
    image = Image.open(io.BytesIO(draw())).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    image.save(PICTURE, optimize=True)
