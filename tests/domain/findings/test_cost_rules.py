"""What the rules say of bills and budgets, and what they keep silent about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from console.domain.billing.budget_choice import Choice
from console.domain.billing.resource_names import ResourceName
from console.domain.billing.spikes import Spike
from console.domain.billing.sums import NOTHING, Sum
from console.domain.figures import Confidence
from console.domain.findings.costs import mixed, pressing, spiked, unbudgeted
from console.domain.findings.finding import Remedy, Severity, Source
from tests.domain.billing.bills import A100, NLP
from tests.domain.billing.test_budgets import ACTION_GROUP, TODAY, budget, told

A100_NAME = ResourceName("A100", "cluster", "nlp", False)
SPIKE = Spike(
    resource_id=A100,
    currency="USD",
    first=date(2026, 8, 9),
    last=date(2026, 8, 9),
    cost=Decimal(612),
    usual=Decimal(75),
    meter="Virtual Machines",
)


def test_a_spike_tells_when_how_much_and_of_what() -> None:
    found = spiked(SPIKE, A100_NAME, TODAY)
    assert found is not None and (found.subject_id, found.subject_name, found.about) == (A100, "A100", "cost")
    assert found.claim == "A100 cost $612.00 on 2026-08-09, 8.2 times its usual $75.00 a day."
    told_by = [(each.sentence, each.source) for each in found.evidence]
    assert told_by == [
        ("cluster of nlp, deleted: $612.00 billed on 2026-08-09, $537.00 more than usual (median $75.00 a day)", Source.BILL),
        ("What rose most is Virtual Machines", Source.BILL),
    ]
    assert found.confidence is Confidence.BILLED and found.cost is None, "it is over: nothing of it goes on by the hour"


def test_each_spike_is_a_finding_of_its_own_for_two_weeks() -> None:
    later = msgspec.structs.replace(SPIKE, first=date(2026, 8, 12), last=date(2026, 8, 13), usual=Decimal(0), meter="")
    one, other = spiked(SPIKE, A100_NAME, TODAY), spiked(later, A100_NAME, TODAY)
    assert one is not None and other is not None and one.id != other.id, "who accepts one has not accepted the next"
    assert other.claim == "A100 cost $612.00 from 2026-08-12 to 2026-08-13; on most days it costs nothing."
    assert spiked(SPIKE, A100_NAME, SPIKE.last + timedelta(days=14)) is not None
    assert spiked(SPIKE, A100_NAME, SPIKE.last + timedelta(days=15)) is None


def test_a_workspace_without_a_budget_is_told_with_what_it_costs() -> None:
    found = unbudgeted(NLP.ref, Choice(), Sum({"USD": Decimal("1234.5")}), 2)
    assert found is not None and found.remedy is Remedy.BUDGET and found.severity is Severity.NOTE and found.subject_id == NLP.id
    assert [each.sentence for each in found.evidence] == [
        "2 budgets found: no filter names it, and none is on rg-ml",
        "$1,234.50 billed for it this month",
    ]
    for unknown in (None, NOTHING):
        bare = unbudgeted(NLP.ref, Choice(), unknown, 0)
        assert bare is not None and [each.source for each in bare.evidence] == [Source.BUDGETS]
    assert unbudgeted(NLP.ref, Choice(budget()), None, 1) is None


@pytest.mark.parametrize(
    ("spent", "forecast", "what", "severity"),
    [
        ("899.99", None, None, None),
        ("899.99", "1000", None, None),
        ("900", None, "budget at 90 %", Severity.WARNING),
        ("920", "1230", "budget at 92 %", Severity.WARNING),
        ("999.99", "1000", "budget at 99 %", Severity.WARNING),
        ("300", "1000.01", "forecast over budget", Severity.WARNING),
        (None, "1500", "forecast over budget", Severity.WARNING),
        ("1000.01", "1500", "over budget", Severity.SERIOUS),
        (None, None, None, None),
    ],
)
def test_a_budget_presses_at_ninety_per_cent_or_when_the_forecast_passes_it(
    spent: str | None, forecast: str | None, what: str | None, severity: Severity | None
) -> None:
    given = budget(spent=None if spent is None else Decimal(spent), forecast=None if forecast is None else Decimal(forecast))
    found = pressing(given, TODAY)
    assert (found.what if found else None, found.severity if found else None) == (what, severity)


def test_a_pressing_budget_tells_its_thresholds_and_whom_they_tell() -> None:
    thresholds = (told("80", groups=(ACTION_GROUP,)), told("95", emails=("a@b.co",) * 5))
    given = budget("prod", currency="USD", spent=Decimal(920), forecast=Decimal("1230.4"), notifications=thresholds)
    found = pressing(given, TODAY)
    assert found is not None
    assert found.claim == "92 % of the $1,000 of prod is spent; the forecast is ≈$1,230, 123 %."
    assert [each.sentence for each in found.evidence][2:] == [
        "Threshold of 80 % passed: it tells ada@contoso.com, oncall",
        "The next threshold is 95 %: it tells a@b.co, a@b.co, a@b.co and 2 more",
    ]
    assert pressing(msgspec.structs.replace(given, end=date(2026, 8, 1)), TODAY) is None, "it has ended"


def test_mixed_currencies_are_told_once_for_a_scope() -> None:
    found = mixed("/subscriptions/5f0c", "contoso-prod", {"USD", "EUR"})
    assert found is not None and found.claim.startswith("contoso-prod is billed in EUR and USD")
    assert mixed("/subscriptions/5f0c", "contoso-prod", {"USD"}) is None
