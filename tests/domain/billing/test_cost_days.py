"""Cost days: comparison with the same weekday, causes, estimates in place of what is not billed, and spikes of a line."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from console.domain.billing.bill import Charge
from console.domain.billing.cost_days import CostDay, by_cause, cost_days, spikes_of
from console.domain.billing.lines import CostLine, Dimension, moved_text
from console.domain.billing.ranges import Days, Range
from console.domain.billing.windows import Window, number
from console.domain.figures import Confidence, Figure

FIRST = date(2026, 10, 1)
LINE = CostLine(key="/gpu", dimension=Dimension.COMPUTE, over=Range.MONTH, days=Days(), name="gpu")


def charges(*of_days: str, meter: str = "Virtual Machines") -> list[Charge]:
    return [Charge(Decimal(cost), "USD", number(FIRST + timedelta(days=at)), (meter,)) for at, cost in enumerate(of_days)]


def days(found: list[Charge], settled: date, last: date, estimated: dict[date, Figure] | None = None) -> dict[int, CostDay]:
    made = cost_days(LINE, Window(FIRST, last), settled, by_cause(found, 0), estimated or {})
    assert [each.day for each in made] == sorted((each.day for each in made), reverse=True)
    return {each.day.day: each for each in made}


def test_a_day_is_compared_with_the_same_weekday_and_names_what_moved_it() -> None:
    found = [*charges("10", "10", "10", "10", "10", "10", "10", "25"), *charges(*["1"] * 8, meter="Storage")]
    made = days(found, FIRST + timedelta(days=7), FIRST + timedelta(days=7))
    assert (moved_text(made[8].moved), made[8].cause, moved_text(made[8].caused)) == ("+$15.00", "Virtual Machines", "+$15.00")
    assert made[7].moved is None and made[7].cause == "", "no day a week before was asked for"
    assert (made[8].part, made[8].spent.text()) == (Decimal(1), "$26.00")


def test_what_is_not_whole_is_estimated_and_compared_with_nothing() -> None:
    last = FIRST + timedelta(days=8)
    guess = Figure(Decimal(30), "USD", "list price", Confidence.ESTIMATED)
    made = days(charges(*["10"] * 8, "2"), FIRST + timedelta(days=7), last, {last: guess})
    assert (made[9].spent.text(), made[9].whole, made[9].moved) == ("≈$30.00", False, None)
    bare = days(charges(*["10"] * 8, "2"), FIRST + timedelta(days=7), last)
    assert (bare[9].spent.text(), bare[9].moved) == ("$2.00", None)


def test_a_fall_names_what_fell() -> None:
    made = days([*charges("20", *["10"] * 6, "5"), *charges(*["1"] * 8, meter="Storage")], FIRST + timedelta(days=7), FIRST + timedelta(7))
    assert (moved_text(made[8].moved), made[8].cause) == ("-$15.00", "Virtual Machines")


def test_a_spike_of_a_line_is_seen_over_all_that_it_is_made_of() -> None:
    found = [*charges(*["10"] * 12, "90", *["10"] * 5), *charges(*["3"] * 18, meter="Storage")]
    window = Window(FIRST, FIRST + timedelta(days=17))
    (spike,) = spikes_of(LINE, found, 0, window)
    assert (spike.first, spike.meter, spike.cost) == (FIRST + timedelta(days=12), "Virtual Machines", Decimal(93))
    made = cost_days(LINE, window, window.last, by_cause(found, 0), {}, [spike])
    assert [each.day for each in made if each.spike] == [spike.first]
