"""A reading after another: what Azure tells the same of is the same object, what it tells otherwise is not, and nothing is mixed up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import trustme

from console.azure import computes
from console.azure.arm import ArmClient
from console.azure.unchanged import Known, Unchanged
from console.domain import scopes
from console.domain.compute import Kind
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from tests.azure.conftest import Connect
from tests.azure.scripted import Scripted, Server, client_of, serving
from tests.conftest import Emulator
from tests.gateway import trouble_of, workspace

PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")


async def test_an_unchanged_item_is_the_same_object_a_changed_one_is_not(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(write=True), workspace(fresh_emulator)
    first = await computes.read(arm, place)
    running = next(item for item in first.items if item.kind is Kind.INSTANCE and item.state == "Running")
    await arm.send(computes.stop(running.id))
    second = await computes.read(arm, place, first)
    assert [item.id for item in second.items] == [item.id for item in first.items]
    assert [new.id for new, old in zip(second.items, first.items, strict=True) if new is not old] == [running.id]
    changed = next(item for item in second.items if item.id == running.id)
    assert changed.state == "Stopping"
    assert json.loads(second.raw[scopes.key(running.id)])["properties"]["properties"]["state"] == "Stopping"
    # As read anew: the same items, and the same JSON under each key.
    anew = await computes.read(arm, place)
    assert second == anew


class Lists:
    """A server that lists what it is told to, and what it makes of a list that was read before."""

    def __init__(self, server: Server, arm: ArmClient) -> None:
        self.server = server
        self.arm = arm
        self.decoded: list[bytes] = []

    async def read(self, items: list[dict[str, object]], before: Reading[str] | None = None) -> Reading[str]:
        self.server.answer = lambda _path: Scripted(200, json.dumps({"value": items}).encode())
        return await self.again(before)

    async def again(self, before: Reading[str] | None) -> Reading[str]:
        self.decoded.clear()
        return await self.arm.read_all(computes.list_request(PLACE), self._decode, lambda item: item.split("=")[0], before=before)

    def _decode(self, raw: bytes) -> str:
        self.decoded.append(raw)
        data = json.loads(raw)
        return f"{data['id']}={data['v']}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


def item(name: str, value: int) -> dict[str, object]:
    return {"id": name, "v": value}


async def test_only_what_changed_is_decoded_wherever_it_stands(authority: tuple[trustme.CA, Path]) -> None:
    with serving(authority[0]) as server:
        lists = Lists(server, client_of(server, authority[1]))
        first = await lists.read([item("a", 1), item("b", 1), item("c", 1)])
        assert len(lists.decoded) == 3
        second = await lists.read([item("c", 1), item("new", 1), item("a", 2)], first)
        assert second.items == ("c=1", "new=1", "a=2")
        assert len(lists.decoded) == 2
        assert second.items[0] is first.items[2]
        assert {key: json.loads(raw) for key, raw in second.raw.items()} == {"c": item("c", 1), "new": item("new", 1), "a": item("a", 2)}
        await lists.arm.transport.close()


async def test_two_items_of_one_key_are_never_taken_for_each_other(authority: tuple[trustme.CA, Path]) -> None:
    with serving(authority[0]) as server:
        lists = Lists(server, client_of(server, authority[1]))
        twice = [item("a", 1), item("a", 2), item("b", 1)]
        first = await lists.read(twice)
        second = await lists.read(twice, first)
        assert second == first
        assert second.items == ("a=1", "a=2", "b=1")
        await lists.arm.transport.close()


async def test_a_failure_after_a_good_reading_is_a_failure(authority: tuple[trustme.CA, Path]) -> None:
    """Nothing of the reading before stands in for what could not be read."""
    with serving(authority[0]) as server:
        lists = Lists(server, client_of(server, authority[1]))
        first = await lists.read([item("a", 1), item("b", 1)])
        server.answer = lambda _path: Scripted(500, b"{}")
        assert (await trouble_of(lists.again(first))).status == 500
        server.answer = lambda path: (
            Scripted(500, b"{}")
            if "p2" in path
            else Scripted(200, json.dumps({"value": [item("a", 1)], "nextLink": f"{server.base_url}/p2"}).encode())
        )
        cut = await lists.again(first)
        assert cut.items == ("a=1",)
        assert cut.items[0] is first.items[0]
        assert cut.raw.keys() == {"a"}
        assert cut.incomplete
        await lists.arm.transport.close()


@pytest.mark.parametrize("taken", [range(4), range(3, -1, -1), [0, 2, 3], [0, 9, 1, 2, 3], [9, 8, 3, 3, 0]])
def test_an_item_is_found_wherever_it_stands(taken: Sequence[int]) -> None:
    """9 and 8 are new."""
    unchanged = Unchanged(Reading(tuple(range(4)), {str(n): b'{"n":%d}' % n for n in range(4)}))
    found = [unchanged.find(msgspec.Raw(b'{"n":%d}' % n)) for n in taken]
    assert found == [Known(str(n), b'{"n":%d}' % n, n) if n < 4 else None for n in taken]


@pytest.mark.parametrize("before", [None, Reading(("from", "disk")), Reading(("one", "two"), {"1": b"x"})])
def test_nothing_is_known_where_json_and_items_cannot_be_told_together(before: Reading[str] | None) -> None:
    assert Unchanged(before).find(msgspec.Raw(b"x")) is None
