"""Plans that make, test and delete connections; and why a connection cannot be changed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from console.azure import connections as requests
from console.azure.request import Request
from console.domain.connection_kinds import Auth
from console.domain.connections import THERE, Connection, SecretLink
from console.operations.connection_changes import KEPT, USERS_UNKNOWN, WRITE, taken, where_of, who_uses
from console.operations.plan import GONE, Concern, Danger, Effect, Plan, Settling, Step

_PROVIDER = "Microsoft.MachineLearningServices/workspaces/connections"
DELETE = f"{_PROVIDER}/delete"
#: The swagger's path with `/action`, as Azure names the permission of every POST; its list of operations was not at hand.
TEST = f"{_PROVIDER}/testconnection/action"


def can_change(row: Connection) -> str:
    """Why a connection cannot be changed from here ("" where it can)."""
    return "it could not be read" if row.fault else ""


def can_test(row: Connection) -> str:
    """Why a connection cannot be tested ("" where it can)."""
    return can_change(row)


def can_rotate(row: Connection) -> str:
    """Why a connection cannot be given another secret ("" where it can)."""
    if row.fault:
        return can_change(row)
    if not row.auth.keeps_secret:
        return f"it keeps no secret ({row.auth.label})"
    return "which of its fields are secret, the console does not know: make it anew (n)" if row.auth is Auth.OAUTH2 else ""


def can_update(row: Connection) -> str:
    """Why a connection cannot be updated from a vault ("" where it can)."""
    if row.behind is None:
        return "no Key Vault secret is remembered behind it; R takes one"
    custom = row.auth is Auth.CUSTOM_KEYS
    return "which of its keys is the vault's, Azure does not tell: R gives it by name" if custom else can_rotate(row)


def can_delete(row: Connection) -> str:
    """Why a connection cannot be deleted ("" where it can): one that cannot be read can."""
    return ""


def create(request: Request, row: Connection, secret: SecretLink | None = None, note: str = "") -> Plan:
    """Make the connection that `row` tells of by the `request` that was compiled; `secret` is where its secret comes from,
    `note` how it was compiled where azure-ai-ml did not."""
    effects = [Effect(Concern.CHANGE, f"{row.label} at {row.target}, entered with {row.auth.label}")]
    if row.auth.keeps_secret:
        effects.append(Effect(Concern.ACCESS, "its secret is readable by whoever may list the workspace's secrets, as data scientists may"))
    effects.append(Effect(Concern.ACCESS, who_uses(row.shared is not False)))
    if secret is not None:
        effects.append(Effect(Concern.CHANGE, taken(secret)))
    effects.append(Effect(Concern.UNCHECKED, "whether the target lets it in: test it (T) when it is there"))
    undo = _deletion(row, (Effect(Concern.BREAKS, "what uses it by then fails"),))
    step = Step(
        target_id=row.id,
        target_name=row.name,
        request=request,
        permission=WRITE,
        effects=tuple(effects),
        az=_az("create", row, "--file", "FILE"),
        sdk="ml_client.connections.create_or_update(WorkspaceConnection(…))",
        rests_on=GONE,
        settles=Settling((THERE,)),
        undo=undo,
    )
    return Plan(
        verb="create",
        title=f"Create the connection {row.name}",
        where=where_of(row),
        steps=(step,),
        undo_note="Undo deletes it again.",
        provenance=note,
    )


def test(row: Connection, settings: Mapping[str, Any]) -> Plan:
    """Have Azure ML enter the target with what the connection keeps."""
    effects = [
        Effect(Concern.CHANGE, f"none that is known: Azure ML enters {row.target} as the connection would, and says what came of it")
    ]
    if "credentials" in settings:
        effects.append(Effect(Concern.ACCESS, KEPT))
    effects.append(Effect(Concern.UNCHECKED, "what the target makes of it: it may count or log the visit"))
    step = Step(
        target_id=row.id,
        target_name=row.name,
        request=requests.test_request(row.id, settings),
        permission=TEST,
        effects=tuple(effects),
        sdk="no SDK call: this is POST …/testconnection",
    )
    provenance = "by the published schema alone: what Azure answers to a test was not seen"
    return Plan(verb="test", title=f"Test {row.name}", where=where_of(row), steps=(step,), provenance=provenance)


def delete(rows: Sequence[Connection], _prices: object = None) -> Plan:
    """Delete connections. What they lead to stays; their secrets go from the workspace's Key Vault."""
    effects = (
        Effect(Concern.BREAKS, "whatever enters its target by it fails from now on"),
        Effect(Concern.STAYS, "what it leads to; Azure ML's copy of its secret is soft-deleted in the workspace's Key Vault"),
        Effect(Concern.UNCHECKED, USERS_UNKNOWN),
    )
    several = len(rows) > 1
    return Plan(
        verb="delete",
        title=f"Delete {f'{len(rows)} connections' if several else f'the connection {rows[0].name}'}",
        where=", ".join(dict.fromkeys(map(where_of, rows))),
        steps=tuple(_deletion(row, effects) for row in rows),
        danger=Danger.TYPED,
        typed=str(len(rows)) if several else rows[0].name,
        undo_note="Nothing brings it back: its secret is not known. Make it anew (n).",
    )


def _deletion(row: Connection, effects: tuple[Effect, ...]) -> Step:
    return Step(
        target_id=row.id,
        target_name=row.name,
        request=requests.delete_request(row.id),
        permission=DELETE,
        effects=effects,
        az=_az("delete", row, "--yes"),
        sdk=f"ml_client.connections.delete({row.name!r})",
        rests_on=THERE,
        settles=Settling(gone=True),
    )


def _az(verb: str, row: Connection, *more: str) -> str:
    place = row.workspace
    named = ["--name", row.name] if verb != "create" else []
    where = ["-g", place.resource_group, "-w", place.name, "--subscription", place.subscription_id]
    return shlex.join(["az", "ml", "connection", verb, *named, *more, *where])
