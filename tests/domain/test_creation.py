"""Computes that are to be made: what is wrong with what was typed, and the fields that come of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import creation
from console.domain.compute import VmSize
from console.domain.creation import USER, Lock, NewCluster, NewInstance, Person
from console.domain.names import compute_name_fault
from console.domain.scopes import WorkspaceRef
from tests.domain.test_compute import compute
from tests.properties import steady

SUBNET = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n"
IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
SIZES = {
    "STANDARD_A": VmSize(name="Standard_A", kinds=("AmlCompute",), dedicated=Decimal("2"), low_priority=Decimal("0.5")),
    "STANDARD_B": VmSize(name="Standard_B", kinds=("ComputeInstance", "AmlCompute"), currency="EUR", dedicated=Decimal("2")),
    "STANDARD_C": VmSize(name="Standard_C"),
}
TAKEN = [compute(id="/x/gpu", name="GPU-one", location="West Europe"), compute(id="/x/far", name="far-one", location="eastus2")]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpu-two", ""),
        ("far-one", ""),
        ("", "a name is needed"),
        ("gpu-one", "taken in westeurope: in ws"),
        ("/subscriptions/s/resourceGroups/g/providers/X/computes/gpu-two", "a name, not an ARM id"),
        ("ab", "3 to 24"),
        ("nb-7", "hyphen and digits"),
        ("n b", "letters, digits and hyphens"),
        ("1gpu", "starts with a letter"),
        ("[bold]x[/]", "starts with a letter"),
        ("x\x1b[31m", "letters, digits and hyphens"),
    ],
)
def test_names(name: str, told: str) -> None:
    fault = creation.name_fault(name, "westeurope", TAKEN)
    assert told in fault and bool(told) is bool(fault)


def test_a_name_is_the_only_one_of_its_workspace_too() -> None:
    there = TAKEN[1]
    assert creation.name_fault("Far-One", "westeurope", TAKEN, there.workspace) == f"taken in {there.workspace.name}: in eastus2"
    assert creation.name_fault("far-one", "westeurope", TAKEN, WorkspaceRef("s", "g", "elsewhere")) == ""


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("standard_a", "AmlCompute", ""),
        (" Standard_B ", "ComputeInstance", ""),
        ("Standard_C", "ComputeInstance", ""),
        ("Standard_A", "ComputeInstance", "not for instances"),
        ("Standard_D", "AmlCompute", "westeurope has no such size"),
        ("", "AmlCompute", "a size is needed"),
        ("  ", "AmlCompute", "a size is needed"),
    ],
)
def test_sizes(name: str, kind: str, told: str) -> None:
    assert creation.size_fault(name, SIZES, kind, "westeurope") == told


def test_a_size_is_not_judged_before_the_sizes_are_read() -> None:
    assert creation.size_fault("Standard_D", None, "AmlCompute", "westeurope") == ""


def test_prices_are_of_the_tier_and_in_dollars_or_unknown() -> None:
    assert creation.price(SIZES["STANDARD_A"]) == Decimal("2")
    assert creation.price(SIZES["STANDARD_A"], low_priority=True) == Decimal("0.5")
    assert creation.price(SIZES["STANDARD_B"]) is None
    assert creation.price(SIZES["STANDARD_C"]) is None
    assert creation.price(None) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        (" , ,", {}),
        ("team=fraud", {"team": "fraud"}),
        ("team = fraud , env= prod", {"team": "fraud", "env": "prod"}),
        ("team=", {"team": ""}),
        ("sum=a=b", {"sum": "a=b"}),
        ("team", None),
        ("=fraud", None),
        ("team=a, fraud", None),
        ("team=a, team=b", None),
        ("team=a, Team=b", None),
    ],
)
def test_tags_are_read(text: str, found: dict[str, str] | None) -> None:
    assert creation.parse_tags(text) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("owner=ada, team=x", ""),
        ("owner=ada, team=", "needed here: team"),
        ("", "needed here: owner, team"),
        ("owner", "name=value, name=value"),
        ("owner=a, team=b, team=c", "name=value, name=value"),
    ],
)
def test_tags_that_are_needed_are_asked_for(text: str, told: str) -> None:
    assert creation.tags_fault(text, ("owner", "team")) == told


@pytest.mark.parametrize(
    ("text", "fine"), [("", True), (SUBNET, True), (f" {SUBNET.upper()} ", True), ("n", False), (f"{SUBNET}/x", False)]
)
def test_subnets(text: str, fine: bool) -> None:
    assert (creation.subnet_fault(text) == "") is fine


@pytest.mark.parametrize(
    ("text", "fine"), [("", True), ("system", True), (IDENTITY, True), ("System", False), (SUBNET, False), (f"{IDENTITY}/x", False)]
)
def test_identities(text: str, fine: bool) -> None:
    assert (creation.identity_fault(text) == "") is fine


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ada.Lovelace@contoso.com", "ada-lovelace"),
        ("ada", "ada"),
        ("Ada Lovelace", "ada-lovelace"),
        ("__x__@y", "x"),
        ("é@y", ""),
        ("", ""),
    ],
)
def test_who_somebody_is_in_a_name(name: str, short: str) -> None:
    assert Person("1", name).short == short


def test_names_of_several_people() -> None:
    people = [Person("1", "ada@x"), Person("2", "extraordinarily.long.name@x"), Person("3", "é@x")]
    assert [name for name, _ in creation.named(f"nb-{USER}", people)] == ["nb-ada", "nb-extraordinarily-long", "nb"]
    assert [person.id for _, person in creation.named(f"nb-{USER}", people)] == ["1", "2", "3"]


@steady
@given(st.text(min_size=3, max_size=40))
def test_a_person_s_name_is_a_name_or_is_told(name: str) -> None:
    ((made, _),) = creation.named(f"nb-{USER}", [Person("1", name)])
    assert len(made) <= 24 and set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert compute_name_fault(made) is None or creation.name_fault(made, "", [])


CLUSTER: dict[str, Any] = {
    "type": "amlcompute",
    "name": "gpu",
    "size": "Standard_A",
    "tags": {},
    "enable_node_public_ip": True,
    "tier": "dedicated",
    "min_instances": 0,
    "max_instances": 4,
    "idle_time_before_scale_down": 120,
}


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({}, {}),
        ({"low_priority": True, "least": 2, "most": 9}, {"tier": "low_priority", "min_instances": 2, "max_instances": 9}),
        ({"idle": timedelta(hours=1)}, {"idle_time_before_scale_down": 3600}),
        ({"subnet": SUBNET, "public_ip": False}, {"network_settings": {"subnet": SUBNET}, "enable_node_public_ip": False}),
        ({"identity": "system"}, {"identity": {"type": "system_assigned"}}),
        (
            {"identity": IDENTITY, "tags": {"a": "b"}},
            {"identity": {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]}, "tags": {"a": "b"}},
        ),
        (
            {"ssh_user": "u", "ssh_key": "ssh-ed25519 A"},
            {"ssh_settings": {"admin_username": "u", "ssh_key_value": "ssh-ed25519 A"}, "ssh_public_access_enabled": True},
        ),
    ],
)
def test_a_cluster_in_the_cli_s_fields(more: dict[str, Any], fields: dict[str, Any]) -> None:
    assert NewCluster(name="gpu", size="Standard_A", **more).document() == CLUSTER | fields


INSTANCE = {"type": "computeinstance", "name": "nb", "size": "Standard_B", "tags": {}, "enable_node_public_ip": True}
STOP = {"action": "stop", "state": "enabled", "trigger": {"type": "cron", "expression": "0 19 * * *", "time_zone": "UTC"}}


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({}, {}),
        (
            {"person": Person("ada-id", "ada"), "tenant_id": "t"},
            {"create_on_behalf_of": {"user_tenant_id": "t", "user_object_id": "ada-id"}},
        ),
        ({"idle": timedelta(hours=1), "release_quota": True}, {"idle_time_before_shutdown_minutes": 60, "release_quota_on_stop": True}),
        ({"stop_at": "0 19 * * *"}, {"schedules": {"compute_start_stop": [STOP]}}),
        ({"ssh_key": "ssh-rsa A"}, {"ssh_settings": {"ssh_key_value": "ssh-rsa A"}, "ssh_public_access_enabled": True}),
    ],
)
def test_an_instance_in_the_cli_s_fields(more: dict[str, Any], fields: dict[str, Any]) -> None:
    assert NewInstance(name="nb", size="Standard_B", **more).document() == INSTANCE | fields


@pytest.mark.parametrize(("level", "forbids"), [("ReadOnly", True), ("readonly", True), ("CanNotDelete", False), ("", False)])
def test_locks(level: str, forbids: bool) -> None:
    assert Lock("l", level).forbids_making is forbids
