"""Settings of the documentation site; ``make docs`` builds it."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

import reference_pages  # noqa: E402

from pellucid import __version__  # noqa: E402

project = "pellucid"
author = "the pellucid developers"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx.ext.viewcode", "mathml"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
smartquotes = False  # quotes in types are Python's
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
autodoc_typehints = "none"  # the types are in the docstrings, in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
viewcode_line_numbers = True

html_theme = "pydata_sphinx_theme"
html_title = f"pellucid {version}"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_extra_path = ["../../src/pellucid/playground/page.html"]  # the interactive page, as it is
html_css_files = ["pellucid.css"]
html_copy_source = html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_nav_level": 1,
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def resolve(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Lead the name of an object to the page that documents it, whichever of its modules the name goes through."""
    if node.get("refdomain") != "py":
        return None
    path = reference_pages.home(node["reftarget"])
    if path is None or path == node["reftarget"]:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", path, node, contnode)


def escape_initials(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep the initials of authors from becoming lists."""
    lines[:] = [reference_pages.no_list(line) for line in lines]


def setup(app: Any) -> None:
    """Connect what is ours."""
    app.connect("autodoc-process-docstring", escape_initials, priority=400)  # before numpydoc
    app.connect("missing-reference", resolve)
