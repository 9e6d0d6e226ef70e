"""Plans that change connections: another secret, another target, other users; each without losing what Azure ML keeps of it.

A PUT replaces all of a connection, and a GET tells nothing of its credentials. What is to stay of them goes along as a source: it is read
by `listsecrets` while the change is sent, put in, and forgotten. A secret of a Key Vault goes along the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from console.azure import connections as requests
from console.azure.slots import filled, hold, name_slot
from console.azure.sources import ConnectionSecret, VaultSecret
from console.domain.connection_kinds import Auth
from console.domain.connections import PRIVATE, SCOPE, SECRET, SETTINGS, SHARED, WHOLE, Connection, SecretLink, linked
from console.operations.plan import Concern, Effect, Plan, Settling, Step

#: What `new` has for a custom key.
CUSTOM_KEY = "key"
_PROVIDER = "Microsoft.MachineLearningServices/workspaces/connections"
WRITE, LIST_SECRETS = f"{_PROVIDER}/write", f"{_PROVIDER}/listsecrets/action"
#: What uses a connection: prompt flows, indexes, jobs and code name it in their own text.
USERS_UNKNOWN = "who uses it: flows, jobs and code name a connection in their own text, which Azure does not list"
KEPT = "what it keeps is read (listsecrets) while this is sent, put in again, and forgotten"
UNDOABLE = "The secret before is not known afterwards: nothing brings it back."
NO_SDK = "no SDK call: azure-ai-ml would drop what the connection keeps"


def credentials(row: Connection, new: Mapping[str, str], key_name: str = "") -> dict[str, Any]:
    """What stands for a connection's credentials in a body: each field as its source, but for those that are `new`.

    Of custom keys the names are told only with their values, so that the new one, by its `key_name`, is all that there is.
    """
    if row.auth is Auth.CUSTOM_KEYS:
        return {"keys": {key_name: new[CUSTOM_KEY]}}
    return {name: new.get(name) or str(ConnectionSecret(row.id, name)) for name in (*row.auth.open_fields, row.auth.secret_field)}


def secret_field(row: Connection) -> str:
    """The field of `new` that a connection's secret is given by."""
    return row.auth.secret_field or CUSTOM_KEY


def typed(field: str, secret: str) -> str:
    """What stands in a body for a secret that was typed: a slot, which this process alone can fill."""
    number, slot = name_slot(f"credentials.{field}")
    hold({number: secret})
    return slot


def vault_source(secret: SecretLink) -> str:
    """What stands in a body for the version of a secret of a Key Vault."""
    return str(VaultSecret(secret.vault, secret.name, secret.version))


def give_secret(
    row: Connection,
    settings: Mapping[str, Any],
    new: Mapping[str, str],
    secret: SecretLink | None = None,
    expires: datetime | None = None,
    *,
    key_name: str = "",
    verb: str = "rotate",
) -> Plan:
    """Give a connection another secret: `new` are fields of its credentials, as slots or sources.

    `secret` is the vault secret that it is taken from, whose version is remembered (None: it was typed, and no vault secret is behind it
    any more). `expires` (UTC) is until when the new one is good; None: that is not known.
    """
    body = {**settings, "metadata": linked(settings.get("metadata") or {}, secret), "credentials": credentials(row, new, key_name)}
    body.pop("expiryTime", None)
    if expires is not None:
        body["expiryTime"] = _moment(expires)
    if not body["metadata"]:
        del body["metadata"]
    effects = [Effect(Concern.CHANGE, taken(secret) if secret is not None else "another secret, as it was typed")]
    if secret is None and row.behind is not None:
        effects.append(Effect(Concern.CHANGE, f"{row.behind.short} is no longer remembered behind it"))
    effects.append(Effect(Concern.CHANGE, f"good until {expires:%Y-%m-%d %H:%M} UTC" if expires is not None else "no expiry is remembered"))
    if row.auth is Auth.CUSTOM_KEYS:
        effects.append(Effect(Concern.BREAKS, f"{key_name} is the only key that it has then: others that it may have are gone"))
    elif row.auth.open_fields:
        effects.append(Effect(Concern.ACCESS, KEPT))
    effects.append(Effect(Concern.BREAKS, "jobs that read the secret when they began go on with the one before"))
    effects.append(
        Effect(Concern.UNCHECKED, "whether the target takes the new one: test it (T) afterwards, before the one before is ended")
    )
    link = f"{secret.identifier}/{secret.version}" if secret is not None else "no vault secret"
    step = replacing(row, settings, body, effects, Settling((link,), aspect=SECRET))
    title = f"Update {row.name} from {secret.short}" if verb == "update" and secret is not None else f"Give {row.name} another secret"
    return Plan(verb=verb, title=title, where=where_of(row), steps=(step,), undo_note=UNDOABLE)


def change(row: Connection, settings: Mapping[str, Any], target: str, expires: datetime | None) -> Plan:
    """Change where a connection leads, and until when its credential is good (UTC; None: not known). Everything else stays."""
    now = requests.to_be(row.id, settings)
    step = _setting(row, settings, _aimed(settings, target, expires))
    undo = _setting(row, step.request.body["properties"], settings)
    return Plan(
        verb="change",
        title=f"Change {row.name}",
        where=where_of(row),
        steps=(replace(step, undo=undo),),
        undo_note=f"Undo sets {_written(now.target, now.expires)} again.",
    )


def share(row: Connection, settings: Mapping[str, Any], *, to_all: bool) -> Plan:
    """Let everybody of the workspace use a connection, or its maker alone.

    `isSharedToAll` is set on what Azure tells of it: azure-ai-ml's `is_shared` is taken when a connection is made, and never after.
    """
    step = _scope(row, settings, {**settings, "isSharedToAll": to_all}, to_all)
    undo = _scope(row, step.request.body["properties"], settings, not to_all)
    title = f"Share {row.name}" if to_all else f"Make {row.name} private"
    return Plan(
        verb="share" if to_all else "make private",
        title=title,
        where=where_of(row),
        steps=(replace(step, undo=undo),),
        undo_note=f"Undo makes it {PRIVATE if to_all else SHARED} again.",
    )


def replacing(
    row: Connection, before: Mapping[str, Any], body: Mapping[str, Any], effects: Sequence[Effect], settles: Settling, sdk: str = NO_SDK
) -> Step:
    """The PUT of `body` in place of `before`, the properties that it was made from: it is not sent once any of these is another."""
    return Step(
        target_id=row.id,
        target_name=row.name,
        request=requests.put_request(row.id, body),
        permission=WRITE,
        effects=tuple(effects),
        sdk=sdk,
        rests_on=requests.to_be(row.id, filled(before)).aspect(WHOLE),
        aspect=WHOLE,
        settles=settles,
    )


def _aimed(settings: Mapping[str, Any], target: str, expires: datetime | None) -> dict[str, Any]:
    body = {**settings, "target": target}
    body.pop("expiryTime", None)
    return body if expires is None else {**body, "expiryTime": _moment(expires)}


def _setting(row: Connection, before: Mapping[str, Any], body: Mapping[str, Any]) -> Step:
    then = requests.to_be(row.id, body)
    effects = [Effect(Concern.CHANGE, _written(then.target, then.expires))]
    if "credentials" in body:
        effects.append(Effect(Concern.ACCESS, KEPT))
    if body.get("target") != before.get("target"):
        effects.append(Effect(Concern.BREAKS, "whoever uses it goes elsewhere from now on; whether its secret opens that was not checked"))
    effects.append(Effect(Concern.UNCHECKED, USERS_UNKNOWN))
    return replacing(row, before, body, effects, Settling((then.aspect(SETTINGS),), aspect=SETTINGS))


def _scope(row: Connection, before: Mapping[str, Any], body: Mapping[str, Any], to_all: bool) -> Step:
    effects = [Effect(Concern.ACCESS, who_uses(to_all))]
    if not to_all:
        effects.append(Effect(Concern.BREAKS, "whoever else uses it is shut out"))
        effects.append(Effect(Concern.UNCHECKED, USERS_UNKNOWN))
    if "credentials" in body:
        effects.append(Effect(Concern.ACCESS, KEPT))
    settles = Settling((requests.to_be(row.id, body).scope,), aspect=SCOPE)
    return replacing(row, before, body, effects, settles, "no SDK call: azure-ai-ml's setter of is_shared does nothing")


def who_uses(to_all: bool) -> str:
    return "everybody who may use the workspace's connections can use it" if to_all else "its maker alone can use it"


def taken(secret: SecretLink) -> str:
    return f"the secret is taken from {secret.short}, version {secret.version}, while this is sent; both are remembered in its metadata"


def _written(target: str, expires: datetime | None) -> str:
    until = f"good until {expires:%Y-%m-%d %H:%M} UTC" if expires is not None else "no expiry"
    return f"target {target}, {until}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def where_of(row: Connection) -> str:
    return f"{row.workspace.name} · {row.workspace.resource_group}"
