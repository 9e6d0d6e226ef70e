"""What the rules say of a compute, what they keep silent about, and that unknown is never taken for never."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.compute import BILLED_STATES, Compute, Kind, LastOperation, NodeCounts, Run, Schedule, Setup, VmSize
from console.domain.figures import Confidence
from console.domain.findings import clusters, computes, instances
from console.domain.findings.computes import findings_of, tagged
from console.domain.findings.finding import NO_SUGGESTION, Finding, Remedy, Severity, Suggestion, subject_of, worst_first
from console.domain.findings.subject import Subject
from tests.domain.test_compute import NOON, compute
from tests.properties import steady

SIZES = {"STANDARD_DS3_V2": VmSize(name="Standard_DS3_v2", family="standardDSv2Family", cores=4, dedicated=Decimal("0.30"))}
UNREAD = "the last job is not read yet"


def ago(days: float = 0, hours: float = 0) -> datetime:
    return NOON - timedelta(days=days, hours=hours)


def instance(state: str = "Running", up_days: float = 0.2, **fields: Any) -> Compute:
    """An instance that is healthy unless a field says otherwise: idle shutdown set, up since this morning."""
    operation = LastOperation("Stop" if state == "Stopped" else "Start", "Succeeded", "User", ago(up_days))
    given: dict[str, Any] = {"idle_shutdown": "PT60M", "last_operation": operation, "created_on": ago(400), "vm_size": "Standard_DS3_v2"}
    return compute(provisioning_state="Succeeded", state=state, **{**given, **fields})


def cluster(idle: int = 0, **fields: Any) -> Compute:
    counts = {name: fields.pop(name) for name in ("running", "preparing", "unusable", "preempted") if name in fields}
    given: dict[str, Any] = {
        "min_nodes": 0,
        "max_nodes": 4,
        "idle_scale_down": "PT2M",
        "vm_size": "Standard_DS3_v2",
        "created_on": ago(400),
    }
    given |= {"provisioning_state": "Succeeded", "allocation_state": "Steady", "allocation_since": ago(5)}
    return compute(Kind.CLUSTER, **{**given, "nodes": NodeCounts(idle=idle, **counts), **fields})


def job(days_ago: float, status: str = "Completed") -> Run:
    return Run(
        id="brave_fox_1", status=status, user="Grace Okafor", started=ago(days_ago, 1), ended=None if status == "Running" else ago(days_ago)
    )


def found(item: Compute, last: Run | str | None = UNREAD, *, prices: bool = True, tagged_beside: int = 0) -> dict[str, Finding]:
    """What is found of a compute, by rule; `last` is its last job, None where there never was one."""
    known = not isinstance(last, str)
    subject = Subject(item, NOON, SIZES if prices else None, last if isinstance(last, Run) else None, known, tagged_beside)
    return {finding.rule: finding for finding in findings_of(subject)}


QUIET, DEFEATED, OPEN, SHELVED = "quiet-instance", "idle-shutdown-defeated", "no-idle-shutdown", "shelved-instance"
BARRED = "idle-shutdown-barred"
HELD, LINGERING, UNUSABLE = "held-nodes", "lingering-nodes", "unusable-nodes"


@pytest.mark.parametrize(
    ("item", "last", "rules"),
    [
        (instance(), UNREAD, set()),
        (instance(up_days=2.9), job(60), set()),
        (instance(up_days=3), job(3), {QUIET}),
        (instance(up_days=3), job(2.9), set()),
        (instance(up_days=5), job(3, "Running"), set()),
        (instance(up_days=5), UNREAD, {QUIET}),
        (instance(up_days=5), None, {QUIET}),
        (instance(up_days=5), Run(id="?", status="unreadable"), set()),
        (instance("JobRunning", up_days=5), job(60), set()),
        (instance(up_days=5, last_operation=LastOperation("Resize", "Succeeded", "User", ago(5))), job(60), set()),
        (instance(up_days=5, last_operation=None), job(60), set()),
        (instance(up_days=7), job(1), {DEFEATED}),
        (instance(up_days=6.9), job(1), set()),
        (instance(up_days=7, idle_shutdown="PT72H"), job(1), set()),
        (instance("JobRunning", up_days=7), job(0, "Running"), {DEFEATED}),
        (instance(up_days=23, idle_shutdown="PT30M"), job(9), {QUIET, DEFEATED}),
        (instance(idle_shutdown=""), UNREAD, {OPEN}),
        (instance(idle_shutdown="PT0S"), UNREAD, {OPEN}),
        (instance("Stopped", idle_shutdown=""), UNREAD, set()),
        (instance("Starting", up_days=0.02, idle_shutdown=""), UNREAD, set()),
        (instance("Stopped", up_days=29), UNREAD, set()),
        (instance("Stopped", up_days=30), UNREAD, {SHELVED}),
        (instance("Stopped", up_days=30, last_operation=None), UNREAD, set()),
        (instance(up_days=14, idle_shutdown="PT72H"), job(1), {"up-for-weeks"}),
        (instance(up_days=13.9, idle_shutdown="PT72H"), job(1), set()),
        (instance(up_days=14), job(1), {DEFEATED}),
        (instance("Stopped", up_days=14), UNREAD, set()),
        (instance(idle_shutdown="PT5M"), UNREAD, {BARRED}),
        (instance(idle_shutdown="PT96H"), UNREAD, {BARRED}),
        (instance(idle_shutdown="PT15M"), UNREAD, set()),
        (instance("Stopped", idle_shutdown="PT5M"), UNREAD, set()),
        (instance(setup=Setup(applications=("rstudio",))), UNREAD, {BARRED}),
        (instance(idle_shutdown="", setup=Setup(applications=("rstudio",))), UNREAD, {OPEN}),
        (instance(setup=Setup(image_current=False)), UNREAD, {"old-image"}),
        (instance(setup=Setup(image_current=True)), UNREAD, set()),
        (instance("Stopped", setup=Setup(image_current=False)), UNREAD, set()),
        (instance("CreateFailed"), UNREAD, {"failed"}),
        (instance("Unusable"), UNREAD, {"failed"}),
        (instance("Quiescing", up_days=50), UNREAD, set()),
        (instance("Starting", up_days=0.02), UNREAD, set()),
        (instance("Starting", up_days=0.05), UNREAD, {"stuck"}),
        (cluster(), UNREAD, set()),
        (cluster(running=3, min_nodes=2), job(0, "Running"), set()),
        (cluster(2, min_nodes=2), job(0.9), set()),
        (cluster(2, min_nodes=2), job(1), {HELD}),
        (cluster(2, min_nodes=2), UNREAD, {HELD}),
        (cluster(2, min_nodes=2), None, {HELD}),
        (cluster(2, min_nodes=2, running=1), job(60), set()),
        (cluster(2, min_nodes=2, preparing=1), job(60), set()),
        (cluster(2, min_nodes=2), job(0, "Queued"), set()),
        (cluster(0, min_nodes=2), job(60), set()),
        (cluster(2), job(0.02), set()),
        (cluster(2), job(0.05), {LINGERING}),
        (cluster(2, idle_scale_down="PT2H"), job(0.3), set()),
        (cluster(2), UNREAD, set()),
        (cluster(2, min_nodes=None), job(60), set()),
        (cluster(3, min_nodes=1), job(60), {HELD, LINGERING}),
        (cluster(unusable=2), UNREAD, {UNUSABLE}),
        (cluster(preempted=3), UNREAD, set()),
        (cluster(nodes=None), UNREAD, set()),
        (cluster(allocation_state="Resizing", allocation_since=ago(hours=0.9)), UNREAD, set()),
        (cluster(allocation_state="Resizing", allocation_since=ago(hours=1)), UNREAD, {"stuck"}),
        (cluster(allocation_state="Resizing", allocation_since=None), UNREAD, set()),
        (cluster(provisioning_state="Failed", nodes=None), UNREAD, {"failed"}),
        (compute(Kind.KUBERNETES, provisioning_state="Failed"), UNREAD, {"failed"}),
        (compute(Kind.KUBERNETES, provisioning_state="Succeeded"), UNREAD, set()),
        (compute(Kind.UNREADABLE, fault="not an object"), UNREAD, set()),
        (compute(Kind.UNKNOWN, kind_word="Quantum"), UNREAD, set()),
    ],
)
def test_what_is_found(item: Compute, last: Run | str | None, rules: set[str]) -> None:
    assert found(item, last).keys() == rules


def test_a_claim_names_what_it_rests_on_and_what_could_not_be_seen() -> None:
    finding = found(instance(up_days=23), job(9))[QUIET]
    assert finding.claim == "c has been up for 23 d and without a job for 9 d."
    told = " ".join(evidence.sentence for evidence in finding.evidence)
    assert "Up for 23 d" in told and "brave_fox_1" in told and "Grace Okafor" in told and "Idle shutdown after 1 h" in told
    assert "Azure tells no idle time" in " ".join(finding.unseen)
    assert finding.severity is Severity.SERIOUS and finding.confidence is Confidence.RECONSTRUCTED and finding.remedy is Remedy.STOP
    assert finding.cost is not None and finding.cost.value == Decimal("0.30") and finding.monthly == Decimal("219.00")
    assert found(instance(up_days=5), job(4))[QUIET].severity is Severity.WARNING


@pytest.mark.parametrize(("item", "rule"), [(instance(up_days=40), QUIET), (cluster(2, min_nodes=2), HELD)])
def test_without_the_last_job_only_what_is_known_is_claimed(item: Compute, rule: str) -> None:
    finding = found(item)[rule]
    assert not finding.known and finding.severity is Severity.NOTE and "?" in finding.what
    assert "not read yet" in finding.claim and "not read yet" in " ".join(finding.unseen)
    assert "without a job" not in finding.claim and "nobody" not in finding.claim
    assert found(item, None)[rule].known


def test_money_is_unknown_without_prices_and_never_zero() -> None:
    for item, last in ((instance(up_days=9), job(9)), (cluster(2, min_nodes=2), job(9)), (cluster(unusable=1), None)):
        costs = [finding.cost for finding in found(item, last, prices=False).values() if finding.cost is not None]
        assert costs
        assert all(cost.value is None and cost.confidence is Confidence.UNKNOWN for cost in costs)
    assert found(cluster(unusable=2))[UNUSABLE].cost.value == Decimal("0.60")  # type: ignore[union-attr]
    held = found(cluster(5, min_nodes=2), job(9))
    assert (held[HELD].cost.value, held[LINGERING].cost.value) == (Decimal("0.60"), Decimal("0.90"))  # type: ignore[union-attr]


def test_a_stopped_instance_holds_cores_unless_it_releases_them() -> None:
    holding, releasing = (found(instance("Stopped", 50, release_quota_on_stop=release))[SHELVED] for release in (False, True))
    assert "4 cores of standardDSv2Family held" in holding.claim and "cores" not in releasing.claim
    assert holding.severity > releasing.severity
    assert holding.monthly == Decimal("0.04575") * 730, "disk, load balancer and address"
    hidden = found(instance("Stopped", 50, setup=Setup(public_ip=False)))[SHELVED].monthly
    assert hidden == Decimal("0.04075") * 730, "without a public address"
    assert "its cores held" in found(instance("Stopped", 50), prices=False)[SHELVED].claim


def test_what_runs_out_of_hours_costs_the_part_of_the_week_in_which_nobody_works() -> None:
    beyond = Decimal("0.30") * 108 / 168
    overnight = found(instance(up_days=1, idle_shutdown=""), job(0.5))
    assert overnight[OPEN].cost is not None and overnight[OPEN].cost.value == beyond
    assert found(instance(up_days=0.1, idle_shutdown=""))[OPEN].cost is None, "it may be of this morning"
    stops = Schedule(action="Stop", when="0 19 * * *", zone="UTC", status="Enabled")
    assert found(instance(up_days=1, idle_shutdown="", schedules=(stops,)))[OPEN].cost is None
    assert found(instance(up_days=1, idle_shutdown=""), job(0, "Running"))[OPEN].cost is None, "a job keeps it busy"
    defeated = found(instance(up_days=7), job(1))[DEFEATED]
    assert defeated.cost is not None and defeated.cost.value == beyond
    quiet = found(instance(up_days=23, idle_shutdown="PT30M"), job(9))
    assert quiet[QUIET].cost is not None and quiet[DEFEATED].cost is None, "the same machine is not wasted twice"
    weeks = found(instance(up_days=20, idle_shutdown=""), job(1))
    assert weeks["up-for-weeks"].cost is not None and weeks[OPEN].cost is None


def test_what_failed_says_whether_it_is_billed() -> None:
    assert found(instance("SetupFailed"))["failed"].severity is Severity.SERIOUS
    assert found(instance("SetupFailed"))["failed"].cost is not None
    unbilled = found(instance("CreateFailed", errors=("UserError: no free address",)))["failed"]
    assert unbilled.cost is None and "UserError: no free address" in [evidence.sentence for evidence in unbilled.evidence]
    assert not unbilled.unseen


def test_tags_are_missed_only_where_others_have_them() -> None:
    assert found(cluster()).keys() == set()
    assert found(cluster(), tagged_beside=3).keys() == {"untagged"}
    assert found(cluster(tags={"team": "risk"}), tagged_beside=3).keys() == set()
    assert tagged([cluster(), cluster(tags={"team": "risk"}), instance(tags={"a": ""})]) == {cluster().workspace.id: 2}


def test_an_id_is_stable_and_leads_to_its_subject() -> None:
    one = found(instance(up_days=9), job(9))[QUIET]
    later = findings_of(Subject(instance(up_days=9), NOON + timedelta(days=1), SIZES, job(9), True))
    assert one.id in {finding.id for finding in later}
    assert subject_of(one.id) == one.subject_id.lower()


def test_the_worst_comes_first() -> None:
    every = [
        *found(instance(up_days=23, idle_shutdown=""), job(9)).values(),
        *found(cluster(unusable=9)).values(),
        *found(instance(up_days=4)).values(),
    ]
    order = worst_first(reversed(every))
    assert [(each.rule, each.known) for each in order] == [
        (UNUSABLE, True), (QUIET, True), (OPEN, True), (QUIET, False)
    ]  # fmt: skip


STATES = sorted(BILLED_STATES | {"Stopped", "CreateFailed", "Unknown", "", "Quiescing"})
TIMES = st.none() | st.floats(-10, 1_000).map(ago)


@steady
@given(
    st.sampled_from(sorted(Kind)), st.sampled_from(STATES), st.sampled_from(["Succeeded", "Failed", "Creating", ""]), TIMES, TIMES,
    st.sampled_from(["", "PT30M", "P3D", "PT0S", "soon"]), st.integers(0, 3), st.integers(0, 3),
    st.none() | st.integers(0, 3), st.booleans(),
)  # fmt: skip
def test_rules_take_anything_and_say_nothing_but_sentences(
    kind: Kind, state: str, provisioning: str, moment: datetime | None, ended: datetime | None, idle: str, free: int, bad: int,
    least: int | None, known: bool,
) -> None:  # fmt: skip
    item = compute(
        kind, state=state, provisioning_state=provisioning, idle_shutdown=idle, nodes=NodeCounts(idle=free, unusable=bad), min_nodes=least,
        last_operation=LastOperation("Start", "Succeeded", "User", moment), allocation_since=moment, allocation_state="Resizing",
    )  # fmt: skip
    for finding in found(item, Run(id="r", ended=ended) if known else UNREAD, prices=known).values():
        assert finding.claim.startswith("c ") and finding.claim.endswith(".") and finding.evidence and finding.advice
        assert len(finding.what) <= 28, "fits its column"
        assert all(evidence.sentence for evidence in finding.evidence)


def test_every_rule_is_listed_once() -> None:
    for kind, theme in ((Kind.INSTANCE, instances), (Kind.CLUSTER, clusters)):
        rules = computes.RULES[kind]
        assert len(set(rules)) == len(rules) == len(theme.RULES) + len(computes.GENERAL)


@pytest.mark.parametrize(
    ("item", "last", "rule", "remedy", "suggestion"),
    [
        (instance(idle_shutdown=""), UNREAD, OPEN, Remedy.IDLE_SHUTDOWN, Suggestion(idle="PT30M")),
        (instance(idle_shutdown="PT5M"), UNREAD, BARRED, Remedy.IDLE_SHUTDOWN, Suggestion(idle="PT30M")),
        (instance(setup=Setup(applications=("rstudio",))), UNREAD, BARRED, Remedy.NONE, NO_SUGGESTION),
        (cluster(2, min_nodes=2), job(9), HELD, Remedy.SCALE, Suggestion(min_nodes=0)),
        (cluster(2), job(9), LINGERING, Remedy.SCALE, Suggestion(min_nodes=0)),
        (cluster(unusable=1), UNREAD, UNUSABLE, Remedy.SCALE, Suggestion(min_nodes=0, max_nodes=0)),
        (instance(up_days=5), job(9), QUIET, Remedy.STOP, NO_SUGGESTION),
    ],
)
def test_a_remedy_comes_with_the_values_it_proposes(
    item: Compute, last: Run | str, rule: str, remedy: Remedy, suggestion: Suggestion
) -> None:
    finding = found(item, last)[rule]
    assert (finding.remedy, finding.suggestion) == (remedy, suggestion)


def test_a_stop_schedule_makes_a_missing_idle_shutdown_a_note() -> None:
    evening = Schedule("Stop", "cron 0 19 * * 1-5", "UTC", "Enabled", "Completed")
    without = found(instance(up_days=2, idle_shutdown=""))[OPEN]
    beside = found(instance(up_days=2, idle_shutdown="", schedules=(evening,)))[OPEN]
    assert (without.severity, beside.severity) == (Severity.WARNING, Severity.NOTE)
    assert "somebody stops it" in without.claim and "cron 0 19 * * 1-5 UTC" in beside.claim
