"""Plans that change datastores, each without losing what it keeps: the secret that stays is read from Azure as the change is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from console.azure import datastore_bodies as bodies
from console.azure.datastore_bodies import CREDENTIALS, SECRETS, settable
from console.azure.sources import StorageKey, StorageSas, VaultSecret, source
from console.domain.datastores import ANEW, CHANGED, SINCE, Auth, Datastore, Type
from console.domain.shared_signatures import words
from console.operations.creation import RefusedError
from console.operations.datastores import CHECK_NOT_SEEN, CHECKED, IDENTITY_OPENS, WRITE, where_of
from console.operations.plan import Concern, Effect, Plan, Settling, Step
from console.text import redact, redact_text

SYSTEM_ASSIGNED, USER_ASSIGNED = "WorkspaceSystemAssignedIdentity", "WorkspaceUserAssignedIdentity"
SERVICE_IDENTITY = "serviceDataAccessAuthIdentity"
#: Where the container of each type is on the wire.
CONTAINERS = {Type.BLOB: "containerName", Type.FILE: "fileShareName", Type.GEN2: "filesystem"}
#: Fields of the wire whose change leads what reads by the datastore's name to other data.
PLACES = frozenset({"accountName", "endpoint", "protocol", "oneLakeWorkspaceName", "artifact", *CONTAINERS.values()})
KEPT = "what opens it stays: it is read (listSecrets) while this is sent, put in again, and forgotten"
LOST = "What opened it before is not known afterwards: nothing brings that back."
NO_SDK = "none that keeps the secret: ml_client.datastores.create_or_update(…) of what was read wipes it"
AUTHS = {auth.value: auth for auth in Auth if auth is not Auth.UNKNOWN}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is to open a datastore. `secret` is the text that stands for it in a body: a slot (typed) or a source (read as it is sent).

    `told` is what is known of a typed one beside it, as a sentence.
    """

    auth: Auth
    secret: str = ""
    tenant_id: str = ""
    client_id: str = ""
    thumbprint: str = ""
    authority: str = ""
    told: str = ""

    def wire(self) -> dict[str, Any]:
        told = {"tenantId": self.tenant_id, "clientId": self.client_id, "thumbprint": self.thumbprint, "authorityUrl": self.authority}
        return bodies.opened_by(self.auth.value, self.secret, {name: value for name, value in told.items() if value})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a datastore is to have from now on; None leaves it. `service_identity` "None": Azure ML itself reads with none."""

    description: str | None = None
    tags: Mapping[str, str] | None = None
    account: str | None = None
    container: str | None = None
    endpoint: str | None = None
    service_identity: str | None = None
    opening: Opening | None = None


def account_of(row: Datastore) -> str:
    """The ARM id of a datastore's storage account, where Azure tells it; else ""."""
    if not (row.account and row.storage_subscription and row.storage_group) or row.type in {Type.ONELAKE, Type.GEN1}:
        return ""
    group = f"/subscriptions/{row.storage_subscription}/resourceGroups/{row.storage_group}"
    return f"{group}/providers/Microsoft.Storage/storageAccounts/{row.account}"


def change(row: Datastore, raw: Mapping[str, Any], wanted: Change, account_id: str = "") -> Plan:
    """Change a datastore. `raw` is its JSON as Azure sent it, of which `row` was read: what `wanted` leaves alone goes back as it was.

    `account_id` (ARM) lets undo take the account's key again. Raises RefusedError where nothing would change.
    """
    plan = edited(row, raw, _properties(row, raw, wanted), account_id)
    if wanted.opening is None or not wanted.opening.told:
        return plan
    step = plan.steps[0]
    return replace(plan, steps=(replace(step, effects=(Effect(Concern.ACCESS, wanted.opening.told), *step.effects)),))


def move_to_identity(row: Datastore, raw: Mapping[str, Any], service_identity: str = SYSTEM_ASSIGNED, account_id: str = "") -> Plan:
    """Take the secret away from a datastore: whoever reads comes in as themselves, and Azure ML itself by `service_identity`.

    `raw` and `account_id` as in `change`. Raises RefusedError where it is so already.
    """
    wanted = Change(opening=Opening(auth=Auth.IDENTITY), service_identity=service_identity)
    plan = change(row, raw, wanted, account_id)
    return replace(plan, verb="move to identity", title=f"Move the datastore {row.name} to identity")


def edited(row: Datastore, raw: Mapping[str, Any], properties: Mapping[str, Any], account_id: str = "") -> Plan:
    """Give a datastore these properties, all of them (`datastore_bodies.settable` has those that there are). See `change`."""
    before = settable(raw)
    if before == properties:
        raise RefusedError("", "nothing would change")
    was = row.aspect(CHANGED)
    step = Step(
        target_id=row.id,
        target_name=row.name,
        request=bodies.put(row.id, properties),
        permission=WRITE,
        effects=tuple(_effects(before, properties)),
        sdk=NO_SDK,
        rests_on=was,  # all of it is sent: nothing that somebody else changed may be overwritten
        aspect=CHANGED,
        settles=Settling((ANEW,), aspect=f"{SINCE}{was}"),
    )
    back, note = _back(row, before, properties, account_id or account_of(row))
    undo = None
    if back is not None:
        effects = tuple(_effects(properties, back))
        undo = replace(step, request=bodies.put(row.id, back), effects=effects, rests_on="", aspect="", settles=Settling())
    return Plan(
        verb="edit",
        title=f"Edit the datastore {row.name}",
        where=where_of([row]),
        steps=(replace(step, undo=undo),),
        undo_note=note,
        provenance=CHECK_NOT_SEEN,
    )


def _properties(row: Datastore, raw: Mapping[str, Any], wanted: Change) -> dict[str, Any]:
    new = settable(raw)
    told: dict[str, Any] = {"description": wanted.description, "tags": None if wanted.tags is None else dict(wanted.tags)}
    told |= {"endpoint": wanted.endpoint, SERVICE_IDENTITY: wanted.service_identity}
    if row.type is Type.ONELAKE:
        told["oneLakeWorkspaceName"] = wanted.account
        if wanted.container is not None:
            told["artifact"] = {**(new.get("artifact") or {"artifactType": "LakeHouse"}), "artifactName": wanted.container}
    else:
        told |= {"accountName": wanted.account, CONTAINERS[row.type]: wanted.container}
    if wanted.opening is not None:
        wire, held = wanted.opening.wire(), new[CREDENTIALS]
        same = held.get("credentialsType") == wire["credentialsType"]
        told[CREDENTIALS] = {**held, **wire} if same else wire  # what is not told anew stays, such as an application's resource
    # What is not there yet and is to be nothing stays away.
    return new | {name: value for name, value in told.items() if value is not None and (value or name in new)}


def _back(row: Datastore, before: Mapping[str, Any], after: Mapping[str, Any], account_id: str) -> tuple[dict[str, Any] | None, str]:
    """The properties that take a change back, and what that can do; None where nothing can."""
    held, holds = before[CREDENTIALS], after[CREDENTIALS]
    if held == holds or str(held.get("credentialsType")) not in SECRETS:
        return dict(before), "Undo puts back what it had."
    if held.get("credentialsType") == Auth.KEY and account_id:
        key = bodies.opened_by(Auth.KEY.value, str(StorageKey(account_id, "key1")))
        note = f"Undo opens it by key1 of {row.account} again, read as it is sent: which of the two keys it had is not known."
        return {**before, CREDENTIALS: key}, note
    return None, LOST


def _effects(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Effect]:
    changed = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    for name in changed:
        if name != CREDENTIALS:
            yield Effect(Concern.CHANGE, f"{name}: {_said(name, before.get(name))} → {_said(name, after.get(name))}")
    if CREDENTIALS in changed:
        yield from _opened(before[CREDENTIALS], after[CREDENTIALS])
    elif str(after[CREDENTIALS].get("credentialsType")) in SECRETS:
        yield Effect(Concern.ACCESS, KEPT)
    if PLACES & set(changed):
        yield Effect(Concern.BREAKS, "what reads by its name reads there from now on; the data stays where it is")
    yield Effect(Concern.CHANGE, CHECKED)


def _opened(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Effect]:
    was, now = (AUTHS.get(str(each.get("credentialsType")), Auth.UNKNOWN) for each in (before, after))
    if was is not now:
        yield Effect(Concern.CHANGE, f"opened by {now.label}, no longer by {was.label}")
    else:
        told = [name for name in dict.fromkeys((*before, *after)) if name != "secrets" and before.get(name) != after.get(name)]
        yield from (Effect(Concern.CHANGE, f"{name}: {_said(name, before.get(name))} → {_said(name, after.get(name))}") for name in told)
        if before.get("secrets") != after.get("secrets"):
            yield Effect(Concern.CHANGE, f"another {now.label} opens it")
    yield from _taken((after.get("secrets") or {}).get(SECRETS.get(now.value, ""), ""))
    if now is Auth.IDENTITY:
        yield Effect(Concern.ACCESS, IDENTITY_OPENS)


def _taken(text: str) -> Iterator[Effect]:
    """Where a secret is read as it is sent, and until when one that is made then is good."""
    named = source(text)
    if isinstance(named, StorageKey):
        yield Effect(Concern.ACCESS, f"{named.key} is read from {_name(named.account_id)} as this is sent, and shown nowhere")
    elif isinstance(named, VaultSecret):
        yield Effect(Concern.ACCESS, f"the secret is read from {named.url} as this is sent, and shown nowhere")
    elif isinstance(named, StorageSas):
        lets = f"lets {words(named.permissions)} in {named.container} until {named.expires[:10]} {named.expires[11:16]} UTC"
        yield Effect(Concern.ACCESS, f"a SAS is made as this is sent, and shown nowhere: it {lets}")
        yield Effect(
            Concern.BREAKS, f"{named.key} of {_name(named.account_id)} signs it: when that is made anew, it opens nothing any more"
        )


def _name(target_id: str) -> str:
    return target_id.rsplit("/", 1)[-1]


def _said(name: str, value: Any) -> str:
    if value is None or value == "" or value == {}:
        return "none"
    hidden = redact({name: value})[name]
    return redact_text(hidden) if isinstance(hidden, str) else msgspec.json.encode(hidden).decode()
