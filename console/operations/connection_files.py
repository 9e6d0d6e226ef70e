"""Plans from the CLI's YAML of connections: a file, or one as somebody edited it, becomes the plan that makes Azure agree with it."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import connections as requests
from console.domain.connections import Connection
from console.domain.names import connection_name_fault
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations.compute_files import Planned, diff, flaw_in, json_of, name_in, with_diff
from console.operations.connection_edit import change, shown, still_hidden
from console.operations.connections import can_change, create
from console.text import HIDDEN

if TYPE_CHECKING:
    from console.azure.compiler import Compiled, Compiler

SECRETS_STAY = "A secret is not told: what stands for it has Azure's own read as the edit is sent; type another over it to replace it."


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A connection opened for editing: its `text`, and the connection as it was then."""

    connection: Connection
    text: str


class ConnectionFiles:
    """`read` gives a connection's JSON (TroubleError when it is not there)."""

    def __init__(self, compiler: Callable[[], Compiler], read: Callable[[str], Awaitable[bytes]]) -> None:
        self._compiler = compiler
        self._read = read

    async def open(self, connection_id: str) -> Opened:
        """A connection as YAML, as Azure has it now, but for what looks like a secret. Raises TroubleError, also where it has no YAML."""
        place = WorkspaceRef.parse(connection_id)
        raw = await self._read(connection_id)
        row = requests.decode(raw, place)
        if why := can_change(row):
            raise TroubleError(Trouble(Kind.INVALID, f"{row.name} cannot be edited: {why}.", "NoYaml"))
        item = json_of(raw)
        # The text is written to a file for the editor.
        told = {**item, "properties": shown(item["properties"])}
        dumped = await self._compiler().dump(place, "", told, kind="connection")
        if not dumped.fields:
            raise _no_yaml(row, f"{row.name} cannot be edited")
        return Opened(connection=row, text=_head(row) + dumped.yaml)

    async def edited(self, opened: Opened, text: str) -> Planned:
        """The plan of an edit: only what was changed in the text changes, whatever else changed in Azure meanwhile. Raises TroubleError."""
        row = opened.connection
        before = await self._compiled(row.workspace, opened.text)
        after = await self._compiled(row.workspace, text)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        if after.request.path.rpartition("/")[2].lower() != row.name.lower():
            return Planned(flaws=(flaw_in("name", f"this is an edit of {row.name}, whose name cannot change", text),))
        if after.kind != before.kind:
            return Planned(flaws=(flaw_in("type", f"this is an edit of {row.name}, whose type cannot change", text),))
        raw = await self._read(row.id)
        was, now = before.request.body["properties"], after.request.body["properties"]
        if hidden := still_hidden(was, now):
            sentence = (
                f"{HIDDEN} stands for something that looks like a secret and is not told: leave {hidden} as it is, or write all of it"
            )
            return Planned(flaws=(flaw_in(hidden, sentence, text),))
        plan = change(requests.decode(raw, row.workspace), _settings(raw, row.name), was, now)
        return Planned(plan=with_diff(plan, diff(opened.text, text)) if plan is not None else None, notes=after.notes)

    async def applied(self, place: WorkspaceRef, text: str) -> Planned:
        """The plan that makes a file's connection, or changes the one of that name where the file says otherwise. Raises TroubleError."""
        alone = await self._compiled(place, text)
        name = name_in(text, connection_name_fault)
        raw = await self._found(f"{place.id}/connections/{name}") if name else None
        if raw is None:
            if alone.request is None:
                return Planned(flaws=alone.flaws)
            row = requests.decode(msgspec.json.encode({"id": alone.request.path, **alone.request.body}), place)
            return Planned(plan=create(alone.request, row), notes=alone.notes)
        row = requests.decode(raw, place)
        there = _settings(raw, row.name)
        told = await self._compiler().dump(place, "", json_of(raw), kind="connection")
        if not told.fields:
            raise _no_yaml(row, f"{row.name} is there already")
        if alone.kind and alone.kind != told.fields["type"]:
            return Planned(flaws=(flaw_in("type", f"{row.name} is there already, and is of type {told.fields['type']}", text),))
        before = await self._compiler().compile(place, "", kind="connection", fields=told.fields)
        after = await self._compiled(place, text, over=told.fields)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        plan = change(row, there, before.request.body["properties"], after.request.body["properties"])
        stays = f"{row.name} is there already: what the file does not say stays as it is"
        return Planned(plan=plan, notes=(stays, *after.notes) if plan is not None else after.notes)

    async def _compiled(self, place: WorkspaceRef, text: str, *, over: Mapping[str, Any] | None = None) -> Compiled:
        return await self._compiler().compile(place, "", kind="connection", yaml=text, over=over)

    async def _found(self, connection_id: str) -> bytes | None:
        try:
            return await self._read(connection_id)
        except TroubleError as error:
            if error.trouble.kind is Kind.NOT_FOUND:
                return None
            raise


def _settings(raw: bytes, name: str) -> dict[str, Any]:
    """What a PUT has to say of a connection. Raises TroubleError where that cannot be read."""
    try:
        return requests.settings(raw)
    except ValueError as error:
        raise TroubleError(Trouble(Kind.UNEXPECTED, f"{name} is there already and cannot be read: {error}.", "Unreadable")) from error


def _no_yaml(row: Connection, said: str) -> TroubleError:
    sentence = f"{said}: azure-ai-ml has no YAML for a {row.category or '?'} with {row.auth_word or '?'}."
    return TroubleError(Trouble(Kind.INVALID, sentence, "NoYaml"))


def _head(row: Connection) -> str:
    """What somebody who edits it has to know."""
    told = f"connection {row.name} as az ml writes it. Save and leave the editor: the plan is shown before anything is sent."
    lines = textwrap.wrap(f"{told} Fixed once it is there: name, type. {SECRETS_STAY}", 77, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)
