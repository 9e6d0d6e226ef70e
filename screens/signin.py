"""The sign-in screen: the ways to sign in, the code to type elsewhere, and what went wrong in words."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from console.domain.trouble import Trouble, TroubleError
from console.entrance import Attempt, Code
from console.session import Session
from console.signin_ways import Method, Way, ways
from screens.host import Host
from screens.signin_pages import approval_address, code_page, failure_page, waiting_page, ways_page
from screens.widgets.facts import Facts
from screens.widgets.status_line import Part, StatusLine

#: How often the time that is left is looked at again; what it says moves in coarse steps, so most looks send nothing.
LOOK_S = 5.0
LABEL_WIDTH = 22


class SignInScreen(Screen[Attempt | None]):
    """Answers the attempt that succeeded, or None when it was left.

    `trouble` is why it came up; `begin` is a method to try at once. With `alone` there is nothing behind it: leaving it ends the console.
    """

    kind: ClassVar[str] = "sign-in"
    DEFAULT_CSS = """
    SignInScreen #title { background: $boost; }
    SignInScreen #hints { background: $panel; }
    SignInScreen VerticalScroll { scrollbar-size: 0 0; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "the next way", show=False, id="sign-in.down"),
        Binding("k,up", "move(-1)", "the way before", show=False, id="sign-in.up"),
        Binding("enter", "choose", "sign in this way", id="sign-in.choose"),
        Binding("r", "again", "try again, with a new code; look again at what there is", id="sign-in.again"),
        Binding("c", "copy_code", "copy the code", id="sign-in.copy-code"),
        Binding("o", "copy_address", "copy the address to open", id="sign-in.copy-address"),
        Binding("pagedown", "scroll(10)", "scroll down", show=False, id="sign-in.page-down"),
        Binding("pageup", "scroll(-10)", "scroll up", show=False, id="sign-in.page-up"),
        Binding("escape,q", "leave", "give up what is under way; else back", id="sign-in.leave"),
    ]

    def __init__(self, session: Session, trouble: Trouble | None = None, *, begin: Method | None = None, alone: bool = False) -> None:
        super().__init__()
        self.session, self.trouble, self.alone = session, trouble, alone
        self.ways: tuple[Way, ...] = ()
        self.cursor = 0
        self.method: Method | None = begin
        self.code: Code | None = None
        self.trying = begin is not None
        self.heading, self.hints = StatusLine(id="title"), StatusLine(id="hints")
        self.page = Facts((), label_width=LABEL_WIDTH, id="page")
        self._won: Attempt | None = None

    @property
    def host(self) -> Host:
        """The app, as far as a screen may know it."""
        return cast(Host, self.app)

    def compose(self) -> ComposeResult:
        yield self.heading
        with VerticalScroll(can_focus=False):
            yield self.page
        yield self.hints

    def on_mount(self) -> None:
        self.set_interval(LOOK_S, self._redraw)
        if self.method is not None:
            self._try(self.method)
        self.run_worker(self._look(), group="look", exclusive=True)
        self._redraw()

    async def on_unmount(self) -> None:
        if self._won is None:
            await self.session.entrance.close()

    def on_screen_resume(self) -> None:
        self._leave_with_what_was_won()
        self._redraw()

    # What there is

    async def _look(self) -> None:
        first = not self.ways
        self.ways = await asyncio.to_thread(ways, self.session.settings, self.session.cloud, os.environ, Path.home())
        if first:
            named = self.method or self.session.entrance.method
            likely = [way.method == named for way in self.ways]
            likely = likely if any(likely) else [bool(way.there) for way in self.ways]
            self.cursor = likely.index(True) if any(likely) else 0
        self._redraw()

    def action_move(self, by: int) -> None:
        if not self.trying and self.ways:
            self.cursor = max(0, min(len(self.ways) - 1, self.cursor + by))
            self._redraw()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    # Attempts

    def action_choose(self) -> None:
        if self.trying or not self.ways:
            return
        method = self.ways[self.cursor].method
        if method == "demo":
            self.host.flash("leave this console (ctrl+q), then start `aml-console --demo`", "warn")
        else:
            self._try(method)

    def action_again(self) -> None:
        if self.method is not None:
            self._try(self.method)
        self.run_worker(self._look(), group="look", exclusive=True)

    def _try(self, method: Method) -> None:
        self.method, self.code, self.trouble, self.trying = method, None, None, True
        self.run_worker(self._attempt(method), group="attempt", exclusive=True)
        self._redraw()

    async def _attempt(self, method: Method) -> None:
        attempt = await self.session.entrance.begin(method)
        try:
            await attempt.run(self._show)
        except TroubleError as error:
            self.trouble, self.code, self.trying = error.trouble, None, False
            self._redraw()
            await self.session.entrance.close()
        else:
            self._won = attempt
            self._leave_with_what_was_won()

    def _show(self, code: Code) -> None:
        self.code = code
        self._redraw()

    def _leave_with_what_was_won(self) -> None:
        """Under another screen (help, the last error) it waits until that is closed."""
        if self._won is not None and self.is_active:
            self.dismiss(self._won)

    def action_leave(self) -> None:
        """esc: out of the attempt, back to the ways; then back to what was there, or out of the console where nothing was."""
        if self.trying:
            self.workers.cancel_group(self, "attempt")
            self.method, self.code, self.trying = None, None, False
            self.run_worker(self.session.entrance.close(), group="attempt")
            self._redraw()
        elif self.alone:
            self.app.exit(0)
        else:
            self.dismiss(None)

    def action_copy_code(self) -> None:
        if self.code is not None:
            # Not named: what is flashed is logged, and whoever has the code can sign somebody in here.
            self.host.copy(self.code.code, "the code")

    def action_copy_address(self) -> None:
        if self.code is not None:
            self.host.copy(approval_address(self.code, self.session.cloud.emulated), "the address")

    # What is drawn

    def _redraw(self) -> None:
        if not self.is_active:
            return
        where = "the emulator" if self.session.cloud.emulated else "Azure"
        self.heading.show([(f" sign in to {where}", "bold")], [(f"{self._out()} ", "muted")])
        if self.code is not None:
            self.page.show(code_page(self.code, self.code.expires_on - time.time(), self.session.cloud.emulated))
        elif self.trying and self.method is not None:
            self.page.show(waiting_page(self.method))
        else:
            self.page.show([*failure_page(self.trouble), *ways_page(self.ways, self.cursor)])
        self.hints.show(self._hints())

    def _out(self) -> str:
        return "esc gives up" if self.trying else "esc quits" if self.alone else "esc back"

    def _hints(self) -> Sequence[Part]:
        if (said := self.host.flashed) is not None:
            return [(f" {said.text}", said.look)]
        keys = [("j k", "choose"), ("enter", "sign in"), ("r", "try again")]
        if self.trouble is not None:
            keys.append(("L", "the error whole"))
        if self.trying:
            keys = [("c", "copy the code"), ("o", "copy the address"), ("r", "new code")] if self.code is not None else []
        parts: list[Part] = [(" ", "")]
        for key, text in [*keys, ("?", "help")]:
            parts += [(key, "key"), (f" {text}  ", "")]
        return parts
