"""Usages and quotas as Azure writes them, and what an update answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from console.azure import quotas
from console.azure.request import Effect
from console.domain.trouble import Kind
from console.domain.usages import Level, Usage
from tests.azure.test_published import DATA, needs_data
from tests.properties import json_values, steady

ML = "Microsoft.MachineLearningServices"
SUBSCRIPTION = "/subscriptions/s"
WORKSPACE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/{ML}/workspaces/ws"
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def decoded(item: Any) -> Usage:
    return quotas.decode(json.dumps(item).encode(), "s", "westeurope")


def item(path: str, kind: str, name: str, **figures: Any) -> dict[str, Any]:
    return {"id": path, "type": f"{ML}/{kind}", "name": {"value": name, "localizedValue": name}, "unit": "Count", **figures}


@pytest.mark.parametrize(
    ("wire", "level", "family", "about"),
    [
        (item(f"{SUBSCRIPTION}/usages", "totalCores/usages", "Clusters"), Level.CLUSTERS, "", ""),
        (item(f"{SUBSCRIPTION}/usages", "dedicatedCores/usages", "Total Cluster Dedicated Regional vCPUs"), Level.REGION, "", ""),
        (
            item(f"{SUBSCRIPTION}/usages/Standard_D_Family", "vmFamily/usages", "Standard D Family Cluster Dedicated vCPUs"),
            Level.FAMILY,
            "standarddfamily",
            "",
        ),
        (
            item(f"{WORKSPACE}/usages/Standard_D_Family", "workspace/usages", "Standard D Family Cluster Dedicated vCPUs"),
            Level.WORKSPACE,
            "standarddfamily",
            WORKSPACE,
        ),
        (
            item(f"{WORKSPACE}/computes/gpu/usages/x", "workspaces/computes/usages", "Standard D Family Cluster Dedicated vCPUs"),
            Level.COMPUTE,
            "standarddfamily",
            f"{WORKSPACE}/computes/gpu",
        ),
        (item(f"{SUBSCRIPTION}/usages/x", "somethingNew/usages", "Parrots"), Level.OTHER, "", ""),
    ],
)
def test_what_a_figure_is_about(wire: dict[str, Any], level: Level, family: str, about: str) -> None:
    usage = decoded(wire)
    assert (usage.level, usage.family, usage.about) == (level, family, about)


def test_a_limit_of_minus_one_is_none_and_what_is_missing_is_unknown() -> None:
    name = "Standard D Family Cluster LowPriority vCPUs"
    low = decoded(item(f"{SUBSCRIPTION}/usages/x", "vmFamily/usages", name, currentValue=18, limit=-1))
    assert (low.used, low.limit, low.limited, low.low_priority) == (18, None, False, True)
    bare = decoded({"id": f"{SUBSCRIPTION}/usages/Standard_D_Family_Cluster_Dedicated_vCPUs", "type": f"{ML}/vmFamily/usages"})
    assert (bare.used, bare.limit, bare.limited, bare.family) == (None, None, True, "standarddfamily")


def test_what_cannot_be_read_says_so_and_keeps_its_id() -> None:
    usage = decoded({"id": f"{SUBSCRIPTION}/usages/x", "currentValue": "many"})
    assert usage.level is Level.UNREADABLE and usage.id.endswith("/usages/x") and "currentValue" in usage.fault


@steady
@given(json_values)
def test_decoding_never_raises(value: Any) -> None:
    decoded(value)


def test_an_update_is_a_change_and_its_body_is_the_published_one() -> None:
    quota = decoded(item(f"{WORKSPACE}/quotas/Standard_D", "workspaces/quotas", "Standard D Family Cluster Dedicated vCPUs", limit=24))
    request = quotas.update_request("s", "westeurope", [(quota, 48)])
    assert request.effect is Effect.CHANGE
    assert request.path == f"/subscriptions/s/providers/{ML}/locations/westeurope/updateQuotas"
    value = [{"id": quota.id, "type": f"{ML}/workspaces/quotas", "limit": 48, "unit": "Count"}]
    assert request.body == {"location": "westeurope", "value": value}


@pytest.mark.parametrize("status", [*quotas.REFUSALS, "SomethingNew"])
def test_an_update_that_was_refused_with_200(status: str) -> None:
    request = quotas.update_request("s", "westeurope", [])
    body = json.dumps({"value": [{"id": "/q/fine", "status": "Success"}, {"id": "/q/other", "status": status}]}).encode()
    trouble = quotas.refused(request, body, NOW)
    assert trouble is not None and (trouble.kind, trouble.code) == (Kind.QUOTA, status) and "other" in trouble.sentence
    assert quotas.refused(request, b'{"value": [{"id": "/q/fine", "status": "Success"}]}', NOW) is None
    assert (unread := quotas.refused(request, b"<html>", NOW)) is not None and unread.kind is Kind.UNEXPECTED
    assert quotas.refused(quotas.usages_request("s", "westeurope"), body, NOW) is None


@needs_data
def test_the_published_examples_are_readable_item_for_item() -> None:
    from pathlib import Path

    levels = set()
    for path in Path(DATA or "").rglob("examples/*/list.json"):
        if path.parent.name not in {"Quota", "Usage"}:
            continue
        for wire in json.loads(path.read_text())["responses"]["200"]["body"]["value"]:
            usage = decoded(wire)
            levels.add(usage.level)
            assert not usage.fault and (usage.family or usage.level in {Level.REGION, Level.CLUSTERS})
            assert usage.limit == (wire["limit"] if wire["limit"] >= 0 else None)
    assert levels == {Level.FAMILY, Level.REGION, Level.WORKSPACE, Level.COMPUTE, Level.CLUSTERS}
