"""The house's rules, read off the source: who may import whom, and that every module says what it is."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("console", "screens")

# Layers from the bottom: an import leads to a lower one or stays in its own part.
RANK = {
    "console.domain": 0,
    "console.azure": 1,
    "console.feeds": 2,
    "console.operations": 2,
    "console.places": 2,
    "console.entrance": 2,
    "console.readers": 2,
    "console.access": 5,
    "console.costs": 3,
    "console.money": 3,
    "console.visible": 3,
    "console.activity_now": 3,
    "console.inquiries": 3,
    "console.preflight": 3,
    "console.quota_now": 3,
    "console.connections_now": 3,
    "console.data_now": 3,
    "console.storage_now": 3,
    "console.vaults_now": 3,
    "console.data_ways": 3,
    "console.jobs_running": 3,
    "console.rotation_now": 4,
    "console.application_now": 5,
    "console.ground": 4,
    "console.expiry_now": 4,
    "console.data": 6,
    "console.session": 7,
    "console.expiry_found": 8,
    "screens": 9,
    "console.list_fields": 8,
    "console.compute_fields": 9,
    "console.access_fields": 9,
    "console.who_fields": 9,
    "console.cost_report": 8,
    "console.report_text": 8,
    "console.data_fields": 9,
    "console.vault_fields": 9,
    "console.expiry_fields": 9,
    "console.headless": 10,
    "console.headless_report": 10,
    "console.headless_plans": 10,
    "console.app": 10,
    "console.config_screens": 11,
    "console.cli": 12,
    "console.__main__": 13,
}
# What stands beside the layers, each with all that it may import of the project.
BESIDE: dict[str, frozenset[str]] = {
    "console": frozenset(),
    "console.remarks": frozenset(),
    "console.text": frozenset({"console.remarks"}),
    "console.clock": frozenset(),
    "console.turns": frozenset(),
    "console.config_keys": frozenset(),
    "console.config_file": frozenset({"console.config_keys"}),
    "console.cloud": frozenset({"console.config_file"}),
    "console.settings": frozenset({"console.config_file", "console.cloud"}),
    "console.log_file": frozenset({"console.config_file", "console.settings", "console.text"}),
    "console.context": frozenset({"console.domain"}),
    "console.signin_ways": frozenset({"console.config_file", "console.cloud", "console.settings"}),
    "console.tty_driver": frozenset(),
    "console.collector": frozenset(),
    "console.private_file": frozenset(),
    "console.command_history": frozenset({"console.private_file"}),
    "console.favourites": frozenset({"console.private_file"}),
    "console.terminal": frozenset({"console.settings"}),
    "console.keeping": frozenset({"console.settings"}),
    "console.clipboard": frozenset({"console.config_keys", "console.private_file", "console.text"}),
    "console.config_report": frozenset({"console.config_file", "console.config_keys", "console.settings", "console.text"}),
    "console.view_memory": frozenset({"console.private_file"}),
    "console.exports": frozenset({"console.domain", "console.text"}),
    "console.demo": frozenset({"console.config_file"}),
    "console.emulator": frozenset({"console.domain.names"}),
}
#: What stands beside `domain` and may be imported from every layer above it.
COMMON = {
    *("console", "console.text", "console.clock", "console.config_keys", "console.config_file", "console.cloud", "console.settings"),
    *("console.context", "console.private_file", "console.turns", "console.signin_ways"),
}
#: What only the named parts may import.
ONLY = {
    "console.emulator": {"console.cli"},
    "console.demo": {"console.cli"},
    "console.log_file": {"console.cli"},
    "console.tty_driver": {"console.app"},
    "console.collector": {"console.app", "console.cli", "console.session"},
    "console.command_history": {"console.app", "screens"},
    "console.view_memory": {"console.app", "screens"},
    "console.favourites": {"console.session"},
    "console.exports": {"console.access", "console.app", "console.report_text"},
    "console.terminal": {"console.app", "console.cli", "console.headless"},
    "console.clipboard": {"console.app"},
    "console.keeping": {"console.cli", "console.session"},
    "console.config_report": {"console.cli"},
    "console.config_screens": {"console.cli"},
    "console.azure": {
        *("console.feeds", "console.operations", "console.places", "console.readers", "console.entrance", "console.costs"),
        *("console.access", "console.session", "console.cli"),
    },
    "console.places": {"console.session", "console.visible", "console.app", "console.cost_report"},
    "console.compute_fields": {"console.headless"},
    "console.access_fields": {"console.headless"},
    "console.who_fields": {"console.headless"},
    "console.access": {"console.session", "console.data", "screens"},
    "console.data": {"console.session"},
    "console.ground": {"console.session", "console.access", "console.data"},
    "console.costs": {"console.session", "screens"},
    "console.readers": {
        "console.session",
        "console.access",
        "console.costs",
        "console.ground",
        "console.connections_now",
        "console.data_now",
        "console.rotation_now",
        "console.application_now",
        "console.jobs_running",
        "console.storage_now",
        "console.money",
        "console.visible",
        "console.activity_now",
        "console.inquiries",
        "console.preflight",
        "console.quota_now",
        "console.vaults_now",
        "console.expiry_now",
    },
    "console.money": {"console.session"},
    "console.vaults_now": {"console.data", "console.expiry_now", "screens"},
    "console.expiry_now": {"console.data"},
    "console.expiry_found": {"console.expiry_fields", "screens"},
    "console.expiry_fields": {"console.headless"},
    "console.vault_fields": {"console.headless"},
    "console.visible": {"console.session", "console.ground"},
    "console.activity_now": {"console.session", "screens"},
    "console.inquiries": {"console.session"},
    "console.quota_now": {"console.session"},
    "console.storage_now": {"console.data", "console.expiry_now"},
    "console.data_ways": {"console.data"},
    "console.headless": {"console.cli"},
    "console.headless_plans": {"console.cli"},
    "console.headless_report": {"console.cli"},
    "console.cost_report": {"console.headless_report", "console.cli"},
    "console.report_text": {"console.headless_report"},
}
FORBIDDEN_WORDS = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common", "base2"}


class Import(NamedTuple):
    """One imported name of the project or of somebody else."""

    importer: str
    line: int
    imported: str

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()
PARTS = {".".join(name.split(".")[:2]) for name in MODULES}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


@cache
def part(name: str) -> str:
    """The layer or the neighbour that a dotted name belongs to."""
    pieces = name.split(".")
    if pieces[0] == "screens":
        return "screens"
    # `console.__version__` is a name in the package itself.
    return ".".join(pieces[:2]) if ".".join(pieces[:2]) in PARTS else "console"


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """All imports of a module, those in functions and under TYPE_CHECKING included."""
    return tuple(_imports_of(module))


def _imports_of(module: str) -> Iterator[Import]:
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, node.module] if node.module else base)
            for alias in node.names:
                yield Import(module, node.lineno, f"{source}.{alias.name}")


@cache
def crossing() -> tuple[tuple[Import, str, str], ...]:
    """Imports that leave their part, with the two parts."""
    ours = (each for module in MODULES for each in imports_of(module) if each.imported.split(".")[0] in PACKAGES)
    parts = ((each, part(each.importer), part(each.imported)) for each in ours)
    return tuple(found for found in parts if found[1] != found[2])


def test_every_part_has_its_place() -> None:
    unplaced = {part(module) for module in MODULES} - RANK.keys() - BESIDE.keys()
    assert not unplaced, "say in this file where they stand"
    assert not (RANK.keys() | BESIDE.keys()) - {part(module) for module in MODULES}, "places of parts that are gone"


def test_imports_lead_downward() -> None:
    wrong = []
    for each, importer, imported in crossing():
        if importer in BESIDE:
            allowed = any(each.imported.startswith(name) for name in BESIDE[importer])
        elif imported in RANK:
            allowed = RANK[imported] < RANK.get(importer, -1)
        else:
            allowed = imported in COMMON or importer in ONLY.get(imported, ())
        if not allowed:
            wrong.append(str(each))
    assert not wrong


@pytest.mark.parametrize("guarded", ONLY)
def test_guarded_parts_have_only_their_own_visitors(guarded: str) -> None:
    wrong = [str(each) for each, importer, imported in crossing() if imported == guarded and importer not in ONLY[guarded]]
    assert not wrong


def test_screens_know_neither_azure_nor_the_emulator_nor_the_app() -> None:
    forbidden = ("console.azure", "console.emulator", "console.app", "console.cli", "console.demo", "azure", "aiohttp", "msal")
    wrong = [
        str(each)
        for module in MODULES
        if part(module) == "screens"
        for each in imports_of(module)
        if any(each.imported == name or each.imported.startswith(f"{name}.") for name in forbidden)
    ]
    assert not wrong


def test_the_demo_starts_the_emulator_as_a_process() -> None:
    assert "console.emulator" in MODULES["console.demo"].read_text("utf-8")
    assert not [each for each in imports_of("console.demo") if "emulator" in each.imported]


def test_the_domain_knows_nobody_but_msgspec() -> None:
    allowed = set(sys.stdlib_module_names) | {"msgspec", "console"}
    io = {"asyncio", "socket", "ssl", "http", "subprocess", "pathlib", "os", "io", "tempfile", "threading", "time"}
    found = [each for module in MODULES if part(module) == "console.domain" for each in imports_of(module)]
    assert found
    wrong = [str(each) for each in found if each.imported.split(".")[0] not in allowed - io or each.imported.startswith("urllib.request")]
    assert not wrong


@pytest.mark.parametrize("heavy", ["azure.ai.ml", "azure.identity", "msal"])
def test_what_is_heavy_stays_in_the_children(heavy: str) -> None:
    children = {f"console.azure.signin_{part}" for part in ("child", "device", "errors", "secret")}
    wrong = [
        str(each)
        for module in MODULES
        if module not in children
        for each in imports_of(module)
        if each.imported == heavy or each.imported.startswith(f"{heavy}.")
    ]
    assert not wrong


def test_every_module_says_in_a_sentence_what_lives_there() -> None:
    told = {module: ast.get_docstring(tree(module)) or "" for module in MODULES}
    wrong = {module: text for module, text in told.items() if not re.fullmatch(r"(?!TODO)\S.* .*\.", text.partition("\n")[0])}
    assert not wrong


def test_no_module_is_named_after_nothing() -> None:
    assert not [module for module in MODULES if set(re.split(r"[._]", module)) & FORBIDDEN_WORDS]
