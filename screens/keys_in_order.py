"""Gives out keys one after another, each only once what the one before it did has come about.

Textual hands a key to whoever has the focus when it arrives, and runs what the key is bound to later. Of keys that arrive together, as they
do over a slow line or from a fast typist, those after `/` would reach the table instead of the filter, and do to its rows what they are
bound to there.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Any

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

#: A key that was not done with after this long (seconds) holds up no other.
LONGEST_S = 1.0


class KeysInOrderApp(App[Any]):
    """An `App` whose keys wait for each other. Mix in before `App`; nothing else is needed."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._keys: deque[events.Key] = deque()
        self._key_given: float | None = None
        self._key_came = -math.inf

    @property
    def keys_under_way(self) -> bool:
        """Whether what was typed has not yet come about in full."""
        return bool(self._keys) or self._key_given is not None

    def typed_within(self, seconds: float) -> bool:
        """Whether a key came so lately, or one has not yet come about."""
        return self.keys_under_way or time.monotonic() - self._key_came < seconds

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._key_came = time.monotonic()
        self._keys.append(event)
        if self._key_given is None or time.monotonic() - self._key_given > LONGEST_S:
            await self._give_key()

    async def _give_key(self) -> None:
        """Give out the oldest key, and follow it through all who may act on it."""
        if not self._keys:
            self._key_given = None
            return
        self._key_given = given = time.monotonic()
        receiver = self.focused or self.screen
        await super().on_event(self._keys.popleft())
        Way(self, receiver, given).step()

    async def key_done(self, given: float) -> None:
        """What a key did has come about: the turn of the next."""
        if given == self._key_given:
            await self._give_key()


class Way:
    """The way that a key goes: queued up at its receiver and at each above it, where what it was sent bubbles through, and at the app last.

    It is gone three times: behind the key; behind what it made its receiver say; then behind the mounting and focusing of the screen that
    is there now. Steps are methods without arguments, which Textual knows how to call; of anything else it finds that out each time.
    """

    def __init__(self, app: KeysInOrderApp, receiver: MessagePump, given: float) -> None:
        self._app, self._receiver, self._given = app, receiver, given
        self._node = receiver
        self._rounds = 3

    def step(self) -> None:
        """Queue up at the next node; the app follows on one that takes no more messages."""
        node = self._node
        self._node = node._parent or self._app
        if node is self._app or not node.post_message(events.Callback(callback=self.step)):
            self._app.post_message(events.Callback(callback=self.round_over))

    async def round_over(self) -> None:
        """Go again, or be done."""
        self._rounds -= 1
        if self._rounds:
            self._node = self._receiver if self._rounds > 1 else self._app.screen
            self.step()
        else:
            await self._app.key_done(self._given)
