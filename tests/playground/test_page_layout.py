"""Panels of the page side by side or one below the other: none is cut off, squeezed or under another."""

from itertools import combinations, pairwise

import pytest

from playground.driving import opened, opens

NARROWEST = 260  # pixels in which a panel can be read
BOXES = """() => [...document.querySelectorAll("main > .panel, main .side > .panel")].map((each) => {
  const box = each.getBoundingClientRect();
  return [box.left, box.top + scrollY, box.right, box.bottom + scrollY, each.scrollWidth - each.clientWidth];
})"""


@pytest.mark.thorough
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


# ---- numbers of the network, names on the plane -----------------------------------------------------------------

PLACES = """
const { edge, labelShare, layout } = await load("views/network/layout.js");
return networks.map(([sizes, width, room]) => {
  const place = layout(sizes, width, { room });
  const { layers } = place;
  const shares = sizes.slice(1).map((_, k) => labelShare(layers[k], layers[k + 1], place.size, place.font));
  const labels = shares.map((share, k) => (share === null ? [] : layers[k].flatMap((from) =>
    layers[k + 1].map((to) => edge(from, to, place.size, place.upright).at(share).y))));
  return { ...place, labels };
});
"""
WIDTHS = (266, 540, 740, 1210)  # of the picture in windows of 320, 1,280, 768 and 1,920 pixels


def test_units_and_their_outgoing_weights_have_numbers_that_do_not_touch(node):
    """Up to a dozen units, at any width: below each unit a number, on each weight to the output one."""
    networks = [([2, n, 1], width, 420) for n in range(2, 13) for width in WIDTHS]
    for (sizes, width, _), place in zip(networks, node(PLACES, networks=networks), strict=True):
        units = [at for layer in place["layers"] for at in layer]
        assert place["numbers"], (sizes, width)
        if place["upright"]:
            apart = place["layers"][1][1]["x"] - place["layers"][1][0]["x"]
            assert apart * (2 if place["stagger"] else 1) >= 2.5 * place["font"], (sizes, width)
            continue
        assert len(place["labels"][1]) == sizes[1]
        for heights in place["labels"]:
            heights.sort()
            assert all(b - a > place["font"] for a, b in pairwise(heights)), (sizes, width)
        spacing = place["layers"][1][1]["y"] - place["layers"][1][0]["y"]
        assert spacing >= place["size"] + place["font"], (sizes, width)
        assert max(at["y"] for at in units) + place["size"] / 2 + place["font"] < place["height"]


WRITTEN = """
const { prototype } = CanvasRenderingContext2D;
const [write, move] = [prototype.fillText, prototype.translate];
window.written = [];
window.marked = [];
prototype.fillText = function (text, x, y) {
  const left = { right: 1, center: 0.5 }[this.textAlign] * this.measureText(text).width;
  window.written.push([text, x - left || x, x, y]);
  return write.call(this, text, x, y);
};
prototype.translate = function (x, y) {
  window.marked.push([x, y]);
  return move.call(this, x, y);
};
"""


@pytest.mark.slow
def test_no_mark_of_a_row_hides_what_is_written(page, built):
    """Numbers of the axis stand left of the curve and its rows; names of classes stand where no row is."""
    page.add_init_script(WRITTEN)
    opened(page, built)
    page.get_by_label("Example").select_option("sine")
    page.evaluate("window.written = []; window.marked = []")
    page.set_viewport_size({"width": 1300, "height": 800})
    page.get_by_role("button", name="One epoch forward").click()
    page.locator(".where output", has_text="epoch 1").wait_for()
    page.wait_for_timeout(300)
    written, marked = page.evaluate("[window.written, window.marked]")
    assert len(written) >= 3
    assert min(x for x, _ in marked) - 5 > max(right for _, _, right, _ in written)
    assert [text for text, left, _, _ in written if left < 0] == []

    page.get_by_label("Example").select_option("blobs")
    page.locator(".scores").wait_for()
    page.evaluate("window.written = []")
    for _ in range(8):
        page.get_by_role("button", name="One epoch forward").click()
    page.locator(".where output", has_text="epoch 8").wait_for()
    page.wait_for_timeout(300)
    written, marked = page.evaluate("[window.written.slice(-3), window.marked.slice(-180)]")
    assert {text for text, *_ in written} == {"0", "1", "2"}
    for _, _, x, y in written:
        assert min((x - a) ** 2 + (y - b) ** 2 for a, b in marked) >= 10**2


NAMES = """() => [...document.querySelectorAll(".stage .name, .stage .caption")]
  .filter((each) => each.textContent)
  .map((each) => [each.textContent, each.getBoundingClientRect()])
  .map(([text, { left, top, right, bottom }]) => [text, left, top + 2, right, bottom - 2])"""
LONG = "a column of a long name,b,c\n" + "\n".join(
    f"{i},{i * i % 7},a class of {'many' if i % 2 else 'other'} words {i % 3}" for i in range(40)
)


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_names_of_inputs_and_outputs_do_not_touch(page, built, width):
    """They share the room above or beside their units, at any depth, and what has none is left out."""
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, built)
    for shown in ("iris", "deeper", "own"):
        if shown == "iris":
            page.get_by_label("Example").select_option("iris")
        elif shown == "own":
            opens(page, LONG)
        else:
            for _ in range(3):
                page.get_by_role("button", name="Add layer").click()
        page.wait_for_timeout(300)
        names = page.evaluate(NAMES)
        assert len(names) >= 4, shown
        picture = page.locator(".stage").bounding_box()
        for text, left, _, right, _ in names:
            assert left >= picture["x"] - 1, text
            assert right <= picture["x"] + picture["width"] + 1, text
        for one, other in combinations(names, 2):
            apart = one[3] <= other[1] or other[3] <= one[1] or one[4] <= other[2] or other[4] <= one[2]
            assert apart, (shown, one, other)


@pytest.mark.slow
def test_a_dialog_is_as_wide_as_the_screen_whatever_the_names(page, built):
    page.set_viewport_size({"width": 390, "height": 800})
    opened(page, built)
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog textarea").fill(LONG.replace("a column", "a column " * 9))
    page.locator("dialog select").first.wait_for()
    inner = page.locator("dialog .dialog").bounding_box()
    for box in page.locator("dialog select").all():
        place = box.bounding_box()
        assert place["x"] + place["width"] <= inner["x"] + inner["width"]
