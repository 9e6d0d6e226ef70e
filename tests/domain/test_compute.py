"""Which states of a compute cost money, pass by themselves and are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.domain.compute import (
    BILLED_STATES,
    IDLE_SHUTDOWN,
    LABELS,
    PASSING_STATES,
    SCALE,
    SCHEDULES,
    SIZE,
    UNBILLED_STATES,
    Compute,
    Kind,
    LastOperation,
    NodeCounts,
    Run,
    Schedule,
)
from console.domain.scopes import WorkspaceRef

WORKSPACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
EARLIER = datetime(2026, 10, 1, tzinfo=UTC)

# `ComputeInstanceState` of the published swagger.
SWAGGER_STATES = frozenset(
    {
        "Creating",
        "CreateFailed",
        "Deleting",
        "Running",
        "Restarting",
        "Resizing",
        "JobRunning",
        "SettingUp",
        "SetupFailed",
        "Starting",
        "Stopped",
        "Stopping",
        "UserSettingUp",
        "UserSetupFailed",
        "Unknown",
        "Unusable",
    }
)


def compute(kind: Kind = Kind.INSTANCE, **fields: Any) -> Compute:
    given: dict[str, Any] = {"id": f"{WORKSPACE.id}/computes/c", "name": "c", "workspace": WORKSPACE, "kind": kind, **fields}
    return Compute(**given)


# state: VMs billed (None: not known), whether it passes by itself
INSTANCES: dict[str, tuple[int | None, bool]] = {
    "Running": (1, False),
    "JobRunning": (1, False),
    "Starting": (1, True),
    "Stopping": (1, True),
    "Restarting": (1, True),
    "Resizing": (1, True),
    "SettingUp": (1, True),
    "UserSettingUp": (1, True),
    "Creating": (1, True),
    "Deleting": (1, True),
    "SetupFailed": (1, False),
    "UserSetupFailed": (1, False),
    "Unusable": (1, False),
    "Stopped": (0, False),
    "CreateFailed": (0, False),
    "Unknown": (None, False),
    "Quiescing": (None, False),
}


def test_the_table_holds_every_state_of_the_swagger() -> None:
    assert INSTANCES.keys() >= SWAGGER_STATES
    assert not BILLED_STATES & UNBILLED_STATES
    assert BILLED_STATES | UNBILLED_STATES | {"Unknown"} == SWAGGER_STATES
    assert SWAGGER_STATES > PASSING_STATES


@pytest.mark.parametrize("state", INSTANCES)
def test_what_an_instance_is_billed_for(state: str) -> None:
    item = compute(provisioning_state="Succeeded", state=state)
    assert (item.billed_nodes, item.passing) == INSTANCES[state]
    assert item.shown_state == state


@pytest.mark.parametrize(
    ("provisioning", "billed", "passing", "shown"),
    [("Creating", 1, True, "Creating"), ("Failed", 0, False, "Failed"), ("Canceled", None, False, "Canceled"), ("", None, False, "?")],
)
def test_an_instance_without_a_state_of_its_own(provisioning: str, billed: int | None, passing: bool, shown: str) -> None:
    item = compute(provisioning_state=provisioning)
    assert (item.billed_nodes, item.passing, item.shown_state) == (billed, passing, shown)


def test_an_instance_that_failed_to_set_up_is_billed_although_its_provisioning_failed() -> None:
    assert compute(provisioning_state="Failed", state="SetupFailed").billed_nodes == 1
    assert compute(provisioning_state="Failed", state="SetupFailed").shown_state == "SetupFailed"


@pytest.mark.parametrize(
    ("fields", "shown", "passing"),
    [
        ({"provisioning_state": "Succeeded", "allocation_state": "Steady"}, "Steady", False),
        ({"provisioning_state": "Succeeded", "allocation_state": "Resizing"}, "Resizing", True),
        ({"provisioning_state": "Failed", "allocation_state": "Steady"}, "Failed", False),
        ({"provisioning_state": "Creating", "allocation_state": "Steady"}, "Creating", True),
        ({"provisioning_state": "Deleting", "allocation_state": "Resizing"}, "Deleting", True),
        ({"provisioning_state": "Updating"}, "Updating", True),
        ({"provisioning_state": "Succeeded"}, "Succeeded", False),
        ({"provisioning_state": "Quiescing"}, "Quiescing", False),
        ({}, "?", False),
    ],
)
def test_a_cluster_shows_its_allocation_unless_its_provisioning_says_more(fields: dict[str, str], shown: str, passing: bool) -> None:
    item = compute(Kind.CLUSTER, **fields)
    assert (item.shown_state, item.passing) == (shown, passing)


def test_a_cluster_bills_every_node_but_the_preempted() -> None:
    counts = NodeCounts(idle=1, running=2, preparing=4, unusable=8, leaving=16, preempted=32)
    assert compute(Kind.CLUSTER, nodes=counts).billed_nodes == 31
    assert compute(Kind.CLUSTER, nodes=counts).idle_nodes == 1
    assert compute(Kind.CLUSTER, nodes=NodeCounts(), current_nodes=7).billed_nodes == 0
    assert compute(Kind.CLUSTER, current_nodes=7).billed_nodes == 7
    assert compute(Kind.CLUSTER).billed_nodes is None
    assert compute(Kind.CLUSTER).idle_nodes == 0


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.INSTANCE, Kind.CLUSTER}])
def test_machines_of_others_are_not_counted(kind: Kind) -> None:
    item = compute(kind, provisioning_state="Succeeded", state="Running", nodes=NodeCounts(running=3))
    assert item.billed_nodes is None
    assert item.shown_state == ("unreadable" if kind is Kind.UNREADABLE else "Succeeded")


def test_every_kind_has_a_label_that_fits() -> None:
    assert LABELS.keys() == set(Kind)
    assert all(0 < len(kind.label) <= 10 for kind in Kind)


@pytest.mark.parametrize(
    ("state", "operation", "since"),
    [
        ("Running", LastOperation("Start", "Succeeded", "User", NOON), NOON),
        ("Running", LastOperation("Create", "Succeeded", "User", NOON), NOON),
        ("JobRunning", LastOperation("Restart", "Succeeded", "User", NOON), NOON),
        ("Running", LastOperation("Resize", "Succeeded", "User", NOON), None),
        ("Running", LastOperation("Start", "Succeeded", "User", None), None),
        ("Running", None, None),
        ("Stopped", LastOperation("Start", "Succeeded", "User", NOON), None),
    ],
)
def test_since_when_an_instance_is_up(state: str, operation: LastOperation | None, since: datetime | None) -> None:
    assert compute(state=state, last_operation=operation).up_since == since


def test_only_an_instance_is_up() -> None:
    assert compute(Kind.CLUSTER, state="Running", last_operation=LastOperation("Start", time=NOON)).up_since is None


def test_the_last_change_is_the_last_operation_else_the_modification() -> None:
    assert compute(last_operation=LastOperation("Stop", time=NOON), modified_on=EARLIER).last_changed == NOON
    assert compute(last_operation=LastOperation("Stop"), modified_on=EARLIER).last_changed == EARLIER
    assert compute(modified_on=EARLIER).last_changed == EARLIER
    assert compute().last_changed is None


@pytest.mark.parametrize(("status", "active"), [("Running", True), ("Queued", True), ("Completed", False), ("Failed", False), ("", False)])
def test_a_run_is_active_until_it_has_ended(status: str, active: bool) -> None:
    assert Run(id="r", status=status).active is active


CLUSTER = {"kind": Kind.CLUSTER, "min_nodes": 0, "max_nodes": 4, "idle_scale_down": "PT2M"}
STOP = Schedule(action="Stop", when="cron 0 19 * * *", zone="UTC", status="Enabled")


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"state": "Running"}, "", "Running"),
        (CLUSTER, SCALE, "0 to 4 nodes, down after 2 min idle"),
        (CLUSTER | {"idle_scale_down": "PT120S"}, SCALE, "0 to 4 nodes, down after 2 min idle"),
        (CLUSTER | {"idle_scale_down": ""}, SCALE, "0 to 4 nodes"),
        (CLUSTER | {"min_nodes": None, "max_nodes": None}, SCALE, "? to ? nodes, down after 2 min idle"),
        ({"idle_shutdown": "PT60M"}, IDLE_SHUTDOWN, "after 1 h"),
        ({"idle_shutdown": "PT1H"}, IDLE_SHUTDOWN, "after 1 h"),
        ({"idle_shutdown": ""}, IDLE_SHUTDOWN, "none"),
        ({"idle_shutdown": "soon"}, IDLE_SHUTDOWN, "soon"),
        ({"vm_size": "Standard_DS3_v2"}, SIZE, "STANDARD_DS3_V2"),
        ({}, SIZE, "?"),
        ({}, SCHEDULES, "none"),
        ({"schedules": (STOP, STOP)}, SCHEDULES, "Stop cron 0 19 * * * UTC, Enabled; Stop cron 0 19 * * * UTC, Enabled"),
    ],
)
def test_what_a_change_rests_on_is_told_in_words(fields: dict[str, Any], name: str, words: str) -> None:
    assert compute(**fields).aspect(name) == words


def test_an_aspect_that_there_is_none_of_is_no_state() -> None:
    with pytest.raises(ValueError, match="colour"):
        compute().aspect("colour")
