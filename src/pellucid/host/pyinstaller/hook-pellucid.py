"""The compiled engine makes its kernels from the text of the equations, so the sources come along."""
# ruff: noqa: N999  PyInstaller wants this name

module_collection_mode = "pyz+py"
hiddenimports = ["numba._devicearray"]  # Numba's C code imports it, which nobody can see
