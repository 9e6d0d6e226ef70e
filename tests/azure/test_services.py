"""Each service's requests, answered by the emulator over HTTPS: pages, operations, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from console.azure import authorization, computes, graph, prices, runs, workspaces
from console.azure.answer import operation_url
from console.azure.arm import ArmClient
from console.domain.compute import Kind as ComputeKind
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.conftest import Emulator, start_emulator, stop_emulator
from tests.gateway import EndpointTokens, client, sent, trouble_of, workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_computes_of_every_kind(connect: Connect, fresh_emulator: Emulator) -> None:
    reading = await computes.read(connect(), workspace(fresh_emulator))
    by_name = {item.name: item for item in reading.items}
    assert reading.incomplete == ""
    assert not [item.fault for item in reading.items if item.fault]
    assert {item.kind for item in reading.items} >= {
        ComputeKind.INSTANCE,
        ComputeKind.CLUSTER,
        ComputeKind.KUBERNETES,
        ComputeKind.AKS,
        ComputeKind.VIRTUAL_MACHINE,
        ComputeKind.DATABRICKS,
    }
    assert (by_name["nb-grace"].shown_state, by_name["nb-grace"].billed_nodes) == ("Running", 1)
    assert (by_name["nb-mei"].shown_state, by_name["nb-mei"].billed_nodes) == ("Stopped", 0)
    assert by_name["nb-audit"].errors
    assert by_name["gpu-idle"].idle_nodes == 2
    assert by_name["cpu-lowpri"].low_priority
    assert reading.raw[by_name["nb-grace"].id.lower()].startswith(b'{"id":')
    assert len(sent(fresh_emulator, "GET", "/computes")) == 1
    assert by_name["nb-grace"] == await computes.read_one(connect(), by_name["nb-grace"].id)


async def test_nodes_of_a_cluster(connect: Connect, fresh_emulator: Emulator) -> None:
    place = workspace(fresh_emulator)
    nodes = (await computes.read_nodes(connect(), f"{place.id}/computes/etl-nightly")).items
    assert {node.state for node in nodes} == {"unusable", "running"}
    assert all(node.id and not node.fault for node in nodes)
    assert [node.run_id for node in nodes if node.state == "running"] != [""]
    assert (await trouble_of(computes.read_nodes(connect(), f"{place.id}/computes/nb-ivan"))).kind is Kind.INVALID


async def test_what_is_not_there(connect: Connect, fresh_emulator: Emulator) -> None:
    place = workspace(fresh_emulator)
    assert (await trouble_of(computes.read_one(connect(), f"{place.id}/computes/none"))).kind is Kind.NOT_FOUND
    other = type(place)(place.subscription_id, place.resource_group, "no-such-workspace")
    assert (await trouble_of(computes.read(connect(), other))).kind is Kind.NOT_FOUND


async def test_workspaces_and_subscriptions(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    subscriptions = (await workspaces.read_subscriptions(arm)).items
    assert {each.name for each in subscriptions} == {"contoso-prod", "contoso-dev", "contoso-research"}
    everywhere = (await workspaces.read(arm, place.subscription_id)).items
    assert {each.name for each in everywhere} == {"fraud-prod", "pricing-prod", "demand-prod", "vision-prod"}
    in_group = (await workspaces.read(arm, place.subscription_id, place.resource_group)).items
    assert {each.name for each in in_group} == {"fraud-prod", "pricing-prod"}
    one = await workspaces.read_one(arm, place)
    assert one.ref == place
    assert one.location == "westeurope"
    assert one.tags["team"] == "risk"


async def test_prices_of_a_region(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    reading = await prices.read(arm, place.subscription_id, "westeurope")
    by_name = {size.name.upper(): size for size in reading.items}
    size = by_name["STANDARD_DS3_V2"]
    assert reading.incomplete == ""
    assert isinstance(size.dedicated, Decimal)
    assert isinstance(size.low_priority, Decimal)
    assert 0 < size.low_priority < size.dedicated
    assert (size.cores, size.currency) == (4, "USD")
    assert (await trouble_of(prices.read(arm, place.subscription_id, "atlantis"))).kind is Kind.INVALID


async def test_prices_that_are_none_are_not_an_empty_list(connect: Connect, fresh_emulator: Emulator) -> None:
    place = workspace(fresh_emulator)
    fresh_emulator.control("POST", "faults", [{"route": "vmSizes", "kind": "wrong-types", "fields": ["value"]}])
    assert (await trouble_of(prices.read(connect(), place.subscription_id, "westeurope"))).kind is Kind.UNEXPECTED
    fresh_emulator.control("POST", "faults", [{"route": "vmSizes", "kind": "wrong-types", "fields": ["retailPrice"]}])
    reading = await prices.read(connect(), place.subscription_id, "westeurope")
    assert all(size.dedicated is None for size in reading.items), "what is left had no price to spoil"
    assert "sizes could not be read" in reading.incomplete


@pytest.mark.parametrize(
    ("identity", "start", "delete"),
    [("admin", True, True), ("operator", True, True), ("data-scientist", True, False), ("reader", False, False)],
)
async def test_what_each_identity_may(fresh_emulator: Emulator, identity: str, start: bool, delete: bool) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator, identity))
    place = workspace(fresh_emulator)
    allowance = await authorization.read_allowance(arm, place.id)
    action = "Microsoft.MachineLearningServices/workspaces/computes"
    assert allowance.known
    assert allowance.allows(f"{action}/start/action") is start
    assert allowance.allows(f"{action}/delete") is delete
    # What the console foresees is what happens.
    trouble = None if delete else await trouble_of(arm.send(computes.delete(f"{place.id}/computes/nb-ulrich")))
    if trouble is None:
        await arm.send(computes.delete(f"{place.id}/computes/nb-ulrich"))
    else:
        assert trouble.kind is Kind.PERMISSION
        assert f"{action}/delete" in trouble.sentence
    await arm.transport.close()


async def test_names_behind_object_ids(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect()
    owners = {item.owner_id for item in (await computes.read(arm, workspace(fresh_emulator))).items if item.owner_id}
    names = await graph.read_names(arm, fresh_emulator.base_url, [*owners, "00000000-0000-0000-0000-000000000000"])
    assert "grace.okafor@contoso.com" in names.values()
    assert names.keys() == owners
    before = len(sent(fresh_emulator, "POST", "getByIds"))
    many = [f"00000000-0000-0000-0000-{number:012}" for number in range(2_001)]
    assert await graph.read_names(arm, fresh_emulator.base_url, many) == {}
    assert len(sent(fresh_emulator, "POST", "getByIds")) - before == 3


async def test_the_last_run_of_a_compute(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    base = await runs.data_plane(arm, await workspaces.read_one(arm, place))
    reading = await runs.read_last(arm, base, f"{place.id}/computes/gpu-train")
    assert len(reading.items) == 1
    assert reading.items[0].active
    assert reading.items[0].started is not None
    assert (await runs.read_last(arm, base, f"{place.id}/computes/k8s-fraud")).items == ()


# Long-running operations


async def begun(arm: ArmClient, emulator: Emulator, name: str = "nb-ivan") -> str:
    """Stop an instance; where its operation is asked after."""
    return operation_url(await arm.send(computes.stop(f"{workspace(emulator).id}/computes/{name}")))


async def test_an_operation_followed_by_its_status(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=True)
    url = await begun(arm, fresh_emulator)
    assert not (await arm.operation_status(url)).done
    fresh_emulator.control("POST", "clock", {"advance": 600})
    status = await arm.operation_status(url)
    assert (status.done, status.succeeded, status.trouble) == (True, True, None)


async def test_an_operation_followed_by_its_location(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=True)
    url = (await begun(arm, fresh_emulator)).replace("computeOperationsStatus", "computeOperationResults")
    assert not (await arm.operation_status(url)).done
    fresh_emulator.control("POST", "clock", {"advance": 600})
    assert (await arm.operation_status(url)).succeeded


async def test_an_operation_that_another_took_over_failed_in_both_styles(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=True)
    url = await begun(arm, fresh_emulator)
    await arm.send(computes.delete(f"{workspace(fresh_emulator).id}/computes/nb-ivan"))
    for style in ("computeOperationsStatus", "computeOperationResults"):
        status = await arm.operation_status(url.replace("computeOperationsStatus", style))
        assert (status.done, status.succeeded) == (True, False)
        assert status.trouble is not None
        assert status.trouble.code == "OperationPreempted"


@pytest.mark.parametrize(("fault", "done"), [("lro-fails", True), ("lro-never-ends", False)])
async def test_an_operation_that_is_spoilt(connect: Connect, fresh_emulator: Emulator, fault: str, done: bool) -> None:
    arm = connect(write=True)
    url = await begun(arm, fresh_emulator)
    fresh_emulator.control("POST", "faults", [{"route": "computeOperationsStatus", "kind": fault}])
    fresh_emulator.control("POST", "clock", {"advance": 600})
    status = await arm.operation_status(url)
    assert status.done is done
    assert not status.succeeded
    assert (status.trouble is not None) is done


async def test_an_operation_that_is_lost_cannot_be_asked(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=True)
    url = await begun(arm, fresh_emulator)
    lost = url.replace(url.rpartition("/")[2].partition("?")[0], "00000000-0000-0000-0000-000000000000")
    assert (await trouble_of(arm.operation_status(lost))).kind is Kind.NOT_FOUND


# Pages


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def big(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Emulator]:
    """An emulator with several pages of computes in a workspace."""
    folder: Path = tmp_path_factory.mktemp("big")
    running = start_emulator(folder, "--speed", "0", "--scale", "16")
    yield running
    stop_emulator(running)


async def test_pages_are_followed_to_the_end(big: Emulator) -> None:
    arm = client(big, EndpointTokens(big), write=False)
    reading = await computes.read(arm, workspace(big))
    pages = sent(big, "GET", "/computes")
    assert reading.incomplete == ""
    assert len(reading.items) == len({item.id for item in reading.items}) == len(reading.raw)
    assert len(pages) == -(-len(reading.items) // 100)
    assert len(pages) >= 3
    await arm.transport.close()


@pytest.mark.parametrize(
    ("fault", "word"), [("404", "NotFound"), ("500", "failing"), ("malformed", "could not be read"), ("reset-before", "reached")]
)
async def test_a_list_whose_later_page_fails_says_that_it_is_not_whole(big: Emulator, fault: str, word: str) -> None:
    arm = client(big, EndpointTokens(big), write=False)
    decoded: list[bytes] = []

    def decode(raw: bytes) -> bytes:
        if not decoded:  # the first page is there: from now on it goes wrong
            big.control("POST", "faults", [{"route": "GET .*/computes$", "kind": fault}])
        decoded.append(raw)
        return raw

    try:
        reading = await arm.read_all(computes.list_request(workspace(big)), decode, lambda raw: raw.decode())
    finally:
        big.control("POST", "faults", [])
        await arm.transport.close()
    assert len(reading.items) == 100
    assert word in reading.incomplete
