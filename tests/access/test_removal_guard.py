"""The removal guard: a removal that was harmless when its plan was shown is judged again as it is sent, by what is listed then."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from console.azure.signin import SignIn, SignInConfig
from console.domain.access.grants import Grant
from console.domain.access.roles import OWNER, USER_ACCESS_ADMINISTRATOR
from console.domain.scopes import same_id
from console.operations import pace
from console.operations.operation import Operation, Progress
from console.operations.plan import Plan
from console.session import Session
from console.settings import load, read_cloud
from tests.conftest import Emulator
from tests.gateway import until, workspace
from tests.nets import rule

VERSION = "api-version=2022-04-01"
SECOND = "5ec04d00-0000-4000-8000-000000000001"


@pytest.fixture
def subscription(fresh_emulator: Emulator) -> str:
    """The subscription of production, in which the administrator may assign roles by a second way."""
    scope = f"/subscriptions/{workspace(fresh_emulator).subscription_id}"
    role = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{USER_ACCESS_ADMINISTRATOR}"
    who = fresh_emulator.identity("admin")["object_id"]
    body = {"properties": {"roleDefinitionId": role, "principalId": who, "principalType": "ServicePrincipal"}}
    answer = fresh_emulator.request("PUT", f"{scope}/providers/Microsoft.Authorization/roleAssignments/{SECOND}?{VERSION}", body)
    assert answer.status == 201, answer.content
    return scope


@pytest_asyncio.fixture
async def session(subscription: str, fresh_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    for name in ("POLL_S", "FASTEST_S"):
        monkeypatch.setattr(pace, name, 0.02)
    (tmp_path / "cloud.json").write_text(json.dumps(fresh_emulator.ready))
    settings, cloud = load({"cloud_file": str(tmp_path / "cloud.json")}, {}, tmp_path, tmp_path), read_cloud(tmp_path / "cloud.json")
    made = Session(settings, cloud, SignIn(SignInConfig.of(settings, cloud)))
    await made.start()
    await made.access.now.read_once()
    yield made
    await made.close()


def mine(session: Session, role: str, scope: str, who: str = "admin") -> Grant:
    return next(each for each in session.access.now.grants.items if each.label == who and each.role == role and same_id(each.scope, scope))


async def plan_of(session: Session, *grants: Grant) -> Plan:
    return await session.access.desk.remove(grants)


async def ended(operation: Operation) -> Operation:
    await until(lambda: operation.ended, "the end of the plan")
    return operation


def listed(emulator: Emulator, grant: Grant) -> bool:
    return emulator.request("GET", f"{grant.id}?{VERSION}").status == 200


async def test_what_somebody_else_took_away_meanwhile_counts(session: Session, subscription: str, fresh_emulator: Emulator) -> None:
    owner, second = mine(session, OWNER, subscription), mine(session, USER_ACCESS_ADMINISTRATOR, subscription)
    plan = await plan_of(session, owner)
    assert session.access.desk.guard([owner.id]) == ()
    assert fresh_emulator.request("DELETE", f"{second.id}?{VERSION}").status == 200
    run = (await ended(session.runner.run(plan))).runs[0]
    assert run.progress is Progress.STOPPED
    assert "You would lose your own last path to assign roles" in run.note
    assert listed(fresh_emulator, owner)


async def test_what_two_plans_take_away_at_once_adds_up(session: Session, subscription: str, fresh_emulator: Emulator) -> None:
    grants = [mine(session, OWNER, subscription), mine(session, USER_ACCESS_ADMINISTRATOR, subscription)]
    plans = [await plan_of(session, each) for each in grants]
    operations = [session.runner.run(plan) for plan in plans]
    for operation in operations:
        await ended(operation)
    assert sorted(each.runs[0].progress for each in operations) == [Progress.DONE, Progress.STOPPED]
    assert sum(listed(fresh_emulator, each) for each in grants) == 1


async def test_of_a_plan_that_takes_both_ways_one_is_left_and_the_rest_is_sent(
    session: Session, subscription: str, fresh_emulator: Emulator
) -> None:
    grants = [mine(session, OWNER, subscription), mine(session, USER_ACCESS_ADMINISTRATOR, subscription)]
    other = next(each for each in session.access.now.grants.items if each.label == "cost-analyst" and same_id(each.scope, subscription))
    operation = await ended(session.runner.run(await plan_of(session, *grants, other)))
    assert Progress.STOPPED in [run.progress for run in operation.runs[:2]] and operation.runs[2].progress is Progress.DONE
    assert any(listed(fresh_emulator, each) for each in grants) and not listed(fresh_emulator, other)


async def test_where_it_cannot_be_told_nothing_is_sent(session: Session, subscription: str, fresh_emulator: Emulator) -> None:
    owner = mine(session, OWNER, subscription)
    plan = await plan_of(session, owner)
    fresh_emulator.control("POST", "faults", [rule("500", "GET .*/roleAssignments$")])
    run = (await ended(session.runner.run(plan))).runs[0]
    assert run.progress is Progress.STOPPED and "whether it may be sent could not be told" in run.note
    assert listed(fresh_emulator, owner)


async def test_a_doubt_stands_unless_it_was_agreed_to(subscription: str, session: Session, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [rule("503", "batch$"), rule("503", "getByIds$")])
    session.access.now.forget()
    victor = next(each for each in session.access.now.grants.items if each.role == OWNER and each.principal_kind.value == "User")
    (doubt,) = session.access.desk.guard([victor.id])
    assert not doubt.sure
    plan = await plan_of(session, victor)
    run = (await ended(session.runner.run(plan))).runs[0]
    assert run.progress is Progress.STOPPED and doubt.sentence in run.note
    agreed = msgspec.structs.replace(plan, despite=(doubt.sentence,))
    run = (await ended(session.runner.run(agreed))).runs[0]
    assert run.progress is Progress.DONE
    assert not listed(fresh_emulator, victor)
