"""Plans for computes: what they ask for, what they say it will do, and when they do not apply."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from console.azure.request import Effect as RequestEffect
from console.domain.compute import Compute, Kind, NodeCounts, VmSize
from console.domain.cost import PriceList
from console.operations import computes as plans
from console.operations.plan import Concern, Danger, Plan
from screens.dialogs.confirm import common_effects
from tests.domain.test_compute import compute

PRICES: dict[str, PriceList] = {
    "westeurope": {
        "CHEAP": VmSize(name="cheap", dedicated=Decimal("0.30")),
        "DEAR": VmSize(name="dear", dedicated=Decimal("3.67")),
        "UNPRICED": VmSize(name="unpriced"),
    }
}


def instance(state: str = "Running", size: str = "cheap", name: str = "nb", **more: Any) -> Compute:
    given: dict[str, Any] = {"provisioning_state": "Succeeded", "state": state, "vm_size": size, "location": "West Europe", **more}
    item = compute(**given)
    return msgspec.structs.replace(item, name=name, id=f"{item.workspace.id}/computes/{name}")


def sentence(plan: Plan, concern: Concern) -> str:
    return " ".join(effect.sentence for step in plan.steps for effect in step.effects if effect.concern is concern)


@pytest.mark.parametrize(
    ("state", "start", "stop", "restart", "delete"),
    [
        ("Running", False, True, True, True),
        ("JobRunning", False, True, True, True),
        ("Stopped", True, False, False, True),
        ("Starting", False, False, False, True),
        ("Stopping", False, False, False, True),
        ("SetupFailed", False, True, True, True),
        ("Quiescing", False, False, False, True),
    ],
)
def test_what_applies_to_an_instance(state: str, start: bool, stop: bool, restart: bool, delete: bool) -> None:
    item = instance(state)
    checks = (plans.can_start, plans.can_stop, plans.can_restart, plans.can_delete)
    reasons = [check(item) for check in checks]
    assert [reason == "" for reason in reasons] == [start, stop, restart, delete]
    assert all(state in reason for reason in reasons if reason)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.INSTANCE])
def test_only_instances_start_and_stop(kind: Kind) -> None:
    item = compute(kind, provisioning_state="Succeeded", state="Running")
    for check in (plans.can_start, plans.can_stop, plans.can_restart):
        assert "only instances can" in check(item)
    assert bool(plans.can_delete(item)) is (kind is Kind.UNREADABLE)


def test_what_is_being_deleted_is_not_deleted_again() -> None:
    assert "already" in plans.can_delete(instance("Deleting", provisioning_state="Deleting"))


@pytest.mark.parametrize(
    ("targets", "danger"),
    [
        ([instance("Stopped")], Danger.NONE),
        ([instance("Stopped", "dear")], Danger.CONFIRM),
        ([instance("Stopped", "unpriced")], Danger.CONFIRM),
        ([instance("Stopped", "nowhere")], Danger.CONFIRM),
        ([instance("Stopped"), instance("Stopped", name="nb2")], Danger.CONFIRM),
    ],
)
def test_one_cheap_machine_starts_without_a_question(targets: list[Compute], danger: Danger) -> None:
    assert plans.start(targets, PRICES).danger is danger


def test_without_prices_a_start_is_asked_about() -> None:
    plan = plans.start([instance("Stopped")], {})
    assert plan.danger is Danger.CONFIRM
    assert sentence(plan, Concern.MONEY).endswith("?")


def test_a_deletion_is_agreed_to_by_typing() -> None:
    assert (plans.delete([instance()], PRICES).danger, plans.delete([instance()], PRICES).typed) == (Danger.TYPED, "nb")
    assert plans.delete([instance(), instance(name="b"), instance(name="c")], PRICES).typed == "3"


def test_a_stop_says_what_it_saves_and_what_stays() -> None:
    plan = plans.stop([instance(size="dear")], PRICES)
    assert sentence(plan, Concern.MONEY) == "≈$3.67/h ends (≈$2,679 a month; list price of dear)"
    assert "stay held" in sentence(plan, Concern.CORES)
    assert "go back" in sentence(plans.stop([instance(release_quota_on_stop=True)], PRICES), Concern.CORES)
    assert sentence(plan, Concern.STAYS)
    assert sentence(plan, Concern.BREAKS)
    assert sentence(plan, Concern.UNCHECKED)


@pytest.mark.parametrize("make", [plans.start, plans.stop])
def test_several_machines_together_never_cost_nothing_for_want_of_a_price(make: Any) -> None:
    def total(*sizes: str) -> str:
        plan = make([instance(size=size, name=f"n{number}") for number, size in enumerate(sizes)], PRICES)
        return " ".join(effect.sentence for effect in plan.totals)

    assert total("cheap") == ""
    assert "$3.97/h" in total("cheap", "dear")
    assert "1 whose price is not known" in total("cheap", "unpriced")
    assert "$0" not in total("unpriced", "nowhere")
    assert "?" in total("unpriced", "nowhere")


def test_what_is_attached_is_detached() -> None:
    plan = plans.delete([compute(Kind.KUBERNETES, attached=True)], PRICES)
    assert plan.steps[0].request.query == {"underlyingResourceAction": "Detach"}
    assert "machines stay" in sentence(plan, Concern.BREAKS)
    assert "detach" in plan.steps[0].az
    assert not sentence(plan, Concern.MONEY)
    assert sentence(plans.delete([instance("Stopped")], PRICES), Concern.MONEY) == "no machine is billed now"
    own = plans.delete([compute(Kind.CLUSTER, nodes=NodeCounts())], PRICES)
    assert own.steps[0].request.query == {"underlyingResourceAction": "Delete"}


@pytest.mark.parametrize("make", [plans.start, plans.stop, plans.restart, plans.delete])
def test_every_step_is_whole(make: Any) -> None:
    targets = [instance("Stopped" if make is plans.start else "Running", name=name) for name in ("nb-a", "nb-b")]
    plan: Plan = make(targets, PRICES)
    assert plan.title.startswith(plan.verb.capitalize())
    assert "2 " in plan.title
    assert make(targets[:1], PRICES).title.endswith("nb-a")
    assert plan.where == "ws · rg"
    assert plan.undo_note.endswith(".")
    assert len(plan.permissions) == 1
    for step, target in zip(plan.steps, targets, strict=True):
        assert step.target_id == target.id
        assert step.request.path.startswith(target.id)
        assert step.request.effect is RequestEffect.CHANGE
        assert step.rests_on == target.shown_state
        assert step.settles.states or step.settles.gone
        assert step.effects
        assert target.name in step.az
        assert f"-g {target.workspace.resource_group} -w {target.workspace.name}" in step.az
        assert target.name in step.sdk
        if step.undo is not None:
            assert step.undo.target_id == target.id
            assert step.undo.undo is None
            assert step.undo.rests_on in step.settles.states


@pytest.mark.parametrize("make", [plans.start, plans.stop, plans.restart, plans.delete])
@pytest.mark.parametrize("more", [{}, {"release_quota_on_stop": True}, {"attached": True}, {"size": "unpriced"}])
def test_what_is_told_of_several_at_once_speaks_of_several(make: Any, more: dict[str, Any]) -> None:
    plan = make([instance(name="a", **more), instance(name="b", **more)], PRICES)
    told = [effect.sentence for effect in (*plan.totals, *common_effects(plan))]
    assert told
    for each in (*told, plan.undo_note):
        assert not re.search(r"\b(it|its)\b", each), each
