"""The rooms of both halves stand in one order, and no import goes from a room to one after it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

REPOSITORY: Final = Path(__file__).parent.parent

# Each room may import those before it. A room is a folder or a module of the half.
ROOMS: Final = {
    "dss_assets": (
        ("errors", "database", "counts"),
        ("dataset",),
        ("datasets",),
        # Before the sources, although a datum comes to them first: a folder of the storage is one of them.
        ("storage",),
        ("sources",),
        ("parsing",),
        ("loading",),
        ("registry", "editions"),
        ("checks", "catalogue"),
        ("dataflow",),
        ("delivery",),
        ("ingestion", "derivations", "uploads", "reshaping", "removal", "recovery", "renewal", "going_back"),
        ("deletion", "moving_in", "retention", "parquet_versions"),
        ("resources",),
        ("assets", "trial"),
        ("definitions", "__main__"),
    ),
    "dss_web": (
        ("shared",),
        (
            "encryption",
            "gc_tuning",
            "logs",
            "contact",
            "operator_command",
            "operations_settings",
            "serving_settings",
            "tracing",
        ),
        ("configuration",),
        ("registry", "client", "database"),
        ("http",),
        ("frame",),
        ("hawk",),
        ("tables",),
        ("exports",),
        ("accounts",),
        ("uploads",),
        ("arrivals",),
        ("catalogue",),
        ("api",),
        ("monitoring",),
        ("docs",),
        ("outbox",),
        ("mail",),
        ("alerts",),
        ("subscriptions",),
        ("worker",),
        ("moving_in",),
        ("settings", "urls", "wsgi"),
    ),
}


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, also within functions. `from a import b` may mean the module a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def arrows(half: str) -> dict[tuple[str, str], Path]:
    """Each import from one room of a half to another, with a file that has it."""
    found = {}
    for path in sorted((REPOSITORY / half).rglob("*.py")):
        room = path.relative_to(REPOSITORY / half).parts[0].removesuffix(".py")
        for module in imported(path):
            parts = module.split(".")
            if parts[0] == half and len(parts) > 1 and parts[1] != room and room != "__init__":
                found[room, parts[1]] = path.relative_to(REPOSITORY)
    return found


@pytest.mark.parametrize("half", ROOMS)
def test_every_room_has_its_place(half: str) -> None:
    rooms = {
        path.name.removesuffix(".py")
        for path in (REPOSITORY / half).iterdir()
        if path.name.endswith(".py") or list(path.glob("*.py"))
    }

    assert rooms - {"__init__"} == {room for rooms in ROOMS[half] for room in rooms}


@pytest.mark.parametrize("half", ROOMS)
def test_no_import_runs_back(half: str) -> None:
    place = {room: number for number, rooms in enumerate(ROOMS[half]) for room in rooms}

    backwards = [
        f"{room} imports {other} ({path})" for (room, other), path in arrows(half).items() if place[other] > place[room]
    ]

    assert arrows(half)
    assert backwards == []


@pytest.mark.parametrize("half", ROOMS)
def test_rooms_with_one_place_do_not_import_one_another_in_a_circle(half: str) -> None:
    pairs = arrows(half).keys()

    assert [pair for pair in pairs if pair[::-1] in pairs] == []


def test_only_the_shared_room_is_common_to_both_halves() -> None:
    crossing = {
        module
        for path in (REPOSITORY / "dss_assets").rglob("*.py")
        for module in imported(path)
        if module.startswith("dss_web.")
    }

    assert {module.split(".")[1] for module in crossing} == {"shared"}
