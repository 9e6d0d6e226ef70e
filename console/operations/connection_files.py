"""Plans from the CLI's YAML of connections: a file becomes the plan that makes Azure agree with it, and loses nothing that is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import connections as requests
from console.azure.sources import ConnectionSecret
from console.domain.connections import SETTINGS, THERE, Connection
from console.domain.names import connection_name_fault
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations.compute_files import Planned, flaw_in, json_of, name_in
from console.operations.connection_changes import KEPT, NO_SDK, USERS_UNKNOWN, WRITE, where_of
from console.operations.connections import create
from console.operations.plan import Concern, Effect, Plan, Settling, Step
from console.text import redact

if TYPE_CHECKING:
    from console.azure.compiler import Compiled, Compiler

CREDENTIALS = "credentials"
#: `authType`s that have no credentials.
WITHOUT = frozenset({"None", "AAD"})
LOST = "What it was entered with before is not known afterwards: nothing brings that back."


class ConnectionFiles:
    """`read` gives a connection's JSON (TroubleError when it is not there)."""

    def __init__(self, compiler: Callable[[], Compiler], read: Callable[[str], Awaitable[bytes]]) -> None:
        self._compiler = compiler
        self._read = read

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
        try:
            there = requests.settings(raw)
        except ValueError as error:
            raise TroubleError(
                Trouble(Kind.UNEXPECTED, f"{row.name} is there already and cannot be read: {error}.", "Unreadable")
            ) from error
        told = await self._compiler().dump(place, "", json_of(raw), kind="connection")
        if not told.fields:
            sentence = f"{row.name} is there already, and azure-ai-ml has no YAML for a {row.category or '?'} with {row.auth_word or '?'}."
            raise TroubleError(Trouble(Kind.INVALID, sentence, "NoYaml"))
        if alone.kind and alone.kind != told.fields["type"]:
            return Planned(flaws=(flaw_in("type", f"{row.name} is there already, and is of type {told.fields['type']}", text),))
        before = await self._compiler().compile(place, "", kind="connection", fields=told.fields)
        after = await self._compiled(place, text, over=told.fields)
        if after.request is None or before.request is None:
            return Planned(flaws=after.flaws or before.flaws)
        plan = _change(row, there, before.request.body["properties"], after.request.body["properties"])
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


def _change(row: Connection, there: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> Plan | None:
    """The plan of a PUT with all that a connection has (`there`) and what differs between `was` and `now`; None where nothing does."""
    from console.azure.slots import filled

    changed = [name for name in dict.fromkeys((*was, *now)) if filled(was.get(name)) != filled(now.get(name))]
    if not changed:
        return None
    before = {**there, **({CREDENTIALS: str(ConnectionSecret(row.id))} if str(there.get("authType")) not in WITHOUT else {})}
    # A null stands in metadata where azure-ai-ml knows of a field that nobody told.
    after = before | {name: _without_nulls(now[name]) for name in changed if now.get(name) is not None}
    for name in changed:
        if now.get(name) is None:
            after.pop(name, None)
    step = Step(
        target_id=row.id,
        target_name=row.name,
        request=requests.put_request(row.id, after),
        permission=WRITE,
        effects=tuple(_effects(was, now, changed, after)),
        sdk=NO_SDK,
        rests_on=row.aspect(SETTINGS),
        aspect=SETTINGS,
        settles=Settling((THERE,)),
    )
    undo = None
    if not {CREDENTIALS, "authType"} & set(changed) or CREDENTIALS not in before:
        undo = msgspec.structs.replace(step, request=requests.put_request(row.id, before), effects=(), rests_on="", aspect="")
    return Plan(
        verb="edit",
        title=f"Edit the connection {row.name}",
        where=where_of(row),
        steps=(msgspec.structs.replace(step, undo=undo),),
        undo_note=LOST if undo is None else "Undo puts back what it had.",
    )


def _effects(was: Mapping[str, Any], now: Mapping[str, Any], changed: list[str], after: Mapping[str, Any]) -> Iterator[Effect]:
    for name in changed:
        if name == CREDENTIALS:
            yield Effect(Concern.CHANGE, "another secret enters its target")
        else:
            yield Effect(Concern.CHANGE, f"{name}: {_said(name, was.get(name))} → {_said(name, now.get(name))}")
    if CREDENTIALS in after and CREDENTIALS not in changed:
        yield Effect(Concern.ACCESS, KEPT)
    yield Effect(Concern.UNCHECKED, USERS_UNKNOWN)


def _without_nulls(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if inner is not None} if isinstance(value, Mapping) else value


def _said(name: str, value: Any) -> str:
    if value is None or value == "" or value == {}:
        return "none"
    hidden = redact({name: value})[name]
    return hidden if isinstance(hidden, str) else msgspec.json.encode(hidden).decode()
