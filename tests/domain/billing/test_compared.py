"""Bills and estimates of the same machines, whichever id Azure bills them under."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from console.domain.billing.bill import Bill, Charge
from console.domain.billing.compared import calibration
from console.domain.billing.estimate import fixed_rate
from console.domain.billing.questions import METER, RESOURCE, Grouping, Question
from console.domain.billing.usage import Span, Timeline
from console.domain.compute import VmSize
from console.domain.figures import Confidence

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/W"
NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
PRICES = {"eastus": {"A": VmSize(name="A", dedicated=Decimal(1)), "B": VmSize(name="B", dedicated=Decimal(2))}}
#: What is compared at NOW: three full days that the bill certainly has.
DAYS = (20261105, 20261106, 20261107)


def timeline(name: str = "c", size: str = "A", machines: float = 1.0, *, instance: bool = False) -> Timeline:
    spans = (Span(NOW - timedelta(days=20), NOW, machines, None, Confidence.RECONSTRUCTED),)
    return Timeline(
        compute_id=f"{WORKSPACE}/computes/{name}",
        name=name,
        vm_size=size,
        region="East US",
        instance=instance,
        public_ip=False,
        spans=spans,
    )


def charge(cost: str, day: int, scope: str = "/computes/C", meter: str = "Virtual Machines", currency: str = "USD") -> Charge:
    return Charge(Decimal(cost), currency, day, (f"{WORKSPACE.lower()}{scope.lower()}", meter))


def bill(*charges: Charge, asked: datetime = NOW, groupings: Sequence[Grouping] = (RESOURCE, METER), first: int = 1, last: int = 9) -> Bill:
    question = Question(scope="/subscriptions/s", first=date(2026, 11, first), last=date(2026, 11, last), groupings=tuple(groupings))
    return Bill(question=question, charges=charges, asked=asked)


def test_a_compute_that_is_billed_by_itself_is_compared_with_all_its_meters() -> None:
    whole = Decimal(24) * (1 + fixed_rate(timeline(instance=True)))
    charges = [charge("12", day) for day in DAYS] + [charge(str(whole - 12), day, meter="Storage") for day in DAYS]
    found = calibration([bill(*charges, charge("999", 20261109), charge("999", 20261101))], [timeline(instance=True)], PRICES)
    assert found is not None
    k, by_scope = found
    assert k.k.value == 1 and [int(f"{day:%Y%m%d}") for day in k.days] == list(DAYS)
    assert list(by_scope) == [f"{WORKSPACE.lower()}/computes/c"]


def test_a_workspace_whose_computes_are_not_billed_by_themselves_is_compared_as_a_whole() -> None:
    charges = [charge("36", day, "") for day in DAYS] + [charge("500", day, "", "Storage") for day in DAYS]
    found = calibration([bill(*charges)], [timeline(), timeline("d", "B")], PRICES)
    assert found is not None
    assert found[0].k.value == Decimal("0.5") and list(found[1]) == [WORKSPACE.lower()], "36 of 24 × (1 + 2)"


def test_what_else_a_workspace_is_billed_for_is_left_out_where_its_computes_are_billed() -> None:
    found = calibration([bill(*[charge("24.33", day) for day in DAYS], charge("7000", DAYS[0], ""))], [timeline()], PRICES)
    assert found is not None and found[0].k.value is not None
    assert abs(found[0].k.value - 1) < Decimal("0.01"), "a cluster has its load balancer beside its machine"


def test_a_day_that_the_bill_has_whole_and_nothing_on_it_cost_nothing() -> None:
    found = calibration([bill(charge("73", DAYS[0]))], [timeline()], PRICES)
    assert found is not None and len(found[0].days) == 3 and found[0].billed.value == 73


def test_bills_that_were_asked_for_too_early_do_not_count_for_days_that_they_lack() -> None:
    early = bill(*[charge("24", day) for day in DAYS], asked=NOW - timedelta(days=2), last=8)
    late = bill(first=9, last=9)
    found = calibration([early, late], [timeline()], PRICES)
    assert found is not None and [int(f"{day:%Y%m%d}") for day in found[0].days] == [DAYS[0]]


def test_without_a_bill_by_resource_and_meter_there_is_no_k() -> None:
    assert calibration([], [timeline()], PRICES) is None
    assert calibration([bill(groupings=(Grouping("team", tag=True), RESOURCE))], [timeline()], PRICES) is None
    nothing = calibration([bill()], [timeline()], PRICES)
    assert nothing is not None and nothing[0].k.value is None
    euro = calibration([bill(*[charge("24", day, currency="EUR") for day in DAYS])], [timeline()], PRICES)
    assert euro is not None and euro[0].k.value is None, "currencies are never mixed"
