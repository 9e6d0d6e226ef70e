"""Rows that follow from feeds of which some are read beside the others: where those are refused, that is told, and not waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from console.domain.trouble import Kind, Trouble
from console.feeds.feed import Feed
from console.feeds.source import Joined

T = TypeVar("T")
#: The code of the refusal for want of a licence (azure-mgmt-authorization's callers see it on every PIM operation).
NO_PREMIUM = "AadPremiumLicenseRequired"


class JoinedBeside(Joined[T]):
    """Rows that are there once `main` is read; `beside` may be refused."""

    def __init__(
        self,
        main: Sequence[Feed[Any]],
        beside: Sequence[Feed[Any]],
        derive: Callable[[], Sequence[T]],
        raw: Callable[[str], bytes | None],
    ) -> None:
        super().__init__((*main, *beside), derive, raw)
        self._main, self._beside = tuple(main), tuple(beside)

    @property
    def loaded(self) -> bool:
        answered = all(part.reading is not None or part.trouble is not None for feed in self._beside for part in feed.parts.values())
        return answered and all(feed.loaded for feed in self._main)

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Those of what matters most: of the first of the main feeds that has some, else of what is read beside them and fails."""
        beside = ((scope, trouble) for feed in self._beside for scope, trouble in feed.troubles.items() if not is_refusal(trouble))
        return next((found for feed in self._main if (found := feed.troubles)), None) or dict(beside)


def is_refusal(trouble: Trouble) -> bool:
    """Whether something is not to be had here, rather than failing: no licence, no permission, not in this cloud."""
    return trouble.kind in {Kind.PERMISSION, Kind.NOT_FOUND} or trouble.code == NO_PREMIUM
