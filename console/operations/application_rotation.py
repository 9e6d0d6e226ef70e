"""Plans that give every user of an application its new secret: each is tried, both secrets live on meanwhile, the old one ends by hand.

An application has several secrets at once (Microsoft Graph, `passwordCredentials`), which are made and ended in Entra ID: nothing is
changed there from here. So stopping anywhere breaks nothing, as long as the old one lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from console.azure import account_keys, datastore_bodies
from console.azure.answer import Answer
from console.azure.errors import UNDECODABLE
from console.domain.connections import Connection, SecretLink
from console.domain.datastores import ANEW, CHANGED, SINCE, Datastore
from console.domain.rotation import Consumer, Kind, Way
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble, TroubleError
from console.operations import connection_changes, connections
from console.operations.datastore_changes import Change, Opening, change
from console.operations.datastores import WRITE
from console.operations.plan import Concern, Effect, Hold, Plan, Step
from console.operations.revealing import reveal
from console.operations.runner import Runner

VERB, MOVE, TRY = "rotate", "move", "test"
#: Ends the old secret once nobody has it any more (Azure CLI, `az ad app credential`).
ENDING = "az ad app credential delete --id {client} --key-id ID-OF-THE-OLD-ONE"
TOLD = "az ad app credential list --id {client} tells which that is"


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """`text` stands for it in a body: a slot, or the source of the vault secret `link`. `expires` (UTC): until when it is good."""

    text: str
    link: SecretLink | None = None
    expires: datetime | None = None


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in as an application: each as it is now, with its JSON (datastores) or what a change has to say again (connections).

    `perhaps` may be users, or hide some: they are told, and left alone.
    """

    datastores: Sequence[tuple[Datastore, Mapping[str, Any]]]
    connections: Sequence[tuple[Connection, Mapping[str, Any]]] = ()
    perhaps: Sequence[Consumer] = ()


def rotate(client_id: str, users: Users, new: NewSecret, grace: tuple[float, str]) -> Plan:
    """Give them the new secret; `grace` is how long both live on (seconds, and in words) before each is tried again.

    Raises TroubleError where nobody is known to sign in by a secret.
    """
    steps = [step for row, raw in users.datastores for step in _store(row, raw, new, client_id, grace)]
    steps += [step for row, settings in users.connections for step in _connection(row, settings, new, client_id, grace)]
    if not steps:
        sentence = f"Nobody is seen to sign in as {client_id} by a secret."
        raise TroubleError(Trouble(TroubleKind.CONFLICT, sentence, "NoUsers"))
    names = [*(row.name for row, _ in users.datastores), *(row.name for row, _ in users.connections)]
    totals = [Effect(Concern.CHANGE, f"{len(names)} are given the new secret, each is tried: {', '.join(names)}")]
    totals.append(Effect(Concern.ACCESS, f"{_source(new)}; the application has to have it already, besides the old one"))
    totals.append(Effect(Concern.BREAKS, f"nothing, until the old one is ended by hand: {_by_hand(client_id)}"))
    if users.perhaps:
        names = [each.name for each in users.perhaps]
        totals.append(Effect(Concern.UNCHECKED, f"left alone, and perhaps its users: {', '.join(names)}"))
    totals.append(Effect(Concern.UNCHECKED, "whoever else signs in as it: the sign-in logs of Entra ID name them"))
    return Plan(
        verb=VERB,
        title=f"Give all who sign in as application {client_id} its new secret",
        where=f"application {client_id}",
        steps=tuple(steps),
        totals=tuple(totals),
        undo_note="None gets the old secret back, which is not known here; it opens still, as long as it lives.",
        then=f"end the old secret by hand: {_by_hand(client_id)}",
    )


def _store(row: Datastore, raw: Mapping[str, Any], new: NewSecret, client_id: str, grace: tuple[float, str]) -> Iterator[Step]:
    opening = Opening(auth=row.auth, secret=new.text, tenant_id=row.tenant_id, client_id=row.client_id, authority=row.authority)
    (step,) = change(row, raw, Change(opening=opening)).steps
    yield msgspec.structs.replace(step, verb=MOVE)
    # The same PUT as it is then: Azure tries the storage again with what is kept, and nothing changes.
    yield Step(
        target_id=row.id,
        target_name=row.name,
        request=datastore_bodies.put(row.id, datastore_bodies.settable(raw)),
        permission=WRITE,
        effects=(Effect(Concern.UNCHECKED, "whether what it keeps opens the storage is tried again by Azure; nothing else changes"),),
        rests_on=ANEW,
        aspect=f"{SINCE}{row.aspect(CHANGED)}",
        hold=_hold(client_id, grace),
        follows=(row.id,),
        verb=TRY,
    )


def _connection(row: Connection, settings: Mapping[str, Any], new: NewSecret, client_id: str, grace: tuple[float, str]) -> Iterator[Step]:
    given = {connection_changes.secret_field(row): new.text}
    (step,) = connection_changes.give_secret(row, settings, given, new.link, new.expires).steps
    yield msgspec.structs.replace(step, verb=MOVE)
    (tried,) = connections.test(row, settings).steps
    yield msgspec.structs.replace(tried, rests_on="", aspect="", hold=_hold(client_id, grace), follows=(row.id,), verb=TRY)


def _hold(client_id: str, grace: tuple[float, str]) -> Hold | None:
    seconds, length = grace
    sentence = f"{length} after it was moved it is tried again; once all are, the old secret can end: {_by_hand(client_id)}"
    return Hold(label=f"after {length}", sentence=sentence, after_s=seconds) if seconds else None


def _by_hand(client_id: str) -> str:
    return f"{ENDING.format(client=client_id)} ({TOLD.format(client=client_id)})"


def _source(new: NewSecret) -> str:
    return f"the secret is read from {new.link.short} as each is sent" if new.link is not None else "the secret as it was typed"


# Which connections are its users


def scan(client_id: str, consumers: Iterable[Consumer]) -> Plan:
    """Read what connections by a service principal keep: Azure tells whose it is with the secret alone."""
    kept = Effect(Concern.ACCESS, "read for its client id alone: the secret beside it is forgotten, and kept nowhere")
    asked = [each for each in consumers if each.kind is Kind.CONNECTION and each.way is Way.LOOK]
    return Plan(
        verb="look whose",
        title=f"Read which of {len(asked)} connections sign in as application {client_id}",
        where=f"application {client_id}",
        steps=tuple(
            Step(
                target_id=each.id,
                target_name=each.name,
                request=account_keys.list_secrets(each.id),
                permission=account_keys.LIST_CONNECTION_SECRETS,
                effects=(kept,),
            )
            for each in asked
        ),
        undo_note="There is nothing to undo: nothing is changed. That each was read stays in the journal.",
    )


async def compare(runner: Runner, plan: Plan) -> Mapping[str, str]:
    """Carry out a `scan` that was agreed to: client ids by the connections' ids, of those that told one.

    Raises JournalError before anything unwritten is sent.
    """
    operation, answers = await reveal(runner, plan)
    told = ((run.step.target_id, _client(answer)) for run, answer in zip(operation.runs, answers, strict=True))
    return {target: client for target, client in told if client}


class _Credentials(msgspec.Struct):
    client: str | None = msgspec.field(name="clientId", default=None)


class _Kept(msgspec.Struct):
    credentials: _Credentials | None = None


class _Entered(msgspec.Struct):
    properties: _Kept


def _client(answer: Answer | None) -> str:
    try:
        kept = msgspec.json.decode(answer.body, type=_Entered).properties.credentials if answer is not None else None
    except UNDECODABLE:
        return ""
    return (kept.client if kept is not None else "") or ""
