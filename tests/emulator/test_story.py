"""The story: who and what there is at the epoch, that it can be told again, and that it moves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from console.emulator import directory, story
from console.emulator.autoscaler import counts
from console.emulator.clock import Clock
from console.emulator.compute_requests import KINDS, NAME
from console.emulator.estate import Compute, Estate
from console.emulator.history import node_counts, past_runs, runs_on
from console.emulator.schedules import next_cron, next_recurrence
from console.emulator.sizes import find

EPOCH = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def tell(seed: int = 7, scale: int = 1) -> tuple[Estate, Clock]:
    clock = Clock(EPOCH, 0)
    return story.build(seed, scale, EPOCH, clock), clock


def named(estate: Estate, name: str) -> Compute:
    return next(one for one in estate.computes.values() if one.name == name)


def test_the_company_has_its_size() -> None:
    estate, _ = tell()
    assert [one.name for one in estate.subscriptions.values()] == ["contoso-prod", "contoso-dev", "contoso-research"]
    assert len(estate.workspaces) == 12
    assert len(estate.people) == 40
    main = next(iter(estate.workspaces.values()))
    assert (main.name, main.resource_group) == ("fraud-prod", "ml-prod-rg")
    assert main.tags == {"project": "fraud", "environment": "prod", "team": "risk", "costcenter": "CC-4100"}


def test_every_kind_of_compute_is_somewhere() -> None:
    estate, _ = tell()
    assert {one.kind for one in estate.computes.values()} == KINDS


@pytest.mark.parametrize("scale", [1, 3])
def test_names_follow_azure_s_rules_and_are_taken_once(scale: int) -> None:
    estate, _ = tell(scale=scale)
    assert [one.name for one in estate.computes.values() if not NAME.fullmatch(one.name)] == []
    places = [(one.location, one.name.lower()) for one in estate.computes.values()]
    assert len(places) == len(set(places))
    assert all(re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}", one.name) for one in estate.workspaces.values())


def test_every_vm_size_in_use_is_known() -> None:
    estate, _ = tell()
    sizes = {one.properties["vmSize"] for one in estate.computes.values() if "vmSize" in one.properties}
    assert {size for size in sizes if find(size) is None} == set()
    assert all(size == size.upper() for size in sizes)


def test_keys_are_lower_case_ids() -> None:
    estate, _ = tell()
    for records in (estate.workspaces, estate.computes, estate.resource_groups, estate.role_assignments):
        assert all(key == record.id.lower() for key, record in records.items())  # type: ignore[attr-defined]
    assert {one.workspace_id for one in estate.computes.values()} <= set(estate.workspaces)


def test_scale_multiplies_computes_and_people() -> None:
    one, _ = tell()
    three, _ = tell(scale=3)
    assert len(three.computes) == 3 * len(one.computes)
    assert len(three.people) == 3 * len(one.people)
    assert len(three.workspaces) == len(one.workspaces)


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="scale"):
        tell(scale=0)


def what_there_is(estate: Estate) -> list[object]:
    computes = [
        (
            one.id,
            one.provisioning_state,
            one.state,
            one.allocation_state,
            one.target_nodes,
            [(n.node_id, n.state, n.run_id) for n in one.nodes],
        )
        for one in estate.computes.values()
    ]
    runs = [(run.id, run.status, run.started, run.ended) for run in estate.runs.values()]
    return [estate.tenant_id, computes, runs, sorted(estate.role_assignments), sorted(estate.people)]


def test_the_same_seed_tells_the_same_story_however_time_is_sliced() -> None:
    first, one_step = tell()
    second, many_steps = tell()
    one_step.advance(6 * 3600)
    for _ in range(6 * 60):
        many_steps.advance(60)
    assert what_there_is(first) == what_there_is(second)


def test_another_seed_tells_another() -> None:
    assert tell(7)[0].tenant_id != tell(8)[0].tenant_id


def test_grace_s_instance_defeats_its_idle_shutdown() -> None:
    estate, clock = tell()
    grace = named(estate, "nb-grace")
    assert grace.properties["idleTimeBeforeShutdown"] == "PT30M"
    assert grace.state_since == EPOCH - timedelta(days=23)
    assert estate.people[grace.properties["personalComputeInstanceSettings"]["assignedUser"]["objectId"]].display_name == "Grace Okafor"
    last = runs_on(estate, grace)[0]
    assert last.ended is not None and timedelta(days=9) < EPOCH - last.ended < timedelta(days=14)
    clock.advance(5 * 86400)
    assert grace.state == "Running"


def test_an_instance_that_falls_idle_stops_by_itself() -> None:
    estate, clock = tell()
    ivan = named(estate, "nb-ivan")
    clock.advance(94 * 60)
    assert ivan.state == "Running"
    clock.advance(60)
    assert (ivan.state, ivan.provisioning_state) == ("Stopping", "Succeeded")
    assert ivan.last_operation is not None and ivan.last_operation.trigger == "IdleShutdown"
    clock.advance(120)
    assert (ivan.state, ivan.last_operation.status) == ("Stopped", "Succeeded")


def test_idle_gpus_stand_at_their_minimum_and_have_no_job() -> None:
    estate, clock = tell()
    idle = named(estate, "gpu-idle")
    for _ in range(2):
        assert counts(idle) == (2, 0, 0, 0, 0, 0)
        assert all(EPOCH - (run.ended or EPOCH) > timedelta(days=14) for run in runs_on(estate, idle))
        clock.advance(86400)


def test_jobs_come_and_go_on_the_busy_cluster() -> None:
    estate, clock = tell()
    train = named(estate, "gpu-train")
    running = {node.run_id for node in train.nodes if node.run_id}
    assert len(running) == 3
    statuses, states = set(), set()
    for _ in range(90):
        clock.advance(120)
        statuses |= {run.status for run in estate.runs.values() if run.compute == train.id.lower()}
        states |= {node.state for node in train.nodes}
        held = [node.run_id for node in train.nodes if node.state == "running"]
        for run_id in set(held):
            assert run_id is not None and estate.runs[run_id].nodes == held.count(run_id)
        assert sum(node.state not in ("leaving", "preempted") for node in train.nodes) <= 8
    assert {"Queued", "Running", "Completed"} <= statuses
    assert {"preparing", "running", "idle", "leaving"} <= states


def test_trouble_is_there_to_be_found() -> None:
    estate, clock = tell()
    assert named(estate, "nb-audit").state == "CreateFailed"
    assert named(estate, "nb-audit").errors
    assert named(estate, "gpu-a100-new").provisioning_state == "Failed"
    assert named(estate, "gpu-a100-new").errors[0]["error"]["code"] == "ClusterMinNodesExceedCoreQuota"
    assert [node.state for node in named(estate, "etl-nightly").nodes].count("unusable") == 2
    assert [node.state for node in named(estate, "cpu-lowpri").nodes].count("preempted") == 3
    stuck = named(estate, "gpu-resize")
    clock.advance(86400)
    assert (stuck.allocation_state, stuck.target_nodes, len(stuck.nodes)) == ("Resizing", 4, 1)
    holders = [one.principal_id for one in estate.role_assignments.values()]
    assert [one in directory.some(estate, holders) for one in holders].count(False) == 1


def test_the_past_is_consistent_with_itself() -> None:
    estate, _ = tell()
    for compute in estate.computes.values():
        runs = past_runs(estate, compute)
        assert runs is past_runs(estate, compute)
        for run in runs:
            assert run.started is not None and run.ended is not None
            assert run.created <= run.started < run.ended < EPOCH
            assert run.created > compute.created_at and EPOCH - run.created < timedelta(days=93)
        if compute.kind == "AmlCompute" and compute.allocation_state is not None:
            points = node_counts(estate, compute)
            assert [moment for moment, _ in points] == sorted(moment for moment, _ in points)
            most = compute.properties["scaleSettings"]["maxNodeCount"]
            assert max(sum(states[:2]) for _, states in points) <= most


def test_the_cost_spike_has_its_cause_eleven_days_ago() -> None:
    estate, _ = tell()
    cluster = named(estate, "gpu-a100")
    spike = EPOCH - timedelta(days=11) + timedelta(hours=5)
    before = [states for moment, states in node_counts(estate, cluster) if moment <= spike]
    assert before[-1][1] == 4


def test_a_schedule_stops_its_instance_in_the_evening_of_week_days() -> None:
    estate, clock = tell()
    sofia = named(estate, "nb-sofia")
    sofia.state, sofia.state_since = "Running", EPOCH
    clock.advance(11 * 3600 - 1)
    assert sofia.state == "Running"
    clock.advance(300)
    assert sofia.state == "Stopped"
    assert sofia.last_operation is not None and sofia.last_operation.trigger == "Schedule"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 19 * * 1-5", datetime(2026, 11, 2, 19, 0, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 11, 2, 8, 15, tzinfo=UTC)),
        ("0 8 * * *", datetime(2026, 11, 3, 8, 0, tzinfo=UTC)),
        ("30 6 * * 0", datetime(2026, 11, 8, 6, 30, tzinfo=UTC)),
        ("30 6 * * 7", datetime(2026, 11, 8, 6, 30, tzinfo=UTC)),
        ("0 0 1 1,3 *", datetime(2027, 1, 1, tzinfo=UTC)),
        ("0 0 31 2 *", None),
    ],
)
def test_cron(expression: str, expected: datetime | None) -> None:
    assert next_cron(expression, EPOCH) == expected


@pytest.mark.parametrize("expression", ["", "* * * *", "61 * * * *", "a * * * *", "5-1 * * * *"])
def test_bad_cron_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        next_cron(expression, EPOCH)


def test_recurrence() -> None:
    weekly = {"frequency": "Week", "schedule": {"hours": [7], "minutes": [30], "weekDays": ["Wednesday", "Friday"]}}
    assert next_recurrence(weekly, EPOCH) == datetime(2026, 11, 4, 7, 30, tzinfo=UTC)
    assert next_recurrence({"frequency": "Year"}, EPOCH) is None
