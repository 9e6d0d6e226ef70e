"""Files of connections over the real compiler and the emulator: what is there changes where the file says so, and keeps its secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from console.azure import connections
from console.azure.arm import ArmClient
from console.azure.compiler import Compiler
from console.azure.request import Request
from console.azure.sources import ConnectionSecret
from console.domain.connections import Connection
from console.operations import connection_changes as changes
from console.operations.compute_files import json_of
from console.operations.connection_files import ConnectionFiles
from console.operations.journal import Journal
from console.operations.operation import Progress, StepRun, undo_of
from console.operations.plan import Plan
from console.operations.runner import Runner
from console.text import HIDDEN
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, until, workspace

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "canary-" + "c" * 40
NEW = f"name: new-one\ntype: azure_open_ai\nazure_endpoint: https://contoso-openai.openai.azure.com/\napi_key: {CANARY}\n"


class Files:
    """A runner on the emulator's connections, and what is looked at of them."""

    def __init__(self, emulator: Emulator, arm: ArmClient, journal: Journal, compiler: Compiler) -> None:
        self.emulator, self.arm, self.compiler, self.place = emulator, arm, compiler, workspace(emulator)
        self.runner = Runner(arm, journal, self.row, lambda _operation, _run: None, cloud=emulator.base_url, who=lambda: "admin")
        self.files = ConnectionFiles(lambda: compiler, self.json)

    def id(self, name: str) -> str:
        return f"{self.place.id}/connections/{name}"

    async def row(self, connection_id: str) -> Connection:
        return await connections.read_one(self.arm, connection_id)

    async def json(self, connection_id: str) -> bytes:
        return (await self.arm.send(connections.get_request(connection_id))).body

    async def keyed(self) -> Connection:
        """One that an API key enters."""
        rows = (await connections.read(self.arm, self.place)).items
        return next(row for row in rows if row.auth_word == "ApiKey" and row.category.lower() == "azureopenai")

    def whole(self, connection_id: str) -> dict[str, Any]:
        """All that Azure ML keeps, as `listsecrets` tells it to whoever may know."""
        told = self.emulator.request("POST", f"{connection_id}/listsecrets?api-version={connections.API}").json()
        return dict(told["properties"])

    async def carry_out(self, plan: Plan) -> StepRun:
        operation = self.runner.run(plan)
        await until(lambda: operation.ended, "the end of the operation")
        return operation.runs[0]


@pytest_asyncio.fixture(loop_scope="session")
async def files(fresh_emulator: Emulator, compiler: Compiler, tmp_path: Path) -> AsyncIterator[Files]:
    arm, journal = client(fresh_emulator, EndpointTokens(fresh_emulator)), Journal(tmp_path / "journal")
    made = Files(fresh_emulator, arm, journal, compiler)
    yield made
    await made.runner.close()
    journal.close()
    await arm.transport.close()


async def test_what_is_as_its_file_says_makes_no_plan(files: Files) -> None:
    read = 0
    for row in (await connections.read(files.arm, files.place)).items:
        told = await files.compiler.dump(files.place, "", json_of(await files.json(row.id)), kind="connection")
        if told.fields:
            planned = await files.files.applied(files.place, told.yaml)
            assert (planned.plan, planned.flaws) == (None, ()), (row.name, told.yaml)
            read += 1
    assert read > 4


async def test_a_file_makes_a_connection_and_its_secret_is_in_no_plan(files: Files) -> None:
    planned = await files.files.applied(files.place, NEW)
    assert planned.plan is not None, planned.flaws
    assert CANARY not in repr(planned)
    assert (await files.carry_out(planned.plan)).progress is Progress.DONE
    assert files.whole(files.id("new-one"))["credentials"] == {"key": CANARY}
    assert (await files.files.applied(files.place, "name: new-one\ntype: azure_open_ai\nis_shared: true\n")).plan is None


async def test_a_change_keeps_the_key_and_all_that_the_file_does_not_say(files: Files) -> None:
    row = await files.keyed()
    before = files.whole(row.id)
    planned = await files.files.applied(files.place, f"name: {row.name}\ntype: azure_open_ai\nmetadata: {{team: fraud}}\n")
    assert planned.plan is not None, planned.flaws
    assert planned.plan.steps[0].request.body["properties"]["credentials"] == str(ConnectionSecret(row.id))
    assert (await files.carry_out(planned.plan)).progress is Progress.DONE
    after = files.whole(row.id)
    assert after["credentials"] == before["credentials"]
    assert after["metadata"] == {**before["metadata"], "team": "fraud"}
    undo = undo_of(files.runner.operations[-1])
    assert undo is not None
    undone = await files.carry_out(undo)
    assert undone.progress is Progress.DONE, undone.note
    assert files.whole(row.id) == before


async def test_another_key_is_given_and_cannot_be_taken_back(files: Files) -> None:
    row = await files.keyed()
    planned = await files.files.applied(files.place, f"name: {row.name}\ntype: azure_open_ai\napi_key: {CANARY}\n")
    assert planned.plan is not None, planned.flaws
    assert CANARY not in repr(planned)
    assert planned.plan.steps[0].undo is None and "nothing brings that back" in planned.plan.undo_note
    assert (await files.carry_out(planned.plan)).progress is Progress.DONE
    assert files.whole(row.id)["credentials"] == {"key": CANARY}


async def test_an_edit_changes_what_was_edited_and_lets_stand_what_others_wrote_meanwhile(files: Files) -> None:
    row = await files.keyed()
    opened, before = await files.files.open(row.id), files.whole(row.id)
    assert (
        opened.text.startswith("# connection openai as az ml writes it.") and (await files.files.edited(opened, opened.text)).plan is None
    )
    text = opened.text.replace("is_shared: true", "is_shared: false")
    other = changes.change(row, connections.settings(await files.json(row.id)), "https://other.openai.azure.com/", None)
    other = replace(other, steps=tuple(replace(step, request=tagged(step.request)) for step in other.steps))
    late = await files.files.edited(opened, text)
    assert (await files.carry_out(other)).progress is Progress.DONE
    assert late.plan is not None
    stopped = await files.carry_out(late.plan)
    assert stopped.progress is Progress.STOPPED and "not sent: it was" in stopped.note, "it would have overwritten what is new"
    planned = await files.files.edited(opened, text)
    assert planned.plan is not None and "-is_shared: true" in repr(planned.plan.steps[0].effects)
    assert (await files.carry_out(planned.plan)).progress is Progress.DONE
    after = files.whole(row.id)
    assert after["isSharedToAll"] is False and after["target"] == "https://other.openai.azure.com/"
    assert after["metadata"] == {**before["metadata"], "owner": "somebody else"} and after["credentials"] == before["credentials"]
    assert (await files.row(row.id)).behind == row.behind


def tagged(request: Request) -> Request:
    """A PUT that writes something else into the metadata too."""
    told = request.body["properties"]
    return replace(request, body={"properties": {**told, "metadata": {**told["metadata"], "owner": "somebody else"}}})


async def test_what_looks_like_a_secret_in_metadata_is_not_in_the_text_and_stays(files: Files) -> None:
    connection_id = f"{workspace(files.emulator, 'nlp-research').id}/connections/openai"
    told = connections.settings(await files.json(connection_id))
    loose = {**told["metadata"], "account_key": CANARY}
    await files.arm.send(connections.put_request(connection_id, {**told, "metadata": loose}))
    before = files.whole(connection_id)
    opened = await files.files.open(connection_id)
    assert HIDDEN in opened.text and CANARY not in opened.text
    half = await files.files.edited(opened, opened.text.replace(HIDDEN, f"{HIDDEN}more"))
    assert [flaw.path for flaw in half.flaws] == ["metadata"] and half.plan is None
    planned = await files.files.edited(opened, opened.text.replace("is_shared: true", "is_shared: false"))
    assert planned.plan is not None and (await files.carry_out(planned.plan)).progress is Progress.DONE
    assert files.whole(connection_id) == {**before, "isSharedToAll": False}


async def test_a_secret_that_is_typed_over_forgets_the_vault_secret_and_another_name_is_no_edit(files: Files) -> None:
    row = await files.keyed()
    assert row.behind is not None
    opened = await files.files.open(row.id)
    line = next(line for line in opened.text.splitlines() if line.startswith("api_key:"))
    planned = await files.files.edited(opened, opened.text.replace(line, f"api_key: {CANARY}"))
    assert planned.plan is not None and CANARY not in repr(planned) and planned.plan.steps[0].undo is None
    assert (await files.carry_out(planned.plan)).progress is Progress.DONE
    after = await files.row(row.id)
    assert after.behind is None and after.metadata == row.metadata and files.whole(row.id)["credentials"] == {"key": CANARY}
    renamed = await files.files.edited(opened, opened.text.replace("name: openai", "name: other"))
    assert [flaw.path for flaw in renamed.flaws] == ["name"] and renamed.plan is None


async def test_another_type_and_what_does_not_fit_are_told_with_their_line(files: Files) -> None:
    row = await files.keyed()
    other = await files.files.applied(files.place, f"name: {row.name}\ntype: git\ntarget: https://git\n")
    assert [(flaw.path, flaw.line) for flaw in other.flaws] == [("type", 2)]
    unfit = await files.files.applied(files.place, "name: new-one\ntype: git\ntarget: x\ncredentials:\n  type: sas\n  sas_token: sig=1\n")
    assert [(flaw.path, flaw.line) for flaw in unfit.flaws] == [("credentials.type", 5)]
