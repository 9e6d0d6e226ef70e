"""Visible: which workspaces there are to choose from, over all subscriptions that the user sees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from console import places
from console.context import Context
from console.domain import scopes
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble, TroubleError
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed, newest_trouble
from console.readers import Readers

#: The scope of the feed under which the subscriptions themselves are read, which become its other scopes.
TENANT = "tenant"


class VisibleWorkspaces:
    """Read only when somebody wants to choose: a console that is told its workspace enumerates nothing. `feed` is given by the session."""

    feed: Feed[Workspace]

    def __init__(self, readers: Readers, context: Context, held_up: Callable[[], Trouble | None]) -> None:
        """`held_up` tells why nothing is asked of Azure now."""
        self._readers, self._context, self._held_up = readers, context, held_up
        self._tags: dict[str, dict[str, str]] | None = None

    async def read(self, scope: str) -> Reading[Workspace]:
        """The workspaces of a subscription; under TENANT the subscriptions. Raises TroubleError."""
        if scope != TENANT:
            return await self._readers.workspaces(scope)
        reading = await self._readers.subscriptions()
        readable = [each for each in reading.items if each.id]
        self._context.subscription_names.update({each.id: each.name for each in readable})
        self.feed.set_scopes([TENANT, *(each.id for each in readable)])
        unread = len(reading.items) - len(readable)
        return Reading((), incomplete=reading.incomplete or (f"{unread} subscriptions cannot be read" if unread else ""))

    def enumerate(self) -> None:
        """Begin to read, unless that was begun before; the feed fills subscription by subscription."""
        if not self.feed.parts:
            self.feed.set_scopes([TENANT])

    def again(self) -> None:
        """Somebody else sees others: forget these, and read anew if they were read."""
        if self.feed.parts:
            self.feed.set_scopes(())
            self.enumerate()

    def changed(self) -> None:
        """The feed has read something."""
        self._tags = None

    def tags(self, place: WorkspaceRef) -> dict[str, str]:
        """A workspace's own tags, as far as they were read."""
        if self._tags is None:
            self._tags = {scopes.key(each.id): each.tags for each in self.feed.items}
        return self._tags.get(scopes.key(place.id), {})

    async def named(self, word: str) -> tuple[WorkspaceRef, ...]:
        """The workspaces that a word after `@` means (see `places.chosen`). Raises TroubleError."""
        return places.chosen(word, await self.all(), self._context.subscription_names)

    async def all(self) -> tuple[Workspace, ...]:
        """Every one, once each subscription has answered or failed. Raises TroubleError where none did, or none is asked."""
        heard = asyncio.Event()
        leave = self.feed.subscribe(lambda _feed: heard.set())
        try:
            self.enumerate()
            while not all(part.reading is not None or part.trouble is not None for part in self.feed.parts.values()):
                if (held_up := self._held_up()) is not None:
                    raise TroubleError(held_up)
                heard.clear()
                await heard.wait()
        finally:
            leave()
        found = tuple(each for each in self.feed.items if not each.fault)
        if not found and (trouble := newest_trouble(self.feed.troubles)) is not None:
            raise TroubleError(trouble)
        return found
