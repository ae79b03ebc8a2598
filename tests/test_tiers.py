"""Tiers of the tests: nothing is lost between them, and CI notices what did not run."""

import importlib.util
import json
import random
from itertools import product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tiers import covering, mark_thorough, named, tier

ROOT = Path(__file__).parents[1]


def rows(*sizes: int) -> list[dict[str, Any]]:
    """Return the product of columns of these sizes."""
    names = "abcdef"[: len(sizes)]
    return [dict(zip(names, row, strict=True)) for row in product(*map(range, sizes))]


@pytest.mark.parametrize("sizes", [(1,), (7,), (3, 3), (2, 9), (4, 5, 6), (2, 2, 2, 11)], ids=str)
def test_a_covering_holds_every_choice_in_as_few_rows_as_can_be(sizes: tuple[int, ...]) -> None:
    whole = rows(*sizes)
    kept = [whole[i] for i in covering(whole)]

    assert {pair for row in kept for pair in row.items()} == {pair for row in whole for pair in row.items()}
    assert len(kept) == max(sizes)


def test_the_values_of_a_short_column_take_turns() -> None:
    used = [row["a"] for i, row in enumerate(rows(2, 9)) if i in covering(rows(2, 9))]

    assert sorted([used.count(0), used.count(1)]) == [4, 5]


def test_a_usual_value_is_kept_where_the_others_are_covered() -> None:
    whole = rows(2, 9)
    kept = [whole[i] for i in covering(whole, {"a": 1})]

    assert {row["b"] for row in kept} == set(range(9))
    assert [row["a"] for row in kept].count(0) == 1


def test_a_product_with_holes_is_covered() -> None:
    whole = random.Random(0).sample(rows(4, 5, 6), 30)
    kept = [whole[i] for i in covering(whole)]

    assert {pair for row in kept for pair in row.items()} == {pair for row in whole for pair in row.items()}
    assert len(kept) < 10


@pytest.mark.parametrize("a", range(3))
@pytest.mark.parametrize("b", range(5))
def test_a_product_is_thinned(a: int, b: int, request: pytest.FixtureRequest) -> None:
    """Of these 15 cases five are fast, whichever they are."""
    mine = [
        one
        for one in request.session.items
        if getattr(one, "originalname", "") == "test_a_product_is_thinned"
    ]

    assert len([one for one in mine if tier(one) == "fast"]) <= 5


@pytest.mark.few("b", "d")
@pytest.mark.parametrize("name", ["a", "b", "c", pytest.param("d")])
def test_a_few_cases_are_fast(name: str, request: pytest.FixtureRequest) -> None:
    assert (tier(request.node) == "fast") == (name in "bd")


def test_a_case_that_is_not_there_is_not_one_of_a_few() -> None:
    """A renamed case does not leave the fast tier unseen."""
    cases = [SimpleNamespace(id="a"), SimpleNamespace(id="b")]

    assert named(cases, ["b"]) == cases[1:]
    with pytest.raises(pytest.UsageError, match="'c'"):
        named(cases, ["a", "c"])


@pytest.mark.parametrize(
    ("folder", "marks", "wanted"),
    [
        ("tabular", {"thorough"}, {"thorough", "slow"}),
        ("engines", {"slow"}, {"thorough", "slow"}),
        ("tabular", {"slow"}, {"slow"}),
        ("engines", set(), set()),
    ],
)
def test_thorough_tests_are_slow_ones_that_ci_runs(folder: str, marks: set[str], wanted: set[str]) -> None:
    found = set(marks)
    item: Any = SimpleNamespace(
        path=Path("tests", folder, "test_a.py"),
        iter_markers=lambda: [SimpleNamespace(name=name) for name in marks],
        add_marker=found.add,
    )
    mark_thorough([item])

    assert found == wanted


def test_a_slow_case_of_a_thorough_test_stays_slow() -> None:
    """CI does not wait for the case, wherever it is one of several."""
    test, case = pytest.mark.thorough.mark, pytest.mark.slow.mark
    item: Any = SimpleNamespace(
        path=Path("tests", "tabular", "test_a.py"),
        own_markers=[test, case],
        callspec=SimpleNamespace(marks=[case]),
        add_marker=pytest.fail,
    )
    item.iter_markers = lambda: item.own_markers
    mark_thorough([item])

    assert item.own_markers == [case]


# ---- CI -----------------------------------------------------------------------------------------------------

INVENTORY = {
    "fast": {"tests/core/test_a.py": 2, "tests/engines/test_b.py": 1},
    "thorough": {"tests/engines/test_b.py": 2, "tests/persistence/test_c.py": 1},
    "slow": {"tests/core/test_a.py": 5},
    "campaign": {"tests/engines/test_b.py": 1},
}
PROMISED = ["core.test_a"] * 2 + ["engines.test_b"] * 3 + ["persistence.test_c"]


def loaded_tally() -> ModuleType:
    """Return the module of the tally."""
    spec = importlib.util.spec_from_file_location("tally", ROOT / ".ci" / "tally.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOK = "<properties><property name='processor_seconds' value='340'/></properties>"


def tally(tmp_path: Path, ran: list[str], took: str = TOOK) -> int:
    """Return the exit code of the tally where these tests ran, two of them skipped."""
    inside = ["<skipped message='no browser'/>"] * 2 + [""] * len(ran)
    cases = [
        f"<testcase classname='tests.{name}' name='t'>{inside[i]}</testcase>" for i, name in enumerate(ran)
    ]
    report = f"<testsuites><testsuite>{took}{''.join(cases)}</testsuite></testsuites>"
    (tmp_path / "report.xml").write_text(report)
    (tmp_path / "inventory.json").write_text(json.dumps(INVENTORY))
    return int(loaded_tally().main(str(tmp_path / "inventory.json"), str(tmp_path / "report.xml")))


def test_ci_is_green_when_what_it_promises_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The slow tests of other rooms and the campaigns are named as left out."""
    assert tally(tmp_path, PROMISED) == 0
    said = capsys.readouterr().out.split("\n")
    assert "6 of 12 tests ran." in said
    assert "report: 6 tests, 340 s of processor time" in said
    assert "      5 tests/core/test_a.py" in said
    assert "      1 tests/engines/test_b.py" in said
    assert "      2 no browser" in said


@pytest.mark.parametrize("left_out", range(len(PROMISED)))
def test_ci_is_red_when_one_test_did_not_run(
    left_out: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever it is, and however many others ran: it is the drill of the tally."""
    others = ["core.test_other"] * 9
    assert tally(tmp_path, PROMISED[:left_out] + PROMISED[left_out + 1 :] + others) == 1
    assert "should have run" in capsys.readouterr().out


def test_ci_is_red_when_a_report_does_not_have_its_processor_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tally(tmp_path, PROMISED, took="") == 1
    assert "no processor time in report.xml" in capsys.readouterr().out
