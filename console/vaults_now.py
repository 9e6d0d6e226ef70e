"""Vaults now: the Key Vaults of the workspaces that are looked at, the secrets in them without values, and what one may do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from console.clock import ServerClock
from console.context import Context
from console.domain import scopes
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.key_vaults import KeyVault
from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble
from console.domain.vault_rights import Right, lacking, may
from console.domain.vault_secrets import Secret, SecretRef
from console.feeds.feed import Cadence, Feed
from console.feeds.lookup import Lookup
from console.feeds.source import Joined
from console.readers import Readers

#: What one may do in a vault is asked again after so long (seconds of the server's time).
RIGHTS_S = 300
#: After a plan of ours a vault is read at the transition's pace for so long (real seconds): deletions take some.
HURRY_S = 30.0


class People(Protocol):
    """The directory, as far as it is asked who is in the groups that access policies name."""

    principals: Lookup[Principal]
    members: Lookup[tuple[Principal, ...]]

    @property
    def known(self) -> Directory: ...


class VaultsNow:
    """Nothing is read until `begin`. A list never reads a value; nothing of it is kept on disk. A vault that refuses hides no other."""

    def __init__(self, readers: Readers, context: Context, people: People, clock: ServerClock, changed: Callable[[], None]) -> None:
        """`changed` is called when something was learnt beside the feeds."""
        self._readers, self._context, self._people, self._tell = readers, context, people, changed
        self._begun = False
        #: By workspace: its vault, or none.
        self.found: Feed[KeyVault] = Feed("vaults", self._read_found, Cadence(120, 0, 0), clock)
        self._joined_of: tuple[KeyVault, ...] = ()
        self._joined: tuple[KeyVault, ...] = ()
        #: By vault (ARM id).
        self.secrets: Feed[Secret] = Feed("secrets", self._read_secrets, Cadence(60, 3, 0), clock)
        self.deleted: Feed[Secret] = Feed("deleted secrets", self._read_deleted, Cadence(60, 3, 0), clock)
        #: ARM id of a vault → what the signed-in user may do there.
        self.allowances: Lookup[Allowance] = Lookup(readers.data_allowances, clock, changed, keep=RIGHTS_S)
        #: The vaults as rows, each once.
        self.rows: VaultRows = VaultRows(self)
        self.found.subscribe(self._found_changed)

    @property
    def feeds(self) -> tuple[Feed[KeyVault], Feed[Secret], Feed[Secret]]:
        return self.found, self.secrets, self.deleted

    def begin(self) -> None:
        """Read the vaults of the workspaces that are looked at from now on, and the lists of their secrets."""
        self._begun = True
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        if self._begun:
            self.found.set_scopes([place.id for place in self._context.where])
            self._follow()

    @property
    def vaults(self) -> tuple[KeyVault, ...]:
        """Each vault once, with all the workspaces that keep their secrets in it."""
        if self.found.items is self._joined_of:
            return self._joined
        joined: dict[str, KeyVault] = {}
        for each in self.found.items:
            known = joined.get(scopes.key(each.id))
            workspaces = (*(known.workspaces if known is not None else ()), *each.workspaces)
            joined[scopes.key(each.id)] = msgspec.structs.replace(each, workspaces=workspaces) if known is not None else each
        self._joined_of, self._joined = self.found.items, tuple(joined.values())
        return self._joined

    def vault(self, vault_id: str) -> KeyVault | None:
        """A vault by its ARM id; None where it is not, or no longer, of an open workspace."""
        return next((each for each in self.vaults if scopes.same_id(each.id, vault_id)), None)

    def called(self, name: str) -> KeyVault | None:
        """A vault by its name, whatever its case."""
        return next((each for each in self.vaults if each.name.lower() == name.lower()), None)

    def secrets_of(self, vault_id: str) -> tuple[Secret, ...] | None:
        """A vault's secrets; None while they are not read."""
        reading = self.secrets.reading(vault_id)
        return reading.items if reading is not None else None

    def trouble_of(self, vault_id: str) -> Trouble | None:
        """Why a vault's secrets were not read at the last look."""
        part = self.secrets.parts.get(vault_id)
        return part.trouble if part is not None else None

    # What one may do

    def want_rights(self) -> None:
        """Ask what one may do in each vault: of Azure where roles decide, of the directory who is in the groups that policies name."""
        vaults = self.vaults
        self.allowances.want([each.id for each in vaults if each.rbac and not each.unread])
        named = [policy.object_id for each in vaults if not each.rbac for policy in each.policies]
        mine = self._context.object_id.lower()
        others = [each for each in dict.fromkeys(named) if each != mine]
        groups = [each for each in others if self._is_group(each)]
        if any(not self._people.principals.known(each) for each in others):
            self._people.principals.want(others)
        if any(not self._people.members.known(each) for each in groups):
            self._people.members.want(groups)

    def may(self, vault: KeyVault, right: Right) -> bool | None:
        """Whether the signed-in user has a right in a vault; None where that is not known. What the vault itself refused counts."""
        if right is Right.LIST:
            if self.secrets_of(vault.id) is not None and self.trouble_of(vault.id) is None:
                return True
            if (trouble := self.trouble_of(vault.id)) is not None and trouble.kind is Kind.PERMISSION:
                return False
        return may(vault, right, self.allowances.get(vault.id) or UNKNOWN_ALLOWANCE, self._is_mine)

    def refusal(self, vault: KeyVault | None, right: Right) -> str:
        """Why a right is not to be had now ("" when it is, or may be): the mode, then what is missing, with what would grant it."""
        if self._context.reading_only and right is not Right.LIST:
            return self._context.reading_only
        if vault is not None and vault.fault:
            return f"the settings of {vault.name} could not be read"
        return lacking(vault, right) if vault is not None and self.may(vault, right) is False else ""

    def _is_mine(self, object_id: str) -> bool | None:
        mine = self._context.object_id.lower()
        if object_id == mine:
            return True
        directory = self._people.known
        if object_id in directory.gone:
            return False
        if (members := directory.members.get(object_id)) is not None:
            return mine in members
        who = directory.principals.get(object_id)
        return None if who is None or who.kind in {PrincipalKind.GROUP, PrincipalKind.UNKNOWN} else False

    # Life

    async def newest(self, secret: Secret) -> Secret:
        """A secret as it is now, with its newest version. Raises TroubleError."""
        return await self._readers.secret(secret.ref)

    async def named(self, ref: SecretRef) -> Secret:
        """The secret of a name, be it deleted. Raises TroubleError, not found included."""
        return await self._readers.secret(ref)

    def hurry(self, target_id: str) -> None:
        """A plan of ours changes a secret."""
        for feed in (self.secrets, self.deleted):
            for vault_id in feed.parts:
                if scopes.key(target_id).startswith(scopes.key(vault_id) + "/secrets/"):
                    feed.hurry(vault_id, HURRY_S)

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are forgotten with those of the session."""
        self.allowances.forget()

    async def close(self) -> None:
        await self.allowances.close()

    async def read_once(self) -> None:
        """For headless commands: the vaults, their lists and what one may do there, once. What fails is in the feeds and in `unread`."""
        self.begin()
        await asyncio.gather(*(self.found.poll(scope) for scope in tuple(self.found.parts)))
        rights = self.allowances.settle([each.id for each in self.vaults if each.rbac and not each.unread])
        await asyncio.gather(rights, *(self.secrets.poll(scope) for scope in tuple(self.secrets.parts)))
        named = [policy.object_id for each in self.vaults if not each.rbac for policy in each.policies]
        await self._people.principals.settle(named)
        await self._people.members.settle([each for each in named if self._is_group(each)])

    @property
    def unread(self) -> Mapping[str, Trouble]:
        """What was not read beside the lists, and why."""
        told = {"what you may do": self.allowances.trouble, "groups of access policies": self._people.members.trouble}
        refused = {f"secrets of {scope.rsplit('/', 1)[-1]}": trouble for scope, trouble in self.secrets.troubles.items()}
        return {**{name: trouble for name, trouble in told.items() if trouble is not None}, **refused}

    def _is_group(self, object_id: str) -> bool:
        who = self._people.known.principals.get(object_id)
        return who is not None and who.kind is PrincipalKind.GROUP

    def _found_changed(self, _feed: Feed[KeyVault]) -> None:
        self._follow()

    def _follow(self) -> None:
        """Read the secrets of the vaults that are known, and of no others."""
        vaults = self.vaults
        wanted = [each.id for each in vaults if not each.fault]
        unreadable = any(each.fault for each in vaults)
        for feed in (self.secrets, self.deleted):
            # What was read of a vault stays while its settings cannot be.
            scoped = list(dict.fromkeys((*feed.parts, *wanted))) if unreadable else wanted
            if scoped != list(feed.parts):
                feed.set_scopes(scoped)

    async def _read_found(self, scope: str) -> Reading[KeyVault]:
        """A vault whose settings were read keeps them where they are refused later."""
        before = self.found.reading(scope)
        return await self._readers.whole_vault(scope, by_name=before is None or any(each.unread for each in before.items))

    async def _read_secrets(self, scope: str) -> Reading[Secret]:
        return await self._readers.secrets(scope, self.secrets.reading(scope))

    async def _read_deleted(self, scope: str) -> Reading[Secret]:
        return await self._readers.deleted_secrets(scope, self.deleted.reading(scope))


class VaultRows(Joined[KeyVault]):
    """The vaults, each once; whether its secrets can be read is told in its own row."""

    def __init__(self, now: VaultsNow) -> None:
        super().__init__((now.found,), lambda: now.vaults, lambda key: now.found.raw(key))
        self._now = now


class SecretRows(Joined[Secret]):
    """The secrets of one vault, or of all ("" for `vault_id`), with those that were deleted while `shows_deleted`; to be closed."""

    def __init__(self, now: VaultsNow, vault_id: str = "") -> None:
        self._now, self._vault, self.shows_deleted = now, vault_id, True
        super().__init__((now.secrets, now.deleted), self._joined, lambda key: now.secrets.raw(key) or now.deleted.raw(key))

    @property
    def loaded(self) -> bool:
        """Once the secrets are read, or it is known why not: who may not list what was deleted sees the others."""
        if self._vault:
            return self._now.secrets_of(self._vault) is not None
        parts = self._now.secrets.parts.values()
        answered = all(part.reading is not None or part.trouble is not None for part in parts)
        return self._now.found.loaded and answered and (not parts or any(part.reading is not None for part in parts))

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Of the vaults' lists; that what was deleted cannot be listed is told nowhere else."""
        troubles = self._now.secrets.troubles
        if not self._vault:
            return {**self._now.found.troubles, **troubles}
        return {scope: trouble for scope, trouble in troubles.items() if scopes.same_id(scope, self._vault)}

    @property
    def incomplete(self) -> str:
        live = [part.reading.incomplete for part in self._now.secrets.parts.values() if part.reading is not None]
        return next((why for why in live if why), "")

    def _joined(self) -> Sequence[Secret]:
        live = [each for each in self._now.secrets.items if not self._vault or scopes.same_id(each.vault, self._vault)]
        if not self.shows_deleted:
            return live
        there = {scopes.key(each.id) for each in live}
        gone = (each for each in self._now.deleted.items if not self._vault or scopes.same_id(each.vault, self._vault))
        return [*live, *(each for each in gone if scopes.key(each.id) not in there)]
