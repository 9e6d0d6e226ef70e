"""Charts: bars that are told without colour, at any size, of whatever amounts and names there are."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.filter import NoColor

from console.costs.sums import Burnt
from console.domain.billing.account_bill import bill_of
from console.domain.billing.amounts import money
from console.domain.billing.month import month_of
from console.text import cells
from screens.frame import FrugalApp
from screens.stand_ins import in_ascii
from screens.widgets import cost_charts
from screens.widgets.chart import Chart
from screens.widgets.plot import AZURE, BILLED, CREDIT, ESTIMATED, FORECAST, LINE, UNKNOWN, Bar, Bars, plotted
from tests.domain.billing.bills import STORE, daily
from tests.domain.billing.spans import PRICES, at, cluster, span
from tests.domain.billing.test_month import CPU, FIRST, MACHINES, account, bill, month
from tests.properties import steady

SIZES = ((80, 9), (120, 14), (40, 8))


def bar(*amounts: int | str, glyph: str = BILLED) -> Bar:
    return Bar(tuple((glyph, Decimal(amount)) for amount in amounts))


def column(lines: tuple[str, ...], place: int) -> str:
    """What stands above each other in a column of the bars, from the bottom."""
    start = lines[0].index("┤") + 1
    rows = [line.ljust(start + place + 1)[start + place] for line in lines if "┤" in line or "│" in line or "├" in line]
    return "".join(reversed(rows)).replace(" ", "")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_month_is_readable_at_any_size(width: int, height: int) -> None:
    found = month(daily([10, 12, 30, 9, 8, 9, 10, 11, 10], CPU, MACHINES, first=FIRST), [cluster(span(-24, 12, 1.0), compute_id=CPU)])
    lines = plotted(cost_charts.by_day(found), width, height)
    assert 0 < len(lines) <= height and all(cells(line) <= width for line in lines)
    assert lines[0].startswith("$40.00┤") and lines[-3].startswith("    $0┤"), "the axis is in the currency"
    assert set(lines[-1].split()) == {"1", "5", "10", "15", "20", "25", "30"}
    bars = cost_charts.by_day(found).bars
    step = 1 if width < 70 else 2 if width == 80 else 3
    columns = [column(lines, place * step).replace(LINE, "") for place in range(len(bars))]
    assert max(range(30), key=lambda place: len(columns[place])) == 2, "the spike stands out"
    assert [each[0] for each in columns] == [BILLED] * 8 + [ESTIMATED] * 2 + [FORECAST] * 20
    assert LINE in "".join(lines[:-2]), "what a day may cost"


def test_in_its_first_half_a_month_is_told_with_the_two_weeks_before() -> None:
    october = daily([*[5] * 20, 90, *[5] * 10], STORE, "Storage", first=date(2026, 10, 1))
    about = account()
    bills = [bill([*october, *daily([5] * 3, STORE, "Storage", first=FIRST)], date(2026, 10, 1), asked=at(-138))]
    found = month_of(about, bill_of(about, bills, [], date(2026, 11, 4)), [], [], PRICES, at(-138))
    assert cost_charts.days_shown(found) == (date(2026, 10, 21), date(2026, 11, 19))
    bars = cost_charts.by_day(found)
    assert bars.bars[0] == bar(90) and bars.bars[1] == bar(5), "the spike of two weeks ago"
    assert [each.pieces[0][0] for each in bars.bars] == [BILLED] * 13 + [ESTIMATED] * 2 + [FORECAST] * 15
    lines = plotted(bars, 75, 9)
    assert lines[-1].split() == ["25", "1", "Nov", "5", "10", "15"]
    assert "21 Oct to 19 Nov" in cost_charts.title_by_day(found)[0][0]


def test_what_is_not_known_is_no_bar_and_a_credit_is_none_either() -> None:
    lines = plotted(Bars((bar(4), Bar((), known=False), bar(-3), bar(0), bar("0.01")), "USD"), 60, 9)
    assert [column(lines, place * 8)[:1] for place in range(5)] == [BILLED, UNKNOWN, CREDIT, BILLED[:0], BILLED], "a cent is seen"


def test_marks_stand_where_their_amount_is() -> None:
    lines = plotted(Bars((bar(10), bar(2)), "USD", marks={1: Decimal(10)}), 40, 9)
    assert AZURE in lines[0] and BILLED in lines[0]


@pytest.mark.parametrize(
    "bars",
    [Bars((), "USD"), Bars((Bar((), known=False),) * 30, "USD")],
    ids=["none", "none known"],
)
def test_nothing_known_is_no_chart(bars: Bars) -> None:
    assert bars.empty and plotted(bars, 80, 9) == ()


@pytest.mark.parametrize(("width", "height"), [(19, 9), (80, 3), (0, 0), (8, 8)])
def test_without_room_there_is_no_chart(width: int, height: int) -> None:
    assert plotted(Bars((bar(1),), "USD"), width, height) == ()


def test_one_day_is_a_chart() -> None:
    lines = plotted(Bars((bar(3),), "USD", {0: "1"}), 40, 9)
    assert len(column(lines, 0)) == 7 and lines[-1].split() == ["1"]


def test_where_all_bars_have_no_room_the_last_are_shown() -> None:
    history = [Burnt(at(0) + timedelta(minutes=index), Decimal(index)) for index in range(61)]
    lines = plotted(cost_charts.last_hour(history), 30, 9)
    assert "now" in lines[-1] and "-60" not in lines[-1]
    assert len(column(lines, 0)) > 1, "the rise is in its second half"


def test_an_hour_is_an_area_and_says_what_is_not_known() -> None:
    rates = [None, None, *[Decimal(14)] * 59]
    history = [Burnt(at(0) + timedelta(minutes=index), rate, index == 5) for index, rate in enumerate(rates)]
    lines = plotted(cost_charts.last_hour(history), 80, 9)
    assert [column(lines, place)[:1] for place in (0, 1, 2, 4, 5, 60)] == [UNKNOWN, UNKNOWN, BILLED, BILLED, ESTIMATED, BILLED]
    told = "".join(text for text, _ in cost_charts.title_last_hour(history))
    assert "in part" in told and "not known" in told


def test_a_month_that_adds_up_passes_its_budget_where_the_line_is() -> None:
    found = month(daily([100] * 9, CPU, MACHINES, first=FIRST), [cluster(span(-24, 12, 1.0), compute_id=CPU)])
    assert found.budget == 1000
    bars = cost_charts.adding_up(found)
    assert bars.line == 1000 and sum(piece for _, piece in bars.bars[7].pieces) == 800
    assert [sum(piece for _, piece in each.pieces) for each in bars.bars] == sorted(sum(p for _, p in each.pieces) for each in bars.bars)


def test_mixed_currencies_are_drawn_of_one_and_the_axis_says_which() -> None:
    charges = [*daily([10] * 9, CPU, MACHINES, first=FIRST, currency="CHF"), *daily([5] * 9, CPU, MACHINES, first=FIRST, currency="NOK")]
    lines = plotted(cost_charts.by_day(month(charges, None)), 80, 9)
    assert "CHF" in lines[0] and "NOK" not in "".join(lines)


@settings(steady, max_examples=25)
@given(
    st.lists(st.lists(st.decimals(-(10**9), 10**9, places=2), max_size=3), max_size=70),
    st.text(max_size=12),
    st.integers(0, 90),
    st.integers(0, 14),
)
def test_whatever_is_drawn_is_safe_and_fits(amounts: list[list[Decimal]], unit: str, width: int, height: int) -> None:
    bars = Bars(tuple(Bar(tuple((BILLED, each) for each in some)) for some in amounts), unit, {0: unit}, line=Decimal(1))
    lines = plotted(bars, width, height)
    assert len(lines) <= max(0, height) and all(cells(line) <= width for line in lines)
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for line in lines for character in line)


def test_every_glyph_has_one_of_its_own_in_ascii() -> None:
    glyphs = [BILLED, ESTIMATED, FORECAST, AZURE, UNKNOWN, CREDIT, LINE, " "]
    assert len(set(in_ascii(glyphs))) == len(glyphs)


class ChartApp(FrugalApp):
    """A chart alone."""

    def __init__(self, *, colour: bool = True) -> None:
        super().__init__()
        self.chart = Chart()
        if not colour:
            self._filters = [NoColor()]

    def compose(self) -> ComposeResult:
        yield self.chart


async def drawn(app: App[None]) -> None:
    await app.workers.wait_for_complete()


async def test_the_widget_draws_again_only_when_something_is_different() -> None:
    found = month(daily([10] * 9, CPU, MACHINES, first=FIRST), None)
    app = ChartApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.chart.show(cost_charts.title_by_day(found), cost_charts.by_day(found))
        await drawn(app)
        await pilot.pause()
        first = app.chart.plain
        assert "Nov by day" in first and BILLED in first and "$20.00┤" in first
        painted: list[object] = []
        app.chart.refresh = lambda *regions, **how: painted.append(regions)  # type: ignore[method-assign]
        app.chart.show(cost_charts.title_by_day(found), cost_charts.by_day(found))
        await drawn(app)
        assert painted == [] and app.chart.plain == first
        app.chart.show(cost_charts.title_by_day(found), None, "nothing [bold]is\x1b known")
        assert painted and "$20.00┤" not in app.chart.plain


async def test_without_colour_and_with_markup_in_a_sentence_it_says_the_same() -> None:
    app = ChartApp(colour=False)
    async with app.run_test(size=(40, 12)) as pilot:
        app.chart.show([(" [red]title\x1b[31m ", "bold")], None, "no [b]bill\x9b was read")
        await pilot.pause()
        text = "\n".join("".join(segment.text for segment in app.chart.render_line(line)).rstrip() for line in range(3))
        assert text == " [red]title␛[31m\n no [b]bill· was read\n"
        app.chart.show([(" title", "")], Bars((bar(3), bar(1, glyph=FORECAST)), "USD"))
        await drawn(app)
        await pilot.pause()
        segments = [segment for line in range(10) for segment in app.chart.render_line(line)]
        assert any(BILLED in segment.text for segment in segments) and any(FORECAST in segment.text for segment in segments)


def test_an_axis_ends_at_a_number_that_is_easily_read() -> None:
    for most, top in (("0.03", "0.03"), ("7", "8"), ("101", "120"), ("4310", "5k"), ("98765", "100k")):
        lines = plotted(Bars((bar(most),), "USD"), 40, 9)
        label = lines[0].split("┤")[0].strip()
        assert label.replace(".0k", "k") in {f"${top}", money(Decimal(top), "USD") if "k" not in top else ""}, label
