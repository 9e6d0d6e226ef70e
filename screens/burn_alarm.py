"""The alarm of the burn: says it and rings the terminal's bell once, when it passes the limit of the config file."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from console.domain.billing.alarm import Alarm
from console.domain.billing.amounts import figure, money
from console.session import Session
from screens.host import Host


class BurnAlarm:
    """Watches one session; `bell` rings where there is a terminal."""

    def __init__(self, host: Host, session: Session, bell: Callable[[], None]) -> None:
        self._host, self._session, self._bell = host, session, bell
        self._limit = Decimal(session.settings.cost.alarm_per_hour)
        self._alarm = Alarm(self._limit)

    def watch(self) -> None:
        """Something may have changed."""
        session = self._session
        if self._limit <= 0 or not session.computes.loaded:
            return
        burn = session.money.burn().now
        if self._alarm.rings(burn):
            limit = money(self._limit, burn.unit)
            self._host.flash(f"the burn has passed {limit}: it is {figure(burn)} now (alarm_per_hour of [cost])", "bad", stays=True)
            self._bell()
