"""Access now: who has which roles in the workspaces that are open and on their companions, and who those are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from operator import is_
from typing import Any, NamedTuple, TypeVar
from weakref import WeakSet

from console.access.facts import facts_of
from console.access.people import DirectoryNow
from console.access.reads import AccessReads, subscription_of
from console.access.remembered import ShownGrants
from console.clock import ServerClock
from console.domain import scopes
from console.domain.access import grants as access
from console.domain.access.assignments import Activation, DenyAssignment, Eligibility, RoleAssignment, Usage
from console.domain.access.facts import Facts
from console.domain.access.grants import Grant
from console.domain.access.places import Place, Vault
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import RoleDefinition, is_role
from console.domain.access.vault_policies import PolicyRef
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble
from console.domain.workspaces import Workspace
from console.feeds.answers import answered
from console.feeds.beside import JoinedBeside
from console.feeds.feed import Cadence, Feed, Part
from console.feeds.lookup import Lookup
from console.feeds.snapshots import Snapshots
from console.readers import Readers

T = TypeVar("T")
#: What is asked of the directory is gone through again after this time (real seconds), or when there is more to ask.
LOOKS_S = 5.0
#: Who decides about a vault's secrets is asked again after so long (seconds of the server's time).
VAULTS_S = 300
#: After a plan of ours assignments are read at the transition's pace for so long (real seconds).
HURRY_S = 30.0


class Besides(NamedTuple):
    """Object ids that are of interest although no row of access names them, by what is asked about them."""

    named: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class AccessRows(JoinedBeside[T]):
    """Rows of access, made anew when something was read or learnt."""

    def __init__(self, now: AccessNow, derive: Callable[[], Sequence[T]]) -> None:
        super().__init__((now.assignments, now.definitions), now.beside, derive, now.raw)
        now.rows.add(self)


class AccessNow:
    """Nothing is read until `begin`: a console that nobody asks for access asks Azure for none."""

    def __init__(
        self,
        readers: Readers,
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
        changed: Callable[[], None],
        snapshots: Snapshots | None = None,
    ) -> None:
        self._where, self._changed = where, changed
        reads = AccessReads(readers, lambda: self.places)
        self._begun = self._shows = False
        self._places: dict[str, Place] = {}
        self._followed: tuple[object, ...] = (None,) * 6
        self._looked_up: tuple[object, ...] = (None,) * 3
        #: What else the directory is asked about by `look_up`; to be replaced as a whole.
        self.besides = Besides()
        self._looked_at = 0.0
        self._accounts_of: tuple[str, ...] = ()
        self._made: tuple[Grant, ...] = ()
        self.rows: WeakSet[AccessRows[Any]] = WeakSet()
        self.assignments: Feed[RoleAssignment] = Feed("assignments", reads.assignments, Cadence(60, 5, 0), clock)
        reads.before = self.assignments.reading
        self.definitions: Feed[RoleDefinition] = Feed("roles", reads.definitions, Cadence(900, 0, 0), clock)
        self.eligibilities: Feed[Eligibility] = Feed("eligibilities", reads.eligibilities, Cadence(300, 0, 0), clock)
        self.activations: Feed[Activation] = Feed("activations", reads.activations, Cadence(120, 5, 0), clock)
        self.denies: Feed[DenyAssignment] = Feed("deny assignments", reads.denies, Cadence(300, 0, 0), clock)
        self.usages: Feed[Usage] = Feed("usage", reads.usage, Cadence(600, 0, 0), clock)
        self.workspaces: Feed[Workspace] = Feed("companions", reads.workspace, Cadence(600, 0, 0), clock)
        self.beside: tuple[Feed[Any], ...] = (self.eligibilities, self.activations, self.denies, self.usages, self.workspaces)
        self.feeds: tuple[Feed[Any], ...] = (self.assignments, self.definitions, *self.beside)
        #: The vaults of the workspaces, by the key of their ARM id; asked for by `want_vaults` alone.
        self.vaults: Lookup[Vault] = Lookup(self._read_vaults, clock, self._learnt, keep=VAULTS_S)
        self._readers = readers
        self.people = DirectoryNow(readers, clock, self._learnt)
        for feed in self.feeds:
            feed.subscribe(lambda _feed: self._read())
        #: A row for each role assignment and eligibility that matters to the workspaces that are open.
        self.grants: AccessRows[Grant] = AccessRows(self, self._grants)
        #: The same rows for a list: those of the last console until they are read.
        self.shown = ShownGrants(self.grants, lambda: self.directory, self._named_all, clock, snapshots)

    def recall(self) -> None:
        """Somebody is about to look: have what was seen last of the workspaces that are open, before anything is read."""
        self._shows = True
        self.people.recall(self.shown.recall(self._where()))

    def begin(self) -> None:
        """Read the access of what is looked at from now on."""
        self._begun = self._shows = True
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are looked at, or their companions are known."""
        if not self._begun:
            return
        where = self._where()
        if self._shows:
            self.recall()
        self.workspaces.set_scopes([place.id for place in where])
        subscriptions = dict.fromkeys(place.subscription_id.lower() for place in where)
        subscriptions |= dict.fromkeys(subscription_of(each) for place in self.places for _, each in place.companions)
        for feed in self.feeds:
            wanted = [f"{each}/{feed.name}" for each in subscriptions if each]
            if feed is not self.workspaces and wanted != list(feed.parts):
                feed.set_scopes(wanted)
        self.touch()
        self.shown.look()

    @property
    def places(self) -> tuple[Place, ...]:
        """The workspaces that are open, with the companions that are known of them."""
        return tuple(self._places.get(scopes.key(ref.id)) or Place(ref) for ref in self._where())

    @property
    def directory(self) -> Directory:
        """What was read of the directory so far; the same object until more was."""
        return self.people.known

    @property
    def roles(self) -> Mapping[str, RoleDefinition]:
        """Role definitions by GUID."""
        return {each.guid: each for each in self.definitions.items}

    @property
    def busy(self) -> int:
        """Look-ups under way."""
        return self.people.busy + self.vaults.busy

    @property
    def answered(self) -> bool:
        """Whether the directory and the vaults have answered, or failed to, all that they were asked about what is known so far."""
        return self._named_all() and _answered(self.vaults, [scopes.key(place.vault) for place in self.places])

    @property
    def unread(self) -> Mapping[str, Trouble]:
        """What could not be read beside the assignments, by what it is."""
        names = ("PIM", "PIM", "deny assignments", "usage", "companions")
        told = {name: trouble for feed, name in zip(self.beside, names, strict=True) for trouble in feed.troubles.values()}
        return told | dict(self.people.unread)

    def facts(self) -> Facts:
        """All that is known now, to decide from who can do what; what was not read yet is told as unread."""
        held = tuple(access.in_force(self.assignments.items, self.activations.items))
        eligible = tuple(access.may_activate(self.eligibilities.items))
        feeds = (self.assignments, self.denies, self.eligibilities)
        return facts_of(held, eligible, feeds, self.roles, self.directory, self.vaults.values)

    def rests_on(self) -> tuple[object, ...]:
        """What `facts` follow from, as objects that stay the same until more is read."""
        feeds = (self.assignments, self.denies, self.eligibilities, self.activations, self.definitions)
        return (*(feed.items for feed in feeds), self.directory)

    def read_in(self, subscription: str) -> bool:
        """Whether the role assignments of a subscription (lower case) were read."""
        return self.assignments.reading(f"{subscription}/{self.assignments.name}") is not None

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

    def ended(self, target_id: str) -> None:
        """A plan of ours has ended on something that is read seldom: it is read anew."""
        if is_role(target_id):
            self.definitions.refresh()
        elif PolicyRef.parse(target_id) is not None:
            self.vaults.forget()
            self.want_vaults()

    def touch(self) -> None:
        for rows in tuple(self.rows):
            rows.touch()

    def look_up(self, beside: Sequence[str] = ()) -> None:
        """Ask who those are that the rows name, which accounts they and users `beside` have, and who is in the groups among them.

        Not before every list is there that names somebody: their names are one call then, and not one for each list that arrives.
        """
        now = time.monotonic()
        if not self.assignments.loaded or not (_has_answered(self.eligibilities) and _has_answered(self.workspaces)):
            return
        follows_from = (self.grants.items, self.directory, self.besides)
        if all(map(is_, follows_from, self._looked_up)) and self._accounts_of == tuple(beside) and now - self._looked_at < LOOKS_S:
            return
        self._accounts_of = tuple(beside)
        self._looked_up, self._looked_at = follows_from, now
        self.people.want(self._named, self._users, self._groups)

    async def read_once(self, *, rows_alone: bool = False) -> None:
        """Everything once, and who those are that it names; `rows_alone`: what no row of the list tells is left out.

        All at the same time. What turns out to be in another subscription, or may be read at a companion alone, is read after that.
        """
        self._begun = True
        self.places_changed()
        feeds = [feed for feed in self.feeds if not rows_alone or feed not in (self.denies, self.usages)]
        await answered(feeds)
        by_part = (self.assignments, self.definitions, self.denies)
        await answered([feed for feed in feeds if any(_lacks(part, refused=feed in by_part) for part in feed.parts.values())])
        await self.settle()

    async def settle(self) -> None:
        """Ask the directory for what is not known of it, and come back once it has answered."""
        await self.people.settle(self._named, self._users, self._groups)

    def want_vaults(self) -> None:
        """Ask who decides about the secrets of the workspaces' vaults."""
        self.vaults.want([scopes.key(place.vault) for place in self.places if place.vault])

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are the scheduler's to forget."""
        self._places.clear()
        self.shown.forget()
        self.besides = Besides()
        self.vaults.forget()
        self.people.forget()

    async def close(self) -> None:
        await self.shown.close()
        await self.people.close()
        await self.vaults.close()

    def raw(self, key: str) -> bytes | None:
        """JSON of a role assignment or an eligibility, by its id in lower case."""
        return self.assignments.raw(key) or self.eligibilities.raw(key)

    # What follows from what

    def _named_all(self) -> bool:
        """Whether the directory has answered, or failed to, who the rows name and who is in the groups among them."""
        return _answered(self.people.principals, self._named()) and _answered(self.people.members, self._groups())

    def _named(self) -> list[str]:
        """Everybody whom the rows name: who holds something, and who gave it."""
        rows = self.grants.items
        return list(dict.fromkeys([*(row.principal_id for row in rows), *(row.created_by for row in rows), *self.besides.named]))

    def _users(self) -> list[str]:
        held = (row.principal_id for row in self.grants.items if row.kind is PrincipalKind.USER and not row.orphan)
        return list(dict.fromkeys((*self._accounts_of, *held)))

    def _groups(self) -> list[str]:
        own = (row.principal_id for row in self.grants.items if row.kind is PrincipalKind.GROUP and not row.orphan)
        return list(dict.fromkeys([*own, *self.besides.groups]))

    def _read(self) -> None:
        """A poll has ended."""
        for each in self.workspaces.items:
            if not each.fault:
                place, where = each.place, scopes.key(each.id)
                if self._places.get(where) != place:
                    self._places[where] = place
                    self._companions_changed()
        self.touch()
        self.shown.look()
        self._changed()

    def _companions_changed(self) -> None:
        """They may be in other subscriptions, and are asked one by one where a subscription's list is refused."""
        self.places_changed()
        for feed in (self.assignments, self.denies):
            if feed.incomplete:
                feed.refresh()

    def _learnt(self) -> None:
        """The directory has told more."""
        self.touch()
        self.shown.look()
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

    async def _read_vaults(self, keys: Sequence[str]) -> Mapping[str, Vault]:
        return {each: await self._readers.vault(each) for each in keys}


def _answered(lookup: Lookup[Any], keys: Sequence[str]) -> bool:
    """Whether a look-up has answered all that it was asked, or failed to."""
    return lookup.trouble is not None or all(lookup.known(each) for each in keys if each)


def _lacks(part: Part[Any], *, refused: bool) -> bool:
    """Whether a scope was not asked yet, or not as a whole; `refused`: where all of it was, a companion may have more to tell."""
    if part.reading is not None:
        return bool(part.reading.incomplete)
    return part.trouble is None or (refused and part.trouble.kind is Kind.PERMISSION)


def _has_answered(feed: Feed[Any]) -> bool:
    """Whether every scope of a feed was read, or it is known why not."""
    return all(part.reading is not None or part.trouble is not None for part in feed.parts.values())
