"""Burn and waste: price × billed machines, and never zero for want of knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.compute import Compute, Kind, NodeCounts, VmSize
from console.domain.cost import PER_HOUR, REGION_LIST, RETAIL, PriceList, burn, burn_of, list_price, region_key, waste, with_retail
from console.domain.figures import Confidence, Figure, total, unknown
from tests.domain.test_compute import compute
from tests.properties import steady

SIZES: PriceList = {
    "STANDARD_DS3_V2": VmSize(name="Standard_DS3_v2", dedicated=Decimal("0.29"), low_priority=Decimal("0.058")),
    "STANDARD_EUR": VmSize(name="Standard_EUR", currency="EUR", dedicated=Decimal("1")),
    "STANDARD_UNPRICED": VmSize(name="Standard_Unpriced"),
    "STANDARD_NO_SPOT": VmSize(name="Standard_No_Spot", dedicated=Decimal("2")),
}


def instance(state: str = "Running", size: str = "Standard_DS3_v2", **fields: Any) -> Compute:
    return compute(provisioning_state="Succeeded", state=state, vm_size=size, location="westeurope", **fields)


def cluster(size: str = "STANDARD_DS3_V2", **fields: Any) -> Compute:
    return compute(Kind.CLUSTER, vm_size=size, location="westeurope", **fields)


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (instance(), Decimal("0.29")),
        (instance(size="standard_ds3_V2"), Decimal("0.29")),
        (instance("Stopped"), Decimal(0)),
        (instance("Stopping"), Decimal("0.29")),
        (instance("Quiescing"), None),
        (cluster(nodes=NodeCounts(running=3, idle=1)), Decimal("1.16")),
        (cluster(nodes=NodeCounts(running=3, preempted=5), low_priority=True), Decimal("0.174")),
        (cluster(nodes=NodeCounts()), Decimal(0)),
        (cluster(current_nodes=2), Decimal("0.58")),
        (cluster(), None),
        (instance(size="Standard_Nowhere"), None),
        (instance(size=""), None),
        (instance(size="Standard_EUR"), None),
        (instance(size="Standard_Unpriced"), None),
        (cluster("Standard_No_Spot", nodes=NodeCounts(running=1), low_priority=True), None),
        (cluster("Standard_Unpriced", nodes=NodeCounts()), Decimal(0)),
    ],
)
def test_burn_is_price_times_billed_machines(item: Compute, value: Decimal | None) -> None:
    figure = burn(item, SIZES)
    assert figure is not None
    assert figure.value == value
    assert figure.unit == PER_HOUR
    assert figure.source
    assert (figure.confidence is Confidence.UNKNOWN) is (value is None)
    if value:
        assert figure.confidence is Confidence.ESTIMATED, "a list price is never the bill"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.INSTANCE, Kind.CLUSTER}])
def test_machines_of_others_burn_nothing_here(kind: Kind) -> None:
    assert burn(compute(kind, vm_size="Standard_DS3_v2", nodes=NodeCounts(running=9)), SIZES) is None


def test_the_retail_list_gives_what_the_list_of_the_region_lacks() -> None:
    listed = VmSize(name="A", dedicated=Decimal(3), low_priority=Decimal(1), retail=("dedicated", "low_priority"))
    size = with_retail(VmSize(name="A", cores=4, dedicated=Decimal(2)), listed)
    assert (size.cores, size.dedicated, size.low_priority, size.retail) == (4, Decimal(2), Decimal(1), ("low_priority",))
    own, low = (list_price(cluster("A", low_priority=low), {"A": size}) for low in (False, True))
    assert (own.source, low.source) == (REGION_LIST, RETAIL)
    in_euro = VmSize(name="A", currency="EUR", low_priority=Decimal(1))
    assert with_retail(VmSize(name="A", dedicated=Decimal(2)), in_euro).low_priority is None, "one size, one currency"
    assert with_retail(VmSize(name="A"), in_euro).currency == "EUR"
    unpriced = VmSize(name="A")
    assert with_retail(unpriced, VmSize(name="A")) is unpriced


def test_prices_that_were_not_read_are_unknown_not_zero() -> None:
    price = list_price(instance(), None)
    assert price.value is None
    assert price.confidence is Confidence.UNKNOWN
    stopped = burn(instance("Stopped"), None)
    assert stopped is not None
    assert stopped.value == 0, "what is not billed costs nothing at any price"


@pytest.mark.parametrize(
    ("nodes", "value"),
    [
        (NodeCounts(idle=2), Decimal("0.58")),
        (NodeCounts(idle=1, unusable=2, running=5), Decimal("0.87")),
        (NodeCounts(running=5, leaving=1, preparing=1), Decimal(0)),
        (NodeCounts(preempted=4), Decimal(0)),
    ],
)
def test_waste_is_what_certainly_does_nothing(nodes: NodeCounts, value: Decimal) -> None:
    figure = waste(cluster(nodes=nodes), SIZES)
    assert figure is not None
    assert figure.value == value


def test_an_instance_is_never_called_waste() -> None:
    assert waste(instance(), SIZES) is None
    assert waste(cluster(), SIZES) is None, "a cluster that does not tell its nodes is not accused"


def test_the_burn_of_many_says_how_many_are_missing() -> None:
    prices: Mapping[str, PriceList] = {"westeurope": SIZES}
    items = [
        instance(),
        cluster(nodes=NodeCounts(idle=1, running=1)),
        instance(size="Standard_Nowhere"),
        compute(Kind.KUBERNETES, location="westeurope"),
    ]
    found = burn_of(items, prices)
    assert (found.now.value, found.now.missing, found.now.confidence) == (Decimal("0.87"), 1, Confidence.ESTIMATED)
    assert (found.waste.value, found.waste.missing) == (Decimal("0.29"), 0)


def test_the_burn_of_many_in_a_region_without_prices_is_unknown() -> None:
    found = burn_of([instance(), cluster(nodes=NodeCounts(idle=1))], {})
    assert found.now.value is None
    assert found.now.missing == 2
    assert found.waste.value is None


def test_the_burn_of_nothing_is_nothing() -> None:
    found = burn_of([], {})
    assert (found.now.value, found.now.missing) == (Decimal(0), 0)


@pytest.mark.parametrize("spelling", ["East US 2", "eastus2", "EastUS2", "east us 2"])
def test_a_region_is_the_same_however_it_is_spelt(spelling: str) -> None:
    assert region_key(spelling) == "eastus2"
    assert burn_of([compute(state="Running", vm_size="Standard_DS3_v2", location=spelling)], {"eastus2": SIZES}).now.value


def known(value: str, confidence: Confidence, hour: int | None = None) -> Figure:
    return Figure(Decimal(value), PER_HOUR, "s", confidence, None if hour is None else datetime(2026, 1, 1, hour, tzinfo=UTC))


def test_a_sum_is_as_good_as_its_weakest_part() -> None:
    billed, observed, rebuilt, estimated = (
        known("1", each) for each in (Confidence.BILLED, Confidence.OBSERVED, Confidence.RECONSTRUCTED, Confidence.ESTIMATED)
    )

    def of(*parts: Figure) -> Confidence:
        return total(list(parts), PER_HOUR, "sum").confidence

    assert of(billed, billed) is Confidence.BILLED
    assert of(billed, observed) is Confidence.OBSERVED
    assert of(observed, rebuilt, billed) is Confidence.RECONSTRUCTED
    assert of(estimated, rebuilt) is Confidence.ESTIMATED
    assert of(billed, unknown(PER_HOUR, "?")) is Confidence.ESTIMATED, "a part is missing"
    assert of(unknown(PER_HOUR, "?")) is Confidence.UNKNOWN


def test_a_sum_is_as_old_as_its_oldest_part() -> None:
    parts = [known("1", Confidence.OBSERVED, 9), known("2", Confidence.OBSERVED, 7), known("4", Confidence.OBSERVED)]
    assert total(parts, PER_HOUR, "sum").as_of == datetime(2026, 1, 1, 7, tzinfo=UTC)


def test_currencies_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="USD/h"):
        total([known("1", Confidence.OBSERVED), Figure(Decimal(1), "EUR/h", "s")], PER_HOUR, "sum")
    with pytest.raises(ValueError, match="USD/h"):
        total([known("1", Confidence.OBSERVED), unknown("EUR/h", "s")], PER_HOUR, "sum")


figures = st.one_of(
    st.builds(unknown, st.just(PER_HOUR), st.text(max_size=5)),
    st.builds(
        Figure,
        st.decimals(0, 10_000, places=4),
        st.just(PER_HOUR),
        st.text(max_size=5),
        st.sampled_from([each for each in Confidence if each is not Confidence.UNKNOWN]),
    ),
)


@steady
@given(st.lists(figures, max_size=8))
def test_a_sum_adds_up_and_is_unknown_exactly_when_nothing_is_known(parts: list[Figure]) -> None:
    found = total(parts, PER_HOUR, "sum")
    values = [part.value for part in parts if part.value is not None]
    assert found.missing == len(parts) - len(values)
    assert found.known is (found.confidence is not Confidence.UNKNOWN)
    if parts and not values:
        assert found.value is None
    else:
        assert found.value == sum(values, Decimal(0))
