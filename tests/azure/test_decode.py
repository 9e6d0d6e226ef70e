"""Decoding: any JSON that could come becomes a row that can be shown."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.azure import computes, timestamps, workspaces
from console.domain.compute import Compute, Kind, LastOperation, NodeCounts
from console.domain.scopes import WorkspaceRef
from tests.properties import json_values, steady

PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
INSTANCE: dict[str, Any] = {
    "id": f"{PLACE.id}/computes/nb",
    "name": "nb",
    "type": "Microsoft.MachineLearningServices/workspaces/computes",
    "location": "westeurope",
    "tags": {"team": "risk", "empty": None},
    "systemData": {"createdBy": "grace@contoso.com", "createdAt": "2026-01-02T03:04:05Z"},
    "properties": {
        "computeType": "ComputeInstance",
        "computeLocation": "westeurope",
        "provisioningState": "Succeeded",
        "description": "for the fraud team",
        "createdOn": "2026-01-02T03:04:05.1234567Z",
        "modifiedOn": "2026-01-02T03:04:05+00:00",
        "isAttachedCompute": False,
        "provisioningErrors": None,
        "properties": {
            "vmSize": "STANDARD_DS3_V2",
            "state": "Running",
            "idleTimeBeforeShutdown": "PT30M",
            "releaseQuotaOnStop": True,
            "lastOperation": {
                "operationName": "Start",
                "operationTime": "2026-11-01T08:00:00",
                "operationStatus": "Succeeded",
                "operationTrigger": "User",
            },
            "personalComputeInstanceSettings": {"assignedUser": {"objectId": "o-1", "tenantId": "t"}},
            "createdBy": {"userId": "o-2", "userName": "Grace", "userOrgId": "t"},
            "errors": [{"error": {"code": "UserError", "message": "It broke."}}, {"code": "Bare"}, "text", 5, None, {}],
        },
    },
}
CLUSTER: dict[str, Any] = {
    "id": f"{PLACE.id}/computes/gpu",
    "name": "gpu",
    "location": "westeurope",
    "properties": {
        "computeType": "AmlCompute",
        "provisioningState": "Succeeded",
        "properties": {
            "vmSize": "STANDARD_NC6S_V3",
            "vmPriority": "LowPriority",
            "scaleSettings": {"minNodeCount": 1, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"},
            "nodeStateCounts": {"idleNodeCount": 1, "runningNodeCount": 2, "preemptedNodeCount": 3},
            "currentNodeCount": 3,
            "targetNodeCount": 4,
            "allocationState": "Resizing",
            "allocationStateTransitionTime": "2026-11-01T08:00:00.5Z",
        },
    },
}


def decoded(body: Any) -> Compute:
    return computes.decode(json.dumps(body).encode(), PLACE)


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        (None, ()),
        ({"type": "None"}, ()),
        ({"type": "SystemAssigned", "principalId": "p"}, ("system",)),
        ({"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {"/x/a": {}, "/x/b": None}}, ("system", "/x/a", "/x/b")),
        ({"type": "UserAssigned", "userAssignedIdentities": {"/x/a": {"principalId": "p"}}}, ("/x/a",)),
    ],
)
def test_network_and_identity_are_told_as_a_form_takes_them(identity: Any, told: tuple[str, ...]) -> None:
    body = copy.deepcopy(CLUSTER)
    body["identity"] = identity
    inner = body["properties"]["properties"]
    assert decoded(body).setup.subnet == "" and decoded(body).setup.public_ip is None
    inner |= {"subnet": {"id": "/x/subnets/s"}, "enableNodePublicIp": False}
    setup = decoded(body).setup
    assert (setup.subnet, setup.public_ip, setup.identity) == ("/x/subnets/s", False, told)
    inner |= {"subnet": {}, "enableNodePublicIp": None}
    assert (decoded(body).setup.subnet, decoded(body).setup.public_ip) == ("", None)


def test_an_instance_is_read_whole() -> None:
    item = decoded(INSTANCE)
    assert item == Compute(
        id=INSTANCE["id"],
        name="nb",
        workspace=PLACE,
        kind=Kind.INSTANCE,
        kind_word="ComputeInstance",
        location="westeurope",
        provisioning_state="Succeeded",
        state="Running",
        vm_size="STANDARD_DS3_V2",
        last_operation=LastOperation("Start", "Succeeded", "User", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        owner_id="o-1",
        created_by="Grace",
        created_on=datetime(2026, 1, 2, 3, 4, 5, 123457, tzinfo=UTC),
        modified_on=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        idle_shutdown="PT30M",
        description="for the fraud team",
        release_quota_on_stop=True,
        errors=("UserError: It broke.", "Bare", "text", "5", "None", "{}"),
        tags={"team": "risk", "empty": ""},
    )


def test_a_cluster_is_read_whole() -> None:
    item = decoded(CLUSTER)
    assert item.kind is Kind.CLUSTER
    assert item.low_priority
    assert item.nodes == NodeCounts(idle=1, running=2, preempted=3)
    assert (item.current_nodes, item.target_nodes, item.min_nodes, item.max_nodes) == (3, 4, 1, 4)
    assert (item.allocation_state, item.shown_state, item.idle_scale_down) == ("Resizing", "Resizing", "PT2M")
    assert item.allocation_since == datetime(2026, 11, 1, 8, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.UNKNOWN, Kind.UNREADABLE}])
def test_every_kind_of_the_swagger_is_known(kind: Kind) -> None:
    assert decoded({"id": "x", "properties": {"computeType": kind.value, "properties": None}}).kind is kind


@pytest.mark.parametrize("word", ["Quantum", "unknown", "unreadable", "", "computeinstance"])
def test_other_words_are_kept(word: str) -> None:
    item = decoded({"id": "x", "properties": {"computeType": word}})
    assert (item.kind, item.kind_word, item.fault) == (Kind.UNKNOWN, word, "")


def test_an_item_with_nothing_but_an_id_is_a_row() -> None:
    item = decoded({"id": "/a/computes/nb"})
    assert (item.name, item.kind, item.shown_state, item.fault) == ("nb", Kind.UNKNOWN, "?", "")


def test_an_unreadable_item_keeps_what_can_be_told() -> None:
    item = decoded({**INSTANCE, "properties": {"computeType": 5}})
    assert (item.id, item.name, item.kind) == (INSTANCE["id"], "nb", Kind.UNREADABLE)
    assert "computeType" in item.fault
    nameless = decoded({"name": 5})
    assert nameless.id.startswith(f"{PLACE.id}/computes/unreadable-")
    assert nameless.fault


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body there is something."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def replaced(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    body = copy.deepcopy(body)
    found: Any = body
    for step in path[:-1]:
        found = found[step]
    if value is ...:
        del found[path[-1]]
    else:
        found[path[-1]] = value
    return body


def spoilt(body: dict[str, Any]) -> st.SearchStrategy[Any]:
    """A body of ARM's shape with one to three of its parts replaced or taken away."""
    all_places = list(places(body))

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        result: Any = body
        for path in draw(st.lists(st.sampled_from(all_places), min_size=1, max_size=3)):
            try:
                result = replaced(result, path, draw(json_values | (st.just(...) if path else st.nothing())))
            except (KeyError, IndexError, TypeError):
                continue  # an earlier replacement took that place away
        return result

    return build()


def check(raw: bytes) -> None:
    """Whatever came is one row that can be shown, stored and told from others."""
    item = computes.decode(raw, PLACE)
    assert isinstance(item.id, str)
    assert item.workspace == PLACE
    assert (item.kind is Kind.UNREADABLE) is bool(item.fault)
    assert item.shown_state
    assert item.billed_nodes is None or isinstance(item.billed_nodes, int)
    assert item.passing in {True, False}
    hash((item.id, item.kind, item.shown_state))
    for moment in (item.created_on, item.modified_on, item.allocation_since, item.last_changed, item.up_since):
        assert moment is None or moment.tzinfo is UTC


@steady
@given(st.one_of(spoilt(INSTANCE), spoilt(CLUSTER), json_values))
def test_decode_never_raises_on_arm_shaped_json(body: Any) -> None:
    check(json.dumps(body).encode())


@steady
@given(st.binary(max_size=200), st.integers(0, 3_000), st.binary(max_size=4))
def test_decode_never_raises_on_damaged_bytes(noise: bytes, cut: int, graft: bytes) -> None:
    whole = json.dumps(INSTANCE).encode()
    check(noise)
    check(whole[:cut] + graft + whole[cut + 1 :])
    check(whole[:cut])


DEEP = b"[" * 200_000


@pytest.mark.parametrize("raw", [b"", DEEP, b'{"id":"x","properties":{"properties":{"errors":' + DEEP, b"\xff", b'"\xff"', b"1e999"])
def test_decode_never_raises_on_the_worst(raw: bytes) -> None:
    check(raw)
    assert workspaces.decode(raw).fault
    assert computes.decode_node(raw).fault


@pytest.mark.parametrize("depth", [50, 400, 900])
def test_errors_may_be_nested(depth: int) -> None:
    raw = b'{"id":"x","properties":{"properties":{"errors":[' + b'{"error":' * depth + b"1" + b"}" * depth + b"]}}}"
    check(raw)


@steady
@given(st.one_of(json_values, spoilt({"nodeId": "n", "nodeState": "idle", "port": 50000, "runId": "r", "privateIpAddress": "10.0.0.4"})))
def test_nodes_never_raise(body: Any) -> None:
    node = computes.decode_node(json.dumps(body).encode())
    assert node.id or (isinstance(body, dict) and body.get("nodeId") == "")


WORKSPACE = {"id": PLACE.id, "name": "ws", "location": "x", "kind": "Default", "tags": {"a": "b"}, "properties": {}}


@steady
@given(st.one_of(json_values, spoilt(WORKSPACE)))
def test_workspaces_never_raise(body: Any) -> None:
    found = workspaces.decode(json.dumps(body).encode())
    assert bool(found.fault) is (found.id == "")


# Times


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-02T08:00:00Z", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("2026-11-02T08:00:00", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("2026-11-02T08:00:00.1234567+00:00", datetime(2026, 11, 2, 8, 0, 0, 123457, tzinfo=UTC)),
        ("2026-11-02T10:00:00+02:00", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-11-02", None),
        ("2026-13-02T08:00:00Z", None),
        ("1762070400", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, moment: datetime | None) -> None:
    assert timestamps.parse(text) == moment


@steady
@given(st.text(max_size=40) | st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_times_never_raise_and_are_utc(text: str) -> None:
    moment = timestamps.parse(text)
    assert moment is None or moment.tzinfo is UTC


def test_a_workspace_names_the_resources_that_it_was_made_with() -> None:
    ids = {"storageAccount": "/st", "keyVault": "/kv", "applicationInsights": "/ai", "containerRegistry": None}
    found = workspaces.decode(json.dumps(WORKSPACE | {"properties": ids}).encode())
    assert found.companions == ("/st", "/kv", "/ai")
