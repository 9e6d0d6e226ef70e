"""The navigator: which view is open, over which workspaces, and the ways back and forward."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from textual.app import App
from textual.screen import Screen

from console.domain.scopes import WorkspaceRef
from console.session import Session
from screens.host import Host
from screens.registry import VIEWS, WORKSPACES
from screens.resource_screen import ResourceScreen
from screens.trail import Trail, Visit


class Navigator:
    """Opens views in an app's screen stack: the lowest screen is the view, what lies above it are drill-downs and pages."""

    def __init__(self, app: App[Any], host: Host, session: Session, view: str) -> None:
        self._app, self._host, self._session = app, host, session
        self._trail = Trail(Visit(view, session.context.where))

    @property
    def view(self) -> str:
        """The name of the view that is open."""
        return self._trail.current.view

    def first_screen(self) -> ResourceScreen[Any]:
        return VIEWS[self.view].screen(self._session)

    def open(self, view: str, *, filter: str = "", where: Sequence[WorkspaceRef] = ()) -> ResourceScreen[Any]:
        """Open a view, leaving what is open above it; over `where` if given. One that is open already keeps all but what is told."""
        wanted = tuple(where) or self._session.context.where
        self._leave()
        if (view, wanted) != (self.view, self._trail.current.where) or filter:
            self._trail.go(Visit(view, wanted, filter or (self._trail.current.filter if view == self.view else "")))
        return self._show(self._trail.current)

    def look_at(self, chosen: Sequence[WorkspaceRef]) -> None:
        """Be about other workspaces: in the view that is open, or, where they were chosen on the list of workspaces, in the one before."""
        if self.view != WORKSPACES:
            self.open(self.view, where=chosen)
            return
        self._leave()
        before = self._trail.back()
        view = before.view if before is not None and before.view != WORKSPACES else next(iter(VIEWS))
        self.open(view, where=chosen)

    def back(self) -> bool:
        """Out of a drill-down or page, else to the view before; says whether there was a way."""
        if len(self._app.screen_stack) > 1:
            self._app.pop_screen()
            return True
        went = self._go("back")
        if went:
            self._host.flash(f"back in {self.view} of {self._places()}; {self._host.key('app.forward', ']')} goes forward again")
        return went

    def _places(self) -> str:
        where = self._session.context.where
        return where[0].name if len(where) == 1 else f"{len(where)} workspaces"

    def forward(self) -> bool:
        return self._go("forward")

    def earlier(self) -> bool:
        """One view back, whatever is open above it."""
        return self._go("back")

    def last(self) -> bool:
        """The view before this one; twice is here again."""
        return self._go("last")

    def below(self, screen: Screen[Any]) -> list[str]:
        """What the screens below one list, the lowest first."""
        return [
            each.what for each in takewhile(lambda each: each is not screen, self._app.screen_stack) if isinstance(each, ResourceScreen)
        ]

    def _go(self, way: str) -> bool:
        self._leave()
        visit: Visit | None = getattr(self._trail, way)()
        if visit is None:
            return False
        self._show(visit)
        return True

    def _leave(self) -> None:
        """Remember how the view that is open looks."""
        screen = self._app.screen_stack[0]
        if isinstance(screen, ResourceScreen) and screen.kind == self.view:
            self._trail.leave(screen.table.filter_text, screen.table.cursor_key or "")
            if not self._trail.current.where:
                self._trail.settle(self._session.context.where)

    def begin(self) -> None:
        """Open the first view in place of all that is open: it was another session's."""
        self._replace(self.first_screen())

    def _show(self, visit: Visit) -> ResourceScreen[Any]:
        self._host.forget_news()
        if visit.where and visit.where != self._session.context.where:
            self._session.look_at(visit.where)
        screen = self._app.screen_stack[0]
        if isinstance(screen, ResourceScreen) and screen.kind == visit.view:
            self._uncover()
        else:
            screen = VIEWS[visit.view].screen(self._session)
            self._replace(screen)
        screen.start_with(visit.filter, visit.at)
        return screen

    def _uncover(self) -> None:
        while len(self._app.screen_stack) > 1:
            self._app.pop_screen()

    def _replace(self, screen: ResourceScreen[Any]) -> None:
        self._uncover()
        base = self._app.screen_stack[0]
        if not base._result_callbacks:  # Textual gives an app's first screen none, and fails to switch from it
            base._push_result_callback(self._app, None)
        self._app.switch_screen(screen)
