"""The interactive page: its sessions, its local server, its widget, and the file it is saved as.

Names are loaded when first used: a part of the page that needs an extra does not ask for it elsewhere.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "CheckedFile": "pellucid.playground.checking",
    "check_file": "pellucid.playground.checking",
    "open_page": "pellucid.playground.server",
    "save_page": "pellucid.playground.doors",
    "widget": "pellucid.playground.notebook",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from pellucid.playground.checking import CheckedFile as CheckedFile
    from pellucid.playground.checking import check_file as check_file
    from pellucid.playground.doors import save_page as save_page
    from pellucid.playground.notebook import widget as widget
    from pellucid.playground.server import open_page as open_page


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'pellucid.playground' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
