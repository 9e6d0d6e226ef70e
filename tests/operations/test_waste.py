"""One plan for waste of all kinds: a step for each compute, agreed to as the most dangerous of them wants, with what it saves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from console.domain.compute import Compute
from console.domain.figures import Confidence, Figure, unknown
from console.domain.findings.finding import NO_SUGGESTION, Finding, Remedy, Severity, Suggestion
from console.operations.plan import Danger
from console.operations.waste import Cut, cut, refusal, saved
from tests.operations.test_compute_settings import cluster
from tests.operations.test_plans import PRICES, instance

TO_ZERO = Suggestion(min_nodes=0)
HALF_AN_HOUR = Suggestion(idle="PT30M")
HELD = replace(cluster(min_nodes=2), name="held", id="/held")
RUNNING, LEFT = instance(name="running"), instance("CreateFailed", name="left")


def wasted(compute: Compute, remedy: Remedy, hourly: str = "1", suggestion: Suggestion = NO_SUGGESTION) -> Cut:
    finding = Finding(
        rule="waste",
        about="compute",
        subject_id=compute.id,
        subject_name=compute.name,
        what="waste",
        claim="It costs money.",
        severity=Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(),
        cost=Figure(Decimal(hourly), "USD/h", "list price") if hourly else unknown("USD/h", "no price"),
        remedy=remedy,
        suggestion=suggestion,
    )
    return Cut(compute, finding)


STOP, SCALE, DELETE = wasted(RUNNING, Remedy.STOP, "0.30"), wasted(HELD, Remedy.SCALE, "2", TO_ZERO), wasted(LEFT, Remedy.DELETE, "0.10")


def test_it_stops_shrinks_and_deletes_in_one_plan() -> None:
    plan = cut([DELETE, SCALE, STOP], PRICES)
    assert {(step.target_name, step.request.method) for step in plan.steps} == {("running", "POST"), ("held", "PATCH"), ("left", "DELETE")}
    assert {step.target_name: plan.verb_of(step) for step in plan.steps} == {"running": "stop", "held": "scale", "left": "delete"}
    assert [effect.sentence for effect in plan.totals] == ["≈$1,752/month saved in all, if nothing else changes"]
    assert plan.title == "End the waste of 3 computes: delete 1, scale 1, stop 1"
    assert (plan.danger, plan.typed) == (Danger.TYPED, "3"), "a deletion among them is typed, as it is by itself"
    assert "does not come back" in plan.undo_note and "starts again" in plan.undo_note and plan.provenance


def test_without_a_deletion_nothing_is_typed() -> None:
    plan = cut([SCALE, STOP], PRICES)
    assert (plan.danger, plan.typed) == (Danger.CONFIRM, "")
    assert all(step.undo is not None for step in plan.steps)


def test_each_is_set_to_what_is_suggested_of_it() -> None:
    other = replace(HELD, name="other", id="/other", min_nodes=3)
    plan = cut([SCALE, wasted(other, Remedy.SCALE, "1", Suggestion(min_nodes=1))], PRICES)
    told = {step.target_name: next(effect.sentence for effect in step.effects) for step in plan.steps}
    assert "→ 0 to 4 nodes" in told["held"] and "→ 1 to 4 nodes" in told["other"]


@pytest.mark.parametrize(
    ("which", "why"),
    [
        (STOP, ""),
        (SCALE, ""),
        (DELETE, ""),
        (wasted(RUNNING, Remedy.IDLE_SHUTDOWN, "1", HALF_AN_HOUR), ""),
        (wasted(RUNNING, Remedy.IDLE_SHUTDOWN), "no idle time is suggested: f on it alone asks"),
        (wasted(HELD, Remedy.SCALE), "nothing is suggested to scale it to: f on it alone asks"),
        (wasted(HELD, Remedy.NONE), "no key of this console mends it"),
        (wasted(instance("Stopped"), Remedy.STOP), "can be stopped"),
        (wasted(RUNNING, Remedy.SCALE, "1", TO_ZERO), "only clusters can"),
    ],
)
def test_what_cannot_be_mended_with_others_says_why(which: Cut, why: str) -> None:
    found = refusal(which)
    assert why in found and bool(found) == bool(why)


def test_a_saving_that_is_not_known_is_said() -> None:
    assert saved([STOP.finding]) == "≈$219/month"
    assert saved([STOP.finding, wasted(HELD, Remedy.SCALE, "").finding]) == "≈$219/month (and of 1 not known)"
    assert saved([wasted(HELD, Remedy.SCALE, "").finding]) == "? (and of 1 not known)"
