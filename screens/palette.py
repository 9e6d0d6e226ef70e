"""The palette: Textual's own, over the commands of the `:` line and the actions of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

from console.text import safe
from screens.commands import Command
from screens.resource_screen import ResourceScreen

Found = tuple[str, str, Callable[[], object]]


def provider(commands: Iterable[Command], obey: Callable[[str], object]) -> type[Provider]:
    """A source of hits for the palette; a chosen command is obeyed as if it had been typed after `:`."""
    known = list({command.name: command for command in commands}.values())

    class Everything(Provider):
        """Commands, and what can be done with the row under the cursor."""

        def _found(self) -> Iterator[Found]:
            screen = self.screen
            if isinstance(screen, ResourceScreen):
                row = screen.table.cursor_row
                for action in screen.actions:
                    refused = screen.refusal(action, row) if row is not None else "no row is chosen"
                    yield f"{action.label} ({action.key})", escape(safe(refused)), partial(screen.action_act, action.name)
            for command in known:
                yield f":{command.name}", command.says, partial(obey, command.name)

        async def search(self, query: str) -> Hits:
            matcher = self.matcher(query)
            for name, says, act in self._found():
                score = matcher.match(f"{name} {says}")
                if score > 0:
                    yield Hit(score, name, act, text=name, help=says)

        async def discover(self) -> Hits:
            for name, says, act in self._found():
                yield DiscoveryHit(name, act, text=name, help=says)

    return Everything
