"""Plans from the CLI's YAML of datastores: a file, or one as somebody edited it, becomes the plan that makes Azure agree with it."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import datastores as requests
from console.azure.datastore_bodies import merged
from console.domain.datastores import Datastore
from console.domain.names import datastore_name_fault
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations.compute_files import Planned, diff, flaw_in, json_of, name_in, with_diff
from console.operations.creation import RefusedError
from console.operations.datastore_changes import edited
from console.operations.datastores import can_change, created, to_be

if TYPE_CHECKING:
    from console.azure.compiler import Compiled, Compiler

SECRETS_STAY = "A secret is not told: what stands for it has Azure's own read as the edit is sent; type another over it to replace it."


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A datastore opened for editing: its `text`, and the datastore as it was then."""

    datastore: Datastore
    text: str


class DatastoreFiles:
    """`read` gives a datastore's JSON (TroubleError when it is not there)."""

    def __init__(self, compiler: Callable[[], Compiler], read: Callable[[str], Awaitable[bytes]]) -> None:
        self._compiler = compiler
        self._read = read

    async def open(self, datastore_id: str) -> Opened:
        """A datastore as YAML, as Azure has it now. Raises TroubleError, also where it has no YAML."""
        place = WorkspaceRef.parse(datastore_id)
        raw = await self._read(datastore_id)
        row = requests.decode(raw, place)
        if why := can_change(row):
            raise TroubleError(Trouble(Kind.INVALID, f"{row.name} cannot be edited: {why}.", "NoYaml"))
        told = await self._compiler().dump(place, "", json_of(raw), kind="datastore")
        return Opened(datastore=row, text=_head(row) + told.yaml)

    async def edited(self, opened: Opened, text: str) -> Planned:
        """The plan of an edit: only what was changed in the text changes, whatever else changed in Azure meanwhile. Raises TroubleError."""
        row = opened.datastore
        before = await self._compiled(row.workspace, opened.text)
        after = await self._compiled(row.workspace, text)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        if after.request.path.rpartition("/")[2].lower() != row.name.lower():
            return Planned(flaws=(flaw_in("name", f"this is an edit of {row.name}, whose name cannot change", text),))
        return self._change(await self._read(row.id), before, after, text, diff(opened.text, text))

    async def applied(self, place: WorkspaceRef, text: str) -> Planned:
        """The plan that makes a file's datastore, or changes the one of that name where the file says otherwise. Raises TroubleError."""
        alone = await self._compiled(place, text)
        name = name_in(text, datastore_name_fault)
        raw = await self._found(f"{place.id}/datastores/{name}") if name else None
        if raw is None:
            if alone.request is None:
                return Planned(flaws=alone.flaws)
            return Planned(plan=created([(to_be(alone, place), alone.request)]), notes=alone.notes)
        row = requests.decode(raw, place)
        if why := can_change(row):
            raise TroubleError(Trouble(Kind.INVALID, f"{row.name} is there already and cannot be edited: {why}.", "NoYaml"))
        told = await self._compiler().dump(place, "", json_of(raw), kind="datastore")
        if alone.kind and alone.kind != told.fields["type"]:
            return Planned(flaws=(flaw_in("type", f"{row.name} is there already, and is a {told.fields['type']}", text),))
        before = await self._compiler().compile(place, "", kind="datastore", fields=told.fields)
        after = await self._compiled(place, text, over=told.fields)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        planned = self._change(raw, before, after, text, "")
        stays = f"{row.name} is there already: what the file does not say stays as it is"
        return planned if planned.plan is None else msgspec.structs.replace(planned, notes=(stays, *planned.notes))

    def _change(self, raw: bytes, before: Compiled, after: Compiled, text: str, shown: str) -> Planned:
        from console.azure.slots import filled

        assert before.request is not None and after.request is not None
        told = json_of(raw)
        row = requests.decode(raw, WorkspaceRef.parse(str(told["id"])))
        was, now = before.request.body["properties"], after.request.body["properties"]
        if was["datastoreType"] != now["datastoreType"]:
            return Planned(flaws=(flaw_in("type", f"this is an edit of {row.name}, whose type cannot change", text),))
        # A typed secret stands in another slot each time: compared is what stands for it.
        now = {name: was[name] if name in was and filled(was[name]) == filled(value) else value for name, value in now.items()}
        try:
            plan = edited(row, told, merged(told, was, now))
        except RefusedError:
            return Planned(notes=after.notes)
        return Planned(plan=with_diff(plan, shown), notes=after.notes)

    async def _compiled(self, place: WorkspaceRef, text: str, *, over: Mapping[str, Any] | None = None) -> Compiled:
        return await self._compiler().compile(place, "", kind="datastore", yaml=text, over=over)

    async def _found(self, datastore_id: str) -> bytes | None:
        try:
            return await self._read(datastore_id)
        except TroubleError as error:
            if error.trouble.kind is Kind.NOT_FOUND:
                return None
            raise


def _head(row: Datastore) -> str:
    """What somebody who edits it has to know."""
    told = f"datastore {row.name} as az ml writes it. Save and leave the editor: the plan is shown before anything is sent."
    lines = textwrap.wrap(f"{told} Fixed once it is there: name, type. {SECRETS_STAY}", 77, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)
