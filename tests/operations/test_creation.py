"""Computes made and attached on the emulator, by the requests that the real azure-ai-ml compiles."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from console.azure.compiler import Compiler
from console.domain.compute import IDLE_SHUTDOWN, SCALE, SCHEDULES
from console.domain.creation import NewCluster, NewInstance, Person
from console.operations import creation
from console.operations.creation import RefusedError
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress, undo_of
from console.operations.plan import GONE, Concern, Plan
from console.operations.shelf import Holder, Shelf, secret_in
from tests.gateway import EndpointTokens, client, until, workspace
from tests.operations.conftest import BOOT_S, Bench

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "canary-Passw0rd!"
MACHINE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"
ARC = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/arc"
SCARCE = "Standard_NC24rs_v3"
Make = Callable[..., Any]


@pytest_asyncio.fixture(loop_scope="session")
async def made(fresh_emulator: Any, tmp_path: Path, compiler: Compiler) -> AsyncIterator[tuple[Bench, Make]]:
    """A bench, and what makes a plan of documents there."""
    bench = Bench(fresh_emulator, client(fresh_emulator, EndpointTokens(fresh_emulator)), Journal(tmp_path / "journal"))
    bench.runner.stages.shelf = Shelf(tmp_path / "plans", lambda: Holder("cloud", "tenant", "ada"))
    await bench.look()

    async def make(*documents: Mapping[str, Any], owners: Mapping[str, str] | None = None) -> Plan:
        return await creation.make(compiler, workspace(bench.emulator), "westeurope", documents, bench.price_lists, owners)

    yield bench, make
    await bench.runner.close()
    bench.journal.close()
    await bench.arm.transport.close()


def told(plan: Plan, concern: Concern) -> str:
    return "; ".join(effect.sentence for step in plan.steps for effect in step.effects if effect.concern is concern)


async def run(bench: Bench, plan: Plan) -> Operation:
    operation = bench.runner.run(plan)
    await until(lambda: all(each.progress.ended or each.progress is Progress.RUNNING for each in operation.runs), "the sending")
    await bench.advance(2 * BOOT_S)
    return await bench.to_the_end(operation)


async def undo(bench: Bench, operation: Operation) -> Operation:
    plan = undo_of(operation)
    assert plan is not None
    return await run(bench, plan)


def there(bench: Bench, name: str) -> Any:
    """A compute as ARM tells anybody; None where there is none."""
    answer = bench.emulator.request("GET", f"{workspace(bench.emulator).id}/computes/{name}?api-version=2023-08-01-preview")
    return None if answer.status == 404 else answer.json()


async def test_a_cluster_is_made_and_undo_deletes_it(made: tuple[Bench, Make]) -> None:
    bench, make = made
    plan = await make(NewCluster(name="cpu-new", size="Standard_DS3_v2", least=0, most=4, tags={"team": "x"}).document())
    (step,) = plan.steps
    assert (step.rests_on, step.request.method, step.permission) == (GONE, "PUT", creation.WRITE)
    assert "nothing while no job runs" in told(plan, Concern.MONEY) and "16 cores of standardDSv2Family" in told(plan, Concern.CORES)
    assert "az ml compute create --type AmlCompute -n cpu-new --size Standard_DS3_v2" in step.az
    operation = await run(bench, plan)
    assert operation.runs[0].progress is Progress.DONE, operation.runs[0].note
    assert (await bench.read(step.target_id)).aspect(SCALE) == "0 to 4 nodes, down after 2 min idle"
    assert there(bench, "cpu-new")["tags"] == {"team": "x"}
    assert (await undo(bench, operation)).runs[0].progress is Progress.DONE
    assert there(bench, "cpu-new") is None


async def test_instances_for_three_people_in_one_plan(made: tuple[Bench, Make]) -> None:
    bench, make = made
    owners = [bench.items[name].owner_id for name in ("nb-grace", "nb-ivan", "nb-noah")]
    people = [Person(owner, f"{word}@x") for owner, word in zip(owners, ("ada", "bo", "cy"), strict=True)]
    tenant = bench.emulator.ready["tenant_id"]
    wanted = [
        NewInstance(
            name=f"nb-{each.short}", size="Standard_DS3_v2", person=each, tenant_id=tenant, idle=timedelta(hours=1), stop_at="0 19 * * *"
        )
        for each in people
    ]
    plan = await make(*(each.document() for each in wanted), owners={f"nb-{each.short}": each.name for each in people})
    assert plan.title == "Create 3 instances"
    assert plan.totals[0].sentence.endswith("a month)") and "for ada@x, who alone can open it" in told(plan, Concern.ACCESS)
    operation = await run(bench, plan)
    assert {each.progress for each in operation.runs} == {Progress.DONE}
    for name, person in zip(("nb-ada", "nb-bo", "nb-cy"), people, strict=True):
        found = await bench.read(f"{workspace(bench.emulator).id}/computes/{name}")
        assert (found.owner_id, found.aspect(IDLE_SHUTDOWN), found.aspect("")) == (person.id, "after 1 h", "Running")
        assert found.aspect(SCHEDULES).startswith("Stop cron 0 19 * * *")


async def test_a_name_that_appears_meanwhile_is_not_overwritten(made: tuple[Bench, Make]) -> None:
    bench, make = made
    plan = await make(NewCluster(name="cpu-new", size="Standard_DS3_v2").document())
    path = f"{plan.steps[0].target_id}?api-version=2023-08-01-preview"
    other = {"location": "westeurope", "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "STANDARD_DS2_V2"}}}
    assert bench.emulator.request("PUT", path, other).status == 201
    operation = await run(bench, plan)
    (only,) = operation.runs
    assert only.progress is Progress.STOPPED
    assert only.note.startswith("not sent: there was none when the plan was made")
    assert there(bench, "cpu-new")["properties"]["properties"]["vmSize"] == "STANDARD_DS2_V2"
    assert undo_of(operation) is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (NewInstance(name="nb-new", size=SCARCE).document(), "AllocationFailed"),
        (NewInstance(name="nb-new", size="Standard_NC96ads_A100_v4").document(), "CoreQuota"),
    ],
)
async def test_want_of_machines_and_of_quota_are_told_apart(made: tuple[Bench, Make], document: Mapping[str, Any], code: str) -> None:
    bench, make = made
    (only,) = (await run(bench, await make(document))).runs
    assert only.progress is Progress.FAILED
    assert only.trouble is not None and code in only.trouble.code and only.note


async def test_what_azure_ai_ml_does_not_take_names_its_field(made: tuple[Bench, Make]) -> None:
    _, make = made
    document = NewCluster(name="cpu-new", size="Standard_DS3_v2").document()
    with pytest.raises(RefusedError) as refused:
        await make({**document, "max_instances": "many"})
    assert refused.value.path == "max_instances" and refused.value.message


async def test_kubernetes_is_attached_and_undo_detaches_it(made: tuple[Bench, Make]) -> None:
    bench, make = made
    plan = await make({"type": "kubernetes", "name": "k8s-new", "resource_id": ARC, "namespace": "ml"})
    assert (plan.verb, plan.steps[0].request.body["properties"]["resourceId"]) == ("attach", ARC)
    assert "nothing new" in told(plan, Concern.MONEY)
    operation = await run(bench, plan)
    assert operation.runs[0].progress is Progress.DONE, operation.runs[0].note
    assert there(bench, "k8s-new")["properties"]["isAttachedCompute"] is True
    assert (await undo(bench, operation)).runs[0].progress is Progress.DONE
    deleted = [call for call in bench.emulator.calls() if call["method"] == "DELETE"]
    assert len(deleted) == 1 and there(bench, "k8s-new") is None


def written(folder: Path) -> str:
    """Every byte below a folder."""
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


def machines(*names: str) -> Sequence[Mapping[str, Any]]:
    ssh = {"admin_username": "azureuser", "admin_password": CANARY}
    return [{"type": "virtualmachine", "name": name, "resource_id": MACHINE, "ssh_settings": ssh} for name in names]


async def test_a_password_goes_to_azure_and_nowhere_else(
    made: tuple[Bench, Make], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench, make = made
    caplog.set_level(logging.DEBUG)
    plan = await make(*machines("vm-one", "vm-two"))
    assert CANARY not in repr(plan), "what is shown, compared and kept has a slot"
    operation = bench.runner.run(plan)
    assert not operation.kept or not secret_in(plan)
    kept = written(tmp_path)
    await bench.to_the_end(operation)
    assert {each.progress for each in operation.runs} == {Progress.DONE}
    keys = bench.emulator.request("POST", f"{plan.steps[0].target_id}/listKeys?api-version=2023-08-01-preview").json()
    assert keys["administratorAccount"]["password"] == CANARY
    assert CANARY not in kept + written(tmp_path) + caplog.text
    assert CANARY not in json.dumps(there(bench, "vm-one"))
    assert {each.progress for each in (await undo(bench, operation)).runs} == {Progress.DONE}


async def test_a_machine_that_azure_refuses_tells_no_password(
    made: tuple[Bench, Make], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench, make = made
    bench.strike("403", "^PUT .*/vm-one")
    caplog.set_level(logging.DEBUG)
    operation = await run(bench, await make(*machines("vm-one")))
    (only,) = operation.runs
    assert only.progress is Progress.FAILED
    assert CANARY not in only.note + repr(only.trouble) + written(tmp_path) + caplog.text
