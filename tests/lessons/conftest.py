"""Make the commands beside the lessons importable: ``run`` and ``notebooks``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "lessons"))
