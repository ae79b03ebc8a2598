"""PyInstaller's way to our hook, which puts our sources into a frozen program: kernels are compiled from them."""

from __future__ import annotations

import os

__all__ = ["get_hook_dirs"]


def get_hook_dirs() -> list[str]:
    """Return the folders of our hooks; PyInstaller asks by the entry point ``pyinstaller40``."""
    return [os.path.dirname(__file__)]
