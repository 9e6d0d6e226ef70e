"""The alarm: told once when the burn passes a limit, and again only after it was seen below."""

from __future__ import annotations

from decimal import Decimal

from console.domain.figures import Figure


class Alarm:
    """Follows a burn in USD/h; `limit` is of the same unit, 0 or less for none."""

    def __init__(self, limit: Decimal) -> None:
        self._limit = limit
        self._rung = False

    def rings(self, burn: Figure) -> bool:
        """Whether the burn has just passed the limit; at first, whether it is above it.

        What is not known neither rings nor ends an alarm: a burn of which parts are missing is at least what it tells.
        """
        if self._limit <= 0 or burn.value is None:
            return False
        if burn.value > self._limit:
            rings = not self._rung
            self._rung = True
            return rings
        if not burn.missing:
            self._rung = False
        return False
