"""The trail: the views that were visited, for the ways back and forward."""

from __future__ import annotations

import msgspec

from console.domain.scopes import WorkspaceRef

#: Visits that are remembered; the oldest go first.
LONGEST = 50


class Visit(msgspec.Struct, frozen=True):
    """A view as it was left: over which workspaces, with which filter, the cursor `at` which resource."""

    view: str
    where: tuple[WorkspaceRef, ...] = ()
    filter: str = ""
    at: str = ""


class Trail:
    """A list of visits with a place in it, as a browser keeps it. A new visit forgets those that were gone back from."""

    def __init__(self, first: Visit) -> None:
        self._visits = [first]
        self._place = 0
        self._before: int | None = None

    @property
    def current(self) -> Visit:
        return self._visits[self._place]

    def leave(self, filter: str, at: str) -> None:
        """Remember how the present view looks."""
        self._visits[self._place] = msgspec.structs.replace(self.current, filter=filter, at=at)

    def settle(self, where: tuple[WorkspaceRef, ...]) -> None:
        """The present view is over other workspaces than was known when it was opened."""
        self._visits[self._place] = msgspec.structs.replace(self.current, where=where)

    def go(self, visit: Visit) -> None:
        """Visit something new."""
        self._visits = [*self._visits[: self._place + 1], visit][-LONGEST:]
        self._before = len(self._visits) - 2
        self._place = len(self._visits) - 1

    def back(self) -> Visit | None:
        """One visit back; None at the first."""
        return self._to(self._place - 1)

    def forward(self) -> Visit | None:
        """One visit forward; None at the last."""
        return self._to(self._place + 1)

    def last(self) -> Visit | None:
        """The visit before this one, wherever it is in the list: twice is here again. None when there was none."""
        return self._to(self._before) if self._before is not None else None

    def _to(self, place: int) -> Visit | None:
        if not 0 <= place < len(self._visits) or place == self._place:
            return None
        self._before, self._place = self._place, place
        return self.current
