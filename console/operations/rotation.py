"""Plans that make a key of a storage account anew without shutting anybody out: move all to the other key, verify, hold, regenerate.

Each step follows those before it: what fails leaves the old key alive, and stopping anywhere before the end breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from console.azure import account_keys
from console.azure.request import Request
from console.azure.sources import StorageKey
from console.domain.account_keys import BOTH, AccountKeys, KeyRef, other
from console.domain.connections import SETTINGS, Connection
from console.domain.datastores import ANEW, CHANGED, SINCE, Datastore
from console.domain.resync import SyncRef
from console.domain.rotation import Consumer, Held, Holding, Kind, Way, holding
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble, TroubleError
from console.operations.plan import Concern, Danger, Effect, Hold, Plan, Settling, Step

#: The key that a workspace's own datastores take at `resyncKeys`: seen in the emulator, told nowhere.
RESYNCED = "key1"
VERB, MOVE, TRY, SYNC, VERIFY, RENEW = "rotate", "move", "test", "resync", "verify", "regenerate"
#: What may be chosen for the time between the last move and the end of the old key (seconds of the server's time).
GRACES: tuple[tuple[float, str], ...] = ((3600.0, "1 h"), (14_400.0, "4 h"), (86_400.0, "24 h"), (0.0, "at once"))
UNSAID = "which key resyncKeys takes, and how long a running job goes on with a key that it was given, Azure does not document"


class Moving(msgspec.Struct, frozen=True, kw_only=True):
    """How one consumer is given a key: `put` makes the request, `test` the one that tries it where Azure takes a key unchecked.

    `rests_on` is the word of its `aspect` that the plan was made from, `settles` the word that `settling` has after it ("": none tells).
    """

    put: Callable[[StorageKey], Request]
    permission: str
    rests_on: str
    aspect: str
    settles: Settling = Settling()
    test: Callable[[StorageKey], Request] | None = None


def datastore_moving(row: Datastore, raw: bytes) -> Moving:
    """Of a datastore, by its GET."""
    before = row.aspect(CHANGED)
    return Moving(
        put=lambda held: account_keys.hand(row.id, raw, held),
        permission=account_keys.WRITE_DATASTORES,
        rests_on=before,
        aspect=CHANGED,
        settles=Settling((ANEW,), aspect=f"{SINCE}{before}"),
    )


def connection_moving(row: Connection, settings: Mapping[str, Any]) -> Moving:
    """Of a connection, by what a change of it has to say again."""
    return Moving(
        put=lambda held: account_keys.hand_connection(row.id, settings, held),
        permission=account_keys.WRITE_CONNECTIONS,
        rests_on=row.aspect(SETTINGS),
        aspect=SETTINGS,
        test=lambda held: account_keys.try_connection(row.id, settings, held),
    )


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a rotation is made from: `leaving` is the key that is made anew, `moving` tells of each consumer that is moved, by its id,
    how; `grace` is how long the old key lives on after the last move (seconds, and in words), `jobs` a sentence for each workspace with
    jobs that run now, `unread` what could not be looked at for such.
    """

    account: AccountKeys
    consumers: Sequence[Consumer]
    holdings: Mapping[str, Holding]
    leaving: str
    moving: Mapping[str, Moving] = {}
    grace: tuple[float, str] = GRACES[0]
    jobs: Sequence[str] = ()
    unread: Sequence[str] = ()

    @property
    def staying(self) -> str:
        return other(self.leaving)

    @property
    def moved(self) -> tuple[Consumer, ...]:
        """The consumers whose key is replaced."""
        return tuple(each for each in holding(self.consumers, self.holdings, Held(self.leaving)) if each.way is Way.REPLACE)

    @property
    def resynced(self) -> tuple[WorkspaceRef, ...]:
        """The workspaces whose own datastores hold the key that leaves."""
        own = (each for each in holding(self.consumers, self.holdings, Held(self.leaving)) if each.way is Way.RESYNC)
        return tuple(dict.fromkeys(each.workspace for each in own if each.workspace is not None))

    @property
    def about(self) -> tuple[WorkspaceRef, ...]:
        """The workspaces that any of its users with a key is in."""
        return tuple(dict.fromkeys(each.workspace for each in self.consumers if each.secret and each.workspace is not None))


def rotate(wanted: Wanted) -> Plan:
    """The whole plan. Raises TroubleError where it would shut somebody out, or the account takes no keys."""
    account, leaving, staying = wanted.account, wanted.leaving, wanted.staying
    if not account.shared_key:
        sentence = f"{account.name} refuses its keys altogether (allowSharedKeyAccess is false): no datastore comes in by one."
        raise TroubleError(Trouble(TroubleKind.CONFLICT, sentence, "SharedKeyOff"))
    moves = [step for each in wanted.moved for step in _move(each, wanted)]
    syncs = [_sync(each, wanted) for each in wanted.resynced]
    first = [*moves, *(syncs if leaving != RESYNCED else ())]
    verify = _verify(wanted, tuple(dict.fromkeys(step.target_id for step in first)))
    renew = _renew(wanted, verify.target_id)
    last = [msgspec.structs.replace(step, follows=(renew.target_id,)) for step in (syncs if leaving == RESYNCED else ())]
    check = [_check(wanted, tuple(step.target_id for step in last))] if last else []
    return Plan(
        verb=VERB,
        title=f"Rotate {account.name}: all to {staying}, then make {leaving} anew",
        where=f"storage account {account.name}",
        steps=(*first, verify, renew, *last, *check),
        danger=Danger.TYPED,
        typed=account.name,
        totals=_totals(wanted),
        undo_note=(
            f"Until {leaving} is made anew, undo moves all back to it. After that there is none: its old value is gone for good, and undo "
            f"would move them to the new {leaving}."
        ),
        provenance=UNSAID,
        despite=tuple(each.id for each in wanted.consumers if each.kind is Kind.UNSEEN),
        then=f"{staying} of {account.name} is as old as before: R on the account, in the same way back, makes it anew too",
    )


def _move(each: Consumer, wanted: Wanted) -> Iterator[Step]:
    """Give a consumer the other key. Azure checks that of a datastore before it takes it; a connection is tested after that."""
    account, leaving, staying = wanted.account, wanted.leaving, wanted.staying
    how, there, back = wanted.moving[each.id], StorageKey(account.id, staying), StorageKey(account.id, leaving)
    checked = "then tested" if how.test is not None else "checked by Azure"
    step = Step(
        target_id=each.id,
        target_name=each.name,
        request=how.put(there),
        permission=how.permission,
        effects=(Effect(Concern.CHANGE, f"{leaving} → {staying}, {checked}"),),
        sdk="none: azure-ai-ml skips the check of a datastore, and drops what a connection keeps",
        rests_on=how.rests_on,
        aspect=how.aspect,
        settles=how.settles,
        verb=MOVE,
    )
    undone = (Effect(Concern.CHANGE, f"holds {leaving} of {account.name} as it is then"),)
    undo = msgspec.structs.replace(step, request=how.put(back), effects=undone, rests_on="", settles=Settling())
    yield msgspec.structs.replace(step, undo=undo)
    if how.test is not None:
        yield Step(
            target_id=each.id,
            target_name=each.name,
            request=how.test(there),
            permission=account_keys.TEST_CONNECTIONS,
            effects=(Effect(Concern.UNCHECKED, f"whether {staying} opens {each.place} is tried by Azure"),),
            follows=(each.id,),
            verb=TRY,
        )


def _sync(workspace: WorkspaceRef, wanted: Wanted) -> Step:
    effect = Effect(Concern.CHANGE, f"the datastores that came with {workspace.name} take {RESYNCED} of {wanted.account.name} anew")
    return Step(
        target_id=SyncRef(workspace).id,
        target_name=workspace.name,
        request=account_keys.resync(workspace),
        permission=account_keys.RESYNC,
        effects=(effect,),
        az=f"az ml workspace sync-keys -n {workspace.name} -g {workspace.resource_group}",
        sdk=f'ml_client.workspaces.begin_sync_keys("{workspace.name}")',
        verb=SYNC,
    )


def _verify(wanted: Wanted, follows: tuple[str, ...]) -> Step:
    """Which key each user holds is read again before this is sent (see the rotation guard): one that holds the old one stops the plan."""
    account, staying = wanted.account, wanted.staying
    return Step(
        target_id=KeyRef(account.id, staying).id,
        target_name=f"{account.name} {staying}",
        request=account_keys.list_keys(account.id),
        permission=account_keys.LIST_KEYS,
        at=account.id,
        effects=(Effect(Concern.UNCHECKED, "what every user holds is read again, journaled, and compared"),),
        rests_on=account.state(staying),
        follows=follows,
        about=wanted.about,
        verb=VERIFY,
    )


def _renew(wanted: Wanted, follows: str) -> Step:
    account, leaving = wanted.account, wanted.leaving
    seconds, length = wanted.grace
    sentence = f"{leaving} is made anew {length} after all were moved and verified, once that is verified again"
    return Step(
        target_id=KeyRef(account.id, leaving).id,
        target_name=f"{account.name} {leaving}",
        request=account_keys.regenerate(account.id, leaving),
        permission=account_keys.REGENERATE,
        at=account.id,
        effects=(Effect(Concern.BREAKS, f"whoever still comes in by {leaving}, or by a SAS that it signed, is shut out at once"),),
        az=f"az storage account keys renew --account-name {account.name} --key {leaving}",
        sdk=f'storage_client.storage_accounts.regenerate_key(group, "{account.name}", {{"key_name": "{leaving}"}})',
        rests_on=account.state(leaving),
        settles=Settling((ANEW,), aspect=f"{SINCE}{account.state(leaving)}"),
        hold=Hold(label=f"after {length}", sentence=sentence, after_s=seconds) if seconds else None,
        follows=(follows,),
        about=wanted.about,
        verb=RENEW,
    )


def _check(wanted: Wanted, follows: tuple[str, ...]) -> Step:
    """Whether the own datastores of the workspaces took the new key: read and compared before this is sent."""
    account = wanted.account
    return Step(
        target_id=KeyRef(account.id, BOTH).id,
        target_name=f"{account.name} own datastores",
        request=account_keys.list_keys(account.id),
        permission=account_keys.LIST_KEYS,
        at=account.id,
        effects=(Effect(Concern.UNCHECKED, "whether the workspaces took the new key is read, journaled, and compared"),),
        follows=follows,
        about=wanted.about,
        verb=VERIFY,
    )


def _totals(wanted: Wanted) -> tuple[Effect, ...]:
    """What the steps come to, and what they cannot help."""
    account, leaving, staying = wanted.account.name, wanted.leaving, wanted.staying
    names = ", ".join(each.name for each in wanted.moved)
    told = [Effect(Concern.CHANGE, f"{len(wanted.moved)} moved to {staying}, each checked: {names}" if names else "nobody is to be moved")]
    told.append(Effect(Concern.ACCESS, f"{staying} is read from {account} as each is sent, and shown nowhere"))
    told.append(Effect(Concern.CHANGE, f"then all are read again and compared; only if none holds {leaving} it is made anew"))
    if wanted.resynced and leaving == RESYNCED:
        own = ", ".join(each.name for each in wanted.resynced)
        sentence = f"the own datastores of {own} know {RESYNCED} alone: they are shut from its end until resyncKeys is through (minutes)"
        told.append(Effect(Concern.BREAKS, sentence))
    told += [Effect(Concern.BREAKS, _signed(each, wanted)) for each in wanted.consumers if each.way is Way.REISSUE]
    neither = holding(wanted.consumers, wanted.holdings, Held.NEITHER)
    if neither:
        names = ", ".join(each.name for each in neither)
        told.append(Effect(Concern.UNCHECKED, f"left as they are, they hold neither key of {account} (shut already): {names}"))
    told += [Effect(Concern.BREAKS, each) for each in wanted.jobs]
    told += [Effect(Concern.UNCHECKED, each) for each in wanted.unread]
    unread = [each.name for each in wanted.consumers if each.kind is Kind.UNSEEN]
    told.append(Effect(Concern.UNCHECKED, f"not seen, and perhaps a user of {leaving}: {', '.join(unread)}"))
    return tuple(told)


def _signed(each: Consumer, wanted: Wanted) -> str:
    known = wanted.holdings.get(each.id)
    end = f"ends {known.ends:%Y-%m-%d %H:%M} UTC" if known is not None and known.ends is not None else "end unknown"
    where = f" in {each.workspace.name}" if each.workspace is not None else ""
    return f"{each.name}{where} comes in by a SAS ({end}): by which key it was signed is unknown, and if by {wanted.leaving} it is shut out"
