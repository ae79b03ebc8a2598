"""The interactive page: its sessions, its local server, its widget, and the file it is saved as."""

from pellucid.playground.checking import CheckedFile, check_file
from pellucid.playground.doors import open_page, save_page, widget

__all__ = ["CheckedFile", "check_file", "open_page", "save_page", "widget"]
