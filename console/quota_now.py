"""Quota now: Azure ML's usages and limits in the regions that are looked at, and the families that follow from them and the computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import is_

from console.clock import ServerClock
from console.domain import scopes
from console.domain.compute import Compute, Run
from console.domain.cost import PriceList, region_key
from console.domain.quota import FamilyQuota, Holding, families
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.usages import Usage
from console.domain.workspaces import Workspace
from console.feeds.feed import Cadence, Feed
from console.feeds.source import Joined
from console.readers import REGION, Readers, price_scope

#: Marks the scope under which a region's limits are read, beside that of its usages.
LIMITS = "limits"


class QuotaNow:
    """Nothing is read until `begin`: a console that nobody asks for quota asks Azure for none."""

    def __init__(
        self,
        readers: Readers,
        computes: Feed[Compute],
        sizes: Callable[[], Mapping[str, PriceList]],
        last_run: Callable[[str], Run | None],
        workspaces: Feed[Workspace],
        enumerate_workspaces: Callable[[], None],
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
    ) -> None:
        """`workspaces` tells in which other regions of a subscription there are some, once they are enumerated; `where` which are open."""
        self._readers, self._computes, self._sizes, self._last_run = readers, computes, sizes, last_run
        self._workspaces, self._enumerate, self._where = workspaces, enumerate_workspaces, where
        self._begun = False
        self._made: Sequence[FamilyQuota] = ()
        self._queued: tuple[str, ...] = ()
        self._followed: tuple[object, ...] = (None,) * 4
        self.usages: Feed[Usage] = Feed("usages", self._read_usages, Cadence(60, 0, 0), clock)
        self.limits: Feed[Usage] = Feed("quotas", self._read_limits, Cadence(300, 0, 0), clock)
        #: A row for each family, region and tier; as old as the oldest of what it follows from.
        self.families: Joined[FamilyQuota] = Joined((computes, self.usages, self.limits), self._families, self._raw)

    def begin(self) -> None:
        """Read the regions of what is looked at, and others of the same subscriptions where there may be room, from now on."""
        self._begun = True
        self._enumerate()
        self.places_changed()

    def places_changed(self) -> None:
        """Other computes or workspaces are looked at, or are known."""
        if not self._begun:
            return
        subscriptions = {place.subscription_id for place in self._where()}
        seen = {
            f"{each.ref.subscription_id}/{region_key(each.location)}"
            for each in self._workspaces.items
            if each.ref.subscription_id in subscriptions and REGION.match(region_key(each.location))
        }
        wanted = sorted(seen | {scope for scope in map(price_scope, self._computes.items) if scope})
        if wanted != sorted(self.usages.parts):
            self.usages.set_scopes(wanted)
            self.limits.set_scopes([f"{scope}/{LIMITS}" for scope in wanted])
        self.touch()

    def touch(self) -> None:
        """Sizes or last runs were learnt."""
        self.families.touch()

    def row(self, row_id: str) -> FamilyQuota | None:
        """The family of an id as it is now."""
        return next((row for row in self.families.items if row.id == row_id), None)

    def holdings(self, row_id: str) -> Joined[Holding]:
        """Who holds a family's cores, for as long as somebody shows it; to be closed."""
        return Joined((self._computes, self.usages, self.limits), lambda: row.holdings if (row := self.row(row_id)) else (), self._raw)

    async def _read_usages(self, scope: str) -> Reading[Usage]:
        return await self._readers.usages(scope)

    async def _read_limits(self, scope: str) -> Reading[Usage]:
        return await self._readers.quotas(scope.removesuffix(f"/{LIMITS}"))

    def _families(self) -> Sequence[FamilyQuota]:
        """Made anew only where something that they follow from is another than before: whatever is learnt asks for them."""
        items = self._computes.items
        queued = tuple(scopes.key(each.id) for each in items if (run := self._last_run(each.id)) and run.status == "Queued")
        follows_from = (self.usages.items, self.limits.items, items, self._sizes())
        if queued != self._queued or not all(map(is_, follows_from, self._followed)):
            self._queued, self._followed = queued, follows_from
            self._made = tuple(families(*follows_from, queued))
        return self._made

    def _raw(self, key: str) -> bytes | None:
        """JSON of the usage that a family's figures come from, or of a compute."""
        row = next((row for row in self.families.items if row.id.lower() == key), None)
        return self._computes.raw(key) if row is None or not row.source else self.usages.raw(row.source)
