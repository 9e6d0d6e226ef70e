"""Breakdowns: every row adds up to the bill to the last digit, in whatever case Azure spells its ids, with credits told apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.billing.bill import Charge
from console.domain.billing.breakdown import Row, Tally, by, merged
from console.domain.billing.days import by_day
from console.domain.billing.questions import METER, RESOURCE, Grouping
from console.domain.billing.sums import NOTHING, Sum, summed, together
from console.domain.billing.windows import Window, month_before, month_of, month_to_date, week_over_week, within
from tests.domain.billing.bills import A100, FIRST, STORE, bill, charge, daily
from tests.properties import steady

BILL = bill(
    [
        charge("30.10", A100, "Virtual Machines"),
        charge("9.90", A100.upper(), "Virtual Machines", day=date(2026, 8, 3)),
        charge("5", A100, "Storage"),
        charge("20", STORE, "Storage", day=date(2026, 8, 3)),
        charge("-12", "", "Credits"),
        charge("400", "", "", forecast=True),
    ]
)


def dollars(amount: str) -> Sum:
    return Sum({"USD": Decimal(amount)})


def test_a_bill_by_resource_and_by_meter() -> None:
    resources = by([BILL], RESOURCE)
    assert [(row.key, row.cost) for row in resources.rows] == [
        (A100, dollars("45.00")),
        (STORE.lower(), dollars("20")),
        ("", dollars("-12")),
    ]
    assert (resources.cost, resources.credits, resources.spent) == (dollars("53.00"), dollars("-12"), dollars("65.00"))
    assert resources.share(resources.rows[0]) == Decimal(45) / 65, "credits hide nothing of what was spent"
    meters = by([BILL], METER)
    assert {row.key: row.cost for row in meters.rows} == {
        "Virtual Machines": dollars("40.00"),
        "Storage": dollars("25"),
        "Credits": dollars("-12"),
    }
    assert meters.of("Nothing") == Row("Nothing", NOTHING)
    kinds = by([BILL], METER, label=lambda name: "machines" if name == "Virtual Machines" else "rest")
    assert [(row.key, row.cost, row.credits) for row in kinds.rows] == [
        ("machines", dollars("40.00"), NOTHING),
        ("rest", dollars("13"), dollars("-12")),
    ]
    with pytest.raises(ValueError, match="is not by ServiceName"):
        by([BILL], Grouping("ServiceName"))


def test_a_bill_has_its_days_without_a_gap() -> None:
    days = by_day(BILL.charges)
    assert days == {FIRST: dollars("23.10"), date(2026, 8, 2): NOTHING, date(2026, 8, 3): dollars("29.90")}
    assert list(days) == sorted(days) and by_day([]) == {}
    assert together(days.values()) == summed(BILL.charges) == dollars("53.00")


def test_currencies_stay_apart_and_are_put_in_order_without_a_rate() -> None:
    charges = [charge(900, "a", ""), charge(100, "b", ""), charge(40, "c", "", currency="EUR"), charge(60, "a", "", currency="EUR")]
    rows = by([bill(charges)], RESOURCE)
    assert [(row.key, row.cost.amounts) for row in rows.rows] == [
        ("a", {"USD": Decimal(900), "EUR": Decimal(60)}),
        ("c", {"EUR": Decimal(40)}),
        ("b", {"USD": Decimal(100)}),
    ]
    assert [rows.share(row) for row in rows.rows] == [None, None, None]


costs = st.decimals(-1_000, 1_000, places=6, allow_nan=False)
charges_of_all_sorts = st.lists(
    st.builds(
        Charge,
        costs,
        st.sampled_from(["USD", "EUR"]),
        st.integers(20260801, 20260831),
        st.tuples(st.sampled_from(["/A", "/a", "/b/", ""]), st.sampled_from(["x", "y"])),
        st.booleans(),
    ),
    max_size=30,
)


@steady
@given(charges_of_all_sorts, st.integers(0, 30))
def test_every_breakdown_adds_up_to_the_bill(charges: list[Charge], cut: int) -> None:
    whole = summed(charges)
    for found in (by([bill(charges)], RESOURCE), by([bill(charges)], METER)):
        assert found.cost == whole
        assert all(amount <= 0 for amount in found.credits.amounts.values())
        assert all(found.spent.of(each) + found.credits.of(each) == whole.of(each) for each in whole.currencies)
    for currency in whole.currencies:
        assert sum(day.of(currency) for day in by_day(charges).values()) == whole.of(currency)
    tally = Tally(1)
    tally.add(charges[:cut])
    tally.add(charges[cut:])
    assert tally.done() == by([bill(charges)], METER)
    assert merged((*by([bill(charges[:cut])], METER).rows, *by([bill(charges[cut:])], METER).rows)).cost == whole


def test_windows_are_compared_with_as_many_days_before() -> None:
    assert week_over_week(date(2026, 8, 9)) == (
        Window(date(2026, 8, 3), date(2026, 8, 9)),
        Window(date(2026, 7, 27), date(2026, 8, 2)),
    )
    assert month_to_date(date(2026, 3, 10)) == (Window(date(2026, 3, 1), date(2026, 3, 10)), Window(date(2026, 2, 1), date(2026, 2, 10)))
    assert month_to_date(date(2026, 3, 31))[1] == Window(date(2026, 2, 1), date(2026, 2, 28)), "February has no 31 days to compare with"
    assert (month_before(date(2026, 1, 9)).first, month_of(date(2028, 2, 9)).last) == (date(2025, 12, 1), date(2028, 2, 29))


def test_a_window_cuts_days_out_of_bills() -> None:
    bills = [bill(daily([1, 2, 4, 8], "a", "")), bill([charge(100, "a", "", forecast=True, day=date(2026, 8, 2))])]
    assert [each.cost for each in within(bills, Window(date(2026, 8, 2), date(2026, 8, 3)))] == [2, 4]
