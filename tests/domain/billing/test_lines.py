"""Cost lines: billed and estimated parts, what moved, and their order."""

from __future__ import annotations

from decimal import Decimal

from console.domain.billing.breakdown import Breakdown, Row
from console.domain.billing.lines import REST, Billed, CostLine, Dimension, Live, Spent, Words, lines, moved_text
from console.domain.billing.ranges import Days, Range
from console.domain.billing.sums import NOTHING, Sum
from console.domain.figures import Confidence, Figure, unknown


def usd(amount: str) -> Sum:
    return Sum({"USD": Decimal(amount)})


def bill(**costs: str) -> Breakdown:
    return Breakdown(tuple(Row(REST if key == "rest" else key, usd(cost)) for key, cost in costs.items()))


def guess(amount: str, missing: int = 0) -> Figure:
    return Figure(Decimal(amount), "USD", "list price", Confidence.ESTIMATED, missing=missing)


def made(billed: Billed | None, live: dict[str, Live] | None = None) -> dict[str, CostLine]:
    return {line.key: line for line in lines(Dimension.COMPUTE, Range.WEEK, Days(), billed, live or {}, Words)}


def test_what_is_billed_is_drawn_bare_and_whole_days_are_joined_with_an_estimate_of_the_others() -> None:
    billed = Billed(bill(a="12.40", b="3"), bill(a="10", b="3"), bill(a="4", c="5"))
    found = made(billed, {"a": Live(estimated=guess("2.50")), "b": Live(estimated=unknown("USD", "no price"))})
    assert {key: line.spent.text() for key, line in found.items()} == {"a": "≈$12.50", "b": "$3.00", "c": "–"}
    assert not found["a"].spent.firm and found["b"].spent.firm


def test_only_billed_days_are_compared_with_billed_days() -> None:
    found = made(Billed(bill(a="12.40"), bill(a="10"), bill(a="4", c="5")), {"a": Live(estimated=guess("2.50"))})
    assert {key: moved_text(line.moved) for key, line in found.items()} == {"a": "+$6.00", "c": "-$5.00"}
    assert found["a"].drift > found["c"].drift
    assert made(Billed(bill(a="1"), bill(a="1")))["a"].moved is None


def test_estimates_are_compared_where_no_bill_tells_of_the_range() -> None:
    (line,) = made(None, {"a": Live(estimated=guess("3"), before=guess("5"))}).values()
    assert (line.spent.text(), moved_text(line.moved, estimate=True)) == ("≈$3.00", "≈-$2.00")


def test_nothing_known_is_no_zero() -> None:
    assert Spent().text() == "?"
    assert Spent(None, unknown("USD", "no price")).text() == "?"
    assert Spent(None, guess("2", missing=1)).text() == "≈$2.00+?"
    assert Spent(NOTHING).text() == "–"


def test_currencies_are_never_summed() -> None:
    both = Spent(Sum({"EUR": Decimal(12)}), guess("3"))
    assert both.text() == "≈€12.00 + ≈$3.00"
    billed = Breakdown((Row("a", Sum({"EUR": Decimal(12)})), Row("b", usd("3"))))
    found = made(Billed(billed, billed))
    assert {line.share for line in found.values()} == {None}
    assert {line.weight for line in found.values()} == {Decimal(1)}, "each is all of its currency"


def test_the_dearest_leads_and_the_rest_comes_last() -> None:
    billed = bill(a="1", b="5", rest="90")
    assert list(made(Billed(billed, billed), {"z": Live()})) == ["b", "a", "z", REST]
    assert sum(line.share or Decimal(0) for line in made(Billed(billed, billed)).values()) == 1


def test_a_change_carries_its_sign() -> None:
    assert moved_text(Sum({"EUR": Decimal(-3), "USD": Decimal(2)})) == "-€3.00 +$2.00"
    assert (moved_text(usd("0")), moved_text(None)) == ("=", "")
