"""When instances ran before the epoch: fits their jobs, their state, and what the activity log tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from console.emulator import activity_past
from console.emulator.estate import Compute, Stay
from console.emulator.history import past_runs
from console.emulator.instance_past import past_stays
from console.emulator.server import route_table
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, subscription_of


def instances(world: World) -> list[Compute]:
    return [one for one in world.estate.computes.values() if one.kind == "ComputeInstance"]


def named(world: World, name: str) -> Compute:
    return next(one for one in world.estate.computes.values() if one.name == name)


def test_every_instance_was_up_while_its_jobs_ran(world: World) -> None:
    epoch = world.estate.epoch
    checked = 0
    for compute in instances(world):
        for run in past_runs(world.estate, compute):
            assert run.started is not None and run.ended is not None
            around = [one for one in past_stays(world.estate, compute) if one.start <= run.ended and (one.end or epoch) >= run.started]
            up = sum((min(one.end or epoch, run.ended) - max(one.start, run.started) for one in around), timedelta(0))
            # Where it was started for the last time while a job of the made-up past ran, some minutes are missing.
            assert run.ended - run.started - up <= timedelta(minutes=20), (compute.name, run)
            checked += 1
    assert checked > 1000


def test_stays_follow_one_another_and_end_in_the_state_of_the_epoch(world: World) -> None:
    for compute in instances(world):
        stays = past_stays(world.estate, compute)
        if compute.state == "CreateFailed":
            assert stays == ()
            continue
        assert stays[0].start >= compute.created_at
        for one, other in pairwise(stays):
            assert one.end is not None and one.start < one.end < other.start
        assert (stays[-1].end is None) == (compute.state != "Stopped")
        if compute.state == "Stopped":
            assert stays[-1].end == compute.state_since


def test_only_what_has_an_idle_shutdown_or_a_schedule_is_stopped_by_it(world: World) -> None:
    causes = {compute.name: {stay.stopped_by for stay in past_stays(world.estate, compute)[:-1]} for compute in instances(world)}
    assert causes["nb-ivan"] == {"User", "IdleShutdown"}
    assert causes["nb-sofia"] <= {"User", "Schedule"}
    assert causes["nb-noah"] == causes["nb-grace"] == {"User"}
    without = [one for one in instances(world) if one.properties.get("idleTimeBeforeShutdown") is None]
    assert not [one.name for one in without if "IdleShutdown" in causes[one.name]]


def test_the_log_has_what_people_did_and_nothing_else(world: World) -> None:
    compute = named(world, "nb-ivan")
    told = [deed for deed in activity_past.past_of(world.estate)() if deed.resource == compute.id]
    starts = [deed.moment for deed in told if deed.action.endswith("start/action")]
    stops = [deed.ended for deed in told if deed.action.endswith("stop/action")]
    oldest = world.estate.epoch - timedelta(days=activity_past.KEPT_DAYS)

    def kept(stay: Stay) -> bool:
        return stay.start > oldest

    assert starts == [stay.start for stay in past_stays(world.estate, compute) if kept(stay) and not stay.made]
    people = [stay.end for stay in past_stays(world.estate, compute) if stay.stopped_by == "User" and stay.end is not None and kept(stay)]
    assert [moment + timedelta(seconds=120) for moment in stops if moment is not None] == people
    assert {deed.object_id for deed in told} == {compute.created_by}


def test_a_copy_has_its_last_stay_only(world: World) -> None:
    many = build_world(Options(seed=7, scale=2, speed=0, epoch=world.estate.epoch), BASE)
    copies = [one for one in instances(many) if one.copied]
    assert {len(past_stays(many.estate, one)) for one in copies} <= {0, 1} and len(copies) == len(instances(world))
    assert all(len(past_stays(many.estate, one)) > 1 for one in instances(many) if one.name in ("nb-ivan", "nb-noah"))


@pytest.mark.parametrize("moment", ["2026-03-01T00:00:00+00:00", "2026-12-24T23:59:00+00:00"])
def test_it_fits_whenever_the_story_begins(moment: str) -> None:
    other = build_world(Options(seed=11, scale=1, speed=0, epoch=datetime.fromisoformat(moment)), BASE)
    test_every_instance_was_up_while_its_jobs_ran(other)
    test_stays_follow_one_another_and_end_in_the_state_of_the_epoch(other)


def test_the_past_stays_the_same_whenever_somebody_asks(world: World) -> None:
    late = build_world(Options(seed=7, scale=1, speed=0, epoch=world.estate.epoch), BASE)
    table = route_table()
    for name in ("nb-ivan", "nb-sofia"):
        compute, version = named(late, name), "api-version=2024-10-01-preview"
        idle = {"idleTimeBeforeShutdown": "PT15M"}
        assert ask(late, f"{compute.id}/updateIdleShutdownSetting?{version}", method="POST", table=table, body=idle).status == 200
        verb = "start" if compute.state == "Stopped" else "stop"
        assert ask(late, f"{compute.id}/{verb}?{version}", method="POST", table=table).status == 202
    late.clock.advance(7200)
    for compute in instances(late):
        assert past_stays(late.estate, compute) == past_stays(world.estate, named(world, compute.name)), compute.name
    theirs, ours = (activity_past.past_of(world.estate)(), late.activity.of(subscription_of(late)))
    told = {deed.correlation_id for deed in theirs if deed.subscription_id == subscription_of(late)}
    assert told and {deed.correlation_id for deed in ours if deed.number < 0} == told
