"""Plans of datastores that have to be waited for: the move to identity, with the role that it needs first, and deletion."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from msgspec.structs import replace

from console.domain.datastores import Auth, Datastore, Type, can_delete
from console.domain.reasons.chain import Lacking
from console.domain.reasons.reader_links import SYSTEM_IDENTITY
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import datastores as plans
from console.operations.creation import RefusedError
from console.operations.datastore_changes import move_to_identity
from console.operations.plan import Concern, Effect, Hold, Plan, Step
from console.operations.spread import WITHIN_S
from console.session import Session
from screens import ways

#: How long (real seconds) a plan waits for accounts and roles to be read; without them it says that they were not.
LONGEST_READ_S = 20.0


def can_move(row: Datastore) -> str:
    """Why a datastore cannot be moved to identity ("" where it can)."""
    if why := plans.can_change(row):
        return why
    return "nothing is kept in it: it goes by identity already" if row.auth is Auth.IDENTITY and row.service_identity else ""


def deletable(row: Datastore) -> str:
    """Why a datastore may not be deleted ("" where it may)."""
    return can_delete(row)


async def delete(session: Session, rows: Sequence[Datastore]) -> Plan:
    """The plan that deletes them, with what of the data assets is on them by name. Raises TroubleError."""
    session.data.now.want(())
    return plans.delete(rows, {row.id: session.data.now.users(row) for row in rows})


async def to_identity(session: Session, rows: Sequence[Datastore]) -> Plan:
    """The plan that takes the secrets away: roles that are found lacking are assigned first, and waited for. Raises TroubleError."""
    ways.begin(session)
    await _read(session, rows)
    granted: dict[tuple[str, str, str], tuple[Step, ...]] = {}
    steps: list[Step] = []
    parts: list[Plan] = []
    for row in rows:
        after = replace(row, auth=Auth.IDENTITY, service_identity=SYSTEM_IDENTITY)
        chain = session.data.ways.to_be(after)
        assigning: tuple[Step, ...] = ()
        if (lacking := chain.lacking) is not None:
            key = (lacking.principal_id, lacking.role, lacking.scope)
            if key not in granted:
                granted[key] = await _assignment(session, lacking)
                steps += granted[key]
            assigning = granted[key]
        account = session.data.storage.account(row)
        try:
            raw = json.loads(await session.data.now.json(row.id))
            moved = move_to_identity(row, raw, account_id=account.id if account is not None else "")
        except RefusedError as error:
            raise TroubleError(Trouble(Kind.INVALID, f"{row.name}: {error.message}.", "Unchanged")) from error
        parts.append(moved)
        notes = tuple(Effect(Concern.UNCHECKED, link.sentence) for link in chain.links if link.standing.value == "not read")
        steps += [_after(step, assigning, notes) for step in moved.steps]
    first = parts[0]
    several = {"title": f"Move {len(rows)} datastores to identity", "where": plans.where_of(rows)} if len(rows) > 1 else {}
    return replace(first, steps=tuple(steps), **several)


def _after(step: Step, assigning: Sequence[Step], notes: tuple[Effect, ...]) -> Step:
    """A move, after the assignments that it needs: Azure tries the storage as that identity, and would refuse it before."""
    effects = (*step.effects, *notes)
    if not assigning:
        return replace(step, effects=effects, verb="move to identity")
    sentence = f"waits {WITHIN_S / 60:.0f} min for the role to take effect (Azure's documentation: up to that), for Azure tries it then"
    hold = Hold(label="the role", sentence=sentence, after_s=WITHIN_S)
    return replace(step, effects=effects, verb="move to identity", follows=tuple(each.target_id for each in assigning), hold=hold)


async def _assignment(session: Session, lacking: Lacking) -> tuple[Step, ...]:
    role = session.access.now.roles.get(lacking.role)
    who = session.access.now.directory.get(lacking.principal_id)
    if who is None:
        await session.access.desk.search(lacking.principal_id)
        who = next((each for each in session.access.desk.called(lacking.principal_id)), None)
    if role is None or who is None:
        missing = lacking.role_name if role is None else f"the identity {lacking.principal_id}"
        sentence = f"{missing} could not be read, which has to be assigned first; assign it by hand (:access), then move."
        raise TroubleError(Trouble(Kind.NOT_FOUND, f"{sentence[:1].upper()}{sentence[1:]}", "RoleNotRead"))
    assigned = await session.access.desk.assign([who], role, lacking.scope)
    return tuple(replace(step, verb=assigned.verb) for step in assigned.steps)


async def _read(session: Session, rows: Sequence[Datastore]) -> None:
    """Until all that the chains rest on was read; what is not by then is told as such."""
    heard = asyncio.Event()
    leave = session.listen(heard.set)
    on_accounts = [row for row in rows if row.type in {Type.BLOB, Type.FILE, Type.GEN2}]
    try:
        async with asyncio.timeout(LONGEST_READ_S):
            while not all(session.data.ways.read_at(row) for row in on_accounts) or not session.access.now.definitions.loaded:
                heard.clear()
                await heard.wait()
                if session.data.storage.accounts.troubles or session.access.now.assignments.troubles:
                    return
    except TimeoutError:
        return
    finally:
        leave()
