"""Build the documentation site in ``build/docs/html``: ``python docs/site/build.py``, or ``make docs``.

The pages of ``docs`` are copied to ``build/docs/source``, links that leave ``docs`` are redirected to pages of
the site, and the reference is written from the packages. A warning is an error. So is a dead link, and a page that
would load something from the network.
"""
# ruff: noqa: T201  (it prints)

from __future__ import annotations

import html
import os
import re
import shutil
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DOCS = ROOT / "docs"
SOURCE, HTML = ROOT / "build" / "docs" / "source", ROOT / "build" / "docs" / "html"

# Pages that are kept elsewhere, and their place on the site.
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/RESULTS.md": "results/speed.md",
    "benchmarks/tabular/RESULTS.md": "results/tables.md",
}
PLAYGROUND = "src/pellucid/playground/page.html"  # on the site as it is
REFERENCE = [
    "command-line",
    "columns",
    "input-layers",
    "displays",
    "doctor",
    "report",
    "notation",
    "notations",
]
HOST = re.compile(r"[\w.-]+\.[a-z]{2,}(:\d+)?")
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?![a-z]+:|#)([^)\s]+)\)")


def main() -> None:
    """Build the site and check it."""
    from sphinx.cmd.build import main as sphinx

    began = time.perf_counter()
    shutil.rmtree(SOURCE.parent, ignore_errors=True)
    assemble()
    arguments = ["-b", "html", "-W", "--keep-going", "-q", "-c", str(HERE), str(SOURCE), str(HTML)]
    if sphinx(arguments):
        sys.exit(1)
    wrong = sorted(faults())
    print(*wrong, sep="\n")
    n_pages = len(list(HTML.rglob("*.html")))
    print(
        f"{n_pages} pages in {HTML.relative_to(ROOT)}, {time.perf_counter() - began:.0f} s; {len(wrong)} faults"
    )
    sys.exit(bool(wrong))


def assemble() -> None:
    """Bring the sources of all pages together."""
    import reference_pages

    kept_out = shutil.ignore_patterns("site", "*.py", "*.mplstyle", "__pycache__")
    shutil.copytree(DOCS, SOURCE, ignore=kept_out)
    for page in HERE.glob("*.md"):
        shutil.copy(page, SOURCE / page.name)
    for origin, place in ELSEWHERE.items():
        (SOURCE / place).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / origin, SOURCE / place)
    modules = reference_pages.modules()
    for page in SOURCE.rglob("*.md"):
        place = page.relative_to(SOURCE).as_posix()
        origin = next((ROOT / name for name, found in ELSEWHERE.items() if found == place), DOCS / place)
        origin = origin if origin.exists() else HERE / place
        page.write_text(on_site(page.read_text(encoding="utf-8"), origin, page, modules), encoding="utf-8")
    packages = reference_pages.write(SOURCE / "reference")
    for name, pages in {
        "guide": re.findall(r"\]\((guide/[\w-]+)\.md\)", (DOCS / "guide.md").read_text(encoding="utf-8")),
        "lessons/README": [page.stem for page in add_notebooks()],
        "decisions/README": sorted(page.stem for page in (DOCS / "decisions").glob("[0-9]*.md")),
        "reference/index": [*packages, *(f"/{page}" for page in REFERENCE)],
    }.items():
        with (SOURCE / f"{name}.md").open("a", encoding="utf-8") as file:
            file.write("\n```{toctree}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n")


def add_notebooks() -> list[Path]:
    """Write a notebook of every lesson, link it at the end of the lesson's page, and return the pages in order."""
    sys.path.insert(0, str(DOCS / "lessons"))
    import notebooks

    pages = [path.with_suffix(".md") for path in notebooks.write(SOURCE / "lessons")]
    for page in pages:
        with page.open("a", encoding="utf-8") as file:
            file.write(f"\n{{download}}`Download this page as a Jupyter notebook <{page.stem}.ipynb>`\n")
    return pages


def on_site(text: str, origin: Path, page: Path, modules: set[str]) -> str:
    """Return the text of a page, its links turned to the site, where ``modules`` show their source."""

    def turned(found: re.Match[str]) -> str:
        label, (name, mark, anchor) = found[1], found[2].partition("#")
        target = Path(os.path.normpath(origin.parent / name))
        if not target.is_relative_to(ROOT):
            return found[0]
        path = target.relative_to(ROOT).as_posix()
        inside = path.removeprefix("docs/") if path.startswith("docs/") else ELSEWHERE.get(path)
        up = "../" * len(page.relative_to(SOURCE).parent.parts)
        if path == PLAYGROUND:
            return f'<a href="{up}page.html">{html.escape(label)}</a>'
        if path.removeprefix("src/").removesuffix(".py").replace("/", ".") in modules:
            words = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(label))
            return f'<a href="{up}_modules/{path[4:-3]}.html">{words}</a>'
        if inside is None:
            return label  # a file or folder of the repository that is not part of the site
        return f"[{label}]({os.path.relpath(SOURCE / inside, page.parent)}{mark}{anchor})"

    return LINK.sub(turned, text)


class Reader(HTMLParser):
    """Collects where a page leads, what it loads, and the places in it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the attributes of one element."""
        found = {name: value or "" for name, value in attrs}
        self.places |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if "src" in found:
            self.loaded.append(found["src"])
        if tag == "link" and found.get("rel") in {"stylesheet", "preload", "icon"}:
            self.loaded.append(found["href"])


def faults() -> set[str]:
    """Return every dead link of the site, every malformed address, and everything that comes from the network."""
    pages = {}
    for path in HTML.rglob("*.html"):
        if "_static" in path.parts:
            continue  # templates of the theme
        pages[path] = reader = Reader()
        reader.feed(path.read_text(encoding="utf-8"))
    wrong = set()
    for page, reader in pages.items():
        name = page.relative_to(HTML)
        wrong |= {f"{name} loads {it}" for it in reader.loaded if re.match(r"(https?:)?//", it)}
        for link in (*reader.links, *reader.loaded):
            address = urlsplit(link)
            if address.scheme:
                if address.scheme in {"http", "https"} and not HOST.fullmatch(address.netloc):
                    wrong.add(f"{name}: malformed address {link}")
                continue
            target = Path(os.path.normpath(page.parent / unquote(address.path))) if address.path else page
            if not target.exists():
                wrong.add(f"{name}: dead link {link}")
            elif (
                address.fragment and target in pages and unquote(address.fragment) not in pages[target].places
            ):
                wrong.add(f"{name}: no such place {link}")
    for sheet in HTML.rglob("*.css"):
        loaded = re.findall(
            r"(?:url\(|@import\s+)[\"']?(https?:)?//[^\"')]+", sheet.read_text(encoding="utf-8")
        )
        wrong |= {f"{sheet.relative_to(HTML)} loads {it}" for it in loaded}
    return wrong


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main()
