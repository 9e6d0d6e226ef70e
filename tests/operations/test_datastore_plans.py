"""Plans of datastores over the real compiler and the emulator: what opens a datastore is never lost by an edit, and never seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from console.azure import datastores
from console.azure.arm import ArmClient
from console.azure.compiler import Compiler
from console.azure.sources import DatastoreSecret, StorageKey
from console.data_now import Users
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Auth, Datastore
from console.domain.scopes import WorkspaceRef
from console.domain.used_by import Use, Via
from console.operations.creation import RefusedError
from console.operations.datastore_changes import Change, Opening, change, move_to_identity
from console.operations.datastore_files import DatastoreFiles, Opened
from console.operations.datastores import can_change, can_make_default, delete, make
from console.operations.journal import Journal
from console.operations.operation import Progress, StepRun, undo_of
from console.operations.plan import Concern, Danger, Plan
from console.operations.revealed import LIST_DATASTORE, LIST_KEYS, revealed
from console.operations.runner import Runner
from console.operations.sourced import storage_sas
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, trouble_of, until, workspace

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "canary-" + "k" * 40
BLOB = {"name": "chargebacks_new", "type": "azure_blob", "account_name": "contosodata", "container_name": "chargebacks"}


class Stores:
    """A runner on the emulator's datastores, and what is looked at of them."""

    def __init__(self, emulator: Emulator, arm: ArmClient, journal: Journal, compiler: Compiler) -> None:
        self.emulator, self.arm, self.journal, self.compiler = emulator, arm, journal, compiler
        self.runner = Runner(arm, journal, self.row, lambda _operation, _run: None, cloud=emulator.base_url, who=lambda: "admin")

    @property
    def place(self) -> WorkspaceRef:
        return workspace(self.emulator)

    @property
    def files(self) -> DatastoreFiles:
        return DatastoreFiles(lambda: self.compiler, self.json)

    def id(self, name: str) -> str:
        return f"{self.place.id}/datastores/{name}"

    async def row(self, datastore_id: str) -> Datastore:
        return datastores.decode(await self.json(datastore_id), self.place)

    async def json(self, datastore_id: str) -> bytes:
        return (await self.arm.send(datastores.get_request(datastore_id))).body

    async def read(self, name: str) -> tuple[Datastore, dict[str, Any]]:
        raw = await self.json(self.id(name))
        return datastores.decode(raw, self.place), msgspec.json.decode(raw, type=dict[str, Any])

    def state(self, name: str) -> dict[str, Any]:
        """Whether a datastore opens, as the emulator's lever tells, and a digest of what opens it."""
        listed = self.emulator.control("GET", "datastores")["value"]
        found = next(each for each in listed if each["id"].lower() == self.id(name).lower())
        secrets = self.emulator.request("POST", f"{self.id(name)}/listSecrets?api-version={datastores.API}")
        return {**found, "secret": _digest(secrets.json())}

    def key(self, account: str, name: str) -> str:
        """A digest of what `state` tells where a key of an account opens a datastore."""
        told = self.emulator.request("POST", f"{self.account_id(account)}/listKeys?api-version=2023-05-01").json()["keys"]
        return _digest({"secretsType": "AccountKey", "key": next(each["value"] for each in told if each["keyName"] == name)})

    def account_id(self, name: str) -> str:
        path = f"/subscriptions/{self.place.subscription_id}/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01"
        return str(next(each["id"] for each in self.emulator.request("GET", path).json()["value"] if each["name"] == name))

    async def carry_out(self, plan: Plan) -> StepRun:
        operation = self.runner.run(plan)
        await until(lambda: operation.ended, "the end of the operation")
        return operation.runs[0]

    def written(self) -> list[str]:
        return [
            f"{call['method']} {call['path'].rpartition('/')[2]}" for call in self.emulator.calls() if call["method"] in {"PUT", "DELETE"}
        ]

    def records(self) -> str:
        return "".join(path.read_text("utf-8") for path in self.journal.folder.glob("*.jsonl"))


@pytest_asyncio.fixture(loop_scope="session")
async def stores(fresh_emulator: Emulator, compiler: Compiler, tmp_path: Path) -> AsyncIterator[Stores]:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    made = Stores(fresh_emulator, arm, Journal(tmp_path / "journal"), compiler)
    yield made
    await made.runner.close()
    made.journal.close()
    await arm.transport.close()


def _digest(secrets: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(secrets, sort_keys=True).encode()).hexdigest()


def sentences(plan: Plan, *concerns: Concern) -> list[str]:
    return [each.sentence for each in plan.steps[0].effects if not concerns or each.concern in concerns]


async def test_the_key_of_an_account_registers_a_datastore_and_stands_nowhere(stores: Stores) -> None:
    key = str(StorageKey(stores.account_id("contosodata"), "key2"))
    plan = await make(stores.compiler, stores.place, "westeurope", [{**BLOB, "credentials": {"account_key": key}}])
    assert plan.steps[0].request.query == {"skipValidation": "false"}
    assert plan.steps[0].request.body["properties"]["credentials"]["secrets"]["key"] == key
    run = await stores.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    assert (await stores.read("chargebacks_new"))[0].auth is Auth.KEY
    assert stores.state("chargebacks_new")["secret"] == stores.key("contosodata", "key2")
    undo = undo_of(stores.runner.operations[-1])
    assert undo is not None
    assert (await stores.carry_out(undo)).progress is Progress.DONE
    assert await trouble_of(stores.row(stores.id("chargebacks_new")))


async def test_a_sas_is_made_as_it_is_sent_and_its_end_alone_is_told(stores: Stores) -> None:
    row, raw = await stores.read("partner_archive")
    assert not stores.state(row.name)["opens"], "its SAS ran out"
    ends = stores.arm.clock.now() + timedelta(days=30)
    account = stores.account_id(row.account)
    opening = Opening(auth=Auth.SAS, secret=storage_sas(account, "key2", "blob", row.container, "rl", ends))
    plan = change(row, raw, Change(opening=opening), account)
    told = " ".join(sentences(plan))
    assert f"until {ends:%Y-%m-%d %H:%M} UTC" in told and f"key2 of {row.account} signs it" in told
    assert (account, LIST_KEYS) in revealed(plan.steps[0])
    assert (await stores.carry_out(plan)).progress is Progress.DONE
    assert stores.state(row.name)["opens"] and "sig=" not in stores.records()


async def test_a_wrong_key_is_azure_s_refusal_and_leaves_nothing(stores: Stores) -> None:
    plan = await make(stores.compiler, stores.place, "westeurope", [{**BLOB, "credentials": {"account_key": CANARY}}])
    assert CANARY not in repr(plan)
    run = await stores.carry_out(plan)
    assert run.progress is Progress.FAILED
    assert run.trouble is not None and "cannot be reached with these credentials" in run.trouble.sentence
    assert await trouble_of(stores.row(stores.id("chargebacks_new")))
    assert CANARY not in stores.records()


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"credentials": {"tenant_id": "t", "client_id": "c", "client_secret": "s"}}, "credentials"),
        ({"container_name": "No_Such"}, "container_name"),
        ({"account_name": "Contoso-Data"}, "account_name"),
        ({"credentials": {"sas_token": "not a signature"}}, "credentials.sas_token"),
        ({"type": "azure_data_lake_gen1"}, "type"),
    ],
)
async def test_what_cannot_be_registered_is_told_by_its_field(stores: Stores, told: Mapping[str, Any], path: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await make(stores.compiler, stores.place, "westeurope", [{**BLOB, **told}])
    assert refused.value.path == path
    assert "not a signature" not in refused.value.message


async def test_an_edit_of_a_text_keeps_what_opens_it(stores: Stores) -> None:
    before = stores.state("transactions")
    row, raw = await stores.read("transactions")
    plan = change(row, raw, Change(description="of the card system", tags={"team": "fraud"}))
    secret = plan.steps[0].request.body["properties"]["credentials"]["secrets"]
    assert secret == {"secretsType": "AccountKey", "key": str(DatastoreSecret(row.id))}
    assert revealed(plan.steps[0]) == ((stores.place.id, LIST_DATASTORE),)
    assert "isDefault" not in plan.steps[0].request.body["properties"]
    run = await stores.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    assert stores.state("transactions") == before
    now, _ = await stores.read("transactions")
    assert (now.description, now.tags, now.auth) == ("of the card system", {"team": "fraud"}, Auth.KEY)
    undo = undo_of(stores.runner.operations[-1])
    assert undo is not None
    assert (await stores.carry_out(undo)).progress is Progress.DONE
    assert (await stores.read("transactions"))[0].description == row.description
    assert stores.state("transactions") == before


@pytest.mark.parametrize("name", ["transactions", "partner_feed", "lake_ledger"])
async def test_whatever_opens_it_stays(stores: Stores, name: str) -> None:
    """An account key, a signature, a certificate: each is read back and put in again."""
    before = stores.state(name)
    row, raw = await stores.read(name)
    run = await stores.carry_out(change(row, raw, Change(description="edited")))
    assert run.progress is Progress.DONE, run.note
    assert stores.state(name) == before


async def test_a_move_to_another_container_that_is_not_there_changes_nothing(stores: Stores) -> None:
    row, raw = await stores.read("transactions")
    plan = change(row, raw, Change(container="no-such-container"))
    assert any("reads there from now on" in sentence for sentence in sentences(plan, Concern.BREAKS))
    run = await stores.carry_out(plan)
    assert run.progress is Progress.FAILED
    assert run.trouble is not None and "does not exist" in run.trouble.sentence
    assert (await stores.read("transactions"))[1] == raw


async def test_a_datastore_that_somebody_else_changed_is_not_overwritten(stores: Stores) -> None:
    row, raw = await stores.read("transactions")
    plan = change(row, raw, Change(description="mine"))
    stores.emulator.control("POST", "clock", {"advance": 60})
    assert (await stores.carry_out(change(row, raw, Change(description="theirs")))).progress is Progress.DONE
    run = await stores.carry_out(plan)
    assert run.progress is Progress.STOPPED
    assert (await stores.read("transactions"))[0].description == "theirs"


async def test_a_move_to_identity_takes_the_key_away_and_undo_takes_the_account_s(stores: Stores) -> None:
    row, raw = await stores.read("transactions")
    account = stores.account_id("contosodata")
    without = move_to_identity(row, raw)
    assert without.steps[0].undo is None and "nothing brings that back" in without.undo_note
    plan = move_to_identity(row, raw, account_id=account)
    properties = plan.steps[0].request.body["properties"]
    assert properties["credentials"] == {"credentialsType": "None"}
    assert properties["serviceDataAccessAuthIdentity"] == "WorkspaceSystemAssignedIdentity"
    assert plan.steps[0].undo is not None
    assert (revealed(plan.steps[0]), revealed(plan.steps[0].undo)) == ((), ((account, LIST_KEYS),))
    assert plan.steps[0].undo.request.body["properties"]["credentials"]["secrets"]["key"] == str(StorageKey(account, "key1"))
    assert "key1 of contosodata" in plan.undo_note


async def test_another_opening_is_told_without_its_secret(stores: Stores) -> None:
    row, raw = await stores.read("transactions")
    plan = change(row, raw, Change(opening=Opening(auth=Auth.KEY, secret=str(StorageKey(stores.account_id("contosodata"), "key2")))))
    assert "another key opens it" in sentences(plan)
    assert (await stores.carry_out(plan)).progress is Progress.DONE
    assert stores.state("transactions")["secret"] == stores.key("contosodata", "key2")


async def test_nothing_that_would_change_is_refused(stores: Stores) -> None:
    row, raw = await stores.read("transactions")
    with pytest.raises(RefusedError):
        change(row, raw, Change(account=row.account, container=row.container))


async def test_a_delete_tells_what_is_on_it_and_leaves_the_data(stores: Stores) -> None:
    row, _ = await stores.read("transactions")
    asset = DataAsset(id=f"{stores.place.id}/data/card_fraud", name="card_fraud", workspace=stores.place)
    use = Use(asset, DataVersion(id=f"{asset.id}/versions/1", name="1"), Via.DATASTORE)
    plan = delete([row], {row.id: Users((use,), 2, True)})
    assert (plan.danger, plan.typed, plan.steps[0].undo) == (Danger.TYPED, "transactions", None)
    assert "data assets that are on it by its name: card_fraud" in sentences(plan, Concern.BREAKS)
    assert "where 2 more data assets are" in sentences(plan, Concern.UNCHECKED)
    assert "which data assets are on it" in sentences(delete([row], {}), Concern.UNCHECKED)
    run = await stores.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    assert await trouble_of(stores.row(row.id))


async def test_what_came_with_the_workspace_is_not_deleted_and_what_has_ended_not_changed(stores: Stores) -> None:
    system, _ = await stores.read("workspaceblobstore")
    with pytest.raises(ValueError, match="came with its workspace"):
        delete([system], {})
    assert can_make_default(system)
    ended, _ = await stores.read("legacy_lake")
    assert "has ended" in can_change(ended)


# As YAML


async def edit(stores: Stores, name: str, *replaced: tuple[str, str], more: str = "") -> tuple[Opened, str]:
    opened = await stores.files.open(stores.id(name))
    text = opened.text + more
    for old, new in replaced:
        assert old in text, text
        text = text.replace(old, new)
    return opened, text


async def test_what_was_not_edited_makes_no_plan(stores: Stores) -> None:
    read = 0
    for row in (await datastores.read(stores.arm, stores.place)).items:
        if not can_change(row):
            opened, text = await edit(stores, row.name, more="# a comment\n")
            planned = await stores.files.edited(opened, text)
            assert (planned.plan, planned.flaws) == (None, ()), row.name
            read += 1
    assert read > 10
    assert not stores.written()


async def test_an_edit_as_yaml_keeps_what_opens_it_and_another_key_may_be_typed(stores: Stores) -> None:
    before = stores.state("transactions")
    opened, text = await edit(stores, "transactions", more="description: of the card system\n")
    assert str(DatastoreSecret(opened.datastore.id)) in text
    planned = await stores.files.edited(opened, text)
    assert planned.plan is not None, planned.flaws
    assert (await stores.carry_out(planned.plan)).progress is Progress.DONE
    assert stores.state("transactions") == before
    opened, text = await edit(stores, "transactions", (str(DatastoreSecret(opened.datastore.id)), CANARY))
    typed = await stores.files.edited(opened, text)
    assert typed.plan is not None, typed.flaws
    assert CANARY not in repr(typed.plan)
    run = await stores.carry_out(typed.plan)
    assert run.progress is Progress.FAILED
    assert stores.state("transactions") == before
    assert CANARY not in stores.records()


async def test_a_file_of_one_that_is_there_changes_what_it_says_alone(stores: Stores) -> None:
    before = stores.state("transactions")
    text = "name: transactions\ntype: azure_blob\naccount_name: contosodata\ncontainer_name: transactions\ntags: {team: fraud}\n"
    planned = await stores.files.applied(stores.place, text)
    assert planned.plan is not None, planned.flaws
    assert (await stores.carry_out(planned.plan)).progress is Progress.DONE
    assert stores.state("transactions") == before
    assert (await stores.files.applied(stores.place, text)).plan is None
    moved = await stores.files.applied(stores.place, text + "credentials: {}\n")
    assert moved.plan is not None
    assert moved.plan.steps[0].request.body["properties"]["credentials"] == {"credentialsType": "None"}
    share = "name: transactions\ntype: azure_file\naccount_name: contosodata\nfile_share_name: transactions\n"
    other = await stores.files.applied(stores.place, share)
    assert [(flaw.path, flaw.line) for flaw in other.flaws] == [("type", 2)]


async def test_a_flaw_names_its_line(stores: Stores) -> None:
    planned = await stores.files.applied(stores.place, "name: new\ntype: azure_blob\naccount_name: contosodata\ncontainer: x\n")
    assert [(flaw.path, flaw.line) for flaw in planned.flaws] == [("container_name", 1), ("container", 4)]
    assert "did you mean `container_name`" in planned.flaws[1].message
