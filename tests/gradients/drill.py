"""The sign-flip drill: break one line of the mathematics at a time, and see which tests notice.

    python tests/gradients/drill.py            # every mutation
    python tests/gradients/drill.py residual   # those whose name holds a word

Each mutation is made in a temporary copy of ``src/``, as many at a time as there are processors. The fast
tests of ``tests/core`` and ``tests/gradients`` run against the copy; tests that fail without any mutation are
not counted, and a run ends when it has seen enough. Prints a table in Markdown, and ends with 1 if a mutation
went unnoticed.
"""
# ruff: noqa: T201

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ENOUGH = 10  # failing tests


class Mutation(NamedTuple):
    """A place in ``src/pellucid/core``, what stands there once, and what is put in its place."""

    name: str
    file: str
    old: str
    new: str


DENSE, ACTIVATE, NORM = "layers/dense.py", "layers/activation.py", "layers/batch_norm.py"
DROPOUT, RESIDUAL, WALK = "layers/dropout.py", "layers/residual.py", "propagation.py"
PHI, LOSS, PENALTY, OBJECTIVE = "activations.py", "losses.py", "penalties.py", "objective.py"

MUTATIONS = [
    Mutation("dense: ∇W negated", DENSE, "= kept.T @ upstream", "= -(kept.T @ upstream)"),
    Mutation("dense: ∇b a mean, not a sum", DENSE, "upstream.sum(axis=0)", "upstream.mean(axis=0)"),
    Mutation("dense: ∂J/∂a negated", DENSE, "return upstream @", "return -upstream @"),
    Mutation("activation: δ negated", ACTIVATE, "return self.activation.b", "return -self.activation.b"),
    Mutation("activation: φ′ forgotten", PHI, "self.derivative(z, a))", "self.derivative(z, a) ** 0)"),
    Mutation("tanh′ = 1 + a²", PHI, "return 1.0 - a * a", "return 1.0 + a * a"),
    Mutation("logistic′ = a (1 + a)", PHI, "return a * (1.0 - a)", "return a * (1.0 + a)"),
    Mutation("relu′(0) = 1", PHI, "    return heaviside(z, 0.0)\n", "    return heaviside(z, 1.0)\n"),
    Mutation(
        "identity′ = -1", PHI, "return heaviside(absolute(z), 1.0)", "return -heaviside(absolute(z), 1.0)"
    ),
    Mutation("leaky relu′: a sign", PHI, "LEAKY_SLOPE + (1.0", "LEAKY_SLOPE - (1.0"),
    Mutation("elu′ negated", PHI, "    return exp(minimum(z, 0.0))\n", "    return -exp(minimum(z, 0.0))\n"),
    Mutation("selu′: a sign on the left", PHI, "1.0, SELU_ALPHA * exp(", "1.0, -SELU_ALPHA * exp("),
    Mutation("gelu′: a sign", PHI, "+ INV_SQRT_2_PI * z", "- INV_SQRT_2_PI * z"),
    Mutation(
        "softplus′ negated",
        PHI,
        "derivative(z, a):\n    return logistic(z)",
        "derivative(z, a):\n    return -logistic(z)",
    ),
    Mutation("mish′: a sign", PHI, "return t + z", "return t - z"),
    Mutation("exp′ negated", PHI, "    return a\n", "    return -a\n"),
    Mutation("silu′: a sign", PHI, "return s + a * (1.0 - s)", "return s - a * (1.0 - s)"),
    Mutation("softmax: a sign in the pullback", PHI, "a * (upstream - (a", "a * (upstream + (a"),
    Mutation("batch norm: sign of the mean's term", NORM, "u = u - share", "u = u + share"),
    Mutation("batch norm: sign of the variance's term", NORM, "- share * x_hat", "+ share * x_hat"),
    Mutation("batch norm: γ forgotten on the way back", NORM, 'u = upstream * p["gamma"]', "u = upstream"),
    Mutation("batch norm: times the deviation, not by it", NORM, "(u / deviation)", "(u * deviation)"),
    Mutation("batch norm: ∇γ negated", NORM, "= (upstream * x_hat)", "= -(upstream * x_hat)"),
    Mutation("batch norm: ∇β negated", NORM, "= upstream.sum(", "= -upstream.sum("),
    Mutation("batch norm: running mean moves away", NORM, '["mean"][...] +=', '["mean"][...] -='),
    Mutation("batch norm: weights of rows forgotten", NORM, "(w / w.sum())", "(w**0 / len(w))"),
    Mutation(
        "dropout: factor forgotten on the way back", DROPOUT, "(upstream * kept)", "(upstream * (kept > 0))"
    ),
    Mutation("dropout: mask forgotten on the way back", DROPOUT, "(upstream * kept)", "(upstream)"),
    Mutation("dropout: times 1 - r, not by it", DROPOUT, "astype(x.dtype) / x", "astype(x.dtype) * x"),
    Mutation("residual: sign towards the earlier value", RESIDUAL, "0.0) + upstream", "0.0) - upstream"),
    Mutation("residual: sign towards the layer below", RESIDUAL, "return upstream", "return -upstream"),
    Mutation("residual: overwrites what is pending", RESIDUAL, "run.pending.get(self.source, 0.0)", "0.0"),
    Mutation("propagation: sign of what is pending", WALK, ") + run.pending.pop(", ") - run.pending.pop("),
    Mutation("propagation: what is pending forgotten", WALK, " + run.pending.pop(i, 0.0)", ""),
    Mutation("squared error: gradient negated", LOSS, "    return p - y\n", "    return y - p\n"),
    Mutation("squared error: value without ½", LOSS, "    return 0.5 * r * r\n", "    return r * r\n"),
    Mutation("absolute error: gradient negated", LOSS, "2.0 * heaviside(p - y", "2.0 * heaviside(y - p"),
    Mutation("huber: gradient negated", LOSS, "minimum(p - y, delta)", "minimum(y - p, delta)"),
    Mutation("quantile: sign of one side", LOSS, "above - level", "above + level"),
    Mutation("poisson: sign in the plain gradient", LOSS, "return 1.0 - y /", "return 1.0 + y /"),
    Mutation(
        "poisson on exp: sign in the gradient", LOSS, "    return exp(z) - y\n", "    return exp(z) + y\n"
    ),
    Mutation(
        "tweedie: sign in the plain gradient",
        LOSS,
        "return (p - y) / (p * sqrt",
        "return (p + y) / (p * sqrt",
    ),
    Mutation(
        "tweedie on exp: sign in the gradient", LOSS, "return exp(0.5 * z) - y *", "return exp(0.5 * z) + y *"
    ),
    Mutation("binary log loss: sign in the plain gradient", LOSS, "return (p - y) /", "return (p + y) /"),
    Mutation("log loss on logistic: sign in the gradient", LOSS, "logistic(z) - y", "logistic(z) + y"),
    Mutation("log loss: plain gradient negated", LOSS, "return -y / maximum(p", "return y / maximum(p"),
    Mutation("log loss on softmax: sign in the gradient", LOSS, "keepdims=True) - y)", "keepdims=True) + y)"),
    Mutation("penalty: L2 without ½", PENALTY, "0.5 * l2 * float", "1.0 * l2 * float"),
    Mutation("penalty: sign of the L1 gradient", PENALTY, "+= l1 * np.sign(w)", "+= -l1 * np.sign(w)"),
    Mutation("penalty: sign of the L2 gradient", PENALTY, "np.sign(w) + l2 * w", "np.sign(w) - l2 * w"),
    Mutation("objective: δ over n, not Σ w", OBJECTIVE, "portions = (w / total)", "portions = (w / len(w))"),
    Mutation(
        "objective: loss over n, not Σ w", OBJECTIVE, "passed.outputs)) / total", "passed.outputs)) / len(w)"
    ),
    Mutation("objective: α not over Σ w", OBJECTIVE, "self.alpha / total", "self.alpha"),
]


def run_tests(source: Path, results: Path, *, limit: int = 0) -> list[str]:
    """Run the fast tests against a copy of the package and return the names of those that fail, in order."""
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    where = [sys.executable, "-c", "import pellucid; print(pellucid.__file__)"]
    found = subprocess.run(
        where, cwd=results, env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert Path(found.strip()).is_relative_to(source), f"the tests would import {found}"
    report = results / "report.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", f"--maxfail={limit}", f"--junitxml={report}"]
    command = [sys.executable, "-m", "pytest", *options, "tests/core", "tests/gradients"]
    subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True)
    return [
        f"{case.get('classname')}::{case.get('name')}"
        for case in ET.parse(report).iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]


def drill(mutation: Mutation, original: Path, *, limit: int) -> list[str]:
    """Make one mutation in a fresh copy of the package and return the tests that fail."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "src")
        shutil.copytree(original, source)
        path = source / "pellucid" / "core" / mutation.file
        text = path.read_text(encoding="utf-8")
        times = text.count(mutation.old)
        assert times == 1, f"{mutation.name}: {mutation.old!r} stands {times} times in {mutation.file}"
        path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        return run_tests(source, Path(name), limit=limit)


def main(word: str = "") -> int:
    """Run the drill for the mutations whose name holds a word, and print the table."""
    chosen = [mutation for mutation in MUTATIONS if word in mutation.name]
    unnoticed = 0
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        original = Path(name, "original")
        shutil.copytree(ROOT / "src", original, ignore=shutil.ignore_patterns("__pycache__"))
        known = set(run_tests(original, Path(name)))
        print("| mutation | failing tests | the first of them |\n|---|---|---|", flush=True)
        limit = len(known) + ENOUGH
        results = pool.map(lambda mutation: drill(mutation, original, limit=limit), chosen)
        for mutation, found in zip(chosen, results, strict=True):
            failing = [test for test in found if test not in known]
            unnoticed += not failing
            count = f"{ENOUGH} or more" if len(failing) >= ENOUGH else len(failing)
            first = f"`{failing[0].removeprefix('tests.')}`" if failing else "**none**"
            print(f"| {mutation.name} | {count} | {first} |", flush=True)
    return int(unnoticed > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
