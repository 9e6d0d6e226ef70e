"""Spread: when a change of one's own access shows in what Azure says one may do, and how it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.azure.request import Request
from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance, Permission
from console.operations.plan import Plan, Step
from console.operations.spread import Spread, holds

READ = Permission(actions=("Contoso/things/read", "Contoso/*/list"))
DATA = Permission(data_actions=("Contoso/things/data/read",))


@pytest.mark.parametrize(
    ("allowed", "held"),
    [
        ((READ,), True),
        ((Permission(actions=("*",)),), True),
        ((Permission(actions=("Contoso/things/read",)), Permission(actions=("Contoso/*/list",))), True),
        ((Permission(actions=("Contoso/things/read",)),), False),
        ((Permission(actions=("*",), not_actions=("Contoso/things/*",)),), False),
        ((), False),
    ],
)
def test_a_role_is_in_effect_when_all_of_it_is_granted(allowed: tuple[Permission, ...], held: bool) -> None:
    assert holds(Allowance(allowed), (READ,)) is held


def test_data_actions_are_not_actions() -> None:
    assert not holds(Allowance((Permission(actions=("*",)),)), (DATA,))
    assert holds(Allowance((Permission(data_actions=("Contoso/*",)),)), (DATA,))


def test_what_cannot_be_read_shows_nothing() -> None:
    assert not Spread(scope="/", permissions=(READ,)).seen_in(UNKNOWN_ALLOWANCE)


def test_a_loss_is_seen_when_something_of_it_is_gone() -> None:
    lost = Spread(scope="/", permissions=(READ,), gained=False)
    assert not lost.seen_in(Allowance((READ,)))
    assert lost.seen_in(Allowance(()))


def test_what_is_known_is_told_and_no_more() -> None:
    moment = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    others = Spread(scope="/").listed(moment)
    assert "by 08:10 UTC" in others and "nothing tells when" in others
    mine = Spread(scope="/", mine=True)
    assert "asked until it is" in mine.listed(moment)
    assert (
        mine.effective(moment, timedelta(seconds=90))
        == "in effect: your permissions show it since 08:00:00 UTC, 90 s after Azure listed it"
    )


def test_a_reason_goes_where_azure_keeps_it_once() -> None:
    request = Request(method="PUT", path="/a", body={"properties": {"description": "why", "x": 1}})
    step = Step(target_id="/a", target_name="a", request=request, permission="", reason_in=("properties", "description"))
    told = step.because("CHG-1")
    assert told.request.body == {"properties": {"description": "why · CHG-1", "x": 1}}
    assert told.because("CHG-1") == told
    assert step.because("") is step
    assert request.body == {"properties": {"description": "why", "x": 1}}, "the plan that was shown is as it was"
    assert Plan(verb="v", title="t", where="w", steps=(step,)).reason_kept
