"""The new secret of an application, given to all who sign in by it: what Azure does not take leaves the old one in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.application_now import ApplicationNow
from console.azure.sources import DatastoreSecret
from console.domain.rotation import Consumer, Kind
from console.operations.application_rotation import NewSecret
from console.operations.connection_changes import typed
from console.operations.operation import Progress
from console.operations.rotation import GRACES
from tests.gateway import sent, trouble_of, until, workspace
from tests.operations.test_rotation import HOUR, Desk, advance, desk, ended, shut, watchful, written  # noqa: F401


@pytest.fixture
def application(desk: Desk) -> tuple[str, str]:  # noqa: F811
    """The client id of the lake's reader, and the secret that it has now."""
    url = f"{workspace(desk.emulator).id}/datastores/lake_curated"
    told = desk.emulator.request("GET", f"{url}?api-version=2024-10-01").json()["properties"]["credentials"]
    secret = desk.emulator.request("POST", f"{url}/listSecrets?api-version=2024-10-01").json()["clientSecret"]
    return told["clientId"], secret


async def known(desk: Desk, client_id: str) -> ApplicationNow:  # noqa: F811
    """The users of an application, once it was read whose the connections are."""
    now = ApplicationNow(client_id, desk.users, desk.readers, lambda: desk.runner)
    await now.read()
    await now.compare(now.scan())
    return now


def named(consumers: tuple[Consumer, ...]) -> set[tuple[str, str]]:
    return {(each.name, each.workspace.name) for each in consumers if each.workspace is not None}


async def test_all_are_moved_and_tried_again_after_the_hold(desk: Desk, application: tuple[str, str], tmp_path: Path) -> None:  # noqa: F811
    client_id, secret = application
    before, now = shut(desk.emulator), await known(desk, client_id)
    assert now.perhaps == () and named(now.moved) == {("lake_curated", "fraud-prod"), ("lake-curated", "demand-prod")}
    assert {each.kind for each in now.moved} == {Kind.DATASTORE, Kind.CONNECTION}
    plan = await now.plan(NewSecret(text=typed("clientSecret", secret)), GRACES[0])
    store = plan.steps[1].request.body["properties"]["credentials"]
    assert store["secrets"]["clientSecret"] == str(DatastoreSecret(plan.steps[1].target_id)), "tried with what it keeps by then"
    assert store["clientId"] == client_id and plan.steps[0].request.query == {"skipValidation": "false"}
    operation = desk.runner.run(plan)
    tries = [run for run in operation.runs if run.step.verb == "test"]
    await until(lambda: all(run.progress is Progress.HOLDING for run in tries) or operation.ended, "the hold")
    assert not sent(desk.emulator, "POST", "/testconnection")
    await advance(desk, HOUR)
    assert {progress for _, progress in await ended(desk, operation)} == {Progress.DONE}
    assert shut(desk.emulator) == before and b"canary" not in written(tmp_path)


async def test_a_secret_that_the_application_does_not_have_is_not_taken(desk: Desk, application: tuple[str, str]) -> None:  # noqa: F811
    before, now = shut(desk.emulator), await known(desk, application[0])
    stores = [each for each in now.moved if each.kind is Kind.DATASTORE]
    plan = await now.plan(NewSecret(text=typed("clientSecret", "canary-of-no-application")), GRACES[-1])
    only = plan.only(tuple(step for step in plan.steps if step.target_id == stores[0].id))
    told = await ended(desk, desk.runner.run(only))
    assert [progress for _, progress in told] == [Progress.FAILED, Progress.STOPPED]
    assert shut(desk.emulator) == before, "the old one is in place"


async def test_an_application_of_nobody_has_no_plan(desk: Desk) -> None:  # noqa: F811
    now = ApplicationNow("00000000-0000-4000-8000-000000000000", desk.users, desk.readers, lambda: desk.runner)
    trouble = await trouble_of(now.plan(NewSecret(text=typed("clientSecret", "x")), GRACES[0]))
    assert trouble.code == "NoUsers"
