"""When the sign-in screen comes up, and how the console goes on after it."""

from __future__ import annotations

from typing import Any, cast, get_args

from textual.app import App

from console.domain.trouble import SIGNED_OUT, Kind, Trouble, TroubleError
from console.entrance import Attempt
from console.feeds.feed import newest_trouble
from console.session import Session
from console.signin_ways import Method
from screens.commands import Invocation
from screens.host import Host
from screens.resource_screen import ResourceScreen

METHODS = tuple(method for method in get_args(Method) if method != "demo")


class SignInFlow:
    """Opens the screen on top of what is there, by itself only when a session fails to start, and lets that go on afterwards.

    `first` says that there was no session before, to which one could go back.
    """

    def __init__(self, app: App[Any], session: Session, *, first: bool = False) -> None:
        self._app, self._session, self._first = app, session, first
        self._opened_at_start = False
        self._told = False

    @property
    def _host(self) -> Host:
        return cast(Host, self._app)

    def takes(self, trouble: Trouble) -> bool:
        """Whether the screen came up for a start that failed so: once, as whoever left it has seen it."""
        if trouble.kind is not Kind.SIGN_IN or self._opened_at_start:
            return False
        self._opened_at_start = True
        at_once = self._session.settings.signin == "device-code" and trouble.code != SIGNED_OUT
        begin: Method | None = "device-code" if at_once else None
        self.open(begin, None if begin else trouble, alone=self._first and not self._session.computes.loaded)
        return True

    def command(self, invocation: Invocation) -> None:
        """`:login`, `:login device-code`."""
        asked = invocation.arguments[0] if invocation.arguments else None
        known = ("emulator", "device-code") if self._session.cloud.emulated else tuple(name for name in METHODS if name != "emulator")
        if asked is not None and asked not in known:
            sentence = f":login takes a way to sign in ({', '.join(known)}), not {asked!r}"
            raise TroubleError(Trouble(Kind.INVALID, sentence, "UnknownArgument"))
        self.open(cast("Method | None", asked), self._lost())

    def open(self, begin: Method | None, trouble: Trouble | None, *, alone: bool = False) -> None:
        from screens.signin import SignInScreen

        if not any(isinstance(screen, SignInScreen) for screen in self._app.screen_stack):
            self._app.push_screen(SignInScreen(self._session, trouble, begin=begin, alone=alone), self._left)

    def watch(self) -> None:
        """Called whenever something was learnt: says once that the sign-in is gone, and how to get it back."""
        lost = self._lost() if self._session.scheduler.running else None
        if lost is not None and not self._told:
            self._host.flash("the sign-in does not hold any more: :login signs in again, L tells why", "warn", stays=True)
        self._told = lost is not None

    def _lost(self) -> Trouble | None:
        """Why what is shown is not read any more, where that is for want of a sign-in."""
        troubles = {
            f"{feed.name} {scope}": trouble
            for feed in self._session.scheduler.feeds
            for scope, trouble in feed.troubles.items()
            if trouble.kind is Kind.SIGN_IN
        }
        return newest_trouble(troubles)

    def _left(self, attempt: Attempt | None) -> None:
        if attempt is not None:
            self._app.run_worker(self._go_on(attempt), name="sign in")

    async def _go_on(self, attempt: Attempt) -> None:
        session = self._session
        earlier = session.context.who
        unsent = sum(operation.unsent for operation in session.operations if not operation.paused)
        under_way = session.in_flight - unsent
        held = [(screen, screen.table.cursor_key) for screen in self._app.screen_stack if isinstance(screen, ResourceScreen)]
        try:
            somebody_else = await session.sign_in_as(attempt)
        except TroubleError as error:
            self._host.report(error.trouble)
            return
        session.trouble = None
        for screen, key in held if somebody_else else ():
            if key is not None:
                # Behind the drawing of what is left: nothing, until the new identity's rows come.
                screen.call_later(screen.table.move_to, key)
        if somebody_else and (under_way or unsent):
            told = [f"{_changes(unsent)} of {earlier} not sent"] if unsent else []
            told += [f"{_changes(under_way)} of {earlier} under way, followed as {attempt.who} now"] if under_way else []
            self._host.flash(f"signed in as {attempt.who}; {'; '.join(told)}", "warn", stays=True)
        else:
            self._host.flash(f"signed in as {attempt.who}", "ok")
        # A start that failed for want of a sign-in goes on.
        self._host.retry()


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"
