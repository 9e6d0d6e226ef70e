"""Plans that register datastores and delete them; and why one cannot be changed, deleted or made the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from console.azure import datastore_bodies as bodies
from console.azure import datastores as requests
from console.azure.request import Request
from console.domain.datastores import CHANGED, REGISTERED, Auth, Datastore, Type, can_delete
from console.domain.scopes import WorkspaceRef
from console.domain.used_by import Use, Via
from console.operations.creation import RefusedError
from console.operations.plan import GONE, Concern, Danger, Effect, Plan, Settling, Step

if TYPE_CHECKING:
    from console.azure.compiler import Compiled, Compiler

_OPERATION = "Microsoft.MachineLearningServices/workspaces/datastores"
WRITE, DELETE = f"{_OPERATION}/write", f"{_OPERATION}/delete"
CHECK_NOT_SEEN = "that Azure tries the storage when it is asked to (skipValidation=false) is by the published schema alone"
CHECKED = "Azure is asked to try first whether this opens the storage, and takes it only then"
DEFAULT_FIXED = "Azure has no published call that makes a datastore the default; studio can"
IDENTITY_OPENS = "it lets nobody in by itself: whoever reads or writes needs a role on the storage"
#: Names that are written out; the rest are counted.
MOST_NAMED = 6


class Users(Protocol):
    """Who is on a datastore: those `known`, of how many more it is `unread`; `read` False: no list of them is there."""

    @property
    def known(self) -> tuple[Use, ...]: ...

    @property
    def unread(self) -> int: ...

    @property
    def read(self) -> bool: ...


def can_change(row: Datastore) -> str:
    """Why a datastore cannot be changed from here ("" where it can)."""
    if row.fault:
        return "Azure's answer about it could not be read"
    if row.retired:
        return "Data Lake Storage Gen1 has ended: nothing opens it any more; it can be deleted"
    if row.type is Type.UNKNOWN:
        return f"this console does not know datastores of type {row.type_word or '?'}"
    return "" if row.auth is not Auth.UNKNOWN else f"this console does not know credentials of type {row.auth_word or '?'}"


def can_make_default(_row: Datastore) -> str:
    """Why a datastore cannot be made the default."""
    return DEFAULT_FIXED


def to_be(compiled: Compiled, place: WorkspaceRef) -> Datastore:
    """A datastore as it will be, read from the request that makes it."""
    assert compiled.request is not None
    return requests.decode(msgspec.json.encode({"id": compiled.request.path, **compiled.request.body}), place)


async def make(compiler: Compiler, place: WorkspaceRef, region: str, documents: Sequence[Mapping[str, Any]]) -> Plan:
    """The plan that registers what `documents` describe (fields of the CLI's YAML; secrets as they are, as slots or as sources).

    Raises RefusedError, and TroubleError where the compiler cannot be had.
    """
    wanted = []
    for document in documents:
        compiled = await compiler.compile(place, region, kind="datastore", fields=document)
        if compiled.request is None:
            flaw = compiled.flaws[0]
            raise RefusedError(flaw.path, flaw.message)
        wanted.append((to_be(compiled, place), compiled.request))
    return created(wanted, file=False)


def created(wanted: Sequence[tuple[Datastore, Request]], *, file: bool = True) -> Plan:
    """Register datastores, each described as it will be, by the request that makes it. Names that are taken by then are not overwritten.

    `file` says whether a file describes them, as `az` takes it.
    """
    rows = [row for row, _ in wanted]
    return Plan(
        verb="create",
        title=f"Register {counted(rows)}",
        where=where_of(rows),
        steps=tuple(_creation(row, request, file=file) for row, request in wanted),
        undo_note="Undo deletes it again; data that was written meanwhile stays.",
        provenance=CHECK_NOT_SEEN,
    )


def delete(rows: Sequence[Datastore], users: Mapping[str, Users]) -> Plan:
    """Delete datastores; the data stays. `users` tells by ARM id who is on each. ValueError where one may not be deleted."""
    for row in rows:
        if why := can_delete(row):
            raise ValueError(f"{row.name} cannot be deleted: {why}")
    return Plan(
        verb="delete",
        title=f"Delete {counted(rows)}",
        where=where_of(rows),
        steps=tuple(_deletion(row, _lost(row, users.get(row.id)), rests_on=row.aspect(CHANGED)) for row in rows),
        danger=Danger.TYPED,
        typed=rows[0].name if len(rows) == 1 else str(len(rows)),
        undo_note="What opened it is not known afterwards: nothing brings it back but registering it anew.",
    )


def where_of(rows: Sequence[Datastore]) -> str:
    return ", ".join(dict.fromkeys(f"{row.workspace.name} · {row.workspace.resource_group}" for row in rows))


def counted(rows: Sequence[Datastore]) -> str:
    """`the datastore transactions`, or `3 datastores`."""
    return f"the datastore {rows[0].name}" if len(rows) == 1 else f"{len(rows)} datastores"


def lets_in(row: Datastore) -> Effect:
    """Whom a datastore lets in by what it keeps."""
    if row.auth is Auth.IDENTITY:
        return Effect(Concern.ACCESS, IDENTITY_OPENS)
    who = "whoever runs jobs in the workspace comes in by it, and data scientists may read the secret itself (listSecrets)"
    return Effect(Concern.ACCESS, f"it keeps a {row.auth.label}: {who}")


def _creation(row: Datastore, request: Request, *, file: bool) -> Step:
    place = row.workspace
    return Step(
        target_id=row.id,
        target_name=row.name,
        request=request,
        permission=WRITE,
        effects=(
            Effect(Concern.CHANGE, f"{row.type.label}: {row.target}, opened by {row.auth.label}"),
            lets_in(row),
            Effect(Concern.CHANGE, CHECKED),
            Effect(Concern.UNCHECKED, "whether Key Vault keeps the secret of a deleted datastore of this name, which would block it"),
        ),
        az=f"az ml datastore create -f FILE -g {place.resource_group} -w {place.name} --subscription {place.subscription_id}",
        sdk="ml_client.datastores.create_or_update(" + ("load_datastore(FILE))" if file else f"{row.type_word}Datastore(…))"),
        rests_on=GONE,
        settles=Settling((REGISTERED,)),
        undo=_deletion(row, (Effect(Concern.BREAKS, "what reads by its name since then fails"),)),
    )


def _deletion(row: Datastore, effects: tuple[Effect, ...], rests_on: str = "") -> Step:
    place = row.workspace
    where = f"-g {place.resource_group} -w {place.name} --subscription {place.subscription_id}"
    return Step(
        target_id=row.id,
        target_name=row.name,
        request=bodies.delete(row.id),
        permission=DELETE,
        effects=effects,
        az=f"az ml datastore delete -n {row.name} {where}",
        sdk=f'ml_client.datastores.delete("{row.name}")',
        rests_on=rests_on,
        aspect=CHANGED if rests_on else "",
        settles=Settling(gone=True),
    )


def _lost(row: Datastore, users: Users | None) -> tuple[Effect, ...]:
    return tuple(_losses(row, users))


def _losses(row: Datastore, users: Users | None) -> Iterator[Effect]:
    by_name = [use.asset.name for use in users.known if use.via is Via.DATASTORE] if users is not None else []
    if by_name:
        more = f" and {len(by_name) - MOST_NAMED} more" if len(by_name) > MOST_NAMED else ""
        yield Effect(Concern.BREAKS, f"data assets that are on it by its name: {', '.join(by_name[:MOST_NAMED])}{more}")
    if row.default:
        yield Effect(Concern.BREAKS, "it is the default: jobs that name no datastore write there")
    if users is None or not users.read:
        yield Effect(Concern.UNCHECKED, "which data assets are on it")
    elif users.unread:
        yield Effect(Concern.UNCHECKED, f"where {users.unread} more data assets are")
    yield Effect(Concern.UNCHECKED, "which jobs, schedules and code name it: they keep the name in a text of their own")
    yield Effect(Concern.CHANGE, f"the data stays in {row.target or 'its storage'}")
    if row.auth not in {Auth.IDENTITY, Auth.UNKNOWN}:
        kept = "Key Vault keeps its deleted secret for the vault's retention"
        yield Effect(Concern.BREAKS, f"the name is blocked for a new one as long as {kept}")
