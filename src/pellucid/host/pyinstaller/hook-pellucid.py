"""The compiled engine makes its kernels from the text of the equations, so the sources come along."""

module_collection_mode = "pyz+py"
