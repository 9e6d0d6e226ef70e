"""Standing now: the registries and online deployments of the open workspaces, read seldom, and only while their cost is on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from console.clock import ServerClock
from console.costs.built import same
from console.domain import scopes
from console.domain.billing.estimate import USD, Prices
from console.domain.billing.standing import Standing, costs, rates, words
from console.domain.cost import PER_HOUR
from console.domain.figures import Figure, unknown
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.domain.workspaces import Workspace
from console.feeds.feed import Cadence, Feed
from console.feeds.scheduler import Scheduler
from console.readers import Readers


class StandingNow:
    """Nothing is read until `begin`. `follow_prices` has the prices of a place read: a subscription's id and a region's name."""

    def __init__(
        self,
        readers: Readers,
        workspaces: Feed[Workspace],
        where: Callable[[], Sequence[WorkspaceRef]],
        prices: Callable[[], Prices],
        follow_prices: Callable[[Iterable[tuple[str, str]]], None],
        scheduler: Scheduler,
        clock: ServerClock,
        changed: Callable[[], None],
    ) -> None:
        self._workspaces, self._where, self._prices, self._follow_prices = workspaces, where, prices, follow_prices
        self._scheduler, self._changed = scheduler, changed
        self.registries: Feed[Standing] = Feed("registries", readers.registries, Cadence(300, 0, 0), clock)
        self.deployments: Feed[Standing] = Feed("online deployments", readers.online_deployments, Cadence(300, 0, 0), clock)
        self._begun = False
        self._known: tuple[tuple[object, ...], tuple[Standing, ...]] = ((), ())

    @property
    def feeds(self) -> tuple[Feed[Any], ...]:
        """What has to be polled while the figures are on screen."""
        return (self.registries, self.deployments)

    @property
    def items(self) -> tuple[Standing, ...]:
        """All deployments of the open workspaces, and those registries that are a companion of one of them."""
        places = [scopes.key(place.id) for place in self._where()]
        rests_on = (places, self._workspaces.items, self.registries.items, self.deployments.items)
        if not same(rests_on, self._known[0]):
            self._known = rests_on, self._found(places)
        return self._known[1]

    @property
    def loaded(self) -> bool:
        """Whether both were read, or cannot be."""
        parts = [part for feed in self.feeds for part in feed.parts.values()]
        return self._begun and all(part.reading is not None or part.trouble is not None for part in parts)

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """What could not be read last time: `feed of scope` → why."""
        return {f"{feed.name} of {scope}": trouble for feed in self.feeds for scope, trouble in feed.troubles.items()}

    @property
    def lacking(self) -> tuple[str, ...]:
        """Why some of them are not among the items, a sentence each."""
        told = (trouble.sentence for trouble in self.troubles.values())
        return tuple(dict.fromkeys(each for each in (*told, *(feed.incomplete for feed in self.feeds)) if each))

    @property
    def rate(self) -> Figure | None:
        """What all of them cost now in USD/h; None where there are none, or nothing was read. What could not be read is missing in it."""
        return self._with_lacking(rates(self.items, self._prices()), PER_HOUR)

    @property
    def words(self) -> str:
        """How many there are."""
        return words(self.items)

    def cost(self, start: datetime, end: datetime) -> Figure | None:
        """What all of them came to over a time (UTC), in USD; None where there were none."""
        return self._with_lacking(costs(self.items, self._prices(), start, end), USD)

    def begin(self) -> None:
        """Somebody asks: read them from now on."""
        if self._begun:
            return
        self._begun = True
        for feed in self.feeds:
            self._scheduler.add(feed)
            feed.subscribe(lambda _feed: self._learnt())
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are open."""
        if not self._begun:
            return
        places = self._where()
        for feed, wanted in (
            (self.registries, [place.subscription_id.lower() for place in places]),
            (self.deployments, [place.id for place in places]),
        ):
            if (kept := list(dict.fromkeys(wanted))) != list(feed.parts):
                feed.set_scopes(kept)

    def forget(self) -> None:
        """Somebody else asks from now on."""
        for feed in self.feeds:
            feed.forget()

    def _with_lacking(self, known: Figure | None, unit: str) -> Figure | None:
        lacking = self.lacking
        if not lacking:
            return known
        return unknown(unit, lacking[0]) if known is None else msgspec.structs.replace(known, missing=known.missing + len(lacking))

    def _learnt(self) -> None:
        places = ((scopes.segments(each.id).get("subscriptions", ""), each.region) for each in self.items if each.vm_size)
        self._follow_prices(places)
        self._changed()

    def _found(self, places: Sequence[str]) -> tuple[Standing, ...]:
        companions = {
            scopes.key(each)
            for workspace in self._workspaces.items
            if not workspace.fault and scopes.key(workspace.id) in places
            for each in workspace.companions
        }
        return (*self.deployments.items, *(each for each in self.registries.items if scopes.key(each.id) in companions))
