"""All that Microsoft published as an example, and all that was recorded of its services, is readable item for item."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.azure import computes, workspaces
from console.domain.compute import Kind
from console.domain.scopes import WorkspaceRef

PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="AML_CONSOLE_TEST_DATA does not name the folder of published examples and recordings")


def resources(folder: Path, resource_type: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every JSON object of an ARM type in the answers of a folder's examples and recordings."""
    needle = resource_type.encode().lower()
    for path in sorted(folder.rglob("*.json")):
        content = path.read_bytes()
        if needle not in content.lower():
            continue
        document = json.loads(content.decode("utf-8-sig"))
        for answer in answers(document):
            for found in objects(answer):
                if str(found.get("type", "")).lower() == resource_type.lower() and isinstance(found.get("properties"), dict):
                    yield path, found


def answers(document: Any) -> Iterator[Any]:
    """The bodies that a service sent, in an example of the specifications or in a recording."""
    if not isinstance(document, dict):
        return
    for response in (document.get("responses") or {}).values() if isinstance(document.get("responses"), dict) else ():
        yield response.get("body") if isinstance(response, dict) else None
    for exchange in document.get("Entries") or ():
        body = exchange.get("ResponseBody")
        yield json.loads(body) if isinstance(body, str) and body[:1] in {"{", "["} else body
    for inner in document.values():
        if isinstance(inner, dict) and "Entries" in inner:
            yield from answers(inner)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


@needs_data
def test_every_published_and_recorded_compute_is_readable() -> None:
    found = list(resources(Path(DATA or ""), "Microsoft.MachineLearningServices/workspaces/computes"))
    faults = {}
    for path, body in found:
        item = computes.decode(json.dumps(body).encode(), PLACE)
        if item.fault or item.kind in {Kind.UNKNOWN, Kind.UNREADABLE}:
            faults[f"{path.name}: {body.get('name')}"] = item.fault or item.kind_word
    assert not faults
    assert len(found) >= 30
    kinds = {computes.decode(json.dumps(body).encode(), PLACE).kind for _, body in found}
    assert {Kind.INSTANCE, Kind.CLUSTER, Kind.KUBERNETES, Kind.AKS} <= kinds
    assert any(path.parts[-1].startswith("test_") for path, _ in found), "recordings are among them"


@needs_data
def test_every_published_and_recorded_workspace_is_readable() -> None:
    found = list(resources(Path(DATA or ""), "Microsoft.MachineLearningServices/workspaces"))
    assert not [(path.name, item.fault) for path, body in found if (item := workspaces.decode(json.dumps(body).encode())).fault]
    assert len(found) >= 10


@needs_data
def test_every_published_node_is_readable() -> None:
    folder = Path(DATA or "")
    nodes = [
        node
        for path in folder.rglob("listNodes.json")
        for answer in answers(json.loads(path.read_bytes()))
        for node in (answer or {}).get("nodes", ())
    ]
    assert nodes
    assert not [fault for node in nodes if (fault := computes.decode_node(json.dumps(node).encode()).fault)]
