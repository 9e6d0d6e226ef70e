"""Movers, spikes and tags: what changed, which days stand out, and what bears no tag."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from console.domain.billing.bill import Charge
from console.domain.billing.breakdown import by
from console.domain.billing.cost_report import cut
from console.domain.billing.movers import Move, moves
from console.domain.billing.questions import METER, RESOURCE
from console.domain.billing.spikes import DailyCosts, Spike
from console.domain.billing.sums import NOTHING, Sum
from console.domain.billing.tags import TaggedSince, by_tag, tag
from console.domain.billing.windows import Window, week_over_week
from tests.domain.billing.bills import A100, FIRST, LAST, STORE, bill, charge, daily

MONTH = Window(FIRST, LAST)


def test_movers_come_with_the_biggest_change_first() -> None:
    now, before = week_over_week(date(2026, 8, 14))
    charges = [
        *daily([10] * 7 + [60] * 7, A100, ""),
        *daily([5] * 14, STORE, ""),
        *daily([30] * 7, "/gone", ""),
        *daily([8] * 7, "/new", "", first=date(2026, 8, 8)),
        *daily([9] * 7 + [8] * 7, "/fell", "", currency="EUR"),
        charge(1000, A100, "", day=date(2026, 8, 20)),
    ]
    found = moves(*(by(cut([bill(charges)], each), RESOURCE) for each in (before, now)))
    assert [(each.key, each.change, each.before) for each in found] == [
        (A100, 350, 70),
        ("/gone", -210, 210),
        ("/new", 56, 0),
        ("/fell", -7, 63),
    ]
    assert found[-1] == Move("/fell", "EUR", Decimal(63), Decimal(56))


def spikes(*lines: list[Charge], window: Window = MONTH) -> tuple[Spike, ...]:
    days = DailyCosts()
    for line in lines:
        days.add(line, 0, 1)
    return days.spikes(window)


def test_a_day_that_stands_out_is_found_with_its_meter() -> None:
    usual = [70, 80, 75, 77, 73, 20, 25] * 4
    burst = [*daily([*usual[:20], 75, 612, 540, *usual[23:]], A100, "Virtual Machines"), *daily([2] * 28, A100.upper(), "Storage")]
    assert spikes(burst, daily([100] * 28, STORE, "Storage")) == (
        Spike(
            resource_id=A100,
            currency="USD",
            first=date(2026, 8, 22),
            last=date(2026, 8, 23),
            cost=Decimal(1156),
            usual=Decimal(75),
            meter="Virtual Machines",
        ),
    )
    found = spikes(burst)[0]
    assert (found.days, found.excess) == (2, Decimal(1006)) and found.times == Decimal(1156) / 2 / 75


def test_a_spike_is_seen_among_ups_and_downs() -> None:
    wild = [970, 905, 1321, 451, 398, 500, 723, 1387, 535, 682, 555, 852, 349, 277, 898, 1004, 839, 585, 2691, 126, 1133, 427, 1372]
    assert [(each.first, each.cost) for each in spikes(daily(wild, A100, "vm"))] == [(date(2026, 8, 19), 2691)]
    risen = [10, 10, 34, 10, 10, 33, 10, 10, 35, 10, 10, 10, 100, 10, 10, 10, 10]
    assert [each.cost for each in spikes(daily(risen, A100, "vm"))] == [100], "three lesser rises are a habit, the great one is none"


@pytest.mark.parametrize(
    "costs",
    [
        [70, 80, 75, 77, 73, 20, 25] * 4,  # a working week
        [10] * 28,
        [100, 150, 60, 180, 90, 120, 140] * 4,
        ["", "", "", "", "", "", 500] * 4,  # a cluster that works once a week
        [1] * 26 + [2, 2],
        [""] * 26 + [5] * 4 + [500],  # too few days to know what is usual
        [""] * 20 + [300] * 3,  # new, and gone again
    ],
)
def test_what_is_usual_is_no_spike(costs: list[str | int]) -> None:
    assert spikes(daily(costs, A100, "vm"), daily([40] * 28, STORE, "")) == ()


def test_a_spike_that_is_small_beside_the_whole_bill_is_nobodys_concern() -> None:
    small = daily([1] * 20 + [9] + [1] * 7, A100, "vm")
    assert len(spikes(small)) == 1
    assert spikes(small, daily([1000] * 28, STORE, "")) == ()


def test_a_spike_is_looked_for_in_the_days_asked_for_only() -> None:
    late = daily([10] * 27 + [400], A100, "vm")
    assert len(spikes(late)) == 1
    assert spikes(late, window=Window(FIRST, date(2026, 8, 27))) == (), "the last day may not be whole yet"
    once = daily([""] * 8 + [300], A100, "vm", first=date(2026, 8, 2)) + daily([10], A100, "vm")
    assert [each.usual for each in spikes(once)] == [0] and spikes(once)[0].times is None


def test_a_tag_tells_what_bears_none_and_since_when_the_rest_does() -> None:
    charges = [
        *daily([10, 10], A100, ""),
        *daily([10, 10], A100.upper(), "re/search ü", first=date(2026, 8, 3)),
        *daily([5, 5, 5], STORE, ""),
        charge(5, "/always", "ops"),
        charge(7, "/untagged again", "ops"),
        charge(7, "/untagged again", "", day=date(2026, 8, 9)),
        charge(-3, "", ""),
    ]
    found = by_tag([bill(charges, (RESOURCE, tag("team")))], "team")
    assert {row.key: row.spent.of("USD") for row in found.values.rows} == {"": 42, "re/search ü": 20, "ops": 12}
    assert found.values.share(found.values.of("")) == Decimal(42) / 74
    assert found.since == (TaggedSince(A100, "re/search ü", date(2026, 8, 3), Sum({"USD": Decimal(20)})),)
    alone = by_tag([bill([charge(1, "ops", "vm")], (tag("team"), METER))], "team")
    assert (alone.since, alone.values.of("").cost) == ((), NOTHING), "without resources nobody tells since when"
    with pytest.raises(ValueError, match="is not by team"):
        by_tag([bill([])], "team")
