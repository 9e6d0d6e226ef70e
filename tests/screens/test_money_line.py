"""The money line: what it says of a month, shortly and at length, and that nothing unknown is drawn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from console.domain.billing.account_bill import AccountBill
from console.domain.billing.estimate import Band
from console.domain.billing.month import Month, month_of
from console.domain.figures import Confidence, Figure, unknown
from console.text import safe
from screens.widgets import meter_words, money_line, month_words
from screens.widgets.status_line import Part, StatusLine
from tests.domain.billing.bills import STORE, daily
from tests.domain.billing.spans import PRICES, at, cluster, span
from tests.domain.billing.test_budgets import GROUP, budget
from tests.domain.billing.test_month import CPU, FIRST, MACHINES, account, month

TODAY = Band(Figure(Decimal("201.4"), "USD", "list", Confidence.ESTIMATED), Decimal(180), Decimal(210))
NOT_KNOWN = Band(unknown("USD", "no price"), None, None)


def text(parts: list[Part]) -> str:
    return "".join(each for each, _ in parts)


def spent(per_day: int = 100, amount: int = 1200, **fields: Any) -> Month:
    """Nine billed days, so that some nine hundred are spent by the tenth."""
    machine = cluster(span(-24, 12, 0.0), compute_id=CPU)
    charges = daily([per_day] * 9, STORE, "Storage", first=FIRST)
    return month(charges, [machine], budgets=[budget("b", GROUP, amount=Decimal(amount), **fields)])


def test_at_length() -> None:
    found = money_line.long(TODAY, spent(), 60.0)
    assert text(found) == " │ today ≈$201 │ Nov ≈$950 of $1,200 ▓▓▓▓▓▓▓░░░ 79% fc ≈$3,000"
    assert ("fc ", "muted") in found and ("≈$3,000", "warn") in found, "it passes the budget"
    assert text(money_line.long(None, spent(), 5 * 3600.0)).endswith("fc ≈$3,000 4h old")


def test_shortly() -> None:
    whole = text(money_line.short(TODAY, spent(per_day=478, amount=6000), 40))
    assert whole == "│≈$201 today│MTD 4.5k/6k 75%"
    assert text(money_line.short(TODAY, spent(per_day=478, amount=6000), len(whole) - 1)) == "│MTD 4.5k/6k 75%"
    assert text(money_line.short(TODAY, spent(per_day=478, amount=6000), 15)) == "│≈$201 today"
    assert money_line.short(TODAY, spent(), 5) == []


@pytest.mark.parametrize(
    ("grain", "at_length", "shortly"),
    [("Annually", "2026 $900 of $1,200 75%", " 2026 75%"), ("Quarterly", "Q4 2026 $900 of", " Q4 2026 75%")],
)
def test_a_longer_budget_stands_beside_the_month(grain: str, at_length: str, shortly: str) -> None:
    found = spent(grain=grain, spent=Decimal(900))
    assert f"Nov ≈$950 fc ≈$3,000 │ {at_length}" in text(money_line.long(None, found, None))
    assert text(money_line.short(None, found, 40)) == f"│MTD ≈$950{shortly}"


def test_what_is_not_known_is_left_out() -> None:
    unread = month_of(account(), AccountBill(unit="USD"), [], None, PRICES, at(12))
    assert money_line.long(NOT_KNOWN, unread, None) == [] and money_line.short(NOT_KNOWN, unread, 80) == []
    assert money_line.long(None, None, None) == [] and money_line.short(None, None, 80) == []
    assert "of" not in text(month_words.spent(month(daily([1] * 9, STORE, "Storage", first=FIRST), None, budgets=[]))).split()


def test_other_currencies_are_told_beside_and_never_added() -> None:
    charges = [
        *daily([10] * 9, CPU, MACHINES, first=FIRST, currency="EUR"),
        *daily([1] * 9, STORE, "Storage", first=FIRST, currency="NOK"),
    ]
    found = month(charges, None)
    assert text(month_words.spent(found)).startswith("Nov ≈€80.00+? + NOK 9.00")


@pytest.mark.parametrize(
    ("amount", "words", "look"),
    [
        (700, "over budget since 8 Nov", "bad"),
        (1200, "over budget 13 Nov", "warn"),
        (9000, "within budget", "muted"),
    ],
)
def test_the_day_on_which_a_budget_is_passed(amount: int, words: str, look: str) -> None:
    found = month_words.passing(spent(amount=amount))
    assert text(found) == words and found[0][1] == look
    assert month_words.passing(month([], None, budgets=[])) == []


def test_a_bar_is_full_only_where_all_is_spent() -> None:
    assert [month_words.bar(Decimal(used)) for used in ("0", "0.999", "1", "1.7")] == ["░" * 10, "▓" * 9 + "░", "▓" * 10, "▓" * 10]
    assert [month_words.look_of(Decimal(used)) for used in ("0.5", "0.9", "1", "1.01")] == ["bold", "warn", "warn", "bad"]


def test_the_band_of_today_is_told_where_it_is_one() -> None:
    assert text(meter_words.today(TODAY)) == "  today ≈$201 ($180 to $210)"
    sure = Band(TODAY.figure, TODAY.figure.value, TODAY.figure.value)
    assert text(meter_words.today(sure)) == "  today ≈$201"
    assert text(meter_words.today(Band(TODAY.figure, Decimal(180), None))) == "  today ≈$201 (or more)"
    assert text(meter_words.today(NOT_KNOWN)) == text(meter_words.today(None)) == "  today ?"


def test_the_dearest_are_those_that_burn_and_names_are_data() -> None:
    def rate(value: int) -> Figure:
        return Figure(Decimal(value), "USD/h", "list", Confidence.ESTIMATED)

    found = meter_words.dearest([("a", rate(1)), ("x\x1b[31m[b]", rate(3)), ("idle", rate(0)), ("attached", None), ("z", rate(3))], 2)
    line = StatusLine(meter_words.top(found))
    assert "".join(safe(part) for part, _ in line._left) == " top x␛[31m[b] ≈$3.00, z ≈$3.00"
