"""Access now: who has which roles in the workspaces that are open and on their companions, and who those are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import is_
from typing import Any, TypeVar
from weakref import WeakSet

from msgspec.structs import replace

from console.clock import ServerClock
from console.domain import scopes
from console.domain.access import grants as access
from console.domain.access.assignments import Activation, DenyAssignment, Eligibility, RoleAssignment, Usage
from console.domain.access.grants import Grant
from console.domain.access.places import Place
from console.domain.access.principals import Account, Directory, Principal, PrincipalKind
from console.domain.access.roles import RoleDefinition
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.workspaces import Workspace
from console.feeds.feed import Cadence, Feed
from console.feeds.lookup import Lookup
from console.feeds.source import Joined
from console.readers import Readers

T = TypeVar("T")
#: Who somebody is is asked again after a day of the server's time, who is in a group after a quarter of an hour.
NAMES_S, MEMBERS_S = 86_400, 900
#: What is asked of the directory is gone through again after this time (real seconds), or when there is more to ask.
LOOKS_S = 5.0
#: After a plan of ours assignments are read at the transition's pace for so long (real seconds).
HURRY_S = 30.0
#: What is missing where a subscription's own list is refused.
NARROW = "only what reaches the workspace: you may not list the subscription's"
#: The code of the refusal for want of a licence (azure-mgmt-authorization's callers see it on every PIM operation).
NO_PREMIUM = "AadPremiumLicenseRequired"


class AccessRows(Joined[T]):
    """Rows of access: they are there once the assignments are. What is read beside them may be refused, which is told, not waited for."""

    def __init__(self, now: AccessNow, derive: Callable[[], Sequence[T]]) -> None:
        self._beside = now.beside
        super().__init__((now.assignments, now.definitions, *now.beside), derive, now.raw)
        self._main = (now.assignments, now.definitions)
        now.rows.add(self)

    @property
    def loaded(self) -> bool:
        read = all(part.reading is not None or part.trouble is not None for feed in self._beside for part in feed.parts.values())
        return read and all(feed.loaded for feed in self._main)

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Those of what matters most: the assignments, else the roles, else what is read beside them and fails."""
        beside = ((scope, trouble) for feed in self._beside for scope, trouble in feed.troubles.items() if not is_refusal(trouble))
        return next((found for feed in self._main if (found := feed.troubles)), None) or dict(beside)


class AccessNow:
    """Nothing is read until `begin`: a console that nobody asks for access asks Azure for none."""

    def __init__(
        self, readers: Readers, where: Callable[[], Sequence[WorkspaceRef]], clock: ServerClock, changed: Callable[[], None]
    ) -> None:
        self._readers, self._where, self._clock, self._changed = readers, where, clock, changed
        self._begun = False
        self._places: dict[str, Place] = {}
        self._followed: tuple[object, ...] = (None,) * 6
        self._looked_up: tuple[object, ...] = (None,) * 2
        self._looked_at = 0.0
        self._made: tuple[Grant, ...] = ()
        self._directory: Directory | None = None
        self.rows: WeakSet[AccessRows[Any]] = WeakSet()
        self.assignments: Feed[RoleAssignment] = Feed("assignments", self._read_assignments, Cadence(60, 5, 0), clock)
        self.definitions: Feed[RoleDefinition] = Feed("roles", self._read_definitions, Cadence(900, 0, 0), clock)
        self.eligibilities: Feed[Eligibility] = Feed("eligibilities", _of(readers.eligibilities), Cadence(300, 0, 0), clock)
        self.activations: Feed[Activation] = Feed("activations", _of(readers.activations), Cadence(120, 5, 0), clock)
        self.denies: Feed[DenyAssignment] = Feed("deny assignments", self._read_denies, Cadence(300, 0, 0), clock)
        self.usages: Feed[Usage] = Feed("usage", _of(readers.assignment_usage), Cadence(600, 0, 0), clock)
        self.workspaces: Feed[Workspace] = Feed("companions", self._read_workspace, Cadence(600, 0, 0), clock)
        self.beside: tuple[Feed[Any], ...] = (self.eligibilities, self.activations, self.denies, self.usages, self.workspaces)
        self.feeds: tuple[Feed[Any], ...] = (self.assignments, self.definitions, *self.beside)
        self.principals: Lookup[Principal] = Lookup(readers.principals, clock, self._learnt, keep=NAMES_S, batch=1_000)
        self.accounts: Lookup[Account] = Lookup(readers.accounts, clock, self._learnt, keep=NAMES_S, batch=100)
        self.members: Lookup[tuple[Principal, ...]] = Lookup(readers.members, clock, self._learnt, keep=MEMBERS_S, batch=20)
        for feed in self.feeds:
            feed.subscribe(lambda _feed: self._read())
        #: A row for each role assignment and eligibility that matters to the workspaces that are open.
        self.grants: AccessRows[Grant] = AccessRows(self, self._grants)

    def begin(self) -> None:
        """Read the access of what is looked at from now on."""
        self._begun = True
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are looked at, or their companions are known."""
        if not self._begun:
            return
        where = self._where()
        self.workspaces.set_scopes([place.id for place in where])
        subscriptions = dict.fromkeys(place.subscription_id.lower() for place in where)
        subscriptions |= dict.fromkeys(_subscription(each) for place in self.places for _, each in place.companions)
        for feed in self.feeds:
            wanted = [f"{each}/{feed.name}" for each in subscriptions if each]
            if feed is not self.workspaces and wanted != list(feed.parts):
                feed.set_scopes(wanted)
        self.touch()

    @property
    def places(self) -> tuple[Place, ...]:
        """The workspaces that are open, with the companions that are known of them."""
        return tuple(self._places.get(scopes.key(ref.id)) or Place(ref) for ref in self._where())

    @property
    def directory(self) -> Directory:
        """What was read of the directory so far; the same object until more was."""
        if self._directory is None:
            principals = dict(self.principals.values)
            members: dict[str, frozenset[str]] = {}
            for group_id, found in self.members.values.items():
                members[group_id] = frozenset(each.id for each in found)
                for each in found:
                    principals.setdefault(each.id, each)
            for user_id, account in self.accounts.values.items():
                who = principals.get(user_id)
                if who is not None:
                    principals[user_id] = replace(who, guest=account.guest, enabled=account.enabled)
            gone = frozenset(self.principals.unknown)
            self._directory = Directory(principals=principals, gone=gone, members=members, trouble=self.principals.trouble)
        return self._directory

    @property
    def roles(self) -> Mapping[str, RoleDefinition]:
        """Role definitions by GUID."""
        return {each.guid: each for each in self.definitions.items}

    @property
    def busy(self) -> int:
        """Look-ups under way."""
        return sum(lookup.busy for lookup, _ in self._look_ups())

    @property
    def unread(self) -> Mapping[str, Trouble]:
        """What could not be read beside the assignments, by what it is."""
        names = ("PIM", "PIM", "deny assignments", "usage", "companions")
        told = {name: trouble for feed, name in zip(self.beside, names, strict=True) for trouble in feed.troubles.values()}
        lookups = {"directory": self.principals.trouble, "accounts": self.accounts.trouble, "members": self.members.trouble}
        return told | {name: trouble for name, trouble in lookups.items() if trouble is not None}

    def members_of(self, group_id: str) -> AccessRows[Principal]:
        """Who is in a group, for as long as somebody shows it; to be closed."""

        def found() -> Sequence[Principal]:
            directory = self.directory
            return [directory.principals[each] for each in sorted(directory.members.get(group_id, ()))]

        return AccessRows(self, found)

    def of(self, principal_id: str) -> AccessRows[Grant]:
        """What one principal holds, for as long as somebody shows it; to be closed."""
        return AccessRows(self, lambda: access.of_principal(self.grants.items, principal_id, self.directory))

    def grant(self, grant_id: str) -> Grant | None:
        return next((each for each in self.grants.items if each.id == grant_id), None)

    def hurry(self, target_id: str) -> None:
        """A plan of ours changes access there."""
        if "/providers/microsoft.authorization/" in target_id.lower():
            for feed in (self.assignments, self.activations):
                for scope in feed.parts:
                    feed.hurry(scope, HURRY_S)

    def touch(self) -> None:
        for rows in tuple(self.rows):
            rows.touch()

    def look_up(self) -> None:
        """Ask who those are that the rows name, which accounts they have, and who is in the groups among them."""
        now = time.monotonic()
        follows_from = (self.grants.items, self.directory)
        if all(map(is_, follows_from, self._looked_up)) and now - self._looked_at < LOOKS_S:
            return
        self._looked_up, self._looked_at = follows_from, now
        for lookup, wanted in self._look_ups():
            lookup.want(wanted())

    async def read_once(self) -> None:
        """For headless commands: everything once."""
        self.begin()
        await asyncio.gather(*(self.workspaces.poll(scope) for scope in tuple(self.workspaces.parts)))
        rest = [feed for feed in self.feeds if feed is not self.workspaces]
        await asyncio.gather(*(feed.poll(scope) for feed in rest for scope in tuple(feed.parts)))
        for lookup, wanted in self._look_ups():
            await lookup.settle(wanted())

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are the scheduler's to forget."""
        for lookup, _ in self._look_ups():
            lookup.forget()
        self._places.clear()
        self._learnt()

    async def close(self) -> None:
        for lookup, _ in self._look_ups():
            await lookup.close()

    def raw(self, key: str) -> bytes | None:
        """JSON of a role assignment or an eligibility, by its id in lower case."""
        return self.assignments.raw(key) or self.eligibilities.raw(key)

    # What follows from what

    def _look_ups(self) -> tuple[tuple[Lookup[Any], Callable[[], Sequence[str]]], ...]:
        """The look-ups, each with what it is asked for; each rests on those before it."""
        return ((self.principals, self._named), (self.accounts, self._users), (self.members, self._groups))

    def _named(self) -> list[str]:
        """Everybody whom the rows name: who holds something, and who gave it."""
        rows = self.grants.items
        return list(dict.fromkeys([row.principal_id for row in rows] + [row.created_by for row in rows]))

    def _users(self) -> list[str]:
        return list(dict.fromkeys(row.principal_id for row in self.grants.items if row.kind is PrincipalKind.USER and not row.orphan))

    def _groups(self) -> list[str]:
        return list(dict.fromkeys(row.principal_id for row in self.grants.items if row.kind is PrincipalKind.GROUP and not row.orphan))

    def _read(self) -> None:
        """A poll has ended."""
        for each in self.workspaces.items:
            if not each.fault:
                place, where = each.place, scopes.key(each.id)
                if self._places.get(where) != place:
                    self._places[where] = place
                    self.places_changed()
        self.touch()
        self._changed()

    def _learnt(self) -> None:
        """The directory has told more."""
        self._directory = None
        self.touch()
        self._changed()

    def _grants(self) -> Sequence[Grant]:
        """Made anew only where something that they follow from is another than before; rows that stay as they are are the same objects."""
        follows_from = (
            self.assignments.items,
            self.eligibilities.items,
            self.activations.items,
            self.definitions.items,
            self.directory,
            self.places,
        )
        if follows_from[-1] != self._followed[-1] or not all(map(is_, follows_from[:-1], self._followed[:-1])):
            self._followed = follows_from
            held = access.in_force(self.assignments.items, self.activations.items)
            eligible = access.may_activate(self.eligibilities.items)
            before = {row.id: row for row in self._made}
            made = access.grants(held, eligible, self.roles, self.directory, self.places)
            self._made = tuple(row if (was := before.get(row.id)) is None or was != row else was for row in made)
        return self._made

    async def _read_assignments(self, scope: str) -> Reading[RoleAssignment]:
        return await self._widest(self._readers.assignments, scope, lambda item: scopes.key(item.id), NARROW)

    async def _read_definitions(self, scope: str) -> Reading[RoleDefinition]:
        return await self._widest(self._readers.role_definitions, scope, lambda item: item.guid, "")

    async def _read_denies(self, scope: str) -> Reading[DenyAssignment]:
        return await self._widest(self._readers.denies, scope, lambda item: scopes.key(item.id), NARROW)

    async def _widest(self, read: Callable[[str], Awaitable[Reading[T]]], scope: str, key: Callable[[T], str], told: str) -> Reading[T]:
        """A list of a subscription; where that is refused, of the workspaces in it that are open, and of their companions, as far as it goes.

        `told` says then what is missing. Raises TroubleError: where nothing may be read, that of the subscription.
        """
        subscription = scope.split("/", 1)[0]
        try:
            return await read(f"/subscriptions/{subscription}")
        except TroubleError as error:
            if error.trouble.kind is not Kind.PERMISSION:
                raise
            refused = error
        wanted = [each for place in self.places for each in (place.workspace.id, *(scope for _, scope in place.companions))]
        answers = await asyncio.gather(*(read(each) for each in wanted if _subscription(each) == subscription), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, TroubleError):
                raise answer
        readings = [answer for answer in answers if not isinstance(answer, BaseException)]
        if not readings:
            raise refused
        items = {key(item): item for reading in readings for item in reading.items}
        raw = {name: data for reading in readings for name, data in reading.raw.items()}
        return Reading(tuple(items.values()), raw, told)

    async def _read_workspace(self, scope: str) -> Reading[Workspace]:
        found = await self._readers.workspace(WorkspaceRef.parse(scope))
        return Reading((found,))


def is_refusal(trouble: Trouble) -> bool:
    """Whether something is not to be had here, rather than failing: no licence, no permission, not in this cloud."""
    return trouble.kind in {Kind.PERMISSION, Kind.NOT_FOUND} or trouble.code == NO_PREMIUM


def _of(read: Callable[[str], Awaitable[Reading[T]]]) -> Callable[[str], Awaitable[Reading[T]]]:
    """A reading by subscription as one by scope, which has the feed's name after the subscription."""
    return lambda scope: read(scope.split("/", 1)[0])


def _subscription(arm_id: str) -> str:
    return scopes.segments(arm_id).get("subscriptions", "").lower()
