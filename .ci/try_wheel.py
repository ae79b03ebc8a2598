"""Install the built wheel in an empty environment and use it as a user would, in a folder outside the checkout.

    python .ci/try_wheel.py dist

Runs the demo, a smoke test, and every example of the README and the guide with the extras that they name.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "docs/guide.md", "docs/guide"]
RUNNER = "tests/docs/test_code_blocks.py"
SMOKE = """
import sys
from sklearn.datasets import load_iris
import pellucid
assert pellucid.__file__.startswith(sys.prefix), pellucid.__file__
X, y = load_iris(return_X_y=True)
model = pellucid.MLPClassifier((8,), standardize=True, learning_rate="cosine",
                              learning_rate_init=0.02, max_iter=60, random_state=0).fit(X, y)
assert model.score(X, y) > 0.9
pellucid.save(model, "iris.safetensors")
assert (pellucid.load("iris.safetensors").predict(X) == model.predict(X)).all()
assert "input" in pellucid.trace(model, X[0], y[0]).to_text()
print("smoke test passed, pellucid", pellucid.__version__)
"""


def main(folder: str) -> None:
    """Try the one wheel in a folder; an error ends it."""
    (wheel,) = Path(folder).resolve().glob("*.whl")
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        away = Path(name).resolve()
        venv.create(away / "venv", with_pip=True)
        programs = away / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python = str(programs / "python")
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        env |= {"PELLUCID_CACHE_DIR": str(away / "kernels"), "PYTHONUTF8": "1"}

        def run(*command: str) -> None:
            print("$", *(word if "\n" not in word else "..." for word in command), flush=True)
            subprocess.run(command, cwd=away, env=env, check=True)

        def install(*what: str) -> None:
            run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *what)

        install(str(wheel))
        run(python, "-c", SMOKE)
        install(f"{wheel}[all]")
        run(str(programs / "pellucid"), "--help")
        run(str(programs / "pellucid"), "train", "digits")

        install("pytest", "pandas", "skl2onnx")  # pages that use these say so
        for path in [*PAGES, RUNNER]:
            (away / path).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / path).is_dir() else shutil.copy)(ROOT / path, away / path)
        run(python, "-m", "pytest", "-q", "--import-mode=importlib", RUNNER)


if __name__ == "__main__":
    main(sys.argv[1])
