"""Reports of costs: which days they are about, and that lines, totals and what they are compared with are the bill's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from console.domain.billing.breakdown import by
from console.domain.billing.cost_report import Line, Span, billed_lines, covered, cut, moved, totals
from console.domain.billing.questions import METER, RESOURCE
from console.domain.billing.windows import Window
from tests.domain.billing.bills import A100, NLP, STORE, bill, charge, daily

SETTLED, TODAY = date(2026, 8, 28), date(2026, 8, 31)
NOW, BEFORE = Window(date(2026, 8, 22), SETTLED), Window(date(2026, 8, 15), date(2026, 8, 21))
BILL = bill([*daily([10] * 21 + [20] * 10, A100, "VM"), *daily([1] * 31, STORE, "Storage"), *daily([0] * 21 + [5], NLP.id, "ML")])


@pytest.mark.parametrize(
    ("span", "settled", "now", "before"),
    [
        (Span.WEEK, SETTLED, NOW, BEFORE),
        (Span.DAYS_30, SETTLED, Window(date(2026, 7, 30), SETTLED), Window(date(2026, 6, 30), date(2026, 7, 29))),
        (Span.MONTH, SETTLED, Window(date(2026, 8, 1), SETTLED), Window(date(2026, 7, 1), date(2026, 7, 28))),
        (Span.MONTH, date(2026, 7, 30), Window(date(2026, 8, 1), date(2026, 8, 1)), Window(date(2026, 7, 1), date(2026, 7, 1))),
        (Span.LAST_MONTH, SETTLED, Window(date(2026, 7, 1), date(2026, 7, 31)), Window(date(2026, 6, 1), date(2026, 6, 30))),
    ],
)
def test_a_span_is_of_whole_days(span: Span, settled: date, now: Window, before: Window) -> None:
    assert span.windows(settled, TODAY) == (now, before)


def test_totals_and_lines_are_those_of_the_days() -> None:
    (total,) = totals([BILL], NOW, BEFORE)
    assert (total.cost, total.before, total.change) == (Decimal(152), Decimal(77), Decimal(75))
    lines = billed_lines([BILL], METER, NOW, BEFORE)
    assert [(each.name, each.cost, each.before) for each in lines] == [("VM", 140, 70), ("Storage", 7, 7), ("ML", 5, 0)]
    assert sum(each.share or 0 for each in lines) == 1


def test_what_was_only_there_before_is_a_line_too() -> None:
    lines = billed_lines([BILL], RESOURCE, Window(date(2026, 8, 29), date(2026, 8, 31)), NOW)
    gone = next(each for each in lines if each.name == NLP.id.lower())
    assert (gone.cost, gone.before, gone.change) == (0, 5, -5)


def test_nothing_is_compared_with_days_that_were_not_asked_about() -> None:
    assert covered([BILL], NOW) and not covered([BILL], Window(date(2026, 7, 31), date(2026, 8, 3)))
    assert not covered([], NOW)
    (total,) = totals([BILL], NOW, None)
    assert total.before is None and total.change is None


def test_currencies_stay_apart() -> None:
    mixed = bill([charge(1, A100, "VM", day=SETTLED), charge(2, A100, "VM", day=SETTLED, currency="EUR")])
    assert [(each.currency, each.cost) for each in totals([mixed], NOW, BEFORE)] == [("EUR", 2), ("USD", 1)]
    assert {(each.currency, each.cost, each.share) for each in billed_lines([mixed], METER, NOW, BEFORE)} == {
        ("EUR", Decimal(2), None),
        ("USD", Decimal(1), None),
    }


def test_the_biggest_change_moves_first() -> None:
    found = moved(by(cut([BILL], BEFORE), RESOURCE), by(cut([BILL], NOW), RESOURCE), lambda name: name.rsplit("/", 1)[-1])
    assert found == (
        Line(name="a100", currency="USD", cost=Decimal(140), before=Decimal(70)),
        Line(name="nlp", currency="USD", cost=Decimal(5), before=Decimal(0)),
    )
