"""Tiers of the tests: a product of choices in the fast one is a few rows that hold every choice."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

import pytest

SMALL = 8  # a product of so many cases is not worth thinning
TIERS = ("campaign", "slow")  # the markers; a test without one is fast


def covering(rows: Sequence[Mapping[str, Hashable]]) -> list[int]:
    """Return the places of rows that together hold every value of every column, each row the best of those left.

    Among equals the row whose values were used least is taken, so that the values of a short column take turns.
    """
    missing = {pair for row in rows for pair in row.items()}
    used: Counter[tuple[str, Hashable]] = Counter()
    chosen: list[int] = []
    while missing:
        best = max(
            range(len(rows)),
            key=lambda i: (len(missing & rows[i].items()), -sum(used[pair] for pair in rows[i].items())),
        )
        chosen.append(best)
        missing -= rows[best].items()
        used.update(rows[best].items())
    return sorted(chosen)


def choices(case: pytest.Function) -> dict[str, Hashable]:
    """Return what a case takes of each stacked ``parametrize`` and of each fixture with parameters."""
    left = dict(case.callspec.params)
    found: dict[str, Hashable] = {}
    for mark in case.iter_markers("parametrize"):
        names = mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]
        values = [left.pop(name.strip()) for name in names]
        found[str(mark.args[0])] = tuple(map(id, values))  # values need not be hashable; each is one object
    return found | {name: id(value) for name, value in left.items()}


def tier(item: pytest.Item) -> str:
    """Return the tier of a test."""
    return next((name for name in TIERS if item.get_closest_marker(name)), "fast")


def leave_products_to_the_slow_tier(items: Iterable[pytest.Item]) -> None:
    """Mark as slow what :func:`covering` leaves out of the fast cases of a test with several parameters."""
    tests: defaultdict[Hashable, list[pytest.Function]] = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and tier(item) == "fast":
            tests[item.parent, item.originalname].append(item)
    for cases in tests.values():
        if len(cases) > SMALL and not cases[0].get_closest_marker("whole"):
            kept = set(covering([choices(case) for case in cases]))
            for i, case in enumerate(cases):
                if i not in kept:
                    case.add_marker("slow")


def inventory(items: Iterable[pytest.Item]) -> dict[str, Counter[str]]:
    """Return how many tests each file has in each tier."""
    found: dict[str, Counter[str]] = {"fast": Counter(), **{name: Counter() for name in TIERS}}
    for item in items:
        found[tier(item)][item.nodeid.partition("::")[0]] += 1
    return found
