"""The header: who, where, what it burns, whether it may change things, and how fresh that is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widget import Widget

from console.clock import step
from console.domain.billing.amounts import figure, untimed
from console.domain.permissions import GRANTED_BY, READ_COMPUTES
from console.session import Session
from console.text import cells, safe
from screens.widgets import money_line
from screens.widgets.status_line import Part, StatusLine

WIDE = (100, 30)
SPARK_WIDTH = 10
#: Below this the subscription's name gives way to the money.
NARROW = 64


class Header(Widget):
    """One line on a small terminal; on a wide one three, the last with the screens (`tabs`) and the operations under way.

    `needs` are the operations that are on offer here: the mode tells where none of them is granted.
    """

    DEFAULT_CSS = """
    Header { height: 1; width: 1fr; background: $panel; }
    Header.-tall { height: 3; }
    Header.-protected { background: $error-muted; }
    """

    def __init__(self, session: Session, tabs: Sequence[Part], needs: Sequence[str] = ()) -> None:
        super().__init__()
        self.session = session
        self.needs = tuple(needs) or tuple(operation for operation in GRANTED_BY if not operation.endswith("/read"))
        if session.settings.colour:
            self.styles.background = session.settings.colour
        self.tabs = tuple(tabs)
        self.first, self.second, self.third = (StatusLine(id=f"header-{number}") for number in ("first", "second", "third"))

    def compose(self) -> ComposeResult:
        yield self.first
        yield self.second
        yield self.third

    def on_resize(self) -> None:
        self.update_parts()

    def update_parts(self) -> None:
        """Say what is true now."""
        size = self.app.size
        tall = size.width >= WIDE[0] and size.height >= WIDE[1]
        self.set_class(tall, "-tall")
        self.second.display = self.third.display = tall
        self.set_class(any(self.session.context.is_protected(place) for place in self.session.context.where), "-protected")
        if tall:
            self.first.show(self._place_long(), [*self._who(), *self._mode(), *self._freshness()])
            self.second.show(self._money(long=True))
            self.third.show(self.tabs, self._flight())
        else:
            left: list[Part] = [*self._place_short(), ("  ", ""), *self._money(long=False)]
            right = [*self._flight(), *self._mode(), *self._freshness()]
            room = size.width - sum(cells(safe(text)) for text, _ in (*left, *right)) - 1
            self.first.show([*left, *money_line.short(self.session.costs.today, self.session.costs.month, room)], right)

    def _place_long(self) -> list[Part]:
        where = self.session.context.where
        if len(where) != 1:
            return self._places()
        place = where[0]
        return [
            *self._context_name(),
            (f" {self._subscriptions()} · {place.resource_group} · ", "muted"),
            (place.name, "bold"),
            *self._protected(),
        ]

    def _place_short(self) -> list[Part]:
        where = self.session.context.where
        if len(where) != 1:
            return self._places()
        above = f"·{self._subscriptions()}" if self.app.size.width >= NARROW else ""
        return [*self._context_name(), (where[0].name, "bold"), (above, "muted"), *self._protected()]

    def _places(self) -> list[Part]:
        """No workspace, or several: how many, and in which subscriptions."""
        where = self.session.context.where
        if where:
            return [
                *self._context_name(),
                (f" {len(where)} workspaces", "bold"),
                (f"·{self._subscriptions()}", "muted"),
                *self._protected(),
            ]
        return [(" no workspace chosen" if self.session.connected else " looking for the workspace…", "muted")]

    def _context_name(self) -> list[Part]:
        """The name of the context, if it has one, in its colour."""
        name = self.session.context.name
        return [(f" {name} ", "reverse")] if name else []

    def _subscriptions(self) -> str:
        context = self.session.context
        names = list(dict.fromkeys(context.subscription(place) for place in context.where))
        return names[0] if len(names) == 1 else f"{len(names)} subscriptions"

    def _protected(self) -> list[Part]:
        protected = any(self.session.context.is_protected(place) for place in self.session.context.where)
        return [(" ", ""), (" PROTECTED ", "alarm")] if protected else []

    def _who(self) -> list[Part]:
        return [(f"{self.session.context.who or 'signing in…'}  ", "muted")]

    def _mode(self) -> list[Part]:
        context = self.session.context
        if not context.write:
            return [("read-only ", "ok")]
        if context.may(self.needs):
            return [("WRITE ", "warn")]
        return [("may read ", "ok")] if context.may([READ_COMPUTES]) else [("no access ", "bad")]

    def _money(self, *, long: bool) -> list[Part]:
        burn, unpriced = self.session.money.burn(), self._unpriced()
        if not self.session.computes.loaded:
            return [(" now ?", "muted")] if long else [("?/h", "muted")]
        if not long and unpriced and untimed(burn.now) == "?":
            return unpriced
        if not long:
            return [(figure(burn.now), "bold"), (" waste ", "muted"), (untimed(burn.waste), "warn" if burn.waste.value else "muted")]
        spark = self.session.money.history.sparkline(SPARK_WIDTH)
        parts: list[Part] = [(" now ", "muted"), (figure(burn.now), "bold"), (f" {spark}" if spark else "", "busy")]
        parts += [("  waste ", "muted"), (figure(burn.waste), "warn" if burn.waste.value else "muted")]
        parts += unpriced
        if burn.now.missing:
            parts.append((f"  {burn.now.missing} not known", "muted"))
        return [*parts, *money_line.long(self.session.costs.today, self.session.costs.month, self._bill_age())]

    def _bill_age(self) -> float | None:
        month = self.session.costs.month
        asked = month.bill.asked if month is not None else None
        return self.session.clock.age(asked).total_seconds() if asked is not None else None

    def _unpriced(self) -> list[Part]:
        """Why money is not known, where that is for want of prices."""
        return [("  prices cannot be read (L)", "warn")] if self.session.prices.troubles else []

    def _flight(self) -> list[Part]:
        count = self.session.in_flight
        return [(f"⟳{count} ", "busy")] if count else []

    def _freshness(self) -> list[Part]:
        feed = self.session.computes
        age = feed.age
        if age is None:
            return [("○ …", "muted")]
        trouble = bool(feed.troubles)
        return [("! " if trouble else "● ", "bad" if trouble else "ok"), (step(age), "muted")]
