"""The parts of the documentation site: equations as MathML, a page for every public name, links, no network."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from pellucid.core import ACTIVATIONS, LOSSES
from public_names import NAMES

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"


@pytest.fixture(scope="module")
def site() -> dict[str, ModuleType]:
    sys.path.insert(0, str(SITE))
    try:
        return {
            name: importlib.import_module(name) for name in ("build", "mathml", "papers", "reference_pages")
        }
    finally:
        sys.path.remove(str(SITE))


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\tfrac12 x", "12x"),
        (r"\frac n6", "n6"),
        (r"a &= b \\ c &= d", "a=bc=d"),
        (r"\Big(a\Big)", "(a)"),
        (r"f = (0, …, 1)", "f=(0,…,1)"),
    ],
)
def test_an_equation_becomes_mathml(site: dict[str, ModuleType], tex: str, text: str) -> None:
    root = ElementTree.fromstring(site["mathml"].as_mathml(tex, block=True))

    assert root.tag.endswith("math")
    assert "".join("".join(root.itertext()).split()) == text


def test_an_index_stands_beside_an_accent(site: dict[str, ModuleType]) -> None:
    root = ElementTree.fromstring(site["mathml"].as_mathml(r"\hat y_i", block=False))
    tags = [node.tag.rpartition("}")[2] for node in root.iter()]

    assert "munderover" not in tags
    assert tags[tags.index("msub") + 1] == "mover"


def test_every_public_name_has_its_page(site: dict[str, ModuleType], tmp_path: Path) -> None:
    pages = site["reference_pages"]
    pages.write(tmp_path)

    for name in NAMES:
        assert (tmp_path / f"{pages.home(name)}.rst").exists(), name
    shown = (tmp_path / "pellucid.core.ACTIVATIONS.rst").read_text(encoding="utf-8")
    assert all(row.latex in shown and row.latex_derivative in shown for row in ACTIVATIONS.values())
    shown = (tmp_path / "pellucid.core.LOSSES.rst").read_text(encoding="utf-8")
    assert all(form.latex in shown for row in LOSSES.values() for form in row.forms)


def test_a_paper_belongs_to_a_component(site: dict[str, ModuleType]) -> None:
    assert set(site["papers"].PAPERS) <= {*ACTIVATIONS, *LOSSES}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in folder.glob("0*.md") if f"({page.name})" not in listed] == []


def test_the_site_has_the_interactive_page_as_it_is(site: dict[str, ModuleType]) -> None:
    """The settings copy the built page; links to it lead there, from pages of any depth."""
    build = site["build"]
    settings = (SITE / "conf.py").read_text(encoding="utf-8")
    (extra,) = re.findall(r'html_extra_path = \["([^"]+)"\]', settings)
    assert (SITE / extra).resolve() == ROOT / build.PLAYGROUND
    assert (ROOT / build.PLAYGROUND).is_file()

    for name, up in (("guide/the-page.md", "../"), ("lessons/README.md", "../")):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        found = build.on_site(text, ROOT / "docs" / name, build.SOURCE / name, set())
        assert f'<a href="{up}page.html">' in found


def test_faults_of_a_site_are_found(
    site: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text(
        '<h1 id="top"></h1><a href="b.html"></a><a href="#top"></a><a href="#no"></a>'
    )
    (tmp_path / "c.html").write_text(
        '<script src="https://cdn.org/x.js"></script><a href="https://nowhere"></a>'
    )
    monkeypatch.setattr(site["build"], "HTML", tmp_path)

    assert site["build"].faults() == {
        "a.html: dead link b.html",
        "a.html: no such place #no",
        "c.html loads https://cdn.org/x.js",
        "c.html: malformed address https://nowhere",
    }
