"""Tiers of the tests: a product of choices in the fast one is a few rows that hold every choice."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import pytest

TIERS = ("campaign", "thorough", "slow")  # the markers, the one that counts first; a test without one is fast
CHECKED = ("engines", "persistence")  # folders whose slow tests CI runs, too


def covering(
    rows: Sequence[Mapping[str, Hashable]], usual: Mapping[str, Hashable] | None = None
) -> list[int]:
    """Return the places of rows that together hold every value of every column, each row the best of those left.

    Among equals the row is taken that has the usual values of their columns, then the one whose values were used
    least, so that the values of a short column take turns.
    """
    pairs = [frozenset(row.items()) for row in rows]
    preferred = frozenset((usual or {}).items())
    missing = set().union(*pairs)
    used: Counter[tuple[str, Hashable]] = Counter()
    chosen: list[int] = []
    while missing:
        gains = [len(missing & row) for row in pairs]
        most = max(gains)
        best = max(
            (i for i, gain in enumerate(gains) if gain == most),
            key=lambda i: (len(preferred & pairs[i]), -sum(used[pair] for pair in pairs[i])),
        )
        chosen.append(best)
        missing -= pairs[best]
        used.update(pairs[best])
    return sorted(chosen)


def mark_thorough(items: Iterable[pytest.Item]) -> None:
    """Mark slow tests that CI runs as ``thorough``, and those that have this marker as slow.

    A case that is marked slow itself stays so where its test is thorough: the marker of the case counts.
    """
    for item in items:
        of_case = {mark.name for mark in item.callspec.marks} if hasattr(item, "callspec") else set()
        if "slow" in of_case:
            item.own_markers = [mark for mark in item.own_markers if mark.name != "thorough"]
        marks = {mark.name for mark in item.iter_markers()}
        if "thorough" in marks:
            item.add_marker("slow")
        elif "slow" in marks and item.path.parent.name in CHECKED:
            item.add_marker("thorough")


def tier(item: pytest.Item) -> str:
    """Return the tier of a test."""
    return next((name for name in TIERS if item.get_closest_marker(name)), "fast")


def leave_products_to_the_slow_tier(metafunc: pytest.Metafunc) -> None:
    """Mark as slow what :func:`covering` leaves out of the cases of a test with several parameters.

    A test with the marker ``few`` keeps the cases that it names, and CI runs the others, too.

    Tests of engines keep float32 where they can choose: a kernel is compiled for each dtype, and fits use that one
    anyway.
    """
    cases = metafunc._calls
    fast = [case for case in cases if not {mark.name for mark in case.marks} & set(TIERS)]
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    kept, mark = fast, pytest.mark.slow
    if marks & set(TIERS):
        fast = kept = []
    elif few := metafunc.definition.get_closest_marker("few"):
        kept, mark = named(fast, few.args), pytest.mark.thorough
    elif is_product(fast) and "whole" not in marks:
        kept = [fast[i] for i in covering([case.indices for case in fast], usual_dtype(metafunc, fast))]
    for case in fast:
        if not any(case is one for one in kept):
            case.marks.append(mark.mark)
    if "not slow" in metafunc.config.option.markexpr:
        # The others are not even made, for thousands of them would take seconds: one tells that there are some.
        metafunc._calls = kept or cases[:1]


def named(cases: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Return the cases that the marker ``few`` names by their ids; a name without a case is an error."""
    if missing := set(names) - {case.id for case in cases}:
        raise pytest.UsageError(f"few: no fast case is called {sorted(missing)}")
    return [case for case in cases if case.id in names]


def is_product(cases: Sequence[Any]) -> bool:
    """Return whether at least two parameters vary, each for itself: those of one list of tuples vary together."""
    columns = {tuple(case.indices[name] for case in cases) for name in (cases[0].indices if cases else ())}
    return sum(len(set(column)) > 1 for column in columns) > 1


def usual_dtype(metafunc: pytest.Metafunc, cases: Iterable[Any]) -> dict[str, int]:
    """Return the place of float32 among the dtypes of a test of the engines."""
    if metafunc.definition.path.parent.name == "engines":
        for case in cases:
            if str(case.params.get("dtype")) == "float32":
                return {"dtype": case.indices["dtype"]}
    return {}


def thinned(ids: Iterable[str]) -> list[Any]:
    """Return ids as parameters, slow where others hold both the first word and the rest of an id.

    It is for a product that has holes: ``"name value"`` for those values that a name does not take.
    """
    ids = list(ids)
    kept = covering([dict(zip("ab", name.split(" ", 1), strict=False)) for name in ids])
    return [pytest.param(name, marks=() if i in kept else pytest.mark.slow) for i, name in enumerate(ids)]


def inventory(items: Iterable[pytest.Item]) -> dict[str, Counter[str]]:
    """Return how many tests each file has in each tier."""
    found: dict[str, Counter[str]] = {"fast": Counter(), **{name: Counter() for name in TIERS}}
    for item in items:
        found[tier(item)][item.nodeid.partition("::")[0]] += 1
    return found
