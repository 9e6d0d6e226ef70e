"""Access remembered: the rows that were last seen of the same workspaces, shown with their age until this console has read its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from console.clock import ServerClock
from console.domain import scopes
from console.domain.access.grants import Grant
from console.domain.access.principals import Directory, Principal
from console.domain.access.roles import RoleDefinition
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.feeds.feed import Part
from console.feeds.snapshots import Owner, Snapshots
from console.feeds.source import Derived

KIND = "access"


class Remembered(msgspec.Struct, frozen=True):
    """Rows without what they have in common, and that: roles and principals, each once."""

    grants: tuple[Grant, ...]
    roles: tuple[RoleDefinition, ...]
    principals: tuple[Principal, ...]


def packed(grants: Sequence[Grant], directory: Directory) -> Remembered:
    """Rows as they are kept, with everybody whom they name."""
    named = {each: directory.get(each) for row in grants for each in (row.principal_id, row.created_by) if each}
    return Remembered(
        grants=tuple(replace(row, principal=None, definition=None) for row in grants),
        roles=tuple({row.role: row.definition for row in grants if row.definition is not None}.values()),
        principals=tuple(each for each in named.values() if each is not None),
    )


def unpacked(kept: Remembered) -> tuple[Grant, ...]:
    """Rows as they were."""
    roles = {each.guid: each for each in kept.roles}
    principals = {each.id: each for each in kept.principals}
    return tuple(replace(row, principal=principals.get(row.principal_id), definition=roles.get(row.role)) for row in kept.grants)


class ShownGrants(Derived[Grant]):
    """The rows of `live`, and before those are whole the remembered ones of the same workspaces and the same owner.

    Nothing is decided from remembered rows: guards, plans, findings and `:who` rest on `live` and on the feeds behind it. `whole` tells
    whether the directory has answered too. Without `snapshots` nothing is remembered.
    """

    def __init__(
        self,
        live: Derived[Grant],
        directory: Callable[[], Directory],
        whole: Callable[[], bool],
        clock: ServerClock,
        snapshots: Snapshots | None,
    ) -> None:
        super().__init__(*live.feeds)
        self._live, self._directory, self._whole, self._clock, self._snapshots = live, directory, whole, clock, snapshots
        self._about: tuple[Owner, str] | None = None
        self._rows: tuple[Grant, ...] | None = None
        self._parts: Mapping[str, Part[Any]] = {}
        self._taken_at: datetime | None = None
        self._of_now = False
        self._kept: tuple[Grant, ...] = ()
        self._keeping: asyncio.Task[None] | None = None

    def recall(self, where: Iterable[WorkspaceRef]) -> tuple[Principal, ...]:
        """Show what was kept of these workspaces until they are read; returns who is named there, () where that was told before."""
        if self._snapshots is None:
            return ()
        about = self._snapshots.owner, "\n".join(sorted(scopes.key(place.id) for place in where))
        if about == self._about:
            return ()
        self._about, self._of_now, self._rows = about, False, None
        stored = self._snapshots.load(KIND, about[1], Remembered)
        if stored is None or not stored.items:
            return ()
        self._rows, self._taken_at = unpacked(stored.items[0]), stored.taken_at
        self._parts = {KIND: Part(KIND, Reading(self._rows), stored.taken_at, from_disk=True)}
        return stored.items[0].principals

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self._about, self._rows, self._of_now = None, None, False

    def look(self) -> None:
        """Something was read or learnt: once the rows of now are whole they take over, and are kept."""
        if not self._of_now and self._about is not None and self._live.loaded and self._whole():
            self._of_now, self._rows = True, None
            self._keeping = asyncio.create_task(self._keep(), name="keep access")

    async def close(self) -> None:
        """Keep what was read last."""
        if self._keeping is not None:
            await self._keeping
        await self._keep()

    @property
    def items(self) -> tuple[Grant, ...]:
        return self._live.items if self._rows is None else self._rows

    @property
    def loaded(self) -> bool:
        return self._rows is not None or self._live.loaded

    @property
    def age(self) -> float | None:
        if self._rows is None or self._taken_at is None:
            return self._live.age
        return self._clock.age(self._taken_at).total_seconds()

    @property
    def parts(self) -> Mapping[str, Part[Any]]:
        return self._live.parts if self._rows is None else self._parts

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        return self._live.troubles

    @property
    def incomplete(self) -> str:
        return self._live.incomplete if self._rows is None else ""

    def raw(self, key: str) -> bytes | None:
        return self._live.raw(key)

    async def _keep(self) -> None:
        """On a thread, as a disk may be slow; a list that is not whole is not kept."""
        rows, about, snapshots = self._live.items, self._about, self._snapshots
        taken = [part.taken_at for part in self._live.parts.values() if part.taken_at is not None]
        if snapshots is None or about is None or not self._of_now or rows is self._kept or self._live.incomplete or not taken:
            return
        self._kept = rows
        await asyncio.to_thread(self._save, snapshots, about, rows, self._directory(), min(taken))

    def _save(self, snapshots: Snapshots, about: tuple[Owner, str], rows: tuple[Grant, ...], directory: Directory, at: datetime) -> None:
        if snapshots.owner == about[0]:
            snapshots.save(KIND, about[1], (packed(rows, directory),), at)
