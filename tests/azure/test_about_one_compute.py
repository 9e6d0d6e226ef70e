"""What is read about one compute: its jobs in pages, its metrics, its log, the roles of its identity, and how it is set up."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from console.azure import activity_log, authorization, computes, metrics, runs, workspaces
from console.azure.arm import ArmClient
from console.domain.compute import Schedule, Setup
from console.domain.metrics import Range
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.azure.test_decode import INSTANCE, PLACE
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, sent, trouble_of, workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def data_plane(arm: ArmClient, emulator: Emulator) -> str:
    return await runs.data_plane(arm, await workspaces.read_one(arm, workspace(emulator)))


async def test_the_newest_jobs_come_in_pages_and_say_that_there_are_older_ones(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, target = connect(), f"{workspace(fresh_emulator).id}/computes/gpu-train"
    base = await data_plane(arm, fresh_emulator)
    before = len(sent(fresh_emulator, "GET", "/runs"))
    first = await runs.read_recent(arm, base, target, 100)
    assert len(first.items) == 100 and first.incomplete == runs.OLDER
    assert len(sent(fresh_emulator, "GET", "/runs")) == before + 1
    more = await runs.read_recent(arm, base, target, 250)
    assert len(more.items) == 250 and more.items[:100] == first.items
    titled = {(run.experiment, run.title) for run in more.items}
    assert len({experiment for experiment, _ in titled} - {""}) == len(titled) > 1, "here each experiment's jobs have a title of their own"
    people = {(run.user_id, run.user) for run in more.items}
    assert len({user for user, _ in people} - {""}) == len(people) > 1
    created = [run.created for run in more.items]
    assert created == sorted(created, key=lambda moment: moment or NOON, reverse=True)
    assert [run.status for run in first.items if run.active] == ["Running"] * len([run for run in first.items if run.active])
    assert all(run.title and run.nodes for run in first.items)
    failed = next(run for run in more.items if run.status == "Failed")
    assert failed.error and msgspec.json.decode(more.raw[failed.id])["runId"] == failed.id


async def test_all_jobs_are_all(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    base = await data_plane(arm, fresh_emulator)
    every = await runs.read_recent(arm, base, f"{place.id}/computes/nb-grace", 5_000)
    assert every.incomplete == "" and len(every.items) > 100
    assert (await runs.read_recent(arm, base, f"{place.id}/computes/nb-audit", 100)).items == ()


async def test_metrics_of_a_cluster(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    await computes.read(arm, place)  # the server's time is known from then on
    by_name = {each.name: each for each in (await metrics.read(arm, f"{place.id}/computes/gpu-idle", Range.DAY)).items}
    assert [name for name in by_name if name.endswith("Nodes")] == list(metrics.NODES)
    idle = by_name["Idle Nodes"]
    assert idle.last is not None and (idle.last.average, idle.least, idle.most) == (2, 2, 2)
    assert 90 <= len(idle.points) <= 97
    served = set(metrics.OTHERS) - {name for name, each in by_name.items() if each.fault}
    assert all("metric" in by_name[name].fault for name in set(metrics.OTHERS) - served), "what is not served says why"
    for over, most in ((Range.HOUR, 61), (Range.WEEK, 169)):
        (active, *_) = (await metrics.read(arm, f"{place.id}/computes/gpu-train", over)).items
        assert most - 2 <= len(active.points) <= most and active.last is not None


async def test_metrics_are_refused_in_a_sentence(fresh_emulator: Emulator) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator, "data-scientist"))
    trouble = await trouble_of(metrics.read(arm, f"{workspace(fresh_emulator).id}/computes/gpu-idle", Range.HOUR))
    await arm.transport.close()
    assert trouble.kind is Kind.PERMISSION and "Microsoft.Insights/metrics/read" in f"{trouble.sentence} {trouble.message}"


async def test_the_log_of_one_resource(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    await computes.read(arm, place)
    target = f"{place.id}/computes/nb-grace"
    events = (await activity_log.read_of(arm, target, timedelta(days=30))).items
    assert events and {event.resource_id.lower() for event in events} == {target.lower()}
    assert any(event.operation.endswith("/start/action") for event in events)


async def test_what_the_log_is_asked_for() -> None:
    request = activity_log.resource_request("/subscriptions/s/resourceGroups/o'rg/x", NOON, NOON)
    assert request.query["$filter"].endswith(" and resourceUri eq '/subscriptions/s/resourceGroups/o''rg/x'")
    with pytest.raises(ValueError, match="is not the ARM id"):
        activity_log.resource_request("/x", NOON, NOON)


async def test_roles_of_a_principal(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    answer = fresh_emulator.request("GET", f"{place.id}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01")
    held = [each["properties"] for each in answer.json()["value"]]
    owner = next(each["principalId"] for each in held if each["roleDefinitionId"].endswith("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"))
    assert "Owner" in await authorization.read_roles(arm, place.id, owner)
    other = next(each for each in held if each["roleDefinitionId"].rsplit("/", 1)[-1] not in authorization.FULL)
    named = await authorization.read_roles(arm, place.id, other["principalId"])
    assert named and all(name and len(name) != 36 for name in named), "names, not GUIDs"
    assert await authorization.read_roles(arm, place.id, "00000000-0000-0000-0000-000000000000") == ()


def with_inner(**fields: Any) -> bytes:
    raw = deepcopy(INSTANCE)
    raw["properties"]["properties"] |= fields
    return msgspec.json.encode(raw)


async def test_how_an_instance_is_set_up() -> None:
    weekly = {"hours": [19], "minutes": [0, 30], "weekDays": ["Monday", "Friday"]}
    schedules = [
        {
            "action": "Stop",
            "status": "Enabled",
            "provisioningStatus": "Completed",
            "cron": {"expression": "0 19 * * 1-5", "timeZone": "UTC"},
        },
        {"action": "Start", "status": "Disabled", "recurrence": {"frequency": "Week", "interval": 2, "schedule": weekly}},
        {"action": None},
    ]
    item = computes.decode(
        with_inner(
            schedules={"computeStartStop": schedules},
            osImageMetadata={"currentImageVersion": "26.9.1", "latestImageVersion": "26.11.1", "isLatestOsImageVersion": False},
            customServices=[{"name": "rstudio", "endpoints": []}, {}],
            sshSettings={"sshPublicAccess": "Disabled", "sshPort": 50000},
        ),
        PLACE,
    )
    assert item.schedules == (
        Schedule("Stop", "cron 0 19 * * 1-5", "UTC", "Enabled", "Completed"),
        Schedule("Start", "every 2 weeks on Monday, Friday at 19:00, 19:30", "", "Disabled"),
        Schedule("", "?"),
    )
    assert item.setup == Setup(image="26.9.1", image_latest="26.11.1", image_current=False, applications=("rstudio", "?"), ssh="Disabled")
    assert (item.schedules[0].enabled, item.schedules[1].enabled) == (True, False)
    bare = computes.decode(with_inner(schedules=None, customServices=None), PLACE)
    assert (bare.schedules, bare.setup, bare.identities) == ((), Setup(), ())


async def test_whose_identities_an_instance_has() -> None:
    raw = deepcopy(INSTANCE)
    raw["identity"] = {
        "type": "SystemAssigned,UserAssigned",
        "principalId": "p-1",
        "userAssignedIdentities": {"/x": {"principalId": "p-2"}, "/y": None, "/z": {}},
    }
    assert computes.decode(msgspec.json.encode(raw), PLACE).identities == ("p-1", "p-2")
