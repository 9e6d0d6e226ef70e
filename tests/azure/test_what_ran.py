"""What is read to tell what ran while nobody looked: machines of all clusters at once, changes of computes, and their jobs."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme

from console.azure import activity_log, computes, metrics, runs, workspaces
from console.azure.arm import ArmClient
from console.domain.activity import Event
from console.domain.billing.instance_past import Deed
from console.domain.billing.log_changes import changes
from console.domain.metrics import Range
from console.domain.scopes import WorkspaceRef, segments
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.azure.scripted import Scripted, client_of, serving
from tests.conftest import EPOCH, Emulator
from tests.gateway import sent, trouble_of, workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime.fromisoformat(EPOCH)
DAY, MONTH = timedelta(days=1), timedelta(days=31)


async def test_the_machines_of_all_clusters_come_by_one_request(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    clusters = {
        each.name for each in (await computes.read(arm, place)).items if each.kind == "AmlCompute" and each.current_nodes is not None
    }
    before = len(fresh_emulator.calls())
    reading = await metrics.read_machines(arm, place.id, NOW - MONTH, NOW, "PT1H")
    assert len(fresh_emulator.calls()) == before + 1
    assert {each.cluster for each in reading.items} >= {"gpu-train", "gpu-idle"}
    assert {each.cluster for each in reading.items} <= clusters
    assert reading.incomplete == ""
    for each in reading.items:
        assert each.step == timedelta(hours=1)
        assert [series.name for series in each.series] == list(metrics.MACHINES)
        assert len(each.series[0].points) == 31 * 24


async def test_they_are_what_each_cluster_tells_by_itself(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    await computes.read(arm, place)  # the server's time is known from then on
    alone = {each.name: each for each in (await metrics.read(arm, f"{place.id}/computes/gpu-train", Range.WEEK)).items}
    end = arm.clock.now()
    together = await metrics.read_machines(arm, place.id, end - Range.WEEK.span, end, Range.WEEK.interval)
    (train,) = (each for each in together.items if each.cluster == "gpu-train")
    for series in train.series[:3]:
        assert [point.average for point in series.points] == [point.average for point in alone[series.name].points]


def times(label: str, *values: float) -> dict[str, Any]:
    data = [{"timeStamp": f"2026-11-02T0{hour}:00:00Z", "average": value} for hour, value in enumerate(values)]
    return {"metadatavalues": [{"name": {"value": "clustername"}, "value": label}], "data": data}


def metric(name: str, *series: Any) -> dict[str, Any]:
    return {"name": {"value": name}, "unit": "Count", "timeseries": series}


async def test_series_that_cannot_be_read_are_counted_and_missed(tmp_path: Path) -> None:
    told = [metric("Total Nodes", times("a", 1, 2), {"data": 5}, times("b", 3)), metric("Idle Nodes", times("b", 1), times("", 9))]
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(authority) as server:
        server.answer = lambda _path: Scripted(200, msgspec.json.encode({"value": told}))
        arm = client_of(server, tmp_path / "ca.pem")
        reading = await metrics.read_machines(arm, WorkspaceRef("s", "g", "w").id, NOW - DAY, NOW, "PT1H")
        server.answer = lambda _path: Scripted(200, b'{"value": [5]}')
        trouble = await trouble_of(metrics.read_machines(arm, WorkspaceRef("s", "g", "w").id, NOW - DAY, NOW, "PT1H"))
        await arm.transport.close()
    found = {each.cluster: {one.name: [point.average for point in one.points] for one in each.series} for each in reading.items}
    assert found == {"a": {"Total Nodes": [1, 2]}, "b": {"Total Nodes": [3], "Idle Nodes": [1]}}
    assert reading.incomplete == "1 series of metrics could not be read"
    assert trouble.kind is Kind.UNEXPECTED


async def test_only_changes_of_computes_are_kept_of_the_log(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(write=True), workspace(fresh_emulator)
    await computes.read(arm, place)
    target = f"{place.id}/computes/nb-grace"
    old = await activity_log.read_computes(arm, place.group_id, arm.clock.now() - 2 * activity_log.KEPT)
    assert all(segments(event.resource_id).get("computes") for event in old.items)
    await arm.send(computes.stop(target))
    fresh_emulator.control("POST", "clock", {"advance": 900})
    await arm.send(computes.start(target))
    fresh_emulator.control("POST", "clock", {"advance": 900})
    await computes.read(arm, place)
    before = len(sent(fresh_emulator, "GET", "/values"))
    new = await activity_log.read_computes(arm, place.group_id, NOW)
    assert len(sent(fresh_emulator, "GET", "/values")) == before + 1, "what is new is one page"
    stop, start = (each for each in changes(new.items) if each.compute_id.lower() == target.lower())
    assert (stop.change.deed, start.change.deed) == (Deed.STOP, Deed.START)
    assert stop.who and stop.request != start.request
    assert start.change.at == NOW + timedelta(seconds=900), "a start counts from when it was asked for"
    assert NOW < stop.change.at < NOW + timedelta(seconds=900), "a stop from when it had ended"


async def jobs(arm: ArmClient, emulator: Emulator) -> str:
    return await runs.data_plane(arm, await workspaces.read_one(arm, workspace(emulator)))


async def test_jobs_of_a_time_are_read_to_its_beginning_and_no_further(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, target = connect(), f"{workspace(fresh_emulator).id}/computes/gpu-train"
    base = await jobs(arm, fresh_emulator)
    every = (await runs.read_recent(arm, base, target, 5_000)).items
    before = len(sent(fresh_emulator, "GET", "/runs"))
    week = await runs.read_since(arm, base, target, NOW - 7 * DAY, 2_000)
    assert week.incomplete == ""
    assert week.items == tuple(run for run in every if run.created is not None and run.created >= NOW - 7 * DAY)
    assert len(sent(fresh_emulator, "GET", "/runs")) - before == len(week.items) // runs.PAGE_SIZE + 1
    cut = await runs.read_since(arm, base, target, NOW - 90 * DAY, 150)
    assert cut.incomplete == runs.OLDER and len(cut.items) == 200


def event(status: str, minute: int, operation: str = "start/action", **fields: Any) -> Event:
    name = f"Microsoft.MachineLearningServices/workspaces/computes/{operation}"
    fields = {"correlation_id": "c", "resource_id": "/x/computes/nb", **fields}
    return Event(id=f"{status}{minute}", at=NOW + timedelta(minutes=minute), operation=name, status=status, **fields)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([event("Started", 0), event("Accepted", 1), event("Succeeded", 3)], (Deed.START, 0)),
        ([event("Succeeded", 3), event("Started", 0, resource_id="/X/computes/NB", operation="START/ACTION")], (Deed.START, 0)),
        ([event("Started", 0, "stop/action"), event("Succeeded", 2, "stop/action")], (Deed.STOP, 2)),
        ([event("Started", 0), event("Accepted", 1)], (Deed.START, 0)),
        ([event("Started", 0)], None),
        ([event("Started", 0), event("Accepted", 1), event("Failed", 2)], None),
        ([event("Started", 0, "write"), event("Succeeded", 1, "write", sub_status="Created")], (Deed.CREATE, 0)),
        ([event("Started", 0, "write"), event("Succeeded", 1, "write", sub_status="OK")], None),
        ([event("Succeeded", 4, "delete")], (Deed.DELETE, 4)),
        ([event("Succeeded", 4, "listNodes/action")], None),
        ([Event(id="unreadable", fault="not JSON")], None),
    ],
)
async def test_the_stages_of_a_request_are_one_change(events: list[Event], told: tuple[Deed, int] | None) -> None:
    found = [(each.change.deed, (each.change.at - NOW) / timedelta(minutes=1)) for each in changes(events)]
    assert found == ([told] if told else [])


async def test_requests_stay_apart_and_in_order() -> None:
    made = changes(
        [event("Succeeded", 9), event("Succeeded", 1, "stop/action", correlation_id="d"), event("Succeeded", 4, correlation_id="e")]
    )
    assert [each.request for each in made] == ["d", "e", "c"]
