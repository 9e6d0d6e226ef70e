"""The head of Cost: what burns now, what today and the month come to, and how sure that is; with charts where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from console.domain.billing.merging import Coverage
from console.domain.billing.month import Month
from console.session import Session
from screens.widgets import cost_charts, meter_words, month_words
from screens.widgets.chart import Chart
from screens.widgets.status_line import Part, StatusLine

#: From so many columns and lines on there are charts; from so many columns on a third one.
CHARTED = (120, 30)
WIDEST = 180
#: From so many columns on there is room for whole words.
WIDE = 100
#: How many computes are named as the dearest.
TOP, TOP_NARROW = 4, 2


class CostHead(Widget):
    """Four lines, and below them charts on a terminal of at least 120x30. `update` says what is true now; it asks Azure nothing."""

    DEFAULT_CSS = """
    CostHead { height: 4; width: 1fr; }
    CostHead Horizontal { height: 9; display: none; }
    CostHead.-charted { height: 13; }
    CostHead.-charted Horizontal { display: block; }
    CostHead Chart { height: 9; width: 3fr; }
    CostHead #chart-hour { width: 2fr; }
    """

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session
        #: How today is known, with the count of usage that it is of: that goes through all that ran.
        self._known: tuple[int, Coverage | None] = (-1, None)
        self.lines = tuple(StatusLine(id=f"cost-{name}") for name in ("burn", "top", "month", "trust"))
        self.by_day, self.adding_up, self.hour = Chart(id="chart-days"), Chart(id="chart-month"), Chart(id="chart-hour")

    def compose(self) -> ComposeResult:
        yield from self.lines
        with Horizontal():
            yield self.by_day
            yield self.adding_up
            yield self.hour

    def on_mount(self) -> None:
        self.update()

    def on_resize(self) -> None:
        self.update()

    @property
    def plain(self) -> str:
        """What the four lines say."""
        return "\n".join(line.plain for line in self.lines)

    def update(self) -> None:
        """Say what is true now."""
        month, size = self.session.costs.month, self.app.size
        burn, top, months, trust = self.lines
        burn.show(self._burn(wide=size.width >= WIDE))
        top.show(self._top(wide=size.width >= WIDE), self._asked(month))
        months.show(self._month(month, wide=size.width >= WIDE))
        trust.show(self._trust(month, wide=size.width >= WIDE))
        charted = size.width >= CHARTED[0] and size.height >= CHARTED[1]
        self.set_class(charted, "-charted")
        if charted:
            self._chart(month)

    def _chart(self, month: Month | None) -> None:
        self.adding_up.display = self.app.size.width >= WIDEST
        if month is None or not month.outlook.days:
            nothing = "nothing is known of the last seven days"
            self.by_day.show([(" by day", "bold")], None, nothing)
            self.adding_up.show([(" adding up", "bold")], None, nothing)
        else:
            self.by_day.show(cost_charts.title_by_day(month), cost_charts.by_day(month))
            self.adding_up.show(cost_charts.title_adding_up(month), cost_charts.adding_up(month))
        history = self.session.costs.usage.hour_history
        self.hour.show(cost_charts.title_last_hour(history), cost_charts.last_hour(history) if history else None)

    def _burn(self, *, wide: bool) -> Sequence[Part]:
        session, usage = self.session, self.session.costs.usage
        burn = session.money.burn() if session.computes.loaded else None
        calibrated, costs = usage.calibration if wide else None, session.costs
        return [*meter_words.now(burn, usage.hour_history), *meter_words.today(costs.today, calibrated, costs.beside_today)]

    def _top(self, *, wide: bool) -> Sequence[Part]:
        rates = ((each.name, self.session.money.rate(each)) for each in self.session.computes.items)
        standing = self.session.costs.standing
        found = meter_words.top(meter_words.dearest(rates, TOP if wide else TOP_NARROW))
        return [*found, *meter_words.beside(standing.rate, standing.words, wide=wide)]

    def _asked(self, month: Month | None) -> Sequence[Part]:
        status = self.session.costs.now.status
        asked = month.bill.asked if month is not None else None
        age = meter_words.asked(self.session.clock.age(asked).total_seconds()) if asked is not None else [("no bill read ", "muted")]
        return [*age, (f"QPU {status.spent.normalize():f}/{status.cap} ", "muted")]

    def _month(self, month: Month | None, *, wide: bool) -> Sequence[Part]:
        if month is None:
            return [(" month ?", "muted")]
        parts: list[Part] = [(" ", ""), *(month_words.spent(month) or [(f"{month.today:%b} ?", "muted")]), ("  ", "")]
        parts += [*month_words.forecast(month), *meter_words.azures(month.outlook.azure)]
        if budget := month_words.longer(month):
            parts += [("  ", ""), *budget]
            if wide and month.course is not None:
                parts += [(" ", ""), *month_words.forecast_longer(month), *meter_words.azures(month.course.azure)]
        parts.append((f"  {month_words.whose(month.account, self._subscription)}", "muted"))
        return [*parts, (f", shared by {month.account.shared}", "muted")] if month.account.shared > 1 else parts

    def _trust(self, month: Month | None, *, wide: bool) -> Sequence[Part]:
        usage = self.session.costs.usage
        if self._known[0] != usage.made:
            self._known = usage.made, usage.coverage(meter_words.LEGEND) if usage.as_of is not None else None
        known = self._known[1]
        passing = month_words.passing(month) if month is not None else []
        parts = [(" ", ""), *passing, (" ", "")] if passing else []
        return [*parts, *meter_words.k(usage.calibration, wide=wide), *meter_words.legend(known, wide=wide)]

    def _subscription(self, known: str) -> str:
        names = self.session.context.subscription_names
        return next((name for each, name in names.items() if each.lower() == known), known)
