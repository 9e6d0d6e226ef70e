"""What is paid beside computes: by the hour and over a time, and never zero for want of knowledge."""

from __future__ import annotations

from decimal import Decimal

import pytest

from console.domain.billing.estimate import Band, with_more
from console.domain.billing.standing import Kind, Standing, cost, costs, rate, rates, words
from console.domain.figures import Confidence, Figure
from tests.domain.billing.spans import PRICES, at, cluster

REGION = cluster().region
NC6 = Decimal("0.293")


def registry(tier: str = "Standard", **more: object) -> Standing:
    return Standing(id="/r", name="acr", kind=Kind.REGISTRY, billed_to="/r", tier=tier, **more)  # type: ignore[arg-type]


def deployment(count: int | None = 2, size: str = "", **more: object) -> Standing:
    size = size or cluster().vm_size
    return Standing(id="/d", name="e/d", kind=Kind.DEPLOYMENT, billed_to="/w", region=REGION, vm_size=size, count=count, **more)  # type: ignore[arg-type]


def test_a_registry_costs_its_tier_and_a_deployment_its_machines() -> None:
    assert cost(registry("Premium"), PRICES, at(0), at(24)) == Figure(
        Decimal("1.667"), "USD", "list price of the registry's tier, taken to have been as it is now", Confidence.ESTIMATED, at(24)
    )
    served = cost(deployment(), PRICES, at(0), at(10))
    assert served is not None and served.value == 20 * NC6 and served.confidence is Confidence.ESTIMATED
    assert rate(deployment(0), PRICES) == Figure(Decimal(0), "USD/h", "0 × list price of the region (vmSizes)", Confidence.ESTIMATED)
    both = costs([registry(), deployment()], PRICES, at(0), at(24))
    assert both is not None and both.value == Decimal("0.667") + 48 * NC6


def test_nothing_is_paid_before_it_was_made_nor_for_machines_of_others() -> None:
    late = deployment(created=at(6))
    half, none = cost(late, PRICES, at(0), at(12)), cost(late, PRICES, at(0), at(6))
    assert half is not None and half.value == 12 * NC6 and none is None
    assert rate(deployment(elsewhere=True), PRICES) is None and rates([deployment(elsewhere=True)], PRICES) is None
    assert costs([], PRICES, at(0), at(1)) is None
    assert words([registry(), deployment(), deployment(), deployment(elsewhere=True)]) == "2 deployments, 1 registry"


@pytest.mark.parametrize("strange", [registry("Gold"), registry(""), deployment(None), deployment(size="Standard_Nowhere")])
def test_what_has_no_known_price_is_not_known(strange: Standing) -> None:
    found, both = rate(strange, PRICES), rates([strange, registry()], PRICES)
    assert found is not None and found.value is None and found.confidence is Confidence.UNKNOWN
    assert both is not None and both.missing == 1 and both.value == Decimal("0.667") / 24
    alone = cost(strange, PRICES, at(0), at(1))
    assert alone is not None and alone.value is None


def test_a_band_moves_as_a_whole_and_loses_its_upper_bound_to_what_is_not_known() -> None:
    known = Band(Figure(Decimal(10), "USD", "machines", Confidence.ESTIMATED), Decimal(9), Decimal(12))
    more = with_more(known, Figure(Decimal(2), "USD", "beside", Confidence.ESTIMATED))
    assert (more.figure.value, more.low, more.high, more.figure.missing) == (12, 11, 14, 0)
    unknown = with_more(known, Figure(None, "USD", "beside", Confidence.UNKNOWN))
    assert (unknown.figure.value, unknown.low, unknown.high, unknown.figure.missing) == (10, 9, None, 1)
    assert with_more(known, None) is known
