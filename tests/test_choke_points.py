"""One room per danger: what the import rules cannot see is read off the syntax tree here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [path for package in ("lumakit", "mockserver") for path in (ROOT / package).rglob("*.py")]
ROOMS = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
PROVIDERS = {path.parent.name for path in (ROOT / "specs").glob("*/openapi.yaml")}

ALLOWED: dict[str, set[str]] = {
    "open": {
        "lumakit/check/recorded.py",
        "lumakit/contract/document.py",
        "lumakit/part.py",
        "mockserver/stores/sqlite_file.py",
    },  # recorded traffic; documents; videos that are saved; what a store's file begins with
    "read_text": {
        "lumakit/catalogue.py",
        "lumakit/cli/admin.py",
        "lumakit/cli/deliveries.py",
        "lumakit/cli/judging.py",
        "lumakit/cli/keys.py",
        "lumakit/cli/settings.py",
    },  # our own data, the user's token, secrets, keys, settings and baseline
    "read_bytes": {
        "mockserver/media.py",
        "mockserver/control/document.py",
        "mockserver/control/pages.py",
    },  # our own films, document and pages
    "write_text": {"lumakit/cli/output.py", "lumakit/pytest/written.py"},  # where their users want it
    "write_bytes": set(),
    "NamedTemporaryFile": {"lumakit/cli/__init__.py"},  # the report of a bug
    "json.loads": {
        "lumakit/strictjson.py",
        "lumakit/contract/plain_copy.py",
    },  # the second one reads by another book on purpose
    "json.load": set(),
    "tomllib.loads": {"lumakit/stricttoml.py", "lumakit/catalogue.py"},  # the second one reads our own data
    "eval": set(),
    "exec": set(),
    "compile": set(),
    "__import__": set(),
}
FORBIDDEN_IMPORTS = set("pickle marshal shelve subprocess socket urllib.request http.client ctypes httpx".split())
ALLOWED_IMPORTS = {
    # The listener is called, and calls nobody; the lookup asks for addresses, and dials none; names are kept from that.
    "socket": {"mockserver/door/listener.py", "lumakit/egress/lookup.py", "lumakit/pytest/names.py"},
    "ctypes": {"mockserver/door/tidy.py"},  # one function of the C library, which is told a zero
    "httpx": {
        "lumakit/wire.py",
        "lumakit/egress/exchange.py",
        "lumakit/egress/files.py",
        "lumakit/egress/passing.py",
    },
}


def calls(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The name of everything that is called: bare, as a method, and with the name before the dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            yield f"{owner}.{node.func.attr}", node.lineno
            if node.func.attr in {"read_text", "read_bytes", "write_text", "write_bytes", "NamedTemporaryFile"}:
                yield node.func.attr, node.lineno
            if node.func.attr == "open" and owner not in {"self", "os"}:
                yield "open", node.lineno


def imports(tree: ast.Module) -> Iterator[str]:
    """Everything that is imported when the code runs; what only a type checker sees is no danger."""
    for node in filter(None, map(_run, ast.walk(tree))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _run(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        for inner in ast.walk(node):
            inner.only_typed = True  # type: ignore[attr-defined]
    return None if getattr(node, "only_typed", False) else node


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_each_danger_is_met_in_its_own_room_only(room: str) -> None:
    here = ((name, line) for name, line in calls(ROOMS[room]) if name in ALLOWED)
    assert [f"{name} on line {line}" for name, line in here if room not in ALLOWED[name]] == []


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_nothing_dangerous_is_imported(room: str) -> None:
    allowed = {name for name, rooms in ALLOWED_IMPORTS.items() if room in rooms}
    assert FORBIDDEN_IMPORTS & set(imports(ROOMS[room])) <= allowed


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_provider_is_data(room: str) -> None:
    constants = {node.value for node in ast.walk(ROOMS[room]) if isinstance(node, ast.Constant)}
    assert PROVIDERS
    assert PROVIDERS.isdisjoint(constants)


# Who lets a paid request out, and who sends it: in the checker, nobody else does.
SPENDERS = {
    "reserve": {"lumakit/check/guard.py", "lumakit/check/probe.py"},
    "settle": {"lumakit/check/guard.py", "lumakit/check/probe.py"},
    "target.send": {"lumakit/check/probe.py"},
    "send_now": {"lumakit/check/endpoint.py", "lumakit/egress/sender.py"},
}
CHECKER = sorted(room for room in ROOMS if room.startswith(("lumakit/check/", "lumakit/cli/", "lumakit/pytest")))


def methods(tree: ast.Module) -> Iterator[str]:
    """Every method that is called or handed on, alone and behind the name of what it is of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            yield from (node.attr, f"{name.strip('_')}.{node.attr}")


@pytest.mark.parametrize("room", CHECKER)
def test_money_is_spent_in_one_room(room: str) -> None:
    assert [name for name in methods(ROOMS[room]) if room not in SPENDERS.get(name, {room})] == []


def test_the_rule_about_money_can_fail() -> None:
    tree = ast.parse("self._target.send(x)\nbench.probe.target.send\nguard.reserve('', cost)")
    assert [name for name in methods(tree) if name in SPENDERS] == ["target.send", "target.send", "reserve"]
    assert all(
        name in set(methods(ROOMS[room]))
        for name, rooms in SPENDERS.items()
        for room in rooms - {"lumakit/egress/sender.py"}
    )


def test_the_rules_above_can_fail() -> None:
    tree = ast.parse("import urllib.request\nopen('x')\npath.read_text()\njson.loads('')\npath.open()")
    assert {name for name, _ in calls(tree)} >= {"open", "read_text", "json.loads"}
    assert "urllib.request" in set(imports(tree))
