"""What the `:` line understands: every view, ways to look and to find, and what the app adds of its own; with completion and history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from textual.app import App

from console.command_history import CommandHistory
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import newest_trouble
from console.session import Session
from console.text import redact_text
from screens import grouping
from screens.commands import Command, Invocation, completions, find, parse, table
from screens.host import Host
from screens.navigator import Navigator
from screens.registry import VIEWS, View
from screens.resource_screen import ResourceScreen


class LineCommands:
    """Reads a line and carries it out; one that cannot be is told in one sentence, and kept in the history to be mended."""

    def __init__(
        self, app: App[Any], host: Host, session: Session, navigator: Navigator, history: CommandHistory, others: Iterable[Command]
    ) -> None:
        self._app, self._host, self._session, self._navigator, self._history = app, host, session, navigator, history
        self.table = table([*self._own(), *others])

    def ask(self) -> None:
        """Open the line."""
        from screens.command_line import CommandLine

        self._app.push_screen(CommandLine(self._complete, self._history.lines), self.obey)

    def ask_by_palette(self) -> None:
        """Textual's palette over the same commands."""
        from textual.command import CommandPalette

        from screens.palette import provider

        self._app.push_screen(CommandPalette([provider(self.table.values(), self.obey)], placeholder="a command or an action"))

    def obey(self, line: str | None) -> None:
        """Carry out a line."""
        if not line or not line.strip():
            return
        self._history.add(redact_text(line))  # a pasted address may be a signed one
        invocation = parse(line)
        self.tried(lambda: find(invocation.name, self.table).run(invocation))

    def tried(self, act: Callable[[], object]) -> None:
        """Do what was asked for; that it cannot be is told in one sentence."""
        try:
            act()
        except TroubleError as error:
            self._host.flash(error.trouble.sentence, "warn")

    def _own(self) -> list[Command]:
        return [
            *(Command(name, f"the {name} screen", self._open, view.aliases, _topics(view)) for name, view in VIEWS.items()),
            Command("find", "anything loaded: a name, an ARM id, an e-mail, a GUID, a run id, a URI", self._find),
            Command("pim", "the roles that you may activate (PIM)", self._show_pim),
            Command("review", "export access for a review: :review; apply one with KEEP and REMOVE marked: :review FILE", self._review),
            Command("separation", "who can do more than their work asks for", self._show_separation, ("duties",)),
            Command("by", "group by tags or columns: :by team,environment", self._group, ("group",), choices=self._groupings),
            Command(
                "kit", "give a kit of roles: :kit auditor", self._give_kit, ("kits",), choices=lambda: self._session.access.bundles.kits
            ),
            Command("theme", "other colours", self._choose_theme, choices=lambda: sorted(self._app.available_themes)),
        ]

    def _complete(self, line: str) -> list[str]:
        return completions(line, self.table, self._workspace_names() if " @" in line else ())

    def _workspace_names(self) -> list[str]:
        """What may come after `@`; which workspaces there are begins to be read when it is first asked for."""
        session = self._session
        session.visible.enumerate()
        known = {each.name for each in session.workspaces.items} | {place.name for place in session.context.where}
        return [*sorted(known, key=str.casefold), "all"]

    def _open(self, invocation: Invocation) -> None:
        """`:compute`, `:compute /gpu`, `:compute @fraud-prod`, `:compute @*-prod,sandbox /gpu`, `:compute @all`, `:who read-data`."""
        view, topic = find(invocation.name, self.table).name, " ".join(invocation.arguments)
        if topic and not VIEWS[view].screen.topics():
            sentence = f":{invocation.name} takes @workspace and /filter, not {invocation.arguments[0]!r}"
            raise TroubleError(Trouble(Kind.INVALID, sentence, "UnknownArgument"))

        def go(where: Sequence[WorkspaceRef] = ()) -> None:
            screen = self._navigator.open(view, filter=invocation.filter, where=where)
            if topic:
                screen.be_about(topic)

        if not invocation.workspace:
            go()
            return

        async def look() -> None:
            try:
                go(await self._session.visible.named(invocation.workspace))
            except TroubleError as error:
                self._host.flash(error.trouble.sentence, "warn")
            else:
                if unread := self._session.workspaces.troubles:
                    self._host.keep_trouble(newest_trouble(unread))
                    scopes = "1 subscription" if len(unread) == 1 else f"{len(unread)} subscriptions"
                    self._host.flash(f"{scopes} could not be read: workspaces there are not among these", "warn", stays=True)

        if not self._session.workspaces.loaded:
            self._host.flash("reading which workspaces there are")
        self._app.run_worker(look(), name="look", exclusive=True, group="look")

    def _group(self, invocation: Invocation) -> None:
        """`:by team,env`; `:by` alone takes the groups away."""
        screen = self._app.screen
        if not isinstance(screen, ResourceScreen):
            raise TroubleError(Trouble(Kind.INVALID, "there are no rows to group here", "NoRows"))
        screen.group_by([word for argument in invocation.arguments for word in argument.split(",")])

    def _groupings(self) -> list[str]:
        """What `:by` may be followed by."""
        self._session.visible.enumerate()
        screen = self._app.screen_stack[0]
        if not isinstance(screen, ResourceScreen):
            return []
        return [choice.name for choice in grouping.choices(screen.feed.items, screen.table.columns, screen.tags_of, ())]

    def _find(self, invocation: Invocation) -> None:
        from screens.find import find as find_anything

        find_anything(invocation.rest, self._session, self._host)

    def _show_pim(self, _invocation: Invocation) -> None:
        from screens.pim import PimScreen

        self._host.open_screen(PimScreen(self._session))

    def _review(self, invocation: Invocation) -> None:
        from screens.review import review

        review(invocation.rest, self._host, self._session)

    def _give_kit(self, invocation: Invocation) -> None:
        """`:kit` opens the form, `:kit auditor` with that kit."""
        from screens import access_bundles

        access_bundles.kit(self._host, self._session, None, invocation.arguments[0] if invocation.arguments else "")

    def _show_separation(self, _invocation: Invocation) -> None:
        from screens.who import WhoScreen

        screen = self._navigator.open(WhoScreen.kind)
        if isinstance(screen, WhoScreen):
            screen.show_separation()

    def _choose_theme(self, invocation: Invocation) -> None:
        app, name = self._app, " ".join(invocation.arguments)
        if name not in app.available_themes:
            said = f"there is no theme {name!r}" if name else f"the theme is {app.theme}"
            raise TroubleError(Trouble(Kind.INVALID, f"{said}; there are {', '.join(sorted(app.available_themes))}", "UnknownTheme"))
        app.theme = name


def _topics(view: View) -> Callable[[], Iterable[str]]:
    """What a view may be asked about: its class tells it, once somebody types so far."""
    return lambda: view.screen.topics()
