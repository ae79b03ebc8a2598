"""The compiled engine makes its kernels from the text of the equations, so the sources come along.

So do the files that are not modules.
"""
# ruff: noqa: N999  PyInstaller wants this name

from pathlib import Path

PACKAGE = Path(__file__).parents[2]
FILES = ("cli/help_pages.json", "playground/page.html", "report/page.css")

module_collection_mode = "pyz+py"
hiddenimports = ["numba._devicearray"]  # Numba's C code imports it, which nobody can see
datas = [(str(PACKAGE / name), str(Path("pellucid", name).parent)) for name in FILES]
