"""Which question a compute's state raises, what is concluded, and that nothing is concluded from what was not read."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.activity import Event
from console.domain.compute import Compute, Kind, LastOperation, NodeCounts, Run, Schedule, Setup, VmSize
from console.domain.findings.finding import Source
from console.domain.findings.subject import Subject
from console.domain.reasons.answer import Answer, Mark, Rights, Situation
from console.domain.reasons.questions import answer
from console.domain.reasons.saving import savings
from tests.domain.test_compute import NOON, SWAGGER_STATES, compute
from tests.properties import steady

SIZES = {
    "STANDARD_DS3_V2": VmSize(name="Standard_DS3_v2", cores=4, dedicated=Decimal("0.30"), low_priority=Decimal("0.06")),
}
EVENING = Schedule("Stop", "cron 0 19 * * 1-5", "UTC", "Enabled", "Completed")


def ago(days: float = 0, hours: float = 0) -> datetime:
    return NOON - timedelta(days=days, hours=hours)


def instance(state: str = "Running", up_days: float = 0.2, **fields: Any) -> Compute:
    name = {"Stopped": "Stop"}.get(state, "Start")
    given: dict[str, Any] = {"idle_shutdown": "PT30M", "last_operation": LastOperation(name, "Succeeded", "User", ago(up_days))}
    given |= {"created_on": ago(400), "vm_size": "Standard_DS3_v2", "setup": Setup(ssh="Disabled", image_current=True)}
    return compute(**{"provisioning_state": "Succeeded", "state": state, **given, **fields})


def cluster(idle: int = 0, **fields: Any) -> Compute:
    counts = {name: fields.pop(name) for name in ("running", "preparing", "unusable", "leaving") if name in fields}
    given: dict[str, Any] = {"min_nodes": 0, "max_nodes": 4, "idle_scale_down": "PT2M", "vm_size": "Standard_DS3_v2"}
    given |= {"provisioning_state": "Succeeded", "allocation_state": "Steady", "allocation_since": ago(5)}
    return compute(Kind.CLUSTER, **{**given, "nodes": NodeCounts(idle=idle, **counts), **fields})


def job(days_ago: float = 9, status: str = "Completed", *, started: bool = True) -> Run:
    over = status == "Completed"
    return Run(
        id="brave_fox",
        status=status,
        user="Grace Okafor",
        created=ago(days_ago, 2),
        started=ago(days_ago, 1) if started else None,
        ended=ago(days_ago) if over else None,
    )


def event(action: str, status: str = "Succeeded", *, message: str = "", days_ago: float = 1) -> Event:
    operation = f"Microsoft.MachineLearningServices/workspaces/computes/{action}/action"
    return Event(id=f"{action}{days_ago}", operation=operation, status=status, who="grace@contoso.com", at=ago(days_ago), message=message)


def situation(item: Compute, *, run: Run | None = None, runs: Any = (), **known: Any) -> Situation:
    """Everything read, nothing found, unless told otherwise; `run` is the only job."""
    runs = (run,) if run is not None else runs
    last = runs[0] if runs else None
    known = {"events": (), **known}
    return Situation(Subject(item, NOON, SIZES, last, runs is not None), runs, **known)


def asked(item: Compute, **known: Any) -> Answer:
    found = answer(situation(item, **known))
    assert found is not None
    return found


def marks(found: Answer, words: str) -> set[Mark]:
    return {check.mark for check in found.checks if words in check.sentence}


WITH_IDENTITY = {"identities": ("0b1c",)}


@pytest.mark.parametrize(
    ("item", "known", "conclusion", "checked"),
    [
        # Running, and why it was not shut down.
        (instance(up_days=23), {"run": job()}, "never came in 23 d: no job explains it", {"A job: the last": Mark.RULED_OUT}),
        (instance(up_days=23), {"run": job(0, "Running")}, "never came in 23 d: a job runs on it", {"counts as use": Mark.CAUSE}),
        (instance(up_days=23), {"runs": None}, "never came in 23 d", {"Whether a job runs": Mark.UNREAD}),
        (
            instance(up_days=23, setup=Setup(applications=("rstudio",))),
            {},
            "most likely its custom application (rstudio)",
            {"rstudio": Mark.POSSIBLE},
        ),
        (
            instance(up_days=23, **WITH_IDENTITY),
            {"rights": Rights()},
            "its managed identity may not stop it",
            {"managed identity": Mark.CAUSE},
        ),
        (
            instance(up_days=23, **WITH_IDENTITY),
            {"rights": Rights(("Contributor",), True)},
            "something left open",
            {"managed identity": Mark.RULED_OUT},
        ),
        (
            instance(up_days=23, **WITH_IDENTITY),
            {"rights": Rights(("Reader",))},
            "something left open",
            {"managed identity": Mark.POSSIBLE},
        ),
        (instance(up_days=23, **WITH_IDENTITY), {}, "something left open", {"managed identity": Mark.UNREAD}),
        (instance(), {"run": job(0, "Running")}, "A job runs on it: brave_fox of Grace Okafor.", {}),
        (instance("JobRunning"), {}, "A job runs on it, says its state.", {}),
        (instance(), {}, "used it within the last 30 min", {"No stop schedule": Mark.FACT}),
        (instance(up_days=0.01), {}, "used it within the last 30 min", {"has not been up for that long": Mark.FACT}),
        (instance(idle_shutdown=""), {}, "Nothing is set up to stop it", {"No idle": Mark.CAUSE, "No stop": Mark.CAUSE}),
        (instance(idle_shutdown="", schedules=(EVENING,)), {}, "until its next scheduled stop (cron 0 19 * * 1-5 UTC)", {}),
        (instance(idle_shutdown="", up_days=9, schedules=(EVENING,)), {}, "did not stop it in 9 d", {"over a week": Mark.CAUSE}),
        (
            instance(idle_shutdown="", schedules=(Schedule("Stop", "cron 0 19 * * *", "UTC", "Disabled", "Completed"),)),
            {},
            "Nothing is set up to stop it",
            {"it is Disabled": Mark.CAUSE},
        ),
        (
            instance(idle_shutdown="", schedules=(Schedule("Stop", "cron 0 19 * * *", "UTC", "Enabled", "Failed"),)),
            {},
            "Nothing is set up to stop it",
            {"could not be set up": Mark.CAUSE},
        ),
        (instance(idle_shutdown="", schedules=(Schedule("Start", "cron 0 7 * * *", "UTC", "Enabled"),)), {}, "Nothing is set up", {}),
        (instance(idle_shutdown="PT5M"), {}, "", {"outside of the 15 minutes": Mark.CAUSE}),
        (
            instance(),
            {"events": (event("stop", "Failed", message="StopCompute is not allowed when ComputeInstance disk is full"),)},
            "",
            {"Free space on it": Mark.CAUSE},
        ),
        (instance(), {"events": (event("updateIdleShutdownSetting"),)}, "", {"starts the idle clock anew": Mark.FACT}),
        (instance(), {"events": None}, "", {"Whether a stop was asked for": Mark.UNREAD}),
        (instance(last_operation=None), {}, "", {"Since when it is up is not told": Mark.FACT}),
        (instance(), {"events": (event("start", days_ago=0.2),)}, "", {"by grace@contoso.com": Mark.FACT}),
        # Stopped, and would it start.
        (
            instance("Stopped", 2),
            {"events": (event("stop"),)},
            "A user (grace@contoso.com) stopped it 2 d ago. Nothing that can be seen from here",
            {"it holds its cores": Mark.RULED_OUT, "Your permission": Mark.RULED_OUT},
        ),
        (instance("Stopped", 2, release_quota_on_stop=True), {}, "", {"others may hold them": Mark.POSSIBLE}),
        (
            instance("Stopped", 2, last_operation=LastOperation("Stop", "Succeeded", "IdleShutdown", ago(2))),
            {},
            "Its idle shutdown stopped it 2 d ago",
            {},
        ),
        (
            instance("Stopped", 2),
            {"refusal": "the console is read-only"},
            "in the way of a start: You may not start it now: the console is read-only.",
            {"You may not start": Mark.CAUSE},
        ),
        (
            instance("Stopped", 2),
            {"events": (event("start", "Failed", message="AllocationFailed: no machines."), event("start", days_ago=8))},
            "The last start, by grace@contoso.com, failed: AllocationFailed: no machines.",
            {"AllocationFailed": Mark.CAUSE},
        ),
        (
            instance("Stopped", 2),
            {"events": (event("start"), event("start", "Failed", message="AllocationFailed", days_ago=8))},
            "Nothing that can be seen",
            {"An earlier start that failed": Mark.RULED_OUT},
        ),
        # Failed, on its way.
        (
            instance("CreateFailed", errors=("UserError: no address.",)),
            {},
            "Azure says: UserError: no address.",
            {"no address": Mark.CAUSE},
        ),
        (instance("SetupFailed"), {}, "Azure gives no reason with it.", {}),
        (instance("Stopping", last_operation=LastOperation("Stop", "InProgress", "User", ago(0, 2))), {}, "Stopping for 2 h", {}),
        # Clusters.
        (cluster(2, min_nodes=2), {"run": job()}, "Its minimum is 2: 2 idle nodes stay whatever", {"Min nodes 2": Mark.CAUSE}),
        (
            cluster(2),
            {"run": job()},
            "2 idle nodes should be gone by now",
            {"passed long since": Mark.POSSIBLE, "Min nodes: it is 0": Mark.RULED_OUT},
        ),
        (cluster(2), {"run": job(0)}, "Idle nodes go by themselves", {}),
        (cluster(running=2), {"run": job(0, "Running")}, "It works: 2 running.", {"1 job at work": Mark.CAUSE}),
        (
            cluster(running=4, current_nodes=4),
            {"runs": (job(0, "Queued", started=False),)},
            "1 job waits: all 4 nodes",
            {"Its maximum": Mark.CAUSE},
        ),
        (
            cluster(running=1, current_nodes=1),
            {"runs": (job(0, "Queued", started=False), job(0, "Running"))},
            "1 job waits although it may have more",
            {"Its maximum": Mark.RULED_OUT, "1 job waiting": Mark.FACT},
        ),
        (cluster(unusable=2), {}, "2 nodes cannot be used", {}),
        (cluster(), {"run": job()}, "It has no nodes and costs nothing", {"A job: the last": Mark.RULED_OUT}),
        (cluster(), {"runs": None}, "It has no nodes and costs nothing", {"Which jobs run": Mark.UNREAD}),
        (
            cluster(1, allocation_state="Resizing", allocation_since=ago(0, 7), current_nodes=1, target_nodes=4),
            {},
            "Resizing for 7 h with 1 of 4 nodes: Azure gives it no nodes",
            {"Resizing: 1 of 4": Mark.CAUSE},
        ),
        (
            cluster(1, allocation_state="Resizing", allocation_since=ago(0, 0.05), current_nodes=1, target_nodes=4),
            {},
            "That takes some minutes.",
            {"Resizing: 1 of 4": Mark.FACT},
        ),
        (cluster(provisioning_state="Failed", nodes=None, errors=("NoQuota: 0 cores.",)), {}, "Azure says: NoQuota: 0 cores.", {}),
        (cluster(nodes=None), {}, "Azure tells no nodes of it.", {}),
        (compute(Kind.KUBERNETES, provisioning_state="Succeeded"), {}, "As far as the workspace knows it is Succeeded.", {}),
    ],
)
def test_what_is_concluded_and_checked(item: Compute, known: dict[str, Any], conclusion: str, checked: dict[str, Mark]) -> None:
    found = asked(item, **known)
    assert conclusion in found.conclusion
    assert found.question.endswith("?")
    for words, mark in checked.items():
        assert marks(found, words) == {mark}, [str(check.sentence) for check in found.checks]


@pytest.mark.parametrize(
    ("item", "question"),
    [
        (instance(), "Why is it still running?"),
        (instance("Stopped"), "Why is it stopped, and would it start?"),
        (instance("Stopping"), "Why is it still Stopping?"),
        (instance("Unusable"), "Why did it fail?"),
        (instance("", provisioning_state="Failed"), "Why did it fail?"),
        (cluster(1), "Why do idle nodes stay?"),
        (cluster(running=1), "Why is it running?"),
        (cluster(unusable=1, running=1), "Why does it have unusable nodes?"),
        (cluster(allocation_state="Resizing", allocation_since=ago(0, 2)), "Why does it not get its nodes?"),
        (cluster(allocation_state="Resizing", allocation_since=ago()), "Why is it resizing?"),
        (cluster(), "Why has it no nodes?"),
    ],
)
def test_each_state_raises_its_question(item: Compute, question: str) -> None:
    assert asked(item).question == question


def test_what_cannot_be_read_raises_none() -> None:
    assert answer(situation(compute(Kind.UNREADABLE, fault="it broke"))) is None


def test_what_nobody_can_see_is_told_and_what_is_ruled_out_is_not() -> None:
    told = " ".join(asked(instance(up_days=23)).unseen)
    assert "Jupyter" in told and "VS Code" in told and "SSH" not in told and "identity" not in told and "application" not in told
    more = " ".join(asked(instance(up_days=23, setup=Setup(applications=("rstudio",), ssh="Enabled"), **WITH_IDENTITY)).unseen)
    assert "SSH" in more and "identity" in more and "application" in more
    assert "identity" not in " ".join(asked(instance(up_days=23, **WITH_IDENTITY), rights=Rights()).unseen)


@steady
@given(
    state=st.sampled_from([*sorted(SWAGGER_STATES), "Quiescing", ""]),
    provisioning=st.sampled_from(["Succeeded", "Failed", "Creating", ""]),
    idle=st.sampled_from(["", "PT30M", "PT5M", "garbage"]),
    up=st.floats(0, 60),
    read=st.booleans(),
    schedules=st.sampled_from([(), (EVENING,), (Schedule(),)]),
)
def test_every_instance_gets_an_answer_and_nothing_read_no_claim(
    state: str, provisioning: str, idle: str, up: float, read: bool, schedules: tuple[Schedule, ...]
) -> None:
    item = instance(state, up, idle_shutdown=idle, provisioning_state=provisioning, schedules=schedules)
    found = asked(item, runs=() if read else None, events=() if read else None)
    assert found.conclusion and found.checks
    if not read:
        assert all(check.mark is Mark.UNREAD for check in found.checks if check.source in {Source.RUNS, Source.LOG})


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (instance(), {"Stop it": Decimal("219.00"), "A schedule": Decimal("153.82")}),
        (instance(schedules=(EVENING,)), {"Stop it": Decimal("219.00")}),
        (instance(idle_shutdown=""), {"Stop it": Decimal("219.00"), "A schedule": Decimal("153.82"), "Idle shutdown": None}),
        (instance("Stopped"), {"Delete it": None}),
        (instance("CreateFailed"), {}),
        (cluster(2, min_nodes=2, low_priority=True), {"Minimum 0": Decimal("87.60")}),
        (cluster(2, min_nodes=2), {"Minimum 0": Decimal("438.00"), "A low-priority": None}),
        (cluster(unusable=1, low_priority=True, idle_scale_down="PT1H"), {"Replace 1 unusable": Decimal("43.80"), "Down after": None}),
        (compute(Kind.AKS), {}),
    ],
)
def test_what_would_save_money(item: Compute, told: dict[str, Decimal | None]) -> None:
    found = savings(Subject(item, NOON, SIZES, None, True))
    assert len(found) == len(told)
    for words, monthly in told.items():
        (saving,) = (each for each in found if each.sentence.startswith(words))
        assert (round(saving.monthly, 2) if saving.monthly is not None else None) == monthly
    assert [each.monthly or 0 for each in found] == sorted((each.monthly or 0 for each in found), reverse=True)


def test_a_price_that_is_not_known_is_no_saving_of_nothing() -> None:
    assert all(each.monthly is None for each in savings(Subject(instance(), NOON, None, None, True)))
