"""Panels of the page side by side or one below the other: none is cut off, squeezed or under another."""

from itertools import combinations

import pytest

from playground.driving import opened

NARROWEST = 260  # pixels in which a panel can be read
BOXES = """() => [...document.querySelectorAll("main > .panel, main .side > .panel")].map((each) => {
  const box = each.getBoundingClientRect();
  return [box.left, box.top + scrollY, box.right, box.bottom + scrollY, each.scrollWidth - each.clientWidth];
})"""


@pytest.mark.parametrize("fragment", ["", pytest.param("#lecture", marks=pytest.mark.slow)])
def test_panels_are_whole_at_every_width(fragment, page, built):
    opened(page, built, fragment)
    for width in (320, 390, 800, 1024, 1366, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 768})
        page.wait_for_timeout(150)  # the network is drawn anew
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = page.evaluate(BOXES)
        assert len(boxes) >= 4
        for left, _, right, _, hidden in boxes:
            assert left >= 0, width
            assert right <= width, width
            assert right - left >= NARROWEST, width
            assert hidden <= 1, width
        for one, other in combinations(boxes, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (width, one, other)
