"""A report of odd names is a page: every name stands in it as text, and steers nothing."""

import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier
from pellucid.report import report

NAMES = [
    "$\\frac{a}$",
    "b\x01c",
    "a\x1bb",
    "\ufffe",
    "\ud800",
    "$5 to $10",
    "<script>x</script>",
    "\"'&amp;",
    "\u202eb",
    "c\nd",
]


@pytest.mark.thorough
def test_a_report_of_odd_names(tmp_path: Path) -> None:
    """Columns, classes, rows and the title: XML's forbidden characters are visible, markup is text."""
    rng = np.random.default_rng(0)
    columns, rows = (
        pd.Index(names, dtype=object) for names in (NAMES, [f"{n}{i}" for i in range(6) for n in NAMES])
    )
    X = pd.DataFrame(rng.normal(size=(60, len(NAMES))), columns=columns, index=rows)
    y = np.array(NAMES, object)[np.arange(60) % len(NAMES)]
    model = MLPClassifier((4,), solver="lbfgs", max_iter=5000, random_state=0).fit(X, y)
    found = report(model, X, y, tmp_path / "report.html", title="".join(NAMES))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")

    seen: list[str] = []
    reader = HTMLParser()
    reader.handle_data = seen.append  # type: ignore[method-assign]
    reader.handle_starttag = lambda tag, _: seen.append("SCRIPT" * (tag == "script"))  # type: ignore[method-assign]
    reader.feed(page)
    shown = "".join(seen)
    assert "SCRIPT" not in shown
    for name in ("$5 to $10", "<script>x</script>", "\"'&amp;", r"b\x01c", r"\ud800", r"\u202eb"):
        assert name in shown
    assert not {c for c in page if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n"}
    assert not {c for c in str(found) if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n"}
