"""No files of a room import each other in a circle; imports inside functions and for type checkers count."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pellucid

ROOT = Path(pellucid.__file__).parent
ROOMS = sorted({path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()})


def imports(source: str, known: set[str]) -> Iterator[str]:
    """Yield the modules that a text imports anywhere in it, of those that are known."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from ({inner} if inner in known else {node.module} & known)


def circle(sources: dict[str, str]) -> list[str]:
    """Return the modules of a circle of imports, or nothing."""
    graph = {name: set(imports(source, set(sources))) - {name} for name, source in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def sources_of(room: str) -> dict[str, str]:
    """Return the text of every module of a room, by its name."""
    return {
        ".".join(("pellucid", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): (
            path.read_text(encoding="utf-8")
        )
        for path in (ROOT / room).rglob("*.py")
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_no_circle_of_files(room: str) -> None:
    sources = sources_of(room)

    assert f"pellucid.{room}" in sources
    assert circle(sources) == []


@pytest.mark.parametrize(
    "back",
    [
        "from room.record import Trace",
        "from room import record",
        "def shown():\n    from room.record import Trace",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import room.record",
    ],
    ids=["at the top", "as a module", "in a function", "for a type checker"],
)
def test_a_circle_is_found_wherever_the_import_stands(back: str) -> None:
    sources = {"room": "", "room.record": "from room.text import shown", "room.text": back}

    assert set(circle(sources)) == {"room.record", "room.text"}
    assert circle(sources | {"room.text": ""}) == []


def test_the_record_of_a_trace_may_not_know_what_renders_it() -> None:
    sources = sources_of("explain")
    sources["pellucid.explain.traced"] += (
        "\ndef to_text(t):\n    from pellucid.explain.text import set_text\n"
    )

    assert {"pellucid.explain.traced", "pellucid.explain.text"} <= set(circle(sources))
