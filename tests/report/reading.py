"""A page as a tree, and the tables in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Node | str"] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator["Node"]:
        """Every element of these kinds inside, in order."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags or not tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        """Text and tables that were read."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Page(HTMLParser):
    """A page as a tree; an element that is not closed, or closed twice, is an error."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(source)
        self.close()
        assert self.open == [self.root], f"not closed: {[node.tag for node in self.open[1:]]}"

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)

    def section(self, name: str) -> Node:
        """The section under a heading."""
        return next(s for s in self.root.all("section") if next(s.all("h2")).text == name)

    def table(self, caption: str) -> list[dict[str, str]]:
        """The table of that caption, as rows."""
        found = next(t for t in self.root.all("table") if next(t.all("caption")).text.startswith(caption))
        names = [cell.text for cell in next(found.all("thead")).all("th")]
        rows = [[cell.text for cell in row.all("th", "td")] for row in next(found.all("tbody")).all("tr")]
        return [dict(zip(names, row, strict=True)) for row in rows]


def read(text: str) -> float:
    """The number in a cell."""
    return float(text.replace("−", "-").replace(",", "").replace("–", "nan"))
