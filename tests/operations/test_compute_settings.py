"""Plans for settings of computes on the emulator: scale, idle shutdown, size and schedules, each done, undone, and never over others."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from console.azure import computes as requests
from console.domain.compute import IDLE_SHUTDOWN, SCALE, SCHEDULES, SIZE, Compute, Kind, VmSize
from console.domain.cost import PriceList
from console.domain.trouble import TroubleError
from console.operations import compute_schedules, idle_shutdown, resizing, scaling
from console.operations.compute_schedules import OFF, ON, REMOVE, Added
from console.operations.operation import Progress, StepRun, undo_of
from console.operations.plan import Concern, Plan
from console.operations.scaling import Scale
from tests.domain.test_compute import compute
from tests.gateway import until
from tests.operations.conftest import Bench

HOUR = timedelta(hours=1)
TWO_TO_FOUR = Scale(2, 4, timedelta(minutes=5))
NIGHT = Added("Stop", "0 20 * * *")


async def aspect(bench: Bench, name: str, which: str) -> str:
    return (await bench.read(bench.items[name].id)).aspect(which)


async def raw(bench: Bench, name: str) -> dict[str, Any]:
    """All that ARM tells of a compute."""
    found: dict[str, Any] = json.loads((await bench.arm.send(requests.get_request(bench.items[name].id))).body)
    return found


async def undone(bench: Bench) -> StepRun:
    """Take the newest operation back."""
    plan = undo_of(bench.runner.operations[-1])
    assert plan is not None
    return await bench.carry_out(plan)


def told(plan: Plan, concern: Concern) -> str:
    return "; ".join(effect.sentence for step in plan.steps for effect in step.effects if effect.concern is concern)


def scaled(wanted: Scale) -> Any:
    return lambda targets, prices: scaling.scale(targets, wanted, prices)


def idled(idle: timedelta) -> Any:
    return lambda targets, prices: idle_shutdown.set_idle(targets, idle, prices)


def resized(bench: Bench, size: str) -> Any:
    return lambda targets, prices: resizing.resize(targets, bench.price_lists["westeurope"][size.upper()], prices)


async def scheduled(bench: Bench, names: Sequence[str], kept: Mapping[int, str], added: Sequence[Added]) -> Plan:
    async def read(compute_id: str) -> bytes:
        return (await bench.arm.send(requests.get_request(compute_id))).body

    return await compute_schedules.schedule([bench.items[name] for name in names], kept, added, read, bench.price_lists)


# What applies to what


@pytest.mark.parametrize(
    ("can", "fields", "why"),
    [
        (scaling.can_scale, {"kind": Kind.CLUSTER, "max_nodes": 4}, ""),
        (scaling.can_scale, {"kind": Kind.CLUSTER}, "does not tell how"),
        (scaling.can_scale, {"kind": Kind.CLUSTER, "max_nodes": 4, "provisioning_state": "Deleting"}, "is Deleting"),
        (scaling.can_scale, {"kind": Kind.INSTANCE, "max_nodes": 4}, "only clusters"),
        (idle_shutdown.can_set, {"state": "Stopped"}, ""),
        (idle_shutdown.can_set, {"kind": Kind.CLUSTER}, "only instances"),
        (idle_shutdown.can_set, {"provisioning_state": "Failed"}, "is Failed"),
        (resizing.can_resize, {"state": "Stopped"}, ""),
        (resizing.can_resize, {"state": "Running"}, "is Running; it can be resized when Stopped"),
        (resizing.can_resize, {"kind": Kind.CLUSTER, "state": "Stopped"}, "only instances"),
        (compute_schedules.can_schedule, {"state": "Running"}, ""),
        (compute_schedules.can_schedule, {"kind": Kind.KUBERNETES}, "only instances"),
        (compute_schedules.can_schedule, {"provisioning_state": "Creating"}, "is Creating"),
    ],
)
def test_what_applies(can: Any, fields: dict[str, Any], why: str) -> None:
    found = can(compute(**fields))
    assert why in found and bool(found) is bool(why)


@pytest.mark.parametrize(
    ("text", "fine"),
    [("15m", True), ("3d", True), ("14m", False), ("3d1m", False), ("", False), ("0", False), ("soon", False), ("15m30s", False)],
)
def test_idle_times_that_azure_takes(text: str, fine: bool) -> None:
    assert (idle_shutdown.idle_fault(text) == "") is fine


# Scale


async def test_a_cluster_is_scaled_and_scaled_back(bench: Bench) -> None:
    before = await raw(bench, "gpu-idle")
    was = bench.items["gpu-idle"].aspect(SCALE)
    plan = bench.plan(scaled(TWO_TO_FOUR), "gpu-idle")
    run = await bench.carry_out(plan)
    assert run.progress is Progress.DONE
    assert bench.changes() == [("PATCH", "gpu-idle", 200)] or bench.changes() == [("PATCH", "gpu-idle", 202)]
    assert await aspect(bench, "gpu-idle", SCALE) == "2 to 4 nodes, down after 5 min idle"
    assert f"{was} → 2 to 4 nodes, down after 5 min idle" in told(plan, Concern.CHANGE)
    assert (await undone(bench)).progress is Progress.DONE
    after = await raw(bench, "gpu-idle")
    settings = ("scaleSettings", "vmSize", "vmPriority", "subnet", "osType")
    assert [after["properties"]["properties"].get(name) for name in settings] == [
        before["properties"]["properties"].get(name) for name in settings
    ]
    assert after.get("tags") == before.get("tags")


async def test_several_clusters_keep_what_is_not_asked_for(bench: Bench) -> None:
    names = [name for name, item in bench.items.items() if not scaling.can_scale(item)][:3]
    assert len(names) == 3
    plan = bench.plan(scaled(Scale(most=9)), *names)
    assert len(plan.steps) == 3 and plan.totals[0].concern is Concern.MONEY
    operation = await bench.to_the_end(bench.runner.run(plan))
    assert {run.progress for run in operation.runs} == {Progress.DONE}
    for name in names:
        item = bench.items[name]
        assert await aspect(bench, name, SCALE) == scaling.words(item, Scale(most=9))
        now = await bench.read(item.id)
        assert (now.min_nodes, now.max_nodes) == (item.min_nodes, 9)
    undo = undo_of(operation)
    assert undo is not None
    assert {run.progress for run in (await bench.to_the_end(bench.runner.run(undo))).runs} == {Progress.DONE}
    assert [await aspect(bench, name, SCALE) for name in names] == [bench.items[name].aspect(SCALE) for name in names]


async def test_a_cluster_that_somebody_scaled_meanwhile_is_left(bench: Bench) -> None:
    plan = bench.plan(scaled(TWO_TO_FOUR), "gpu-idle")
    await bench.arm.send(requests.scale(bench.items["gpu-idle"].id, 1, 3, "PT7M"))
    run = await bench.carry_out(plan)
    assert run.progress is Progress.STOPPED
    assert run.note.endswith("and is 1 to 3 nodes, down after 7 min idle now")
    assert len(bench.changes()) == 1, "only the other's"


async def test_scale_of_which_nothing_changes_makes_no_step(bench: Bench) -> None:
    item = bench.items["gpu-idle"]
    assert bench.plan(scaled(Scale(item.min_nodes, item.max_nodes)), "gpu-idle").steps == ()


def cluster(**fields: Any) -> Compute:
    given = {"kind": Kind.CLUSTER, "vm_size": "S", "location": "r", "min_nodes": 0, "max_nodes": 4, "idle_scale_down": "PT2M"}
    return compute(**{**given, **fields})


def test_scale_that_cannot_be_is_told() -> None:
    assert scaling.scale_fault([cluster()], Scale(least=5)) == "c would have at least 5 and at most 4"
    assert scaling.scale_fault([cluster()], Scale(5, 5)) == ""
    assert scaling.scale_fault([cluster(min_nodes=3)], Scale(most=2)) == "c would have at least 3 and at most 2"


def test_the_floor_of_a_cluster_is_told_or_unknown() -> None:
    sizes = {"S": next(iter(priced({"S": "2"}).values()))}
    prices = {"r": sizes}
    assert scaling.floor(cluster(), 0, {}) == 0
    assert scaling.floor(cluster(), 3, {}) is None
    assert scaling.floor(cluster(), 3, prices) == Decimal(6)
    assert "?" in told(scaling.scale([cluster()], Scale(1), {}), Concern.MONEY)
    assert "≈$2.00/h around the clock" in told(scaling.scale([cluster()], Scale(1), prices), Concern.MONEY)


def priced(sizes: Mapping[str, str]) -> PriceList:
    return {name: VmSize(name=name, dedicated=Decimal(price), cores=4, family="f") for name, price in sizes.items()}


# Idle shutdown


async def test_idle_shutdown_is_set_and_set_back_where_there_was_one(bench: Bench) -> None:
    assert await aspect(bench, "nb-ivan", IDLE_SHUTDOWN) == "after 1 h"
    run = await bench.carry_out(bench.plan(idled(timedelta(minutes=45)), "nb-ivan"))
    assert run.progress is Progress.DONE and await aspect(bench, "nb-ivan", IDLE_SHUTDOWN) == "after 45 min"
    assert (await undone(bench)).progress is Progress.DONE
    assert await aspect(bench, "nb-ivan", IDLE_SHUTDOWN) == "after 1 h"


async def test_idle_shutdown_where_there_was_none_stays_and_that_is_said_before(bench: Bench) -> None:
    assert await aspect(bench, "nb-noah", IDLE_SHUTDOWN) == "none"
    plan = bench.plan(idled(HOUR), "nb-noah", "nb-ivan")
    assert [step.target_name for step in plan.steps] == ["nb-noah"], "the other has it already"
    assert "undo leaves it" in plan.undo_note
    run = await bench.carry_out(plan)
    assert run.progress is Progress.DONE and await aspect(bench, "nb-noah", IDLE_SHUTDOWN) == "after 1 h"
    assert undo_of(bench.runner.operations[-1]) is None


async def test_undo_of_idle_shutdown_rests_on_what_it_set(bench: Bench) -> None:
    await bench.carry_out(bench.plan(idled(timedelta(minutes=45)), "nb-ivan"))
    await bench.arm.send(requests.idle_shutdown(bench.items["nb-ivan"].id, "PT99M"))
    run = await undone(bench)
    assert run.progress is Progress.STOPPED and "is after 1 h 39 min now" in run.note
    assert await aspect(bench, "nb-ivan", IDLE_SHUTDOWN) == "after 1 h 39 min"


# Size


async def test_a_stopped_instance_is_resized_and_back(bench: Bench) -> None:
    was = bench.items["nb-ulrich"].aspect(SIZE)
    plan = bench.plan(resized(bench, "Standard_DS3_v2"), "nb-ulrich")
    assert "Standard_DS3_v2" in told(plan, Concern.CHANGE) and "4 cores" in told(plan, Concern.CORES)
    run = await bench.carry_out(plan)
    assert run.progress is Progress.DONE and await aspect(bench, "nb-ulrich", SIZE) == "STANDARD_DS3_V2"
    assert (await undone(bench)).progress is Progress.DONE
    assert await aspect(bench, "nb-ulrich", SIZE) == was


async def test_an_instance_that_was_started_meanwhile_is_not_resized(bench: Bench) -> None:
    plan = bench.plan(resized(bench, "Standard_DS3_v2"), "nb-ulrich")
    await bench.arm.send(requests.start(bench.items["nb-ulrich"].id))
    await bench.advance()
    run = await bench.carry_out(plan)
    assert run.progress is Progress.FAILED and "Running" in run.note
    assert await aspect(bench, "nb-ulrich", SIZE) == bench.items["nb-ulrich"].aspect(SIZE)


@pytest.mark.parametrize(("size", "code"), [("Standard_NC24rs_v3", "AllocationFailed"), ("Standard_NC96ads_A100_v4", "CoreQuota")])
async def test_a_size_that_cannot_be_had_is_told(bench: Bench, size: str, code: str) -> None:
    run = await bench.carry_out(bench.plan(resized(bench, size), "nb-mei"))
    assert run.progress is Progress.FAILED
    assert run.trouble is not None and code in run.trouble.code
    assert await aspect(bench, "nb-mei", SIZE) == bench.items["nb-mei"].aspect(SIZE)


async def test_an_instance_of_that_size_makes_no_step(bench: Bench) -> None:
    assert bench.plan(resized(bench, bench.items["nb-mei"].vm_size), "nb-mei").steps == ()


# Schedules


async def test_schedules_are_added_switched_removed_and_put_back(bench: Bench) -> None:
    """Each of it changes the schedules alone; all else that the instance has stays."""

    def rest(body: dict[str, Any]) -> dict[str, Any]:
        body["properties"].pop("modifiedOn", None)
        body["properties"]["properties"].pop("schedules", None)
        body.pop("systemData", None)
        return body

    name = "nb-sofia"
    before = await raw(bench, name)
    (had,) = before["properties"]["properties"]["schedules"]["computeStartStop"]
    was = bench.items[name].aspect(SCHEDULES)
    untouched = rest(before)

    async def change(kept: Mapping[int, str], added: Sequence[Added]) -> str:
        run = await bench.carry_out(await scheduled(bench, [name], kept, added))
        assert run.progress is Progress.DONE, run.note
        assert rest(await raw(bench, name)) == untouched
        return await aspect(bench, name, SCHEDULES)

    off = await change({0: OFF}, [])
    assert off == was.replace("Enabled", "Disabled")
    assert (await undone(bench)).progress is Progress.DONE and await aspect(bench, name, SCHEDULES) == was
    both = await change({0: ON}, [NIGHT])
    assert both == f"{was}; Stop cron 0 20 * * * UTC, Enabled"
    kept = (await raw(bench, name))["properties"]["properties"]["schedules"]["computeStartStop"][0]
    assert kept["id"] == had["id"]
    assert (await undone(bench)).progress is Progress.DONE and await aspect(bench, name, SCHEDULES) == was
    assert await change({0: REMOVE}, []) == "none"
    assert (await undone(bench)).progress is Progress.DONE and await aspect(bench, name, SCHEDULES) == was
    assert rest(await raw(bench, name)) == untouched


async def test_four_schedules_at_most(bench: Bench) -> None:
    plan = await scheduled(bench, ["nb-sofia"], {}, [NIGHT, Added("Start", "0 7 * * *"), Added("Stop", "0 12 * * *")])
    assert len(plan.steps) == 1
    with pytest.raises(ValueError, match="nb-sofia would have 5 schedules; Azure takes 4"):
        await scheduled(bench, ["nb-sofia"], {}, [NIGHT] * 4)


async def test_schedules_that_do_not_change_make_no_step(bench: Bench) -> None:
    assert (await scheduled(bench, ["nb-sofia", "nb-ivan"], {0: ON}, [])).steps == ()


async def test_schedules_that_changed_since_they_were_shown_are_not_taken_for_others(bench: Bench) -> None:
    """A place in the list that a person saw means nothing in another list."""
    await bench.carry_out(await scheduled(bench, ["nb-sofia"], {0: REMOVE}, [NIGHT]))
    with pytest.raises(ValueError, match="nb-sofia has other schedules by now"):
        await scheduled(bench, ["nb-sofia"], {0: REMOVE}, [])


async def test_schedules_that_somebody_changed_under_the_plan_are_not_overwritten(bench: Bench) -> None:
    first, second = [await scheduled(bench, ["nb-ivan"], {}, [Added("Stop", f"{minute} 20 * * *")]) for minute in (1, 2)]
    assert (await bench.carry_out(first)).progress is Progress.DONE
    run = await bench.carry_out(second)
    assert run.progress is Progress.STOPPED and run.note.startswith("not sent: it was modified 2026-")
    assert await aspect(bench, "nb-ivan", SCHEDULES) == "Stop cron 1 20 * * * UTC, Enabled"


async def test_what_somebody_else_changed_is_not_put_back_with_the_schedules(bench: Bench) -> None:
    """A schedule's request sends all of the instance: a change of anything else meanwhile stops it."""
    plan = await scheduled(bench, ["nb-ivan"], {}, [NIGHT])
    tags = (await bench.read(bench.items["nb-ivan"].id)).tags
    raw = json.loads((await bench.arm.send(requests.get_request(bench.items["nb-ivan"].id))).body)
    raw["tags"] = {**tags, "team": "somebody-else"}
    await bench.advance(60)
    await bench.arm.send(requests.put(bench.items["nb-ivan"].id, raw))
    assert (await bench.carry_out(plan)).progress is Progress.STOPPED
    assert (await bench.read(bench.items["nb-ivan"].id)).tags["team"] == "somebody-else"


async def test_an_answer_that_is_no_json_is_told(bench: Bench) -> None:
    bench.strike("malformed", "GET .*/computes/nb-ivan$")
    with pytest.raises(TroubleError, match="could not be read"):
        await scheduled(bench, ["nb-ivan"], {}, [NIGHT])


async def test_a_stop_that_is_added_to_several(bench: Bench) -> None:
    plan = await scheduled(bench, ["nb-ivan", "nb-noah", "nb-grace"], {}, [NIGHT])
    operation = await bench.to_the_end(bench.runner.run(plan))
    assert {run.progress for run in operation.runs} == {Progress.DONE}
    assert {await aspect(bench, name, SCHEDULES) for name in ("nb-ivan", "nb-noah", "nb-grace")} == {"Stop cron 0 20 * * * UTC, Enabled"}
    assert "ends with each stop" in told(plan, Concern.MONEY)


# After a crash


@pytest.mark.parametrize(
    ("when", "sent", "progress"), [("intended", 0, Progress.STOPPED), ("sent", 1, Progress.DONE), ("accepted", 1, Progress.DONE)]
)
@pytest.mark.parametrize(
    ("name", "what", "wanted"), [("gpu-idle", SCALE, "1 to 3 nodes, down after 5 min idle"), ("nb-new", "", "Running")]
)
async def test_the_fate_of_a_setting_and_of_a_creation_is_found_after_a_crash(
    bench: Bench, name: str, what: str, wanted: str, when: str, sent: int, progress: Progress
) -> None:
    target = bench.items["gpu-idle"].id.rpartition("/")[0] + f"/{name}"
    wish = {"ready": bench.emulator.ready, "folder": str(bench.journal.folder), "compute_id": target, "when": when}
    wish["verb"] = "scale" if what else "create"
    command = [sys.executable, "-m", "tests.operations.killed"]
    done = await asyncio.to_thread(subprocess.run, command, input=json.dumps(wish), text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (left,) = bench.journal.unfinished()
    operation = bench.runner.adopt(left)
    if sent:
        await bench.to_the_end(operation)
    await until(lambda: operation.ended)
    (run,) = operation.runs
    assert run.progress is progress, run.note
    assert len(bench.changes()) == sent, "looking is not sending"
    assert bench.journal.unfinished() == ()
    if sent:
        assert (await bench.read(target)).aspect(what) == wanted
