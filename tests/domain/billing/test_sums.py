"""Sums: currencies are never added, and amounts read as money does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.billing.amounts import Form, figure, money, percent, sum_of, typed, untimed
from console.domain.billing.sums import NOTHING, Sum, summed, together
from console.domain.figures import Confidence, Figure, unknown
from tests.domain.billing.bills import charge
from tests.properties import steady

BOTH = Sum({"USD": Decimal(300), "EUR": Decimal(20)})


def test_a_sum_of_several_currencies_has_no_one_amount() -> None:
    assert summed([charge(3, currency="EUR"), charge("1.10"), charge("2.20"), charge(99, forecast=True)]) == Sum(
        {"USD": Decimal("3.30"), "EUR": Decimal(3)}
    )
    assert (BOTH.currency, BOTH.currencies, BOTH.mixed) == ("", ("EUR", "USD"), True)
    dollars = Sum({"USD": Decimal(75)})
    assert (dollars.currency, dollars.mixed) == ("USD", False)
    assert (NOTHING.currency, NOTHING.currencies) == ("", ()), "nothing billed has no amount to show"


def test_a_share_is_told_within_one_currency_only() -> None:
    dollars = Sum({"USD": Decimal(75)})
    assert dollars.share_of(Sum({"USD": Decimal(300)})) == Decimal("0.25")
    assert NOTHING.share_of(dollars) == 0
    assert dollars.share_of(BOTH) is None and BOTH.share_of(BOTH) is None and dollars.share_of(Sum({"EUR": Decimal(1)})) is None
    assert dollars.share_of(Sum({"USD": Decimal(0)})) is None
    assert Sum({"EUR": Decimal(10)}).weight_in(BOTH) == Decimal("0.5"), "half of all euros weighs more than a quarter of the dollars"
    assert dollars.weight_in(BOTH) == Decimal("0.25") and NOTHING.weight_in(BOTH) == 0


sums = st.builds(
    Sum, st.dictionaries(st.sampled_from(["USD", "EUR", "CHF"]), st.decimals(-10_000, 10_000, places=4, allow_nan=False), max_size=3)
)


@steady
@given(st.lists(sums, max_size=6))
def test_each_currency_adds_up_by_itself(parts: list[Sum]) -> None:
    whole = together(parts)
    for currency in ("USD", "EUR", "CHF"):
        assert whole.of(currency) == sum((part.of(currency) for part in parts), Decimal(0))
    paired = NOTHING
    for part in parts:
        paired = paired.plus(part)
    assert paired == whole
    for part in parts:
        paired = paired.minus(part)
    assert not any(paired.amounts.values()) and paired.currencies == whole.currencies, "what moved by nothing is told in its currency"


@pytest.mark.parametrize(
    ("value", "currency", "form", "text"),
    [
        ("4310.254", "USD", Form.CENTS, "$4,310.25"),
        ("4310.5", "USD", Form.WHOLE, "$4,311"),
        ("99.994", "USD", Form.WHOLE, "$99.99"),
        ("99.995", "USD", Form.WHOLE, "$100"),
        ("4310.25", "USD", Form.SHORT, "$4.3k"),
        ("999.4", "USD", Form.SHORT, "$999"),
        ("999.5", "USD", Form.SHORT, "$1.0k"),
        ("999949", "USD", Form.SHORT, "$999.9k"),
        ("999950", "USD", Form.SHORT, "$1.0M"),
        ("1234567890", "USD", Form.SHORT, "$1.2G"),
        ("12.5", "EUR", Form.SHORT, "€12.50"),
        ("4310", "CHF", Form.SHORT, "CHF 4.3k"),
        ("-12", "USD", Form.CENTS, "-$12.00"),
        ("0", "USD", Form.CENTS, "$0.00"),
        ("0.004", "USD", Form.CENTS, "<$0.01"),
        ("-0.004", "USD", Form.CENTS, "-<$0.01"),
        ("0.29", "USD/h", Form.CENTS, "$0.29/h"),
        ("219", "USD/month", Form.WHOLE, "$219/month"),
        ("7", "", Form.CENTS, "7.00"),
        (None, "USD", Form.CENTS, "?"),
    ],
)
def test_money_is_written_as_one_reads_it(value: str | None, currency: str, form: Form, text: str) -> None:
    assert money(None if value is None else Decimal(value), currency, form) == text


def test_only_what_is_estimated_carries_the_mark() -> None:
    def drawn(confidence: Confidence, missing: int = 0) -> str:
        return figure(Figure(Decimal("1.5"), "USD/h", "s", confidence, None, missing))

    assert [drawn(each) for each in (Confidence.BILLED, Confidence.OBSERVED)] == ["$1.50/h"] * 2
    assert [drawn(each) for each in (Confidence.RECONSTRUCTED, Confidence.ESTIMATED)] == ["≈$1.50/h"] * 2
    assert drawn(Confidence.ESTIMATED, 2) == "≈$1.50/h+?"
    assert figure(unknown("USD/h", "s")) == "?" and money(Decimal(0), "USD", missing=1) == "?"


def test_a_figure_is_told_without_its_time_where_that_is_said_beside_it() -> None:
    assert untimed(Figure(Decimal("1.5"), "USD/h", "s", Confidence.RECONSTRUCTED, None, 2)) == "≈$1.50+?"
    assert untimed(Figure(Decimal(1500), "EUR/month", "s"), Form.WHOLE) == "€1,500" and untimed(unknown("USD/h", "s")) == "?"
    assert (sum_of(BOTH), sum_of(NOTHING)) == ("€20.00 + $300.00", "–")
    assert [percent(each) for each in (Decimal("0.625"), Decimal("0.001"), Decimal(0), None)] == ["63%", "<1%", "0%", "?"]


@pytest.mark.parametrize(("text", "value"), [("1500", "1500"), (" $1,500.50 ", "1500.50"), ("€20", "20"), ("CHF 7", "7"), ("0.5", "0.5")])
def test_an_amount_is_read_as_it_is_typed(text: str, value: str) -> None:
    assert typed(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "-5", "1e3", "1500,50", "12,00", "NaN", "1.5.2", "five", "٣"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        typed(text)
