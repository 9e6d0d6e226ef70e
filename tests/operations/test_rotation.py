"""Rotation against the emulator: nobody is shut out, whatever fails leaves the old key alive, and quitting in the hold loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from console.azure import workspaces
from console.azure.arm import ArmClient
from console.domain.rotation import Consumer, Held, Kind
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import TroubleError
from console.domain.workspaces import Workspace
from console.operations import pace
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress, undo_of
from console.operations.plan import Concern
from console.operations.rotation import GRACES
from console.operations.rotation_guard import RotationGuard
from console.operations.runner import Runner
from console.operations.shelf import Holder, Shelf
from console.readers import Readers
from console.rotation_now import AccountUsers, RotationNow
from tests.conftest import Emulator
from tests.gateway import DEADLINE_S, EndpointTokens, client, sent, trouble_of, until, workspace
from tests.nets import rule

HOUR = 3700.0
FIVE = {"transactions", "chargebacks", "labels", "transactions_sample", "scratch"}
#: Connections that the same key enters.
TWO = {"chargebacks-blob", "transactions-sample-blob"}


@pytest.fixture(autouse=True)
def watchful(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.02)


@dataclass
class Desk:
    """A console's runner with the rotation of one account, on folders that another may take over."""

    emulator: Emulator
    folder: Path
    arm: ArmClient
    unread: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        async def gateway() -> ArmClient:
            return self.arm

        self.readers = Readers(gateway, "")
        self.journal = Journal(self.folder / "journal")
        self.shelf = Shelf(self.folder / "plans", lambda: Holder(self.emulator.base_url, "t", "ada"))
        users = AccountUsers(self.readers, self.seen)
        self.runner = Runner(
            self.arm,
            self.journal,
            self.readers.target,
            lambda _operation, _run: None,
            cloud=self.emulator.base_url,
            who=lambda: "ada",
            shelf=self.shelf,
            against=RotationGuard(users.read, lambda: self.runner, users.holdings.update).against,
        )
        self.users = users

    async def seen(self) -> tuple[tuple[Workspace, ...], dict[str, str]]:
        subscriptions = dict.fromkeys(each["subscription_id"] for each in self.emulator.ready["workspaces"])
        found = [each for one in subscriptions for each in (await workspaces.read(self.arm, one)).items]
        return tuple(found), self.unread

    async def rotation(self, name: str = "contosodata", of: str = "") -> RotationNow:
        """The rotation of an account by its name in the first subscription, or by its ARM id."""
        account = None if of else await self.readers.account_named(workspace(self.emulator).subscription_id, name)
        account_id = account.id if account is not None else of
        now = RotationNow(account_id, self.users, self.readers, lambda: self.runner, self.arm.clock)
        await now.feed.poll(account_id)
        return now

    async def scanned(self, name: str = "contosodata", of: str = "") -> RotationNow:
        now = await self.rotation(name, of)
        await now.compare(now.scan())
        return now

    async def stored(self, name: str) -> str:
        """The ARM id of a workspace's own account."""
        return next(each.storage for each in (await self.seen())[0] if each.name == name)

    async def leave(self) -> None:
        await self.runner.close()
        self.journal.close()
        await self.arm.transport.close()

    def step(self, operation: Operation, ending: str) -> Any:
        return next(run for run in operation.runs if run.step.request.path.endswith(ending))


@pytest_asyncio.fixture
async def desk(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(fresh_emulator, tmp_path, client(fresh_emulator, EndpointTokens(fresh_emulator)))
    yield made
    await made.leave()


def shut(emulator: Emulator) -> set[str]:
    """The datastores and connections that do not open now."""
    told = [each for lever in ("datastores", "connections") for each in emulator.control("GET", lever)["value"]]
    return {each["id"].rsplit("/", 1)[-1] for each in told if not each["opens"]}


def written(folder: Path) -> bytes:
    """All that a console keeps on disk."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def advance(desk: Desk, seconds: float) -> None:
    """Let time pass, and the console hear of it, as by its polls."""
    await asyncio.to_thread(desk.emulator.control, "POST", "clock", {"advance": seconds})
    await desk.readers.workspace(workspace(desk.emulator))


async def pass_until(desk: Desk, operation: Operation, condition: Callable[[], bool]) -> None:
    """Let the time pass that Azure takes for what is under way."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_S
    while asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await until(condition)
        if condition():
            return
        if any(run.progress is Progress.RUNNING for run in operation.runs):
            await advance(desk, 20)
    raise AssertionError([(run.step.target_name, run.progress, run.note) for run in operation.runs])


async def held(desk: Desk, operation: Operation) -> None:
    renew = desk.step(operation, "/regenerateKey")
    await pass_until(desk, operation, lambda: renew.progress is Progress.HOLDING or operation.ended)
    assert renew.progress is Progress.HOLDING, [(run.step.target_name, run.progress, run.note) for run in operation.runs]


async def ended(desk: Desk, operation: Operation) -> list[tuple[str, Progress]]:
    await pass_until(desk, operation, lambda: operation.ended)
    return [(run.step.target_name, run.progress) for run in operation.runs]


def by_name(now: RotationNow, *kinds: Kind) -> dict[str, Consumer]:
    return {each.name: each for each in now.consumers if each.kind in (kinds or {Kind.DATASTORE, Kind.CONNECTION})}


async def test_who_holds_what_is_compared_in_memory_journaled_and_forgotten(desk: Desk, tmp_path: Path) -> None:
    now = await desk.scanned()
    assert set(by_name(now)) == FIVE | TWO and {each.workspace.name for each in by_name(now).values() if each.workspace} == {
        "fraud-prod",
        "fraud-dev",
    }
    found = {each.name: now.holdings[each.id] for each in by_name(now).values()}
    assert {each.held for each in found.values()} == {Held.KEY1}
    prints = {each.fingerprint for each in found.values()}
    assert len(prints) == 1 and all(len(each) == 8 for each in prints), "one key, one fingerprint"
    kept = written(tmp_path)
    assert kept.count(b'"intended"') == 8 and b"canary" not in kept
    assert "canary" not in repr(now.holdings) + repr(desk.runner.operations)


async def test_all_are_moved_held_and_only_then_the_old_key_ends(desk: Desk) -> None:
    emulator = desk.emulator
    before = shut(emulator)
    now = await desk.scanned()
    plan = await now.plan("key1", GRACES[0])
    assert "key2 of contosodata" in plan.then, "the second round"
    assert plan.typed == "contosodata" and [each.sentence for each in plan.totals if "7 moved to key2" in each.sentence]
    operation = desk.runner.run(plan)
    await held(desk, operation)
    assert operation.kept, "what is left of it is offered again by the next start"
    assert shut(emulator) == before and not sent(emulator, "POST", "/regenerateKey")
    await advance(desk, HOUR)
    assert {progress for _, progress in await ended(desk, operation)} == {Progress.DONE}
    assert shut(emulator) == before, "all are untouched"
    assert {now.holdings[each.id].held for each in by_name(now).values()} == {Held.KEY2}, "as the last check found"
    after = await desk.scanned()
    assert {after.holdings[each.id].held for each in by_name(after).values()} == {Held.KEY2}
    puts = sent(emulator, "PUT")
    assert len([each for each in puts if "skipValidation=false" in json.dumps(each)]) == 5 and len(puts) == 7
    assert len(sent(emulator, "POST", "/testconnection")) == 2


async def test_five_readers_and_two_connections_never_fail_during_a_rotation(desk: Desk) -> None:
    """All that the key opens is tried over and over while it is rotated, both keys after each other."""
    emulator, over, looks, failed = desk.emulator, asyncio.Event(), 0, set[str]()

    async def hammer() -> None:
        nonlocal looks
        while not over.is_set():
            failed.update(await asyncio.to_thread(shut, emulator) & (FIVE | TWO))
            looks += 1

    readers = [asyncio.create_task(hammer()) for _ in range(5)]
    for leaving in ("key1", "key2"):
        operation = desk.runner.run(await (await desk.scanned()).plan(leaving, GRACES[0]))
        await held(desk, operation)
        await advance(desk, HOUR)
        assert {progress for _, progress in await ended(desk, operation)} == {Progress.DONE}
    over.set()
    await asyncio.gather(*readers)
    assert failed == set() and looks > 50 and len(sent(emulator, "POST", "/regenerateKey")) == 2


async def test_a_console_that_only_reads_reveals_nothing(desk: Desk, tmp_path: Path) -> None:
    account = (await desk.rotation()).account_id
    reading = Desk(desk.emulator, tmp_path / "reading", client(desk.emulator, EndpointTokens(desk.emulator), write=False))
    try:
        now = await reading.scanned(of=account)
        assert {each.held for each in now.holdings.values()} == {Held.UNTOLD} and not sent(desk.emulator, "POST", "istSecrets")
    finally:
        await reading.leave()


async def test_who_quits_in_the_hold_goes_on_where_it_was(desk: Desk, tmp_path: Path) -> None:
    emulator, before = desk.emulator, shut(desk.emulator)
    now = await desk.scanned()
    first = desk.runner.run(await now.plan("key1", GRACES[0]))
    await held(desk, first)
    await desk.leave()
    assert b"canary" not in written(tmp_path)
    await asyncio.to_thread(emulator.control, "POST", "clock", {"advance": 10 * HOUR})
    assert shut(emulator) == before and not sent(emulator, "POST", "/regenerateKey"), "nothing goes on by itself"

    later = Desk(emulator, tmp_path, client(emulator, EndpointTokens(emulator)))
    try:
        (kept,) = later.shelf.left(later.journal.begun())
        paused = later.runner.offer(kept)
        plan, notes = await later.runner.remaining(paused)
        assert plan is not None and notes == () and [step.verb for step in plan.steps] == ["regenerate"]
        later.runner.drop(paused)
        again = later.runner.run(plan)
        await held(later, again)
        await advance(later, HOUR)
        assert {progress for _, progress in await ended(later, again)} == {Progress.DONE}
        assert len(sent(emulator, "POST", "/regenerateKey")) == 1 and shut(emulator) == before
    finally:
        await later.leave()


async def test_one_that_cannot_be_moved_leaves_the_old_key_alive(desk: Desk) -> None:
    emulator, before = desk.emulator, shut(desk.emulator)
    now = await desk.scanned()
    plan = await now.plan("key1", GRACES[-1])
    emulator.control("POST", "faults", [rule("403", "/datastores/labels")])
    operation = desk.runner.run(plan)
    told = dict(await ended(desk, operation))
    assert told["labels"] in {Progress.FAILED, Progress.STOPPED} and told["contosodata key1"] is Progress.STOPPED
    emulator.control("POST", "faults", [])
    assert not sent(emulator, "POST", "/regenerateKey") and shut(emulator) == before


async def test_azure_that_holds_back_in_the_middle_only_delays_it(desk: Desk) -> None:
    emulator, before = desk.emulator, shut(desk.emulator)
    now = await desk.scanned()
    plan = await now.plan("key1", GRACES[-1])
    held_back = [rule("429", each, count=1, retry_after=0) for each in ("PUT .*/datastores/labels", "/testconnection", "/regenerateKey")]
    emulator.control("POST", "faults", held_back)
    operation = desk.runner.run(plan)
    assert {progress for _, progress in await ended(desk, operation)} == {Progress.DONE}
    assert len([each for each in emulator.calls() if each["status"] == 429]) == 3
    assert len(sent(emulator, "POST", "/regenerateKey")) == 2 and shut(emulator) == before


async def test_the_jobs_of_every_workspace_with_a_key_are_read_for_the_plan(desk: Desk) -> None:
    now = await desk.scanned()
    plan = await now.plan("key1", GRACES[0])
    told = [each.sentence for each in plan.totals if each.sentence.startswith("jobs run in fraud-prod")]
    assert len(told) == 1 and " more" in told[0], plan.totals
    desk.emulator.control("POST", "faults", [rule("403", "/computes/gpu-train/runs")])
    unread = [each.sentence for each in (await now.plan("key1", GRACES[0])).totals if each.concern is Concern.UNCHECKED]
    assert any("which jobs run on gpu-train in fraud-prod: You may not read jobs here" in each for each in unread), unread


async def test_who_comes_to_the_old_key_during_the_hold_stops_it(desk: Desk) -> None:
    emulator, before = desk.emulator, shut(desk.emulator)
    now = await desk.scanned()
    operation = desk.runner.run(await now.plan("key1", GRACES[0]))
    await held(desk, operation)
    account = now.account_id
    secret = emulator.request("POST", f"{account}/listKeys?api-version=2023-05-01").json()["keys"][0]["value"]
    labels = by_name(now)["labels"].id
    body = emulator.request("GET", f"{labels}?api-version=2024-10-01").json()
    body["properties"]["credentials"]["secrets"] = {"secretsType": "AccountKey", "key": secret}
    late = f"{labels.rpartition('/')[0]}/late?api-version=2024-10-01"
    assert emulator.request("PUT", late, {"properties": body["properties"]}).status == 201
    await advance(desk, HOUR)
    assert ("contosodata key1", Progress.STOPPED) in await ended(desk, operation)
    assert "late in fraud-prod still holds key1" in desk.step(operation, "/regenerateKey").note
    assert not sent(emulator, "POST", "/regenerateKey") and shut(emulator) == before
    undo = undo_of(operation)
    assert undo is not None
    assert {progress for _, progress in await ended(desk, desk.runner.run(undo))} == {Progress.DONE}
    assert {(await desk.scanned()).holdings[each.id].held for each in by_name(now).values()} == {Held.KEY1}


@pytest.mark.parametrize("renewed", ["key1", "key2"])
async def test_a_key_that_somebody_else_made_anew_meanwhile_stops_the_plan(desk: Desk, renewed: str) -> None:
    now = await desk.scanned()
    plan = await now.plan("key1", GRACES[-1])
    await advance(desk, 60)
    url = f"{now.account_id}/regenerateKey?api-version=2023-05-01"
    assert desk.emulator.request("POST", url, {"keyName": renewed}).status == 200
    operation = desk.runner.run(plan)
    told = dict(await ended(desk, operation))
    assert told[f"contosodata {renewed}"] is Progress.STOPPED and told["contosodata key1"] is Progress.STOPPED
    assert len(sent(desk.emulator, "POST", "/regenerateKey")) == 1, "theirs"
    assert (FIVE | TWO).isdisjoint(shut(desk.emulator)), "those that it had shut are open again, by key2"


async def test_a_datastore_that_was_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    now = await desk.scanned()
    plan = await now.plan("key1", GRACES[-1])
    await advance(desk, 60)
    scratch = by_name(now)["scratch"].id
    body = desk.emulator.request("GET", f"{scratch}?api-version=2024-10-01").json()["properties"]
    body["credentials"] = {"credentialsType": "None"}
    assert desk.emulator.request("PUT", f"{scratch}?skipValidation=true&api-version=2024-10-01", {"properties": body}).status == 200
    told = dict(await ended(desk, desk.runner.run(plan)))
    assert told["scratch"] is Progress.STOPPED and told["contosodata key1"] is Progress.STOPPED


async def test_the_own_datastores_of_a_workspace_take_key1_right_after_it_is_anew(desk: Desk) -> None:
    emulator = desk.emulator
    now = await desk.scanned(of=await desk.stored("pricing-prod"))
    own = by_name(now, Kind.OWN)
    assert len(own) == 4 and {now.holdings[each.id].held for each in own.values()} == {Held.KEY1}
    plan = await now.plan("key1", GRACES[-1])
    assert [step.verb for step in plan.steps] == ["verify", "regenerate", "resync", "verify"]
    assert any(each.concern is Concern.BREAKS and "until resyncKeys is through" in each.sentence for each in plan.totals)
    before = shut(emulator)
    operation = desk.runner.run(plan)
    sync = operation.runs[2]
    await until(lambda: sync.progress is Progress.RUNNING or operation.ended, "the resync")
    assert own.keys() <= shut(emulator), "that is the gap that was told"
    await advance(desk, 60)
    assert {progress for _, progress in await ended(desk, operation)} == {Progress.DONE}
    assert shut(emulator) == before
    # The other key is nobody's: it is made anew at once.
    name = now.account_id.rsplit("/", 1)[-1]
    other = desk.runner.run(await (await desk.scanned(name)).plan("key2", GRACES[-1]))
    assert [each for each, _ in await ended(desk, other)] == [f"{name} key1", f"{name} key2"]
    assert shut(emulator) == before


async def test_what_cannot_be_rotated_says_why(desk: Desk) -> None:
    unread = await trouble_of((await desk.rotation()).plan("key1", GRACES[0]))
    assert unread.code == "NotCompared" and "and 4 more hold" in unread.sentence
    now = await desk.rotation(of=await desk.stored("fraud-prod"))
    off = await trouble_of(now.plan("key1", GRACES[0]))
    assert off.code == "SharedKeyOff"


async def test_who_may_not_list_secrets_learns_so_for_each_and_nothing_is_planned(desk: Desk, tmp_path: Path) -> None:
    account = (await desk.rotation()).account_id
    reader = Desk(desk.emulator, tmp_path / "reader", client(desk.emulator, EndpointTokens(desk.emulator, "reader")))
    try:
        now = await reader.scanned(of=account)
        told = {now.holdings[each.id] for each in by_name(now).values()}
        assert {each.held for each in told} == {Held.UNTOLD} and all("istsecrets" in each.why for each in told), told
        assert (await trouble_of(now.plan("key1", GRACES[0]))).code == "NotCompared"
    finally:
        await reader.leave()


async def test_an_account_that_is_gone_is_told(desk: Desk) -> None:
    gone = await desk.rotation(of=f"{(await desk.rotation()).account_id}x")
    assert [each.kind for each in gone.feed.troubles.values()] == [TroubleKind.NOT_FOUND]
    with pytest.raises(TroubleError, match="not read yet"):
        gone.scan()
