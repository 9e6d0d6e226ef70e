"""Plans for connections on the emulator: what is changed changes, what is kept stays the same, and nothing of it is written down."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from console.azure import connections, vault_secrets
from console.azure.compiler import Compiler
from console.azure.key_vault import KeyVaults
from console.azure.request import Request
from console.cloud import read_cloud
from console.domain import connection_purposes as purposes
from console.domain.connection_kinds import Auth
from console.domain.connections import SETTINGS, Connection, SecretLink, linked
from console.domain.findings import connections as rules
from console.domain.key_vaults import KeyVault
from console.domain.secret_state import SecretState
from console.domain.trouble import Kind
from console.domain.vault_secrets import SecretRef
from console.operations import connection_changes as changes
from console.operations import connections as plans
from console.operations import vault_secrets as vault_plans
from console.operations.connection_creation import make
from console.operations.creation import RefusedError
from console.operations.journal import Journal
from console.operations.operation import Progress, undo_of
from console.operations.plan import Concern, Danger
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, trouble_of, workspace
from tests.operations.conftest import Bench

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "canary-typed-by-hand"
VAULT = "https://kv-fraud-prod.vault.azure.net"
OPENAI = next(each for each in purposes.PURPOSES if each.type == "azure_open_ai")


class Desk(Bench):
    """A bench with connections, and a way to Key Vaults."""

    compiler: Compiler

    async def read(self, target_id: str) -> Any:
        if (secret := SecretRef.parse(target_id)) is not None:
            return await vault_secrets.read_one(self.arm, secret, VAULT)
        return await connections.read_one(self.arm, target_id)

    async def row(self, name: str, place: str = "fraud-prod") -> Connection:
        return await connections.read_one(self.arm, f"{workspace(self.emulator, place).id}/connections/{name}")

    async def settings(self, row: Connection) -> dict[str, Any]:
        return connections.settings((await self.arm.send(connections.get_request(row.id))).body)

    def held(self, row: Connection) -> dict[str, Any]:
        """What the emulator keeps of a connection, as fingerprints."""
        told = self.emulator.control("GET", "connections")["value"]
        found: dict[str, Any] = next(each for each in told if each["id"].lower() == row.id.lower())
        return found

    async def state(self, name: str) -> SecretState:
        return SecretState.of((await vault_secrets.read_versions(self.arm, SecretRef("", name), VAULT)).items)

    def nothing_is_written(self, *secrets: str) -> None:
        written = "".join(self.records()) + repr(self.runner.operations)
        assert not [each for each in secrets if each in written]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(fresh_emulator: Emulator, tmp_path: Path, compiler: Compiler) -> AsyncIterator[Desk]:
    tokens = EndpointTokens(fresh_emulator)
    arm = client(fresh_emulator, tokens)
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(fresh_emulator.ready), "utf-8")
    arm.vaults = KeyVaults(read_cloud(ready), tokens, arm.transport, arm.clock, lambda: fresh_emulator.ready["tenant_id"])
    made = Desk(fresh_emulator, arm, Journal(tmp_path / "journal"))
    made.compiler = compiler
    yield made
    await made.runner.close()
    made.journal.close()
    await made.arm.transport.close()


async def new_version(desk: Desk, name: str, value: str) -> SecretLink:
    slot = changes.typed("value", value)
    answer = await desk.arm.send(vault_secrets.set_request(VAULT, name, slot))
    return SecretLink(VAULT, name, json.loads(answer.body)["id"].rpartition("/")[2])


def document(name: str, secret: str, metadata: dict[str, str] | None = None) -> dict[str, Any]:
    return purposes.document(
        OPENAI,
        name,
        "https://contoso-openai.openai.azure.com",
        Auth.API_KEY,
        {"key": secret},
        more={},
        shared=False,
        metadata=metadata or {},
    )


async def test_a_connection_from_a_vault_secret_hears_of_a_new_version_and_takes_it(desk: Desk) -> None:
    link = await new_version(desk, "models-key", "canary-first")
    plan = await make(desk.compiler, workspace(desk.emulator), document("models", changes.vault_source(link), linked({}, link)), link)
    assert "canary" not in repr(plan) and not plan.refused
    run = await desk.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    row = await desk.row("models")
    assert (row.behind, row.scope, row.label) == (link, "private", "Azure OpenAI")
    first = desk.held(row)["fingerprints"]["key"]
    now = desk.arm.clock.now()
    assert list(rules.of(row, await desk.state("models-key"), now)) == []

    await desk.advance(2)  # versions of one second stand in no order
    newer = await new_version(desk, "models-key", "canary-second")
    (found,) = rules.of(row, await desk.state("models-key"), now)
    assert (found.rule, found.remedy) == ("newer-secret", "update")
    update = changes.give_secret(row, await desk.settings(row), {"key": changes.vault_source(newer)}, newer, verb="update")
    run = await desk.carry_out(update)
    assert run.progress is Progress.DONE, run.note
    row = await desk.row("models")
    assert row.secret_version == newer.version and list(rules.of(row, await desk.state("models-key"), now)) == []
    assert desk.held(row)["fingerprints"]["key"] != first and row.metadata["ApiType"] == "Azure"
    desk.nothing_is_written("canary-")


async def test_a_version_that_is_newer_meanwhile_is_neither_disabled_nor_are_those_before(desk: Desk) -> None:
    ref = SecretRef("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-fraud-prod", "payments-gateway-key")
    vault = KeyVault(id=ref.vault, name="kv-fraud-prod", address=VAULT)
    held = await vault_secrets.read_one(desk.arm, ref, VAULT)
    late = (vault_plans.disable(vault, [held]), vault_plans.expire(vault, [held], datetime(2031, 1, 2, tzinfo=UTC)))
    await desk.advance(2)
    await new_version(desk, ref.name, "canary-of-another")
    for plan in late:
        run = await desk.carry_out(plan)
        assert run.progress is Progress.STOPPED and held.version in run.note, run.note
    assert all(each.enabled for each in (await desk.state(ref.name)).versions)


@pytest.mark.parametrize("name", ["risk-warehouse", "chargebacks-blob", "feature-repo"])
async def test_sharing_and_changing_lose_nothing_of_what_is_kept(desk: Desk, name: str) -> None:
    row = await desk.row(name)
    before, raw = desk.held(row), await desk.settings(row)
    plan = changes.share(row, raw, to_all=row.scope == "private")
    operation = desk.runner.run(plan)
    await desk.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE, operation.runs[0].note
    after = await desk.row(name)
    assert {after.scope, row.scope} == {"shared", "private"}
    until = datetime(2031, 1, 2, 3, 4, tzinfo=UTC)
    changed = desk.runner.run(changes.change(after, await desk.settings(after), str(raw["target"]), until))
    await desk.to_the_end(changed)
    assert changed.runs[0].progress is Progress.DONE and (await desk.row(name)).expires == until, changed.runs[0].note
    early, first = undo_of(operation), undo_of(changed)
    assert early is not None and first is not None
    assert (await desk.carry_out(early)).progress is Progress.STOPPED, "what was changed since would be lost"
    for undo in (first, early):
        assert (await desk.carry_out(undo)).progress is Progress.DONE
    again = await desk.row(name)
    assert again.expires == row.expires
    assert (again.scope, again.metadata, again.shared_with) == (row.scope, row.metadata, row.shared_with)
    assert desk.held(again)["fingerprints"] == before["fingerprints"]
    assert [call for call in desk.changes() if call[0] == "PUT"] == [("PUT", name, 200)] * 4


async def test_another_secret_is_typed_and_the_user_beside_it_stays(desk: Desk) -> None:
    row = await desk.row("risk-warehouse")
    before = json.loads((await desk.arm.send(_secrets(row))).body)["properties"]["credentials"]
    plan = changes.give_secret(row, await desk.settings(row), {"password": changes.typed("password", CANARY)})
    assert Concern.ACCESS in {each.concern for each in plan.steps[0].effects} and CANARY not in repr(plan)
    run = await desk.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    kept = json.loads((await desk.arm.send(_secrets(row))).body)["properties"]["credentials"]
    assert kept == {"username": before["username"], "password": CANARY} and before["username"]
    desk.nothing_is_written(CANARY, before["password"])


async def test_a_test_says_what_came_of_it_and_with_a_wrong_secret_why(desk: Desk) -> None:
    row = await desk.row("risk-warehouse")
    settings = await desk.settings(row)
    run = await desk.carry_out(plans.test(row, settings))
    assert (run.progress, run.trouble) == (Progress.DONE, None), run.note
    await desk.carry_out(changes.give_secret(row, settings, {"password": changes.typed("password", CANARY)}))
    run = await desk.carry_out(plans.test(row, await desk.settings(row)))
    assert run.progress is Progress.FAILED and run.trouble is not None and run.trouble.sentence
    desk.nothing_is_written(CANARY)


async def test_what_was_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    row = await desk.row("feature-repo")
    settings = await desk.settings(row)
    late = changes.change(row, settings, "https://example.com/late", None)
    assert (await desk.carry_out(changes.change(row, settings, "https://example.com/first", None))).progress is Progress.DONE
    run = await desk.carry_out(late)
    assert run.progress is Progress.STOPPED and "not sent" in run.note
    assert (await desk.row("feature-repo")).target == "https://example.com/first"


async def test_deleting_is_typed_and_says_that_nobody_knows_who_uses_it(desk: Desk) -> None:
    row = await desk.row("feature-repo")
    plan = plans.delete([row])
    assert (plan.danger, plan.typed) == (Danger.TYPED, "feature-repo")
    assert plans.USERS_UNKNOWN in {each.sentence for each in plan.steps[0].effects}
    assert (await desk.carry_out(plan)).progress is Progress.DONE
    assert (await trouble_of(desk.row("feature-repo"))).kind is Kind.NOT_FOUND


async def test_what_azure_ai_ml_does_not_take_is_told_at_its_field(desk: Desk) -> None:
    with pytest.raises(RefusedError) as refused:
        await make(desk.compiler, workspace(desk.emulator), document("x", CANARY))
    assert refused.value.path == "name" and CANARY not in str(refused.value)


@pytest.mark.parametrize("purpose", purposes.PURPOSES, ids=lambda each: each.type)
async def test_every_purpose_is_made_in_every_way_that_fits(desk: Desk, purpose: purposes.Purpose) -> None:
    place = workspace(desk.emulator)
    for number, auth in enumerate(purpose.auths):
        given = {field: f"{field}-{number}" for field in (*auth.open_fields, auth.secret_field or "key") if field}
        given = given if auth.keeps_secret else {name: given[name] for name in auth.open_fields}
        told = purposes.document(
            purpose,
            f"made-{number}",
            purpose.help,
            auth,
            given,
            more={each.field: "some" for each in purpose.more},
            shared=True,
            metadata={"team": "risk"},
            expires="2031-01-02T03:04:00Z",
            key_name="first",
        )
        plan = await make(desk.compiler, place, told)
        run = await desk.carry_out(plan)
        assert run.progress is Progress.DONE, run.note
        row = await desk.row(f"made-{number}")
        assert (row.category, row.auth, row.scope, row.metadata["team"]) == (purpose.category, auth, "shared", "risk")
        assert row.expires == datetime(2031, 1, 2, 3, 4, tzinfo=UTC) and purpose.help in row.target
        assert row.aspect(SETTINGS) and bool(desk.held(row)["fingerprints"]) == auth.keeps_secret


async def test_without_the_right_to_read_what_it_keeps_nothing_is_sent(desk: Desk) -> None:
    row = await desk.row("risk-warehouse")
    settings = await desk.settings(row)
    desk.strike("403", "/listsecrets")
    run = await desk.carry_out(changes.share(row, settings, to_all=False))
    assert run.progress is Progress.FAILED and run.trouble is not None and run.trouble.kind is Kind.PERMISSION
    assert not [call for call in desk.changes() if call[0] == "PUT"] and (await desk.row("risk-warehouse")).scope == "shared"


def _secrets(row: Connection) -> Request:
    return Request(method="POST", path=f"{row.id}/listsecrets", api_version=connections.API)
